//! The rules of the standards: their language, the dossier they look back on, and the answers that follow from findings.

#![warn(missing_docs)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the language has many kinds of parts and values, and most code is about one or two of them"
)]

pub mod amounts;
mod answer;
pub mod calendar;
mod coverage;
mod dossier;
mod explain;
mod history;
mod judge;
mod language;
mod lint;
mod mutation;
mod nearby;
pub mod periods;
mod retelling;
mod rulebook;
mod sampling;
mod shrink;
mod tables;
mod terms;
mod translation;
mod value;
mod variation;
mod violation;
mod walk;
mod witness;

pub use answer::{AnswerError, Identity, answer};
pub use coverage::{Judged, Proof, prove};
pub use dossier::{Delivered, Dossier, Fact, FactError, Pair, pair_of};
pub use history::{Event, History, HistoryError, What, moment_of_name};
pub use judge::{FINDINGS_MAX, Judgement, Rejection, judge_message};
pub use language::evaluate::Delivery;
pub use lint::{Erratum, Lint, LintOrder, Matter, MatterKind, PairCount, Weight, lint};
pub use mutation::{Mutant, Survey, Written, survey};
pub use retelling::retold;
pub use rulebook::Rulebook;
pub use sampling::generate_accepted;
pub use shrink::shrink;
pub use terms::TermResult;
pub use translation::translated;
pub use value::Value;
pub use variation::vary;
pub use violation::{propose, tell_apart, violate};
pub use witness::{Shown, Side, Witness, WitnessError, WitnessFiles};
