//! The report of a run, built up event by event.
//!
//! Scenarios stand in the order of the plan and keep their own events, so events of scenarios that
//! ran beside each other may come in any interleaving. Personal numbers are masked on the way in:
//! no renderer sees one. Nothing is judged here; the verdict follows from the outcomes.
//! Tests: `tests/it/run.rs`.

use std::collections::BTreeSet;

use crate::{
    event::{
        Execution, Expectation, ExpectationOutcome, HubVerdict, Message, PlannedScenario, RuleSentence,
        RunEvent, RunName, RunStarted, Step, Sut, Unexpected, WaiverRemark,
    },
    outcome::{Counts, Outcome, Verdict},
    privacy::{mask_finding, mask_sent, mask_text},
};

/// Everything that a report tells about a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunReport {
    name: RunName,
    sut: Sut,
    replay: String,
    scenarios: Vec<ScenarioReport>,
    planned: usize,
    rules: Vec<RuleSentence>,
    unexpected: Vec<Unexpected>,
    waivers: Vec<WaiverRemark>,
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
    pub fn apply(&mut self, mut event: RunEvent) {
        event.mask();
        match event {
            RunEvent::RunStarted(started) => self.start(started),
            RunEvent::RunResumed { .. } => {}
            RunEvent::ScenarioStarted { id } => {
                self.scenario(&id);
            }
            RunEvent::Step(step) => self.scenario(&step.scenario).steps.push(step),
            RunEvent::Message(message) => self.scenario(&message.scenario).messages.push(message),
            RunEvent::Judged {
                scenario,
                traceer_id,
                findings,
            } => {
                let mut messages = self.scenario(&scenario).messages.iter_mut();
                if let Some(message) = messages.find(|message| message.traceer_id == traceer_id) {
                    message.findings.extend(findings);
                }
            }
            RunEvent::Expectation(expectation) => {
                let scenario = self.scenario(&expectation.scenario);
                scenario.expectations.push(expectation);
            }
            RunEvent::ScenarioFinished { id, outcome } => self.scenario(&id).outcome = outcome,
            RunEvent::Unexpected(unexpected) => {
                let place = self.unexpected.partition_point(|other| *other < unexpected);
                self.unexpected.insert(place, unexpected);
            }
            RunEvent::Waiver(remark) => self.waivers.push(remark),
            RunEvent::RunFinished { execution } => self.execution = execution,
        }
    }

    /// The verdict over the run.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let outcomes = self.scenarios.iter();
        Verdict::of(
            outcomes.map(|scenario| (scenario.plan.in_profile, &scenario.outcome)),
            self.unexpected.len() + self.waivers.iter().filter(|remark| remark.fails).count(),
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

    /// The command that runs one scenario again, and nothing else.
    #[must_use]
    pub fn replay_of(&self, scenario: &ScenarioReport) -> String {
        let mut words = Vec::new();
        let mut given = self.replay.split(' ');
        while let Some(word) = given.next() {
            if word == "--only" {
                given.next();
            } else {
                words.push(word);
            }
        }
        format!("{} --only {}", words.join(" "), scenario.plan.id)
    }

    /// What a rule of a release says, when that is known.
    #[must_use]
    pub fn rule(&self, release: &str, code: &str) -> Option<&RuleSentence> {
        let mut rules = self.rules.iter();
        rules.find(|rule| rule.release == release && rule.code == code)
    }

    /// The rules that a scenario, an expectation or a finding names, by release and code, as far as they are known.
    #[must_use]
    pub fn named_rules(&self) -> Vec<&RuleSentence> {
        let named: BTreeSet<(&str, &str)> = self.scenarios.iter().flat_map(ScenarioReport::rules).collect();
        named
            .into_iter()
            .filter_map(|(release, code)| self.rule(release, code))
            .collect()
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

    /// The waivers that did not do what they are for, in the order of their file.
    #[must_use]
    pub fn waivers(&self) -> &[WaiverRemark] {
        &self.waivers
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
        self.rules = started.rules;
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

    /// The rules that it names, each with its release.
    fn rules(&self) -> impl Iterator<Item = (&str, &str)> {
        let of_expectations = self
            .expectations
            .iter()
            .flat_map(|expectation| &expectation.rules);
        let of_findings = self.messages.iter().flat_map(|message| &message.findings);
        self.plan
            .rules
            .iter()
            .chain(of_expectations)
            .chain(of_findings.map(|finding| &finding.rule))
            .map(|code| (self.plan.release.as_str(), code.as_str()))
    }

    /// The name of a party in the scenario; its code when it has none.
    pub(crate) fn party<'a>(&'a self, code: &'a str) -> &'a str {
        let mut parties = self.plan.parties.iter();
        let party = parties.find(|party| party.code == code);
        party.map_or(code, |party| party.name.as_str())
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
        Some(&self.messages[self.place_of(expectation)?])
    }

    /// The place among the messages of the one that an expectation speaks about.
    pub(crate) fn place_of(&self, expectation: &Expectation) -> Option<usize> {
        let named = expectation.traceer_id.as_ref().and_then(|id| {
            let mut messages = self.messages.iter();
            messages.position(|message| message.traceer_id == *id)
        });
        named.or_else(|| match &expectation.outcome {
            ExpectationOutcome::NotMet {
                finding: Some(finding),
                ..
            } => self
                .messages
                .iter()
                .position(|message| message.findings.contains(finding)),
            ExpectationOutcome::NotMet { finding: None, .. } | ExpectationOutcome::Met => None,
        })
    }

    /// The expectations about a message that were not met.
    pub(crate) fn not_met_about(&self, place: usize) -> impl Iterator<Item = &Expectation> {
        self.not_met()
            .filter(move |expectation| self.place_of(expectation) == Some(place))
    }
}

impl RunEvent {
    /// Masks every text that may hold the number of a living person; what is masked stays so.
    pub fn mask(&mut self) {
        match self {
            Self::Step(step) => mask_text(&mut step.text),
            Self::Message(message) => mask_message(message),
            Self::Judged { findings, .. } => findings.iter_mut().for_each(mask_finding),
            Self::Expectation(expectation) => mask_expectation(expectation),
            Self::ScenarioFinished { outcome, .. } => mask_outcome(outcome),
            Self::Unexpected(unexpected) => mask_unexpected(unexpected),
            Self::Waiver(remark) => mask_text(&mut remark.explanation),
            Self::RunStarted(_)
            | Self::RunResumed { .. }
            | Self::ScenarioStarted { .. }
            | Self::RunFinished { .. } => {}
        }
    }
}

fn mask_message(message: &mut Message) {
    // An envelope says what its sender wrote into it.
    let Message {
        message: name,
        from,
        to,
        traceer_id,
        ..
    } = message;
    [name, from, to, traceer_id].into_iter().for_each(mask_text);
    mask_sent(&mut message.bytes);
    message.findings.iter_mut().for_each(mask_finding);
    if let HubVerdict::Refused { code, text } = &mut message.hub_verdict {
        [code, text].into_iter().for_each(mask_text);
    }
}

fn mask_unexpected(unexpected: &mut Unexpected) {
    let Unexpected {
        message,
        from,
        to,
        traceer_id,
        explanation,
        ..
    } = unexpected;
    [message, from, to, traceer_id, explanation]
        .into_iter()
        .for_each(mask_text);
    mask_sent(&mut unexpected.bytes);
}

fn mask_expectation(expectation: &mut Expectation) {
    mask_text(&mut expectation.text);
    // It names its message as that is named.
    expectation.traceer_id.iter_mut().for_each(mask_text);
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
