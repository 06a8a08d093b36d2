//! Builds a message: every element by path, with its type, its facets and its logical key.
//!
//! Tests: `tests/it/release.rs`.

use std::collections::{BTreeMap, BTreeSet};

use super::{BASES, Collector, Flat, PUBLISHED, compile_pattern, find_rule, path_fault, unknown};
use crate::datatype::{Facet, Limit, SimpleType};
use crate::release::raw;
use crate::release::rules::RuleText;
use crate::release::table::At;
use crate::release::types::{
    Content, Direction, Element, ElementId, MessageKind, MessageType, Namespace, Repeats, Space,
};

/// The most elements that one message may have, by path.
const ELEMENTS_MAX: usize = 4096;

/// What a message is built from.
pub(super) struct MessageBuilder<'a> {
    pub(super) flat: &'a Flat,
    pub(super) datatypes: &'a BTreeMap<String, SimpleType>,
    pub(super) rules: &'a BTreeMap<String, RuleText>,
    pub(super) faults: &'a Collector,
    pub(super) message: &'a raw::Message,
    pub(super) head: &'a raw::MessageHead,
    pub(super) elements: Vec<Element>,
}

impl MessageBuilder<'_> {
    /// Builds the message; none when it cannot be.
    pub(super) fn build(&mut self) -> Option<MessageType> {
        let root = self.message.classes.first()?;
        self.check_classes();
        self.elements.push(Element {
            name: root.name.value.as_str().into(),
            type_name: root.name.value.as_str().into(),
            space: Space::Message,
            content: Content::Class(0..0),
            min: 1,
            max: 1,
            facets: Vec::new(),
            is_assumed: self.is_assumed(&self.message.basis),
            parent: ElementId::ROOT,
            key: Vec::new(),
            first: None,
        });
        // Breadth first, so that the children of one element stand together.
        let mut next = 0;
        while next < self.elements.len() {
            if !self.expand(ElementId(u16::try_from(next).ok()?)) {
                return None;
            }
            next += 1;
        }
        let one_of = |value: &At<String>, what: &str, known: &[&str]| {
            if !known.contains(&value.value.as_str()) {
                unknown(what, value, known.iter().copied(), self.faults);
            }
        };
        one_of(
            &self.message.kind,
            "kind of message",
            &["heenbericht", "retour", "antwoord"],
        );
        one_of(
            &self.message.direction,
            "direction",
            &Direction::ALL.map(|(name, _)| name),
        );
        let mut message = MessageType {
            number: self.message.number.value.clone(),
            name: self.head.name.value.clone(),
            title: self.message.title.value.clone(),
            berichtcode: self.head.berichtcode.value.clone(),
            namespace: Namespace {
                prefix: self.head.prefix.value.clone(),
                uri: self.head.namespace.value.clone(),
            },
            kind: match self.message.kind.value.as_str() {
                "retour" => MessageKind::Retour,
                "antwoord" => MessageKind::Antwoord,
                _ => MessageKind::Heenbericht,
            },
            direction: Direction::ALL
                .into_iter()
                .find(|(name, _)| *name == self.message.direction.value)
                .map_or(Direction::GemeenteNaarAanbieder, |(_, direction)| direction),
            answered_by: self
                .message
                .answered_by
                .as_ref()
                .map(|number| number.value.clone()),
            answers: self.message.answers.as_ref().map(|number| number.value.clone()),
            repeats: self.message.repeats.as_ref().map(|repeats| Repeats {
                concept: repeats.value.value.clone(),
                rule: find_rule(&repeats.rule, self.rules, self.faults).map(String::from),
            }),
            codes: self
                .message
                .codes
                .iter()
                .flat_map(|path| path.value.split('/'))
                .map(Box::from)
                .collect(),
            elements: std::mem::take(&mut self.elements),
        };
        self.check_codes(&message);
        self.add_keys(&mut message);
        Some(message)
    }

    fn check_classes(&self) {
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for class in &self.message.classes {
            let mut names: BTreeSet<&str> = BTreeSet::new();
            for element in &class.elements {
                used.insert(&element.type_name.value);
                if !names.insert(&element.name.value) {
                    self.faults.add(
                        &element.name.place,
                        format!("`{}` stands twice in `{}`", element.name.value, class.name.value),
                        Some("raise `max` when it may repeat".to_owned()),
                    );
                }
                if element.min > element.max || element.max == 0 {
                    self.faults.add(
                        &element.name.place,
                        format!("`{}` must occur more often than it may", element.name.value),
                        Some("make `min` at most `max`, and `max` at least 1".to_owned()),
                    );
                }
            }
            if self
                .flat
                .complexes
                .iter()
                .any(|complex| complex.name == class.name)
                || self.datatypes.contains_key(&class.name.value)
            {
                self.faults.add(
                    &class.name.place,
                    format!("`{}` is a datatype already", class.name.value),
                    Some("give the class another name".to_owned()),
                );
            }
        }
        for class in self.message.classes.iter().skip(1) {
            if !used.contains(class.name.value.as_str()) {
                self.faults.add(
                    &class.name.place,
                    format!("no element has the class `{}`", class.name.value),
                    Some("remove it, or give an element this type".to_owned()),
                );
            }
        }
    }

    /// Adds the children of an element; false when the message cannot be built.
    fn expand(&mut self, id: ElementId) -> bool {
        let type_name = self.elements[id.index()].type_name.clone();
        let own = self
            .message
            .classes
            .iter()
            .find(|class| *class.name.value == *type_name);
        let complex = self
            .flat
            .complexes
            .iter()
            .find(|complex| *complex.name.value == *type_name);
        let (class, space) = match (own, complex) {
            (Some(class), _) => (class, Space::Message),
            (None, Some(class)) => (class, Space::Basis),
            (None, None) => return true,
        };
        if self.is_own_ancestor(id) {
            self.faults.add(
                &class.name.place,
                format!("`{}` holds itself", class.name.value),
                Some("break the circle".to_owned()),
            );
            return false;
        }
        let first = self.elements.len();
        if first + class.elements.len() > ELEMENTS_MAX {
            self.faults.add(
                &class.name.place,
                format!(
                    "message {} has more than {ELEMENTS_MAX} elements",
                    self.message.number.value
                ),
                None,
            );
            return false;
        }
        for element in &class.elements {
            let built = self.element(element, space, id);
            self.elements.push(built);
        }
        let range =
            u16::try_from(first).unwrap_or(u16::MAX)..u16::try_from(self.elements.len()).unwrap_or(u16::MAX);
        self.elements[id.index()].content = Content::Class(range);
        true
    }

    fn is_own_ancestor(&self, id: ElementId) -> bool {
        let type_name = &self.elements[id.index()].type_name;
        let mut current = id;
        while current != ElementId::ROOT {
            current = self.elements[current.index()].parent;
            if self.elements[current.index()].type_name == *type_name {
                return true;
            }
        }
        false
    }

    fn element(&self, raw: &raw::Element, space: Space, parent: ElementId) -> Element {
        let datatype = self.datatypes.get(&raw.type_name.value);
        let is_class = self
            .flat
            .complexes
            .iter()
            .chain(&self.message.classes)
            .any(|class| class.name == raw.type_name);
        if datatype.is_none() && !is_class {
            let known: Vec<&str> = self
                .datatypes
                .keys()
                .map(String::as_str)
                .chain(
                    self.flat
                        .complexes
                        .iter()
                        .chain(&self.message.classes)
                        .map(|class| class.name.value.as_str()),
                )
                .collect();
            unknown("datatype or class", &raw.type_name, known, self.faults);
        }
        let mut facets = Vec::new();
        if let Some(pattern) = &raw.pattern
            && let Some(compiled) = compile_pattern(&pattern.value, self.faults)
        {
            facets.push(Facet {
                limit: Limit::Pattern(compiled),
                rule: find_rule(&pattern.rule, self.rules, self.faults),
            });
        }
        if let Some(fixed) = &raw.fixed
            && let Some(value) = self.fixed_value(&fixed.value)
        {
            if datatype.is_some_and(|datatype| !datatype.accepts(&value, &[])) {
                self.faults.add(
                    &fixed.value.place,
                    format!("`{value}` is no {}", raw.type_name.value),
                    Some("fix a value that the datatype accepts".to_owned()),
                );
            }
            facets.push(Facet {
                limit: Limit::Fixed(value.into()),
                rule: find_rule(&fixed.rule, self.rules, self.faults),
            });
        }
        if datatype.is_none() && !facets.is_empty() {
            self.faults.add(
                &raw.name.place,
                format!("`{}` is a class, and a class has no facets", raw.name.value),
                None,
            );
        }
        Element {
            name: raw.name.value.as_str().into(),
            type_name: raw.type_name.value.as_str().into(),
            space,
            content: match datatype {
                // The position in the sorted map is the position in the frozen list.
                Some(datatype) => Content::Value(
                    self.datatypes
                        .keys()
                        .take_while(|name| **name != *datatype.name)
                        .count(),
                ),
                None => Content::Class(0..0),
            },
            min: raw.min,
            max: raw.max,
            facets,
            is_assumed: self.is_assumed(raw.basis.as_ref().map_or(&self.message.basis, |_| &raw.basis)),
            parent,
            key: Vec::new(),
            first: None,
        }
    }

    /// Whether a basis is another than that something is published.
    fn is_assumed(&self, basis: &Option<At<String>>) -> bool {
        let Some(basis) = basis else { return false };
        if !BASES.contains(&basis.value.as_str()) {
            unknown("basis", basis, BASES, self.faults);
        }
        basis.value != PUBLISHED
    }

    fn fixed_value(&self, fixed: &At<String>) -> Option<String> {
        let number = |value: &Option<At<i64>>| value.as_ref().map(|number| number.value.to_string());
        match fixed.value.strip_prefix('$') {
            None => Some(fixed.value.clone()),
            Some("berichtcode") => Some(self.head.berichtcode.value.clone()),
            Some("berichtversie") => number(&self.flat.head.berichtversie),
            Some("berichtsubversie") => number(&self.flat.head.berichtsubversie),
            Some(_) => {
                unknown(
                    "fixed value",
                    fixed,
                    ["$berichtcode", "$berichtversie", "$berichtsubversie"],
                    self.faults,
                );
                None
            }
        }
    }

    /// A message that carries RetourCodes has a class with the path to them.
    fn check_codes(&self, message: &MessageType) {
        let Some(path) = &self.message.codes else { return };
        let found = (0..message.elements.len()).any(|index| {
            message
                .find_index(index)
                .and_then(|id| message.find_below(id, &path.value))
                .is_some_and(|found| matches!(message.element(found).content, Content::Value(_)))
        });
        if !found {
            self.faults.add(
                &path.place,
                format!(
                    "no class of message {} has a value at `{}`",
                    message.number, path.value
                ),
                Some("write the path from a class to its RetourCode".to_owned()),
            );
        }
    }

    fn add_keys(&self, message: &mut MessageType) {
        for index in 0..message.elements.len() {
            let id = ElementId(u16::try_from(index).unwrap_or_default());
            let type_name = &message.element(id).type_name;
            let Some(class) = self
                .message
                .classes
                .iter()
                .find(|class| *class.name.value == **type_name)
            else {
                continue;
            };
            let mut key = Vec::new();
            for path in &class.key {
                match message.find_below(id, &path.value) {
                    Some(element) if matches!(message.element(element).content, Content::Value(_)) => {
                        key.push(element)
                    }
                    // Its type is not known, which is told where it stands.
                    Some(element) if message.element(element).content == Content::Class(0..0) => {}
                    Some(_) => self.faults.add(
                        &path.place,
                        format!("`{}` is a class, a key is made of values", path.value),
                        Some("name the elements below it".to_owned()),
                    ),
                    None => path_fault(message, id, path, self.faults),
                }
            }
            message.elements[index].key = key;
            message.elements[index].first.clone_from(&class.first);
        }
    }
}
