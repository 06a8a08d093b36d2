//! The report as a whole: the order of the plan, equal bytes, and masking in every renderer.

use kp_model::Severity;
use kp_report::{
    Execution, ExpectationOutcome, Lang, Outcome, RunEvent, RunReport, StepOutcome, Style, Verdict, html,
    json, junit, terminal,
};
use proptest::prelude::*;

use crate::sample::{self, expectation, finished, step};

fn renderings(report: &RunReport) -> Vec<String> {
    let mut renderings: Vec<_> = [Lang::Nl, Lang::En]
        .into_iter()
        .flat_map(|lang| [false, true].map(|color| terminal::summary(report, Style { color, lang })))
        .collect();
    renderings.push(html::render(report, Lang::Nl).expect("renders"));
    renderings.push(json::render(report).expect("renders"));
    renderings.push(junit::render(report, Lang::Nl).expect("renders"));
    renderings
}

#[test]
fn no_renderer_shows_a_personal_number() {
    let report = sample::report();
    for (index, text) in renderings(&report).into_iter().enumerate() {
        assert!(!text.contains("123456782"), "rendering {index}");
    }
    let page = html::render(&report, Lang::Nl).expect("renders");
    assert!(page.contains("*********"));
}

#[test]
fn no_quoted_text_reaches_the_terminal_raw() {
    let mut report = RunReport::new();
    let nasty = "\u{1b}]0;x\u{7}";
    let mut finding = sample::finding();
    for text in [&mut finding.rule, &mut finding.message_nl, &mut finding.path] {
        text.push_str(nasty);
    }
    finding.got = Some(nasty.to_owned());
    finding.severity = Severity::Opmerking;
    report.apply(step("S", nasty, nasty, StepOutcome::Failed));
    let not_met = ExpectationOutcome::NotMet {
        expected: Some(nasty.to_owned()),
        got: Some(nasty.to_owned()),
        finding: Some(Box::new(finding)),
        explanation: nasty.to_owned(),
    };
    report.apply(expectation("S", nasty, true, not_met));
    report.apply(finished("S", Outcome::Failed));
    report.apply(finished(
        nasty,
        Outcome::Error {
            what: nasty.to_owned(),
        },
    ));
    let text = terminal::summary(&report, Style::default());
    assert!(text.contains("\\u{1b}]0;x"));
    assert_eq!(
        text.chars().find(|c| c.is_control() && *c != '\n'),
        None,
        "{text:?}"
    );
}

#[test]
fn only_the_execution_differs() {
    let mut one = sample::report();
    let mut other = one.clone();
    one.apply(RunEvent::RunFinished {
        execution: Execution::default(),
    });
    other.apply(RunEvent::RunFinished {
        execution: Execution {
            host: "elders".to_owned(),
            duration_ms: 77,
            ..Execution::default()
        },
    });
    let (one, other) = (renderings(&one), renderings(&other));
    for index in [0, 1, 2, 3, 6] {
        assert_eq!(one[index], other[index], "rendering {index}");
    }
    let before = |text: &str, mark: &str| text.split_once(mark).expect("has the mark").0.to_owned();
    for (index, mark) in [(4, "<footer id=\"uitvoering\">"), (5, "\"uitvoering\": {")] {
        assert_eq!(before(&one[index], mark), before(&other[index], mark));
        assert_ne!(one[index], other[index]);
    }
}

#[test]
fn a_scenario_that_did_not_end_is_an_error_of_ours() {
    let mut report = sample::good_report();
    assert_eq!(report.verdict(), Verdict::Geslaagd);
    report.apply(sample::started());
    assert_eq!(
        (report.counts().error, report.verdict()),
        (6, Verdict::Onvolledig)
    );
}

#[test]
fn an_unplanned_scenario_comes_after_the_plan() {
    let mut report = sample::good_report();
    for id in ["Z2", "A0", "Z1", "Z2"] {
        report.apply(finished(id, Outcome::Failed));
    }
    let ids: Vec<_> = report
        .scenarios()
        .iter()
        .map(|scenario| &scenario.plan.id)
        .collect();
    assert_eq!(ids, ["A1", "A2", "A3", "A4", "A5", "A6", "A0", "Z1", "Z2"]);
    assert_eq!(report.verdict(), Verdict::Gezakt);
}

/// The scenario that an event belongs to, empty for the run itself.
fn scenario_of(event: &RunEvent) -> &str {
    match event {
        RunEvent::ScenarioStarted { id } | RunEvent::ScenarioFinished { id, .. } => id,
        RunEvent::Judged { scenario, .. } => scenario,
        RunEvent::Step(step) => &step.scenario,
        RunEvent::Message(message) => &message.scenario,
        RunEvent::Expectation(expectation) => &expectation.scenario,
        RunEvent::RunStarted(_)
        | RunEvent::RunResumed { .. }
        | RunEvent::Unexpected(_)
        | RunEvent::Waiver(_)
        | RunEvent::RunFinished { .. } => "",
    }
}

fn with_more_scenarios() -> Vec<RunEvent> {
    let mut events = sample::events();
    for id in ["B1", "B2", "A3", "A4"] {
        for number in 0..4 {
            events.insert(1, step(id, "Als", &format!("stap {number}"), StepOutcome::Passed));
        }
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Events of different scenarios may come in any interleaving.
    #[test]
    fn interleaving_does_not_matter(order in Just((0..with_more_scenarios().len()).collect::<Vec<_>>()).prop_shuffle()) {
        let events = with_more_scenarios();
        let mut straight = RunReport::new();
        events.iter().cloned().for_each(|event| straight.apply(event));

        let mut interleaved = RunReport::new();
        interleaved.apply(events[0].clone());
        let mut taken = vec![false; events.len()];
        taken[0] = true;
        for pick in order {
            let scenario = scenario_of(&events[pick]);
            let next = (0..events.len())
                .find(|&index| !taken[index] && scenario_of(&events[index]) == scenario);
            if let Some(next) = next {
                taken[next] = true;
                interleaved.apply(events[next].clone());
            }
        }
        prop_assert_eq!(renderings(&interleaved), renderings(&straight));
    }
}

#[test]
fn a_waiver_that_is_no_longer_needed_fails_the_run() {
    let mut report = sample::good_report();
    let remark = |fails| kp_report::WaiverRemark {
        id: "W-1".to_owned(),
        explanation: "het".to_owned(),
        fails,
    };
    report.apply(RunEvent::Waiver(remark(false)));
    assert_eq!(report.verdict(), Verdict::Geslaagd);
    report.apply(RunEvent::Waiver(remark(true)));
    assert_eq!(report.verdict(), Verdict::Gezakt);
    assert_eq!(report.waivers(), [remark(false), remark(true)]);
    assert_eq!(report.counts().unexpected, 0);
    let page = html::render(&report, Lang::Nl).expect("renders");
    assert!(page.contains("href=\"#ontheffingen\"") && page.contains("id=\"ontheffingen\""));
}
