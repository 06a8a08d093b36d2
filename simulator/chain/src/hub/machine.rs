//! The hub as a machine: inputs in, outputs out, one timer.
//!
//! It owns the flow between receipt, checks and boxes. The checks themselves are in `receipt.rs` and `control.rs`,
//! what callers may see in `collect.rs`. Tests are in `tests/it`.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use kp_model::{Limits, Release};

use super::event::{Bericht, BerichtFact, HubEvent};
use super::fault::Faults;
use super::receipt::{Handed, Refusal};
use super::settings::HubSettings;
use super::store::{Position, Store};
use crate::ggk::{GgkReply, GgkRequest};
use crate::time::SimTime;
use crate::vsp::{FieldProblem, ReceiptRefusal, RequestId, VspReply, VspRequest};

/// The hub of the aanbieders.
#[derive(Debug)]
pub struct Hub {
    pub(super) settings: HubSettings,
    pub(super) releases: Vec<Arc<Release>>,
    pub(super) limits: Limits,
    pub(super) faults: Faults,
    pub(super) store: Store,
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

impl Hub {
    /// A hub without messages that knows these releases.
    #[must_use]
    pub fn new(settings: HubSettings, releases: Vec<Arc<Release>>) -> Self {
        Self {
            settings,
            releases,
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

    /// Takes an input; what follows from it is read by [`Self::poll_output`].
    pub fn handle(&mut self, now: SimTime, input: HubInput) {
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
            HubInput::Unreadable { indiener, problems } => self.invalid(now, &indiener, problems),
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
                let problems = metadata.validate();
                if !problems.is_empty() {
                    self.invalid(now, indiener, problems.clone());
                    return VspReply::Invalid(problems);
                }
                let handed = Handed {
                    indiener: Some(indiener.to_owned()),
                    metadata: *metadata,
                    payload,
                    past_checks: false,
                };
                match self.receive(now, handed) {
                    Ok(()) => VspReply::Received,
                    Err(refusal) => VspReply::Refused(refusal),
                }
            }
            VspRequest::List { limit } => VspReply::List(self.list(indiener, limit)),
            VspRequest::Search { zoekpad, limit } => VspReply::List(self.search(indiener, &zoekpad, limit)),
            VspRequest::Payload { traceer_id } => self
                .payload(indiener, traceer_id)
                .map_or(VspReply::NotFound, VspReply::Payload),
            VspRequest::Confirm { traceer_id } => {
                let parties = self.parties_of(indiener);
                if self.confirm(now, traceer_id, &parties) {
                    VspReply::Confirmed
                } else {
                    VspReply::NotFound
                }
            }
            VspRequest::Status { version, query } => {
                VspReply::Status(self.status(now, indiener, version, query))
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
                match self.receive(
                    now,
                    Handed {
                        indiener: None,
                        metadata,
                        payload,
                        past_checks,
                    },
                ) {
                    Ok(()) => GgkReply::Received,
                    Err(refusal) => GgkReply::Refused(refusal),
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
    fn receive(&mut self, now: SimTime, handed: Handed) -> Result<(), ReceiptRefusal> {
        let indiener = handed.indiener.clone();
        let past_checks = handed.past_checks;
        match self.check_receipt(handed) {
            Ok(bericht) => {
                let bericht = Arc::new(bericht);
                let position = self.store.add(Arc::clone(&bericht), indiener, past_checks, now);
                self.due
                    .insert((now.plus_ms(self.settings.switches.verwerking_ms), position));
                self.happened(now, bericht, BerichtFact::Received);
                Ok(())
            }
            Err(Refusal {
                fault,
                detail,
                bericht,
            }) => {
                let text = self.faults.text(fault);
                let code = if indiener.is_some() {
                    &text.code
                } else {
                    &text.ggk_code
                };
                let refusal = ReceiptRefusal {
                    code: code.clone(),
                    title: text.nl.clone(),
                    detail,
                };
                self.happened(
                    now,
                    Arc::new(*bericht),
                    BerichtFact::Refused {
                        code: refusal.code.clone(),
                        text: refusal.title.clone(),
                        detail: refusal.detail.clone(),
                        findings: Vec::new(),
                    },
                );
                Err(refusal)
            }
        }
    }

    pub(super) fn happened(&mut self, at: SimTime, bericht: Arc<Bericht>, fact: BerichtFact) {
        self.outputs
            .push_back(HubOutput::Event(HubEvent::Bericht { at, bericht, fact }));
    }

    fn invalid(&mut self, at: SimTime, indiener: &str, problems: Vec<FieldProblem>) {
        let indiener = indiener.to_owned();
        self.outputs.push_back(HubOutput::Event(HubEvent::Invalid {
            at,
            indiener,
            problems,
        }));
    }
}
