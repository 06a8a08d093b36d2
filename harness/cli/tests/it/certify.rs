//! `certify` and `defects` as a user meets them.

use kp_model::archive::{self, ArchiveLimits};
use serde_json::Value;

use crate::program::Folder;

#[test]
fn without_arguments_the_reference_supplier_is_certified() {
    let folder = Folder::new();
    let ran = folder.run("");
    assert_eq!(ran.code, 0);
    assert_eq!(ran.err, "report: FOLDER/ketenproef-report/index.html\n");
    assert!(ran.out.starts_with("run: "), "{}", ran.out);
    assert_eq!(ran.out.lines().last(), Some("119 passed, 0 failed, 0 skipped"));
    assert!(folder.read("ketenproef-report/index.html").contains("geslaagd"));
    assert!(
        folder
            .read("ketenproef-report/junit.xml")
            .contains("tests=\"121\" skipped=\"2\" failures=\"0\" errors=\"0\"")
    );
    let json: Value = serde_json::from_str(&folder.read("ketenproef-report/report.json")).expect("JSON");
    assert_eq!(json["schema"], "ketenproef-report-2");
}

/// How many runs in a row give one report; more of them are a matter of `ci/full`.
fn runs() -> usize {
    std::env::var("KETENPROEF_RUNS").map_or(4, |runs| runs.parse().expect("a number"))
}

/// The bytes of a report in all its forms that hold nothing of its execution, and of the one that does without it.
fn reported(folder: &Folder, out: &str) -> Vec<Vec<u8>> {
    let json = folder.read(&format!("{out}/report.json"));
    let (before, rest) = json
        .split_once("\n  \"uitvoering\": {")
        .expect("the part that may differ");
    let (_, after) = rest.split_once("\n  }").expect("it ends");
    let files = ["junit.xml", "report.sarif", "bewijs.zip"].map(|name| {
        let path = folder.path().join(out).join(name);
        std::fs::read(path).expect("a file of the report")
    });
    let json = format!("{before}{after}").into_bytes();
    std::iter::once(json).chain(files).collect()
}

/// How many scenarios of a report ended so.
fn ended(folder: &Folder, out: &str, outcome: &str) -> usize {
    let report: Value = serde_json::from_str(&folder.read(&format!("{out}/report.json"))).expect("JSON");
    let scenarios = report["scenarios"].as_array().expect("a list").iter();
    scenarios
        .filter(|one| one["outcome"]["outcome"] == outcome)
        .count()
}

#[test]
fn a_report_is_six_files_in_the_language_of_the_run() {
    let folder = Folder::new();
    let ran = folder.run("certify --only TW-01 --lang en --out rapport");
    assert_eq!(ran.code, 1, "{}", ran.err);
    let mut names: Vec<_> = std::fs::read_dir(folder.path().join("rapport"))
        .expect("the folder is made")
        .map(|entry| entry.expect("a file").file_name().into_string().expect("text"))
        .collect();
    names.sort();
    let expect = [
        "bewijs.zip",
        "events.jsonl",
        "index.html",
        "junit.xml",
        "report.json",
        "report.sarif",
    ];
    assert_eq!(names, expect);
    assert!(folder.read("rapport/index.html").contains("<html lang=\"en\">"));
    let sarif: Value = serde_json::from_str(&folder.read("rapport/report.sarif")).expect("JSON");
    assert_eq!(sarif["runs"][0]["language"], "en");
    let packed = std::fs::read(folder.path().join("rapport/bewijs.zip")).expect("is there");
    let limits = ArchiveLimits {
        files: 100,
        file_bytes: 1_000_000,
        total_bytes: 10_000_000,
    };
    let files = archive::read(&packed, &limits).expect("an archive");
    let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
    let expect = [
        "README.md",
        "index.json",
        "report.json",
        "TW-01/01-naar-sut-JW301.xml",
        "TW-01/02-van-sut-JW302.xml",
    ];
    assert_eq!(names, expect);
    assert!(files[4].bytes.starts_with(b"<?xml"), "the message itself");
}

