//! A supplier that is one command: a process for each event, with a folder that keeps what it knows.
//!
//! Standard input is one JSON object `{nu, staat, instructie}` or `{nu, staat, bericht}`; standard output
//! `{klaar, berichten[], waarnemingen[]}`. Each scenario has a folder of its own, so that they never meet. A process that
//! takes too long is ended. Tests: `tests/it`.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use kp_chain::SimTime;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command as Process;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::courier::{Collected, Courier};
use super::{Order, SHOWN_CHARACTERS, Status, reason, shown};
use crate::halt::{Fault, Halt, Stumble};
use crate::scenario::Run;

/// The most that a process may write.
const ANSWER_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// A supplier that is a command.
pub(crate) struct Command {
    run: Rc<Run>,
    opdracht: Vec<String>,
    limit: Duration,
    state: Mutex<State>,
}

struct State {
    courier: Courier,
    /// What each scenario keeps.
    folders: BTreeMap<String, TempDir>,
    /// What its user would see, as it last said so.
    waarnemingen: BTreeMap<String, Vec<Value>>,
    told: SimTime,
}

/// What a process says.
#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default = "yes")]
    klaar: bool,
    /// Why it is not done.
    #[serde(default)]
    reden: Option<String>,
    #[serde(default)]
    berichten: Vec<String>,
    #[serde(default)]
    waarnemingen: Option<Vec<Value>>,
}

fn yes() -> bool {
    true
}

impl Command {
    pub(crate) fn new(run: Rc<Run>, opdracht: Vec<String>) -> Result<Self, Stumble> {
        let courier = Courier::new(Rc::clone(&run))?;
        Ok(Self {
            limit: run.sut.limiet,
            run,
            opdracht,
            state: Mutex::new(State {
                courier,
                folders: BTreeMap::new(),
                waarnemingen: BTreeMap::new(),
                told: SimTime::EPOCH,
            }),
        })
    }

    /// Has its user do something; the time is told to every scenario that it knows, and what waits is brought.
    pub(crate) async fn order(&self, order: &Order, now: SimTime) -> Result<Status, Halt> {
        let mut state = self.state.lock().await;
        match (order.act.as_str(), &order.scenario) {
            ("reset", _) => {
                // Each scenario has a folder that is empty at first, which is what a reset asks for.
                state.folders.clear();
                Ok(Status::Klaar)
            }
            ("zet-klok", _) => {
                if state.told != now {
                    state.told = now;
                    let known: Vec<String> = state.folders.keys().cloned().collect();
                    for scenario in known {
                        let event = json!({ "instructie": order.to_json() });
                        self.happen(&mut state, &scenario, event, now).await?;
                    }
                }
                self.bring(&mut state, now).await?;
                Ok(Status::Klaar)
            }
            (_, Some(scenario)) => {
                let mut instructie = order.to_json();
                if let Value::Object(fields) = &mut instructie {
                    fields.insert("id".to_owned(), json!(order.id));
                }
                let event = json!({ "instructie": instructie });
                self.happen(&mut state, scenario, event, now).await
            }
            (act, None) => Ok(Status::NietOndersteund(format!("{act} is van geen scenario"))),
        }
    }

    /// What its user would see of a kind, as it last said so in this scenario.
    pub(crate) async fn observe(&self, soort: &str, scenario: &str) -> Option<Vec<Value>> {
        let state = self.state.lock().await;
        let seen = state.waarnemingen.get(scenario)?;
        let of_kind = |seen: &&Value| seen.get("soort").and_then(Value::as_str) == Some(soort);
        Some(seen.iter().filter(of_kind).cloned().collect())
    }

    /// Brings what waits at the hub.
    async fn bring(&self, state: &mut State, now: SimTime) -> Result<(), Halt> {
        for Collected {
            traceer_id,
            metadata,
            xml,
        } in state.courier.collect().await?
        {
            let scenario = self
                .run
                .attribution
                .borrow()
                .of_message(&traceer_id)
                .map(str::to_owned);
            let Some(scenario) = scenario else { continue };
            let event = json!({ "bericht": { "metadata": metadata, "xml": String::from_utf8_lossy(&xml) } });
            self.happen(state, &scenario, event, now).await?;
        }
        Ok(())
    }

