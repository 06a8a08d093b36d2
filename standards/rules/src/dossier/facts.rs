//! Facts that a dossier states beside its messages: their kinds and columns are data of the release.

use std::collections::BTreeMap;
use std::sync::Arc;

use kp_model::{NodeId, did_you_mean};

use crate::language::evaluate::read_date;
use crate::language::types::Type;
use crate::rulebook::{Rulebook, View};
use crate::tables::{Origin, Row, Tables};
use crate::value::Value;

/// A fact: its kind, and a value for each column as a message would write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The kind, as in `contract`.
    pub kind: String,
    /// The values by column.
    pub values: BTreeMap<String, String>,
}

/// Why a fact cannot be stated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FactError {
    /// No release knows such a fact.
    #[error("there is no kind of fact `{kind}`{}", .hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
    Unknown {
        /// The kind that was stated.
        kind: String,
        /// What would be right.
        hint: Option<String>,
    },
    /// The kind has no such column.
    #[error("a fact `{kind}` has no `{column}`{}", .hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
    UnknownColumn {
        /// The kind.
        kind: String,
        /// The column that was stated.
        column: String,
        /// What would be right.
        hint: Option<String>,
    },
    /// A column is missing.
    #[error("a fact `{kind}` needs `{column}`")]
    Missing {
        /// The kind.
        kind: String,
        /// The column.
        column: String,
    },
    /// A value is not of the type of its column.
    #[error("`{value}` is not {wanted}, which `{column}` of a fact `{kind}` is")]
    Misfit {
        /// The kind.
        kind: String,
        /// The column.
        column: String,
        /// The value.
        value: String,
        /// The type.
        wanted: String,
    },
}

/// Whether a release knows such a fact, with these columns and values.
pub(super) fn check(rulebooks: &[Arc<Rulebook>], fact: &Fact) -> Result<(), FactError> {
    let mut first_error = None;
    for rulebook in rulebooks {
        match find(rulebook, &fact.kind).map(|(_, view)| row(view, fact)) {
            Some(Ok(_)) => return Ok(()),
            Some(Err(error)) => first_error = first_error.or(Some(error)),
            None => {}
        }
    }
    let known: Vec<&str> = rulebooks
        .iter()
        .flat_map(|rulebook| rulebook.views.iter().filter(|view| view.is_fact))
        .map(|view| view.name.as_str())
        .collect();
    Err(first_error.unwrap_or_else(|| FactError::Unknown {
        kind: fact.kind.clone(),
        hint: did_you_mean(&fact.kind, known.iter().copied()),
    }))
}

/// Puts a fact into the tables of a pair; one that this release does not know is none of its business.
pub(super) fn insert(rulebook: &Rulebook, tables: &mut Tables, fact: &Fact) {
    if let Some((position, view)) = find(rulebook, &fact.kind)
        && let Ok(cells) = row(view, fact)
    {
        let origin = Origin {
            entry: u32::MAX,
            node: NodeId::ROOT,
        };
        tables.insert(position, Row { cells, origin }, &|_, _| true);
        tables.keep();
    }
}

pub(crate) fn find<'a>(rulebook: &'a Rulebook, kind: &str) -> Option<(usize, &'a View)> {
    rulebook
        .views
        .iter()
        .enumerate()
        .find(|(_, view)| view.is_fact && view.name == kind)
}

pub(crate) fn row(view: &View, fact: &Fact) -> Result<Box<[Value<'static>]>, FactError> {
    if let Some(column) = fact
        .values
        .keys()
        .find(|column| !view.columns.iter().any(|known| known.name == **column))
    {
        return Err(FactError::UnknownColumn {
            kind: fact.kind.clone(),
            column: column.clone(),
            hint: did_you_mean(column, view.columns.iter().map(|known| known.name.as_str())),
        });
    }
    view.columns
        .iter()
        .map(|column| {
            let Some(value) = fact.values.get(&column.name) else {
                return if column.optional {
                    Ok(Value::Absent)
                } else {
                    Err(FactError::Missing {
                        kind: fact.kind.clone(),
                        column: column.name.clone(),
                    })
                };
            };
            let read = match &column.of {
                Type::Integer | Type::Ratio => value.parse().ok().map(Value::Integer),
                Type::Date => read_date(value).map(Value::Date),
                Type::Time => value.parse().ok().map(Value::Time),
                Type::Code(list) if list.find(value).is_none() && !list.is_partial => None,
                Type::Code(_) | Type::Text | Type::Boolean | Type::Any => {
                    Some(Value::Text(value.clone().into()))
                }
            };
            read.ok_or_else(|| FactError::Misfit {
                kind: fact.kind.clone(),
                column: column.name.clone(),
                value: value.clone(),
                wanted: column.of.to_string(),
            })
        })
        .collect()
}
