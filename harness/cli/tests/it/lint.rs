//! `lint` as a user meets it: faults with their place and what to do, JSON by its schema, the page for the reference group.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::Folder;
use crate::schema::Schema;

const LINT: &str = include_str!("../../../../docs/schemas/lint-1.json");

/// Without varied messages, which this crate does not test: witnesses are judged all the same.
const LOOK: &str = "lint --release iwmo-3.2 --mutants 0";

/// A folder with the data of iWmo, written out, in which one text is another.
fn changed(file: &str, from: &str, to: &str) -> Folder {
    let folder = Folder::new();
    let ran = folder.run("export release --flat --release iwmo-3.2 --out data");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let path = folder.path().join("data/iwmo/3.2").join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} holds {from}");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
    folder
}

#[test]
fn what_is_found_has_exactly_the_fields_of_its_schema() {
    let ran = Folder::new().run(&format!("{LOOK} --format json"));
    let found: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err));
    let mut schema = Schema::read(LINT);
    assert_eq!(schema.faults(&found), Vec::<String>::new());
    assert_eq!(schema.never_met(), Vec::<String>::new());
    let matters = found["releases"][0]["matters"].as_array().unwrap();
    let has_fault = matters.iter().any(|matter| matter["weight"] == "fout");
    assert_eq!(ran.code, i32::from(has_fault));
}

#[test]
fn a_fault_is_told_with_its_place_and_what_to_do() {
    let folder = changed("rules.toml", "retourcode = \"9355\"", "retourcode = \"9359\"");
    let ran = folder.run(&format!("--releases data {LOOK} --lang en"));
    assert_eq!(ran.code, 1, "{}", ran.err);
    let line = |text: &str| {
        let data = folder.read("data/iwmo/3.2/rules.toml");
        data.lines().position(|line| line == text).unwrap() + 1
    };
    let told = [
        "fault[ungiven] RetourCode 9355 is in the code list, but no rule gives it".to_owned(),
        "fault[misnumbered] TR355 gives RetourCode 9359, the number of another rule".to_owned(),
        format!("  --> iwmo/3.2/rules.toml:{}:8\n", line("code = \"TR355\"")),
        "   = mend the retourcode, or record the fault of the standard in errata.toml (gives)".to_owned(),
        "fault[stale-erratum] the erratum 9355 is no longer so: TR355 does not give RetourCode 9355"
            .to_owned(),
        "known[misnumbered] TR382 gives RetourCode 9069, the number of another rule".to_owned(),
        "   = erratum 9069".to_owned(),
    ];
    for text in told {
        assert!(ran.out.contains(&text), "{text}\n{}", ran.out);
    }
}

#[test]
fn a_release_that_is_not_there_is_refused() {
    insta::assert_snapshot!(Folder::new().refused("lint --release iwmo-9.9"), @r"
    $ ketenproef lint --release iwmo-9.9
    error: failed to find release `iwmo-9.9`
      hint: did you mean `iwmo-3.1`? known releases: ieb-3.0, ieb-4.0, ijw-3.1, ijw-3.2, iwmo-3.1, iwmo-3.2
    2
");
}

/// The page in docs is what the data says. To write it anew: `ketenproef lint --format page > docs/known-faults.md`.
#[test]
fn the_page_of_known_faults_is_that_of_the_data() {
    let ran = Folder::new().run("lint --mutants 0 --format page");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/known-faults.md");
    let kept = fs::read_to_string(root).unwrap_or_default();
    assert_eq!(ran.out, kept, "{}", ran.err);
}
