//! Generated messages: valid, different, the same for the same seed, and of the size that was asked for.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Catalogue, Limits, Release, Seed, check, generate, generate_sized};

use crate::structure::releases;

fn elfproef(bsn: &str) -> bool {
    let digits: Vec<i32> = bsn.bytes().map(|byte| i32::from(byte - b'0')).collect();
    let sum: i32 = digits
        .iter()
        .zip([9, 8, 7, 6, 5, 4, 3, 2, -1])
        .map(|(digit, weight)| digit * weight)
        .sum();
    digits.len() == 9 && sum % 11 == 0
}

fn every_message() -> impl Iterator<Item = (Arc<Release>, String)> {
    releases().into_iter().flat_map(|release| {
        let names: Vec<String> = release
            .messages()
            .iter()
            .map(|message| message.name.clone())
            .collect();
        names.into_iter().map(move |name| (Arc::clone(&release), name))
    })
}

#[test]
fn generated_messages_have_no_findings() {
    let releases = releases();
    let mut count = 0;
    for (release, name) in every_message() {
        for seed in 0..60 {
            let bytes = generate(&release, &name, Seed(seed))
                .expect("a message of the release")
                .write();
            let checked = check(Bytes::from(bytes.clone()), &releases, &Limits::default());
            assert!(
                checked.findings.is_empty(),
                "{name} seed {seed}: {:?}\n{}",
                checked.findings,
                String::from_utf8_lossy(&bytes)
            );
            assert_eq!(checked.message_name.as_deref(), Some(name.as_str()));
            count += 1;
        }
    }
    assert_eq!(count, (4 * 14 + 2 * 4) * 60);
}

#[test]
fn the_seed_decides() {
    for (release, name) in every_message() {
        let bytes = |seed| {
            generate(&release, &name, Seed(seed))
                .expect("a message of the release")
                .write()
        };
        assert_eq!(bytes(7), bytes(7));
        let different: BTreeSet<Vec<u8>> = (0..200).map(bytes).collect();
        assert!(different.len() > 150, "{name}: {} of 200", different.len());
    }
}

#[test]
fn persons_are_fictive() {
    let mut persons = BTreeSet::new();
    for (release, name) in every_message() {
        let range = release.test_bsn().expect("a range of test numbers");
        for seed in 0..40 {
            let text = String::from_utf8(generate(&release, &name, Seed(seed)).expect("a message").write())
                .expect("UTF-8");
            for bsn in text.split(":Bsn>").skip(1).step_by(2) {
                let bsn = bsn.split('<').next().unwrap_or_default();
                let number: u32 = bsn.parse().expect("digits");
                assert!(
                    range.contains(&number) && elfproef(bsn),
                    "{name} seed {seed}: {bsn}"
                );
                persons.insert(number);
            }
        }
    }
    assert!(persons.len() > 200, "{}", persons.len());
}

#[test]
fn values_vary() {
    let release = &Catalogue::embedded().load("iwmo-3.2").expect("it loads");
    let texts: Vec<String> = (0..300)
        .map(|seed| {
            String::from_utf8(generate(release, "301", Seed(seed)).expect("a message").write())
                .expect("UTF-8")
        })
        .collect();
    let text = texts.concat();
    for piece in [
        "&amp;",
        "&lt;",
        "é",
        "-02-29<",
        "Toewijzingstijd>2",
        ":LandCode>",
        ":Commentaar>",
        ":Relatie>",
        "Ł",
    ] {
        assert!(text.contains(piece), "{piece}");
    }
    let names: BTreeSet<usize> = texts
        .iter()
        .flat_map(|text| {
            let document = roxmltree::Document::parse(text).expect("XML");
            let names = document
                .descendants()
                .filter(|node| node.tag_name().name() == "Achternaam");
            names
                .filter_map(|node| node.text().map(|text| text.chars().count()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(names.contains(&1) && names.contains(&200), "{names:?}");
}

#[test]
fn a_size_is_kept() {
    let releases = releases();
    for (release, name) in every_message() {
        let draft = generate_sized(&release, &name, Seed(3), 60_000).expect("a message of the release");
        let bytes = draft.write();
        let checked = check(Bytes::from(bytes.clone()), &releases, &Limits::default());
        assert!(checked.findings.is_empty(), "{name}: {:?}", checked.findings);
        let repeats = release
            .message(&name)
            .expect("known")
            .elements()
            .iter()
            .any(|element| element.max == u32::MAX);
        assert!(
            bytes.len() <= 60_000 && (!repeats || bytes.len() > 30_000),
            "{name}: {}",
            bytes.len()
        );
        assert_eq!(
            bytes,
            generate_sized(&release, &name, Seed(3), 60_000)
                .expect("a message")
                .write()
        );
    }
}

#[test]
fn an_unknown_message_is_told() {
    let release = Catalogue::embedded().load("iwmo-3.2").expect("it loads");
    let error = generate(&release, "399", Seed(1)).expect_err("there is no such message");
    assert_eq!(error.to_string(), "release iwmo-3.2 has no message 399");
}

#[test]
fn a_message_names_the_schemas_of_its_release() {
    for release in releases() {
        for message in release.messages() {
            let bytes = generate(&release, &message.name, Seed(5))
                .expect("a message of the release")
                .write();
            let checked = check(bytes.into(), std::slice::from_ref(&release), &Limits::default());
            let kop = checked.message.expect("a valid message").facts("Kop");
            let versie = release.xsd_versie();
            assert_eq!(
                kop[0].get("basisschema_versie"),
                Some(versie.basisschema.own.as_str()),
                "{}",
                message.name
            );
            assert_eq!(
                kop[0].get("bericht_versie"),
                Some(versie.bericht.own.as_str()),
                "{}",
                message.name
            );
        }
    }
}
