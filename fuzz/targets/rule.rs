//! Fuzz target: a text is an expression of the rule language, within a message and over a history.
//!
//! What must hold: the same text gives the same faults, each within the data; one that loads can be asked of any
//! message, and says the same each time.

use kp_model::Finding;
use kp_rules::{Dossier, Judgement, judge_message};

use crate::tiny;

/// Views of every form, and a list from outside.
const VIEWS: &str = r#"[[view]]
name = "regel"
key = ["nummer"]
[[view.from]]
messages = ["101"]
class = "Regels/Regel"
[view.from.columns]
nummer = 'Nummer'
soort = 'Soort'
begin = 'Begin'
einde = 'Einde'
aantal = 'Aantal'

[[view]]
name = "laatste"
of = "regel"
key = ["soort"]
latest_by = ["begin"]

[[view]]
name = "hier"
scope = "bericht"
key = ["nummer"]
[[view.from]]
messages = ["101"]
class = "Regels/Regel"
[view.from.columns]
nummer = 'Nummer'
soort = 'Soort'

[[fact]]
name = "besluit"
open = true
nl = "een besluit"
en = "a decision"
[fact.columns]
nummer = "LDT_Getal"
"#;

/// Messages with what is usual, absent and extreme.
const MESSAGES: &[&[&str]] = &[
    &[
        "Nummer=1",
        "Nummer=2 Soort=B Einde=2026-12-31 Aantal=3 Deel=2 Tekst=a Noot=b Noot=c",
    ],
    &[
        "Nummer=1 Soort=C Begin=9999-12-31 Einde=0001-01-01 Aantal=0 Deel=0",
        "Nummer=170141183460469231731687303715884105728 Aantal=-9223372036854775808 Deel=-1",
        "Nummer=2 Aantal=9223372036854775807 Deel=9223372036854775807 Einde=9999-12-31",
    ],
];

/// Loads the expression and asks it.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for level in ["bericht (xslt)", "berichtoverstijgend"] {
        let assert = quoted(text);
        let binding = format!("messages = [\"101\"]\nclass = \"Regels/Regel\"\nassert = {assert}");
        let rules = tiny::rule("T1", level, &binding);
        match (tiny::load(VIEWS, &rules), tiny::load(VIEWS, &rules)) {
            (Ok(rulebook), Ok(_)) => {
                for regels in MESSAGES {
                    let message = tiny::message(&rulebook, "1", regels);
                    let judgement = judge_message(&rulebook, &message);
                    assert_eq!(said(&judgement), said(&judge_message(&rulebook, &message)));
                }
                let history = || {
                    let mut dossier = Dossier::new(vec![rulebook.clone()]);
                    tiny::receive(&rulebook, &mut dossier, MESSAGES)
                };
                assert_eq!(history(), history());
            }
            (Err(faults), Err(again)) => {
                assert_eq!(faults, again);
                assert!(faults.contains("klein/1/"), "{faults}");
            }
            (once, again) => panic!("{once:?}, then {again:?}"),
        }
    }
}

fn said(judgement: &Judgement) -> (&[Finding], Vec<&String>) {
    (&judgement.findings, judgement.not_judged.keys().collect())
}

/// A text as TOML writes it, whatever is in it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            hidden if hidden.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(hidden))),
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}
