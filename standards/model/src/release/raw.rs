//! The data of one release folder as it is written: definitions, or changes to what it extends.
//!
//! Nothing is looked up across files here; `flatten` puts folders on top of each other and
//! `compile` checks what refers to what.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fault::{Collector, Place, did_you_mean};
use super::judging::{
    ErratumSource, Expression, FactSource, HolidaySource, RuleBinding, RuleSource, TermijnSource, ViewSource,
    read_binding, read_erratum, read_fact, read_holiday, read_rule, read_termijn, read_view,
};
use super::table::{At, File, Lines, Table};
use crate::datatype::is_date;

/// Something that has a name which is unique among its kind.
pub(crate) trait Named {
    /// What a fault calls it.
    const WHAT: &'static str;
    fn key(&self) -> &At<String>;
}

/// Definitions, or changes by key.
#[derive(Clone, Debug)]
pub(crate) struct Changes<T> {
    pub(crate) add: Vec<T>,
    pub(crate) replace: Vec<T>,
    pub(crate) remove: Vec<At<String>>,
}

impl<T> Default for Changes<T> {
    fn default() -> Self {
        Self {
            add: Vec::new(),
            replace: Vec::new(),
            remove: Vec::new(),
        }
    }
}

/// What `release.toml` says.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) place: Place,
    pub(crate) family: At<String>,
    pub(crate) version: At<String>,
    pub(crate) title: Option<At<String>>,
    /// The day on which it comes into force.
    pub(crate) live: Option<At<String>>,
    pub(crate) is_abstract: bool,
    pub(crate) extends: Vec<At<String>>,
    pub(crate) berichtversie: Option<At<i64>>,
    pub(crate) berichtsubversie: Option<At<i64>>,
    pub(crate) max_bytes: Option<Ruled<i64>>,
    pub(crate) file_rule: Option<At<String>>,
    pub(crate) test_bsn: Option<(At<i64>, At<i64>)>,
    pub(crate) xsd_versie: Option<SchemaVersionHeads>,
    pub(crate) basis: Option<(At<String>, At<String>)>,
    pub(crate) partial_codelists: Vec<At<String>>,
    pub(crate) code_properties: Vec<At<String>>,
    pub(crate) messages: Vec<MessageHead>,
}

/// What `release.toml` says of the versions of schemas.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SchemaVersionHeads {
    pub(crate) basisschema: SchemaVersionHead,
    pub(crate) bericht: SchemaVersionHead,
}

/// A version of a schema, and from which to which others are accepted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SchemaVersionHead {
    pub(crate) own: At<String>,
    pub(crate) min: Option<At<String>>,
    pub(crate) max: Option<At<String>>,
}

/// What `release.toml` says of one message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MessageHead {
    pub(crate) number: At<String>,
    pub(crate) name: At<String>,
    pub(crate) berichtcode: At<String>,
    pub(crate) prefix: At<String>,
    pub(crate) namespace: At<String>,
}

/// A value with the rule it comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ruled<T> {
    pub(crate) value: At<T>,
    pub(crate) rule: Option<At<String>>,
}

/// A simple datatype as written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Simple {
    pub(crate) name: At<String>,
    pub(crate) base: At<String>,
    pub(crate) lexical_rule: Option<At<String>>,
    pub(crate) min_length: Option<Ruled<i64>>,
    pub(crate) max_length: Option<Ruled<i64>>,
    pub(crate) min: Option<Ruled<i64>>,
    pub(crate) max: Option<Ruled<i64>>,
    pub(crate) pattern: Option<Ruled<String>>,
    pub(crate) enumeration: Option<Enumeration>,
    pub(crate) codelist: Option<At<String>>,
    pub(crate) sample: Option<At<String>>,
}

/// An enumeration as written: a whole code list, or codes one by one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Enumeration {
    pub(crate) codelist: Option<At<String>>,
    pub(crate) codes: Vec<At<String>>,
    pub(crate) rule: Option<At<String>>,
}

/// A complex datatype or a class of a message as written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Class {
    pub(crate) name: At<String>,
    pub(crate) key: Vec<At<String>>,
    /// Instances for which this holds are processed before the others.
    pub(crate) first: Option<Expression>,
    pub(crate) elements: Vec<Element>,
}

