//! Collects what a pass over a message tells, by byte, and gives it lines and columns at the end.
//!
//! Positions come from one walk over the text, however many findings there are. What a defect is called stands in
//! `wording`. Tests: `tests/it/structure.rs`.

use std::sync::Arc;

use crate::finding::{Finding, Kind, Level, Severity};
use crate::message::Message;
use crate::reader::Checked;
use crate::release::Release;
use crate::structure::Structure;
use crate::wording::{Defect, cut, wording};

/// A defect with what the release says of it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) defect: Defect,
    pub(crate) rule: Option<Box<str>>,
    pub(crate) severity: Severity,
    pub(crate) path: Option<String>,
}

impl Told {
    pub(crate) fn new(defect: Defect) -> Self {
        Self {
            defect,
            rule: None,
            severity: Severity::Fout,
            path: None,
        }
    }

    /// Sets the path, where it is not that of the innermost open element.
    pub(crate) fn at(self, path: String) -> Self {
        Self {
            path: Some(path),
            ..self
        }
    }
}

/// The findings so far, by byte.
pub(crate) struct Findings {
    told: Vec<(usize, Told)>,
    max: usize,
    omitted: usize,
    pub(crate) release: Option<Arc<Release>>,
}

impl Findings {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            told: Vec::new(),
            max,
            omitted: 0,
            release: None,
        }
    }

    /// Whether the limit is reached: what else is wrong is only counted, so its words need not be made.
    pub(crate) fn is_full(&self) -> bool {
        self.told.len() >= self.max
    }

    /// Counts one that is not told.
    pub(crate) fn omit(&mut self) {
        self.omitted += 1;
    }

    pub(crate) fn tell(&mut self, offset: usize, told: Told) {
        if self.told.len() >= self.max {
            self.omitted += 1;
        } else {
            self.told.push((offset, told));
        }
    }

    /// Tells why reading stops: that is told whatever the limit, since it is the last and decides what the rest is worth.
    pub(crate) fn tell_stop(&mut self, offset: usize, defect: Defect, structure: &Structure<'_>) {
        self.told.push((offset, Told::new(defect).at(structure.path())));
    }

    pub(crate) fn tell_at(&mut self, offset: usize, told: Told, structure: &Structure<'_>) {
        if self.told.len() >= self.max {
            self.omitted += 1;
        } else {
            let path = told.path.clone().unwrap_or_else(|| structure.path());
            self.told.push((offset, told.at(path)));
        }
    }

    /// Gives every finding its line and column.
    pub(crate) fn finish(
        mut self,
        text: &str,
        recognised: Option<(Arc<Release>, usize)>,
        message: Option<Message>,
    ) -> Checked {
        // Stable: what was told of one place stays in the order in which it was told.
        self.told.sort_by_key(|(offset, _)| *offset);
        let mut walk = Walk::new(text);
        let release = self
            .release
            .take()
            .or_else(|| recognised.as_ref().map(|(release, _)| Arc::clone(release)));
        let findings = self
            .told
            .into_iter()
            .map(|(offset, told)| {
                walk.forward(offset);
                let mut finding = finding(told, walk.line, walk.column, release.as_deref());
                if let Some((release, message)) = &recognised {
                    finding.assumed |= release.messages()[*message].is_assumed(&finding.path);
                }
                finding
            })
            .collect();
        Checked {
            message,
            findings,
            omitted: self.omitted,
            release: release.as_ref().map(|release| release.id().to_string()),
            message_name: recognised.map(|(release, message)| release.messages()[message].name.clone()),
        }
    }
}

/// Goes through a text once and knows the line and column of where it is.
pub(crate) struct Walk<'a> {
    text: &'a [u8],
    offset: usize,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            offset: 0,
            line: 1,
            column: 1,
        }
    }

    pub(crate) fn forward(&mut self, offset: usize) {
        let to = offset.min(self.text.len());
        let passed = &self.text[self.offset.min(to)..to];
        let characters = |bytes: &[u8]| {
            u32::try_from(bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()).unwrap_or(u32::MAX)
        };
        match memchr::memrchr(b'\n', passed) {
            None => self.column = self.column.saturating_add(characters(passed)),
            Some(last) => {
                let lines = memchr::memchr_iter(b'\n', passed).count();
                self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
                self.column = characters(&passed[last + 1..]).saturating_add(1);
            }
        }
        self.offset = to;
    }
}

fn finding(told: Told, line: u32, column: u32, release: Option<&Release>) -> Finding {
    let wording = wording(&told.defect);
    let text = told
        .rule
        .as_deref()
        .and_then(|code| release.and_then(|release| release.rules().get(code)));
    // The rule says what is wanted; the defect says what is the matter, unless it only repeats the rule.
    let (message_nl, message_en) = match (&told.defect, text) {
        (Defect::Value { name, .. }, Some(text)) => {
            (format!("{name}: {}", text.nl), format!("{name}: {}", text.en))
        }
        _ => (wording.nl, wording.en),
    };
    Finding {
        rule: told
            .rule
            .map_or_else(|| Finding::NO_CODE.to_owned(), String::from),
        standard: release
            .map(|release| release.family().to_owned())
            .unwrap_or_default(),
        kind: match (wording.kind, text) {
            (Kind::Schema, Some(text)) => text.kind,
            (kind, _) => kind,
        },
        level: Level::Structure,
        retourcode: None,
        severity: told.severity,
        message_nl,
        message_en,
        file: None,
        line,
        column,
        path: told.path.unwrap_or_default(),
        related: Vec::new(),
        expected: wording.expected,
        got: wording.got.map(|got| cut(&got)),
        assumed: text.is_some_and(|text| text.basis != "published"),
    }
}
