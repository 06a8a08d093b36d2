//! Witnesses: the proof that a rule tells what breaks it from what does not.
//!
//! A witness is of one rule of one release: a message, or a history of messages and facts. What its name begins with says
//! what it shows: `slaagt…` breaks nothing although the rule applies, `breekt…` breaks the rule and what that implies,
//! `vrij…` breaks nothing because the rule makes an exception of it, and `opmerking…` breaks nothing and is worth a remark
//! by the rule. What else is broken stands behind `-met-`, as in `breekt-met-CS337`: such a witness proves nothing of its
//! rule alone, but notices when it changes. Tests: `tests/it/witness.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::DateTime;
use kp_model::{Element, Finding, Limits, Message, Release, check};

use crate::dossier::{Delivered, Dossier, Fact, FactError};
use crate::history::{History, HistoryError, What};
use crate::judge::{Judgement, judge_message};
use crate::rulebook::Rulebook;

/// What a witness is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The rule applies and holds, and so do all others.
    Passes,
    /// The rule is broken, and what it implies at most.
    Breaks,
    /// The rule does not apply, and nothing is broken.
    Exempt,
    /// The rule remarks, and nothing is broken.
    Remarks,
}

impl Side {
    const ALL: [Self; 4] = [Self::Breaks, Self::Passes, Self::Exempt, Self::Remarks];

    /// What the name of a witness that shows it begins with.
    fn word(self) -> &'static str {
        match self {
            Self::Passes => "slaagt",
            Self::Breaks => "breekt",
            Self::Exempt => "vrij",
            Self::Remarks => "opmerking",
        }
    }

    /// Whether what was shown is this of a rule, when others are broken besides.
    fn is_shown(self, code: &str, others: &BTreeSet<String>, shown: &Shown, rulebook: &Rulebook) -> bool {
        match self {
            Self::Exempt => shown.broken == *others && !shown.applied.contains(code),
            Self::Passes => {
                let applied = shown.applied.contains(code) && !shown.not_judged.contains(code);
                shown.broken == *others && applied && !shown.remarked.contains(code)
            }
            Self::Breaks => {
                let implied = rulebook.implied_by(code);
                let is_allowed = |broken: &String| {
                    broken == code || others.contains(broken) || implied.contains(&broken.as_str())
                };
                // One value may break more than one limit of its form.
                let is_alone = shown.misshapen.len() == 1 || shown.broken.iter().all(is_allowed);
                shown.broken.contains(code) && shown.broken.is_superset(others) && is_alone
            }
            Self::Remarks => shown.broken == *others && shown.remarked.contains(code),
        }
    }
}

/// What stands between the name of what a witness shows and those of the other rules that it breaks.
const BESIDES: &str = "-met-";

/// The name of a case by which what was shown of a rule is a witness of it.
pub(crate) fn case_of(code: &str, shown: &Shown, rulebook: &Rulebook) -> Option<String> {
    let implied = rulebook.implied_by(code);
    let is_other = |broken: &&String| {
        *broken != code && !(shown.broken.contains(code) && implied.contains(&broken.as_str()))
    };
    let others: BTreeSet<String> = shown.broken.iter().filter(is_other).cloned().collect();
    let mut sides = Side::ALL.into_iter();
    let side = sides.find(|side| side.is_shown(code, &others, shown, rulebook))?;
    let mut case = side.word().to_owned();
    if !others.is_empty() {
        case.push_str(BESIDES);
        case.push_str(&others.into_iter().collect::<Vec<_>>().join("-"));
    }
    Some(case)
}

/// The rules that a witness of this name breaks besides its own.
fn others(case: &str, rulebook: &Rulebook) -> BTreeSet<String> {
    let Some((_, others)) = case.split_once(BESIDES) else {
        return BTreeSet::new();
    };
    let mut codes: Vec<String> = Vec::new();
    for part in others.split('-') {
        let rules = rulebook.release().rules();
        // A code may itself have a hyphen; what is in no code, a number, tells witnesses apart that show the same.
        let longer = codes.last().map(|code| format!("{code}-{part}"));
        if let Some(code) = longer.filter(|code| rules.contains_key(code)) {
            codes.pop();
            codes.push(code);
        } else if part.starts_with(|first: char| first.is_ascii_uppercase()) {
            codes.push(part.to_owned());
        }
    }
    codes.into_iter().collect()
}

