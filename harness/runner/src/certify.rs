//! A certification run: one hub at one address, the scenarios of the plan, the events that become a report.
//!
//! Waves run one after the other (`wave_run.rs`); the scenarios of a wave take turns on this thread. The hub and the system
//! under test run on threads of their own. Tests: `tests/it/certify.rs`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use jiff::civil::Date;
use kp_chain::{Aansluiting, Hub, HubSettings, SimTime, Switches};
use kp_model::network::Network;
use kp_model::{Release, Seed};
use kp_report::{Execution, Outcome, RunEvent, RunReport};
use kp_rules::Rulebook;
use kp_servers::{HubServer, HubServerSettings};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use crate::attribution::Attribution;
use crate::chain::Chain;
use crate::counterparties::Counterparties;
use crate::driver::Driver;
use crate::error::RunnerError;
use crate::event_log::EventLog;
use crate::features::Features;
use crate::going_over::Going;
use crate::golden::{Patterns, REFERENCE_SEED};
use crate::halt::Stumble;
use crate::naming::{name, started};
use crate::netwerk::{AS_GEMEENTE, Ends, GEMEENTE_NAME, Pki, Stage};
use crate::partition::Partitions;
use crate::plan::{Plan, Selection, plays_gemeente};
use crate::resume::Interrupted;
use crate::scenario::{Run, SUT_NAME};
use crate::sut::{Sut, Transport};
use crate::testdata::Testdata;
use crate::waiver::Waivers;
use crate::wave::{REST, Wave};
use crate::wave_run::run_wave;

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
    /// The standard of registers, for a role in the network.
    pub network: Option<Arc<Network>>,
    /// Options of the caller that a replay needs too, as they stand on a command line.
    pub replay: String,
    /// The commit that this tool was built from.
    pub commit: String,
    /// When the run starts, by the wall clock, as in `2026-11-22T03:49:00Z`.
    pub started: String,
    /// The machine, for the report.
    pub host: String,
    /// The day of the run, which waivers are held against.
    pub today: Date,
    /// Failures that are accepted for a time.
    pub waivers: Waivers,
    /// The folder in which the events are kept as they happen; nowhere when left out.
    pub keep: Option<PathBuf>,
    /// The run that this one goes on with.
    pub interrupted: Option<Interrupted>,
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
    /// Whether a scenario ended before the run was interrupted.
    pub(crate) fn has_ended(&self, id: &str) -> bool {
        self.interrupted
            .as_ref()
            .is_some_and(|interrupted| interrupted.has_ended(id))
    }

    /// The run that was interrupted, when the system under test still knows what it met in it.
    fn remembered(&self) -> Option<&Interrupted> {
        self.interrupted
            .as_ref()
            .filter(|_| !self.sut.isolatie.is_reset())
    }

    /// Where the chance of this part of the run comes from.
    fn own_seed(&self) -> Seed {
        let seed = Seed(self.seed);
        self.remembered()
            .map_or(seed, |interrupted| interrupted.next_seed(seed))
    }

    pub(crate) fn releases(&self) -> Vec<Arc<Release>> {
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
    options.waivers.fit(&plan)?;
    going(options, &plan)?;
    if let Some(interrupted) = &options.interrupted {
        interrupted.is_of(&name(options), &options.sut)?;
    }
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
) -> Result<(Option<HubServer>, Rc<Run>), RunnerError> {
    let parties = Parties::of(options, testdata)?;
    let seed = options.own_seed();
    let mut partitions = partitions(options, testdata)?;
    if options.sut.is_in_network() {
        for id in plan.with_tag(AS_GEMEENTE) {
            partitions.set_gemeente(id, GEMEENTE_NAME, &parties.sut_gemeente);
        }
    }
    let features = options.features.parse()?;
    let patterns = Patterns::new(
        options.features.patterns(),
        &features,
        &plan,
        &options.releases(),
        &partitions,
        &parties.sut_code,
    )
    .map_err(|faults| RunnerError::Patterns { faults })?;
    let going = going(options, &plan)?;
    let (server, chain) = if options.sut.is_in_network() {
        (None, Chain::Netwerk(Box::new(stage(options, seed).await?)))
    } else {
        let mut settings = HubSettings::new(parties.aansluitingen(testdata, &options.sut));
        settings.seed = seed;
        settings.switches = options.estafette.switches.clone();
        settings.overgang = going.as_ref().map(|going| going.overgang.clone());
        let hub = Hub::new(settings, options.rulebooks.clone());
        let server = HubServer::start(hub, SimTime::EPOCH, server_settings(options)).await?;
        let (hub, base_url) = (server.handle(), server.base_url().to_owned());
        (Some(server), Chain::Estafette { hub, base_url })
    };
    let run = Rc::new(Run {
        releases: options.releases(),
        rulebooks: options.rulebooks.clone(),
        attribution: RefCell::new(Attribution::new(&partitions)),
        partitions,
        patterns,
        holds_reference: holds_reference(options),
        plan,
        sut: options.sut.clone(),
        sut_code: parties.sut_code,
        sut_rol: parties.sut_rol,
        seed,
        chain,
        going,
        journal: RefCell::default(),
    });
    Ok((server, run))
}

