//! The messages a hub holds, findable by every identifier that its interfaces know.
//!
//! It owns order (the oldest first is the order of receipt), the indexes, how much is held and for how long. It decides
//! nothing: which message a caller may see, and when one moves on, is decided in [`super`]. The content of a message is
//! dropped when nobody can ask for it any more. Tests are in `tests/it`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::event::Bericht;
use super::fault::Fault;
use super::switches::UniquenessScope;
use crate::time::SimTime;
use crate::vsp::{Berichtstatus, Melding, Relatie};

/// What a message takes beside its texts and its content: its place, its status and its rows in the indexes.
const ENTRY_BYTES: usize = 1024;

/// The place of a message in the order of receipt.
pub(super) type Position = u64;

/// A message with its history at the hub.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) bericht: Arc<Bericht>,
    /// The account that handed it in; none when a gemeente did, or the hub itself.
    pub(super) indiener: Option<String>,
    /// Whether it is delivered even if the checks after receipt refuse it.
    pub(super) past_checks: bool,
    /// What receipt found, when that is told as late as what the checks find.
    pub(super) refused: Option<(Fault, String)>,
    /// The digest of the payload as it was handed in, where repetitions are recognised.
    pub(super) digest: Option<[u8; 32]>,
    pub(super) received_at: SimTime,
    pub(super) status: Berichtstatus,
    pub(super) changed_at: SimTime,
    pub(super) meldingen: Vec<Melding>,
    /// What an addressee downloads, while it waits or is kept.
    pub(super) offered: Option<Offered>,
    /// Whether an addressee downloaded it.
    pub(super) is_downloaded: bool,
    /// The addressees that did not confirm it yet.
    waits_for: BTreeSet<Relatie>,
    marks: Vec<Mark>,
    bytes: usize,
}

/// What is known of a message when it is received.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) bericht: Arc<Bericht>,
    pub(super) indiener: Option<String>,
    pub(super) past_checks: bool,
    pub(super) refused: Option<(Fault, String)>,
    pub(super) digest: Option<[u8; 32]>,
}

/// What an addressee downloads.
#[derive(Clone, Debug)]
pub(super) struct Offered {
    pub(super) bytes: Bytes,
    /// SHA-256 of exactly those bytes, in lower-case hexadecimal.
    pub(super) checksum: String,
}

/// What a delivered message uses up: no other may carry the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// An Identificatie: sender, name of the message, value.
    Identificatie(String, String, String),
    /// The answer on a declaratie: gemeente, aanbieder, family, number of the declaratie.
    Nummer(String, String, String, String),
    /// The same, where it is known by the Identificatie of the declaratie.
    Beantwoord(String, String, String, String),
}

/// The use of an identifier by a sender.
#[derive(Debug)]
struct Use {
    afzender: Option<String>,
    /// The message; none when it was refused at receipt.
    position: Option<Position>,
}

/// What is forgotten after its time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Memory {
    Entry(Position),
    Use(Uuid, Option<String>),
}

#[derive(Debug, Default)]
pub(super) struct Store {
    entries: BTreeMap<Position, Entry>,
    next: Position,
    uses: BTreeMap<Uuid, Vec<Use>>,
    marks: BTreeMap<Mark, Position>,
    by_traceer_id: BTreeMap<Uuid, BTreeSet<Position>>,
    by_als_antwoord_op: BTreeMap<Uuid, BTreeSet<Position>>,
    by_conversatie_id: BTreeMap<Uuid, BTreeSet<Position>>,
    waiting: BTreeMap<Relatie, BTreeSet<Position>>,
    /// Those whose content is kept after it was confirmed.
    kept: BTreeSet<Position>,
    memories: BTreeSet<(SimTime, Memory)>,
    held_bytes: usize,
}

impl Store {
    /// Whether this sender used this identifier before, and with which message.
    pub(super) fn used(
        &self,
        scope: UniquenessScope,
        afzender: &Relatie,
        traceer_id: Uuid,
    ) -> Option<Option<Position>> {
        self.uses
            .get(&traceer_id)?
            .iter()
            .find(|known| scope == UniquenessScope::Global || known.afzender == afzender.code)
            .map(|known| known.position)
    }

    /// Has an identifier count as used, though its message was refused at receipt; whether there was room for that.
    pub(super) fn consume(
        &mut self,
        afzender: &Relatie,
        traceer_id: Uuid,
        until: SimTime,
        held_max_bytes: usize,
    ) -> bool {
        if !self.make_room(ENTRY_BYTES, held_max_bytes) {
            return false;
        }
        let afzender = afzender.code.clone();
        self.memories
            .insert((until, Memory::Use(traceer_id, afzender.clone())));
        self.held_bytes += ENTRY_BYTES;
        self.uses.entry(traceer_id).or_default().push(Use {
            afzender,
            position: None,
        });
        true
    }

