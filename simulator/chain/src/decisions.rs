//! Where the decisions of a party come from: one trait for every machine, and the script that a puppet follows.
//!
//! A machine asks what is due, tells what it learned, and asks what becomes of the retour on a heenbericht. A puppet has
//! its decisions written down beforehand ([`Scripted`]); a party that acts on its own has a policy
//! ([`crate::GemeenteParty`], [`crate::AanbiederParty`]). Nothing here touches a hub or writes a message. Tests are in
//! `tests/it`.

use std::collections::{BTreeMap, VecDeque};

use kp_model::Message;

use crate::gemeente::Act;
use crate::letter::CLIENT;
use crate::time::SimTime;

/// Where the decisions of a party come from; `T` is what is decided.
pub trait Decisions<T> {
    /// The next thing to do that is due, if any.
    fn next_due(&mut self, now: SimTime) -> Option<T>;

    /// When the next thing to do is due.
    fn next_moment(&self) -> Option<SimTime>;

    /// Takes note of a message that the party accepted.
    fn learn(&mut self, now: SimTime, learned: &Learned<'_>);

    /// What becomes of the retour on a heenbericht.
    fn retour(&mut self, heenbericht: &Message) -> RetourChoice;
}

/// A message that a party accepted.
#[derive(Clone, Copy, Debug)]
pub struct Learned<'a> {
    /// The code of the sender.
    pub afzender: &'a str,
    /// The message.
    pub message: &'a Message,
    /// The id of what the party decided, when this answers it.
    pub answers: Option<&'a str>,
}

/// What becomes of the retour on a heenbericht.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RetourChoice {
    /// It says what the rules say.
    #[default]
    Computed,
    /// It stays away.
    Withheld,
    /// It is made as if exactly these classes were rejected, whatever the rules say; a clean one when there are none.
    Fiction(Vec<Afwijzing>),
}

/// A class of a heenbericht that is rejected by decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Afwijzing {
    /// The concept that the class stands for, as in `Start`.
    pub concept: String,
    /// Which of them in the message, from 0.
    pub position: usize,
    /// The RetourCode that it gets.
    pub retourcode: String,
}

/// Decisions that are written down beforehand, one by one.
#[derive(Clone, Debug)]
pub struct Scripted<T = Act> {
    planned: BTreeMap<(SimTime, u64), T>,
    added: u64,
    always: BTreeMap<Concerned, RetourChoice>,
    next: BTreeMap<Concerned, VecDeque<RetourChoice>>,
}

/// Which heenberichten a decision is about: those of a number, about one person or all.
type Concerned = (String, Option<String>);

impl<T> Default for Scripted<T> {
    fn default() -> Self {
        Self {
            planned: BTreeMap::new(),
            added: 0,
            always: BTreeMap::new(),
            next: BTreeMap::new(),
        }
    }
}

impl<T> Scripted<T> {
    /// Does something at a moment; what has one moment keeps its order.
    pub fn add(&mut self, at: SimTime, decided: T) {
        self.added += 1;
        self.planned.insert((at, self.added), decided);
    }

    /// Decides what becomes of the retour on every heenbericht of this number from now on.
    pub fn answer_all(&mut self, number: &str, choice: RetourChoice) {
        self.always.insert((number.to_owned(), None), choice);
    }

    /// The same, for heenberichten about one person; it holds over what is decided for all.
    pub fn answer_all_about(&mut self, number: &str, bsn: &str, choice: RetourChoice) {
        self.always
            .insert((number.to_owned(), Some(bsn.to_owned())), choice);
    }

    /// Decides it for one heenbericht: the next of this number that nothing is decided for yet.
    pub fn answer_next(&mut self, number: &str, choice: RetourChoice) {
        let queue = self.next.entry((number.to_owned(), None)).or_default();
        queue.push_back(choice);
    }

    /// The same, for the next heenbericht about one person; it holds over what is decided for the next of all.
    pub fn answer_next_about(&mut self, number: &str, bsn: &str, choice: RetourChoice) {
        let concerned = (number.to_owned(), Some(bsn.to_owned()));
        self.next.entry(concerned).or_default().push_back(choice);
    }

    /// Leaves good heenberichten of this number without answer from now on.
    pub fn stay_silent_on(&mut self, number: &str) {
        self.answer_all(number, RetourChoice::Withheld);
    }
}

impl<T> Decisions<T> for Scripted<T> {
    fn next_due(&mut self, now: SimTime) -> Option<T> {
        let first = self.planned.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    fn next_moment(&self) -> Option<SimTime> {
        self.planned.first_key_value().map(|((at, _), _)| *at)
    }

    /// A puppet does only what a step says, whatever it learns.
    fn learn(&mut self, _now: SimTime, _learned: &Learned<'_>) {}

    fn retour(&mut self, heenbericht: &Message) -> RetourChoice {
        let number = heenbericht.message_type().number.clone();
        let client = heenbericht.facts(CLIENT).into_iter().next();
        let bsn = client.and_then(|client| client.get("bsn").map(ToOwned::to_owned));
        // What is decided about one person holds over what is decided for all, and for one message over all of them.
        let of_person = bsn.map(|bsn| (number.clone(), Some(bsn)));
        let concerned: Vec<Concerned> = of_person.into_iter().chain([(number, None)]).collect();
        let next = concerned
            .iter()
            .find_map(|concerned| self.next.get_mut(concerned)?.pop_front());
        next.or_else(|| {
            concerned
                .iter()
                .find_map(|concerned| self.always.get(concerned))
                .cloned()
        })
        .unwrap_or_default()
    }
}

/// The source of a party in a [`crate::World`].
pub enum Source<T> {
    /// A puppet: what a step says.
    Puppet(Scripted<T>),
    /// Any other, as that of a party that acts on its own.
    Own(Box<dyn Decisions<T> + Send>),
}

impl<T> Source<T> {
    /// The source of a party that acts on its own.
    pub fn own(decisions: impl Decisions<T> + Send + 'static) -> Self {
        Self::Own(Box::new(decisions))
    }

    /// The script, when this is a puppet.
    pub fn script_mut(&mut self) -> Option<&mut Scripted<T>> {
        match self {
            Self::Puppet(script) => Some(script),
            Self::Own(_) => None,
        }
    }

    fn source(&self) -> &dyn Decisions<T> {
        match self {
            Self::Puppet(script) => script,
            Self::Own(own) => own.as_ref(),
        }
    }

    fn source_mut(&mut self) -> &mut dyn Decisions<T> {
        match self {
            Self::Puppet(script) => script,
            Self::Own(own) => own.as_mut(),
        }
    }
}

impl<T> Default for Source<T> {
    fn default() -> Self {
        Self::Puppet(Scripted::default())
    }
}

impl<T> Decisions<T> for Source<T> {
    fn next_due(&mut self, now: SimTime) -> Option<T> {
        self.source_mut().next_due(now)
    }

    fn next_moment(&self) -> Option<SimTime> {
        self.source().next_moment()
    }

    fn learn(&mut self, now: SimTime, learned: &Learned<'_>) {
        self.source_mut().learn(now, learned);
    }

    fn retour(&mut self, heenbericht: &Message) -> RetourChoice {
        self.source_mut().retour(heenbericht)
    }
}
