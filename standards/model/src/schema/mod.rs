//! Published XML schemas: read as a set, held against the data of a release.
//!
//! `decode.rs` finds the one schema in the bytes of a file, `reader.rs` makes a set of the files, `compare.rs` tells every
//! difference with a release. What XML Schema can say and these standards do not use is refused with its place: a set
//! that is read in part would give a wrong verdict. Nothing is fetched: a set is all that it refers to.
//! Tests: `tests/it/schema.rs`.

mod compare;
mod decode;
mod files;
mod reader;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::release::Place;

pub use compare::{Comparison, Difference, DifferenceKind, compare, nearest_release};
pub(crate) use compare::{moved, number_of, of_release};
pub use reader::{read, read_preferring};

/// A file in which a schema may stand.
#[derive(Clone, Debug)]
pub struct SchemaSource {
    /// Its path, as people know it.
    pub name: String,
    /// What is in it.
    pub bytes: Bytes,
}

/// The schemas of one release, as they were published.
#[derive(Clone, Debug)]
pub struct SchemaSet {
    /// By target namespace.
    pub(crate) schemas: BTreeMap<Arc<str>, Schema>,
    pub(crate) simples: BTreeMap<QName, Simple>,
    pub(crate) classes: BTreeMap<QName, Vec<Particle>>,
    /// The elements with which a message can begin: those that no other element refers to.
    pub(crate) roots: Vec<Particle>,
    /// What was strange and is read all the same.
    pub remarks: Vec<Remark>,
}

/// What was strange about a file and is read all the same, or why it is left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// Where.
    pub place: Place,
    /// What.
    pub what: String,
}

/// One schema of a set.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    /// The file in which it stands; the first one when it includes others.
    pub(crate) file: Arc<str>,
    /// The prefix that it gives to its own namespace.
    pub(crate) prefix: Option<String>,
    /// What its annotation says for programs, by name: the versions of the schemas.
    pub(crate) versions: BTreeMap<String, String>,
}

/// A name in a namespace; the namespace is empty for none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct QName {
    pub(crate) namespace: Arc<str>,
    pub(crate) local: Arc<str>,
}

/// An element where it may stand.
#[derive(Clone, Debug)]
pub(crate) struct Particle {
    pub(crate) name: QName,
    pub(crate) min: u32,
    /// `u32::MAX` for no bound.
    pub(crate) max: u32,
    pub(crate) holds: Holds,
    pub(crate) place: Place,
}

/// What an element holds.
#[derive(Clone, Debug)]
pub(crate) enum Holds {
    /// A value: of this type, narrowed where the element stands.
    Value { base: Base, own: Facets },
    /// The elements of a class that has a name.
    Class(QName),
    /// Elements that are written where the element stands.
    Anonymous(Vec<Particle>),
}

/// The nearest type with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// A simple type of the set.
    Named(QName),
    /// A type of XML Schema itself, by its kind of value.
    Builtin(&'static str),
}

/// A simple type with a name, resolved down to the kind of value.
#[derive(Clone, Debug)]
pub(crate) struct Simple {
    /// The kind of value: a type of XML Schema, whole numbers of every kind being `integer`.
    pub(crate) kind: &'static str,
    pub(crate) facets: Facets,
    pub(crate) place: Place,
}

/// What a value must keep to, along its whole derivation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facets {
    /// Lengths, bounds, digits and white space, by name.
    pub(crate) limits: BTreeMap<&'static str, String>,
    /// Patterns that all must match, each the alternatives of one step.
    pub(crate) patterns: BTreeSet<Vec<String>>,
    /// The values that are left.
    pub(crate) enumeration: Option<BTreeSet<String>>,
}

impl SchemaSet {
    /// The target namespaces of the set.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.schemas.keys().map(|namespace| &**namespace)
    }

    /// How many messages it describes.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.roots.len()
    }

    /// The name for people of the message with this root: that of the file of its schema.
    pub(crate) fn message_name(&self, root: &Particle) -> String {
        let schema = self.schemas.get(&root.name.namespace);
        let file = schema.map_or(&*root.name.namespace, |schema| &schema.file);
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        name.split('.').next().unwrap_or(name).to_owned()
    }

    /// The elements of a class.
    pub(crate) fn elements<'a>(&'a self, holds: &'a Holds) -> Option<&'a [Particle]> {
        match holds {
            Holds::Value { .. } => None,
            Holds::Class(name) => self.classes.get(name).map(Vec::as_slice),
            Holds::Anonymous(elements) => Some(elements),
        }
    }

    /// The kind of a value and all that it must keep to.
    pub(crate) fn resolved(&self, base: &Base, own: &Facets) -> (&'static str, Facets) {
        match base {
            Base::Builtin(kind) => (kind, own.clone()),
            Base::Named(name) => match self.simples.get(name) {
                Some(simple) => (simple.kind, simple.facets.narrowed(own)),
                // The reader refuses a set in which a type is missing.
                None => ("string", own.clone()),
            },
        }
    }
}

impl Facets {
    /// Whether nothing is restricted.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These and what a further step restricts.
    pub(crate) fn narrowed(&self, step: &Self) -> Self {
        let mut all = self.clone();
        for (name, value) in &step.limits {
            let number = |text: &String| text.parse::<i64>().ok();
            let wider = all.limits.get(name).is_some_and(|known| {
                match (number(known), number(value)) {
                    // A step that widens has no effect: the base still holds.
                    (Some(known), Some(value)) if name.starts_with("min") => known > value,
                    (Some(known), Some(value)) => known < value,
                    _ => false,
                }
            });
            if !wider {
                all.limits.insert(name, value.clone());
            }
        }
        all.patterns.extend(step.patterns.iter().cloned());
        if let Some(codes) = &step.enumeration {
            let kept = match &all.enumeration {
                Some(known) => known.intersection(codes).cloned().collect(),
                None => codes.clone(),
            };
            all.enumeration = Some(kept);
        }
        all
    }
}

impl fmt::Display for Facets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.limits.iter().map(|(name, value)| format!("{name} {value}")));
        parts.extend(
            self.patterns
                .iter()
                .map(|pattern| format!("pattern {}", pattern.join(" | "))),
        );
        parts.extend(
            self.enumeration
                .as_ref()
                .map(|codes| format!("enumeration {}", listed(codes))),
        );
        formatter.write_str(&parts.join(", "))
    }
}

/// The most codes that are named in one difference.
const CODES_SHOWN_MAX: usize = 12;

/// Codes for people; of many the first, and how many there are.
pub(crate) fn listed(codes: &BTreeSet<String>) -> String {
    let shown: Vec<&str> = codes.iter().take(CODES_SHOWN_MAX).map(String::as_str).collect();
    if codes.len() > CODES_SHOWN_MAX {
        format!("{} … ({})", shown.join(" "), codes.len())
    } else {
        shown.join(" ")
    }
}

impl fmt::Display for QName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{{{}}}{}", self.namespace, self.local)
    }
}
