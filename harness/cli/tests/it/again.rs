//! Runs that follow another: what failed (`--failed`), what was left when a run was interrupted (`--resume`), and failures
//! that are accepted (`waivers.toml`).

use std::collections::BTreeSet;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::Folder;

const SUT: &str = r#"name = "Voorbeeld ECD"
version = "4.2"
role = "aanbieder"
releases = ["iwmo-3.2", "ijw-3.2"]
partijen = ["65656055"]
indiener = "voorbeeld"
berichten = "builtin"
"#;

const WAIVER: &str = r#"[[waiver]]
id = "W-1"
scenario = "LV-01"
reason = "hersteld in 4.3"
owner = "team"
until = "2099-12-31"
version = "4.2"
"#;

/// A report without the part that may differ.
fn report(folder: &Folder, out: &str) -> Value {
    let mut report: Value = serde_json::from_str(&folder.read(&format!("{out}/report.json"))).expect("JSON");
    report
        .as_object_mut()
        .expect("an object")
        .remove("uitvoering")
        .expect("the part that may differ");
    report
}

/// The ids of the scenarios that ended so.
fn ended(report: &Value, outcome: &str) -> Vec<String> {
    let scenarios = report["scenarios"].as_array().expect("a list").iter();
    scenarios
        .filter(|one| one["outcome"]["outcome"] == outcome)
        .map(|one| one["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// Runs the program and kills it once its log, in the folder that the arguments end with, has come so far.
fn killed_once(folder: &Folder, arguments: &str, is_far: impl Fn(&str) -> bool) {
    let mut run = folder
        .command(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let out = arguments.rsplit(' ').next().expect("the folder");
    let log = folder.path().join(out).join("events.jsonl");
    let came_far = || is_far(&std::fs::read_to_string(&log).unwrap_or_default());
    let deadline = Instant::now() + Duration::from_secs(120);
    while !came_far() {
        assert!(Instant::now() < deadline, "it never came so far");
        std::thread::yield_now();
    }
    run.kill().expect("it can be killed");
    run.wait().expect("it is gone");
}

#[test]
fn what_failed_is_run_again() {
    let folder = Folder::new();
    let early = "--sut defect:aanbieder-start-bij-toewijzing";
    assert_eq!(folder.run(&format!("certify {early} --out eerst")).code, 1);
    let failed = ended(&report(&folder, "eerst"), "failed");
    assert!(!failed.is_empty());
    let ran = folder.run("certify --failed eerst --seed 2 --out weer");
    assert_eq!(ran.code, 1, "the rest is skipped, so the run is onvolledig");
    assert_eq!(ended(&report(&folder, "weer"), "passed"), failed);
    assert!(
        ran.err.contains("differs: the seed: 1 there, 2 here"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("differs: the description of the product"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("what is chosen"), "{}", ran.err);
    assert!(ran.out.contains(&format!("--only {}", failed[0])), "{}", ran.out);
    let told = folder.refused("certify --failed weer") + &folder.refused("certify --failed nergens");
    insta::assert_snapshot!(told, @r"
    $ ketenproef certify --failed weer
    hint: the run in weer differs: the seed: 2 there, 1 here
    error: nothing failed in the run of weer
    hint: leave --failed out to run everything
    4
    $ ketenproef certify --failed nergens
    error: failed to read nergens/report.json: No such file or directory (os error 2)
    hint: --failed takes the folder of the report of a run that ended
    2
    ");
}

#[test]
fn a_run_that_is_cut_off_anywhere_and_resumed_gives_the_report_of_the_whole() {
    let folder = Folder::new();
    let wrong = "\"builtin\"\ndefect = \"aanbieder-start-bij-toewijzing\"";
    folder.write("sut.toml", SUT.replace("\"builtin\"", wrong));
    folder.write("waivers.toml", WAIVER.replace("LV-01", "TW-12"));
    for sut in ["reference", "defect:aanbieder-start-bij-toewijzing", "sut.toml"] {
        let certify = format!("certify --sut {sut} --tags @iwmo");
        let ran = folder.run(&format!("{certify} --jobs 4 --out heel"));
        assert_eq!(ran.code, 1, "{}", ran.err);
        let (whole, log) = (report(&folder, "heel"), folder.read("heel/events.jsonl"));
        assert_eq!(ended(&whole, "waived").is_empty(), sut != "sut.toml");
        let lines: Vec<&str> = log.lines().collect();
        for part in [1, 10, 19] {
            let upto = lines.len() * part / 20;
            // The last line is broken.
            let half = lines[upto].chars().take(lines[upto].chars().count() / 2);
            let cut: String = lines[..upto]
                .iter()
                .map(|line| format!("{line}\n"))
                .chain([half.collect()])
                .collect();
            folder.write("half/events.jsonl", cut);
            let ran = folder.run(&format!("{certify} --jobs 2 --resume half"));
            assert_eq!(ran.code, 1, "{}", ran.err);
            assert!(report(&folder, "half") == whole, "{sut}, cut at line {upto}");
        }
    }
}

#[test]
fn a_run_that_is_killed_goes_on_where_it_was() {
    let folder = Folder::new();
    assert_eq!(folder.run("certify --seed 3 --out heel").code, 0);
    killed_once(&folder, "certify --seed 3 --jobs 1 --out gekild", |log| {
        log.matches("\"scenario-finished\"").count() >= 2
    });
    // The seed is that of the run.
    let ran = folder.run("certify --resume gekild");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(report(&folder, "gekild"), report(&folder, "heel"));
    // Nothing is left to run, and the report can still be made.
    let plan = folder.run("plan --resume gekild");
    assert!(plan.out.contains("\n0 would run, "), "{}", plan.out);
    assert_eq!(folder.run("certify --resume gekild --out nog-eens").code, 0);
    assert_eq!(report(&folder, "nog-eens"), report(&folder, "heel"));
}

#[test]
fn another_run_is_not_gone_on_with() {
    let folder = Folder::new();
    folder.write("sut.toml", SUT);
    assert_eq!(
        folder.run("certify --sut sut.toml --only TW-01 --out eerst").code,
        1
    );
    folder.write("sut.toml", SUT.replace("4.2", "4.3"));
    let told = folder.refused("certify --sut sut.toml --seed 7 --resume eerst")
        + &folder.refused("certify --resume nergens");
    insta::assert_snapshot!(told, @r"
    $ ketenproef certify --sut sut.toml --seed 7 --resume eerst
    error: the run that was interrupted in eerst is another one
      differs: the seed: 1 there, 7 here
      differs: the description of the product
      differs: what is chosen: profile, only, tags, waivers in force
      differs: the version of the product: 4.2 there, 4.3 here
    hint: it was begun with: ketenproef certify --release ijw-3.2 --release iwmo-3.2 --role aanbieder --sut sut.toml --only TW-01 --seed 1; or leave --resume out to begin anew
    2
    $ ketenproef certify --resume nergens
    error: failed to read nergens/events.jsonl: No such file or directory (os error 2)
    hint: --resume takes the folder of the report of a run that was interrupted
    2
    ");
}

#[test]
fn a_failure_that_is_accepted_is_told_and_the_run_is_incomplete() {
    let folder = Folder::new();
    folder.write(
        "ecd/sut.toml",
        SUT.replace(
            "\"builtin\"",
            "\"builtin\"\ndefect = \"aanbieder-start-bij-toewijzing\"",
        ),
    );
    folder.write("ecd/waivers.toml", WAIVER);
    let ran = folder.run("certify --sut ecd/sut.toml --only LV-01");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("verdict: onvolledig"), "{}", ran.out);
    assert!(ran.out.contains("W-1: hersteld in 4.3"), "{}", ran.out);
    folder.write("ecd/sut.toml", SUT);
    let ran = folder.run("certify --sut ecd/sut.toml --only LV-01");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("verdict: gezakt"), "{}", ran.out);
    assert!(
        ran.out
            .contains("ontheffing  W-1\n  De ontheffing is niet meer nodig"),
        "{}",
        ran.out
    );
    folder.write("ecd/waivers.toml", WAIVER.replace("owner", "eigenaar"));
    insta::assert_snapshot!(folder.refused("certify --sut ecd/sut.toml --only LV-01"), @r#"
    $ ketenproef certify --sut ecd/sut.toml --only LV-01
    error: ecd/waivers.toml does not hold waivers that can be followed
      --> ecd/waivers.toml:1: a waiver without `owner`
          [[waiver]]
      hint: add owner = "productteam"
      --> ecd/waivers.toml:5: `eigenaar` is no key of a waiver
          eigenaar = "team"
      hint: known keys: id, scenario, rule, reason, owner, until, version
    2
    "#);
}

/// A program that is ended with the test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The example provider, with its description and the configuration of its hub in the folder.
fn provider(folder: &Folder) -> Started {
    let [hub, own] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    let [hub, own] = [hub, own].map(|listener| listener.local_addr().expect("it has an address"));
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ci/examples");
    let description = std::fs::read_to_string(examples.join("aanbieder.toml")).expect("a description");
    let description = description
        .replace("127.0.0.1:9000", &own.to_string())
        .replace("klok = \"echt\"", "klok = \"opvragen\"");
    folder.write("sut.toml", description);
    folder.write("keten.toml", format!("luister = \"{hub}\"\n"));
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let process = Command::new(python)
        .arg(examples.join("aanbieder.py"))
        .args([format!("--hub=http://{hub}"), format!("--port={}", own.port())])
        .args(["--klok=opvragen", "--poll=0.2"])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the provider starts");
    let process = Started(process);
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(own).is_err() {
        assert!(Instant::now() < deadline, "the provider does not listen");
        std::thread::yield_now();
    }
    process
}

#[test]
fn a_product_that_keeps_its_data_meets_new_persons_where_a_run_was_interrupted() {
    let certify = "certify --sut sut.toml --config keten.toml --jobs 1 --only TW-02 --only TW-12";
    // A run that came to the end of the scenario before it was stopped was not interrupted in it: once more.
    let interrupted = (0..10).find_map(|_| {
        let folder = Folder::new();
        let provider = provider(&folder);
        killed_once(&folder, &format!("{certify} --seed 5 --out rapport"), |log| {
            log.contains("\"event\":\"message\",\"scenario\":\"TW-12\"")
        });
        let log = folder.read("rapport/events.jsonl");
        let has_ended = log.contains("\"event\":\"scenario-finished\",\"id\":\"TW-12\"");
        (!has_ended).then_some((folder, provider))
    });
    let (folder, _provider) = interrupted.expect("a run is stopped within the scenario");
    let persons = |log: &str| -> BTreeSet<String> {
        let messages = log.lines().filter(|line| line.contains("\"scenario\":\"TW-12\""));
        let parts = messages.flat_map(|line| line.split("Bsn>").skip(1).step_by(2));
        parts
            .filter_map(|part| part.split('<').next().map(str::to_owned))
            .collect()
    };
    let before = persons(&folder.read("rapport/events.jsonl"));
    let ran = folder.run(&format!("{certify} --resume rapport"));
    assert_eq!(
        ran.out
            .lines()
            .last()
            .map(|last| last.starts_with("2 passed, 0 failed")),
        Some(true),
        "{}",
        ran.out
    );
    let log = folder.read("rapport/events.jsonl");
    assert!(
        log.contains("{\"event\":\"run-resumed\",\"begun\":[\"TW-12\"]}"),
        "{:?}",
        log.lines()
            .filter(|line| line.contains("run-resumed"))
            .collect::<Vec<_>>()
    );
    let after = persons(&log);
    assert!(
        before.len() == 1 && after.len() == 1 && before != after,
        "{before:?} {after:?}"
    );
}
