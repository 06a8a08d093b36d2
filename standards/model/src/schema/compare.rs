//! Holds a published set of schemas against the data of a release and tells every difference.
//!
//! Both sides are schemas read by one reader: ours is the export of the release. The walk begins at the root of each
//! message and follows elements by name; two types that were held against each other are not walked again, so that a
//! change of a shared type is told once, where it is first met. A simple type that no message uses makes no difference
//! to a message and is not looked at. Tests: `tests/it/schema.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Base, Facets, Holds, Particle, QName, SchemaSet, SchemaSource, listed, read};
use crate::release::fault::Faults;
use crate::release::{Place, Release};
use crate::xsd;

/// What differs between a published set and a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// An element, or a message, that one side does not have.
    Element,
    /// An element that stands elsewhere among its neighbours.
    Order,
    /// How often an element may stand.
    Cardinality,
    /// The type of an element, or the kind of value of a type.
    Type,
    /// A limit on values.
    Facet,
    /// The values that there are.
    Enumeration,
    /// The namespace of a schema or of an element.
    Namespace,
    /// The version of a schema, or which are accepted.
    Version,
}

impl DifferenceKind {
    /// Its name in output for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Element => "element",
            Self::Order => "order",
            Self::Cardinality => "cardinality",
            Self::Type => "type",
            Self::Facet => "facet",
            Self::Enumeration => "enumeration",
            Self::Namespace => "namespace",
            Self::Version => "version",
        }
    }
}

/// One difference between a published set and a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub kind: DifferenceKind,
    /// The message in which it is first met.
    pub message: String,
    /// The path of the element, from the root of the message.
    pub path: String,
    /// What it is about, beside the path: a type, a facet.
    pub of: Option<String>,
    /// What our data says; none when it says nothing.
    pub ours: Option<String>,
    /// What the published set says; none when it says nothing.
    pub theirs: Option<String>,
    /// Where it stands in the published set.
    pub place: Option<Place>,
}

/// What a comparison tells.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Every difference, message by message in the order of the elements.
    pub differences: Vec<Difference>,
    /// Types whose codes we know only in part, and of which the set has more: no difference.
    pub partly_known: Vec<String>,
}

/// Holds a published set against a release.
///
/// # Errors
/// When the schemas of the release itself cannot be read, which is a fault of the release.
pub fn compare(release: &Release, theirs: &SchemaSet) -> Result<Comparison, Faults> {
    let ours = of_release(release)?;
    let partial = release
        .datatypes()
        .iter()
        .filter(|datatype| datatype.codelist.as_ref().is_some_and(|list| list.is_partial));
    let partial = partial.map(|datatype| {
        let list = datatype.codelist.as_ref().expect("it was just looked at");
        let codes = list.codes.iter().map(|code| code.code.clone()).collect();
        (datatype.name.to_string(), codes)
    });
    let mut walk = Walk {
        ours: &ours,
        theirs,
        partial: partial.collect(),
        namespaces: BTreeSet::new(),
        types: BTreeSet::new(),
        found: Comparison::default(),
        message: String::new(),
    };
    walk.messages();
    Ok(walk.found)
}

/// The schemas of a release, as a set.
pub(crate) fn of_release(release: &Release) -> Result<SchemaSet, Faults> {
    let sources: Vec<SchemaSource> = xsd::export(release)
        .into_iter()
        .map(|file| SchemaSource {
            name: file.name,
            bytes: file.text.into(),
        })
        .collect();
    read(&sources)
}

/// The release whose namespaces a set has most of, when it has any.
#[must_use]
pub fn nearest_release<'a>(releases: &'a [Arc<Release>], set: &SchemaSet) -> Option<&'a Arc<Release>> {
    let shared = |release: &Release| {
        let messages = release
            .messages()
            .iter()
            .map(|message| message.namespace.uri.as_str());
        let own: BTreeSet<&str> = messages.chain([release.basis().uri.as_str()]).collect();
        set.namespaces()
            .filter(|namespace| own.contains(namespace))
            .count()
    };
    let best = releases.iter().map(|release| (shared(release), release));
    best.filter(|(count, _)| *count > 0)
        .max_by_key(|(count, _)| *count)
        .map(|(_, release)| release)
}

/// What tells messages apart in every release: the number in the part of a namespace that is a name with a number.
pub(crate) fn number_of(namespace: &str) -> Option<&str> {
    namespace.split('/').find_map(|part| {
        let number = part.trim_start_matches(|sign: char| sign.is_ascii_alphabetic());
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && number.len() < part.len()).then_some(number)
    })
}

