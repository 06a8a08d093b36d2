//! The stream of a message (berichttype, subtype, version) and the message type that it announces.
//!
//! Names come from the releases; the berichttype is the letters that a name begins with. Words for what is asked of a
//! receiver that were observed to be no name of a message are data (`data/acties.csv`). Tests are below.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use kp_model::{MessageKind, MessageType, Release};

use super::switches::ActieMap;
use crate::vsp::Berichtstroom;

const ACTIES: &str = include_str!("../../data/acties.csv");

static OBSERVED: LazyLock<BTreeMap<String, String>> = LazyLock::new(observed);

/// The berichttype of a message: the letters that its name begins with.
#[must_use]
pub fn berichttype(message_name: &str) -> &str {
    message_name.trim_end_matches(|character: char| character.is_ascii_digit())
}

/// The stream in which a message of a release travels; what is asked of the receiver is the name of the message, unless
/// another word was observed.
#[must_use]
pub fn berichtstroom(release: &Release, message_type: &MessageType) -> Berichtstroom {
    Berichtstroom {
        berichttype: berichttype(&message_type.name).to_owned(),
        berichtsubtype: Some(message_type.name.clone()),
        berichtversie: i32::try_from(release.berichtversie()).unwrap_or(i32::MAX),
        berichtsubversie: i32::try_from(release.berichtsubversie()).unwrap_or(i32::MAX),
        actie: actie(&message_type.name, &ActieMap::Subtype),
    }
}

/// What is asked of the receiver of a message.
pub(super) fn actie(message_name: &str, map: &ActieMap) -> String {
    let found = match map {
        ActieMap::Subtype => OBSERVED.get(message_name),
        ActieMap::Table(table) => table.get(message_name),
    };
    found.map_or(message_name, String::as_str).to_owned()
}

fn observed() -> BTreeMap<String, String> {
    csv::Reader::from_reader(ACTIES.as_bytes())
        .into_deserialize()
        .map(|row: Result<(String, String), csv::Error>| row.expect("a test reads every embedded row"))
        .collect()
}

/// The message type that a stream announces, with its release, when one has it.
pub(super) fn announced<'a>(
    releases: &'a [Arc<Release>],
    stream: &Berichtstroom,
) -> Option<(&'a Arc<Release>, &'a MessageType)> {
    let name = stream.berichtsubtype.as_deref()?;
    releases.iter().find_map(|release| {
        let message_type = release
            .message(name)
            .filter(|message_type| message_type.name == name)?;
        let known = is_berichttype(&stream.berichttype, berichttype(name))
            && u32::try_from(stream.berichtversie) == Ok(release.berichtversie())
            && u32::try_from(stream.berichtsubversie) == Ok(release.berichtsubversie());
        known.then_some((release, message_type))
    })
}

/// Whether what is said of a message by its sender and by the hub may stand apart from it: a declaratie and its answer.
pub(super) fn is_of_declaratie(release: &Release, message_type: &MessageType) -> bool {
    message_type.kind == MessageKind::Antwoord || is_declaratie(release, message_type)
}

/// Whether a message is a declaratie: it gets an answer with a content of its own.
pub(crate) fn is_declaratie(release: &Release, message_type: &MessageType) -> bool {
    let answer = message_type.answered_by.as_deref();
    answer
        .and_then(|number| release.message(number))
        .is_some_and(|answer| answer.kind == MessageKind::Antwoord)
}

/// Whether a berichttype is this one: the name of the wet, with or without the `i` of the standard, in either case.
pub(super) fn is_berichttype(got: &str, expected: &str) -> bool {
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
    use std::collections::BTreeMap;

    use super::{ActieMap, actie, berichttype, is_berichttype};

    #[test]
    fn what_is_asked_is_the_name_unless_told_otherwise() {
        assert_eq!(actie("WMO301", &ActieMap::Subtype), "WMO301");
        assert_eq!(actie("JW315", &ActieMap::Subtype), "VerzoekToewijzing");
        let table = BTreeMap::from([("WMO301".to_owned(), "Toewijzing".to_owned())]);
        let table = ActieMap::Table(table);
        assert_eq!(actie("WMO301", &table), "Toewijzing");
        assert_eq!(actie("JW315", &table), "JW315");
    }

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