    /// Has the identifier of a message count as free again.
    pub(super) fn free(&mut self, position: Position) {
        let Some(entry) = self.entries.get(&position) else {
            return;
        };
        let traceer_id = entry.bericht.traceer_id();
        self.forget_use(traceer_id, |known| known.position == Some(position));
    }

    /// Whether a message of so many bytes can be held; content that was kept after its confirmation makes room.
    pub(super) fn make_room(&mut self, bytes: usize, held_max_bytes: usize) -> bool {
        while self.held_bytes.saturating_add(bytes) > held_max_bytes {
            let Some(oldest) = self.kept.pop_first() else {
                return false;
            };
            self.drop_content(oldest);
        }
        true
    }

    /// Adds a message that was received, to be remembered until a moment.
    pub(super) fn add(&mut self, arrival: Arrival, now: SimTime, until: SimTime) -> Position {
        let position = self.next;
        self.next += 1;
        let bericht = arrival.bericht;
        let references = &bericht.metadata.referentiegegevens;
        let afzender = &bericht.afzender().code;
        let uses = self.uses.entry(references.traceer_id).or_default();
        // What is refused because its identifier was used does not use it.
        if uses.iter().all(|known| known.afzender != *afzender) {
            uses.push(Use {
                afzender: afzender.clone(),
                position: Some(position),
            });
        }
        for (index, identifier) in [
            (&mut self.by_traceer_id, Some(references.traceer_id)),
            (&mut self.by_conversatie_id, Some(references.conversatie_id)),
            (&mut self.by_als_antwoord_op, references.als_antwoord_op),
        ] {
            if let Some(identifier) = identifier {
                index.entry(identifier).or_default().insert(position);
            }
        }
        self.memories.insert((until, Memory::Entry(position)));
        let bytes = weight(&bericht);
        self.held_bytes += bytes;
        self.entries.insert(
            position,
            Entry {
                bericht,
                indiener: arrival.indiener,
                past_checks: arrival.past_checks,
                refused: arrival.refused,
                digest: arrival.digest,
                received_at: now,
                status: Berichtstatus::Ontvangen,
                changed_at: now,
                meldingen: Vec::new(),
                offered: None,
                is_downloaded: false,
                waits_for: BTreeSet::new(),
                marks: Vec::new(),
                bytes,
            },
        );
        position
    }

    /// The message at a place, as long as it is remembered.
    pub(super) fn entry(&self, position: Position) -> Option<&Entry> {
        self.entries.get(&position)
    }

    /// Ends the way of a message that the checks refused.
    pub(super) fn refuse(&mut self, position: Position, now: SimTime, meldingen: Vec<Melding>) {
        let Some(entry) = self.entries.get_mut(&position) else {
            return;
        };
        entry.status = Berichtstatus::AfgekeurdDoorDienst;
        entry.changed_at = now;
        entry.meldingen = meldingen;
        self.drop_content(position);
    }

    /// Puts a message that passed in the boxes of its addressees, and has what it uses up count as used.
    pub(super) fn offer(
        &mut self,
        position: Position,
        now: SimTime,
        status: Berichtstatus,
        offered: Offered,
        marks: Vec<Mark>,
    ) {
        let Some(entry) = self.entries.get_mut(&position) else {
            return;
        };
        entry.status = status;
        entry.changed_at = now;
        entry.offered = Some(offered);
        for geadresseerde in &entry.bericht.metadata.routeringgegevens.geadresseerden {
            entry.waits_for.insert(geadresseerde.clone());
            self.waiting
                .entry(geadresseerde.clone())
                .or_default()
                .insert(position);
        }
        for mark in &marks {
            self.marks.entry(mark.clone()).or_insert(position);
        }
        entry.marks = marks;
    }

    /// Whether a delivered message used this up.
    pub(super) fn is_marked(&self, mark: &Mark) -> bool {
        self.marks.contains_key(mark)
    }

    /// Notes that an addressee downloaded a message.
    pub(super) fn downloaded(&mut self, position: Position) {
        if let Some(entry) = self.entries.get_mut(&position) {
            entry.is_downloaded = true;
        }
    }

    /// Takes a message out of the box of an addressee; it is delivered once no other waits for it.
    pub(super) fn confirm(&mut self, position: Position, party: &Relatie, now: SimTime, is_kept: bool) {
        self.take_from_box(position, party);
        let Some(entry) = self.entries.get_mut(&position) else {
            return;
        };
        entry.waits_for.remove(party);
        if !entry.waits_for.is_empty() {
            return;
        }
        if entry.status != Berichtstatus::Bezorgd {
            entry.status = Berichtstatus::Bezorgd;
            entry.changed_at = now;
        }
        if is_kept {
            self.kept.insert(position);
        } else {
            self.drop_content(position);
        }
    }

