//! The report as a JSON document (`ketenproef-report-2`).
//!
//! Its fields are a contract: `docs/schemas/report-2.json` names every one of them, and a test
//! holds both against each other (`tests/it/json.rs`). A new field means a new version; a reader may
//! trust that a later version still has the fields of this one.

use std::borrow::Cow;

use serde::Serialize;

use crate::{
    error::ReportError,
    event::{
        Direction, Execution, Expectation, ExpectationOutcome, HubVerdict, Message, Party, RuleSentence,
        RunName, Step, StepOutcome, Sut, Unexpected, WaiverRemark,
    },
    evidence,
    outcome::{Counts, Outcome, Verdict},
    run::{RunReport, ScenarioReport},
};

/// The report as a JSON document.
///
/// # Errors
/// Returns an error when serialising fails.
pub fn render(report: &RunReport) -> Result<String, ReportError> {
    with_execution(report, report.execution())
}

/// The report with another `uitvoering` than its own.
pub(crate) fn with_execution(report: &RunReport, execution: &Execution) -> Result<String, ReportError> {
    let document = ReportDocument {
        schema: "ketenproef-report-2",
        name: report.name(),
        sut: report.sut(),
        replay: report.replay(),
        verdict: report.verdict(),
        counts: report.counts(),
        scenarios: report.scenarios().iter().map(ScenarioDocument::of).collect(),
        rules: report.named_rules(),
        unexpected: report
            .unexpected()
            .iter()
            .enumerate()
            .map(|(index, unexpected)| UnexpectedDocument::of(unexpected, index))
            .collect(),
        waivers: report.waivers(),
        execution,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

#[derive(Serialize)]
struct ReportDocument<'a> {
    schema: &'static str,
    name: &'a RunName,
    sut: &'a Sut,
    replay: &'a str,
    verdict: Verdict,
    counts: Counts,
    scenarios: Vec<ScenarioDocument<'a>>,
    rules: Vec<&'a RuleSentence>,
    #[serde(rename = "onverwacht")]
    unexpected: Vec<UnexpectedDocument<'a>>,
    waivers: &'a [WaiverRemark],
    #[serde(rename = "uitvoering")]
    execution: &'a Execution,
}

#[derive(Serialize)]
struct ScenarioDocument<'a> {
    id: &'a str,
    title: &'a str,
    release: &'a str,
    role: &'a str,
    process: &'a str,
    tags: &'a [String],
    rules: &'a [String],
    in_profile: bool,
    parties: &'a [Party],
    outcome: &'a Outcome,
    steps: Vec<StepDocument<'a>>,
    expectations: Vec<ExpectationDocument<'a>>,
    messages: Vec<MessageDocument<'a>>,
}

#[derive(Serialize)]
struct StepDocument<'a> {
    keyword: &'a str,
    text: &'a str,
    outcome: StepOutcome,
    business_time: &'a str,
}

#[derive(Serialize)]
struct ExpectationDocument<'a> {
    text: &'a str,
    rules: &'a [String],
    literal: bool,
    traceer_id: Option<&'a str>,
    step: Option<usize>,
    outcome: &'a ExpectationOutcome,
}

#[derive(Serialize)]
struct MessageDocument<'a> {
    direction: Direction,
    message: &'a str,
    from: &'a str,
    to: &'a str,
    business_time: &'a str,
    traceer_id: &'a str,
    hub_verdict: &'a HubVerdict,
    outside_checks: bool,
    findings: &'a [kp_model::Finding],
    /// Its path in the evidence, which has the bytes themselves.
    file: String,
    bytes: Cow<'a, str>,
}

#[derive(Serialize)]
struct UnexpectedDocument<'a> {
    business_time: &'a str,
    message: &'a str,
    from: &'a str,
    to: &'a str,
    traceer_id: &'a str,
    explanation: &'a str,
    file: String,
    bytes: Cow<'a, str>,
}

impl<'a> ScenarioDocument<'a> {
    fn of(scenario: &'a ScenarioReport) -> Self {
        let plan = &scenario.plan;
        Self {
            id: &plan.id,
            title: &plan.title,
            release: &plan.release,
            role: &plan.role,
            process: &plan.process,
            tags: &plan.tags,
            rules: &plan.rules,
            in_profile: plan.in_profile,
            parties: &plan.parties,
            outcome: &scenario.outcome,
            steps: scenario.steps.iter().map(StepDocument::of).collect(),
            expectations: scenario
                .expectations
                .iter()
                .map(ExpectationDocument::of)
                .collect(),
            messages: (0..scenario.messages.len())
                .map(|index| MessageDocument::of(scenario, index))
                .collect(),
        }
    }
}

impl<'a> StepDocument<'a> {
    fn of(step: &'a Step) -> Self {
        Self {
            keyword: &step.keyword,
            text: &step.text,
            outcome: step.outcome,
            business_time: &step.business_time,
        }
    }
}

impl<'a> ExpectationDocument<'a> {
    fn of(expectation: &'a Expectation) -> Self {
        Self {
            text: &expectation.text,
            rules: &expectation.rules,
            literal: expectation.literal,
            traceer_id: expectation.traceer_id.as_deref(),
            step: expectation.step,
            outcome: &expectation.outcome,
        }
    }
}

impl<'a> MessageDocument<'a> {
    fn of(scenario: &'a ScenarioReport, index: usize) -> Self {
        let message: &Message = &scenario.messages[index];
        Self {
            direction: message.direction,
            message: &message.message,
            from: &message.from,
            to: &message.to,
            business_time: &message.business_time,
            traceer_id: &message.traceer_id,
            hub_verdict: &message.hub_verdict,
            outside_checks: message.outside_checks,
            findings: &message.findings,
            file: evidence::message_file(scenario, index),
            bytes: message.bytes.text(),
        }
    }
}

impl<'a> UnexpectedDocument<'a> {
    fn of(unexpected: &'a Unexpected, index: usize) -> Self {
        Self {
            business_time: &unexpected.business_time,
            message: &unexpected.message,
            from: &unexpected.from,
            to: &unexpected.to,
            traceer_id: &unexpected.traceer_id,
            explanation: &unexpected.explanation,
            file: evidence::unexpected_file(unexpected, index),
            bytes: unexpected.bytes.text(),
        }
    }
}
