//! Generated messages keep every rule within them, and differ.

use std::collections::BTreeSet;

use kp_model::{Catalogue, Limits, MessageKind, Seed, check};
use kp_rules::{Rulebook, generate_accepted, judge_message};

#[test]
fn every_heenbericht_can_be_generated_without_a_fault() {
    for rulebook in Rulebook::load_all(&Catalogue::embedded()).unwrap() {
        let release = rulebook.release();
        for message in release.messages() {
            if message.kind == MessageKind::Retour {
                continue;
            }
            let mut written = BTreeSet::new();
            for seed in (0..3).map(Seed) {
                let draft = generate_accepted(&rulebook, &message.name, seed).unwrap();
                let bytes = draft.write();
                let checked = check(
                    bytes.clone().into(),
                    std::slice::from_ref(release),
                    &Limits::default(),
                );
                assert!(checked.is_valid(), "{} {seed:?}", message.name);
                let judgement = judge_message(&rulebook, checked.message.as_ref().unwrap());
                let broken: BTreeSet<&str> = judgement
                    .findings
                    .iter()
                    .map(|finding| finding.rule.as_str())
                    .collect();
                assert!(judgement.is_clean(), "{} {seed:?}: {broken:?}", message.name);
                written.insert(bytes);
            }
            assert_eq!(written.len(), 3, "{}", message.name);
        }
    }
}