#[test]
fn a_failure_names_its_rule_in_words_and_the_command_of_its_scenario() {
    let folder = Folder::new();
    let ran = folder.run("certify --sut defect:aanbieder-geen-retour --only TW-01 --only TW-02 --seed 7");
    let replay = "ketenproef certify --release ijw-3.2 --release iwmo-3.2 --role aanbieder --sut defect:aanbieder-geen-retour --seed 7 --only TW-02\n";
    let sentence = "OP090 Een retourbericht volgt binnen drie werkdagen na ontvangst van het heenbericht.";
    for text in [&ran.out, &folder.read("ketenproef-report/junit.xml")] {
        assert!(text.contains(replay) && text.contains(sentence), "{text}");
    }
    let page = folder.read("ketenproef-report/index.html");
    assert!(page.contains(replay.trim_end()), "{page}");
    assert!(
        page.contains("OP090</a> Een retourbericht volgt binnen drie werkdagen"),
        "{page}"
    );
}

#[test]
fn the_same_run_gives_the_same_report_but_for_its_execution_for_any_number_of_jobs() {
    const SEED: u64 = 42;
    let folder = Folder::new();
    let mut first = None;
    let (mut passed, mut observed, mut different) = (0, 0, 0);
    for (run, jobs) in [1, 4, 64, 2, 8, 3].into_iter().cycle().take(runs()).enumerate() {
        let ran = folder.run(&format!("certify --seed {SEED} --jobs {jobs} --out rapport"));
        assert_eq!(ran.code, 0, "run {run}, {jobs} jobs: {}{}", ran.out, ran.err);
        let report = reported(&folder, "rapport");
        passed += ended(&folder, "rapport", "passed");
        observed += ended(&folder, "rapport", "observed");
        different += usize::from(*first.get_or_insert_with(|| report.clone()) != report);
    }
    println!(
        "certify: runs {}, passed {passed}, observed {observed}, different {different}, seed {SEED}",
        runs()
    );
    assert_eq!(different, 0);
}

#[test]
fn a_run_that_fails_or_is_waived_is_the_same_for_any_number_of_jobs() {
    let folder = Folder::new();
    let wrong = SUT.replace(
        "\"builtin\"",
        "\"builtin\"\ndefect = \"aanbieder-start-bij-toewijzing\"",
    );
    folder.write(
        "sut.toml",
        wrong.replace("[\"iwmo-3.2\"]", "[\"iwmo-3.2\", \"ijw-3.2\"]"),
    );
    folder.write(
        "waivers.toml",
        "[[waiver]]\nid = \"W-1\"\nscenario = \"LV-*\"\nreason = \"bekend\"\nowner = \"team\"\n\
         until = 2099-12-31\nversion = \"4.2\"\n",
    );
    let report = |jobs: u16| {
        let ran = folder.run(&format!("certify --sut sut.toml --jobs {jobs} --out rapport"));
        assert_eq!(ran.code, 1, "{}", ran.err);
        reported(&folder, "rapport")
    };
    let one = report(1);
    let of = |outcome| ended(&folder, "rapport", outcome);
    assert!(
        of("waived") > 0 && of("failed") > 0,
        "{}",
        folder.read("rapport/junit.xml")
    );
    assert!(report(8) == one);
}

#[test]
fn a_plan_is_the_same_for_any_number_of_jobs_but_for_its_waves() {
    let folder = Folder::new();
    let plan = |jobs: u16| -> (Vec<String>, Value) {
        let ran = folder.run(&format!("plan --jobs {jobs} --format json"));
        let plan: Value = serde_json::from_str(&ran.out).expect("JSON");
        let mut in_waves: Vec<String> = plan["waves"]
            .as_array()
            .expect("a list")
            .iter()
            .flat_map(|wave| wave["scenarios"].as_array().expect("a list"))
            .map(ToString::to_string)
            .collect();
        in_waves.sort();
        (in_waves, plan["name"].clone())
    };
    assert_eq!(plan(1), plan(8));
}

#[test]
fn a_supplier_that_does_not_answer_is_caught() {
    let folder = Folder::new();
    let ran = folder.run("certify --sut defect:aanbieder-geen-retour --only TW-01 --out rapport");
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("kwam er geen Toewijzing Retour (JW302)") && ran.out.contains("OP090"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("opnieuw: ketenproef certify"), "{}", ran.out);
    assert!(
        ran.out.contains("overgeslagen: 120 scenario's (niet gekozen)\n")
            && !ran.out.contains("Initiële toewijzing per dagdeel"),
        "{}",
        ran.out
    );
    assert_eq!(ran.out.lines().last(), Some("0 passed, 1 failed, 120 skipped"));
    assert!(folder.read("rapport/junit.xml").contains("failures=\"1\""));
}

