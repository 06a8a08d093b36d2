//! Changed rules: which changes witnesses notice, and why the others are no gap.
//!
//! The reasons are data: `unnoticed.toml` beside the witnesses. A reason names changes by their words, not by their place,
//! which moves with every line that is written above it. Tests: `tests/it/coverage.rs`.

use std::collections::BTreeSet;
use std::path::Path;

use kp_rules::{Survey, WitnessFiles, Written, survey};
use serde::{Deserialize, Serialize};

use crate::exit::{Failure, USAGE};
use crate::witnesses::unnoticed;

/// The least share of all changes that witnesses are to notice, in percent, whatever the reasons for the others are.
const NOTICED_PERCENT_MIN: usize = 95;

/// What the witnesses say of changed rules.
pub(super) fn noticed(
    releases: &[Written],
    witnesses: &[WitnessFiles],
    wanted: &[String],
) -> Result<Survey, Failure> {
    let wanted = Some(wanted).filter(|codes| !codes.is_empty());
    survey(releases, witnesses, wanted).map_err(|wrong| {
        Failure::new(
            USAGE,
            format!(
                "witnesses do not show what they are to show:\n{}",
                wrong.join("\n")
            ),
        )
        .hint("mend or leave them out first; ketenproef coverage tells more")
    })
}

/// What witnesses notice of changed rules.
#[derive(Serialize)]
pub(super) struct Changes {
    mutants: usize,
    noticed: usize,
    unnoticed: Vec<Unnoticed>,
    /// Reasons that are given for changes which are noticed, or which are not there.
    stale: Vec<String>,
    /// The share that is to be noticed, in percent; of a few rules none.
    #[serde(skip)]
    percent_needed: usize,
}

#[derive(Serialize)]
struct Unnoticed {
    rule: String,
    place: String,
    change: String,
    /// Why that is no gap; nobody says so when it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reasons {
    #[serde(default)]
    change: Vec<Reason>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    /// The rules that are changed.
    rules: Vec<String>,
    /// The changes, in the words that tell them.
    what: Vec<String>,
    because: String,
}

impl Changes {
    /// What was noticed of the `wanted` rules, all when there are none, with the reasons that stand beside the witnesses.
    pub(super) fn of(survey: &Survey, folder: Option<&Path>, wanted: &[String]) -> Result<Self, Failure> {
        let (name, text) = unnoticed(folder)?;
        let reasons: Reasons = toml::from_str(&text).map_err(|error| {
            Failure::new(USAGE, format!("{name}: {error}"))
                .hint("each [[change]] holds rules, what (the words of changes) and because")
        })?;
        let mut used = BTreeSet::new();
        let first = survey.unnoticed.iter().filter_map(|tried| tried.first());
        let unnoticed = first
            .map(|(_, mutant)| {
                let names = |reason: &&Reason| {
                    reason.rules.contains(&mutant.rule) && reason.what.contains(&mutant.what)
                };
                let reason = reasons.change.iter().find(names);
                if reason.is_some() {
                    used.insert((&*mutant.rule, &*mutant.what));
                }
                Unnoticed {
                    rule: mutant.rule.clone(),
                    place: mutant.place.to_string(),
                    change: mutant.what.clone(),
                    because: reason.map(|reason| reason.because.clone()),
                }
            })
            .collect();
        let mut stale = Vec::new();
        for reason in &reasons.change {
            let is_looked_at = |rule: &&String| wanted.is_empty() || wanted.contains(rule);
            for rule in reason.rules.iter().filter(is_looked_at) {
                let unused = reason
                    .what
                    .iter()
                    .filter(|what| !used.contains(&(&**rule, &***what)));
                stale.extend(unused.map(|what| format!("{rule}: {what}")));
            }
        }
        Ok(Self {
            mutants: survey.mutants,
            noticed: survey.mutants - survey.unnoticed.len(),
            unnoticed,
            stale,
            percent_needed: if wanted.is_empty() { NOTICED_PERCENT_MIN } else { 0 },
        })
    }

    /// Whether enough is noticed, there is a reason for the rest, and no reason too many.
    pub(super) fn are_good(&self) -> bool {
        let is_enough = self.noticed * 100 >= self.mutants * self.percent_needed;
        is_enough && self.without_reason() == 0 && self.stale.is_empty()
    }

    fn without_reason(&self) -> usize {
        let without = self.unnoticed.iter().filter(|change| change.because.is_none());
        without.count()
    }

    /// What is told, a line each.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for change in &self.unnoticed {
            let Unnoticed {
                rule,
                place,
                change,
                because,
            } = change;
            lines.push(match because {
                None => format!("unnoticed, WITHOUT REASON: {rule} {place}: {change}"),
                Some(because) => format!("unnoticed: {rule} {place}: {change}\n    {because}"),
            });
        }
        let stale = self.stale.iter();
        lines.extend(
            stale.map(|change| format!("STALE REASON, for what is noticed or is no change: {change}")),
        );
        let percent = (self.noticed * 100).checked_div(self.mutants).unwrap_or(100);
        let needed = match self.percent_needed {
            0 => String::new(),
            needed => format!(", {needed}% needed"),
        };
        lines.push(format!(
            "{} of {} changes of rules noticed ({percent}%{needed}), {} of the others without a reason",
            self.noticed,
            self.mutants,
            self.without_reason(),
        ));
        lines
    }
}
