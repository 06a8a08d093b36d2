//! Waivers: what they accept, what they do not, and when they fail a run themselves.

use kp_report::{Outcome, RunReport, Verdict};
use kp_runner::{Estafette, Features, RunnerError, Sut, Waivers, certify};

use crate::certify::{options, outcome, rulebooks};
use crate::verdict::features;

/// Both fail on their second expectation, on different rules.
const FAILS: &str = "# language: nl
@aanbieder
Functionaliteit: Toewijzen
  @TW-01 @ijw @alleen-deze-wet
  Scenario: Jw
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T1 aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een schone retour (OP090)
    En is de BerichtCode van de retour 438 (IV028)

  @TW-02 @iwmo @alleen-deze-wet
  Scenario: Wmo
    Gegeven een aanbieder die nog geen toewijzingen kent
    En het is vandaag 15-12-2025
    Als gemeente G1 toewijzing T2 aan aanbieder A1 stuurt
    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een schone retour (OP090)
    En is de BerichtCode van de retour 415 (IV099)
";

const WAIVER: &str = r#"[[waiver]]
id = "W-1"
scenario = "TW-01"
reason = "hersteld in 2.0"
owner = "productteam"
until = 2026-01-31
version = "VERSION"
"#;

/// A run on the first of January 2026, against the reference supplier.
fn run(text: &str, waivers: &str, only: &[&str]) -> Result<RunReport, RunnerError> {
    certify_with(features(text, None), waivers, only)
}

fn certify_with(features: Features, waivers: &str, only: &[&str]) -> Result<RunReport, RunnerError> {
    let names = rulebooks()
        .iter()
        .map(|rulebook| rulebook.release().id().to_string())
        .collect();
    let sut = Sut::builtin(None, names);
    let waivers = waivers.replace("VERSION", &sut.version);
    let mut options = options(sut, features, only, Estafette::default(), 1);
    options.waivers = Waivers::parse(&waivers, "waivers.toml").expect("good waivers");
    certify(options)
}

/// How TW-01 ended, the verdict, and what was said of waivers.
fn told(text: &str, waivers: &str) -> (Outcome, Verdict, Vec<(String, bool)>) {
    let report = run(text, waivers, &[]).expect("the run can be done");
    let remarks = report.waivers().iter();
    let remarks = remarks.map(|remark| (format!("{}: {}", remark.id, remark.explanation), remark.fails));
    (
        outcome(&report, "TW-01").clone(),
        report.verdict(),
        remarks.collect(),
    )
}

#[test]
fn a_failure_that_is_accepted_is_waived_and_certifies_nothing() {
    let (outcome, verdict, remarks) = told(FAILS, WAIVER);
    let Outcome::Waived { id, owner, until, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (id.as_str(), owner.as_str(), until.as_str()),
        ("W-1", "productteam", "2026-01-31")
    );
    assert_eq!((verdict, remarks), (Verdict::Onvolledig, Vec::new()));
}

#[test]
fn a_rule_is_accepted_only_when_nothing_else_is_broken() {
    let by = |rule: &str| WAIVER.replace("scenario = \"TW-01\"", &format!("rule = \"{rule}\""));
    let ended = |waiver: &str| told(FAILS, waiver).0;
    assert!(matches!(ended(&by("IV028")), Outcome::Waived { .. }));
    assert!(matches!(ended(&by("IV*")), Outcome::Waived { .. }));
    assert_eq!(ended(&by("OP090")), Outcome::Failed);
    let both = WAIVER.replace("reason", "rule = \"IV099\"\nreason");
    assert_eq!(ended(&both), Outcome::Failed, "scenario and rule must both fit");
}

#[test]
fn one_that_is_not_in_force_is_told_and_accepts_nothing() {
    let (outcome, verdict, remarks) = told(FAILS, &WAIVER.replace("2026-01-31", "2025-12-31"));
    assert_eq!((outcome, verdict), (Outcome::Failed, Verdict::Gezakt));
    let text = "W-1: De ontheffing liep tot en met 2025-12-31: zij geldt niet meer. Zonder haar zakt TW-01.";
    assert_eq!(remarks, [(text.to_owned(), false)]);
    // The last day still counts.
    let last = told(FAILS, &WAIVER.replace("2026-01-31", "2026-01-01")).0;
    assert!(matches!(last, Outcome::Waived { .. }));
    let (outcome, _, remarks) = told(FAILS, &WAIVER.replace("VERSION", "0.0"));
    assert_eq!(outcome, Outcome::Failed);
    assert!(remarks[0].0.contains("voor versie 0.0"), "{remarks:?}");
}

#[test]
fn one_that_is_no_longer_needed_fails_the_run() {
    let mended = FAILS.replace("438", "437");
    let (outcome, verdict, remarks) = told(&mended, WAIVER);
    assert_eq!((outcome, verdict), (Outcome::Passed, Verdict::Gezakt));
    assert!(
        matches!(&remarks[..], [(text, true)] if text.contains("niet meer nodig")),
        "{remarks:?}"
    );
    // Where not everything was tried, that cannot be known.
    let report = run(&mended, &WAIVER.replace("TW-01", "TW-*"), &["TW-02"]).expect("the run can be done");
    assert_eq!(report.verdict(), Verdict::Onvolledig);
    assert!(report.waivers().iter().all(|remark| !remark.fails));
}

#[test]
fn one_for_a_scenario_that_does_not_exist_is_told_before_anything_runs() {
    let Err(RunnerError::Waivers { faults, .. }) = run(FAILS, &WAIVER.replace("TW-01", "TW-10"), &[]) else {
        panic!("there is no such scenario")
    };
    assert_eq!(
        (faults[0].line, faults[0].hint.as_str()),
        (1, "did you mean `TW-01`?")
    );
}

#[test]
fn every_fault_of_waivers_is_told_at_once() {
    let wrong = format!(
        "{}\n{}\n[[waiver]]\nid = \"W-2\"\nwhy = \"x\"\nuntil = \"morgen\"\nowner = 3\n[over]\n",
        WAIVER, WAIVER
    );
    let faults = Waivers::parse(&wrong, "waivers.toml").expect_err("faults");
    let told: String = faults
        .iter()
        .map(|fault| format!("{}: {} | {}\n", fault.line, fault.what, fault.hint))
        .collect();
    insta::assert_snapshot!(told, @r#"
    9: `W-1` stands here twice | give each waiver an id of its own
    17: a waiver without `reason` | add reason = "hersteld in 4.3"
    17: a waiver without `version` | add version = "4.2"
    17: a waiver for nothing: it names no scenario and no rule | add scenario = "LV-*", or rule = "TR414"
    19: `why` is no key of a waiver | known keys: id, scenario, rule, reason, owner, until, version
    20: `until` is no day | write until = "2026-12-31"
    21: `owner` is no text | write owner = "productteam"
    22: `over` is no list of waivers | write [[waiver]] above each of them
    "#);
}
