//! Witnesses made: a message or history that breaks a rule and only that, as small as it can be.
//!
//! A rule of the structure is broken at an element that has it. Any other is looked for near histories that break nothing:
//! messages of them are varied, moved in time or left out until the rule is broken and nothing else, and then everything
//! goes that the proof can do without. Chance comes from the seed alone. Tests: `tests/it/witness.rs`, and
//! `harness/cli/tests/it/coverage.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::ToSpan;
use jiff::civil::Date;
use kp_model::{
    Content, Draft, ElementId, Facet, Limit, Limits, Message, MessageType, Release, Seed, Stream, check,
};

use crate::history::History;
use crate::judge::judge_message;
use crate::rulebook::Rulebook;
use crate::sampling::generate_accepted;
use crate::variation::vary;
use crate::witness::{WitnessFiles, rules_of};

/// How many histories are tried before a rule is given up.
const TRIES_MAX: u32 = 30_000;

/// How many messages are drawn before one has an element that may be absent.
const DRAWS_MAX: u64 = 40;

/// How many characters are tried around one that a pattern allows.
const STRANGE: [&str; 8] = ["", "0", "9", "A", "a", "-", " ", "00000000000"];

/// A witness that breaks a rule and what that implies, near witnesses that break nothing; the same for the same seed.
///
/// None when no way was found, or when the release does not judge such a rule.
#[must_use]
pub fn violate(
    rulebook: &Arc<Rulebook>,
    code: &str,
    near: &[WitnessFiles],
    seed: Seed,
) -> Option<WitnessFiles> {
    let mut stream = seed.derive(code).stream();
    if rulebook.judging_codes().any(|known| known == code) {
        let found = nearby(rulebook, (code, "breekt"), near, &mut stream)?;
        return Some(shrink(rulebook, &found));
    }
    misshape(rulebook, code, seed).map(|(breaks, _)| breaks)
}

/// Witnesses that prove a rule both ways, as far as a way was found.
#[must_use]
pub fn propose(rulebook: &Arc<Rulebook>, code: &str, near: &[WitnessFiles], seed: Seed) -> Vec<WitnessFiles> {
    if !rulebook.judging_codes().any(|known| known == code) {
        let both = misshape(rulebook, code, seed);
        return both
            .into_iter()
            .flat_map(|(breaks, keeps)| [breaks, keeps])
            .collect();
    }
    let mut stream = seed.derive(code).stream();
    let mut witnesses = Vec::new();
    for case in ["breekt", "slaagt"] {
        let found = nearby(rulebook, (code, case), near, &mut stream);
        witnesses.extend(found.map(|found| shrink(rulebook, &found)));
    }
    witnesses
}

/// The two witnesses of a rule of the structure: one that breaks it at an element, and the same that keeps it.
fn misshape(rulebook: &Arc<Rulebook>, code: &str, seed: Seed) -> Option<(WitnessFiles, WitnessFiles)> {
    let release = rulebook.release();
    let mut found: Option<(WitnessFiles, WitnessFiles)> = None;
    for declared in release.messages() {
        let Some((element, facets)) = ruled(release, declared, code) else {
            continue;
        };
        let Some((draft, path)) = having(rulebook, declared, element, seed) else {
            continue;
        };
        let keeps = alone(release, code, "slaagt", draft.write());
        if found.as_ref().is_some_and(|(_, kept)| size(kept) <= size(&keeps)) {
            continue;
        }
        let old = value_at(rulebook, &keeps, &path);
        let broken = values(&facets, &old).into_iter().filter_map(|value| {
            let mut draft = draft.clone();
            let is_put = draft.put(&path, &value);
            let breaks = alone(release, code, "breekt", draft.write());
            let shown = breaks
                .read(rulebook)
                .ok()
                .filter(|_| is_put)?
                .show(rulebook)
                .ok()?;
            shows(rulebook, &breaks).then_some((shown.broken.len(), breaks))
        });
        // Best is a value that breaks nothing else.
        let breaks = broken.min_by_key(|(rules, _)| *rules);
        found = breaks.map(|(_, breaks)| (breaks, keeps)).or(found);
    }
    found
}

/// An element of a message whose value has a rule, and the facets of it; the nearest to the root.
fn ruled(release: &Release, declared: &MessageType, code: &str) -> Option<(ElementId, Vec<Facet>)> {
    let ids = (0..declared.elements().len()).filter_map(|index| declared.find_index(index));
    let depth = |id: ElementId| declared.line_of_descent(id).len();
    let of = |id: ElementId| {
        let element = declared.element(id);
        let Content::Value(datatype) = element.content else {
            return None;
        };
        let is_ruled = rules_of(release, element).any(|rule| rule == code);
        let facets = release.datatypes()[datatype].facets.iter().chain(&element.facets);
        is_ruled.then(|| (id, facets.cloned().collect()))
    };
    ids.filter_map(of).min_by_key(|(id, _)| depth(*id))
}