    /// The messages that wait for these parties together, the oldest first.
    pub(super) fn waiting(&self, parties: impl Iterator<Item = Relatie>, limit: usize) -> Vec<Position> {
        let positions: BTreeSet<Position> = parties
            .filter_map(|party| self.waiting.get(&party))
            .flat_map(|positions| positions.iter().copied().take(limit))
            .collect();
        positions.into_iter().take(limit).collect()
    }

    /// The oldest message with this identifier that waits for one of these parties, and for which.
    pub(super) fn waiting_with(
        &self,
        traceer_id: Uuid,
        parties: &BTreeSet<Relatie>,
    ) -> Option<(Position, Relatie)> {
        self.of_traceer_id(traceer_id).find_map(|(position, entry)| {
            let party = entry.waits_for.intersection(parties).next()?;
            Some((position, party.clone()))
        })
    }

    /// The oldest message with this identifier that one of these parties has confirmed.
    pub(super) fn confirmed_with(&self, traceer_id: Uuid, parties: &BTreeSet<Relatie>) -> Option<Position> {
        self.of_traceer_id(traceer_id)
            .find(|(_, entry)| {
                let addressees = &entry.bericht.metadata.routeringgegevens.geadresseerden;
                entry.status == Berichtstatus::Bezorgd
                    && addressees
                        .iter()
                        .any(|party| parties.contains(party) && !entry.waits_for.contains(party))
            })
            .map(|(position, _)| position)
    }

    /// The messages with an identifier, in order of receipt.
    pub(super) fn of_traceer_id(&self, traceer_id: Uuid) -> impl Iterator<Item = (Position, &Entry)> {
        self.by_traceer_id
            .get(&traceer_id)
            .into_iter()
            .flatten()
            .filter_map(|&position| Some((position, self.entry(position)?)))
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
        let positions = self.by_conversatie_id.get(&conversatie_id);
        positions.into_iter().flatten().copied().collect()
    }

    /// Forgets what need not be remembered any more.
    pub(super) fn forget(&mut self, now: SimTime) {
        while self.memories.first().is_some_and(|(until, _)| *until < now) {
            match self.memories.pop_first() {
                Some((_, Memory::Entry(position))) => self.remove(position),
                Some((_, Memory::Use(traceer_id, afzender))) => {
                    self.held_bytes -= ENTRY_BYTES;
                    self.forget_use(traceer_id, |known| {
                        known.position.is_none() && known.afzender == afzender
                    });
                }
                None => return,
            }
        }
    }

    fn remove(&mut self, position: Position) {
        self.free(position);
        self.kept.remove(&position);
        let Some(entry) = self.entries.remove(&position) else {
            return;
        };
        self.held_bytes -= entry.bytes;
        for party in &entry.waits_for {
            self.take_from_box(position, party);
        }
        for mark in &entry.marks {
            if self.marks.get(mark) == Some(&position) {
                self.marks.remove(mark);
            }
        }
        let references = &entry.bericht.metadata.referentiegegevens;
        for (index, identifier) in [
            (&mut self.by_traceer_id, Some(references.traceer_id)),
            (&mut self.by_conversatie_id, Some(references.conversatie_id)),
            (&mut self.by_als_antwoord_op, references.als_antwoord_op),
        ] {
            let Some(identifier) = identifier else { continue };
            if let Some(positions) = index.get_mut(&identifier) {
                positions.remove(&position);
                if positions.is_empty() {
                    index.remove(&identifier);
                }
            }
        }
    }

    fn take_from_box(&mut self, position: Position, party: &Relatie) {
        if let Some(waiting) = self.waiting.get_mut(party) {
            waiting.remove(&position);
            if waiting.is_empty() {
                self.waiting.remove(party);
            }
        }
    }

    fn forget_use(&mut self, traceer_id: Uuid, is_gone: impl Fn(&Use) -> bool) {
        if let Some(uses) = self.uses.get_mut(&traceer_id) {
            uses.retain(|known| !is_gone(known));
            if uses.is_empty() {
                self.uses.remove(&traceer_id);
            }
        }
    }

    fn drop_content(&mut self, position: Position) {
        let Some(entry) = self.entries.get_mut(&position) else {
            return;
        };
        entry.offered = None;
        let metadata = entry.bericht.metadata.clone();
        entry.bericht = Arc::new(Bericht {
            metadata,
            xml: Bytes::new(),
        });
        let meldingen = entry.meldingen.iter();
        let texts: usize = meldingen
            .map(|melding| melding.omschrijving.len() + melding.toelichting.as_ref().map_or(0, String::len))
            .sum();
        let bytes = weight(&entry.bericht) + texts;
        self.held_bytes = self.held_bytes - entry.bytes + bytes;
        entry.bytes = bytes;
    }
}

/// What a message takes: itself, and as much again for the form in which it is offered.
pub(super) fn weight(bericht: &Bericht) -> usize {
    ENTRY_BYTES + bericht.metadata.texts_bytes() + 2 * bericht.xml.len()
}
