//! Runs in which the parties go from one release to the next.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use kp_model::Catalogue;
use kp_report::{HubVerdict, Outcome, RunReport, Verdict};
use kp_rules::Rulebook;
use kp_runner::{
    Bench, CertifyOptions, Defect, Estafette, Features, Klok, RunnerError, Selection, Sut, certify,
};

use crate::certify::{options, rulebooks};
use crate::defects::trial;

fn load(catalogue: &Catalogue, ids: &[&str]) -> Vec<Arc<Rulebook>> {
    let load = |id: &&str| Rulebook::load(catalogue, id).expect("the release loads");
    ids.iter().map(load).collect()
}

/// The last two releases of each standard, in order.
pub(crate) fn pairs() -> Vec<Arc<Rulebook>> {
    load(
        &Catalogue::embedded(),
        &["ijw-3.1", "ijw-3.2", "iwmo-3.1", "iwmo-3.2"],
    )
}

/// A release and a revision of it.
fn revised() -> Vec<Arc<Rulebook>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/proposals");
    let catalogue = Catalogue::with_folder(&folder).expect("the proposals can be read");
    load(
        &catalogue,
        &["ijw-3.2", "ijw-revisie", "iwmo-3.2", "iwmo-revisie"],
    )
}

pub(crate) fn names(rulebooks: &[Arc<Rulebook>]) -> Vec<String> {
    let names = rulebooks
        .iter()
        .map(|rulebook| rulebook.release().id().to_string());
    names.collect()
}

fn order(rulebooks: Vec<Arc<Rulebook>>, profile: Option<&str>, only: &[&str]) -> CertifyOptions {
    let sut = Sut::builtin(None, names(&rulebooks)).without_http();
    let of = options(sut, Features::embedded(), only, Estafette::default(), 1);
    CertifyOptions {
        rulebooks,
        selection: Selection {
            profile: profile.map(str::to_owned),
            ..of.selection
        },
        ..of
    }
}

fn run(rulebooks: Vec<Arc<Rulebook>>, profile: &str) -> RunReport {
    certify(order(rulebooks, Some(profile), &[])).expect("the run can be done")
}

#[track_caller]
fn all_pass(report: &RunReport) -> usize {
    let scenarios = report.scenarios();
    for scenario in scenarios {
        // What asks only what we derived is observed.
        let wanted = if scenario.plan.in_profile {
            Outcome::Passed
        } else {
            Outcome::Observed
        };
        assert_eq!(
            scenario.outcome, wanted,
            "{}: {:#?}",
            scenario.plan.id, scenario.expectations
        );
    }
    assert_eq!(report.verdict(), Verdict::Geslaagd);
    scenarios.len()
}

#[test]
fn our_own_supplier_goes_over_with_all_others() {
    // Ten, each under both laws.
    let report = run(pairs(), "overgang");
    assert_eq!(all_pass(&report), 20);
    // A retour of after the live hour on a start of before: the pair is broken, and the hub refuses it.
    let broken = report
        .scenarios()
        .iter()
        .find(|one| one.plan.id == "UO-10")
        .expect("it runs");
    let verdicts: Vec<(&str, bool)> = broken
        .messages
        .iter()
        .map(|one| (one.message.as_str(), one.hub_verdict == HubVerdict::Delivered))
        .collect();
    let wanted = [
        ("WMO301", true),
        ("WMO302", true),
        ("WMO305", true),
        ("WMO306", false),
    ];
    assert_eq!(verdicts, wanted);
}

#[test]
fn our_own_supplier_goes_over_to_a_revision_on_a_day_of_its_own() {
    // Three, each under both laws.
    assert_eq!(all_pass(&run(revised(), "revisie")), 6);
}

#[test]
fn every_scenario_of_the_going_over_is_failed_by_who_goes_otherwise() {
    let report = run(pairs(), "overgang");
    let mut unfailed: BTreeSet<&str> = report
        .scenarios()
        .iter()
        .filter(|one| one.plan.in_profile)
        .map(|one| one.plan.id.as_str())
        .collect();
    for defect in Defect::all().iter().filter(|defect| defect.overstap.is_some()) {
        let trial = trial(defect, Bench::Whole, false);
        assert!(
            trial.is_caught() && trial.errors.is_empty(),
            "{}: {trial:?}",
            defect.id
        );
        for id in trial.caught_by.iter().chain(&trial.also_fails) {
            unfailed.remove(id.as_str());
        }
    }
    assert_eq!(unfailed, BTreeSet::new());
}

#[test]
fn releases_that_do_not_fit_the_profile_are_told_with_what_to_write() {
    let faults: Vec<String> = [
        (rulebooks(), Some("overgang"), &[][..]),
        (pairs(), Some("revisie"), &[]),
        (revised(), Some("overgang"), &[]),
        (pairs(), Some("overgang"), &["TW-01"]),
        (rulebooks(), None, &["UO-01"]),
        (rulebooks(), None, &["UR-01"]),
    ]
    .into_iter()
    .map(
        |(rulebooks, profile, only)| match certify(order(rulebooks, profile, only)) {
            Err(RunnerError::GoingOver { what, hint }) => format!("{what}; {hint}"),
            other => panic!("{other:?}"),
        },
    )
    .collect();
    let own_clock = CertifyOptions {
        sut: Sut {
            klok: Klok::Echt,
            ..Sut::builtin(None, names(&pairs()))
        },
        ..order(pairs(), Some("overgang"), &[])
    };
    let fault = certify(own_clock).expect_err("it cannot know when to go over");
    assert!(fault.to_string().contains("a clock of its own"), "{fault}");
    insta::assert_snapshot!(faults.join("\n"), @r"
    parties go from one release of ieb to another, and there is ieb-4.0; name both with --release, the old one and the new one
    ijw-3.2 has other schemas than ijw-3.1, so all parties go over at one moment; name a release and its revision with --release, or ask for --profile overgang
    ijw-revisie has the schemas of ijw-3.2, so each party goes over on a day of its own; ask for a profile with a window, as in --profile revisie
    TW-01 takes place in one release, and in the profile overgang parties go over to another; leave --profile out
    UO-01 takes place while parties go from one release to the next, and in the profile volledig they do not; ask for a profile of its kind, as in --profile overgang
    UR-01 takes place while parties go from one release to the next, and in the profile volledig they do not; ask for a profile of its kind, as in --profile revisie
    ");
}
