//! The line of a source that a finding points at, cut to fit a screen, with the place marked.
//!
//! The source is walked once for all findings and never copied: a message of 25 MB on one line
//! costs one pass. What is cut out is masked and made safe to print. Columns count Unicode
//! characters from 1, as in a finding. Tests: in this file.

use std::borrow::Borrow;

use kp_model::Finding;
use memchr::memchr;

use crate::{privacy::mask_bytes, style::visible};

/// A line up to this many characters is shown whole.
const WHOLE_CHARACTERS_MAX: usize = 100;
/// Of a longer line this much is shown before the place and from it.
const BEFORE_CHARACTERS: usize = 40;
const AFTER_CHARACTERS: usize = 60;
/// Bytes read beyond a cut, so that a number across the cut is still recognised and masked.
const MARGIN_BYTES: usize = 10;

/// A part of one line with a place in it, ready to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// The text; `…` stands where it was cut.
    pub(crate) text: String,
    /// The characters of the text before the place.
    pub(crate) caret: usize,
    /// The characters that the finding is about, at least 1.
    pub(crate) span: usize,
}

/// The excerpt for each finding; none for one about the whole file or outside the source.
pub(crate) fn excerpts<F: Borrow<Finding>>(source: &[u8], findings: &[F]) -> Vec<Option<Excerpt>> {
    let findings: Vec<&Finding> = findings.iter().map(Borrow::borrow).collect();
    let mut order: Vec<usize> = (0..findings.len())
        .filter(|&index| findings[index].line > 0)
        .collect();
    order.sort_by_key(|&index| (findings[index].line, findings[index].column));

    let mut excerpts = vec![None; findings.len()];
    let mut cursor = Cursor::new(source);
    for index in order {
        let finding = findings[index];
        if !cursor.go_to(finding.line, finding.column.max(1)) {
            break;
        }
        excerpts[index] = Some(cut(
            source,
            (cursor.line_start, cursor.line_end),
            cursor.offset,
            finding.got.as_deref(),
        ));
    }
    excerpts
}

/// A place in the source that only moves forward.
struct Cursor<'a> {
    source: &'a [u8],
    line: u32,
    line_start: usize,
    line_end: usize,
    column: u32,
    offset: usize,
}

impl<'a> Cursor<'a> {
    fn new(source: &'a [u8]) -> Self {
        Self {
            source,
            line: 1,
            line_start: 0,
            line_end: line_end(source, 0),
            column: 1,
            offset: 0,
        }
    }

    /// Goes to a place at or after the present one; a column beyond the line stops at its end.
    fn go_to(&mut self, line: u32, column: u32) -> bool {
        while self.line < line {
            if self.line_end >= self.source.len() {
                return false;
            }
            self.line += 1;
            self.line_start = self.line_end + 1;
            self.line_end = line_end(self.source, self.line_start);
            self.offset = self.line_start;
            self.column = 1;
        }
        let rest = &self.source[self.offset..self.line_end];
        self.offset += characters_forward(rest, (column - self.column) as usize);
        self.column = column;
        true
    }
}

fn line_end(source: &[u8], start: usize) -> usize {
    memchr(b'\n', &source[start..]).map_or(source.len(), |length| start + length)
}

