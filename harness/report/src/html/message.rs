//! A message on the HTML page: numbered lines, with the findings beside the lines they are about.
//!
//! A message is masked before it comes here. A large one is shown in part, so that the page stays
//! small enough to open. Tests: in this file and `tests/it/html.rs`.

use std::collections::BTreeSet;

use kp_model::{Finding, Severity};
use serde::Serialize;

use super::scenario::message_anchor;
use crate::{
    event::{Direction, Expectation, ExpectationOutcome, HubVerdict},
    evidence,
    excerpt::{Excerpt, excerpts},
    message_bytes::MessageBytes,
    run::ScenarioReport,
    style::{Lang, known, shown, visible},
};

/// A message with more lines is shown in part: its beginning, and what lies around a finding.
const LINES_MAX: usize = 1000;
const FIRST_LINES: usize = 50;
const LINES_AROUND: usize = 3;
/// What is shown of a longer line; findings further on bring their own excerpt.
const LINE_CHARACTERS_MAX: usize = 1000;
/// The findings of one message that are shown; the others are counted.
const FINDINGS_MAX: usize = 100;
/// The characters of all messages of one page, and of one message among them; beyond these only what lies around
/// findings is shown. The evidence has every byte.
const PAGE_CHARACTERS_MAX: usize = 12_000_000;
const MESSAGE_CHARACTERS_MAX: usize = 100_000;

/// What of messages still fits on the page.
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn of_page() -> Self {
        Self(PAGE_CHARACTERS_MAX)
    }
}

#[derive(Serialize)]
pub(super) struct MessageView {
    anchor: String,
    name: String,
    direction: &'static str,
    from: String,
    to: String,
    time: String,
    business_time: String,
    traceer_id: String,
    file: String,
    refused: Option<String>,
    outside_checks: bool,
    /// How many findings there are, and how many of them are not shown.
    findings: usize,
    left: usize,
    is_open: bool,
    /// The expectations that were not met and that no finding tells of.
    expectations: Vec<String>,
    about_file: Vec<FindingView>,
    lines: Vec<LineView>,
}

#[derive(Serialize)]
pub(super) struct LineView {
    /// Stated where it does not follow from the line before; 0 stands for lines that were left out.
    number: Option<u32>,
    text: String,
    marked: Option<MarkedView>,
    findings: Vec<FindingView>,
}

#[derive(Serialize)]
struct MarkedView {
    before: String,
    marked: String,
    after: String,
}

#[derive(Serialize)]
pub(super) struct FindingView {
    rule: String,
    severity: &'static str,
    pub(super) text: String,
    place: String,
    pub(super) expected: Option<String>,
    pub(super) got: Option<String>,
    excerpt: Option<MarkedView>,
}

/// The day of a business time as sentences write it: `15-12-2025`.
pub(super) fn day(business_time: &str) -> String {
    let date = business_time.split('T').next().unwrap_or_default();
    let parts: Vec<&str> = date.split('-').rev().collect();
    shown(&parts.join("-"))
}

/// The day with the time, as in `15-12-2025 09:00`.
pub(super) fn moment(business_time: &str) -> String {
    let time = business_time.split_once('T').map_or("", |(_, time)| time);
    let minutes: String = time.chars().take("09:00".len()).collect();
    shown(format!("{} {minutes}", day(business_time)).trim_end())
}

