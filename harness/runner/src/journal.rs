//! What happened in a run, in the order in which it is told, and how each scenario ended.
//!
//! Steps write here what they saw; the writer of cucumber adds how steps ended. Nothing is judged twice.

use std::collections::BTreeMap;

use kp_chain::SimTime;
use kp_report::{Expectation, ExpectationOutcome, Outcome, RunEvent};

/// The events of a run and the outcome of its scenarios so far.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    events: Vec<RunEvent>,
    scenarios: BTreeMap<String, Progress>,
}

/// How a scenario goes.
#[derive(Debug, Default)]
struct Progress {
    is_failed: bool,
    /// How many expectations were judged.
    judged: usize,
    error: Option<String>,
    /// Why it cannot be judged as a whole.
    skipped: Vec<String>,
    /// The business time at the end of each step that was run, none before a step set it.
    times: Vec<Option<SimTime>>,
    told: usize,
}

impl Journal {
    /// Tells of an event.
    pub(crate) fn tell(&mut self, event: RunEvent) {
        self.events.push(event);
    }

    /// Tells of an expectation; one that is not met fails the scenario when the standard says it literally.
    pub(crate) fn expectation(&mut self, expectation: Expectation) {
        if expectation.literal && matches!(expectation.outcome, ExpectationOutcome::NotMet { .. }) {
            self.progress(&expectation.scenario).is_failed = true;
        }
        self.progress(&expectation.scenario).judged += 1;
        self.tell(RunEvent::Expectation(expectation));
    }

    /// Notes that we, not the system under test, could not go on.
    pub(crate) fn error(&mut self, scenario: &str, what: String) {
        self.progress(scenario).error.get_or_insert(what);
    }

    /// Notes that a step broke off, unless it is known why.
    pub(crate) fn broke_off(&mut self, scenario: &str, what: String) {
        let progress = self.progress(scenario);
        if !progress.is_failed && progress.skipped.is_empty() {
            progress.error.get_or_insert(what);
        }
    }

    /// Notes that the scenario, or a part of it that counts, cannot be judged; a failure stands beside it.
    pub(crate) fn skip(&mut self, scenario: &str, reason: String) {
        self.progress(scenario).skipped.push(reason);
    }

    /// Notes when a step ended.
    pub(crate) fn step_ended(&mut self, scenario: &str, at: Option<SimTime>) {
        self.progress(scenario).times.push(at);
    }

    /// When the next step that is told of ended; a step that did not run ended when the one before it did.
    pub(crate) fn next_time(&mut self, scenario: &str) -> Option<SimTime> {
        let progress = self.progress(scenario);
        let time = progress
            .times
            .get(progress.told)
            .or_else(|| progress.times.last())
            .copied()
            .flatten();
        progress.told += 1;
        time
    }

    /// How a scenario ended.
    pub(crate) fn outcome(&mut self, scenario: &str) -> Outcome {
        let progress = self.progress(scenario);
        match progress {
            // A failure of the system under test stands, also when we stumbled after it.
            Progress { is_failed: true, .. } => Outcome::Failed,
            Progress {
                error: Some(what), ..
            } => Outcome::Error { what: what.clone() },
            Progress { skipped, .. } if !skipped.is_empty() => Outcome::Skipped {
                reason: skipped.join("; "),
            },
            Progress { judged: 0, .. } => Outcome::Error {
                what: "no expectation was judged, so nothing is proven".to_owned(),
            },
            Progress { .. } => Outcome::Passed,
        }
    }

    /// The events, taken out.
    pub(crate) fn take(&mut self) -> Vec<RunEvent> {
        std::mem::take(&mut self.events)
    }

    fn progress(&mut self, scenario: &str) -> &mut Progress {
        self.scenarios.entry(scenario.to_owned()).or_default()
    }
}
