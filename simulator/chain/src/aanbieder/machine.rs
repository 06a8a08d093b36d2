//! The aanbieder as a machine: instructions and replies in, requests and outcomes out; one request at a time.
//!
//! It owns the process: collect, keep, confirm, answer, report. How a message leaves is in `post.rs`, what it keeps in
//! `administration.rs`. Tests are in `tests/it`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Message, Seed};
use kp_rules::{Fact, FactError, Pair, Rulebook};
use uuid::Uuid;

use super::administration::{Administration, Levering, Reported, Toewijzing, ToewijzingKey};
use super::instruction::{Instructed, Instruction};
use super::melding::Letter;
use super::post::{Post, Thread};
use crate::decisions::{Decisions, Learned, RetourChoice, Scripted};
use crate::defect::{Defect, Deviation};
use crate::ledger::{Ledger, as_decided};
use crate::numbering::Numbering;
use crate::payload::unpack;
use crate::time::SimTime;
use crate::vsp::{BerichtMetadataPull, LIST_LIMIT_MAX, RequestId, VspReply, VspRequest};

/// The largest message that is unpacked: four times what the hubs let through.
const PAYLOAD_MAX_BYTES: usize = 100 * 1024 * 1024;

/// What an aanbieder is told before it starts.
#[derive(Clone, Debug)]
pub struct AanbiederSettings {
    /// Its AGB code.
    pub code: String,
    /// Its role in VSP.
    pub rol: String,
    /// The name of its application, as the envelope carries it.
    pub applicatie: String,
    /// The version of its application.
    pub applicatie_versie: String,
    /// The minor version of its application.
    pub applicatie_subversie: String,
    /// What is wrong with it, if anything.
    pub defect: Option<Defect>,
}

/// The reference aanbieder.
pub struct Aanbieder<D = Scripted<Instructed>> {
    pub(super) ledger: Ledger,
    pub(super) post: Post,
    pub(super) administration: Administration,
    pub(super) now: SimTime,
    decisions: D,
    work: VecDeque<Work>,
    outstanding: Option<(RequestId, Work)>,
    requests: u64,
    taken: BTreeSet<Uuid>,
    confirmed: BTreeSet<Uuid>,
    /// What was reported and no answer came on yet, by the identifier of its message.
    unanswered: BTreeMap<Uuid, String>,
    outputs: VecDeque<AanbiederOutput>,
}

/// What reaches an aanbieder.
#[derive(Clone, Debug)]
pub enum AanbiederInput {
    /// It is time: decisions may be due, messages may wait.
    Timer,
    /// The hub replies.
    Reply {
        /// The request.
        request: RequestId,
        /// The reply.
        reply: VspReply,
    },
    /// The hub could not be reached, or not in time; what became of the request is not known.
    Lost {
        /// The request.
        request: RequestId,
    },
    /// Its user does something.
    Instruction {
        /// Names the instruction in the outcome.
        id: String,
        /// What is done.
        instruction: Instruction,
    },
}

/// What an aanbieder gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AanbiederOutput {
    /// It asks the hub something.
    Request {
        /// Ties the reply to it.
        request: RequestId,
        /// What it asks.
        operation: VspRequest,
    },
    /// An instruction is done, or refused.
    Klaar {
        /// The instruction.
        instruction: String,
        /// What became of it.
        uitkomst: Uitkomst,
    },
    /// It could not make a retour that it should: the run is in error.
    Failed {
        /// Why.
        reason: String,
    },
}

/// What became of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uitkomst {
    /// It was done.
    Klaar,
    /// It could not be done.
    Geweigerd {
        /// Why, for people.
        reden: String,
    },
}

enum Work {
    List,
    Fetch(Box<BerichtMetadataPull>),
    Confirm(Uuid),
    Push {
        operation: VspRequest,
        reports: Option<Report>,
    },
    Finish(String),
}

/// What is written down once the hub received a message.
pub(super) struct Report {
    pub(super) instruction: String,
    pub(super) reported: Reported,
}

impl Aanbieder {
    /// An aanbieder that knows nothing yet and does what it is instructed.
    #[must_use]
    pub fn new(settings: AanbiederSettings, rulebooks: Vec<Arc<Rulebook>>, seed: Seed) -> Self {
        Self::deciding(settings, rulebooks, Scripted::default(), seed)
    }
}

