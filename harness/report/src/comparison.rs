//! Two releases beside each other: what their data says otherwise ([`Differences`]), and which messages get another verdict
//! ([`Impact`]); each as text, as JSON and as a page.
//!
//! What differs is found in `kp-model`, what a message breaks in `kp-rules`; here it is counted and told. The page needs
//! nothing beside itself. Tests: `tests/it/comparison.rs`.

mod differences;
mod impact;
mod page;

pub use differences::Differences;
pub use impact::{Compared, Impact, Shift, Side, Uncompared};
