//! The gemeente as a machine: one request at a time, in the order in which the work arose.
//!
//! It owns sending, collecting, confirming and answering. What is sent and answered is decided by its decisions; what
//! stands in an answer by [`kp_rules::answer`]. Tests are in `tests/it`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Draft, Finding, Limits, Message, Release, ReleaseId, Seed, check};
use kp_rules::{Fact, FactError, Judgement, Pair, Rulebook, retold};
use uuid::Uuid;

use super::act::{Act, Content};
use crate::decisions::{Decisions, Learned, RetourChoice, Scripted};
use crate::error::ChainError;
use crate::ggk::{GgkDelivery, GgkEnvelope, GgkReply, GgkRequest};
use crate::ledger::{Ledger, Read, answer_on, as_decided};
use crate::letter::{KOP, carrier, draft, kop};
use crate::numbering::Numbering;
use crate::overgang::Overstap;
use crate::time::SimTime;
use crate::vsp::{ReceiptRefusal, RequestId};

/// What a gemeente is told before it starts.
#[derive(Clone, Debug)]
pub struct GemeenteSettings {
    /// Its CBS code.
    pub code: String,
    /// The name of its application, as the envelope carries it.
    pub applicatie: String,
    /// Whether a message counts as received on the day that it bears, when that is later than today: for senders that
    /// live by a clock of their own.
    pub trusts_dagtekening: bool,
    /// When it goes from one release to the next, if it does.
    pub overstap: Option<Overstap>,
}

impl GemeenteSettings {
    /// A gemeente that sends under this name and judges by its own today.
    #[must_use]
    pub fn new(code: &str, applicatie: &str) -> Self {
        Self {
            code: code.to_owned(),
            applicatie: applicatie.to_owned(),
            trusts_dagtekening: false,
            overstap: None,
        }
    }
}

/// A gemeente of ours.
pub struct Gemeente<D = Scripted> {
    settings: GemeenteSettings,
    ledger: Ledger,
    decisions: D,
    numbering: Numbering,
    now: SimTime,
    work: VecDeque<Work>,
    outstanding: Option<(RequestId, Work)>,
    requests: u64,
    taken: BTreeSet<Uuid>,
    /// The acts that no answer came on yet, by the identifier of their message.
    unanswered: BTreeMap<Uuid, String>,
    received: Vec<Received>,
    outputs: VecDeque<GemeenteOutput>,
}

/// What reaches a gemeente.
#[derive(Clone, Debug)]
pub enum GemeenteInput {
    /// It is time: acts may be due, messages may wait.
    Timer,
    /// The hub replies.
    Reply {
        /// The request.
        request: RequestId,
        /// The reply.
        reply: GgkReply,
    },
}

/// What a gemeente gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GemeenteOutput {
    /// It asks the hub something.
    Request {
        /// Ties the reply to it.
        request: RequestId,
        /// What it asks.
        operation: GgkRequest,
    },
    /// An act was done, or could not be.
    Acted {
        /// The act.
        act: String,
        /// What became of it.
        outcome: Outcome,
    },
    /// The rules found something in a message that it sent or collected.
    Judged {
        /// The identifier of the message.
        referentienummer: Uuid,
        /// What they found, in document order.
        findings: Vec<Finding>,
    },
    /// It could not make a retour that it should: the run is in error.
    Failed {
        /// Why.
        reason: String,
    },
}

/// What became of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The hub received the message.
    Sent {
        /// The identifier of the message.
        referentienummer: Uuid,
    },
    /// The hub did not receive it.
    Refused(ReceiptRefusal),
    /// The message could not be made; the reason is for people.
    NotMade {
        /// Why.
        reason: String,
    },
}

/// A message that a gemeente collected.
#[derive(Clone, Debug)]
pub struct Received {
    /// When, in business time.
    pub at: SimTime,
    /// The facts around it.
    pub envelope: GgkEnvelope,
    /// The bytes.
    pub payload: Bytes,
    /// The message, when its release is known.
    pub message: Option<Message>,
    /// What its structure check found.
    pub findings: Vec<Finding>,
}

