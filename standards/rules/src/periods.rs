//! Periods: closed intervals of days, what they count, and the volume that may be declared in one.
//!
//! Owns the ProductPeriode (TR387, TR388), the month of a delivery (IV076), the maximum a ProductPeriode
//! (TR321) and over an allocation (TR322). Does not own the exception of iWmo Categorie 01 (always 6 weeks),
//! the conversion of hours to minutes, or the bookkeeping of what was approved: those are the caller's.
//! All is arithmetic on day numbers, so a period of thousands of years costs as much as one of a week.
//! Volumes are in the unit of the allocation (eurocents for Eenheid 83); products saturate.
//! Tests: `tests/it/periods.rs`, `maxima.rs` and `period_laws.rs`.

use jiff::SignedDuration;
use jiff::civil::{Date, date};

/// A closed interval of days; without an end it goes on for ever.
///
/// With an end before its begin it has no days: it contains nothing and overlaps nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    /// First day.
    pub begin: Date,
    /// Last day, none when open.
    pub end: Option<Date>,
}

/// Over what the Volume of an Omvang is given (Frequentie; TR321, TR322).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Frequency {
    /// Each day (1).
    Day,
    /// Each ISO week (2).
    Week,
    /// Each calendar month (4).
    Month,
    /// The whole allocation (6).
    Total,
}

impl Period {
    /// Whether the two have a day in common (TR302: the last day of one and the first of the other count).
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let common = Self {
            begin: self.begin.max(other.begin),
            end: earliest(self.end, other.end),
        };
        common.contains(common.begin)
    }

    /// Whether the day lies in it, the first and the last day included.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.begin <= day && self.end.is_none_or(|end| day <= end)
    }
}

/// The number of days of a period; 0 when it has none.
#[must_use]
pub fn days(begin: Date, end: Date) -> i64 {
    (day_number(end) - day_number(begin) + 1).max(0)
}

/// The number of ISO weeks a period touches, a broken week counting as 1; 0 when it has no days (IV077).
///
/// Weeks run from Monday to Sunday and differ when their year does: they are counted, not subtracted by
/// number.
#[must_use]
pub fn iso_weeks(begin: Date, end: Date) -> i64 {
    if end < begin {
        0
    } else {
        week_number(end) - week_number(begin) + 1
    }
}

/// The number of calendar months a period touches, a broken one counting as 1; 0 when it has no days (TR322).
#[must_use]
pub fn months(begin: Date, end: Date) -> i64 {
    if end < begin {
        0
    } else {
        month_number(end) - month_number(begin) + 1
    }
}

/// The number of Sundays in a period; 0 when it has no days (IV077).
#[must_use]
pub fn sundays(begin: Date, end: Date) -> i64 {
    if end < begin {
        0
    } else {
        sundays_before(day_number(end) + 1) - sundays_before(day_number(begin))
    }
}

/// The one valid ProductPeriode (first and last day) of an allocation in a month (year, month); processes
/// 9.1, TR387, TR388.
///
/// None when the allocation has no day in the month, or the month does not exist. Start and stop dates of
/// delivery play no part.
#[must_use]
pub fn product_period(begin: Date, end: Option<Date>, month: (i16, i8)) -> Option<(Date, Date)> {
    let first = Date::new(month.0, month.1, 1).ok()?;
    let last = first.last_of_month();
    let period = (first.max(begin), end.map_or(last, |end| end.min(last)));
    (period.0 <= period.1).then_some(period)
}

/// The month (year, month) in which a delivery under a weekly allocation is declared; processes 9.2, IV076.
///
/// By effort: the month of the delivery. By output: the month of the Sunday that ends its ISO week, or, when
/// the allocation ends before that Sunday, the month of the last Sunday up to that end. That is the letter of
/// the facts; for an allocation without any Sunday it may name an earlier month than [`output_weeks`] allows.
#[must_use]
pub fn declared_in(delivery: Date, allocation_end: Option<Date>, is_output: bool) -> (i16, i8) {
    let decisive = if is_output {
        let days_to_sunday = 6 - i64::from(delivery.weekday().to_monday_zero_offset());
        let sunday = delivery.saturating_add(day_span(days_to_sunday));
        match allocation_end {
            Some(end) if end < sunday => {
                end.saturating_sub(day_span(i64::from(end.weekday().to_sunday_zero_offset())))
            }
            _ => sunday,
        }
    } else {
        delivery
    };
    (decisive.year(), decisive.month())
}

