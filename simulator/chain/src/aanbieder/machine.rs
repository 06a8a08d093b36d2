//! The aanbieder as a machine: instructions and replies in, requests and outcomes out; one request at a time.
//!
//! It owns the queue of work. What an instruction leads to is in `acting.rs`, what it does with what it receives in
//! `reception.rs`, how a message leaves in `post.rs`, what it keeps in `administration.rs`. Tests are in `tests/it`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use kp_model::{Message, Seed};
use kp_rules::{Fact, FactError, Pair, Rulebook};
use uuid::Uuid;

use super::administration::{Administration, Booking, Toewijzing, ToewijzingKey};
use super::deviant::Deviant;
use super::instruction::{Instructed, Instruction};
use super::levering::Levering;
use super::post::{Outgoing, Post};
use super::prestatie::Prestatie;
use super::signaal::Signaal;
use super::verzoek::{Verzoek, VerzoekKey};
use crate::decisions::{Decisions, Scripted};
use crate::defect::Defect;
use crate::ledger::Ledger;
use crate::numbering::Numbering;
use crate::overgang::Overstap;
use crate::payload::unpack;
use crate::time::SimTime;
use crate::vsp::{BerichtMetadataPull, LIST_LIMIT_MAX, RequestId, VspReply, VspRequest};

/// The largest message that is unpacked: four times what the hubs let through.
pub(super) const PAYLOAD_MAX_BYTES: usize = 100 * 1024 * 1024;

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
    /// When it goes from one release to the next, if it does.
    pub overstap: Option<Overstap>,
}

/// The reference aanbieder.
pub struct Aanbieder<D = Scripted<Instructed>> {
    pub(super) ledger: Ledger,
    pub(super) post: Post,
    pub(super) administration: Administration,
    pub(super) now: SimTime,
    pub(super) decisions: D,
    pub(super) work: VecDeque<Work>,
    /// When it goes from one release to the next.
    pub(super) overstap: Option<Overstap>,
    /// What its user did that becomes a message once it has.
    pub(super) kept_back: VecDeque<(SimTime, Instructed)>,
    outstanding: Option<(RequestId, Work)>,
    requests: u64,
    pub(super) taken: BTreeSet<Uuid>,
    pub(super) confirmed: BTreeSet<Uuid>,
    /// What was sent and no answer came on yet: the instruction, by the identifier of its message.
    pub(super) unanswered: BTreeMap<Uuid, String>,
    /// What its user is warned of for good.
    pub(super) signalen: Vec<Signaal>,
    /// What stays away, as far as the clock was set.
    pub(super) overdue: Vec<Signaal>,
    pub(super) outputs: VecDeque<AanbiederOutput>,
    /// What is wrong with it, if anything.
    pub(super) deviant: Option<Deviant>,
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
    /// It was written down, and becomes a message when messages are taken again.
    Uitgesteld {
        /// When that is, in business time.
        tot: SimTime,
    },
    /// It could not be done.
    Geweigerd {
        /// Why, for people.
        reden: String,
    },
}

pub(super) enum Work {
    List,
    Fetch(Box<BerichtMetadataPull>),
    Confirm(Uuid),
    Push {
        operation: VspRequest,
        instructed: Option<Report>,
    },
    Finish(String),
}

/// Why a message leaves, and what is written down once the hub received it.
pub(super) struct Report {
    pub(super) instruction: String,
    pub(super) books: Booking,
}

/// A message that follows from an instruction, with what is written down once the hub received it.
pub(super) struct Letter {
    pub(super) outgoing: Outgoing,
    pub(super) books: Booking,
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
        let overstap = settings.overstap.clone();
        let overstap = match settings.defect.as_ref().and_then(|defect| defect.overstap) {
            None => overstap,
            Some(deviation) => overstap.map(|overstap| deviation.of(overstap)),
        };
        let deviant = settings.defect.clone().map(Deviant::new);
        Self {
            ledger: Ledger::new(rulebooks, overstap.clone()),
            overstap,
            kept_back: VecDeque::new(),
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
            signalen: Vec::new(),
            overdue: Vec::new(),
            outputs: VecDeque::new(),
            deviant,
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
        self.administration.meldingen.leveringen()
    }

