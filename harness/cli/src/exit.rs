//! Exit codes, and how a failure of the program itself is told.

use std::fmt::Write as _;
use std::process::ExitCode;

use kp_model::{ReleaseError, SourceError};
use kp_runner::{RunnerError, SutFault};

use crate::output::tell;

/// Geslaagd, or no findings.
pub(crate) const GOOD: Exit = Exit(0);
/// Gezakt, onvolledig, or findings.
pub(crate) const FINDINGS: Exit = Exit(1);
/// Wrong usage: an option, a path that does not exist, a faulty description or configuration.
pub(crate) const USAGE: Exit = Exit(2);
/// The program could not do its work.
pub(crate) const COULD_NOT_RUN: Exit = Exit(3);
/// Nothing was selected.
pub(crate) const NOTHING: Exit = Exit(4);
/// A fault of the program itself.
pub(crate) const INTERNAL: Exit = Exit(70);

/// An exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exit(u8);

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}

/// Why the program could not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    what: String,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// Tells what went wrong on stderr.
    pub(crate) fn report(&self) -> ExitCode {
        tell(&format!("error: {}", self.what));
        if let Some(hint) = &self.hint {
            tell(&format!("hint: {hint}"));
        }
        self.exit.into()
    }
}

/// Tells of wrong usage, or of help that was asked for.
pub(crate) fn of_usage(error: &clap::Error) -> ExitCode {
    // A closed pipe is no reason to say more.
    drop(error.print());
    if error.use_stderr() {
        USAGE.into()
    } else {
        GOOD.into()
    }
}

/// Tells of a fault of the program itself; what it was stands above on stderr.
pub(crate) fn of_panic() -> ExitCode {
    Failure::new(INTERNAL, "ketenproef itself failed; this is no verdict")
        .hint("report what stands above, with the command and the files that you gave")
        .report()
}

/// The error with everything that caused it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

impl From<ReleaseError> for Failure {
    fn from(error: ReleaseError) -> Self {
        Self::new(USAGE, chain(&error))
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::new(USAGE, chain(&error))
    }
}

impl From<RunnerError> for Failure {
    fn from(error: RunnerError) -> Self {
        let text = chain(&error);
        match &error {
            RunnerError::Sut { file, faults } => {
                let what = "does not describe a system under test";
                Self::new(USAGE, describe_faults(file, what, faults))
            }
            RunnerError::Waivers { file, faults } => {
                let what = "does not hold waivers that can be followed";
                Self::new(USAGE, describe_faults(file, what, faults))
            }
            RunnerError::Log { .. } => {
                Self::new(USAGE, text).hint("--resume takes the folder of the report of a run that was interrupted")
            }
            RunnerError::Report { .. } => {
                Self::new(USAGE, text).hint("--failed takes the folder of the report of a run that ended")
            }
            RunnerError::OtherRun {
                differences, command, ..
            } => {
                let told: String = differences
                    .iter()
                    .map(|difference| format!("\n  differs: {difference}"))
                    .collect();
                Self::new(USAGE, text + &told)
                    .hint(format!("it was begun with: {command}; or leave --resume out to begin anew"))
            }
            RunnerError::SutFile { .. } => {
                Self::new(USAGE, text).hint("--sut takes a description (sut.toml), reference, or defect:ID")
            }
            RunnerError::Pki { file, .. } => {
                let folder = file.parent().unwrap_or(file).display();
                Self::new(USAGE, text).hint(format!("make the folder with ketenproef pki --out {folder}"))
            }
            RunnerError::UnknownDefect { nearest, .. } => {
                let nearest = nearest.as_ref().map(|nearest| format!("did you mean `{nearest}`? "));
                let nearest = nearest.unwrap_or_default();
                Self::new(USAGE, text).hint(format!("{nearest}ketenproef defects --list names all of them"))
            }
            RunnerError::Partij { .. } => {
                Self::new(USAGE, text).hint("partijen holds AGB codes, written as in the header of a message")
            }
            RunnerError::UnknownScenario { nearest, .. } => {
                let nearest = nearest.as_ref().map(|nearest| format!("did you mean `{nearest}`? "));
                let nearest = nearest.unwrap_or_default();
                Self::new(USAGE, text).hint(format!("{nearest}ketenproef plan lists all scenarios"))
            }
            RunnerError::UnknownProfile { known, .. } => {
                Self::new(USAGE, text).hint(format!("known: {}", known.join(", ")))
            }
            RunnerError::Unreachable { .. } => Self::new(COULD_NOT_RUN, text)
                .hint("start the product, or mend url in its description; ketenproef doctor --sut FILE looks further"),
            RunnerError::GoingOver { hint, .. } => Self::new(USAGE, text).hint(hint.clone()),
            RunnerError::NothingSelected { wanted } => Self::new(NOTHING, format!("{text} for {wanted}"))
                .hint("ask for fewer tags or another release"),
            RunnerError::Patterns { .. } => {
                Self::new(USAGE, text).hint("docs/golden.md says what a pattern may hold")
            }
            RunnerError::Release(_) | RunnerError::Releases(_) | RunnerError::Features { .. } => {
                Self::new(USAGE, text)
            }
            RunnerError::Start { .. } | RunnerError::Servers(_) | _ => Self::new(COULD_NOT_RUN, text),
        }
    }
}

fn describe_faults(file: &str, what: &str, faults: &[SutFault]) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut told = format!("{file} {what}");
    for fault in faults {
        let _ = write!(told, "\n  --> {file}:{}: {}", fault.line, fault.what);
        if let Some(line) = text
            .lines()
            .nth(fault.line - 1)
            .filter(|line| fault.length > 0 && !line.trim().is_empty())
        {
            let shown = line.trim_end().chars().take(120);
            let shown: String = shown
                .map(|sign| if sign.is_control() { '\u{fffd}' } else { sign })
                .collect();
            let _ = write!(told, "\n      {shown}");
        }
        let _ = write!(told, "\n  hint: {}", fault.hint);
    }
    told
}
