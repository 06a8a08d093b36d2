//! A scenario under way: the parties around the system under test, its clock, and the messages so far.
//!
//! Steps ask for business acts and for messages; this settles the chain after each act and keeps what passed the hub.
//! What is expected of a message stands in `expectation.rs`. Tests: `tests/it`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::Date;
use kp_chain::{
    Aanbieder, AanbiederSettings, Act, BerichtFact, Content, Gemeente, GemeenteOutput, GemeenteSettings,
    HubEvent, Instruction, Outcome, Scripted, SimTime, ToewijzingKey, Uitkomst,
};
use kp_model::{Finding, Limits, Message, MessageKind, Release, Seed, check};
use kp_report::{Direction, HubVerdict, RunEvent, Unexpected};
use kp_rules::Rulebook;
use kp_servers::{AanbiederTask, ClientSettings, HubEvents, HubHandle, settle};

use crate::journal::Journal;
use crate::plan::Plan;
use crate::sut::{Sut, Transport};
use crate::testdata::{Testdata, ToewijzingCase};

/// The name under which features speak of the system under test.
pub(crate) const SUT_NAME: &str = "A1";

/// How often the chain may go round before it must be quiet.
const ROUNDS_MAX: u32 = 64;

/// The hour of the day at which steps happen.
const HOUR: i8 = 9;

/// The moment before a step has set one.
const NOT_SET: SimTime = SimTime::EPOCH;

/// What all scenarios of a run share.
pub(crate) struct Run {
    pub(crate) releases: Vec<Arc<Release>>,
    pub(crate) rulebooks: Vec<Arc<Rulebook>>,
    pub(crate) plan: Plan,
    pub(crate) testdata: Testdata,
    pub(crate) sut: Sut,
    pub(crate) sut_code: String,
    pub(crate) sut_rol: String,
    pub(crate) seed: Seed,
    pub(crate) hub: HubHandle,
    pub(crate) base_url: String,
    pub(crate) journal: RefCell<Journal>,
}

/// A message that reached the hub.
#[derive(Clone, Debug)]
pub(crate) struct Passed {
    pub(crate) direction: Direction,
    /// The code of the sender on the envelope.
    pub(crate) from: String,
    /// The code of the addressee on the envelope.
    pub(crate) to: String,
    pub(crate) traceer_id: String,
    pub(crate) als_antwoord_op: Option<String>,
    pub(crate) at: SimTime,
    pub(crate) refused: Option<Refusal>,
    pub(crate) message: Option<Message>,
}

/// Why the hub did not deliver a message.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) text: String,
    pub(crate) findings: Vec<Finding>,
}

/// We could not go on; the text says why.
#[derive(Debug)]
pub(crate) struct Stumble(pub(crate) String);

impl<E: std::error::Error> From<E> for Stumble {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        Self(text)
    }
}

/// A scenario under way.
pub(crate) struct Scenario {
    pub(crate) run: Rc<Run>,
    pub(crate) id: String,
    pub(crate) now: SimTime,
    pub(crate) messages: Vec<Passed>,
    /// Why the system under test did not do what its user asked.
    pub(crate) refusals: Vec<String>,
    /// The messages before this one were there before the last business act.
    pub(crate) since: usize,
    /// Which gemeente sent a Toewijzing, by the names of the features.
    pub(crate) gemeenten_of: BTreeMap<String, String>,
    /// The messages that an expectation spoke of.
    claimed: RefCell<BTreeSet<String>>,
    events: HubEvents,
    sut: AanbiederTask,
    gemeenten: BTreeMap<String, Gemeente>,
    instructions: u32,
}

