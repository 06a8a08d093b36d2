//! What happened in a run, and how it is told: terminal text, HTML, JUnit, JSON, SARIF and an archive of evidence; what was
//! found in files; and two releases beside each other.
//!
//! This crate owns the run events, the outcomes and the verdict. A runner sends [`RunEvent`]s into
//! a [`RunReport`]; the renderers turn that into text. It opens no file and no connection, asks no
//! clock, and judges nothing: who calls it writes the text where it belongs.
//!
//! Equal events give equal bytes in every renderer, except in the one part named `uitvoering`
//! ([`Execution`]). A burgerservicenummer that may belong to a living person is masked in all of
//! them ([`mask`]).
//!
//! ```
//! use kp_report::{Outcome, PlannedScenario, RunEvent, RunReport, RunStarted, Style, Verdict, terminal};
//!
//! let mut report = RunReport::new();
//! report.apply(RunEvent::RunStarted(RunStarted {
//!     planned: vec![PlannedScenario { id: "E1".into(), in_profile: true, ..PlannedScenario::default() }],
//!     ..RunStarted::default()
//! }));
//! report.apply(RunEvent::ScenarioFinished { id: "E1".into(), outcome: Outcome::Passed });
//! assert_eq!(report.verdict(), Verdict::Geslaagd);
//! assert!(terminal::summary(&report, Style::default()).ends_with("1 passed, 0 failed, 0 skipped\n"));
//! ```
//!
//! Beside that, [`site`] makes a static site of a release, from its data and what others found of it.
//!
//! Tests: beside the small functions, and in `tests/it` for what the renderers give.

mod error;
mod event;
mod excerpt;
mod finding_groups;
mod finding_text;
mod message_bytes;
mod obstacle;
mod outcome;
mod privacy;
mod run;
mod style;
mod template;

pub mod comparison;
pub mod evidence;
pub mod findings;
pub mod html;
pub mod json;
pub mod junit;
pub mod sarif;
pub mod site;
pub mod terminal;

pub use error::ReportError;
pub use event::{
    Direction, Execution, Expectation, ExpectationOutcome, HubVerdict, Message, Party, PlannedScenario,
    ReleaseName, RuleSentence, RunEvent, RunName, RunStarted, Step, StepOutcome, Sut, Unexpected,
    WaiverRemark,
};
pub use findings::CheckedFile;
pub use message_bytes::MessageBytes;
pub use outcome::{Counts, Outcome, Verdict};
pub use privacy::mask;
pub use run::{RunReport, ScenarioReport};
pub use style::{Lang, MONTHS, Style};
