//! The task that owns the hub, and the handle by which others ask it.
//!
//! One task owns the machine; questions come over a bounded queue and each has its own reply. Events go to every
//! subscriber; one that is too slow is told how many it missed. Tests are in `tests/it`.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use kp_chain::vsp::{FieldProblem, RequestId, VspReply, VspRequest};
use kp_chain::{GgkReply, GgkRequest, Hub, HubInput, HubOutput, SimTime};
use tokio::sync::{mpsc, oneshot};

use super::events::{EventLog, HubEvents, Publisher, event_log};
use crate::error::ServersError;
use crate::settings::HubServerSettings;

const MACHINE: &str = "hub";
/// Every question is answered before the next is taken, so that one number serves all.
const REQUEST: RequestId = RequestId(0);

/// A way to ask a running hub.
#[derive(Clone, Debug)]
pub struct HubHandle {
    commands: mpsc::Sender<Command>,
    events: EventLog,
    wait: Duration,
}

#[derive(Debug)]
enum Command {
    Vsp {
        indiener: String,
        operation: VspRequest,
        reply: oneshot::Sender<VspReply>,
    },
    Ggk {
        gemeente: String,
        operation: GgkRequest,
        reply: oneshot::Sender<GgkReply>,
    },
    Unreadable {
        indiener: String,
        problems: Vec<FieldProblem>,
        body: Bytes,
        reply: oneshot::Sender<()>,
    },
    Time {
        reply: oneshot::Sender<SimTime>,
    },
    SetTime {
        now: SimTime,
        reply: oneshot::Sender<()>,
    },
    Forget {
        reply: oneshot::Sender<()>,
    },
}

impl HubHandle {
    /// Asks what a client of VSP would.
    ///
    /// # Errors
    ///
    /// When the hub has stopped or takes too long.
    pub async fn vsp(&self, indiener: &str, operation: VspRequest) -> Result<VspReply, ServersError> {
        let indiener = indiener.to_owned();
        self.ask(|reply| Command::Vsp {
            indiener,
            operation,
            reply,
        })
        .await
    }

    /// Asks what a gemeente would.
    ///
    /// # Errors
    ///
    /// When the hub has stopped or takes too long.
    pub async fn ggk(&self, gemeente: &str, operation: GgkRequest) -> Result<GgkReply, ServersError> {
        let gemeente = gemeente.to_owned();
        self.ask(|reply| Command::Ggk {
            gemeente,
            operation,
            reply,
        })
        .await
    }

    /// What the business clock says.
    ///
    /// # Errors
    ///
    /// When the hub has stopped or takes too long.
    pub async fn time(&self) -> Result<SimTime, ServersError> {
        self.ask(|reply| Command::Time { reply }).await
    }

    /// Sets the business clock; checks that are due by then are done first.
    ///
    /// # Errors
    ///
    /// When the hub has stopped or takes too long.
    pub async fn set_time(&self, now: SimTime) -> Result<(), ServersError> {
        self.ask(|reply| Command::SetTime { now, reply }).await
    }

    /// Has the hub forget every message and identifier, for parties that begin anew.
    ///
    /// # Errors
    ///
    /// When the hub has stopped or takes too long.
    pub async fn forget(&self) -> Result<(), ServersError> {
        self.ask(|reply| Command::Forget { reply }).await
    }

    /// What happens from now on.
    #[must_use]
    pub fn events(&self) -> HubEvents {
        self.events.subscribe()
    }

    /// Tells the hub of a request that could not be read.
    pub(super) async fn unreadable(
        &self,
        indiener: &str,
        problems: Vec<FieldProblem>,
        body: Bytes,
    ) -> Result<(), ServersError> {
        let indiener = indiener.to_owned();
        self.ask(|reply| Command::Unreadable {
            indiener,
            problems,
            body,
            reply,
        })
        .await
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, ServersError> {
        let (reply, answer) = oneshot::channel();
        let command = command(reply);
        let asking = async {
            self.commands
                .send(command)
                .await
                .map_err(|_| ServersError::Stopped { machine: MACHINE })?;
            answer
                .await
                .map_err(|_| ServersError::Stopped { machine: MACHINE })
        };
        tokio::time::timeout(self.wait, asking).await.unwrap_or_else(|_| {
            let waited_ms = u64::try_from(self.wait.as_millis()).unwrap_or(u64::MAX);
            Err(ServersError::Late {
                machine: MACHINE,
                waited_ms,
            })
        })
    }
}

/// A handle on a hub, and the task that must run for it.
pub(super) fn start(
    hub: Hub,
    now: SimTime,
    settings: &HubServerSettings,
) -> (HubHandle, impl Future<Output = ()> + use<>) {
    let (commands, inbox) = mpsc::channel(settings.queue.max(1));
    let (events, publisher) = event_log(settings.events, settings.events_max_bytes);
    let task = run(hub, now, inbox, publisher);
    let handle = HubHandle {
        commands,
        events,
        wait: settings.hub_wait,
    };
    (handle, task)
}

async fn run(mut hub: Hub, mut now: SimTime, mut inbox: mpsc::Receiver<Command>, events: Publisher) {
    while let Some(command) = inbox.recv().await {
        match command {
            Command::Vsp {
                indiener,
                operation,
                reply,
            } => {
                hub.handle(
                    now,
                    HubInput::Vsp {
                        request: REQUEST,
                        indiener,
                        operation,
                    },
                );
                if let (Some(answer), _) = settle(&mut hub, now, &events) {
                    answered(reply, answer);
                }
            }
            Command::Ggk {
                gemeente,
                operation,
                reply,
            } => {
                hub.handle(
                    now,
                    HubInput::Ggk {
                        request: REQUEST,
                        gemeente,
                        operation,
                    },
                );
                if let (_, Some(answer)) = settle(&mut hub, now, &events) {
                    answered(reply, answer);
                }
            }
            Command::Unreadable {
                indiener,
                problems,
                body,
                reply,
            } => {
                let unreadable = HubInput::Unreadable {
                    indiener,
                    problems,
                    body,
                };
                hub.handle(now, unreadable);
                settle(&mut hub, now, &events);
                answered(reply, ());
            }
            Command::Time { reply } => answered(reply, now),
            Command::Forget { reply } => {
                hub.forget();
                answered(reply, ());
            }
            Command::SetTime { now: moment, reply } => {
                now = moment;
                settle(&mut hub, now, &events);
                answered(reply, ());
            }
        }
    }
}

/// Does what is due and hands out what came of it; the replies among it are given back.
fn settle(hub: &mut Hub, now: SimTime, events: &Publisher) -> (Option<VspReply>, Option<GgkReply>) {
    hub.handle_timeout(now);
    let (mut vsp, mut ggk) = (None, None);
    while let Some(output) = hub.poll_output() {
        match output {
            HubOutput::Vsp { reply, .. } => vsp = Some(reply),
            HubOutput::Ggk { reply, .. } => ggk = Some(reply),
            HubOutput::Event(event) => events.tell(event),
        }
    }
    (vsp, ggk)
}

fn answered<T>(reply: oneshot::Sender<T>, answer: T) {
    if reply.send(answer).is_err() {
        tracing::debug!("a caller left before the hub replied");
    }
}
