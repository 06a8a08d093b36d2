//! What an aanbieder does with what it receives: take it once, keep what it says, confirm it, answer it.
//!
//! What it keeps is in `administration.rs`, how an answer leaves in `post.rs`. Tests are in `tests/it`.

use bytes::Bytes;
use kp_model::Message;

use super::instruction::Instructed;
use super::machine::{Aanbieder, AanbiederOutput, PAYLOAD_MAX_BYTES, Work};
use super::post::Thread;
use crate::decisions::{Decisions, Learned, RetourChoice};
use crate::defect::Deviation;
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
        let judgement = match as_decided(&choice, message, judgement) {
            Ok(judgement) => judgement,
            Err(error) => {
                self.outputs.push_back(AanbiederOutput::Failed {
                    reason: error.reason(),
                });
                return Vec::new();
            }
        };
        self.hear(gemeente, references.als_antwoord_op, message, &judgement);
        if let Some(answered) = references.als_antwoord_op {
            self.administration.answered(answered, message);
        }
        if judgement.rejections.is_empty() {
            self.administration.keep(gemeente, message);
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
        let times = match choice {
            RetourChoice::Withheld => 0,
            RetourChoice::Computed | RetourChoice::Fiction(_)
                if self.post.deviates(Deviation::RetourTwice) =>
            {
                2
            }
            RetourChoice::Computed | RetourChoice::Fiction(_) => 1,
        };
        let mut outgoing = Vec::new();
        for time in 0..times {
            let retour = self
                .post
                .retour(message, &judgement, self.now, gemeente, (thread, time));
            match retour {
                Ok(retour) => outgoing.extend(retour),
                Err(error) => self.outputs.push_back(AanbiederOutput::Failed {
                    reason: error.reason(),
                }),
            }
        }
        if self.post.deviates(Deviation::StartAtToewijzing) {
            outgoing.extend(self.premature_starts(gemeente, message));
        }
        outgoing
    }

    /// Reports of starts that have not happened yet, as a defective aanbieder sends them.
    fn premature_starts(&mut self, gemeente: &str, message: &Message) -> Vec<VspRequest> {
        let keys = self.administration.toewijzingen_in(gemeente, message);
        keys.into_iter()
            .filter_map(|key| {
                let toewijzing = self.administration.toewijzingen.get(&key).cloned()?;
                let begindatum = toewijzing.product.get("ingangsdatum")?.parse().ok()?;
                let cause = format!("start {}", key.nummer);
                Some(
                    self.post
                        .hand_in(&self.start(&cause, key, begindatum).ok()?.outgoing),
                )
            })
            .collect()
    }
}