/// A witness as it is kept: its files, and what they prove.
#[derive(Clone, Debug)]
pub struct WitnessFiles {
    /// The release, as in `iwmo-3.2`.
    pub release: String,
    /// The code of the rule.
    pub rule: String,
    /// Its own name, as in `breekt-relatie`.
    pub case: String,
    /// The files of a history by name; one of any name when `is_message`.
    pub files: BTreeMap<String, Bytes>,
    /// Whether it is a single message, which is judged by what stands in it alone.
    pub is_message: bool,
}

/// A witness that is read.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The code of the rule.
    pub rule: String,
    /// Its own name.
    pub case: String,
    /// What it is to show.
    pub side: Side,
    /// The rules that are broken besides.
    pub others: BTreeSet<String>,
    pub(crate) what: Content,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// A message alone.
    Message(Message),
    /// A message that has no good structure, with what is wrong.
    Misshapen(Vec<Finding>),
    History(Vec<Moved>, DateTime),
}

#[derive(Clone, Debug)]
pub(crate) enum Moved {
    Message(Box<Delivered>),
    Fact(Fact),
}

/// Why a witness cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WitnessError {
    /// The name says nothing of what it shows.
    #[error("a witness is named slaagt…, breekt…, vrij… or opmerking…")]
    Name,
    /// A message of a history has no good structure.
    #[error("{file}: {what}")]
    Structure {
        /// The file.
        file: String,
        /// The first finding.
        what: String,
    },
    /// The files make no history.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A fact that no release knows, or that does not fit.
    #[error(transparent)]
    Fact(#[from] FactError),
}

/// What the rules say of a witness.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The rules that are broken.
    pub broken: BTreeSet<String>,
    /// The rules by which something is worth a remark.
    pub remarked: BTreeSet<String>,
    /// The rules that were asked and whose condition held, or whose term ended in time.
    pub applied: BTreeSet<String>,
    /// The rules that could not be judged.
    pub not_judged: BTreeSet<String>,
    /// The elements whose values have no good form.
    pub misshapen: BTreeSet<String>,
    /// Every finding in a line, for who has to mend a witness.
    pub explained: Vec<String>,
}

impl WitnessFiles {
    /// What its name says that it shows; none when it says nothing of it.
    #[must_use]
    pub fn side(&self) -> Option<Side> {
        side(&self.case)
    }

    /// Reads the messages, against the release of a rulebook.
    ///
    /// # Errors
    /// When the files are not those of a witness.
    pub fn read(&self, rulebook: &Rulebook) -> Result<Witness, WitnessError> {
        let side = self.side().ok_or(WitnessError::Name)?;
        let releases = [Arc::clone(rulebook.release())];
        let what = if self.is_message {
            let bytes = self.files.values().next().cloned().unwrap_or_default();
            let checked = check(bytes, &releases, &Limits::default());
            match checked
                .message
                .filter(|_| checked.findings.iter().all(|one| !one.is_fout()))
            {
                Some(message) => Content::Message(message),
                None => Content::Misshapen(checked.findings),
            }
        } else {
            self.history(rulebook)?
        };
        Ok(Witness {
            rule: self.rule.clone(),
            case: self.case.clone(),
            side,
            others: others(&self.case, rulebook),
            what,
        })
    }

    fn history(&self, rulebook: &Rulebook) -> Result<Content, WitnessError> {
        let releases = [Arc::clone(rulebook.release())];
        let mut files = self.files.clone();
        let description = files.remove(History::<Bytes>::DESCRIPTION);
        let description = description.as_deref().map(String::from_utf8_lossy);
        let history = History::new(files, description.as_deref(), History::<Bytes>::DESCRIPTION)?;
        let (mut moved, mut last) = (Vec::new(), DateTime::MIN);
        for event in history.events {
            match event.what {
                What::Fact { fact, .. } => moved.push(Moved::Fact(fact)),
                What::Message { name, sent, content } => {
                    let checked = check(content, &releases, &Limits::default());
                    let wrong = checked.findings.iter().find(|finding| finding.is_fout());
                    let message = checked.message.filter(|_| wrong.is_none());
                    let message = message.ok_or_else(|| WitnessError::Structure {
                        file: name.clone(),
                        what: wrong.map(explained).unwrap_or_default(),
                    })?;
                    last = event.at;
                    moved.push(Moved::Message(Box::new(Delivered {
                        name,
                        message,
                        sent,
                        received: event.at,
                    })));
                }
            }
        }
        Ok(Content::History(moved, history.until.unwrap_or(last)))
    }
}

