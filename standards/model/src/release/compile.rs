//! Checks what refers to what in a flat release and builds the frozen form.
//!
//! Every fault is told; a part that cannot be built is left out so that the rest is still checked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fault::{Collector, Place, did_you_mean};
use super::flatten::Flat;
use super::raw::{self, Ruled};
use super::table::At;
use super::types::{
    Binding, Code, CodeList, Content, Direction, Element, ElementId, FlatFile, MessageKind, MessageType,
    Namespace, Release, ReleaseId, Repeats, RuleText, Space, XsdVersie,
};
use crate::Kind;
use crate::datatype::{Base, Facet, Limit, Sample, SimpleType};
use crate::pattern::Pattern;

/// The most elements that one message may have, by path.
const ELEMENTS_MAX: usize = 4096;

/// Builds the frozen form; none when something is so wrong that there is nothing to freeze.
pub(super) fn compile(
    flat: &Flat,
    files: Vec<FlatFile>,
    digest: String,
    faults: &Collector,
) -> Option<Release> {
    let codelists = compile_lists(flat, faults);
    let rules = compile_rules(flat, faults);
    let datatypes = compile_datatypes(flat, &codelists, &rules, faults);
    let head = &flat.head;
    let absent = |key: &str| {
        faults.add(
            &head.place,
            format!("this release has no `{key}`"),
            Some(format!("add `{key}` or extend a release that has it")),
        )
    };
    let version = |value: &Option<At<i64>>, key: &str| match value {
        Some(number) => u32::try_from(number.value).ok().or_else(|| {
            faults.add(&number.place, format!("`{key}` is negative or too large"), None);
            None
        }),
        None => {
            absent(key);
            None
        }
    };
    let berichtversie = version(&head.berichtversie, "berichtversie");
    let berichtsubversie = version(&head.berichtsubversie, "berichtsubversie");
    let max_bytes = version(
        &head.max_bytes.as_ref().map(|limit| limit.value.clone()),
        "max_bytes",
    );
    let size_rule = head
        .max_bytes
        .as_ref()
        .and_then(|limit| find_rule(&limit.rule, &rules, faults));
    let file_rule = find_rule(&head.file_rule, &rules, faults);
    if head.xsd_versie.is_none() {
        absent("xsd_versie");
    }
    if head.basis.is_none() {
        absent("basis");
    }
    let test_bsn = head.test_bsn.as_ref().and_then(|(from, to)| {
        let range = u32::try_from(from.value)
            .ok()
            .zip(u32::try_from(to.value).ok())
            .filter(|(from, to)| from <= to);
        if range.is_none() {
            faults.add(
                &from.place,
                "the range of test numbers is empty or negative",
                Some("write from = SMALLEST, to = LARGEST".to_owned()),
            );
        }
        range.map(|(from, to)| from..to + 1)
    });
    let mut messages = Vec::new();
    check_heads(flat, faults);
    for message in &flat.messages {
        let Some(message_head) = head.messages.iter().find(|known| known.number == message.number) else {
            faults.add(
                &message.number.place,
                format!("release.toml has no entry for message {}", message.number.value),
                Some(format!(
                    "add {} = {{ name = …, berichtcode = …, prefix = …, namespace = … }} under [messages]",
                    message.number.value
                )),
            );
            continue;
        };
        let mut builder = MessageBuilder {
            flat,
            datatypes: &datatypes,
            rules: &rules,
            faults,
            message,
            head: message_head,
            elements: Vec::new(),
        };
        messages.extend(builder.build());
    }
    check_answers(flat, faults);
    let concepts = compile_concepts(flat, &messages, faults);
    Some(Release {
        id: ReleaseId {
            family: head.family.value.clone(),
            version: head.version.value.clone(),
        },
        title: head.title.as_ref().map_or_else(
            || format!("{} {}", head.family.value, head.version.value),
            |title| title.value.clone(),
        ),
        digest,
        berichtversie: berichtversie?,
        berichtsubversie: berichtsubversie?,
        xsd_versie: head.xsd_versie.as_ref().map(|(basisschema, bericht)| XsdVersie {
            basisschema: basisschema.value.clone(),
            bericht: bericht.value.clone(),
        })?,
        basis: head.basis.as_ref().map(|(prefix, uri)| Namespace {
            prefix: prefix.value.clone(),
            uri: uri.value.clone(),
        })?,
        max_bytes: max_bytes? as usize,
        size_rule,
        file_rule,
        test_bsn,
        datatypes: datatypes.into_values().collect(),
        messages,
        codelists,
        rules,
        concepts,
        codes: flat
            .codes
            .iter()
            .map(|(name, value)| (name.value.clone(), value.value.clone()))
            .collect(),
        flat: files,
    })
}

