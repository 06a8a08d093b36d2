//! `doctor`: looks at a system under test before a run, and says what to do.

use std::path::Path;
use std::process::ExitCode;

use kp_runner::{CertifyOptions as Order, CheckVerdict, Features, Selection, Sut, Waivers, doctor};

use crate::arguments::DoctorOptions;
use crate::certify::today;
use crate::configuration::Configuration;
use crate::exit::{FINDINGS, Failure, GOOD};
use crate::output::print;
use crate::releases::{catalogue, for_runs, load, named, names, network};

/// Runs the command.
pub(crate) fn run(options: &DoctorOptions, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let catalogue = catalogue(folder)?;
    let sut = Sut::find(&options.sut, names(&for_runs(&catalogue)?))?;
    let waivers = Waivers::beside(&sut)?;
    let checks = doctor(&Order {
        rulebooks: load(&catalogue, &named(&catalogue, &sut.releases)?)?,
        network: network(&catalogue, &sut)?,
        sut,
        features: Features::embedded(),
        selection: Selection::default(),
        seed: 1,
        jobs: None,
        estafette: Configuration::read(options.config.as_deref())?.estafette,
        replay: String::new(),
        commit: String::new(),
        started: String::new(),
        host: String::new(),
        today: today(),
        waivers,
        keep: None,
        interrupted: None,
    })?;
    let mut wrong = 0;
    for check in &checks {
        print(&format!(
            "{:<9}  {:<12}  {}\n",
            check.verdict.word(),
            check.area.word(),
            check.what
        ))?;
        if let Some(hint) = &check.hint {
            print(&format!("{:25}{hint}\n", ""))?;
        }
        wrong += usize::from(check.verdict == CheckVerdict::Fout);
    }
    let last = if wrong == 0 {
        "klaar voor certify"
    } else {
        "nog niet klaar voor certify"
    };
    print(&format!("{last}\n"))?;
    Ok(if wrong == 0 { GOOD } else { FINDINGS }.into())
}
