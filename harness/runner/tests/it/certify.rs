//! Whole runs against the built-in supplier: expectations that hold, and that fail when a scenario asks otherwise.

use std::path::Path;
use std::sync::Arc;

use kp_model::Catalogue;
use kp_report::{Outcome, RunReport, Verdict};
use kp_rules::Rulebook;
use kp_runner::{CertifyOptions, Estafette, Features, RunnerError, Selection, Sut, Waivers, certify};
use tempfile::TempDir;

pub(crate) fn rulebooks() -> Vec<Arc<Rulebook>> {
    Rulebook::load_in_force(&Catalogue::embedded(), "2026-01-01").expect("embedded releases load")
}

fn run(features: Features, only: &[&str]) -> Result<RunReport, RunnerError> {
    let names = rulebooks()
        .iter()
        .map(|rulebook| rulebook.release().id().to_string())
        .collect();
    run_sut(Sut::builtin(None, names), features, only)
}

fn run_sut(sut: Sut, features: Features, only: &[&str]) -> Result<RunReport, RunnerError> {
    run_at(sut, features, only, Estafette::default())
}

/// A run of some scenarios against a supplier, with its hub at an address.
pub(crate) fn run_at(
    sut: Sut,
    features: Features,
    only: &[&str],
    estafette: Estafette,
) -> Result<RunReport, RunnerError> {
    run_seeded(sut, features, only, estafette, 1)
}

/// The same with another seed.
pub(crate) fn run_seeded(
    sut: Sut,
    features: Features,
    only: &[&str],
    estafette: Estafette,
    seed: u64,
) -> Result<RunReport, RunnerError> {
    certify(options(sut, features, only, estafette, seed))
}

/// What is asked of such a run.
pub(crate) fn options(
    sut: Sut,
    features: Features,
    only: &[&str],
    estafette: Estafette,
    seed: u64,
) -> CertifyOptions {
    let network = sut.is_in_network().then(|| {
        let catalogue = Catalogue::embedded();
        catalogue
            .load_network("netwerk-1.0")
            .expect("the embedded standard loads")
    });
    CertifyOptions {
        network,
        rulebooks: rulebooks(),
        sut,
        features,
        selection: Selection {
            only: only.iter().map(|id| (*id).to_owned()).collect(),
            ..Selection::default()
        },
        seed,
        jobs: None,
        estafette,
        replay: String::new(),
        commit: "test".to_owned(),
        started: "2026-01-01T00:00:00Z".to_owned(),
        host: "test".to_owned(),
        today: jiff::civil::date(2026, 1, 1),
        waivers: Waivers::default(),
        keep: None,
        interrupted: None,
    }
}

/// The features of the product with one piece of text replaced.
fn changed(from: &str, to: &str) -> Features {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../features");
    let folder = TempDir::new().expect("a temporary folder can be made");
    let mut count = 0;
    for name in [
        "testdata.toml",
        "estafette/a-toewijzen.feature",
        "estafette/d-leveren.feature",
    ] {
        let text = std::fs::read_to_string(source.join(name)).expect("a feature can be read");
        count += text.matches(from).count();
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file lies in a folder"))
            .expect("a folder can be made");
        std::fs::write(path, text.replace(from, to)).expect("a file can be written");
    }
    assert!(count > 0, "{from:?} occurs nowhere");
    Features::folder(folder.path()).expect("the features read")
}

pub(crate) fn outcome<'a>(report: &'a RunReport, id: &str) -> &'a Outcome {
    let mut scenarios = report.scenarios().iter();
    &scenarios
        .find(|scenario| scenario.plan.id == id)
        .expect("a scenario of the plan")
        .outcome
}

fn with_defect(id: &str) -> RunReport {
    let rulebooks = rulebooks();
    let names = rulebooks
        .iter()
        .map(|rulebook| rulebook.release().id().to_string())
        .collect();
    let sut = Sut::find(&format!("defect:{id}"), names).expect("a defect of the product");
    run_sut(sut, Features::embedded(), &[]).expect("the run can be done")
}

#[track_caller]
fn fails(id: &str, from: &str, to: &str) {
    let report = run(changed(from, to), &[id]).expect("the run can be done");
    assert_eq!(*outcome(&report, id), Outcome::Failed);
    assert_eq!(report.verdict(), Verdict::Gezakt);
}

