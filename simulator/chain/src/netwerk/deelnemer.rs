//! The list of who takes part: identifications, certificates, who may act for whom, and until when.
//!
//! A party that is not on it, or no longer, gets no token and no answer. Tests: `tests/it/netwerk`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kp_model::network::Network;

/// Who takes part, by name.
#[derive(Clone, Debug, Default)]
pub struct Deelnemers(BTreeMap<String, Deelnemer>);

/// An organisation that asked to take part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deelnemer {
    /// What it is called in this list.
    pub name: String,
    /// Its identification in each role that it has, by place in [`Network::roles`]; empty for who only acts for others.
    pub identities: BTreeMap<usize, String>,
    /// Whether it may exchange.
    pub status: Status,
    /// The serial numbers of its certificates.
    pub certificates: Vec<String>,
    /// Who may act for it.
    pub actors: Vec<Actor>,
}

/// Whether a party may exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It asked to be admitted.
    Aangevraagd,
    /// It takes part.
    Actief,
    /// It is kept out for a while.
    Geschorst,
    /// It took part.
    Uitgetreden,
}

/// Who may act for a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The name of the actor in the list.
    pub name: String,
    /// The last day on which it may.
    pub until: Option<Date>,
}

impl Deelnemers {
    /// Puts a party on the list, in place of what was known under its name.
    pub fn add(&mut self, deelnemer: Deelnemer) {
        self.0.insert(deelnemer.name.clone(), deelnemer);
    }

    /// Everybody, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Deelnemer> {
        self.0.values()
    }

    /// A party by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Deelnemer> {
        self.0.get(name)
    }

    /// A party by its name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Deelnemer> {
        self.0.get_mut(name)
    }

    /// The party that owns a certificate.
    #[must_use]
    pub fn of_certificate(&self, serial: &str) -> Option<&Deelnemer> {
        self.0
            .values()
            .find(|known| known.certificates.iter().any(|own| own == serial))
    }

    /// The party with an identification as a token names it: `agbcode:01234567`.
    #[must_use]
    pub fn of_subject(&self, network: &Network, subject: &str) -> Option<&Deelnemer> {
        self.0
            .values()
            .find(|known| known.subject(network).as_deref() == Some(subject))
    }
}

impl Deelnemer {
    /// How a token names it: by its first identification, or its own name when it only acts for others.
    #[must_use]
    pub fn subject(&self, network: &Network) -> Option<String> {
        match self.identities.first_key_value() {
            Some((role, value)) => Some(format!("{}:{value}", network.roles.get(*role)?.prefix)),
            None => Some(self.name.clone()),
        }
    }

    /// Whether a party may act for it on a day.
    #[must_use]
    pub fn lets_act(&self, name: &str, today: Date) -> bool {
        self.actors
            .iter()
            .any(|actor| actor.name == name && actor.until.is_none_or(|until| today <= until))
    }
}
