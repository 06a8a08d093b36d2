//! Values of the rule language, borrowed from the message where they can be.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use jiff::civil::{Date, Time};

/// A value. Equality, order and hash make sense between values of one kind, which the loader sees to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value<'a> {
    /// The element or column is not there.
    Absent,
    /// It is not known: a source outside the messages was not given.
    Unknown,
    /// A truth.
    Boolean(bool),
    /// A whole number.
    Integer(i128),
    /// An exact fraction in lowest terms, the denominator above zero and not one.
    Ratio(Box<(i128, i128)>),
    /// A day.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A text or a code.
    Text(Cow<'a, str>),
}

impl Value<'_> {
    /// The value with a text of its own.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Absent => Value::Absent,
            Self::Unknown => Value::Unknown,
            Self::Boolean(truth) => Value::Boolean(truth),
            Self::Integer(number) => Value::Integer(number),
            Self::Ratio(ratio) => Value::Ratio(ratio),
            Self::Date(date) => Value::Date(date),
            Self::Time(time) => Value::Time(time),
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
        }
    }

    /// Numerator and denominator of a number.
    pub(crate) fn fraction(&self) -> Option<(i128, i128)> {
        match self {
            Self::Integer(number) => Some((*number, 1)),
            Self::Ratio(ratio) => Some(**ratio),
            _ => None,
        }
    }

    /// The number of a fraction, in lowest terms; unknown when it cannot be held.
    pub(crate) fn number(numerator: i128, denominator: i128) -> Value<'static> {
        if denominator == 0 {
            return Value::Unknown;
        }
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs()).max(1);
        let Ok(divisor) = i128::try_from(divisor) else {
            return Value::Unknown;
        };
        let sign = if denominator < 0 { -1 } else { 1 };
        match (
            (numerator / divisor).checked_mul(sign),
            (denominator / divisor).checked_mul(sign),
        ) {
            (Some(numerator), Some(1)) => Value::Integer(numerator),
            (Some(numerator), Some(denominator)) => Value::Ratio(Box::new((numerator, denominator))),
            _ => Value::Unknown,
        }
    }

    /// How two known values of one kind compare; none when either is absent or not known.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Absent | Self::Unknown, _) | (_, Self::Absent | Self::Unknown) => None,
            _ => Some(self.cmp(other)),
        }
    }

    /// Tells kinds apart, so that values of different kinds have an order too.
    fn rank(&self) -> u8 {
        match self {
            Self::Absent => 0,
            Self::Unknown => 1,
            Self::Boolean(_) => 2,
            Self::Integer(_) | Self::Ratio(..) => 3,
            Self::Date(_) => 4,
            Self::Time(_) => 5,
            Self::Text(_) => 6,
        }
    }
}

impl PartialOrd for Value<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Numbers by their size, whole or not: indexes that are kept in order rest on it.
impl Ord for Value<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => one.cmp(other),
            (Self::Boolean(one), Self::Boolean(other)) => one.cmp(other),
            (Self::Date(one), Self::Date(other)) => one.cmp(other),
            (Self::Time(one), Self::Time(other)) => one.cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            _ => match (self.fraction(), other.fraction()) {
                (Some(one), Some(other)) => compare_fractions(one, other),
                _ => self.rank().cmp(&other.rank()),
            },
        }
    }
}

/// Compares whole parts, and where these are equal what is left, turned upside down: no product can overflow.
fn compare_fractions((mut a, mut b): (i128, i128), (mut c, mut d): (i128, i128)) -> Ordering {
    loop {
        let whole = a.div_euclid(b).cmp(&c.div_euclid(d));
        let (rest, other_rest) = (a.rem_euclid(b), c.rem_euclid(d));
        if whole.is_ne() || rest == 0 || other_rest == 0 {
            return whole.then(rest.cmp(&other_rest));
        }
        (a, b, c, d) = (d, other_rest, b, rest);
    }
}

fn gcd(mut one: u128, mut other: u128) -> u128 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

/// The value as a message writes it; what is absent or not known is a dash or a question mark.
impl fmt::Display for Value<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => formatter.write_str("-"),
            Self::Unknown => formatter.write_str("?"),
            Self::Boolean(truth) => truth.fmt(formatter),
            Self::Integer(number) => number.fmt(formatter),
            Self::Ratio(ratio) => write!(formatter, "{}/{}", ratio.0, ratio.1),
            Self::Date(date) if *date == Date::MAX => formatter.write_str("onbepaald"),
            Self::Date(date) => date.fmt(formatter),
            Self::Time(time) => time.fmt(formatter),
            Self::Text(text) => formatter.write_str(text),
        }
    }
}
