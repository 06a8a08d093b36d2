//! The functions of the language that come from Rust, with the types they take and give.

use super::types::Type;

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    /// A date as the number yyyymmdd.
    Yyyymmdd,
    /// Whether nine digits pass the eleven test of a burgerservicenummer.
    Elfproef,
    /// A number rounded half up to a whole one.
    Round,
    /// The greater of two.
    Greater,
    /// The smaller of two.
    Smaller,
    /// Whether two values are equal, or both absent.
    Same,
    /// Whether two periods share a day; an absent end is open.
    Overlaps,
    Within,
    /// The day so many working days after another.
    WorkdaysAfter,
    /// The same day so many months earlier, or the last day of a month that is shorter.
    MonthsBefore,
    /// The most that may be delivered of an allocation as a whole.
    TotalMaximum,
    /// Round half up of an hour tariff over 60.
    MinuteTariff,
    /// Round half up of hour tariff times minutes over 60.
    MinutesAmount,
    /// Days from one day up to another, both included.
    Days,
    /// The first day of the month of a day.
    MonthBegin,
    /// The last day of the month of a day.
    MonthEnd,
    /// The first day of the year of a day.
    YearBegin,
    /// The most that may be delivered of an allocation in one period.
    PeriodMaximum,
}

/// What a function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    Date,
    OptionalDate,
    Integer,
    Number,
    Text,
    Boolean,
    /// Anything comparable, of one type with the other such arguments.
    Like,
    /// The same, and it may be absent.
    OptionalLike,
}

impl Builtin {
    /// The function of a name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, builtin)| *builtin)
    }

    /// Every function by name; `exists` and `unique` are part of the language itself.
    pub(crate) const ALL: [(&'static str, Self); 18] = [
        ("yyyymmdd", Self::Yyyymmdd),
        ("elfproef", Self::Elfproef),
        ("round", Self::Round),
        ("greater", Self::Greater),
        ("smaller", Self::Smaller),
        ("same", Self::Same),
        ("overlaps", Self::Overlaps),
        ("within", Self::Within),
        ("workdays_after", Self::WorkdaysAfter),
        ("months_before", Self::MonthsBefore),
        ("total_maximum", Self::TotalMaximum),
        ("minute_tariff", Self::MinuteTariff),
        ("minutes_amount", Self::MinutesAmount),
        ("days", Self::Days),
        ("month_begin", Self::MonthBegin),
        ("month_end", Self::MonthEnd),
        ("year_begin", Self::YearBegin),
        ("period_maximum", Self::PeriodMaximum),
    ];

    /// What it takes, in order, and how to write it.
    pub(crate) fn takes(self) -> (&'static [Takes], &'static str) {
        match self {
            Self::Yyyymmdd => (&[Takes::Date], "yyyymmdd(DATE)"),
            Self::Elfproef => (&[Takes::Text], "elfproef(TEXT)"),
            Self::Round => (&[Takes::Number], "round(NUMBER)"),
            Self::Greater => (&[Takes::Like, Takes::Like], "greater(ONE, OTHER)"),
            Self::Smaller => (&[Takes::Like, Takes::Like], "smaller(ONE, OTHER)"),
            Self::Same => (&[Takes::OptionalLike, Takes::OptionalLike], "same(ONE, OTHER)"),
            Self::Overlaps => (
                &[Takes::Date, Takes::OptionalDate, Takes::Date, Takes::OptionalDate],
                "overlaps(BEGIN, END, BEGIN, END)",
            ),
            Self::Within => (
                &[Takes::Date, Takes::OptionalDate, Takes::OptionalDate],
                "within(DAY, BEGIN, END)",
            ),
            Self::WorkdaysAfter => (&[Takes::Date, Takes::Integer], "workdays_after(DATE, NUMBER)"),
            Self::MonthsBefore => (&[Takes::Date, Takes::Integer], "months_before(DATE, NUMBER)"),
            Self::TotalMaximum => (
                &[
                    Takes::Text,
                    Takes::Boolean,
                    Takes::Integer,
                    Takes::Date,
                    Takes::Date,
                ],
                "total_maximum(FREQUENCY, IS_OUTPUT, VOLUME, BEGIN, END)",
            ),
            Self::MinuteTariff => (&[Takes::Integer], "minute_tariff(CENTS_PER_HOUR)"),
            Self::MinutesAmount => (
                &[Takes::Integer, Takes::Integer],
                "minutes_amount(CENTS_PER_HOUR, MINUTES)",
            ),
            Self::Days => (&[Takes::Date, Takes::Date], "days(BEGIN, END)"),
            Self::MonthBegin => (&[Takes::Date], "month_begin(DATE)"),
            Self::MonthEnd => (&[Takes::Date], "month_end(DATE)"),
            Self::YearBegin => (&[Takes::Date], "year_begin(DATE)"),
            Self::PeriodMaximum => (
                &[
                    Takes::Text,
                    Takes::Boolean,
                    Takes::Integer,
                    Takes::Date,
                    Takes::Date,
                    Takes::Date,
                    Takes::OptionalDate,
                ],
                "period_maximum(FREQUENCY, IS_OUTPUT, VOLUME, BEGIN, END, ALLOCATION_BEGIN, ALLOCATION_END)",
            ),
        }
    }

    /// What it gives; `None` for the type of its arguments.
    pub(crate) fn gives(self) -> Option<Type> {
        match self {
            Self::Elfproef | Self::Same | Self::Overlaps | Self::Within => Some(Type::Boolean),
            Self::Yyyymmdd
            | Self::Round
            | Self::TotalMaximum
            | Self::MinuteTariff
            | Self::MinutesAmount
            | Self::Days
            | Self::PeriodMaximum => Some(Type::Integer),
            Self::WorkdaysAfter
            | Self::MonthsBefore
            | Self::MonthBegin
            | Self::MonthEnd
            | Self::YearBegin => Some(Type::Date),
            Self::Greater | Self::Smaller => None,
        }
    }
}