fn compile_lists(flat: &Flat, faults: &Collector) -> BTreeMap<String, Arc<CodeList>> {
    let mut lists = BTreeMap::new();
    for list in &flat.lists {
        if list.rows.is_empty() {
            faults.add(
                &list.name.place,
                format!("the code list `{}` is empty", list.name.value),
                Some("add its codes or remove the file".to_owned()),
            );
        }
        let codes = list
            .rows
            .iter()
            .map(|row| Code {
                code: row.code.value.clone(),
                label: row.label.clone(),
                meaning: row.meaning.clone(),
                valid_from: row.valid_from.clone(),
                valid_to: row.valid_to.clone(),
                note: row.note.clone(),
            })
            .collect();
        let is_partial = flat
            .head
            .partial_codelists
            .iter()
            .any(|partial| partial.value == list.name.value);
        lists.insert(
            list.name.value.clone(),
            Arc::new(CodeList {
                name: list.name.value.clone(),
                is_partial,
                codes,
            }),
        );
    }
    for partial in &flat.head.partial_codelists {
        if !lists.contains_key(&partial.value) {
            unknown("code list", partial, lists.keys().map(String::as_str), faults);
        }
    }
    lists
}

fn compile_rules(flat: &Flat, faults: &Collector) -> BTreeMap<String, RuleText> {
    let kinds = [
        ("restrictie", Kind::Restrictie),
        ("constraint", Kind::Constraint),
        ("conditie", Kind::Conditie),
        ("technische regel", Kind::TechnischeRegel),
        ("bedrijfsregel", Kind::Bedrijfsregel),
        ("invulinstructie", Kind::Invulinstructie),
    ];
    let bases = ["published", "inferred", "assumed"];
    let mut rules = BTreeMap::new();
    for rule in &flat.rules {
        let kind = kinds.iter().find(|(name, _)| *name == rule.kind.value);
        if kind.is_none() {
            unknown(
                "kind of rule",
                &rule.kind,
                kinds.iter().map(|(name, _)| *name),
                faults,
            );
        }
        if !bases.contains(&rule.basis.value.as_str()) {
            unknown("basis", &rule.basis, bases, faults);
        }
        for sentence in [&rule.nl, &rule.en] {
            if sentence.value.trim().is_empty() {
                faults.add(
                    &sentence.place,
                    format!("the rule {} says nothing", rule.code.value),
                    Some("write one sentence".to_owned()),
                );
            }
        }
        rules.insert(
            rule.code.value.clone(),
            RuleText {
                code: rule.code.value.clone(),
                kind: kind.map_or(Kind::Schema, |(_, kind)| *kind),
                level: rule.level.value.clone(),
                basis: rule.basis.value.clone(),
                nl: rule.nl.value.clone(),
                en: rule.en.value.clone(),
            },
        );
    }
    rules
}

