//! Which scenarios run, in which order, against which release.
//!
//! A plan is made before anything starts, from the features and what was asked. Tests: `tests/it/certify.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use gherkin::Feature;
use kp_model::Release;
use kp_report::PlannedScenario;

use crate::error::RunnerError;
use crate::features::Tags;
use crate::partition::FIXED;
use crate::sut::Sut;

/// What a sentence says that waits for what does not come.
const SILENCE: &str = "tot en met";

/// What was asked to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The ids of scenarios; all when empty.
    pub only: Vec<String>,
    /// Tags that a scenario must have, all of them.
    pub tags: Vec<String>,
}

/// The scenarios to run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The features with the scenarios that run, the others left out.
    pub(crate) features: Vec<Feature>,
    /// The scenarios of the role and the releases, in the order in which they run, those that were not asked for too.
    pub(crate) scenarios: Vec<PlannedScenario>,
    /// The ids of those that were not asked for: without them a run proves less than the whole.
    pub(crate) skipped: Vec<String>,
    /// The release of each scenario, by id.
    pub(crate) releases: BTreeMap<String, Arc<Release>>,
}

impl Plan {
    /// Chooses the scenarios.
    pub(crate) fn new(
        features: Vec<Feature>,
        releases: &[Arc<Release>],
        sut: &Sut,
        selection: &Selection,
    ) -> Result<Self, RunnerError> {
        let mut plan = Self {
            features: Vec::new(),
            scenarios: Vec::new(),
            skipped: Vec::new(),
            releases: BTreeMap::new(),
        };
        let mut known: Vec<String> = Vec::new();
        for mut feature in features {
            let whole = feature.clone();
            if let Some(rule) = whole.rules.first() {
                let path = whole
                    .path
                    .as_ref()
                    .map(|path| path.display().to_string())
                    .unwrap_or_default();
                return Err(RunnerError::Features {
                    what: format!(
                        "{path}:{}: a feature is not divided into rules here; write its scenarios directly under it",
                        rule.position.line
                    ),
                });
            }
            let mut kept = Vec::new();
            for scenario in std::mem::take(&mut feature.scenarios) {
                let tags = Tags::of(&whole, &scenario);
                let place = || {
                    let path = whole
                        .path
                        .as_ref()
                        .map(|path| path.display().to_string())
                        .unwrap_or_default();
                    format!("{path}:{}", scenario.position.line)
                };
                let Some(id) = tags.id.clone() else {
                    return Err(RunnerError::Features {
                        what: format!("{}: a scenario has no id; add a tag such as @TW-01", place()),
                    });
                };
                if known.contains(&id) {
                    return Err(RunnerError::Features {
                        what: format!("{}: the id {id} is taken by another scenario", place()),
                    });
                }
                known.push(id.clone());
                if let Some(what) = unfit(&scenario, &tags, releases) {
                    return Err(RunnerError::Features {
                        what: format!("{}: {what}", place()),
                    });
                }
                let release = releases.iter().find(|release| tags.has(release.family()));
                let asked = (selection.only.is_empty()
                    || selection.only.iter().any(|only| only.eq_ignore_ascii_case(&id)))
                    && selection
                        .tags
                        .iter()
                        .all(|tag| tags.has(tag.trim_start_matches('@')));
                if let Some(release) = release
                    && tags.has(&sut.role)
                {
                    if asked {
                        kept.push(scenario.clone());
                    } else {
                        plan.skipped.push(id.clone());
                    }
                    plan.scenarios.push(PlannedScenario {
                        id: id.clone(),
                        title: scenario.name.clone(),
                        release: release.id().to_string(),
                        role: sut.role.clone(),
                        process: whole.name.clone(),
                        tags: tags.all,
                        rules: tags.rules,
                        in_profile: true,
                    });
                    plan.releases.insert(id, Arc::clone(release));
                }
            }
            if !kept.is_empty() {
                feature.scenarios = kept;
                plan.features.push(feature);
            }
        }
        if let Some(unknown) = selection
            .only
            .iter()
            .find(|only| !known.iter().any(|id| id.eq_ignore_ascii_case(only)))
        {
            known.sort();
            return Err(RunnerError::UnknownScenario {
                id: unknown.clone(),
                known,
            });
        }
        if plan.features.is_empty() {
            return Err(RunnerError::NothingSelected {
                wanted: wanted(releases, sut, selection),
            });
        }
        Ok(plan)
    }
}

