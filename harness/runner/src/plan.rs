//! Which scenarios run, in which order, against which release.
//!
//! A plan is made before anything starts, from the features, the profile and what was asked. Tests: below and in
//! `tests/it/certify.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gherkin::{Feature, StepType};
use kp_model::Release;
use kp_report::PlannedScenario;

use crate::error::RunnerError;
use crate::expectation::{DERIVED, Expected};
use crate::features::{Features, Tags};
use crate::going_over::{GoingOver, last_of_each};
use crate::netwerk::AS_GEMEENTE;
use crate::partition::{ALONE, FIXED};
use crate::pattern::nearest;
use crate::profile::{Named, Profile, profile};
use crate::sut::Sut;
use crate::testdata::TOEWIJZING;

/// The tag of a scenario that takes place under two laws at once, and needs a release of each.
const BOTH: &str = "beide";

/// What a sentence says that waits for what does not come.
const SILENCE: &str = "tot en met";

/// What was asked to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The ids of scenarios; all when empty.
    pub only: Vec<String>,
    /// Tags that a scenario must have, all of them.
    pub tags: Vec<String>,
    /// What must be proven; the default of the role when left out.
    pub profile: Option<String>,
}

/// The scenarios to run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The features with the scenarios that run, the others left out.
    pub(crate) features: Vec<Feature>,
    /// The scenarios of the role and the releases, in the order in which they run, those that do not run too.
    pub(crate) scenarios: Vec<PlannedScenario>,
    /// Why the others do not run, by id.
    pub(crate) skipped: BTreeMap<String, String>,
    /// The scenarios of the role for releases that the system under test does not name.
    pub(crate) out_of_scope: Vec<PlannedScenario>,
    /// The release of each scenario, by id.
    pub(crate) releases: BTreeMap<String, Arc<Release>>,
    /// The ids of all scenarios, of other roles too.
    pub(crate) known: BTreeSet<String>,
    /// The scenarios of which all that they ask is a derivation of our own.
    pub(crate) observed: BTreeSet<String>,
    /// What must be proven.
    pub(crate) profile: Profile,
}

/// A scenario of the features.
struct Entry<'a> {
    feature: &'a Feature,
    scenario: &'a gherkin::Scenario,
    id: String,
    tags: Tags,
    is_observed: bool,
}