struct Walk<'a> {
    ours: &'a SchemaSet,
    theirs: &'a SchemaSet,
    /// The codes that we know of types whose list is known in part.
    partial: BTreeMap<String, BTreeSet<String>>,
    /// The pairs of namespaces that were met.
    namespaces: BTreeSet<(Arc<str>, Arc<str>)>,
    /// The pairs of types that were met.
    types: BTreeSet<(QName, QName)>,
    found: Comparison,
    message: String,
}

impl<'a> Walk<'a> {
    fn messages(&mut self) {
        let theirs = self.theirs;
        let mut left: Vec<&Particle> = theirs.roots.iter().collect();
        for root in &self.ours.roots {
            let same = left
                .iter()
                .position(|other| other.name.namespace == root.name.namespace);
            let number = number_of(&root.name.namespace);
            let alike = || {
                left.iter()
                    .position(|other| number.is_some() && number_of(&other.name.namespace) == number)
            };
            self.message = self.ours.message_name(root);
            match same.or_else(alike) {
                Some(position) => {
                    let other = left.remove(position);
                    let path = format!("/{}", root.name.local);
                    self.namespace(root, other, &path);
                    if root.name.local == other.name.local {
                        self.element(root, other, &path);
                    } else {
                        let (ours, theirs) = (root.name.local.to_string(), other.name.local.to_string());
                        self.tell(
                            DifferenceKind::Element,
                            &path,
                            None,
                            (Some(ours), Some(theirs)),
                            &other.place,
                        );
                    }
                }
                None => {
                    let path = format!("/{}", root.name.local);
                    let difference = Difference {
                        kind: DifferenceKind::Element,
                        message: self.message.clone(),
                        path,
                        of: None,
                        ours: Some(root.name.to_string()),
                        theirs: None,
                        place: None,
                    };
                    self.found.differences.push(difference);
                }
            }
        }
        for other in left {
            self.message = theirs.message_name(other);
            let path = format!("/{}", other.name.local);
            let told = Some(other.name.to_string());
            self.tell(DifferenceKind::Element, &path, None, (None, told), &other.place);
        }
    }

    /// The versions of two schemas that were just found to belong together.
    fn versions(&mut self, ours: &Arc<str>, theirs: &Arc<str>, path: &str, place: &Place) {
        let (Some(ours), Some(theirs)) = (self.ours.schemas.get(ours), self.theirs.schemas.get(theirs))
        else {
            return;
        };
        let place = Place {
            file: Arc::clone(&theirs.file),
            line: if theirs.file == place.file { place.line } else { 1 },
            column: 1,
        };
        for (name, version) in &ours.versions {
            let other = theirs.versions.get(name);
            if other != Some(version) {
                let told = (Some(version.clone()), other.cloned());
                self.tell(DifferenceKind::Version, path, Some(name.clone()), told, &place);
            }
        }
    }

    /// The namespaces of two elements: each pair is told once.
    fn namespace(&mut self, ours: &Particle, theirs: &Particle, path: &str) {
        let pair = (
            Arc::clone(&ours.name.namespace),
            Arc::clone(&theirs.name.namespace),
        );
        if !self.namespaces.insert(pair) {
            return;
        }
        if ours.name.namespace != theirs.name.namespace {
            let written = |name: &QName| (!name.namespace.is_empty()).then(|| name.namespace.to_string());
            let told = (written(&ours.name), written(&theirs.name));
            self.tell(DifferenceKind::Namespace, path, None, told, &theirs.place);
        }
        self.versions(&ours.name.namespace, &theirs.name.namespace, path, &theirs.place);
    }

    /// Two elements of one name.
    fn element(&mut self, ours: &'a Particle, theirs: &'a Particle, path: &str) {
        self.namespace(ours, theirs, path);
        if (ours.min, ours.max) != (theirs.min, theirs.max) {
            let told = (Some(occurrence(ours)), Some(occurrence(theirs)));
            self.tell(DifferenceKind::Cardinality, path, None, told, &theirs.place);
        }
        match (&ours.holds, &theirs.holds) {
            (
                Holds::Value { base, own },
                Holds::Value {
                    base: other,
                    own: narrowed,
                },
            ) => self.value((base, own), (other, narrowed), path, &theirs.place),
            (Holds::Class(_) | Holds::Anonymous(_), Holds::Class(_) | Holds::Anonymous(_)) => {
                self.class(ours, theirs, path);
            }
            _ => {
                let told = (Some(type_name(&ours.holds)), Some(type_name(&theirs.holds)));
                self.tell(DifferenceKind::Type, path, None, told, &theirs.place);
            }
        }
    }

