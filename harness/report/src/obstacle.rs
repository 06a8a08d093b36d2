//! What stands between a run and geslaagd: scenarios with one cause together, the shortest scenario first.
//!
//! A failure is grouped by the rule that its first expectation breaks, anything else by its reason. Nothing is judged
//! here. Tests: in this file.

use crate::{
    event::ExpectationOutcome,
    outcome::Outcome,
    run::{RunReport, ScenarioReport},
    style::{Lang, shown},
};

/// A cause, with the scenarios that it keeps from passing.
pub(crate) struct Obstacle<'a> {
    /// The code of the broken rule, when there is one.
    pub(crate) rule: Option<&'a str>,
    /// What is wrong, in words.
    pub(crate) text: String,
    /// The scenarios, those with the fewest messages first; none when it is of no scenario.
    pub(crate) scenarios: Vec<&'a ScenarioReport>,
    /// What it is when it is of no scenario.
    pub(crate) loose: Loose,
}

/// What can stand in the way that is of no scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Loose {
    /// Something came in unexpectedly.
    #[default]
    Unexpected,
    /// A waiver is no longer needed.
    Waiver,
}

impl Loose {
    pub(crate) fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Unexpected => lang.word("onverwacht", "unexpected"),
            Self::Waiver => lang.word("ontheffing", "waiver"),
        }
    }

    /// Its place on the page.
    pub(crate) fn anchor(self) -> &'static str {
        match self {
            Self::Unexpected => "onverwacht",
            Self::Waiver => "ontheffingen",
        }
    }
}

/// The obstacles of a run, what decides the verdict first; none when it is geslaagd.
pub(crate) fn obstacles(report: &RunReport, lang: Lang) -> Vec<Obstacle<'_>> {
    let mut obstacles: Vec<Obstacle<'_>> = Vec::new();
    let mut standing: Vec<&ScenarioReport> = report
        .scenarios()
        .iter()
        .filter(|scenario| stands_in_the_way(scenario))
        .collect();
    standing.sort_by_key(|scenario| (weight(&scenario.outcome), scenario.messages.len()));
    for scenario in standing {
        let (rule, text) = cause(report, scenario, lang);
        let same = obstacles.iter_mut().find(|obstacle| {
            let first = &obstacle.scenarios[0].outcome;
            obstacle.rule == rule && obstacle.text == text && weight(first) == weight(&scenario.outcome)
        });
        match same {
            Some(obstacle) => obstacle.scenarios.push(scenario),
            None => obstacles.push(Obstacle {
                rule,
                text,
                scenarios: vec![scenario],
                loose: Loose::default(),
            }),
        }
    }
    let failing = report.waivers().iter().filter(|remark| remark.fails);
    let failing = failing.map(|remark| Obstacle {
        rule: None,
        text: shown(&format!("{}: {}", remark.id, remark.explanation)),
        scenarios: Vec::new(),
        loose: Loose::Waiver,
    });
    obstacles.splice(0..0, failing);
    if !report.unexpected().is_empty() {
        let count = report.unexpected().len();
        let text = lang.word("hoort bij geen enkel scenario", "belongs to no scenario");
        let unexpected = Obstacle {
            rule: None,
            text: format!("{count} × {text}"),
            scenarios: Vec::new(),
            loose: Loose::Unexpected,
        };
        obstacles.insert(0, unexpected);
    }
    obstacles
}

fn stands_in_the_way(scenario: &ScenarioReport) -> bool {
    match scenario.outcome {
        Outcome::Passed => false,
        Outcome::Failed => true,
        Outcome::Observed | Outcome::Skipped { .. } | Outcome::Waived { .. } | Outcome::Error { .. } => {
            scenario.plan.in_profile
        }
    }
}

/// Lighter ones come later.
fn weight(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Failed => 0,
        Outcome::Error { .. } => 1,
        Outcome::Waived { .. } => 2,
        Outcome::Observed => 3,
        Outcome::Skipped { .. } => 4,
        Outcome::Passed => 5,
    }
}

fn cause<'a>(report: &'a RunReport, scenario: &'a ScenarioReport, lang: Lang) -> (Option<&'a str>, String) {
    if scenario.outcome != Outcome::Failed {
        // Only what is observed needs no reason of its own.
        let observed = lang.word(
            "elke verwachting is onze eigen afleiding",
            "every expectation is derived by us",
        );
        let reason = scenario.outcome.reason(lang);
        return (None, reason.map_or(observed.to_owned(), |reason| shown(&reason)));
    }
    let Some(expectation) = scenario.not_met().next() else {
        let text = lang.word("gezakt zonder uitleg", "failed without explanation");
        return (None, text.to_owned());
    };
    if let ExpectationOutcome::NotMet {
        finding: Some(finding),
        ..
    } = &expectation.outcome
    {
        let sentence = lang.word(&finding.message_nl, &finding.message_en);
        return (Some(&finding.rule), shown(sentence));
    }
    let code = expectation.rules.first();
    let rule = code.and_then(|code| report.rule(&scenario.plan.release, code));
    match rule {
        Some(rule) => (Some(&rule.code), shown(lang.word(&rule.nl, &rule.en))),
        None => (code.map(String::as_str), shown(&expectation.text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Expectation, PlannedScenario, RunEvent, RunStarted};

    fn report(outcomes: &[(&str, Outcome, Option<&str>)]) -> RunReport {
        let mut report = RunReport::new();
        let planned = outcomes.iter().map(|(id, _, _)| PlannedScenario {
            id: (*id).to_owned(),
            in_profile: true,
            ..PlannedScenario::default()
        });
        report.apply(RunEvent::RunStarted(RunStarted {
            planned: planned.collect(),
            ..RunStarted::default()
        }));
        for (id, outcome, rule) in outcomes {
            if let Some(rule) = rule {
                report.apply(RunEvent::Expectation(Expectation {
                    scenario: (*id).to_owned(),
                    text: "een retour".to_owned(),
                    rules: vec![(*rule).to_owned()],
                    literal: true,
                    traceer_id: None,
                    step: None,
                    outcome: ExpectationOutcome::NotMet {
                        expected: None,
                        got: None,
                        finding: None,
                        explanation: String::new(),
                    },
                }));
            }
            report.apply(RunEvent::ScenarioFinished {
                id: (*id).to_owned(),
                outcome: outcome.clone(),
            });
        }
        report
    }

    #[test]
    fn what_decides_comes_first_and_one_cause_stands_once() {
        let skipped = Outcome::Skipped {
            reason: "niet gekozen".to_owned(),
        };
        let report = report(&[
            ("A", skipped.clone(), None),
            ("B", Outcome::Failed, Some("OP090")),
            ("C", Outcome::Passed, None),
            ("D", Outcome::Failed, Some("OP271")),
            ("E", Outcome::Failed, Some("OP090")),
            ("F", skipped, None),
        ]);
        let found: Vec<_> = obstacles(&report, Lang::Nl)
            .into_iter()
            .map(|obstacle| {
                let ids = obstacle
                    .scenarios
                    .iter()
                    .map(|scenario| scenario.plan.id.as_str());
                (obstacle.rule, ids.collect::<Vec<_>>().join(" "))
            })
            .collect();
        let expect = [
            (Some("OP090"), "B E".to_owned()),
            (Some("OP271"), "D".to_owned()),
            (None, "A F".to_owned()),
        ];
        assert_eq!(found, expect);
    }
}
