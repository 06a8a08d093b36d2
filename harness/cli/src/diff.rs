//! `diff`: tells what the data of two releases says otherwise.

use std::path::Path;
use std::process::ExitCode;

use kp_model::differences;
use kp_report::comparison::Differences;

use crate::arguments::{ComparisonFormat, DiffOptions};
use crate::exit::{COULD_NOT_RUN, FINDINGS, Failure, GOOD, chain};
use crate::output::{print, style};
use crate::releases::catalogue;

/// Runs the command.
pub(crate) fn run(options: &DiffOptions, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let catalogue = catalogue(folder)?;
    let (one, other) = (catalogue.load(&options.one)?, catalogue.load(&options.other)?);
    let found = Differences::new(
        one.id().to_string(),
        other.id().to_string(),
        differences(&one, &other),
    );
    let could_not = |error| Failure::new(COULD_NOT_RUN, chain(&error));
    let text = match options.format {
        ComparisonFormat::Text => found.text(style(options.lang)),
        ComparisonFormat::Json => found.json().map_err(could_not)?,
        ComparisonFormat::Html => found.html(options.lang.into()).map_err(could_not)?,
    };
    print(&text)?;
    Ok(if found.differences.is_empty() {
        GOOD
    } else {
        FINDINGS
    }
    .into())
}
