//! A dossier whose parties go from one release to the next: what they exchanged before counts on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::date;
use kp_model::{Catalogue, Limits, Message, MessageKind, Release, check};
use kp_rules::{Delivered, Dossier, Fact, History, Rulebook, What, WitnessFiles, retold};

use crate::witness::witnesses;

/// What happens in a history, in order.
enum Step {
    Fact(Fact),
    Message(Box<Delivered>),
}

fn rulebook(id: &str) -> Arc<Rulebook> {
    Rulebook::load(&Catalogue::embedded(), id).expect("an embedded release loads")
}

fn read(bytes: Bytes, release: &Arc<Release>) -> Option<Message> {
    let checked = check(bytes, std::slice::from_ref(release), &Limits::default());
    checked
        .message
        .filter(|_| !checked.findings.iter().any(|finding| finding.is_fout()))
}

fn steps(files: &WitnessFiles, release: &Arc<Release>) -> Vec<Step> {
    let mut of = files.files.clone();
    let description = of.remove(History::<Bytes>::DESCRIPTION);
    let text = description.as_deref().map(String::from_utf8_lossy);
    let history = History::new(of, text.as_deref(), History::<Bytes>::DESCRIPTION).expect("a history");
    let step = |event: kp_rules::Event<Bytes>| match event.what {
        What::Fact { fact, .. } => Step::Fact(fact),
        What::Message { name, sent, content } => Step::Message(Box::new(Delivered {
            name,
            message: read(content, release).expect("a witness has a good structure"),
            sent,
            received: event.at,
        })),
    };
    history.events.into_iter().map(step).collect()
}

/// The rules that each message breaks, and how often.
fn judged(mut dossier: Dossier, steps: impl IntoIterator<Item = Step>) -> Vec<BTreeMap<String, usize>> {
    let mut judged = Vec::new();
    for step in steps {
        match step {
            Step::Fact(fact) => dossier.state(None, fact).expect("the release knows the fact"),
            Step::Message(delivered) => {
                let mut broken = BTreeMap::new();
                for finding in dossier.receive(*delivered).findings {
                    if finding.is_fout() {
                        *broken.entry(finding.rule).or_default() += 1;
                    }
                }
                judged.push(broken);
            }
        }
    }
    judged
}

/// Every history that is kept, with all but its last message in the old release: the last is judged as if nothing else was.
#[test]
fn what_was_exchanged_in_the_old_release_counts_in_the_new_one() {
    let (mut alike, mut otherwise) = (0, BTreeSet::new());
    for (old, new) in [("iwmo-3.1", "iwmo-3.2"), ("ijw-3.1", "ijw-3.2")] {
        let (old, new) = (rulebook(old), rulebook(new));
        let id = new.release().id().to_string();
        for files in witnesses()
            .iter()
            .filter(|files| files.release == id && !files.is_message)
        {
            let whole = steps(files, new.release());
            let messages = whole
                .iter()
                .filter(|step| matches!(step, Step::Message(_)))
                .count();
            let mut kinds = whole.iter().filter_map(|step| match step {
                Step::Message(delivered) => Some(delivered.message.message_type().kind),
                Step::Fact(_) => None,
            });
            let answers = kinds
                .next_back()
                .is_some_and(|kind| kind != MessageKind::Heenbericht);
            if messages < 2 || answers {
                continue;
            }
            let mut at = 0;
            let mixed: Option<Vec<Step>> = steps(files, new.release())
                .into_iter()
                .map(|step| match step {
                    Step::Message(delivered) => {
                        at += 1;
                        if at == messages {
                            return Some(Step::Message(delivered));
                        }
                        let told = retold(&delivered.message, old.release())?;
                        let message = read(told, old.release())?;
                        Some(Step::Message(Box::new(Delivered {
                            message,
                            ..*delivered
                        })))
                    }
                    fact @ Step::Fact(_) => Some(fact),
                })
                .collect();
            let Some(mixed) = mixed else { continue };
            let one = judged(Dossier::new(vec![Arc::clone(&new)]), whole);
            let other = judged(Dossier::new(vec![Arc::clone(&old), Arc::clone(&new)]), mixed);
            if one == other {
                alike += 1;
            } else if one[..messages - 1] == other[..messages - 1] {
                otherwise.insert(format!("{id} {} {}: {one:?} {other:?}", files.rule, files.case));
            }
        }
    }
    assert_eq!(otherwise, BTreeSet::new(), "{alike} are alike");
    assert!(alike > 300, "{alike}");
}

