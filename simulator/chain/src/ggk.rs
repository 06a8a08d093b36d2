//! What a gemeente says to the hubs, at the place where the GGk will stand.
//!
//! The envelope holds the facts that the StUF envelope carries. Its XML and the checks of the GGk come with that hub;
//! until then the machine in [`crate::hub`] takes these values itself. Tests are in `tests/it`.

use bytes::Bytes;
use uuid::Uuid;

use crate::vsp::ReceiptRefusal;

/// The facts around a message that a gemeente sends or gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GgkEnvelope {
    /// The code of the sender.
    pub zender: String,
    /// The code of the receiver.
    pub ontvanger: String,
    /// The identifier of this message.
    pub referentienummer: Uuid,
    /// The message that this one answers.
    pub cross_refnummer: Option<Uuid>,
    /// The name of the message.
    pub functie: String,
    /// The major version of the message.
    pub functie_versie: u32,
    /// The minor version of the message.
    pub functie_subversie: u32,
    /// The sending application.
    pub applicatie: String,
}

/// What a gemeente asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GgkRequest {
    /// Hands a message in.
    HandIn {
        /// The facts around it.
        envelope: GgkEnvelope,
        /// The message.
        payload: Bytes,
        /// Whether it is delivered even if the checks after receipt refuse it, as a scenario may ask; receipt holds.
        past_checks: bool,
    },
    /// Takes what waits, the oldest first.
    Collect,
    /// Confirms that a message was taken.
    Acknowledge {
        /// The message.
        referentienummer: Uuid,
    },
}

/// What the hub replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GgkReply {
    /// The message was received; its checks follow.
    Received,
    /// The message was not received.
    Refused(ReceiptRefusal),
    /// The hub holds as much as it may; nothing of the message was kept.
    Full,
    /// What waits, the oldest first.
    Waiting(Vec<GgkDelivery>),
    /// The message is off the list.
    Acknowledged,
    /// There is no such message for this gemeente.
    NotFound,
}

/// A message that waits for a gemeente.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GgkDelivery {
    /// The facts around it.
    pub envelope: GgkEnvelope,
    /// The message.
    pub payload: Bytes,
}