impl Plan {
    /// The scenarios that run, in waves of so many at most; one that needs its facts to the letter runs alone.
    pub(crate) fn waves(&self, jobs: usize) -> Vec<Vec<String>> {
        let mut waves = Vec::new();
        let mut beside = Vec::new();
        for planned in self
            .scenarios
            .iter()
            .filter(|planned| !self.skipped.contains(&planned.id))
        {
            if planned.tags.iter().any(|tag| tag == FIXED) {
                waves.push(vec![planned.id.clone()]);
                continue;
            }
            beside.push(planned.id.clone());
            if beside.len() == jobs {
                waves.push(std::mem::take(&mut beside));
            }
        }
        if !beside.is_empty() {
            waves.push(beside);
        }
        waves
    }

    /// The features with these scenarios, the others left out.
    pub(crate) fn features_of(&self, scenarios: &[String]) -> Vec<Feature> {
        let mut features = self.features.clone();
        for feature in &mut features {
            let whole = feature.clone();
            feature.scenarios.retain(|scenario| {
                Tags::of(&whole, scenario)
                    .id
                    .is_some_and(|id| scenarios.contains(&id))
            });
        }
        features.retain(|feature| !feature.scenarios.is_empty());
        features
    }
}

/// Why a scenario cannot be run as it stands, with what to write instead.
fn unfit(scenario: &gherkin::Scenario, tags: &Tags, releases: &[Arc<Release>]) -> Option<String> {
    if !scenario.examples.is_empty() {
        return Some("a scenario with examples is not supported; write each case out".to_owned());
    }
    if !scenario
        .steps
        .iter()
        .any(|step| step.ty == gherkin::StepType::Then)
    {
        return Some("a scenario without `Dan` proves nothing; say what is expected".to_owned());
    }
    let silence = scenario
        .steps
        .iter()
        .position(|step| step.ty == gherkin::StepType::Then && step.value.contains(SILENCE));
    let goes_on = silence.is_some_and(|position| {
        scenario.steps[position..]
            .iter()
            .any(|step| step.ty != gherkin::StepType::Then)
    });
    if goes_on {
        return Some(format!(
            "a sentence with `{SILENCE}` waits for what does not come, for all scenarios at once; write it after everything that happens"
        ));
    }
    let families = releases
        .iter()
        .filter(|release| tags.has(release.family()))
        .count();
    (families > 1).then(|| "a scenario belongs to one standard; tag it with one of them".to_owned())
}

fn wanted(releases: &[Arc<Release>], sut: &Sut, selection: &Selection) -> String {
    let releases: Vec<String> = releases.iter().map(|release| release.id().to_string()).collect();
    let mut wanted = format!("role {}, releases {}", sut.role, releases.join(", "));
    if !selection.tags.is_empty() {
        wanted.push_str(&format!(", tags {}", selection.tags.join(" ")));
    }
    if !selection.only.is_empty() {
        wanted.push_str(&format!(", only {}", selection.only.join(" ")));
    }
    wanted
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kp_report::PlannedScenario;

    use super::Plan;

    fn plan(scenarios: &[(&str, &str)], skipped: &[&str]) -> Plan {
        let scenarios = scenarios.iter().map(|(id, tags)| PlannedScenario {
            id: (*id).to_owned(),
            tags: tags.split_whitespace().map(str::to_owned).collect(),
            ..PlannedScenario::default()
        });
        Plan {
            features: Vec::new(),
            scenarios: scenarios.collect(),
            skipped: skipped.iter().map(|id| (*id).to_owned()).collect(),
            releases: BTreeMap::new(),
        }
    }

    #[test]
    fn waves_are_no_larger_than_the_jobs_and_what_needs_its_facts_runs_alone() {
        let plan = plan(
            &[
                ("A", ""),
                ("B", "vast"),
                ("C", ""),
                ("D", ""),
                ("E", ""),
                ("F", ""),
            ],
            &["E"],
        );
        assert_eq!(plan.waves(2), [vec!["B"], vec!["A", "C"], vec!["D", "F"]]);
        assert_eq!(
            plan.waves(1),
            [vec!["A"], vec!["B"], vec!["C"], vec!["D"], vec!["F"]]
        );
        assert_eq!(plan.waves(9), [vec!["B"], vec!["A", "C", "D", "F"]]);
    }
}
