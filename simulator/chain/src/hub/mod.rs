//! The hub of the aanbieders (VECOZO) as a pure machine: receipt, checks, boxes, status.
//!
//! ```text
//! handle ──> receipt (who, what, how large: refused at once) ──> store
//!                                                                 │ timer: verwerking_ms
//!                  box of the addressee <── passed ── control ────┤
//!                  AfgekeurdDoorDienst  <── refused ──────────────┘
//! ```
//!
//! It has no sockets and no clock; `now` is always a parameter. Gemeenten reach it by [`crate::ggk`] values until the
//! hub of the gemeenten stands in between. Not built yet, and therefore absent: search, status version 2, push to
//! clients, foutberichten and the checks beyond structure. Tests are in each file and in `tests/it`.

mod collect;
mod control;
mod event;
mod fault;
mod machine;
mod receipt;
mod settings;
mod store;
mod stream;

pub use event::{Bericht, BerichtFact, HubEvent};
pub use machine::{Hub, HubInput, HubOutput};
pub(crate) use settings::ROL_GEMEENTE;
pub use settings::{Aansluiting, Controle, DeliverForm, HubSettings, Switches};
pub use stream::{berichtstroom, berichttype};