/// An element as written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Element {
    pub(crate) name: At<String>,
    pub(crate) type_name: At<String>,
    pub(crate) min: u32,
    pub(crate) max: u32,
    pub(crate) fixed: Option<Ruled<String>>,
    pub(crate) pattern: Option<Ruled<String>>,
    /// On what it rests, when not on what the message rests on.
    pub(crate) basis: Option<At<String>>,
}

/// A message as written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    pub(crate) number: At<String>,
    pub(crate) title: At<String>,
    pub(crate) direction: At<String>,
    pub(crate) kind: At<String>,
    pub(crate) answered_by: Option<At<String>>,
    pub(crate) answers: Option<At<String>>,
    pub(crate) repeats: Option<Ruled<String>>,
    pub(crate) codes: Option<At<String>>,
    /// On what its structure rests; published when left out.
    pub(crate) basis: Option<At<String>>,
    pub(crate) classes: Vec<Class>,
}

/// Changes to one message.
#[derive(Clone, Debug, Default)]
pub(crate) struct MessageChanges {
    pub(crate) classes: Changes<Class>,
    /// Classes whose logical key is another.
    pub(crate) keys: Vec<(At<String>, Vec<At<String>>)>,
    pub(crate) add: Vec<(At<String>, Neighbour, Element)>,
    pub(crate) replace: Vec<(At<String>, Element)>,
    pub(crate) remove: Vec<(At<String>, At<String>)>,
}

/// Where an added element goes.
#[derive(Clone, Debug)]
pub(crate) enum Neighbour {
    After(At<String>),
    Before(At<String>),
    Last,
}

/// A message file: the whole message, or changes to one.
#[derive(Clone, Debug)]
pub(crate) enum MessageFile {
    Whole(Box<Message>),
    Changes(At<String>, Box<MessageChanges>),
}

/// A code list as written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct List {
    pub(crate) name: At<String>,
    pub(crate) rows: Vec<Row>,
}

/// A row of a code list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) code: At<String>,
    pub(crate) label: String,
    pub(crate) meaning: String,
    pub(crate) valid_from: String,
    pub(crate) valid_to: String,
    pub(crate) note: String,
    pub(crate) properties: At<String>,
}

/// A code list file: rows with what to do with each.
#[derive(Clone, Debug)]
pub(crate) struct ListFile {
    pub(crate) name: At<String>,
    pub(crate) rows: Vec<(Action, Row)>,
}

/// What a row of a thin release does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Add,
    Replace,
    Remove,
}

/// A concept of the process with its places in the messages.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Concept {
    pub(crate) name: At<String>,
    pub(crate) bindings: Vec<Binding>,
}

/// Where a concept stands in some messages.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Binding {
    pub(crate) messages: Vec<At<String>>,
    pub(crate) class: At<String>,
    pub(crate) fields: Vec<(At<String>, At<String>)>,
}

/// Fields of a concept that a release has beyond those that it inherits.
#[derive(Clone, Debug)]
pub(crate) struct AddedFields {
    pub(crate) concept: At<String>,
    pub(crate) messages: Vec<At<String>>,
    pub(crate) fields: Vec<(At<String>, At<String>)>,
}

/// How a rule that is inherited is said.
#[derive(Clone, Debug)]
pub(crate) struct Sentence {
    pub(crate) rule: At<String>,
    pub(crate) nl: At<String>,
    pub(crate) en: At<String>,
}

/// One release folder.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) head: Head,
    pub(crate) simples: Changes<Simple>,
    pub(crate) complexes: Changes<Class>,
    pub(crate) messages: Vec<MessageFile>,
    pub(crate) lists: Vec<ListFile>,
    pub(crate) rules: Changes<RuleSource>,
    /// What a release says of the basis of rules that it inherits: the rule and its basis here.
    pub(crate) bases: Vec<(At<String>, At<String>)>,
    /// What rules that are inherited ask beside.
    pub(crate) bindings: Vec<(At<String>, RuleBinding)>,
    /// What rules that are inherited ask otherwise of the same class of the same messages.
    pub(crate) changed_bindings: Vec<(At<String>, RuleBinding)>,
    /// When a term that is inherited begins, from when and how long: as of the same messages, class or fact.
    pub(crate) changed_termijnen: Vec<(At<String>, TermijnSource)>,
    /// How rules that are inherited are said here.
    pub(crate) sentences: Vec<Sentence>,
    pub(crate) views: Changes<ViewSource>,
    pub(crate) facts: Changes<FactSource>,
    pub(crate) holidays: Changes<HolidaySource>,
    pub(crate) errata: Changes<ErratumSource>,
    pub(crate) concepts: Changes<Concept>,
    pub(crate) fields: Vec<AddedFields>,
    pub(crate) codes: Vec<(At<String>, At<String>)>,
}

