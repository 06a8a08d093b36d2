//! Messages of one release told as another would have them.

use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Catalogue, Limits, Message, Release, Seed, check, generate};
use kp_rules::retold;

use crate::witness::witnesses;

fn release(id: &str) -> Arc<Release> {
    Catalogue::embedded().load(id).expect("an embedded release loads")
}

fn read(bytes: &Bytes, release: &Arc<Release>) -> Message {
    let checked = check(bytes.clone(), &[Arc::clone(release)], &Limits::default());
    checked
        .message
        .unwrap_or_else(|| panic!("{:?}: {}", checked.findings, String::from_utf8_lossy(bytes)))
}

#[test]
fn what_is_told_there_and_back_is_the_same_to_the_byte() {
    let (old, new) = (release("iwmo-3.1"), release("iwmo-3.2"));
    let mut told = 0;
    for files in witnesses().iter().filter(|files| files.release == "iwmo-3.2") {
        for (_, bytes) in files.files.iter().filter(|(name, _)| name.ends_with(".xml")) {
            // Some cannot be read to their end, and have no tree to tell from.
            let checked = check(bytes.clone(), &[Arc::clone(&new)], &Limits::default());
            let Some(message) = checked.message else { continue };
            let there = retold(&message, &old).expect("the message is in both");
            assert_ne!(there, *bytes);
            let back = retold(&read(&there, &old), &new).expect("the message is in both");
            assert_eq!(back, *bytes);
            told += 1;
        }
    }
    assert!(told > 500, "{told}");
}

#[test]
fn a_valid_message_is_valid_in_a_release_that_says_the_same_of_it() {
    for (one, other) in [
        ("iwmo-3.2", "iwmo-3.1"),
        ("ijw-3.1", "ijw-3.2"),
        ("ieb-4.0", "ieb-3.0"),
    ] {
        let (one, other) = (release(one), release(other));
        for message in one.messages() {
            let made = generate(&one, &message.name, Seed(7))
                .expect("the message is known")
                .write();
            let there = retold(&read(&made.clone().into(), &one), &other).expect("the message is in both");
            let checked = check(there, &[Arc::clone(&other)], &Limits::default());
            assert!(
                checked.is_valid(),
                "{} {}: {:?}",
                other.id(),
                message.name,
                checked.findings
            );
        }
    }
}

/// What is wrong stays wrong, wherever it stands: nothing is mended on the way.
#[test]
fn what_names_no_release_stays_to_the_byte() {
    let (old, new) = (release("iwmo-3.1"), release("iwmo-3.2"));
    let made = generate(&new, "WMO319", Seed(1))
        .expect("the message is known")
        .write();
    let text = String::from_utf8(made).expect("text");
    let edited = text
        .replace(":BerichtSubversie>2<", ":BerichtSubversie>7<")
        .replace(":BerichtVersie>3<", ":BerichtVersie> 3 <")
        .replace("</wmo319:Antwoord>", "<wmo319:Anders/></wmo319:Antwoord>");
    assert_ne!(edited, text);
    let there = retold(&read(&edited.clone().into(), &new), &old).expect("the message is in both");
    assert_eq!(
        String::from_utf8(there.to_vec()).expect("text"),
        edited.replace("/3_2/", "/3_1/")
    );
}

#[test]
fn a_message_that_the_other_release_lacks_is_not_told() {
    let (old, ieb) = (release("iwmo-3.1"), release("ieb-4.0"));
    let made = generate(&old, "WMO319", Seed(1))
        .expect("the message is known")
        .write();
    assert_eq!(retold(&read(&made.into(), &old), &ieb), None);
}
