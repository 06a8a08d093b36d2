//! The findings of checked files, as text.

use std::time::{Duration, Instant};

use std::collections::BTreeMap;

use kp_model::{Finding, Severity};
use kp_report::{CheckedFile, Lang, Style, findings};

use crate::sample::{XML, finding};

/// Files in which everything that a check can tell occurs.
pub(crate) fn files() -> Vec<CheckedFile<'static>> {
    let remark = Finding {
        rule: "OP192".to_owned(),
        severity: Severity::Opmerking,
        message_nl: "Regels eindigen met LF.".to_owned(),
        retourcode: None,
        line: 0,
        column: 0,
        path: String::new(),
        related: Vec::new(),
        expected: None,
        got: None,
        assumed: true,
        ..finding()
    };
    vec![
        CheckedFile {
            name: "JW305.xml".to_owned(),
            release: Some("ijw-3.2".to_owned()),
            message: Some("JW305".to_owned()),
            findings: vec![finding(), remark],
            omitted: 4,
            not_judged: BTreeMap::new(),
            source: Some(XML.as_bytes()),
        },
        CheckedFile {
            name: "goed.xml".to_owned(),
            release: Some("ijw-3.2".to_owned()),
            message: Some("JW301".to_owned()),
            ..CheckedFile::default()
        },
    ]
}

#[test]
fn findings_as_text() {
    insta::assert_snapshot!(findings::text(&files(), Style::default()), @r#"
    fout[RS037] Een burgerservicenummer telt precies 9 cijfers.
     --> JW305.xml:3:10  /Bericht/Client/Bsn
      |
    3 |     <Bsn>99990000</Bsn>
      |          ^^^^^^^^
      = verwacht: [0-9]{9}
      = gekregen: 99990000
      = RetourCode: 0001
      = zie ook: /Bericht/Client/Partner

    opmerking[OP192] Regels eindigen met LF.
     --> JW305.xml
      = let op: deze regel rust op een aanname

    JW305.xml: JW305 (ijw-3.2), 1 fout, 1 opmerking, 6 bevindingen in totaal
    goed.xml: JW301 (ijw-3.2), geen bevindingen
    "#);
}

#[test]
fn findings_in_english_without_source() {
    let mut file = files().remove(0);
    file.source = None;
    file.message = None;
    file.release = None;
    file.findings.truncate(1);
    file.omitted = 0;
    let style = Style {
        color: false,
        lang: Lang::En,
    };
    insta::assert_snapshot!(findings::text(&[file], style), @r#"
    error[RS037] A burgerservicenummer has exactly 9 digits.
     --> JW305.xml:3:10  /Bericht/Client/Bsn
      = expected: [0-9]{9}
      = got: 99990000
      = RetourCode: 0001
      = see also: /Bericht/Client/Partner

    JW305.xml: message not recognised, 1 error
    "#);
}

#[test]
fn a_personal_number_is_masked_in_text_and_json() {
    let number = "123456782";
    let file = CheckedFile {
        name: format!("{number}.xml"),
        findings: vec![Finding {
            line: 4,
            column: 14,
            got: Some(number.to_owned()),
            file: Some(format!("{number}.xml")),
            ..finding()
        }],
        source: Some(XML.as_bytes()),
        ..CheckedFile::default()
    };
    let files = [file];
    let text = findings::text(&files, Style::default());
    assert!(!text.contains(number));
    assert!(
        text.contains("4 |     <Partner>*********</Partner>\n  |              ^^^^^^^^^\n"),
        "{text}"
    );
    assert!(!findings::json(&files).expect("renders").contains(number));
}

/// The bound is wide: a pass for each finding would take minutes.
#[test]
fn a_large_message_on_one_line_is_walked_once() {
    let source = "<Bsn>99990000</Bsn>".repeat(25 * 1024 * 1024 / 19);
    let characters = u32::try_from(source.len()).expect("25 MB");
    let findings = (0..1000).map(|index| Finding {
        line: 1,
        column: characters - 19 * index - 13,
        path: format!("/Bericht/Client{index}/Bsn"),
        ..finding()
    });
    let file = CheckedFile {
        name: "groot.xml".to_owned(),
        findings: findings.collect(),
        source: Some(source.as_bytes()),
        ..CheckedFile::default()
    };
    let start = Instant::now();
    let text = findings::text(&[file], Style::default());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(text.matches("^^^^^^^^\n").count(), 100);
    assert!(text.lines().all(|line| line.chars().count() < 130));
    assert!(
        text.contains("850 bevindingen van nog andere soorten\n"),
        "{text}"
    );
}

/// Eleven of one rule about one element, four of another rule, which are shown, and more than was kept.
#[test]
fn findings_that_are_alike_are_named_by_their_places() {
    let alike = (1..=14).map(|number| Finding {
        line: number,
        path: format!("/Bericht/Clienten/Client[{number}]/Bsn"),
        expected: None,
        got: None,
        retourcode: None,
        related: Vec::new(),
        ..finding()
    });
    let other = (1..=4).map(|number| Finding {
        rule: "CS002".to_owned(),
        line: number,
        ..finding()
    });
    let file = CheckedFile {
        name: "veel.xml".to_owned(),
        findings: alike.chain(other).collect(),
        omitted: 20,
        ..CheckedFile::default()
    };
    let text = findings::text(&[file], Style::default());
    assert_eq!(text.matches("fout[CS002] Een").count(), 4);
    let from = text.find("fout[RS037] Een").expect("shown");
    let until = text.find("fout[CS002]").expect("shown");
    let last = text.rfind("\n\n").expect("an empty line");
    let last = text[..last].rfind("\n\n").expect("an empty line");
    insta::assert_snapshot!(format!("{}{}", &text[from..until], &text[last + 2..]), @r"
    fout[RS037] Een burgerservicenummer telt precies 9 cijfers.
     --> veel.xml:1:10  /Bericht/Clienten/Client[1]/Bsn

    fout[RS037] Een burgerservicenummer telt precies 9 cijfers.
     --> veel.xml:2:10  /Bericht/Clienten/Client[2]/Bsn

    fout[RS037] Een burgerservicenummer telt precies 9 cijfers.
     --> veel.xml:3:10  /Bericht/Clienten/Client[3]/Bsn

    fout[RS037] nog 11 keer /Bericht/Clienten/Client/Bsn: 4:10, 5:10, 6:10, 7:10, 8:10, 9:10, 10:10, 11:10, 12:10, 13:10, …

    veel.xml: bericht niet herkend, 18 fouten, 38 bevindingen in totaal
    ");
}