impl MessageView {
    pub(super) fn of(
        scenario: &ScenarioReport,
        index: usize,
        scenario_anchor: &str,
        lang: Lang,
        budget: &mut Budget,
    ) -> Self {
        let message = &scenario.messages[index];
        let about = scenario.not_met_about(index);
        let (told, untold): (Vec<_>, Vec<_>) =
            about.partition(|expectation| finding_of(expectation).is_some());
        let mut findings: Vec<Finding> = message.findings.iter().take(FINDINGS_MAX).cloned().collect();
        for finding in told.into_iter().filter_map(finding_of) {
            if !message.findings.contains(finding) {
                findings.push(finding.clone());
            }
        }
        let excerpts = excerpts(message.bytes.as_bytes(), &findings);
        let found: Vec<_> = findings.iter().zip(&excerpts).collect();
        let about_file = found.iter().filter(|(_, excerpt)| excerpt.is_none());
        let party = |code: &str| {
            if code.is_empty() {
                // What the middle itself sends or gets has no code.
                return lang.word("knooppunt", "hub").to_owned();
            }
            let name = known(scenario.party(code), lang);
            if name == code {
                name
            } else {
                format!("{name} ({})", shown(code))
            }
        };
        Self {
            anchor: message_anchor(scenario_anchor, index),
            name: known(&message.message, lang),
            direction: match message.direction {
                Direction::FromSut => lang.word("van het product", "from the product"),
                Direction::ToSut => lang.word("naar het product", "to the product"),
            },
            from: party(&message.from),
            to: party(&message.to),
            time: moment(&message.business_time),
            business_time: shown(&message.business_time),
            traceer_id: shown(&message.traceer_id),
            file: evidence::message_file(scenario, index),
            refused: match &message.hub_verdict {
                HubVerdict::Delivered => None,
                HubVerdict::Refused { code, text } => Some(shown(&format!("{code} {text}"))),
            },
            outside_checks: message.outside_checks,
            findings: findings.len() + message.findings.len().saturating_sub(FINDINGS_MAX),
            left: message.findings.len().saturating_sub(FINDINGS_MAX),
            // A message of ours with findings is wrong on purpose.
            is_open: message.direction == Direction::FromSut && !(findings.is_empty() && untold.is_empty()),
            expectations: untold
                .iter()
                .map(|expectation| shown(&expectation.text))
                .collect(),
            about_file: about_file
                .map(|(finding, _)| FindingView::of(finding, None, lang))
                .collect(),
            lines: lines(&readable(&message.bytes), &found, lang, budget),
        }
    }
}

/// A message as lines; JSON, which is sent as one line and has no findings with a place, one value a line.
fn readable(bytes: &MessageBytes) -> String {
    let json = bytes
        .is_json()
        .then(|| serde_json::from_slice::<serde_json::Value>(bytes.as_bytes()).ok());
    let pretty = json
        .flatten()
        .and_then(|json| serde_json::to_string_pretty(&json).ok());
    pretty.unwrap_or_else(|| bytes.text().to_string())
}

fn finding_of(expectation: &Expectation) -> Option<&Finding> {
    match &expectation.outcome {
        ExpectationOutcome::NotMet { finding, .. } => finding.as_deref(),
        ExpectationOutcome::Met => None,
    }
}

/// The lines of a message, each with the findings about it.
pub(super) fn lines(
    source: &str,
    found: &[(&Finding, &Option<Excerpt>)],
    lang: Lang,
    budget: &mut Budget,
) -> Vec<LineView> {
    let total = source.lines().count();
    let hits: BTreeSet<usize> = found.iter().map(|(finding, _)| finding.line as usize).collect();
    let mut left = MESSAGE_CHARACTERS_MAX.min(budget.0);
    let mut lines: Vec<LineView> = Vec::new();
    let mut last = 0;
    for (number, text) in (1_u32..).zip(source.lines()) {
        let place = number as usize;
        let around = place.saturating_sub(LINES_AROUND)..=place + LINES_AROUND;
        let is_near = hits.range(around).next().is_some();
        let is_begin = left > 0 && (total <= LINES_MAX || place <= FIRST_LINES);
        if !is_near && !is_begin {
            if lines.last().is_none_or(|line| line.number != Some(0)) {
                lines.push(LineView::left_out());
            }
            continue;
        }
        let here = found.iter().filter_map(|(finding, excerpt)| {
            let excerpt = excerpt.as_ref().filter(|_| finding.line == number)?;
            Some((*finding, excerpt))
        });
        let mut line = LineView::of(text, &here.collect::<Vec<_>>(), lang);
        line.number = (number != last + 1).then_some(number);
        last = number;
        let taken = line.text.len();
        left = left.saturating_sub(taken);
        budget.0 = budget.0.saturating_sub(taken);
        lines.push(line);
    }
    lines
}

