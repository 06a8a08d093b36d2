//! Terms in working days and weeks: every worked term of processes 2, and Easter.

use jiff::civil::{Date, Weekday, date};
use kp_rules::calendar::{Calendar, Holiday, HolidayDay, easter_sunday, weeks_after};
use proptest::prelude::*;

use crate::dates::{any_day, day, extreme_day, plus};

fn fixed(name: &str, month: i8, day: i8, on_sunday: Option<(i8, i8)>) -> Holiday {
    Holiday {
        name: name.to_owned(),
        day: HolidayDay::Fixed {
            month,
            day,
            on_sunday,
        },
    }
}

fn easter(name: &str, offset: i32) -> Holiday {
    Holiday {
        name: name.to_owned(),
        day: HolidayDay::Easter { offset },
    }
}

/// The set of processes 2, with Good Friday switched on.
fn holidays() -> Vec<Holiday> {
    vec![
        fixed("Nieuwjaarsdag", 1, 1, None),
        easter("Goede Vrijdag", -2),
        easter("eerste paasdag", 0),
        easter("tweede paasdag", 1),
        fixed("Koningsdag", 4, 27, Some((4, 26))),
        fixed("Bevrijdingsdag", 5, 5, None),
        easter("Hemelvaartsdag", 39),
        easter("eerste pinksterdag", 49),
        easter("tweede pinksterdag", 50),
        fixed("eerste kerstdag", 12, 25, None),
        fixed("tweede kerstdag", 12, 26, None),
    ]
}

fn dutch() -> Calendar {
    Calendar::new(holidays())
}

#[test]
fn terms_end_on_the_days_worked_out_in_the_facts() {
    let rows = [
        // weekday, from, working days, deadline
        (Weekday::Friday, "2025-06-13", 3, "2025-06-18"),
        (Weekday::Tuesday, "2025-12-23", 5, "2026-01-02"),
        (Weekday::Wednesday, "2026-04-22", 5, "2026-04-30"),
        (Weekday::Thursday, "2026-04-30", 10, "2026-05-18"),
        (Weekday::Friday, "2025-12-19", 10, "2026-01-07"),
        (Weekday::Friday, "2026-05-22", 3, "2026-05-28"),
        (Weekday::Saturday, "2026-02-14", 5, "2026-02-20"),
    ];
    for (weekday, from, count, deadline) in rows {
        assert_eq!(day(from).weekday(), weekday, "{from}");
        assert_eq!(
            dutch().workdays_after(day(from), count),
            day(deadline),
            "{from} and {count}"
        );
        if weekday != Weekday::Saturday {
            assert_eq!(
                dutch().workdays_after_receipt(day(from), count),
                day(deadline),
                "{from}, received"
            );
        }
    }
    assert_eq!(weeks_after(day("2026-03-02"), 8), day("2026-04-27"));
    assert_eq!(weeks_after(day("2026-03-02"), 2), day("2026-03-16"));
}

#[test]
fn a_receipt_on_a_day_off_counts_from_the_next_working_day() {
    // Saturday: day 0 is Monday, so that the term ends a day later than one of an event on that Saturday.
    assert_eq!(dutch().first_workday_from(day("2026-02-14")), day("2026-02-16"));
    assert_eq!(
        dutch().workdays_after_receipt(day("2026-02-14"), 5),
        day("2026-02-23")
    );
    assert_eq!(dutch().first_workday_from(day("2026-02-16")), day("2026-02-16"));
    // Good Friday to Easter Monday
    assert_eq!(dutch().first_workday_from(day("2026-04-03")), day("2026-04-07"));
    assert_eq!(dutch().workdays_after(day("2026-02-14"), 0), day("2026-02-14"));
}

#[test]
fn the_working_days_counted_are_those_of_the_facts() {
    let counted = |from: &str, to: &str| -> Vec<String> {
        let days = (1..)
            .map(|number| plus(day(from), number))
            .take_while(|current| *current <= day(to));
        days.filter(|current| dutch().is_workday(*current))
            .map(|current| current.to_string())
            .collect()
    };
    assert_eq!(
        counted("2025-12-23", "2026-01-02"),
        [
            "2025-12-24",
            "2025-12-29",
            "2025-12-30",
            "2025-12-31",
            "2026-01-02"
        ]
    );
    for skipped in ["2026-04-27", "2026-05-05", "2026-05-14", "2026-05-25"] {
        assert!(!dutch().is_workday(day(skipped)), "{skipped}");
    }
}

