//! What an aanbieder does with what it receives: take it once, keep what it says, confirm it, answer it.
//!
//! What it keeps is in `administration.rs`, how an answer leaves in `post.rs`. Tests are in `tests/it`.

use std::borrow::Cow;

use bytes::Bytes;
use kp_model::Message;
use kp_rules::Judgement;

use super::instruction::{Aanleiding, Instructed};
use super::machine::{Aanbieder, PAYLOAD_MAX_BYTES, Work};
use super::post::Thread;
use crate::decisions::{Decisions, Learned, RetourChoice};
use crate::defect::Reported;
use crate::ledger::as_decided;
use crate::payload::unpack;
use crate::vsp::{BerichtMetadataPull, VspRequest};

impl<D: Decisions<Instructed>> Aanbieder<D> {
    /// Takes what waits: each message once, then whatever came since.
    pub(super) fn take(&mut self, waiting: Vec<BerichtMetadataPull>) {
        // A hub that keeps listing what was confirmed in this round must not keep us here for ever.
        let fresh: Vec<BerichtMetadataPull> = waiting
            .into_iter()
            .filter(|metadata| !self.confirmed.contains(&metadata.referentiegegevens.traceer_id))
            .collect();
        if fresh.is_empty() {
            return;
        }
        self.work.push_front(Work::List);
        for metadata in fresh.into_iter().rev() {
            let traceer_id = metadata.referentiegegevens.traceer_id;
            if self.taken.contains(&traceer_id) {
                self.work.push_front(Work::Confirm(traceer_id));
            } else {
                self.work.push_front(Work::Fetch(Box::new(metadata)));
            }
        }
    }

    /// Keeps what a message says, and queues its confirmation and its retour.
    pub(super) fn read(&mut self, metadata: &BerichtMetadataPull, payload: &Bytes) {
        let references = &metadata.referentiegegevens;
        let gemeente = metadata
            .routeringgegevens
            .afzender
            .code
            .clone()
            .unwrap_or_default();
        self.taken.insert(references.traceer_id);
        for operation in self.understand(metadata, &gemeente, payload).into_iter().rev() {
            self.work.push_front(Work::Push {
                operation,
                instructed: None,
            });
        }
        self.work.push_front(Work::Confirm(references.traceer_id));
    }

    /// Keeps what a message says; what goes out on it at once is given back, in order.
    fn understand(
        &mut self,
        metadata: &BerichtMetadataPull,
        gemeente: &str,
        payload: &Bytes,
    ) -> Vec<VspRequest> {
        let references = &metadata.referentiegegevens;
        let Ok(xml) = unpack(payload, PAYLOAD_MAX_BYTES) else {
            return Vec::new();
        };
        let read = self.ledger.take(references.traceer_id.to_string(), xml, self.now);
        let Some((message, judgement)) = read.good() else {
            self.warn_of_unreadable(gemeente);
            return Vec::new();
        };
        let choice = if message.message_type().answered_by.is_some() {
            self.decisions.retour(message)
        } else {
            RetourChoice::Withheld
        };
        let (judgement, choice) = self.held_of(message, judgement, choice, gemeente);
        let judgement = match as_decided(&choice, message, &judgement) {
            Ok(judgement) => judgement,
            Err(error) => {
                self.fail(error.reason());
                return Vec::new();
            }
        };
        self.hear(gemeente, references.als_antwoord_op, message, &judgement);
        if let Some(answered) = references.als_antwoord_op {
            self.administration.answered(answered, message);
        }
        let mut outgoing = Vec::new();
        if judgement.rejections.is_empty() {
            // Unasked reports are of what was known before, or of what becomes known by it.
            outgoing.extend(self.unasked(gemeente, message));
            self.administration.keep(gemeente, message);
            if outgoing.is_empty() {
                outgoing.extend(self.unasked(gemeente, message));
            }
            let answers = references
                .als_antwoord_op
                .and_then(|answered| self.unanswered.remove(&answered));
            let learned = Learned {
                afzender: gemeente,
                message,
                answers: answers.as_deref(),
            };
            self.decisions.learn(self.now, &learned);
        }
        let thread = Thread {
            conversatie_id: references.conversatie_id,
            als_antwoord_op: references.traceer_id,
        };
        if choice != RetourChoice::Withheld {
            match self.post.retour(message, &judgement, self.now, gemeente, thread) {
                Ok(Some(retour)) => {
                    let mut answers = self.leave(retour, Some(message));
                    answers.append(&mut outgoing);
                    outgoing = answers;
                }
                Ok(None) => {}
                Err(error) => self.fail(error.reason()),
            }
        }
        outgoing
    }

    /// What it holds of a message, and what becomes of the retour: as the rules and its decisions say, unless it is wrong.
    fn held_of<'a>(
        &self,
        message: &Message,
        judgement: &'a Judgement,
        choice: RetourChoice,
        gemeente: &str,
    ) -> (Cow<'a, Judgement>, RetourChoice) {
        let Some(deviant) = &self.deviant else {
            return (Cow::Borrowed(judgement), choice);
        };
        let mut held = judgement.clone();
        deviant.overlook(&mut held);
        let is_incomplete = self.administration.leaves_out(gemeente, message);
        let choice = match choice {
            RetourChoice::Computed if held.rejections.is_empty() => {
                deviant.rejects(message, is_incomplete).unwrap_or_default()
            }
            RetourChoice::Computed | RetourChoice::Withheld | RetourChoice::Fiction(_) => choice,
        };
        (Cow::Owned(held), choice)
    }

    /// What a defective aanbieder reports of the Toewijzingen in a message though nothing happened.
    fn unasked(&mut self, gemeente: &str, message: &Message) -> Vec<VspRequest> {
        let reports = self.deviant.as_ref().map(|deviant| deviant.reports(message));
        let mut requests = Vec::new();
        for (what, key) in reports
            .into_iter()
            .flatten()
            .flat_map(|what| {
                let keys = self.administration.toewijzingen_in(gemeente, message);
                keys.into_iter().map(move |key| (what, key))
            })
            .collect::<Vec<_>>()
        {
            let Some(toewijzing) = self.administration.toewijzingen.get(&key) else {
                continue;
            };
            let day = |field: &str| toewijzing.product.get(field)?.parse().ok();
            let cause = format!("unasked {what:?} {}", key.nummer);
            let letter = match what {
                Reported::Start => day("ingangsdatum").map(|day| self.start(&cause, key, day)),
                Reported::Stop => {
                    day("einddatum").map(|day| self.stop(&cause, key, day, Aanleiding::VolgensPlan))
                }
            };
            if let Some(Ok(letter)) = letter {
                requests.extend(self.leave(letter.outgoing, None));
            }
        }
        requests
    }
}
