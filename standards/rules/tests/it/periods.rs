//! Periods and the ProductPeriode: processes 9.1 and 9.2, and the worked rules TR302 and TR387.

use jiff::civil::Date;
use kp_rules::periods::{Period, declared_in, product_period};

use crate::dates::{day, plus};
use crate::maxima::{BY_EFFORT, BY_OUTPUT};

/// A period as the tables write it: 2026-02-17/2026-05-05.
pub(crate) fn period(text: &str) -> (Date, Date) {
    let (begin, end) = text.split_once('/').expect("two dates");
    (day(begin), day(end))
}

/// The ProductPeriodes of an allocation, month by month.
pub(crate) fn parts((begin, end): (Date, Date)) -> Vec<(Date, Date)> {
    let starts = std::iter::successors(Some(begin.first_of_month()), |first| {
        Some(plus(first.last_of_month(), 1))
    });
    let within = starts.take_while(|first| *first <= end);
    within
        .map(|first| product_period(begin, Some(end), (first.year(), first.month())).unwrap())
        .collect()
}

#[test]
fn product_period_are_months_within_the_allocation() {
    let rows: [(&str, &[&str]); 3] = [
        // processes 9.1
        (
            "2026-02-17/2026-05-05",
            &[
                "2026-02-17/2026-02-28",
                "2026-03-01/2026-03-31",
                "2026-04-01/2026-04-30",
                "2026-05-01/2026-05-05",
            ],
        ),
        (
            "2026-04-08/2026-06-17",
            &[
                "2026-04-08/2026-04-30",
                "2026-05-01/2026-05-31",
                "2026-06-01/2026-06-17",
            ],
        ),
        // rules.md TR387/TR388
        (
            "2026-05-20/2026-07-05",
            &[
                "2026-05-20/2026-05-31",
                "2026-06-01/2026-06-30",
                "2026-07-01/2026-07-05",
            ],
        ),
    ];
    for (allocation, expected) in rows {
        let expected: Vec<_> = expected.iter().map(|text| period(text)).collect();
        assert_eq!(parts(period(allocation)), expected, "{allocation}");
    }
    let (begin, end) = period("2026-05-20/2026-07-05");
    for outside in [
        (2026, 4),
        (2026, 8),
        (2025, 6),
        (2026, 0),
        (2026, 13),
        (i16::MAX, 1),
    ] {
        assert_eq!(product_period(begin, Some(end), outside), None, "{outside:?}");
    }
    // Open-ended: always the last day of the month (TR388).
    assert_eq!(
        product_period(begin, None, (2028, 2)),
        Some(period("2028-02-01/2028-02-29"))
    );
    assert_eq!(product_period(end, Some(begin), (2026, 6)), None);
}

#[test]
fn a_delivery_is_declared_in_the_month_that_the_facts_say() {
    let tuesday = day("2026-03-31");
    let rows = [
        (BY_EFFORT, Some("2026-06-30"), (2026, 3)),
        (BY_OUTPUT, Some("2026-06-30"), (2026, 4)),
        (BY_OUTPUT, Some("2026-04-03"), (2026, 3)),
        (BY_OUTPUT, Some("2026-04-05"), (2026, 4)),
        (BY_OUTPUT, None, (2026, 4)),
    ];
    for (is_output, end, month) in rows {
        assert_eq!(
            declared_in(tuesday, end.map(day), is_output),
            month,
            "{is_output} until {end:?}"
        );
    }
    assert_eq!(declared_in(day("2026-04-05"), None, BY_OUTPUT), (2026, 4));
    assert_eq!(declared_in(Date::MAX, None, BY_OUTPUT), (9999, 12));
}

#[test]
fn periods_overlap_when_they_share_a_day() {
    let open = |begin: &str| Period {
        begin: day(begin),
        end: None,
    };
    let closed = |text: &str| Period {
        begin: period(text).0,
        end: Some(period(text).1),
    };
    let rows = [
        // rules.md TR302
        (
            closed("2026-01-01/2026-06-30"),
            closed("2026-06-30/2026-12-31"),
            true,
        ),
        (
            closed("2026-01-01/2026-06-30"),
            closed("2026-07-01/2026-12-31"),
            false,
        ),
        (closed("2026-01-01/2026-06-30"), open("2026-06-30"), true),
        (closed("2026-01-01/2026-06-30"), open("2026-07-01"), false),
        (open("2026-01-01"), open("2030-01-01"), true),
        (
            closed("2026-01-01/2026-12-31"),
            closed("2026-06-30/2026-06-01"),
            false,
        ),
    ];
    for (one, other, expected) in rows {
        assert_eq!(one.overlaps(&other), expected, "{one:?} {other:?}");
        assert_eq!(other.overlaps(&one), expected, "{other:?} {one:?}");
    }
    let june = closed("2026-06-01/2026-06-30");
    let inside =
        ["2026-05-31", "2026-06-01", "2026-06-30", "2026-07-01"].map(|text| june.contains(day(text)));
    assert_eq!(inside, [false, true, true, false]);
    assert!(open("2026-06-01").contains(Date::MAX));
}
