//! A supplier that is not there, stalls, answers garbage, floods, or meddles in another scenario: a clear outcome within
//! its limit, and the rest of the run intact.

use std::time::{Duration, Instant};

use kp_report::{ExpectationOutcome, Outcome, RunReport, Verdict};
use kp_runner::{Estafette, Features, RunnerError, Sut};

use crate::certify::{options, outcome, run_at};
use crate::supplier::{Supplier, Wrong, free_address};

/// The scenarios of a test: the one that goes wrong runs beside the others.
const SCENARIOS: [&str; 4] = ["TW-02", "TW-12", "LV-01", "LV-07"];

/// Nothing here may take longer.
const LIMIT: Duration = Duration::from_secs(30);

fn certify(wrong: Wrong, only: &[&str]) -> RunReport {
    certify_with(wrong, Features::embedded(), only)
}

/// A run of these features against such a supplier.
pub(crate) fn certify_with(wrong: Wrong, features: Features, only: &[&str]) -> RunReport {
    certify_profile(wrong, features, only, None)
}

fn certify_profile(wrong: Wrong, features: Features, only: &[&str], profile: Option<&str>) -> RunReport {
    let supplier = Supplier::start(wrong);
    let begun = Instant::now();
    let sut = Sut::parse(&supplier.description(), "sut.toml").expect("a good description");
    let estafette = Estafette {
        luister: Some(supplier.hub),
        ..Estafette::default()
    };
    let mut options = options(sut, features, only, estafette, 1);
    options.selection.profile = profile.map(str::to_owned);
    let report = kp_runner::certify(options).expect("the run can be done");
    assert!(begun.elapsed() < LIMIT, "it took {:?}", begun.elapsed());
    report
}

/// What was expected and what came, of the first expectation of a scenario that is not met.
#[track_caller]
pub(crate) fn told(report: &RunReport, id: &str) -> String {
    let scenario = report
        .scenarios()
        .iter()
        .find(|scenario| scenario.plan.id == id)
        .expect("a scenario of the plan");
    let not_met = scenario
        .expectations
        .iter()
        .find_map(|expectation| match &expectation.outcome {
            ExpectationOutcome::NotMet {
                expected,
                got,
                explanation,
                ..
            } => Some(format!(
                "{} | {} | {explanation}",
                expected.as_deref().unwrap_or("-"),
                got.as_deref().unwrap_or("-")
            )),
            ExpectationOutcome::Met => None,
        });
    not_met.unwrap_or_else(|| panic!("{id} has no expectation that is not met: {:?}", scenario.outcome))
}

/// Only this scenario fails; the others pass as if nothing happened.
#[track_caller]
fn only_fails(report: &RunReport, id: &str) {
    assert_eq!(*outcome(report, id), Outcome::Failed, "{id}");
    for other in SCENARIOS.iter().filter(|other| **other != id) {
        assert_eq!(*outcome(report, other), Outcome::Passed, "{other}");
    }
    assert_eq!(report.verdict(), Verdict::Gezakt);
}

#[test]
fn a_supplier_of_somebody_else_passes_beside_four() {
    // What every aanbieder shows first.
    let report = certify_profile(Wrong::Nothing, Features::embedded(), &[], Some("basis"));
    let failed: Vec<_> = report
        .scenarios()
        .iter()
        .filter(|scenario| scenario.plan.in_profile && scenario.outcome != Outcome::Passed)
        .map(|scenario| (&scenario.plan.id, &scenario.outcome))
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(report.verdict(), Verdict::Geslaagd);
}

#[test]
fn a_supplier_that_is_not_there_is_told_before_anything_runs() {
    let nobody = free_address();
    let description = format!(
        "name = \"ander\"\nversion = \"1\"\nrole = \"aanbieder\"\nreleases = [\"iwmo-3.2\"]\npartijen = [\"65656055\"]\n\
         indiener = \"voorbeeld\"\nberichten = \"vsp\"\ninstructies = \"http\"\nurl = \"http://{nobody}\"\n"
    );
    let sut = Sut::parse(&description, "sut.toml").expect("a good description");
    let estafette = Estafette {
        luister: Some(free_address()),
        ..Estafette::default()
    };
    let told = run_at(sut, Features::embedded(), &[], estafette).expect_err("nobody is there");
    assert!(matches!(told, RunnerError::Unreachable { .. }), "{told}");
}

#[test]
fn a_supplier_that_breaks_off_fails_what_is_left() {
    let report = certify(Wrong::Dies(12), &SCENARIOS);
    let failed = SCENARIOS
        .iter()
        .filter(|id| *outcome(&report, id) == Outcome::Failed);
    assert!(failed.count() > 0, "{:?}", report.counts());
    let shown = SCENARIOS.map(|id| match outcome(&report, id) {
        Outcome::Failed => told(&report, id),
        Outcome::Passed
        | Outcome::Observed
        | Outcome::Skipped { .. }
        | Outcome::Waived { .. }
        | Outcome::Error { .. } => String::new(),
    });
    assert!(
        shown.iter().any(|told| told.contains("niet bereikbaar")),
        "{shown:?}"
    );
}

