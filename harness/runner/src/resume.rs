//! A run that goes on where another was interrupted.
//!
//! What had ended stands and is taken over with its events; what had not, or ended by a fault of ours, is run. A product
//! that begins anew gets the same facts again, so that the report is the one that the whole run would have given. One
//! that keeps its data has met the persons of a scenario that was under way: that scenario gets new ones. Tests: below,
//! and in `harness/cli/tests/it/again.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kp_model::Seed;
use kp_report::{Message, Outcome, RunEvent, RunName, RunStarted};

use crate::error::RunnerError;
use crate::event_log::{FILE, read};
use crate::sut::Sut;

/// How far the seed of what is met anew lies from that of the run: a prime, so that it gives other persons, and too far
/// for who counts seeds by hand.
const STEP: u64 = 7919;

/// What an interrupted run left.
#[derive(Clone, Debug)]
pub struct Interrupted {
    folder: PathBuf,
    started: RunStarted,
    /// How often it was resumed before.
    resumed: u32,
    /// The scenarios that the system under test met and that did not end.
    begun: BTreeSet<String>,
    /// The outcomes that stand.
    standing: BTreeMap<String, Outcome>,
    events: Vec<RunEvent>,
}

impl Interrupted {
    /// Reads what a run left in the folder of its report.
    ///
    /// # Errors
    /// When no run left its events there.
    pub fn read(folder: &Path) -> Result<Self, RunnerError> {
        let fault = |source: std::io::Error| RunnerError::Log {
            file: folder.join(FILE),
            source,
        };
        Self::of(folder, read(folder).map_err(fault)?).ok_or_else(|| {
            let what = "no run begins here";
            fault(std::io::Error::new(std::io::ErrorKind::InvalidData, what))
        })
    }

    fn of(folder: &Path, events: Vec<RunEvent>) -> Option<Self> {
        let mut events = events.into_iter();
        let Some(RunEvent::RunStarted(started)) = events.next() else {
            return None;
        };
        let events: Vec<RunEvent> = events.collect();
        let mut interrupted = Self {
            folder: folder.to_owned(),
            started,
            resumed: 0,
            begun: BTreeSet::new(),
            standing: BTreeMap::new(),
            events: Vec::new(),
        };
        for event in &events {
            match event {
                RunEvent::RunResumed { begun } => {
                    interrupted.resumed += 1;
                    interrupted.begun.extend(begun.iter().cloned());
                }
                // A message may be told before the scenario that it belongs to.
                RunEvent::ScenarioStarted { id: met } | RunEvent::Message(Message { scenario: met, .. }) => {
                    interrupted.begun.insert(met.clone());
                }
                RunEvent::ScenarioFinished { id, outcome } if stands(outcome) => {
                    interrupted.standing.insert(id.clone(), outcome.clone());
                }
                RunEvent::RunStarted(_)
                | RunEvent::Step(_)
                | RunEvent::Judged { .. }
                | RunEvent::Expectation(_)
                | RunEvent::ScenarioFinished { .. }
                | RunEvent::Unexpected(_)
                | RunEvent::Waiver(_)
                | RunEvent::RunFinished { .. } => {}
            }
        }
        // What was left out has not begun; the plan tells of it again.
        let begun = &interrupted.begun;
        interrupted.standing.retain(|id, _| begun.contains(id));
        let standing = &interrupted.standing;
        interrupted.begun.retain(|id| !standing.contains_key(id));
        interrupted.events = events;
        Some(interrupted)
    }