fn compile_datatypes(
    flat: &Flat,
    lists: &BTreeMap<String, Arc<CodeList>>,
    rules: &BTreeMap<String, RuleText>,
    faults: &Collector,
) -> BTreeMap<String, SimpleType> {
    let mut datatypes = BTreeMap::new();
    for simple in &flat.simples {
        let bases = [
            ("string", Base::String),
            ("integer", Base::Integer),
            ("date", Base::Date),
            ("time", Base::Time),
        ];
        let Some((_, base)) = bases.iter().find(|(name, _)| *name == simple.base.value) else {
            unknown("base", &simple.base, bases.iter().map(|(name, _)| *name), faults);
            continue;
        };
        let find_list = |name: &At<String>| {
            let list = lists.get(&name.value);
            if list.is_none() {
                unknown("code list", name, lists.keys().map(String::as_str), faults);
            }
            list.cloned()
        };
        let mut facets = Vec::new();
        let mut add = |limit: Limit, rule: &Option<At<String>>| {
            facets.push(Facet {
                limit,
                rule: find_rule(rule, rules, faults),
            })
        };
        let applies = |place: &Place, facet: &str, only: Base| {
            if *base != only {
                faults.add(
                    place,
                    format!("`{facet}` does not apply to the base `{}`", simple.base.value),
                    Some("leave it out, or change `base`".to_owned()),
                );
            }
        };
        let number = |facet: &Ruled<i64>| {
            u32::try_from(facet.value.value).unwrap_or_else(|_| {
                faults.add(&facet.value.place, "a length is not negative", None);
                0
            })
        };
        if let Some(facet) = &simple.min_length {
            applies(&facet.value.place, "min_length", Base::String);
            add(Limit::MinLength(number(facet)), &facet.rule);
        }
        if let Some(facet) = &simple.max_length {
            applies(&facet.value.place, "max_length", Base::String);
            add(Limit::MaxLength(number(facet)), &facet.rule);
        }
        if let (Some(min), Some(max)) = (&simple.min_length, &simple.max_length)
            && min.value.value > max.value.value
        {
            faults.add(
                &max.value.place,
                "the longest value is shorter than the shortest",
                Some("swap min_length and max_length".to_owned()),
            );
        }
        if let Some(facet) = &simple.min {
            applies(&facet.value.place, "min", Base::Integer);
            add(Limit::Min(facet.value.value), &facet.rule);
        }
        if let Some(facet) = &simple.max {
            applies(&facet.value.place, "max", Base::Integer);
            add(Limit::Max(facet.value.value), &facet.rule);
        }
        if let (Some(min), Some(max)) = (&simple.min, &simple.max)
            && min.value.value > max.value.value
        {
            faults.add(
                &max.value.place,
                "the largest value is smaller than the smallest",
                Some("swap min and max".to_owned()),
            );
        }
        if let Some(facet) = &simple.pattern
            && let Some(pattern) = compile_pattern(&facet.value, faults)
        {
            add(Limit::Pattern(pattern), &facet.rule);
        }
        let mut codelist = simple.codelist.as_ref().and_then(find_list);
        if let Some(enumeration) = &simple.enumeration {
            let mut codes: Vec<Box<str>> = enumeration
                .codes
                .iter()
                .map(|code| code.value.as_str().into())
                .collect();
            match (&enumeration.codelist, codes.is_empty()) {
                (Some(name), true) => {
                    codelist = find_list(name);
                    codes = codelist
                        .iter()
                        .flat_map(|list| list.codes.iter().map(|code| code.code.as_str().into()))
                        .collect();
                }
                (None, false) => {}
                (Some(_), false) | (None, true) => faults.add(
                    &simple.name.place,
                    format!(
                        "the enumeration of `{}` names a code list or its codes, one of both",
                        simple.name.value
                    ),
                    Some("write { codelist = \"NAME\" } or { codes = [\"…\"] }".to_owned()),
                ),
            }
            codes.sort();
            codes.dedup();
            add(Limit::Enumeration(codes.into()), &enumeration.rule);
        }
        let sample = simple
            .sample
            .as_ref()
            .and_then(|sample| match sample.value.as_str() {
                "test_bsn" => Some(Sample::TestBsn),
                _ => {
                    unknown("sample", sample, ["test_bsn"], faults);
                    None
                }
            });
        if sample == Some(Sample::TestBsn) && flat.head.test_bsn.is_none() {
            faults.add(
                &simple.name.place,
                "`sample = \"test_bsn\"` needs a range of test numbers",
                Some("add test_bsn = { from = …, to = … } to release.toml".to_owned()),
            );
        }
        let lexical_rule = find_rule(&simple.lexical_rule, rules, faults);
        datatypes.insert(
            simple.name.value.clone(),
            SimpleType {
                name: simple.name.value.as_str().into(),
                base: *base,
                facets,
                lexical_rule,
                codelist,
                sample,
            },
        );
    }
    for complex in &flat.complexes {
        if datatypes.contains_key(&complex.name.value) {
            faults.add(
                &complex.name.place,
                format!("`{}` is a simple datatype already", complex.name.value),
                Some("give one of both another name".to_owned()),
            );
        }
    }
    datatypes
}

fn compile_pattern(source: &At<String>, faults: &Collector) -> Option<Arc<Pattern>> {
    match Pattern::new(&source.value) {
        Ok(pattern) => Some(Arc::new(pattern)),
        Err(why) => {
            let why = why.lines().last().unwrap_or_default().trim().to_owned();
            faults.add(
                &source.place,
                format!("this pattern cannot be used: {why}"),
                Some("write a pattern of XML Schema".to_owned()),
            );
            None
        }
    }
}

fn find_rule(
    rule: &Option<At<String>>,
    rules: &BTreeMap<String, RuleText>,
    faults: &Collector,
) -> Option<Box<str>> {
    let rule = rule.as_ref()?;
    if !rules.contains_key(&rule.value) {
        unknown("rule", rule, rules.keys().map(String::as_str), faults);
    }
    Some(rule.value.as_str().into())
}

fn unknown<'a>(
    what: &str,
    name: &At<String>,
    known: impl IntoIterator<Item = &'a str> + Clone,
    faults: &Collector,
) {
    faults.add(
        &name.place,
        format!("there is no {what} `{}`", name.value),
        did_you_mean(&name.value, known),
    );
}

