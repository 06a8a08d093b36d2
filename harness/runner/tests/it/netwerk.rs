//! The roles in the network: the reference passes, defective parties are caught, and a product in another language passes.

use std::collections::BTreeSet;
use std::path::Path;

use kp_model::Catalogue;
use kp_report::{Outcome, RunReport, Verdict, json};
use kp_runner::{Defect, Estafette, Features, Sut, certificates, certify};
use tempfile::TempDir;

use crate::certify::{options, rulebooks};
use crate::example::{Provider, examples};
use crate::supplier::free_address;

fn names() -> Vec<String> {
    rulebooks()
        .iter()
        .map(|rulebook| rulebook.release().id().to_string())
        .collect()
}

fn run(sut: Sut, only: &[&str], estafette: Estafette) -> RunReport {
    certify(options(sut, Features::embedded(), only, estafette, 1)).expect("the run can be done")
}

fn reference(role: &str) -> RunReport {
    run(
        Sut::builtin(None, names()).in_role(role),
        &[],
        Estafette::default(),
    )
}

fn failed(report: &RunReport) -> BTreeSet<&str> {
    let scenarios = report.scenarios().iter();
    scenarios
        .filter(|scenario| scenario.outcome == Outcome::Failed)
        .map(|scenario| scenario.plan.id.as_str())
        .collect()
}

#[track_caller]
fn passes(report: &RunReport, scenarios: usize) {
    let wrong: Vec<_> = report
        .scenarios()
        .iter()
        .filter(|scenario| scenario.outcome != Outcome::Passed)
        .map(|scenario| (&scenario.plan.id, &scenario.outcome, &scenario.expectations))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(report.unexpected().len(), 0);
    assert_eq!(report.counts().passed, scenarios);
}

#[test]
fn the_reference_passes_in_both_roles_and_twice_alike() {
    let afnemer = reference("afnemer");
    passes(&afnemer, 26);
    let bronhouder = reference("bronhouder");
    passes(&bronhouder, 32);
    assert_eq!(bronhouder.verdict(), Verdict::Geslaagd);
    let told = |report: &RunReport| {
        let text = json::render(report).expect("a report");
        let mut told: serde_json::Value = serde_json::from_str(&text).expect("a report is JSON");
        let removed = told.as_object_mut().and_then(|told| told.remove("uitvoering"));
        assert!(removed.is_some(), "what may differ stands apart");
        told
    };
    let again = reference("afnemer");
    assert!(
        told(&afnemer) == told(&again),
        "the same run gives the same report"
    );
}

#[test]
fn every_scenario_is_failed_by_a_defective_party() {
    for (id, role) in [
        ("afnemer-zonder-trace", "afnemer"),
        ("bronhouder-zwijgt", "bronhouder"),
    ] {
        let defect = Defect::find(id).expect("a defect of the product");
        let report = run(Sut::builtin(Some(defect), names()), &[], Estafette::default());
        let all: BTreeSet<&str> = report
            .scenarios()
            .iter()
            .map(|scenario| scenario.plan.id.as_str())
            .collect();
        assert_eq!(failed(&report), all, "{role}");
        assert_eq!(report.verdict(), Verdict::Gezakt);
    }
}

/// What only we ask decides nothing, and what a specification asks is not made less than it is.
#[test]
fn a_sentence_is_marked_as_its_assertion_is() {
    let network = Catalogue::embedded()
        .load_network("netwerk-1.0")
        .expect("it loads");
    let features = Features::embedded();
    let mut sentences = 0;
    for (path, text) in features.texts().filter(|(path, _)| path.starts_with("netwerk/")) {
        for line in text.lines().map(str::trim) {
            let Some((_, inside)) = line.rsplit_once(" (NW") else {
                continue;
            };
            sentences += 1;
            let inside = format!("NW{}", inside.trim_end_matches(')'));
            let parts: Vec<&str> = inside.split(", ").collect();
            let is_marked = parts.last() == Some(&"eigen afleiding");
            for code in parts.iter().filter(|part| part.starts_with("NW")) {
                let known = network.assertions.iter().find(|known| known.code == *code);
                let known = known.unwrap_or_else(|| panic!("{path}: there is no {code}"));
                assert_eq!(known.is_published, !is_marked, "{path}: {line}");
            }
        }
    }
    assert!(sentences > 40, "{sentences}");
}

/// A product of somebody else: its description, with certificates in a folder of their own.
fn example(folder: &Path) -> (Provider, Sut, Estafette) {
    started(folder, &[examples().join("afnemer.py").display().to_string()])
}

/// The example, or what is made of it, by the program and its first arguments.
fn started(folder: &Path, program: &[String]) -> (Provider, Sut, Estafette) {
    for (name, text) in certificates(&[], 2026).expect("certificates can be made") {
        std::fs::write(folder.join(name), text).expect("a file can be written");
    }
    let (knooppunt, services, orders) = (free_address(), free_address(), free_address());
    let mut arguments = program.to_vec();
    arguments.extend([
        format!("--knooppunt=https://{knooppunt}"),
        format!("--pki={}", folder.display()),
        format!("--port={}", services.port()),
        format!("--orders={}", orders.port()),
    ]);
    let process = Provider::of(&arguments);
    let text = std::fs::read_to_string(examples().join("afnemer.toml")).expect("its description can be read");
    let text = text
        .replace("https://127.0.0.1:9443", &format!("https://{services}"))
        .replace("http://127.0.0.1:9001", &format!("http://{orders}"))
        .replace(
            "pki = \"pki\"",
            &format!("pki = {:?}", folder.display().to_string()),
        );
    let estafette = Estafette {
        luister: Some(knooppunt),
        ..Estafette::default()
    };
    (
        process,
        Sut::parse(&text, "afnemer.toml").expect("a good description"),
        estafette,
    )
}

#[test]
fn the_example_in_python_passes_what_it_declares() {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let (_process, sut, estafette) = example(folder.path());
    let report = run(sut, &[], estafette);
    passes(&report, 22);
    assert_eq!(report.verdict(), Verdict::Geslaagd);
}

/// What a product sends is bounded: it is told that it keeps calling, and our memory is not its to fill.
#[test]
fn a_product_that_keeps_calling_is_stopped_and_told_so() {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/adapters/roeper.py");
    let program = [program, examples()].map(|path| path.display().to_string());
    let (_process, sut, estafette) = started(folder.path(), &program);
    let report = run(sut, &["NA-01"], estafette);
    assert_eq!(report.verdict(), Verdict::Gezakt);
    let told = json::render(&report).expect("a report");
    assert!(told.contains("hooguit 1000 aanroepen"), "{told}");
}

#[test]
fn who_has_no_certificates_is_told_which_are_missing() {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let text = std::fs::read_to_string(examples().join("afnemer.toml")).expect("its description can be read");
    let missing = folder.path().join("geen").display().to_string();
    let text = text.replace("pki = \"pki\"", &format!("pki = {missing:?}"));
    let sut = Sut::parse(&text, "afnemer.toml").expect("a good description");
    let estafette = Estafette {
        luister: Some(free_address()),
        ..Estafette::default()
    };
    let run = certify(options(sut, Features::embedded(), &[], estafette, 1));
    let told = run.expect_err("there are none").to_string();
    assert!(
        told.starts_with("failed to read ") && told.ends_with("authority.pem"),
        "{told}"
    );
}
