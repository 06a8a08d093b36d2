//! Which rules are judged, and which of them witnesses prove both ways.
//!
//! A rule is proven when one witness passes and another breaks it (or is worth a remark, where it only remarks), and each
//! of its witnesses shows what it is to show. What two releases say alike is proven by the witnesses of either. Tests:
//! `tests/it/witness.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kp_model::{JudgedBy, RuleText};

use crate::mutation::Written;
use crate::rulebook::Rulebook;
use crate::witness::{Side, WitnessFiles, rules_of};

/// How a rule is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judged {
    /// By the form of values.
    Structure,
    /// By what messages say.
    Rule,
    /// By a clock over a history.
    Term,
    /// Not at all.
    Not,
}

/// What witnesses prove of a rule.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Its code.
    pub code: String,
    /// The level of control, as published.
    pub level: String,
    /// The releases that have it.
    pub releases: Vec<String>,
    /// How it is judged.
    pub judged: Judged,
    /// Why nothing judges it, as the data names the sort of reason; none when something does.
    pub reason: Option<&'static str>,
    /// How many witnesses show what they are to show, by side.
    pub witnesses: BTreeMap<Side, usize>,
    /// The witnesses that do not, with what they show instead.
    pub wrong: Vec<String>,
    /// The releases of which no witness proves it both ways.
    pub unproven: Vec<String>,
}

impl Proof {
    /// Whether it is proven both ways in every release that has it.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.unproven.is_empty() && self.wrong.is_empty()
    }

    /// How many witnesses show this side of it.
    #[must_use]
    pub fn count(&self, side: Side) -> usize {
        self.witnesses.get(&side).copied().unwrap_or_default()
    }
}

/// What witnesses prove of every rule of some releases, by code.
#[must_use]
pub fn prove(releases: &[Written], witnesses: &[WitnessFiles]) -> Vec<Proof> {
    let mut proofs: BTreeMap<String, Proof> = BTreeMap::new();
    for written in releases {
        let rulebook = written.rulebook();
        let structure = structure(rulebook);
        let asked: BTreeSet<&str> = rulebook.judging_codes().collect();
        for (code, text) in rulebook.release().rules() {
            let judged = if structure.contains(code) {
                Judged::Structure
            } else if rulebook.is_term(code) {
                Judged::Term
            } else if asked.contains(code.as_str()) {
                Judged::Rule
            } else {
                Judged::Not
            };
            let proof = proofs.entry(code.clone()).or_insert_with(|| Proof {
                code: code.clone(),
                level: text.level.clone(),
                releases: Vec::new(),
                judged,
                reason: reason(text),
                witnesses: BTreeMap::new(),
                wrong: Vec::new(),
                unproven: Vec::new(),
            });
            proof.releases.push(rulebook.release().id().to_string());
            proof.judged = proof.judged.min(judged);
        }
    }
    let mut shown: BTreeMap<(String, String), BTreeSet<Side>> = BTreeMap::new();
    for files in witnesses {
        let of_release = releases.iter().map(Written::rulebook);
        let mut of_release =
            of_release.filter(|rulebook| rulebook.release().id().to_string() == files.release);
        let (Some(rulebook), Some(proof)) = (of_release.next(), proofs.get_mut(&files.rule)) else {
            continue;
        };
        match verdict(files, rulebook) {
            // What breaks other rules too proves nothing of this one.
            Ok(None) => {}
            Ok(Some(side)) => {
                *proof.witnesses.entry(side).or_default() += 1;
                let of = (files.release.clone(), files.rule.clone());
                shown.entry(of).or_default().insert(side);
            }
            Err(what) => proof
                .wrong
                .push(format!("{}/{}/{}: {what}", files.release, files.rule, files.case)),
        }
    }
    for proof in proofs.values_mut().filter(|proof| proof.judged != Judged::Not) {
        for written in releases {
            let id = written.rulebook().release().id().to_string();
            if !proof.releases.contains(&id) {
                continue;
            }
            let sides: BTreeSet<Side> = releases
                .iter()
                .filter(|other| written.agrees(other, &proof.code))
                .filter_map(|other| {
                    let of = (other.rulebook().release().id().to_string(), proof.code.clone());
                    shown.get(&of)
                })
                .flatten()
                .copied()
                .collect();
            // What only remarks is never broken.
            let text = written.rulebook().release().rules().get(&proof.code);
            let other = if text.is_some_and(|text| text.judged == JudgedBy::Observation) {
                Side::Remarks
            } else {
                Side::Breaks
            };
            if !sides.is_superset(&BTreeSet::from([Side::Passes, other])) {
                proof.unproven.push(id);
            }
        }
    }
    proofs.into_values().collect()
}

fn reason(text: &RuleText) -> Option<&'static str> {
    match &text.judged {
        JudgedBy::Nothing(unjudged) => Some(unjudged.reason.name()),
        JudgedBy::Schema | JudgedBy::Binding | JudgedBy::Term | JudgedBy::Observation => None,
    }
}

fn verdict(files: &WitnessFiles, rulebook: &Arc<Rulebook>) -> Result<Option<Side>, String> {
    let witness = files.read(rulebook).map_err(|error| error.to_string())?;
    let is_alone = witness.others.is_empty();
    witness
        .verdict(rulebook)
        .map(|()| is_alone.then_some(witness.side))
}

/// The rules that the form of values upholds.
fn structure(rulebook: &Rulebook) -> BTreeSet<String> {
    let release = rulebook.release();
    let elements = release.messages().iter().flat_map(|message| message.elements());
    elements
        .flat_map(|element| rules_of(release, element))
        .map(str::to_owned)
        .collect()
}
