//! Histories near another one: a message varied, moved, repeated, added or left out, a fact stated, changed or dropped.
//!
//! No rule is asked. What is put anywhere comes from the history itself, from other histories of the release, from numbers
//! and days that are given, or lies beside one of these. Chance comes from the stream alone. Tests: `tests/it/witness.rs`.

use std::sync::Arc;

use bytes::Bytes;
use jiff::ToSpan;
use jiff::civil::Date;
use kp_model::{Release, Stream};
use toml::{Table, Value};

use crate::history::History;
use crate::shrink::{good, messages};
use crate::variation::{Surroundings, near_day, near_number, near_text, vary_among};
use crate::witness::WitnessFiles;

/// The most steps away that a history is.
const STEPS_MAX: u64 = 4;
/// How often a step is tried that cannot be taken.
const TRIES_MAX: u32 = 8;
/// The most messages that a history grows to.
const MESSAGES_MAX: usize = 10;
/// The most days that a message is moved by, when it is not moved to another day that is known.
const DAYS_MAX: u64 = 20;
/// The length of the day that the name of a file begins with.
const DAY_LENGTH: usize = 10;
const DESCRIPTION: &str = History::<Bytes>::DESCRIPTION;

/// Where histories of a release are looked for.
pub(crate) struct Nearby<'a> {
    pub(crate) release: &'a Arc<Release>,
    /// Histories whose messages and facts may be taken.
    pub(crate) donors: &'a [&'a WitnessFiles],
    /// Days and numbers that rules compare with.
    pub(crate) literals: &'a [String],
}

