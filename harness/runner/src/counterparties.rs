//! The parties of ours around the system under test, and what passes the hub between them.
//!
//! Gemeenten are puppets: they send what a step says; collecting, confirming and answering good messages is automatic.
//! They are shared by the scenarios that know them by the same code, and remember what passed for as long as the system
//! under test does. Each message is handed to the scenario that it
//! belongs to (`attribution.rs`); one that belongs to nobody is told as unexpected. Tests: `tests/it`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use bytes::Bytes;
use kp_chain::{
    Act, Bericht, BerichtFact, Gemeente, GemeenteOutput, GemeenteSettings, HubEvent, Outcome, Scripted,
    SimTime,
};
use kp_model::{Finding, Limits, Message, MessageKind, check};
use kp_report::{Direction, HubVerdict, MessageBytes, RunEvent, Unexpected};
use kp_servers::{HubEvents, HubHandle, settle};

use crate::attribution::{Owner, Traces};
use crate::expectation::first;
use crate::halt::{Fault, Halt, Stumble};
use crate::scenario::Run;

/// How often the parties may go round before we go on with what came.
const ROUNDS_MAX: u32 = 64;

/// The most messages that a scenario may get from the system under test.
const MESSAGES_MAX: usize = 200;

/// The most messages that are told as unexpected, in full; the others are counted.
const UNEXPECTED_MAX: usize = 100;

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
    /// What was sent, also when it is no message.
    pub(crate) bytes: Bytes,
    pub(crate) message: Option<Message>,
}

/// Why the hub did not deliver a message.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) text: String,
    pub(crate) findings: Vec<Finding>,
}

/// What a scenario got since it last looked.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    messages: Vec<Passed>,
    /// How many came from the system under test in all.
    from_sut: usize,
    /// What the rules found in messages, by their identifier on the envelope.
    judged: Vec<(String, Vec<Finding>)>,
    /// Set when it sent too many.
    flood: Option<Fault>,
    /// Whether the scenario is over: what still comes for it is no longer told, whoever runs beside it.
    is_closed: bool,
    /// Set when a message of ours could not be made or handed in.
    stumble: Option<Stumble>,
}

/// What was in the box of a scenario.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    /// The messages, in order.
    pub(crate) messages: Vec<Passed>,
    /// What the rules found in them or in earlier ones, by their identifier on the envelope.
    pub(crate) judged: Vec<(String, Vec<Finding>)>,
}

/// The parties of ours.
pub(crate) struct Counterparties {
    run: Rc<Run>,
    hub: HubHandle,
    events: HubEvents,
    gemeenten: BTreeMap<String, Gemeente>,
    /// What the rules found in messages that the hub has not told of yet.
    judged: BTreeMap<String, Vec<Finding>>,
    unexpected: usize,
}

impl Counterparties {
    /// No parties yet; they come as scenarios call them.
    pub(crate) fn new(run: Rc<Run>, hub: HubHandle) -> Self {
        Self {
            events: hub.events(),
            run,
            hub,
            gemeenten: BTreeMap::new(),
            judged: BTreeMap::new(),
            unexpected: 0,
        }
    }

    /// Forgets the gemeenten, for a system under test that begins anew.
    pub(crate) fn begin_anew(&mut self) {
        self.gemeenten.clear();
    }

    /// Has a gemeente do something as soon as the parties go round.
    pub(crate) fn act(&mut self, gemeente: &str, now: SimTime, act: Act) {
        self.meet(gemeente).decisions_mut().add(now, act);
    }

    /// A gemeente, which from now on collects what comes for it.
    pub(crate) fn meet(&mut self, gemeente: &str) -> &mut Gemeente {
        let run = &self.run;
        self.gemeenten.entry(gemeente.to_owned()).or_insert_with(|| {
            let settings = GemeenteSettings {
                code: gemeente.to_owned(),
                applicatie: "Ketenproef".to_owned(),
                trusts_dagtekening: run.sut.klok.is_own(),
                overstap: run.going.as_ref().map(|going| going.overgang.overstap()),
            };
            Gemeente::new(settings, run.rulebooks.clone(), Scripted::default(), run.seed)
        })
    }

