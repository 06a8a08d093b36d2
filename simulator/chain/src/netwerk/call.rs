//! What parties say to each other: queries, notificaties, meldingen, and the answers to these.

use kp_model::network::Network;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::query::{Answered, Query};
use crate::time::SimTime;

/// Something that is asked at the service of a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// A question to a register.
    Query(Query),
    /// Something changed in a register.
    Notify(Notice),
    /// Something is wrong in a record.
    Report(Notice),
}

/// A request that asks nothing that can be understood, and what who sent it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The HTTP status.
    pub status: u16,
    /// Why.
    pub text: String,
}

/// A notificatie or a melding: what happened to which records, by keys alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// When it came about.
    pub timestamp: SimTime,
    /// Who sends it.
    pub sender: Identification,
    /// For whom it is.
    pub receiver: Identification,
    /// For what the receiver asked to be told; none when it must be told.
    pub kenmerk: Option<String>,
    /// What it tells, as in `NIEUWE_TOEWIJZING_AANBIEDER`.
    pub event_type: String,
    /// What it is about: of a notificatie the record that the authorisation runs over, of a melding the code of the
    /// rule that is broken; and the record concerned.
    pub subjects: Vec<(String, String)>,
}

/// Who somebody is, in a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identification {
    /// The type, as in `AGB`.
    pub id_type: String,
    /// The value.
    pub value: String,
}

/// An answer to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// What a query found.
    Records(Answered),
    /// A notificatie or melding was received, under this number; it says nothing of what comes of it.
    Received(Uuid),
    /// It was refused.
    Refused {
        /// The HTTP status.
        status: u16,
        /// Why.
        text: String,
    },
}

impl Notice {
    /// A digest of all that makes it this one: a repeat has the same.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut subjects = self.subjects.clone();
        subjects.sort();
        subjects.dedup();
        let moment = self.timestamp.unix_ms().to_string();
        let own = [
            &self.sender.id_type,
            &self.sender.value,
            &self.receiver.id_type,
            &self.receiver.value,
            &self.event_type,
            &moment,
        ];
        let mut hash = Sha256::new();
        let about = subjects.iter().flat_map(|(subject, record)| [subject, record]);
        for part in own.into_iter().chain(about) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }

    /// Whether a text names a record as it must: the name of its kind, and a key.
    #[must_use]
    pub fn names_record(network: &Network, text: &str) -> bool {
        text.split_once('/').is_some_and(|(entity, id)| {
            let key = Uuid::parse_str(id).ok();
            network.find_entity(entity).is_some()
                && key.is_some_and(|key| key.to_string() == id.to_ascii_lowercase())
        })
    }
}
