//! Takes out what the parent says of elements that are gone, until the release loads.
//!
//! Loading tells what does not fit and where it stands; what stands there is left out, in the smallest part that can be:
//! one message of a binding, one field of a concept. A fault that stands at nothing that may go refuses the set.

use super::{Catalogue, Folder, ImportError, LeftOut, ReleaseId};
use crate::release::catalogue::ReleaseError;
use crate::release::fault::{Fault, Place};
use crate::release::flat::{Text, quoted, write_concept, write_rules, write_views};
use crate::release::flatten::Flat;
use crate::release::table::At;
use crate::release::types::FlatFile;

/// The most times that a release is loaded: a part that goes can take another along.
const ROUNDS_MAX: usize = 24;

/// A part of a release that may go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Rule(String),
    Binding(String, usize),
    Termijn(String, usize),
    View(String),
    From(String, usize),
    RemovedBy(String, usize),
    Fact(String),
    Erratum(String),
    Concept(String),
    ConceptBinding(String, usize),
    Field(String, usize, String),
    Class(String, String),
    First(String, String),
    /// What the schemas say, and what may not go.
    Stays,
}

impl Folder {
    /// Leaves out what does not fit; tells what that is.
    pub(super) fn mend(
        &mut self,
        parents: &Catalogue,
        id: &ReleaseId,
        load: &impl Fn(&Catalogue, &str) -> Result<(), ReleaseError>,
    ) -> Result<Vec<LeftOut>, ImportError> {
        let mut left_out = Vec::new();
        let mut last = Vec::new();
        for _ in 0..ROUNDS_MAX {
            let catalogue = parents.with(&self.placed());
            let faults = match load(&catalogue, &id.to_string()) {
                Ok(()) => {
                    left_out.sort();
                    left_out.dedup();
                    return Ok(left_out);
                }
                Err(ReleaseError::Faulty { faults, .. }) => faults.0,
                Err(other) => return Err(other.into()),
            };
            let Some(flat) = catalogue.flat_of(id) else { break };
            let parts = parts(&flat);
            let mut met: Vec<(Part, &Fault)> = Vec::new();
            for fault in &faults {
                let part = part_at(&parts, &fault.place);
                if !met.iter().any(|(known, _)| *known == part) {
                    met.push((part, fault));
                }
            }
            // From the last to the first, so that what is left keeps its number.
            met.sort_by(|one, other| other.0.cmp(&one.0));
            let mut changed = false;
            for (part, fault) in met {
                changed |= self.leave_out(&part, fault, &flat, &mut left_out);
            }
            last = faults.iter().map(ToString::to_string).collect();
            if !changed {
                break;
            }
        }
        Err(ImportError::Refused(last))
    }

