//! Drives a system under test through scenarios and tells what happened as events.
//!
//! | To change | open |
//! | --- | --- |
//! | a scenario, or the facts it names | `features/` |
//! | what a sentence of a scenario does | `steps/` |
//! | what is expected of a message | `expectation.rs` |
//! | what a message must say beside the sentences | `golden/` |
//! | what a supplier says of its product | `sut.rs` |
//! | how a supplier is told what its user does | `driver/` |
//! | which acts and observations there are | `data/acts.toml`, `acts/` |
//! | which scenarios run, and which beside each other | `plan.rs` |
//! | which scenarios must pass | `profile.rs` |
//! | the clock of those, and who waits for what | `wave.rs` |
//! | which persons and numbers a scenario has for itself | `partition.rs` |
//! | what a scenario is in the sibling wet | `twins.rs` |
//! | which scenario a message belongs to | `attribution.rs` |
//! | how a defective supplier is tried | `trial.rs` |
//! | what is looked at before a run | `doctor.rs` |
//! | what a run would do, told beforehand | `overview.rs` |
//! | what our parties do around the supplier | `counterparties.rs` |
//! | the network around the supplier, and what its calls are held to | `netwerk/` |
//! | how a run is put together | `certify.rs` |
//! | how its scenarios run in cucumber | `wave_run.rs` |
//! | what a run is named by | `naming.rs` |
//! | what failed in an earlier run | `earlier.rs` |
//! | what stands of a run that was interrupted | `resume.rs`, `event_log.rs` |
//! | which failures are accepted for a time | `waiver.rs` |
//!
//! Features are parsed and run inside the product: cucumber reads no arguments, retries nothing and prints nothing.
//! What is right is decided by the releases and the scenarios; how it is shown by `kp-report`. Tests: `tests/it`.

mod acts;
mod attribution;
mod beginning;
mod certify;
mod chain;
mod counterparties;
mod doctor;
mod driver;
mod earlier;
mod error;
mod event_log;
mod expectation;
mod features;
mod going_over;
mod golden;
mod halt;
mod journal;
mod naming;
mod netwerk;
mod overview;
mod partition;
mod pattern;
mod plan;
mod profile;
mod resume;
mod scenario;
mod scenario_texts;
mod steps;
mod sut;
mod testdata;
mod trial;
mod twins;
mod waiver;
mod wave;
mod wave_run;

pub use acts::{Rol, sut_api, sut_schemas};
pub use beginning::{Beginning, Contract, Partij, Persoon, Product, testdata};
pub use certify::{CertifyOptions, Estafette, certify};
pub use doctor::{Area, Check, Verdict as CheckVerdict, doctor};
pub use earlier::Earlier;
pub use error::RunnerError;
pub use features::Features;
pub use going_over::GoingOver;
pub use golden::{PatternFault, REFERENCE_SEED, keep_reference};
pub use kp_chain::{Defect, Moment, OvergangError, Ready, Seen, calendar, readiness};
pub use netwerk::certificates;
pub use overview::{DurationOverview, Overview, ProfileOverview, ScenarioOverview, WaveOverview, overview};
pub use plan::Selection;
pub use resume::Interrupted;
pub use scenario_texts::ScenarioText;
pub use sut::{Instructies, Isolatie, Klok, Sut, SutFault, Transport};
pub use trial::{Bench, Trial, try_defect};
pub use waiver::Waivers;
