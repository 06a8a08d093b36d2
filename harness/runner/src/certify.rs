//! A certification run: one hub at one address, the scenarios of the plan, the events that become a report.
//!
//! Features run inside cucumber, wave by wave; the scenarios of a wave take turns on this thread. The hub and the system
//! under test run on threads of their own. Tests: `tests/it/certify.rs`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

use cucumber::event::{
    Cucumber as Happening, Feature as FeatureEvent, RetryableScenario, Scenario as ScenarioEvent,
    ScenarioFinished, Step as StepEvent,
};
use cucumber::writer::AssertNormalized;
use cucumber::{Cucumber, Event, World as _, Writer, cli, parser, runner};
use futures::stream;
use kp_chain::{Aansluiting, Hub, HubSettings, SimTime, Switches};
use kp_model::{Release, RuleText, Seed};
use kp_report::{
    Execution, Outcome, Party, PlannedScenario, ReleaseName, RuleSentence, RunEvent, RunName, RunReport,
    RunStarted, Step, StepOutcome,
};
use kp_rules::Rulebook;
use kp_servers::{HubServer, HubServerSettings};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use crate::attribution::Attribution;
use crate::counterparties::Counterparties;
use crate::driver::Driver;
use crate::error::RunnerError;
use crate::features::{Features, Tags};
use crate::partition::Partitions;
use crate::plan::{Plan, Selection};
use crate::scenario::{Run, SUT_NAME};
use crate::steps::ScenarioWorld;
use crate::sut::Sut;
use crate::testdata::Testdata;
use crate::wave::Wave;

/// Where the hub listens for a product of somebody else, unless the configuration says otherwise.
const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8480);

/// The switch that says how long the hub remembers, and what it is in a run.
const RETENTION: &str = "vsp_retention_months";
const RETENTION_MONTHS: u32 = 120;

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
    /// How many scenarios run beside each other at most; as many as the system under test can have when left out.
    pub jobs: Option<usize>,
    /// Where the hub listens, and how it behaves.
    pub estafette: Estafette,
    /// Options of the caller that a replay needs too, as they stand on a command line.
    pub replay: String,
    /// The commit that this tool was built from.
    pub commit: String,
    /// When the run starts, by the wall clock, as in `2026-11-22T03:49:00Z`.
    pub started: String,
    /// The machine, for the report.
    pub host: String,
}

/// The hub of a run: where it listens and how it behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estafette {
    /// Where it listens; a free port of loopback when left out.
    pub luister: Option<SocketAddr>,
    /// The address that clients use; the one that is listened on when left out.
    pub extern_adres: Option<String>,
    /// Choices that the sources leave open.
    pub switches: Switches,
}

impl Default for Estafette {
    fn default() -> Self {
        Self::with(&toml::Table::new()).expect("the defaults are valid, which a test reads")
    }
}

impl Estafette {
    /// The hub of a run with some switches said otherwise, by the names of the configuration.
    ///
    /// # Errors
    /// With what is wrong, for people.
    pub fn with(said: &toml::Table) -> Result<Self, String> {
        let mut switches = Switches::with(said)?;
        if !said.contains_key(RETENTION) {
            // Business time goes by in leaps: what is forgotten after months would be lost within seconds.
            switches.vsp_retention_months = RETENTION_MONTHS;
        }
        Ok(Self {
            luister: None,
            extern_adres: None,
            switches,
        })
    }
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
    let (plan, testdata) = planned(&options)?;
    // The scenarios run on this thread, everything that is spawned on the others.
    runtime()?.block_on(run(options, plan, testdata))
}

/// What would run, and the facts that it names.
pub(crate) fn planned(options: &CertifyOptions) -> Result<(Plan, Testdata), RunnerError> {
    let testdata =
        Testdata::parse(options.features.testdata()).map_err(|what| RunnerError::Features { what })?;
    let plan = Plan::new(
        &options.features,
        &options.releases(),
        &options.sut,
        &options.selection,
    )?;
    check_partijen(options)?;
    Ok((plan, testdata))
}

pub(crate) fn runtime() -> Result<Runtime, RunnerError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|source| RunnerError::Start { source })
}

