//! The reference aanbieder as a task of its own, a client of a hub over real HTTP or beside it.
//!
//! One task owns the machine. An instruction is carried through until the machine has nothing more to ask; an unreachable
//! hub ends it with an error. The moment is that of the last `ZetKlok`. Tests are in `tests/it`.

use std::collections::BTreeMap;

use kp_chain::vsp::{RequestId, VspReply, VspRequest};
use kp_chain::{
    Aanbieder, AanbiederInput, AanbiederOutput, Instruction, Levering, Prestatie, Signaal, SimTime,
    Toewijzing, ToewijzingKey, Uitkomst,
};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::error::ServersError;
use crate::hub_server::HubHandle;
use crate::settings::ClientSettings;
use crate::vsp_client::VspClient;

const MACHINE: &str = "aanbieder";
const QUEUE: usize = 16;

/// A running aanbieder; it stops when this is dropped.
#[derive(Debug)]
pub struct AanbiederTask {
    handle: AanbiederHandle,
    task: JoinHandle<()>,
}

/// A way to instruct a running aanbieder.
#[derive(Clone, Debug)]
pub struct AanbiederHandle {
    commands: mpsc::Sender<Command>,
}

/// What an aanbieder has in its books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administration {
    /// The Toewijzingen it was given.
    pub toewijzingen: BTreeMap<ToewijzingKey, Toewijzing>,
    /// The deliveries it reported.
    pub leveringen: Vec<Levering>,
    /// The lines that it claimed, and whether each can be taken back.
    pub prestaties: Vec<(Prestatie, bool)>,
    /// What its user is warned of.
    pub signalen: Vec<Signaal>,
}

#[derive(Debug)]
enum Command {
    Instruct {
        id: String,
        instruction: Instruction,
        reply: oneshot::Sender<Result<Uitkomst, ServersError>>,
    },
    Inspect {
        reply: oneshot::Sender<Administration>,
    },
}

impl AanbiederTask {
    /// Starts an aanbieder on the current runtime, at a moment of business time.
    ///
    /// # Errors
    ///
    /// When the address of the hub is not one that can be called.
    pub fn start(
        machine: Aanbieder,
        base_url: &str,
        now: SimTime,
        settings: ClientSettings,
    ) -> Result<Self, ServersError> {
        Ok(Self::run(
            machine,
            now,
            Way::Http(VspClient::new(base_url, settings)?),
        ))
    }

    /// Starts an aanbieder that asks the hub directly, without HTTP in between, under an account of the hub.
    #[must_use]
    pub fn start_beside(machine: Aanbieder, hub: HubHandle, indiener: &str, now: SimTime) -> Self {
        let indiener = indiener.to_owned();
        Self::run(machine, now, Way::Direct { hub, indiener })
    }

    fn run(machine: Aanbieder, now: SimTime, way: Way) -> Self {
        let (commands, inbox) = mpsc::channel(QUEUE);
        let task = tokio::spawn(run(Driver { machine, way, now }, inbox));
        Self {
            handle: AanbiederHandle { commands },
            task,
        }
    }

    /// A way to instruct it.
    #[must_use]
    pub fn handle(&self) -> AanbiederHandle {
        self.handle.clone()
    }

    /// Breaks off what it is doing and waits until that is done.
    pub async fn stop(mut self) {
        self.task.abort();
        // It ends by being broken off, which is what was asked.
        drop((&mut self.task).await);
    }
}

impl Drop for AanbiederTask {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl AanbiederHandle {
    /// Has the user of the aanbieder do something, and waits until all that follows from it is done.
    ///
    /// # Errors
    ///
    /// When the hub cannot be reached, or the aanbieder has stopped.
    pub async fn instruct(&self, id: &str, instruction: Instruction) -> Result<Uitkomst, ServersError> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Instruct {
            id: id.to_owned(),
            instruction,
            reply,
        })
        .await?;
        answer
            .await
            .map_err(|_| ServersError::Stopped { machine: MACHINE })?
    }

    /// What the aanbieder has in its books.
    ///
    /// # Errors
    ///
    /// When the aanbieder has stopped.
    pub async fn administration(&self) -> Result<Administration, ServersError> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Inspect { reply }).await?;
        answer
            .await
            .map_err(|_| ServersError::Stopped { machine: MACHINE })
    }

    async fn send(&self, command: Command) -> Result<(), ServersError> {
        self.commands
            .send(command)
            .await
            .map_err(|_| ServersError::Stopped { machine: MACHINE })
    }
}

struct Driver {
    machine: Aanbieder,
    way: Way,
    now: SimTime,
}

/// How it reaches the hub.
enum Way {
    Http(VspClient),
    Direct { hub: HubHandle, indiener: String },
}

impl Way {
    async fn ask(&mut self, operation: VspRequest) -> Result<VspReply, ServersError> {
        match self {
            Self::Http(client) => client.call(&operation).await,
            Self::Direct { hub, indiener } => hub.vsp(indiener, operation).await,
        }
    }
}

async fn run(mut driver: Driver, mut inbox: mpsc::Receiver<Command>) {
    while let Some(command) = inbox.recv().await {
        match command {
            Command::Instruct {
                id,
                instruction,
                reply,
            } => {
                let outcome = driver.instruct(id, instruction).await;
                if reply.send(outcome).is_err() {
                    tracing::debug!("a caller left before the aanbieder was done");
                }
            }
            Command::Inspect { reply } => {
                let administration = Administration {
                    toewijzingen: driver.machine.toewijzingen().clone(),
                    leveringen: driver.machine.leveringen(),
                    prestaties: driver
                        .machine
                        .prestaties()
                        .map(|prestatie| (prestatie.clone(), driver.machine.is_creditable(prestatie)))
                        .collect(),
                    signalen: driver.machine.signalen(),
                };
                if reply.send(administration).is_err() {
                    tracing::debug!("a caller left before the aanbieder replied");
                }
            }
        }
    }
}

impl Driver {
    /// Carries an instruction through.
    async fn instruct(&mut self, id: String, instruction: Instruction) -> Result<Uitkomst, ServersError> {
        if let Instruction::ZetKlok { nu } = instruction {
            self.now = nu;
        }
        let mut uitkomst = Uitkomst::Geweigerd {
            reden: "the aanbieder did not report an outcome".to_owned(),
        };
        self.machine.handle(
            self.now,
            AanbiederInput::Instruction {
                id: id.clone(),
                instruction,
            },
        );
        while let Some(output) = self.machine.poll_output() {
            match output {
                AanbiederOutput::Request { request, operation } => match self.way.ask(operation).await {
                    Ok(reply) => self
                        .machine
                        .handle(self.now, AanbiederInput::Reply { request, reply }),
                    Err(error) => {
                        self.give_up(request);
                        return Err(error);
                    }
                },
                AanbiederOutput::Klaar {
                    instruction,
                    uitkomst: reported,
                } => {
                    if instruction == id {
                        uitkomst = reported;
                    }
                }
                AanbiederOutput::Failed { reason } => {
                    return Err(ServersError::Unmade {
                        machine: MACHINE,
                        reason,
                    });
                }
            }
        }
        Ok(uitkomst)
    }

    /// Tells the machine that a request is lost, and drops what it says of that.
    fn give_up(&mut self, request: RequestId) {
        self.machine.handle(self.now, AanbiederInput::Lost { request });
        while self.machine.poll_output().is_some() {}
    }
}
