//! What a party remembers of what was sent and received, and how it answers.
//!
//! Every receiver of ours answers by the same function of what the rules reject ([`kp_rules::answer`]), or of what was
//! decided to be rejected. Structure
//! faults are never answered: the hub has refused such a message. Tests are in `tests/it`.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Checked, Draft, Finding, Level, Limits, Message, Release, ReleaseId, check};
use kp_rules::{
    Delivered, Dossier, Fact, FactError, Identity, Judgement, Pair, Rejection, Rulebook, TermResult, answer,
};

use crate::decisions::{Afwijzing, RetourChoice};
use crate::error::ChainError;
use crate::letter::{KOP, RETOUR_KOP, release_of};
use crate::overgang::Overstap;
use crate::time::SimTime;

/// What a party sent and received, judged.
#[derive(Debug)]
pub(crate) struct Ledger {
    releases: Vec<Arc<Release>>,
    /// When it goes from one release to the next.
    overstap: Option<Overstap>,
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
    pub(crate) fn new(rulebooks: Vec<Arc<Rulebook>>, overstap: Option<Overstap>) -> Self {
        Self {
            overstap,
            releases: releases_of(&rulebooks),
            limits: Limits::default(),
            dossier: Dossier::new(rulebooks).knowing_lists(),
            trusts_dagtekening: false,
        }
    }

    /// Has the party know a fact from outside the messages: of one pair, or of all.
    pub(crate) fn know(&mut self, pair: Option<Pair>, fact: Fact) -> Result<(), FactError> {
        self.dossier.state(pair, fact)
    }

    /// The same, for senders that live by a clock of their own.
    pub(crate) fn trusting_dagtekening(self, trusts_dagtekening: bool) -> Self {
        Self {
            trusts_dagtekening,
            ..self
        }
    }

    /// The terms that were not kept up to a moment.
    pub(crate) fn overdue(&mut self, now: SimTime) -> Vec<Overdue> {
        let results = self.dossier.terms(now.civil());
        let named = results.into_iter().filter(|result| result.finding.is_some());
        named
            .filter_map(|result| Some((self.dossier.name(result.entry?)?.to_owned(), result)))
            .collect()
    }

    /// The release of a family that it writes in now.
    pub(crate) fn release(&self, family: &str, now: SimTime) -> Result<&Arc<Release>, ChainError> {
        release_of(self.spoken(now), family)
    }

    /// A release, whether it writes in it now or not.
    pub(crate) fn known(&self, id: &ReleaseId) -> Result<&Arc<Release>, ChainError> {
        let known = self.releases.iter().find(|release| release.id() == id);
        known.ok_or_else(|| ChainError::UnknownFamily {
            family: id.to_string(),
        })
    }

    /// Has the party go from one release to the next.
    pub(crate) fn go_over(&mut self, overstap: Overstap) {
        self.overstap = Some(overstap);
    }

    /// The releases that it writes and reads in now.
    fn spoken(&self, now: SimTime) -> impl DoubleEndedIterator<Item = &Arc<Release>> {
        let overstap = self.overstap.as_ref();
        self.releases
            .iter()
            .filter(move |release| overstap.is_none_or(|overstap| overstap.speaks(now.civil(), release.id())))
    }

    /// Takes a message that was delivered: to this party, or by it.
    pub(crate) fn take(&mut self, name: String, xml: Bytes, now: SimTime) -> Read {
        let spoken: Vec<Arc<Release>> = self.spoken(now).cloned().collect();
        let checked = check(xml, &spoken, &self.limits);
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

/// A term that was not kept, with the name of the message to look at.
pub(crate) type Overdue = (String, TermResult);

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

/// What a party holds of a message: what the rules say, unless it was decided otherwise.
pub(crate) fn as_decided<'a>(
    choice: &RetourChoice,
    heenbericht: &Message,
    judgement: &'a Judgement,
) -> Result<Cow<'a, Judgement>, ChainError> {
    let afwijzingen = match choice {
        RetourChoice::Computed | RetourChoice::Withheld => return Ok(Cow::Borrowed(judgement)),
        RetourChoice::Fiction(afwijzingen) => afwijzingen,
    };
    let mut decided = Judgement::default();
    for afwijzing in afwijzingen {
        decided.rejections.push(rejection(heenbericht, afwijzing)?);
    }
    Ok(Cow::Owned(decided))
}

/// A rejection as if a rule over earlier messages had spoken, so that the code comes to its class.
fn rejection(heenbericht: &Message, afwijzing: &Afwijzing) -> Result<Rejection, ChainError> {
    let release = heenbericht.release();
    let Afwijzing {
        concept,
        position,
        retourcode,
    } = afwijzing;
    let lacks = |what: String| ChainError::NotInRelease {
        release: release.id().to_string(),
        what,
    };
    if !release.retour_codes().any(|known| known.code == *retourcode) {
        return Err(lacks(retourcode.clone()));
    }
    let classes = heenbericht.facts_at(concept);
    let (node, _) = classes.get(*position).ok_or_else(|| {
        lacks(format!(
            "{concept} {position} in a {}",
            heenbericht.message_type().name
        ))
    })?;
    Ok(Rejection {
        node: *node,
        rule: String::new(),
        retourcode: Some(retourcode.clone()),
        level: Level::Dossier,
        assumed: false,
    })
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