    fn value(
        &mut self,
        (base, own): (&'a Base, &'a Facets),
        (other, narrowed): (&'a Base, &'a Facets),
        path: &str,
        place: &Place,
    ) {
        if let (Base::Named(one), Base::Named(two)) = (base, other) {
            if one.local == two.local {
                if self.types.insert((one.clone(), two.clone())) {
                    let ours = self.ours.resolved(base, &Facets::default());
                    let theirs = self.theirs.resolved(other, &Facets::default());
                    let place = self.theirs.simples.get(two).map_or(place, |simple| &simple.place);
                    self.facets(ours, theirs, &one.local, path, &place.clone());
                }
                // What is narrowed where the element stands is of that element alone.
                let kind = self.ours.resolved(base, own).0;
                return self.facets(
                    (kind, own.clone()),
                    (kind, narrowed.clone()),
                    &one.local,
                    path,
                    place,
                );
            }
            if own.is_empty() && narrowed.is_empty() {
                let is_known = self.ours.simples.keys().any(|name| name.local == two.local);
                if is_known || self.types.insert((one.clone(), two.clone())) {
                    let told = |set: &SchemaSet, name: &QName, base: &Base| {
                        let (kind, facets) = set.resolved(base, &Facets::default());
                        let limits = if facets.is_empty() {
                            String::new()
                        } else {
                            format!(", {facets}")
                        };
                        Some(format!("{} ({kind}{limits})", name.local))
                    };
                    let told = (told(self.ours, one, base), told(self.theirs, two, other));
                    self.tell(DifferenceKind::Type, path, None, told, place);
                }
                return;
            }
        }
        // A type without name is what it allows.
        let name = match base {
            Base::Named(name) => name.local.to_string(),
            Base::Builtin(kind) => (*kind).to_owned(),
        };
        let ours = self.ours.resolved(base, own);
        let theirs = self.theirs.resolved(other, narrowed);
        self.facets(ours, theirs, &name, path, place);
    }

    /// What two simple types allow.
    fn facets(
        &mut self,
        (kind, ours): (&str, Facets),
        (other, theirs): (&str, Facets),
        name: &str,
        path: &str,
        place: &Place,
    ) {
        if kind != other {
            let told = (Some(kind.to_owned()), Some(other.to_owned()));
            self.tell(DifferenceKind::Type, path, Some(name.to_owned()), told, place);
        }
        let limits: BTreeSet<&str> = ours.limits.keys().chain(theirs.limits.keys()).copied().collect();
        for limit in limits {
            let told = (ours.limits.get(limit), theirs.limits.get(limit));
            if told.0 != told.1 {
                let of = format!("{name} {limit}");
                let told = (told.0.cloned(), told.1.cloned());
                self.tell(DifferenceKind::Facet, path, Some(of), told, place);
            }
        }
        if ours.patterns != theirs.patterns {
            let written = |these: &Facets, those: &Facets| {
                let own: Vec<String> = these
                    .patterns
                    .difference(&those.patterns)
                    .map(|pattern| pattern.join(" | "))
                    .collect();
                (!own.is_empty()).then(|| own.join(" & "))
            };
            let told = (written(&ours, &theirs), written(&theirs, &ours));
            self.tell(
                DifferenceKind::Facet,
                path,
                Some(format!("{name} pattern")),
                told,
                place,
            );
        }
        if ours.enumeration == theirs.enumeration {
            return;
        }
        let empty = BTreeSet::new();
        let codes = theirs.enumeration.as_ref().unwrap_or(&empty);
        if let Some(known) = self.partial.get(name).filter(|known| known.is_subset(codes)) {
            let known = known.len();
            let what = format!("{name}: {known} of {} codes are known here", codes.len());
            if !self.found.partly_known.contains(&what) {
                self.found.partly_known.push(what);
            }
            return;
        }
        let told = match (&ours.enumeration, &theirs.enumeration) {
            (Some(ours), Some(theirs)) => {
                let only = |these: &BTreeSet<String>, those: &BTreeSet<String>| {
                    let own: BTreeSet<String> = these.difference(those).cloned().collect();
                    (!own.is_empty()).then(|| listed(&own))
                };
                (only(ours, theirs), only(theirs, ours))
            }
            (ours, theirs) => (ours.as_ref().map(listed), theirs.as_ref().map(listed)),
        };
        self.tell(
            DifferenceKind::Enumeration,
            path,
            Some(name.to_owned()),
            told,
            place,
        );
    }

    fn class(&mut self, ours: &'a Particle, theirs: &'a Particle, path: &str) {
        if let (Holds::Class(one), Holds::Class(two)) = (&ours.holds, &theirs.holds) {
            let is_known = self.ours.classes.keys().any(|name| name.local == two.local);
            let is_new = self.types.insert((one.clone(), two.clone()));
            if one.local != two.local && (is_known || is_new) {
                let told = (Some(one.local.to_string()), Some(two.local.to_string()));
                self.tell(DifferenceKind::Type, path, None, told, &theirs.place);
            }
            // Another type of ours is held against its own; one that is ours by another name is walked.
            if !is_new || (one.local != two.local && is_known) {
                return;
            }
        }
        let (own, other) = (
            self.ours.elements(&ours.holds),
            self.theirs.elements(&theirs.holds),
        );
        self.sequence(own.unwrap_or_default(), other.unwrap_or_default(), theirs, path);
    }