    /// Leaves out one part; whether anything changed.
    fn leave_out(&mut self, part: &Part, fault: &Fault, flat: &Flat, left_out: &mut Vec<LeftOut>) -> bool {
        let is_own = fault.place.file.starts_with(&format!("{}/", self.id));
        let mut tell = |what: String, part: String| {
            left_out.push(LeftOut {
                what,
                part,
                why: fault.what.clone(),
            });
        };
        match part {
            Part::Rule(code) => {
                tell(format!("rule {code}"), String::new());
                self.rules.insert(code.clone(), None);
            }
            Part::Binding(code, index) | Part::Termijn(code, index) => {
                let Some(rule) = flat.judging.rules.iter().find(|rule| rule.code.value == *code) else {
                    return false;
                };
                if !is_own || !self.rules.contains_key(code) {
                    // What it asks of each message stands by itself first.
                    let mut rule = rule.clone();
                    rule.bindings = rule
                        .bindings
                        .into_iter()
                        .flat_map(|one| split(one, |one| &mut one.messages))
                        .collect();
                    rule.termijnen = rule
                        .termijnen
                        .into_iter()
                        .flat_map(|one| split(one, |one| &mut one.messages))
                        .collect();
                    self.rules.insert(code.clone(), Some(rule));
                    return true;
                }
                let Some(Some(rule)) = self.rules.get_mut(code) else {
                    return false;
                };
                let of = |messages: &[At<String>]| match messages.first() {
                    Some(message) => format!("in message {}", message.value),
                    None => "in part".to_owned(),
                };
                if matches!(part, Part::Binding(..)) && *index < rule.bindings.len() {
                    let gone = rule.bindings.remove(*index);
                    tell(format!("rule {code}"), of(&gone.messages));
                } else if matches!(part, Part::Termijn(..)) && *index < rule.termijnen.len() {
                    let gone = rule.termijnen.remove(*index);
                    tell(format!("rule {code}"), of(&gone.messages));
                }
                if rule.bindings.is_empty() && rule.termijnen.is_empty() {
                    self.rules.insert(code.clone(), None);
                }
            }
            Part::View(name) => {
                tell(format!("view {name}"), String::new());
                self.views.insert(name.clone(), None);
            }
            Part::From(name, index) | Part::RemovedBy(name, index) => {
                let Some(view) = flat.judging.views.iter().find(|view| view.name.value == *name) else {
                    return false;
                };
                if !is_own || !self.views.contains_key(name) {
                    let mut view = view.clone();
                    view.from = view
                        .from
                        .into_iter()
                        .flat_map(|one| split(one, |one| &mut one.messages))
                        .collect();
                    view.removed_by = view
                        .removed_by
                        .into_iter()
                        .flat_map(|one| split(one, |one| &mut one.messages))
                        .collect();
                    self.views.insert(name.clone(), Some(view));
                    return true;
                }
                let Some(Some(view)) = self.views.get_mut(name) else {
                    return false;
                };
                let of = |messages: &[At<String>]| {
                    messages
                        .first()
                        .map_or(String::new(), |message| message.value.clone())
                };
                if matches!(part, Part::From(..)) && *index < view.from.len() {
                    let gone = view.from.remove(*index);
                    tell(
                        format!("view {name}"),
                        format!("in message {}", of(&gone.messages)),
                    );
                } else if matches!(part, Part::RemovedBy(..)) && *index < view.removed_by.len() {
                    let gone = view.removed_by.remove(*index);
                    tell(
                        format!("view {name}"),
                        format!("taken away by message {}", of(&gone.messages)),
                    );
                }
                if view.from.is_empty() && view.of.is_none() {
                    self.views.insert(name.clone(), None);
                }
            }
            Part::Fact(name) => {
                tell(format!("kind of fact {name}"), String::new());
                self.facts.insert(name.clone());
            }
            Part::Erratum(name) => {
                tell(format!("erratum {name}"), String::new());
                self.errata.insert(name.clone());
            }
            Part::Concept(name) => {
                tell(format!("concept {name}"), String::new());
                self.concepts.insert(name.clone(), None);
            }
            Part::ConceptBinding(name, index) | Part::Field(name, index, _) => {
                let Some(concept) = flat.concepts.iter().find(|concept| concept.name.value == *name) else {
                    return false;
                };
                if !is_own || !self.concepts.contains_key(name) {
                    let mut concept = concept.clone();
                    concept.bindings = concept
                        .bindings
                        .into_iter()
                        .flat_map(|one| split(one, |one| &mut one.messages))
                        .collect();
                    self.concepts.insert(name.clone(), Some(concept));
                    return true;
                }
                let Some(Some(concept)) = self.concepts.get_mut(name) else {
                    return false;
                };
                let Some(binding) = concept.bindings.get_mut(*index) else {
                    return false;
                };
                let message = binding
                    .messages
                    .first()
                    .map_or(String::new(), |message| message.value.clone());
                if let Part::Field(_, _, field) = part {
                    tell(
                        format!("concept {name}"),
                        format!("field {field} in message {message}"),
                    );
                    binding.fields.retain(|(known, _)| known.value != *field);
                } else {
                    tell(format!("concept {name}"), format!("in message {message}"));
                    concept.bindings.remove(*index);
                }
                if concept.bindings.is_empty() {
                    self.concepts.insert(name.clone(), None);
                }
            }
            Part::Class(number, class) => {
                let message = flat
                    .messages
                    .iter()
                    .find(|message| message.number.value == *number);
                let class = message
                    .and_then(|message| message.classes.iter().find(|known| known.name.value == *class));
                let Some(class) = class else { return false };
                // A path that no longer leads anywhere leaves the key; the rest of it stays.
                let mut key: Vec<String> = class.key.iter().map(|path| path.value.clone()).collect();
                let is_gone = |path: &At<String>| path.place == fault.place;
                let Some(index) = class.key.iter().position(is_gone) else {
                    return false;
                };
                let gone = key.remove(index);
                tell(
                    format!("logical key of {} in message {number}", class.name.value),
                    gone,
                );
                self.form
                    .keys
                    .insert((number.clone(), class.name.value.clone()), key);
            }
            Part::First(number, class) => {
                tell(
                    format!("what goes first of {class} in message {number}"),
                    String::new(),
                );
                self.form.unordered.insert((number.clone(), class.clone()));
            }
            Part::Stays => return false,
        }
        true
    }

