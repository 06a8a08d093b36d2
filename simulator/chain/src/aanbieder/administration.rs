//! What an aanbieder keeps: the Toewijzingen it was given and the deliveries it reported.
//!
//! It owns the facts and how they are found; what is done with them is decided in `machine.rs`. Tests are in `tests/it`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kp_model::{Facts, Message};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::letter::{RETOUR_KOP, TOEWIJZING};

/// Why an allocation changed.
const REDEN_WIJZIGING: &str = "reden_wijziging";
/// The person that it is allocated to.
pub(super) const CLIENT: &str = "Client";

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

/// A delivery that the aanbieder reported, as it stands: what was rejected counts as never sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levering {
    /// The Toewijzing that it is of.
    pub toewijzing: ToewijzingKey,
    /// When it began.
    pub begindatum: Date,
    /// How it ended, when it did.
    pub einde: Option<Einde>,
    /// The identifier of the message that reported the start.
    pub traceer_id: Uuid,
    /// What the gemeente answered on it, once it did.
    pub retour: Option<RetourVerdict>,
}

/// How a delivery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Einde {
    /// The last day.
    pub einddatum: Date,
    /// Whether it stopped for a while only.
    pub is_temporary: bool,
}

/// What a retour says of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetourVerdict {
    /// It is accepted.
    Schoon,
    /// It is rejected for these codes in the header.
    Afgewezen(Vec<String>),
}

/// What a message reported of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Started(Date),
    StartRemoved(Date),
    Stopped { begindatum: Date, einde: Einde },
}

/// A message that reported something, once the hub received it.
#[derive(Clone, Debug)]
pub(super) struct Reported {
    pub(super) traceer_id: Uuid,
    pub(super) toewijzing: ToewijzingKey,
    /// In the order in which they are processed.
    pub(super) changes: Vec<Change>,
    pub(super) retour: Option<RetourVerdict>,
}

/// The books of an aanbieder.
#[derive(Clone, Debug, Default)]
pub(super) struct Administration {
    pub(super) toewijzingen: BTreeMap<ToewijzingKey, Toewijzing>,
    reported: Vec<Reported>,
}

impl Administration {
    /// Keeps the Toewijzingen of a message; one that is taken back counts as never sent.
    pub(super) fn keep(&mut self, gemeente: &str, message: &Message) {
        let Some(client) = message.facts(CLIENT).into_iter().next() else {
            return;
        };
        for mut product in message.facts(TOEWIJZING) {
            let Some(key) = key_of(gemeente, message, &product) else {
                continue;
            };
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

    /// Notes a message that reported something.
    pub(super) fn report(&mut self, reported: Reported) {
        self.reported.push(reported);
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
        let of_message = |reported: &&mut Reported| reported.traceer_id == als_antwoord_op;
        for reported in self.reported.iter_mut().filter(of_message) {
            reported.retour = Some(verdict.clone());
        }
    }

    /// The deliveries as they stand, in the order in which they were reported.
    pub(super) fn leveringen(&self) -> Vec<Levering> {
        self.leveringen_where(|_| true)
    }

    fn leveringen_where(&self, wanted: impl Fn(&ToewijzingKey) -> bool) -> Vec<Levering> {
        let mut leveringen: Vec<Levering> = Vec::new();
        let standing = |reported: &&Reported| {
            wanted(&reported.toewijzing) && !matches!(reported.retour, Some(RetourVerdict::Afgewezen(_)))
        };
        for reported in self.reported.iter().filter(standing) {
            for change in &reported.changes {
                let is_of = |levering: &Levering, begun: Date| {
                    levering.toewijzing == reported.toewijzing && levering.begindatum == begun
                };
                match change {
                    Change::Started(begindatum) => leveringen.push(Levering {
                        toewijzing: reported.toewijzing.clone(),
                        begindatum: *begindatum,
                        einde: None,
                        traceer_id: reported.traceer_id,
                        retour: reported.retour.clone(),
                    }),
                    Change::StartRemoved(begindatum) => {
                        leveringen.retain(|levering| !is_of(levering, *begindatum));
                    }
                    Change::Stopped { begindatum, einde } => {
                        let stopped = leveringen
                            .iter_mut()
                            .filter(|levering| is_of(levering, *begindatum));
                        for levering in stopped {
                            levering.einde = Some(einde.clone());
                        }
                    }
                }
            }
        }
        leveringen
    }

    /// The last delivery of a Toewijzing, unless it has ended for good.
    pub(super) fn open_levering(&self, toewijzing: &ToewijzingKey) -> Option<Levering> {
        let last = self.leveringen_where(|key| key == toewijzing).pop();
        last.filter(|levering| levering.einde.as_ref().is_none_or(|einde| einde.is_temporary))
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