#[test]
fn holidays_are_what_the_caller_says() {
    let good_friday = day("2026-04-03");
    assert!(!dutch().is_workday(good_friday));
    let without = Calendar::new(
        holidays()
            .into_iter()
            .filter(|holiday| holiday.name != "Goede Vrijdag")
            .collect(),
    );
    assert!(without.is_workday(good_friday));
    assert!(Calendar::default().is_workday(day("2025-12-25")));
    assert!(!Calendar::default().is_workday(day("2025-12-27")));
}

#[test]
fn a_fixed_holiday_moves_off_a_sunday_alone() {
    // 27 April is a Sunday in 2025 and a Monday in 2026. Moved to the Monday after, the move can be seen.
    let moved = Calendar::new(vec![fixed("moved", 4, 27, Some((4, 28)))]);
    assert!(!moved.is_workday(day("2025-04-28")));
    assert!(!moved.is_workday(day("2026-04-27")));
    assert!(moved.is_workday(day("2026-04-28")));
    let leap = Calendar::new(vec![
        fixed("leap", 2, 29, None),
        fixed("none", 2, 31, Some((3, 2))),
    ]);
    assert!(!leap.is_workday(day("2024-02-29")));
    assert!(leap.is_workday(day("2026-03-02")));
}

#[test]
fn an_easter_holiday_may_lead_into_another_year() {
    // Easter 2026 is 5 April; 275 days later is Tuesday 5 January 2027.
    assert!(!Calendar::new(vec![easter("late", 275)]).is_workday(day("2027-01-05")));
    let out_of_reach = Calendar::new(vec![easter("never", i32::MAX), easter("never", i32::MIN)]);
    assert!(out_of_reach.is_workday(day("2026-04-07")));
}

#[test]
fn easter_falls_on_the_known_days() {
    let known = [
        "1583-04-10",
        "1598-03-22",
        "1818-03-22",
        "1943-04-25",
        "1954-04-18",
        "1961-04-02",
        "1981-04-19",
        "1999-04-04",
        "2000-04-23",
        "2008-03-23",
        "2011-04-24",
        "2016-03-27",
        "2019-04-21",
        "2024-03-31",
        "2025-04-20",
        "2026-04-05",
        "2027-03-28",
        "2038-04-25",
        "2049-04-18",
        "2285-03-22",
    ];
    for text in known {
        assert_eq!(easter_sunday(day(text).year()), day(text));
    }
}

#[test]
fn easter_is_a_sunday_in_its_range_in_every_year() {
    for year in -9999..=9999 {
        let found = easter_sunday(year);
        assert_eq!((found.year(), found.weekday()), (year, Weekday::Sunday));
        assert!(
            (date(year, 3, 22)..=date(year, 4, 25)).contains(&found),
            "{found}"
        );
    }
    assert_eq!(easter_sunday(i16::MAX), easter_sunday(9999));
    assert_eq!(easter_sunday(i16::MIN), easter_sunday(-9999));
}

#[test]
fn terms_stop_at_the_last_day_of_all() {
    let never = Calendar::new(
        (1..=12)
            .flat_map(|month| (1..=31).map(move |day| fixed("off", month, day, None)))
            .collect(),
    );
    let late = plus(Date::MAX, -40);
    assert_eq!(never.first_workday_from(late), Date::MAX);
    assert_eq!(never.workdays_after(late, 1), Date::MAX);
    assert_eq!(dutch().workdays_after_receipt(late, u32::MAX), Date::MAX);
    assert_eq!(weeks_after(late, u32::MAX), Date::MAX);
}

proptest! {
    #[test]
    fn exactly_the_asked_working_days_are_counted(from in any_day(), count in 0_u32..60) {
        let calendar = dutch();
        let deadline = calendar.workdays_after(from, count);
        let days = (1..).map(|number| plus(from, number)).take_while(|current| *current <= deadline);
        prop_assert_eq!(days.filter(|current| calendar.is_workday(*current)).count(), count as usize);
        prop_assert!(count == 0 || calendar.is_workday(deadline));
        prop_assert!(calendar.workdays_after_receipt(from, count) >= deadline);
        prop_assert!(calendar.is_workday(calendar.first_workday_from(from)));
    }

    #[test]
    fn no_date_panics(from in extreme_day(), count in 0_u32..60, weeks: u32, year: i16, offset: i32) {
        let calendar = Calendar::new(vec![easter("any", offset), fixed("last", 12, 31, Some((1, 1)))]);
        prop_assert!(calendar.workdays_after_receipt(from, count) >= from);
        prop_assert!(weeks_after(from, weeks) >= from);
        prop_assert_eq!(easter_sunday(year).weekday(), Weekday::Sunday);
    }
}