#[test]
fn swapped_parties_are_refused_by_the_hub_and_named_by_their_rule() {
    let folder = Folder::new();
    let ran = folder.run("certify --sut defect:aanbieder-partijen-omgedraaid --out rapport");
    assert_eq!(ran.code, 1);
    assert_eq!(ran.out.lines().last(), Some("15 passed, 104 failed, 0 skipped"));
    let page = folder.read("rapport/index.html");
    for text in [&ran.out, &page] {
        for named in ["IV028", "RS035"] {
            // The finding, not the rules that the scenario lists.
            assert!(
                text.contains(&format!("fout[{named}]"))
                    || text.contains(&format!("fout {named}"))
                    || text.contains(&format!("<strong>fout {named}")),
                "{named} is missing in {text}"
            );
        }
    }
}

#[test]
fn defective_suppliers_are_told_with_what_catches_them() {
    let folder = Folder::new();
    let ran = folder.run("defects --only aanbieder-kent-cd005-niet --only aanbieder-geen-stop");
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(ran.out, @r"
    aanbieder-kent-cd005-niet (CD005)
        Ziet een postcode zonder land niet.
        caught by TW-29, TW-29-iwmo
    aanbieder-geen-stop (OP272)
        Meldt geen einde van een levering.
        caught by TW-12, TW-12-ijw, LV-13, LV-13-ijw, LV-25, LV-25-iwmo
        fails too: LV-21, LV-21-iwmo, SP-05, SP-05-ijw, TW-13, TW-13-ijw, TW-22, TW-22-ijw, VW-04, VW-04-iwmo
    2 of 2 caught
");
    let unknown = folder.refused("defects --only aanbieder-volmaakt");
    assert!(
        unknown.contains("there is no defect aanbieder-volmaakt"),
        "{unknown}"
    );
}

const SUT: &str = r#"name = "Voorbeeld ECD"
version = "4.2"
role = "aanbieder"
releases = ["iwmo-3.2"]
partijen = ["65656077"]
indiener = "voorbeeld"
berichten = "builtin"
"#;

#[test]
fn a_description_decides_releases_and_parties() {
    let folder = Folder::new();
    folder.write("sut.toml", SUT);
    let ran = folder.run("certify --sut sut.toml");
    assert_eq!(
        (ran.code, ran.out.lines().last()),
        (0, Some("58 passed, 0 failed, 0 skipped")),
        "{}{}",
        ran.out,
        ran.err
    );
    assert!(folder.read("ketenproef-report/index.html").contains("65656077"));
}

#[test]
fn a_slip_in_a_description_is_told() {
    let folder = Folder::new();
    let told = |from: &str, to: &str| {
        folder.write("sut.toml", SUT.replace(from, to));
        let ran = folder.run("certify --sut sut.toml");
        assert_eq!(ran.out, "");
        format!("{}{}\n", ran.err, ran.code)
    };
    insta::assert_snapshot!(told("iwmo-3.2", "iwmo-3.22") + &told("65656077", "6565607"), @r"
    error: failed to find release `iwmo-3.22`
      hint: did you mean `iwmo-3.2`? known releases: ieb-3.0, ieb-4.0, ijw-3.1, ijw-3.2, iwmo-3.1, iwmo-3.2
    2
    error: `6565607` cannot be a party of the role aanbieder
    hint: partijen holds AGB codes, written as in the header of a message
    2
");
}

#[test]
fn a_faulty_description_is_told_at_once_and_nothing_is_written() {
    let folder = Folder::new();
    let faulty = SUT
        .replace("name = \"Voorbeeld ECD\"\n", "")
        .replace("role = \"aanbieder\"", "rolle = \"aanbieder\"")
        .replace("berichten = \"builtin\"", "berichten = \"stuf\"")
        .replace("[\"65656077\"]", "\"65656077\"");
    folder.write("sut.toml", faulty);
    let ran = folder.run("certify --sut sut.toml");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    insta::assert_snapshot!(ran.err, @r#"
    error: sut.toml does not describe a system under test
      --> sut.toml:2: `rolle` is no key of a description
          rolle = "aanbieder"
      hint: did you mean `role`?
      --> sut.toml:4: `partijen` is no list of texts
          partijen = "65656077"
      hint: write partijen = ["65656055"]
      --> sut.toml:6: `berichten = "stuf"` is not known
          berichten = "stuf"
      hint: write "vsp", or "folder", or "command", or "builtin"
      --> sut.toml:7: `name` is missing
      hint: add name = "…"  (the name of your product)
      --> sut.toml:7: `role` is missing
      hint: add role = "…"  (aanbieder, afnemer or bronhouder)
"#);
    assert!(!folder.path().join("ketenproef-report").exists());
}

/// What only a newer release asks is out of scope for an older one, and the reference passes the rest.
#[test]
fn a_scenario_is_asked_from_its_release_on() {
    let folder = Folder::new();
    for (release, passed) in [("iwmo-3.2", 2), ("iwmo-3.1", 1)] {
        let ran = folder.run(&format!(
            "certify --release {release} --only LV-13 --only LV-01-iwmo --out {release}"
        ));
        let last = ran.out.lines().last().unwrap_or_default();
        assert!(
            last.starts_with(&format!("{passed} passed, 0 failed, ")),
            "{}",
            ran.out
        );
    }
}

#[test]
fn wrong_usage_says_what_to_do() {
    let folder = Folder::new();
    let told = |arguments| folder.refused(arguments);
    let shown = told("certify --sut sut.toml")
        + &told("certify --sut defect:nietbekend")
        + &told("certify --only TW-99")
        + &told("certify --profile volledg")
        + &told("certify --tags @TR999")
        + &told("certify --release iwmo-3.9")
        + &told("certify --release iwmo-3.1 --release iwmo-3.2")
        + &told("certify --release ieb-4.0")
        + &told("certify --role gemeente");
    insta::assert_snapshot!(shown, @r"
    $ ketenproef certify --sut sut.toml
    error: failed to open sut.toml: No such file or directory (os error 2)
    hint: --sut takes a description (sut.toml), reference, or defect:ID
    2
    $ ketenproef certify --sut defect:nietbekend
    error: there is no defective supplier `nietbekend`
    hint: ketenproef defects --list names all of them
    2
    $ ketenproef certify --only TW-99
    error: there is no scenario `TW-99`
    hint: did you mean `TW-19`? ketenproef plan lists all scenarios
    2
    $ ketenproef certify --profile volledg
    error: there is no profile `volledg` for the role aanbieder
    hint: known: volledig, basis, overgang, revisie
    2
    $ ketenproef certify --tags @TR999
    error: no scenario is selected for role aanbieder, releases ijw-3.2, iwmo-3.2, tags @TR999
    hint: ask for fewer tags or another release
    4
    $ ketenproef certify --release iwmo-3.9
    error: failed to find release `iwmo-3.9`
      hint: did you mean `iwmo-3.1`? known releases: ieb-3.0, ieb-4.0, ijw-3.1, ijw-3.2, iwmo-3.1, iwmo-3.2
    2
    $ ketenproef certify --release iwmo-3.1 --release iwmo-3.2
    error: iwmo-3.1 and iwmo-3.2 are of one standard, and a run is of one release of it
    hint: certify each by itself, with --release, or the going over from one to the other, with --profile overgang
    2
    $ ketenproef certify --release ieb-4.0
    error: no scenario is selected for role aanbieder, releases ieb-4.0
    hint: ask for fewer tags or another release
    4
    $ ketenproef certify --role gemeente
    error: invalid value 'gemeente' for '--role <ROLE>'
      [possible values: aanbieder, afnemer, bronhouder]

    For more information, try '--help'.
    2
    ");
    assert!(!folder.path().join("ketenproef-report").exists());
}

#[test]
fn testdata_is_what_a_product_must_know_beforehand() {
    let folder = Folder::new();
    let ran = folder.run("export testdata --sut reference --seed 7");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("--seed 7"), "{}", ran.err);
    let json: Value = serde_json::from_str(&ran.out).expect("JSON");
    let persons = json["personen"].as_array().expect("a list");
    assert!(persons.iter().any(|person| person["scenario"] == "LV-13"));
    assert!(
        json["contracten"]
            .as_array()
            .is_some_and(|contracts| !contracts.is_empty())
    );
    let ran = folder.run("export testdata --sut reference --seed 7 --format csv --out data");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let table = folder.read("data/personen.csv");
    assert_eq!(table.lines().count(), persons.len() + 1);
    assert!(table.starts_with("bsn,geboortedatum,scenario\n"), "{table}");
    let ran = folder.run("export testdata --sut reference --format csv");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
}

#[test]
fn a_configuration_says_where_the_hub_listens_and_how_it_behaves() {
    let folder = Folder::new();
    folder.write("keten.toml", "[estafette]\ndeliver_form = \"xml\"\n");
    let ran = folder.run("certify --only TW-01 --config keten.toml");
    assert_eq!(ran.out.lines().last(), Some("1 passed, 0 failed, 120 skipped"));
    assert!(ran.out.contains("--config \"keten.toml\""), "{}", ran.out);
    let told = |text: &str| {
        folder.write("keten.toml", text);
        let ran = folder.run("certify --only TW-01 --config keten.toml");
        assert_eq!(ran.out, "");
        format!("{}{}\n", ran.err, ran.code)
    };
    let wrong =
        told("[estafette]\ndeliver_form = \"pdf\"\n") + &told("poort = 80\n") + &told("luister = 80\n");
    insta::assert_snapshot!(wrong, @r"
    error: failed to read keten.toml: [estafette] `deliver_form`: unknown variant `pdf`, expected `zip` or `xml`
    2
    error: failed to read keten.toml: TOML parse error at line 1, column 1
      |
    1 | poort = 80
      | ^^^^^
    unknown field `poort`, expected one of `luister`, `extern_adres`, `estafette`

    2
    error: failed to read keten.toml: TOML parse error at line 1, column 11
      |
    1 | luister = 80
      |           ^^
    invalid type: integer `80`, expected socket address

    2
");
}

#[test]
fn a_tester_who_is_not_there_is_told() {
    let folder = Folder::new();
    let manual = SUT.replace(
        "berichten = \"builtin\"",
        "berichten = \"folder\"\nmap = \"uitwisseling\"\ninstructies = \"manual\"\ngeduld = 1",
    );
    folder.write("sut.toml", manual);
    folder.write("keten.toml", "luister = \"127.0.0.1:0\"\n");
    let ran = folder.run("certify --sut sut.toml --only TW-02 --seed 1 --config keten.toml");
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.out.contains("kwam er geen Toewijzing Retour (WMO302)"),
        "{}",
        ran.out
    );
    let waiting = std::fs::read_dir(folder.path().join("uitwisseling/in")).expect("the folder is made");
    assert_eq!(waiting.count(), 1, "the toewijzing is there to be read");
}

#[test]
fn doctor_looks_before_a_run() {
    let folder = Folder::new();
    let ran = folder.run("doctor --sut reference");
    assert_eq!(
        (ran.code, ran.out.lines().last()),
        (0, Some("klaar voor certify"))
    );
    assert_eq!(folder.run("doctor --sut nergens.toml").code, 2);
    let absent = SUT.replace(
        "berichten = \"builtin\"",
        "berichten = \"vsp\"\ninstructies = \"http\"\nurl = \"http://127.0.0.1:9\"",
    );
    folder.write("sut.toml", absent);
    folder.write("keten.toml", "luister = \"127.0.0.1:0\"\n");
    let ran = folder.run("doctor --sut sut.toml --config keten.toml");
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("fout       netwerk"), "{}", ran.out);
    let ran = folder.run("certify --sut sut.toml --config keten.toml");
    assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{}", ran.err);
}

#[test]
fn only_what_the_reference_supplier_sends_in_the_usual_run_is_kept() {
    let folder = Folder::new();
    let refused = |arguments: &str, ci: &str| {
        let ran = folder.command(arguments).env("CI", ci).output().expect("it runs");
        assert_eq!(
            (ran.status.code(), ran.stdout.as_slice()),
            (Some(2), b"".as_slice())
        );
        String::from_utf8(ran.stderr).expect("text")
    };
    insta::assert_snapshot!(
        [
            refused("certify --bless", "true"),
            refused("certify --bless --sut defect:aanbieder-geen-retour", ""),
            refused("certify --bless --only TW-01", ""),
            refused("certify --bless", ""),
        ]
        .join("\n"),
        @r"
        error: --bless does not work in CI: what is kept is looked at by a person
        hint: run it on your own machine and commit what changed

        error: --bless keeps the messages of the reference supplier; those of another are held by patterns
        hint: leave --sut out, or write a pattern in golden/patronen

        error: --bless keeps the messages of all scenarios in the usual run
        hint: leave out everything but --bless, --out, --jobs and --lang

        error: there is no folder golden/referentie here
        hint: run it at the top of the source tree
        "
    );
    let stale = folder.write("golden/referentie/TW-99/01-JW302.xml", "<oud/>");
    folder.write("golden/referentie/README.md", "blijft");
    let ran = folder
        .command("certify --bless")
        .env("CI", "")
        .output()
        .expect("it runs");
    assert_eq!(ran.status.code(), Some(0));
    assert!(!stale.exists() && folder.read("golden/referentie/README.md") == "blijft");
    let retour = folder.read("golden/referentie/TW-01/01-JW302.xml");
    assert!(retour.ends_with("</jw302:Bericht>\r\n"), "{retour}");
}

#[test]
fn a_role_and_a_model_that_do_not_fit_are_told() {
    let folder = Folder::new();
    let told = |arguments| folder.refused(arguments);
    folder.write(
        "afnemer.toml",
        "name = \"x\"\nversion = \"1\"\nrole = \"afnemer\"\nreleases = [\"iwmo-3.2\"]\npartijen = [\"65656055\"]\n\
         berichten = \"netwerk\"\ndiensten = \"https://127.0.0.1:9\"\npki = \"pki\"\ninstructies = \"http\"\n\
         url = \"http://127.0.0.1:9\"\n",
    );
    let shown = told("certify --mode netwerk --role aanbieder")
        + &told("certify --mode estafette --sut afnemer.toml")
        + &told("certify --role bronhouder --sut afnemer.toml")
        + &told("certify --sut afnemer.toml")
        + &told("pki");
    insta::assert_snapshot!(shown, @r"
    $ ketenproef certify --mode netwerk --role aanbieder
    error: the role aanbieder is one in the model estafette
    hint: leave --mode out, or write --mode estafette
    2
    $ ketenproef certify --mode estafette --sut afnemer.toml
    error: the role afnemer is one in the model netwerk
    hint: leave --mode out, or write --mode netwerk
    2
    $ ketenproef certify --role bronhouder --sut afnemer.toml
    error: x is of the role afnemer, not bronhouder
    hint: leave --role out, or mend role in the description
    2
    $ ketenproef certify --sut afnemer.toml
    error: failed to read pki/authority.pem: No such file or directory (os error 2)
    hint: make the folder with ketenproef pki --out pki
    2
    $ ketenproef pki
    error: the following required arguments were not provided:
      --out <DIR>

    Usage: ketenproef pki --out <DIR>

    For more information, try '--help'.
    2
");
}

#[test]
fn certificates_are_made_once() {
    let folder = Folder::new();
    let made = folder.run("pki --out pki --host keten.example");
    assert_eq!(made.code, 0, "{}", made.err);
    for name in ["authority", "knooppunt", "sut"] {
        for kind in ["pem", "key"] {
            let file = folder.path().join("pki").join(format!("{name}.{kind}"));
            let text = std::fs::read_to_string(file).unwrap();
            assert!(text.starts_with("-----BEGIN "), "{name}.{kind}");
        }
    }
    let again = folder.run("pki --out pki");
    assert_eq!(
        (again.code, again.err.contains("holds an authority already")),
        (2, true)
    );
}

#[test]
fn without_more_the_network_is_certified_for_who_reads() {
    let folder = Folder::new();
    let ran = folder.run("certify --mode netwerk");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.ends_with("26 passed, 0 failed, 0 skipped\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("netwerk-1.0"), "{}", ran.out);
}