    /// Lets everyone of ours do what is due until nothing more passes the hub; whether anything passed.
    pub(crate) async fn go_round(
        &mut self,
        now: SimTime,
        mail: &RefCell<BTreeMap<String, Mail>>,
    ) -> Result<bool, Halt> {
        let mut any = false;
        for _ in 0..ROUNDS_MAX {
            let hub = self.hub.clone();
            for gemeente in self.gemeenten.values_mut() {
                for told in settle(gemeente, now, &hub).await? {
                    let mut mail = mail.borrow_mut();
                    match told {
                        GemeenteOutput::Judged {
                            referentienummer,
                            findings,
                        } => {
                            self.judged.insert(referentienummer.to_string(), findings);
                        }
                        told @ (GemeenteOutput::Acted { .. }
                        | GemeenteOutput::Failed { .. }
                        | GemeenteOutput::Request { .. }) => acted(&self.run, told, &mut mail)?,
                    }
                }
            }
            // The boxes are held only while nobody else can run, so that who looks always finds what came.
            let more = self.take_events(&mut mail.borrow_mut())?;
            self.tell_judged(&mut mail.borrow_mut());
            if !more {
                break;
            }
            any = true;
        }
        Ok(any)
    }

    /// Hands out what the rules found in messages of which the hub has told.
    fn tell_judged(&mut self, mail: &mut BTreeMap<String, Mail>) {
        for (traceer_id, findings) in std::mem::take(&mut self.judged) {
            let attribution = self.run.attribution.borrow();
            let scenario = attribution.of_message(&traceer_id);
            if let Some(scenario) = scenario
                && let Some(mail) = mail.get_mut(scenario)
                && !mail.is_closed
            {
                self.run.journal.borrow_mut().tell(RunEvent::Judged {
                    scenario: scenario.to_owned(),
                    traceer_id: traceer_id.clone(),
                    findings: findings.clone(),
                });
                mail.judged.push((traceer_id, findings));
            }
        }
    }

