//! What differs between two releases: everything that their flat forms say, told by what it is about.
//!
//! Two releases differ in nothing exactly when their flat forms are equal, but for what a release is called. What a
//! difference does to messages is not told here: that is for who judges the same messages by both (`kp-rules`).
//! Tests: `tests/it/difference.rs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::release::Release;
use crate::schema::moved;

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Matter {
    /// The release as a whole: versions, limits, namespaces.
    Uitgave,
    /// A message: that it is there, its name, namespace and part in an exchange.
    Bericht,
    /// A class or element, of one message or of a type that messages share.
    Element,
    /// A simple datatype with its facets.
    Datatype,
    /// A code of a list.
    Code,
    /// A rule: its words, what it asks, its RetourCode.
    Regel,
    /// A term that a rule sets.
    Termijn,
    /// A view or a kind of fact that rules look up.
    Gegeven,
    /// A day on which nobody works.
    Feestdag,
    /// Which element a concept is.
    Afbeelding,
    /// What was published wrongly.
    Erratum,
}

impl Matter {
    /// Every matter, in the order in which differences are told.
    pub const ALL: [Self; 11] = [
        Self::Uitgave,
        Self::Bericht,
        Self::Element,
        Self::Datatype,
        Self::Code,
        Self::Regel,
        Self::Termijn,
        Self::Gegeven,
        Self::Feestdag,
        Self::Afbeelding,
        Self::Erratum,
    ];
}

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Only the other release has it.
    Added,
    /// Only the one release has it.
    Removed,
    /// Both have it, and say otherwise.
    Changed,
    /// It stands in another place among its siblings.
    Moved,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Difference {
    /// What it is about.
    pub matter: Matter,
    /// Of what: `301 ToegewezenProduct/Omvang`, `WMO588 20`, `TR063`.
    pub subject: String,
    /// Which part of it: `max`, `assert 307 Client/StopProducten/StopProduct`; empty for the whole.
    pub part: String,
    /// What became of it.
    pub change: Change,
    /// What the one release says; none when it lacks it.
    pub one: Option<String>,
    /// What the other release says; none when it lacks it.
    pub other: Option<String>,
}