    /// The requests that stand, with how far their gemeente is.
    #[must_use]
    pub fn verzoeken(&self) -> &BTreeMap<VerzoekKey, Verzoek> {
        &self.administration.verzoeken.all
    }

    /// The lines that it claimed, in that order; of a claim that was rejected as a whole there are none.
    pub fn prestaties(&self) -> impl Iterator<Item = &Prestatie> {
        self.administration.geld.prestaties()
    }

    /// Whether a line can be taken back.
    #[must_use]
    pub fn is_creditable(&self, prestatie: &Prestatie) -> bool {
        self.administration.geld.is_creditable(prestatie)
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

    /// When its next decision is due, or it sends what it kept back.
    pub fn poll_timeout(&self) -> Option<SimTime> {
        let kept_back = self.kept_back.front().map(|(until, _)| *until);
        self.decisions.next_moment().into_iter().chain(kept_back).min()
    }

    pub(super) fn look(&mut self) {
        self.confirmed.clear();
        self.send_late();
        self.send_kept_back();
        self.work.push_back(Work::List);
    }

    /// A message on its way out: the one place where messages leave, and where a defective aanbieder spoils them.
    pub(super) fn leave(&mut self, outgoing: Outgoing, answered: Option<&Message>) -> Vec<VspRequest> {
        let leaving = match &mut self.deviant {
            None => vec![outgoing],
            Some(deviant) => match deviant.spoil(outgoing, answered, self.now) {
                Ok(leaving) => leaving,
                Err(error) => {
                    self.fail(error.to_string());
                    return Vec::new();
                }
            },
        };
        leaving
            .iter()
            .map(|outgoing| self.post.hand_in(outgoing))
            .collect()
    }

    /// Does what its user did while nothing could be sent.
    fn send_kept_back(&mut self) {
        let now = self.now;
        let due = |(until, _): &mut (SimTime, Instructed)| *until <= now;
        while let Some((_, Instructed { id, instruction })) = self.kept_back.pop_front_if(due) {
            self.instructed(id, instruction);
        }
    }

    /// Queues what a defective aanbieder sends too late and is due by now.
    fn send_late(&mut self) {
        let Some(deviant) = &mut self.deviant else { return };
        let now = self.now;
        let due: Vec<Outgoing> = deviant
            .later
            .extract_if(.., |(at, _)| *at <= now)
            .map(|(_, outgoing)| outgoing)
            .collect();
        for outgoing in due {
            let operation = self.post.hand_in(&outgoing);
            self.work.push_back(Work::Push {
                operation,
                instructed: None,
            });
        }
    }

    /// Tells that it could not make what it should.
    pub(super) fn fail(&mut self, reason: String) {
        self.outputs.push_back(AanbiederOutput::Failed { reason });
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
                    operation: VspRequest::Push { metadata, .. },
                    instructed: Some(report),
                },
                reply,
            ) => self.handed_in(&metadata, report, reply),
            (Work::Confirm(traceer_id), _) => {
                self.confirmed.insert(traceer_id);
            }
            // A payload that is gone was taken by another client of the same account; a refused retour is told by the
            // hub's events. Neither keeps the rest from being done.
            (Work::List | Work::Fetch(_) | Work::Push { .. } | Work::Finish(_), _) => {}
        }
    }

    /// Ends what its user asked for; messages that are owed stay, and leave at the next occasion.
    fn lost(&mut self, work: Work) {
        self.work.push_front(work);
        for work in std::mem::take(&mut self.work) {
            match work {
                Work::Finish(id)
                | Work::Push {
                    instructed: Some(Report { instruction: id, .. }),
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

    pub(super) fn finish(&mut self, instruction: String, uitkomst: Uitkomst) {
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
                    self.look_for_overdue();
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
