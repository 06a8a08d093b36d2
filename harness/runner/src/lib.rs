//! Drives a system under test through scenarios and tells what happened as events.
//!
//! | To change | open |
//! | --- | --- |
//! | a scenario, or the facts it names | `features/` |
//! | what a sentence of a scenario does | `steps/` |
//! | what is expected of a message | `expectation.rs` |
//! | what a supplier says of its product | `sut.rs` |
//! | which scenarios run | `plan.rs` |
//! | how a run is put together | `certify.rs` |
//!
//! Features are parsed and run inside the product: cucumber reads no arguments, retries nothing and prints nothing.
//! What is right is decided by the releases and the scenarios; how it is shown by `kp-report`. Tests: `tests/it`.

mod certify;
mod error;
mod expectation;
mod features;
mod journal;
mod plan;
mod scenario;
mod steps;
mod sut;
mod testdata;

pub use certify::{CertifyOptions, certify};
pub use error::RunnerError;
pub use features::Features;
pub use kp_chain::Defect;
pub use plan::Selection;
pub use sut::{Sut, SutFault, Transport};
