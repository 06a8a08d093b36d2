//! The types of values, as the datatypes of a release give them to elements.

use std::fmt;
use std::sync::Arc;

use kp_model::{Base, CodeList, SimpleType};

/// A type.
#[derive(Clone, Debug)]
pub(crate) enum Type {
    Boolean,
    Integer,
    /// A fraction; every whole number is one.
    Ratio,
    Date,
    Time,
    Text,
    /// A code of a list.
    Code(Arc<CodeList>),
    /// A fault was told already; anything goes.
    Any,
}

impl Type {
    /// The type of the values of a datatype.
    pub(crate) fn of(datatype: &SimpleType) -> Self {
        match (datatype.base, &datatype.codelist) {
            (Base::Integer, _) => Self::Integer,
            (Base::Date, _) => Self::Date,
            (Base::Time, _) => Self::Time,
            (Base::String, Some(list)) => Self::Code(Arc::clone(list)),
            (Base::String, None) => Self::Text,
        }
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Integer | Self::Ratio | Self::Any)
    }

    /// Whether values of both can be compared.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::Code(one), Self::Code(other)) => one.name == other.name,
            (Self::Integer | Self::Ratio, Self::Integer | Self::Ratio) => true,
            (Self::Boolean, Self::Boolean)
            | (Self::Date, Self::Date)
            | (Self::Time, Self::Time)
            | (Self::Text, Self::Text) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => formatter.write_str("a truth"),
            Self::Integer => formatter.write_str("a whole number"),
            Self::Ratio => formatter.write_str("a number"),
            Self::Date => formatter.write_str("a date"),
            Self::Time => formatter.write_str("a time"),
            Self::Text => formatter.write_str("a text"),
            Self::Code(list) => write!(formatter, "a code of {}", list.name),
            Self::Any => formatter.write_str("a value"),
        }
    }
}
