//! What happens at the hub, as a run report wants to see it.
//!
//! Events are told, never asked: nothing in the chain depends on them. Tests are in `tests/it`.

use std::sync::Arc;

use bytes::Bytes;
use kp_model::Finding;
use uuid::Uuid;

use crate::time::SimTime;
use crate::vsp::{BerichtMetadataPush, FieldProblem, Relatie};

/// A message as the hub holds it: its metadata and its unzipped content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bericht {
    /// The metadata, as handed in or as translated from a gemeente's envelope.
    pub metadata: BerichtMetadataPush,
    /// The message itself; the payload as received when it could not be unzipped.
    pub xml: Bytes,
}

/// Something that happened at the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HubEvent {
    /// Something happened to a message.
    Bericht {
        /// When, in business time.
        at: SimTime,
        /// The message.
        bericht: Arc<Bericht>,
        /// What happened to it.
        fact: BerichtFact,
    },
    /// A request broke the shape of the interface, so that there is no message to speak of.
    Invalid {
        /// When, in business time.
        at: SimTime,
        /// Who sent it.
        indiener: String,
        /// What is wrong with it.
        problems: Vec<FieldProblem>,
        /// What came with it: the payload, or the whole body of a request that could not be read.
        body: Bytes,
    },
}

/// What happened to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BerichtFact {
    /// It was received.
    Received,
    /// It was refused, at receipt or by the checks after it.
    Refused {
        /// The fault code, as its sender is told.
        code: String,
        /// What the code means.
        text: String,
        /// What is wrong with this message.
        detail: String,
        /// What the check of its structure found.
        findings: Vec<Finding>,
    },
    /// It now waits for its addressee.
    Delivered {
        /// What the checks found: remarks, and faults only when it was let past them.
        findings: Vec<Finding>,
        /// Whether the checks would have refused it, and its sender had asked to let it past.
        past_checks: bool,
    },
    /// The hub made it, to tell a sender what is wrong with a message; it waits for that sender.
    Made,
    /// Its addressee confirmed receipt.
    Confirmed,
}

/// What an event takes beside its texts.
const EVENT_BYTES: usize = 512;
/// What a finding takes, its texts counted roughly.
const FINDING_BYTES: usize = 1024;

impl HubEvent {
    /// About how many bytes it holds, the message that it is about included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        EVENT_BYTES
            + match self {
                Self::Bericht { bericht, fact, .. } => {
                    let findings = match fact {
                        BerichtFact::Refused { findings, .. } | BerichtFact::Delivered { findings, .. } => {
                            findings.len()
                        }
                        BerichtFact::Received | BerichtFact::Made | BerichtFact::Confirmed => 0,
                    };
                    bericht.metadata.texts_bytes() + bericht.xml.len() + findings * FINDING_BYTES
                }
                Self::Invalid {
                    indiener,
                    problems,
                    body,
                    ..
                } => {
                    let texts = problems
                        .iter()
                        .map(|problem| problem.path.len() + problem.problem.len());
                    indiener.len() + texts.sum::<usize>() + body.len()
                }
            }
    }
}

impl Bericht {
    /// The identifier of the message.
    #[must_use]
    pub fn traceer_id(&self) -> Uuid {
        self.metadata.referentiegegevens.traceer_id
    }

    /// The message that this one answers.
    #[must_use]
    pub fn als_antwoord_op(&self) -> Option<Uuid> {
        self.metadata.referentiegegevens.als_antwoord_op
    }

    /// The sender on the envelope.
    #[must_use]
    pub fn afzender(&self) -> &Relatie {
        &self.metadata.routeringgegevens.afzender
    }

    /// The one addressee on the envelope, when there is exactly one.
    #[must_use]
    pub fn geadresseerde(&self) -> Option<&Relatie> {
        match self.metadata.routeringgegevens.geadresseerden.as_slice() {
            [geadresseerde] => Some(geadresseerde),
            [] | [_, ..] => None,
        }
    }

    /// The name of the message on the envelope.
    #[must_use]
    pub fn name(&self) -> &str {
        self.metadata
            .routeringgegevens
            .berichtstroom
            .berichtsubtype
            .as_deref()
            .unwrap_or_default()
    }
}