    /// Hands out what happened at the hub; whether anything did.
    fn take_events(&mut self, mail: &mut BTreeMap<String, Mail>) -> Result<bool, Halt> {
        let mut any = false;
        while let Some(event) = self.events.try_next()? {
            match event {
                HubEvent::Bericht { at, bericht, fact } => {
                    let (refused, outside_checks) = match fact {
                        BerichtFact::Received | BerichtFact::Made | BerichtFact::Confirmed => continue,
                        BerichtFact::Delivered { past_checks, .. } => (None, past_checks),
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
                            (Some(Refusal { code, text, findings }), false)
                        }
                    };
                    any = true;
                    self.passed(at, &bericht, refused, outside_checks, mail);
                }
                HubEvent::Invalid {
                    at,
                    indiener,
                    problems,
                    body,
                } => {
                    any = true;
                    let problems: Vec<String> = problems
                        .iter()
                        .map(|problem| format!("{}: {}", problem.path, problem.problem))
                        .collect();
                    let explanation = format!(
                        "De metadata van een aanlevering is ongeldig: {}.",
                        problems.join("; ")
                    );
                    self.unexpected(Unexpected {
                        business_time: at.to_string(),
                        message: String::new(),
                        from: indiener,
                        to: String::new(),
                        traceer_id: String::new(),
                        explanation,
                        bytes: body.to_vec().into(),
                    });
                }
            }
        }
        Ok(any)
    }

    fn passed(
        &mut self,
        at: SimTime,
        bericht: &Bericht,
        refused: Option<Refusal>,
        outside_checks: bool,
        mail: &mut BTreeMap<String, Mail>,
    ) {
        let checked = check(Bytes::clone(&bericht.xml), &self.run.releases, &Limits::default());
        let passed = {
            let traceer_id = bericht.traceer_id().to_string();
            let to = bericht
                .geadresseerde()
                .and_then(|relatie| relatie.code.clone())
                .unwrap_or_default();
            let is_ours = self.run.attribution.borrow().is_ours(&traceer_id);
            let direction = if is_ours || to == self.run.sut_code {
                Direction::ToSut
            } else {
                Direction::FromSut
            };
            Passed {
                direction,
                from: bericht.afzender().code.clone().unwrap_or_default(),
                to,
                traceer_id,
                als_antwoord_op: bericht.als_antwoord_op().map(|id| id.to_string()),
                at,
                refused,
                bytes: Bytes::clone(&bericht.xml),
                message: checked.message.clone(),
            }
        };
        let name = checked
            .message_name
            .clone()
            .unwrap_or_else(|| bericht.name().to_owned());
        let under_way: BTreeSet<String> = mail.keys().cloned().collect();
        let owner = self.owner(&passed, bericht, &under_way);
        let hub_verdict = match &passed.refused {
            None => HubVerdict::Delivered,
            Some(refusal) => HubVerdict::Refused {
                code: refusal.code.clone(),
                text: refusal.text.clone(),
            },
        };
        let bytes = MessageBytes::from(bericht.xml.to_vec());
        match owner {
            Owner::Scenario(id) => {
                if let Some(mail) = mail.get_mut(&id)
                    && mail.take(passed.clone())
                {
                    let event = RunEvent::Message(kp_report::Message {
                        scenario: id,
                        direction: passed.direction,
                        message: name,
                        from: passed.from,
                        to: passed.to,
                        business_time: at.to_string(),
                        traceer_id: passed.traceer_id,
                        hub_verdict,
                        outside_checks,
                        findings: known_findings(passed.refused, checked.findings),
                        bytes,
                    });
                    self.run.journal.borrow_mut().tell(event);
                }
            }
            // What is ours is no doing of the system under test, such as the answer on a message that belongs to nobody.
            Owner::Nobody(_) if passed.direction == Direction::ToSut => {}
            Owner::Nobody(explanation) => self.unexpected(Unexpected {
                business_time: at.to_string(),
                message: name,
                from: passed.from,
                to: passed.to,
                traceer_id: passed.traceer_id,
                explanation,
                bytes,
            }),
        }
    }

    fn owner(&self, passed: &Passed, bericht: &Bericht, under_way: &BTreeSet<String>) -> Owner {
        let mut attribution = self.run.attribution.borrow_mut();
        let kop = passed.message.as_ref().map(|message| first(message, "Kop"));
        let identificatie = kop.as_ref().and_then(|kop| kop.get("identificatie"));
        let answers = passed
            .message
            .as_ref()
            .is_some_and(|message| message.message_type().kind != MessageKind::Heenbericht);
        let known = attribution.of_message(&passed.traceer_id).map(str::to_owned);
        let owner = match known.filter(|scenario| under_way.contains(scenario)) {
            Some(scenario) => Owner::Scenario(scenario),
            None => attribution.owner(
                &Traces {
                    als_antwoord_op: passed.als_antwoord_op.as_deref(),
                    repeats: identificatie.filter(|_| answers),
                    counterparty: match passed.direction {
                        Direction::FromSut => &passed.to,
                        Direction::ToSut => &passed.from,
                    },
                    xml: &bericht.xml,
                },
                under_way,
            ),
        };
        if let Owner::Scenario(scenario) = &owner {
            attribution.remember(scenario, &passed.traceer_id);
            if let (Direction::ToSut, Some(identificatie)) = (passed.direction, identificatie) {
                attribution.identify(scenario, identificatie);
            }
        }
        owner
    }

    fn unexpected(&mut self, unexpected: Unexpected) {
        self.unexpected += 1;
        if self.unexpected <= UNEXPECTED_MAX {
            self.run
                .journal
                .borrow_mut()
                .tell(RunEvent::Unexpected(unexpected));
        } else if self.unexpected == UNEXPECTED_MAX + 1 {
            let explanation = format!(
                "Er kwamen meer dan {UNEXPECTED_MAX} onverwachte berichten; de volgende worden niet getoond."
            );
            let event = RunEvent::Unexpected(Unexpected {
                explanation,
                bytes: MessageBytes::default(),
                ..unexpected
            });
            self.run.journal.borrow_mut().tell(event);
        }
    }
}

