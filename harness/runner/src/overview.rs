//! What a run would do, told before anything starts: which scenarios in which waves, what is left out, how long it takes.
//!
//! It is the same plan that a run follows; nothing is started and no system under test is asked. What cannot be known
//! beforehand is which acts a product will say it does not support. Tests: `harness/cli/tests/it/plan.rs`.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kp_report::{Lang, Outcome, PlannedScenario, RunName, Verdict};
use serde::Serialize;

use crate::certify::{CertifyOptions, jobs, planned};
use crate::error::RunnerError;
use crate::naming::name;
use crate::partition::{ALONE, FIXED};
use crate::plan::Plan;
use crate::scenario::CLOCK;
use crate::sut::{SOORTEN, Sut};

/// How a sentence begins that asks what the user of the system under test sees.
const SEES: &str = "ziet de gebruiker";

/// What a run would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// The form of this document.
    pub schema: &'static str,
    /// What such a run is named by.
    pub name: RunName,
    /// The system under test.
    pub sut: kp_report::Sut,
    /// What must be proven.
    pub profile: ProfileOverview,
    /// The scenarios that share the system under test at one time, in order.
    pub waves: Vec<WaveOverview>,
    /// Every scenario of the role, those that do not run too.
    pub scenarios: Vec<ScenarioOverview>,
    /// How long it would take.
    pub duration: DurationOverview,
    /// The best verdict that can come of it.
    pub best_verdict: Verdict,
}

/// What must be proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileOverview {
    /// Its name.
    pub name: String,
    /// What it stands for, in Dutch.
    pub nl: String,
    /// How many scenarios must pass, of those for the releases of the system under test.
    pub required: usize,
}

/// Scenarios that share the system under test at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaveOverview {
    /// Its name, as the system under test is told it.
    pub name: String,
    /// The ids of its scenarios.
    pub scenarios: Vec<String>,
    /// How many business days its sentences name; the clock goes from one to the next.
    pub days: usize,
}

/// What becomes of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScenarioOverview {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The release that it is judged by; none when the system under test names none that it is for.
    pub release: Option<String>,
    /// The process of the standard.
    pub process: String,
    /// The rules that it rests on.
    pub rules: Vec<String>,
    /// Whether it must pass.
    pub in_profile: bool,
    /// The wave that it runs in, counted from 1; none when it does not run.
    pub wave: Option<usize>,
    /// Why it does not run, in Dutch.
    pub skipped: Option<String>,
    /// Whether it can count towards the verdict geslaagd.
    pub certifies: bool,
    /// What is known of it beforehand, in Dutch.
    pub remarks: Vec<String>,
}

/// How long a run would take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DurationOverview {
    /// At least so many seconds are spent waiting.
    pub seconds_min: u64,
    /// At most so many; none when it is the system under test that decides.
    pub seconds_max: Option<u64>,
    /// How that is known, in Dutch.
    pub basis: String,
}

/// What a run would do.
///
/// # Errors
/// When such a run could not begin: a fault in features or profiles, an unknown scenario, or nothing to run.
pub fn overview(options: &CertifyOptions) -> Result<Overview, RunnerError> {
    let (plan, _) = planned(options)?;
    let sut = &options.sut;
    let waves: Vec<WaveOverview> = plan
        .waves(jobs(options), |id| options.has_ended(id))
        .into_iter()
        .enumerate()
        .map(|(index, scenarios)| WaveOverview {
            name: format!("golf-{}", index + 1),
            days: days(&plan, &scenarios),
            scenarios,
        })
        .collect();
    let in_scope = plan.scenarios.iter().map(|planned| {
        let wave = waves.iter().position(|wave| wave.scenarios.contains(&planned.id));
        let ended = options
            .interrupted
            .as_ref()
            .and_then(|run| run.outcome(&planned.id));
        let mut scenario = scenario(&plan, sut, planned, wave);
        if let Some(outcome) = ended.filter(|_| scenario.skipped.is_none()) {
            scenario.skipped = Some(format!("al beoordeeld: {}", outcome.word(Lang::Nl)));
            scenario.certifies = scenario.in_profile && *outcome == Outcome::Passed;
        }
        scenario
    });
    let out_of_scope = plan.out_of_scope.iter().map(|planned| ScenarioOverview {
        release: None,
        in_profile: false,
        skipped: Some("het product noemt geen release waarvoor dit is".to_owned()),
        ..scenario(&plan, sut, planned, None)
    });
    let scenarios: Vec<ScenarioOverview> = in_scope.chain(out_of_scope).collect();
    let mut required = scenarios.iter().filter(|scenario| scenario.in_profile).peekable();
    let is_whole = required.peek().is_some() && required.all(|scenario| scenario.certifies);
    Ok(Overview {
        schema: "ketenproef-plan-1",
        name: name(options),
        sut: sut.of_report(),
        profile: ProfileOverview {
            name: plan.profile.name.clone(),
            nl: plan.profile.nl.clone(),
            required: scenarios.iter().filter(|scenario| scenario.in_profile).count(),
        },
        duration: duration(sut, &waves),
        best_verdict: if is_whole {
            Verdict::Geslaagd
        } else {
            Verdict::Onvolledig
        },
        waves,
        scenarios,
    })
}