fn is_good(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Passed | Outcome::Observed)
}

#[test]
fn the_reference_supplier_passes_every_scenario() {
    let report = run(Features::embedded(), &[]).expect("the run can be done");
    assert_eq!(report.verdict(), Verdict::Geslaagd);
    assert!(
        report
            .scenarios()
            .iter()
            .all(|scenario| is_good(&scenario.outcome) && !scenario.messages.is_empty())
    );
}

#[test]
fn what_a_scenario_rests_on_is_told_in_words() {
    let report = run(Features::embedded(), &[]).expect("the run can be done");
    let rulebooks = rulebooks();
    for scenario in report.scenarios() {
        let expected = scenario
            .expectations
            .iter()
            .flat_map(|expectation| &expectation.rules);
        for code in scenario.plan.rules.iter().chain(expected) {
            let known = rulebooks.iter().any(|rulebook| {
                let release = rulebook.release().id().to_string();
                scenario
                    .plan
                    .tags
                    .iter()
                    .any(|tag| tag == rulebook.release().family())
                    && report.rule(&release, code).is_some()
            });
            assert!(known, "{}: {code} has no sentence", scenario.plan.id);
        }
    }
}

#[test]
fn every_expectation_fails_when_the_scenario_asks_otherwise() {
    fails("TW-01", "retour 437", "retour 438");
    fails("TW-01", "uiterlijk op 18-12-2025", "uiterlijk op 14-12-2025");
    fails("LV-01", "uiterlijk op 12-01-2026", "uiterlijk op 04-01-2026");
    fails("LV-01", "begindatum 05-01-2026", "begindatum 06-01-2026");
    fails("LV-01", "aan dat van T1", "aan dat van T2");
    fails("LV-01", "startbericht over T1", "startbericht over T2");
    fails("LV-07", "05-01-2026 als verwijderd", "04-01-2026 als verwijderd");
    fails("LV-13", "20-06-2025 en reden 20", "21-06-2025 en reden 20");
    fails("LV-25", "en reden 31", "en reden 32");
    fails("TW-12", "en reden 36", "en reden 35");
    fails("TW-12", "uiterlijk op 20-03-2026", "uiterlijk op 12-03-2026");
    fails(
        "TW-12",
        "uiterlijk op 20-03-2026 een stopbericht over T2",
        "tot en met 20-03-2026 geen stopbericht over T2",
    );
    fails("TW-18", "afkeurt met 0001", "afkeurt met 0002");
    fails(
        "TW-19",
        "een retour die het bericht als geheel afkeurt met 0001",
        "een schone retour",
    );
    fails("TW-21", "afkeurt met 9379", "afkeurt met 9332");
    fails("TW-21", "die ToegewezenProduct afkeurt", "die Contact afkeurt");
    fails(
        "TW-01",
        "is de BerichtCode van de retour 437 (IV028)",
        "ziet de gebruiker van de aanbieder toewijzing T1 niet meer",
    );
}

#[test]
fn a_sentence_that_nobody_knows_is_an_error_of_ours() {
    let report =
        run(changed("een schone retour", "een nette retour"), &["TW-02"]).expect("the run can be done");
    let outcome = outcome(&report, "TW-02");
    assert!(
        matches!(outcome, Outcome::Error { what } if what.contains("een nette retour")),
        "{outcome:?}"
    );
    assert_eq!(report.verdict(), Verdict::Onvolledig);
}

#[test]
fn a_name_that_the_testdata_does_not_know_is_an_error_of_ours() {
    let report =
        run(changed("toewijzing T2 aan", "toewijzing T77 aan"), &["TW-02"]).expect("the run can be done");
    let outcome = outcome(&report, "TW-02");
    assert!(
        matches!(outcome, Outcome::Error { what } if what.contains("T77")),
        "{outcome:?}"
    );
}

#[test]
fn scenarios_need_an_id_of_their_own() {
    let told = |features| run(features, &[]).expect_err("the plan is refused").to_string();
    let without = told(changed("@TW-02 ", ""));
    assert!(
        without.contains("a-toewijzen.feature:16: a scenario has no id"),
        "{without}"
    );
    assert!(told(changed("@TW-02", "@TW-01")).contains("the id TW-01 is taken"));
    assert!(matches!(
        run(Features::embedded(), &["TW-99"]),
        Err(RunnerError::UnknownScenario { .. })
    ));
}

