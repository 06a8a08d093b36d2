//! What can go wrong on our side of the chain.
//!
//! A defect in a message or in the system under test is never one of these: it is a finding, a refusal or an event.

use kp_model::DraftError;
use kp_rules::AnswerError;

/// What a machine could not do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// A message could not be written from its facts.
    #[error("write a message of {release} that carries {content}")]
    Draft {
        /// The release.
        release: String,
        /// The message number, or the concept it was to carry.
        content: String,
        /// What the release says of the facts.
        #[source]
        source: DraftError,
    },
    /// An answer could not be written.
    #[error("write an answer in {release}")]
    Answer {
        /// The release.
        release: String,
        /// Why not.
        #[source]
        source: AnswerError,
    },
    /// No release of the family is loaded.
    #[error("find a release of the family {family}")]
    UnknownFamily {
        /// The family.
        family: String,
    },
    /// The release has no message or no code for what the process asks.
    #[error("find {what} in {release}")]
    NotInRelease {
        /// The release.
        release: String,
        /// The concept, message number or name of a code.
        what: String,
    },
}

impl ChainError {
    /// The error with its cause, for people.
    pub(crate) fn reason(&self) -> String {
        match std::error::Error::source(self) {
            Some(cause) => format!("failed to {self}: {cause}"),
            None => format!("failed to {self}"),
        }
    }
}