fn scenario(plan: &Plan, sut: &Sut, planned: &PlannedScenario, wave: Option<usize>) -> ScenarioOverview {
    let mut remarks = Vec::new();
    let has = |tag: &str| planned.tags.iter().any(|other| other == tag);
    let is_observed = plan.is_observed(&planned.id);
    let turns_on_own_clock = has(CLOCK) && sut.klok.is_own();
    if is_observed {
        remarks.push("alles wat het vraagt is een eigen afleiding: het wordt waargenomen".to_owned());
    }
    if has(FIXED) {
        remarks.push("draait alleen, met de vaste codes (@vast)".to_owned());
    }
    if has(ALONE) {
        remarks.push("draait alleen (@alleen)".to_owned());
    }
    if turns_on_own_clock {
        remarks.push("het product heeft een eigen klok, dus het moment wordt niet beoordeeld: het kan zakken en telt niet (@klok)".to_owned());
    }
    for soort in unseen(plan, sut, &planned.id) {
        remarks.push(format!(
            "het product toont geen {soort}: wat zijn gebruiker ziet blijkt alleen uit wat volgt"
        ));
    }
    ScenarioOverview {
        id: planned.id.clone(),
        title: planned.title.clone(),
        release: Some(planned.release.clone()),
        process: planned.process.clone(),
        rules: planned.rules.clone(),
        in_profile: planned.in_profile,
        wave: wave.map(|index| index + 1),
        skipped: plan.skipped.get(&planned.id).cloned(),
        certifies: planned.in_profile && wave.is_some() && !turns_on_own_clock,
        remarks,
    }
}

/// The sentences of a scenario that runs.
fn sentences<'a>(plan: &'a Plan, id: &'a str) -> impl Iterator<Item = &'a str> {
    plan.scenario(id)
        .into_iter()
        .flat_map(|scenario| scenario.steps.iter().map(|step| step.value.as_str()))
}

/// The kinds of what its user sees that a scenario asks for, and the system under test does not show.
fn unseen(plan: &Plan, sut: &Sut, id: &str) -> BTreeSet<&'static str> {
    sentences(plan, id)
        .filter(|sentence| sentence.starts_with(SEES))
        .filter_map(|sentence| {
            // The first that it names is what is seen; others say more of it.
            let named = SOORTEN.into_iter().filter(|soort| sentence.contains(soort));
            named.min_by_key(|soort| sentence.find(soort))
        })
        .filter(|soort| !sut.shows(soort))
        .collect()
}

/// How many days the sentences of these scenarios name.
fn days(plan: &Plan, scenarios: &[String]) -> usize {
    let words = scenarios
        .iter()
        .flat_map(|id| sentences(plan, id))
        .flat_map(|sentence| sentence.split(|sign: char| !(sign.is_ascii_digit() || sign == '-')));
    let days: BTreeSet<Date> = words
        .filter_map(|word| Date::strptime("%d-%m-%Y", word).ok())
        .collect();
    days.len()
}

fn duration(sut: &Sut, waves: &[WaveOverview]) -> DurationOverview {
    let limiet = sut.limiet.as_secs();
    if sut.says_when_done() {
        return DurationOverview {
            seconds_min: 0,
            seconds_max: None,
            basis: format!(
                "het product zegt zelf wanneer het klaar is, hooguit {limiet} s na een opdracht: er wordt niet gewacht"
            ),
        };
    }
    let geduld = sut.geduld.as_secs();
    let count = waves.len() as u64;
    let days: usize = waves.iter().map(|wave| wave.days).sum();
    let tester = if sut.is_manual() {
        ", zonder wat de tester nodig heeft"
    } else {
        ""
    };
    DurationOverview {
        seconds_min: count * geduld,
        seconds_max: Some((days as u64 + count) * geduld),
        basis: format!(
            "hooguit {geduld} s geduld op elk van {days} dagen die de scenario's noemen, en eens aan het eind van elk van {count} golven{tester}"
        ),
    }
}
