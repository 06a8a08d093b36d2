//! `coverage` and `generate --violate` as a user meets them: every rule proven, and what proves it made.

use serde_json::Value;

use crate::program::Folder;
use crate::schema::Schema;

const WITNESS: &str = include_str!("../../../../golden/witness/iwmo-3.2/RS037/slaagt.xml");
const COVERAGE: &str = include_str!("../../../../docs/schemas/coverage-1.json");

#[test]
fn every_rule_that_is_judged_is_proven_both_ways() {
    let folder = Folder::new();
    let ran = folder.run("coverage");
    let last = ran.out.lines().last().unwrap_or_default();
    let (proven, all) = last.split_once(" of ").expect("so many of so many");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert_eq!(all, format!("{proven} rules proven both ways"));
}

#[test]
fn coverage_is_written_for_programs_too() {
    let folder = Folder::new();
    let ran = folder.run("coverage --release ijw-3.2 --format json");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let coverage: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(Schema::read(COVERAGE).faults(&coverage), Vec::<String>::new());
    let rules = coverage["rules"].as_array().expect("a list");
    let rule = |code: &str| rules.iter().find(|rule| rule["code"] == code);
    let stop = rule("TR414").expect("it is a rule of iJw");
    assert!(
        stop["scenarios"]
            .as_array()
            .expect("a list")
            .contains(&"LV-13-ijw".into())
    );
    assert_eq!((&stop["judged"], &stop["proven"]), (&"rule".into(), &true.into()));
    assert_eq!(rule("RS037").expect("a rule of the form")["judged"], "structure");
}

#[test]
fn witnesses_of_a_folder_are_held_to_account() {
    let folder = Folder::new();
    folder.write("eigen/iwmo-3.2/RS037/slaagt.xml", "geen bericht");
    let ran = folder.run("coverage --release iwmo-3.2 --witnesses eigen");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("iwmo-3.2/RS037/slaagt: broken"), "{}", ran.out);
    assert!(
        ran.out.contains("no witness both ways for iwmo-3.2"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.ends_with("rules proven both ways\n") && ran.out.contains("\n0 of "),
        "{}",
        ran.out
    );
    assert_eq!(folder.run("coverage --witnesses leeg").code, 2);
    folder.write("leeg/lees.txt", "niets");
    assert_eq!(folder.run("coverage --witnesses leeg").code, 4);
}