/// What differs between two releases, in the order of [`Matter`] and then by subject.
///
/// Family, version, title and live day are what a release is called, and no difference.
#[must_use]
pub fn differences(one: &Release, other: &Release) -> Vec<Difference> {
    let (one, other) = (Said::by(one), Said::by(other));
    let mut found = Vec::new();
    let subjects = |said: &Said| said.things.keys().cloned().collect::<Vec<_>>();
    for key in subjects(&one).into_iter().chain(subjects(&other)) {
        let (matter, subject) = &key;
        let tell = |part: &str, change, one: Option<String>, other: Option<String>| Difference {
            matter: *matter,
            subject: subject.clone(),
            part: part.to_owned(),
            change,
            one,
            other,
        };
        match (one.things.get(&key), other.things.get(&key)) {
            (Some(gone), None) => found.push(tell("", Change::Removed, Some(gone.summary()), None)),
            (None, Some(new)) => found.push(tell("", Change::Added, None, Some(new.summary()))),
            (Some(before), Some(after)) => {
                let parts = before.0.keys().chain(after.0.keys());
                for part in parts {
                    let (old, new) = (before.0.get(part), after.0.get(part));
                    if old != new {
                        let change = match (old, new) {
                            (None, _) => Change::Added,
                            (_, None) => Change::Removed,
                            _ => Change::Changed,
                        };
                        found.push(tell(part, change, old.cloned(), new.cloned()));
                    }
                }
            }
            (None, None) => {}
        }
    }
    for (class, names) in &one.orders {
        let Some(others) = other.orders.get(class) else {
            continue;
        };
        let (own, theirs) = (shared(names, others), shared(others, names));
        for name in moved(&own, &theirs) {
            let after = |names: &[String]| {
                let place = names.iter().position(|known| *known == name);
                let before = place.and_then(|place| names.get(place.checked_sub(1)?));
                before.cloned().unwrap_or_default()
            };
            found.push(Difference {
                matter: Matter::Element,
                subject: format!("{class}/{name}"),
                part: String::new(),
                change: Change::Moved,
                one: Some(after(names)),
                other: Some(after(others)),
            });
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The names that others have too, in their own order.
fn shared<'a>(names: &'a [String], others: &[String]) -> Vec<&'a str> {
    let names = names.iter().filter(|name| others.contains(name));
    names.map(String::as_str).collect()
}

/// What a release says of one subject, by part.
#[derive(Debug, Default)]
struct Thing(BTreeMap<String, String>);

impl Thing {
    /// What a reader recognises it by.
    fn summary(&self) -> String {
        for telling in ["nl", "label", "meaning", "title", "name"] {
            if let Some(text) = self.0.get(telling).filter(|text| !text.is_empty()) {
                return text.clone();
            }
        }
        let parts = self.0.iter().filter(|(_, value)| !value.is_empty());
        let parts: Vec<String> = parts.map(|(part, value)| format!("{part} {value}")).collect();
        parts.join(", ")
    }
}

/// All that a release says.
#[derive(Debug, Default)]
struct Said {
    things: BTreeMap<(Matter, String), Thing>,
    /// The names of the elements of a class, in order.
    orders: BTreeMap<String, Vec<String>>,
}

/// What a release is called.
const NAMES: [&str; 4] = ["family", "version", "title", "live"];

impl Said {
    fn by(release: &Release) -> Self {
        let mut said = Self::default();
        for file in release.flat() {
            if let Some(list) = file.path.strip_prefix("codelists/") {
                said.codes(list.trim_end_matches(".csv"), &file.text);
                continue;
            }
            // A release that is loaded wrote it itself.
            let Ok(table) = file.text.parse::<Table>() else {
                continue;
            };
            if let Some(message) = file.path.strip_prefix("messages/") {
                said.message(message.trim_end_matches(".toml"), &table);
            } else if file.path == "release.toml" {
                said.head(&table);
            } else {
                said.definitions(&table);
            }
        }
        said
    }

    fn put(&mut self, matter: Matter, subject: &str, part: &str, value: String) {
        let thing = self.things.entry((matter, subject.to_owned())).or_default();
        thing.0.insert(part.to_owned(), value);
    }

    fn put_all(&mut self, matter: Matter, subject: &str, value: &Value) {
        let mut parts = BTreeMap::new();
        spread(value, "", &mut parts);
        for (part, value) in parts {
            self.put(matter, subject, &part, value);
        }
    }

    fn head(&mut self, table: &Table) {
        for (key, value) in table.iter().filter(|(key, _)| !NAMES.contains(&key.as_str())) {
            if let (Value::Table(messages), "messages") = (value, key.as_str()) {
                for (number, message) in messages {
                    self.put_all(Matter::Bericht, number, message);
                }
            } else if let Value::Array(words) = value {
                // Each word of a list is there or not.
                for word in words.iter().filter_map(Value::as_str) {
                    self.put(Matter::Uitgave, &format!("{key} {word}"), "", String::new());
                }
            } else {
                self.put_all(Matter::Uitgave, key, value);
            }
        }
    }

    fn message(&mut self, number: &str, table: &Table) {
        for (key, value) in table {
            if let (Value::Array(classes), "class") = (value, key.as_str()) {
                for class in classes.iter().filter_map(Value::as_table) {
                    self.class(&format!("{number} {}", name(class)), class);
                }
                continue;
            }
            let mut parts = BTreeMap::new();
            spread(value, key, &mut parts);
            for (part, value) in parts {
                self.put(Matter::Bericht, number, &part, value);
            }
        }
    }

    fn class(&mut self, subject: &str, class: &Table) {
        let elements = class.get("elements").and_then(Value::as_array);
        for element in elements.into_iter().flatten().filter_map(Value::as_table) {
            let order = self.orders.entry(subject.to_owned()).or_default();
            order.push(name(element).to_owned());
            let subject = format!("{subject}/{}", name(element));
            for bound in ["min", "max"] {
                self.put(Matter::Element, &subject, bound, "1".to_owned());
            }
            self.put_all(Matter::Element, &subject, &without(element, &["name"]));
        }
        let rest = without(class, &["name", "elements"]);
        self.things
            .entry((Matter::Element, subject.to_owned()))
            .or_default();
        self.put_all(Matter::Element, subject, &rest);
    }

    fn definitions(&mut self, table: &Table) {
        for (key, value) in table {
            let matter = match key.as_str() {
                "simple" => Matter::Datatype,
                "rule" => Matter::Regel,
                "view" | "fact" => Matter::Gegeven,
                "holiday" => Matter::Feestdag,
                "erratum" => Matter::Erratum,
                _ => Matter::Afbeelding,
            };
            if let Value::Array(all) = value {
                for one in all.iter().filter_map(Value::as_table) {
                    match key.as_str() {
                        "complex" => self.class(name(one), one),
                        "rule" => self.rule(one),
                        _ => self.put_all(matter, name(one), &without(one, &["name"])),
                    }
                }
            } else if let Value::Table(fields) = value {
                for (name, value) in fields {
                    self.put_all(matter, &format!("{key} {name}"), value);
                }
            } else {
                self.put_all(matter, key, value);
            }
        }
    }

    fn rule(&mut self, rule: &Table) {
        let code = rule.get("code").and_then(Value::as_str).unwrap_or_default();
        self.put_all(Matter::Regel, code, &without(rule, &["code", "termijn"]));
        if let Some(termijn) = rule.get("termijn") {
            let mut terms = Table::new();
            terms.insert("termijn".to_owned(), termijn.clone());
            self.put_all(Matter::Termijn, code, &Value::Table(terms));
        }
    }

    fn codes(&mut self, list: &str, text: &str) {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let columns: Vec<String> = match reader.headers() {
            Ok(columns) => columns.iter().map(str::to_owned).collect(),
            Err(_) => return,
        };
        for row in reader.records().flatten() {
            let subject = format!("{list} {}", row.get(0).unwrap_or_default());
            for (column, value) in columns.iter().zip(row.iter()).skip(1) {
                self.put(Matter::Code, &subject, column, value.to_owned());
            }
        }
    }
}

fn name(table: &Table) -> &str {
    table.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn without(table: &Table, keys: &[&str]) -> Value {
    let rest = table.iter().filter(|(key, _)| !keys.contains(&key.as_str()));
    Value::Table(rest.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// A value part by part, each under the names that lead to it.
fn spread(value: &Value, under: &str, parts: &mut BTreeMap<String, String>) {
    let below = |key: &str| match under {
        "" => key.to_owned(),
        _ => format!("{under} {key}"),
    };
    if let Value::Table(table) = value {
        // A value with the rule that it comes from is one thing.
        if let (Some(value), Some(rule)) = (table.get("value"), table.get("rule")) {
            parts.insert(under.to_owned(), format!("{} ({})", plain(value), plain(rule)));
            return;
        }
        for (key, value) in table {
            spread(value, &below(key), parts);
        }
    } else if let Some(all) = value.as_array().filter(|all| all.iter().any(Value::is_table)) {
        for (one, mark) in all.iter().zip(marks(all)) {
            spread(&unmarked(one), &below(&mark), parts);
        }
    } else {
        parts.insert(under.to_owned(), plain(value));
    }
}

/// What tells the tables of a list apart: what they are about, and a number where that is not enough.
fn marks(all: &[Value]) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mark = |table: &Value| {
        let said = MARKS.iter().filter_map(|key| table.get(key).map(plain));
        said.collect::<Vec<_>>().join(" ")
    };
    all.iter()
        .map(|table| {
            let mark = mark(table);
            let times = seen.entry(mark.clone()).or_default();
            *times += 1;
            match *times {
                1 => mark,
                more => format!("{mark} ({more})"),
            }
        })
        .collect()
}

/// The keys that say what a table of a list is about.
const MARKS: [&str; 5] = ["messages", "class", "view", "fact", "rule"];

fn unmarked(value: &Value) -> Value {
    value
        .as_table()
        .map_or_else(|| value.clone(), |table| without(table, &MARKS))
}

fn plain(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    if let Some(all) = value.as_array() {
        return all.iter().map(plain).collect::<Vec<_>>().join(", ");
    }
    if let Some(table) = value.as_table() {
        let parts = table.iter().map(|(key, value)| format!("{key} {}", plain(value)));
        return parts.collect::<Vec<_>>().join(", ");
    }
    value.to_string()
}
