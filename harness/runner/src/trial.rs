//! A defective supplier on trial: which scenarios catch it, and whether they name the rule that it breaks.
//!
//! First the scenarios that are tagged with the rule, then all of them. The runs are ordinary ones; this only reads their
//! reports. Tests: `tests/it/defects.rs`.

use kp_chain::Defect;
use kp_report::{ExpectationOutcome, Outcome, RunReport, ScenarioReport};

use crate::certify::{CertifyOptions, certify};
use crate::error::RunnerError;
use crate::plan::Selection;

/// What became of a defective supplier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The scenarios that it fails, and that name its rule by what was expected and not met.
    pub caught_by: Vec<String>,
    /// The other scenarios that it fails.
    pub also_fails: Vec<String>,
    /// How many messages came that belong to no scenario.
    pub unexpected: usize,
    /// The scenarios that went wrong by an error of ours, and what was wrong.
    pub errors: Vec<(String, String)>,
}

/// Which scenarios a defective supplier is tried with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bench {
    /// Those that are tagged with its rule.
    Tagged,
    /// All of its role.
    Whole,
}

impl Trial {
    /// Whether a scenario that names its rule fails it.
    #[must_use]
    pub fn is_caught(&self) -> bool {
        !self.caught_by.is_empty()
    }

    fn of(report: &RunReport, rule: &str) -> Self {
        let failed = report
            .scenarios()
            .iter()
            .filter(|scenario| scenario.outcome == Outcome::Failed);
        let (caught_by, also_fails): (Vec<_>, Vec<_>) = failed.partition(|scenario| names(scenario, rule));
        let ids = |scenarios: Vec<&ScenarioReport>| {
            let ids = scenarios.into_iter().map(|scenario| scenario.plan.id.clone());
            ids.collect()
        };
        Self {
            caught_by: ids(caught_by),
            also_fails: ids(also_fails),
            unexpected: report.unexpected().len(),
            errors: report
                .scenarios()
                .iter()
                .filter_map(|scenario| match &scenario.outcome {
                    Outcome::Error { what } => Some((scenario.plan.id.clone(), what.clone())),
                    Outcome::Passed
                    | Outcome::Failed
                    | Outcome::Observed
                    | Outcome::Skipped { .. }
                    | Outcome::Waived { .. } => None,
                })
                .collect(),
        }
    }
}

/// Puts a defective supplier on trial; `order` makes the order of a run.
///
/// # Errors
/// When a run could not be done, such as when no scenario is tagged with its rule.
pub fn try_defect(
    defect: &Defect,
    bench: Bench,
    order: impl FnOnce(Selection) -> CertifyOptions,
) -> Result<Trial, RunnerError> {
    let tags = match bench {
        Bench::Tagged => vec![defect.rule.clone()],
        Bench::Whole => Vec::new(),
    };
    let selection = Selection {
        tags,
        ..Selection::default()
    };
    let report = certify(order(selection))?;
    Ok(Trial::of(&report, &defect.rule))
}

/// Whether something that a scenario expected and did not get rests on a rule.
fn names(scenario: &ScenarioReport, rule: &str) -> bool {
    scenario.expectations.iter().any(|expectation| {
        let ExpectationOutcome::NotMet { finding, .. } = &expectation.outcome else {
            return false;
        };
        let found = finding.as_ref().map(|finding| &finding.rule);
        expectation.literal && expectation.rules.iter().chain(found).any(|named| named == rule)
    })
}
