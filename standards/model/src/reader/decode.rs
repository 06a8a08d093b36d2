//! The text of a file, before anything of it is read: encoding, characters and line ends.
//!
//! Tests: `tests/it/structure.rs`.

use std::sync::Arc;

use bytes::Bytes;
use memchr::memmem;

use crate::finding::Severity;
use crate::findings::{Findings, Told};
use crate::release::Release;
use crate::text::forbidden_character;
use crate::wording::Defect;

/// The text of the bytes and where it begins; on failure as much of it as is text.
pub(super) fn decode<'a>(
    bytes: &'a Bytes,
    releases: &[Arc<Release>],
    findings: &mut Findings,
) -> Result<(usize, &'a str), &'a str> {
    // Looking for the release takes longer than all the rest, so it waits for something to tell.
    let about_the_file = |findings: &mut Findings, defect| {
        let recognised = sniff(bytes, releases);
        findings.release = recognised.cloned();
        // The rule on files is the same in every release at hand.
        let release = recognised.or(releases.first());
        let rule = release.and_then(|release| release.file_rule.clone());
        Told {
            rule,
            ..Told::new(defect)
        }
    };
    let utf16 = matches!(
        bytes.as_ref(),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0x3c, 0x00, ..] | [0x00, 0x3c, ..]
    );
    if utf16 {
        let encoding = "UTF-16".to_owned();
        let told = about_the_file(findings, Defect::OtherEncoding { encoding });
        findings.tell(0, told);
        return Err("");
    }
    let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    if start > 0 {
        let told = about_the_file(findings, Defect::ByteOrderMark);
        findings.tell(
            0,
            Told {
                severity: Severity::Opmerking,
                ..told
            },
        );
    }
    if bytes.get(start) != Some(&b'<') {
        let begins = beginning(&bytes[start..]);
        if !begins.is_empty() && !begins.starts_with('<') {
            let begins = begins.escape_debug().to_string();
            findings.tell(0, Told::new(Defect::NoXml { begins }));
            return Err("");
        }
    }
    match std::str::from_utf8(&bytes[start..]) {
        Ok(text) => match forbidden_character(text) {
            None => Ok((start, text)),
            Some(offset) => {
                let character = text[offset..].chars().next().unwrap_or_default();
                findings.tell(offset, Told::new(Defect::ForbiddenCharacter { character }));
                Err(text)
            }
        },
        Err(error) => {
            let valid = std::str::from_utf8(&bytes[start..start + error.valid_up_to()]).unwrap_or_default();
            let byte = bytes[start + error.valid_up_to()];
            let told = about_the_file(findings, Defect::NoUtf8 { byte });
            findings.tell(valid.len(), told);
            Err(valid)
        }
    }
}

/// The first characters that are not white space.
fn beginning(bytes: &[u8]) -> String {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    head.trim_start().chars().take(20).collect()
}

/// The release that one of the first namespaces in the bytes belongs to, without reading them.
pub(super) fn sniff<'a>(bytes: &[u8], releases: &'a [Arc<Release>]) -> Option<&'a Arc<Release>> {
    let head = &bytes[..bytes.len().min(4096)];
    releases.iter().find(|release| {
        release
            .messages()
            .iter()
            .any(|message| memmem::find(head, message.namespace.uri.as_bytes()).is_some())
    })
}

/// Remarks on the first line that ends in LF or in CR alone.
pub(super) fn remark_line_ends(text: &str, release: &Arc<Release>, findings: &mut Findings) {
    if let Some(offset) = bare_line_end(text.as_bytes()) {
        let rule = release.file_rule.clone();
        findings.tell(
            offset,
            Told {
                rule,
                severity: Severity::Opmerking,
                ..Told::new(Defect::BareLineEnd {
                    got: if text.as_bytes()[offset] == b'\n' {
                        "LF"
                    } else {
                        "CR"
                    },
                })
            },
        );
    }
}

/// The first line end that is not CR and LF together.
fn bare_line_end(bytes: &[u8]) -> Option<usize> {
    if bytes.first() == Some(&b'\n') {
        return Some(0);
    }
    let rest = bytes.get(1..)?;
    let is_bare =
        |before: u8, byte: u8| ((before == b'\r') | (byte == b'\n')) & ((before != b'\r') | (byte != b'\n'));
    // Whole blocks first: without a branch for each byte this runs at the speed of memory.
    for (index, (before, block)) in bytes.chunks(256).zip(rest.chunks(256)).enumerate() {
        let pairs = before.iter().zip(block);
        if pairs
            .clone()
            .fold(false, |found, (before, byte)| found | is_bare(*before, *byte))
        {
            let position = pairs.clone().position(|(before, byte)| is_bare(*before, *byte))?;
            let at = index * 256 + position;
            return Some(if bytes[at] == b'\r' { at } else { at + 1 });
        }
    }
    (bytes.last() == Some(&b'\r')).then(|| bytes.len() - 1)
}

/// Whether `]]>` stands anywhere.
pub(super) fn has_closing_brackets(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b']', bytes).any(|position| bytes[position..].starts_with(b"]]>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_line_end_is_found_wherever_it_stands() {
        for position in [0, 1, 254, 255, 256, 257, 511, 512, 513, 700] {
            let mut text = "\r\n".repeat(400).into_bytes();
            text.insert(position, b'x');
            let split = position % 2 == 1;
            assert_eq!(bare_line_end(&text), split.then(|| position - 1), "{position}");
        }
        assert_eq!(bare_line_end(b""), None);
        assert_eq!(bare_line_end(b"\n"), Some(0));
        assert_eq!(bare_line_end(b"\r\n"), None);
        assert_eq!(bare_line_end(b"a\nb"), Some(1));
        assert_eq!(bare_line_end(b"a\rb"), Some(1));
        assert_eq!(bare_line_end(b"a\r"), Some(1));
    }
}
