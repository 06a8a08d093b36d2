//! `ketenproef`: the one program. It reads arguments, calls the crates that do the work, writes what they say.
//!
//! Data goes to stdout, everything else to stderr. Exit codes are in `exit.rs`.
//! Tests: `tests/it`, against the program as a user runs it.

mod arguments;
mod bless;
mod certify;
mod check;
mod compare;
mod configuration;
mod coverage;
mod defects;
mod diff;
mod doctor;
mod dossier;
mod exit;
mod export;
mod generate;
mod import;
mod input;
mod lint;
mod output;
mod pki;
mod plan;
mod progress;
mod releases;
mod schemas;
mod witnesses;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Command};
use crate::exit::Failure;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return exit::of_usage(&error),
    };
    start_log();
    // A panic is ours; it must not look like a verdict.
    let outcome = std::panic::catch_unwind(|| run(arguments));
    match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => failure.report(),
        Err(_) => exit::of_panic(),
    }
}

fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let releases = arguments.releases_folder;
    match arguments
        .command
        .unwrap_or_else(|| Command::Certify(Box::default()))
    {
        Command::Certify(options) => certify::run(&options, releases.as_deref()),
        Command::Plan(options) => plan::run(&options, releases.as_deref()),
        Command::Check(options) => check::run(&options, releases.as_deref()),
        Command::Generate(options) => generate::run(&options, releases.as_deref()),
        Command::Export(options) => export::run(&options, releases.as_deref()),
        Command::Compare(options) => compare::run(&options, releases.as_deref()),
        Command::Import(options) => import::run(&options, releases.as_deref()),
        Command::Doctor(options) => doctor::run(&options, releases.as_deref()),
        Command::Defects(options) => defects::run(&options, releases.as_deref()),
        Command::Coverage(options) => coverage::run(&options, releases.as_deref()),
        Command::Diff(options) => diff::run(&options, releases.as_deref()),
        Command::Lint(options) => lint::run(&options, releases.as_deref()),
        Command::Pki(options) => pki::run(&options),
    }
}

/// Logs go to stderr, at the level that `KETENPROEF_LOG` asks for; warnings when it asks nothing.
fn start_log() {
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("KETENPROEF_LOG").unwrap_or_else(|_| "warn".into());
    // Another subscriber can only be there in a test.
    drop(
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .try_init(),
    );
}
