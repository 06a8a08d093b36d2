//! Findings that are alike, so that a message with one mistake a thousand times does not fill a thousand screens.
//!
//! Alike are those of one rule about elements of one path, whichever instance each is in. How a finding itself is
//! written stands in `finding_text`. Tests: `tests/it/findings.rs`.

use std::collections::BTreeMap;

use kp_model::{Finding, Severity};

use crate::style::{Lang, Paint, Style, shown};

/// Of findings that are alike, this many are shown in full.
const ALIKE_IN_FULL: usize = 3;
/// One more is shown too, rather than named in a line of its own.
const ALIKE_MAX: usize = ALIKE_IN_FULL + 1;
/// Of one file at most this many are shown in full.
const IN_FULL_MAX: usize = 100;
/// Of those that are not, this many places are named.
const PLACES: usize = 10;
/// At most this many groups have a line.
const GROUPS_MAX: usize = 50;

/// The findings of a file, parted into what is shown and what is named.
pub(crate) struct Grouped<'a> {
    /// Those that are shown in full, in the given order.
    pub(crate) in_full: Vec<&'a Finding>,
    /// The others, by group, in the order in which the groups begin.
    others: Vec<Vec<&'a Finding>>,
}

/// Parts the findings of a file.
pub(crate) fn group(findings: &[Finding]) -> Grouped<'_> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known: BTreeMap<(Severity, &str, String), usize> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate() {
        let key = (
            finding.severity,
            finding.rule.as_str(),
            without_instances(&finding.path),
        );
        let place = *known.entry(key).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        groups[place].push(index);
    }
    let mut is_shown = vec![false; findings.len()];
    for group in &groups {
        let shown = if group.len() <= ALIKE_MAX {
            group.len()
        } else {
            ALIKE_IN_FULL
        };
        for index in &group[..shown] {
            is_shown[*index] = true;
        }
    }
    let mut in_full: Vec<usize> = (0..findings.len()).filter(|index| is_shown[*index]).collect();
    for index in in_full.drain(IN_FULL_MAX.min(in_full.len())..) {
        is_shown[index] = false;
    }
    let others = groups.iter().map(|group| {
        let others = group.iter().filter(|index| !is_shown[**index]);
        others.map(|index| &findings[*index]).collect::<Vec<_>>()
    });
    Grouped {
        in_full: in_full.into_iter().map(|index| &findings[index]).collect(),
        others: others.filter(|others| !others.is_empty()).collect(),
    }
}

impl Grouped<'_> {
    /// Writes a line for each group of which not all are shown, and an empty one after them.
    pub(crate) fn write_others(&self, out: &mut String, style: Style) {
        if self.others.is_empty() {
            return;
        }
        for group in self.others.iter().take(GROUPS_MAX) {
            out.push_str(&line(group, style));
            out.push('\n');
        }
        let rest: usize = self.others.iter().skip(GROUPS_MAX).map(Vec::len).sum();
        if rest > 0 {
            let word = style.word(
                "bevindingen van nog andere soorten",
                "findings of yet other kinds",
            );
            out.push_str(&format!("{rest} {word}\n"));
        }
        out.push('\n');
    }
}

/// What is said of those of a group that are not shown.
fn line(others: &[&Finding], style: Style) -> String {
    let first = others[0];
    let (paint, word) = match first.severity {
        Severity::Fout => (Paint::Red, style.word("fout", "error")),
        Severity::Opmerking => (Paint::Yellow, style.word("opmerking", "remark")),
    };
    let head = style.paint(paint, &format!("{word}[{}]", shown(&first.rule)));
    let count = others.len();
    let times = match style.lang {
        Lang::Nl => format!("nog {count} keer"),
        Lang::En => format!("{count} more"),
    };
    let path = shown(&without_instances(&first.path));
    let mut places: Vec<String> = others
        .iter()
        .filter(|finding| finding.line > 0)
        .take(PLACES)
        .map(|finding| format!("{}:{}", finding.line, finding.column))
        .collect();
    if others.len() > PLACES && places.len() == PLACES {
        places.push("…".to_owned());
    }
    let mut text = format!("{head} {times}");
    if !path.is_empty() {
        text.push_str(&format!(" {path}"));
    }
    if !places.is_empty() {
        text.push_str(&format!(": {}", places.join(", ")));
    }
    text
}

/// A path without which instance of a repeated element each step is.
fn without_instances(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut is_inside = false;
    for character in path.chars() {
        match character {
            '[' => is_inside = true,
            ']' => is_inside = false,
            other if !is_inside => plain.push(other),
            _ => {}
        }
    }
    plain
}
