//! How the system under test is told what its user does, and how its messages travel.
//!
//! An [`Order`] is a business act in business facts; every driver takes the same orders and tells the same [`Status`].
//! What a driver cannot do is the fault of the system under test (`Fault`) when it is its to do. Tests: `tests/it`.

mod builtin;
mod command;
mod courier;
mod folder;
mod http;
mod manual;

use std::rc::Rc;
use std::time::Duration;

use kp_chain::SimTime;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use self::builtin::Builtin;
use self::command::Command;
use self::folder::Folder;
use self::http::Http;
use self::manual::{Manual, Terminal};
use crate::acts::{Catalogue, Rol};
use crate::beginning::beginning;
use crate::chain::Chain;
use crate::error::RunnerError;
use crate::halt::{Fault, Halt, Stumble};
use crate::scenario::Run;
use crate::sut::{Instructies, Transport};
use crate::wave::REST;

/// So much of what a supplier says is shown.
const SHOWN_CHARACTERS: usize = 400;

/// Something that the user of the system under test does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    /// Names it in questions about its status; never used twice.
    pub(crate) id: String,
    /// Which scenario it is of; none for what concerns a whole wave.
    pub(crate) scenario: Option<String>,
    /// The name of the act, as in `start-levering`.
    pub(crate) act: String,
    /// The facts of it.
    pub(crate) facts: Map<String, Value>,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It was done.
    Klaar,
    /// It could not be done, and this is why.
    Geweigerd(String),
    /// The system under test does not know this act.
    NietOndersteund(String),
}

/// The system under test, as we reach it.
pub(crate) struct Driver {
    orders: Orders,
    /// What we may ask of its user.
    catalogue: Catalogue,
    /// Where its messages travel as files; none when it is a client of the hub, or a command.
    folder: Option<Folder>,
    patience: Duration,
    takes_clock: bool,
}

/// How orders reach it.
enum Orders {
    Builtin(Builtin),
    /// The supplier that is part of this product, in the network.
    Netwerk(Rc<Run>),
    Http(Http),
    Command(Box<Command>),
    Manual(Manual),
}

impl Order {
    /// It is this moment now.
    pub(crate) fn zet_klok(id: String, nu: SimTime) -> Self {
        Self::of(id, None, "zet-klok", json!({ "nu": nu }))
    }

    /// Begin anew, with what these scenarios take for granted.
    pub(crate) fn reset(id: String, partitie: &str, run: &Run, scenarios: &[String]) -> Self {
        let mut facts = beginning(run, scenarios);
        if let Value::Object(facts) = &mut facts {
            facts.insert("partitie".to_owned(), json!(partitie));
        }
        Self::of(id, None, "reset", facts)
    }

    /// An act with its facts.
    pub(crate) fn of(id: String, scenario: Option<&str>, act: &str, facts: Value) -> Self {
        let mut order = Self {
            id,
            scenario: scenario.map(str::to_owned),
            act: act.to_owned(),
            facts: Map::new(),
        };
        if let Value::Object(facts) = facts {
            order.facts = facts;
        }
        order
    }

    /// The act with its facts as one object.
    pub(crate) fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("act".to_owned(), json!(self.act));
        object.extend(self.facts.clone());
        Value::Object(object)
    }
}

impl Driver {
    /// The way to the system under test of a run, which must be there.
    pub(crate) async fn reach(run: &Rc<Run>) -> Result<Self, RunnerError> {
        let stumbled = |Stumble(what): Stumble| RunnerError::Driver { what };
        let sut = &run.sut;
        let folder = match &sut.berichten {
            Transport::Folder { map } => Some(Folder::new(Rc::clone(run), map).map_err(stumbled)?),
            Transport::Builtin { .. }
            | Transport::Vsp
            | Transport::Netwerk { .. }
            | Transport::Command { .. } => None,
        };
        let orders = match (&sut.berichten, &sut.instructies) {
            (Transport::Builtin { .. }, _) if matches!(run.chain, Chain::Netwerk(_)) => {
                Orders::Netwerk(Rc::clone(run))
            }
            (Transport::Builtin { defect, over_http }, _) => {
                Orders::Builtin(Builtin::start(run, defect.as_deref(), *over_http).map_err(stumbled)?)
            }
            (Transport::Command { opdracht }, _) => {
                let command = Command::new(Rc::clone(run), opdracht.clone()).map_err(stumbled)?;
                Orders::Command(Box::new(command))
            }
            (
                Transport::Vsp | Transport::Netwerk { .. } | Transport::Folder { .. },
                Instructies::Http { url },
            ) => {
                let http = Http::new(sut, url).map_err(stumbled)?;
                let reached = http.is_reached().await;
                reached.map_err(|source| RunnerError::Unreachable {
                    url: url.clone(),
                    source,
                })?;
                Orders::Http(http)
            }
            (
                Transport::Vsp | Transport::Netwerk { .. } | Transport::Folder { .. },
                Instructies::Manual | Instructies::Builtin,
            ) => Orders::Manual(Manual::new(Terminal::of_process(), sut.limiet)),
        };
        Ok(Self {
            orders,
            catalogue: Catalogue::embedded().of(Rol::find(&sut.role)),
            folder,
            // Who is told the time and says when everything due is done needs no patience.
            patience: if sut.says_when_done() {
                Duration::ZERO
            } else {
                sut.geduld
            },
            takes_clock: sut.takes_clock(),
        })
    }

