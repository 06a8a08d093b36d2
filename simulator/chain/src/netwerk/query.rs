//! A question to a register, and what it finds.
//!
//! Its form is that of the data, not of the text that asked it: one root, filters that must all hold, and what is selected
//! under which name. Tests: `tests/it/netwerk`.

use std::cmp::Ordering;

use kp_model::network::{EntityId, FieldContent, Network};

use super::record::Record;

/// A question to a register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The kind of record.
    pub entity: EntityId,
    /// The view beside the core; none for the core itself.
    pub view: Option<String>,
    /// Which records.
    pub filter: Filter,
    /// What of them.
    pub selection: Vec<Selected>,
}

/// Which records are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All of these hold.
    All(Vec<Self>),
    /// One of these holds.
    Any(Vec<Self>),
    /// A value is held against another.
    Test {
        /// The path of the value.
        path: String,
        /// How.
        operator: Operator,
        /// Against what.
        with: Operand,
    },
}

/// How a value is held against another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Neq,
    /// One of.
    In,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// Not greater; what is absent is not.
    Ngt,
    /// Not less; what is absent is not.
    Nlt,
}

/// What a value is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Null.
    Null,
    /// One value.
    One(String),
    /// Values.
    Many(Vec<String>),
}

/// Something that is selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    /// The name under which it is answered.
    pub response: String,
    /// What is asked.
    pub asked: Asked,
    /// What is asked of a group.
    pub below: Vec<Self>,
}

/// What is asked of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// What stands at a path.
    Path(String),
    /// The name of the type that is asked, which is this.
    TypeName(String),
}

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Nothing.
    Null,
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Parts by name, in the order in which they were asked.
    Object(Vec<(String, Self)>),
    /// Parts in order.
    List(Vec<Self>),
}

impl Query {
    /// The values that a record must have at a path, as far as the question says it for every record that it can find: tests
    /// with `eq` that stand under no alternative.
    #[must_use]
    pub fn fixed(&self, path: &str) -> Vec<&Operand> {
        let mut found = Vec::new();
        add_fixed(&self.filter, path, &mut found);
        found
    }

    /// The paths of every value that is selected or held against another.
    #[must_use]
    pub fn paths(&self) -> Vec<&str> {
        let mut paths = Vec::new();
        add_selected(&self.selection, &mut paths);
        add_tested(&self.filter, &mut paths);
        paths
    }

    /// Whether a record is one of those asked for.
    #[must_use]
    pub fn finds(&self, network: &Network, record: &Record) -> bool {
        record.entity == self.entity && holds(network, record, &self.filter)
    }

    /// What is selected of a record.
    #[must_use]
    pub fn select(&self, network: &Network, record: &Record) -> Answered {
        select(network, record, &self.selection)
    }
}

impl Filter {
    /// The same without the tests of which the path and the value are as said.
    pub(super) fn without(self, is_left_out: &impl Fn(&String, &Operand) -> bool) -> Self {
        let all = |parts: Vec<Self>| parts.into_iter().map(|part| part.without(is_left_out)).collect();
        match self {
            Self::All(parts) => Self::All(all(parts)),
            Self::Any(parts) => Self::Any(all(parts)),
            Self::Test { path, with, .. } if is_left_out(&path, &with) => Self::All(Vec::new()),
            test @ Self::Test { .. } => test,
        }
    }
}

fn add_fixed<'a>(filter: &'a Filter, path: &str, found: &mut Vec<&'a Operand>) {
    match filter {
        Filter::All(parts) => parts.iter().for_each(|part| add_fixed(part, path, found)),
        // An alternative of one is none.
        Filter::Any(parts) if parts.len() == 1 => add_fixed(&parts[0], path, found),
        Filter::Any(_) => {}
        Filter::Test {
            path: tested,
            operator: Operator::Eq,
            with,
        } if tested == path => found.push(with),
        Filter::Test { .. } => {}
    }
}

fn add_selected<'a>(selection: &'a [Selected], paths: &mut Vec<&'a str>) {
    for selected in selection {
        if let (Asked::Path(path), true) = (&selected.asked, selected.below.is_empty()) {
            paths.push(path);
        }
        add_selected(&selected.below, paths);
    }
}

