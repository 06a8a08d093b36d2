//! What the shells are told before they start; every wait and every size has a limit here.
//!
//! Limits of the interface itself are switches of the hub (`kp_chain::Switches`).

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// What the server of a hub is told before it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubServerSettings {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// The address that is handed out to clients; the listening address when left out.
    pub external_url: Option<String>,
    /// The account of a caller that names none.
    pub default_indiener: Option<String>,
    /// Whether the header `X-Sim-Indiener` names the caller; only ever on without TLS.
    pub insecure_header: bool,
    /// How many connections are served at one time; others wait.
    pub connections_max: usize,
    /// How many bytes of request bodies are held at one time; other bodies wait.
    pub bodies_max_bytes: usize,
    /// How long a client may take for the head of a request, idle time included.
    pub header_wait: Duration,
    /// How long one request may take, its body included.
    pub request_wait: Duration,
    /// How long one connection may last.
    pub connection_wait: Duration,
    /// How long the hub may take for one question.
    pub hub_wait: Duration,
    /// How many questions wait for the hub before others must.
    pub queue: usize,
    /// How many events are kept for a reader that is slow.
    pub events: usize,
    /// How many bytes the events that are kept may hold together, the messages they are about included; over it the
    /// oldest go, and a reader that had not read them is told. What the hub itself holds is a switch (`held_max_bytes`).
    pub events_max_bytes: usize,
}

/// What a client of the hub is told before it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSettings {
    /// The account, as the header `X-Sim-Indiener` names it.
    pub indiener: Option<String>,
    /// How long connecting may take.
    pub connect_wait: Duration,
    /// How long one exchange may take.
    pub exchange_wait: Duration,
    /// The largest answer that is read.
    pub answer_max_bytes: usize,
}

impl Default for HubServerSettings {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            external_url: None,
            default_indiener: None,
            insecure_header: true,
            connections_max: 512,
            bodies_max_bytes: 256 * 1024 * 1024,
            header_wait: Duration::from_secs(15),
            request_wait: Duration::from_secs(60),
            connection_wait: Duration::from_secs(600),
            hub_wait: Duration::from_secs(30),
            queue: 64,
            events: 65_536,
            events_max_bytes: 512 * 1024 * 1024,
        }
    }
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            indiener: None,
            connect_wait: Duration::from_secs(5),
            exchange_wait: Duration::from_secs(60),
            answer_max_bytes: 64 * 1024 * 1024,
        }
    }
}
