//! What outcomes become of expectations, and verdicts of outcomes: derivations of our own, and profiles.

use std::path::Path;

use kp_report::{ExpectationOutcome, Outcome, RunReport, StepOutcome, Verdict};
use kp_runner::{CertifyOptions, Estafette, Features, RunnerError, Sut, certify};
use tempfile::TempDir;

use crate::certify::{options, outcome, rulebooks};
use crate::faults::certify_with;
use crate::supplier::Wrong;

/// A scenario that only observes, beside one that certifies.
const OBSERVED: &str = "# language: nl
@aanbieder
Functionaliteit: Toewijzen
  @TW-01 @ijw
  Scenario: waargenomen
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een schone retour (OP090, eigen afleiding)
    En is de BerichtCode van de retour 437 (IV028, eigen afleiding)

  @TW-02 @iwmo
  Scenario: letterlijk
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een schone retour (OP090)
    En is de BerichtCode van de retour 415 (IV028)
";

/// Features of our own, with these profiles.
pub(crate) fn features(text: &str, profiles: Option<&str>) -> Features {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../features/testdata.toml");
    let folder = TempDir::new().expect("a temporary folder can be made");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("a file can be written");
    };
    write("eigen.feature", text);
    std::fs::copy(testdata, folder.path().join("testdata.toml")).expect("a file can be copied");
    if let Some(profiles) = profiles {
        write("profiles.toml", profiles);
    }
    Features::folder(folder.path()).expect("the features read")
}

fn of(sut: &str, features: Features) -> CertifyOptions {
    let names = rulebooks()
        .iter()
        .map(|rulebook| rulebook.release().id().to_string())
        .collect();
    let sut = Sut::find(sut, names).expect("a supplier of the product");
    options(sut, features, &[], Estafette::default(), 1)
}

fn run(sut: &str, text: &str) -> RunReport {
    certify(of(sut, features(text, None))).expect("the run can be done")
}

/// The expectations of a scenario that are not met: whether each decides, and what it says.
fn not_met(report: &RunReport, id: &str) -> Vec<(bool, String)> {
    let mut scenarios = report.scenarios().iter();
    let scenario = scenarios
        .find(|scenario| scenario.plan.id == id)
        .expect("a scenario of the plan");
    scenario
        .expectations
        .iter()
        .filter(|expectation| expectation.outcome != ExpectationOutcome::Met)
        .map(|expectation| (expectation.literal, expectation.text.clone()))
        .collect()
}

#[test]
fn derivations_alone_are_observed_and_certify_nothing() {
    let report = run("reference", OBSERVED);
    assert_eq!(*outcome(&report, "TW-01"), Outcome::Observed);
    assert!(!report.scenarios()[0].plan.in_profile);
    assert_eq!(report.verdict(), Verdict::Geslaagd);
    let mut alone = of("reference", features(OBSERVED, None));
    alone.selection.only = vec!["TW-01".to_owned()];
    let report = certify(alone).expect("the run can be done");
    assert_eq!(report.verdict(), Verdict::Onvolledig);
}

#[test]
fn a_derivation_that_is_not_met_is_told_and_what_follows_is_judged() {
    let report = run(
        "reference",
        &OBSERVED.replace(
            "een schone retour (OP090, eigen",
            "een retour die het bericht als geheel afkeurt met 0001 (OP090, eigen",
        ),
    );
    assert_eq!(*outcome(&report, "TW-01"), Outcome::Observed);
    let scenario = &report.scenarios()[0];
    assert_eq!(scenario.expectations.len(), 2);
    assert!(
        matches!(&not_met(&report, "TW-01")[..], [(false, text)] if text.contains("afkeurt met 0001")),
        "{:?}",
        not_met(&report, "TW-01")
    );
    let steps: Vec<StepOutcome> = scenario.steps.iter().map(|step| step.outcome).collect();
    assert_eq!(steps[3..], [StepOutcome::Failed, StepOutcome::Passed]);
    assert_eq!(report.verdict(), Verdict::Geslaagd);
}

#[test]
fn beside_what_the_standard_says_a_derivation_decides_nothing() {
    let mixed = OBSERVED
        .replace("afkeurt met 0001", "")
        .replace(
            "een schone retour (OP090, eigen afleiding)",
            "een schone retour (OP090)",
        )
        .replace("retour 437", "retour 438");
    let report = run("reference", &mixed);
    assert_eq!(*outcome(&report, "TW-01"), Outcome::Passed);
    assert_eq!(not_met(&report, "TW-01").len(), 1);
    assert_eq!(report.verdict(), Verdict::Geslaagd);
    let literal = mixed.replace("retour 438 (IV028, eigen afleiding)", "retour 438 (IV028)");
    let report = run("reference", &literal);
    assert_eq!(*outcome(&report, "TW-01"), Outcome::Failed);
    assert_eq!(report.verdict(), Verdict::Gezakt);
}

#[test]
fn what_cannot_be_judged_after_a_derivation_is_left_out_and_no_error_of_ours() {
    let mixed = OBSERVED.replace("437 (IV028, eigen afleiding)", "437 (IV028)");
    let report = run("defect:aanbieder-geen-retour", &mixed);
    let outcome = outcome(&report, "TW-01");
    assert!(
        matches!(outcome, Outcome::Skipped { reason } if reason.contains("een eigen afleiding die niet uitkwam")),
        "{outcome:?}"
    );
}