    /// The seed of the run.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.started.name.seed
    }

    /// Refuses to go on with another run.
    pub(crate) fn is_of(&self, name: &RunName, sut: &Sut) -> Result<(), RunnerError> {
        let mut differences = differences(&self.started.name, name);
        if self.started.sut.version != sut.version {
            let what = format!(
                "the version of the product: {} there, {} here",
                self.started.sut.version, sut.version
            );
            differences.push(what);
        }
        if differences.is_empty() {
            return Ok(());
        }
        Err(RunnerError::OtherRun {
            folder: self.folder.clone(),
            differences,
            command: self.started.replay.clone(),
        })
    }

    /// How a scenario ended, so that it is not run again.
    pub(crate) fn outcome(&self, id: &str) -> Option<&Outcome> {
        self.standing.get(id)
    }

    /// Whether a scenario ended, so that it is not run again.
    pub(crate) fn has_ended(&self, id: &str) -> bool {
        self.standing.contains_key(id)
    }

    /// The scenarios that the system under test met and that did not end.
    pub(crate) fn begun(&self) -> &BTreeSet<String> {
        &self.begun
    }

    /// The events of what stands, the one that tells of the interruption first.
    pub(crate) fn taken_over(&self) -> impl Iterator<Item = RunEvent> {
        let resumed = (0..self.resumed).map(|_| RunEvent::RunResumed { begun: Vec::new() });
        let begun = self.begun.iter().cloned().collect();
        resumed
            .chain(std::iter::once(RunEvent::RunResumed { begun }))
            .chain(
                self.events
                    .iter()
                    .filter(|event| self.is_taken_over(event))
                    .cloned(),
            )
    }

    fn is_taken_over(&self, event: &RunEvent) -> bool {
        match event {
            RunEvent::ScenarioStarted { id } => self.has_ended(id),
            RunEvent::Step(step) => self.has_ended(&step.scenario),
            RunEvent::Message(message) => self.has_ended(&message.scenario),
            RunEvent::Judged { scenario, .. } => self.has_ended(scenario),
            RunEvent::Expectation(expectation) => self.has_ended(&expectation.scenario),
            RunEvent::ScenarioFinished { id, outcome } => self.standing.get(id) == Some(outcome),
            RunEvent::Unexpected(_) => true,
            RunEvent::RunStarted(_)
            | RunEvent::RunResumed { .. }
            | RunEvent::Waiver(_)
            | RunEvent::RunFinished { .. } => false,
        }
    }

    /// The seed of what a system under test that keeps its data must meet anew.
    pub(crate) fn next_seed(&self, seed: Seed) -> Seed {
        Seed(seed.0.wrapping_add(STEP * u64::from(self.resumed + 1)))
    }
}

/// Whether a scenario that ended so need not run again.
fn stands(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Passed | Outcome::Failed | Outcome::Observed | Outcome::Skipped { .. } => true,
        // A waiver is held against the run at its end, from what stands before it.
        Outcome::Waived { .. } | Outcome::Error { .. } => false,
    }
}

/// What two runs do not have in common, for people.
pub(crate) fn differences(there: &RunName, here: &RunName) -> Vec<String> {
    let mut differences = Vec::new();
    if there.commit != here.commit {
        differences.push(format!(
            "ketenproef itself: commit {} there, {} here",
            there.commit, here.commit
        ));
    }
    if there.seed != here.seed {
        differences.push(format!("the seed: {} there, {} here", there.seed, here.seed));
    }
    let ids = |name: &RunName| {
        name.releases
            .iter()
            .map(|release| release.id.clone())
            .collect::<Vec<_>>()
    };
    if ids(there) != ids(here) {
        let what = format!(
            "the releases: {} there, {} here",
            ids(there).join(", "),
            ids(here).join(", ")
        );
        differences.push(what);
    } else if there.releases != here.releases {
        differences.push("the data of the releases".to_owned());
    }
    let parts =
        |name: &RunName| -> Vec<String> { name.configuration.split('-').map(str::to_owned).collect() };
    let (of_there, of_here) = (parts(there), parts(here));
    for (index, what) in CONFIGURATION.into_iter().enumerate() {
        if of_there.get(index) != of_here.get(index) {
            differences.push(what.to_owned());
        }
    }
    differences
}

