//! The events of a run: what a runner tells while it works.
//!
//! Events are plain data with a stable JSON form (tag `event`). They are what happened, not how it
//! is shown, and they hold texts as they came in: masking is done where a report is built from
//! them (`run`). Tests: `tests/it/json.rs`.

use std::collections::BTreeMap;

use kp_model::{Finding, Release};
use serde::{Deserialize, Serialize};

use crate::{message_bytes::MessageBytes, outcome::Outcome};

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum RunEvent {
    /// The run begins; comes first.
    RunStarted(RunStarted),
    /// The run goes on after it was interrupted; what had ended stands and is told again.
    RunResumed {
        /// The scenarios that were under way and are run anew.
        begun: Vec<String>,
    },
    /// The first step of a scenario is about to run.
    ScenarioStarted {
        /// The scenario's id.
        id: String,
    },
    /// A step of a scenario ended.
    Step(Step),
    /// A message passed the hub, or was refused by it.
    Message(Message),
    /// The receiver of a message asked the rules, and they found something in it; comes after the message.
    Judged {
        /// The scenario's id.
        scenario: String,
        /// The id under which the hub carries the message.
        traceer_id: String,
        /// What they found, in document order.
        findings: Vec<Finding>,
    },
    /// An expectation was judged.
    Expectation(Expectation),
    /// A scenario has its outcome; also sent for a scenario that never started.
    ScenarioFinished {
        /// The scenario's id.
        id: String,
        /// How it ended.
        outcome: Outcome,
    },
    /// The system under test sent something that belongs to no scenario. It fails the run.
    #[serde(rename = "onverwacht")]
    Unexpected(Unexpected),
    /// A waiver did not do what it is for.
    Waiver(WaiverRemark),
    /// The run ended; comes last.
    RunFinished {
        /// What may differ from an equal run.
        execution: Execution,
    },
}

/// The beginning of a run: its name, whom it judges and what it is going to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStarted {
    /// What two equal runs have in common.
    pub name: RunName,
    /// The system under test.
    pub sut: Sut,
    /// The command that runs this again, without options that cannot change an outcome
    /// (the output folder, the number of jobs).
    pub replay: String,
    /// The scenarios in the order of the plan, those that will be skipped included.
    pub planned: Vec<PlannedScenario>,
    /// What the rules of the releases say; a report tells of those that something in it names.
    #[serde(default)]
    pub rules: Vec<RuleSentence>,
}

/// What a rule of a release says, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSentence {
    /// The release, as in `iwmo-3.2`.
    pub release: String,
    /// The published code.
    pub code: String,
    /// What it says, in Dutch.
    pub nl: String,
    /// What it says, in English.
    pub en: String,
    /// Whether it is published, inferred or assumed.
    pub basis: String,
}

impl RuleSentence {
    /// What the rules of a release say.
    pub fn of_release(release: &Release) -> impl Iterator<Item = Self> {
        release.rules().values().map(|rule| Self {
            release: release.id().to_string(),
            code: rule.code.clone(),
            nl: rule.nl.clone(),
            en: rule.en.clone(),
            basis: rule.basis.clone(),
        })
    }
}

/// The name of a run: two runs with equal names give equal outcomes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunName {
    /// The commit that this tool was built from.
    pub commit: String,
    /// The releases that the run judges by.
    pub releases: Vec<ReleaseName>,
    /// The seed of every random stream.
    pub seed: u64,
    /// The digest of the configuration and the description of the system under test.
    pub configuration: String,
}

/// A release and the digest of its flattened data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseName {
    /// The release's id, as in `iwmo-3.2`.
    pub id: String,
    /// The digest over its flat form.
    pub digest: String,
}

/// The system under test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sut {
    /// The product's name.
    pub name: String,
    /// The product's version.
    pub version: String,
    /// The role that it plays in the chain.
    pub role: String,
    /// The releases that it says it supports.
    pub releases: Vec<String>,
}

/// A scenario as it stands in the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedScenario {
    /// The scenario's id, unique in the run.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The release that it belongs to.
    pub release: String,
    /// The role of the system under test.
    pub role: String,
    /// The process of the standard that it exercises.
    pub process: String,
    /// Its tags, without `@`.
    pub tags: Vec<String>,
    /// The published rules that it rests on.
    pub rules: Vec<String>,
    /// Whether it must pass for the run to be geslaagd.
    pub in_profile: bool,
    /// The parties by the names of the scenario.
    #[serde(default)]
    pub parties: Vec<Party>,
}

