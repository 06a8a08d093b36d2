//! The world of cucumber: it holds the scenario under way and keeps its journal in step.

use std::rc::Rc;

use kp_report::{Expectation, ExpectationOutcome};

use crate::expectation::NotMet;
use crate::golden::judge_claimed;
use crate::halt::{Fault, Halt, Stumble};
use crate::scenario::{Run, Scenario};
use crate::wave::Wave;

/// Why a step did not end well; what is known of it stands in the journal.
#[derive(Debug)]
pub(crate) enum StepFailure {
    /// The system under test did otherwise than expected.
    NotMet,
    /// The scenario halts, and this is why.
    Halted(Halt),
}

impl From<NotMet> for StepFailure {
    fn from(NotMet: NotMet) -> Self {
        Self::NotMet
    }
}

impl From<Halt> for StepFailure {
    fn from(halt: Halt) -> Self {
        Self::Halted(halt)
    }
}

impl From<Stumble> for StepFailure {
    fn from(stumble: Stumble) -> Self {
        Self::Halted(stumble.into())
    }
}

impl std::fmt::Display for StepFailure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotMet => formatter.write_str("an expectation is not met"),
            Self::Halted(Halt::Stumble(Stumble(what)) | Halt::Unsupported(what)) => formatter.write_str(what),
            Self::Halted(Halt::Fault(fault)) => formatter.write_str(&fault.got),
        }
    }
}

/// The scenario under way, once its first step begins.
#[derive(Default, cucumber::World)]
pub(crate) struct ScenarioWorld {
    scenario: Option<Scenario>,
}

impl std::fmt::Debug for ScenarioWorld {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{:?}",
            self.scenario.as_ref().map(|scenario| &scenario.id)
        )
    }
}

impl ScenarioWorld {
    /// Starts a scenario of a wave.
    pub(crate) fn start(&mut self, wave: &Rc<Wave>, id: &str) {
        match Scenario::start(Rc::clone(wave), id) {
            Ok(scenario) => self.scenario = Some(scenario),
            Err(halt) => {
                note(&wave.run, id, &halt);
                wave.leave(id);
            }
        }
    }

    /// Ends the scenario: whatever nobody asked for is told.
    pub(crate) async fn finish(&mut self) {
        if let Some(scenario) = &mut self.scenario
            && let Err(halt) = scenario.finish().await
        {
            note(&scenario.run, &scenario.id, &halt);
        }
    }

    /// Runs a step and notes how it went.
    pub(crate) async fn step(
        &mut self,
        act: impl AsyncFnOnce(&mut Scenario) -> Result<(), StepFailure>,
    ) -> Result<(), StepFailure> {
        let Some(scenario) = &mut self.scenario else {
            let what = "the scenario did not start".to_owned();
            return Err(Stumble(what).into());
        };
        scenario.begin_step();
        let outcome = act(scenario).await;
        let outcome = outcome.and_then(|()| Ok(judge_claimed(scenario)?));
        let (run, id) = (&scenario.run, &scenario.id);
        if let Err(StepFailure::Halted(halt)) = &outcome {
            note(run, id, halt);
        }
        run.journal.borrow_mut().step_ended(id, scenario.moment());
        outcome
    }
}

/// Notes why a scenario halts: ours is an error, that of the system under test an expectation that is not met.
fn note(run: &Run, id: &str, halt: &Halt) {
    let mut journal = run.journal.borrow_mut();
    journal.halted(id);
    match halt {
        Halt::Stumble(Stumble(what)) => journal.stumble(id, what.clone()),
        Halt::Unsupported(reason) => journal.skip(id, format!("opdracht niet ondersteund: {reason}")),
        Halt::Fault(Fault {
            expected,
            got,
            explanation,
        }) => journal.expectation(Expectation {
            scenario: id.to_owned(),
            text: "het product doet binnen zijn limiet wat zijn gebruiker vraagt".to_owned(),
            rules: Vec::new(),
            literal: !run.plan.is_observed(id),
            traceer_id: None,
            step: None,
            outcome: ExpectationOutcome::NotMet {
                expected: Some(expected.clone()),
                got: Some(got.clone()),
                finding: None,
                explanation: explanation.clone(),
            },
        }),
    }
}
