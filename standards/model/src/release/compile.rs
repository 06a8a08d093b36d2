//! Checks what refers to what in a flat release and builds the frozen form.
//!
//! Every fault is told; a part that cannot be built is left out so that the rest is still checked.

mod datatypes;
mod messages;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fault::{Collector, Place, did_you_mean};
use super::flatten::Flat;
use super::judging::check_holidays;
use super::raw::{Row, SchemaVersionHead};
use super::rules::{JudgedBy, RuleText, judged_by};
use super::table::{At, unknown};
use super::types::{
    Binding, Code, CodeList, Content, ElementId, FlatFile, MessageType, Namespace, Release, ReleaseId,
    SchemaVersions, XsdVersie,
};
use crate::Kind;
use crate::pattern::Pattern;
use datatypes::compile_datatypes;
use messages::MessageBuilder;

/// What something of a release rests on: a source, what follows from other sources, or a choice of ours.
const BASES: [&str; 3] = [PUBLISHED, "inferred", "assumed"];
const PUBLISHED: &str = "published";

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
    let xsd_versie = head.xsd_versie.as_ref().map(|heads| XsdVersie {
        basisschema: schema_versions(&heads.basisschema, faults),
        bericht: schema_versions(&heads.bericht, faults),
    });
    if head.basis.is_none() {
        absent("basis");
    }
    let test_bsn = head.test_bsn.as_ref().and_then(|(from, to)| {
        let range = u32::try_from(from.value)
            .ok()
            .zip(u32::try_from(to.value).ok())
            .filter(|(from, to)| from <= to && *to < u32::MAX);
        if range.is_none() {
            faults.add(
                &from.place,
                "the range of test numbers is empty, negative or too large",
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
    check_holidays(&flat.judging.holidays, faults);
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
        live: head.live.as_ref().map(|day| day.value.clone()),
        digest,
        berichtversie: berichtversie?,
        berichtsubversie: berichtsubversie?,
        xsd_versie: xsd_versie?,
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
        code_properties: head
            .code_properties
            .iter()
            .map(|name| name.value.clone())
            .collect(),
        concepts,
        codes: flat
            .codes
            .iter()
            .map(|(name, value)| (name.value.clone(), value.value.clone()))
            .collect(),
        flat: files,
    })
}

/// The versions of a schema; what stands first is the version itself when no other is said.
fn schema_versions(head: &SchemaVersionHead, faults: &Collector) -> SchemaVersions {
    let or_own = |other: &Option<At<String>>| other.as_ref().unwrap_or(&head.own).value.clone();
    let versions = SchemaVersions {
        own: head.own.value.clone(),
        min: or_own(&head.min),
        max: or_own(&head.max),
    };
    if !versions.is_sound() {
        faults.add(
            &head.own.place,
            format!(
                "schema version `{}` does not lie between `{}` and `{}`",
                versions.own, versions.min, versions.max
            ),
            Some("write three whole numbers with dots, as in \"1.0.0\"; min <= version <= max".to_owned()),
        );
    }
    versions
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
                properties: properties(row, flat, faults),
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

/// The properties of a code, each a word that the release announces, some with a value: `temporary minutes=60`.
fn properties(row: &Row, flat: &Flat, faults: &Collector) -> Vec<(String, String)> {
    row.properties
        .value
        .split_whitespace()
        .map(|property| {
            let (name, value) = property.split_once('=').unwrap_or((property, ""));
            if !flat.head.code_properties.iter().any(|known| known.value == name) {
                unknown(
                    "property of codes",
                    &At::new(name.to_owned(), &row.properties.place),
                    flat.head.code_properties.iter().map(|known| known.value.as_str()),
                    faults,
                );
            }
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

fn compile_rules(flat: &Flat, faults: &Collector) -> BTreeMap<String, RuleText> {
    let kinds = [
        ("restrictie", Kind::Restrictie),
        ("constraint", Kind::Constraint),
        ("conditie", Kind::Conditie),
        ("technische regel", Kind::TechnischeRegel),
        ("bedrijfsregel", Kind::Bedrijfsregel),
        ("invulinstructie", Kind::Invulinstructie),
        ("uitgangspunt", Kind::Uitgangspunt),
    ];
    let mut judged = judged_by(flat, faults);
    let mut rules = BTreeMap::new();
    for rule in &flat.judging.rules {
        let kind = kinds.iter().find(|(name, _)| *name == rule.kind.value);
        if kind.is_none() {
            unknown(
                "kind of rule",
                &rule.kind,
                kinds.iter().map(|(name, _)| *name),
                faults,
            );
        }
        if !BASES.contains(&rule.basis.value.as_str()) {
            unknown("basis", &rule.basis, BASES, faults);
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
                // One without was told; what refers to it is checked all the same.
                judged: judged.remove(&rule.code.value).unwrap_or(JudgedBy::Schema),
            },
        );
    }
    rules
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