/// What is told of changes, without the place of each: that moves with every line of the data.
fn changes(told: &str) -> String {
    let is_place = |word: &&str| word.contains(".toml:");
    let lines = told.lines().filter(|line| line.contains("noticed"));
    let placeless = lines.map(|line| {
        let words: Vec<&str> = line.split(' ').filter(|word| !is_place(word)).collect();
        words.join(" ")
    });
    placeless.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_change_of_a_rule_is_noticed_or_has_a_reason() {
    let folder = Folder::new();
    let ran = folder.run("coverage --mutate --rule OP271");
    insta::assert_snapshot!(changes(&ran.out), @r"
    unnoticed: OP271 `Begindatum` becomes `never`
    unnoticed: OP271 `>` becomes `>=` in `(least(toewijzing_versie[nummer = ToewijzingNummer] as t: t.…`
    unnoticed: OP271 `Begindatum` becomes `never`
    25 of 28 changes of rules noticed (89%), 0 of the others without a reason
");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let ran = folder.run("coverage --mutate --rule OP271 --format json");
    let coverage: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(Schema::read(COVERAGE).faults(&coverage), Vec::<String>::new());
    assert!(coverage["mutation"]["unnoticed"][0]["because"].is_string());
    let unknown = folder.refused("coverage --mutate --rule TR32");
    assert!(unknown.contains("there is no rule TR32"), "{unknown}");
    assert!(folder.refused("coverage --rule TR322").contains("--mutate"));
}

#[test]
fn a_change_without_a_witness_or_reason_is_told_and_a_reason_too_many_as_well() {
    let folder = Folder::new();
    folder.write("eigen/iwmo-3.2/TR326/lees.txt", "niets");
    folder.write(
        "eigen/unnoticed.toml",
        "[[change]]\nrules = [\"TR326\"]\nwhat = [\"it is negated\", \"it is gone\"]\nbecause = \"so it is\"\n",
    );
    folder.write("eigen/iwmo-3.2/RS037/slaagt.xml", WITNESS);
    let ran = folder.run("coverage --mutate --rule TR326 --witnesses eigen");
    insta::assert_snapshot!(changes(&ran.out), @r"
    unnoticed, WITHOUT REASON: TR326 `StatusAanlevering is not deletes` is gone
    unnoticed, WITHOUT REASON: TR326 `exists(ToewijzingNummer)` is gone
    unnoticed: TR326 it is negated
    unnoticed, WITHOUT REASON: TR326 `is deletes` is turned round
    unnoticed, WITHOUT REASON: TR326 `exists` becomes `not exists`
    unnoticed, WITHOUT REASON: TR326 `none` becomes `any`
    unnoticed: TR326 it is negated
    STALE REASON, for what is noticed or is no change: TR326: it is gone
    0 of 7 changes of rules noticed (0%), 5 of the others without a reason
");
    assert_eq!(ran.code, 1);
    folder.write(
        "eigen/unnoticed.toml",
        "[[change]]\nrules = [\"TR326\"]\nwhy = \"so it is\"\n",
    );
    let refused = folder.refused("coverage --mutate --rule TR326 --witnesses eigen");
    assert!(
        refused.contains("unnoticed.toml") && refused.contains("`why`") && refused.contains("because"),
        "{refused}"
    );
}

#[test]
fn a_message_that_breaks_a_rule_is_made_and_check_finds_that_rule_alone() {
    let folder = Folder::new();
    for code in ["CD005", "RS037", "TR302"] {
        let made = folder.run(&format!("generate --violate {code} --release iwmo-3.2 --seed 3"));
        assert_eq!((made.code, made.err.as_str()), (0, ""));
        folder.write("gebroken.xml", &made.out);
        let checked = folder.run("check gebroken.xml --format json");
        let report: Value = serde_json::from_str(&checked.out).expect("JSON");
        let findings = report["files"][0]["findings"].as_array().expect("a list");
        let rules: Vec<&str> = findings
            .iter()
            .filter_map(|finding| finding["rule"].as_str())
            .collect();
        assert!(
            !rules.is_empty() && rules.iter().all(|rule| *rule == code),
            "{code}: {rules:?}"
        );
        let again = folder.run(&format!("generate --violate {code} --release iwmo-3.2 --seed 3"));
        assert_eq!(again.out, made.out, "the same for the same seed");
    }
}

#[test]
fn a_history_that_breaks_a_rule_is_a_folder_that_check_judges() {
    let folder = Folder::new();
    let refused = folder.refused("generate --violate TR326");
    assert!(
        refused.contains("TR326 is broken by a history") && refused.contains("--out"),
        "{refused}"
    );
    let made = folder.run("generate --violate TR326 --out gebroken");
    assert_eq!(
        (made.code, made.out.as_str()),
        (0, "1 that break TR326 (ijw-3.2) in gebroken\n")
    );
    let checked = folder.run("check --dossier gebroken/TR326-ijw-3.2-1");
    assert_eq!(checked.code, 1);
    assert!(checked.out.contains("fout[TR326]"), "{}", checked.out);
    // What proves TR322 is kept for iWmo: here it is said as iJw says it.
    let made = folder.run("generate --violate TR322 --release ijw-3.2 --out gebroken");
    assert_eq!((made.code, made.err.as_str()), (0, ""));
    let checked = folder.run("check --dossier gebroken/TR322-ijw-3.2-1");
    assert!(checked.out.contains("fout[TR322]"), "{}", checked.out);
    let unknown = folder.refused("generate --violate TR9");
    assert!(unknown.contains("there is no rule TR9"), "{unknown}");
    assert!(folder.refused("generate").contains("--message"));
}
