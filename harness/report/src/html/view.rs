//! What the HTML page shows of a run and its scenarios: texts made safe to read.
//!
//! Messages are prepared in `message`; escaping for HTML is left to the template engine.
//! Tests: `tests/it/html.rs`.

use minijinja::{Value, value::Serde};
use serde::Serialize;

use super::message::{FindingView, LineView, MessageView, lines};
use crate::{
    event::{Execution, Expectation, ExpectationOutcome, StepOutcome, Unexpected},
    excerpt::excerpts,
    outcome::Outcome,
    run::{RunReport, ScenarioReport},
    style::{Lang, Style, known, shown},
    terminal::run_name,
};

/// The values for the page's template.
pub(super) fn page(report: &RunReport) -> Value {
    let counts = report.counts();
    let counts = [
        (counts.passed, "geslaagd"),
        (counts.failed, "gezakt"),
        (counts.skipped, "overgeslagen"),
        (counts.observed, "waargenomen"),
        (counts.waived, "ontheven"),
        (counts.error, "onze fout"),
        (counts.unexpected, "onverwacht"),
    ];
    let sut = report.sut();
    Value::from(Serde(Page {
        verdict: report.verdict().word(),
        sut: format!("{} {}", shown(&sut.name), shown(&sut.version)),
        role: shown(&sut.role),
        releases: report
            .name()
            .releases
            .iter()
            .map(|release| release.id.clone())
            .collect(),
        counts: counts
            .into_iter()
            .enumerate()
            .filter(|(place, (count, _))| *place < 3 || *count > 0)
            .map(|(_, (count, word))| CountView { count, word })
            .collect(),
        run_name: run_name(report, Style::default()),
        replay: report.replay(),
        scenarios: report.scenarios().iter().map(ScenarioView::of).collect(),
        unexpected: report.unexpected().iter().map(UnexpectedView::of).collect(),
        execution: report.execution(),
    }))
}

#[derive(Serialize)]
struct Page<'a> {
    verdict: &'static str,
    sut: String,
    role: String,
    releases: Vec<String>,
    counts: Vec<CountView>,
    run_name: String,
    replay: &'a str,
    scenarios: Vec<ScenarioView>,
    unexpected: Vec<UnexpectedView>,
    execution: &'a Execution,
}

#[derive(Serialize)]
struct CountView {
    count: usize,
    word: &'static str,
}

#[derive(Serialize)]
struct UnexpectedView {
    name: String,
    from: String,
    to: String,
    business_time: String,
    explanation: String,
    lines: Vec<LineView>,
}

#[derive(Serialize)]
struct ScenarioView {
    id: String,
    title: String,
    release: String,
    role: String,
    process: String,
    tags: Vec<String>,
    rules: Vec<String>,
    in_profile: bool,
    class: &'static str,
    sign: &'static str,
    word: &'static str,
    reason: Option<String>,
    steps: Vec<StepView>,
    expectations: Vec<ExpectationView>,
    messages: Vec<MessageView>,
}

#[derive(Serialize)]
struct StepView {
    sign: &'static str,
    word: &'static str,
    keyword: String,
    text: String,
    business_time: String,
}

#[derive(Serialize)]
struct ExpectationView {
    is_met: bool,
    literal: bool,
    text: String,
    rules: Vec<String>,
    expected: Option<String>,
    got: Option<String>,
    explanation: Vec<String>,
    finding: Option<FindingView>,
}

impl UnexpectedView {
    fn of(unexpected: &Unexpected) -> Self {
        Self {
            name: known(&unexpected.message),
            from: known(&unexpected.from),
            to: known(&unexpected.to),
            business_time: shown(&unexpected.business_time),
            explanation: shown(&unexpected.explanation),
            lines: lines(&unexpected.bytes, &[]),
        }
    }
}

impl ScenarioView {
    fn of(scenario: &ScenarioReport) -> Self {
        let plan = &scenario.plan;
        let (class, sign) = match &scenario.outcome {
            Outcome::Passed => ("good", "✓"),
            Outcome::Failed | Outcome::Error { .. } => ("bad", "✗"),
            Outcome::Observed | Outcome::Skipped { .. } | Outcome::Waived { .. } => ("neither", "–"),
        };
        let expectations = scenario.expectations.iter();
        Self {
            id: shown(&plan.id),
            title: shown(&plan.title),
            release: plan.release.clone(),
            role: plan.role.clone(),
            process: plan.process.clone(),
            tags: plan.tags.clone(),
            rules: plan.rules.clone(),
            in_profile: plan.in_profile,
            class,
            sign,
            word: scenario.outcome.word(Lang::Nl),
            reason: scenario.outcome.reason(Lang::Nl).map(|reason| shown(&reason)),
            steps: scenario
                .steps
                .iter()
                .map(|step| {
                    let (sign, word) = match step.outcome {
                        StepOutcome::Passed => ("✓", "gelukt"),
                        StepOutcome::Failed => ("✗", "mislukt"),
                        StepOutcome::Skipped => ("–", "overgeslagen"),
                    };
                    StepView {
                        sign,
                        word,
                        keyword: shown(&step.keyword),
                        text: shown(&step.text),
                        business_time: shown(&step.business_time),
                    }
                })
                .collect(),
            expectations: expectations
                .map(|expectation| ExpectationView::of(scenario, expectation))
                .collect(),
            messages: scenario.messages.iter().map(MessageView::of).collect(),
        }
    }
}

impl ExpectationView {
    fn of(scenario: &ScenarioReport, expectation: &Expectation) -> Self {
        let mut view = Self {
            is_met: true,
            literal: expectation.literal,
            text: shown(&expectation.text),
            rules: expectation.rules.clone(),
            expected: None,
            got: None,
            explanation: Vec::new(),
            finding: None,
        };
        if let ExpectationOutcome::NotMet {
            expected,
            got,
            finding,
            explanation,
        } = &expectation.outcome
        {
            view.is_met = false;
            view.expected = expected.as_deref().map(shown);
            view.got = got.as_deref().map(shown);
            view.explanation = explanation.lines().map(shown).collect();
            view.finding = finding.as_deref().map(|finding| {
                let message = scenario.message_of(expectation);
                let source = message.map_or("", |message| message.bytes.as_str());
                let excerpt = excerpts(source.as_bytes(), std::slice::from_ref(finding)).remove(0);
                FindingView::of(finding, excerpt.filter(|_| message.is_some()).as_ref())
            });
        }
        view
    }
}
