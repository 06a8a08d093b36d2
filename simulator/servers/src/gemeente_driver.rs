//! Drives a gemeente of ours against a running hub, until it has nothing more to ask.
//!
//! The machine decides, the hub replies; this only carries between them. Tests are in `tests/it`.

use kp_chain::{Act, Decisions, Gemeente, GemeenteInput, GemeenteOutput, SimTime};

use crate::error::ServersError;
use crate::hub_server::HubHandle;

/// Lets a gemeente do what is due and collect what waits; gives back what became of its acts.
///
/// # Errors
///
/// When the hub has stopped or takes too long.
pub async fn settle<D: Decisions<Act>>(
    gemeente: &mut Gemeente<D>,
    now: SimTime,
    hub: &HubHandle,
) -> Result<Vec<GemeenteOutput>, ServersError> {
    let mut told = Vec::new();
    gemeente.handle(now, GemeenteInput::Timer);
    while let Some(output) = gemeente.poll_output() {
        match output {
            GemeenteOutput::Request { request, operation } => {
                let reply = hub.ggk(gemeente.code(), operation).await?;
                gemeente.handle(now, GemeenteInput::Reply { request, reply });
            }
            outcome @ (GemeenteOutput::Acted { .. }
            | GemeenteOutput::Judged { .. }
            | GemeenteOutput::Failed { .. }) => told.push(outcome),
        }
    }
    Ok(told)
}
