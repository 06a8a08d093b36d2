//! What an aanbieder keeps: the Toewijzingen it was given and the deliveries it reported.
//!
//! It owns the facts and how they are found; what is done with them is decided in `machine.rs`. Tests are in `tests/it`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kp_model::{Facts, Message};
use uuid::Uuid;

use crate::letter::RETOUR_KOP;

/// The concept that a gemeente allocates.
pub(super) const TOEWIJZING: &str = "Toewijzing";
/// The person that it is allocated to.
pub(super) const CLIENT: &str = "Client";

/// What a Toewijzing is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ToewijzingKey {
    /// The code of the gemeente.
    pub gemeente: String,
    /// The family of the standard, and with it the wet: `iwmo` or `ijw`.
    pub family: String,
    /// The number.
    pub nummer: String,
}

/// A Toewijzing, as its gemeente last sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toewijzing {
    /// The person.
    pub client: Facts,
    /// The product and its terms.
    pub product: Facts,
}

/// A delivery that the aanbieder reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levering {
    /// The Toewijzing that it is of.
    pub toewijzing: ToewijzingKey,
    /// When it began.
    pub begindatum: Date,
    /// The identifier of the message that reported it.
    pub traceer_id: Uuid,
    /// What the gemeente answered, once it did.
    pub retour: Option<RetourVerdict>,
}

/// What a retour says of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetourVerdict {
    /// It is accepted.
    Schoon,
    /// It is rejected for these codes in the header.
    Afgewezen(Vec<String>),
}

/// The books of an aanbieder.
#[derive(Clone, Debug, Default)]
pub(super) struct Administration {
    pub(super) toewijzingen: BTreeMap<ToewijzingKey, Toewijzing>,
    pub(super) leveringen: Vec<Levering>,
}

impl Administration {
    /// Keeps the Toewijzingen of a message.
    pub(super) fn keep(&mut self, gemeente: &str, message: &Message) {
        let Some(client) = message.facts(CLIENT).into_iter().next() else {
            return;
        };
        for product in message.facts(TOEWIJZING) {
            if let Some(key) = key_of(gemeente, message, &product) {
                let client = client.clone();
                self.toewijzingen.insert(key, Toewijzing { client, product });
            }
        }
    }

    /// What the Toewijzingen of a message are known by.
    pub(super) fn toewijzingen_in(&self, gemeente: &str, message: &Message) -> Vec<ToewijzingKey> {
        let products = message.facts(TOEWIJZING);
        products
            .iter()
            .filter_map(|product| key_of(gemeente, message, product))
            .collect()
    }

    /// Notes what a gemeente answered on a message of ours.
    pub(super) fn answered(&mut self, als_antwoord_op: Uuid, retour: &Message) {
        let codes: Vec<String> = retour
            .facts(RETOUR_KOP)
            .iter()
            .filter_map(|kop| kop.get("retourcode").map(ToOwned::to_owned))
            .collect();
        let verdict = if codes.is_empty() {
            RetourVerdict::Schoon
        } else {
            RetourVerdict::Afgewezen(codes)
        };
        let reported = self
            .leveringen
            .iter_mut()
            .filter(|levering| levering.traceer_id == als_antwoord_op);
        for levering in reported {
            levering.retour = Some(verdict.clone());
        }
    }
}

fn key_of(gemeente: &str, message: &Message, product: &Facts) -> Option<ToewijzingKey> {
    Some(ToewijzingKey {
        gemeente: gemeente.to_owned(),
        family: message.release().family().to_owned(),
        nummer: product.get("nummer")?.to_owned(),
    })
}