impl Nearby<'_> {
    /// A history some steps away; none when no step could be taken.
    pub(crate) fn history(&self, base: &WitnessFiles, stream: &mut Stream) -> Option<WitnessFiles> {
        let mut current = base.clone();
        let steps = if stream.once_in(2) {
            1
        } else {
            stream.between(2, STEPS_MAX)
        };
        let mut is_moved = false;
        for _ in 0..steps {
            if let Some(next) = (0..TRIES_MAX).find_map(|_| self.step(&current, stream)) {
                current = next;
                is_moved = true;
            }
        }
        is_moved.then_some(current)
    }

    fn step(&self, base: &WitnessFiles, stream: &mut Stream) -> Option<WitnessFiles> {
        let mut files = base.clone();
        if base.is_message {
            let (name, bytes) = messages(base).next()?;
            let around = Surroundings {
                messages: Vec::new(),
                values: self.literals.to_vec(),
            };
            let message = vary_among(&good(self.release, bytes.clone())?, &around, stream)?;
            files.files.insert(name.clone(), message.bytes().clone());
            return Some(files);
        }
        let names: Vec<String> = messages(base).map(|(name, _)| name.clone()).collect();
        // What comes last is what most rules look at.
        let name = if stream.once_in(3) {
            stream.choose(&names)?
        } else {
            names.last()?
        };
        match stream.below(16) {
            0 => drop(files.files.remove(name)?),
            1 => {
                let bytes = files.files.remove(name)?;
                files.files.insert(self.other_moment(base, name, stream)?, bytes);
            }
            2 if names.len() < MESSAGES_MAX => {
                let bytes = files.files.get(name)?.clone();
                let name = self.other_moment(base, name, stream)?;
                files.files.entry(name).or_insert(bytes);
            }
            3 if names.len() < MESSAGES_MAX => {
                let donor = stream.choose(self.donors).filter(|donor| !donor.is_message)?;
                let others: Vec<_> = messages(donor).collect();
                let (name, bytes) = stream.choose(&others)?;
                files
                    .files
                    .entry((*name).clone())
                    .or_insert_with(|| (*bytes).clone());
            }
            4..=6 => {
                let text = base.files.get(DESCRIPTION);
                let text = text.map_or_else(String::new, |text| String::from_utf8_lossy(text).into_owned());
                let changed = self.description(base, text.parse().ok()?, stream)?;
                files.files.remove(DESCRIPTION);
                if !changed.is_empty() {
                    let text = toml::to_string(&changed).ok()?;
                    files.files.insert(DESCRIPTION.to_owned(), text.into());
                }
            }
            _ => {
                let others = messages(base).filter(|(other, _)| *other != name);
                let around = Surroundings {
                    messages: others
                        .filter_map(|(_, bytes)| good(self.release, bytes.clone()))
                        .collect(),
                    values: self.values(base, false),
                };
                let bytes = files.files.get(name)?.clone();
                let message = vary_among(&good(self.release, bytes)?, &around, stream)?;
                files.files.insert(name.clone(), message.bytes().clone());
            }
        }
        Some(files)
    }

    /// The name of a file with another moment.
    fn other_moment(&self, base: &WitnessFiles, name: &str, stream: &mut Stream) -> Option<String> {
        let (day, rest) = name.split_at_checked(DAY_LENGTH)?;
        let day: Date = day.parse().ok()?;
        let other = if stream.once_in(2) {
            let values = self.values(base, true);
            let days: Vec<Date> = values.iter().filter_map(|value| value.parse().ok()).collect();
            let other = *stream.choose(&days)?;
            if stream.once_in(2) {
                other
            } else {
                near_day(other, stream)?
            }
        } else {
            let days = i64::try_from(stream.between(1, DAYS_MAX)).ok()?.days();
            if stream.once_in(2) {
                day.checked_add(days).ok()?
            } else {
                day.checked_sub(days).ok()?
            }
        };
        Some(format!("{other}{rest}"))
    }

    /// Values that facts, moments and literals have, and on demand those of messages.
    fn values(&self, base: &WitnessFiles, of_messages: bool) -> Vec<String> {
        let mut values = self.literals.to_vec();
        for (name, bytes) in &base.files {
            if name == DESCRIPTION {
                let text = String::from_utf8_lossy(bytes);
                let table = text.parse::<Table>().unwrap_or_default();
                for (_, entries) in &table {
                    for entry in entries.as_array().into_iter().flatten() {
                        let inner = entry.get("waarden").unwrap_or(entry).as_table();
                        values.extend(inner.into_iter().flat_map(Table::values).map(plain));
                    }
                }
                continue;
            }
            values.extend(name.get(..DAY_LENGTH).map(str::to_owned));
            if let Some(message) = good(self.release, bytes.clone()).filter(|_| of_messages) {
                let filled = message.node_ids().map(|node| message.value_at(node).into_owned());
                values.extend(filled.filter(|value| !value.is_empty()));
            }
        }
        values
    }

    /// The description with a fact stated, changed or dropped, or another clock.
    fn description(&self, base: &WitnessFiles, mut table: Table, stream: &mut Stream) -> Option<Table> {
        let facts = table.get("feit").and_then(Value::as_array);
        let mut facts = facts.cloned().unwrap_or_default();
        let position = usize::try_from(stream.below(facts.len() as u64)).ok()?;
        match stream.below(8) {
            0 => {
                if position < facts.len() {
                    facts.remove(position);
                }
            }
            1 => facts.push(facts.get(position)?.clone()),
            2 => {
                let others = facts_of(stream.choose(self.donors)?);
                facts.push(stream.choose(&others)?.clone());
            }
            3 => {
                let values = self.values(base, true);
                let days: Vec<Date> = values.iter().filter_map(|value| value.parse().ok()).collect();
                let mut day = *stream.choose(&days)?;
                if stream.once_in(2) {
                    let days = i64::try_from(stream.between(1, DAYS_MAX)).ok()?;
                    day = day.checked_add(days.days()).ok()?;
                }
                let clock = Table::from_iter([("nu".to_owned(), Value::String(day.to_string()))]);
                table.insert("klok".to_owned(), Value::Array(vec![Value::Table(clock)]));
            }
            _ => self.restate(base, facts.get_mut(position)?, stream)?,
        }
        table.remove("feit");
        if !facts.is_empty() {
            table.insert("feit".to_owned(), Value::Array(facts));
        }
        Some(table)
    }

    /// Changes a value of a fact, or leaves it out, or says one that is left out elsewhere.
    fn restate(&self, base: &WitnessFiles, fact: &mut Value, stream: &mut Stream) -> Option<()> {
        let sort = fact.get("soort")?.clone();
        let stated = fact.get_mut("waarden")?.as_table_mut()?;
        let columns: Vec<String> = stated.keys().cloned().collect();
        let column = stream.choose(&columns)?.clone();
        if stream.once_in(8) {
            stated.remove(&column);
            return Some(());
        }
        if stream.once_in(6) {
            // A column that a fact of the sort has elsewhere.
            let facts = self.donors.iter().flat_map(|donor| facts_of(donor));
            let others: Vec<(String, Value)> = facts
                .filter(|other| other.get("soort") == Some(&sort))
                .filter_map(|other| other.get("waarden").and_then(Value::as_table).cloned())
                .flatten()
                .collect();
            let (column, value) = stream.choose(&others)?;
            stated.insert(column.clone(), value.clone());
            return Some(());
        }
        let old = stated.get(&column)?;
        let text = plain(old);
        let is_number = old.is_integer();
        let other = if stream.once_in(2) {
            let values = self.values(base, true);
            let alike: Vec<&String> = values.iter().filter(|value| is_alike(value, &text)).collect();
            (*stream.choose(&alike)?).clone()
        } else {
            text.clone()
        };
        let other = if other == text || stream.once_in(3) {
            match (other.parse::<Date>(), other.parse::<i64>()) {
                (Ok(day), _) => near_day(day, stream)?.to_string(),
                (_, Ok(number)) if is_number => near_number(number, stream)?.to_string(),
                _ => near_text(&other, stream)?,
            }
        } else {
            other
        };
        let other = if is_number {
            Value::Integer(other.parse().ok()?)
        } else {
            Value::String(other)
        };
        stated.insert(column, other);
        Some(())
    }
}

/// The facts that a history states.
fn facts_of(files: &WitnessFiles) -> Vec<Value> {
    let text = files
        .files
        .get(DESCRIPTION)
        .map(|text| String::from_utf8_lossy(text));
    let table = text.and_then(|text| text.parse::<Table>().ok());
    let facts = table.and_then(|mut table| table.remove("feit"));
    facts
        .and_then(|facts| facts.as_array().cloned())
        .unwrap_or_default()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether one may stand where the other does.
fn is_alike(one: &str, other: &str) -> bool {
    let is_day = |text: &str| text.parse::<Date>().is_ok();
    is_day(one) == is_day(other)
        && (one.len() == other.len() || one.parse::<i64>().is_ok() && other.parse::<i64>().is_ok())
}
