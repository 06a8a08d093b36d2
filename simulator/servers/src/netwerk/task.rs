//! The task that owns a party: one thing at a time happens to it, and it asks others one at a time.
//!
//! While it waits for an answer it goes on answering, so that two parties that ask each other both get on. Business time
//! is told to it. Tests: `tests/it/netwerk.rs`.

use std::collections::VecDeque;
use std::sync::Arc;

use kp_chain::SimTime;
use kp_chain::netwerk::{Call, Claims, Errand, Partij, PartijInput, PartijOutput, Reply};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::client::NetworkClient;
use crate::error::ServersError;

const MACHINE: &str = "partij";
/// How many questions wait for a party before others must.
const QUEUE: usize = 64;
/// What is kept for its user; what is older goes first.
const TOLD_MAX: usize = 1024;

/// A hold on a party that runs; the party stops when the last one is dropped.
#[derive(Clone, Debug)]
pub struct PartijHandle(mpsc::Sender<Command>);

/// Something that is done with a party, at the moment it has.
type Deed = Box<dyn FnOnce(&mut Partij, SimTime, &[String]) + Send>;

enum Command {
    Call {
        claims: Arc<Claims>,
        call: Call,
        reply: oneshot::Sender<Reply>,
    },
    Time {
        now: SimTime,
        done: oneshot::Sender<()>,
    },
    Deed(Deed),
    Replace(Box<(Partij, NetworkClient)>),
    Settle(oneshot::Sender<()>),
}

impl PartijHandle {
    /// Starts a party on the current runtime.
    pub(crate) fn start(partij: Partij, client: NetworkClient) -> Self {
        let (commands, inbox) = mpsc::channel(QUEUE);
        tokio::spawn(run(Running::new(partij, client), inbox));
        Self(commands)
    }

    /// Asks it what a call that was let through asks.
    ///
    /// # Errors
    /// When it has stopped.
    pub(crate) async fn call(&self, claims: Arc<Claims>, call: Call) -> Result<Reply, ServersError> {
        self.ask(|reply| Command::Call { claims, call, reply }).await
    }

    /// Tells it what time it is; what is due by then is begun.
    ///
    /// # Errors
    /// When it has stopped.
    pub async fn set_time(&self, now: SimTime) -> Result<(), ServersError> {
        self.ask(|done| Command::Time { now, done }).await
    }

    /// Waits until it has nothing left to ask of others now.
    ///
    /// # Errors
    /// When it has stopped.
    pub async fn settle(&self) -> Result<(), ServersError> {
        self.ask(Command::Settle).await
    }

    /// Does something with it, at the moment that it has; the texts are what it told its user so far.
    ///
    /// # Errors
    /// When it has stopped.
    pub async fn with<T: Send + 'static>(
        &self,
        deed: impl FnOnce(&mut Partij, SimTime, &[String]) -> T + Send + 'static,
    ) -> Result<T, ServersError> {
        self.ask(|answer| {
            Command::Deed(Box::new(move |partij, now, told| {
                answered(answer, deed(partij, now, told));
            }))
        })
        .await
    }

    /// Puts another in its place, which knows nothing of what it was doing.
    ///
    /// # Errors
    /// When it has stopped.
    pub async fn replace(&self, partij: Partij, client: NetworkClient) -> Result<(), ServersError> {
        let sent = self.0.send(Command::Replace(Box::new((partij, client)))).await;
        sent.map_err(|_| ServersError::Stopped { machine: MACHINE })
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, ServersError> {
        let (reply, answer) = oneshot::channel();
        let stopped = || ServersError::Stopped { machine: MACHINE };
        self.0.send(command(reply)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())
    }
}

struct Running {
    partij: Partij,
    client: Arc<Mutex<NetworkClient>>,
    now: SimTime,
    told: Vec<String>,
    /// What it still has to ask of others, and what it is asking.
    queue: VecDeque<kp_chain::netwerk::Outward>,
    asking: Option<JoinHandle<(Errand, Reply)>>,
    settling: Vec<oneshot::Sender<()>>,
}

impl Running {
    fn new(partij: Partij, client: NetworkClient) -> Self {
        Self {
            partij,
            client: Arc::new(Mutex::new(client)),
            now: SimTime::EPOCH,
            told: Vec::new(),
            queue: VecDeque::new(),
            asking: None,
            settling: Vec::new(),
        }
    }

    fn handle(&mut self, input: PartijInput) -> Option<Reply> {
        self.partij.handle(self.now, input);
        self.drain()
    }

    /// Takes what it brought forth; the answer to a call is given back.
    fn drain(&mut self) -> Option<Reply> {
        let mut answer = None;
        while let Some(output) = self.partij.poll_output() {
            match output {
                PartijOutput::Ask(outward) => self.queue.push_back(*outward),
                PartijOutput::Reply(reply) => answer = Some(reply),
                PartijOutput::Told(text) => {
                    if self.told.len() == TOLD_MAX {
                        self.told.remove(0);
                    }
                    self.told.push(text);
                }
            }
        }
        answer
    }

    /// Begins to ask the next, when it asks nothing; says so to who waits for that.
    fn go_on(&mut self) {
        if self.asking.is_none()
            && let Some(outward) = self.queue.pop_front()
        {
            let client = Arc::clone(&self.client);
            self.asking = Some(tokio::spawn(async move {
                let reply = client.lock().await.ask(&outward).await;
                (outward.errand, reply)
            }));
        }
        if self.asking.is_none() {
            for waiting in self.settling.drain(..) {
                answered(waiting, ());
            }
        }
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Call { claims, call, reply } => {
                if let Some(answer) = self.handle(PartijInput::Call { claims, call }) {
                    answered(reply, answer);
                }
            }
            Command::Time { now, done } => {
                self.now = now;
                if self.partij.poll_timeout().is_some_and(|due| due <= now) {
                    self.handle(PartijInput::Timer);
                }
                answered(done, ());
            }
            Command::Deed(deed) => {
                deed(&mut self.partij, self.now, &self.told);
                self.drain();
            }
            Command::Replace(other) => {
                if let Some(asking) = self.asking.take() {
                    asking.abort();
                }
                let (partij, client) = *other;
                let settling = std::mem::take(&mut self.settling);
                *self = Self::new(partij, client);
                self.settling = settling;
            }
            Command::Settle(waiting) => self.settling.push(waiting),
        }
    }
}

async fn run(mut running: Running, mut inbox: mpsc::Receiver<Command>) {
    loop {
        running.go_on();
        let command = match &mut running.asking {
            None => inbox.recv().await,
            Some(asking) => tokio::select! {
                command = inbox.recv() => command,
                ended = asking => {
                    running.asking = None;
                    if let Ok((errand, reply)) = ended {
                        running.handle(PartijInput::Reply { errand, reply });
                    }
                    continue;
                }
            },
        };
        match command {
            Some(command) => running.carry_out(command),
            None => return,
        }
    }
}

fn answered<T>(reply: oneshot::Sender<T>, answer: T) {
    if reply.send(answer).is_err() {
        tracing::debug!("who asked a party left before it replied");
    }
}
