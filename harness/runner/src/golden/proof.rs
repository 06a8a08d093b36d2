//! Proofs over every pattern, on the messages that the reference supplier sends: what is stated counts, what is not is
//! free, and no pattern or message is forgotten.
//!
//! One run records the messages; everything else is done to them in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::DateTime;
use kp_model::{Catalogue, ElementId, Limits, Message, NodeId, Release, Seed, check, generate};
use kp_report::{Direction, Outcome, RunReport};
use kp_rules::Rulebook;

use super::bind::{Asks, Bound, Value};
use super::compare::{Mismatch, Setting, Wrong, compare, pairs};
use super::patterns::{embedded_patterns, tests::patterns};
use crate::certify::{CertifyOptions, Estafette, certify};
use crate::expectation::first;
use crate::features::Features;
use crate::plan::Selection;
use crate::sut::Sut;
use crate::waiver::Waivers;

/// How many messages are made to have values and elements to put in.
const SAMPLES: u64 = 150;

/// What is told of a message that follows its pattern.
const FOLLOWS: &str = "het bericht is zoals het patroon ";

/// A message of the reference supplier that follows a pattern.
struct Recorded {
    scenario: String,
    bound: Bound,
    message: Message,
    asked: Option<Message>,
    at: DateTime,
}

/// What messages of a kind hold, by element: whole elements as text, and values.
#[derive(Default)]
struct Samples {
    outer: BTreeMap<ElementId, BTreeSet<String>>,
    values: BTreeMap<ElementId, BTreeSet<String>>,
}

impl Recorded {
    fn setting(&self) -> Setting<'_> {
        Setting {
            asked: self.asked.as_ref(),
            today: self.at.date(),
            judges_today: true,
        }
    }

    fn compare<'a>(&'a self, changed: &Message) -> Vec<Mismatch<'a>> {
        compare(&self.bound, changed, self.setting())
    }

    /// The same message with other text between two bytes.
    fn with(&self, (from, to): (usize, usize), text: &str) -> Message {
        let whole = self.message.text();
        let changed = format!("{}{text}{}", &whole[..from], &whole[to..]);
        let releases = [Arc::clone(self.message.release())];
        let checked = check(changed.into(), &releases, &Limits::default());
        checked.message.expect("a message stays a message")
    }

    /// An element as text: where it begins and ends.
    fn outer(&self, node: NodeId) -> (usize, usize) {
        outer(&self.message, node)
    }

    /// Where the value of an element begins and ends.
    fn inner(&self, node: NodeId) -> (usize, usize) {
        inner(&self.message, node)
    }

    /// With one more element in a class, where the release has it.
    fn with_more(&self, class: NodeId, element: ElementId, outer: &str) -> Message {
        let after = self
            .message
            .children_at(class)
            .find(|child| self.message.element_at(*child) > Some(element));
        let at = after.map_or_else(|| self.inner(class).1, |node| self.message.offset_at(node));
        self.with((at, at), outer)
    }

    fn named(&self, node: NodeId) -> String {
        format!(
            "{} {} {}",
            self.scenario,
            self.bound.file,
            self.message.path_at(node)
        )
    }
}

fn outer(message: &Message, node: NodeId) -> (usize, usize) {
    let from = message.offset_at(node);
    let rest = &message.text()[from..];
    let name = &rest[1..rest.find('>').expect("a tag ends")];
    let name = name.split(' ').next().expect("a tag has a name");
    let end = format!("</{name}>");
    let to = rest.find(&end).expect("an element ends") + end.len();
    (from, from + to)
}

fn inner(message: &Message, node: NodeId) -> (usize, usize) {
    let (from, to) = outer(message, node);
    let text = &message.text()[from..to];
    let begin = text.find('>').expect("a tag ends") + 1;
    let end = text.rfind("</").expect("an element ends");
    (from + begin, from + end)
}

/// A run of every scenario against the reference supplier.
fn run() -> RunReport {
    let rulebooks =
        Rulebook::load_in_force(&Catalogue::embedded(), "2026-01-01").expect("embedded releases load");
    let names = rulebooks
        .iter()
        .map(|rulebook| rulebook.release().id().to_string());
    certify(CertifyOptions {
        sut: Sut::builtin(None, names.collect()),
        rulebooks,
        features: Features::embedded().without_reference(),
        selection: Selection::default(),
        seed: 1,
        jobs: None,
        estafette: Estafette::default(),
        network: None,
        replay: String::new(),
        commit: "test".to_owned(),
        started: "2026-01-01T00:00:00Z".to_owned(),
        host: "test".to_owned(),
        today: jiff::civil::date(2026, 1, 1),
        waivers: Waivers::default(),
        keep: None,
        interrupted: None,
    })
    .expect("the run can be done")
}