impl Witness {
    /// What the rules say of it.
    ///
    /// # Errors
    /// When it states a fact that the release does not know.
    pub fn show(&self, rulebook: &Arc<Rulebook>) -> Result<Shown, FactError> {
        let mut shown = Shown::default();
        match &self.what {
            Content::Message(message) => {
                shown.add(&judge_message(rulebook, message), rulebook);
                shown.applied.extend(ruled(message));
            }
            Content::Misshapen(findings) => {
                for finding in findings.iter().filter(|finding| finding.is_fout()) {
                    shown.broken.insert(finding.rule.clone());
                    shown.misshapen.insert(finding.path.clone());
                    shown.explained.push(explained(finding));
                }
            }
            Content::History(moved, until) => {
                let mut dossier = Dossier::new(vec![Arc::clone(rulebook)]);
                for step in moved {
                    match step {
                        Moved::Fact(fact) => dossier.state(None, fact.clone())?,
                        Moved::Message(delivered) => {
                            let judgement = dossier.receive(Delivered::clone(delivered));
                            shown.add(&judgement, rulebook);
                        }
                    }
                }
                for term in dossier.terms(*until) {
                    match term.finding {
                        Some(finding) => {
                            shown.explained.push(explained(&finding));
                            shown.broken.insert(finding.rule);
                        }
                        // A term that is not over yet is no verdict on the rule.
                        None => drop(shown.not_judged.insert(term.rule)),
                    }
                }
                shown.applied.extend(dossier.kept_terms());
            }
        }
        Ok(shown)
    }

    /// Whether it shows what it is to show; what it shows instead, for people.
    ///
    /// # Errors
    /// With what is otherwise.
    pub fn verdict(&self, rulebook: &Arc<Rulebook>) -> Result<(), String> {
        let shown = self.show(rulebook).map_err(|error| error.to_string())?;
        self.verdict_of(&shown, rulebook)
    }

    /// The same of what was shown before.
    ///
    /// # Errors
    /// With what is otherwise.
    pub fn verdict_of(&self, shown: &Shown, rulebook: &Rulebook) -> Result<(), String> {
        let code = &self.rule;
        let is_right = self.side.is_shown(code, &self.others, shown, rulebook);
        if is_right {
            return Ok(());
        }
        let list = |codes: &BTreeSet<String>| codes.iter().cloned().collect::<Vec<_>>().join(" ");
        let mut told = format!("broken [{}]", list(&shown.broken));
        if !shown.remarked.is_empty() {
            told.push_str(&format!(", remarked [{}]", list(&shown.remarked)));
        }
        if self.side != Side::Breaks {
            let applies = if shown.applied.contains(code) {
                "applies"
            } else {
                "does not apply"
            };
            told.push_str(&format!(", {code} {applies}"));
        }
        for line in &shown.explained {
            told.push_str("\n  ");
            told.push_str(line);
        }
        Err(told)
    }
}

impl Shown {
    fn add(&mut self, judgement: &Judgement, rulebook: &Rulebook) {
        for finding in &judgement.findings {
            if finding.is_fout() {
                self.broken.insert(finding.rule.clone());
            } else {
                self.remarked.insert(finding.rule.clone());
            }
            self.explained.push(explained(finding));
        }
        self.applied
            .extend(judgement.applied(rulebook).map(str::to_owned));
        self.not_judged.extend(judgement.not_judged.keys().cloned());
    }
}

/// The rules of the structure that values of a message are held against.
fn ruled(message: &Message) -> BTreeSet<String> {
    let declared = message.message_type();
    let elements: BTreeSet<_> = message
        .node_ids()
        .filter_map(|node| message.element_at(node))
        .collect();
    elements
        .into_iter()
        .flat_map(|element| rules_of(message.release(), declared.element(element)))
        .map(str::to_owned)
        .collect()
}

/// The rules of the structure that a value of an element is held against.
pub(crate) fn rules_of<'a>(release: &'a Release, element: &'a Element) -> impl Iterator<Item = &'a str> {
    let datatype = match element.content {
        kp_model::Content::Value(datatype) => release.datatypes().get(datatype),
        kp_model::Content::Class(_) => None,
    };
    let of_type = datatype.into_iter().flat_map(|datatype| {
        let facets = datatype.facets.iter().filter_map(|facet| facet.rule.as_deref());
        facets.chain(datatype.lexical_rule.as_deref())
    });
    of_type.chain(element.facets.iter().filter_map(|facet| facet.rule.as_deref()))
}

fn side(case: &str) -> Option<Side> {
    Side::ALL.into_iter().find(|side| case.starts_with(side.word()))
}

fn explained(finding: &Finding) -> String {
    format!(
        "{} {} expected {} got {}",
        finding.rule,
        finding.path,
        finding.expected.as_deref().unwrap_or("-"),
        finding.got.as_deref().unwrap_or("-"),
    )
}