impl Plan {
    /// Chooses the scenarios.
    pub(crate) fn new(
        features: &Features,
        releases: &[Arc<Release>],
        sut: &Sut,
        selection: &Selection,
    ) -> Result<Self, RunnerError> {
        let parsed = features.parse()?;
        let entries = entries(&parsed, releases)?;
        let named: Vec<Named<'_>> = entries
            .iter()
            .map(|entry| Named {
                id: &entry.id,
                tags: &entry.tags.all,
                is_observed: entry.is_observed,
            })
            .collect();
        let profile = profile(
            features.profiles(),
            &named,
            &sut.role,
            selection.profile.as_deref(),
        )?;
        if let Some(unknown) = selection
            .only
            .iter()
            .find(|only| !entries.iter().any(|entry| entry.id.eq_ignore_ascii_case(only)))
        {
            let of_role = entries.iter().filter(|entry| entry.tags.has(&sut.role));
            return Err(RunnerError::UnknownScenario {
                id: unknown.clone(),
                nearest: nearest(unknown, of_role.map(|entry| entry.id.as_str())).map(str::to_owned),
            });
        }
        let mut plan = Self {
            features: Vec::new(),
            scenarios: Vec::new(),
            skipped: BTreeMap::new(),
            out_of_scope: Vec::new(),
            releases: BTreeMap::new(),
            known: entries.iter().map(|entry| entry.id.clone()).collect(),
            observed: entries
                .iter()
                .filter(|entry| entry.is_observed)
                .map(|entry| entry.id.clone())
                .collect(),
            profile,
        };
        let mut runs = BTreeSet::new();
        let current = last_of_each(releases);
        let going_over = plan.profile.going_over.map(GoingOver::tag);
        let is_its_kind = |entry: &&Entry<'_>| entry.tags.has(&sut.role) && entry.going_over() == going_over;
        for entry in entries.iter().filter(is_its_kind) {
            let mut of_its_laws = current
                .iter()
                .filter(|release| entry.tags.has(release.family()) && entry.tags.are_of(release.id()));
            let release = of_its_laws
                .next()
                .filter(|_| !entry.tags.has(BOTH) || of_its_laws.next().is_some());
            let planned = plan.planned(entry, release, &sut.role);
            let is_its = plays(sut, entry.tags.has(AS_GEMEENTE), releases);
            let Some(release) = release.filter(|_| is_its) else {
                plan.out_of_scope.push(planned);
                continue;
            };
            match not_chosen(entry, selection, &plan.profile) {
                Some(reason) => drop(plan.skipped.insert(entry.id.clone(), reason)),
                None => drop(runs.insert(entry.id.clone())),
            }
            plan.scenarios.push(planned);
            plan.releases.insert(entry.id.clone(), Arc::clone(release));
        }
        let of_other_kind = |entry: &&Entry<'_>| {
            let is_asked = selection
                .only
                .iter()
                .any(|only| only.eq_ignore_ascii_case(&entry.id));
            is_asked && entry.tags.has(&sut.role) && !is_its_kind(entry)
        };
        if let Some(entry) = entries.iter().find(of_other_kind) {
            let (profile, id) = (&plan.profile.name, &entry.id);
            let (what, hint) = match entry.going_over() {
                Some(tag) => (
                    format!(
                        "{id} takes place while parties go from one release to the next, and in the profile {profile} they do not"
                    ),
                    format!("ask for a profile of its kind, as in --profile {tag}"),
                ),
                None => (
                    format!(
                        "{id} takes place in one release, and in the profile {profile} parties go over to another"
                    ),
                    "leave --profile out".to_owned(),
                ),
            };
            return Err(RunnerError::GoingOver { what, hint });
        }
        if runs.is_empty() {
            return Err(RunnerError::NothingSelected {
                wanted: wanted(releases, sut, selection),
            });
        }
        plan.features = with(&parsed, |id| runs.contains(id));
        Ok(plan)
    }

    fn planned(&self, entry: &Entry<'_>, release: Option<&Arc<Release>>, role: &str) -> PlannedScenario {
        PlannedScenario {
            id: entry.id.clone(),
            title: entry.scenario.name.clone(),
            release: release.map_or_else(String::new, |release| release.id().to_string()),
            role: role.to_owned(),
            process: entry.feature.name.clone(),
            tags: entry.tags.all.clone(),
            rules: entry.tags.rules.clone(),
            in_profile: self.profile.required.contains(&entry.id),
            parties: Vec::new(),
        }
    }

    /// Whether all that a scenario asks is a derivation of our own.
    pub(crate) fn is_observed(&self, id: &str) -> bool {
        self.observed.contains(id)
    }

    /// The ids of the scenarios with a tag.
    pub(crate) fn with_tag<'a>(&'a self, tag: &'a str) -> impl Iterator<Item = &'a str> {
        let tagged = self.scenarios.iter();
        tagged
            .filter(move |planned| planned.tags.iter().any(|known| known == tag))
            .map(|planned| planned.id.as_str())
    }

    /// A scenario that runs, with its sentences.
    pub(crate) fn scenario(&self, id: &str) -> Option<&gherkin::Scenario> {
        self.features.iter().find_map(|feature| {
            let mut scenarios = feature.scenarios.iter();
            scenarios.find(|scenario| Tags::of(feature, scenario).id.as_deref() == Some(id))
        })
    }

    /// The scenarios that run.
    pub(crate) fn running(&self) -> impl Iterator<Item = &PlannedScenario> {
        self.scenarios
            .iter()
            .filter(|planned| !self.skipped.contains_key(&planned.id))
    }
}

