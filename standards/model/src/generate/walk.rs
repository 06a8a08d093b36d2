//! Values for a pattern, found by following it at random.
//!
//! What comes out is tried like any other value: a length may still be wrong. Tests: `tests/it/generate.rs`.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::Maker;
use crate::text::is_character;

/// The most times that a part of a pattern without bound is repeated.
const FREE_REPETITIONS_MAX: u64 = 8;

impl Maker<'_> {
    /// A value that a pattern describes, found by following the pattern.
    pub(super) fn walk(&mut self, pattern: &str, length_max: Option<u64>) -> String {
        let mut value = String::new();
        if let Ok(hir) = regex_syntax::parse(pattern) {
            self.follow(&hir, length_max.unwrap_or(FREE_REPETITIONS_MAX), &mut value);
        }
        value
    }

    fn follow(&mut self, hir: &Hir, room: u64, value: &mut String) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => value.push_str(&String::from_utf8_lossy(&literal.0)),
            HirKind::Class(class) => value.extend(self.character(class)),
            HirKind::Capture(capture) => self.follow(&capture.sub, room, value),
            HirKind::Concat(parts) => {
                for part in parts {
                    self.follow(part, room, value);
                }
            }
            HirKind::Alternation(branches) => {
                if let Some(branch) = self.stream.choose(branches) {
                    self.follow(branch, room, value);
                }
            }
            HirKind::Repetition(repetition) => {
                let least = u64::from(repetition.min);
                let most = repetition.max.map_or(room, u64::from).max(least);
                let times = match self.stream.below(4) {
                    0 => least,
                    1 => most.min(room.max(least)),
                    _ => self.stream.between(least, most.min(least + 6)),
                };
                for _ in 0..times {
                    self.follow(&repetition.sub, room, value);
                }
            }
        }
    }

    fn character(&mut self, class: &Class) -> Option<char> {
        let ranges: Vec<(u32, u32)> = match class {
            Class::Unicode(class) => class
                .ranges()
                .iter()
                .map(|range| (u32::from(range.start()), u32::from(range.end())))
                .collect(),
            Class::Bytes(class) => class
                .ranges()
                .iter()
                .map(|range| (u32::from(range.start()), u32::from(range.end())))
                .collect(),
        };
        // Of a class that runs through all of Unicode the readable characters come first.
        let plain = |from: u32, to: u32| {
            ranges
                .iter()
                .map(|range| (range.0.max(from), range.1.min(to)))
                .filter(|(from, to)| from <= to)
                .collect()
        };
        let readable: Vec<(u32, u32)> = plain(u32::from(' '), u32::from('~'));
        let accented: Vec<(u32, u32)> = plain(u32::from('\u{a1}'), u32::from('\u{1eff}'));
        let from = match self.stream.below(4) {
            0 if !accented.is_empty() => &accented,
            _ if !readable.is_empty() => &readable,
            _ => &ranges,
        };
        let (first, last) = *self.stream.choose(from)?;
        let code = self.stream.between(u64::from(first), u64::from(last));
        char::from_u32(u32::try_from(code).ok()?).filter(|character| is_character(*character))
    }
}
