//! The world of cucumber: it holds the scenario under way and keeps its journal in step.

use std::rc::Rc;

use crate::expectation::NotMet;
use crate::scenario::{Run, Scenario, Stumble};

/// Why a step did not end well; what is known of it stands in the journal.
#[derive(Debug)]
pub(crate) enum StepFailure {
    /// The system under test did otherwise than expected.
    NotMet,
    /// We could not go on.
    Stumbled(String),
}

impl From<NotMet> for StepFailure {
    fn from(NotMet: NotMet) -> Self {
        Self::NotMet
    }
}

impl From<Stumble> for StepFailure {
    fn from(Stumble(what): Stumble) -> Self {
        Self::Stumbled(what)
    }
}

impl std::fmt::Display for StepFailure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotMet => formatter.write_str("an expectation is not met"),
            Self::Stumbled(what) => formatter.write_str(what),
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
    /// Starts the scenario of a run.
    pub(crate) fn start(&mut self, run: &Rc<Run>, id: &str) {
        match Scenario::start(Rc::clone(run), id) {
            Ok(scenario) => self.scenario = Some(scenario),
            Err(Stumble(what)) => run.journal.borrow_mut().error(id, what),
        }
    }

    /// Ends the scenario: whatever nobody asked for is told.
    pub(crate) async fn finish(&mut self) {
        if let Some(scenario) = &mut self.scenario
            && let Err(Stumble(what)) = scenario.finish().await
        {
            scenario.run.journal.borrow_mut().error(&scenario.id, what);
        }
    }

    /// Runs a step and notes how it went.
    pub(crate) async fn step(
        &mut self,
        act: impl AsyncFnOnce(&mut Scenario) -> Result<(), StepFailure>,
    ) -> Result<(), StepFailure> {
        let Some(scenario) = &mut self.scenario else {
            return Err(StepFailure::Stumbled("the scenario did not start".to_owned()));
        };
        let outcome = act(scenario).await;
        let mut journal = scenario.run.journal.borrow_mut();
        journal.step_ended(&scenario.id, scenario.moment());
        if let Err(StepFailure::Stumbled(what)) = &outcome {
            journal.error(&scenario.id, what.clone());
        }
        outcome
    }
}
