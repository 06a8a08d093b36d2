//! A look at a system under test before a run: is it described well, is it there, does it keep time, is it who it says?
//!
//! Each check says in which of these it found something wrong, and what to do. Nothing is sent that a product keeps: no
//! message, and no order but the time. Tests: `tests/it`.

use std::time::Duration;

use kp_chain::SimTime;
use kp_servers::{Calls, HubServer};
use tokio::time::{Instant, sleep};

use crate::certify::{CertifyOptions, planned, prepare, runtime};
use crate::driver::{Driver, Order, Status};
use crate::error::RunnerError;
use crate::halt::{Fault, Halt, Stumble};
use crate::scenario::Run;
use crate::sut::{Klok, Sut, Transport};

/// How often we look whether the product has called.
const REST: Duration = Duration::from_millis(50);

/// What a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// The description, the releases, the address of the hub.
    Configuratie,
    /// Whether the product is reached, and reaches the hub.
    Netwerk,
    /// Whose time it lives by.
    Klok,
    /// Which party and account it is.
    Rol,
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Goed,
    /// Worth knowing.
    Opmerking,
    /// A run would fail on it.
    Fout,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What it is about.
    pub area: Area,
    /// How it went.
    pub verdict: Verdict,
    /// What was seen, in Dutch.
    pub what: String,
    /// What to do, in Dutch.
    pub hint: Option<String>,
}

impl Area {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Configuratie => "configuratie",
            Self::Netwerk => "netwerk",
            Self::Klok => "klok",
            Self::Rol => "rol",
        }
    }
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Goed => "goed",
            Self::Opmerking => "opmerking",
            Self::Fout => "fout",
        }
    }
}

impl Check {
    fn good(area: Area, what: impl Into<String>) -> Self {
        Self {
            area,
            verdict: Verdict::Goed,
            what: what.into(),
            hint: None,
        }
    }

    fn noted(area: Area, what: impl Into<String>, hint: &str) -> Self {
        Self {
            area,
            verdict: Verdict::Opmerking,
            what: what.into(),
            hint: Some(hint.to_owned()),
        }
    }

    fn wrong(area: Area, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            area,
            verdict: Verdict::Fout,
            what: what.into(),
            hint: Some(hint.into()),
        }
    }
}

/// Looks at a system under test; the checks stand in the order in which they were done.
///
/// # Errors
/// When we could not look. What is wrong with the product or the way to it is a check.
pub fn doctor(options: &CertifyOptions) -> Result<Vec<Check>, RunnerError> {
    let (plan, testdata) = planned(options)?;
    let count = plan.scenarios.len();
    runtime()?.block_on(async {
        let what = format!(
            "{}: {count} scenario's voor {}",
            options.sut.name,
            options.sut.releases.join(", ")
        );
        let mut checks = vec![Check::good(Area::Configuratie, what)];
        let (server, run) = match prepare(options, plan, &testdata).await {
            Ok(prepared) => prepared,
            Err(RunnerError::Servers(error)) => {
                let what = format!("de hub kan niet luisteren: {}", Stumble::from(error).0);
                let hint =
                    "Kies een vrij adres met luister in het bestand van --config, of beëindig wat er nu luistert.";
                checks.push(Check::wrong(Area::Configuratie, what, hint));
                return Ok(checks);
            }
            Err(other) => return Err(other),
        };
        let what = match (&server, run.chain.stage()) {
            (Some(server), _) => format!("de hub luistert op {}", server.base_url()),
            (None, Ok(stage)) => format!("het toegangspunt luistert op {}", stage.handle().base_url()),
            (None, Err(Stumble(what))) => what,
        };
        checks.push(Check::good(Area::Configuratie, what));
        match Driver::reach(&run).await {
            Ok(driver) => look(&mut checks, &run, &driver, server.as_ref()).await?,
            Err(RunnerError::Unreachable { url, source }) => {
                let what = format!("op {url} antwoordt niemand: {}", Stumble::from(source).0);
                let hint = "Start het product, of verbeter url in de beschrijving.";
                checks.push(Check::wrong(Area::Netwerk, what, hint));
            }
            Err(other) => return Err(other),
        }
        if let Some(server) = server {
            server.stop().await;
        }
        Ok(checks)
    })
}