    /// Runs the command for one event, and hands in what it made.
    async fn happen(
        &self,
        state: &mut State,
        scenario: &str,
        mut event: Value,
        now: SimTime,
    ) -> Result<Status, Halt> {
        if !state.folders.contains_key(scenario) {
            let folder = TempDir::with_prefix("ketenproef-").map_err(Stumble::from)?;
            state.folders.insert(scenario.to_owned(), folder);
        }
        if let (Value::Object(fields), Some(folder)) = (&mut event, state.folders.get(scenario)) {
            fields.insert("nu".to_owned(), json!(now));
            fields.insert("staat".to_owned(), json!(folder.path()));
        }
        let answer = timeout(self.limit, self.process(&event)).await.unwrap_or_else(|_| {
            Err(self.fault(
                format!("na {} s nog bezig; het proces is beëindigd", self.limit.as_secs()),
                "Het product wordt niet klaar. Heeft het meer tijd nodig, verhoog dan limiet in de beschrijving.",
            ))
        })?;
        for xml in answer.berichten {
            state.courier.hand_in(Bytes::from(xml)).await?;
        }
        if let Some(waarnemingen) = answer.waarnemingen {
            state.waarnemingen.insert(scenario.to_owned(), waarnemingen);
        }
        Ok(match (answer.klaar, answer.reden) {
            (true, _) => Status::Klaar,
            (false, reden) => {
                let reden = reason(reden, "zonder reden");
                match reden.strip_prefix("niet-ondersteund") {
                    Some(rest) => Status::NietOndersteund(rest.trim_start_matches([':', ' ']).to_owned()),
                    None => Status::Geweigerd(reden),
                }
            }
        })
    }

    async fn process(&self, event: &Value) -> Result<Answer, Fault> {
        let could_not = |what: String| {
            self.fault(
                what,
                "De opdracht kan niet worden gestart. Staat het programma waar opdracht het noemt?",
            )
        };
        let (program, arguments) = self
            .opdracht
            .split_first()
            .ok_or_else(|| could_not("opdracht is leeg".to_owned()))?;
        let mut child = Process::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| could_not(error.to_string()))?;
        let broke_off = |error: std::io::Error| self.fault(error.to_string(), "Het proces brak af.");
        let (mut input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let text = event.to_string();
        let telling = async {
            if let Some(mut input) = input.take() {
                // A process that does not read all of it may still answer.
                let _unread = input.write_all(text.as_bytes()).await;
            }
        };
        let reading = async {
            let mut read = Vec::new();
            if let Some(output) = output {
                output.take(ANSWER_MAX_BYTES + 1).read_to_end(&mut read).await?;
            }
            Ok::<_, std::io::Error>(read)
        };
        let complaining = async {
            let mut read = Vec::new();
            if let Some(errors) = errors {
                errors.take(ANSWER_MAX_BYTES).read_to_end(&mut read).await?;
            }
            Ok::<_, std::io::Error>(read)
        };
        let ((), said, complained) = tokio::join!(telling, reading, complaining);
        let (said, complained) = (said.map_err(broke_off)?, complained.map_err(broke_off)?);
        if said.len() as u64 > ANSWER_MAX_BYTES {
            return Err(self.fault(
                format!("meer dan {ANSWER_MAX_BYTES} bytes"),
                "Het product blijft schrijven; zoek waarom het herhaalt.",
            ));
        }
        let status = child.wait().await.map_err(broke_off)?;
        if !status.success() {
            return Err(self.fault(
                format!("{status}: {}", shown(&complained, SHOWN_CHARACTERS)),
                "Het proces eindigt met een fout; wat het daarover zei staat hierboven.",
            ));
        }
        serde_json::from_slice(&said).map_err(|error| {
            self.fault(
                format!("{} ({error})", shown(&said, SHOWN_CHARACTERS)),
                "Wat het proces schrijft is niet het afgesproken JSON-object {klaar, berichten[], waarnemingen[]}.",
            )
        })
    }

    fn fault(&self, got: String, explanation: &str) -> Fault {
        Fault {
            expected: format!(
                "`{}` antwoordt binnen {} s",
                self.opdracht.join(" "),
                self.limit.as_secs()
            ),
            got,
            explanation: explanation.to_owned(),
        }
    }
}
