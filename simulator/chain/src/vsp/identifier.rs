//! The identifiers of messages and conversations: UUIDs, drawn from a machine's own random stream.
//!
//! It owns how one is drawn and which texts are one; uniqueness is judged by the hub. Tests are below.

use kp_model::Stream;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};
use uuid::{Builder, Uuid};

const TEXT_LENGTH: usize = 36;

/// Draws an identifier of the form that both hubs accept: version 4.
#[must_use]
pub fn identifier(stream: &mut Stream) -> Uuid {
    Builder::from_random_bytes(stream.bytes()).into_uuid()
}

/// Reads an identifier: 36 characters with hyphens, in either case; no braces, no prefix.
#[must_use]
pub fn parse_identifier(text: &str) -> Option<Uuid> {
    if text.len() == TEXT_LENGTH {
        Uuid::try_parse(text).ok()
    } else {
        None
    }
}

/// Writes an identifier in lower case with hyphens.
pub(super) fn serialize<S: Serializer>(identifier: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&identifier.hyphenated())
}

/// Reads an identifier that must be there.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    parse_identifier(&text).ok_or_else(|| D::Error::custom("geen geldige uuid"))
}

/// The same for an identifier that may be left out, but is never null.
pub(super) mod optional {
    use serde::{Deserializer, Serializer};
    use uuid::Uuid;

    pub(in crate::vsp) fn serialize<S: Serializer>(
        identifier: &Option<Uuid>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match identifier {
            Some(identifier) => super::serialize(identifier, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::vsp) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Uuid>, D::Error> {
        super::deserialize(deserializer).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use kp_model::Seed;

    use super::{identifier, parse_identifier};

    #[test]
    fn draws_version_4_and_repeats_by_seed() {
        let first = identifier(&mut Seed(1).derive("hub").stream());
        assert_eq!(first.get_version_num(), 4);
        assert_eq!(first, identifier(&mut Seed(1).derive("hub").stream()));
        assert_ne!(first, identifier(&mut Seed(2).derive("hub").stream()));
    }

    #[test]
    fn reads_only_the_hyphenated_form() {
        let text = "3f0c1d52-6a0b-4c7e-9b51-1c9a5e2f7a10";
        assert_eq!(
            parse_identifier(text).map(|id| id.to_string()).as_deref(),
            Some(text)
        );
        assert!(parse_identifier(&text.to_uppercase()).is_some());
        for wrong in [
            "",
            "3f0c1d526a0b4c7e9b511c9a5e2f7a10",
            "{3f0c1d52-6a0b-4c7e-9b51-1c9a5e2f7a10}",
            "x",
        ] {
            assert_eq!(parse_identifier(wrong), None, "{wrong}");
        }
    }
}