/// Starts the hub of a run, and everything that its scenarios share.
pub(crate) async fn prepare(
    options: &CertifyOptions,
    plan: Plan,
    testdata: &Testdata,
) -> Result<(HubServer, Rc<Run>), RunnerError> {
    let parties = Parties::of(options, testdata)?;
    let seed = Seed(options.seed);
    let mut settings = HubSettings::new(parties.aansluitingen(testdata, &options.sut));
    settings.seed = seed;
    settings.switches = options.estafette.switches.clone();
    let hub = Hub::new(settings, options.rulebooks.clone());
    let server = HubServer::start(hub, SimTime::EPOCH, server_settings(options)).await?;
    let partitions = partitions(options, testdata)?;
    let run = Rc::new(Run {
        releases: options.releases(),
        rulebooks: options.rulebooks.clone(),
        attribution: RefCell::new(Attribution::new(&partitions)),
        partitions,
        plan,
        sut: options.sut.clone(),
        sut_code: parties.sut_code,
        sut_rol: parties.sut_rol,
        seed,
        hub: server.handle(),
        base_url: server.base_url().to_owned(),
        journal: RefCell::default(),
    });
    Ok((server, run))
}

/// How many scenarios run beside each other.
pub(crate) fn jobs(options: &CertifyOptions) -> usize {
    options
        .jobs
        .unwrap_or(usize::MAX)
        .clamp(1, options.sut.gelijktijdig.max(1))
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
    let (server, run) = prepare(&options, plan, &testdata).await?;
    let started = RunEvent::RunStarted(started(&options, &run));
    run.journal.borrow_mut().tell(started);
    run_waves(&run, jobs(&options)).await?;
    for (id, reason) in &run.plan.skipped {
        let outcome = Outcome::Skipped {
            reason: reason.clone(),
        };
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

/// The system under test and who it meets.
struct Parties {
    sut_code: String,
    sut_rol: String,
    /// The code that the features know it by.
    known_code: String,
}

impl Parties {
    fn of(options: &CertifyOptions, testdata: &Testdata) -> Result<Self, RunnerError> {
        let known = testdata
            .aanbieder(SUT_NAME)
            .map_err(|what| RunnerError::Features { what })?;
        let own = options.sut.partijen.first();
        Ok(Self {
            sut_code: own.unwrap_or(&known.code).clone(),
            sut_rol: known.rol.clone(),
            known_code: known.code.clone(),
        })
    }

    fn aansluitingen(&self, testdata: &Testdata, sut: &Sut) -> Vec<Aansluiting> {
        // Scenarios speak of its first party; it may act for others too.
        let own: BTreeSet<&String> = std::iter::once(&self.sut_code).chain(&sut.partijen).collect();
        let mut aansluitingen: Vec<Aansluiting> = own
            .iter()
            .map(|code| Aansluiting::aanbieder(code, &self.sut_rol, &sut.indiener))
            .collect();
        let others = testdata
            .aanbieder
            .values()
            .filter(|aanbieder| !own.contains(&aanbieder.code) && aanbieder.code != self.known_code);
        aansluitingen
            .extend(others.map(|other| Aansluiting::aanbieder(&other.code, &other.rol, "ketenproef")));
        let named = testdata.gemeente.values().map(|gemeente| &gemeente.code);
        let codes: BTreeSet<&String> = testdata.partities.gemeenten.iter().chain(named).collect();
        aansluitingen.extend(codes.into_iter().map(|code| Aansluiting::gemeente(code)));
        aansluitingen
    }
}

fn server_settings(options: &CertifyOptions) -> HubServerSettings {
    let defaults = HubServerSettings::default();
    // A product of somebody else must know beforehand where the hub is.
    let address = if options.sut.is_builtin() {
        defaults.address
    } else {
        ADDRESS
    };
    HubServerSettings {
        address: options.estafette.luister.unwrap_or(address),
        external_url: options.estafette.extern_adres.clone(),
        // Without certificates a caller that names no account is the system under test.
        default_indiener: Some(options.sut.indiener.clone()),
        ..defaults
    }
}

fn partitions(options: &CertifyOptions, testdata: &Testdata) -> Result<Partitions, RunnerError> {
    let fault = |what| RunnerError::Features { what };
    let release = options
        .rulebooks
        .first()
        .ok_or_else(|| RunnerError::NothingSelected {
            wanted: "a release".to_owned(),
        })?;
    Partitions::new(
        &options.features.parse()?,
        testdata,
        release.release(),
        Seed(options.seed),
    )
    .map_err(fault)
}

fn started(options: &CertifyOptions, run: &Run) -> RunStarted {
    let sut = &options.sut;
    let mut replay = String::from("ketenproef certify");
    for release in &options.releases() {
        replay.push_str(&format!(" --release {}", release.id()));
    }
    replay.push_str(&format!(" --role {} --sut {}", sut.role, sut.named));
    if let Some(profile) = &options.selection.profile {
        replay.push_str(&format!(" --profile {profile}"));
    }
    for tag in &options.selection.tags {
        replay.push_str(&format!(" --tags {tag}"));
    }
    for id in &options.selection.only {
        replay.push_str(&format!(" --only {id}"));
    }
    replay.push_str(&format!(" --seed {}{}", options.seed, options.replay));
    RunStarted {
        name: name(options),
        sut: sut.of_report(),
        replay,
        planned: run
            .plan
            .scenarios
            .iter()
            .map(|planned| with_parties(run, planned))
            .collect(),
        rules: options
            .releases()
            .iter()
            .flat_map(|release| sentences(release))
            .collect(),
    }
}

/// What a run is named by: with an equal name it gives the same report.
pub(crate) fn name(options: &CertifyOptions) -> RunName {
    let releases = options.rulebooks.iter().map(|rulebook| rulebook.release());
    RunName {
        commit: options.commit.clone(),
        releases: releases
            .map(|release| ReleaseName {
                id: release.id().to_string(),
                digest: release.digest().to_owned(),
            })
            .collect(),
        seed: options.seed,
        configuration: format!("{}-{}", options.sut.digest(), scenarios_digest(options)),
    }
}

/// A scenario with its parties by the names that it uses.
fn with_parties(run: &Run, planned: &PlannedScenario) -> PlannedScenario {
    let own = run.partitions.of(&planned.id).map(|own| &own.gemeente);
    let gemeenten = own.into_iter().flatten().map(|(name, gemeente)| Party {
        name: name.clone(),
        code: gemeente.code.clone(),
    });
    let sut = Party {
        name: SUT_NAME.to_owned(),
        code: run.sut_code.clone(),
    };
    PlannedScenario {
        parties: gemeenten.chain([sut]).collect(),
        ..planned.clone()
    }
}

/// What the rules of a release say.
fn sentences(release: &Release) -> Vec<RuleSentence> {
    let of = |rule: &RuleText| RuleSentence {
        release: release.id().to_string(),
        code: rule.code.clone(),
        nl: rule.nl.clone(),
        en: rule.en.clone(),
        basis: rule.basis.clone(),
    };
    release.rules().values().map(of).collect()
}

/// What the scenarios, their facts and the hub are, and the choice among them: two digests of a few characters.
fn scenarios_digest(options: &CertifyOptions) -> String {
    use sha2::{Digest, Sha256};
    let CertifyOptions {
        features,
        selection,
        estafette: Estafette { switches, .. },
        ..
    } = options;
    let digest = |said: String| {
        let digest = Sha256::digest(said.as_bytes());
        digest
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let scenarios = digest(format!("{features:?} {switches:?}"));
    let choice = digest(format!("{selection:?}"));
    format!("{scenarios}-{choice}")
}

/// Runs the scenarios of the plan, so many beside each other.
async fn run_waves(run: &Rc<Run>, jobs: usize) -> Result<(), RunnerError> {
    let driver = Rc::new(Driver::reach(run).await?);
    let counterparties = Rc::new(Mutex::new(Counterparties::new(Rc::clone(run))));
    for (index, scenarios) in run.plan.waves(jobs).into_iter().enumerate() {
        let name = format!("golf-{}", index + 1);
        let others = (Rc::clone(&driver), Rc::clone(&counterparties));
        let wave = Rc::new(Wave::new(Rc::clone(run), name, &scenarios, others));
        if let Err(halt) = wave.reset().await {
            wave.halt_all(&halt);
        }
        run_wave(run, wave, &scenarios).await;
    }
    Ok(())
}

async fn run_wave(run: &Rc<Run>, wave: Rc<Wave>, scenarios: &[String]) {
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
