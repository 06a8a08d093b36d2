//! Simple datatypes: what a value may be, and which facets it breaks.
//!
//! Values are judged as XSD judges them: a string keeps its white space, the other kinds trim it.
//! A facet carries the rule code that the release gives it. Calendar arithmetic is not done here.
//! Tests are at the end of this file.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use crate::pattern::Pattern;
use crate::release::CodeList;

/// A simple datatype of a release (`LDT_…`).
#[derive(Clone, Debug)]
pub struct SimpleType {
    /// The published name.
    pub name: Box<str>,
    /// The kind of value.
    pub base: Base,
    /// The facets, in the order in which they are judged.
    pub facets: Vec<Facet>,
    /// The rule that a value breaks which is not of the base kind at all.
    pub lexical_rule: Option<Box<str>>,
    /// The code list that the values come from, enumerated by the schema or not.
    pub codelist: Option<Arc<CodeList>>,
    /// Where generated values of this type come from, when any schema-valid value will not do.
    pub sample: Option<Sample>,
}

/// The kind of value that a simple datatype restricts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// `xs:string`: white space is kept.
    String,
    /// `xs:integer`: any number of digits, a sign allowed.
    Integer,
    /// `xs:date`.
    Date,
    /// `xs:time`.
    Time,
}

/// One restriction on a value, with the rule it comes from.
#[derive(Clone, Debug)]
pub struct Facet {
    /// What is restricted.
    pub limit: Limit,
    /// The published rule code, where there is one.
    pub rule: Option<Box<str>>,
}

/// What a facet restricts.
#[derive(Clone, Debug)]
pub enum Limit {
    /// At least this many characters.
    MinLength(u32),
    /// At most this many characters.
    MaxLength(u32),
    /// At least this number.
    Min(i64),
    /// At most this number.
    Max(i64),
    /// The whole value matches.
    Pattern(Arc<Pattern>),
    /// The value is one of these, sorted.
    Enumeration(Arc<[Box<str>]>),
    /// The value is written exactly so.
    Fixed(Box<str>),
}

/// A source of generated values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// Only fictive burgerservicenummers of the release's test range that pass the elfproef.
    TestBsn,
}

impl Base {
    /// The name of the base type in the schema language.
    #[must_use]
    pub fn schema_name(self) -> &'static str {
        match self {
            Self::String => "xs:string",
            Self::Integer => "xs:integer",
            Self::Date => "xs:date",
            Self::Time => "xs:time",
        }
    }

    /// The value after the white space treatment of its kind.
    #[must_use]
    pub fn normalise(self, value: &str) -> Cow<'_, str> {
        match self {
            Self::String => Cow::Borrowed(value),
            Self::Integer | Self::Date | Self::Time => {
                let trimmed = value.trim_matches(is_xml_space);
                if trimmed.contains(is_xml_space) {
                    Cow::Owned(
                        trimmed
                            .split(is_xml_space)
                            .filter(|part| !part.is_empty())
                            .collect::<Vec<_>>()
                            .join(" "),
                    )
                } else {
                    Cow::Borrowed(trimmed)
                }
            }
        }
    }

    /// Whether a normalised value is of this kind at all.
    #[must_use]
    pub fn accepts(self, value: &str) -> bool {
        match self {
            Self::String => true,
            Self::Integer => integer_digits(value).is_some(),
            Self::Date => is_date(value),
            Self::Time => is_time(value),
        }
    }
}

/// What a value breaks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Broken<'a> {
    /// It is not of the base kind.
    Lexical(&'a SimpleType),
    /// It breaks a facet.
    Facet(&'a Facet),
}

impl<'a> Broken<'a> {
    /// The published rule code, where there is one.
    pub(crate) fn rule(&self) -> Option<&'a str> {
        match self {
            Self::Lexical(datatype) => datatype.lexical_rule.as_deref(),
            Self::Facet(facet) => facet.rule.as_deref(),
        }
    }
}

impl SimpleType {
    /// Whether a value has no fault, with the facets of its element.
    #[must_use]
    pub fn accepts(&self, value: &str, of_element: &[Facet]) -> bool {
        let value = self.base.normalise(value);
        self.base.accepts(&value)
            && self
                .facets
                .iter()
                .chain(of_element)
                .all(|facet| facet.accepts(&value))
    }

