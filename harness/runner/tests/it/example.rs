//! The example provider of `ci/examples`: a process that somebody else could have written, in another language.
//!
//! It polls, keeps what it knows, and lives by its own clock or asks for the time. It is started once and certified so
//! many times in a row (`KETENPROEF_RUNS`), each time meeting new persons. `KETENPROEF_POLL` is how often it looks.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use kp_report::{Outcome, Verdict};
use kp_runner::{Estafette, Features, Sut};

use crate::certify::options;
use crate::supplier::free_address;

/// The first of the seeds; each run has the next.
const SEED: u64 = 20_261_122;

/// What it declares that it can do.
const PROFILE: &str = "basis";

/// A running provider.
pub(crate) struct Provider {
    process: Child,
    hub: std::net::SocketAddr,
    description: String,
}

impl Provider {
    fn start(klok: &str) -> Self {
        let (hub, own) = (free_address(), free_address());
        let poll = std::env::var("KETENPROEF_POLL").unwrap_or_else(|_| "0.2".to_owned());
        let arguments = [
            examples().join("aanbieder.py").display().to_string(),
            format!("--hub=http://{hub}"),
            format!("--port={}", own.port()),
            format!("--klok={klok}"),
            format!("--poll={poll}"),
        ];
        let text =
            std::fs::read_to_string(examples().join("aanbieder.toml")).expect("its description can be read");
        let description = text
            .replace("http://127.0.0.1:9000", &format!("http://{own}"))
            .replace("klok = \"echt\"", &format!("klok = \"{klok}\""));
        Self {
            hub,
            description,
            process: Self::process(&arguments),
        }
    }

    /// Starts a provider by the arguments of its program, once it says that it listens.
    pub(crate) fn of(arguments: &[String]) -> Self {
        Self {
            process: Self::process(arguments),
            hub: free_address(),
            description: String::new(),
        }
    }

    fn process(arguments: &[String]) -> Child {
        let python = python();
        let mut process = Command::new(&python)
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{python} cannot be started: {error}; ci/setup installs it"));
        wait_for(&mut process);
        process
    }

    pub(crate) fn certify(&self, seed: u64) -> kp_report::RunReport {
        let sut = Sut::parse(&self.description, "aanbieder.toml").expect("a good description");
        let estafette = Estafette {
            luister: Some(self.hub),
            ..Estafette::default()
        };
        let mut options = options(sut, Features::embedded(), &[], estafette, seed);
        options.selection.profile = Some(PROFILE.to_owned());
        kp_runner::certify(options).expect("the run can be done")
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The program that runs Python.
pub(crate) fn python() -> String {
    std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Where the examples are.
pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ci/examples")
}

/// Waits until the provider says that it listens, and keeps reading what else it says.
fn wait_for(process: &mut Child) {
    let output = process.stdout.take().expect("its output is a pipe");
    let mut lines = BufReader::new(output).lines();
    let first = lines
        .next()
        .expect("it says that it listens")
        .expect("its output is text");
    assert!(first.contains("opdrachten op poort"), "{first}");
    std::thread::spawn(move || lines.for_each(drop));
}

#[test]
fn the_example_provider_passes_all_that_it_declares() {
    let runs: u64 = std::env::var("KETENPROEF_RUNS").map_or(1, |runs| runs.parse().expect("a number"));
    let provider = Provider::start("opvragen");
    let mut scenarios = 0;
    for run in 0..runs {
        let report = provider.certify(SEED + run);
        let failed: Vec<_> = report
            .scenarios()
            .iter()
            .filter(|scenario| scenario.plan.in_profile && scenario.outcome != Outcome::Passed)
            .map(|scenario| (&scenario.plan.id, &scenario.outcome, &scenario.expectations))
            .collect();
        assert!(failed.is_empty(), "run {run}: {failed:#?}");
        assert_eq!(
            report.verdict(),
            Verdict::Geslaagd,
            "run {run}: {:?}",
            report.unexpected()
        );
        scenarios += report.counts().passed;
    }
    println!("example provider: runs {runs}, scenarios {scenarios}, failed 0, seed {SEED}");
}

#[test]
fn with_a_clock_of_its_own_it_passes_what_does_not_turn_on_today() {
    let report = Provider::start("echt").certify(SEED);
    for scenario in report
        .scenarios()
        .iter()
        .filter(|scenario| scenario.plan.in_profile)
    {
        let turns_on_today = scenario.plan.tags.iter().any(|tag| tag == "klok");
        let is_right = match &scenario.outcome {
            Outcome::Passed => !turns_on_today,
            Outcome::Skipped { reason } => {
                turns_on_today && reason.starts_with("het product heeft een eigen klok")
            }
            Outcome::Failed | Outcome::Observed | Outcome::Waived { .. } | Outcome::Error { .. } => false,
        };
        assert!(
            is_right,
            "{}: {:?} {:#?}",
            scenario.plan.id, scenario.outcome, scenario.expectations
        );
    }
    assert_eq!(report.verdict(), Verdict::Onvolledig);
}