fn starts_character(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

/// The bytes that a number of characters takes; counts in blocks, for a place far in a long line.
fn characters_forward(bytes: &[u8], characters: usize) -> usize {
    let mut left = characters;
    let mut taken = 0;
    for block in bytes.chunks(4096) {
        let in_block = block.iter().filter(|&&byte| starts_character(byte)).count();
        if in_block <= left {
            left -= in_block;
            taken += block.len();
            continue;
        }
        for &byte in block {
            if starts_character(byte) {
                if left == 0 {
                    return taken;
                }
                left -= 1;
            }
            taken += 1;
        }
    }
    taken
}

/// The bytes that a number of characters takes, counted back from the end.
fn characters_backward(bytes: &[u8], characters: usize) -> usize {
    let mut left = characters;
    for (taken, &byte) in bytes.iter().rev().enumerate() {
        if left == 0 {
            return taken;
        }
        left -= usize::from(starts_character(byte));
    }
    bytes.len()
}

fn cut(source: &[u8], line: (usize, usize), offset: usize, got: Option<&str>) -> Excerpt {
    let (line_start, mut line_end) = line;
    if line_end > line_start && source[line_end - 1] == b'\r' {
        line_end -= 1;
    }
    let offset = offset.min(line_end);
    let (mut start, mut end) = (line_start, line_end);
    if characters_forward(&source[line_start..line_end], WHOLE_CHARACTERS_MAX) < line_end - line_start {
        start = offset - characters_backward(&source[line_start..offset], BEFORE_CHARACTERS);
        end = offset + characters_forward(&source[offset..line_end], AFTER_CHARACTERS);
    }

    let from = start.saturating_sub(MARGIN_BYTES).max(line_start);
    let to = (end + MARGIN_BYTES).min(line_end);
    let mut window = source[from..to].to_vec();
    mask_bytes(&mut window);
    let printable = |from_byte: usize, to_byte: usize| {
        visible(&String::from_utf8_lossy(
            &window[from_byte - from..to_byte - from],
        ))
        .into_owned()
    };

    let marked_bytes = got
        .filter(|got| source[offset..].starts_with(got.as_bytes()))
        .map_or(0, |got| got.len().min(end - offset));
    let marked = printable(offset, offset + marked_bytes);
    let mut text = String::new();
    if start > line_start {
        text.push('…');
    }
    text.push_str(&printable(start, offset));
    let caret = text.chars().count();
    text.push_str(&marked);
    text.push_str(&printable(offset + marked_bytes, end));
    if end < line_end {
        text.push('…');
    }
    Excerpt {
        text,
        caret,
        span: marked.chars().count().max(1),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use kp_model::{Kind, Level, Severity};

    use super::*;

    pub(crate) fn finding(line: u32, column: u32, got: &str) -> Finding {
        Finding {
            rule: "RS037".to_owned(),
            standard: "iwmo".to_owned(),
            kind: Kind::Restrictie,
            level: Level::Structure,
            retourcode: None,
            severity: Severity::Fout,
            message_nl: "Een burgerservicenummer telt precies 9 cijfers.".to_owned(),
            message_en: "A burgerservicenummer has exactly 9 digits.".to_owned(),
            file: None,
            line,
            column,
            path: "/Bericht/Client/Bsn".to_owned(),
            related: Vec::new(),
            expected: Some("[0-9]{9}".to_owned()),
            got: Some(got.to_owned()),
            assumed: false,
        }
    }

    /// The excerpt with its marked part between `[` and `]`.
    fn check(source: &str, line: u32, column: u32, got: &str, expect: &str) {
        let excerpt = excerpts(source.as_bytes(), &[finding(line, column, got)])
            .remove(0)
            .expect("the place exists");
        let mut shown: Vec<char> = excerpt.text.chars().collect();
        shown.resize(shown.len().max(excerpt.caret + excerpt.span), ' ');
        shown.insert(excerpt.caret + excerpt.span, ']');
        shown.insert(excerpt.caret, '[');
        assert_eq!(shown.into_iter().collect::<String>(), expect);
    }

    #[test]
    fn marks_the_value_or_one_character() {
        check("<a>\n<b>99</b>\r\n", 2, 4, "99", "<b>[99]</b>");
        check("<a>\n<b>99</b>", 2, 4, "98", "<b>[9]9</b>");
        check("<b>é&amp;ü</b>", 1, 5, "&", "<b>é[&]amp;ü</b>");
        check("\té", 1, 2, "é", "    [é]");
        check("<a/>", 1, 900, "", "<a/>[ ]");
        check("", 1, 1, "", "[ ]");
        check("ab", 1, 0, "", "[a]b");
    }

    #[test]
    fn control_characters_are_escaped() {
        check("<a>\u{1b}[2J</a>", 1, 4, "\u{1b}", "<a>[\\u{1b}][2J</a>");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let line = format!("{}<b>99</b>{}", "é".repeat(9000), "z".repeat(9000));
        let expect = format!("…{}<b>[99]</b>{}…", "é".repeat(37), "z".repeat(54));
        check(&line, 1, 9004, "99", &expect);
        let start = format!("[<]b>99</b>{}…", "z".repeat(51));
        check(&line[18_000..], 1, 1, "", &start);
    }

    #[test]
    fn a_number_across_the_cut_is_masked() {
        let line = format!("123456782{}{}", "<".repeat(35), "z".repeat(200));
        let expect = format!("…****{}[z]{}…", "<".repeat(35), "z".repeat(59));
        check(&line[..], 1, 45, "z", &expect.replacen("****", "*****", 1));
        check(
            "<Bsn>123456782</Bsn>",
            1,
            6,
            "123456782",
            "<Bsn>[*********]</Bsn>",
        );
    }

    #[test]
    fn findings_keep_their_order_and_a_place_outside_has_no_excerpt() {
        let findings = [
            finding(3, 1, ""),
            finding(0, 0, ""),
            finding(1, 2, ""),
            finding(9, 1, ""),
        ];
        let texts: Vec<_> = excerpts(b"one\ntwo\nthree", &findings)
            .into_iter()
            .map(|excerpt| excerpt.map(|excerpt| excerpt.text))
            .collect();
        assert_eq!(
            texts,
            [Some("three".to_owned()), None, Some("one".to_owned()), None]
        );
    }

    #[test]
    fn broken_encoding_is_no_obstacle() {
        let excerpt = excerpts(b"<a>\xff\xfe</a>", &[finding(1, 4, "")]).remove(0);
        assert_eq!(excerpt.map(|excerpt| excerpt.caret), Some(3));
    }
}
