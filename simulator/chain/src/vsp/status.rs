//! The status of a message, as versions 2 and 3 of the status interface shape it.
//!
//! It owns the names and the JSON; when a message reaches a status is decided in [`crate::hub`]. Tests are
//! below and in the hub.

use serde::{Deserialize, Serialize};

use super::exchange::StatusVersion;
use super::metadata::{Berichtstroom, Referentiegegevens};

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Berichtstatus {
    /// The hub has it and has not begun with it.
    Ontvangen,
    /// The hub is checking it.
    WordtVerwerkt,
    /// The hub refused it after receipt; the reasons are its Meldingen.
    AfgekeurdDoorDienst,
    /// The checks are done.
    VerwerkingVoltooid,
    /// It waits for its addressee, or got no further than that; version 2 only.
    Aangeboden,
    /// It waits for its addressee.
    WordtAangeboden,
    /// Its addressee has it.
    Bezorgd,
    /// An attempt to hand it over failed.
    AanbiedenMislukt,
    /// The hub gave up handing it over.
    BezorgingAfgebroken,
}

impl Berichtstatus {
    /// What a version of the interface calls this status.
    #[must_use]
    pub fn in_version(self, version: StatusVersion) -> Self {
        match (version, self) {
            (
                StatusVersion::V2,
                Self::WordtAangeboden | Self::AanbiedenMislukt | Self::BezorgingAfgebroken,
            ) => Self::Aangeboden,
            (StatusVersion::V3, Self::Aangeboden) => Self::WordtAangeboden,
            (StatusVersion::V2 | StatusVersion::V3, other) => other,
        }
    }
}

/// The status of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BerichtstatusGegevens {
    /// The identifiers of message and conversation.
    pub referentiegegevens: Referentiegegevens,
    /// The kind of message.
    pub berichtstroom: Berichtstroom,
    /// How far it has come.
    pub berichtstatus: Berichtstatus,
    /// Since when, with offset.
    pub berichtstatus_gewijzigd_op: String,
    /// When the hub received it, with offset.
    pub bericht_ontvangen_op: String,
    /// Why it was refused; left out when there is nothing to say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meldingen: Vec<Melding>,
}

/// One reason of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Melding {
    /// The fault code.
    pub code: String,
    /// What the code means.
    pub omschrijving: String,
    /// What is wrong in this message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toelichting: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{Berichtstatus, StatusVersion};

    #[test]
    fn version_2_has_one_word_for_everything_after_the_checks() {
        use Berichtstatus::{
            AanbiedenMislukt, Aangeboden, AfgekeurdDoorDienst, Bezorgd, BezorgingAfgebroken, Ontvangen,
            VerwerkingVoltooid, WordtAangeboden, WordtVerwerkt,
        };
        for status in [WordtAangeboden, AanbiedenMislukt, BezorgingAfgebroken] {
            assert_eq!(status.in_version(StatusVersion::V2), Aangeboden);
            assert_eq!(status.in_version(StatusVersion::V3), status);
        }
        for status in [
            Ontvangen,
            WordtVerwerkt,
            AfgekeurdDoorDienst,
            VerwerkingVoltooid,
            Bezorgd,
        ] {
            assert_eq!(status.in_version(StatusVersion::V2), status);
            assert_eq!(status.in_version(StatusVersion::V3), status);
        }
    }
}
