//! Every rule has a witness that passes and one that breaks it, and only it: `golden/witness/RELEASE/CODE`.
//!
//! A witness is a message, or a folder with messages whose names begin with the moment of delivery, and facts in
//! `dossier.toml`. `slaagt…` breaks nothing and the rule applied; `breekt…` breaks the rule and what it
//! implies; `vrij…` breaks nothing because the rule makes an exception of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::DateTime;
use kp_model::{Catalogue, Limits, Message, check};
use kp_rules::{Delivered, Dossier, Fact, Judgement, Rulebook, judge_message};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../golden/witness")
}

/// What a witness shows.
#[derive(Default)]
struct Shown {
    broken: BTreeSet<String>,
    remarks: BTreeSet<String>,
    applied: BTreeSet<String>,
    not_judged: BTreeSet<String>,
    explained: Vec<String>,
}

impl Shown {
    fn add(&mut self, judgement: &Judgement, rulebook: &Rulebook) {
        for finding in &judgement.findings {
            let into = if finding.is_fout() {
                &mut self.broken
            } else {
                &mut self.remarks
            };
            into.insert(finding.rule.clone());
            self.explained.push(format!(
                "{} {} expected {:?} got {:?} related {:?}",
                finding.rule, finding.path, finding.expected, finding.got, finding.related
            ));
        }
        self.applied
            .extend(judgement.applied(rulebook).map(str::to_owned));
        self.not_judged.extend(judgement.not_judged.keys().cloned());
    }
}

fn read(path: &Path, rulebook: &Rulebook) -> Message {
    let bytes = fs::read(path).unwrap();
    let checked = check(
        bytes.into(),
        &[Arc::clone(rulebook.release())],
        &Limits::default(),
    );
    assert!(
        checked.is_valid(),
        "{} is schema-valid: {:#?}",
        path.display(),
        checked.findings
    );
    checked.message.unwrap()
}

fn show(path: &Path, rulebook: &Arc<Rulebook>) -> Shown {
    let mut shown = Shown::default();
    if path.is_file() {
        shown.add(&judge_message(rulebook, &read(path, rulebook)), rulebook);
        return shown;
    }
    let mut dossier = Dossier::new(vec![Arc::clone(rulebook)]);
    let (facts, clock) = described(&path.join("dossier.toml"));
    let mut facts = facts.into_iter().peekable();
    let mut last = DateTime::MIN;
    for file in sorted(path)
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "xml"))
    {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let at = moment(&name);
        while let Some((_, fact)) = facts.next_if(|(stated, _)| *stated <= at) {
            dossier.state(None, fact).unwrap();
        }
        last = at;
        let message = read(&file, rulebook);
        let judgement = dossier.receive(Delivered {
            name,
            message,
            sent: at,
            received: at,
        });
        shown.add(&judgement, rulebook);
    }
    for (_, fact) in facts {
        dossier.state(None, fact).unwrap();
    }
    for result in dossier.terms(clock.unwrap_or(last)) {
        match result.finding {
            Some(finding) => {
                shown.explained.push(format!(
                    "{} expected {:?} got {:?}",
                    finding.rule, finding.expected, finding.got
                ));
                shown.broken.insert(finding.rule);
            }
            // A term that is not over yet is no verdict on the rule.
            None => drop(shown.not_judged.insert(result.rule)),
        }
    }
    shown
}

fn moment(name: &str) -> DateTime {
    format!("{}:{}:00", &name[..13], &name[13..15]).parse().unwrap()
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

type Described = (Vec<(DateTime, Fact)>, Option<DateTime>);

fn described(path: &Path) -> Described {
    let Ok(text) = fs::read_to_string(path) else {
        return (Vec::new(), None);
    };
    let table: toml::Table = text.parse().unwrap();
    let day = |value: &toml::Value| -> DateTime {
        format!("{}T00:00:00", value.as_str().unwrap()).parse().unwrap()
    };
    let list = |key: &str| -> Vec<toml::Value> {
        table
            .get(key)
            .and_then(|list| list.as_array().cloned())
            .unwrap_or_default()
    };
    let facts = list("feit")
        .iter()
        .map(|fact| {
            let values: BTreeMap<String, String> = fact["waarden"]
                .as_table()
                .unwrap()
                .iter()
                .map(|(column, value)| {
                    (
                        column.clone(),
                        value.as_str().map_or_else(|| value.to_string(), str::to_owned),
                    )
                })
                .collect();
            let at = fact.get("op").map_or(DateTime::MIN, day);
            (
                at,
                Fact {
                    kind: fact["soort"].as_str().unwrap().to_owned(),
                    values,
                },
            )
        })
        .collect();
    (facts, list("klok").iter().map(|clock| day(&clock["nu"])).max())
}

#[test]
fn every_witness_breaks_its_rule_and_only_that_or_nothing_at_all() {
    let catalogue = Catalogue::embedded();
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<String, (bool, bool)> = BTreeMap::new();
    for release in sorted(&root()) {
        let id = release.file_name().unwrap().to_string_lossy().into_owned();
        let rulebook = Rulebook::load(&catalogue, &id).unwrap();
        for folder in sorted(&release) {
            let code = folder.file_name().unwrap().to_string_lossy().into_owned();
            for witness in sorted(&folder) {
                let case = witness.file_name().unwrap().to_string_lossy().into_owned();
                let shown = show(&witness, &rulebook);
                let name = format!("{id}/{code}/{case}");
                let sides = seen.entry(code.clone()).or_default();
                if case.starts_with("vrij") {
                    if !shown.broken.is_empty() || shown.applied.contains(&code) {
                        wrong.push(format!(
                            "{name}: broken {:?}, applied {:?}",
                            shown.broken, shown.applied
                        ));
                    }
                } else if case.starts_with("slaagt") {
                    sides.0 = true;
                    // A term applies when it ended in time or still runs; it is asked of no single message.
                    let is_term = rulebook.is_term(&code);
                    if !shown.broken.is_empty()
                        || !(is_term || shown.applied.contains(&code))
                        || shown.not_judged.contains(&code) && !is_term
                    {
                        wrong.push(format!(
                            "{name}: broken {:?}, not judged {:?}\n  {}",
                            shown.broken,
                            shown.not_judged,
                            shown.explained.join("\n  ")
                        ));
                    }
                } else {
                    sides.1 = true;
                    let mut allowed: BTreeSet<String> = rulebook
                        .implied_by(&code)
                        .into_iter()
                        .map(str::to_owned)
                        .collect();
                    allowed.insert(code.clone());
                    if !shown.broken.contains(&code) || !shown.broken.is_subset(&allowed) {
                        wrong.push(format!(
                            "{name}: broken {:?}\n  {}",
                            shown.broken,
                            shown.explained.join("\n  ")
                        ));
                    }
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} witnesses are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    for rulebook in Rulebook::load_all(&catalogue).unwrap() {
        let unproven: Vec<&str> = rulebook
            .judging_codes()
            .filter(|code| seen.get(*code) != Some(&(true, true)))
            .collect();
        assert!(unproven.is_empty(), "no witness both ways: {unproven:?}");
    }
}
