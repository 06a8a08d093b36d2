//! What can go wrong between the machines and the network.
//!
//! What a client does wrong is answered on the wire and is never one of these.

use std::net::SocketAddr;

/// What a shell could not do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServersError {
    /// A machine of ours could not make a message that it should.
    #[error("make a message of the {machine}: {reason}")]
    Unmade {
        /// The machine.
        machine: &'static str,
        /// Why.
        reason: String,
    },
    /// The address is taken, or not ours.
    #[error("listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A certificate, its key or the authority cannot be used.
    #[error("use a certificate: {reason}")]
    Certificate {
        /// What is wrong with it.
        reason: String,
    },
    /// The machine behind a handle has stopped.
    #[error("reach the {machine}: it has stopped")]
    Stopped {
        /// Which machine.
        machine: &'static str,
    },
    /// A machine of ours took longer than its settings allow.
    #[error("get an answer of the {machine} within {waited_ms} ms")]
    Late {
        /// Which machine.
        machine: &'static str,
        /// How long was waited.
        waited_ms: u64,
    },
    /// The reader of events was too slow, and some are gone.
    #[error("read every event: {count} were dropped because the reader was too slow")]
    EventsLost {
        /// How many.
        count: u64,
    },
    /// The base address is not one that this client can call.
    #[error("use {base_url} as base address: {reason}")]
    BaseUrl {
        /// The address.
        base_url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody answers at the address.
    #[error("connect to {address}")]
    Connect {
        /// Host and port.
        address: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The connection broke in the middle of an exchange.
    #[error("exchange {operation} with {address}")]
    Exchange {
        /// The operation.
        operation: &'static str,
        /// Host and port.
        address: String,
        /// What the connection says.
        #[source]
        source: hyper::Error,
    },
    /// The other side answered too late.
    #[error("get an answer on {operation} from {address} within {waited_ms} ms")]
    Timeout {
        /// The operation.
        operation: &'static str,
        /// Host and port.
        address: String,
        /// How long was waited.
        waited_ms: u64,
    },
    /// The other side answered with what the interface does not know.
    #[error("understand the answer on {operation}: status {status}, {reason}")]
    Answer {
        /// The operation.
        operation: &'static str,
        /// The status code.
        status: u16,
        /// What is wrong with it.
        reason: String,
    },
}