    fn sequence(&mut self, ours: &'a [Particle], theirs: &'a [Particle], parent: &'a Particle, path: &str) {
        let (own_names, other_names) = (names(ours), names(theirs));
        for (name, element) in own_names.iter().zip(ours) {
            let below = format!("{path}/{}", element.name.local);
            match other_names.iter().position(|other| other == name) {
                Some(position) => self.element(element, &theirs[position], &below),
                None => {
                    let told = (Some(describe(element)), None);
                    self.tell(DifferenceKind::Element, &below, None, told, &parent.place);
                }
            }
        }
        for (name, element) in other_names.iter().zip(theirs) {
            if !own_names.contains(name) {
                let below = format!("{path}/{}", element.name.local);
                let told = (None, Some(describe(element)));
                self.tell(DifferenceKind::Element, &below, None, told, &element.place);
            }
        }
        let shared = |names: &[Name<'a>], others: &[Name<'a>]| -> Vec<Name<'a>> {
            names
                .iter()
                .filter(|name| others.contains(name))
                .copied()
                .collect()
        };
        let (own_shared, other_shared) = (shared(&own_names, &other_names), shared(&other_names, &own_names));
        for moved in moved(&own_shared, &other_shared) {
            let after = |names: &[Name<'a>]| {
                let position = names.iter().position(|name| *name == moved)?;
                Some(match position.checked_sub(1) {
                    Some(before) => format!("after {}", names[before].0),
                    None => "first".to_owned(),
                })
            };
            let told = (after(&own_shared), after(&other_shared));
            let place = other_names
                .iter()
                .position(|name| *name == moved)
                .map(|index| &theirs[index].place);
            let below = format!("{path}/{}", moved.0);
            self.tell(
                DifferenceKind::Order,
                &below,
                None,
                told,
                place.unwrap_or(&parent.place),
            );
        }
    }

    fn tell(
        &mut self,
        kind: DifferenceKind,
        path: &str,
        of: Option<String>,
        (ours, theirs): (Option<String>, Option<String>),
        place: &Place,
    ) {
        self.found.differences.push(Difference {
            kind,
            message: self.message.clone(),
            path: path.to_owned(),
            of,
            ours,
            theirs,
            place: Some(place.clone()),
        });
    }
}

/// An element among its neighbours: its name, and the how manieth of that name it is.
type Name<'a> = (&'a str, usize);

fn names(elements: &[Particle]) -> Vec<Name<'_>> {
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    elements
        .iter()
        .map(|element| {
            let count = met.entry(&element.name.local).or_default();
            *count += 1;
            (&*element.name.local, *count)
        })
        .collect()
}

/// The fewest names that must move to make one order the other.
pub(crate) fn moved<T: Copy + PartialEq>(ours: &[T], theirs: &[T]) -> Vec<T> {
    // The longest order that both share stays: for each name of ours the longest that ends with it.
    let places: Vec<usize> = ours
        .iter()
        .filter_map(|name| theirs.iter().position(|other| other == name))
        .collect();
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(places.len());
    for (index, place) in places.iter().enumerate() {
        let before = (0..index).filter(|earlier| places[*earlier] < *place);
        let longest = before.max_by_key(|earlier| (best[*earlier].0, usize::MAX - earlier));
        best.push((longest.map_or(1, |earlier| best[earlier].0 + 1), longest));
    }
    let mut last = (0..best.len()).max_by_key(|index| (best[*index].0, usize::MAX - index));
    let mut kept = BTreeSet::new();
    while let Some(index) = last {
        kept.insert(index);
        last = best[index].1;
    }
    let moved = ours.iter().enumerate().filter(|(index, _)| !kept.contains(index));
    moved.map(|(_, name)| *name).collect()
}

fn occurrence(element: &Particle) -> String {
    match element.max {
        u32::MAX => format!("{}..unbounded", element.min),
        max => format!("{}..{max}", element.min),
    }
}

fn describe(element: &Particle) -> String {
    format!("{} {}", type_name(&element.holds), occurrence(element))
}

fn type_name(holds: &Holds) -> String {
    match holds {
        Holds::Class(name) => name.local.to_string(),
        Holds::Anonymous(_) => "complexType".to_owned(),
        Holds::Value { base, own } => {
            let name = match base {
                Base::Named(name) => name.local.to_string(),
                Base::Builtin(kind) => (*kind).to_owned(),
            };
            if own.is_empty() {
                name
            } else {
                format!("{name} ({own})")
            }
        }
    }
}
