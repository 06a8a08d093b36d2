//! The messages a hub holds, findable by every identifier that its interfaces know.
//!
//! It owns order (the oldest first is the order of receipt) and the indexes. It decides nothing: which message a
//! caller may see, and when one moves on, is decided in [`super`]. The content of a message is dropped when nobody
//! can ask for it any more. Tests are in `tests/it`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::event::Bericht;
use crate::time::SimTime;
use crate::vsp::{Berichtstatus, Melding, Relatie};

/// The place of a message in the order of receipt.
pub(super) type Position = usize;

/// A message with its history at the hub.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) bericht: Arc<Bericht>,
    /// The account that handed it in; none when a gemeente did.
    pub(super) indiener: Option<String>,
    /// Whether it is delivered even if the checks after receipt refuse it.
    pub(super) past_checks: bool,
    pub(super) received_at: SimTime,
    pub(super) status: Berichtstatus,
    pub(super) changed_at: SimTime,
    pub(super) meldingen: Vec<Melding>,
    /// What the addressee downloads, while it waits.
    pub(super) offered: Option<Offered>,
}

/// What an addressee downloads.
#[derive(Clone, Debug)]
pub(super) struct Offered {
    pub(super) bytes: Bytes,
    /// SHA-256 of exactly those bytes, in lower-case hexadecimal.
    pub(super) checksum: String,
}

#[derive(Debug, Default)]
pub(super) struct Store {
    entries: Vec<Entry>,
    by_sender: BTreeSet<(Option<String>, Uuid)>,
    by_traceer_id: BTreeMap<Uuid, Vec<Position>>,
    by_als_antwoord_op: BTreeMap<Uuid, Vec<Position>>,
    by_conversatie_id: BTreeMap<Uuid, Vec<Position>>,
    waiting: BTreeMap<Relatie, BTreeSet<Position>>,
}

impl Store {
    /// Whether this sender used this identifier before.
    pub(super) fn is_used(&self, afzender: &Relatie, traceer_id: Uuid) -> bool {
        self.by_sender.contains(&(afzender.code.clone(), traceer_id))
    }

    /// Adds a message that was received.
    pub(super) fn add(
        &mut self,
        bericht: Arc<Bericht>,
        indiener: Option<String>,
        past_checks: bool,
        now: SimTime,
    ) -> Position {
        let position = self.entries.len();
        let references = &bericht.metadata.referentiegegevens;
        self.by_sender
            .insert((bericht.afzender().code.clone(), references.traceer_id));
        self.by_traceer_id
            .entry(references.traceer_id)
            .or_default()
            .push(position);
        self.by_conversatie_id
            .entry(references.conversatie_id)
            .or_default()
            .push(position);
        if let Some(answered) = references.als_antwoord_op {
            self.by_als_antwoord_op
                .entry(answered)
                .or_default()
                .push(position);
        }
        self.entries.push(Entry {
            bericht,
            indiener,
            past_checks,
            received_at: now,
            status: Berichtstatus::Ontvangen,
            changed_at: now,
            meldingen: Vec::new(),
            offered: None,
        });
        position
    }

    /// The message at a place that this store gave out.
    pub(super) fn entry(&self, position: Position) -> &Entry {
        &self.entries[position]
    }

    /// Ends the way of a message that the checks refused.
    pub(super) fn refuse(&mut self, position: Position, now: SimTime, meldingen: Vec<Melding>) {
        let entry = &mut self.entries[position];
        entry.status = Berichtstatus::AfgekeurdDoorDienst;
        entry.changed_at = now;
        entry.meldingen = meldingen;
        entry.drop_content();
    }

    /// Puts a message that passed in the box of its addressee.
    pub(super) fn offer(
        &mut self,
        position: Position,
        now: SimTime,
        status: Berichtstatus,
        offered: Offered,
    ) {
        let entry = &mut self.entries[position];
        entry.status = status;
        entry.changed_at = now;
        entry.offered = Some(offered);
        if let Some(geadresseerde) = entry.bericht.geadresseerde() {
            self.waiting
                .entry(geadresseerde.clone())
                .or_default()
                .insert(position);
        }
    }

    /// Takes a message out of the box of its addressee.
    pub(super) fn confirm(&mut self, position: Position, now: SimTime) {
        let entry = &mut self.entries[position];
        if let Some(waiting) = entry
            .bericht
            .geadresseerde()
            .and_then(|party| self.waiting.get_mut(party))
        {
            waiting.remove(&position);
        }
        if entry.status != Berichtstatus::Bezorgd {
            entry.status = Berichtstatus::Bezorgd;
            entry.changed_at = now;
        }
        entry.drop_content();
    }

    /// The oldest messages that wait for these parties together.
    pub(super) fn waiting(&self, parties: impl Iterator<Item = Relatie>, limit: usize) -> Vec<Position> {
        let mut positions: Vec<Position> = parties
            .filter_map(|party| self.waiting.get(&party))
            .flat_map(|positions| positions.iter().copied().take(limit))
            .collect();
        positions.sort_unstable();
        positions.truncate(limit);
        positions
    }

    /// The oldest waiting message with this identifier among those for these parties.
    pub(super) fn waiting_with(&self, traceer_id: Uuid, parties: &BTreeSet<Relatie>) -> Option<Position> {
        self.by_traceer_id
            .get(&traceer_id)?
            .iter()
            .copied()
            .find(|&position| {
                let entry = self.entry(position);
                entry.offered.is_some()
                    && entry
                        .bericht
                        .geadresseerde()
                        .is_some_and(|party| parties.contains(party))
            })
    }

    /// The message itself and those that answer it, in order of receipt.
    pub(super) fn with_traceer_id(&self, traceer_id: Uuid) -> Vec<Position> {
        let itself = self.by_traceer_id.get(&traceer_id).into_iter().flatten();
        let answers = self.by_als_antwoord_op.get(&traceer_id).into_iter().flatten();
        let positions: BTreeSet<Position> = itself.chain(answers).copied().collect();
        positions.into_iter().collect()
    }

    /// The messages of a conversation, in order of receipt.
    pub(super) fn with_conversatie_id(&self, conversatie_id: Uuid) -> Vec<Position> {
        self.by_conversatie_id
            .get(&conversatie_id)
            .cloned()
            .unwrap_or_default()
    }
}

impl Entry {
    fn drop_content(&mut self) {
        self.offered = None;
        let metadata = self.bericht.metadata.clone();
        self.bericht = Arc::new(Bericht {
            metadata,
            xml: Bytes::new(),
        });
    }
}
