//! How a scenario ends and what that means for the run.
//!
//! The verdict is a pure function of the outcomes. Which outcome a scenario deserves is decided by
//! the runner. Tests: in this file.

use serde::{Deserialize, Serialize};

use crate::style::Lang;

/// How a scenario ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum Outcome {
    /// Every literal expectation was met.
    Passed,
    /// A literal expectation was not met.
    Failed,
    /// Every expectation is a derivation of our own: it neither certifies nor fails.
    Observed,
    /// It was not run, or could not be judged.
    Skipped {
        /// Why.
        reason: String,
    },
    /// Its failure is known and accepted for a time.
    Waived {
        /// The id of the waiver.
        id: String,
        /// Why it is accepted.
        reason: String,
        /// Who accepted it.
        owner: String,
        /// The last day on which it holds.
        until: String,
        /// The version of the system under test that it holds for.
        sut_version: String,
    },
    /// Something of ours went wrong.
    Error {
        /// What.
        what: String,
    },
}

/// The verdict over a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every scenario of the profile passed, and nothing failed.
    Geslaagd,
    /// Nothing failed, but a scenario of the profile did not pass, or none was run.
    Onvolledig,
    /// A scenario failed, or something unexpected came in.
    Gezakt,
}

/// How many scenarios ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Passed.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
    /// Skipped.
    pub skipped: usize,
    /// Observed.
    pub observed: usize,
    /// Waived.
    pub waived: usize,
    /// Ended by an error of ours.
    pub error: usize,
    /// Things that came in and belong to no scenario; these are no scenarios.
    #[serde(rename = "onverwacht")]
    pub unexpected: usize,
}

impl Verdict {
    /// The verdict over the outcomes of a run; each says whether its scenario is in the profile.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = (bool, &'a Outcome)>, unexpected: usize) -> Self {
        let mut failed = unexpected > 0;
        let mut in_profile = 0_usize;
        let mut passed_in_profile = 0_usize;
        for (is_in_profile, outcome) in outcomes {
            failed |= *outcome == Outcome::Failed;
            in_profile += usize::from(is_in_profile);
            passed_in_profile += usize::from(is_in_profile && *outcome == Outcome::Passed);
        }
        if failed {
            Self::Gezakt
        } else if in_profile == 0 || passed_in_profile < in_profile {
            Self::Onvolledig
        } else {
            Self::Geslaagd
        }
    }

    /// The published word for the verdict.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Geslaagd => "geslaagd",
            Self::Onvolledig => "onvolledig",
            Self::Gezakt => "gezakt",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.word())
    }
}

impl Counts {
    /// Counts the outcomes of a run.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>, unexpected: usize) -> Self {
        let mut counts = Self {
            unexpected,
            ..Self::default()
        };
        for outcome in outcomes {
            *match outcome {
                Outcome::Passed => &mut counts.passed,
                Outcome::Failed => &mut counts.failed,
                Outcome::Observed => &mut counts.observed,
                Outcome::Skipped { .. } => &mut counts.skipped,
                Outcome::Waived { .. } => &mut counts.waived,
                Outcome::Error { .. } => &mut counts.error,
            } += 1;
        }
        counts
    }

    /// The outcomes beside passed, failed and skipped that occur, each with its name.
    #[must_use]
    pub fn others(self) -> Vec<(usize, &'static str)> {
        [
            (self.observed, "observed"),
            (self.waived, "waived"),
            (self.error, "error"),
            (self.unexpected, "onverwacht"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .collect()
    }
}

impl Outcome {
    /// The outcome of a scenario that has not ended.
    pub(crate) fn unfinished() -> Self {
        Self::Error {
            what: "het scenario is niet afgerond".to_owned(),
        }
    }

    /// The outcome in one word.
    #[must_use]
    pub fn word(&self, lang: Lang) -> &'static str {
        let (dutch, english) = match self {
            Self::Passed => ("geslaagd", "passed"),
            Self::Failed => ("gezakt", "failed"),
            Self::Observed => ("waargenomen", "observed"),
            Self::Skipped { .. } => ("overgeslagen", "skipped"),
            Self::Waived { .. } => ("ontheven", "waived"),
            Self::Error { .. } => ("onze fout", "our error"),
        };
        match lang {
            Lang::Nl => dutch,
            Lang::En => english,
        }
    }

    /// Why, when the outcome has a reason.
    #[must_use]
    pub fn reason(&self, lang: Lang) -> Option<String> {
        match self {
            Self::Passed | Self::Failed | Self::Observed => None,
            Self::Skipped { reason } => Some(reason.clone()),
            Self::Error { what } => Some(what.clone()),
            Self::Waived {
                id,
                reason,
                owner,
                until,
                sut_version,
            } => {
                let (until_word, version_word) = match lang {
                    Lang::Nl => ("tot en met", "versie"),
                    Lang::En => ("until", "version"),
                };
                Some(format!(
                    "{id}: {reason}; {owner}, {until_word} {until}, {version_word} {sut_version}"
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(word: &str) -> Outcome {
        let text = || "x".to_owned();
        match word {
            "passed" => Outcome::Passed,
            "failed" => Outcome::Failed,
            "observed" => Outcome::Observed,
            "skipped" => Outcome::Skipped { reason: text() },
            "waived" => Outcome::Waived {
                id: text(),
                reason: text(),
                owner: text(),
                until: text(),
                sut_version: text(),
            },
            "error" => Outcome::Error { what: text() },
            other => panic!("no outcome {other}"),
        }
    }

    /// `+` before an outcome says that the scenario is in the profile.
    fn check(outcomes: &str, unexpected: usize, expect: Verdict) {
        let outcomes: Vec<_> = outcomes
            .split_whitespace()
            .map(|word| (word.starts_with('+'), outcome(word.trim_start_matches('+'))))
            .collect();
        let verdict = Verdict::of(outcomes.iter().map(|(p, o)| (*p, o)), unexpected);
        assert_eq!(verdict, expect, "{outcomes:?} with {unexpected} unexpected");
    }

    #[test]
    fn verdict_table() {
        use Verdict::{Geslaagd, Gezakt, Onvolledig};
        check("", 0, Onvolledig);
        check("+passed", 0, Geslaagd);
        check("+passed +passed", 0, Geslaagd);
        check("passed", 0, Onvolledig);
        check("+passed observed skipped waived error", 0, Geslaagd);
        check("+passed +skipped", 0, Onvolledig);
        check("+passed +waived", 0, Onvolledig);
        check("+passed +error", 0, Onvolledig);
        check("+passed +observed", 0, Onvolledig);
        check("+skipped", 0, Onvolledig);
        check("+passed +failed", 0, Gezakt);
        check("+passed failed", 0, Gezakt);
        check("+failed +error +skipped", 0, Gezakt);
        check("+passed", 1, Gezakt);
        check("", 1, Gezakt);
    }

    #[test]
    fn counts_name_the_others() {
        let outcomes = ["passed", "waived", "error", "error"].map(outcome);
        let counts = Counts::of(&outcomes, 3);
        assert_eq!((counts.passed, counts.failed, counts.skipped), (1, 0, 0));
        assert_eq!(counts.others(), [(1, "waived"), (2, "error"), (3, "onverwacht")]);
    }
}