impl Scenario {
    /// Starts a scenario with a system under test that knows nothing yet.
    pub(crate) fn start(run: Rc<Run>, id: &str) -> Result<Self, Stumble> {
        let now = NOT_SET;
        let Transport::Builtin { defect } = &run.sut.berichten;
        let settings = AanbiederSettings {
            code: run.sut_code.clone(),
            rol: run.sut_rol.clone(),
            applicatie: run.sut.name.clone(),
            applicatie_versie: "1".to_owned(),
            applicatie_subversie: "0".to_owned(),
            defect: defect.clone(),
        };
        let seed = run.seed.derive(id);
        let machine = Aanbieder::new(settings, run.rulebooks.clone(), seed.derive("sut"));
        let client = ClientSettings {
            indiener: Some(run.sut.indiener.clone()),
            ..ClientSettings::default()
        };
        let sut = AanbiederTask::start(machine, &run.base_url, now, client)?;
        Ok(Self {
            id: id.to_owned(),
            now,
            messages: Vec::new(),
            refusals: Vec::new(),
            since: 0,
            gemeenten_of: BTreeMap::new(),
            claimed: RefCell::default(),
            events: run.hub.events(),
            sut,
            gemeenten: BTreeMap::new(),
            instructions: 0,
            run,
        })
    }

    /// The moment of everyone, once a step has set it.
    pub(crate) fn moment(&self) -> Option<SimTime> {
        (self.now > NOT_SET).then_some(self.now)
    }

    /// Sets the civil date of everyone; within a scenario it only goes forward.
    pub(crate) async fn set_date(&mut self, date: Date) -> Result<(), Stumble> {
        let moment = SimTime::from_civil(date.at(HOUR, 0, 0, 0));
        if moment < self.now {
            return Err(Stumble(format!(
                "a scenario does not go back in time: from {} to {moment}",
                self.now
            )));
        }
        self.now = moment;
        self.run.hub.set_time(moment).await?;
        Ok(())
    }

    /// Has a gemeente send a Toewijzing to the system under test.
    pub(crate) async fn send_toewijzing(
        &mut self,
        gemeente: &str,
        case: &ToewijzingCase,
        aanbieder: &str,
    ) -> Result<(), Stumble> {
        let code = self
            .run
            .testdata
            .gemeente(gemeente)
            .map_err(Stumble)?
            .code
            .clone();
        let ontvanger = self.code_of_aanbieder(aanbieder)?;
        let act = Act {
            id: format!("{}-{}", self.id, self.messages.len()),
            family: case.family.clone(),
            carries: "Toewijzing".to_owned(),
            ontvanger,
            content: Content::Concepts(case.concepts.clone()),
        };
        let now = self.now;
        self.gemeente(&code).decisions_mut().add(now, act);
        self.settle().await
    }

    /// Has the user of the system under test begin a delivery.
    pub(crate) async fn start_levering(
        &mut self,
        gemeente: &str,
        case: &ToewijzingCase,
        begindatum: Date,
    ) -> Result<(), Stumble> {
        let code = self
            .run
            .testdata
            .gemeente(gemeente)
            .map_err(Stumble)?
            .code
            .clone();
        let nummer = case.toewijzing.get("nummer").unwrap_or_default().to_owned();
        let toewijzing = ToewijzingKey {
            gemeente: code,
            family: case.family.clone(),
            nummer,
        };
        // The clock first, so that the instruction is carried out on the day that it speaks of.
        self.settle().await?;
        self.mark();
        self.instruct(Instruction::StartLevering {
            toewijzing,
            begindatum,
        })
        .await?;
        self.settle().await
    }

    /// Lets everyone do what is due until nothing more passes the hub.
    pub(crate) async fn settle(&mut self) -> Result<(), Stumble> {
        for _ in 0..ROUNDS_MAX {
            let hub = self.run.hub.clone();
            for gemeente in self.gemeenten.values_mut() {
                for told in settle(gemeente, self.now, &hub).await? {
                    match told {
                        GemeenteOutput::Acted {
                            outcome: Outcome::NotMade { reason },
                            ..
                        }
                        | GemeenteOutput::Failed { reason } => {
                            return Err(Stumble(reason));
                        }
                        GemeenteOutput::Acted {
                            outcome: Outcome::Refused(refusal),
                            ..
                        } => {
                            return Err(Stumble(format!("the hub refused a message of ours: {refusal:?}")));
                        }
                        GemeenteOutput::Acted {
                            outcome: Outcome::Sent { .. },
                            ..
                        }
                        | GemeenteOutput::Request { .. } => {}
                    }
                }
            }
            self.instruct(Instruction::ZetKlok { nu: self.now }).await?;
            if !self.take_events()? {
                return Ok(());
            }
        }
        Err(Stumble(format!(
            "the chain is not quiet after {ROUNDS_MAX} rounds"
        )))
    }