macro_rules! named {
    ($type:ty, $field:ident, $what:literal) => {
        impl Named for $type {
            const WHAT: &'static str = $what;
            fn key(&self) -> &At<String> {
                &self.$field
            }
        }
    };
}
named!(Simple, name, "simple datatype");
named!(Class, name, "class");
named!(Element, name, "element");
named!(Message, number, "message");
named!(MessageHead, number, "message");
named!(List, name, "code list");
named!(Row, code, "code");
named!(RuleSource, code, "rule");
named!(ViewSource, name, "view");
named!(FactSource, name, "kind of fact");
named!(HolidaySource, name, "holiday");
named!(ErratumSource, name, "erratum");
named!(Concept, name, "concept");

/// Reads the head of a release; none when it cannot be read at all.
pub(crate) fn read_head(path: &Arc<str>, text: &str, faults: &Collector) -> Head {
    let lines = Lines::of(text);
    let file = File {
        path,
        text,
        faults,
        lines: &lines,
    };
    let parsed = file.parse();
    let root = file.root(&parsed, "release");
    let pair = |table: &Table<'_>, first: &'static str, second: &'static str| {
        let pair = (table.required_text(first), table.required_text(second));
        table.finish();
        pair
    };
    let head = Head {
        place: root.place().clone(),
        family: root.required_text("family"),
        version: root.required_text("version"),
        title: root.text("title"),
        live: root.text("live"),
        is_abstract: root.boolean("abstract"),
        extends: root.texts("extends"),
        berichtversie: root.integer("berichtversie"),
        berichtsubversie: root.integer("berichtsubversie"),
        max_bytes: read_ruled(&root, "max_bytes", |limit| limit.integer("value")),
        file_rule: root.text("file_rule"),
        test_bsn: root.table("test_bsn", "range of test numbers").and_then(|table| {
            let range = (table.integer("from"), table.integer("to"));
            table.missing("from");
            table.missing("to");
            table.finish();
            Some((range.0?, range.1?))
        }),
        xsd_versie: root.table("xsd_versie", "schema version").map(|table| {
            let versions = |own, min, max| SchemaVersionHead {
                own: table.required_text(own),
                min: table.text(min),
                max: table.text(max),
            };
            let heads = SchemaVersionHeads {
                basisschema: versions("basisschema", "basisschema_min", "basisschema_max"),
                bericht: versions("bericht", "bericht_min", "bericht_max"),
            };
            table.finish();
            heads
        }),
        basis: root
            .table("basis", "basis schema")
            .map(|table| pair(&table, "prefix", "namespace")),
        partial_codelists: root.texts("partial_codelists"),
        code_properties: root.texts("code_properties"),
        messages: root
            .table("messages", "list of messages")
            .map(|table| {
                table
                    .named_tables("message")
                    .into_iter()
                    .map(|(number, table)| read_message_head(number, &table))
                    .collect()
            })
            .unwrap_or_default(),
    };
    root.finish();
    if let Some(live) = head.live.as_ref().filter(|live| !is_date(&live.value)) {
        faults.add(
            &live.place,
            format!("`{}` is no day", live.value),
            Some("write YYYY-MM-DD".to_owned()),
        );
    }
    head
}

fn read_message_head(number: At<String>, table: &Table<'_>) -> MessageHead {
    let head = MessageHead {
        number,
        name: table.required_text("name"),
        berichtcode: table.required_text("berichtcode"),
        prefix: table.required_text("prefix"),
        namespace: table.required_text("namespace"),
    };
    table.finish();
    head
}

