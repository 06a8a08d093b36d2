//! Masks numbers that may be the burgerservicenummer of a living person.
//!
//! A run of exactly nine digits that passes the elfproef and lies outside the range of test numbers
//! is replaced, digit by digit, so that lines and columns stay where they are. A name, a birth
//! date or an address is not recognised here. Tests: in this file.

use std::{borrow::Cow, ops::Range};

use kp_model::Finding;

/// The digits of a burgerservicenummer.
const DIGITS: usize = 9;
/// The numbers that were set apart for tests; no person has one of them.
const TEST_NUMBERS: std::ops::RangeInclusive<u32> = 999_900_006..=999_999_990;

/// The text with each possible burgerservicenummer of a living person as `*********`.
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut numbers = personal_numbers(text.as_bytes()).peekable();
    if numbers.peek().is_none() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for number in numbers {
        masked.push_str(&text[done..number.start]);
        masked.extend(std::iter::repeat_n('*', DIGITS));
        done = number.end;
    }
    masked.push_str(&text[done..]);
    Cow::Owned(masked)
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
        bytes[number].fill(b'*');
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

fn personal_numbers(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            if !bytes[at].is_ascii_digit() {
                at += 1;
                continue;
            }
            let start = at;
            while at < bytes.len() && bytes[at].is_ascii_digit() {
                at += 1;
            }
            if is_personal_number(&bytes[start..at]) {
                return Some(start..at);
            }
        }
        None
    })
}

fn is_personal_number(digits: &[u8]) -> bool {
    if digits.len() != DIGITS {
        return false;
    }
    let number = digits
        .iter()
        .fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    number > 0 && !TEST_NUMBERS.contains(&number) && passes_elfproef(digits)
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
        ] {
            assert_eq!(mask(text), expect);
            let mut bytes = text.as_bytes().to_vec();
            mask_bytes(&mut bytes);
            assert_eq!(bytes, expect.as_bytes());
        }
    }

    #[test]
    fn text_without_numbers_is_not_copied() {
        assert!(matches!(mask("JW301 999900006"), Cow::Borrowed(_)));
    }
}
