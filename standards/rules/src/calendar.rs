//! Working days: which days count, and the day a term of working days ends.
//!
//! Owns the counting. Does not own the holidays, which are data of the caller, nor the terms of messages,
//! nor the clock. A day is a civil day of the Netherlands, without a time. Everything saturates at the ends
//! of what a date can say: a term that runs off the calendar ends on its last day.
//! Tests: `tests/it/calendar.rs`.

use jiff::SignedDuration;
use jiff::civil::{Date, Weekday};

/// A recognised public holiday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// Its name, for people.
    pub name: String,
    /// When it falls, in every year.
    pub day: HolidayDay,
}

/// The day of a year on which a holiday falls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HolidayDay {
    /// The same month and day in every year; in a year that lacks the day there is no holiday.
    Fixed {
        /// Month, from 1.
        month: i8,
        /// Day of the month, from 1.
        day: i8,
        /// Month and day of the same year that replace it when it falls on a Sunday.
        on_sunday: Option<(i8, i8)>,
    },
    /// A number of days after Easter Sunday; before it when negative.
    Easter {
        /// Days after Easter Sunday.
        offset: i32,
    },
}

/// The days that count as working days: Monday to Friday except holidays (processes 2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    holidays: Vec<Holiday>,
}

impl HolidayDay {
    fn falls_on(&self, date: Date) -> bool {
        match *self {
            Self::Fixed {
                month,
                day,
                on_sunday,
            } => {
                let Ok(usual) = Date::new(date.year(), month, day) else {
                    return false;
                };
                match on_sunday {
                    Some(replacement) if usual.weekday() == Weekday::Sunday => {
                        (date.month(), date.day()) == replacement
                    }
                    _ => date == usual,
                }
            }
            // Counted back to Easter, so that an offset may lead into another year.
            Self::Easter { offset } => date
                .checked_sub(days(i64::from(offset)))
                .is_ok_and(|easter| easter == easter_sunday(easter.year())),
        }
    }
}

impl Calendar {
    /// A calendar with these holidays, in any order.
    #[must_use]
    pub fn new(holidays: Vec<Holiday>) -> Self {
        Self { holidays }
    }

    /// Whether the day is a working day: Monday to Friday and no holiday (processes 2).
    #[must_use]
    pub fn is_workday(&self, date: Date) -> bool {
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        !weekend && !self.holidays.iter().any(|holiday| holiday.day.falls_on(date))
    }

    /// The day itself when it is a working day, else the next working day (processes 2).
    ///
    /// What is received on a non-working day counts as received on that day.
    #[must_use]
    pub fn first_workday_from(&self, date: Date) -> Date {
        let mut current = date;
        while !self.is_workday(current) {
            let Ok(next) = current.tomorrow() else {
                return current;
            };
            current = next;
        }
        current
    }

    /// The day a number of working days after a day, which itself is day 0 whatever day it is (processes 2).
    ///
    /// For a term that starts with an event, such as the start or end of levering (OP271, OP272).
    #[must_use]
    pub fn workdays_after(&self, date: Date, count: u32) -> Date {
        let mut current = date;
        let mut counted = 0;
        while counted < count {
            let Ok(next) = current.tomorrow() else {
                return current;
            };
            current = next;
            if self.is_workday(current) {
                counted += 1;
            }
        }
        current
    }

    /// The day a number of working days after a receipt (processes 2; OP090, OP274, OP346).
    ///
    /// The day of receipt is day 0, or the next working day when it is none.
    #[must_use]
    pub fn workdays_after_receipt(&self, received: Date, count: u32) -> Date {
        self.workdays_after(self.first_workday_from(received), count)
    }
}

/// The day a number of calendar weeks later, working day or not (processes 2; OP274, OP346, OP359).
#[must_use]
pub fn weeks_after(date: Date, weeks: u32) -> Date {
    date.saturating_add(days(7 * i64::from(weeks)))
}

/// Easter Sunday of a year of the Gregorian calendar, also before its introduction.
///
/// A year that a date cannot say gives Easter of the nearest one that it can. Source: the anonymous Gregorian
/// computus (Meeus, Jones and Butcher), whose letters are named here after what they count.
#[must_use]
pub fn easter_sunday(year: i16) -> Date {
    let year = year.clamp(Date::MIN.year(), Date::MAX.year());
    let whole = i32::from(year);
    let golden = whole.rem_euclid(19);
    let century = whole.div_euclid(100);
    let of_century = whole.rem_euclid(100);
    // How far the moon has drifted from the 19 years, and what the century years that do not leap took away.
    let drift = (century - (century + 8).div_euclid(25) + 1).div_euclid(3);
    let epact = (19 * golden + century - century.div_euclid(4) - drift + 15).rem_euclid(30);
    let to_sunday =
        (32 + 2 * century.rem_euclid(4) + 2 * (of_century / 4) - epact - of_century % 4).rem_euclid(7);
    let correction = (golden + 11 * epact + 22 * to_sunday) / 451;
    // Days after 22 March, the first day that Easter can have; at most 34.
    let days_after = epact + to_sunday - 7 * correction;
    let first = Date::new(year, 3, 22).expect("invariant: the year is in range and each has a 22 March");
    first.saturating_add(days(i64::from(days_after)))
}

/// A duration of whole civil days; none of ours comes near the range of a duration.
fn days(number: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * number)
}