#[test]
fn a_feature_that_cannot_be_parsed_is_told_with_its_place() {
    let told = run(changed("Functionaliteit:", "Functie:"), &[])
        .expect_err("the features are refused")
        .to_string();
    assert!(told.contains("a-toewijzen.feature"), "{told}");
}

#[test]
fn a_scenario_does_not_go_back_in_time() {
    let report = run(
        changed("begint op 05-01-2026", "begint op 05-01-2025"),
        &["LV-01"],
    )
    .expect("the run can be done");
    let outcome = outcome(&report, "LV-01");
    assert!(
        matches!(outcome, Outcome::Error { what } if what.contains("back in time")),
        "{outcome:?}"
    );
}

#[test]
fn a_second_retour_is_told() {
    let report = with_defect("aanbieder-retour-dubbel");
    for id in ["TW-01", "TW-02", "RT-08"] {
        assert_eq!(*outcome(&report, id), Outcome::Failed, "{id}");
    }
}

#[test]
fn a_start_before_the_delivery_begins_fails_the_run() {
    let report = with_defect("aanbieder-start-bij-toewijzing");
    assert_eq!(report.verdict(), Verdict::Gezakt);
    // Where no step asks for a start, it is unexpected; where one does, the early one does not count for it.
    assert!(
        report
            .unexpected()
            .iter()
            .any(|unexpected| unexpected.message == "JW305")
    );
    assert_eq!(*outcome(&report, "LV-01"), Outcome::Failed);
}

#[test]
fn a_run_of_a_selection_is_incomplete() {
    let report = run(Features::embedded(), &["TW-01"]).expect("the run can be done");
    assert_eq!(*outcome(&report, "TW-01"), Outcome::Passed);
    assert!(matches!(outcome(&report, "LV-01"), Outcome::Skipped { reason } if reason == "niet gekozen"));
    assert_eq!(report.verdict(), Verdict::Onvolledig);
}

#[test]
fn a_scenario_that_proves_nothing_is_refused() {
    let told = |from: &str, to: &str| {
        run(changed(from, to), &[])
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    let then = "    Dan stuurt de aanbieder uiterlijk op 12-01-2026 een startbericht over T1 (OP271)\n    En noemt het startbericht begindatum 05-01-2026 en is het een eerste aanlevering (OP271)\n    En is het product van het startbericht gelijk aan dat van T1 (IV075)\n";
    let without = told(then, "");
    assert!(
        without.contains("d-leveren.feature:7: a scenario without `Dan` proves nothing"),
        "{without}"
    );
    let ruled = told(
        "  De aanbieder meldt de gemeente wanneer de levering van een toegewezen product begint en eindigt.",
        "  Rule: een",
    );
    assert!(
        ruled.contains("d-leveren.feature:4: a feature is not divided into rules here"),
        "{ruled}"
    );
    let silence = told(
        "Dan stuurt de aanbieder uiterlijk op 05-03-2026 een schone retour (OP258)",
        "Dan stuurt de aanbieder tot en met 05-03-2026 geen stopbericht over T2",
    );
    assert!(
        silence.contains("write it after everything that happens"),
        "{silence}"
    );
    let both = told("@LV-01 @ijw", "@LV-01 @ijw @iwmo");
    assert!(both.contains("a scenario belongs to one standard"), "{both}");
}

#[test]
fn a_message_past_the_checks_of_the_hub_is_told_as_such() {
    let names = rulebooks()
        .iter()
        .map(|rulebook| rulebook.release().id().to_string())
        .collect();
    let strict = "controle_gemeente = \"xsd+xslt\"".parse().expect("TOML");
    let estafette = Estafette::with(&strict).expect("known switches");
    let sut = Sut::builtin(None, names);
    let report =
        run_at(sut, Features::embedded(), &["TW-01", "TW-18"], estafette).expect("the run can be done");
    let past = |id: &str| {
        let mut scenarios = report.scenarios().iter();
        let scenario = scenarios
            .find(|scenario| scenario.plan.id == id)
            .expect("a scenario of the plan");
        assert_eq!(scenario.outcome, Outcome::Passed, "{id}");
        scenario.messages.iter().any(|message| message.outside_checks)
    };
    assert!(past("TW-18"), "a message that breaks a rule");
    assert!(!past("TW-01"), "a good message passes by itself");
}
