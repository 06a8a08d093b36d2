//! Input that means harm: nothing panics, nothing takes long, every place is within the file.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use kp_model::{Checked, Kind, Limits, Release, Seed, generate};
use proptest::prelude::*;

use crate::structure::releases;

static RELEASES: LazyLock<Vec<Arc<Release>>> = LazyLock::new(releases);

/// Far above what any input may take, so that a busy machine does not matter.
const SECONDS_MAX: u64 = 20;

fn check(bytes: &[u8]) -> Checked {
    kp_model::check(Bytes::copy_from_slice(bytes), &RELEASES, &Limits::default())
}

/// Every finding stands in the file, says what it expected and what it got, and is short enough to show.
fn findings_are_whole(bytes: &[u8], checked: &Checked) -> Result<(), String> {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    for finding in &checked.findings {
        let line = usize::try_from(finding.line).unwrap_or(usize::MAX);
        let within = line >= 1 && line <= lines.len() && finding.column >= 1;
        if !within || usize::try_from(finding.column).unwrap_or(usize::MAX) > lines[line - 1].len() + 1 {
            return Err(format!(
                "{}:{} {}",
                finding.line, finding.column, finding.message_en
            ));
        }
        let texts =
            [&finding.expected, &finding.got].map(|text| text.clone().unwrap_or_else(|| "-".repeat(10_000)));
        let longest = texts
            .iter()
            .chain([&finding.message_nl, &finding.path])
            .map(String::len)
            .max();
        if longest > Some(5000) {
            return Err(format!("not told, or too long: {finding:?}")
                .chars()
                .take(500)
                .collect());
        }
    }
    Ok(())
}

fn good(seed: u64) -> Vec<u8> {
    let messages: Vec<_> = RELEASES
        .iter()
        .flat_map(|release| release.messages().iter().map(move |message| (release, message)))
        .collect();
    let (release, message) = messages[usize::try_from(seed).unwrap_or_default() % messages.len()];
    let number = &message.number;
    generate(release, number, Seed(seed))
        .expect("a message of the release")
        .write()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let checked = check(&bytes);
        prop_assert_eq!(findings_are_whole(&bytes, &checked), Ok(()));
        prop_assert!(!checked.is_valid());
    }

    #[test]
    fn any_markup(text in "(<|>|/|a|:|b=|\"|'|&|;|#|x|!|--|\\[CDATA\\[|\\]\\]>|\\?|xml|xmlns| |\n|é){0,60}") {
        let text = format!("<{text}");
        let checked = check(text.as_bytes());
        prop_assert_eq!(findings_are_whole(text.as_bytes(), &checked), Ok(()));
        prop_assert!(!checked.is_valid());
    }

    #[test]
    fn any_edits(seed in 0_u64..280, edits in proptest::collection::vec((0_u8..4, any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = good(seed);
        for (kind, one, other, byte) in edits {
            if bytes.is_empty() {
                break;
            }
            let (one, other) = (one.index(bytes.len()), other.index(bytes.len()));
            let (from, to) = (one.min(other), one.max(other));
            match kind {
                0 => drop(bytes.drain(from..to)),
                1 => bytes[one] = byte,
                2 => bytes[one] ^= 1 << (byte % 8),
                _ => {
                    let piece = bytes[from..to.min(from + 400)].to_vec();
                    bytes.splice(other..other, piece);
                }
            }
        }
        let checked = check(&bytes);
        prop_assert_eq!(findings_are_whole(&bytes, &checked), Ok(()));
        prop_assert!(checked.message.is_some() || checked.findings.iter().any(kp_model::Finding::is_fout));
    }
}

/// A good message with more put in front of the end of its root.
fn with(more: &str) -> Vec<u8> {
    let text = String::from_utf8(good(1)).expect("UTF-8");
    let end = text.rfind("</").expect("an end tag");
    format!("{}{more}{}", &text[..end], &text[end..]).into_bytes()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a bound on time is held against a clock"
)]
fn in_time(name: &str, bytes: &[u8]) -> Checked {
    let began = std::time::Instant::now();
    let checked = check(bytes);
    let seconds = began.elapsed().as_secs();
    assert!(seconds < SECONDS_MAX, "{name} took {seconds} s");
    assert_eq!(findings_are_whole(bytes, &checked), Ok(()), "{name}");
    checked
}

