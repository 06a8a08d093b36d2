//! The metadata that travels beside a payload, as the push and pull interfaces shape it.
//!
//! The types mirror the published JSON: closed objects, optional fields left out and never null. Lengths and counts
//! are judged in [`super::FieldProblem`]'s file, not while reading. Tests are in `validate.rs`.

use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::identifier;

/// The metadata of a message that a client hands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BerichtMetadataPush {
    /// Who sends to whom, in which stream.
    pub routeringgegevens: Routeringgegevens,
    /// The identifiers of message and conversation.
    pub referentiegegevens: Referentiegegevens,
    /// Free facts about the sending application.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub verwerkingscontext: Option<Vec<SleutelWaardePaar>>,
}

/// The metadata of a message that waits for its addressee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BerichtMetadataPull {
    /// When the hub received it and where its payload is.
    pub basisgegevens: Basisgegevens,
    /// Who sends to whom, in which stream.
    pub routeringgegevens: Routeringgegevens,
    /// The identifiers of message and conversation.
    pub referentiegegevens: Referentiegegevens,
    /// Free facts about the sending application.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub verwerkingscontext: Option<Vec<SleutelWaardePaar>>,
}

/// When the hub received a message and where its payload is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Basisgegevens {
    /// The moment of receipt, with offset.
    pub ontvangen_op: String,
    /// The payload, as something to download.
    pub payload: HttpsDownload,
}

/// A file to download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HttpsDownload {
    /// The absolute address.
    pub url: String,
    /// The size in bytes.
    pub grootte: u64,
    /// The checksum over exactly those bytes.
    pub checksum: Checksum,
}

/// A checksum and how it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Checksum {
    /// The algorithm, `SHA256`.
    pub algoritme: String,
    /// The value in lower-case hexadecimal.
    pub waarde: String,
}

/// Who sends to whom, in which stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Routeringgegevens {
    /// The legal sender.
    pub afzender: Relatie,
    /// The addressees; the hub takes exactly one.
    pub geadresseerden: Vec<Relatie>,
    /// The kind of message.
    pub berichtstroom: Berichtstroom,
}

/// A party in a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Relatie {
    /// The role, as in `Gemeente` or `Instelling`.
    pub rol: String,
    /// The code of the party.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub code: Option<String>,
}

/// The kind of message, as the hub routes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Berichtstroom {
    /// The standard, as in `WMO`.
    pub berichttype: String,
    /// The name of the message.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub berichtsubtype: Option<String>,
    /// The major version of the message.
    pub berichtversie: i32,
    /// The minor version of the message.
    pub berichtsubversie: i32,
    /// What is asked of the receiver.
    pub actie: String,
}

/// The identifiers of a message and its conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Referentiegegevens {
    /// The conversation, shared by a heenbericht and its answers.
    #[serde(with = "identifier")]
    pub conversatie_id: Uuid,
    /// This message.
    #[serde(with = "identifier")]
    pub traceer_id: Uuid,
    /// The message that this one answers.
    #[serde(
        default,
        with = "identifier::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub als_antwoord_op: Option<Uuid>,
    /// The sender's own reference.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub referentie_id: Option<String>,
}

/// A key with its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SleutelWaardePaar {
    /// The key.
    pub sleutel: String,
    /// Its values.
    pub waarde: Vec<String>,
}

impl BerichtMetadataPush {
    /// The first value of a key in the facts about the sending application.
    #[must_use]
    pub fn context(&self, sleutel: &str) -> Option<&str> {
        self.verwerkingscontext
            .iter()
            .flatten()
            .find(|pair| pair.sleutel == sleutel)
            .and_then(|pair| pair.waarde.first())
            .map(String::as_str)
    }

    /// How many bytes its texts take.
    pub(crate) fn texts_bytes(&self) -> usize {
        let routing = &self.routeringgegevens;
        let stream = &routing.berichtstroom;
        let of = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let parties = std::iter::once(&routing.afzender).chain(&routing.geadresseerden);
        let parties: usize = parties.map(|party| party.rol.len() + of(&party.code)).sum();
        let context = self.verwerkingscontext.iter().flatten();
        let context: usize = context
            .map(|pair| pair.sleutel.len() + pair.waarde.iter().map(String::len).sum::<usize>())
            .sum();
        stream.berichttype.len()
            + of(&stream.berichtsubtype)
            + stream.actie.len()
            + of(&self.referentiegegevens.referentie_id)
            + parties
            + context
    }
}

impl Relatie {
    /// A party in a role, with its code.
    #[must_use]
    pub fn new(rol: &str, code: &str) -> Self {
        Self {
            rol: rol.to_owned(),
            code: Some(code.to_owned()),
        }
    }
}

/// Reads an optional field that was sent: its value, where `null` is none.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
