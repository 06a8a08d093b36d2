//! Varied messages: their structure is right, they differ, they reach what rules look at, and a seed gives them again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kp_model::{Catalogue, Limits, Message, Release, Seed, check};
use kp_rules::{Rulebook, generate_accepted, judge_message, vary};

const EACH: u64 = 60;

fn read(release: &Arc<Release>, bytes: Vec<u8>) -> Message {
    let checked = check(bytes.into(), &[Arc::clone(release)], &Limits::default());
    assert!(checked.is_valid(), "{:#?}", checked.findings);
    checked.message.unwrap()
}

#[test]
fn every_message_can_be_varied_and_its_structure_stays_right() {
    for rulebook in Rulebook::load_all(&Catalogue::embedded()).unwrap() {
        let release = rulebook.release();
        for kind in release.messages() {
            let draft = generate_accepted(&rulebook, &kind.number, Seed(1)).unwrap();
            let original = read(release, draft.write());
            let mut written = BTreeSet::new();
            for number in 0..EACH {
                let varied = vary(&original, &mut Seed(number).stream()).unwrap();
                assert_eq!(varied.message_type().number, kind.number);
                assert_ne!(varied.bytes(), original.bytes());
                read(release, varied.bytes().to_vec());
                written.insert(varied.bytes().clone());
            }
            assert!(
                written.len() as u64 > EACH / 2,
                "{}: {}",
                kind.name,
                written.len()
            );
        }
    }
}

#[test]
fn a_seed_gives_the_same_message_again() {
    let rulebook = Rulebook::load(&Catalogue::embedded(), "iwmo-3.2").unwrap();
    let draft = generate_accepted(&rulebook, "WMO317", Seed(3)).unwrap();
    let original = read(rulebook.release(), draft.write());
    let varied = |seed| vary(&original, &mut Seed(seed).stream()).unwrap().bytes().clone();
    assert_eq!(varied(7), varied(7));
    assert_ne!(varied(7), varied(8));
}

#[test]
fn what_is_varied_breaks_many_rules_and_often_none() {
    let rulebook = Rulebook::load(&Catalogue::embedded(), "iwmo-3.2").unwrap();
    let draft = generate_accepted(&rulebook, "WMO301", Seed(2)).unwrap();
    let original = read(rulebook.release(), draft.write());
    let (mut clean, mut broken) = (0, BTreeMap::<String, u32>::new());
    for number in 0..400 {
        let varied = vary(&original, &mut Seed(number).stream()).unwrap();
        let judgement = judge_message(&rulebook, &varied);
        clean += u32::from(judgement.is_clean());
        for finding in judgement.findings {
            *broken.entry(finding.rule).or_default() += 1;
        }
    }
    assert!(clean > 40, "{clean}");
    assert!(broken.len() > 12, "{broken:?}");
}
