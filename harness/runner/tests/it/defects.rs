//! Every defective supplier is caught by a scenario that names the rule that it breaks, and every scenario that can
//! certify is failed by one.
//!
//! Here each meets the scenarios that are tagged with its rule, beside the hub and some over HTTP too; the whole suite is
//! a matter of `ci/full defects` (`KETENPROEF_DEFECTS`), which also says which scenarios none of them fails.

use std::collections::BTreeSet;

use kp_report::RunReport;
use kp_runner::{Bench, CertifyOptions, Defect, Estafette, Features, Selection, Sut, Trial, try_defect};

use crate::certify::{options, rulebooks};
use crate::going_over::{names, pairs};

/// How many of them are also tried as a client over HTTP: the first of so many, spread over the list.
const OVER_HTTP: usize = 15;

pub(crate) fn trial(defect: &Defect, bench: Bench, over_http: bool) -> Trial {
    let rulebooks = match defect.overstap {
        None => rulebooks(),
        Some(_) => pairs(),
    };
    let names = names(&rulebooks);
    let sut = Sut::builtin(Some(defect.clone()), names);
    let sut = if over_http { sut } else { sut.without_http() };
    let trial = try_defect(defect, bench, |selection| CertifyOptions {
        rulebooks,
        selection: Selection {
            profile: defect.profile.clone(),
            ..selection
        },
        ..options(sut, Features::embedded(), &[], Estafette::default(), 1)
    });
    trial.unwrap_or_else(|error| panic!("{}: {error}", defect.id))
}

/// A run of the whole suite against the reference supplier.
fn reference() -> RunReport {
    let names = rulebooks()
        .iter()
        .map(|rulebook| rulebook.release().id().to_string())
        .collect();
    let sut = Sut::builtin(None, names).without_http();
    let options = options(sut, Features::embedded(), &[], Estafette::default(), 1);
    kp_runner::certify(options).expect("the run can be done")
}

/// The defects of a part of the list, so that the parts can be tried beside each other.
fn part(part: usize, parts: usize) -> Vec<Defect> {
    let all = Defect::all().into_iter().enumerate();
    all.filter(|(position, _)| position % parts == part)
        .map(|(_, defect)| defect)
        .collect()
}

#[track_caller]
fn all_are_caught(defects: &[Defect], over_http: bool) {
    for defect in defects {
        let trial = trial(defect, Bench::Tagged, over_http);
        assert!(trial.is_caught(), "{}: {trial:?}", defect.id);
        assert!(trial.errors.is_empty(), "{}: {:?}", defect.id, trial.errors);
    }
}

#[test]
fn there_are_enough_of_them() {
    let all = Defect::all();
    assert!(all.len() >= 80, "{}", all.len());
}

#[test]
fn each_of_the_first_part_is_caught_by_a_scenario_that_names_its_rule() {
    all_are_caught(&part(0, 2), false);
}

#[test]
fn each_of_the_second_part_is_caught_by_a_scenario_that_names_its_rule() {
    all_are_caught(&part(1, 2), false);
}

#[test]
fn over_http_they_are_caught_too() {
    let all = Defect::all();
    let spread: Vec<Defect> = all.iter().step_by(all.len() / OVER_HTTP).cloned().collect();
    assert!(spread.len() >= OVER_HTTP);
    all_are_caught(&spread, true);
}

/// How many of them meet the whole suite here, unless it is said: all is a matter of `ci/full`.
const WHOLE: usize = 3;

#[test]
fn with_the_whole_suite_every_scenario_that_can_certify_is_failed_by_one() {
    let wanted =
        std::env::var("KETENPROEF_DEFECTS").map_or(WHOLE, |wanted| wanted.parse().expect("a number"));
    let all = Defect::all();
    let tried: Vec<&Defect> = all.iter().take(wanted).collect();
    let mut failed: BTreeSet<String> = BTreeSet::new();
    for defect in &tried {
        let trial = trial(defect, Bench::Whole, false);
        assert!(trial.errors.is_empty(), "{}: {:?}", defect.id, trial.errors);
        // Among all others one may break off before the scenario comes to its rule.
        let is_caught = trial.is_caught() || !trial.also_fails.is_empty();
        assert!(is_caught, "{}: {trial:?}", defect.id);
        failed.extend(trial.caught_by);
        failed.extend(trial.also_fails);
    }
    let report = reference();
    let never: Vec<&str> = report
        .scenarios()
        .iter()
        .filter(|scenario| scenario.plan.in_profile && !failed.contains(&scenario.plan.id))
        .map(|scenario| scenario.plan.id.as_str())
        .collect();
    // What a part of them does not fail, another part may.
    assert!(
        never.is_empty() || tried.len() < all.len(),
        "no defect fails {never:?}"
    );
    println!(
        "defects: defects {}, caught {}, scenarios_failed_by_one {}, scenarios_never_failed {}, seed 1",
        all.len(),
        tried.len(),
        failed.len(),
        never.len()
    );
}
