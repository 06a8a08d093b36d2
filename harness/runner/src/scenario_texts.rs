//! The scenarios as they are told, for who reads rather than runs them: of one release, with their sentences.
//!
//! Which of them a run takes is the business of `plan.rs`. Tests: below.

use kp_model::ReleaseId;

use crate::error::RunnerError;
use crate::features::{Features, Tags};

/// A scenario as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioText {
    /// Its id, as in `TW-01`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The process that it belongs to: the title of its feature.
    pub process: String,
    /// The codes of the rules that it rests on.
    pub rules: Vec<String>,
    /// Its sentences: the keyword, and what follows.
    pub steps: Vec<(String, String)>,
}

impl Features {
    /// The scenarios that are about what a release says, in the order in which they are written, twins too.
    ///
    /// # Errors
    /// When a feature cannot be read.
    pub fn scenarios_of(&self, release: &ReleaseId) -> Result<Vec<ScenarioText>, RunnerError> {
        let mut scenarios = Vec::new();
        for feature in self.parse()? {
            for scenario in &feature.scenarios {
                let tags = Tags::of(&feature, scenario);
                if !tags.has(&release.family) || !tags.are_of(release) {
                    continue;
                }
                let background = feature.background.iter().flat_map(|background| &background.steps);
                let steps = background.chain(&scenario.steps);
                scenarios.push(ScenarioText {
                    id: tags.id.clone().unwrap_or_default(),
                    title: scenario.name.clone(),
                    process: feature.name.clone(),
                    rules: tags.rules,
                    steps: steps
                        .map(|step| (step.keyword.trim().to_owned(), step.value.clone()))
                        .collect(),
                });
            }
        }
        Ok(scenarios)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(family: &str, version: &str) -> Vec<ScenarioText> {
        let release = ReleaseId {
            family: family.to_owned(),
            version: version.to_owned(),
        };
        Features::embedded()
            .scenarios_of(&release)
            .expect("the features can be read")
    }

    #[test]
    fn a_release_has_the_scenarios_of_its_family_from_when_they_are_asked() {
        let (now, before) = (of("iwmo", "3.2"), of("iwmo", "3.1"));
        assert!(before.len() < now.len(), "some are asked from 3.2 on");
        assert!(before.iter().all(|scenario| now.contains(scenario)));
        assert_eq!(of("zzz", "1.0"), []);
        let first = now
            .iter()
            .find(|scenario| scenario.id == "TW-02")
            .expect("it is of iWmo");
        assert_eq!(
            (first.title.as_str(), first.process.as_str()),
            ("Initiële toewijzing per dagdeel", "Toewijzen")
        );
        assert_eq!(first.rules, ["OP090"]);
        assert_eq!(
            first.steps[0],
            (
                "Gegeven".to_owned(),
                "een aanbieder die nog geen toewijzingen kent".to_owned()
            )
        );
    }
}