    /// Tells the system under test what its user does, and waits until that is done.
    ///
    /// What is no act of the catalogue is not sent: suppliers are built for those acts.
    pub(crate) async fn order(&self, order: &Order, now: SimTime) -> Result<Status, Halt> {
        in_catalogue(&self.catalogue, order)?;
        match &self.orders {
            Orders::Builtin(driver) => driver.order(order).await,
            Orders::Netwerk(run) => run.chain.stage()?.supplier()?.order(order).await,
            Orders::Http(driver) => Ok(driver.order(order).await?),
            Orders::Command(driver) => driver.order(order, now).await,
            Orders::Manual(driver) => driver.order(order).await,
        }
    }

    /// Whether its user sees something of a kind with these facts, or not, as is wanted; none when that cannot be known.
    ///
    /// What a product shows may follow a moment after what it sends, so it is asked again as long as there is patience.
    pub(crate) async fn sees(
        &self,
        soort: &str,
        facts: &Value,
        (scenario, wanted): (&str, bool),
    ) -> Result<Option<bool>, Halt> {
        let patience = match &self.orders {
            Orders::Manual(_) => Duration::ZERO,
            Orders::Builtin(_) | Orders::Netwerk(_) | Orders::Http(_) | Orders::Command(_) => self.patience,
        };
        ask_until(
            |seen: &Option<bool>| seen.is_none_or(|seen| seen == wanted),
            patience,
            async || self.sees_now(soort, facts, scenario).await,
        )
        .await
    }

    async fn sees_now(&self, soort: &str, facts: &Value, scenario: &str) -> Result<Option<bool>, Halt> {
        let seen = match &self.orders {
            Orders::Builtin(driver) => driver.observe(soort).await?,
            Orders::Netwerk(run) => run.chain.stage()?.supplier()?.observe(soort).await?,
            Orders::Http(driver) => driver.observe(soort).await?,
            Orders::Command(driver) => driver.observe(soort, scenario).await,
            Orders::Manual(driver) => return driver.sees(soort, facts, scenario).await,
        };
        let Some(seen) = seen else { return Ok(None) };
        let strange = seen
            .iter()
            .find_map(|one| Some((one, self.catalogue.fault_seen(soort, one)?)));
        if let Some((one, fault)) = strange {
            return Err(Halt::Fault(Fault {
                expected: format!("een waarneming van de soort {soort}"),
                got: format!("{} ({fault})", shown(one.to_string().as_bytes(), SHOWN_CHARACTERS)),
                explanation: "Wat het product laat zien heeft niet de afgesproken vorm (docs/schemas/waarneming-1.json); wat anders is geschreven lijkt er niet te zijn.".to_owned(),
            }));
        }
        Ok(Some(seen.iter().any(|one| holds(one, facts))))
    }

    /// Whether it is still there, as far as that can be asked without disturbing it.
    pub(crate) async fn is_there(&self) -> Result<(), Halt> {
        match &self.orders {
            Orders::Http(driver) => Ok(driver.is_there().await?),
            Orders::Builtin(_) | Orders::Netwerk(_) | Orders::Command(_) | Orders::Manual(_) => Ok(()),
        }
    }

    /// Brings and takes files, where messages travel so.
    pub(crate) async fn exchange(&self) -> Result<(), Halt> {
        match &self.folder {
            Some(folder) => folder.exchange().await,
            None => Ok(()),
        }
    }

    /// Whether it is part of this product.
    pub(crate) fn is_builtin(&self) -> bool {
        matches!(self.orders, Orders::Builtin(_) | Orders::Netwerk(_))
    }