impl LineView {
    fn of(text: &str, found: &[(&Finding, &Excerpt)], lang: Lang) -> Self {
        let text = visible(text);
        let is_whole = found.first().is_some_and(|(_, first)| first.text == text);
        let mut cut: String = text.chars().take(LINE_CHARACTERS_MAX).collect();
        if cut.len() < text.len() {
            cut.push('…');
        }
        let marked = found.first().filter(|_| is_whole);
        Self {
            number: None,
            text: cut,
            marked: marked.map(|(_, excerpt)| MarkedView::of(excerpt)),
            findings: found
                .iter()
                .map(|(finding, excerpt)| {
                    let is_marked = is_whole && found.first().is_some_and(|(_, first)| first == excerpt);
                    FindingView::of(finding, Some(*excerpt).filter(|_| !is_marked), lang)
                })
                .collect(),
        }
    }

    fn left_out() -> Self {
        Self {
            number: Some(0),
            text: "…".to_owned(),
            marked: None,
            findings: Vec::new(),
        }
    }
}

impl MarkedView {
    fn of(excerpt: &Excerpt) -> Self {
        let part = |from: usize, count: usize| excerpt.text.chars().skip(from).take(count).collect();
        Self {
            before: part(0, excerpt.caret),
            marked: part(excerpt.caret, excerpt.span),
            after: part(excerpt.caret + excerpt.span, usize::MAX),
        }
    }
}

impl FindingView {
    pub(super) fn of(finding: &Finding, excerpt: Option<&Excerpt>, lang: Lang) -> Self {
        let path = shown(&finding.path);
        let place = match finding.line {
            0 => path,
            line => format!(
                "{} {line}, {} {}  {path}",
                lang.word("regel", "line"),
                lang.word("kolom", "column"),
                finding.column
            ),
        };
        Self {
            rule: shown(&finding.rule),
            severity: match finding.severity {
                Severity::Fout => lang.word("fout", "error"),
                Severity::Opmerking => lang.word("opmerking", "remark"),
            },
            text: shown(lang.word(&finding.message_nl, &finding.message_en)),
            place,
            expected: finding.expected.as_deref().map(shown),
            got: finding.got.as_deref().map(shown),
            excerpt: excerpt.map(MarkedView::of),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::excerpt::tests::finding;

    #[test]
    fn a_long_message_is_shown_in_part() {
        let source = "<a/>\n".repeat(5000);
        let finding = finding(4000, 2, "a");
        let excerpts = excerpts(source.as_bytes(), std::slice::from_ref(&finding));
        let mut budget = Budget::of_page();
        let lines = lines(&source, &[(&finding, &excerpts[0])], Lang::Nl, &mut budget);
        let numbers: Vec<_> = lines.iter().map(|line| line.number).skip(FIRST_LINES).collect();
        let mut expect = [None; 9];
        (expect[0], expect[1], expect[8]) = (Some(0), Some(3997), Some(0));
        assert_eq!(numbers, expect);
        assert_eq!(lines[FIRST_LINES + 4].findings.len(), 1);
    }

    #[test]
    fn a_page_holds_so_much_and_no_more() {
        let source = format!("{}\n", "<a/>".repeat(100)).repeat(LINES_MAX);
        let mut budget = Budget::of_page();
        let mut shown = || -> usize {
            let lines = lines(&source, &[], Lang::Nl, &mut budget);
            lines.iter().map(|line| line.text.len()).sum()
        };
        assert!((MESSAGE_CHARACTERS_MAX..MESSAGE_CHARACTERS_MAX + 1000).contains(&shown()));
        let all: usize = (0..500).map(|_| shown()).sum();
        assert!(all < PAGE_CHARACTERS_MAX + 10_000, "{all}");
        assert_eq!(shown(), "…".len());
    }

    #[test]
    fn a_long_line_is_cut_and_its_finding_brings_an_excerpt() {
        let source = format!("{}<b>99</b>", " ".repeat(5000));
        let finding = finding(1, 5004, "99");
        let excerpts = excerpts(source.as_bytes(), std::slice::from_ref(&finding));
        let mut budget = Budget::of_page();
        let line = lines(&source, &[(&finding, &excerpts[0])], Lang::Nl, &mut budget).remove(0);
        assert_eq!(line.text.chars().count(), LINE_CHARACTERS_MAX + 1);
        let excerpt = line.findings[0].excerpt.as_ref().expect("has an excerpt");
        assert_eq!((excerpt.marked.as_str(), excerpt.after.as_str()), ("99", "</b>"));
    }
}
