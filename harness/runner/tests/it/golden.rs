//! Golden messages in whole runs: patterns that fail a scenario by name, and the messages of our own supplier.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kp_model::{Catalogue, Finding};
use kp_report::{ExpectationOutcome, Outcome, RunReport};
use kp_rules::Rulebook;
use kp_runner::{Estafette, Features, RunnerError, Sut, keep_reference};
use tempfile::TempDir;

use crate::adapters::{as_command, certify};
use crate::certify::{outcome, run_at};

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file below a folder, by its path from there.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("an entry can be read").path();
        let name = path
            .file_name()
            .expect("it has a name")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            files.extend(
                self::files(&path)
                    .into_iter()
                    .map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)),
            );
        } else {
            files.insert(name, std::fs::read(&path).expect("a file can be read"));
        }
    }
    files
}

/// The features and patterns of the product, with one piece of text replaced in one pattern.
fn with_pattern(file: &str, from: &str, to: &str) -> Features {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let mut all = files(&top().join("features"));
    all.extend(
        files(&top().join("golden/patronen"))
            .into_iter()
            .map(|(name, bytes)| {
                let text = String::from_utf8(bytes).expect("UTF-8");
                if name != file {
                    return (format!("patronen/{name}"), text.into_bytes());
                }
                assert!(text.contains(from), "{file} does not hold {from}");
                (
                    format!("patronen/{name}"),
                    text.replacen(from, to, 1).into_bytes(),
                )
            }),
    );
    for (name, bytes) in all {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file lies in a folder"))
            .expect("a folder can be made");
        std::fs::write(path, bytes).expect("a file can be written");
    }
    Features::folder(folder.path()).expect("the features read")
}

fn reference() -> Sut {
    let rulebooks =
        Rulebook::load_in_force(&Catalogue::embedded(), "2026-01-01").expect("embedded releases load");
    let names = rulebooks
        .iter()
        .map(|rulebook| rulebook.release().id().to_string());
    Sut::builtin(None, names.collect())
}

fn run(features: Features, only: &[&str]) -> Result<RunReport, RunnerError> {
    run_at(reference(), features, only, Estafette::default())
}

/// The first difference from a pattern in a scenario: its sentence, rules, explanation and place.
fn unmet(report: &RunReport, id: &str) -> (String, Vec<String>, String, Option<Finding>) {
    let mut scenarios = report.scenarios().iter();
    let scenario = scenarios
        .find(|scenario| scenario.plan.id == id)
        .expect("a scenario of the plan");
    let mut unmet = scenario
        .expectations
        .iter()
        .filter_map(|expectation| match &expectation.outcome {
            ExpectationOutcome::NotMet {
                finding, explanation, ..
            } => Some((
                expectation.text.clone(),
                expectation.rules.clone(),
                explanation.clone(),
                finding.as_deref().cloned(),
            )),
            ExpectationOutcome::Met => None,
        });
    unmet
        .find(|(_, _, explanation, _)| explanation.contains("het patroon"))
        .expect("something is otherwise than a pattern says")
}

fn otherwise(from: &str, to: &str) -> String {
    as_command(&format!(", \"anders\", \"{from}\", \"{to}\""))
}

#[test]
fn a_supplier_whose_message_is_otherwise_at_a_stated_element_fails_by_the_sentence_that_states_it() {
    for (id, pattern, from, to, path, sentence) in [
        (
            "LV-25",
            "_stop.xml",
            "RedenBeeindiging>31<",
            "RedenBeeindiging>32<",
            "/Bericht/Client/StopProducten/StopProduct[1]/RedenBeeindiging",
            "noemt het stopbericht begindatum 02-02-2026, einddatum 15-05-2026 en reden 31",
        ),
        (
            "LV-13",
            "_stop.xml",
            "RedenBeeindiging>23<",
            "RedenBeeindiging>22<",
            "/Bericht/Client/StopProducten/StopProduct[1]/RedenBeeindiging",
            "noemt het stopbericht begindatum 15-05-2025, einddatum 20-06-2025 en reden 23",
        ),
    ] {
        let report = certify(&otherwise(from, to), &[id]).expect("the run can be done");
        assert_eq!(*outcome(&report, id), Outcome::Failed, "{id}");
        let (text, _, explanation, finding) = unmet(&report, id);
        assert_eq!(text, sentence);
        assert!(
            explanation.contains(&format!("het patroon {pattern} ")),
            "{explanation}"
        );
        let finding = finding.expect("it has a place");
        assert_eq!((finding.path.as_str(), finding.line > 0), (path, true));
    }
}

#[test]
fn a_supplier_whose_message_is_otherwise_at_a_free_element_passes() {
    for (id, from, to) in [
        ("LV-01", "Geslacht>1<", "Geslacht>2<"),
        ("LV-13", "Achternaam>Jansen<", "Achternaam>Pietersen<"),
    ] {
        let report = certify(&otherwise(from, to), &[id]).expect("the run can be done");
        assert_eq!(*outcome(&report, id), Outcome::Passed, "{id}");
    }
}

#[test]
fn a_pattern_that_asks_otherwise_fails_its_scenarios_and_no_others() {
    let told = |file, from, to, fails: &str, passes: &str| {
        let report = run(with_pattern(file, from, to), &[fails, passes]).expect("the run can be done");
        assert_eq!(*outcome(&report, passes), Outcome::Passed, "{passes}");
        assert_eq!(*outcome(&report, fails), Outcome::Failed, "{fails}");
        unmet(&report, fails)
    };
    let (text, ..) = told("TW-12/307.xml", ">36<", ">37<", "TW-12", "LV-25");
    assert!(text.starts_with("noemt het stopbericht"), "{text}");
    let (_, rules, explanation, finding) = told(
        "_toewijzing-afgekeurd.xml",
        "<RetourCode>0200</RetourCode>",
        "<RetourCode>0233</RetourCode>",
        "TW-21",
        "TW-01",
    );
    assert_eq!(rules, ["IV028"]);
    assert!(
        explanation.contains("_toewijzing-afgekeurd.xml vast op regel"),
        "{explanation}"
    );
    let finding = finding.expect("it has a place");
    assert_eq!(
        (finding.rule.as_str(), finding.path.as_str()),
        ("IV028", "/Bericht/Header/RetourCodes/RetourCode[1]")
    );
}

#[test]
fn a_pattern_that_fits_no_message_is_refused_before_the_run() {
    let told = run(
        with_pattern("LV-01/305.xml", "<Begindatum", "<Begindag"),
        &["LV-01"],
    )
    .err()
    .map(|error| error.to_string())
    .unwrap_or_default();
    assert!(told.contains("patronen/LV-01/305.xml:"), "{told}");
}

#[test]
fn what_is_kept_of_the_reference_supplier_is_what_it_sends() {
    let report = run(Features::embedded().without_reference(), &[]).expect("the run can be done");
    let folder = TempDir::new().expect("a temporary folder can be made");
    let count = keep_reference(&report, folder.path()).expect("it can be kept");
    let sent = files(folder.path());
    assert_eq!(sent.len(), count);
    assert!(sent["TW-21/01-JW302.xml"].windows(4).any(|code| code == b"9379"));
    let mut kept = files(&top().join("golden/referentie"));
    kept.remove("README.md");
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    // As long as nothing is kept there is nothing to compare with.
    if !kept.is_empty() {
        assert_eq!(names(&kept), names(&sent), "ketenproef certify --bless");
        for (name, bytes) in &kept {
            assert!(
                sent[name] == *bytes,
                "{name} is sent otherwise; ketenproef certify --bless"
            );
        }
    }
}
