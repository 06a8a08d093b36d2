//! The archive of evidence, and that no personal number and no markup of a sender gets anywhere.

use std::collections::BTreeMap;

use kp_model::archive::{self, ArchiveLimits};
use kp_report::{
    Direction, HubVerdict, Lang, RunEvent, RunReport, Style, Unexpected, evidence, html, json, junit, sarif,
    terminal,
};
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{sample, schema::Schema};

const INDEX: &str = include_str!("../../../../docs/schemas/bewijs-1.json");
const LIMITS: ArchiveLimits = ArchiveLimits {
    files: 1000,
    file_bytes: 10_000_000,
    total_bytes: 100_000_000,
};

fn unpacked(report: &RunReport, lang: Lang) -> BTreeMap<String, Vec<u8>> {
    let packed = evidence::render(report, lang).expect("packs");
    let files = archive::read(&packed, &LIMITS).expect("an archive");
    let files = files.into_iter().map(|file| (file.name, file.bytes.to_vec()));
    files.collect()
}

#[test]
fn every_message_is_a_file_with_its_envelope_and_digest() {
    let files = unpacked(&sample::report(), Lang::Nl);
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "A2/01-naar-sut-JW301.xml",
            "A2/02-van-sut-JW305.xml",
            "LEESMIJ.md",
            "index.json",
            "onverwacht/01-van-sut-JW305.xml",
            "report.json",
        ]
    );
    let index: Value = serde_json::from_slice(&files["index.json"]).expect("JSON");
    let mut schema = Schema::read(INDEX);
    assert_eq!(schema.faults(&index), Vec::<String>::new());
    assert_eq!(schema.never_met(), Vec::<String>::new());
    for entry in index["files"].as_array().expect("a list") {
        let bytes = &files[entry["file"].as_str().expect("a name")];
        assert_eq!(entry["sha256"], hex(bytes));
        assert_eq!(entry["length"], bytes.len());
    }
    assert_eq!(index["files"][1]["hub_verdict"]["code"], "BRS13");
    assert_eq!(index["report"]["sha256"], hex(&files["report.json"]));
    assert!(String::from_utf8_lossy(&files["LEESMIJ.md"]).contains("gezakt. 3 berichten."));
    let english = unpacked(&sample::report(), Lang::En);
    assert!(String::from_utf8_lossy(&english["README.md"]).contains("3 messages."));
}

#[test]
fn equal_runs_have_equal_archives_whenever_they_ran() {
    let one = sample::report();
    let mut other = one.clone();
    other.apply(RunEvent::RunFinished {
        execution: kp_report::Execution {
            host: "elders".to_owned(),
            ..Default::default()
        },
    });
    assert_ne!(one, other);
    let pack = |report: &RunReport| evidence::render(report, Lang::Nl).expect("packs");
    assert_eq!(pack(&one), pack(&other));
}

#[test]
fn what_is_no_xml_is_kept_to_the_byte() {
    let bytes = b"\x03\x04\xff\0\r\n";
    let files = unpacked(&hostile(bytes), Lang::Nl);
    let kept = files.iter().find(|(name, _)| name.starts_with("A1/"));
    let (name, kept) = kept.expect("is there");
    assert!(name.ends_with(".bin"), "{name}");
    assert_eq!(kept, bytes);
}

fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A report in which a sender put these bytes wherever it could.
fn hostile(bytes: &[u8]) -> RunReport {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut report = RunReport::new();
    report.apply(sample::started());
    let refused = HubVerdict::Refused {
        code: text.clone(),
        text: text.clone(),
    };
    let mut event = sample::message("A1", Direction::FromSut, &text, &text, refused, Vec::new());
    if let RunEvent::Message(message) = &mut event {
        message.bytes = bytes.into();
        message.from.clone_from(&text);
        message.to.clone_from(&text);
        let mut finding = sample::finding();
        finding.got = Some(text.clone());
        finding.message_nl.clone_from(&text);
        message.findings.push(finding);
    }
    report.apply(event);
    report.apply(RunEvent::Unexpected(Unexpected {
        business_time: "2025-12-16T10:00:00".to_owned(),
        message: text.clone(),
        from: text.clone(),
        to: text.clone(),
        traceer_id: text.clone(),
        explanation: text,
        bytes: bytes.into(),
    }));
    report
}

/// Bytes in which a personal number, in ASCII or UTF-16, stands between bytes that are no digits.
fn with_number() -> impl Strategy<Value = Vec<u8>> {
    let around = || prop::collection::vec(any::<u8>(), 0..60);
    (around(), any::<bool>(), around()).prop_map(|(mut before, wide, after)| {
        before.extend_from_slice(b"<\n");
        for digit in b"123456782" {
            before.push(*digit);
            if wide {
                before.push(0);
            }
        }
        before.push(b'>');
        before.extend(after);
        before
    })
}

/// What is put into the page by us looks like this, and nothing else begins a tag.
const TAGS: &[&str] = &[
    "!DOCTYPE",
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "a",
    "header",
    "div",
    "h1",
    "h2",
    "h3",
    "span",
    "p",
    "br",
    "strong",
    "small",
    "ul",
    "li",
    "dl",
    "dt",
    "dd",
    "code",
    "section",
    "nav",
    "main",
    "details",
    "summary",
    "b",
    "time",
    "ol",
    "pre",
    "mark",
    "em",
    "figure",
    "figcaption",
    "svg",
    "desc",
    "path",
    "rect",
    "text",
    "footer",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_masked_and_escaped_everywhere(bytes in with_number()) {
        let report = hostile(&bytes);
        let texts = [Lang::Nl, Lang::En].map(|lang| [
            html::render(&report, lang).expect("renders"),
            junit::render(&report, lang).expect("renders"),
            sarif::render(&report, lang).expect("renders"),
            json::render(&report).expect("renders"),
            terminal::summary(&report, Style { color: false, lang }),
        ]);
        for text in texts.iter().flatten() {
            let digits = text.replace("\\u0000", "").replace("\\u{0}", "").replace('\0', "");
            prop_assert!(!digits.contains("123456782"), "{}", text);
        }
        for tag in texts[0][0].split('<').skip(1) {
            let name = tag.trim_start_matches('/');
            let name = &name[..name.find([' ', '>', '\n']).unwrap_or(name.len())];
            prop_assert!(TAGS.contains(&name), "<{}", tag);
        }
        for (name, file) in unpacked(&report, Lang::Nl) {
            let plain: Vec<u8> = file.iter().copied().filter(|byte| *byte != 0).collect();
            prop_assert!(!plain.windows(9).any(|digits| digits == b"123456782"), "{}", name);
            let safe = |sign: char| sign.is_ascii_alphanumeric() || "-./".contains(sign);
            prop_assert!(name.chars().all(safe) && !name.contains(".."), "{}", name);
            if name.starts_with("A1/") {
                prop_assert_eq!(file.len(), bytes.len());
                let kept = file.iter().zip(&bytes).filter(|(now, was)| now == was).count();
                prop_assert!(kept + 18 >= bytes.len(), "only digits of numbers change");
            }
        }
    }
}
