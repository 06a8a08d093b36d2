//! What the functions of the language do. Tests: `tests/it/language.rs`, and those of the modules they come from.

use jiff::Span;
use jiff::civil::Date;

use crate::amounts::{minute_tariff, minutes_amount, round_half_up};
use crate::calendar::Calendar;
use crate::language::builtin::Builtin;
use crate::periods::{self, Frequency, Period};
use crate::value::Value;

/// More days than the calendar has: what can be multiplied by it, no period makes too large to hold.
const DAYS_OF_CALENDAR_MAX: i128 = 10_000_000;

/// The value of a function; unknown when an argument is, or when the result is too large to hold.
pub(super) fn call<'a>(builtin: Builtin, arguments: &[Value<'a>], calendar: &Calendar) -> Value<'a> {
    if arguments.contains(&Value::Unknown) {
        return Value::Unknown;
    }
    match (builtin, arguments) {
        (Builtin::Yyyymmdd, [Value::Date(date)]) => Value::Integer(
            i128::from(date.year()) * 10_000 + i128::from(date.month()) * 100 + i128::from(date.day()),
        ),
        (Builtin::Elfproef, [Value::Text(digits)]) => Value::Boolean(elfproef(digits)),
        (Builtin::Round, [number]) => match number.fraction() {
            Some((numerator, denominator)) => Value::Integer(round_half_up(numerator, denominator)),
            None => Value::Unknown,
        },
        (Builtin::Greater, [one, other]) => match one.compare(other) {
            Some(order) => (if order.is_ge() { one } else { other }).clone(),
            None => Value::Unknown,
        },
        (Builtin::Smaller, [one, other]) => match one.compare(other) {
            Some(order) => (if order.is_le() { one } else { other }).clone(),
            None => Value::Unknown,
        },
        (Builtin::Same, [one, other]) => Value::Boolean(match one.compare(other) {
            Some(order) => order.is_eq(),
            None => one == other,
        }),
        (Builtin::Overlaps, [begin, end, other_begin, other_end]) => {
            match (period(begin, end), period(other_begin, other_end)) {
                (Some(one), Some(other)) => Value::Boolean(one.overlaps(&other)),
                _ => Value::Unknown,
            }
        }
        (Builtin::Within, [Value::Date(day), begin, end]) => {
            // An absent begin is open too: the day itself is early enough.
            let begin = if *begin == Value::Absent {
                &arguments[0]
            } else {
                begin
            };
            match period(begin, end) {
                Some(period) => Value::Boolean(period.contains(*day)),
                None => Value::Unknown,
            }
        }
        (Builtin::WorkdaysAfter, [Value::Date(date), Value::Integer(count)]) => match u32::try_from(*count) {
            Ok(count) => Value::Date(calendar.workdays_after(*date, count)),
            Err(_) => Value::Unknown,
        },
        (Builtin::MonthsBefore, [Value::Date(date), Value::Integer(count)]) => {
            let months = i32::try_from(*count)
                .ok()
                .map(|count| Span::new().try_months(count));
            let earlier = months.and_then(Result::ok).map(|months| date.checked_sub(months));
            earlier.and_then(Result::ok).map_or(Value::Unknown, Value::Date)
        }
        (
            Builtin::TotalMaximum,
            [
                Value::Text(every),
                Value::Boolean(is_output),
                Value::Integer(volume),
                Value::Date(begin),
                Value::Date(end),
            ],
        ) => match frequency(every) {
            Some(frequency)
                if (*end < Date::MAX || frequency == Frequency::Total)
                    && volume.checked_mul(DAYS_OF_CALENDAR_MAX).is_some() =>
            {
                Value::Integer(periods::total_maximum(
                    frequency, *is_output, *volume, *begin, *end,
                ))
            }
            _ => Value::Unknown,
        },
        (Builtin::MinuteTariff, [Value::Integer(tariff)]) => Value::Integer(minute_tariff(*tariff)),
        (Builtin::MinutesAmount, [Value::Integer(tariff), Value::Integer(minutes)])
            if tariff.checked_mul(*minutes).is_some() =>
        {
            Value::Integer(minutes_amount(*tariff, *minutes))
        }
        (Builtin::Days, [Value::Date(begin), Value::Date(end)]) => {
            Value::Integer(periods::days(*begin, *end).into())
        }
        (Builtin::MonthBegin, [Value::Date(day)]) => Value::Date(day.first_of_month()),
        (Builtin::MonthEnd, [Value::Date(day)]) => Value::Date(day.last_of_month()),
        (Builtin::YearBegin, [Value::Date(day)]) => Value::Date(day.first_of_year()),
        (
            Builtin::PeriodMaximum,
            [
                Value::Text(every),
                Value::Boolean(is_output),
                Value::Integer(volume),
                Value::Date(begin),
                Value::Date(end),
                allocation_begin,
                allocation_end,
            ],
        ) => match (frequency(every), period(allocation_begin, allocation_end)) {
            (Some(frequency), Some(allocation)) if volume.checked_mul(DAYS_OF_CALENDAR_MAX).is_some() => {
                Value::Integer(periods::maximum(
                    frequency,
                    *is_output,
                    *volume,
                    (*begin, *end),
                    (allocation.begin, allocation.end),
                ))
            }
            _ => Value::Unknown,
        },
        _ => Value::Unknown,
    }
}

/// How the property of a Frequentie names it.
fn frequency(every: &str) -> Option<Frequency> {
    match every {
        "day" => Some(Frequency::Day),
        "week" => Some(Frequency::Week),
        "month" => Some(Frequency::Month),
        "total" => Some(Frequency::Total),
        _ => None,
    }
}

fn period(begin: &Value<'_>, end: &Value<'_>) -> Option<Period> {
    let begin = match begin {
        Value::Date(begin) => *begin,
        _ => return None,
    };
    match end {
        Value::Date(end) => Some(Period {
            begin,
            end: Some(*end),
        }),
        Value::Absent => Some(Period { begin, end: None }),
        _ => None,
    }
}

/// The eleven test: nine digits weighed 9 to 2, the last with -1, add up to a multiple of eleven.
fn elfproef(digits: &str) -> bool {
    let weights = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    digits.len() == weights.len()
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && digits
            .bytes()
            .zip(weights)
            .map(|(digit, weight)| i32::from(digit - b'0') * weight)
            .sum::<i32>()
            % 11
            == 0
}