    /// The files of what was left out or changed.
    pub(super) fn judging_files(&self) -> Vec<FlatFile> {
        let mut rules = Text::default();
        let mut views = Text::default();
        let mut errata = Text::default();
        let mut concepts = Text::default();
        for (code, rule) in &self.rules {
            match rule {
                None => rules.line(format!("[[remove.rule]]\ncode = {}\n", quoted(code))),
                Some(rule) => rules
                    .0
                    .push_str(&replaced(&write_rules(std::slice::from_ref(rule)), "rule")),
            }
        }
        for (name, view) in &self.views {
            match view {
                None => views.line(format!("[[remove.view]]\nname = {}\n", quoted(name))),
                Some(view) => views
                    .0
                    .push_str(&replaced(&write_views(std::slice::from_ref(view), &[]), "view")),
            }
        }
        for name in &self.facts {
            views.line(format!("[[remove.fact]]\nname = {}\n", quoted(name)));
        }
        for name in &self.errata {
            errata.line(format!("[[remove.erratum]]\nname = {}\n", quoted(name)));
        }
        for (name, concept) in &self.concepts {
            match concept {
                None => concepts.line(format!("[[remove.concept]]\nname = {}\n", quoted(name))),
                Some(concept) => {
                    let mut text = Text::default();
                    write_concept(&mut text, concept);
                    concepts.0.push_str(&replaced(&text.0, "concept"));
                }
            }
        }
        let files = [
            ("rules.toml", rules),
            ("views.toml", views),
            ("errata.toml", errata),
            ("afbeelding.toml", concepts),
        ];
        let files = files.into_iter().map(|(path, text)| FlatFile {
            path: path.to_owned(),
            text: text.0,
        });
        files.collect()
    }
}

/// A definition as a replacement of that of a parent.
fn replaced(text: &str, kind: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    for line in text.lines() {
        let open = line.len() - line.trim_start_matches('[').len();
        if (1..=2).contains(&open) && line[open..].starts_with(kind) {
            out.push_str(&line[..open]);
            out.push_str("replace.");
            out.push_str(&line[open..]);
        } else {
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

/// What is said of several messages, of each by itself.
fn split<T: Clone>(one: T, messages: impl Fn(&mut T) -> &mut Vec<At<String>>) -> Vec<T> {
    let mut whole = one;
    let all = messages(&mut whole).clone();
    if all.len() < 2 {
        return vec![whole];
    }
    let each = all.into_iter().map(|message| {
        let mut own = whole.clone();
        *messages(&mut own) = vec![message];
        own
    });
    each.collect()
}

/// Every part of a release with the place where it begins.
fn parts(flat: &Flat) -> Vec<(Place, Part)> {
    let mut parts: Vec<(Place, Part)> = Vec::new();
    for rule in &flat.judging.rules {
        let code = &rule.code.value;
        parts.push((rule.code.place.clone(), Part::Rule(code.clone())));
        for (index, binding) in rule.bindings.iter().enumerate() {
            parts.push((binding.place.place.clone(), Part::Binding(code.clone(), index)));
        }
        for (index, termijn) in rule.termijnen.iter().enumerate() {
            parts.push((termijn.place.place.clone(), Part::Termijn(code.clone(), index)));
        }
    }
    let first =
        |messages: &[At<String>], other: &Place| messages.first().map_or(other, |first| &first.place).clone();
    for view in &flat.judging.views {
        let name = &view.name.value;
        parts.push((view.name.place.clone(), Part::View(name.clone())));
        for (index, from) in view.from.iter().enumerate() {
            parts.push((
                first(&from.messages, &from.class.place),
                Part::From(name.clone(), index),
            ));
        }
        for (index, removal) in view.removed_by.iter().enumerate() {
            parts.push((
                first(&removal.messages, &removal.class.place),
                Part::RemovedBy(name.clone(), index),
            ));
        }
    }
    for fact in &flat.judging.facts {
        parts.push((fact.name.place.clone(), Part::Fact(fact.name.value.clone())));
    }
    for erratum in &flat.judging.errata {
        parts.push((
            erratum.name.place.clone(),
            Part::Erratum(erratum.name.value.clone()),
        ));
    }
    for concept in &flat.concepts {
        let name = &concept.name.value;
        parts.push((concept.name.place.clone(), Part::Concept(name.clone())));
        for (index, binding) in concept.bindings.iter().enumerate() {
            parts.push((
                first(&binding.messages, &binding.class.place),
                Part::ConceptBinding(name.clone(), index),
            ));
            for (field, path) in &binding.fields {
                let part = Part::Field(name.clone(), index, field.value.clone());
                parts.push((field.place.clone().min(path.place.clone()), part));
            }
        }
    }
    for message in &flat.messages {
        parts.push((message.number.place.clone(), Part::Stays));
        for class in &message.classes {
            parts.push((class.name.place.clone(), Part::Stays));
            for path in &class.key {
                let part = Part::Class(message.number.value.clone(), class.name.value.clone());
                parts.push((path.place.clone(), part));
            }
            parts.extend(class.first.iter().map(|first| {
                let part = Part::First(message.number.value.clone(), class.name.value.clone());
                (first.place(0), part)
            }));
            parts.extend(
                class
                    .elements
                    .iter()
                    .map(|element| (element.name.place.clone(), Part::Stays)),
            );
        }
    }
    parts.sort();
    parts
}

/// The part in which a place lies: the last one of its file that begins before it.
fn part_at(parts: &[(Place, Part)], place: &Place) -> Part {
    let end = parts.partition_point(|(begin, _)| begin <= place);
    match parts[..end].last() {
        Some((begin, part)) if begin.file == place.file => part.clone(),
        _ => Part::Stays,
    }
}
