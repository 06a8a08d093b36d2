//! Writes a release as XML Schema 1.0: one base schema and one schema a message.
//!
//! Everything comes from the frozen release; the same release gives the same text. Nothing here
//! judges a message: the text is for other people's tools, and for the XSD engine that our own
//! check is held against in `tests/it/differential.rs`, where the tests of this module are too.

use std::collections::BTreeMap;

use crate::datatype::{Facet, Limit, SimpleType};
use crate::release::{Content, Element, ElementId, MessageType, Namespace, Release, Space, XsdVersie};

/// The name of the file with the base schema, as the schemas of the messages refer to it.
const BASIS_FILE: &str = "basisschema.xsd";

/// The characters that mean something in a pattern of the schema language.
pub(crate) const PATTERN_SIGNS: &str = r"\|.?*+(){}[]^$-";

/// What the annotation of a schema tells the version of, and which versions it tells of each.
pub(crate) const VERSION_PARTS: [&str; 2] = ["Bericht", "Basisschema"];
pub(crate) const VERSION_BOUNDS: [&str; 3] = ["XsdVersie", "XsdMinVersie", "XsdMaxVersie"];

/// A schema as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaFile {
    /// The name of the file: `basisschema.xsd`, or the published name of a message.
    pub name: String,
    /// The text.
    pub text: String,
}

/// The schemas of a release: the base schema first, then the messages by number.
#[must_use]
pub fn export(release: &Release) -> Vec<SchemaFile> {
    let mut files = vec![SchemaFile {
        name: BASIS_FILE.to_owned(),
        text: basis_schema(release),
    }];
    files.extend(release.messages().iter().map(|message| SchemaFile {
        name: format!("{}.xsd", message.name),
        text: message_schema(release, message),
    }));
    files
}

fn basis_schema(release: &Release) -> String {
    let basis = release.basis();
    let mut schema = Schema::begin(basis, &[basis], release.xsd_versie());
    for datatype in release.datatypes() {
        schema.open(&format!("xs:simpleType name=\"{}\"", datatype.name));
        schema.restriction(
            &Restricted::Builtin(datatype),
            &datatype.facets.iter().collect::<Vec<_>>(),
        );
        schema.close("xs:simpleType");
    }
    // A complex type looks the same in every message that uses it.
    let mut classes: BTreeMap<&str, (&MessageType, ElementId)> = BTreeMap::new();
    for message in release.messages() {
        for (id, element) in classes_of(message) {
            if release.space_of_type(message, id) == Space::Basis {
                classes.entry(&element.type_name).or_insert((message, id));
            }
        }
    }
    for (message, id) in classes.into_values() {
        schema.class(release, message, id);
    }
    schema.finish()
}

fn message_schema(release: &Release, message: &MessageType) -> String {
    let mut schema = Schema::begin(
        &message.namespace,
        &[&message.namespace, release.basis()],
        release.xsd_versie(),
    );
    schema.empty(&format!(
        "xs:import namespace=\"{}\" schemaLocation=\"{BASIS_FILE}\"",
        attribute(&release.basis().uri)
    ));
    schema.element(release, message, ElementId::ROOT);
    let mut written: Vec<&str> = Vec::new();
    for (id, element) in classes_of(message) {
        if release.space_of_type(message, id) == Space::Message && !written.contains(&&*element.type_name) {
            written.push(&element.type_name);
            schema.class(release, message, id);
        }
    }
    schema.finish()
}

fn classes_of(message: &MessageType) -> impl Iterator<Item = (ElementId, &Element)> {
    let ids = (0_u16..).map(ElementId);
    ids.zip(message.elements())
        .filter(|(_, element)| matches!(element.content, Content::Class(_)))
}

impl Release {
    /// The namespace that defines the datatype or class of an element.
    pub(crate) fn space_of_type(&self, message: &MessageType, id: ElementId) -> Space {
        match message.element(id).content {
            Content::Value(_) => Space::Basis,
            // The elements of a class are in the namespace of the schema that defines it.
            Content::Class(_) => message
                .children(id)
                .next()
                .map_or(Space::Message, |child| message.element(child).space),
        }
    }

    fn namespace<'a>(&'a self, message: &'a MessageType, space: Space) -> &'a Namespace {
        match space {
            Space::Message => &message.namespace,
            Space::Basis => self.basis(),
        }
    }
}

