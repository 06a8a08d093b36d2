//! The rule language: from text to an expression that is checked against a release and ready to be asked.
//!
//! `lexer` and `syntax` read what is written, `check` holds it against the messages and views of a release, `evaluate`
//! asks it of a message. Grammar and words: `docs/rule-language.md`. Tests: `tests/it/language.rs`.

pub(crate) mod builtin;
pub(crate) mod check;
pub(crate) mod evaluate;
pub(crate) mod expression;
mod lexer;
pub(crate) mod syntax;
pub(crate) mod types;

use std::ops::Range;

/// What is wrong with an expression, by the bytes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) range: Range<usize>,
    pub(crate) what: String,
    pub(crate) hint: Option<String>,
}

impl Problem {
    pub(crate) fn new(range: Range<usize>, what: impl Into<String>) -> Self {
        Self {
            range,
            what: what.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}
