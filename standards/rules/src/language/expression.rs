//! Expressions as they are asked: every name resolved, every type checked.

use std::sync::Arc;

use kp_model::{CodeList, ElementId, Pattern, SchemaVersions};

use super::builtin::Builtin;
use super::syntax::Operator;
use super::types::Type;
use crate::value::Value;

/// What a text may be held against.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// A pattern of the schema language.
    Pattern(Arc<Pattern>),
    /// The versions of a schema that the release accepts.
    Version(SchemaVersions),
}

impl Form {
    pub(crate) fn fits(&self, text: &str) -> bool {
        match self {
            Self::Pattern(pattern) => pattern.matches(text),
            Self::Version(versions) => versions.accepts(text),
        }
    }
}

/// An expression.
#[derive(Clone, Debug)]
pub(crate) enum Expr {
    Constant(Value<'static>),
    /// The value of an element.
    Path(Path),
    /// A column of a row.
    Column {
        slot: usize,
        column: usize,
    },
    /// A fact about the message itself.
    Moment(Moment),
    Exists(Box<Expr>),
    Not(Box<Expr>),
    Minus(Box<Expr>),
    Binary {
        operator: Operator,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// Whether a code has a property: whether it is one of these, sorted.
    OneOf {
        of: Box<Expr>,
        values: Vec<Value<'static>>,
    },
    /// The value of a property of a code.
    Property {
        of: Box<Expr>,
        list: Arc<CodeList>,
        name: Box<str>,
        is_number: bool,
    },
    /// Whether a text has a form.
    Matches {
        of: Box<Expr>,
        form: Form,
    },
    If {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    Quantifier(Box<Quantifier>),
    Call {
        builtin: Builtin,
        arguments: Vec<Expr>,
    },
    /// Whether the logical key of the class that is judged has not been seen before in the message.
    Unique,
    /// Whether these values together have not been seen before where this is asked; `number` tells what asks.
    Once {
        number: usize,
        values: Vec<Expr>,
    },
}

/// A fact about the delivery of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The day on which it is judged.
    Today,
    /// The day on which it was received.
    Received,
    /// The day on which it was sent.
    Sent,
}

/// The way to an element: from an enclosing instance of `anchor`, down these steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) slot: usize,
    pub(crate) anchor: ElementId,
    pub(crate) down: Vec<ElementId>,
    pub(crate) kind: ValueKind,
}

/// How the characters of an element become a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Text,
    Integer,
    Date,
    Time,
    /// A class: it is only asked whether it is there.
    Presence,
}

impl ValueKind {
    pub(crate) fn of(of: &Type) -> Self {
        match of {
            Type::Integer | Type::Ratio => Self::Integer,
            Type::Date => Self::Date,
            Type::Time => Self::Time,
            Type::Text | Type::Code(_) | Type::Boolean | Type::Any => Self::Text,
        }
    }
}

/// A statement about rows of a view or about elements.
#[derive(Clone, Debug)]
pub(crate) struct Quantifier {
    pub(crate) word: Word,
    pub(crate) source: Source,
    /// Expressions over what is judged that the keys of the source must equal.
    pub(crate) keys: Vec<Expr>,
    pub(crate) body: Option<Expr>,
    pub(crate) access: Access,
}

/// What is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Any,
    None,
    All,
    Count,
    Sum,
    Greatest,
    Least,
    /// The body of the one row there is; absent without a row.
    The,
}

/// What a quantifier goes over.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    View {
        view: usize,
        /// Rows of this message do not count.
        earlier: bool,
        /// A view that may lack rows: what it does not say is not known.
        is_open: bool,
        index: usize,
    },
    Elements {
        anchor: ElementId,
        down: Vec<ElementId>,
        /// The keys below each element.
        keys: Vec<Path>,
        /// The number of the index that the evaluator keeps, when there are keys.
        index: usize,
    },
}

/// How the rows that matter are found.
#[derive(Clone, Debug)]
pub(crate) enum Access {
    /// The body is asked of each row with the keys.
    Scan,
    /// Only whether there are such rows, or how many.
    Presence,
    /// The sum is kept.
    Sum,
    /// The rows are kept in the order of a column; the comparison is asked of the outermost.
    Ordered { operator: Operator, with: Expr },
    /// The outermost row of that order itself.
    Outermost,
    /// The rows are kept by their periods.
    Overlap { begin: Expr, end: Expr },
}

/// An index that a view must keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexSpec {
    pub(crate) view: usize,
    pub(crate) columns: Vec<usize>,
    pub(crate) shape: Shape,
}

/// What an index keeps of the rows with equal keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Rows,
    Sum(usize),
    Ordered(usize),
    Overlap(usize, usize),
}

/// An expression with the parts that must all hold, for explanations.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) expr: Expr,
    pub(crate) conjuncts: Vec<Conjunct>,
}

/// One of the parts that must all hold.
#[derive(Clone, Debug)]
pub(crate) struct Conjunct {
    pub(crate) expr: Expr,
    /// Both sides of a comparison, with its sign.
    pub(crate) sides: Option<(Side, Operator, Side)>,
    /// The elements and columns that it looks at.
    pub(crate) looks_at: Vec<(Box<str>, Expr)>,
}

/// A side of a comparison.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    pub(crate) text: Box<str>,
    pub(crate) expr: Expr,
}