    /// Whether it is told the time, and says when it has done what is due.
    pub(crate) fn takes_clock(&self) -> bool {
        self.takes_clock
    }

    /// How long it may take for something to come, beyond what it reports itself.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }
}

/// Asks until the answer fits, as long as there is patience; the last answer.
async fn ask_until<T, E>(
    fits: impl Fn(&T) -> bool,
    patience: Duration,
    mut ask: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, E> {
    let deadline = Instant::now() + patience;
    loop {
        let answer = ask().await?;
        if fits(&answer) || Instant::now() >= deadline {
            return Ok(answer);
        }
        tokio::time::sleep(REST).await;
    }
}

/// Whether an order is an act of the catalogue, with its facts.
fn in_catalogue(catalogue: &Catalogue, order: &Order) -> Result<(), Stumble> {
    match catalogue.fault(&order.to_json()) {
        None => Ok(()),
        Some(fault) => Err(Stumble(format!(
            "an order of ours is not in the catalogue of acts: {fault}"
        ))),
    }
}

/// What a supplier said, as it may be shown: so many characters, and none that a terminal would act on.
fn shown(said: &[u8], characters: usize) -> String {
    let text = String::from_utf8_lossy(said);
    let shown: String = text
        .trim()
        .chars()
        .take(characters)
        .map(|sign| {
            if sign.is_control() && sign != '\n' {
                '\u{fffd}'
            } else {
                sign
            }
        })
        .collect();
    if shown.is_empty() {
        "niets".to_owned()
    } else {
        shown
    }
}

/// Why a supplier did not do something, in its own words.
fn reason(reden: Option<String>, otherwise: &str) -> String {
    reden.map_or_else(
        || otherwise.to_owned(),
        |reden| shown(reden.as_bytes(), SHOWN_CHARACTERS),
    )
}

/// Whether something that is seen has all of these facts.
fn holds(seen: &Value, facts: &Value) -> bool {
    match (seen, facts) {
        (Value::Object(seen), Value::Object(facts)) => facts
            .iter()
            .all(|(field, fact)| seen.get(field).is_some_and(|seen| holds(seen, fact))),
        (seen, fact) => seen == fact,
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use kp_chain::SimTime;
    use serde_json::json;

    use super::{Order, ask_until, holds, in_catalogue, shown};
    use crate::acts::{Catalogue, Rol};

    #[test]
    fn what_a_supplier_says_cannot_act_on_a_terminal() {
        assert_eq!(shown(b"\x1b[2Jweg\n", 10), "\u{fffd}[2Jweg");
        assert_eq!(shown(b"lang verhaal", 4), "lang");
        assert_eq!(shown(b"  ", 4), "niets");
    }

    #[test]
    fn what_is_not_yet_as_wanted_is_asked_again_as_long_as_there_is_patience() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let runtime = runtime.expect("a runtime can be made");
        let asked = |patience| {
            let mut times = 0;
            let third = async || {
                times += 1;
                Ok::<_, Infallible>(times == 3)
            };
            let answer = runtime.block_on(ask_until(|is_third| *is_third, patience, third));
            (answer.unwrap_or_default(), times)
        };
        assert_eq!(asked(Duration::ZERO), (false, 1));
        assert_eq!(asked(Duration::from_secs(60)), (true, 3));
    }

    #[test]
    fn what_is_seen_may_have_more_facts_than_are_asked() {
        let seen = json!({"toewijzing": {"nummer": "1", "gemeente": "0384"}, "begindatum": "2026-01-05"});
        assert!(holds(&seen, &json!({"toewijzing": {"nummer": "1"}})));
        assert!(!holds(&seen, &json!({"toewijzing": {"nummer": "2"}})));
        assert!(!holds(&seen, &json!({"einddatum": "2026-01-30"})));
    }

    #[test]
    fn an_order_that_is_no_act_is_our_own_error() {
        let catalogue = Catalogue::embedded().of(Some(Rol::Aanbieder));
        let order = Order::zet_klok("1".to_owned(), SimTime::EPOCH);
        assert!(in_catalogue(&catalogue, &order).is_ok());
        let order = Order::of(
            "2".to_owned(),
            None,
            "stuur-bericht",
            json!({ "bericht": "<Bericht/>" }),
        );
        let refused = in_catalogue(&catalogue, &order).expect_err("it is no act");
        assert_eq!(
            refused.0,
            "an order of ours is not in the catalogue of acts: there is no act `stuur-bericht`"
        );
    }
}