/// Reads every file of a release folder; `files` are its files by path within the folder.
pub(crate) fn read_layer(head: Head, files: &BTreeMap<&str, (&Arc<str>, &str)>, faults: &Collector) -> Layer {
    let thin = !head.extends.is_empty();
    let mut layer = Layer {
        head,
        simples: Changes::default(),
        complexes: Changes::default(),
        messages: Vec::new(),
        lists: Vec::new(),
        rules: Changes::default(),
        bases: Vec::new(),
        bindings: Vec::new(),
        changed_bindings: Vec::new(),
        changed_termijnen: Vec::new(),
        sentences: Vec::new(),
        views: Changes::default(),
        facts: Changes::default(),
        holidays: Changes::default(),
        errata: Changes::default(),
        concepts: Changes::default(),
        fields: Vec::new(),
        codes: Vec::new(),
    };
    for (name, (path, text)) in files {
        let lines = Lines::of(text);
        let file = File {
            path,
            text,
            faults,
            lines: &lines,
        };
        match *name {
            "release.toml" => {}
            "datatypes.toml" => {
                let parsed = file.parse();
                let root = file.root(&parsed, "file of datatypes");
                layer.simples = read_changes(&root, "simple", "simple datatype", thin, faults, read_simple);
                layer.complexes =
                    read_changes(&root, "complex", "complex datatype", thin, faults, read_class);
                finish_changes(&root, thin);
            }
            name if name == "rules.toml" || name.starts_with("rules/") && name.ends_with(".toml") => {
                let parsed = file.parse();
                let root = file.root(&parsed, "file of rules");
                let rules = read_changes(&root, "rule", "rule", thin, faults, read_rule);
                layer.rules.add.extend(rules.add);
                layer.rules.replace.extend(rules.replace);
                layer.rules.remove.extend(rules.remove);
                layer.bases.extend(read_bases(&root, thin));
                layer.bindings.extend(read_rule_bindings(&root, "add", thin));
                layer
                    .changed_bindings
                    .extend(read_rule_bindings(&root, "replace", thin));
                layer
                    .changed_termijnen
                    .extend(read_changed_termijnen(&root, thin));
                layer.sentences.extend(read_sentences(&root, thin));
                finish_changes(&root, thin);
            }
            "views.toml" => {
                let parsed = file.parse();
                let root = file.root(&parsed, "file of views");
                layer.views = read_changes(&root, "view", "view", thin, faults, read_view);
                layer.facts = read_changes(&root, "fact", "kind of fact", thin, faults, read_fact);
                finish_changes(&root, thin);
            }
            "holidays.toml" => {
                let parsed = file.parse();
                let root = file.root(&parsed, "file of holidays");
                layer.holidays = read_changes(&root, "holiday", "holiday", thin, faults, read_holiday);
                finish_changes(&root, thin);
            }
            "errata.toml" => {
                let parsed = file.parse();
                let root = file.root(&parsed, "file of errata");
                layer.errata = read_changes(&root, "erratum", "erratum", thin, faults, read_erratum);
                finish_changes(&root, thin);
            }
            "afbeelding.toml" => {
                let parsed = file.parse();
                let root = file.root(&parsed, "file of bindings");
                layer.concepts = read_changes(&root, "concept", "concept", thin, faults, read_concept);
                layer.fields = read_added_fields(&root, thin);
                layer.codes = root
                    .table("codes", "table of codes")
                    .map(|table| table.named_texts())
                    .unwrap_or_default();
                finish_changes(&root, thin);
            }
            other => {
                if let Some(number) = other
                    .strip_prefix("messages/")
                    .and_then(|rest| rest.strip_suffix(".toml"))
                {
                    layer.messages.push(read_message_file(&file, number, thin));
                } else if let Some(list) = other
                    .strip_prefix("codelists/")
                    .and_then(|rest| rest.strip_suffix(".csv"))
                {
                    layer.lists.push(read_list(&file, list, thin));
                } else {
                    faults.add(
                        &Place::of_file(path),
                        "no part of a release has this name",
                        Some("a release holds release.toml, datatypes.toml, rules.toml, rules/NAME.toml, views.toml, holidays.toml, errata.toml, afbeelding.toml, messages/NUMBER.toml and codelists/NAME.csv".to_owned()),
                    );
                }
            }
        }
    }
    layer
}

