//! What happened in a run, in the order in which it is told, and how each scenario ended.
//!
//! Steps write here what they saw; the writer of cucumber adds how steps ended. Nothing is judged twice.

use std::collections::{BTreeMap, BTreeSet};

use kp_chain::SimTime;
use kp_report::{Expectation, ExpectationOutcome, Outcome, RunEvent, Unexpected};

use crate::event_log::EventLog;

/// The events of a run and the outcome of its scenarios so far.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    events: Vec<RunEvent>,
    scenarios: BTreeMap<String, Progress>,
    /// Where the events are kept as they happen.
    log: Option<EventLog>,
    /// What was unexpected before the run was interrupted; what comes again is told once.
    unexpected: BTreeSet<Unexpected>,
}

/// How a scenario goes.
#[derive(Debug, Default)]
struct Progress {
    is_failed: bool,
    /// How many expectations were judged that the standard says, apart from what the scenario takes for granted.
    judged: usize,
    /// How many derivations of our own were.
    derived: usize,
    /// The first expectation that was not met and decides nothing.
    unmet: Option<String>,
    error: Option<String>,
    /// Why it cannot be judged as a whole.
    skipped: Vec<String>,
    /// Whether it is known why it halted.
    is_halted: bool,
    /// The steps that were run.
    steps: Vec<StepEnd>,
    told: usize,
    /// Whether everything is met so far that the step under way asks.
    is_unmet: bool,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StepEnd {
    /// The business time, none before a step set it.
    pub(crate) at: Option<SimTime>,
    /// Whether something that it asks is not met, also when that decides nothing.
    pub(crate) is_unmet: bool,
}

impl Journal {
    /// Keeps the events from here on as they happen, after those of the run that was interrupted.
    pub(crate) fn keep(&mut self, log: EventLog) {
        self.log = Some(log);
    }

    /// Has the events that are kept take their place.
    pub(crate) fn settle(&mut self) -> std::io::Result<()> {
        self.log.as_mut().map_or(Ok(()), EventLog::settle)
    }

    /// Tells of an event.
    pub(crate) fn tell(&mut self, event: RunEvent) {
        if matches!(&event, RunEvent::Unexpected(unexpected) if self.unexpected.contains(unexpected)) {
            return;
        }
        if let Some(log) = &mut self.log {
            log.append(&event);
        }
        self.events.push(event);
    }

    /// Tells again of an event of the run that was interrupted.
    pub(crate) fn take_over(&mut self, event: RunEvent) {
        self.tell(event.clone());
        if let RunEvent::Unexpected(unexpected) = event {
            self.unexpected.insert(unexpected);
        }
    }

    /// The events so far.
    pub(crate) fn events(&self) -> &[RunEvent] {
        &self.events
    }

    /// Tells of an expectation; one that is not met fails the scenario when the standard says it literally.
    pub(crate) fn expectation(&mut self, expectation: Expectation) {
        let progress = self.progress(&expectation.scenario);
        if expectation.literal {
            progress.judged += 1;
        } else {
            progress.derived += 1;
        }
        self.precondition(expectation);
    }

    /// Tells of what the scenario takes for granted, which proves nothing.
    pub(crate) fn precondition(&mut self, mut expectation: Expectation) {
        // The steps that ended stand before the one under way.
        expectation.step = Some(self.progress(&expectation.scenario).steps.len());
        if matches!(expectation.outcome, ExpectationOutcome::NotMet { .. }) {
            let progress = self.progress(&expectation.scenario);
            progress.is_unmet = true;
            if expectation.literal {
                progress.is_failed = true;
            } else {
                progress.unmet.get_or_insert_with(|| expectation.text.clone());
            }
        }
        self.tell(RunEvent::Expectation(expectation));
    }

    /// Notes that we, not the system under test, could not go on; unless a derivation of our own led us astray.
    pub(crate) fn stumble(&mut self, scenario: &str, what: String) {
        let progress = self.progress(scenario);
        match &progress.unmet {
            None => self.error(scenario, what),
            Some(unmet) => {
                let reason = format!(
                    "wat volgt is niet te beoordelen ({what}), na een eigen afleiding die niet uitkwam: {unmet}"
                );
                progress.skipped.push(reason);
            }
        }
    }

    /// Notes that something of ours is wrong.
    pub(crate) fn error(&mut self, scenario: &str, what: String) {
        self.progress(scenario).error.get_or_insert(what);
    }

    /// Notes that a step broke off, unless it is known why.
    pub(crate) fn broke_off(&mut self, scenario: &str, what: String) {
        let progress = self.progress(scenario);
        if !progress.is_failed && !progress.is_halted && progress.skipped.is_empty() {
            progress.error.get_or_insert(what);
        }
    }

    /// Notes that what halts the scenario is told of.
    pub(crate) fn halted(&mut self, scenario: &str) {
        self.progress(scenario).is_halted = true;
    }

    /// Notes that the scenario, or a part of it that counts, cannot be judged; a failure stands beside it.
    pub(crate) fn skip(&mut self, scenario: &str, reason: String) {
        self.progress(scenario).skipped.push(reason);
    }

    /// Notes when a step ended.
    pub(crate) fn step_ended(&mut self, scenario: &str, at: Option<SimTime>) {
        let progress = self.progress(scenario);
        let is_unmet = std::mem::take(&mut progress.is_unmet);
        progress.steps.push(StepEnd { at, is_unmet });
    }