/// The smallest accepted message that has an element, and where it stands.
fn having(
    rulebook: &Arc<Rulebook>,
    declared: &MessageType,
    element: ElementId,
    seed: Seed,
) -> Option<(Draft, String)> {
    let release = rulebook.release();
    let read = |bytes: Vec<u8>| good(release, bytes.into());
    let place = |message: &Message| {
        let mut nodes = message.node_ids();
        nodes.find(|node| message.element_at(*node) == Some(element))
    };
    let mut message = (0..DRAWS_MAX).find_map(|number| {
        let seed = seed.derive(&format!("{} {number}", declared.name));
        let draft = generate_accepted(rulebook, &declared.number, seed).ok()?;
        read(draft.write())
            .filter(|message| place(message).is_some() && judge_message(rulebook, message).is_clean())
    })?;
    while let Some(smaller) = cuts(&message)
        .into_iter()
        .filter_map(|draft| read(draft.write()))
        .find(|smaller| place(smaller).is_some() && judge_message(rulebook, smaller).is_clean())
    {
        message = smaller;
    }
    let path = message.path_at(place(&message)?);
    Some((Draft::copy(&message), path))
}

/// Values that may break a facet.
fn values(facets: &[Facet], old: &str) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for facet in facets {
        match &facet.limit {
            Limit::MinLength(min) => {
                let shorter = usize::try_from(*min).unwrap_or_default().saturating_sub(1);
                values.push(old.chars().take(shorter).collect());
            }
            Limit::MaxLength(max) => {
                let wanted = usize::try_from(*max).unwrap_or_default() + 1;
                for filler in ['0', 'A'] {
                    let filled = old.chars().chain(std::iter::repeat(filler)).take(wanted);
                    values.push(filled.collect());
                }
            }
            Limit::Min(min) => values.push((i128::from(*min) - 1).to_string()),
            Limit::Max(max) => values.push((i128::from(*max) + 1).to_string()),
            Limit::Pattern(_) | Limit::Enumeration(_) | Limit::Fixed(_) => {}
        }
    }
    for strange in STRANGE {
        values.push(strange.to_owned());
        values.push(format!("{old}{strange}"));
        values.push(format!("{strange}{old}"));
        for (place, character) in old.char_indices() {
            let end = place + character.len_utf8();
            values.push(format!("{}{strange}{}", &old[..place], &old[end..]));
        }
    }
    values.retain(|value| value != old);
    values
}

/// Looks for a history that shows a case of a rule.
fn nearby(
    rulebook: &Arc<Rulebook>,
    (code, case): (&str, &str),
    near: &[WitnessFiles],
    stream: &mut Stream,
) -> Option<WitnessFiles> {
    let id = rulebook.release().id().to_string();
    let is_base = |files: &&WitnessFiles| files.release == id && !files.case.starts_with("breekt");
    let (own, others): (Vec<&WitnessFiles>, Vec<&WitnessFiles>) =
        near.iter().filter(is_base).partition(|files| files.rule == code);
    for _ in 0..TRIES_MAX {
        let from = if own.is_empty() || stream.once_in(8) {
            &others
        } else {
            &own
        };
        let base = stream.choose(from)?;
        let Some(mut changed) = moved(rulebook, base, stream) else {
            continue;
        };
        code.clone_into(&mut changed.rule);
        case.clone_into(&mut changed.case);
        if shows(rulebook, &changed) {
            return Some(changed);
        }
    }
    None
}

/// Witnesses of a rule, near those that are kept, by which changed rules show that they are; each with which of them.
///
/// A witness is right by the rules as they are, and small. What nothing was found for is not among them.
#[must_use]
pub fn tell_apart(
    rulebook: &Arc<Rulebook>,
    code: &str,
    changed: &[Arc<Rulebook>],
    near: &[WitnessFiles],
    (seed, tries): (Seed, u32),
) -> Vec<(usize, WitnessFiles)> {
    let id = rulebook.release().id().to_string();
    let mut stream = seed.derive(code).stream();
    let is_own = |files: &&WitnessFiles| files.rule == code;
    let (own, others): (Vec<&WitnessFiles>, Vec<&WitnessFiles>) =
        near.iter().filter(|files| files.release == id).partition(is_own);
    let mut left: Vec<usize> = (0..changed.len()).collect();
    let mut found = Vec::new();
    for _ in 0..tries {
        if left.is_empty() {
            break;
        }
        let from = if own.is_empty() || stream.once_in(8) {
            &others
        } else {
            &own
        };
        let Some(mut witness) = stream
            .choose(from)
            .and_then(|base| moved(rulebook, base, &mut stream))
        else {
            continue;
        };
        code.clone_into(&mut witness.rule);
        let Some(case) = case_of(rulebook, &witness) else {
            continue;
        };
        case.clone_into(&mut witness.case);
        let notices = |changed: &Arc<Rulebook>, witness: &WitnessFiles| {
            let read = witness.read(changed);
            read.is_ok_and(|read| read.verdict(changed).is_err())
        };
        while let Some(place) = left
            .iter()
            .position(|number| notices(&changed[*number], &witness))
        {
            let number = left.remove(place);
            let smallest = shrink_while(rulebook, &witness, |less| {
                shows(rulebook, less) && notices(&changed[number], less)
            });
            left.retain(|number| !notices(&changed[*number], &smallest));
            found.push((number, smallest));
        }
    }
    found
}

