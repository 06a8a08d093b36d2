//! What a party remembers of what was sent and received, and how it answers.
//!
//! Every receiver of ours answers by the same function of what the rules reject ([`kp_rules::answer`]). Structure
//! faults are never answered: the hub has refused such a message. Tests are in `tests/it`.

use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Checked, Draft, Finding, Limits, Message, Release, check};
use kp_rules::{Delivered, Dossier, Identity, Judgement, Rulebook, answer};

use crate::error::ChainError;
use crate::letter::{KOP, RETOUR_KOP};
use crate::time::SimTime;

/// What a party sent and received, judged.
#[derive(Debug)]
pub(crate) struct Ledger {
    releases: Vec<Arc<Release>>,
    limits: Limits,
    dossier: Dossier,
    /// Whether a message counts as received on the day that it bears, when that is later than today.
    trusts_dagtekening: bool,
}

/// A message that was read and judged.
#[derive(Debug)]
pub(crate) struct Read {
    /// What its structure check found, with the message when it could be read.
    pub(crate) checked: Checked,
    /// What the rules say, when its structure is right.
    pub(crate) judgement: Option<Judgement>,
}

impl Read {
    /// The message, when its structure is right.
    pub(crate) fn good(&self) -> Option<(&Message, &Judgement)> {
        self.checked.message.as_ref().zip(self.judgement.as_ref())
    }
}

impl Ledger {
    pub(crate) fn new(rulebooks: Vec<Arc<Rulebook>>) -> Self {
        Self {
            releases: releases_of(&rulebooks),
            limits: Limits::default(),
            dossier: Dossier::new(rulebooks),
            trusts_dagtekening: false,
        }
    }

    /// The same, for senders that live by a clock of their own.
    pub(crate) fn trusting_dagtekening(self, trusts_dagtekening: bool) -> Self {
        Self {
            trusts_dagtekening,
            ..self
        }
    }

    pub(crate) fn releases(&self) -> &[Arc<Release>] {
        &self.releases
    }

    /// Takes a message that was delivered: to this party, or by it.
    pub(crate) fn take(&mut self, name: String, xml: Bytes, now: SimTime) -> Read {
        let checked = check(xml, &self.releases, &self.limits);
        let is_good = !checked.findings.iter().any(Finding::is_fout);
        let judgement = checked.message.clone().filter(|_| is_good).map(|message| {
            let moment = if self.trusts_dagtekening {
                now.max(borne(&message).unwrap_or(now))
            } else {
                now
            };
            self.dossier.receive(Delivered {
                name,
                message,
                sent: moment.civil(),
                received: moment.civil(),
            })
        });
        Read { checked, judgement }
    }
}

/// The beginning of the day that a message bears.
fn borne(message: &Message) -> Option<SimTime> {
    let of = |concept: &str| {
        let kop = message.facts(concept).into_iter().next()?;
        kop.get("dagtekening")?.parse().ok()
    };
    of(RETOUR_KOP).or_else(|| of(KOP)).map(SimTime::start_of)
}

/// The releases of rulebooks.
pub(crate) fn releases_of(rulebooks: &[Arc<Rulebook>]) -> Vec<Arc<Release>> {
    rulebooks
        .iter()
        .map(|rulebook| Arc::clone(rulebook.release()))
        .collect()
}

/// The answer on a message, when it gets one.
pub(crate) fn answer_on(
    heenbericht: &Message,
    judgement: &Judgement,
    identificatie: String,
    now: SimTime,
) -> Result<Option<Draft>, ChainError> {
    let identity = Identity {
        identificatie,
        dagtekening: now.date(),
    };
    answer(heenbericht, judgement, &identity).map_err(|source| ChainError::Answer {
        release: heenbericht.release().id().to_string(),
        source,
    })
}
