//! Masks numbers that may be the burgerservicenummer of a living person.
//!
//! A run of exactly nine digits that passes the elfproef and lies outside the range of test numbers
//! is replaced, digit by digit, so that lines and columns stay where they are; a NUL between two
//! digits, as in UTF-16, does not end a run. What is packed cannot be masked, so an archive is withheld unless every
//! file in it can be read and holds no such number. A name, a birth date or an address is not recognised here.
//! Tests: in this file, and `tests/it/evidence.rs` for any bytes.

use std::{borrow::Cow, ops::Range};

use kp_model::{
    Finding,
    archive::{self, ArchiveLimits},
};
use memchr::memmem;
use sha2::{Digest, Sha256};

use crate::message_bytes::MessageBytes;

/// The bounds within which an archive is looked into; the largest message is 25 MB.
const ARCHIVE_FILES_MAX: usize = 64;
const ARCHIVE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// What every file in an archive begins with; a form may hold an archive too.
const ARCHIVE_FILE: &[u8] = b"PK\x03\x04";
/// The digits of a burgerservicenummer.
const DIGITS: usize = 9;
/// The numbers that were set apart for tests; no person has one of them.
const TEST_NUMBERS: std::ops::RangeInclusive<u32> = 999_900_006..=999_999_990;

/// The text with each digit of a possible burgerservicenummer of a living person as `*`.
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut bytes = Cow::Borrowed(text.as_bytes());
    for number in personal_numbers(text.as_bytes()) {
        hide(&mut bytes.to_mut()[number]);
    }
    match bytes {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        // A digit and a star are one byte each.
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8(bytes).expect("digits became stars")),
    }
}

/// Masks an owned text; it is copied only when something had to be masked.
pub(crate) fn mask_text(text: &mut String) {
    if let Cow::Owned(masked) = mask(text) {
        *text = masked;
    }
}

/// Masks bytes in place.
pub(crate) fn mask_bytes(bytes: &mut [u8]) {
    let numbers: Vec<_> = personal_numbers(bytes).collect();
    for number in numbers {
        hide(&mut bytes[number]);
    }
}

/// Masks what was sent, or withholds it when that cannot be.
pub(crate) fn mask_sent(sent: &mut MessageBytes) {
    let bytes = sent.as_bytes();
    if memmem::find(bytes, ARCHIVE_FILE).is_some() && !holds_no_number(bytes) {
        let digest: String = Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let note = format!(
            "niet bewaard, want niet te maskeren / not kept, since it cannot be masked: zip, {} bytes, SHA-256 {digest}\n",
            bytes.len()
        );
        *sent = note.into();
    }
    mask_bytes(sent.as_mut());
}

/// Whether bytes are an archive of which every file can be read and has no number to mask; an archive within it cannot.
fn holds_no_number(bytes: &[u8]) -> bool {
    if !archive::is_archive(bytes) {
        return false;
    }
    let limits = ArchiveLimits {
        files: ARCHIVE_FILES_MAX,
        file_bytes: ARCHIVE_BYTES_MAX,
        total_bytes: ARCHIVE_BYTES_MAX,
    };
    let mut is_clean = true;
    let read = archive::visit(
        bytes,
        &limits,
        |_| true,
        |file| {
            let has_number = |bytes: &[u8]| personal_numbers(bytes).next().is_some();
            is_clean &= !has_number(&file.bytes) && !has_number(file.name.as_bytes());
            is_clean &= !archive::is_archive(&file.bytes);
        },
    );
    read.is_ok() && is_clean
}

fn hide(number: &mut [u8]) {
    for byte in number.iter_mut().filter(|byte| byte.is_ascii_digit()) {
        *byte = b'*';
    }
}

/// Masks every text of a finding that may quote a message or a file name.
pub(crate) fn mask_finding(finding: &mut Finding) {
    mask_text(&mut finding.message_nl);
    mask_text(&mut finding.message_en);
    mask_text(&mut finding.path);
    for text in [&mut finding.file, &mut finding.expected, &mut finding.got]
        .into_iter()
        .flatten()
    {
        mask_text(text);
    }
    finding.related.iter_mut().for_each(mask_text);
}

