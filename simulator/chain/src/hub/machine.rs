//! The hub as a machine: inputs in, outputs out, one timer.
//!
//! It owns the flow between receipt, checks and boxes. The checks themselves are in `receipt.rs` and `control.rs`,
//! what callers may see in `collect.rs`. Tests are in `tests/it`.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Limits, Release};
use kp_rules::Rulebook;
use sha2::{Digest, Sha256};

use super::event::{Bericht, BerichtFact, HubEvent};
use super::fault::Faults;
use super::receipt::{Handed, Refusal};
use super::settings::HubSettings;
use super::store::{Arrival, Position, Store, weight};
use super::switches::{BrsTiming, ConfirmTwice, RetryAfter422, StatusUnknown, VspDuplicate};
use crate::ggk::{GgkReply, GgkRequest};
use crate::ledger::releases_of;
use crate::numbering::Numbering;
use crate::time::SimTime;
use crate::vsp::{FieldProblem, ReceiptRefusal, RequestId, VspReply, VspRequest};

/// The hub of the aanbieders.
#[derive(Debug)]
pub struct Hub {
    pub(super) settings: HubSettings,
    pub(super) rulebooks: Vec<Arc<Rulebook>>,
    pub(super) releases: Vec<Arc<Release>>,
    pub(super) limits: Limits,
    pub(super) faults: Faults,
    pub(super) store: Store,
    /// Of what the hub itself sends.
    pub(super) numbering: Numbering,
    pub(super) due: BTreeSet<(SimTime, Position)>,
    outputs: VecDeque<HubOutput>,
}

/// What reaches the hub.
#[derive(Clone, Debug)]
pub enum HubInput {
    /// A client of VSP asks something.
    Vsp {
        /// Ties the reply to it.
        request: RequestId,
        /// The account that asks, as the transport knows it.
        indiener: String,
        /// What it asks.
        operation: VspRequest,
    },
    /// A gemeente asks something.
    Ggk {
        /// Ties the reply to it.
        request: RequestId,
        /// The gemeente that asks.
        gemeente: String,
        /// What it asks.
        operation: GgkRequest,
    },
    /// A client of VSP sent what could not be read as a request; the transport has answered it.
    Unreadable {
        /// The account that sent it.
        indiener: String,
        /// What is wrong with it.
        problems: Vec<FieldProblem>,
        /// Its body.
        body: Bytes,
    },
}

/// What the hub gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HubOutput {
    /// A reply to a client of VSP.
    Vsp {
        /// The request.
        request: RequestId,
        /// The reply.
        reply: VspReply,
    },
    /// A reply to a gemeente.
    Ggk {
        /// The request.
        request: RequestId,
        /// The reply.
        reply: GgkReply,
    },
    /// Something that happened.
    Event(HubEvent),
}

/// What became of a message that was handed in.
enum Receipt {
    Received,
    Refused(ReceiptRefusal),
    Full,
}

impl Hub {
    /// A hub without messages that knows the releases of these rulebooks.
    #[must_use]
    pub fn new(settings: HubSettings, rulebooks: Vec<Arc<Rulebook>>) -> Self {
        Self {
            numbering: Numbering::new(settings.seed.derive("hub")),
            settings,
            releases: releases_of(&rulebooks),
            rulebooks,
            limits: Limits::default(),
            faults: Faults::embedded(),
            store: Store::default(),
            due: BTreeSet::new(),
            outputs: VecDeque::new(),
        }
    }

    /// What the hub was told before it started.
    #[must_use]
    pub fn settings(&self) -> &HubSettings {
        &self.settings
    }

    /// Tells the hub its external address, which is known once a server listens.
    pub fn set_base_url(&mut self, base_url: &str) {
        self.settings.base_url = base_url.trim_end_matches('/').to_owned();
    }

    /// Forgets every message and identifier, for parties that begin anew.
    pub fn forget(&mut self) {
        self.store = Store::default();
        self.due.clear();
    }

