//! The stream of a message (berichttype, subtype, version) and the message type that it announces.
//!
//! Names come from the releases; the berichttype is the letters that a name begins with. Tests are below.

use std::sync::Arc;

use kp_model::{MessageType, Release};

use crate::vsp::Berichtstroom;

/// The berichttype of a message: the letters that its name begins with.
#[must_use]
pub fn berichttype(message_name: &str) -> &str {
    message_name.trim_end_matches(|character: char| character.is_ascii_digit())
}

/// The stream in which a message of a release travels; what is asked of the receiver is the name of the message.
#[must_use]
pub fn berichtstroom(release: &Release, message_type: &MessageType) -> Berichtstroom {
    Berichtstroom {
        berichttype: berichttype(&message_type.name).to_owned(),
        berichtsubtype: Some(message_type.name.clone()),
        berichtversie: i32::try_from(release.berichtversie()).unwrap_or(i32::MAX),
        berichtsubversie: i32::try_from(release.berichtsubversie()).unwrap_or(i32::MAX),
        actie: message_type.name.clone(),
    }
}

/// The message type that a stream announces, when a release has it.
pub(super) fn announced<'a>(releases: &'a [Arc<Release>], stream: &Berichtstroom) -> Option<&'a MessageType> {
    let name = stream.berichtsubtype.as_deref()?;
    releases.iter().find_map(|release| {
        let message_type = release
            .message(name)
            .filter(|message_type| message_type.name == name)?;
        let known = is_berichttype(&stream.berichttype, berichttype(name))
            && u32::try_from(stream.berichtversie) == Ok(release.berichtversie())
            && u32::try_from(stream.berichtsubversie) == Ok(release.berichtsubversie());
        known.then_some(message_type)
    })
}

/// Whether a berichttype is this one: the name of the wet, with or without the `i` of the standard, in either case.
fn is_berichttype(got: &str, expected: &str) -> bool {
    let bare = got.strip_prefix(['i', 'I']).unwrap_or(got);
    bare.eq_ignore_ascii_case(expected)
}

/// Whether two berichttypen are the same: any writing of a standard that is known here, else the very text.
pub(super) fn is_same_berichttype(releases: &[Arc<Release>], one: &str, other: &str) -> bool {
    let mut known = releases
        .iter()
        .filter_map(|release| release.messages().first())
        .map(|message_type| berichttype(&message_type.name));
    one == other || known.any(|known| is_berichttype(one, known) && is_berichttype(other, known))
}

#[cfg(test)]
mod tests {
    use super::{berichttype, is_berichttype};

    #[test]
    fn names_of_the_standard_are_equal() {
        assert_eq!(berichttype("WMO301"), "WMO");
        for name in ["WMO", "iWmo", "Wmo", "wmo"] {
            assert!(is_berichttype(name, "WMO"), "{name}");
        }
        assert!(!is_berichttype("JW", "WMO"));
        assert!(!is_berichttype("", "WMO"));
    }
}
