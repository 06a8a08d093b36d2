//! The network around a system under test: our registers and the way in, what goes over it, the supplier that is built in.
//!
//! | To change | open |
//! | --- | --- |
//! | who takes part in a scenario, and what we can make happen | `stage.rs` |
//! | what is told of a call, and what every call of the system under test is held to | `exchange.rs` |
//! | the certificates that a product gets | `pki.rs` |
//! | the supplier that is part of this product | `supplier.rs` |
//!
//! What a sentence does stands in `steps/netwerk.rs`.

mod exchange;
mod pki;
mod stage;
mod supplier;

pub(crate) use exchange::{Seen, held_to};
pub(crate) use pki::Pki;
pub use pki::certificates;
pub(crate) use stage::{AS_GEMEENTE, Ends, GEMEENTE_NAME, Stage};
