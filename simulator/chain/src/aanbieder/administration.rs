//! The books of an aanbieder: the Toewijzingen it was given, and what it sent.
//!
//! It owns what is kept and how it is found; what is done with it is decided elsewhere. Deliveries stand in
//! `levering.rs`, requests in `verzoek.rs`, claims in `prestatie.rs`. Tests are in `tests/it`.

use std::collections::BTreeMap;

use kp_model::{Facts, Message};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::levering::{Meldingen, Reported, RetourVerdict};
use super::prestatie::{Declaratie, Geld};
use super::verzoek::{VerzoekKey, Verzoeken};
use crate::letter::{CLIENT, RETOUR_KOP, TOEWIJZING};

/// Why an allocation changed.
const REDEN_WIJZIGING: &str = "reden_wijziging";

/// What a Toewijzing is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToewijzingKey {
    /// The code of the gemeente.
    pub gemeente: String,
    /// The family of the standard, and with it the wet: `iwmo` or `ijw`.
    #[serde(rename = "standaard")]
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

/// What is written down once the hub received a message.
#[derive(Clone, Debug)]
pub(super) enum Booking {
    /// What it reported of a delivery.
    Melding(Reported),
    /// What it asked.
    Verzoek { bsn: String, keys: Vec<VerzoekKey> },
    /// What it claimed.
    Declaratie(Declaratie),
}

/// The books of an aanbieder.
#[derive(Clone, Debug, Default)]
pub(super) struct Administration {
    pub(super) toewijzingen: BTreeMap<ToewijzingKey, Toewijzing>,
    pub(super) meldingen: Meldingen,
    pub(super) verzoeken: Verzoeken,
    pub(super) geld: Geld,
}

impl Administration {
    /// Keeps what an accepted message says.
    pub(super) fn keep(&mut self, gemeente: &str, message: &Message) {
        self.keep_toewijzingen(gemeente, message);
        self.verzoeken.answered(gemeente, message);
    }

    /// Keeps the Toewijzingen of a message; one that is taken back counts as never sent.
    fn keep_toewijzingen(&mut self, gemeente: &str, message: &Message) {
        let Some(client) = message.facts(CLIENT).into_iter().next() else {
            return;
        };
        for mut product in message.facts(TOEWIJZING) {
            let Some(key) = key_of(gemeente, message, &product) else {
                continue;
            };
            self.verzoeken.granted(gemeente, message, &product);
            if reden_has(message, &product, "deleted") {
                self.toewijzingen.remove(&key);
                continue;
            }
            // A repetition says nothing of why the version that it repeats came about (IV099).
            if let Some(known) = self.toewijzingen.get(&key)
                && let Some(reden) = known.product.get(REDEN_WIJZIGING)
                && repeats(&product, &known.product)
            {
                product.insert(REDEN_WIJZIGING, reden);
            }
            let client = client.clone();
            self.toewijzingen.insert(key, Toewijzing { client, product });
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

    /// Whether a message says nothing of a Toewijzing that one of its persons is known to have from this gemeente.
    pub(super) fn leaves_out(&self, gemeente: &str, message: &Message) -> bool {
        let named = self.toewijzingen_in(gemeente, message);
        let persons: Vec<Option<String>> = message
            .facts(CLIENT)
            .iter()
            .map(|client| client.get("bsn").map(str::to_owned))
            .collect();
        self.toewijzingen.iter().any(|(key, toewijzing)| {
            key.gemeente == gemeente
                && !named.contains(key)
                && persons.contains(&toewijzing.client.get("bsn").map(str::to_owned))
        })
    }

    /// The Toewijzing with this key, or why there is none.
    pub(super) fn toewijzing(&self, key: &ToewijzingKey) -> Result<&Toewijzing, String> {
        self.toewijzingen.get(key).ok_or_else(|| {
            format!(
                "toewijzing {} van gemeente {} is niet bekend",
                key.nummer, key.gemeente
            )
        })
    }

    /// Notes a message that the hub received.
    pub(super) fn book(&mut self, traceer_id: Uuid, booking: Booking) {
        match booking {
            Booking::Melding(reported) => self.meldingen.book(traceer_id, reported),
            Booking::Verzoek { bsn, keys } => self.verzoeken.book(traceer_id, &bsn, keys),
            Booking::Declaratie(declaratie) => self.geld.book(traceer_id, declaratie),
        }
    }

    /// What was claimed or asked in a message, and of which gemeente.
    pub(super) fn asked_by(&self, traceer_id: Uuid) -> Option<(String, String)> {
        self.geld.claimed_in(traceer_id).or_else(|| {
            let mut verzoeken = self.verzoeken.all.iter();
            let (key, _) = verzoeken.find(|(_, verzoek)| verzoek.traceer_id == traceer_id)?;
            Some((key.gemeente.clone(), key.kenmerk.clone()))
        })
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
        if verdict != RetourVerdict::Schoon {
            self.verzoeken.rejected(als_antwoord_op);
        }
        self.meldingen.answered(als_antwoord_op, &verdict);
    }
}

/// Whether the reason of a change has a property.
pub(super) fn reden_has(message: &Message, product: &Facts, property: &str) -> bool {
    let codes = message
        .release()
        .codelist_of(message.message_type(), TOEWIJZING, REDEN_WIJZIGING);
    let reden = product.get(REDEN_WIJZIGING);
    codes
        .zip(reden)
        .and_then(|(codes, reden)| codes.find(reden))
        .is_some_and(|code| code.property(property).is_some())
}

/// Whether a version gives no reason and else says what an earlier one says.
fn repeats(product: &Facts, earlier: &Facts) -> bool {
    let mut earlier = earlier.clone();
    earlier.remove(REDEN_WIJZIGING);
    *product == earlier
}

/// What a product of a message is known by.
pub(super) fn key_of(gemeente: &str, message: &Message, product: &Facts) -> Option<ToewijzingKey> {
    Some(ToewijzingKey {
        gemeente: gemeente.to_owned(),
        family: message.release().family().to_owned(),
        nummer: product.get("nummer")?.to_owned(),
    })
}