/// What a history shows of its rule, when it is a witness at all.
fn case_of(rulebook: &Arc<Rulebook>, witness: &WitnessFiles) -> Option<&'static str> {
    ["breekt", "slaagt", "vrij"].into_iter().find(|case| {
        let mut named = witness.clone();
        (*case).clone_into(&mut named.case);
        shows(rulebook, &named)
    })
}

/// A history with one message changed, moved or left out.
fn moved(rulebook: &Arc<Rulebook>, base: &WitnessFiles, stream: &mut Stream) -> Option<WitnessFiles> {
    let mut files = base.clone();
    let names: Vec<String> = messages(base).map(|(name, _)| name.clone()).collect();
    // What comes last is what most rules look at.
    let name = if stream.once_in(4) {
        stream.choose(&names)?
    } else {
        names.last()?
    };
    let bytes = files.files.remove(name)?;
    match stream.below(if base.is_message { 1 } else { 8 }) {
        6 => {
            let (day, rest) = name.split_at_checked(DAY_LENGTH)?;
            let day: Date = day.parse().ok()?;
            let days = i64::try_from(stream.between(1, 20)).ok()?;
            let other = if stream.once_in(2) {
                day.checked_add(days.days())
            } else {
                day.checked_sub(days.days())
            };
            files.files.insert(format!("{}{rest}", other.ok()?), bytes);
        }
        7 => {}
        _ => {
            let message = vary(&good(rulebook.release(), bytes)?, stream)?;
            files.files.insert(name.clone(), message.bytes().clone());
        }
    }
    Some(files)
}

/// The length of the day that the name of a file begins with.
const DAY_LENGTH: usize = 10;

/// The same witness without everything that it can do without.
#[must_use]
pub fn shrink(rulebook: &Arc<Rulebook>, witness: &WitnessFiles) -> WitnessFiles {
    shrink_while(rulebook, witness, |less| shows(rulebook, less))
}

fn shrink_while(
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
fn cuts(message: &Message) -> Vec<Draft> {
    message
        .node_ids()
        .skip(1)
        .filter_map(|node| {
            let mut draft = Draft::copy(message);
            draft.cut(&message.path_at(node)).then_some(draft)
        })
        .collect()
}

fn messages(witness: &WitnessFiles) -> impl Iterator<Item = (&String, &Bytes)> {
    witness
        .files
        .iter()
        .filter(|(name, _)| *name != History::<Bytes>::DESCRIPTION)
}

/// Whether a witness shows what it is to show.
fn shows(rulebook: &Arc<Rulebook>, witness: &WitnessFiles) -> bool {
    let read = witness.read(rulebook);
    read.is_ok_and(|read| read.verdict(rulebook).is_ok())
}

fn good(release: &Arc<Release>, bytes: Bytes) -> Option<Message> {
    let checked = check(bytes, &[Arc::clone(release)], &Limits::default());
    let is_right = checked.findings.iter().all(|finding| !finding.is_fout());
    checked.message.filter(|_| is_right)
}

fn alone(release: &Release, code: &str, case: &str, bytes: Vec<u8>) -> WitnessFiles {
    let case = case.to_owned();
    WitnessFiles {
        release: release.id().to_string(),
        rule: code.to_owned(),
        files: BTreeMap::from([(format!("{case}.xml"), bytes.into())]),
        case,
        is_message: true,
    }
}

fn value_at(rulebook: &Arc<Rulebook>, witness: &WitnessFiles, path: &str) -> String {
    let message = witness
        .files
        .values()
        .next()
        .and_then(|bytes| good(rulebook.release(), bytes.clone()));
    let value = message.and_then(|message| {
        let node = message.node_ids().find(|node| message.path_at(*node) == path)?;
        Some(message.value_at(node).into_owned())
    });
    value.unwrap_or_default()
}

fn size(witness: &WitnessFiles) -> usize {
    witness.files.values().map(Bytes::len).sum()
}
