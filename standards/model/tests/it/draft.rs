//! The canonical writer and the tree: what is written is read again, whatever form it came in.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use kp_model::{
    Catalogue, Content, Draft, ElementRef, Facts, Limits, Message, MessageKind, Release, Seed, generate,
};
use proptest::prelude::*;

use crate::mutants::{KINDS, Original};
use crate::structure::releases;

/// One release of the catalogue.
fn release(id: &str) -> Arc<Release> {
    let known = RELEASES.iter().find(|known| known.id().to_string() == id);
    Arc::clone(known.expect("it is embedded"))
}

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

/// What process logic reads and writes.
const CONCEPTS: &[&str] = &[
    "Kop",
    "Bericht",
    "RetourKop",
    "Beantwoord",
    "Controle",
    "Client",
    "Contact",
    "Relatie",
    "Toewijzing",
    "EigenBijdrage",
    "Aanvraag",
    "Wijzigingsverzoek",
    "OngewijzigdProduct",
    "TeWijzigenProduct",
    "NieuwProduct",
    "VerzoekAntwoord",
    "Start",
    "Stop",
    "Declaratie",
    "Prestatie",
];

#[test]
fn every_value_but_those_of_a_retour_is_a_field_of_a_concept() {
    for release in &releases() {
        for message in release.messages() {
            if message.kind == MessageKind::Retour {
                continue;
            }
            let bound: BTreeSet<_> = CONCEPTS
                .iter()
                .flat_map(|concept| release.fields(message, concept).into_values())
                .collect();
            let unbound: Vec<String> = (0..message.elements().len())
                .filter_map(|index| message.find_index(index))
                .filter(|id| matches!(message.element(*id).content, Content::Value(_)) && !bound.contains(id))
                .map(|id| message.path(id))
                .collect();
            assert_eq!(unbound, Vec::<String>::new(), "{}", message.name);
        }
    }
}

#[test]
fn what_belongs_to_a_class_that_repeats_is_written_into_the_last() {
    let release = &release("ijw-3.2");
    let mut draft = Draft::new(release, "323").expect("a message of the release");
    let one = |field: &str, value: &str| Facts::from_iter([(field, value)]);
    for (bsn, referenties) in [("999900006", ["P1", "P2"]), ("999900018", ["P3", "P4"])] {
        draft.add("Client", &one("bsn", bsn)).expect("bound");
        for referentie in referenties {
            draft
                .add("Prestatie", &one("referentienummer", referentie))
                .expect("bound");
        }
    }
    let message = read(&draft.write(), &RELEASES);
    let clienten = message.root().find("Declaratie/Clienten").expect("written");
    let told: Vec<(String, usize)> = clienten
        .children()
        .map(|client| {
            let bsn = client.child("Bsn").expect("written").value().into_owned();
            (
                bsn,
                client.child("Prestaties").expect("written").children().count(),
            )
        })
        .collect();
    assert_eq!(told, [("999900006".to_owned(), 2), ("999900018".to_owned(), 2)]);
}

#[test]
fn facts_are_read_as_they_were_written() {
    let releases = releases();
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
                for concept in CONCEPTS {
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
fn what_may_be_absent_is_cut_and_what_may_repeat_is_doubled() {
    let release = &release("ijw-3.2");
    let original = (0..)
        .map(|seed| generate(release, "305", Seed(seed)).expect("a message"))
        .find(|draft| {
            let read = read(&draft.write(), &RELEASES);
            let starts = read.root().find("Client/StartProducten").expect("a class");
            starts.children().count() == 2
        })
        .expect("a message with two");
    let starts = "/Bericht/Client/StartProducten/StartProduct";
    let products = |draft: &Draft| -> Vec<String> {
        let read = read(&draft.write(), &RELEASES);
        let products = read.root().find("Client/StartProducten").expect("a class");
        products
            .children()
            .map(|product| product.child("Begindatum").expect("a value").value().into_owned())
            .collect()
    };
    let [first, second] = products(&original).try_into().expect("two");

    let mut doubled = original.clone();
    assert!(doubled.double(&format!("{starts}[2]")));
    assert_eq!(products(&doubled), [&*first, &second, &second]);
    assert!(doubled.cut(&format!("{starts}[1]")));
    assert_eq!(products(&doubled), [&*second, &second]);

    let mut whole = original.clone();
    for (path, why) in [
        ("/Bericht/Client/Bsn", "it must be there"),
        ("/Bericht", "nothing stands around it"),
        (
            "/Bericht/Client/StartProducten/StartProduct[3]",
            "there is no third",
        ),
        ("/Bericht/Nergens", "there is no such element"),
    ] {
        assert!(!whole.cut(path) && !whole.double(path), "{path}: {why}");
    }
    assert_eq!(whole.write(), original.write());
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
        let release = &release("ijw-3.2");
        let mut draft = Draft::new(release, "305").expect("a message of the release");
        draft.set("Client/Commentaar", &value).or_else(|_| draft.set("Client/Bsn", &value)).expect("one of the two");
        let message = read(&draft.write(), &RELEASES);
        let client = message.root().child("Client").expect("written");
        let read = client.children().next().expect("written").value().into_owned();
        prop_assert_eq!(read, value.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"));
    }
}
