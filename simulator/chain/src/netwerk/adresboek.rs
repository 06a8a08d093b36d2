//! The address book: which service of whom is at which address.
//!
//! One address serves one purpose of one party. Tests: `tests/it/netwerk`.

use std::collections::BTreeMap;

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

impl Adresboek {
    /// Publishes a service at an address, in place of what was there.
    pub fn publish(&mut self, address: &str, service: Service) {
        self.0.insert(address.to_owned(), service);
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
