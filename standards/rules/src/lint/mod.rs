//! Looks for loose ends in the data of a release: rules that nothing can break or keep, pairs that fall together, codes
//! that nobody defines, and whether what was published wrongly is still dealt with as is written.
//!
//! What can be read off the data is in `loose.rs` and `errata.rs`. What only shows when rules are asked is observed over
//! witnesses and messages near them (`observe.rs`) and concluded in `conclude.rs`. Nothing here is about one standard: no
//! code or limit is known. Tests: `tests/it/lint.rs`.

mod conclude;
mod errata;
mod loose;
mod observe;

use std::collections::BTreeSet;
use std::sync::Arc;

use kp_model::{Catalogue, Judging, Place, ReleaseError, ReleaseId, Seed};

use crate::rulebook::Rulebook;
use crate::witness::WitnessFiles;

pub use errata::Erratum;

/// What is asked of a look at a release.
#[derive(Clone, Debug)]
pub struct LintOrder {
    /// The release, as in `iwmo-3.2`.
    pub release: String,
    /// How many varied messages are judged, at least.
    pub mutants: u32,
    /// Where all chance comes from.
    pub seed: Seed,
    /// The witnesses, of any release.
    pub witnesses: Vec<WitnessFiles>,
    /// Texts beside the release in which rules are named, by path: scenarios.
    pub texts: Vec<(String, String)>,
}

/// What was found in a release.
#[derive(Clone, Debug)]
pub struct Lint {
    /// The release.
    pub release: ReleaseId,
    /// Its digest.
    pub digest: String,
    /// How many varied messages were judged.
    pub mutants: u32,
    /// How many rules are asked of messages and dossiers.
    pub rules: usize,
    /// What is to be told, faults first, then by place.
    pub matters: Vec<Matter>,
    /// Every declared pair, and every other that held throughout.
    pub pairs: Vec<PairCount>,
    /// What was published wrongly, by name.
    pub errata: Vec<Erratum>,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Matter {
    /// How much it matters.
    pub weight: Weight,
    /// What sort of thing it is.
    pub kind: MatterKind,
    /// The codes that it is about.
    pub codes: Vec<String>,
    /// Where it stands in the data.
    pub place: Option<Place>,
    /// What is the matter, in Dutch.
    pub nl: String,
    /// What is the matter, in English.
    pub en: String,
    /// What to do, in Dutch.
    pub todo_nl: String,
    /// What to do, in English.
    pub todo_en: String,
    /// The erratum that deals with it, by name.
    pub erratum: Option<String>,
}

/// How much something matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Nobody recorded it.
    Fault,
    /// An erratum deals with it.
    Known,
    /// Worth a look.
    Remark,
}

/// What sort of thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MatterKind {
    /// A code is used that no rule has.
    Undefined,
    /// A RetourCode that no rule gives.
    Ungiven,
    /// The number of a RetourCode is that of another rule than the one that gives it.
    Misnumbered,
    /// A code list says that another rule gives a RetourCode.
    Misattributed,
    /// A view or kind of fact that nothing asks for.
    Unused,
    /// A rule without a witness that keeps it or one that breaks it.
    Unproven,
    /// A witness does not show what it says.
    Witness,
    /// A rule that never applies.
    Dead,
    /// A rule that could never be judged, because what it rests on was never known.
    Unknown,
    /// A rule that nothing breaks.
    Unbreakable,
    /// A rule that is never told, because others that are broken with it come first.
    Shadowed,
    /// Two rules that never both held where both applied.
    Contradictory,
    /// A pair that is said to fall together, and does not.
    PairDisproved,
    /// A pair that always fell together, and is not said to.
    Pair,
    /// An erratum that is no longer so.
    StaleErratum,
}

/// How often two rules fell together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairCount {
    /// The rule that was broken.
    pub rule: String,
    /// The rule that was broken with it.
    pub with: String,
    /// How often the first was broken where the other could be told.
    pub broken: u32,
    /// How often the other was then broken too.
    pub together: u32,
    /// Why they are said to fall together, when they are.
    pub because: Option<String>,
}