enum Work {
    Send {
        envelope: GgkEnvelope,
        payload: Bytes,
        act: Option<String>,
        past_checks: bool,
    },
    Collect,
    Acknowledge {
        referentienummer: Uuid,
    },
}

impl<D: Decisions<Act>> Gemeente<D> {
    /// A gemeente that has sent and received nothing.
    pub fn new(settings: GemeenteSettings, rulebooks: Vec<Arc<Rulebook>>, decisions: D, seed: Seed) -> Self {
        let numbering = Numbering::new(seed.derive(&format!("gemeente {}", settings.code)));
        let ledger = Ledger::new(rulebooks, settings.overstap.clone());
        Self {
            ledger: ledger.trusting_dagtekening(settings.trusts_dagtekening),
            settings,
            decisions,
            numbering,
            now: SimTime::from_unix_ms(0),
            work: VecDeque::new(),
            outstanding: None,
            requests: 0,
            taken: BTreeSet::new(),
            unanswered: BTreeMap::new(),
            received: Vec::new(),
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

    /// Has it go from one release to the next.
    pub fn go_over(&mut self, overstap: Overstap) {
        self.ledger.go_over(overstap);
    }

    /// Has it answer a message that it collected after all, as if nothing were wrong with it, in a release; the identifier of
    /// the answer.
    ///
    /// # Errors
    /// When it did not collect such a message, or the release has no answer on it; with why, for people.
    pub fn answer_in(&mut self, now: SimTime, answered: Uuid, release: &ReleaseId) -> Result<Uuid, String> {
        let mut received = self.received.iter();
        let found = received.find(|received| received.envelope.referentienummer == answered);
        let release = Arc::clone(self.ledger.known(release).map_err(|error| error.reason())?);
        let told = found.and_then(|received| {
            let bytes = retold(received.message.as_ref()?, &release)?;
            let told = check(bytes, std::slice::from_ref(&release), &Limits::default());
            Some((told.message?, received.envelope.clone()))
        });
        let (message, envelope) = told.ok_or_else(|| format!("{answered} was not collected"))?;
        let identificatie = self.numbering.identificatie(&answer_to(&envelope));
        let draft = answer_on(&message, &Judgement::default(), identificatie, now);
        let draft = draft.map_err(|error| error.reason())?;
        let draft = draft.ok_or_else(|| format!("{answered} gets no answer"))?;
        self.work.push_back(self.send_answer(&release, &draft, &envelope));
        Ok(self.numbering.identifier(&answer_to(&envelope)))
    }

    /// Its CBS code.
    pub fn code(&self) -> &str {
        &self.settings.code
    }

    /// Where its decisions come from.
    pub fn decisions_mut(&mut self) -> &mut D {
        &mut self.decisions
    }

    /// What it collected, in order.
    pub fn received(&self) -> &[Received] {
        &self.received
    }

    /// Takes an input; what follows from it is read by [`Self::poll_output`].
    pub fn handle(&mut self, now: SimTime, input: GemeenteInput) {
        self.now = now;
        match input {
            GemeenteInput::Timer => {
                while let Some(act) = self.decisions.next_due(now) {
                    self.act(act);
                }
                if !self.work.iter().any(|work| matches!(work, Work::Collect)) {
                    self.work.push_back(Work::Collect);
                }
            }
            GemeenteInput::Reply { request, reply } => {
                // A reply that nobody waits for is late, and means nothing any more.
                if let Some((_, work)) = self.outstanding.take_if(|(waiting, _)| *waiting == request) {
                    self.replied(work, reply);
                }
            }
        }
        self.advance();
    }

    /// The next output, in the order in which they arose.
    pub fn poll_output(&mut self) -> Option<GemeenteOutput> {
        self.outputs.pop_front()
    }

    /// When its next act is due.
    pub fn poll_timeout(&self) -> Option<SimTime> {
        self.decisions.next_moment()
    }

    fn act(&mut self, act: Act) {
        let (id, past_checks) = (act.id.clone(), act.past_checks);
        match self.make(act) {
            Ok((envelope, payload)) => self.work.push_back(Work::Send {
                envelope,
                payload,
                act: Some(id),
                past_checks,
            }),
            Err(error) => {
                let outcome = Outcome::NotMade {
                    reason: error.reason(),
                };
                self.outputs.push_back(GemeenteOutput::Acted { act: id, outcome });
            }
        }
    }

    fn make(&mut self, act: Act) -> Result<(GgkEnvelope, Bytes), ChainError> {
        let release = Arc::clone(match &act.release {
            Some(id) => self.ledger.known(id)?,
            None => self.ledger.release(&act.family, self.now)?,
        });
        let message_type = carrier(&release, &act.carries)?;
        let cause = format!("act {}", act.id);
        let identificatie = self.numbering.identificatie(&cause);
        let payload = match act.content {
            Content::Bytes(bytes) => bytes,
            Content::Concepts(concepts) => {
                let kop = kop(
                    &release,
                    &self.settings.code,
                    &act.ontvanger,
                    identificatie,
                    self.now.date(),
                );
                let mut content = vec![(KOP, &kop)];
                content.extend(concepts.iter().map(|(concept, facts)| (concept.as_str(), facts)));
                draft(&release, &message_type.number, &content)?.write().into()
            }
        };
        Ok((
            self.envelope(&release, &message_type.name, act.ontvanger, None, &cause),
            payload,
        ))
    }

    fn envelope(
        &self,
        release: &Release,
        functie: &str,
        ontvanger: String,
        cross_refnummer: Option<Uuid>,
        cause: &str,
    ) -> GgkEnvelope {
        GgkEnvelope {
            zender: self.settings.code.clone(),
            ontvanger,
            referentienummer: self.numbering.identifier(cause),
            cross_refnummer,
            functie: functie.to_owned(),
            functie_versie: release.berichtversie(),
            functie_subversie: release.berichtsubversie(),
            applicatie: self.settings.applicatie.clone(),
        }
    }

    fn replied(&mut self, work: Work, reply: GgkReply) {
        if let (
            Work::Send {
                envelope, payload, ..
            },
            GgkReply::Received,
        ) = (&work, &reply)
        {
            self.judge(envelope.referentienummer, payload.clone());
        }
        match (work, reply) {
            (Work::Collect, GgkReply::Waiting(deliveries)) => self.take(deliveries),
            (
                Work::Send {
                    envelope,
                    act: Some(act),
                    ..
                },
                reply,
            ) => {
                let outcome = match reply {
                    GgkReply::Received => {
                        self.unanswered.insert(envelope.referentienummer, act.clone());
                        Outcome::Sent {
                            referentienummer: envelope.referentienummer,
                        }
                    }
                    GgkReply::Refused(refusal) => Outcome::Refused(refusal),
                    GgkReply::Full => Outcome::NotMade {
                        reason: "the hub has no room for another message".to_owned(),
                    },
                    GgkReply::Waiting(_) | GgkReply::Acknowledged | GgkReply::NotFound => Outcome::NotMade {
                        reason: "the hub replied to another question".to_owned(),
                    },
                };
                self.outputs.push_back(GemeenteOutput::Acted { act, outcome });
            }
            // What becomes of a retour and of a confirmation is told by the hub's events.
            (Work::Collect | Work::Send { .. } | Work::Acknowledge { .. }, _) => {}
        }
    }

    /// Takes what waits: each message once, then whatever came since.
    fn take(&mut self, deliveries: Vec<GgkDelivery>) {
        let mut work = Vec::new();
        for delivery in deliveries {
            let referentienummer = delivery.envelope.referentienummer;
            work.push(Work::Acknowledge { referentienummer });
            if self.taken.insert(referentienummer) {
                work.extend(self.read(delivery));
            }
        }
        if !work.is_empty() {
            work.push(Work::Collect);
        }
        for work in work.into_iter().rev() {
            self.work.push_front(work);
        }
    }

    /// Records a message and makes its retour, when it gets one.
    fn read(&mut self, delivery: GgkDelivery) -> Option<Work> {
        let GgkDelivery { envelope, payload } = delivery;
        let read = self.judge(envelope.referentienummer, payload.clone());
        let work = match self.understand(&read, &envelope) {
            Ok(work) => work,
            Err(error) => {
                self.outputs.push_back(GemeenteOutput::Failed {
                    reason: error.reason(),
                });
                None
            }
        };
        let checked = read.checked;
        self.received.push(Received {
            at: self.now,
            envelope,
            payload,
            message: checked.message,
            findings: checked.findings,
        });
        work
    }

    /// Takes a message into the books and tells what the rules found in it.
    fn judge(&mut self, referentienummer: Uuid, payload: Bytes) -> Read {
        let read = self.ledger.take(referentienummer.to_string(), payload, self.now);
        let findings = read
            .judgement
            .as_ref()
            .map(|judgement| judgement.findings.clone());
        if let Some(findings) = findings.filter(|findings| !findings.is_empty()) {
            self.outputs.push_back(GemeenteOutput::Judged {
                referentienummer,
                findings,
            });
        }
        read
    }

    /// Learns from a message that is accepted; its answer, unless it gets none or it was decided that it stays away.
    fn understand(&mut self, read: &Read, envelope: &GgkEnvelope) -> Result<Option<Work>, ChainError> {
        let Some((message, judgement)) = read.good() else {
            return Ok(None);
        };
        let choice = if message.message_type().answered_by.is_some() {
            self.decisions.retour(message)
        } else {
            RetourChoice::Withheld
        };
        // What the release only infers is told, and refuses nobody.
        let certain = judgement.certain();
        let judgement = as_decided(&choice, message, &certain)?;
        if judgement.rejections.is_empty() {
            let answers = envelope
                .cross_refnummer
                .and_then(|answered| self.unanswered.remove(&answered));
            let learned = Learned {
                afzender: &envelope.zender,
                message,
                answers: answers.as_deref(),
            };
            self.decisions.learn(self.now, &learned);
        }
        if choice == RetourChoice::Withheld {
            return Ok(None);
        }
        let identificatie = self.numbering.identificatie(&answer_to(envelope));
        let draft = answer_on(message, &judgement, identificatie, self.now)?;
        Ok(draft.map(|draft| self.send_answer(message.release(), &draft, envelope)))
    }

    fn send_answer(&self, release: &Release, draft: &Draft, answered: &GgkEnvelope) -> Work {
        let payload = draft.write().into();
        let ontvanger = answered.zender.clone();
        let functie = &draft.message_type().name;
        let envelope = self.envelope(
            release,
            functie,
            ontvanger,
            Some(answered.referentienummer),
            &answer_to(answered),
        );
        Work::Send {
            envelope,
            payload,
            act: None,
            past_checks: false,
        }
    }

    fn advance(&mut self) {
        if self.outstanding.is_some() {
            return;
        }
        let Some(work) = self.work.pop_front() else { return };
        self.requests += 1;
        let request = RequestId(self.requests);
        let operation = match &work {
            Work::Send {
                envelope,
                payload,
                past_checks,
                ..
            } => GgkRequest::HandIn {
                envelope: envelope.clone(),
                payload: payload.clone(),
                past_checks: *past_checks,
            },
            Work::Collect => GgkRequest::Collect,
            Work::Acknowledge { referentienummer } => GgkRequest::Acknowledge {
                referentienummer: *referentienummer,
            },
        };
        self.outstanding = Some((request, work));
        self.outputs
            .push_back(GemeenteOutput::Request { request, operation });
    }
}

/// What causes an answer, for its numbering.
fn answer_to(answered: &GgkEnvelope) -> String {
    format!("answer {}", answered.referentienummer)
}
