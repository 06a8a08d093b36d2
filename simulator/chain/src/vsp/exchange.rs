//! The requests a client makes of the hub and the replies it gets, free of HTTP.
//!
//! The hub, the reference aanbieder, the virtual world and the servers all speak these values. How each reply looks
//! on the wire is decided in `kp-servers`.

use bytes::Bytes;
use uuid::Uuid;

use super::{BerichtMetadataPull, BerichtMetadataPush, BerichtstatusGegevens, FieldProblem, Zoekpad};

/// The most messages that one list holds, and the default.
pub const LIST_LIMIT_MAX: u16 = 250;

/// Ties a reply to its request, chosen by whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// What a client asks of the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VspRequest {
    /// Hands a message in.
    Push {
        /// The metadata.
        metadata: Box<BerichtMetadataPush>,
        /// The payload: one message, bare or zipped.
        payload: Bytes,
    },
    /// Asks which messages wait, the oldest first.
    List {
        /// How many at most, from 1 to [`LIST_LIMIT_MAX`].
        limit: u16,
    },
    /// Asks which of the messages that wait fit a search, the oldest first.
    Search {
        /// Which messages.
        zoekpad: Box<Zoekpad>,
        /// How many at most, from 1 to [`LIST_LIMIT_MAX`].
        limit: u16,
    },
    /// Downloads a payload.
    Payload {
        /// The message.
        traceer_id: Uuid,
    },
    /// Confirms receipt, which takes the message off the list.
    Confirm {
        /// The message.
        traceer_id: Uuid,
    },
    /// Asks how far messages have come.
    Status {
        /// In which version of the interface.
        version: StatusVersion,
        /// Of which messages.
        query: StatusQuery,
    },
}

/// The versions of the status interface, which differ in what they call the end of a message's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusVersion {
    /// Version 2.
    V2,
    /// Version 3.
    V3,
}

/// Which messages a status is asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusQuery {
    /// The message itself and those that answer it.
    TraceerId(Uuid),
    /// The whole conversation.
    ConversatieId(Uuid),
}

/// What the hub replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VspReply {
    /// The message was received; its checks follow.
    Received,
    /// The message was not received.
    Refused(ReceiptRefusal),
    /// The request breaks the shape of the interface.
    Invalid(Vec<FieldProblem>),
    /// The hub holds as much as it may; nothing of the message was kept.
    Full,
    /// The messages that wait, oldest first.
    List(Vec<BerichtMetadataPull>),
    /// A payload.
    Payload(Bytes),
    /// Receipt was confirmed.
    Confirmed,
    /// There is no such message for this client.
    NotFound,
    /// How far messages have come.
    Status(Vec<BerichtstatusGegevens>),
}

/// Why a message was not received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptRefusal {
    /// The fault code.
    pub code: String,
    /// What the code means.
    pub title: String,
    /// What is wrong with this message.
    pub detail: String,
}
