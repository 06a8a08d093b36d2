//! Why a run could not be done; what a system under test does wrong is never among them.

use std::path::PathBuf;

use kp_model::{ReleaseError, SourceError};
use kp_servers::ServersError;

use crate::golden::PatternFault;
use crate::sut::SutFault;

/// Why a run could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunnerError {
    /// A release could not be loaded.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The folder with releases could not be read.
    #[error(transparent)]
    Releases(#[from] SourceError),
    /// The description of the system under test is faulty.
    #[error("failed to read the description of the system under test {file}")]
    Sut {
        /// The file.
        file: String,
        /// Every fault in it.
        faults: Vec<SutFault>,
    },
    /// The description of the system under test could not be opened.
    #[error("failed to open {file}")]
    SutFile {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A certificate of the folder that the description names cannot be read.
    #[error("failed to read {}", file.display())]
    Pki {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no built-in supplier of that name.
    #[error("there is no defective supplier `{id}`")]
    UnknownDefect {
        /// What was asked for.
        id: String,
        /// The one that looks most like it.
        nearest: Option<String>,
    },
    /// A code in the description of the system under test cannot stand in a message.
    #[error("`{code}` cannot be a party of the role {role}")]
    Partij {
        /// The code.
        code: String,
        /// The role.
        role: String,
    },
    /// A scenario was asked for that does not exist.
    #[error("there is no scenario `{id}`")]
    UnknownScenario {
        /// What was asked for.
        id: String,
        /// The one that looks most like it.
        nearest: Option<String>,
    },
    /// A profile was asked for that does not exist.
    #[error("there is no profile `{name}` for the role {role}")]
    UnknownProfile {
        /// What was asked for.
        name: String,
        /// The role.
        role: String,
        /// The ones that there are.
        known: Vec<String>,
    },
    /// What an interrupted run left cannot be read.
    #[error("failed to read {}", file.display())]
    Log {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The events of the run cannot be kept.
    #[error("failed to write the events of the run in {}", folder.display())]
    Keep {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The report of an earlier run cannot be read.
    #[error("failed to read {}", file.display())]
    Report {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A run cannot go on where another one was interrupted.
    #[error("the run that was interrupted in {} is another one", folder.display())]
    OtherRun {
        /// The folder of its report.
        folder: PathBuf,
        /// What they do not have in common.
        differences: Vec<String>,
        /// The command of the one that was interrupted.
        command: String,
    },
    /// The waivers of the system under test are faulty.
    #[error("failed to read the waivers {file}")]
    Waivers {
        /// The file.
        file: String,
        /// Every fault in it.
        faults: Vec<SutFault>,
    },
    /// The releases of a run or its scenarios do not fit how parties go from one release to the next in its profile.
    #[error("{what}")]
    GoingOver {
        /// What does not fit.
        what: String,
        /// What to write instead.
        hint: String,
    },
    /// Nothing is left to run.
    #[error("no scenario is selected")]
    NothingSelected {
        /// What was asked for, for people.
        wanted: String,
    },
    /// A feature cannot be parsed, or its data is faulty.
    #[error("failed to read the features: {what}")]
    Features {
        /// What is wrong, with the place.
        what: String,
    },
    /// A pattern of a message is faulty.
    #[error("failed to read the patterns of messages{}", listed(faults))]
    Patterns {
        /// Every fault in them.
        faults: Vec<PatternFault>,
    },
    /// The messages of our reference suppliers cannot be kept.
    #[error("failed to keep the messages in {folder}")]
    Reference {
        /// The folder.
        folder: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The runtime or the hub could not start.
    #[error("failed to start the chain")]
    Start {
        /// Why.
        source: std::io::Error,
    },
    /// The system under test cannot be driven.
    #[error("failed to drive the system under test: {what}")]
    Driver {
        /// Why.
        what: String,
    },
    /// The system under test was never reached.
    #[error("the system under test does not answer at {url}")]
    Unreachable {
        /// Its address.
        url: String,
        /// What the network says.
        source: ServersError,
    },
    /// A server failed.
    #[error("failed to {0}")]
    Servers(#[from] ServersError),
}

/// The faults, each on a line of its own.
fn listed(faults: &[PatternFault]) -> String {
    faults
        .iter()
        .map(|fault| format!("\n  --> patronen/{fault}"))
        .collect()
}