/// The messages of a history that is kept, each in the release that is told.
fn told(rule: &str, releases: &[&Arc<Release>]) -> Vec<Delivered> {
    let all = witnesses();
    let new = rulebook("iwmo-3.2");
    let is_it =
        |files: &&WitnessFiles| files.release == "iwmo-3.2" && files.rule == rule && files.case == "slaagt";
    let files = all.iter().find(is_it).expect("the rule has a witness");
    let messages = steps(files, new.release())
        .into_iter()
        .filter_map(|step| match step {
            Step::Message(delivered) => Some(*delivered),
            Step::Fact(_) => None,
        });
    messages
        .zip(releases)
        .map(|(delivered, release)| {
            let bytes = retold(&delivered.message, release).expect("both releases have the message");
            let message = read(bytes, release).expect("its structure is right");
            Delivered { message, ..delivered }
        })
        .collect()
}

#[test]
fn an_answer_in_another_release_is_told_and_ends_no_term() {
    let (old, new) = (rulebook("iwmo-3.1"), rulebook("iwmo-3.2"));
    // A Toewijzing and its retour, in time.
    for (releases, notes, late) in [
        ([old.release(), old.release()], 0, false),
        ([new.release(), new.release()], 0, false),
        ([old.release(), new.release()], 1, true),
    ] {
        let mut dossier = Dossier::new(vec![Arc::clone(&old), Arc::clone(&new)]);
        let messages = told("OP090", &releases);
        assert_eq!(messages.len(), 2);
        let mut broken = Vec::new();
        for message in messages {
            let findings = dossier.receive(message).findings.into_iter();
            broken.extend(findings.filter(|finding| finding.is_fout()));
        }
        let texts: Vec<&str> = broken.iter().map(|finding| finding.message_nl.as_str()).collect();
        assert_eq!(texts.len(), notes, "{texts:?}");
        assert!(
            texts.iter().all(|text| text.contains("dezelfde uitgave")),
            "{texts:?}"
        );
        let terms = dossier.terms(date(2027, 1, 1).at(0, 0, 0, 0));
        assert_eq!(
            terms
                .iter()
                .any(|term| term.rule == "OP090" && term.finding.is_some()),
            late
        );
    }
}

/// A term that began in the old release is kept by a message of the new one, and begins only once.
#[test]
fn a_term_goes_on_in_the_new_release() {
    let (old, new) = (rulebook("iwmo-3.1"), rulebook("iwmo-3.2"));
    let results = |releases: &[&Arc<Release>], count: usize| {
        let mut dossier = Dossier::new(vec![Arc::clone(&old), Arc::clone(&new)]);
        for message in told("OP346", releases).into_iter().take(count) {
            dossier.receive(message);
        }
        let terms = dossier.terms(date(2027, 12, 31).at(0, 0, 0, 0)).into_iter();
        let mut terms: Vec<_> = terms
            .map(|term| (term.rule, term.last_day, term.finding.is_some()))
            .collect();
        terms.sort();
        terms
    };
    let count = told("OP346", &[old.release(); 9]).len();
    let (whole, mut mixed) = ([old.release(); 9], [old.release(); 9]);
    // What a request comes to, and its retour.
    mixed[count - 2..count].fill(new.release());
    assert_eq!(results(&mixed, count), results(&whole, count));
    let before = results(&mixed, count - 2);
    assert!(
        before
            .iter()
            .any(|(rule, _, is_late)| rule == "OP346" && *is_late),
        "{before:?}"
    );
}
