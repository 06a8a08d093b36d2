//! Rounding of hours and amounts: processes 9.5 and 9.6, and the worked rules TR341/TR418/TR346 and IV079.

use kp_rules::amounts::{hours_of_minutes, minute_tariff, minutes_amount, round_half_up};
use proptest::prelude::*;

#[test]
fn a_half_goes_up() {
    let rows = [
        // 1.454 -> 1.45 and 1.455 -> 1.46 euro (IV081), in tenths of cents
        (1454, 10, 145),
        (1455, 10, 146),
        (0, 60, 0),
        (29, 60, 0),
        (30, 60, 1),
        (1, 3, 0),
        (2, 3, 1),
        (7, 1, 7),
        // towards zero, as documented
        (-5, 2, -2),
        (-6, 4, -1),
        (-7, 4, -2),
        (i128::MAX, 1, i128::MAX),
        (i128::MIN, 1, i128::MIN),
        (i128::MAX, i128::MAX, 1),
    ];
    for (numerator, denominator, expected) in rows {
        assert_eq!(
            round_half_up(numerator, denominator),
            expected,
            "{numerator} / {denominator}"
        );
    }
}

#[test]
#[should_panic(expected = "positive")]
fn a_denominator_is_positive() {
    let _ = round_half_up(1, 0);
}

#[test]
fn minutes_become_whole_hours_and_at_least_one() {
    let rows = [
        // processes 9.5
        (390, 7),
        (389, 6),
        (380, 6),
        (90, 2),
        (89, 1),
        (20, 1),
        // rules.md IV079
        (3 * 85, 4),
        (270, 5),
        // the full example of processes 9.3: 2.5 hours in September
        (150, 3),
        (4 * 150, 10),
        (1, 1),
        (0, 0),
        (-90, 0),
    ];
    for (minutes, hours) in rows {
        assert_eq!(hours_of_minutes(minutes), hours, "{minutes} minutes");
    }
}

#[test]
fn an_amount_is_not_the_rounded_tariff_times_the_minutes() {
    // hour tariff, minutes, ProductTarief, IngediendBedrag, ProductTarief x minutes; all in cents
    let rows = [
        // processes 9.6
        (8724, 240, 145, 34896, 34800),
        (8730, 75, 146, 10913, 10950),
        (6500, 50, 108, 5417, 5400),
        (5847, 95, 97, 9258, 9215),
        (7333, 100, 122, 12222, 12200),
        (6000, 90, 100, 9000, 9000),
        // rules.md TR341, TR418, TR346
        (5875, 95, 98, 9302, 9310),
    ];
    for (hour_tariff, minutes, tariff, amount, product) in rows {
        let row = format!("{hour_tariff} cents an hour, {minutes} minutes");
        assert_eq!(minute_tariff(hour_tariff), tariff, "{row}");
        assert_eq!(minutes_amount(hour_tariff, minutes), amount, "{row}");
        assert_eq!(tariff * minutes, product, "{row}");
        // Only a tariff that needs no rounding gives the same either way.
        assert_eq!(amount == product, hour_tariff % 60 == 0, "{row}");
    }
    // 97 is the ProductTarief that rules.md answers with 0611
    assert_ne!(minute_tariff(5875), 97);
}

proptest! {
    #[test]
    fn a_rounded_quotient_is_within_a_half(
        numerator in -1_000_000_000_000_i128..1_000_000_000_000,
        denominator in 1_i128..1_000_000,
    ) {
        let doubled_error = 2 * (round_half_up(numerator, denominator) * denominator - numerator);
        prop_assert!(-denominator < doubled_error && doubled_error <= denominator);
    }

    #[test]
    fn amounts_follow_the_formulas_of_the_facts(tariff in 0_i128..10_000_000, minutes in 0_i128..1_000_000) {
        prop_assert_eq!(minute_tariff(tariff), (2 * tariff + 60) / 120);
        prop_assert_eq!(minutes_amount(tariff, minutes), (2 * tariff * minutes + 60) / 120);
        let least = i128::from(minutes > 0);
        prop_assert_eq!(hours_of_minutes(minutes), ((minutes + 30) / 60).max(least));
    }

    #[test]
    fn no_number_panics(tariff: i128, minutes: i128, denominator in 1..i128::MAX) {
        prop_assert!(minute_tariff(tariff).unsigned_abs() <= tariff.unsigned_abs());
        prop_assert_eq!(minutes_amount(tariff, minutes), minutes_amount(minutes, tariff));
        prop_assert_eq!(hours_of_minutes(minutes) > 0, minutes > 0);
        prop_assert!(round_half_up(tariff, denominator).unsigned_abs() <= tariff.unsigned_abs());
    }
}