    /// Everything that a value breaks, one entry a rule: two facets of one rule tell the same story.
    pub(crate) fn faults<'a>(&'a self, value: &str, of_element: &'a [Facet]) -> Vec<Broken<'a>> {
        let value = self.base.normalise(value);
        if !self.base.accepts(&value) {
            return vec![Broken::Lexical(self)];
        }
        let mut faults: Vec<Broken<'a>> = Vec::new();
        for facet in self.facets.iter().chain(of_element) {
            let told =
                facet.rule.is_some() && faults.iter().any(|fault| fault.rule() == facet.rule.as_deref());
            if !told && !facet.accepts(&value) {
                faults.push(Broken::Facet(facet));
            }
        }
        faults
    }
}

impl Facet {
    fn accepts(&self, value: &str) -> bool {
        match &self.limit {
            Limit::MinLength(min) => length_at_least(value, *min),
            Limit::MaxLength(max) => length_at_most(value, *max),
            Limit::Min(min) => compare_integer(value, *min) != Some(Ordering::Less),
            Limit::Max(max) => compare_integer(value, *max) != Some(Ordering::Greater),
            Limit::Pattern(pattern) => pattern.matches(value),
            Limit::Enumeration(codes) => codes.binary_search_by(|code| (**code).cmp(value)).is_ok(),
            Limit::Fixed(fixed) => **fixed == *value,
        }
    }
}

/// Whether a character is white space to XML.
pub(crate) fn is_xml_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

fn length_at_least(value: &str, min: u32) -> bool {
    // A character takes at most four bytes, so most values need no counting.
    let min = min as usize;
    value.len() >= min.saturating_mul(4) || value.chars().take(min).count() == min
}

fn length_at_most(value: &str, max: u32) -> bool {
    value.len() <= max as usize || value.chars().nth(max as usize).is_none()
}

