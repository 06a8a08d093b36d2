//! Holds what the system under test sent against its pattern, once a step has judged it.
//!
//! Every message that a step spoke of and was content with is held against the pattern of that step. Each difference is told as the sentence
//! or rule that determines the element, with both values and the place. Tests: `tests/it/golden.rs`.

use kp_model::{Finding, Kind, Level, Message, NodeId, Severity};
use kp_report::Direction;

use super::bind::{Asks, Because, Bound};
use super::compare::{Mismatch, Setting, Wrong, compare, shown};
use crate::counterparties::Passed;
use crate::expectation::{Difference, Expected, NotMet, answers};
use crate::scenario::Scenario;

/// Judges the messages that the last step was the first to speak of.
pub(crate) fn judge_claimed(scenario: &Scenario) -> Result<(), NotMet> {
    let mut outcome = Ok(());
    for traceer_id in scenario.take_claims() {
        let found = scenario.messages.iter().find(|passed| {
            let delivered = passed.direction == Direction::FromSut && passed.refused.is_none();
            passed.traceer_id == traceer_id && delivered
        });
        if let Some((passed, message)) = found.and_then(|passed| Some((passed, passed.message.as_ref()?))) {
            outcome = outcome.and(judge(scenario, passed, message));
        }
    }
    outcome
}

fn judge(scenario: &Scenario, passed: &Passed, message: &Message) -> Result<(), NotMet> {
    let Some(bound) = scenario.run.patterns.find(&scenario.id, scenario.step(), message) else {
        return Ok(());
    };
    // That nothing is otherwise proves no sentence.
    let followed = Expected::precondition(&format!(
        "het bericht is zoals het patroon {} het beschrijft",
        bound.file
    ));
    let asked = scenario
        .messages
        .iter()
        .rev()
        .find(|asked| asked.direction == Direction::ToSut && answers(passed, asked));
    let setting = Setting {
        asked: asked.and_then(|asked| asked.message.as_ref()),
        today: passed.at.date(),
        judges_today: scenario.judges_today(),
    };
    let mismatches = compare(bound, message, setting);
    if mismatches.is_empty() {
        return followed.about(passed).judge(scenario, None);
    }
    let mut outcome = Ok(());
    for mismatch in mismatches {
        let told = told(bound, &mismatch, message, setting);
        let expected = Expected::sentence(&sentence(&mismatch.part.because));
        outcome = outcome.and(expected.about(passed).judge(scenario, Some(told)));
    }
    outcome
}

/// What determines an element, with the rules at its end.
fn sentence(because: &Because) -> String {
    match because {
        Because::Sentence(sentence) => sentence.clone(),
        Because::Rule { code, nl } if nl.is_empty() => format!("het bericht volgt {code} ({code})"),
        Because::Rule { code, nl } => format!("{nl} ({code})"),
    }
}

/// A difference for who has to mend it.
fn told(bound: &Bound, mismatch: &Mismatch<'_>, message: &Message, setting: Setting<'_>) -> Difference {
    let declared = message.message_type().element(mismatch.part.element);
    let asked = match &mismatch.part.asks {
        Asks::Absence => "afwezig".to_owned(),
        Asks::Value(value) => shown(value, setting),
        Asks::Class { .. } => "aanwezig".to_owned(),
    };
    let at = |node: NodeId| {
        let is_class = message.children_at(node).next().is_some();
        let given = if is_class {
            "aanwezig".to_owned()
        } else {
            message.value_at(node).into_owned()
        };
        (message.path_at(node), Some(given))
    };
    let (name, expected, (path, got)) = match mismatch.wrong {
        Wrong::Missing { within } => {
            let path = format!("{}/{}", message.path_at(within), declared.name);
            (declared.name.to_string(), asked, (path, None))
        }
        Wrong::Value(node) | Wrong::Present(node) => (declared.name.to_string(), asked, at(node)),
        Wrong::TooMuch(node) => {
            let place = at(node);
            let name = place.0.rsplit('/').next().unwrap_or_default().to_owned();
            (name, "afwezig".to_owned(), place)
        }
    };
    let what = match mismatch.wrong {
        Wrong::Missing { .. } => format!("{name} ontbreekt."),
        Wrong::Value(_) => format!("{name} heeft een andere waarde."),
        Wrong::Present(_) => format!("{name} hoort er niet te zijn."),
        Wrong::TooMuch(_) => format!("{name} hoort niet in {}: die klasse is gesloten.", declared.name),
    };
    let explanation = format!(
        "{what} Dit legt het patroon {} vast op regel {}.",
        bound.file, mismatch.part.line
    );
    let (line, column) = message
        .positions(&[place_of(mismatch.wrong, message)])
        .first()
        .copied()
        .unwrap_or_default();
    let finding = finding(&mismatch.part.because, message, &what);
    Difference {
        expected: Some(expected.clone()),
        got: got.clone(),
        finding: Some(Finding {
            line,
            column,
            path,
            expected: Some(expected),
            got,
            ..finding
        }),
        explanation,
    }
}

/// The byte that a difference is shown at: of a value its beginning, else that of the element.
fn place_of(wrong: Wrong, message: &Message) -> usize {
    match wrong {
        Wrong::Missing { within: node } | Wrong::Present(node) | Wrong::TooMuch(node) => {
            message.offset_at(node)
        }
        Wrong::Value(node) => {
            let tag = message.offset_at(node);
            let rest = message.text().get(tag..).unwrap_or_default();
            tag + rest.find('>').map_or(0, |end| end + 1)
        }
    }
}

/// The finding without its place: of the rule, or of the sentence by the words that say what is wrong.
fn finding(because: &Because, message: &Message, what: &str) -> Finding {
    let release = message.release();
    let (code, rule) = match because {
        Because::Rule { code, .. } => (code.as_str(), release.rules().get(code)),
        Because::Sentence(_) => ("scenario", None),
    };
    Finding {
        rule: code.to_owned(),
        standard: release.family().to_owned(),
        kind: rule.map_or(Kind::Schema, |rule| rule.kind),
        level: Level::Process,
        severity: Severity::Fout,
        message_en: rule.map_or_else(
            || "not what the scenario determines".to_owned(),
            |rule| rule.en.clone(),
        ),
        assumed: rule.is_some_and(|rule| rule.basis != "published"),
        ..Finding::of_file(Kind::Schema, rule.map_or(what, |rule| &rule.nl), "")
    }
}