impl Plan {
    /// The scenarios that run, in waves of so many at most; one that needs its facts to the letter, or says so, runs alone. What ended
    /// before the run was interrupted is left out.
    pub(crate) fn waves(&self, jobs: usize, has_ended: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
        let mut waves = Vec::new();
        let mut beside = Vec::new();
        for planned in self.running().filter(|planned| !has_ended(&planned.id)) {
            if planned
                .tags
                .iter()
                .any(|tag| [FIXED, ALONE].contains(&tag.as_str()))
            {
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
        with(&self.features, |id| {
            scenarios.iter().any(|scenario| scenario == id)
        })
    }
}

/// The features with some of their scenarios.
fn with(features: &[Feature], keeps: impl Fn(&str) -> bool) -> Vec<Feature> {
    let mut features = features.to_vec();
    for feature in &mut features {
        let whole = feature.clone();
        feature
            .scenarios
            .retain(|scenario| Tags::of(&whole, scenario).id.is_some_and(|id| keeps(&id)));
    }
    features.retain(|feature| !feature.scenarios.is_empty());
    features
}

impl Entry<'_> {
    /// The kind of going over that it needs.
    fn going_over(&self) -> Option<&'static str> {
        GoingOver::TAGS.into_iter().find(|tag| self.tags.has(tag))
    }
}

/// Whether a supplier in the network is a party of the kind that a scenario tries; our own is either.
fn plays(sut: &Sut, as_gemeente: bool, releases: &[Arc<Release>]) -> bool {
    let mut codes = sut.partijen.iter();
    !sut.is_in_network()
        || sut.is_builtin()
        || codes.any(|code| plays_gemeente(code, releases) == as_gemeente)
}

/// Whether a code is that of a gemeente: one that sends what is allocated, and does not get it.
pub(crate) fn plays_gemeente(code: &str, releases: &[Arc<Release>]) -> bool {
    releases.iter().any(|release| {
        let message = release.carrier(TOEWIJZING);
        message.is_some_and(|message| {
            release.accepts(message, "Kop", "afzender", code)
                && !release.accepts(message, "Kop", "ontvanger", code)
        })
    })
}

/// Every scenario of the features, fit to run.
fn entries<'a>(features: &'a [Feature], releases: &[Arc<Release>]) -> Result<Vec<Entry<'a>>, RunnerError> {
    let mut entries: Vec<Entry<'a>> = Vec::new();
    for feature in features {
        let path = feature
            .path
            .as_ref()
            .map(|path| path.display().to_string())
            .unwrap_or_default();
        let fault = |line: usize, what: String| RunnerError::Features {
            what: format!("{path}:{line}: {what}"),
        };
        if let Some(rule) = feature.rules.first() {
            let what = "a feature is not divided into rules here; write its scenarios directly under it";
            return Err(fault(rule.position.line, what.to_owned()));
        }
        for scenario in &feature.scenarios {
            let tags = Tags::of(feature, scenario);
            let told = |what: String| fault(scenario.position.line, what);
            let Some(id) = tags.id.clone() else {
                return Err(told("a scenario has no id; add a tag such as @TW-01".to_owned()));
            };
            if entries.iter().any(|entry| entry.id == id) {
                return Err(told(format!("the id {id} is taken by another scenario")));
            }
            if let Some(what) = unfit(scenario, &tags, releases) {
                return Err(told(what));
            }
            entries.push(Entry {
                feature,
                scenario,
                id,
                tags,
                is_observed: asked_of(scenario).all(|expected| !expected.is_literal()),
            });
        }
    }
    Ok(entries)
}

/// What a scenario asks of the system under test.
fn asked_of(scenario: &gherkin::Scenario) -> impl Iterator<Item = Expected> {
    scenario
        .steps
        .iter()
        .filter(|step| step.ty == StepType::Then)
        .map(|step| Expected::sentence(&step.value))
}

