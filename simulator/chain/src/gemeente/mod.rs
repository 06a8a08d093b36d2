//! A gemeente of ours, as a machine that hands in and collects where the GGk will stand.
//!
//! ```text
//! Decisions ── Act ──> machine ── HandIn ──> hub
//!                        │  <── Collect ──── hub
//!                        └── Acknowledge, retour ──> hub
//! ```
//!
//! What it sends comes from its [`Decisions`]: a script now, a policy when parties act on their own. Hub duties (collect,
//! confirm) and clean retours on good messages it does by itself. Tests are in `tests/it`.

mod decisions;
mod machine;

pub use decisions::{Act, Content, Decisions, Scripted};
pub use machine::{Gemeente, GemeenteInput, GemeenteOutput, GemeenteSettings, Outcome, Received};
