//! Witnesses as small as they can be: without every message, fact and element that the proof can do without.
//!
//! Tests: `tests/it/witness.rs`.

use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Draft, Limits, Message, Release, check};

use crate::history::History;
use crate::rulebook::Rulebook;
use crate::witness::WitnessFiles;

/// The same witness without everything that it can do without.
#[must_use]
pub fn shrink(rulebook: &Arc<Rulebook>, witness: &WitnessFiles) -> WitnessFiles {
    shrink_while(rulebook, witness, |less| shows(rulebook, less))
}

/// The same as long as something else holds of it.
pub(crate) fn shrink_while(
    rulebook: &Arc<Rulebook>,
    witness: &WitnessFiles,
    holds: impl Fn(&WitnessFiles) -> bool,
) -> WitnessFiles {
    let mut current = witness.clone();
    while let Some(smaller) = smaller(rulebook, &current)
        .into_iter()
        .find(|smaller| holds(smaller))
    {
        current = smaller;
    }
    current
}

/// Every witness that is one part less.
fn smaller(rulebook: &Arc<Rulebook>, witness: &WitnessFiles) -> Vec<WitnessFiles> {
    let mut smaller = Vec::new();
    let with = |name: &str, bytes: Option<Vec<u8>>| {
        let mut files = witness.clone();
        files.files.remove(name);
        files
            .files
            .extend(bytes.map(|bytes| (name.to_owned(), bytes.into())));
        files
    };
    if !witness.is_message {
        smaller.extend(messages(witness).map(|(name, _)| with(name, None)));
        let description = History::<Bytes>::DESCRIPTION;
        if let Some(text) = witness.files.get(description) {
            let text = String::from_utf8_lossy(text);
            smaller.extend(
                descriptions(&text)
                    .into_iter()
                    .map(|less| with(description, less.map(String::into_bytes))),
            );
        }
    }
    for (name, bytes) in messages(witness) {
        if let Some(message) = good(rulebook.release(), bytes.clone()) {
            let cuts = cuts(&message);
            smaller.extend(cuts.into_iter().map(|draft| with(name, Some(draft.write()))));
        }
    }
    smaller
}

/// The description with one entry less; none when nothing is left of it.
fn descriptions(text: &str) -> Vec<Option<String>> {
    let Ok(whole) = text.parse::<toml::Table>() else {
        return Vec::new();
    };
    let mut descriptions = Vec::new();
    for (key, value) in &whole {
        for position in 0..value.as_array().map_or(0, Vec::len) {
            let mut less = whole.clone();
            if let Some(list) = less.get_mut(key).and_then(toml::Value::as_array_mut) {
                list.remove(position);
                if list.is_empty() {
                    less.remove(key);
                }
            }
            let text = toml::to_string(&less).ok();
            descriptions.push(text.filter(|_| !less.is_empty()));
        }
    }
    descriptions
}

/// The message without each part that may be absent, the largest first.
pub(crate) fn cuts(message: &Message) -> Vec<Draft> {
    message
        .node_ids()
        .skip(1)
        .filter_map(|node| {
            let mut draft = Draft::copy(message);
            draft.cut(&message.path_at(node)).then_some(draft)
        })
        .collect()
}

/// The messages of a witness, by the names of their files.
pub(crate) fn messages(witness: &WitnessFiles) -> impl Iterator<Item = (&String, &Bytes)> {
    witness
        .files
        .iter()
        .filter(|(name, _)| *name != History::<Bytes>::DESCRIPTION)
}

/// Whether a witness shows what it is to show.
pub(crate) fn shows(rulebook: &Arc<Rulebook>, witness: &WitnessFiles) -> bool {
    let read = witness.read(rulebook);
    read.is_ok_and(|read| read.verdict(rulebook).is_ok())
}

/// A message whose structure is right.
pub(crate) fn good(release: &Arc<Release>, bytes: Bytes) -> Option<Message> {
    let checked = check(bytes, &[Arc::clone(release)], &Limits::default());
    let is_right = checked.findings.iter().all(|finding| !finding.is_fout());
    checked.message.filter(|_| is_right)
}
