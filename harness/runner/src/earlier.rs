//! The report of an earlier run: what failed in it, to be run again. Tests: `harness/cli/tests/it/again.rs`.

use std::io::{Error, ErrorKind};
use std::path::Path;

use kp_report::RunName;
use serde::Deserialize;

use crate::certify::CertifyOptions;
use crate::error::RunnerError;
use crate::naming::name;
use crate::resume::differences;

/// The name of the file.
const FILE: &str = "report.json";
/// How the forms that we read are named; a later one still has the fields of those before it.
const SCHEMA: &str = "ketenproef-report-";
/// The largest report, in bytes.
const BYTES_MAX: u64 = 512 * 1024 * 1024;

/// What an earlier run told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    name: RunName,
    /// The scenarios that failed, or ended by a fault of ours, in their order.
    pub failed: Vec<String>,
}

/// As much of a report as is asked here; it says much more.
#[derive(Deserialize)]
struct Document {
    schema: String,
    name: RunName,
    scenarios: Vec<Scenario>,
}

#[derive(Deserialize)]
struct Scenario {
    id: String,
    outcome: Ended,
}

#[derive(Deserialize)]
struct Ended {
    outcome: String,
}

impl Earlier {
    /// Reads the report in a folder.
    ///
    /// # Errors
    /// When there is none, or it is of another form.
    pub fn read(folder: &Path) -> Result<Self, RunnerError> {
        let file = folder.join(FILE);
        Self::read_file(&file).map_err(|source| RunnerError::Report { file, source })
    }

    fn read_file(file: &Path) -> std::io::Result<Self> {
        if std::fs::metadata(file)?.len() > BYTES_MAX {
            return Err(Error::new(
                ErrorKind::FileTooLarge,
                "this is too large for a report",
            ));
        }
        let document: Document = serde_json::from_str(&std::fs::read_to_string(file)?)
            .map_err(|error| Error::new(ErrorKind::InvalidData, error.to_string()))?;
        if !document.schema.starts_with(SCHEMA) {
            let what = format!("this is {}, not a {SCHEMA}", document.schema);
            return Err(Error::new(ErrorKind::InvalidData, what));
        }
        let failed = document
            .scenarios
            .into_iter()
            .filter(|scenario| matches!(scenario.outcome.outcome.as_str(), "failed" | "error"));
        Ok(Self {
            name: document.name,
            failed: failed.map(|scenario| scenario.id).collect(),
        })
    }

    /// What a run does not have in common with it, for people; what is chosen always differs.
    #[must_use]
    pub fn differences(&self, options: &CertifyOptions) -> Vec<String> {
        let mut here = name(options);
        // Another choice is why it is asked.
        let chosen = |name: &RunName| {
            name.configuration
                .rsplit_once('-')
                .map(|(_, choice)| choice.to_owned())
        };
        if let (Some(there), Some((rest, _))) =
            (chosen(&self.name), here.configuration.clone().rsplit_once('-'))
        {
            here.configuration = format!("{rest}-{there}");
        }
        differences(&self.name, &here)
    }
}
