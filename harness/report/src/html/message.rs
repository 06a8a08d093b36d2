//! A message on the HTML page: numbered lines, with the findings beside the lines they are about.
//!
//! A message is masked before it comes here. A large one is shown in part, so that the page stays
//! small enough to open. Tests: in this file and `tests/it/html.rs`.

use std::collections::BTreeSet;

use kp_model::{Finding, Severity};
use serde::Serialize;

use crate::{
    event::{Direction, HubVerdict, Message},
    excerpt::{Excerpt, excerpts},
    style::{known, shown, visible},
};

/// A message with more lines is shown in part: its beginning, and what lies around a finding.
const LINES_MAX: usize = 1000;
const FIRST_LINES: usize = 50;
const LINES_AROUND: usize = 3;
/// What is shown of a longer line; findings further on bring their own excerpt.
const LINE_CHARACTERS_MAX: usize = 1000;

#[derive(Serialize)]
pub(super) struct MessageView {
    name: String,
    direction: &'static str,
    from: String,
    to: String,
    business_time: String,
    traceer_id: String,
    refused: Option<String>,
    outside_checks: bool,
    findings: usize,
    about_file: Vec<FindingView>,
    lines: Vec<LineView>,
}

#[derive(Serialize)]
pub(super) struct LineView {
    /// 0 stands for lines that were left out.
    number: u32,
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
    text: String,
    place: String,
    expected: Option<String>,
    got: Option<String>,
    excerpt: Option<MarkedView>,
}

impl MessageView {
    pub(super) fn of(message: &Message) -> Self {
        let excerpts = excerpts(message.bytes.as_bytes(), &message.findings);
        let found: Vec<_> = message.findings.iter().zip(&excerpts).collect();
        let about_file = found.iter().filter(|(_, excerpt)| excerpt.is_none());
        Self {
            name: known(&message.message),
            direction: match message.direction {
                Direction::FromSut => "van SUT",
                Direction::ToSut => "naar SUT",
            },
            from: known(&message.from),
            to: known(&message.to),
            business_time: shown(&message.business_time),
            traceer_id: shown(&message.traceer_id),
            refused: match &message.hub_verdict {
                HubVerdict::Delivered => None,
                HubVerdict::Refused { code, text } => Some(shown(&format!("{code} {text}"))),
            },
            outside_checks: message.outside_checks,
            findings: message.findings.len(),
            about_file: about_file
                .map(|(finding, _)| FindingView::of(finding, None))
                .collect(),
            lines: lines(&message.bytes, &found),
        }
    }
}

/// The lines of a message, each with the findings about it.
pub(super) fn lines(source: &str, found: &[(&Finding, &Option<Excerpt>)]) -> Vec<LineView> {
    let total = source.lines().count();
    let hits: BTreeSet<usize> = found.iter().map(|(finding, _)| finding.line as usize).collect();
    let is_near = |number: usize| {
        let around = number.saturating_sub(LINES_AROUND)..=number + LINES_AROUND;
        total <= LINES_MAX || number <= FIRST_LINES || hits.range(around).next().is_some()
    };
    let mut lines: Vec<LineView> = Vec::new();
    for (number, text) in (1_u32..).zip(source.lines()) {
        if !is_near(number as usize) {
            if lines.last().is_some_and(|line| line.number > 0) {
                lines.push(LineView::left_out());
            }
            continue;
        }
        let here = found.iter().filter_map(|(finding, excerpt)| {
            let excerpt = excerpt.as_ref().filter(|_| finding.line == number)?;
            Some((*finding, excerpt))
        });
        lines.push(LineView::of(number, text, &here.collect::<Vec<_>>()));
    }
    lines
}

impl LineView {
    fn of(number: u32, text: &str, found: &[(&Finding, &Excerpt)]) -> Self {
        let text = visible(text);
        let is_whole = found.first().is_some_and(|(_, first)| first.text == text);
        let mut cut: String = text.chars().take(LINE_CHARACTERS_MAX).collect();
        if cut.len() < text.len() {
            cut.push('…');
        }
        let marked = found.first().filter(|_| is_whole);
        Self {
            number,
            text: cut,
            marked: marked.map(|(_, excerpt)| MarkedView::of(excerpt)),
            findings: found
                .iter()
                .enumerate()
                .map(|(place, (finding, excerpt))| {
                    let is_marked = is_whole && place == 0;
                    FindingView::of(finding, Some(*excerpt).filter(|_| !is_marked))
                })
                .collect(),
        }
    }

    fn left_out() -> Self {
        Self {
            number: 0,
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
    pub(super) fn of(finding: &Finding, excerpt: Option<&Excerpt>) -> Self {
        let place = match finding.line {
            0 => shown(&finding.path),
            line => format!("regel {line}, kolom {}  {}", finding.column, shown(&finding.path)),
        };
        Self {
            rule: shown(&finding.rule),
            severity: match finding.severity {
                Severity::Fout => "fout",
                Severity::Opmerking => "opmerking",
            },
            text: shown(&finding.message_nl),
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
        let lines = lines(&source, &[(&finding, &excerpts[0])]);
        let numbers: Vec<_> = lines.iter().map(|line| line.number).skip(FIRST_LINES).collect();
        assert_eq!(numbers, [0, 3997, 3998, 3999, 4000, 4001, 4002, 4003, 0]);
        assert_eq!(lines[FIRST_LINES + 4].findings.len(), 1);
    }

    #[test]
    fn a_long_line_is_cut_and_its_finding_brings_an_excerpt() {
        let source = format!("{}<b>99</b>", " ".repeat(5000));
        let finding = finding(1, 5004, "99");
        let excerpts = excerpts(source.as_bytes(), std::slice::from_ref(&finding));
        let line = lines(&source, &[(&finding, &excerpts[0])]).remove(0);
        assert_eq!(line.text.chars().count(), LINE_CHARACTERS_MAX + 1);
        let excerpt = line.findings[0].excerpt.as_ref().expect("has an excerpt");
        assert_eq!((excerpt.marked.as_str(), excerpt.after.as_str()), ("99", "</b>"));
    }
}