/// The messages of a run that follow a pattern, with that pattern.
fn recorded(report: &RunReport) -> Vec<Recorded> {
    let releases: Vec<Arc<Release>> = ["iwmo-3.2", "ijw-3.2"]
        .map(|id| Catalogue::embedded().load(id).expect("an embedded release loads"))
        .to_vec();
    let read = |text: &str| {
        let checked = check(text.to_owned().into(), &releases, &Limits::default());
        checked.message.expect("a message of the run")
    };
    let patterns = patterns(&embedded_patterns()).expect("the embedded patterns fit");
    let mut recorded = Vec::new();
    for scenario in report.scenarios() {
        let id = &scenario.plan.id;
        for expectation in &scenario.expectations {
            let Some(file) = expectation.text.strip_prefix(FOLLOWS) else {
                continue;
            };
            let file = file.split(' ').next().expect("a file is named");
            let told = scenario
                .messages
                .iter()
                .find(|message| Some(&message.traceer_id) == expectation.traceer_id.as_ref())
                .expect("it is about a message");
            let message = read(&told.bytes.text());
            let name = |message: &Message| first(message, "Kop").get("identificatie").map(str::to_owned);
            let answers = message.message_type().answers.clone();
            let asked = scenario
                .messages
                .iter()
                .filter(|other| other.direction == Direction::ToSut)
                .map(|other| read(&other.bytes.text()))
                .find(|other| {
                    Some(&other.message_type().number) == answers.as_ref() && name(other) == name(&message)
                });
            let at: DateTime = told.business_time.parse().expect("a civil time");
            let candidates = patterns.iter().filter(|(scenario, bound)| {
                let is_of = bound.number == message.message_type().number
                    && bound.release == message.release().id().to_string();
                *scenario == id && bound.file == file && is_of
            });
            let found = candidates
                .map(|(_, bound)| Recorded {
                    scenario: id.clone(),
                    bound: bound.clone(),
                    message: message.clone(),
                    asked: asked.clone(),
                    at,
                })
                .find(|recorded| recorded.compare(&message).is_empty());
            recorded.push(found.expect("the message follows the pattern that it is told to follow"));
        }
    }
    assert!(!recorded.is_empty());
    recorded
}

/// What messages of this kind may hold.
fn samples(release: &Arc<Release>, number: &str) -> Samples {
    let mut samples = Samples::default();
    for seed in 0..SAMPLES {
        let bytes = generate(release, number, Seed(seed))
            .expect("a message of the release")
            .write();
        let message = check(bytes.into(), &[Arc::clone(release)], &Limits::default())
            .message
            .expect("a generated message is one");
        for node in message.node_ids().skip(1) {
            let element = message.element_at(node).expect("known to the release");
            let text = |(from, to): (usize, usize)| message.text()[from..to].to_owned();
            let of_element = samples.outer.entry(element).or_default();
            if of_element.len() < 3 {
                of_element.insert(text(outer(&message, node)));
            }
            if message.children_at(node).next().is_none() {
                samples
                    .values
                    .entry(element)
                    .or_default()
                    .insert(text(inner(&message, node)));
            }
        }
    }
    samples
}

/// Every recorded message with what messages of its kind may hold.
fn each(mut prove: impl FnMut(&Recorded, &Samples)) {
    let mut known: BTreeMap<(String, String), Samples> = BTreeMap::new();
    for recorded in recorded(&run()) {
        let release = recorded.message.release();
        let number = recorded.message.message_type().number.clone();
        let samples = known
            .entry((release.id().to_string(), number.clone()))
            .or_insert_with(|| samples(release, &number));
        prove(&recorded, samples);
    }
}

#[test]
fn everything_that_is_stated_fails_by_its_name_when_it_is_otherwise() {
    let (mut changed, mut removed, mut added) = (0, 0, 0);
    each(|recorded, samples| {
        let message = &recorded.message;
        for (part, within, node) in pairs(&recorded.bound, message, recorded.setting()) {
            let names = |changed: &Message, is_so: fn(&Wrong) -> bool| {
                let mismatches = recorded.compare(changed);
                mismatches
                    .iter()
                    .any(|mismatch| std::ptr::eq(mismatch.part, part) && is_so(&mismatch.wrong))
            };
            let Some(node) = node else {
                for outer in &samples.outer[&part.element] {
                    let more = recorded.with_more(within, part.element, outer);
                    assert!(
                        names(&more, |wrong| matches!(wrong, Wrong::Present(_))),
                        "{}: what must be absent is there",
                        recorded.named(within)
                    );
                    added += 1;
                }
                continue;
            };
            if node == NodeId::ROOT {
                continue;
            }
            if !part.is_conditional {
                let without = recorded.with(recorded.outer(node), "");
                assert!(
                    names(&without, |wrong| matches!(wrong, Wrong::Missing { .. })),
                    "{} is gone",
                    recorded.named(node)
                );
                removed += 1;
            }
            if let Asks::Value(value) = &part.asks
                && *value != Value::Any
            {
                let given = message.value_at(node);
                let is_asked = |other: &str| matches!(value, Value::OneOf(values) if values.iter().any(|one| one == other));
                let others = samples.values[&part.element]
                    .iter()
                    .filter(|other| **other != *given && !is_asked(other));
                for other in others.clone().take(5) {
                    let text = recorded.with(recorded.inner(node), other);
                    assert!(
                        names(&text, |wrong| matches!(wrong, Wrong::Value(_))),
                        "{} is {other}",
                        recorded.named(node)
                    );
                    changed += 1;
                }
                assert!(others.count() > 0, "{} has no other value", recorded.named(node));
            }
        }
    });
    assert!(changed > 0 && removed > 0 && added > 0);
}

