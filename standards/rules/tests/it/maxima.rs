//! Weeks and maxima: processes 9.3 and 9.4, and the worked rules TR321 and TR322.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kp_rules::amounts::hours_of_minutes;
use kp_rules::periods::{Frequency, declared_in, iso_weeks, maximum, total_maximum};

use crate::dates::{day, plus};
use crate::periods::{parts, period};

pub(crate) const BY_EFFORT: bool = false;
pub(crate) const BY_OUTPUT: bool = true;

pub(crate) fn maxima(
    frequency: Frequency,
    is_output: bool,
    volume: i128,
    allocation: (Date, Date),
) -> Vec<i128> {
    let most = |part| {
        maximum(
            frequency,
            is_output,
            volume,
            part,
            (allocation.0, Some(allocation.1)),
        )
    };
    parts(allocation).into_iter().map(most).collect()
}

pub(crate) fn cap(frequency: Frequency, is_output: bool, volume: i128, (begin, end): (Date, Date)) -> i128 {
    total_maximum(frequency, is_output, volume, begin, end)
}

#[test]
fn weekly_maxima_are_those_worked_out_in_the_facts() {
    // allocation, volume, maxima by effort, their sum, total, maxima by output
    type Row = (&'static str, i128, &'static [i128], i128, i128, &'static [i128]);
    let rows: [Row; 12] = [
        // processes 9.3
        ("2025-07-07/2025-09-07", 3, &[12, 15, 3], 30, 27, &[9, 15, 3]),
        // by effort not in the facts: 4, 5 and 1 weeks
        (
            "2025-07-07/2025-09-06",
            300,
            &[1200, 1500, 300],
            3000,
            2700,
            &[900, 1800, 0],
        ),
        ("2025-10-07/2025-12-30", 3, &[12, 15, 15], 42, 39, &[9, 15, 15]),
        ("2026-02-02/2026-05-15", 1, &[4, 6, 5, 3], 18, 15, &[3, 5, 4, 3]),
        ("2026-02-02/2026-04-03", 1, &[4, 6, 1], 11, 9, &[3, 6, 0]),
        (
            "2026-03-09/2026-06-28",
            2,
            &[8, 10, 10, 8],
            36,
            32,
            &[6, 8, 10, 8],
        ),
        ("2025-12-15/2026-01-18", 2, &[6, 6], 12, 10, &[4, 6]),
        ("2025-12-15/2026-01-15", 150, &[450, 450], 900, 750, &[300, 450]),
        ("2026-12-14/2027-01-10", 2, &[6, 4], 10, 8, &[4, 4]),
        ("2026-01-01/2026-03-31", 5, &[25, 25, 30], 80, 70, &[20, 20, 30]),
        // rules.md TR321 and TR322: hours by effort, then eurocents by output
        ("2026-02-11/2026-04-17", 4, &[12, 24, 12], 48, 40, &[8, 20, 12]),
        (
            "2026-02-11/2026-04-17",
            25_000,
            &[75_000, 150_000, 75_000],
            300_000,
            250_000,
            &[50_000, 125_000, 75_000],
        ),
    ];
    for (text, volume, effort, sum, total, output) in rows {
        let allocation = period(text);
        assert_eq!(
            maxima(Frequency::Week, BY_EFFORT, volume, allocation),
            effort,
            "{text} by effort"
        );
        assert_eq!(effort.iter().sum::<i128>(), sum, "{text}");
        assert_eq!(
            cap(Frequency::Week, BY_EFFORT, volume, allocation),
            total,
            "{text} in total"
        );
        assert_eq!(
            maxima(Frequency::Week, BY_OUTPUT, volume, allocation),
            output,
            "{text} by output"
        );
        assert_eq!(
            cap(Frequency::Week, BY_OUTPUT, volume, allocation),
            total,
            "{text} in total, by output"
        );
    }
}

#[test]
fn weeks_are_counted_as_the_facts_count_them() {
    // rules.md TR321: weeks 7-9, 9-14 and 14-16; processes 9.3 and 9.4: March 2026, W49-W01, 12 November
    let rows = [
        ("2026-02-11/2026-02-28", 3),
        ("2026-03-01/2026-03-31", 6),
        ("2026-04-01/2026-04-17", 3),
        ("2025-12-01/2025-12-30", 5),
        ("2025-11-12/2025-11-30", 3),
        ("2026-11-12/2026-11-30", 4),
        ("2026-02-11/2026-04-17", 10),
    ];
    for (text, weeks) in rows {
        let (begin, end) = period(text);
        assert_eq!(iso_weeks(begin, end), weeks, "{text}");
    }
    // In minutes the volume is 60 times the hours: 1440 in March.
    let allocation = (day("2026-02-11"), Some(day("2026-04-17")));
    let march = period("2026-03-01/2026-03-31");
    assert_eq!(
        maximum(Frequency::Week, BY_EFFORT, 4 * 60, march, allocation),
        1440
    );
}

#[test]
fn the_full_example_stays_under_its_maxima() {
    // IV076, arithmetic corrected in processes 9.3: 2.5 hours every Thursday, 3 hours a week.
    let allocation = period("2025-07-07/2025-09-07");
    let thursdays = (0..)
        .map(|week| plus(day("2025-07-10"), 7 * week))
        .take_while(|day| *day <= allocation.1);
    let mut minutes = BTreeMap::new();
    for thursday in thursdays {
        *minutes
            .entry(declared_in(thursday, Some(allocation.1), BY_EFFORT))
            .or_insert(0) += 150;
    }
    let hours: Vec<_> = minutes.values().map(|total| hours_of_minutes(*total)).collect();
    assert_eq!(hours, [10, 10, 3]);
    assert_eq!(maxima(Frequency::Week, BY_EFFORT, 3, allocation), [12, 15, 3]);
    assert_eq!(
        (
            hours.iter().sum::<i128>(),
            cap(Frequency::Week, BY_EFFORT, 3, allocation)
        ),
        (23, 27)
    );
}

#[test]
fn an_allocation_without_a_sunday_is_one_week_in_the_month_of_its_end() {
    let rows: [(&str, &[i128]); 2] = [
        ("2026-06-08/2026-06-12", &[1]),
        ("2026-06-29/2026-07-03", &[0, 1]),
    ];
    for (text, expected) in rows {
        assert_eq!(
            maxima(Frequency::Week, BY_OUTPUT, 1, period(text)),
            expected,
            "{text}"
        );
        assert_eq!(cap(Frequency::Week, BY_OUTPUT, 1, period(text)), 1, "{text}");
    }
}

#[test]
fn other_frequencies_follow_the_facts() {
    let rows: [(Frequency, i128, &str, &[i128], i128); 6] = [
        // processes 9.4, IV078
        (Frequency::Month, 15, "2024-10-10/2024-12-13", &[15, 15, 15], 45),
        (Frequency::Week, 3, "2025-11-12/2025-11-30", &[9], 9),
        (Frequency::Week, 3, "2026-11-12/2026-11-30", &[12], 12),
        // rules.md, Other frequencies
        (Frequency::Month, 12, "2026-09-21/2026-09-30", &[12], 12),
        (Frequency::Total, 80, "2026-05-20/2026-07-05", &[80, 80, 80], 80),
        (Frequency::Day, 2, "2026-06-01/2026-06-30", &[60], 60),
    ];
    for (frequency, volume, text, expected, total) in rows {
        assert_eq!(
            maxima(frequency, BY_EFFORT, volume, period(text)),
            expected,
            "{frequency:?} {text}"
        );
        assert_eq!(
            cap(frequency, BY_EFFORT, volume, period(text)),
            total,
            "{frequency:?} {text}"
        );
    }
}

#[test]
fn what_may_be_delivered_in_all_is_so_whatever_was_claimed_before_it_began() {
    // An open allocation has its last claimed day for an end, which may lie before its begin (TR307 is broken then).
    let (begin, claimed) = (day("2021-07-01"), day("2021-06-30"));
    assert_eq!(total_maximum(Frequency::Total, BY_EFFORT, 7, begin, claimed), 7);
    for frequency in [Frequency::Day, Frequency::Month] {
        assert_eq!(total_maximum(frequency, BY_EFFORT, 7, begin, claimed), 0);
    }
}
