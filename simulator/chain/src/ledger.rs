//! What a party remembers of what was sent and received, and how it answers.
//!
//! Every receiver of ours answers by the same function of what the rules reject ([`kp_rules::answer`]). Structure
//! faults are never answered: the hub has refused such a message. Tests are in `tests/it`.

use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Checked, Draft, Finding, Limits, Message, Release, check};
use kp_rules::{Delivered, Dossier, Identity, Judgement, Rulebook, answer};

use crate::error::ChainError;
use crate::time::SimTime;

/// What a party sent and received, judged.
#[derive(Debug)]
pub(crate) struct Ledger {
    releases: Vec<Arc<Release>>,
    limits: Limits,
    dossier: Dossier,
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
            self.dossier.receive(Delivered {
                name,
                message,
                sent: now.civil(),
                received: now.civil(),
            })
        });
        Read { checked, judgement }
    }
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