/// How parties go from one release to the next in a run, when they do.
fn going(options: &CertifyOptions, plan: &Plan) -> Result<Option<Going>, RunnerError> {
    let going_over = plan.profile.going_over;
    if going_over.is_some() && options.sut.klok.is_own() {
        return Err(RunnerError::GoingOver {
            what: format!(
                "{} lives by a clock of its own, and parties go over at a moment of business time",
                options.sut.name
            ),
            hint: "a product that is told the time (klok = \"instructie\"), or asks for it, can be tried"
                .to_owned(),
        });
    }
    going_over
        .map(|going_over| Going::new(going_over, &options.releases()))
        .transpose()
}

/// The network of a run.
async fn stage(options: &CertifyOptions, seed: Seed) -> Result<Stage, RunnerError> {
    let stumbled = |Stumble(what): Stumble| RunnerError::Driver { what };
    let network = options
        .network
        .clone()
        .ok_or_else(|| RunnerError::NothingSelected {
            wanted: "a standard of registers".to_owned(),
        })?;
    let year = i32::from(options.today.year());
    let ends = match &options.sut.berichten {
        Transport::Netwerk { diensten, pki } => Ends::Foreign {
            diensten: diensten.clone(),
            pki: Box::new(Pki::read(pki, year)?),
        },
        Transport::Builtin { defect, .. } => Ends::Builtin(defect.as_ref().and_then(|defect| defect.netwerk)),
        Transport::Vsp | Transport::Folder { .. } | Transport::Command { .. } => Ends::Builtin(None),
    };
    let settings = server_settings(options);
    let listens = (settings.address, settings.external_url.as_deref());
    Stage::start(network, ends, listens, (seed, year))
        .await
        .map_err(stumbled)
}

/// How many scenarios run beside each other.
pub(crate) fn jobs(options: &CertifyOptions) -> usize {
    if options.sut.is_in_network() {
        // All that goes over the network belongs to the one scenario under way.
        return 1;
    }
    options
        .jobs
        .unwrap_or(usize::MAX)
        .clamp(1, options.sut.gelijktijdig.max(1))
}

/// Whether the messages of this run are those that are kept of our reference suppliers.
fn holds_reference(options: &CertifyOptions) -> bool {
    options.features.holds_reference()
        && options.sut.is_reference()
        && options.own_seed() == Seed(REFERENCE_SEED)
        && options.selection == Selection::default()
}