fn add_tested<'a>(filter: &'a Filter, paths: &mut Vec<&'a str>) {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().for_each(|part| add_tested(part, paths)),
        Filter::Test { path, .. } => paths.push(path),
    }
}

fn holds(network: &Network, record: &Record, filter: &Filter) -> bool {
    match filter {
        Filter::All(parts) => parts.iter().all(|part| holds(network, record, part)),
        Filter::Any(parts) => parts.iter().any(|part| holds(network, record, part)),
        Filter::Test { path, operator, with } => {
            let value = record.value(network, path);
            let order = |with: &str| {
                value
                    .as_deref()
                    .map(|value| compare(network, record, path, value, with))
            };
            match (operator, with) {
                (Operator::Eq, Operand::Null) => value.is_none(),
                (Operator::Neq, Operand::Null) => value.is_some(),
                (Operator::In, Operand::Many(list)) => {
                    list.iter().any(|with| order(with) == Some(Ordering::Equal))
                }
                (Operator::Eq, Operand::One(with)) => order(with) == Some(Ordering::Equal),
                (Operator::Neq, Operand::One(with)) => order(with) != Some(Ordering::Equal),
                (Operator::Gt, Operand::One(with)) => order(with) == Some(Ordering::Greater),
                (Operator::Gte, Operand::One(with)) => order(with).is_some_and(Ordering::is_ge),
                (Operator::Lt, Operand::One(with)) => order(with) == Some(Ordering::Less),
                (Operator::Lte, Operand::One(with)) => order(with).is_some_and(Ordering::is_le),
                (Operator::Ngt, Operand::One(with)) => order(with) != Some(Ordering::Greater),
                (Operator::Nlt, Operand::One(with)) => order(with) != Some(Ordering::Less),
                (_, Operand::Null | Operand::Many(_)) | (Operator::In, Operand::One(_)) => false,
            }
        }
    }
}

/// Numbers by their size, moments by when they are; dates and times sort as they are written.
fn compare(network: &Network, record: &Record, path: &str, value: &str, with: &str) -> Ordering {
    if path == network.record.established
        && let (Ok(value), Ok(with)) = (value.parse::<jiff::Timestamp>(), with.parse::<jiff::Timestamp>())
    {
        return value.cmp(&with);
    }
    let field = network.entity(record.entity).field(path);
    let is_number = path == network.record.version || field.and_then(|field| field.scalar()) == Some("Int");
    match (is_number, value.parse::<i64>(), with.parse::<i64>()) {
        (true, Ok(value), Ok(with)) => value.cmp(&with),
        _ if is_key(network, record, path) => value.to_ascii_lowercase().cmp(&with.to_ascii_lowercase()),
        _ => value.cmp(with),
    }
}

fn is_key(network: &Network, record: &Record, path: &str) -> bool {
    let entity = network.entity(record.entity);
    path == entity.key
        || entity
            .field(path)
            .is_some_and(|field| matches!(field.content, FieldContent::Reference(_)))
}

fn select(network: &Network, record: &Record, selection: &[Selected]) -> Answered {
    let parts = selection.iter().map(|selected| {
        let answered = match &selected.asked {
            Asked::TypeName(name) => Answered::Text(name.clone()),
            Asked::Path(path) if selected.below.is_empty() => leaf(network, record, path),
            Asked::Path(path) if has_any(record, path) => select(network, record, &selected.below),
            Asked::Path(_) => Answered::Null,
        };
        (selected.response.clone(), answered)
    });
    Answered::Object(parts.collect())
}

/// Whether a group holds anything.
fn has_any(record: &Record, path: &str) -> bool {
    let prefix = format!("{path}/");
    let next = record.values.range(prefix.clone()..).next();
    next.is_some_and(|(known, _)| known.starts_with(&prefix))
}

fn leaf(network: &Network, record: &Record, path: &str) -> Answered {
    let Some(value) = record.value(network, path) else {
        return Answered::Null;
    };
    let field = network.entity(record.entity).field(path);
    let is_number = path == network.record.version || field.and_then(|field| field.scalar()) == Some("Int");
    match value.parse() {
        Ok(number) if is_number => Answered::Number(number),
        _ => Answered::Text(value),
    }
}