/// What a thin release asks by a rule that it inherits: `[[add.binding]]` or `[[replace.binding]]` with the `rule`.
fn read_rule_bindings(root: &Table<'_>, change: &'static str, thin: bool) -> Vec<(At<String>, RuleBinding)> {
    let Some(changes) = root.table(change, "change").filter(|_| thin) else {
        return Vec::new();
    };
    changes
        .tables("binding", "binding")
        .iter()
        .map(|binding| (binding.required_text("rule"), read_binding(binding)))
        .collect()
}

/// What a term of a rule is that a thin release inherits: `[[replace.termijn]]` with the `rule`.
fn read_changed_termijnen(root: &Table<'_>, thin: bool) -> Vec<(At<String>, TermijnSource)> {
    let Some(replace) = root.table("replace", "change").filter(|_| thin) else {
        return Vec::new();
    };
    replace
        .tables("termijn", "term")
        .iter()
        .map(|termijn| (termijn.required_text("rule"), read_termijn(termijn)))
        .collect()
}

/// How a thin release says rules that it inherits: `[[replace.sentence]]` with the `rule`, `nl` and `en`.
fn read_sentences(root: &Table<'_>, thin: bool) -> Vec<Sentence> {
    let Some(replace) = root.table("replace", "change").filter(|_| thin) else {
        return Vec::new();
    };
    let read = |table: &Table<'_>| {
        let sentence = Sentence {
            rule: table.required_text("rule"),
            nl: table.required_text("nl"),
            en: table.required_text("en"),
        };
        table.finish();
        sentence
    };
    replace.tables("sentence", "sentence").iter().map(read).collect()
}

/// Where a thin release says that the basis of rules that it inherits is another: `[[replace.basis]]` with `rules`.
fn read_bases(root: &Table<'_>, thin: bool) -> Vec<(At<String>, At<String>)> {
    let Some(replace) = root.table("replace", "change").filter(|_| thin) else {
        return Vec::new();
    };
    let tables = replace.tables("basis", "basis");
    let read = |table: &Table<'_>| {
        let (basis, rules) = (table.required_text("basis"), table.texts("rules"));
        table.missing("rules");
        table.finish();
        rules
            .into_iter()
            .map(move |rule| (rule, basis.clone()))
            .collect::<Vec<_>>()
    };
    tables.iter().flat_map(read).collect()
}

/// Where a thin release binds more of a concept that it inherits: `[[add.binding]]` with the `concept`.
fn read_added_fields(root: &Table<'_>, thin: bool) -> Vec<AddedFields> {
    let Some(add) = root.table("add", "change").filter(|_| thin) else {
        return Vec::new();
    };
    let read = |binding: &Table<'_>| {
        let added = AddedFields {
            concept: binding.required_text("concept"),
            messages: binding.texts("messages"),
            fields: read_fields(binding),
        };
        binding.finish();
        added
    };
    add.tables("binding", "binding").iter().map(read).collect()
}

fn read_fields(binding: &Table<'_>) -> Vec<(At<String>, At<String>)> {
    let fields = binding.table("fields", "list of fields");
    binding.missing("fields");
    fields.map(|fields| fields.named_texts()).unwrap_or_default()
}

fn finish_changes(root: &Table<'_>, thin: bool) {
    // A whole release has no changes and a thin one no definitions: the other form is an unknown key.
    if thin {
        for change in ["add", "replace", "remove"] {
            if let Some(table) = root.table(change, "change") {
                for kind in [
                    "simple", "complex", "rule", "basis", "binding", "termijn", "sentence", "key", "view",
                    "fact", "holiday", "erratum", "concept", "class", "element",
                ] {
                    let _asked = table.tables(kind, "change");
                }
                table.finish();
            }
        }
    }
    root.finish();
}

