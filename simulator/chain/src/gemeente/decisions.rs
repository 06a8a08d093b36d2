//! What a gemeente decides: which messages it sends when, and which it answers.
//!
//! One trait with two sources in mind: a script that says what a step of a scenario says, and later a policy. Nothing
//! here touches a hub. Tests are in `tests/it`.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use kp_model::{Facts, Message};

use crate::time::SimTime;

/// Where the decisions of a party come from.
pub trait Decisions {
    /// The next thing to do that is due, if any.
    fn next_act(&mut self, now: SimTime) -> Option<Act>;

    /// When the next thing to do is due.
    fn next_moment(&self) -> Option<SimTime>;

    /// Whether a good heenbericht gets its retour.
    fn answers(&mut self, heenbericht: &Message) -> bool;
}

/// Something that a gemeente sends of its own accord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Names the act in the outcome, and decides its identifications: no two acts of a gemeente share one.
    pub id: String,
    /// The family of the release to write in, as in `iwmo`.
    pub family: String,
    /// The concept that the message carries, which decides what message it is.
    pub carries: String,
    /// The code of the aanbieder.
    pub ontvanger: String,
    /// What stands in it.
    pub content: Content,
    /// Whether the hub lets it past its checks, when they would refuse it.
    pub past_checks: bool,
}

/// What stands in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The header is ours; these are the other concepts, in order.
    Concepts(Vec<(String, Facts)>),
    /// Exactly these bytes, whatever they are.
    Bytes(Bytes),
}

/// Decisions that are written down beforehand, one by one.
#[derive(Clone, Debug, Default)]
pub struct Scripted {
    acts: BTreeMap<(SimTime, u64), Act>,
    added: u64,
    unanswered: BTreeSet<String>,
}

impl Scripted {
    /// Does something at a moment; acts of one moment keep their order.
    pub fn add(&mut self, at: SimTime, act: Act) {
        self.added += 1;
        self.acts.insert((at, self.added), act);
    }

    /// Leaves good heenberichten of this number without answer from now on.
    pub fn stay_silent_on(&mut self, number: &str) {
        self.unanswered.insert(number.to_owned());
    }
}

impl Decisions for Scripted {
    fn next_act(&mut self, now: SimTime) -> Option<Act> {
        let first = self.acts.first_entry()?;
        if first.key().0 > now {
            None
        } else {
            Some(first.remove())
        }
    }

    fn next_moment(&self) -> Option<SimTime> {
        self.acts.first_key_value().map(|((at, _), _)| *at)
    }

    fn answers(&mut self, heenbericht: &Message) -> bool {
        !self.unanswered.contains(&heenbericht.message_type().number)
    }
}
