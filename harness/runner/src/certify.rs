//! A certification run: one hub at one address, the scenarios of the plan, the events that become a report.
//!
//! Features run inside cucumber, one scenario at a time on this thread; the hub and the system under test run on
//! threads of their own. Tests: `tests/it/certify.rs`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use cucumber::event::{
    Cucumber as Happening, Feature as FeatureEvent, RetryableScenario, Scenario as ScenarioEvent,
    ScenarioFinished, Step as StepEvent,
};
use cucumber::writer::AssertNormalized;
use cucumber::{Cucumber, Event, World as _, Writer, cli, parser, runner};
use futures::stream;
use kp_chain::{Aansluiting, Hub, HubSettings, SimTime};
use kp_model::{Release, Seed};
use kp_report::{
    Execution, Outcome, ReleaseName, RunEvent, RunName, RunReport, RunStarted, Step, StepOutcome,
};
use kp_rules::Rulebook;
use kp_servers::{HubServer, HubServerSettings};

use crate::error::RunnerError;
use crate::features::{Features, Tags};
use crate::journal::Journal;
use crate::plan::{Plan, Selection};
use crate::scenario::{Run, SUT_NAME};
use crate::steps::ScenarioWorld;
use crate::sut::Sut;
use crate::testdata::Testdata;

/// What is asked of a run.
#[derive(Debug)]
pub struct CertifyOptions {
    /// The releases that are judged by, with their rules.
    pub rulebooks: Vec<Arc<Rulebook>>,
    /// The system under test.
    pub sut: Sut,
    /// The scenarios.
    pub features: Features,
    /// Which of them run.
    pub selection: Selection,
    /// Where all chance comes from.
    pub seed: u64,
    /// Options of the caller that a replay needs too, as they stand on a command line.
    pub replay: String,
    /// The commit that this tool was built from.
    pub commit: String,
    /// When the run starts, by the wall clock, as in `2026-11-22T03:49:00Z`.
    pub started: String,
    /// The machine, for the report.
    pub host: String,
}

impl CertifyOptions {
    fn releases(&self) -> Vec<Arc<Release>> {
        self.rulebooks
            .iter()
            .map(|rulebook| Arc::clone(rulebook.release()))
            .collect()
    }
}

/// Runs the scenarios and tells what happened.
///
/// # Errors
/// When the run could not be done. What the system under test does wrong is in the report.
pub fn certify(options: CertifyOptions) -> Result<RunReport, RunnerError> {
    let testdata =
        Testdata::parse(options.features.testdata()).map_err(|what| RunnerError::Features { what })?;
    let plan = Plan::new(
        options.features.parse()?,
        &options.releases(),
        &options.sut,
        &options.selection,
    )?;
    check_partijen(&options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|source| RunnerError::Start { source })?;
    // The scenarios run on this thread, everything that is spawned on the others.
    runtime.block_on(run(options, plan, testdata))
}

/// A party that no message can name would make every scenario an error of ours.
fn check_partijen(options: &CertifyOptions) -> Result<(), RunnerError> {
    for release in &options.releases() {
        let Some(message) = release.carrier("Toewijzing") else {
            continue;
        };
        let wrong = options
            .sut
            .partijen
            .iter()
            .find(|code| !release.accepts(message, "Kop", "ontvanger", code));
        if let Some(code) = wrong {
            return Err(RunnerError::Partij {
                code: code.clone(),
                role: options.sut.role.clone(),
            });
        }
    }
    Ok(())
}

