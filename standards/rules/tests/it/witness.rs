//! Every rule has a witness that passes and one that breaks it, and only it: `golden/witness/RELEASE/CODE`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use kp_model::{Catalogue, JudgedBy};
use kp_rules::{Rulebook, Side, WitnessFiles, translated};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../golden/witness")
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Every witness that is kept.
pub(crate) fn witnesses() -> Vec<WitnessFiles> {
    witnesses_of(&root())
}

/// Every witness of a folder.
pub(crate) fn witnesses_of(root: &Path) -> Vec<WitnessFiles> {
    let mut witnesses = Vec::new();
    for release in sorted(root).into_iter().filter(|path| path.is_dir()) {
        for rule in sorted(&release) {
            for witness in sorted(&rule) {
                let is_message = witness.is_file();
                let files = if is_message {
                    vec![witness.clone()]
                } else {
                    sorted(&witness)
                };
                let files: BTreeMap<String, Bytes> = files
                    .iter()
                    .map(|file| (name(file), fs::read(file).unwrap().into()))
                    .collect();
                witnesses.push(WitnessFiles {
                    release: name(&release),
                    rule: name(&rule),
                    case: name(&witness.with_extension("")),
                    files,
                    is_message,
                });
            }
        }
    }
    witnesses
}

#[test]
fn every_witness_breaks_its_rule_and_only_that_or_nothing_at_all() {
    let rulebooks = Rulebook::load_all(&Catalogue::embedded()).unwrap();
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<String, BTreeSet<Side>> = BTreeMap::new();
    for files in witnesses() {
        let rulebook = rulebooks
            .iter()
            .find(|rulebook| rulebook.release().id().to_string() == files.release)
            .unwrap();
        let witness = files.read(rulebook).unwrap();
        if let Err(what) = witness.verdict(rulebook) {
            wrong.push(format!("{}/{}/{}: {what}", files.release, files.rule, files.case));
        }
        if witness.others.is_empty() {
            seen.entry(files.rule).or_default().insert(witness.side);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} witnesses are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    for rulebook in rulebooks {
        let unproven: Vec<&str> = rulebook
            .judging_codes()
            .filter(|code| {
                let sides = seen.get(*code);
                // What only remarks is never broken.
                let is_observation = rulebook.release().rules()[*code].judged == JudgedBy::Observation;
                let both = if is_observation {
                    [Side::Passes, Side::Remarks]
                } else {
                    [Side::Passes, Side::Breaks]
                };
                !both
                    .iter()
                    .all(|side| sides.is_some_and(|sides| sides.contains(side)))
            })
            .collect();
        assert!(unproven.is_empty(), "no witness both ways: {unproven:?}");
    }
}

#[test]
fn a_witness_of_one_release_can_be_said_in_the_other() {
    let rulebooks = Rulebook::load_all(&Catalogue::embedded()).unwrap();
    let of = |id: &str| {
        let mut found = rulebooks
            .iter()
            .filter(|rulebook| rulebook.release().id().to_string() == id);
        found.next().unwrap()
    };
    let (iwmo, ijw) = (of("iwmo-3.2"), of("ijw-3.2"));
    let (mut alike, mut all) = (0, 0);
    for files in witnesses() {
        let is_plain = ["breekt", "slaagt"].contains(&&*files.case);
        if files.release != "iwmo-3.2" || !is_plain || !ijw.judging_codes().any(|code| code == files.rule) {
            continue;
        }
        all += 1;
        let Some(said) = translated(&files, iwmo.release(), ijw.release()) else {
            continue;
        };
        assert_eq!(said.release, "ijw-3.2");
        let names: Vec<&String> = said.files.keys().collect();
        assert!(!names.iter().any(|name| name.contains("WMO")), "{names:?}");
        let witness = said.read(ijw);
        alike += u32::from(witness.is_ok_and(|witness| witness.verdict(ijw).is_ok()));
    }
    // Some rules are of one wet alone, and some codes that a history turns on are.
    assert!(all > 200 && alike * 10 > all * 8, "{alike} of {all}");
}