    /// How the next step that is told of ended; none when it was not run, or broke off by itself.
    pub(crate) fn next_step(&mut self, scenario: &str) -> Option<StepEnd> {
        let progress = self.progress(scenario);
        let step = progress.steps.get(progress.told).copied();
        progress.told += 1;
        step
    }

    /// When the last step that was run ended.
    pub(crate) fn last_time(&mut self, scenario: &str) -> Option<SimTime> {
        self.progress(scenario).steps.last().and_then(|step| step.at)
    }

    /// How a scenario ended; `is_observed` says that all that it asks is a derivation of our own.
    pub(crate) fn outcome(&mut self, scenario: &str, is_observed: bool) -> Outcome {
        let skipped = |reason: String| Outcome::Skipped { reason };
        let progress = self.progress(scenario);
        match progress {
            // A failure of the system under test stands, also when we stumbled after it.
            Progress { is_failed: true, .. } => Outcome::Failed,
            Progress {
                error: Some(what), ..
            } => Outcome::Error { what: what.clone() },
            // What was seen is all that it could give.
            Progress { unmet: Some(_), .. } if is_observed => Outcome::Observed,
            Progress { skipped: why, .. } if !why.is_empty() => skipped(why.join("; ")),
            Progress { derived: 1.., .. } if is_observed => Outcome::Observed,
            Progress {
                judged: 0,
                derived: 1..,
                ..
            } => skipped("alleen eigen afleidingen konden worden beoordeeld".to_owned()),
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

#[cfg(test)]
mod tests {
    use kp_report::{Expectation, ExpectationOutcome, Outcome};
    use proptest::prelude::*;

    use super::Journal;

    /// A scenario of which these expectations were judged, one word each: `+` met, `-` not met; then `literal`, `derived`
    /// or `given`; or `stumble`, `skip`, `fault`.
    fn outcome(told: &str, is_observed: bool) -> Outcome {
        let mut journal = Journal::default();
        for word in told.split_whitespace() {
            let outcome = if word.starts_with('-') {
                ExpectationOutcome::NotMet {
                    expected: None,
                    got: None,
                    finding: None,
                    explanation: String::new(),
                }
            } else {
                ExpectationOutcome::Met
            };
            let kind = word.trim_start_matches(['+', '-']);
            let expectation = Expectation {
                scenario: "A".to_owned(),
                text: "het".to_owned(),
                rules: Vec::new(),
                literal: kind != "derived" && !is_observed,
                step: None,
                traceer_id: None,
                outcome,
            };
            match kind {
                "given" => journal.precondition(expectation),
                "stumble" => journal.stumble("A", "niets".to_owned()),
                "skip" => journal.skip("A", "geen klok".to_owned()),
                _ => journal.expectation(expectation),
            }
        }
        journal.outcome("A", is_observed)
    }

    #[track_caller]
    fn check(told: &str, is_observed: bool, word: &str) {
        let outcome = outcome(told, is_observed);
        assert_eq!(outcome.word(kp_report::Lang::En), word, "{told}: {outcome:?}");
    }

    #[test]
    fn a_derivation_beside_what_the_standard_says_decides_nothing() {
        check("+given +literal +derived", false, "passed");
        check("+given +literal -derived", false, "passed");
        check("-derived +literal", false, "passed");
        check("-derived -literal", false, "failed");
        check("-given", false, "failed");
        check("+literal stumble", false, "our error");
        check("+literal -derived stumble", false, "skipped");
        check("+literal skip", false, "skipped");
        check("-literal skip stumble", false, "failed");
    }

    #[test]
    fn what_a_scenario_takes_for_granted_proves_nothing() {
        check("+given", false, "our error");
        check("+given +derived", false, "skipped");
        check("", false, "our error");
        check("+given", true, "our error");
    }

    #[test]
    fn a_scenario_of_derivations_alone_is_observed_whatever_is_seen() {
        check("+given +derived", true, "observed");
        check("+given -derived +derived", true, "observed");
        check("-given", true, "observed");
        check("-literal", true, "observed");
        check("-derived stumble", true, "observed");
        check("+derived skip", true, "skipped");
        check("+derived stumble", true, "our error");
        check("stumble", true, "our error");
    }

    fn judged() -> impl Strategy<Value = Vec<&'static str>> {
        let words = [
            "+literal", "-literal", "+derived", "-derived", "+given", "-given", "skip",
        ];
        prop::collection::vec(prop::sample::select(words.to_vec()), 0..8)
    }

    proptest! {
        #[test]
        fn what_is_only_observed_neither_certifies_nor_fails(told in judged()) {
            let outcome = outcome(&told.join(" "), true);
            prop_assert!(!matches!(outcome, Outcome::Passed | Outcome::Failed), "{:?}", outcome);
        }

        #[test]
        fn beside_a_literal_expectation_no_derivation_changes_the_outcome(mut told in judged()) {
            told.push("+literal");
            let without: Vec<&str> = told.iter().copied().filter(|word| !word.ends_with("derived")).collect();
            prop_assert_eq!(outcome(&told.join(" "), false), outcome(&without.join(" "), false));
        }
    }
}