async fn run(options: CertifyOptions, plan: Plan, testdata: Testdata) -> Result<RunReport, RunnerError> {
    let begun = std::time::Instant::now();
    let known = testdata
        .aanbieder(SUT_NAME)
        .map_err(|what| RunnerError::Features { what })?;
    let sut_code = options
        .sut
        .partijen
        .first()
        .cloned()
        .unwrap_or_else(|| known.code.clone());
    let sut_rol = known.rol.clone();
    let mut aansluitingen = vec![Aansluiting::aanbieder(&sut_code, &sut_rol, &options.sut.indiener)];
    let others = testdata
        .aanbieder
        .values()
        .filter(|aanbieder| aanbieder.code != sut_code && aanbieder.code != known.code);
    aansluitingen.extend(
        others.map(|aanbieder| Aansluiting::aanbieder(&aanbieder.code, &aanbieder.rol, "ketenproef")),
    );
    aansluitingen.extend(
        testdata
            .gemeente
            .values()
            .map(|gemeente| Aansluiting::gemeente(&gemeente.code)),
    );
    let seed = Seed(options.seed);
    let hub = Hub::new(HubSettings::new(aansluitingen), options.releases());
    let server = HubServer::start(hub, SimTime::from_unix_ms(0), HubServerSettings::default()).await?;
    let mut journal = Journal::default();
    journal.tell(RunEvent::RunStarted(started(
        &options,
        &plan,
        scenarios_digest(&options.features, &options.selection),
    )));
    let run = Rc::new(Run {
        releases: options.releases(),
        rulebooks: options.rulebooks,
        plan,
        testdata,
        sut: options.sut,
        sut_code,
        sut_rol,
        seed,
        hub: server.handle(),
        base_url: server.base_url().to_owned(),
        journal: RefCell::new(journal),
    });
    run_scenarios(&run).await;
    for id in &run.plan.skipped {
        let reason = "niet gekozen".to_owned();
        let outcome = Outcome::Skipped { reason };
        run.journal.borrow_mut().tell(RunEvent::ScenarioFinished {
            id: id.clone(),
            outcome,
        });
    }
    let execution = Execution {
        started: options.started,
        duration_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        host: options.host,
        ports: BTreeMap::from([("vecozo".to_owned(), server.address().port())]),
        certificates: Vec::new(),
    };
    server.stop().await;
    let mut journal = run.journal.borrow_mut();
    journal.tell(RunEvent::RunFinished { execution });
    let mut report = RunReport::new();
    for event in journal.take() {
        report.apply(event);
    }
    Ok(report)
}

fn started(options: &CertifyOptions, plan: &Plan, scenarios: String) -> RunStarted {
    let sut = &options.sut;
    let mut replay = String::from("ketenproef certify");
    for release in &options.releases() {
        replay.push_str(&format!(" --release {}", release.id()));
    }
    replay.push_str(&format!(" --role {} --sut {}", sut.role, sut.named));
    for tag in &options.selection.tags {
        replay.push_str(&format!(" --tags {tag}"));
    }
    for id in &options.selection.only {
        replay.push_str(&format!(" --only {id}"));
    }
    replay.push_str(&format!(" --seed {}{}", options.seed, options.replay));
    RunStarted {
        name: RunName {
            commit: options.commit.clone(),
            releases: options
                .rulebooks
                .iter()
                .map(|rulebook| rulebook.release())
                .map(|release| ReleaseName {
                    id: release.id().to_string(),
                    digest: release.digest().to_owned(),
                })
                .collect(),
            seed: options.seed,
            configuration: format!("{}-{scenarios}", sut.digest()),
        },
        sut: kp_report::Sut {
            name: sut.name.clone(),
            version: sut.version.clone(),
            role: sut.role.clone(),
            releases: sut.releases.clone(),
        },
        replay,
        planned: plan.scenarios.clone(),
    }
}

/// What the scenarios, their facts and the choice among them are, in a few characters.
fn scenarios_digest(features: &Features, selection: &Selection) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(format!("{features:?} {selection:?}").as_bytes());
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

async fn run_scenarios(run: &Rc<Run>) {
    let shared = Rc::clone(run);
    let runner = runner::Basic::default()
        .steps(ScenarioWorld::collection())
        .max_concurrent_scenarios(1)
        .before(move |feature, _, scenario, world: &mut ScenarioWorld| {
            if let Some(id) = Tags::of(feature, scenario).id {
                world.start(&shared, &id);
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
            .run(run.plan.features.clone())
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
            ScenarioEvent::Background(step, event) | ScenarioEvent::Step(step, event) => {
                let outcome = match event {
                    StepEvent::Started => return,
                    StepEvent::Passed(..) => StepOutcome::Passed,
                    StepEvent::Skipped => {
                        // Cucumber skips a sentence that it does not know, and then all that follow.
                        journal.error(id, format!("the sentence is not known: {}", step.value));
                        StepOutcome::Skipped
                    }
                    StepEvent::Failed(_, _, _, error) => {
                        // A step that notes nothing broke off by itself.
                        journal.error(id, error.to_string());
                        StepOutcome::Failed
                    }
                };
                let business_time = journal
                    .next_time(id)
                    .map(|time| time.to_string())
                    .unwrap_or_default();
                journal.tell(RunEvent::Step(Step {
                    scenario: id.to_owned(),
                    keyword: step.keyword.trim().to_owned(),
                    text: step.value.clone(),
                    outcome,
                    business_time,
                }));
            }
            ScenarioEvent::Hook(..) | ScenarioEvent::Log(_) => {}
            ScenarioEvent::Finished => {
                let outcome = journal.outcome(id);
                journal.tell(RunEvent::ScenarioFinished {
                    id: id.to_owned(),
                    outcome,
                });
            }
        }
    }
}
