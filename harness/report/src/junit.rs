//! The report as JUnit XML, for the pages of a CI system.
//!
//! One suite a release, one case a scenario, and a suite `onverwacht` when something came in that
//! belongs to no scenario. There are no times, so equal runs give equal bytes. JUnit knows no
//! observed or waived: both are skipped, with their reason. Tests: `tests/it/junit.rs`.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::{
    error::ReportError,
    event::{ExpectationOutcome, Unexpected},
    outcome::Outcome,
    run::{RunReport, ScenarioReport},
    style::{Lang, Style, shown},
    terminal::{failure, run_name},
};

const STYLE: Style = Style {
    color: false,
    lang: Lang::Nl,
};

/// The report as JUnit XML.
///
/// # Errors
/// Returns an error when serialising fails.
pub fn render(report: &RunReport) -> Result<String, ReportError> {
    let mut junit = Report::new("ketenproef");
    let mut releases: Vec<&str> = Vec::new();
    for scenario in report.scenarios() {
        let release = scenario.plan.release.as_str();
        if !releases.contains(&release) {
            releases.push(release);
        }
    }
    for release in releases {
        let mut suite = TestSuite::new(release);
        suite.add_property(("run", run_name(report, STYLE).as_str()));
        suite.add_property(("opnieuw", report.replay()));
        let scenarios = report.scenarios().iter();
        suite.add_test_cases(
            scenarios
                .filter(|scenario| scenario.plan.release == release)
                .map(test_case),
        );
        junit.add_test_suite(suite);
    }
    if !report.unexpected().is_empty() {
        let mut suite = TestSuite::new("onverwacht");
        suite.add_test_cases(report.unexpected().iter().map(unexpected_case));
        junit.add_test_suite(suite);
    }
    Ok(junit.to_string()?)
}

fn test_case(scenario: &ScenarioReport) -> TestCase {
    let plan = &scenario.plan;
    let name = format!("{} {}", plan.id, plan.title);
    let mut case = TestCase::new(shown(&name), status(scenario));
    case.set_classname(format!("{}.{}", plan.role, plan.process));
    case
}

fn status(scenario: &ScenarioReport) -> TestCaseStatus {
    let reason = scenario.outcome.reason(STYLE.lang).unwrap_or_default();
    match &scenario.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            if let Some(expectation) = scenario.not_met().next() {
                status.set_message(first_line(&expectation.text, &expectation.outcome));
                status.set_type(shown(&expectation.rules.join(" ")));
            } else {
                status.set_message("zonder uitleg gezakt");
            }
            status.set_description(failure(scenario, STYLE));
            status
        }
        Outcome::Error { .. } => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(shown(&reason));
            status
        }
        Outcome::Skipped { .. } => skipped(&shown(&reason)),
        Outcome::Observed | Outcome::Waived { .. } => {
            let word = scenario.outcome.word(STYLE.lang);
            skipped(format!("{word} {}", shown(&reason)).trim_end())
        }
    }
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

fn first_line(text: &str, outcome: &ExpectationOutcome) -> String {
    let mut line = shown(text);
    if let ExpectationOutcome::NotMet {
        expected: Some(expected),
        got: Some(got),
        ..
    } = outcome
    {
        line.push_str(&format!(
            " (verwacht {}, gekregen {})",
            shown(expected),
            shown(got)
        ));
    }
    line
}

fn unexpected_case(unexpected: &Unexpected) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(shown(&unexpected.explanation));
    let name = format!("{} {}", unexpected.message, unexpected.traceer_id);
    let mut case = TestCase::new(shown(&name), status);
    case.set_classname("run.onverwacht");
    case
}