impl Mail {
    /// What came since the last time; a halt that came with it goes first.
    pub(crate) fn open(&mut self) -> Result<Opened, Halt> {
        if let Some(stumble) = self.stumble.take() {
            return Err(stumble.into());
        }
        if let Some(flood) = &self.flood {
            return Err(flood.clone().into());
        }
        Ok(Opened {
            messages: std::mem::take(&mut self.messages),
            judged: std::mem::take(&mut self.judged),
        })
    }

    /// Takes nothing in any more.
    pub(crate) fn close(&mut self) {
        self.is_closed = true;
    }

    /// Takes a message in; whether there is room for it.
    fn take(&mut self, passed: Passed) -> bool {
        if self.is_closed {
            return false;
        }
        self.from_sut += usize::from(passed.direction == Direction::FromSut);
        if self.from_sut > MESSAGES_MAX {
            self.flood.get_or_insert_with(|| Fault {
                expected: format!("hooguit {MESSAGES_MAX} berichten in een scenario"),
                got: format!("meer dan {MESSAGES_MAX} berichten"),
                explanation: "Het product blijft berichten sturen. De volgende zijn niet meer gelezen; zoek waarom het herhaalt.".to_owned(),
            });
            return false;
        }
        self.messages.push(passed);
        true
    }
}

/// What is wrong with a message: what the hub found, which may have asked the rules too, else what its form shows.
fn known_findings(refused: Option<Refusal>, found: Vec<Finding>) -> Vec<Finding> {
    let of_hub = refused.map(|refusal| refusal.findings).unwrap_or_default();
    if of_hub.is_empty() { found } else { of_hub }
}

/// Notes what became of something a gemeente did; what went wrong is told to the scenario that asked for it.
fn acted(run: &Run, told: GemeenteOutput, mail: &mut BTreeMap<String, Mail>) -> Result<(), Stumble> {
    let (act, what) = match told {
        GemeenteOutput::Acted {
            act,
            outcome: Outcome::Sent { referentienummer },
        } => {
            let scenario = scenario_of(&act);
            run.attribution
                .borrow_mut()
                .sent(scenario, &referentienummer.to_string());
            return Ok(());
        }
        GemeenteOutput::Acted {
            act,
            outcome: Outcome::NotMade { reason },
        } => (act, reason),
        GemeenteOutput::Acted {
            act,
            outcome: Outcome::Refused(refusal),
        } => (
            act,
            format!(
                "the hub refused a message of ours with {}: {} ({})",
                refusal.code, refusal.title, refusal.detail
            ),
        ),
        GemeenteOutput::Failed { reason } => {
            // Whose message it was is not known, so that no scenario may be trusted.
            for mail in mail.values_mut() {
                mail.stumble = Some(Stumble(reason.clone()));
            }
            return Ok(());
        }
        GemeenteOutput::Request { .. } | GemeenteOutput::Judged { .. } => return Ok(()),
    };
    match mail.get_mut(scenario_of(&act)) {
        Some(mail) => mail.stumble = Some(Stumble(what)),
        None => return Err(Stumble(what)),
    }
    Ok(())
}

/// The name of an act of a scenario.
pub(crate) fn act_id(scenario: &str, number: u32) -> String {
    format!("{scenario} {number}")
}

/// The scenario that an act is of.
fn scenario_of(act: &str) -> &str {
    act.split(' ').next().unwrap_or_default()
}
