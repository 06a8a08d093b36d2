//! Golden messages: what a message of the system under test must say beside what a sentence asks of it.
//!
//! | To change | open |
//! | --- | --- |
//! | what a pattern file may say | `pattern.rs`, `value.rs`, `sentence.rs` |
//! | what is refused when a pattern is held against a release and a scenario | `bind.rs`, `names.rs` |
//! | how a message is held against a pattern | `compare.rs` |
//! | which pattern belongs to which message | `patterns.rs` |
//! | what is told of a message that is otherwise | `judge.rs` |
//! | the messages of our reference suppliers, held by bytes | `reference.rs` |
//!
//! A pattern says only what a sentence or a rule determines; everything else in the message is free. Whether a message
//! came, from whom, to whom and when, is the business of the steps. The form is described in `docs/golden.md`.
//! Tests: below each file, and the proofs over all patterns in `proof.rs`.

mod bind;
mod compare;
mod judge;
mod names;
mod pattern;
mod patterns;
#[cfg(test)]
mod proof;
mod reference;
mod sentence;
mod value;

pub(crate) use judge::judge_claimed;
pub use pattern::PatternFault;
pub(crate) use patterns::{Patterns, embedded_patterns};
pub(crate) use reference::judge_reference;
pub use reference::{REFERENCE_SEED, keep_reference};
