//! Runs the scenarios of a wave in cucumber, and writes into the journal how steps and scenarios end.
//!
//! Cucumber reads no arguments, retries nothing and prints nothing. Tests: `tests/it/certify.rs`.

use std::rc::Rc;

use cucumber::event::{
    Cucumber as Happening, Feature as FeatureEvent, RetryableScenario, Scenario as ScenarioEvent,
    ScenarioFinished, Step as StepEvent,
};
use cucumber::writer::AssertNormalized;
use cucumber::{Cucumber, Event, World as _, Writer, cli, parser, runner};
use futures::stream;
use kp_report::{RunEvent, Step, StepOutcome};

use crate::features::Tags;
use crate::scenario::Run;
use crate::steps::ScenarioWorld;
use crate::wave::Wave;

/// Runs the scenarios of a wave, beside each other.
pub(crate) async fn run_wave(run: &Rc<Run>, wave: Rc<Wave>, scenarios: &[String]) {
    let runner = runner::Basic::default()
        .steps(ScenarioWorld::collection())
        .max_concurrent_scenarios(scenarios.len())
        .before(move |feature, _, scenario, world: &mut ScenarioWorld| {
            if let Some(id) = Tags::of(feature, scenario).id {
                world.start(&wave, &id);
            }
            Box::pin(std::future::ready(()))
        })
        .after(|_, _, _, ended, world| {
            Box::pin(async move {
                // A scenario that broke off has not asked for all that was to come.
                if let (ScenarioFinished::StepPassed, Some(world)) = (ended, world) {
                    world.finish().await;
                }
            })
        });
    let writer = JournalWriter { run: Rc::clone(run) };
    // Without options of its own, cucumber reads no arguments.
    let cucumber =
        Cucumber::<_, _, _, _, _, cli::Empty>::custom(Parsed, runner, AssertNormalized::new(writer));
    drop(
        cucumber
            .with_cli(cli::Opts::<_, _, _, cli::Empty>::default())
            .run(run.plan.features_of(scenarios))
            .await,
    );
}

/// Hands parsed features to cucumber.
struct Parsed;

impl cucumber::Parser<Vec<gherkin::Feature>> for Parsed {
    type Cli = cli::Empty;
    type Output = stream::Iter<std::vec::IntoIter<parser::Result<gherkin::Feature>>>;

    fn parse(self, features: Vec<gherkin::Feature>, _: Self::Cli) -> Self::Output {
        stream::iter(features.into_iter().map(Ok).collect::<Vec<_>>())
    }
}

/// Writes into the journal how steps and scenarios end.
struct JournalWriter {
    run: Rc<Run>,
}

impl cucumber::writer::NonTransforming for JournalWriter {}

impl Writer<ScenarioWorld> for JournalWriter {
    type Cli = cli::Empty;

    async fn handle_event(&mut self, event: parser::Result<Event<Happening<ScenarioWorld>>>, _: &Self::Cli) {
        if let Ok(Event {
            value:
                Happening::Feature(feature, FeatureEvent::Scenario(scenario, RetryableScenario { event, .. })),
            ..
        }) = event
            && let Some(id) = Tags::of(&feature, &scenario).id
        {
            self.scenario(&id, event);
        }
    }
}

impl JournalWriter {
    fn scenario(&self, id: &str, event: ScenarioEvent<ScenarioWorld>) {
        let mut journal = self.run.journal.borrow_mut();
        match event {
            ScenarioEvent::Started => journal.tell(RunEvent::ScenarioStarted { id: id.to_owned() }),
            ScenarioEvent::Background(_, StepEvent::Started) | ScenarioEvent::Step(_, StepEvent::Started) => {
            }
            ScenarioEvent::Background(step, event) | ScenarioEvent::Step(step, event) => {
                let ended = journal.next_step(id);
                let outcome = match event {
                    StepEvent::Skipped => {
                        // Cucumber skips a sentence that it does not know, and then all that follow.
                        journal.error(id, format!("the sentence is not known: {}", step.value));
                        StepOutcome::Skipped
                    }
                    StepEvent::Failed(_, _, _, error) => {
                        if ended.is_none() {
                            journal.broke_off(id, error.to_string());
                        }
                        StepOutcome::Failed
                    }
                    // A derivation of our own that is not met lets the scenario go on.
                    StepEvent::Started | StepEvent::Passed(..) if ended.is_some_and(|step| step.is_unmet) => {
                        StepOutcome::Failed
                    }
                    StepEvent::Started | StepEvent::Passed(..) => StepOutcome::Passed,
                };
                // A step that did not run ended when the one before it did.
                let at = ended.map_or_else(|| journal.last_time(id), |step| step.at);
                journal.tell(RunEvent::Step(Step {
                    scenario: id.to_owned(),
                    keyword: step.keyword.trim().to_owned(),
                    text: step.value.clone(),
                    outcome,
                    business_time: at.map(|at| at.to_string()).unwrap_or_default(),
                }));
            }
            ScenarioEvent::Hook(..) | ScenarioEvent::Log(_) => {}
            ScenarioEvent::Finished => {
                let outcome = journal.outcome(id, self.run.plan.is_observed(id));
                journal.tell(RunEvent::ScenarioFinished {
                    id: id.to_owned(),
                    outcome,
                });
            }
        }
    }
}
