//! Two releases beside each other, as text and as a page.

use std::collections::BTreeMap;

use kp_model::{Change, Difference, Matter};
use kp_report::comparison::{Compared, Differences, Impact, Side, Uncompared};
use kp_report::{Lang, Style};

const HOSTILE: &str = "<script>alert(1)</script>\u{1b}[31m\u{202e}";

fn difference(change: Change, one: Option<&str>, other: Option<&str>) -> Difference {
    Difference {
        matter: Matter::Element,
        subject: "301 Client/Naam".to_owned(),
        part: String::new(),
        change,
        one: one.map(str::to_owned),
        other: other.map(str::to_owned),
    }
}

fn side(rules: &[&str]) -> Side {
    Side {
        is_right: rules.is_empty(),
        broken: rules
            .iter()
            .map(|rule| ((*rule).to_owned(), 1))
            .collect::<BTreeMap<_, _>>(),
    }
}

fn impact(messages: &[(&[&str], &[&str])]) -> Impact {
    let mut impact = Impact::new(vec![["a-1".to_owned(), "a-2".to_owned()]]);
    for (number, (one, other)) in messages.iter().enumerate() {
        impact.add(Compared {
            name: format!("{number}.xml"),
            message: "A301".to_owned(),
            sender: "gemeente".to_owned(),
            sides: [side(one), side(other)],
        });
    }
    impact
}

#[test]
fn each_change_is_told_in_its_own_way() {
    let long = "a text that is much too long to stand beside another";
    let found = Differences::new(
        "a-1",
        "a-2",
        vec![
            difference(Change::Added, None, Some("type X")),
            difference(Change::Removed, Some("type X"), None),
            difference(Change::Changed, Some("1"), Some("2")),
            difference(Change::Changed, Some(long), Some("short")),
            difference(Change::Moved, Some(""), Some("Bsn")),
        ],
    );
    insta::assert_snapshot!(found.text(Style::default()), @r"
    Klassen en elementen (5)
      + 301 Client/Naam: type X
      - 301 Client/Naam: type X
      ~ 301 Client/Naam: 1 → 2
      ~ 301 Client/Naam
          - a text that is much too long to stand beside another
          + short
      ↕ 301 Client/Naam: na niets, en nu na Bsn
    a-1 → a-2: 5 verschillen
    ");
}

#[test]
fn what_shifts_is_counted_by_message_sender_and_rule() {
    let told = impact(&[
        (&[], &[]),
        (&[], &["R1"]),
        (&["R1", "R2"], &[]),
        (&["R1"], &["R2"]),
        (&["R1"], &["R1"]),
    ]);
    assert!(!told.keeps_all() && impact(&[(&["R1"], &["R1"])]).keeps_all());
    insta::assert_snapshot!(told.text(Style::default()), @r"
    slechter  1.xml  A301 +R1
    beter     2.xml  A301 -R1 -R2
    anders    3.xml  A301 +R2 -R1
    per bericht
      A301       5: slechter 1, beter 1, anders 1
    per afzender
      gemeente   5: slechter 1, beter 1, anders 1
    per regel
      R1         +1 -2
      R2         +1 -1
    a-1 → a-2: 5 berichten vergeleken, 3 met een ander oordeel
    slechter 1: was goed, wordt fout
    beter 1: was fout, wordt goed
    anders 1: blijft fout, om andere regels
    ");
}

/// Names of files and data of releases are anybody's.
#[test]
fn nothing_that_is_told_is_obeyed() {
    let mut told = Impact::new(vec![[HOSTILE.to_owned(), "b".to_owned()]]);
    told.leave(Uncompared {
        file: format!("{HOSTILE} 123456782"),
        nl: HOSTILE.to_owned(),
        en: HOSTILE.to_owned(),
    });
    assert!(!told.keeps_all());
    let differences = Differences::new(HOSTILE, "b", vec![difference(Change::Added, None, Some(HOSTILE))]);
    for page in [
        told.html(Lang::Nl).expect("a page"),
        differences.html(Lang::En).expect("a page"),
    ] {
        assert!(page.contains("--paper:"), "the page has its colours: {page}");
        assert!(
            !page.contains("<script>") && page.contains("&lt;script"),
            "{page}"
        );
    }
    for text in [told.text(Style::default()), differences.text(Style::default())] {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    }
    let json = told.json().expect("JSON");
    assert!(
        !json.contains("123456782"),
        "a number that may be somebody's is masked: {json}"
    );
}