#[test]
fn everything_that_is_not_stated_is_free() {
    let (mut changed, mut added, mut refused) = (0, 0, 0);
    each(|recorded, samples| {
        let message = &recorded.message;
        let pairs = pairs(&recorded.bound, message, recorded.setting());
        for node in message.node_ids() {
            let element = message.element_at(node).expect("known to the release");
            let stated = pairs
                .iter()
                .find(|(_, _, of)| *of == Some(node))
                .map(|(part, ..)| part);
            let is_leaf = message.children_at(node).next().is_none();
            if is_leaf && stated.is_none() {
                let given = message.value_at(node);
                let others = samples.values.get(&element).into_iter().flatten();
                for other in others.filter(|other| **other != *given).take(5) {
                    let text = recorded.with(recorded.inner(node), other);
                    let mismatches = recorded.compare(&text);
                    assert!(
                        mismatches.is_empty(),
                        "{} is {other}: {mismatches:?}",
                        recorded.named(node)
                    );
                    changed += 1;
                }
            }
            let is_closed =
                stated.is_some_and(|part| matches!(part.asks, Asks::Class { is_closed: true, .. }));
            for more in message.message_type().children(element) {
                let count = message
                    .children_at(node)
                    .filter(|child| message.element_at(*child) == Some(more))
                    .count();
                let has_room = (count as u64) < u64::from(message.message_type().element(more).max);
                let must_be_absent = pairs
                    .iter()
                    .any(|(part, within, of)| of.is_none() && *within == node && part.element == more);
                // What is asked of each that is there is not free.
                let is_asked = stated.is_some_and(|part| match &part.asks {
                    Asks::Class { parts, .. } => parts
                        .iter()
                        .any(|part| part.is_conditional && part.element == more),
                    Asks::Absence | Asks::Value(_) => false,
                });
                if !has_room || must_be_absent || is_asked {
                    continue;
                }
                for outer in samples.outer.get(&more).into_iter().flatten() {
                    let text = recorded.with_more(node, more, outer);
                    let mismatches = recorded.compare(&text);
                    let is_refused = mismatches.iter().any(|mismatch| {
                        let is_this = stated.is_some_and(|part| std::ptr::eq(mismatch.part, *part));
                        is_this && matches!(mismatch.wrong, Wrong::TooMuch(_))
                    });
                    assert_eq!(
                        (is_refused, mismatches.is_empty()),
                        (is_closed, !is_closed),
                        "{} with {outer}: {mismatches:?}",
                        recorded.named(node)
                    );
                    added += usize::from(!is_closed);
                    refused += usize::from(is_closed);
                }
            }
        }
    });
    assert!(changed > 0 && added > 0 && refused > 0);
}

#[test]
fn no_pattern_is_unused_and_no_message_is_without() {
    let report = run();
    let used: BTreeSet<String> = recorded(&report)
        .into_iter()
        .map(|recorded| recorded.bound.file)
        .collect();
    let unused: Vec<String> = embedded_patterns()
        .into_iter()
        .map(|(file, _)| file)
        .filter(|file| !used.contains(file))
        .collect();
    assert!(unused.is_empty(), "no message is held against {unused:?}");
    let mut without = BTreeSet::new();
    // Of a scenario that broke off not every message is awaited yet.
    let whole = report
        .scenarios()
        .iter()
        .filter(|scenario| matches!(scenario.outcome, Outcome::Passed | Outcome::Observed));
    for scenario in whole {
        let is_held = |traceer_id: &str| {
            scenario.expectations.iter().any(|expectation| {
                expectation.text.starts_with(FOLLOWS) && expectation.traceer_id.as_deref() == Some(traceer_id)
            })
        };
        for message in &scenario.messages {
            if message.direction == Direction::FromSut && !is_held(&message.traceer_id) {
                let number: String = message.message.chars().filter(char::is_ascii_digit).collect();
                without.insert((scenario.plan.id.clone(), number));
            }
        }
    }
    let mut excused = BTreeSet::new();
    for line in include_str!("../../../../golden/patronen/zonder.csv")
        .lines()
        .skip(1)
    {
        let [scenario, number, reason] = line.splitn(3, ',').collect::<Vec<_>>()[..] else {
            panic!("scenario,bericht,reden: {line}");
        };
        assert!(!reason.trim().is_empty(), "{line} gives no reason");
        excused.insert((scenario.to_owned(), number.to_owned()));
    }
    assert_eq!(
        without, excused,
        "messages without a pattern, and those that golden/patronen/zonder.csv excuses"
    );
}