/// Why a scenario does not run.
fn not_chosen(entry: &Entry<'_>, selection: &Selection, profile: &Profile) -> Option<String> {
    let is_asked = selection
        .only
        .iter()
        .any(|only| only.eq_ignore_ascii_case(&entry.id));
    let has_tags = selection
        .tags
        .iter()
        .all(|tag| entry.tags.has(tag.trim_start_matches('@')));
    if !has_tags || !(is_asked || selection.only.is_empty()) {
        return Some("niet gekozen".to_owned());
    }
    (!is_asked && !profile.has(&entry.id)).then(|| format!("buiten profiel {}", profile.name))
}

/// Why a scenario cannot be run as it stands, with what to write instead.
fn unfit(scenario: &gherkin::Scenario, tags: &Tags, releases: &[Arc<Release>]) -> Option<String> {
    if !scenario.examples.is_empty() {
        return Some("a scenario with examples is not supported; write each case out".to_owned());
    }
    if asked_of(scenario).next().is_none() {
        return Some("a scenario without `Dan` proves nothing; say what is expected".to_owned());
    }
    let marked = scenario.steps.iter().find(|step| {
        step.value.contains(DERIVED)
            && (step.ty != StepType::Then || Expected::sentence(&step.value).is_literal())
    });
    if let Some(step) = marked {
        return Some(format!(
            "`{DERIVED}` closes the brackets of what is expected, as in `Dan … (TR134, {DERIVED})`: {}",
            step.value
        ));
    }
    let silence = scenario
        .steps
        .iter()
        .position(|step| step.ty == StepType::Then && step.value.contains(SILENCE));
    let goes_on = silence.is_some_and(|position| {
        scenario.steps[position..]
            .iter()
            .any(|step| step.ty != StepType::Then)
    });
    if goes_on {
        return Some(format!(
            "a sentence with `{SILENCE}` waits for what does not come, for all scenarios at once; write it after everything that happens"
        ));
    }
    let families: BTreeSet<&str> = releases
        .iter()
        .map(|release| release.family())
        .filter(|family| tags.has(family))
        .collect();
    (families.len() > 1 && !tags.has(BOTH))
        .then(|| format!("a scenario belongs to one standard; tag it with one of them, or with @{BOTH} too"))
}

fn wanted(releases: &[Arc<Release>], sut: &Sut, selection: &Selection) -> String {
    let releases: Vec<String> = releases.iter().map(|release| release.id().to_string()).collect();
    let mut wanted = format!("role {}, releases {}", sut.role, releases.join(", "));
    if !selection.tags.is_empty() {
        wanted.push_str(&format!(", tags {}", selection.tags.join(" ")));
    }
    if let Some(profile) = &selection.profile {
        wanted.push_str(&format!(", profile {profile}"));
    }
    if !selection.only.is_empty() {
        wanted.push_str(&format!(", only {}", selection.only.join(" ")));
    }
    wanted
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use kp_report::PlannedScenario;

    use super::Plan;
    use crate::profile::Profile;

    fn plan(scenarios: &[(&str, &str)], skipped: &[&str]) -> Plan {
        let scenarios = scenarios.iter().map(|(id, tags)| PlannedScenario {
            id: (*id).to_owned(),
            tags: tags.split_whitespace().map(str::to_owned).collect(),
            ..PlannedScenario::default()
        });
        Plan {
            features: Vec::new(),
            scenarios: scenarios.collect(),
            skipped: skipped
                .iter()
                .map(|id| ((*id).to_owned(), String::new()))
                .collect(),
            out_of_scope: Vec::new(),
            releases: BTreeMap::new(),
            known: BTreeSet::new(),
            observed: BTreeSet::new(),
            profile: Profile::default(),
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
        assert_eq!(
            plan.waves(2, |_| false),
            [vec!["B"], vec!["A", "C"], vec!["D", "F"]]
        );
        assert_eq!(
            plan.waves(1, |_| false),
            [vec!["A"], vec!["B"], vec!["C"], vec!["D"], vec!["F"]]
        );
        assert_eq!(plan.waves(2, |id| id < "D"), [["D", "F"]]);
        assert_eq!(plan.waves(9, |_| false), [vec!["B"], vec!["A", "C", "D", "F"]]);
    }
}
