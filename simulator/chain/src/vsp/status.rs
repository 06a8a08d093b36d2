//! The status of a message, as version 3 of the status interface shapes it.
//!
//! It owns the names and the JSON; when a message reaches a status is decided in [`crate::hub`]. Tests are in
//! `validate.rs` and in the hub.

use serde::{Deserialize, Serialize};

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
    /// It waits for its addressee.
    WordtAangeboden,
    /// Its addressee has it.
    Bezorgd,
    /// An attempt to hand it over failed.
    AanbiedenMislukt,
    /// The hub gave up handing it over.
    BezorgingAfgebroken,
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