fn read_changes<T>(
    root: &Table<'_>,
    key: &'static str,
    what: &'static str,
    thin: bool,
    faults: &Collector,
    read: impl Fn(&Table<'_>) -> T,
) -> Changes<T> {
    let mut changes = Changes::default();
    let definitions = root.tables(key, what);
    if !thin {
        changes.add = definitions.iter().map(&read).collect();
        return changes;
    }
    for table in &definitions {
        faults.add(
            table.place(),
            format!("this release extends another, so a {what} is not defined but added or replaced"),
            Some(format!("write [[add.{key}]] or [[replace.{key}]]")),
        );
    }
    if let Some(table) = root.table("add", "change") {
        changes.add = table.tables(key, what).iter().map(&read).collect();
    }
    if let Some(table) = root.table("replace", "change") {
        changes.replace = table.tables(key, what).iter().map(&read).collect();
    }
    if let Some(table) = root.table("remove", "change") {
        changes.remove = table
            .tables(key, what)
            .iter()
            .map(|removed| {
                let name = removed.required_text(if key == "rule" { "code" } else { "name" });
                removed.finish();
                name
            })
            .collect();
    }
    changes
}

fn read_ruled<T>(
    table: &Table<'_>,
    key: &'static str,
    value: impl Fn(&Table<'_>) -> Option<At<T>>,
) -> Option<Ruled<T>> {
    let facet = table.table(key, "facet")?;
    let read = value(&facet);
    facet.missing("value");
    let rule = facet.text("rule");
    facet.finish();
    read.map(|value| Ruled { value, rule })
}

fn read_simple(table: &Table<'_>) -> Simple {
    let number = |facet: &Table<'_>| facet.integer("value");
    let text = |facet: &Table<'_>| facet.text("value");
    let simple = Simple {
        name: table.required_text("name"),
        base: table.required_text("base"),
        lexical_rule: table.text("lexical_rule"),
        min_length: read_ruled(table, "min_length", number),
        max_length: read_ruled(table, "max_length", number),
        min: read_ruled(table, "min", number),
        max: read_ruled(table, "max", number),
        pattern: read_ruled(table, "pattern", text),
        enumeration: table.table("enumeration", "enumeration").map(|facet| {
            let enumeration = Enumeration {
                codelist: facet.text("codelist"),
                codes: facet.texts("codes"),
                rule: facet.text("rule"),
            };
            facet.finish();
            enumeration
        }),
        codelist: table.text("codelist"),
        sample: table.text("sample"),
    };
    table.finish();
    simple
}

fn read_class(table: &Table<'_>) -> Class {
    let class = Class {
        name: table.required_text("name"),
        key: table.texts("key"),
        first: table.expression("first"),
        elements: table
            .tables("elements", "element")
            .iter()
            .map(|element| {
                let read = read_element(element);
                element.finish();
                read
            })
            .collect(),
    };
    table.missing("elements");
    table.finish();
    class
}

fn read_element(table: &Table<'_>) -> Element {
    let text = |facet: &Table<'_>| facet.text("value");
    Element {
        name: table.required_text("name"),
        type_name: table.required_text("type"),
        min: table.bound("min", 1),
        max: table.bound("max", 1),
        fixed: read_ruled(table, "fixed", text),
        pattern: read_ruled(table, "pattern", text),
        basis: table.text("basis"),
    }
}

fn read_concept(table: &Table<'_>) -> Concept {
    let concept = Concept {
        name: table.required_text("name"),
        bindings: table
            .tables("binding", "binding")
            .iter()
            .map(|binding| {
                let read = Binding {
                    messages: binding.texts("messages"),
                    class: binding.required_text("class"),
                    fields: read_fields(binding),
                };
                binding.finish();
                read
            })
            .collect(),
    };
    table.missing("binding");
    table.finish();
    concept
}

fn read_message_file(file: &File<'_>, number: &str, thin: bool) -> MessageFile {
    let parsed = file.parse();
    let root = file.root(&parsed, "message");
    let number = At::new(number.to_owned(), root.place());
    if thin && root.text("title").is_none() {
        let changes = read_message_changes(&root, file.faults);
        finish_changes(&root, true);
        return MessageFile::Changes(number, Box::new(changes));
    }
    let message = Message {
        number,
        title: root.required_text("title"),
        direction: root.required_text("direction"),
        kind: root.required_text("kind"),
        answered_by: root.text("answered_by"),
        answers: root.text("answers"),
        repeats: read_ruled(&root, "repeats", |concept| concept.text("value")),
        codes: root.text("codes"),
        basis: root.text("basis"),
        classes: root.tables("class", "class").iter().map(read_class).collect(),
    };
    root.missing("class");
    root.finish();
    MessageFile::Whole(Box::new(message))
}

fn read_message_changes(root: &Table<'_>, faults: &Collector) -> MessageChanges {
    let mut changes = MessageChanges {
        classes: read_changes(root, "class", "class", true, faults, read_class),
        ..MessageChanges::default()
    };
    if let Some(table) = root.table("add", "change") {
        for element in table.tables("element", "element") {
            let class = element.required_text("class");
            let neighbour = match (element.text("after"), element.text("before")) {
                (Some(name), None) => Neighbour::After(name),
                (None, Some(name)) => Neighbour::Before(name),
                (None, None) => Neighbour::Last,
                (Some(_), Some(before)) => {
                    faults.add(
                        &before.place,
                        "an added element stands after one or before one, not both",
                        Some("leave one of `after` and `before` out".to_owned()),
                    );
                    Neighbour::Before(before)
                }
            };
            changes.add.push((class, neighbour, read_element(&element)));
            element.finish();
        }
    }
    if let Some(table) = root.table("replace", "change") {
        for key in table.tables("key", "logical key") {
            changes.keys.push((key.required_text("class"), key.texts("key")));
            key.missing("key");
            key.finish();
        }
        for element in table.tables("element", "element") {
            changes
                .replace
                .push((element.required_text("class"), read_element(&element)));
            element.finish();
        }
    }
    if let Some(table) = root.table("remove", "change") {
        for element in table.tables("element", "element") {
            changes
                .remove
                .push((element.required_text("class"), element.required_text("name")));
            element.finish();
        }
    }
    changes
}

/// The columns of a code list.
pub(crate) const COLUMNS: [&str; 7] = [
    "code",
    "label",
    "meaning",
    "valid_from",
    "valid_to",
    "note",
    "properties",
];

fn read_list(file: &File<'_>, name: &str, thin: bool) -> ListFile {
    let whole = Place::of_file(file.path);
    let mut list = ListFile {
        name: At::new(name.to_owned(), &whole),
        rows: Vec::new(),
    };
    let mut reader = csv::ReaderBuilder::new().from_reader(file.text.as_bytes());
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(str::to_owned).collect(),
        Err(error) => {
            file.faults
                .add(&whole, format!("this is no table: {error}"), None);
            return list;
        }
    };
    let with_action = header.first().is_some_and(|column| column == "actie");
    let wanted: Vec<&str> = if thin {
        std::iter::once("actie").chain(COLUMNS).collect()
    } else {
        COLUMNS.to_vec()
    };
    if header != wanted {
        file.faults.add(
            &whole,
            format!("the columns are {}", header.join(",")),
            Some(format!("write the first line as {}", wanted.join(","))),
        );
        return list;
    }
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                let place = Place {
                    line: u32::try_from(line).unwrap_or(1),
                    ..whole.clone()
                };
                file.faults.add(
                    &place,
                    "this row does not fit the columns",
                    Some(format!(
                        "write {} values; quote a value that holds a comma",
                        wanted.len()
                    )),
                );
                continue;
            }
        };
        let line = record.position().map_or(1, csv::Position::line);
        let place = Place {
            line: u32::try_from(line).unwrap_or(1),
            ..whole.clone()
        };
        let shift = usize::from(with_action);
        let cell = |column: usize| record.get(column + shift).unwrap_or_default().to_owned();
        let action = match record.get(0).filter(|_| with_action) {
            None | Some("add") => Action::Add,
            Some("replace") => Action::Replace,
            Some("remove") => Action::Remove,
            Some(other) => {
                file.faults.add(
                    &place,
                    format!("`{other}` is no action"),
                    did_you_mean(other, ["add", "replace", "remove"]),
                );
                continue;
            }
        };
        let row = Row {
            code: At::new(cell(0), &place),
            label: cell(1),
            meaning: cell(2),
            valid_from: cell(3),
            valid_to: cell(4),
            note: cell(5),
            properties: At::new(cell(6), &place),
        };
        list.rows.push((action, row));
    }
    list
}