async fn look(
    checks: &mut Vec<Check>,
    run: &Run,
    driver: &Driver,
    server: Option<&HubServer>,
) -> Result<(), RunnerError> {
    let sut = &run.sut;
    if driver.takes_clock() {
        let nu = SimTime::from_civil(jiff::civil::date(2026, 1, 5).at(9, 0, 0, 0));
        if let Err(Halt::Stumble(Stumble(what))) = run.chain.set_time(nu).await {
            return Err(RunnerError::Driver { what });
        }
        let order = Order::zet_klok(run.order_id("doctor", 1), nu);
        match driver.order(&order, nu).await {
            Ok(Status::Klaar) => {
                checks.push(Check::good(
                    Area::Netwerk,
                    "opdrachten komen aan en worden afgemeld",
                ));
                checks.push(Check::good(Area::Klok, "het product zet zijn klok op verzoek"));
            }
            Ok(Status::Geweigerd(reden) | Status::NietOndersteund(reden)) => {
                let what = format!("zet-klok wordt niet uitgevoerd: {reden}");
                let hint = "Voer zet-klok uit, of schrijf klok = \"opvragen\" of klok = \"echt\" in de beschrijving.";
                checks.push(Check::wrong(Area::Klok, what, hint));
            }
            Err(Halt::Fault(Fault {
                expected,
                got,
                explanation,
            })) => {
                let what = format!("verwacht: {expected}; gekregen: {got}");
                checks.push(Check::wrong(Area::Netwerk, what, explanation));
                return Ok(());
            }
            Err(Halt::Stumble(Stumble(what)) | Halt::Unsupported(what)) => {
                return Err(RunnerError::Driver { what });
            }
        }
    } else {
        checks.push(Check::good(
            Area::Netwerk,
            "het product is bereikbaar voor opdrachten",
        ));
    }
    if let Some(server) = server.filter(|_| sut.berichten == Transport::Vsp) {
        calls(checks, sut, driver, server).await;
    }
    Ok(())
}

/// Whether the product finds the hub, as whom, and whose time it asks for.
async fn calls(checks: &mut Vec<Check>, sut: &Sut, driver: &Driver, server: &HubServer) {
    let patience = driver.patience().max(Duration::from_secs(1));
    let deadline = Instant::now() + patience;
    let lists = || {
        let callers = server.callers();
        callers.get(&sut.indiener).map_or(0, |calls: &Calls| calls.lists)
    };
    while lists() == 0 && Instant::now() < deadline {
        sleep(REST).await;
    }
    let callers = server.callers();
    let others: Vec<&str> = callers
        .keys()
        .map(String::as_str)
        .filter(|account| !account.is_empty() && *account != sut.indiener)
        .collect();
    if !others.is_empty() {
        let what = format!(
            "het product meldt zich als {}; de beschrijving zegt indiener = \"{}\"",
            others.join(", "),
            sut.indiener
        );
        let hint = "Laat X-Sim-Indiener weg, of maak hem gelijk aan indiener in de beschrijving.";
        checks.push(Check::wrong(Area::Rol, what, hint));
    } else if lists() > 0 {
        checks.push(Check::good(Area::Netwerk, "het product haalt op bij de hub"));
        let what = format!(
            "het meldt zich als {}, voor {}",
            sut.indiener,
            sut.partijen.join(", ")
        );
        checks.push(Check::good(Area::Rol, what));
    } else {
        let what = format!(
            "binnen {} s haalde het product niets op bij {}",
            patience.as_secs(),
            server.base_url()
        );
        let hint = "Wijst het product naar dit adres? Haalt het minder vaak op, verhoog dan geduld in de beschrijving.";
        checks.push(Check::wrong(Area::Netwerk, what, hint));
    }
    match sut.klok {
        Klok::Instructie => {}
        Klok::Opvragen if callers.contains_key("") => {
            checks.push(Check::good(Area::Klok, "het product vraagt de tijd aan de hub"));
        }
        Klok::Opvragen => checks.push(Check::noted(
            Area::Klok,
            "het product vroeg de tijd nog niet",
            "Dat mag, zolang het bij elke opdracht en elk bericht GET /ketenproef/klok vraagt.",
        )),
        Klok::Echt => checks.push(Check::noted(
            Area::Klok,
            "het product leeft op zijn eigen klok",
            "Scenario's met @klok tellen dan niet mee; met klok = \"opvragen\" of \"instructie\" wel.",
        )),
    }
}
