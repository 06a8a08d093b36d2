//! `certify --bless`: keeps what the reference supplier sends, for a change that is meant.
//!
//! Tests: `tests/it/certify.rs`.

use std::path::Path;

use kp_report::{RunReport, Verdict};
use kp_runner::{REFERENCE_SEED, keep_reference};

use crate::arguments::CertifyOptions;
use crate::exit::{FINDINGS, Failure, USAGE};
use crate::output::tell;

/// Where the messages of the reference supplier are kept in the source tree.
const REFERENCE: &str = "golden/referentie";

/// Only what our own supplier sends in the usual run is kept, and only by a person.
pub(crate) fn allow(options: &CertifyOptions, folder: Option<&Path>) -> Result<(), Failure> {
    let refused = |what: &str, hint: &str| Err(Failure::new(USAGE, what).hint(hint));
    if std::env::var_os("CI").is_some_and(|value| !value.is_empty()) {
        return refused(
            "--bless does not work in CI: what is kept is looked at by a person",
            "run it on your own machine and commit what changed",
        );
    }
    if options.sut != "reference" {
        return refused(
            "--bless keeps the messages of the reference supplier; those of another are held by patterns",
            "leave --sut out, or write a pattern in golden/patronen",
        );
    }
    let usual = options.only.is_empty()
        && options.tags.is_empty()
        && options.profile.is_none()
        && options.failed.is_none()
        && options.resume.is_none()
        && options.releases.is_empty()
        && options.seed.is_none_or(|seed| seed == REFERENCE_SEED)
        && options.features.is_none()
        && options.config.is_none()
        && folder.is_none();
    if !usual {
        return refused(
            "--bless keeps the messages of all scenarios in the usual run",
            "leave out everything but --bless, --out, --jobs and --lang",
        );
    }
    if !Path::new(REFERENCE).is_dir() {
        return refused(
            &format!("there is no folder {REFERENCE} here"),
            "run it at the top of the source tree",
        );
    }
    Ok(())
}

/// Keeps what the reference supplier sent, when all is well.
pub(crate) fn keep(report: &RunReport) -> Result<(), Failure> {
    if report.verdict() != Verdict::Geslaagd {
        return Err(
            Failure::new(FINDINGS, "nothing is kept: the reference supplier did not pass")
                .hint("mend the supplier or the scenarios first"),
        );
    }
    let count = keep_reference(report, Path::new(REFERENCE))?;
    tell(&format!(
        "kept {count} messages in {REFERENCE}; build again to compare with them"
    ));
    Ok(())
}