#[test]
fn what_is_too_much_is_refused() {
    let nested: String = (0..60)
        .map(|level| format!("<x xmlns:a{level}='u' xmlns:b{level}='u'>"))
        .collect();
    let laughs = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    let cases: Vec<(&str, Vec<u8>, Kind)> = vec![
        ("depth", with(&"<x>".repeat(100_000)), Kind::Limiet),
        (
            "attributes",
            with(&format!(
                "<x{}/>",
                (0..100_000)
                    .map(|number| format!(" a{number}=''"))
                    .collect::<String>()
            )),
            Kind::Limiet,
        ),
        (
            "same attributes",
            with(&format!("<x{}/>", " a=''".repeat(100_000))),
            Kind::Welgevormd,
        ),
        ("elements", with(&"<x/>".repeat(1_000_000)), Kind::Limiet),
        (
            "text",
            with(&format!("<x>{}</x>", "a".repeat(11 << 20))),
            Kind::Limiet,
        ),
        ("namespaces", with(&nested), Kind::Limiet),
        (
            "entities",
            [laughs.as_bytes(), &with("&b;")].concat(),
            Kind::Welgevormd,
        ),
        ("brackets", with(&"<".repeat(1_000_000)), Kind::Welgevormd),
        ("open tags", with(&"<x ".repeat(300_000)), Kind::Welgevormd),
        (
            "quotes",
            with(&format!("<x a=\"{}", "'".repeat(1_000_000))),
            Kind::Welgevormd,
        ),
        ("ampersands", with(&"&".repeat(1_000_000)), Kind::Welgevormd),
        (
            "a long reference",
            with(&format!("&{};", "a".repeat(1_000_000))),
            Kind::Welgevormd,
        ),
        (
            "a long name",
            with(&format!("<{}/>", "a".repeat(1_000_000))),
            Kind::Limiet,
        ),
        ("open comment", with(&"<!-- ".repeat(300_000)), Kind::Welgevormd),
        ("open CDATA", with(&"<![CDATA[".repeat(300_000)), Kind::Welgevormd),
        ("end tags", with(&"</x>".repeat(300_000)), Kind::Welgevormd),
    ];
    for (name, bytes, kind) in cases {
        let checked = in_time(name, &bytes);
        let kinds: Vec<Kind> = checked.findings.iter().map(|finding| finding.kind).collect();
        assert!(
            kinds.contains(&kind) && !checked.is_wellformed(),
            "{name}: {:?}",
            kinds.last()
        );
    }
}

#[test]
fn what_is_much_is_judged_in_time() {
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("comments", with(&"<!-- -->".repeat(500_000))),
        ("instructions", with(&"<?x?>".repeat(500_000))),
        ("blanks", with(&" \r\n".repeat(4_000_000))),
        (
            "pieces of a value",
            with(&format!(
                "<x>{}</x>",
                "a<!-- -->&amp;<![CDATA[b]]>".repeat(200_000)
            )),
        ),
        ("unknown elements", with(&"<y>1</y>".repeat(200_000))),
        ("closing brackets", with(&"]".repeat(5_000_000))),
        ("text of a class", with(&"x<!-- -->".repeat(300_000))),
    ];
    for (name, bytes) in cases {
        in_time(name, &bytes);
    }
}

#[test]
fn pieces_of_a_known_value_are_put_together_in_time() {
    let text = String::from_utf8(good(1)).expect("UTF-8");
    let at = text.find(":Identificatie>").expect("every header has one") + ":Identificatie>".len();
    for piece in ["a<!-- -->", "&amp;", "<![CDATA[b]]>", "<x/>", "\r\n"] {
        let long = format!("{}{}{}", &text[..at], piece.repeat(200_000), &text[at..]);
        assert!(!in_time(piece, long.as_bytes()).is_valid());
    }
}