impl<D: Decisions<Instructed>> Aanbieder<D> {
    /// An aanbieder that knows nothing yet, with decisions of its own beside what it is instructed.
    pub fn deciding(
        settings: AanbiederSettings,
        rulebooks: Vec<Arc<Rulebook>>,
        decisions: D,
        seed: Seed,
    ) -> Self {
        let numbering = Numbering::new(seed.derive(&format!("aanbieder {}", settings.code)));
        Self {
            ledger: Ledger::new(rulebooks),
            post: Post::new(settings, numbering),
            administration: Administration::default(),
            now: SimTime::from_unix_ms(0),
            decisions,
            work: VecDeque::new(),
            outstanding: None,
            requests: 0,
            taken: BTreeSet::new(),
            confirmed: BTreeSet::new(),
            unanswered: BTreeMap::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Has it know a fact from outside the messages, such as a tariff of a contract: of one pair of parties, or of all.
    ///
    /// # Errors
    /// When no release knows such a fact, or its values do not fit.
    pub fn know(&mut self, pair: Option<Pair>, fact: Fact) -> Result<(), FactError> {
        self.ledger.know(pair, fact)
    }

    /// Its AGB code.
    #[must_use]
    pub fn code(&self) -> &str {
        self.post.code()
    }

    /// The Toewijzingen it was given.
    #[must_use]
    pub fn toewijzingen(&self) -> &BTreeMap<ToewijzingKey, Toewijzing> {
        &self.administration.toewijzingen
    }

    /// The deliveries it reported, as they stand.
    #[must_use]
    pub fn leveringen(&self) -> Vec<Levering> {
        self.administration.leveringen()
    }

    /// Where its decisions come from.
    pub fn decisions_mut(&mut self) -> &mut D {
        &mut self.decisions
    }

    /// Takes an input; what follows from it is read by [`Self::poll_output`].
    pub fn handle(&mut self, now: SimTime, input: AanbiederInput) {
        self.now = now;
        match input {
            AanbiederInput::Timer => {
                while let Some(Instructed { id, instruction }) = self.decisions.next_due(now) {
                    self.instructed(id, instruction);
                }
                self.look();
            }
            AanbiederInput::Reply { request, reply } => {
                // A reply that nobody waits for is late, and means nothing any more.
                if let Some((_, work)) = self.outstanding.take_if(|(waiting, _)| *waiting == request) {
                    self.replied(work, reply);
                }
            }
            AanbiederInput::Lost { request } => {
                if let Some((_, work)) = self.outstanding.take_if(|(waiting, _)| *waiting == request) {
                    self.lost(work);
                }
                return;
            }
            AanbiederInput::Instruction { id, instruction } => self.instructed(id, instruction),
        }
        self.advance();
    }

    /// The next output, in the order in which they arose.
    pub fn poll_output(&mut self) -> Option<AanbiederOutput> {
        self.outputs.pop_front()
    }

    /// When its next decision is due.
    pub fn poll_timeout(&self) -> Option<SimTime> {
        self.decisions.next_moment()
    }

    fn look(&mut self) {
        self.confirmed.clear();
        self.work.push_back(Work::List);
    }

    fn instructed(&mut self, id: String, instruction: Instruction) {
        match instruction {
            Instruction::ZetKlok { nu } => {
                self.now = nu;
                self.look();
                self.work.push_back(Work::Finish(id));
            }
            Instruction::StartLevering {
                toewijzing,
                begindatum,
            } => self.send(&id, self.start(&id, toewijzing, begindatum)),
            Instruction::StopLevering {
                toewijzing,
                einddatum,
                aanleiding,
            } => self.send(&id, self.stop(&id, toewijzing, einddatum, aanleiding)),
            Instruction::CorrigeerStart {
                toewijzing,
                begindatum,
                nieuwe_begindatum,
            } => self.send(
                &id,
                self.correct_start(&id, toewijzing, (begindatum, nieuwe_begindatum)),
            ),
        }
    }

    /// Queues a message of its user's doing, or tells why there is none.
    fn send(&mut self, id: &str, letter: Result<Letter, String>) {
        match letter {
            Ok(Letter { operation, report }) => self.work.push_back(Work::Push {
                operation,
                reports: Some(report),
            }),
            Err(reden) => self.finish(id.to_owned(), Uitkomst::Geweigerd { reden }),
        }
    }

    fn replied(&mut self, work: Work, reply: VspReply) {
        if let (
            Work::Push {
                operation: VspRequest::Push { metadata, payload },
                ..
            },
            VspReply::Received,
        ) = (&work, &reply)
            && let Ok(xml) = unpack(payload, PAYLOAD_MAX_BYTES)
        {
            let name = metadata.referentiegegevens.traceer_id.to_string();
            self.ledger.take(name, xml, self.now);
        }
        match (work, reply) {
            (Work::List, VspReply::List(waiting)) => self.take(waiting),
            (Work::Fetch(metadata), VspReply::Payload(payload)) => self.read(&metadata, &payload),
            (
                Work::Push {
                    reports: Some(report),
                    ..
                },
                reply,
            ) => {
                let uitkomst = match reply {
                    VspReply::Received => {
                        let reported = report.reported;
                        self.unanswered
                            .insert(reported.traceer_id, report.instruction.clone());
                        self.administration.report(reported);
                        Uitkomst::Klaar
                    }
                    VspReply::Refused(refusal) => Uitkomst::Geweigerd {
                        reden: format!("{} {}: {}", refusal.code, refusal.title, refusal.detail),
                    },
                    VspReply::Invalid(problems) => Uitkomst::Geweigerd {
                        reden: problems
                            .iter()
                            .map(|problem| format!("{}: {}", problem.path, problem.problem))
                            .collect::<Vec<_>>()
                            .join("; "),
                    },
                    VspReply::List(_)
                    | VspReply::Payload(_)
                    | VspReply::Confirmed
                    | VspReply::NotFound
                    | VspReply::Full
                    | VspReply::Status(_) => Uitkomst::Geweigerd {
                        reden: "the hub replied to another question".to_owned(),
                    },
                };
                self.finish(report.instruction, uitkomst);
            }
            (Work::Confirm(traceer_id), _) => {
                self.confirmed.insert(traceer_id);
            }
            // A payload that is gone was taken by another client of the same account; a refused retour is told by the
            // hub's events. Neither keeps the rest from being done.
            (Work::List | Work::Fetch(_) | Work::Push { .. } | Work::Finish(_), _) => {}
        }
    }

    /// Takes what waits: each message once, then whatever came since.
    fn take(&mut self, waiting: Vec<BerichtMetadataPull>) {
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
    fn read(&mut self, metadata: &BerichtMetadataPull, payload: &Bytes) {
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
                reports: None,
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
                Some(self.start(&cause, key, begindatum).ok()?.operation)
            })
            .collect()
    }

    /// Ends what its user asked for; messages that are owed stay, and leave at the next occasion.
    fn lost(&mut self, work: Work) {
        self.work.push_front(work);
        for work in std::mem::take(&mut self.work) {
            match work {
                Work::Finish(id)
                | Work::Push {
                    reports: Some(Report { instruction: id, .. }),
                    ..
                } => {
                    self.finish(
                        id,
                        Uitkomst::Geweigerd {
                            reden: "the hub could not be reached".to_owned(),
                        },
                    );
                }
                Work::Push { .. } | Work::Confirm(_) => self.work.push_back(work),
                // The next list brings these again.
                Work::List | Work::Fetch(_) => {}
            }
        }
    }

    fn finish(&mut self, instruction: String, uitkomst: Uitkomst) {
        self.outputs.push_back(AanbiederOutput::Klaar {
            instruction,
            uitkomst,
        });
    }

    fn advance(&mut self) {
        while self.outstanding.is_none() {
            let Some(work) = self.work.pop_front() else { return };
            let operation = match &work {
                Work::List => VspRequest::List {
                    limit: LIST_LIMIT_MAX,
                },
                Work::Fetch(metadata) => VspRequest::Payload {
                    traceer_id: metadata.referentiegegevens.traceer_id,
                },
                Work::Confirm(traceer_id) => VspRequest::Confirm {
                    traceer_id: *traceer_id,
                },
                Work::Push { operation, .. } => operation.clone(),
                Work::Finish(id) => {
                    self.finish(id.clone(), Uitkomst::Klaar);
                    continue;
                }
            };
            self.requests += 1;
            let request = RequestId(self.requests);
            self.outstanding = Some((request, work));
            self.outputs
                .push_back(AanbiederOutput::Request { request, operation });
        }
    }
}