impl Weight {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fault => "fout",
            Self::Known => "bekend",
            Self::Remark => "opmerking",
        }
    }
}

impl MatterKind {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Ungiven => "ungiven",
            Self::Misnumbered => "misnumbered",
            Self::Misattributed => "misattributed",
            Self::Unused => "unused",
            Self::Unproven => "unproven",
            Self::Witness => "witness",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
            Self::Unbreakable => "unbreakable",
            Self::Shadowed => "shadowed",
            Self::Contradictory => "contradictory",
            Self::PairDisproved => "pair-disproved",
            Self::Pair => "pair",
            Self::StaleErratum => "stale-erratum",
        }
    }
}

impl Lint {
    /// Whether there is a fault that nobody recorded.
    #[must_use]
    pub fn has_fault(&self) -> bool {
        self.matters.iter().any(|matter| matter.weight == Weight::Fault)
    }
}

/// Looks at a release of a catalogue.
///
/// # Errors
/// When there is no such release, or with every fault that keeps it from loading.
pub fn lint(catalogue: &Catalogue, order: &LintOrder) -> Result<Lint, ReleaseError> {
    let (rulebook, judging) = Rulebook::load_written(catalogue, &order.release)?;
    // Rules without gates load when they do with them.
    let asking_all =
        Rulebook::asking_all(rulebook.release(), &judging).unwrap_or_else(|| Arc::clone(&rulebook));
    let data = Data {
        rulebook: &rulebook,
        judging: &judging,
        files: catalogue.files(rulebook.release().id()),
        texts: &order.texts,
        elsewhere: codes_of_others(catalogue, &rulebook),
    };
    let mut matters = loose::look(&data);
    let observed = observe::observe(catalogue, &rulebook, &asking_all, &judging, order);
    let (concluded, pairs) = conclude::conclude(&data, &observed);
    matters.extend(concluded);
    let errata = errata::apply(&data, &mut matters);
    matters.sort_by(|one, other| {
        (one.weight, &one.place, one.kind, &one.codes).cmp(&(
            other.weight,
            &other.place,
            other.kind,
            &other.codes,
        ))
    });
    matters.dedup();
    Ok(Lint {
        release: rulebook.release().id().clone(),
        digest: rulebook.release().digest().to_owned(),
        mutants: observed.mutants,
        rules: rulebook.judging_codes().count(),
        matters,
        pairs,
        errata,
    })
}

/// The codes of rules of the other releases at hand: what they share may name a rule that only one of them has.
fn codes_of_others(catalogue: &Catalogue, rulebook: &Rulebook) -> BTreeSet<String> {
    let others = catalogue
        .ids()
        .into_iter()
        .filter(|id| id != rulebook.release().id());
    // What does not load is told when it is asked for.
    let loaded = others.filter_map(|id| catalogue.load(&id.to_string()).ok());
    loaded
        .flat_map(|release| release.rules().keys().cloned().collect::<Vec<_>>())
        .collect()
}

/// A release as it is looked at.
struct Data<'a> {
    rulebook: &'a Arc<Rulebook>,
    judging: &'a Judging,
    files: Vec<(&'a Arc<str>, &'a str)>,
    texts: &'a [(String, String)],
    elsewhere: BTreeSet<String>,
}

impl Data<'_> {
    /// The codes of all rules.
    fn defined(&self) -> BTreeSet<&str> {
        self.judging
            .rules
            .iter()
            .map(|rule| rule.code.value.as_str())
            .collect()
    }

    /// Where a rule stands.
    fn place_of(&self, code: &str) -> Option<Place> {
        let rule = self.judging.rules.iter().find(|rule| rule.code.value == code)?;
        Some(rule.code.place.clone())
    }
}

/// A fault, in both languages, with what to do.
fn fault(kind: MatterKind, codes: &[&str], place: Option<Place>, told: [&str; 2], todo: [&str; 2]) -> Matter {
    Matter {
        weight: Weight::Fault,
        kind,
        codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        place,
        nl: told[0].to_owned(),
        en: told[1].to_owned(),
        todo_nl: todo[0].to_owned(),
        todo_en: todo[1].to_owned(),
        erratum: None,
    }
}
