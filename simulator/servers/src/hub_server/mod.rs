//! The hub behind HTTP: the VSP interfaces of push, pull and status on loopback, without TLS.
//!
//! ```text
//! listener ── connection ── handler ── (bounded queue) ── task: owns the Hub
//!                             │                              ├── HubEvents, for who subscribes
//!                             └── respond <── oneshot ───────┘
//! ```
//!
//! A handler accepts bytes, authenticates, parses, asks the hub and writes the reply; it decides nothing about messages.
//! The business clock is set by the run ([`HubHandle::set_time`]), never read from the machine; `GET /ketenproef/klok` tells
//! it to a system under test that asks. Tests are in `tests/it`.

mod callers;
mod events;
mod handler;
mod listener;
mod metadata;
mod pace;
mod respond;
mod route;
mod task;
mod zoekpad;

pub use callers::Calls;
pub use events::HubEvents;
pub use listener::{HubServer, HubService};
pub use task::HubHandle;
