//! The chain around the system under test: a hub with messages, or a network of registers.

use kp_chain::SimTime;
use kp_servers::HubHandle;

use crate::halt::{Halt, Stumble};
use crate::netwerk::Stage;

/// What a run plays around the system under test.
pub(crate) enum Chain {
    /// A hub.
    Estafette {
        /// A hold on it.
        hub: HubHandle,
        /// Where it is.
        base_url: String,
    },
    /// Registers, and the way in to them.
    Netwerk(Box<Stage>),
}

impl Chain {
    /// Sets business time.
    pub(crate) async fn set_time(&self, moment: SimTime) -> Result<(), Halt> {
        match self {
            Self::Estafette { hub, .. } => Ok(hub.set_time(moment).await?),
            Self::Netwerk(stage) => stage.set_time(moment).await,
        }
    }

    /// The hub, with its address.
    pub(crate) fn hub(&self) -> Result<(&HubHandle, &str), Stumble> {
        match self {
            Self::Estafette { hub, base_url } => Ok((hub, base_url)),
            Self::Netwerk(_) => Err(Stumble("in the network there is no hub".to_owned())),
        }
    }

    /// The network.
    pub(crate) fn stage(&self) -> Result<&Stage, Stumble> {
        match self {
            Self::Netwerk(stage) => Ok(stage),
            Self::Estafette { .. } => Err(Stumble("without a network there is no register".to_owned())),
        }
    }
}
