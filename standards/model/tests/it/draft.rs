//! The canonical writer and the tree: what is written is read again, whatever form it came in.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use kp_model::{Catalogue, Content, Draft, ElementRef, Facts, Limits, Message, Release, Seed, generate};
use proptest::prelude::*;

use crate::mutants::{KINDS, Original};
use crate::structure::releases;

static RELEASES: LazyLock<Vec<Arc<Release>>> = LazyLock::new(releases);

/// The changes that leave what a message says as it is.
const OTHER_FORMS: &[&str] = &[
    "prefixes",
    "default namespace",
    "same value, other form",
    "blank in class",
];

fn read(text: &[u8], releases: &[Arc<Release>]) -> Message {
    let checked = kp_model::check(Bytes::copy_from_slice(text), releases, &Limits::default());
    checked
        .message
        .unwrap_or_else(|| panic!("{:?}\n{}", checked.findings, String::from_utf8_lossy(text)))
}

#[test]
fn writing_what_was_read_gives_the_same_bytes() {
    let releases = releases();
    for release in &releases {
        for message in release.messages() {
            for seed in 0..20 {
                let written = generate(release, &message.name, Seed(seed))
                    .expect("a message")
                    .write();
                assert_eq!(
                    Draft::copy(&read(&written, &releases)).write(),
                    written,
                    "{} seed {seed}",
                    message.name
                );
            }
        }
    }
}

#[test]
fn another_form_has_the_same_canonical_bytes() {
    let releases = releases();
    let mut compared = 0;
    for release in &releases {
        for message in release.messages() {
            for seed in (0..10).map(Seed) {
                let written = generate(release, &message.name, seed).expect("a message").write();
                let text = String::from_utf8(written.clone()).expect("UTF-8");
                for (kind, mutate) in KINDS.iter().filter(|(kind, _)| OTHER_FORMS.contains(kind)) {
                    let Some(other) = mutate(&mut Original::new(release, message, &text, seed)) else {
                        continue;
                    };
                    let canonical = Draft::copy(&read(other.text.as_bytes(), &releases)).write();
                    assert_eq!(
                        canonical, written,
                        "{} {kind} seed {}\n{}",
                        message.name, seed.0, other.text
                    );
                    compared += 1;
                }
                let unindented = text.replace("\r\n", "\n");
                assert_eq!(
                    Draft::copy(&read(unindented.as_bytes(), &releases)).write(),
                    written
                );
            }
        }
    }
    assert!(compared > 28 * 30, "{compared}");
}

#[test]
fn another_reader_of_xml_sees_the_same_tree() {
    let releases = releases();
    for release in &releases {
        for message in release.messages() {
            for seed in (0..15).map(Seed) {
                let text =
                    String::from_utf8(generate(release, &message.name, seed).expect("a message").write())
                        .expect("UTF-8");
                let (_, mutate) = KINDS
                    .iter()
                    .find(|(kind, _)| *kind == "same value, other form")
                    .expect("known");
                let other = mutate(&mut Original::new(release, message, &text, seed))
                    .map_or(text, |mutant| mutant.text);
                let ours = read(other.as_bytes(), &releases);
                let theirs = roxmltree::Document::parse(&other).expect("XML");
                compare(ours.root(), theirs.root_element());
            }
        }
    }
}

fn compare(ours: ElementRef<'_>, theirs: roxmltree::Node<'_, '_>) {
    assert_eq!(ours.name(), theirs.tag_name().name());
    let (_, declaration) = ours.declaration().expect("the message is valid");
    let children: Vec<_> = theirs.children().filter(roxmltree::Node::is_element).collect();
    if matches!(declaration.content, Content::Value(_)) {
        let text: String = theirs
            .children()
            .filter(roxmltree::Node::is_text)
            .filter_map(|node| node.text())
            .collect();
        assert_eq!(ours.value(), text);
    }
    assert_eq!(ours.children().count(), children.len());
    assert_eq!(ours.offset(), theirs.range().start);
    for (ours, theirs) in ours.children().zip(children) {
        compare(ours, theirs);
    }
}

#[test]
fn facts_are_read_as_they_were_written() {
    let releases = releases();
    let concepts = [
        "Kop",
        "Bericht",
        "RetourKop",
        "Client",
        "Contact",
        "Relatie",
        "Toewijzing",
        "Start",
        "Stop",
    ];
    let mut compared = 0;
    for release in &releases {
        for message in release.messages() {
            for seed in 0..10 {
                let original = read(
                    &generate(release, &message.name, Seed(seed))
                        .expect("a message")
                        .write(),
                    &releases,
                );
                for concept in concepts {
                    let facts = original.facts(concept);
                    if facts.is_empty() || facts.iter().any(Facts::is_empty) {
                        continue;
                    }
                    let mut draft = Draft::new(release, &message.name).expect("a message of the release");
                    for facts in &facts {
                        draft
                            .add(concept, facts)
                            .expect("the concept is bound: it was read");
                    }
                    assert_eq!(
                        read(&draft.write(), &releases).facts(concept),
                        facts,
                        "{} {concept} seed {seed}",
                        message.name
                    );
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 300, "{compared}");
}

#[test]
fn a_path_without_value_is_refused() {
    let release = Catalogue::embedded()
        .load("iwmo-3.2")
        .expect("embedded releases load");
    let mut draft = Draft::new(&release, "wmo305").expect("a message of the release");
    draft
        .set("Client/Bsn", "999900043")
        .expect("there is such a value");
    for path in ["Client", "Client/Bns", "", "Client/Bsn/x"] {
        let error = draft.set(path, "x").expect_err("no value");
        assert_eq!(error.to_string(), format!("WMO305 has no value at {path}"));
    }
    assert!(draft.add("Prestatie", &Facts::default()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_survives(value in "[\\PC\t\n\r&<>\"']{0,60}") {
        let release = &RELEASES[0];
        let mut draft = Draft::new(release, "305").expect("a message of the release");
        draft.set("Client/Commentaar", &value).or_else(|_| draft.set("Client/Bsn", &value)).expect("one of the two");
        let message = read(&draft.write(), &RELEASES);
        let client = message.root().child("Client").expect("written");
        let read = client.children().next().expect("written").value().into_owned();
        prop_assert_eq!(read, value.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"));
    }
}
