//! The network of source registers behind HTTP over TLS in which both sides show a certificate.
//!
//! ```text
//! party ── client.rs ── TLS ── knooppunt.rs: token endpoint, address book, the way in ── TLS ── service.rs ── task: Partij
//!                                 │ owns the Knooppunt                                            │
//!                                 └── Exchange: what went over it, for who watches                └── client.rs
//! ```
//!
//! | To change | open |
//! | --- | --- |
//! | routes, statuses and what is written down at the way in | `knooppunt.rs` |
//! | how a party of ours is served, and asks others | `service.rs`, `task.rs`, `client.rs` |
//! | how tokens are signed and read | `jwt.rs` |
//! | the schema of notificaties and meldingen | `netwerkpunt.rs` |
//! | how questions and answers are written | `wire.rs` |
//! | the headers that tie requests together | `trace.rs` |
//!
//! Business time is set by the run; tokens live by the clock of the machine, as those of any client do.
//! Tests: `tests/it/netwerk.rs`.

mod client;
mod jwt;
mod knooppunt;
mod netwerkpunt;
mod service;
mod task;
mod trace;
mod wire;

pub use client::NetworkClient;
pub use jwt::claims_header;
pub use knooppunt::{Asked, Exchange, KnooppuntHandle, KnooppuntServer};
pub use service::PartijServer;
pub use task::PartijHandle;
pub use trace::Trace;
pub use wire::body;
