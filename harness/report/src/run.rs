//! The report of a run, built up event by event.
//!
//! Scenarios stand in the order of the plan and keep their own events, so events of scenarios that
//! ran beside each other may come in any interleaving. Personal numbers are masked on the way in:
//! no renderer sees one. Nothing is judged here; the verdict follows from the outcomes.
//! Tests: `tests/it/run.rs`.

use crate::{
    event::{
        Execution, Expectation, ExpectationOutcome, HubVerdict, Message, PlannedScenario, RunEvent, RunName,
        RunStarted, Step, Sut, Unexpected,
    },
    outcome::{Counts, Outcome, Verdict},
    privacy::{mask_finding, mask_text},
};

/// Everything that a report tells about a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunReport {
    name: RunName,
    sut: Sut,
    replay: String,
    scenarios: Vec<ScenarioReport>,
    planned: usize,
    unexpected: Vec<Unexpected>,
    execution: Execution,
}

/// Everything that a report tells about one scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioReport {
    /// The scenario as planned.
    pub plan: PlannedScenario,
    /// How it ended; an error of ours as long as it has not.
    pub outcome: Outcome,
    /// The steps that ended, in order.
    pub steps: Vec<Step>,
    /// The messages, in order.
    pub messages: Vec<Message>,
    /// The expectations that were judged, in order.
    pub expectations: Vec<Expectation>,
}

impl RunReport {
    /// A report of a run that has not begun.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in what happened next.
    pub fn apply(&mut self, event: RunEvent) {
        match event {
            RunEvent::RunStarted(started) => self.start(started),
            RunEvent::ScenarioStarted { id } => {
                self.scenario(&id);
            }
            RunEvent::Step(mut step) => {
                mask_text(&mut step.text);
                self.scenario(&step.scenario).steps.push(step);
            }
            RunEvent::Message(mut message) => {
                mask_message(&mut message);
                self.scenario(&message.scenario).messages.push(message);
            }
            RunEvent::Expectation(mut expectation) => {
                mask_expectation(&mut expectation);
                let scenario = self.scenario(&expectation.scenario);
                scenario.expectations.push(expectation);
            }
            RunEvent::ScenarioFinished { id, mut outcome } => {
                mask_outcome(&mut outcome);
                self.scenario(&id).outcome = outcome;
            }
            RunEvent::Unexpected(mut unexpected) => {
                mask_text(&mut unexpected.explanation);
                mask_text(&mut unexpected.bytes);
                let place = self.unexpected.partition_point(|other| *other < unexpected);
                self.unexpected.insert(place, unexpected);
            }
            RunEvent::RunFinished { execution } => self.execution = execution,
        }
    }

    /// The verdict over the run.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let outcomes = self.scenarios.iter();
        Verdict::of(
            outcomes.map(|scenario| (scenario.plan.in_profile, &scenario.outcome)),
            self.unexpected.len(),
        )
    }

    /// How many scenarios ended in which way.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let outcomes = self.scenarios.iter().map(|scenario| &scenario.outcome);
        Counts::of(outcomes, self.unexpected.len())
    }

    /// What names the run.
    #[must_use]
    pub fn name(&self) -> &RunName {
        &self.name
    }

    /// The system under test.
    #[must_use]
    pub fn sut(&self) -> &Sut {
        &self.sut
    }

    /// The command that runs this again.
    #[must_use]
    pub fn replay(&self) -> &str {
        &self.replay
    }

    /// The scenarios in the order of the plan; one that was not planned comes after, by its id.
    #[must_use]
    pub fn scenarios(&self) -> &[ScenarioReport] {
        &self.scenarios
    }

    /// What came in and belongs to no scenario, by business time.
    #[must_use]
    pub fn unexpected(&self) -> &[Unexpected] {
        &self.unexpected
    }

    /// What may differ from an equal run.
    #[must_use]
    pub fn execution(&self) -> &Execution {
        &self.execution
    }

    fn start(&mut self, started: RunStarted) {
        self.name = started.name;
        self.sut = started.sut;
        self.replay = started.replay;
        self.planned = started.planned.len();
        self.scenarios = started.planned.into_iter().map(ScenarioReport::new).collect();
    }

    fn scenario(&mut self, id: &str) -> &mut ScenarioReport {
        let (planned, others) = self.scenarios.split_at(self.planned);
        let in_plan = planned.iter().position(|scenario| scenario.plan.id == id);
        let beside = others.binary_search_by(|scenario| scenario.plan.id.as_str().cmp(id));
        let index = match (in_plan, beside) {
            (Some(index), _) => index,
            (None, Ok(index)) => self.planned + index,
            (None, Err(index)) => {
                let plan = PlannedScenario {
                    id: id.to_owned(),
                    title: "staat niet in het plan".to_owned(),
                    ..PlannedScenario::default()
                };
                let index = self.planned + index;
                self.scenarios.insert(index, ScenarioReport::new(plan));
                index
            }
        };
        &mut self.scenarios[index]
    }
}

impl ScenarioReport {
    fn new(plan: PlannedScenario) -> Self {
        Self {
            plan,
            outcome: Outcome::unfinished(),
            steps: Vec::new(),
            messages: Vec::new(),
            expectations: Vec::new(),
        }
    }

    /// The expectations that were not met, those that decide first.
    pub(crate) fn not_met(&self) -> impl Iterator<Item = &Expectation> {
        let not_met = |literal: bool| {
            self.expectations.iter().filter(move |expectation| {
                expectation.literal == literal && expectation.outcome != ExpectationOutcome::Met
            })
        };
        not_met(true).chain(not_met(false))
    }

    /// The message that an expectation speaks about.
    pub(crate) fn message_of(&self, expectation: &Expectation) -> Option<&Message> {
        let named = expectation.traceer_id.as_ref().and_then(|id| {
            let mut messages = self.messages.iter();
            messages.find(|message| message.traceer_id == *id)
        });
        named.or_else(|| match &expectation.outcome {
            ExpectationOutcome::NotMet {
                finding: Some(finding),
                ..
            } => self
                .messages
                .iter()
                .find(|message| message.findings.contains(finding)),
            ExpectationOutcome::NotMet { finding: None, .. } | ExpectationOutcome::Met => None,
        })
    }
}

fn mask_message(message: &mut Message) {
    mask_text(&mut message.bytes);
    message.findings.iter_mut().for_each(mask_finding);
    if let HubVerdict::Refused { text, .. } = &mut message.hub_verdict {
        mask_text(text);
    }
}

fn mask_expectation(expectation: &mut Expectation) {
    mask_text(&mut expectation.text);
    if let ExpectationOutcome::NotMet {
        expected,
        got,
        finding,
        explanation,
    } = &mut expectation.outcome
    {
        mask_text(explanation);
        [expected, got].into_iter().flatten().for_each(mask_text);
        if let Some(finding) = finding {
            mask_finding(finding);
        }
    }
}

fn mask_outcome(outcome: &mut Outcome) {
    match outcome {
        Outcome::Skipped { reason } | Outcome::Waived { reason, .. } => mask_text(reason),
        Outcome::Error { what } => mask_text(what),
        Outcome::Passed | Outcome::Failed | Outcome::Observed => {}
    }
}