/// What the parts of the configuration of a run are digests of.
const CONFIGURATION: [&str; 3] = [
    "the description of the product",
    "the scenarios, their facts, the profiles or the switches of the hub",
    "what is chosen: profile, only, tags, waivers in force",
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use kp_model::Seed;
    use kp_report::{Direction, HubVerdict, Message, Outcome, RunEvent, RunName, RunStarted};

    use super::{Interrupted, differences};

    fn started(id: &str) -> RunEvent {
        RunEvent::ScenarioStarted { id: id.to_owned() }
    }

    fn finished(id: &str, outcome: Outcome) -> RunEvent {
        RunEvent::ScenarioFinished {
            id: id.to_owned(),
            outcome,
        }
    }

    fn interrupted(events: Vec<RunEvent>) -> Interrupted {
        let begins = vec![RunEvent::RunStarted(RunStarted::default())];
        let all = begins.into_iter().chain(events).collect();
        Interrupted::of(Path::new("rapport"), all).expect("a run begins")
    }

    #[test]
    fn what_ended_stands_and_what_had_not_or_was_ours_runs() {
        let error = Outcome::Error { what: String::new() };
        let skipped = Outcome::Skipped {
            reason: String::new(),
        };
        let left = interrupted(vec![
            started("A"),
            started("B"),
            started("C"),
            finished("A", Outcome::Passed),
            started("D"),
            finished("B", Outcome::Failed),
            finished("C", error),
            finished("E", skipped),
        ]);
        let ended: Vec<&str> = ["A", "B", "C", "D", "E", "F"]
            .into_iter()
            .filter(|id| left.has_ended(id))
            .collect();
        assert_eq!(ended, ["A", "B"], "E was left out by the plan");
        assert_eq!(left.begun().iter().collect::<Vec<_>>(), ["C", "D"]);
        let again: Vec<RunEvent> = left.taken_over().collect();
        let begun = vec!["C".to_owned(), "D".to_owned()];
        assert_eq!(
            again,
            [
                RunEvent::RunResumed { begun },
                started("A"),
                started("B"),
                finished("A", Outcome::Passed),
                finished("B", Outcome::Failed),
            ]
        );
    }

    #[test]
    fn a_run_that_is_interrupted_again_remembers_whom_the_product_met() {
        let first = interrupted(vec![started("A"), finished("A", Outcome::Passed), started("B")]);
        let again = interrupted(first.taken_over().collect());
        assert!(again.has_ended("A"));
        assert_eq!(again.begun().iter().collect::<Vec<_>>(), ["B"]);
        let seeds = [Seed(1), first.next_seed(Seed(1)), again.next_seed(Seed(1))];
        assert!(seeds[0].0 < seeds[1].0 && seeds[1].0 < seeds[2].0);
    }

    /// The log of a run that was killed before the events of cucumber came through.
    #[test]
    fn a_product_has_met_who_stands_in_a_message_before_its_scenario_is_told() {
        let message = RunEvent::Message(Message {
            scenario: "B".to_owned(),
            direction: Direction::ToSut,
            message: String::new(),
            from: String::new(),
            to: String::new(),
            business_time: String::new(),
            traceer_id: String::new(),
            hub_verdict: HubVerdict::Delivered,
            outside_checks: false,
            findings: Vec::new(),
            bytes: Vec::new().into(),
        });
        let left = interrupted(vec![started("A"), finished("A", Outcome::Passed), message]);
        assert_eq!(left.begun().iter().collect::<Vec<_>>(), ["B"]);
    }

    #[test]
    fn another_run_is_told_by_what_differs() {
        let name = |seed, configuration: &str| RunName {
            seed,
            configuration: configuration.to_owned(),
            ..RunName::default()
        };
        assert!(differences(&name(1, "a-b-c"), &name(1, "a-b-c")).is_empty());
        let told = differences(&name(1, "a-b-c"), &name(2, "a-x-c"));
        assert_eq!(told[0], "the seed: 1 there, 2 here");
        assert!(
            told[1].starts_with("the scenarios") && told.len() == 2,
            "{told:?}"
        );
    }
}