    /// The first message from the system under test that fits, once it is there or the last day has passed.
    pub(crate) async fn await_message(
        &mut self,
        last_day: Date,
        fits: impl Fn(&Passed) -> bool,
    ) -> Result<Option<Passed>, Stumble> {
        for attempt in 0..2 {
            let found = self.messages[self.since..]
                .iter()
                .find(|passed| passed.direction == Direction::FromSut && fits(passed));
            if let Some(found) = found {
                return Ok(Some(found.clone()));
            }
            if attempt == 0 && last_day > self.now.date() {
                self.set_date(last_day).await?;
                self.settle().await?;
            }
        }
        Ok(None)
    }

    /// The last heenbericht that was sent to the system under test.
    pub(crate) fn last_heenbericht(&self) -> Result<Passed, Stumble> {
        let is_heenbericht = |passed: &&Passed| {
            passed.direction == Direction::ToSut
                && passed
                    .message
                    .as_ref()
                    .is_some_and(|message| message.message_type().kind == MessageKind::Heenbericht)
        };
        self.messages
            .iter()
            .rev()
            .find(is_heenbericht)
            .cloned()
            .ok_or_else(|| Stumble("no message was sent in this scenario".to_owned()))
    }

    fn code_of_aanbieder(&self, name: &str) -> Result<String, Stumble> {
        if name == SUT_NAME {
            return Ok(self.run.sut_code.clone());
        }
        Ok(self.run.testdata.aanbieder(name).map_err(Stumble)?.code.clone())
    }

    fn gemeente(&mut self, code: &str) -> &mut Gemeente {
        let (run, id) = (&self.run, &self.id);
        self.gemeenten.entry(code.to_owned()).or_insert_with(|| {
            let settings = GemeenteSettings {
                code: code.to_owned(),
                applicatie: "Ketenproef".to_owned(),
            };
            Gemeente::new(
                settings,
                run.rulebooks.clone(),
                Scripted::default(),
                run.seed.derive(id),
            )
        })
    }

    /// Has the user of the system under test do something; a refusal of it is judged by what follows.
    async fn instruct(&mut self, instruction: Instruction) -> Result<(), Stumble> {
        self.instructions += 1;
        let id = format!("{}-{}", self.id, self.instructions);
        if let Uitkomst::Geweigerd { reden } = self.sut.handle().instruct(&id, instruction).await? {
            self.refusals.push(reden);
        }
        Ok(())
    }

    /// Remembers that what follows is asked for: only later messages answer it.
    pub(crate) fn mark(&mut self) {
        self.since = self.messages.len();
    }

    /// Notes that an expectation spoke of a message.
    pub(crate) fn claim(&self, traceer_id: &str) {
        self.claimed.borrow_mut().insert(traceer_id.to_owned());
    }

    /// Lets everyone finish and tells of what the system under test sent that no step asked for.
    pub(crate) async fn finish(&mut self) -> Result<(), Stumble> {
        self.settle().await?;
        let claimed = self.claimed.borrow();
        let unclaimed = self
            .messages
            .iter()
            .filter(|passed| passed.direction == Direction::FromSut && !claimed.contains(&passed.traceer_id));
        for passed in unclaimed {
            let message = passed.message.as_ref();
            self.run
                .journal
                .borrow_mut()
                .tell(RunEvent::Unexpected(Unexpected {
                    business_time: passed.at.to_string(),
                    message: message
                        .map(|message| message.message_type().name.clone())
                        .unwrap_or_default(),
                    from: passed.from.clone(),
                    to: passed.to.clone(),
                    traceer_id: passed.traceer_id.clone(),
                    explanation: format!("Geen stap van {} vraagt om dit bericht.", self.id),
                    bytes: message
                        .map(|message| message.text().to_owned())
                        .unwrap_or_default(),
                }));
        }
        Ok(())
    }

