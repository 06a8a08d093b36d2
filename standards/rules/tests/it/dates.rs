//! Dates for the other tests: written short, or drawn.

use jiff::SignedDuration;
use jiff::civil::{Date, date};
use proptest::prelude::*;

/// A date as the tables write it: 2026-04-30.
pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub(crate) fn plus(day: Date, number: i64) -> Date {
    day.saturating_add(SignedDuration::from_hours(24 * number))
}

/// Any day of 1600 to 2399, a whole cycle of the calendar on either side of today's.
pub(crate) fn any_day() -> impl Strategy<Value = Date> {
    (0_i64..292_194).prop_map(|number| plus(date(1600, 1, 1), number))
}

/// A day at or near either end of what a date can say, or anywhere between.
pub(crate) fn extreme_day() -> impl Strategy<Value = Date> {
    prop_oneof![
        (0_i64..20).prop_map(|number| plus(Date::MIN, number)),
        (0_i64..20).prop_map(|number| plus(Date::MAX, -number)),
        (0_i64..7_304_000).prop_map(|number| plus(Date::MIN, number)),
    ]
}