#[test]
fn a_silent_supplier_is_told_where_it_is_only_observed() {
    let report = run("defect:aanbieder-geen-retour", OBSERVED);
    assert_eq!(*outcome(&report, "TW-01"), Outcome::Observed);
    assert_eq!(not_met(&report, "TW-01").len(), 1);
    assert_eq!(*outcome(&report, "TW-02"), Outcome::Failed);
    // Also when what it takes for granted does not hold.
    let given = OBSERVED.replace(
        "Gegeven een aanbieder die nog geen toewijzingen kent\n    En het is vandaag 15-12-2025\n    Als gemeente G1 toewijzing T1",
        "Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent\n    Als gemeente G1 toewijzing T1",
    );
    let report = run("defect:aanbieder-geen-retour", &given);
    assert_eq!(*outcome(&report, "TW-01"), Outcome::Observed);
    assert!(not_met(&report, "TW-01")[0].1.contains("aanvaardt toewijzing T1"));
}

#[test]
fn a_message_that_nobody_asked_for_does_not_fail_what_is_only_observed() {
    let observed = OBSERVED.split("\n  @TW-02").next().expect("the first scenario");
    let report = run("defect:aanbieder-start-bij-toewijzing", observed);
    assert_eq!(*outcome(&report, "TW-01"), Outcome::Observed);
    assert_eq!(report.unexpected(), []);
    assert_eq!(report.verdict(), Verdict::Onvolledig);
    let literal = observed.replace(", eigen afleiding", "");
    let report = run("defect:aanbieder-start-bij-toewijzing", &literal);
    assert_eq!(report.verdict(), Verdict::Gezakt);
}

#[test]
fn a_supplier_that_halts_is_told_where_it_is_only_observed() {
    let observed = "# language: nl
@aanbieder
Functionaliteit: Leveren
  @LV-01 @ijw
  Scenario: waargenomen
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    Als de levering van T1 begint op 05-01-2026
    Dan stuurt de aanbieder uiterlijk op 12-01-2026 een startbericht over T1 (OP271, eigen afleiding)
";
    let report = certify_with(Wrong::Stalls("LV-01"), features(observed, None), &[]);
    assert_eq!(*outcome(&report, "LV-01"), Outcome::Observed);
    assert!(
        matches!(&not_met(&report, "LV-01")[..], [(false, text)] if text.contains("binnen zijn limiet")),
        "{:?}",
        not_met(&report, "LV-01")
    );
}

#[test]
fn a_mark_in_the_wrong_place_is_told() {
    let told = |from: &str, to: &str| {
        let features = features(&OBSERVED.replace(from, to), None);
        certify(of("reference", features))
            .expect_err("the features are refused")
            .to_string()
    };
    for told in [
        told("(OP090, eigen afleiding)", "(eigen afleiding, OP090)"),
        told("aanbieder A1 stuurt", "aanbieder A1 stuurt (eigen afleiding)"),
    ] {
        assert!(
            told.contains("eigen.feature:5: `eigen afleiding` closes the brackets"),
            "{told}"
        );
    }
}

const PROFILES: &str = r#"[[profile]]
name = "volledig"
role = "aanbieder"
default = true
nl = "alles"
scenarios = ["*"]

[[profile]]
name = "wmo"
role = "aanbieder"
nl = "een deel"
scenarios = ["TW-02"]
"#;

#[test]
fn a_profile_says_what_must_pass_and_leaves_out_the_rest() {
    let text = OBSERVED.replace(", eigen afleiding", "").replace("437", "438");
    let of_profile = |profile: Option<&str>, only: &[&str]| {
        let mut options = of("reference", features(&text, Some(PROFILES)));
        options.selection.profile = profile.map(str::to_owned);
        options.selection.only = only.iter().map(|id| (*id).to_owned()).collect();
        certify(options)
    };
    let report = of_profile(None, &[]).expect("the run can be done");
    assert_eq!(report.verdict(), Verdict::Gezakt);
    let report = of_profile(Some("wmo"), &[]).expect("the run can be done");
    assert_eq!(report.verdict(), Verdict::Geslaagd);
    let left_out = outcome(&report, "TW-01");
    assert!(matches!(left_out, Outcome::Skipped { reason } if reason == "buiten profiel wmo"));
    assert!(report.replay().contains(" --profile wmo"));
    // What is asked for by name runs, also outside the profile.
    let report = of_profile(Some("wmo"), &["TW-01"]).expect("the run can be done");
    assert_eq!(*outcome(&report, "TW-01"), Outcome::Failed);
    let told = of_profile(Some("jw"), &[]).expect_err("there is no such profile");
    assert!(matches!(told, RunnerError::UnknownProfile { .. }), "{told}");
}

#[test]
fn the_profiles_of_the_product_fit_its_scenarios() {
    let report = |profile: Option<&str>| {
        let mut options = of("reference", Features::embedded());
        options.selection.profile = profile.map(str::to_owned);
        options.selection.only = vec!["TW-01".to_owned()];
        certify(options).expect("the run can be done")
    };
    let required = |report: &RunReport| {
        report
            .scenarios()
            .iter()
            .filter(|scenario| scenario.plan.in_profile)
            .count()
    };
    let (whole, basis) = (report(None), report(Some("basis")));
    assert!(required(&whole) >= required(&basis) && required(&basis) > 0);
}