/// A party that no message can name would make every scenario an error of ours.
fn check_partijen(options: &CertifyOptions) -> Result<(), RunnerError> {
    for release in &options.releases() {
        let Some(message) = release.carrier("Toewijzing") else {
            continue;
        };
        let is_in_network = options.sut.is_in_network();
        let wrong = options.sut.partijen.iter().find(|code| {
            let gets = release.accepts(message, "Kop", "ontvanger", code);
            let sends = is_in_network && release.accepts(message, "Kop", "afzender", code);
            !(gets || sends)
        });
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
    begin(&options, &run)?;
    run_waves(&options, &run).await?;
    let tell = |event| run.journal.borrow_mut().tell(event);
    for (id, reason) in &run.plan.skipped {
        let (id, reason) = (id.clone(), reason.clone());
        let outcome = Outcome::Skipped { reason };
        tell(RunEvent::ScenarioFinished { id, outcome });
    }
    let (version, today) = (&options.sut.version, options.today);
    let judged = options
        .waivers
        .judge(run.journal.borrow().events(), &run.plan, version, today);
    judged.into_iter().for_each(tell);
    let execution = Execution {
        started: options.started,
        duration_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        host: options.host,
        ports: match (&server, run.chain.stage()) {
            (Some(server), _) => BTreeMap::from([("vecozo".to_owned(), server.address().port())]),
            (None, Ok(stage)) => BTreeMap::from([("knooppunt".to_owned(), stage.address().port())]),
            (None, Err(_)) => BTreeMap::new(),
        },
        certificates: Vec::new(),
    };
    if let Some(server) = server {
        server.stop().await;
    }
    tell(RunEvent::RunFinished { execution });
    let mut report = RunReport::new();
    for event in run.journal.borrow_mut().take() {
        report.apply(event);
    }
    Ok(report)
}

/// Tells how the run begins, and what stands of one that was interrupted.
fn begin(options: &CertifyOptions, run: &Run) -> Result<(), RunnerError> {
    let mut journal = run.journal.borrow_mut();
    if let Some(folder) = &options.keep {
        let fault = |source| RunnerError::Keep {
            folder: folder.clone(),
            source,
        };
        journal.keep(EventLog::begin(folder).map_err(fault)?);
    }
    journal.tell(RunEvent::RunStarted(started(options, run)));
    if let Some(interrupted) = &options.interrupted {
        interrupted
            .taken_over()
            .for_each(|event| journal.take_over(event));
    }
    Ok(())
}

/// The system under test and who it meets.
struct Parties {
    sut_code: String,
    sut_rol: String,
    /// The code that the features know it by.
    known_code: String,
    /// Its code where it is the gemeente.
    sut_gemeente: String,
}

impl Parties {
    fn of(options: &CertifyOptions, testdata: &Testdata) -> Result<Self, RunnerError> {
        let known = testdata
            .aanbieder(SUT_NAME)
            .map_err(|what| RunnerError::Features { what })?;
        let gemeente = testdata
            .gemeente(GEMEENTE_NAME)
            .map_err(|what| RunnerError::Features { what })?;
        let is_gemeente = |code: &&String| plays_gemeente(code, &options.releases());
        let mut codes = options.sut.partijen.iter();
        let own = options.sut.partijen.iter().find(|code| !is_gemeente(code));
        let sut_gemeente = codes.find(is_gemeente).unwrap_or(&gemeente.code).clone();
        Ok(Self {
            sut_gemeente,
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
    let parsed = options.features.parse()?;
    let of = |seed| Partitions::new(&parsed, testdata, release.release(), seed).map_err(fault);
    let mut partitions = of(Seed(options.seed))?;
    if let Some(interrupted) = options.remembered() {
        partitions.renew(interrupted.begun(), &of(options.own_seed())?);
    }
    Ok(partitions)
}

/// Runs the scenarios of the plan that have not ended, so many beside each other.
async fn run_waves(options: &CertifyOptions, run: &Rc<Run>) -> Result<(), RunnerError> {
    let driver = Rc::new(Driver::reach(run).await?);
    // What another run left in this folder stays until the system under test is reached.
    run.journal
        .borrow_mut()
        .settle()
        .map_err(|source| RunnerError::Keep {
            folder: options.keep.clone().unwrap_or_default(),
            source,
        })?;
    if options.remembered().is_some() {
        drop_remains(run, &driver).await?;
    }
    let counterparties = match &run.chain {
        Chain::Estafette { hub, .. } => {
            let counterparties = Counterparties::new(Rc::clone(run), hub.clone());
            Some(Rc::new(Mutex::new(counterparties)))
        }
        Chain::Netwerk(_) => None,
    };
    let waves = run.plan.waves(jobs(options), |id| options.has_ended(id));
    for (index, scenarios) in waves.into_iter().enumerate() {
        let name = format!("golf-{}", index + 1);
        let others = (Rc::clone(&driver), counterparties.clone());
        let wave = Rc::new(Wave::new(Rc::clone(run), name, &scenarios, others));
        if let Err(halt) = wave.reset().await {
            wave.halt_all(&halt);
        }
        run_wave(run, wave, &scenarios).await;
    }
    Ok(())
}

/// Lets a system under test get rid of what it still had to send when the run was interrupted: nobody waits for it.
async fn drop_remains(run: &Rc<Run>, driver: &Driver) -> Result<(), RunnerError> {
    let until = tokio::time::Instant::now() + driver.patience();
    while tokio::time::Instant::now() < until {
        // What goes wrong on its way goes wrong again once it counts.
        drop(driver.exchange().await);
        tokio::time::sleep(REST).await;
    }
    match &run.chain {
        Chain::Estafette { hub, .. } => Ok(hub.forget().await?),
        // The network forgets when a scenario begins.
        Chain::Netwerk(_) => Ok(()),
    }
}
