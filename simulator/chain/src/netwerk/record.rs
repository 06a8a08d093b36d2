//! A record of a source register: what it says, which version of it, and until when.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kp_model::network::{EntityId, Network};
use uuid::Uuid;

use crate::time::SimTime;

/// A version of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The kind of record.
    pub entity: EntityId,
    /// Its key.
    pub id: Uuid,
    /// The wet that it belongs to.
    pub wet: String,
    /// The number of this version, counted from 1.
    pub version: u32,
    /// When this version was established.
    pub established: SimTime,
    /// The last day on which it can be read; none for no end.
    pub available_until: Option<Date>,
    /// Its values, by path, each as a message would write it.
    pub values: BTreeMap<String, String>,
}

impl Record {
    /// What it says at a path: of its own fields, its key, or what every record has.
    #[must_use]
    pub fn value(&self, network: &Network, path: &str) -> Option<String> {
        let names = &network.record;
        if path == network.entity(self.entity).key {
            Some(self.id.to_string())
        } else if path == names.wet {
            Some(self.wet.clone())
        } else if path == names.version {
            Some(self.version.to_string())
        } else if path == names.established {
            Some(self.established.utc())
        } else if path == names.available_until {
            self.available_until.map(|day| day.to_string())
        } else {
            self.values.get(path).cloned()
        }
    }

    /// How notifications name it: `Toewijzing/2f6c0f8e-8b1f-4a52-8b0e-6d3f2a9e4c77`.
    #[must_use]
    pub fn reference(&self, network: &Network) -> String {
        format!("{}/{}", network.entity(self.entity).name, self.id)
    }
}