/// The sign and the digits without leading zeros of an integer; none when it is no integer.
fn integer_digits(value: &str) -> Option<(bool, &str)> {
    let (negative, digits) = match value.as_bytes().first()? {
        b'-' => (true, &value[1..]),
        b'+' => (false, &value[1..]),
        _ => (false, value),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    Some((negative && !significant.is_empty(), significant))
}

fn compare_integer(value: &str, limit: i64) -> Option<Ordering> {
    let (negative, digits) = integer_digits(value)?;
    // Twenty digits are beyond every limit that an i64 can hold.
    if digits.len() > 19 {
        return Some(if negative {
            Ordering::Less
        } else {
            Ordering::Greater
        });
    }
    let magnitude: i128 = if digits.is_empty() {
        0
    } else {
        digits.parse().ok()?
    };
    let number = if negative { -magnitude } else { magnitude };
    Some(number.cmp(&i128::from(limit)))
}

pub(crate) fn is_date(value: &str) -> bool {
    let (value, zone_ok) = split_zone(value);
    let bytes = value.as_bytes();
    let unsigned = value.strip_prefix('-').unwrap_or(value);
    let Some(year_length) = unsigned.find('-') else {
        return false;
    };
    let (year, rest) = unsigned.split_at(year_length);
    let year_ok = year.len() >= 4
        && year.bytes().all(|byte| byte.is_ascii_digit())
        && (year.len() == 4 || !year.starts_with('0'))
        && year.bytes().any(|byte| byte != b'0');
    let rest = rest.as_bytes();
    if !zone_ok || !year_ok || bytes.is_empty() || rest.len() != 6 || rest[3] != b'-' {
        return false;
    }
    let (Some(month), Some(day)) = (two_digits(&rest[1..3]), two_digits(&rest[4..6])) else {
        return false;
    };
    let leap = {
        // The last four digits decide: 400 divides 10,000.
        let tail: u32 = year[year.len() - 4..].parse().unwrap_or(1);
        tail.is_multiple_of(4) && (!tail.is_multiple_of(100) || tail.is_multiple_of(400))
    };
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn is_time(value: &str) -> bool {
    let (value, zone_ok) = split_zone(value);
    let bytes = value.as_bytes();
    if !zone_ok || bytes.len() < 8 || bytes[2] != b':' || bytes[5] != b':' {
        return false;
    }
    let fraction = &bytes[8..];
    let fraction_ok = fraction.is_empty()
        || (fraction[0] == b'.' && fraction.len() > 1 && fraction[1..].iter().all(u8::is_ascii_digit));
    let (Some(hour), Some(minute), Some(second)) = (
        two_digits(&bytes[0..2]),
        two_digits(&bytes[3..5]),
        two_digits(&bytes[6..8]),
    ) else {
        return false;
    };
    let midnight_at_the_end =
        hour == 24 && minute == 0 && second == 0 && fraction.iter().all(|byte| matches!(byte, b'.' | b'0'));
    fraction_ok && minute < 60 && second < 60 && (hour < 24 || midnight_at_the_end)
}

/// The value without its time zone, and whether that zone, if any, is a zone.
fn split_zone(value: &str) -> (&str, bool) {
    if let Some(rest) = value.strip_suffix('Z') {
        return (rest, true);
    }
    let bytes = value.as_bytes();
    let Some(sign_at) = bytes.len().checked_sub(6) else {
        return (value, true);
    };
    if !matches!(bytes[sign_at], b'+' | b'-') || bytes[sign_at + 3] != b':' {
        return (value, true);
    }
    let zone = &bytes[sign_at + 1..];
    let ok = match (two_digits(&zone[0..2]), two_digits(&zone[3..5])) {
        (Some(hour), Some(minute)) => (hour < 14 && minute < 60) || (hour == 14 && minute == 0),
        _ => false,
    };
    (&value[..sign_at], ok)
}

fn two_digits(bytes: &[u8]) -> Option<u32> {
    match bytes {
        [tens @ b'0'..=b'9', units @ b'0'..=b'9'] => {
            Some(u32::from(tens - b'0') * 10 + u32::from(units - b'0'))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: Base, accepted: &[&str], refused: &[&str]) {
        for value in accepted {
            assert!(
                base.accepts(&base.normalise(value)),
                "{base:?} must accept {value:?}"
            );
        }
        for value in refused {
            assert!(
                !base.accepts(&base.normalise(value)),
                "{base:?} must refuse {value:?}"
            );
        }
    }

    #[test]
    fn integers_may_have_sign_zeros_and_white_space_around() {
        check(
            Base::Integer,
            &["0", "007", "+7", " 7\n", "-0", "99999999999999999999999"],
            &["", "+", "7.0", "1e3", "7 7", "٣"],
        );
        assert_eq!(compare_integer("-0", 0), Some(Ordering::Equal));
        assert_eq!(
            compare_integer("0000000000000000000000007", 7),
            Some(Ordering::Equal)
        );
        assert_eq!(
            compare_integer("99999999999999999999999", i64::MAX),
            Some(Ordering::Greater)
        );
        assert_eq!(
            compare_integer("-99999999999999999999999", i64::MIN),
            Some(Ordering::Less)
        );
    }

    #[test]
    fn dates_are_of_the_calendar() {
        check(
            Base::Date,
            &[
                "2024-02-29",
                "2000-02-29",
                " 2026-01-31 ",
                "12026-01-01",
                "-0044-03-15",
                "2026-04-01Z",
                "2026-04-01+01:00",
            ],
            &[
                "2026-02-29",
                "1900-02-29",
                "2026-06-31",
                "2026-13-01",
                "2026-00-10",
                "26-01-01",
                "2026-1-1",
                "0000-01-01",
                "02026-01-01",
                "2026-01-01+15:00",
                "",
                "-",
                "2026-01-01T00:00:00",
                "٢٠٢٦-01-01",
            ],
        );
    }

    #[test]
    fn times_may_have_a_fraction_and_end_at_midnight() {
        check(
            Base::Time,
            &[
                "12:00:00",
                "23:59:59.123",
                "24:00:00",
                "24:00:00.0",
                "09:30:00Z",
                "09:30:00-05:00",
            ],
            &[
                "24:00:01",
                "12:60:00",
                "12:00:60",
                "12:00",
                "12:00:00.",
                "1:00:00",
                "25:00:00",
                "",
            ],
        );
    }

    #[test]
    fn lengths_count_characters() {
        assert!(length_at_most("éé", 2) && !length_at_most("ééé", 2));
        assert!(length_at_least("éé", 2) && !length_at_least("é", 2) && length_at_least("", 0));
    }
}
