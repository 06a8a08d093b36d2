//! The chain's machines behind real HTTP.
//!
//! | Room | Owns |
//! | --- | --- |
//! | `hub_server/` | the listener, its limits, the routes and bodies of VSP, the task that owns the hub |
//! | `multipart.rs` | the form in which a message is handed in |
//! | `http_client.rs` | one client of HTTP, plain or over TLS |
//! | `vsp_client.rs` | one client of VSP over it |
//! | `aanbieder_task.rs` | the reference aanbieder, driven over that client |
//! | `gemeente_driver.rs` | a gemeente of ours, driven against a running hub |
//! | `netwerk/` | the way in to source registers, and parties of the network |
//! | `listener.rs`, `tls.rs`, `pki.rs` | connections of every server, certificates on both sides, and who issues them |
//! | `graphql.rs` | GraphQL text as a question to a register, answers as JSON |
//! | `settings.rs` | every wait and every size that a shell keeps to |
//!
//! To change what a reply says, open `kp-chain`; to change how it looks on the wire, `hub_server/respond.rs`.
//!
//! Invariants: one task owns one machine, others ask it over bounded channels; every network wait has a limit from the
//! settings; a handler decides nothing about messages; nothing is called that the settings do not name.

mod aanbieder_task;
mod error;
mod gemeente_driver;
pub mod graphql;
mod http_client;
mod hub_server;
mod listener;
mod multipart;
pub mod netwerk;
mod pki;
mod settings;
mod tls;
mod vsp_client;

pub use aanbieder_task::{AanbiederHandle, AanbiederTask, Administration};
pub use error::ServersError;
pub use gemeente_driver::settle;
pub use http_client::{Call, HttpAnswer, HttpClient};
pub use hub_server::{Calls, HubEvents, HubHandle, HubServer, HubService};
pub use pki::{Authority, Validity};
pub use settings::{ClientSettings, HubServerSettings};
pub use tls::{Fingerprint, Identity};
pub use vsp_client::VspClient;
