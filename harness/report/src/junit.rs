//! The report as JUnit XML, for the pages of a CI system.
//!
//! One suite a process, one case a scenario, and a suite `onverwacht` when something came in that
//! belongs to no scenario. There are no times, so equal runs give equal bytes. JUnit knows no
//! observed or waived: both are skipped, with their reason. Tests: `tests/it/junit.rs`.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::{
    error::ReportError,
    event::{ExpectationOutcome, Unexpected, WaiverRemark},
    outcome::Outcome,
    run::{RunReport, ScenarioReport},
    style::{Lang, Style, known, shown},
    terminal::{failure, run_name},
};

/// The report as JUnit XML.
///
/// # Errors
/// Returns an error when serialising fails.
pub fn render(report: &RunReport, lang: Lang) -> Result<String, ReportError> {
    let style = Style { color: false, lang };
    let mut junit = Report::new("ketenproef");
    let mut processes: Vec<&str> = Vec::new();
    for scenario in report.scenarios() {
        let process = scenario.plan.process.as_str();
        if !processes.contains(&process) {
            processes.push(process);
        }
    }
    for process in processes {
        let mut suite = TestSuite::new(known(process, lang));
        suite.add_property(("run", run_name(report, style).as_str()));
        suite.add_property(("opnieuw", report.replay()));
        let scenarios = report.scenarios().iter();
        suite.add_test_cases(
            scenarios
                .filter(|scenario| scenario.plan.process == process)
                .map(|scenario| test_case(report, scenario, style)),
        );
        junit.add_test_suite(suite);
    }
    if !report.unexpected().is_empty() {
        let mut suite = TestSuite::new("onverwacht");
        suite.add_test_cases(report.unexpected().iter().map(unexpected_case));
        junit.add_test_suite(suite);
    }
    if !report.waivers().is_empty() {
        let mut suite = TestSuite::new("ontheffing");
        suite.add_test_cases(report.waivers().iter().map(waiver_case));
        junit.add_test_suite(suite);
    }
    Ok(junit.to_string()?)
}

fn test_case(report: &RunReport, scenario: &ScenarioReport, style: Style) -> TestCase {
    let plan = &scenario.plan;
    let name = format!("{} {}", plan.id, plan.title);
    let mut case = TestCase::new(shown(&name), status(report, scenario, style));
    // A point divides packages and classes, and a release has one in its name.
    let release = plan.release.replace('.', "-");
    case.set_classname(format!("{}.{}.{release}", plan.role, plan.process));
    case
}

fn status(report: &RunReport, scenario: &ScenarioReport, style: Style) -> TestCaseStatus {
    let reason = scenario.outcome.reason(style.lang).unwrap_or_default();
    match &scenario.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            if let Some(expectation) = scenario.not_met().next() {
                status.set_message(first_line(&expectation.text, &expectation.outcome, style));
                status.set_type(shown(&expectation.rules.join(" ")));
            } else {
                status.set_message(style.word("zonder uitleg gezakt", "failed without explanation"));
            }
            status.set_description(failure(report, scenario, style));
            status
        }
        Outcome::Error { .. } => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(shown(&reason));
            status
        }
        Outcome::Skipped { .. } => skipped(&shown(&reason)),
        Outcome::Observed | Outcome::Waived { .. } => {
            let word = scenario.outcome.word(style.lang);
            skipped(format!("{word} {}", shown(&reason)).trim_end())
        }
    }
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

fn first_line(text: &str, outcome: &ExpectationOutcome, style: Style) -> String {
    let mut line = shown(text);
    if let ExpectationOutcome::NotMet {
        expected: Some(expected),
        got: Some(got),
        ..
    } = outcome
    {
        line.push_str(&format!(
            " ({} {}, {} {})",
            style.word("verwacht", "expected"),
            shown(expected),
            style.word("gekregen", "got"),
            shown(got)
        ));
    }
    line
}

fn waiver_case(remark: &WaiverRemark) -> TestCase {
    let explanation = shown(&remark.explanation);
    let status = if remark.fails {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(explanation);
        status
    } else {
        skipped(&explanation)
    };
    let mut case = TestCase::new(shown(&remark.id), status);
    case.set_classname("run.ontheffing");
    case
}

fn unexpected_case(unexpected: &Unexpected) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(shown(&unexpected.explanation));
    let name = format!("{} {}", unexpected.message, unexpected.traceer_id);
    let mut case = TestCase::new(shown(&name), status);
    case.set_classname("run.onverwacht");
    case
}