/// The maximum volume of one ProductPeriode; processes 9.3 and 9.4, TR321, IV077, IV078.
///
/// `part` is the ProductPeriode and is counted as it is given: that it fits in the allocation is for TR307,
/// TR308, TR387 and TR388. A part without days has a maximum of 0. A broken week by effort and a broken month
/// count in full. The total over the allocation holds as well: [`total_maximum`].
#[must_use]
pub fn maximum(
    frequency: Frequency,
    is_output: bool,
    volume: i128,
    part: (Date, Date),
    allocation: (Date, Option<Date>),
) -> i128 {
    let times = match frequency {
        Frequency::Day => days(part.0, part.1),
        Frequency::Week if is_output => output_weeks(part, allocation),
        Frequency::Week => iso_weeks(part.0, part.1),
        Frequency::Month | Frequency::Total => i64::from(part.0 <= part.1),
    };
    volume.saturating_mul(i128::from(times))
}

/// The maximum volume over a whole allocation, first to last day; processes 9.3 and 9.4, TR322.
///
/// By output it is the sum of its months, which comes to the same number of weeks as by effort. Of days, weeks and months
/// that are none it is 0; a volume of the whole is what it is.
#[must_use]
pub fn total_maximum(frequency: Frequency, is_output: bool, volume: i128, begin: Date, end: Date) -> i128 {
    let times = match frequency {
        Frequency::Day => days(begin, end),
        Frequency::Week if is_output => output_weeks((begin, end), (begin, Some(end))),
        Frequency::Week => iso_weeks(begin, end),
        Frequency::Month => months(begin, end),
        // The volume is of the whole, whatever that is.
        Frequency::Total => 1,
    };
    volume.saturating_mul(i128::from(times))
}

/// The number of weeks that may be declared by output in one ProductPeriode; processes 9.3, IV076, IV077.
///
/// The Sundays in the part, plus 1 for a broken last week when the allocation does not end on a Sunday and
/// its last Sunday lies in the part. An allocation without a Sunday is 1 week, in the part with its last day
/// (not in IV077; TR321). An open allocation has no broken last week.
#[must_use]
pub fn output_weeks(part: (Date, Date), allocation: (Date, Option<Date>)) -> i64 {
    let whole = sundays(part.0, part.1);
    let Some(end) = allocation.1 else { return whole };
    if end < allocation.0 {
        return whole;
    }
    let end = day_number(end);
    let last_sunday = end - (end + 1).rem_euclid(7);
    if last_sunday == end {
        return whole;
    }
    let has_sunday = last_sunday >= day_number(allocation.0);
    let broken_week_goes_to = if has_sunday { last_sunday } else { end };
    let holds = (day_number(part.0)..=day_number(part.1)).contains(&broken_week_goes_to);
    whole + i64::from(holds)
}

/// Days since a Monday: a multiple of 7 is a Monday, one less a Sunday.
fn day_number(day: Date) -> i64 {
    const A_MONDAY: Date = date(1, 1, 1);
    // Civil days have 24 hours each, so this division leaves nothing.
    day.duration_since(A_MONDAY).as_hours() / 24
}

fn week_number(day: Date) -> i64 {
    day_number(day).div_euclid(7)
}

fn month_number(day: Date) -> i64 {
    12 * i64::from(day.year()) + i64::from(day.month())
}

/// Sundays from the fixed Monday up to, not including, a day number; negative before that Monday.
fn sundays_before(number: i64) -> i64 {
    // A Sunday is behind us once the Monday after it has come.
    number.div_euclid(7)
}

fn earliest(one: Option<Date>, other: Option<Date>) -> Option<Date> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// A duration of at most a few days.
fn day_span(number: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * number)
}