fn check_heads(flat: &Flat, faults: &Collector) {
    let mut names: BTreeMap<&str, &Place> = BTreeMap::new();
    let mut namespaces: BTreeMap<&str, &Place> = BTreeMap::new();
    for head in &flat.head.messages {
        if !flat.messages.iter().any(|message| message.number == head.number) {
            faults.add(
                &head.number.place,
                format!("message {} has no file", head.number.value),
                Some(format!(
                    "add messages/{}.toml or remove this entry",
                    head.number.value
                )),
            );
        }
        for (seen, item, what) in [
            (&mut names, &head.name, "name"),
            (&mut namespaces, &head.namespace, "namespace"),
        ] {
            if let Some(first) = seen.insert(&item.value, &item.place) {
                faults.add(
                    &item.place,
                    format!("the {what} `{}` is taken, at {first}", item.value),
                    Some(format!("give every message a {what} of its own")),
                );
            }
        }
        if flat
            .head
            .basis
            .as_ref()
            .is_some_and(|(_, basis)| basis.value == head.namespace.value)
        {
            faults.add(
                &head.namespace.place,
                "a message cannot be in the namespace of the base schema",
                None,
            );
        }
    }
}

fn check_answers(flat: &Flat, faults: &Collector) {
    let numbers: Vec<&str> = flat
        .messages
        .iter()
        .map(|message| message.number.value.as_str())
        .collect();
    for message in &flat.messages {
        if let Some(repeats) = &message.repeats
            && !flat.concepts.iter().any(|concept| concept.name == repeats.value)
        {
            unknown(
                "concept",
                &repeats.value,
                flat.concepts.iter().map(|concept| concept.name.value.as_str()),
                faults,
            );
        }
        for other in [&message.answered_by, &message.answers].into_iter().flatten() {
            if !numbers.contains(&other.value.as_str()) {
                unknown("message", other, numbers.iter().copied(), faults);
            }
        }
    }
}

fn compile_concepts(
    flat: &Flat,
    messages: &[MessageType],
    faults: &Collector,
) -> BTreeMap<String, BTreeMap<usize, Binding>> {
    let mut concepts = BTreeMap::new();
    for concept in &flat.concepts {
        let mut bindings = BTreeMap::new();
        for binding in &concept.bindings {
            for number in &binding.messages {
                let Some(index) = messages.iter().position(|message| message.number == number.value) else {
                    unknown(
                        "message",
                        number,
                        messages.iter().map(|message| message.number.as_str()),
                        faults,
                    );
                    continue;
                };
                let message = &messages[index];
                let Some(class) = message.find(&binding.class.value) else {
                    path_fault(message, ElementId::ROOT, &binding.class, faults);
                    continue;
                };
                let mut fields = BTreeMap::new();
                for (field, path) in &binding.fields {
                    let from = if path.value.starts_with('/') {
                        ElementId::ROOT
                    } else {
                        class
                    };
                    match message.find_below(from, &path.value) {
                        Some(element) if matches!(message.element(element).content, Content::Value(_)) => {
                            fields.insert(field.value.clone(), element);
                        }
                        // Its type is not known, which is told where it stands.
                        Some(element) if message.element(element).content == Content::Class(0..0) => {}
                        Some(_) => faults.add(
                            &path.place,
                            format!("`{}` is a class, a field is a value", path.value),
                            Some("name an element below it".to_owned()),
                        ),
                        None => path_fault(message, from, path, faults),
                    }
                }
                if bindings.insert(index, Binding { class, fields }).is_some() {
                    faults.add(
                        &number.place,
                        format!(
                            "the concept {} is bound to message {} twice",
                            concept.name.value, number.value
                        ),
                        Some("put all its fields in one binding".to_owned()),
                    );
                }
            }
        }
        concepts.insert(concept.name.value.clone(), bindings);
    }
    concepts
}

fn path_fault(message: &MessageType, from: ElementId, path: &At<String>, faults: &Collector) {
    let mut at = from;
    for name in path.value.split('/').filter(|name| !name.is_empty()) {
        match message.child(at, name) {
            Some(child) => at = child,
            None => {
                faults.add(
                    &path.place,
                    format!(
                        "{} has no element `{name}` below {}",
                        message.number,
                        message.path(at)
                    ),
                    did_you_mean(
                        name,
                        message
                            .children(at)
                            .map(|child| &*message.element(child).name)
                            .collect::<Vec<_>>(),
                    ),
                );
                return;
            }
        }
    }
}

struct MessageBuilder<'a> {
    flat: &'a Flat,
    datatypes: &'a BTreeMap<String, SimpleType>,
    rules: &'a BTreeMap<String, RuleText>,
    faults: &'a Collector,
    message: &'a raw::Message,
    head: &'a raw::MessageHead,
    elements: Vec<Element>,
}

impl MessageBuilder<'_> {
    fn build(&mut self) -> Option<MessageType> {
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
            parent: ElementId::ROOT,
            key: Vec::new(),
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
            &["gemeente>aanbieder", "aanbieder>gemeente"],
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
            direction: if self.message.direction.value == "aanbieder>gemeente" {
                Direction::AanbiederNaarGemeente
            } else {
                Direction::GemeenteNaarAanbieder
            },
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
            elements: std::mem::take(&mut self.elements),
        };
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
            parent,
            key: Vec::new(),
        }
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
        }
    }
}
