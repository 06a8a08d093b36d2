//! The reference aanbieder: a supplier that does it right, as a client of VSP.
//!
//! ```text
//! Instruction ──> machine ── List, Payload, Confirm ──> hub
//!                   │  administration: Toewijzingen, deliveries, requests, claims
//!                   └── Push: retour, start, request, claim ── deviation of a defect ──> hub
//! ```
//!
//! It is told what its user does ([`Instruction`]), or decides it by a policy ([`AanbiederParty`]), and answers
//! [`AanbiederOutput::Klaar`] when that is done. It has no sockets and no clock. With a [`crate::Defect`] the same machine is a supplier that is wrong in one way. Tests are in
//! `tests/it`.

mod acting;
mod administration;
mod declaratie;
mod deviant;
mod instruction;
mod levering;
mod machine;
mod melding;
mod party;
mod post;
mod prestatie;
mod reception;
mod signaal;
mod subject;
mod tarief;
mod verzoek;
mod wijziging;

pub use administration::{Toewijzing, ToewijzingKey};
pub use instruction::{Aanleiding, Instructed, Instruction, Melding};
pub use levering::{Einde, Levering, RetourVerdict};
pub use machine::{Aanbieder, AanbiederInput, AanbiederOutput, AanbiederSettings, Uitkomst};
pub use party::{AanbiederParty, AanbiederPolicy};
pub use prestatie::{Prestatie, PrestatieToestand};
pub use signaal::{Signaal, SoortSignaal};
pub use subject::{
    Aanvraag, Adres, Beschikking, Client, Contract, GevraagdProduct, GevraagdeWijziging, Gezagsdrager,
    Hoeveelheid, Maand, Omvang, PrestatieKey, Product, Uitvoering, Verwijzer, Wijzigingsverzoek,
};
pub use verzoek::{Verzoek, VerzoekKey, VerzoekToestand};
