//! What an aanbieder warns its user of: an answer that stays away or does not fit, a message that cannot be read.
//!
//! What does not fit is what the rules reject; there is no retour on an answer that could tell it. What stays away follows
//! from the terms of the rules. Tests are in `tests/it`.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kp_model::{Message, MessageKind};
use kp_rules::Judgement;
use uuid::Uuid;

use super::machine::Aanbieder;
use crate::letter::DECLARATIE;

/// Something that the user must look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signaal {
    /// What is the matter.
    pub over: SoortSignaal,
    /// The code of the other party.
    pub partij: String,
    /// The claim or request that it is about.
    pub kenmerk: Option<String>,
    /// The rule that does not hold.
    pub regel: Option<String>,
    /// From which day.
    pub sinds: Date,
}

/// What the user is warned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoortSignaal {
    /// An answer did not come within its term.
    AntwoordBlijftUit,
    /// An answer does not fit what was sent.
    AntwoordPastNiet,
    /// A message does not fit the schema.
    BerichtNietTeLezen,
}

impl SoortSignaal {
    /// The word, as in `antwoord-blijft-uit`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::AntwoordBlijftUit => "antwoord-blijft-uit",
            Self::AntwoordPastNiet => "antwoord-past-niet",
            Self::BerichtNietTeLezen => "bericht-niet-te-lezen",
        }
    }
}

impl<D> Aanbieder<D> {
    /// What its user is warned of: first what was received, then what stays away since the clock was last set.
    #[must_use]
    pub fn signalen(&self) -> Vec<Signaal> {
        let known = [&self.signalen, &self.overdue];
        known.into_iter().flatten().cloned().collect()
    }

    /// Warns of a message that cannot be read.
    pub(super) fn warn_of_unreadable(&mut self, gemeente: &str) {
        self.warn(SoortSignaal::BerichtNietTeLezen, gemeente, None, None);
    }

    /// Books an answer on a claim, or warns that it does not fit.
    pub(super) fn hear(
        &mut self,
        gemeente: &str,
        als_antwoord_op: Option<Uuid>,
        message: &Message,
        judgement: &Judgement,
    ) {
        let kind = message.message_type().kind;
        if kind == MessageKind::Heenbericht {
            return;
        }
        let mut broken: BTreeSet<Option<String>> = judgement
            .rejections
            .iter()
            .map(|rejection| Some(rejection.rule.clone()))
            .collect();
        let geld = &mut self.administration.geld;
        // A claim that is rejected as a whole is gone once that is booked.
        let own = als_antwoord_op.and_then(|traceer_id| geld.claimed_in(traceer_id));
        if broken.is_empty() && kind == MessageKind::Antwoord && !geld.answered(gemeente, message) {
            broken.insert(None);
        }
        let named = message.facts(DECLARATIE).into_iter().next();
        let named = named.and_then(|declaratie| declaratie.get("nummer").map(ToOwned::to_owned));
        let kenmerk = own.map(|(_, nummer)| nummer).or(named);
        for regel in broken {
            self.warn(SoortSignaal::AntwoordPastNiet, gemeente, kenmerk.clone(), regel);
        }
    }

    /// Looks which answers stay away.
    pub(super) fn look_for_overdue(&mut self) {
        self.overdue.clear();
        for (name, result) in self.ledger.overdue(self.now) {
            let Ok(traceer_id) = name.parse::<Uuid>() else {
                continue;
            };
            let asked = self.administration.asked_by(traceer_id);
            self.overdue.extend(asked.map(|(gemeente, kenmerk)| Signaal {
                over: SoortSignaal::AntwoordBlijftUit,
                partij: gemeente,
                kenmerk: Some(kenmerk),
                regel: Some(result.rule),
                sinds: result.last_day.tomorrow().unwrap_or(result.last_day),
            }));
        }
    }

    fn warn(&mut self, over: SoortSignaal, gemeente: &str, kenmerk: Option<String>, regel: Option<String>) {
        self.signalen.push(Signaal {
            over,
            partij: gemeente.to_owned(),
            kenmerk,
            regel,
            sinds: self.now.date(),
        });
    }
}
