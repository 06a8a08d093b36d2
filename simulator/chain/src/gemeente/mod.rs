//! A gemeente of ours, as a machine that hands in and collects where the GGk will stand.
//!
//! ```text
//! Decisions ── Act ──> machine ── HandIn ──> hub
//!                        │  <── Collect ──── hub
//!                        └── Acknowledge, retour ──> hub
//! ```
//!
//! What it sends comes from its [`crate::Decisions`]: a script or a policy. Hub duties (collect, confirm) and retours it
//! does by itself, unless decided otherwise. Tests are in `tests/it`.

mod act;
mod machine;
mod party;

pub use act::{Act, Content};
pub use machine::{Gemeente, GemeenteInput, GemeenteOutput, GemeenteSettings, Outcome, Received};
pub use party::{Case, GemeenteParty, GemeentePolicy};
