//! What holds for periods and maxima of any dates: counts against a walk over the days, months against the
//! total, and the month of a delivery against the maximum of that month.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use kp_rules::periods::{
    Frequency, days, declared_in, iso_weeks, maximum, months, output_weeks, product_period, sundays,
    total_maximum,
};
use proptest::prelude::*;

use crate::dates::{any_day, extreme_day, plus};
use crate::maxima::{BY_EFFORT, BY_OUTPUT, cap, maxima};
use crate::periods::parts;

/// An allocation of at most some months.
fn any_allocation() -> impl Strategy<Value = (Date, Date)> {
    (any_day(), 0_i64..150).prop_map(|(begin, length)| (begin, plus(begin, length)))
}

fn each_day((begin, end): (Date, Date)) -> impl Iterator<Item = Date> {
    (0..)
        .map(move |number| plus(begin, number))
        .take_while(move |day| *day <= end)
}

fn iso_week(day: Date) -> (i16, i8) {
    let week = day.iso_week_date();
    (week.year(), week.week())
}

proptest! {
    #[test]
    fn counts_agree_with_a_walk_over_the_days(allocation in any_allocation()) {
        let (begin, end) = allocation;
        let count = |number: usize| i64::try_from(number).unwrap();
        prop_assert_eq!(days(begin, end), count(each_day(allocation).count()));
        let weeks: BTreeSet<_> = each_day(allocation).map(iso_week).collect();
        prop_assert_eq!(iso_weeks(begin, end), count(weeks.len()));
        prop_assert_eq!(months(begin, end), count(parts(allocation).len()));
        let found = each_day(allocation).filter(|day| day.weekday() == Weekday::Sunday).count();
        prop_assert_eq!(sundays(begin, end), count(found));
    }

    #[test]
    fn months_by_effort_allow_the_total_and_months_by_output_are_the_total(allocation in any_allocation()) {
        let effort: i128 = maxima(Frequency::Week, BY_EFFORT, 3, allocation).iter().sum();
        prop_assert!(effort >= cap(Frequency::Week, BY_EFFORT, 3, allocation));
        let output: i128 = maxima(Frequency::Week, BY_OUTPUT, 3, allocation).iter().sum();
        prop_assert_eq!(output, cap(Frequency::Week, BY_OUTPUT, 3, allocation));
        prop_assert_eq!(output, cap(Frequency::Week, BY_EFFORT, 3, allocation));
    }

    /// IV076 and IV077 say the same: the weeks declared in a month are as many as its maximum allows.
    #[test]
    fn deliveries_by_output_fill_each_maximum(allocation in any_allocation()) {
        // Without a Sunday the two differ: IV076 leads to a month before the allocation.
        prop_assume!(sundays(allocation.0, allocation.1) > 0);
        let end = Some(allocation.1);
        let mut weeks: BTreeMap<(i16, i8), BTreeSet<_>> = BTreeMap::new();
        for delivery in each_day(allocation) {
            let sunday = plus(delivery, 6 - i64::from(delivery.weekday().to_monday_zero_offset()));
            weeks.entry(declared_in(delivery, end, BY_OUTPUT)).or_default().insert(sunday);
        }
        for part in parts(allocation) {
            let declared = weeks.get(&(part.0.year(), part.0.month())).map_or(0, BTreeSet::len);
            prop_assert_eq!(i64::try_from(declared).unwrap(), output_weeks(part, (allocation.0, end)));
        }
    }

    #[test]
    fn a_longer_part_never_allows_less(
        given in any_allocation(),
        inner in any_allocation(),
        by in (0_i64..40, 0_i64..40),
    ) {
        let outer = (plus(inner.0, -by.0), plus(inner.1, by.1));
        for frequency in [Frequency::Day, Frequency::Week, Frequency::Month, Frequency::Total] {
            for is_output in [BY_EFFORT, BY_OUTPUT] {
                let allocations = [(given.0, Some(given.1)), (inner.0, Some(inner.1)), (inner.0, None)];
                for allocation in allocations {
                    let most = |part| maximum(frequency, is_output, 7, part, allocation);
                    prop_assert!(most(inner) <= most(outer), "{frequency:?} {is_output} {allocation:?}");
                }
            }
        }
    }

    #[test]
    fn no_date_panics_and_no_days_count_nothing(begin in extreme_day(), end in extreme_day(), volume: i128) {
        prop_assert!(declared_in(begin, Some(end), BY_OUTPUT) <= declared_in(begin, None, BY_OUTPUT));
        let first = product_period(begin, Some(end), (begin.year(), begin.month()));
        prop_assert_eq!(first.map(|part| part.0), (begin <= end).then_some(begin));
        let counts = [days(begin, end), iso_weeks(begin, end), months(begin, end), sundays(begin, end)];
        prop_assert!(counts.iter().all(|count| *count >= 0));
        prop_assert!(begin <= end || counts == [0; 4]);
        for frequency in [Frequency::Day, Frequency::Week, Frequency::Month, Frequency::Total] {
            for is_output in [BY_EFFORT, BY_OUTPUT] {
                let total = total_maximum(frequency, is_output, volume, begin, end);
                let part = maximum(frequency, is_output, volume, (begin, end), (end, Some(begin)));
                let of_whole = if frequency == Frequency::Total { volume } else { 0 };
                prop_assert!(begin <= end || (total, part) == (of_whole, 0));
            }
        }
    }
}
