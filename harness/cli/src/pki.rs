//! `pki`: makes a test authority, with certificates for a product in the network and for the way in.

use std::process::ExitCode;

use kp_runner::certificates;

use crate::arguments::PkiOptions;
use crate::certify::today;
use crate::exit::{Failure, GOOD, USAGE};
use crate::output::{make_folder, tell, write_file};

/// Runs the command.
pub(crate) fn run(options: &PkiOptions) -> Result<ExitCode, Failure> {
    if options.out.join("authority.key").exists() {
        // Who trusts the old one would trust nothing any more.
        let what = format!("{} holds an authority already", options.out.display());
        return Err(Failure::new(USAGE, what).hint("choose another folder with --out, or remove this one"));
    }
    let files = certificates(&options.hosts, i32::from(today().year()))?;
    make_folder(&options.out)?;
    for (name, text) in &files {
        write_file(&options.out, name, text.as_bytes())?;
    }
    tell(&format!(
        "certificates for tests: {}; give your product sut.pem and sut.key, and have it trust authority.pem",
        options.out.display()
    ));
    Ok(GOOD.into())
}