    /// Takes in what happened at the hub; whether anything did.
    fn take_events(&mut self) -> Result<bool, Stumble> {
        let mut any = false;
        while let Some(event) = self.events.try_next()? {
            any = true;
            match event {
                HubEvent::Bericht { at, bericht, fact } => {
                    let refused = match fact {
                        BerichtFact::Received | BerichtFact::Confirmed => continue,
                        BerichtFact::Delivered { .. } => None,
                        BerichtFact::Refused {
                            code,
                            text,
                            detail,
                            findings,
                        } => {
                            // The findings say it better, with their places.
                            let text = if detail.is_empty() || !findings.is_empty() {
                                text
                            } else {
                                format!("{text} ({detail})")
                            };
                            Some(Refusal { code, text, findings })
                        }
                    };
                    let from = bericht.afzender().code.clone().unwrap_or_default();
                    let to = bericht
                        .geadresseerde()
                        .and_then(|relatie| relatie.code.clone())
                        .unwrap_or_default();
                    // Our gemeenten send to the system under test; whatever else comes in is its own.
                    let is_ours = self
                        .run
                        .testdata
                        .gemeente
                        .values()
                        .any(|gemeente| gemeente.code == from);
                    let direction = if is_ours {
                        Direction::ToSut
                    } else {
                        Direction::FromSut
                    };
                    self.passed(at, direction, (&from, &to), &bericht, refused);
                }
                HubEvent::Invalid {
                    at,
                    indiener,
                    problems,
                } => {
                    let problems: Vec<String> =
                        problems.iter().map(|problem| format!("{problem:?}")).collect();
                    self.run
                        .journal
                        .borrow_mut()
                        .tell(RunEvent::Unexpected(Unexpected {
                            business_time: at.to_string(),
                            message: String::new(),
                            from: indiener,
                            to: String::new(),
                            traceer_id: String::new(),
                            explanation: format!(
                                "De metadata van een aanlevering is ongeldig: {}.",
                                problems.join("; ")
                            ),
                            bytes: String::new(),
                        }));
                }
            }
        }
        Ok(any)
    }

    fn passed(
        &mut self,
        at: SimTime,
        direction: Direction,
        parties: (&str, &str),
        bericht: &kp_chain::Bericht,
        refused: Option<Refusal>,
    ) {
        let checked = check(Bytes::clone(&bericht.xml), &self.run.releases, &Limits::default());
        let traceer_id = bericht.traceer_id().to_string();
        let hub_verdict = match &refused {
            None => HubVerdict::Delivered,
            Some(refusal) => HubVerdict::Refused {
                code: refusal.code.clone(),
                text: refusal.text.clone(),
            },
        };
        self.run
            .journal
            .borrow_mut()
            .tell(RunEvent::Message(kp_report::Message {
                scenario: self.id.clone(),
                direction,
                message: checked
                    .message_name
                    .clone()
                    .unwrap_or_else(|| bericht.name().to_owned()),
                from: parties.0.to_owned(),
                to: parties.1.to_owned(),
                business_time: at.to_string(),
                traceer_id: traceer_id.clone(),
                hub_verdict,
                outside_checks: false,
                findings: checked.findings.clone(),
                bytes: String::from_utf8_lossy(&bericht.xml).into_owned(),
            }));
        self.messages.push(Passed {
            direction,
            from: parties.0.to_owned(),
            to: parties.1.to_owned(),
            traceer_id,
            als_antwoord_op: bericht.als_antwoord_op().map(|id| id.to_string()),
            at,
            refused,
            message: checked.message,
        });
    }
}
