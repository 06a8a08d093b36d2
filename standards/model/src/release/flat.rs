//! Writes a flat release: the same data without the releases that it extends.
//!
//! What is written loads again as a release of its own with the same digest.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::flatten::Flat;
use super::judging::{
    ErratumSource, Expression, FactSource, HolidaySource, RuleBinding, RuleSource, TermijnSource, ViewSource,
};
use super::raw::{COLUMNS, Class, Concept, Element, Head, List, Message, Ruled, Simple};
use super::table::At;
use super::types::FlatFile;

/// The files of a flat release, by path.
pub(super) fn write(flat: &Flat) -> Vec<FlatFile> {
    let mut files = vec![
        FlatFile {
            path: "afbeelding.toml".to_owned(),
            text: write_bindings(&flat.concepts, &flat.codes),
        },
        FlatFile {
            path: "datatypes.toml".to_owned(),
            text: write_datatypes(&flat.simples, &flat.complexes),
        },
        FlatFile {
            path: "release.toml".to_owned(),
            text: write_head(&flat.head),
        },
        FlatFile {
            path: "rules.toml".to_owned(),
            text: write_rules(&flat.judging.rules),
        },
        FlatFile {
            path: "views.toml".to_owned(),
            text: write_views(&flat.judging.views, &flat.judging.facts),
        },
        FlatFile {
            path: "holidays.toml".to_owned(),
            text: write_holidays(&flat.judging.holidays),
        },
        FlatFile {
            path: "errata.toml".to_owned(),
            text: write_errata(&flat.judging.errata),
        },
    ];
    for list in &flat.lists {
        files.push(FlatFile {
            path: format!("codelists/{}.csv", list.name.value),
            text: write_list(list),
        });
    }
    for message in &flat.messages {
        files.push(FlatFile {
            path: format!("messages/{}.toml", message.number.value),
            text: write_message(message),
        });
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

/// The SHA-256 over paths and texts, in lower-case hexadecimal.
pub(super) fn digest(files: &[FlatFile]) -> String {
    let mut hasher = Sha256::new();
    for file in files {
        hasher.update(file.path.as_bytes());
        hasher.update([0]);
        hasher.update(file.text.as_bytes());
        hasher.update([0]);
    }
    hasher
        .finalize()
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

pub(super) fn key(text: &str) -> String {
    let bare = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare { text.to_owned() } else { quoted(text) }
}

pub(super) fn list(items: &[At<String>]) -> String {
    items
        .iter()
        .map(|item| quoted(&item.value))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A text built line by line; writing to memory cannot fail.
#[derive(Default)]
pub(super) struct Text(pub(super) String);

impl Text {
    pub(super) fn line(&mut self, line: impl AsRef<str>) {
        self.0.push_str(line.as_ref());
        self.0.push('\n');
    }

    pub(super) fn text(&mut self, name: &str, value: &At<String>) {
        self.line(format!("{name} = {}", quoted(&value.value)));
    }

    fn optional(&mut self, name: &str, value: &Option<At<String>>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    fn texts(&mut self, name: &str, values: &[At<String>]) {
        if !values.is_empty() {
            self.line(format!("{name} = [{}]", list(values)));
        }
    }

    fn expression(&mut self, name: &str, value: &Option<Expression>) {
        if let Some(value) = value {
            self.line(format!("{name} = {}", quoted(&value.text)));
        }
    }

    fn columns(&mut self, columns: &[(At<String>, Expression)]) {
        for (name, value) in columns {
            self.line(format!("{} = {}", key(&name.value), quoted(&value.text)));
        }
    }

    fn flag(&mut self, name: &str, value: bool) {
        if value {
            self.line(format!("{name} = true"));
        }
    }

    fn number(&mut self, name: &str, value: &Option<At<i64>>) {
        if let Some(value) = value {
            self.line(format!("{name} = {}", value.value));
        }
    }

    fn ruled<T>(&mut self, name: &str, facet: &Option<Ruled<T>>, show: impl Fn(&T) -> String) {
        if let Some(facet) = facet {
            self.line(format!("{name} = {}", ruled(facet, show)));
        }
    }
}

fn ruled<T>(facet: &Ruled<T>, show: impl Fn(&T) -> String) -> String {
    match &facet.rule {
        Some(rule) => format!(
            "{{ value = {}, rule = {} }}",
            show(&facet.value.value),
            quoted(&rule.value)
        ),
        None => format!("{{ value = {} }}", show(&facet.value.value)),
    }
}

fn write_head(head: &Head) -> String {
    let mut text = Text::default();
    text.text("family", &head.family);
    text.text("version", &head.version);
    text.optional("title", &head.title);
    text.optional("live", &head.live);
    text.number("berichtversie", &head.berichtversie);
    text.number("berichtsubversie", &head.berichtsubversie);
    text.ruled("max_bytes", &head.max_bytes, i64::to_string);
    text.optional("file_rule", &head.file_rule);
    if !head.partial_codelists.is_empty() {
        text.line(format!("partial_codelists = [{}]", list(&head.partial_codelists)));
    }
    if !head.code_properties.is_empty() {
        text.line(format!("code_properties = [{}]", list(&head.code_properties)));
    }
    if let Some((from, to)) = &head.test_bsn {
        text.line(format!(
            "test_bsn = {{ from = {}, to = {} }}",
            from.value, to.value
        ));
    }
    write_schema_names(&mut text, head);
    text.0
}

/// What a release says that its schemas say too: their versions, namespaces and messages.
pub(super) fn write_schema_names(text: &mut Text, head: &Head) {
    if let Some(versions) = &head.xsd_versie {
        text.line("\n[xsd_versie]");
        for (name, of) in [
            ("basisschema", &versions.basisschema),
            ("bericht", &versions.bericht),
        ] {
            text.text(name, &of.own);
            text.optional(&format!("{name}_min"), &of.min);
            text.optional(&format!("{name}_max"), &of.max);
        }
    }
    if let Some((prefix, namespace)) = &head.basis {
        text.line("\n[basis]");
        text.text("prefix", prefix);
        text.text("namespace", namespace);
    }
    for message in &head.messages {
        text.line(format!("\n[messages.{}]", key(&message.number.value)));
        text.text("name", &message.name);
        text.text("berichtcode", &message.berichtcode);
        text.text("prefix", &message.prefix);
        text.text("namespace", &message.namespace);
    }
}

fn write_datatypes(simples: &[Simple], complexes: &[Class]) -> String {
    let mut text = Text::default();
    for simple in simples {
        write_simple(&mut text, "simple", simple);
    }
    for complex in complexes {
        write_class(&mut text, "complex", complex);
    }
    text.0
}

pub(super) fn write_simple(text: &mut Text, kind: &str, simple: &Simple) {
    text.line(format!("[[{kind}]]"));
    text.text("name", &simple.name);
    text.text("base", &simple.base);
    text.optional("sample", &simple.sample);
    text.optional("lexical_rule", &simple.lexical_rule);
    text.ruled("min_length", &simple.min_length, i64::to_string);
    text.ruled("max_length", &simple.max_length, i64::to_string);
    text.ruled("min", &simple.min, i64::to_string);
    text.ruled("max", &simple.max, i64::to_string);
    text.ruled("pattern", &simple.pattern, |pattern| quoted(pattern));
    if let Some(enumeration) = &simple.enumeration {
        let mut parts = Vec::new();
        parts.extend(
            enumeration
                .codelist
                .as_ref()
                .map(|name| format!("codelist = {}", quoted(&name.value))),
        );
        if !enumeration.codes.is_empty() {
            parts.push(format!("codes = [{}]", list(&enumeration.codes)));
        }
        parts.extend(
            enumeration
                .rule
                .as_ref()
                .map(|rule| format!("rule = {}", quoted(&rule.value))),
        );
        text.line(format!("enumeration = {{ {} }}", parts.join(", ")));
    }
    text.optional("codelist", &simple.codelist);
    text.line("");
}

pub(super) fn write_class(text: &mut Text, kind: &str, class: &Class) {
    text.line(format!("[[{kind}]]"));
    text.text("name", &class.name);
    if !class.key.is_empty() {
        text.line(format!("key = [{}]", list(&class.key)));
    }
    text.expression("first", &class.first);
    text.line("elements = [");
    for element in &class.elements {
        text.line(format!("  {{ {} }},", element_parts(element).join(", ")));
    }
    text.line("]\n");
}

pub(super) fn element_parts(element: &Element) -> Vec<String> {
    let mut parts = vec![
        format!("name = {}", quoted(&element.name.value)),
        format!("type = {}", quoted(&element.type_name.value)),
    ];
    if element.min != 1 {
        parts.push(format!("min = {}", element.min));
    }
    match element.max {
        1 => {}
        u32::MAX => parts.push("max = \"unbounded\"".to_owned()),
        max => parts.push(format!("max = {max}")),
    }
    parts.extend(
        element
            .fixed
            .as_ref()
            .map(|fixed| format!("fixed = {}", ruled(fixed, |value| quoted(value)))),
    );
    parts.extend(
        element
            .pattern
            .as_ref()
            .map(|pattern| format!("pattern = {}", ruled(pattern, |value| quoted(value)))),
    );
    parts.extend(
        element
            .basis
            .as_ref()
            .map(|basis| format!("basis = {}", quoted(&basis.value))),
    );
    parts
}

fn write_message(message: &Message) -> String {
    let mut text = Text::default();
    text.text("title", &message.title);
    text.text("direction", &message.direction);
    text.text("kind", &message.kind);
    text.optional("answered_by", &message.answered_by);
    text.optional("answers", &message.answers);
    text.ruled("repeats", &message.repeats, |concept| quoted(concept));
    text.optional("codes", &message.codes);
    text.optional("basis", &message.basis);
    text.line("");
    for class in &message.classes {
        write_class(&mut text, "class", class);
    }
    text.0
}

pub(super) fn write_rules(rules: &[RuleSource]) -> String {
    let mut text = Text::default();
    for rule in rules {
        text.line("[[rule]]");
        text.text("code", &rule.code);
        text.text("kind", &rule.kind);
        text.text("level", &rule.level);
        text.text("basis", &rule.basis);
        text.text("nl", &rule.nl);
        text.text("en", &rule.en);
        text.optional("retourcode", &rule.retourcode);
        text.texts("requires", &rule.requires);
        for implied in &rule.implies {
            text.line("\n[[rule.implies]]");
            text.text("rule", &implied.rule);
            text.text("because", &implied.because);
        }
        for binding in &rule.bindings {
            write_rule_binding(&mut text, binding);
        }
        for termijn in &rule.termijnen {
            write_termijn(&mut text, termijn);
        }
        if let Some(unjudged) = &rule.unjudged {
            text.line("\n[rule.unjudged]");
            text.text("reason", &unjudged.reason);
            text.texts("by", &unjudged.by);
            text.optional("nl", &unjudged.nl);
            text.optional("en", &unjudged.en);
        }
        text.line("");
    }
    text.0
}

fn write_rule_binding(text: &mut Text, binding: &RuleBinding) {
    text.line("\n[[rule.binding]]");
    text.texts("messages", &binding.messages);
    text.optional("class", &binding.class);
    text.optional("view", &binding.view);
    text.expression("when", &binding.when);
    text.expression("assert", &binding.assert);
    text.optional("at", &binding.at);
    text.optional("retourcode", &binding.retourcode);
    text.optional("basis", &binding.basis);
    text.optional("severity", &binding.severity);
}

fn write_termijn(text: &mut Text, termijn: &TermijnSource) {
    text.line("\n[[rule.termijn]]");
    text.texts("messages", &termijn.messages);
    text.optional("class", &termijn.class);
    text.optional("fact", &termijn.fact);
    text.expression("when", &termijn.when);
    text.expression("from", &termijn.from);
    text.number("workdays", &termijn.workdays);
    text.number("days", &termijn.days);
    text.flag("receipt", termijn.receipt);
    text.flag("own", termijn.own);
    for expect in &termijn.expects {
        text.line("\n[[rule.termijn.expects]]");
        text.texts("messages", &expect.messages);
        text.text("class", &expect.class);
        text.expression("when", &expect.when);
        for (theirs, ours) in &expect.matches {
            text.line("\n[[rule.termijn.expects.match]]");
            text.line(format!("theirs = {}", quoted(&theirs.text)));
            text.line(format!("ours = {}", quoted(&ours.text)));
        }
    }
}

pub(super) fn write_views(views: &[ViewSource], facts: &[FactSource]) -> String {
    let mut text = Text::default();
    for view in views {
        text.line("[[view]]");
        text.text("name", &view.name);
        text.optional("of", &view.of);
        text.expression("where", &view.filter);
        text.texts("key", &view.key);
        text.texts("latest_by", &view.latest_by);
        text.optional("scope", &view.scope);
        text.optional("counts", &view.counts);
        for from in &view.from {
            text.line("\n[[view.from]]");
            text.texts("messages", &from.messages);
            text.text("class", &from.class);
            text.expression("where", &from.filter);
            text.line("[view.from.columns]");
            text.columns(&from.columns);
        }
        for removal in &view.removed_by {
            text.line("\n[[view.removed_by]]");
            text.texts("messages", &removal.messages);
            text.text("class", &removal.class);
            text.expression("where", &removal.filter);
            text.line("[view.removed_by.match]");
            text.columns(&removal.matches);
        }
        for end in &view.ended_by {
            text.line("\n[[view.ended_by]]");
            text.text("view", &end.view);
            text.texts("on", &end.on);
        }
        text.line("");
    }
    for fact in facts {
        text.line("[[fact]]");
        text.text("name", &fact.name);
        text.text("nl", &fact.nl);
        text.text("en", &fact.en);
        text.flag("open", fact.open);
        if let Some(list) = &fact.list {
            text.line("[fact.list]");
            text.text("name", &list.name);
            text.text("code", &list.code);
            text.text("valid_from", &list.valid_from);
            text.text("valid_to", &list.valid_to);
        }
        text.line("[fact.columns]");
        for (name, datatype) in &fact.columns {
            text.text(&key(&name.value), datatype);
        }
        text.line("");
    }
    text.0
}

fn write_holidays(holidays: &[HolidaySource]) -> String {
    let mut text = Text::default();
    for holiday in holidays {
        text.line("[[holiday]]");
        text.text("name", &holiday.name);
        text.optional("date", &holiday.date);
        text.optional("on_sunday", &holiday.on_sunday);
        text.number("easter", &holiday.easter);
        text.line("");
    }
    text.0
}

fn write_errata(errata: &[ErratumSource]) -> String {
    let mut text = Text::default();
    for erratum in errata {
        text.line("[[erratum]]");
        text.text("name", &erratum.name);
        text.text("nl", &erratum.nl);
        text.text("en", &erratum.en);
        text.text("done_nl", &erratum.done_nl);
        text.text("done_en", &erratum.done_en);
        text.texts("undefined", &erratum.undefined);
        text.optional("schema", &erratum.schema);
        let mut pair = |name: &str, pair: &Option<(At<String>, At<String>)>, keys: [&str; 2]| {
            if let Some((first, second)) = pair {
                text.line(format!("[erratum.{name}]"));
                text.text(keys[0], first);
                text.text(keys[1], second);
            }
        };
        pair("gives", &erratum.gives, ["rule", "retourcode"]);
        pair("listed", &erratum.listed, ["list", "code"]);
        pair("lacks", &erratum.lacks, ["message", "element"]);
        if let Some((list, property, code)) = &erratum.means {
            text.line("[erratum.means]");
            text.text("list", list);
            text.text("property", property);
            text.text("code", code);
        }
        text.line("");
    }
    text.0
}

fn write_bindings(concepts: &[Concept], codes: &[(At<String>, At<String>)]) -> String {
    let mut text = Text::default();
    text.line("[codes]");
    for (name, value) in codes {
        text.text(&key(&name.value), value);
    }
    for concept in concepts {
        write_concept(&mut text, concept);
    }
    text.0
}

pub(super) fn write_concept(text: &mut Text, concept: &Concept) {
    text.line("\n[[concept]]");
    text.text("name", &concept.name);
    for binding in &concept.bindings {
        text.line("\n[[concept.binding]]");
        text.line(format!("messages = [{}]", list(&binding.messages)));
        text.text("class", &binding.class);
        text.line("[concept.binding.fields]");
        for (field, path) in &binding.fields {
            text.text(&key(&field.value), path);
        }
    }
}

fn write_list(list: &List) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let mut record = |cells: [&str; 7]| writer.write_record(cells).expect("writing to memory cannot fail");
    record(COLUMNS);
    for row in &list.rows {
        record([
            &row.code.value,
            &row.label,
            &row.meaning,
            &row.valid_from,
            &row.valid_to,
            &row.note,
            &row.properties.value,
        ]);
    }
    let bytes = writer.into_inner().expect("writing to memory cannot fail");
    String::from_utf8(bytes).expect("text in, text out")
}
