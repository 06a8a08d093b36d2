//! Witnesses made: a message or history that breaks a rule and only that, as small as it can be.
//!
//! A rule of the structure is broken at an element that has it. Any other is looked for near the histories that are known:
//! they are varied until the rule is broken and nothing else, and then everything goes that the proof can do without.
//! Chance comes from the seed alone. Tests: `tests/it/witness.rs`, and `harness/cli/tests/it/coverage.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Content, Draft, ElementId, Facet, Limit, Message, MessageType, Release, Seed, Stream};

use crate::judge::judge_message;
use crate::nearby::Nearby;
use crate::rulebook::Rulebook;
use crate::sampling::generate_accepted;
use crate::shrink::{cuts, good, shows, shrink, shrink_while};
use crate::witness::{Shown, WitnessFiles, case_of, rules_of};

/// How many histories are tried before a rule is given up.
const TRIES_MAX: u32 = 30_000;

/// The most rules that a history breaks from which a search goes on, and how many of these it remembers.
const BROKEN_MAX: usize = 3;
const REACHED_MAX: usize = 400;

/// How many messages are drawn before one has an element that may be absent.
const DRAWS_MAX: u64 = 40;

/// How many characters are tried around one that a pattern allows.
const STRANGE: [&str; 8] = ["", "0", "9", "A", "a", "-", " ", "00000000000"];

/// A witness that breaks a rule and what that implies, near witnesses that are known; the same for the same seed.
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
        let found = found_near(rulebook, (code, "breekt"), near, &mut stream)?;
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
        let found = found_near(rulebook, (code, case), near, &mut stream);
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
fn found_near(
    rulebook: &Arc<Rulebook>,
    (code, case): (&str, &str),
    near: &[WitnessFiles],
    stream: &mut Stream,
) -> Option<WitnessFiles> {
    let id = rulebook.release().id().to_string();
    let bases: Vec<&WitnessFiles> = near.iter().filter(|files| files.release == id).collect();
    let mut search = Search::new(rulebook, code, &bases, &[]);
    (0..TRIES_MAX).find_map(|_| {
        let mut found = search.next(stream)?.files;
        code.clone_into(&mut found.rule);
        case.clone_into(&mut found.case);
        shows(rulebook, &found).then_some(found)
    })
}

/// Witnesses of a rule, near those that are kept, by which changed rules show that they are.
///
/// `literals` are the days and numbers that the rule compares with. A witness is right by the rules as they are, and small.
/// What nothing was found for is not among them.
#[must_use]
pub fn tell_apart(
    rulebook: &Arc<Rulebook>,
    code: &str,
    (changed, literals): (&[Arc<Rulebook>], &[String]),
    near: &[WitnessFiles],
    (seed, tries): (Seed, u32),
) -> Vec<WitnessFiles> {
    let id = rulebook.release().id().to_string();
    let mut stream = seed.derive(code).stream();
    let bases: Vec<&WitnessFiles> = near.iter().filter(|files| files.release == id).collect();
    let mut search = Search::new(rulebook, code, &bases, literals);
    let mut left: Vec<usize> = (0..changed.len()).collect();
    let mut found: Vec<WitnessFiles> = Vec::new();
    for number in 0..tries {
        if left.is_empty() {
            break;
        }
        let Some(Found { mut files, shown }) = search.next(&mut stream) else {
            continue;
        };
        code.clone_into(&mut files.rule);
        // What breaks nothing besides says most.
        let most = if number < tries / 2 { 1 } else { BROKEN_MAX };
        let case = case_of(code, &shown, rulebook).filter(|_| shown.broken.len() <= most);
        let Some(case) = case else {
            continue;
        };
        files.case = case;
        let Ok(witness) = files.read(rulebook) else {
            continue;
        };
        let noticing: Vec<usize> = left
            .iter()
            .copied()
            .filter(|number| witness.verdict(&changed[*number]).is_err())
            .collect();
        for number in noticing {
            if !left.contains(&number) {
                continue;
            }
            let smallest = shrink_while(rulebook, &files, |less| {
                let read = less.read(rulebook);
                read.is_ok_and(|less| {
                    less.verdict(rulebook).is_ok() && less.verdict(&changed[number]).is_err()
                })
            });
            left.retain(|other| *other != number && !notices(&changed[*other], &smallest));
            search.keep(&smallest);
            found.push(smallest);
        }
    }
    needed(found, changed)
}

/// Whether a witness shows something else by changed rules.
fn notices(changed: &Arc<Rulebook>, witness: &WitnessFiles) -> bool {
    let read = witness.read(changed);
    read.is_ok_and(|read| read.verdict(changed).is_err())
}

/// The witnesses without those of which others notice everything.
fn needed(mut found: Vec<WitnessFiles>, changed: &[Arc<Rulebook>]) -> Vec<WitnessFiles> {
    let mut noticed: Vec<BTreeSet<usize>> = found
        .iter()
        .map(|witness| {
            let numbers = 0..changed.len();
            numbers
                .filter(|number| notices(&changed[*number], witness))
                .collect()
        })
        .collect();
    for place in (0..found.len()).rev() {
        let others = || noticed.iter().enumerate().filter(|(other, _)| *other != place);
        let is_covered = |number: &usize| others().any(|(_, of_other)| of_other.contains(number));
        if noticed[place].iter().all(is_covered) {
            noticed.remove(place);
            found.remove(place);
        }
    }
    found
}

/// A history that was reached, and what the rules say of it.
struct Found {
    files: WitnessFiles,
    shown: Shown,
}

/// A search that goes on from what it found: a history by which rules say something that they did not say before is a
/// place to look around.
struct Search<'a> {
    rulebook: &'a Arc<Rulebook>,
    near: Nearby<'a>,
    own: Vec<WitnessFiles>,
    /// What was reached, with what the rules say there, so that each is kept once.
    reached: Vec<WitnessFiles>,
    said: BTreeSet<String>,
}

impl<'a> Search<'a> {
    fn new(
        rulebook: &'a Arc<Rulebook>,
        code: &str,
        bases: &'a [&'a WitnessFiles],
        literals: &'a [String],
    ) -> Self {
        let own = bases.iter().filter(|files| files.rule == code);
        Self {
            rulebook,
            own: own.copied().cloned().collect(),
            near: Nearby {
                release: rulebook.release(),
                donors: bases,
                literals,
            },
            reached: Vec::new(),
            said: BTreeSet::new(),
        }
    }

    fn keep(&mut self, files: &WitnessFiles) {
        self.own.push(files.clone());
    }

    fn next(&mut self, stream: &mut Stream) -> Option<Found> {
        let base = if !self.own.is_empty() && !stream.once_in(3) {
            stream.choose(&self.own)?
        } else if !self.reached.is_empty() && !stream.once_in(8) {
            stream.choose(&self.reached)?
        } else {
            *stream.choose(self.near.donors)?
        };
        let mut files = self.near.history(base, stream)?;
        // The name is given when it is known what it shows.
        "slaagt".clone_into(&mut files.case);
        let shown = files.read(self.rulebook).ok()?.show(self.rulebook).ok()?;
        let said = format!(
            "{:?} {:?} {:?} {:?}",
            shown.broken, shown.remarked, shown.applied, shown.not_judged
        );
        if shown.broken.len() <= BROKEN_MAX && self.reached.len() < REACHED_MAX && self.said.insert(said) {
            self.reached.push(files.clone());
        }
        Some(Found { files, shown })
    }
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
