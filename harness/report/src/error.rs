//! What can go wrong while a report is rendered. Defects of a message or of the system under test
//! are data in the report, never an error here.

use thiserror::Error;

/// The reason why a report could not be rendered.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The report could not be written as JSON.
    #[error("write the report as JSON")]
    Json(#[from] serde_json::Error),
    /// The report could not be written as JUnit XML.
    #[error("write the report as JUnit")]
    Junit(#[from] quick_junit::SerializeError),
    /// A template could not be filled.
    #[error("fill a template of the report")]
    Template(#[from] minijinja::Error),
    /// The evidence could not be packed.
    #[error("pack the evidence")]
    Archive(#[from] kp_model::archive::ArchiveProblem),
}