/// A party as a scenario calls it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The name in the scenario, as in `G1`.
    pub name: String,
    /// The code that stands in messages.
    pub code: String,
}

/// A step of a scenario that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The scenario's id.
    pub scenario: String,
    /// The keyword, as in `Gegeven`.
    pub keyword: String,
    /// The sentence after the keyword.
    pub text: String,
    /// How it ended.
    pub outcome: StepOutcome,
    /// The civil time of the scenario, as in `2025-12-15T09:00:00`.
    pub business_time: String,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepOutcome {
    /// It did what it says.
    Passed,
    /// It did not.
    Failed,
    /// It was left out, because an earlier step ended the scenario.
    Skipped,
}

/// A message between the system under test and a party of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The scenario's id.
    pub scenario: String,
    /// Who sent it.
    pub direction: Direction,
    /// The code of the message, as in `JW301`; empty when it was not recognised.
    pub message: String,
    /// The sender's name.
    pub from: String,
    /// The receiver's name.
    pub to: String,
    /// The civil time of the scenario at which the hub received it.
    pub business_time: String,
    /// The id under which the hub carries it.
    pub traceer_id: String,
    /// What the hub did with it.
    pub hub_verdict: HubVerdict,
    /// Whether a step delivered it past the hub's checks.
    #[serde(default)]
    pub outside_checks: bool,
    /// What is wrong with it, in document order.
    pub findings: Vec<Finding>,
    /// What was sent, to the byte.
    pub bytes: MessageBytes,
}

/// The direction of a message, seen from the system under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// Sent by the system under test.
    #[serde(rename = "van SUT")]
    FromSut,
    /// Sent to the system under test.
    #[serde(rename = "naar SUT")]
    ToSut,
}

/// What the hub did with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum HubVerdict {
    /// It was brought to the receiver.
    Delivered,
    /// It was refused.
    Refused {
        /// The hub's fault code, as published.
        code: String,
        /// The hub's words.
        text: String,
    },
}

/// An expectation of a scenario, judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// The scenario's id.
    pub scenario: String,
    /// What is expected, as a sentence.
    pub text: String,
    /// The published rules that it rests on.
    pub rules: Vec<String>,
    /// Whether the standard says this literally; a derivation of our own decides nothing.
    pub literal: bool,
    /// The traceerId of the message that it speaks about.
    #[serde(default)]
    pub traceer_id: Option<String>,
    /// The step that it was judged in, counted from 0; none when no step was under way.
    #[serde(default)]
    pub step: Option<usize>,
    /// Whether it was met.
    pub outcome: ExpectationOutcome,
}

/// Whether an expectation was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum ExpectationOutcome {
    /// It was met.
    Met,
    /// It was not met.
    NotMet {
        /// What should have been.
        expected: Option<String>,
        /// What was.
        got: Option<String>,
        /// The broken rule, with its place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        finding: Option<Box<Finding>>,
        /// What this means, in Dutch, for who has to repair it.
        explanation: String,
    },
}

/// Something from the system under test that belongs to no scenario.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unexpected {
    /// The civil time at which it came in.
    pub business_time: String,
    /// The code of the message, empty when it is none.
    pub message: String,
    /// The sender's name, as far as known.
    pub from: String,
    /// The receiver's name, as far as known.
    pub to: String,
    /// The id under which the hub carries it, empty when it has none.
    pub traceer_id: String,
    /// Why it fits nowhere, in Dutch.
    pub explanation: String,
    /// What came in, to the byte.
    pub bytes: MessageBytes,
}

/// Why a waiver did not do what it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaiverRemark {
    /// The id of the waiver.
    pub id: String,
    /// What is the matter, in Dutch.
    pub explanation: String,
    /// Whether it fails the run: a waiver that is no longer needed does.
    pub fails: bool,
}

/// Whatever may differ between two equal runs: the object `uitvoering` of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// The wall clock at the start, as in `2026-11-22T03:49:00Z`.
    pub started: String,
    /// How long the run took.
    pub duration_ms: u64,
    /// The machine.
    pub host: String,
    /// The ports that were listened on, by the name of their use.
    pub ports: BTreeMap<String, u16>,
    /// The fingerprints of the certificates in use.
    #[serde(default)]
    pub certificates: Vec<String>,
}