/// What a restriction restricts.
enum Restricted<'a> {
    /// The kind of value that a datatype is built on.
    Builtin(&'a SimpleType),
    /// A named datatype, by its qualified name.
    Named(&'a str),
}

/// A schema in the making.
struct Schema {
    text: String,
    level: usize,
}

impl Schema {
    fn begin(target: &Namespace, used: &[&Namespace], versions: &XsdVersie) -> Self {
        let mut schema = Self {
            text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
            level: 0,
        };
        let mut tag = "xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"".to_owned();
        for namespace in used {
            tag.push_str(&format!(
                " xmlns:{}=\"{}\"",
                namespace.prefix,
                attribute(&namespace.uri)
            ));
        }
        let uri = attribute(&target.uri);
        tag.push_str(&format!(
            " targetNamespace=\"{uri}\" elementFormDefault=\"qualified\""
        ));
        schema.open(&tag);
        schema.open("xs:annotation");
        schema.open("xs:appinfo");
        for (part, of) in VERSION_PARTS
            .iter()
            .zip([&versions.bericht, &versions.basisschema])
        {
            for (bound, version) in VERSION_BOUNDS.iter().zip([&of.own, &of.min, &of.max]) {
                let name = format!("{}:{part}{bound}", target.prefix);
                schema.line(&format!("<{name}>{}</{name}>", attribute(version)));
            }
        }
        schema.close("xs:appinfo");
        schema.close("xs:annotation");
        schema
    }

    fn finish(mut self) -> String {
        self.close("xs:schema");
        self.text
    }

    /// A class, or complex type, with its elements.
    fn class(&mut self, release: &Release, message: &MessageType, id: ElementId) {
        self.open(&format!(
            "xs:complexType name=\"{}\"",
            message.element(id).type_name
        ));
        self.open("xs:sequence");
        for child in message.children(id) {
            self.element(release, message, child);
        }
        self.close("xs:sequence");
        self.close("xs:complexType");
    }

    fn element(&mut self, release: &Release, message: &MessageType, id: ElementId) {
        let element = message.element(id);
        let prefix = &release
            .namespace(message, release.space_of_type(message, id))
            .prefix;
        let type_name = format!("{prefix}:{}", element.type_name);
        let mut tag = format!("xs:element name=\"{}\"", element.name);
        if element.facets.is_empty() {
            tag.push_str(&format!(" type=\"{type_name}\""));
        }
        // The root is global, and a global element has no occurrence.
        if id != ElementId::ROOT {
            if element.min != 1 {
                tag.push_str(&format!(" minOccurs=\"{}\"", element.min));
            }
            match element.max {
                1 => {}
                u32::MAX => tag.push_str(" maxOccurs=\"unbounded\""),
                max => tag.push_str(&format!(" maxOccurs=\"{max}\"")),
            }
        }
        if element.facets.is_empty() {
            self.empty(&tag);
        } else {
            self.open(&tag);
            self.open("xs:simpleType");
            self.restriction(
                &Restricted::Named(&type_name),
                &element.facets.iter().collect::<Vec<_>>(),
            );
            self.close("xs:simpleType");
            self.close("xs:element");
        }
    }

    fn restriction(&mut self, restricted: &Restricted<'_>, facets: &[&Facet]) {
        let is_pattern = |facet: &Facet| matches!(facet.limit, Limit::Pattern(_) | Limit::Fixed(_));
        let last_pattern = facets.iter().rposition(|facet| is_pattern(facet));
        let patterns = facets.iter().filter(|facet| is_pattern(facet)).count();
        // Patterns of one restriction are alternatives; those that all must hold are put within each other.
        let inner = last_pattern.filter(|_| patterns > 1);
        match (inner, restricted) {
            (Some(last), _) => {
                self.open("xs:restriction");
                self.open("xs:simpleType");
                let others: Vec<&Facet> = facets
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| *index != last)
                    .map(|(_, facet)| *facet)
                    .collect();
                self.restriction(restricted, &others);
                self.close("xs:simpleType");
                self.facet(facets[last]);
            }
            (None, restricted) => {
                let base = match restricted {
                    Restricted::Builtin(datatype) => datatype.base.schema_name(),
                    Restricted::Named(name) => name,
                };
                self.open(&format!("xs:restriction base=\"{base}\""));
                for facet in facets {
                    self.facet(facet);
                }
            }
        }
        self.close("xs:restriction");
    }

    fn facet(&mut self, facet: &Facet) {
        let (name, value) = match &facet.limit {
            Limit::MinLength(length) => ("minLength", length.to_string()),
            Limit::MaxLength(length) => ("maxLength", length.to_string()),
            Limit::Min(number) => ("minInclusive", number.to_string()),
            Limit::Max(number) => ("maxInclusive", number.to_string()),
            Limit::Pattern(pattern) => ("pattern", pattern.source().to_owned()),
            Limit::Fixed(value) => ("pattern", literal_pattern(value)),
            Limit::Enumeration(codes) => {
                for code in &**codes {
                    self.empty(&format!("xs:enumeration value=\"{}\"", attribute(code)));
                }
                return;
            }
        };
        self.empty(&format!("xs:{name} value=\"{}\"", attribute(&value)));
    }

    fn open(&mut self, tag: &str) {
        self.line(&format!("<{tag}>"));
        self.level += 1;
    }

    fn close(&mut self, name: &str) {
        self.level -= 1;
        self.line(&format!("</{name}>"));
    }

    fn empty(&mut self, tag: &str) {
        self.line(&format!("<{tag}/>"));
    }

    fn line(&mut self, line: &str) {
        for _ in 0..self.level {
            self.text.push_str("  ");
        }
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// A pattern that only this value matches.
fn literal_pattern(value: &str) -> String {
    let mut pattern = String::new();
    for character in value.chars() {
        if PATTERN_SIGNS.contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

/// A text as it stands in the quotes of an attribute, white space kept.
fn attribute(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
    out
}