#[test]
fn a_silent_supplier_fails_where_it_is_silent() {
    let report = certify(Wrong::Silent("LV-01"), &SCENARIOS);
    only_fails(&report, "LV-01");
    assert!(told(&report, "LV-01").contains("kwam er geen startbericht"));
}

#[test]
fn a_supplier_that_stalls_at_one_order_fails_that_scenario_within_the_limit() {
    let report = certify(Wrong::Stalls("LV-01"), &SCENARIOS);
    only_fails(&report, "LV-01");
    let told = told(&report, "LV-01");
    assert!(
        told.starts_with("start-levering is klaar binnen 3 s | http://"),
        "{told}"
    );
    assert!(
        told.contains("/instructies/LV-01-1-s1 is dan nog bezig | "),
        "{told}"
    );
}

#[test]
fn a_supplier_that_stalls_at_its_clock_fails_the_wave_and_not_the_next() {
    let report = certify(
        Wrong::StallsClock(1),
        &["TW-01", "TW-02", "TW-12", "TW-13", "LV-01"],
    );
    for id in ["TW-01", "TW-02", "TW-12", "TW-13"] {
        assert_eq!(*outcome(&report, id), Outcome::Failed, "{id}");
    }
    assert_eq!(*outcome(&report, "LV-01"), Outcome::Passed);
}

#[test]
fn a_supplier_that_answers_garbage_is_shown_what_it_said() {
    let report = certify(Wrong::Garbage("LV-01"), &SCENARIOS);
    only_fails(&report, "LV-01");
    assert!(told(&report, "LV-01").contains("<html>Inloggen</html>"));
}

#[test]
fn a_supplier_that_floods_is_stopped_and_told() {
    let report = certify(Wrong::Floods("LV-01"), &SCENARIOS);
    only_fails(&report, "LV-01");
    assert!(
        told(&report, "LV-01").contains("meer dan 200 berichten"),
        "{}",
        told(&report, "LV-01")
    );
}

#[test]
fn a_message_that_is_none_is_refused_by_the_hub_and_told() {
    // No two of them share a gemeente, by which alone it can be known whose it is.
    let report = certify(Wrong::Nonsense("LV-01"), &["LV-01", "LV-02", "LV-06", "LV-07"]);
    assert_eq!(*outcome(&report, "LV-01"), Outcome::Failed);
    for other in ["LV-02", "LV-06", "LV-07"] {
        assert_eq!(*outcome(&report, other), Outcome::Passed, "{other}");
    }
    let scenario = report
        .scenarios()
        .iter()
        .find(|scenario| scenario.plan.id == "LV-01")
        .expect("a scenario of the plan");
    let refused = scenario
        .messages
        .iter()
        .any(|message| message.bytes.as_bytes() == b"geen bericht");
    assert!(refused, "{:?}", report.unexpected());
}

#[test]
fn a_message_of_another_partition_fails_its_own_scenario_and_is_told_as_unexpected() {
    let scenarios = ["TW-02", "TW-12", "LV-01", "LV-25"];
    let report = certify(Wrong::Mixes("LV-25", "LV-01"), &scenarios);
    assert_eq!(*outcome(&report, "LV-25"), Outcome::Failed);
    assert!(told(&report, "LV-25").contains("kwam er geen startbericht"));
    for other in ["TW-02", "TW-12"] {
        assert_eq!(*outcome(&report, other), Outcome::Passed, "{other}");
    }
    // What it breaks is told where its client is.
    assert_eq!(*outcome(&report, "LV-01"), Outcome::Failed);
    assert!(told(&report, "LV-01").contains("begint niet opnieuw"));
    let [unexpected] = report.unexpected() else {
        panic!("one message goes astray: {:?}", report.unexpected())
    };
    assert_eq!(
        (unexpected.message.as_str(), unexpected.explanation.as_str()),
        ("JW305", "Geen stap van LV-01 vraagt om dit bericht.")
    );
    assert_eq!(report.verdict(), Verdict::Gezakt);
}

#[test]
fn an_act_that_is_not_supported_skips_the_scenario() {
    let report = certify(Wrong::Unsupported("LV-01"), &SCENARIOS);
    let outcome = outcome(&report, "LV-01");
    assert!(
        matches!(outcome, Outcome::Skipped { reason } if reason.contains("geen knop voor")),
        "{outcome:?}"
    );
    assert_eq!(report.verdict(), Verdict::Onvolledig);
}