    /// Takes an input; what follows from it is read by [`Self::poll_output`].
    pub fn handle(&mut self, now: SimTime, input: HubInput) {
        self.store.forget(now);
        match input {
            HubInput::Vsp {
                request,
                indiener,
                operation,
            } => {
                let reply = self.handle_vsp(now, &indiener, operation);
                self.outputs.push_back(HubOutput::Vsp { request, reply });
            }
            HubInput::Ggk {
                request,
                gemeente,
                operation,
            } => {
                let reply = self.handle_ggk(now, &gemeente, operation);
                self.outputs.push_back(HubOutput::Ggk { request, reply });
            }
            HubInput::Unreadable {
                indiener,
                problems,
                body,
            } => self.invalid(now, &indiener, problems, body),
        }
    }

    /// The next output, in the order in which they arose.
    pub fn poll_output(&mut self) -> Option<HubOutput> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] has something to do.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<SimTime> {
        self.due.first().map(|(time, _)| *time)
    }

    /// Does what is due: the checks of messages that were received long enough ago.
    pub fn handle_timeout(&mut self, now: SimTime) {
        while let Some((time, position)) = self.due.first().copied() {
            if time > now {
                return;
            }
            self.due.remove(&(time, position));
            self.control(time, position);
        }
    }

    fn handle_vsp(&mut self, now: SimTime, indiener: &str, operation: VspRequest) -> VspReply {
        match operation {
            VspRequest::Push { metadata, payload } => {
                let mut problems = metadata.validate();
                problems.extend(self.check_interface(&metadata));
                if !problems.is_empty() {
                    self.invalid(now, indiener, problems.clone(), payload);
                    return VspReply::Invalid(problems);
                }
                let handed = Handed {
                    indiener: Some(indiener.to_owned()),
                    metadata: *metadata,
                    payload,
                    past_checks: false,
                };
                match self.receive(now, handed) {
                    Receipt::Received => VspReply::Received,
                    Receipt::Refused(refusal) => VspReply::Refused(refusal),
                    Receipt::Full => VspReply::Full,
                }
            }
            VspRequest::List { limit } => VspReply::List(self.list(indiener, limit)),
            VspRequest::Search { zoekpad, limit } => VspReply::List(self.search(indiener, &zoekpad, limit)),
            VspRequest::Payload { traceer_id } => self
                .payload(indiener, traceer_id)
                .map_or(VspReply::NotFound, VspReply::Payload),
            VspRequest::Confirm { traceer_id } => {
                let parties = self.parties_of(indiener);
                let is_repeated = self.settings.switches.confirm_twice == ConfirmTwice::Accepted
                    && self.store.waiting_with(traceer_id, &parties).is_none()
                    && self.store.confirmed_with(traceer_id, &parties).is_some();
                if is_repeated
                    || (self.may_confirm(traceer_id, &parties) && self.confirm(now, traceer_id, &parties))
                {
                    VspReply::Confirmed
                } else {
                    VspReply::NotFound
                }
            }
            VspRequest::Status { version, query } => {
                let found = self.status(now, indiener, version, query);
                if found.is_empty() && self.settings.switches.status_unknown == StatusUnknown::NotFound {
                    VspReply::NotFound
                } else {
                    VspReply::Status(found)
                }
            }
        }
    }

    fn handle_ggk(&mut self, now: SimTime, gemeente: &str, operation: GgkRequest) -> GgkReply {
        match operation {
            GgkRequest::HandIn {
                envelope,
                payload,
                past_checks,
            } => {
                let metadata = self.translate(gemeente, &envelope);
                let handed = Handed {
                    indiener: None,
                    metadata,
                    payload,
                    past_checks,
                };
                match self.receive(now, handed) {
                    Receipt::Received => GgkReply::Received,
                    Receipt::Refused(refusal) => GgkReply::Refused(refusal),
                    Receipt::Full => GgkReply::Full,
                }
            }
            GgkRequest::Collect => GgkReply::Waiting(self.waiting_for_gemeente(gemeente)),
            GgkRequest::Acknowledge { referentienummer } => {
                let parties = Self::gemeente_box(gemeente);
                if self.confirm(now, referentienummer, &parties) {
                    GgkReply::Acknowledged
                } else {
                    GgkReply::NotFound
                }
            }
        }
    }

    /// Receives a message, or says at once why not.
    fn receive(&mut self, now: SimTime, handed: Handed) -> Receipt {
        let switches = &self.settings.switches;
        let knows_repetitions = switches.vsp_duplicate == VspDuplicate::IdempotentIdentical;
        let digest = knows_repetitions.then(|| Sha256::digest(&handed.payload).into());
        let tells_late = switches.brs_timing == BrsTiming::Async && handed.indiener.is_some();
        let indiener = handed.indiener.clone();
        let past_checks = handed.past_checks;
        let (bericht, refused) = match self.check_receipt(handed) {
            Ok(bericht) => (bericht, None),
            Err(refusal) => {
                if indiener.is_some() && self.is_repetition(&refusal, digest) {
                    return Receipt::Received;
                }
                if !tells_late {
                    return self.refuse_at_receipt(now, indiener.is_none(), refusal);
                }
                (*refusal.bericht, Some((refusal.fault, refusal.detail)))
            }
        };
        let switches = &self.settings.switches;
        if !self.store.make_room(weight(&bericht), switches.held_max_bytes) {
            return Receipt::Full;
        }
        let bericht = Arc::new(bericht);
        let arrival = Arrival {
            bericht: Arc::clone(&bericht),
            indiener,
            past_checks,
            refused,
            digest,
        };
        let until = now.plus_months(switches.vsp_retention_months);
        let position = self.store.add(arrival, now, until);
        self.due
            .insert((now.plus_ms(self.settings.switches.verwerking_ms), position));
        self.happened(now, bericht, BerichtFact::Received);
        Receipt::Received
    }

    /// Whether a message that uses an identifier again is the very message that used it first.
    fn is_repetition(&self, refusal: &Refusal, digest: Option<[u8; 32]>) -> bool {
        let earlier = refusal.earlier.and_then(|position| self.store.entry(position));
        earlier.is_some_and(|earlier| {
            digest.is_some()
                && earlier.digest == digest
                && earlier.bericht.metadata == refusal.bericht.metadata
        })
    }

    fn refuse_at_receipt(&mut self, now: SimTime, is_gemeente: bool, refusal: Refusal) -> Receipt {
        let Refusal {
            fault,
            detail,
            bericht,
            earlier: _,
        } = refusal;
        let switches = &self.settings.switches;
        let text = self.faults.text(fault);
        let refusal = ReceiptRefusal {
            code: text.code(is_gemeente, switches.pair_code).to_owned(),
            title: text.nl.clone(),
            detail,
        };
        let afzender = bericht.afzender();
        let is_used = self
            .store
            .used(switches.uniqueness_scope, afzender, bericht.traceer_id())
            .is_some();
        if switches.retry_after_422 == RetryAfter422::Consume && !is_used {
            let until = now.plus_months(switches.vsp_retention_months);
            let held_max_bytes = switches.held_max_bytes;
            if !self
                .store
                .consume(afzender, bericht.traceer_id(), until, held_max_bytes)
            {
                return Receipt::Full;
            }
        }
        let fact = BerichtFact::Refused {
            code: refusal.code.clone(),
            text: refusal.title.clone(),
            detail: refusal.detail.clone(),
            findings: Vec::new(),
        };
        self.happened(now, Arc::new(*bericht), fact);
        Receipt::Refused(refusal)
    }

    pub(super) fn happened(&mut self, at: SimTime, bericht: Arc<Bericht>, fact: BerichtFact) {
        self.outputs
            .push_back(HubOutput::Event(HubEvent::Bericht { at, bericht, fact }));
    }

    fn invalid(&mut self, at: SimTime, indiener: &str, problems: Vec<FieldProblem>, body: Bytes) {
        let indiener = indiener.to_owned();
        self.outputs.push_back(HubOutput::Event(HubEvent::Invalid {
            at,
            indiener,
            problems,
            body,
        }));
    }
}
