//! What expressions mean: values, what is absent or not known, statements about rows and elements.

use std::sync::Arc;

use kp_rules::{Dossier, judge_message};

use crate::tiny::{asked, asked_of, asked_of_history, load, message, receive, rule, told, with_rule};

/// Wider than anything that can be held.
const HUGE: &str = "999999999999999999999999999999999999999999";
/// The greatest number that can be held, and the least.
const GREATEST: &str = "170141183460469231731687303715884105727";
const LEAST: &str = "-170141183460469231731687303715884105728";

/// Each Regel that was received, by its number and kind.
const REGEL: &str = r#"
[[view]]
name = "regel"
key = ["nummer"]

[[view.from]]
messages = ["101"]
class = "Regels/Regel"
where = 'Soort is not closes'
[view.from.columns]
nummer = 'Nummer'
soort  = 'Soort'
begin  = 'Begin'
einde  = 'Einde'
aantal = 'Aantal ?? 0'
deel   = '(Aantal ?? 0) / (Deel ?? 1)'

[[view.removed_by]]
messages = ["101"]
class = "Regels/Regel"
where = 'Soort is closes'
[view.removed_by.match]
nummer = 'Nummer'
"#;

/// What each expression says of one Regel.
#[track_caller]
fn each(cases: &[(&str, &str, &str)]) {
    let got: Vec<(&str, &str, String)> = cases
        .iter()
        .map(|(assert, regel, _)| (*assert, *regel, asked(assert, &[regel])))
        .collect();
    let wrong: Vec<_> = got
        .iter()
        .zip(cases)
        .filter(|(got, case)| got.2 != case.2)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_not_known_decides_nothing_and_holds_up_nothing() {
    let huge = &format!("Aantal={HUGE}");
    let unknown = "((Aantal ?? 0) > 1)";
    let of = |text: &str| text.replace('U', unknown);
    for (assert, wanted) in [
        ("U", "not judged"),
        ("not U", "not judged"),
        ("U and true", "not judged"),
        ("U and false", "broken"),
        ("false and U", "broken"),
        ("U or true", "holds"),
        ("true or U", "holds"),
        ("U or false", "not judged"),
        ("U implies true", "holds"),
        ("false implies U", "holds"),
        ("true implies U", "not judged"),
        ("U implies false", "not judged"),
        ("if U then true else true", "not judged"),
        ("if true then true else U", "holds"),
        ("U == true", "not judged"),
        ("(Aantal ?? 0) in [1, 2]", "not judged"),
        ("same(Aantal, Deel)", "not judged"),
        // It is there, whatever it holds.
        ("exists(Aantal)", "holds"),
    ] {
        assert_eq!(asked(&of(assert), &[huge]), wanted, "{assert}");
    }
}

#[test]
fn what_is_absent_is_guarded_defaulted_or_told_apart() {
    each(&[
        ("exists(Aantal)", "", "broken"),
        ("not exists(Aantal) or Aantal > 1", "", "holds"),
        ("exists(Aantal) implies Aantal > 1", "Aantal=1", "broken"),
        (
            "if exists(Aantal) then Aantal > 1 else Begin > 2025-01-01",
            "",
            "holds",
        ),
        ("(Aantal ?? 7) == 7", "", "holds"),
        ("(Aantal ?? Deel ?? 7) == 3", "Deel=3", "holds"),
        ("same(Aantal, Deel)", "", "holds"),
        ("same(Aantal, Deel)", "Aantal=1", "broken"),
        ("same(Aantal, Deel)", "Aantal=1 Deel=01", "holds"),
        ("overlaps(Begin, Einde, 2030-01-01, never)", "", "holds"),
        (
            "overlaps(Begin, Einde, 2030-01-01, never)",
            "Einde=2029-12-31",
            "broken",
        ),
        (
            "overlaps(Begin, Einde, Begin, Einde)",
            "Einde=2025-01-01",
            "broken",
        ),
        ("within(2026-06-01, Begin, Einde)", "Einde=2026-06-01", "holds"),
        ("within(2026-06-02, Begin, Einde)", "Einde=2026-06-01", "broken"),
        ("within(Begin - 1, Begin, Einde)", "", "broken"),
        ("within(9999-12-31, Begin, Einde)", "", "holds"),
        ("within(2020-01-01, Einde, Begin)", "", "holds"),
        ("(Soort.minutes ?? 0) == 60", "Soort=B", "holds"),
        ("(Soort.minutes ?? 0) == 0", "Soort=C", "holds"),
        ("Soort is opens and Soort is not closes", "Soort=A", "holds"),
        ("Soort in [\"A\", \"B\"]", "Soort=C", "broken"),
    ]);
}

#[test]
fn days_are_added_over_the_ends_of_months_and_up_to_the_ends_of_the_calendar() {
    let beyond = "Aantal=10000001";
    each(&[
        ("Begin + 1 == 2024-02-29", "Begin=2024-02-28", "holds"),
        ("Begin + 1 == 2026-03-01", "Begin=2026-02-28", "holds"),
        ("Begin - 1 == 2025-12-31", "Begin=2026-01-01", "holds"),
        ("Begin + -1 == 2025-12-31", "Begin=2026-01-01", "holds"),
        ("days(2024-01-01, Begin) == 366", "Begin=2024-12-31", "holds"),
        ("days(2024-01-01, Begin) == 0", "Begin=2023-06-01", "holds"),
        (
            "workdays_after(Begin, 1) == 2026-01-05",
            "Begin=2026-01-02",
            "holds",
        ),
        ("yyyymmdd(Begin) == 20260131", "Begin=2026-01-31", "holds"),
        (
            "month_begin(Begin) == 2024-02-01 and month_end(Begin) == 2024-02-29",
            "Begin=2024-02-12",
            "holds",
        ),
        (
            "months_before(Begin, 36) == 2022-06-10",
            "Begin=2025-06-10",
            "holds",
        ),
        (
            "months_before(Begin, 1) == 2024-02-29",
            "Begin=2024-03-31",
            "holds",
        ),
        (
            "months_before(Begin, 12) == 2023-02-28",
            "Begin=2024-02-29",
            "holds",
        ),
        ("year_begin(Begin) == 2024-01-01", "Begin=2024-12-31", "holds"),
        ("Begin + 1 == never", "Begin=9999-12-31", "holds"),
        ("Begin == never", "Begin=12026-01-01", "holds"),
        ("Begin - 1 == 2026-01-01", "Begin=-9999-01-01", "broken"),
        // A number of days that no calendar holds.
        ("Begin + (Aantal ?? 0) > Begin", beyond, "not judged"),
        ("Begin - (Aantal ?? 0) < Begin", beyond, "not judged"),
        (
            "Begin + (Aantal ?? 0) > Begin",
            "Aantal=1000000000000000000",
            "not judged",
        ),
    ]);
}

#[test]
fn numbers_are_exact() {
    each(&[
        ("1 / 3 + 1 / 6 == 1 / 2", "", "holds"),
        ("Nummer / 3 * 3 == Nummer", "Nummer=7", "holds"),
        (
            "10 - 4 - 3 == 3 and 2 + 3 * 4 == 14 and -(2) - -3 == 1",
            "",
            "holds",
        ),
        ("7 / 2 > 3 and 7 / 2 < 4 and -7 / 2 < -3", "", "holds"),
        (
            "round(5 / 2) == 3 and round(7 / 3) == 2 and round(-5 / 2) == -2",
            "",
            "holds",
        ),
        (
            "greater(1 / 3, 1 / 4) == 1 / 3 and smaller(2, 5 / 2) == 2",
            "",
            "holds",
        ),
        (
            "minute_tariff(100) == 2 and minutes_amount(100, 90) == 150",
            "",
            "holds",
        ),
        ("Nummer / 0 == 1", "", "not judged"),
        (
            "elfproef(\"999900006\") and not elfproef(\"999900007\")",
            "",
            "holds",
        ),
        // Three hours a week in March 2026, which touches six weeks, and in the first days of an allocation.
        (
            "period_maximum(\"week\", false, 3, 2026-03-01, 2026-03-31, 2026-01-05, never) == 18",
            "",
            "holds",
        ),
        (
            "period_maximum(\"week\", true, 1, 2026-05-01, 2026-05-15, 2026-02-02, 2026-05-15) == 3",
            "",
            "holds",
        ),
        (
            "period_maximum(\"week\", true, 1, 2026-05-01, 2026-05-15, 2026-02-02, Einde) == 2",
            "",
            "holds",
        ),
    ]);
}

#[test]
fn values_occur_once_together_and_what_is_absent_is_a_value_too() {
    let both = "once(Soort, Deel)";
    assert_eq!(asked(both, &["Soort=A Deel=1", "Soort=B Deel=1"]), "holds");
    assert_eq!(asked(both, &["Soort=A Deel=1", "Soort=A Deel=01"]), "broken");
    assert_eq!(asked(both, &["Soort=A Deel=1", "Soort=A"]), "holds");
    assert_eq!(asked(both, &["Soort=A", "Soort=A"]), "broken");
    // Each asks for itself.
    assert_eq!(
        asked(
            "once(Nummer) and once(Deel)",
            &["Nummer=1 Deel=2", "Nummer=2 Deel=1"]
        ),
        "holds"
    );
}

#[test]
fn a_text_matches_a_pattern_as_a_whole() {
    each(&[
        ("matches(\"1234ab\", \"[1-9][0-9]{3}[a-zA-Z]{2}\")", "", "holds"),
        ("matches(\"1234 ab\", \"[1-9][0-9]{3}[a-zA-Z]{2}\")", "", "broken"),
        ("matches(\"1234abc\", \"[1-9][0-9]{3}[a-zA-Z]{2}\")", "", "broken"),
        ("matches(Soort, \"[AB]\")", "Soort=C", "broken"),
    ]);
}

#[test]
fn a_version_of_a_schema_is_accepted_within_what_the_release_says() {
    each(&[
        ("accepted_version(\"1.0.0\", \"bericht\")", "", "holds"),
        ("accepted_version(\"1.0.1\", \"bericht\")", "", "broken"),
        ("accepted_version(\"1.0.0\", \"basisschema\")", "", "holds"),
        ("accepted_version(\"0.9.9\", \"basisschema\")", "", "broken"),
        ("accepted_version(Soort, \"bericht\")", "Soort=C", "broken"),
    ]);
}

#[test]
fn a_number_too_large_to_hold_is_not_judged() {
    let greatest = &*format!("Aantal={GREATEST} Deel={GREATEST}");
    let least = &*format!("Aantal={LEAST}");
    let huge = &*format!("Aantal={HUGE}");
    each(&[
        ("(Aantal ?? 0) == 1", huge, "not judged"),
        ("(Aantal ?? 0) + 1 > 0", greatest, "not judged"),
        ("(Aantal ?? 0) * 2 > 0", greatest, "not judged"),
        ("-(Aantal ?? 0) > 0", least, "not judged"),
        ("(Aantal ?? 0) - 1 < 0", least, "not judged"),
        ("(Aantal ?? 0) / -1 > 0", least, "not judged"),
        ("Begin - (Aantal ?? 0) < Begin", least, "not judged"),
        (
            "minutes_amount(Aantal ?? 0, Deel ?? 0) > 0",
            greatest,
            "not judged",
        ),
        (
            "total_maximum(\"day\", false, Aantal ?? 0, Begin, Begin + 9) > 0",
            greatest,
            "not judged",
        ),
        (
            "workdays_after(Begin, Aantal ?? 0) > Begin",
            greatest,
            "not judged",
        ),
        // A comparison needs no product.
        ("(Aantal ?? 0) / 2 < (Deel ?? 0) / 3 * 2", greatest, "not judged"),
        ("(Aantal ?? 0) / 2 > (Deel ?? 0) / 3", greatest, "holds"),
        ("round((Aantal ?? 0) / 2) < (Aantal ?? 0)", greatest, "holds"),
    ]);
}

#[test]
fn texts_are_compared_as_they_are_meant() {
    each(&[
        ("(Tekst ?? \"\") == \"a&b\"", "Tekst=a&amp;b", "holds"),
        ("(Tekst ?? \"\") == \"é\"", "Tekst=&#233;", "holds"),
        (
            "(Tekst ?? \"\") == 'zeg \"ja\"'",
            "Tekst=<![CDATA[zeg]]>",
            "broken",
        ),
        ("(Tekst ?? \"\") == \"<x>\"", "Tekst=<![CDATA[<x>]]>", "holds"),
    ]);
}

#[test]
fn a_statement_about_elements_holds_of_none_one_and_many() {
    for (assert, none, one, many) in [
        ("any(Noot)", "broken", "holds", "holds"),
        ("none(Noot)", "holds", "broken", "broken"),
        ("any(Noot as n: n.Tekst == \"x\")", "broken", "holds", "holds"),
        ("none(Noot as n: n.Tekst == \"x\")", "holds", "broken", "broken"),
        ("all(Noot as n: n.Tekst == \"x\")", "holds", "holds", "broken"),
        ("count(Noot) <= 1", "holds", "holds", "broken"),
        (
            "count(Noot as n: n.Tekst == \"x\") == 1",
            "broken",
            "holds",
            "holds",
        ),
        (
            "(the(Noot as n: n.Tekst) ?? \"-\") == \"x\"",
            "broken",
            "holds",
            "holds",
        ),
    ] {
        let got = ["", "Noot=x", "Noot=x Noot=y"].map(|regel| asked(assert, &[regel]));
        assert_eq!(got, [none, one, many], "{assert}");
    }
}

#[test]
fn elements_are_searched_by_key() {
    let regels = ["Nummer=1 Deel=2", "Nummer=2 Deel=3", "Nummer=3 Deel=1"];
    let said = |assert: &str| asked_of("Regels", assert, &regels);
    assert_eq!(
        said("all(Regel as r: exists(r.Deel) and any(Regel[Nummer = r.Deel]))"),
        "holds"
    );
    assert_eq!(said("any(Regel as r: none(Regel[Nummer = r.Nummer]))"), "broken");
    assert_eq!(
        said("count(Regel[Nummer = 2]) == 1 and none(Regel[Nummer = 4])"),
        "holds"
    );
    // The whole logical key finds one: looking at it costs nothing more.
    assert_eq!(
        said("all(Regel as r: sum(Regel[Nummer = r.Nummer] as s: s.Nummer) == r.Nummer)"),
        "holds"
    );
}

/// Two numbers that cannot be read are not one and the same, and may be any.
#[test]
fn a_key_that_is_not_known_finds_nothing_and_hides_nothing() {
    let huge = format!("Nummer={HUGE}");
    let said = |assert: &str| asked_of("Regels", assert, &[&huge, "Nummer=1"]);
    assert_eq!(said("any(Regel[Nummer = 1])"), "holds");
    assert_eq!(said("any(Regel[Nummer = 2])"), "not judged");
    assert_eq!(said("none(Regel[Nummer = 2])"), "not judged");
    assert_eq!(
        said("all(Regel as r: any(Regel[Nummer = r.Nummer]))"),
        "not judged"
    );
    let got = asked_of_history(
        REGEL,
        "none(earlier regel[nummer = Nummer])",
        &[&[&huge], &["Nummer=7"]],
    );
    assert_eq!(got, ["not judged", "not judged"]);
}

/// Asked twice of one instance, and by two rules, it is still the first of its key.
#[test]
fn an_instance_is_no_twin_of_itself() {
    assert_eq!(asked("unique() and unique()", &["Nummer=1", "Nummer=2"]), "holds");
    assert_eq!(asked("unique()", &["Nummer=1", "Nummer=1"]), "broken");
    assert_eq!(
        asked("once(Nummer) and once(Nummer)", &["Nummer=1", "Nummer=2"]),
        "holds"
    );
    let binding = "messages = [\"101\"]\nclass = \"Regels/Regel\"\nassert = 'unique()'";
    let rules = rule("T1", "bericht (xslt)", binding) + &rule("T2", "bericht (xslt)", binding);
    let rulebook = load("", &rules).unwrap();
    let judged = judge_message(&rulebook, &message(&rulebook, "1", &["Nummer=1", "Nummer=2"]));
    assert_eq!(told(&judged), "holds");
}

#[test]
fn a_rule_is_not_asked_when_its_gate_is_broken_at_every_level() {
    let binding = "messages = [\"101\"]\nclass = \"Regels/Regel\"\nassert = 'Nummer > 1'";
    for level in ["bericht (xslt)", "berichtoverstijgend"] {
        let gated =
            rule("T2", level, binding).replace("[[rule.binding]]", "requires = [\"T1\"]\n[[rule.binding]]");
        let rulebook = load("", &(gated + &rule("T1", level, binding))).unwrap();
        let mut dossier = Dossier::new(vec![Arc::clone(&rulebook)]);
        assert_eq!(
            receive(&rulebook, &mut dossier, &[&["Nummer=1"]]),
            ["broken"],
            "{level}"
        );
    }
}

#[test]
fn earlier_leaves_the_rows_of_this_message_out() {
    let twice: &[&[&str]] = &[&["Nummer=1", "Nummer=1"], &["Nummer=2"], &["Nummer=2"]];
    assert_eq!(
        asked_of_history(REGEL, "none(regel[nummer = Nummer])", twice),
        ["broken", "holds", "broken"]
    );
    assert_eq!(
        asked_of_history(REGEL, "none(earlier regel[nummer = Nummer])", twice),
        ["holds", "holds", "broken"]
    );
    assert_eq!(
        asked_of_history(REGEL, "count(regel[nummer = Nummer]) == 0", twice),
        ["broken", "holds", "broken"]
    );
}

#[test]
fn sums_and_extremes_follow_what_counts() {
    let sum = "sum(regel[soort = Soort] as r: r.deel) + (Aantal ?? 0) / (Deel ?? 1) <= 1";
    let thirds: &[&[&str]] = &[
        &["Aantal=1 Deel=3"],
        &["Aantal=1 Deel=6"],
        &["Aantal=2 Deel=3"],
        &["Aantal=1 Deel=2"],
    ];
    assert_eq!(
        asked_of_history(REGEL, sum, thirds),
        ["holds", "holds", "broken", "holds"]
    );
    let least = "(least(regel[soort = Soort] as r: r.deel) ?? 9) >= 1 / 3";
    assert_eq!(
        asked_of_history(
            REGEL,
            least,
            &[
                &["Nummer=1 Aantal=3"],
                &["Nummer=2 Aantal=1 Deel=4"],
                &["Nummer=3"],
                &["Nummer=4"]
            ]
        ),
        ["holds", "holds", "broken", "broken"]
    );
    let any = "none(regel[soort = Soort] as r: r.deel < 1)";
    assert_eq!(
        asked_of_history(
            REGEL,
            any,
            &[
                &["Nummer=1 Aantal=3"],
                &["Nummer=2 Aantal=1 Deel=4"],
                &["Nummer=3"]
            ]
        ),
        ["holds", "holds", "broken"]
    );
}

/// A number that was too large is forgotten with its message.
#[test]
fn what_is_not_known_of_a_row_goes_with_the_row() {
    let huge = format!("Nummer=1 Aantal={HUGE}");
    let close = "Nummer=1 Soort=B";
    let history: &[&[&str]] = &[&[&huge], &["Nummer=2 Aantal=1"], &[close], &["Nummer=3 Aantal=1"]];
    for assert in [
        "Soort is closes or sum(regel[soort = Soort] as r: r.aantal) < 9",
        "Soort is closes or (greatest(regel[soort = Soort] as r: r.aantal) ?? 0) < 9",
        "Soort is closes or all(regel[soort = Soort] as r: r.aantal < 9)",
        "Soort is closes or none(regel[soort = Soort] as r: r.aantal > 9)",
    ] {
        assert_eq!(
            asked_of_history(REGEL, assert, history),
            ["holds", "not judged", "holds", "holds"],
            "{assert}"
        );
    }
}

#[test]
fn the_latest_counts_until_it_is_taken_back_and_again_when_it_returns() {
    let views = format!(
        "{REGEL}\n[[view]]\nname = \"laatste\"\nof = \"regel\"\nkey = [\"soort\"]\nlatest_by = [\"begin\"]\n\n[[view]]\nname = \"open\"\nof = \"regel\"\nwhere = 'soort is opens'\n\n[[view.ended_by]]\nview = \"gesloten\"\non = [\"aantal\"]\n\n[[view]]\nname = \"gesloten\"\nof = \"regel\"\nwhere = 'not (soort is opens)'\n"
    );
    let history: &[&[&str]] = &[
        &["Nummer=1 Begin=2026-01-01"],
        &["Nummer=2 Begin=2026-03-01"],
        // Later received, and not later.
        &["Nummer=3 Begin=2026-02-01"],
        &["Nummer=2 Soort=B"],
        &["Nummer=2 Begin=2026-03-01"],
        &["Nummer=9"],
    ];
    let latest = |number: u32| format!("Soort is closes or any(laatste[nummer = {number}])");
    let told = |assert: &str| asked_of_history(&views, assert, history);
    assert_eq!(
        told(&latest(1)),
        ["broken", "broken", "broken", "holds", "broken", "broken"]
    );
    let keep = |assert: &str| {
        let rulebook = with_rule(&views, "procedural", assert).unwrap();
        let mut dossier = Dossier::new(vec![Arc::clone(&rulebook)]);
        receive(&rulebook, &mut dossier, history)
    };
    assert_eq!(
        keep(&latest(1)),
        ["broken", "holds", "broken", "holds", "broken", "broken"]
    );
    assert_eq!(
        keep(&latest(2)),
        ["broken", "broken", "holds", "holds", "broken", "holds"]
    );
    assert_eq!(
        keep(&latest(3)),
        ["broken", "broken", "broken", "holds", "holds", "broken"]
    );
    let ended: &[&[&str]] = &[
        &["Nummer=1 Aantal=5"],
        &["Nummer=2 Soort=C Aantal=5"],
        &["Nummer=3 Aantal=6"],
        &["Nummer=2 Soort=B"],
        &["Nummer=4 Aantal=6"],
    ];
    assert_eq!(
        asked_of_history(
            &views,
            "Soort is closes or any(open[nummer = 1]) or Nummer == 1",
            ended
        ),
        ["holds", "holds", "broken", "holds", "holds"]
    );
}

#[test]
fn in_a_dossier_that_may_lack_messages_what_is_not_found_is_not_known() {
    for (assert, wanted) in [
        ("any(regel[nummer = Nummer])", "not judged"),
        ("none(regel[nummer = Nummer])", "not judged"),
        ("all(regel[nummer = Nummer] as r: r.aantal > 1)", "not judged"),
        ("count(regel[nummer = Nummer]) == 0", "not judged"),
        ("sum(regel[nummer = Nummer] as r: r.aantal) == 0", "not judged"),
        (
            "(the(regel[nummer = Nummer] as r: r.aantal) ?? 5) == 5",
            "not judged",
        ),
        (
            "(greatest(earlier regel[nummer = Nummer] as r: r.aantal) ?? 5) == 5",
            "not judged",
        ),
        ("none(regel[nummer = Nummer] as r: r.aantal > 1)", "not judged"),
    ] {
        let rulebook = with_rule(REGEL, "berichtoverstijgend", assert).unwrap();
        let mut dossier = Dossier::new(vec![Arc::clone(&rulebook)]).incomplete();
        assert_eq!(receive(&rulebook, &mut dossier, &[&[""]]), [wanted], "{assert}");
    }
}

#[test]
fn rules_over_the_dossier_see_the_rows_of_their_own_message() {
    let views = "[[view]]\nname = \"hier\"\nscope = \"bericht\"\n[[view.from]]\nmessages = [\"101\"]\nclass = \"Regels/Regel\"\n[view.from.columns]\nbegin = 'Begin'\neinde = 'Einde'\n";
    let apart: &[&str] = &["Einde=2026-01-31", "Begin=2026-02-01 Einde=2026-02-28"];
    let together: &[&str] = &["Einde=2026-02-01", "Begin=2026-02-01"];
    let assert = "none(hier as ander: overlaps(ander.begin, ander.einde, Begin, Einde))";
    for level in ["bericht (xslt)", "berichtoverstijgend"] {
        let rulebook = with_rule(views, level, assert).unwrap();
        let mut dossier = Dossier::new(vec![Arc::clone(&rulebook)]);
        assert_eq!(
            receive(&rulebook, &mut dossier, &[apart, together]),
            ["holds", "broken"],
            "{level}"
        );
    }
}
