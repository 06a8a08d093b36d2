//! The address book: which service of whom is at which address.
//!
//! One address serves one purpose of one party. Tests: `tests/it/netwerk`.

use std::collections::{BTreeMap, BTreeSet};

use kp_model::network::Network;

use super::deelnemer::Deelnemer;

/// Services by address.
#[derive(Clone, Debug, Default)]
pub struct Adresboek(BTreeMap<String, Service>);

/// A service of a party.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Service {
    /// The name of the party in the list of who takes part.
    pub owner: String,
    /// What it is for.
    pub purpose: Purpose,
}

/// What a service is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// A register answers queries: its core, or a view.
    Register {
        /// The code of the register.
        code: String,
        /// The view; none for the core.
        view: Option<String>,
    },
    /// A process takes in notificaties.
    Notificatie,
    /// A process takes in meldingen.
    Melding,
}

impl Purpose {
    /// What a party serves: it takes in notificaties and meldingen, and answers for the registers that its roles own.
    #[must_use]
    pub fn of(network: &Network, deelnemer: &Deelnemer) -> Vec<Self> {
        let mut purposes = vec![Self::Notificatie, Self::Melding];
        let own = network.registers.iter();
        for register in own.filter(|register| deelnemer.identities.contains_key(&register.owner)) {
            let views = register
                .entities
                .iter()
                .flat_map(|entity| entity.views.iter().cloned().map(Some));
            let views: BTreeSet<Option<String>> = views.chain([None]).collect();
            purposes.extend(views.into_iter().map(|view| Self::Register {
                code: register.code.clone(),
                view,
            }));
        }
        purposes
    }

    /// How it is written in an address: `register/tr`, `register/cr/extra`, `notificatie`.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Notificatie => "notificatie".to_owned(),
            Self::Melding => "melding".to_owned(),
            Self::Register { code, view: None } => format!("register/{}", code.to_lowercase()),
            Self::Register {
                code,
                view: Some(view),
            } => format!("register/{}/{view}", code.to_lowercase()),
        }
    }
}

impl Adresboek {
    /// Publishes a service at an address, in place of what was there.
    pub fn publish(&mut self, address: &str, service: Service) {
        self.0.insert(address.to_owned(), service);
    }

    /// Takes a service off the list.
    pub fn withdraw(&mut self, service: &Service) {
        self.0.retain(|_, known| known != service);
    }

    /// Every service with its address.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Service)> {
        self.0
            .iter()
            .map(|(address, service)| (address.as_str(), service))
    }

    /// What is served at an address.
    #[must_use]
    pub fn service(&self, address: &str) -> Option<&Service> {
        self.0.get(address)
    }

    /// Where a service is.
    #[must_use]
    pub fn find(&self, service: &Service) -> Option<&str> {
        let found = self.0.iter().find(|(_, known)| *known == service);
        found.map(|(address, _)| address.as_str())
    }
}
