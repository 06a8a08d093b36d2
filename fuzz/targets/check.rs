//! Fuzz target: messages, parted by lines of `=====`, are held against every rule, each alone and as a history.
//!
//! What must hold: the same messages give the same findings, each within its message; what a dossier would say of a
//! message is what it says when it receives it; and the answer on a message is a message that is right.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use jiff::ToSpan as _;
use jiff::civil::{DateTime, date};
use kp_model::{Catalogue, Finding, Limits, Message, Release, check};
use kp_rules::{Delivered, Dossier, FINDINGS_MAX, Identity, Judgement, Rulebook, answer, judge_message};

static RULEBOOKS: LazyLock<Vec<Arc<Rulebook>>> =
    LazyLock::new(|| Rulebook::load_all(&Catalogue::embedded()).expect("the releases of the product load"));
static RELEASES: LazyLock<Vec<Arc<Release>>> = LazyLock::new(|| {
    RULEBOOKS
        .iter()
        .map(|rulebook| Arc::clone(rulebook.release()))
        .collect()
});

/// What stands between two messages.
const BETWEEN: &[u8] = b"\n=====\n";
/// More messages than a history needs to show something.
const MESSAGES_MAX: usize = 8;

/// Judges the messages and holds what is said of them to what must hold.
pub(crate) fn run(data: &[u8]) {
    let messages: Vec<Message> = parts(data).into_iter().filter_map(valid).collect();
    for message in &messages {
        alone(message);
    }
    let told = history(&messages);
    assert_eq!(told, history(&messages));
}

fn parts(data: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = data;
    while let Some(end) = rest.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
        parts.push(&rest[..end]);
        rest = &rest[end + BETWEEN.len()..];
    }
    parts.push(rest);
    parts.truncate(MESSAGES_MAX);
    parts
}

fn valid(data: &[u8]) -> Option<Message> {
    let checked = check(Bytes::copy_from_slice(data), &RELEASES, &Limits::default());
    checked.message.clone().filter(|_| checked.is_valid())
}

fn alone(message: &Message) {
    let mut rulebooks = RULEBOOKS.iter();
    let rulebook = rulebooks.find(|known| known.release().id() == message.release().id());
    let judgement = judge_message(rulebook.expect("a release of the product"), message);
    sound(message, &judgement);
    answered(message, &judgement);
}

/// What a judgement says lies within the message.
fn sound(message: &Message, judgement: &Judgement) {
    assert!(judgement.findings.len() <= 2 * FINDINGS_MAX);
    let lines: Vec<&str> = message.text().split('\n').collect();
    for finding in judgement.findings.iter().filter(|finding| finding.line > 0) {
        let line = lines.get(finding.line as usize - 1);
        let line = line.unwrap_or_else(|| panic!("of {} lines: {finding:?}", lines.len()));
        let column = finding.column as usize;
        assert!((1..=line.chars().count() + 1).contains(&column), "{finding:?}");
    }
    for rejection in &judgement.rejections {
        assert!(message.path_at(rejection.node).starts_with('/'), "{rejection:?}");
    }
}

/// The answer on a message is right, where one can be made.
fn answered(message: &Message, judgement: &Judgement) {
    let identity = Identity {
        identificatie: "1".to_owned(),
        dagtekening: date(2026, 7, 1),
    };
    if let Ok(Some(draft)) = answer(message, judgement, &identity) {
        let written = draft.write();
        let checked = check(written.clone().into(), &RELEASES, &Limits::default());
        let faults: Vec<&Finding> = checked
            .findings
            .iter()
            .filter(|finding| finding.is_fout())
            .collect();
        assert!(
            checked.is_valid(),
            "{faults:#?}\n{}",
            String::from_utf8_lossy(&written)
        );
    }
}

/// What is found when one message is received a day, and what terms say after a year.
fn history(messages: &[Message]) -> Vec<(Vec<Finding>, Vec<String>)> {
    let mut dossier = Dossier::new(RULEBOOKS.clone());
    let begin: DateTime = date(2026, 4, 1).at(9, 0, 0, 0);
    let mut told = Vec::new();
    for (number, message) in (0_i64..).zip(messages) {
        let at = begin.saturating_add(number.days());
        let delivered = Delivered {
            name: format!("{number}.xml"),
            message: message.clone(),
            sent: at,
            received: at,
        };
        let would_say = dossier.judge(&delivered);
        let says = dossier.receive(delivered);
        assert_eq!(would_say.findings, says.findings);
        assert_eq!(would_say.rejections, says.rejections);
        sound(message, &says);
        answered(message, &says);
        told.push((says.findings, says.not_judged.into_keys().collect()));
    }
    for term in dossier.terms(begin.saturating_add(365.days())) {
        assert!(term.entry.is_none_or(|entry| entry < messages.len()));
        told.push((term.finding.into_iter().collect(), vec![term.rule]));
    }
    told
}