/// The places of the numbers to mask, in order.
fn personal_numbers(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at + bytes[at..].iter().position(u8::is_ascii_digit)?;
            let mut digits = [0; DIGITS];
            let mut count = 0;
            let mut end = start;
            while let Some(next) = next_digit(bytes, end) {
                if let Some(digit) = digits.get_mut(count) {
                    *digit = bytes[next];
                }
                count += 1;
                end = next + 1;
            }
            at = end;
            if count == DIGITS && is_personal_number(digits) {
                return Some(start..end);
            }
        }
        None
    })
}

/// The next digit of a run, which a NUL does not end.
fn next_digit(bytes: &[u8], at: usize) -> Option<usize> {
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let after_nul = || (bytes.get(at) == Some(&0) && is_digit(at + 1)).then_some(at + 1);
    is_digit(at).then_some(at).or_else(after_nul)
}

fn is_personal_number(digits: [u8; DIGITS]) -> bool {
    let number = digits
        .iter()
        .fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    number > 0 && !TEST_NUMBERS.contains(&number) && passes_elfproef(&digits)
}

/// The weights are 9 down to 2, and -1 for the last digit.
fn passes_elfproef(digits: &[u8]) -> bool {
    let sum: i32 = digits
        .iter()
        .zip([9, 8, 7, 6, 5, 4, 3, 2, -1])
        .map(|(digit, weight)| i32::from(digit - b'0') * weight)
        .sum();
    sum % 11 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_personal_number_is_masked_and_nothing_else() {
        for (text, expect) in [
            ("<Bsn>123456782</Bsn>", "<Bsn>*********</Bsn>"),
            ("123456782", "*********"),
            ("x123456782y 123456782", "x*********y *********"),
            ("<Bsn>999900006</Bsn>", "<Bsn>999900006</Bsn>"),
            ("123456783", "123456783"),
            ("1123456782", "1123456782"),
            ("12345678", "12345678"),
            ("000000000", "000000000"),
            ("é123456782é", "é*********é"),
            (
                "1\u{0}2\u{0}3\u{0}4\u{0}5\u{0}6\u{0}7\u{0}8\u{0}2\u{0}",
                "*\u{0}*\u{0}*\u{0}*\u{0}*\u{0}*\u{0}*\u{0}*\u{0}*\u{0}",
            ),
            ("\u{0}12345678\u{0}", "\u{0}12345678\u{0}"),
        ] {
            assert_eq!(mask(text), expect);
            let mut bytes = text.as_bytes().to_vec();
            mask_bytes(&mut bytes);
            assert_eq!(bytes, expect.as_bytes());
        }
    }

    #[test]
    fn an_archive_is_kept_only_when_nothing_in_it_is_to_be_masked() {
        let sent = |file: &[u8]| {
            let packed = archive::single("a.xml", file);
            let mut sent = MessageBytes::from(packed.clone());
            mask_sent(&mut sent);
            (sent.as_bytes() == packed, sent.text().into_owned())
        };
        assert!(sent(b"<Bsn>999900006</Bsn>").0);
        for file in [&b"<Bsn>123456782</Bsn>"[..], &archive::single("b", b"x")] {
            let (is_kept, text) = sent(file);
            assert!(
                !is_kept && text.contains("niet te maskeren") && text.contains("SHA-256"),
                "{text}"
            );
        }
        for broken in ["PK\u{3}\u{4} broken", "a form with PK\u{3}\u{4} in it"] {
            let mut sent = MessageBytes::from(broken);
            mask_sent(&mut sent);
            let length = format!("{} bytes", broken.len());
            assert!(sent.text().contains(&length), "{broken:?}");
        }
    }

    #[test]
    fn text_without_numbers_is_not_copied() {
        assert!(matches!(mask("JW301 999900006"), Cow::Borrowed(_)));
    }
}
