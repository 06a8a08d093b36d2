//! Reads the files of a published schema set into a [`SchemaSet`].
//!
//! References are resolved within the set: by namespace for what is imported, by file name for what is included. Every
//! fault is told with file and line. What a message says is not read here. Tests: `tests/it/schema.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use roxmltree::{Document, Node, ParsingOptions};

use super::decode::schema_text;
use super::files::{File, Used, XSD, choose, is_xsd};
use super::{Base, Facets, Holds, Particle, QName, Schema, SchemaSet, SchemaSource, Simple};
use crate::release::fault::{Collector, Faults, Place};

/// The most files, and the most bytes of one and of all: a published set is far smaller.
const FILES_MAX: usize = 512;
const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;
const TOTAL_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The most nodes of one file.
const NODES_MAX: u32 = 200_000;
/// The most types within or upon each other.
const DEPTH_MAX: usize = 32;
/// The most elements of one class.
const ELEMENTS_MAX: usize = 1000;
/// The most faults that are told.
const FAULTS_MAX: usize = 50;

/// What the language can say and these standards do not use.
const BEYOND: [&str; 22] = [
    "all",
    "any",
    "anyAttribute",
    "attribute",
    "attributeGroup",
    "choice",
    "complexContent",
    "extension",
    "field",
    "group",
    "key",
    "keyref",
    "list",
    "notation",
    "redefine",
    "selector",
    "simpleContent",
    "union",
    "unique",
    "assert",
    "override",
    "alternative",
];

/// The kinds of values, and for whole numbers the bounds that their names stand for.
const KINDS: [&str; 20] = [
    "string",
    "normalizedString",
    "token",
    "integer",
    "decimal",
    "boolean",
    "date",
    "time",
    "dateTime",
    "gYear",
    "gYearMonth",
    "duration",
    "anyURI",
    "NMTOKEN",
    "Name",
    "language",
    "base64Binary",
    "hexBinary",
    "double",
    "float",
];
const WHOLE_NUMBERS: [(&str, Option<&str>, Option<&str>); 12] = [
    ("nonNegativeInteger", Some("0"), None),
    ("positiveInteger", Some("1"), None),
    ("nonPositiveInteger", None, Some("0")),
    ("negativeInteger", None, Some("-1")),
    ("long", Some("-9223372036854775808"), Some("9223372036854775807")),
    ("int", Some("-2147483648"), Some("2147483647")),
    ("short", Some("-32768"), Some("32767")),
    ("byte", Some("-128"), Some("127")),
    ("unsignedLong", Some("0"), Some("18446744073709551615")),
    ("unsignedInt", Some("0"), Some("4294967295")),
    ("unsignedShort", Some("0"), Some("65535")),
    ("unsignedByte", Some("0"), Some("255")),
];

/// Reads a set of schemas; the files that hold none are to be left out by who calls.
///
/// # Errors
/// With everything that is wrong or beyond what these standards use, by file and line.
pub fn read(sources: &[SchemaSource]) -> Result<SchemaSet, Faults> {
    read_preferring(sources, &[])
}

/// Reads a set of which several files may describe one namespace: then the one whose path ends as preferred is taken.
///
/// # Errors
/// As [`read`].
pub fn read_preferring(sources: &[SchemaSource], preferred: &[String]) -> Result<SchemaSet, Faults> {
    let faults = Collector::default();
    let mut remarks = Vec::new();
    check_sizes(sources, &faults);
    faults.verdict()?;
    let mut texts: Vec<(Arc<str>, String)> = Vec::new();
    for source in sources {
        if let Some(text) = schema_text(source, &faults, &mut remarks) {
            texts.push((source.name.as_str().into(), text));
        }
    }
    texts.sort();
    let mut files = Vec::new();
    for (name, text) in &texts {
        let options = ParsingOptions {
            nodes_limit: NODES_MAX,
            ..ParsingOptions::default()
        };
        match Document::parse_with_options(text, options) {
            Ok(document) => files.push((name, text, document)),
            Err(error) => {
                let place = Place {
                    file: Arc::clone(name),
                    line: error.pos().row,
                    column: error.pos().col,
                };
                let hint = "take the file as it was published".to_owned();
                faults.add(
                    &place,
                    format!("this is no XML that is read: {error}"),
                    Some(hint),
                );
            }
        }
    }
    let documents: Vec<File<'_>> = files
        .iter()
        .map(|(name, text, document)| File::new(name, text, document))
        .collect();
    for document in &documents {
        document.check_root(&faults);
    }
    faults.verdict()?;
    let kept = choose(&documents, preferred, &faults, &mut remarks);
    faults.verdict()?;
    let mut set = Reader::collect(&kept, &faults).build();
    faults.verdict()?;
    remarks.sort();
    set.remarks = remarks;
    Ok(set)
}

fn check_sizes(sources: &[SchemaSource], faults: &Collector) {
    let total: usize = sources.iter().map(|source| source.bytes.len()).sum();
    let whole = Place::of_file(&sources.first().map_or("", |source| &source.name).into());
    if sources.len() > FILES_MAX || total > TOTAL_BYTES_MAX {
        let what = format!(
            "{} files of {total} bytes are more than a set of schemas is",
            sources.len()
        );
        faults.add(&whole, what, Some("name the folder of one release".to_owned()));
    }
    for source in sources
        .iter()
        .filter(|source| source.bytes.len() > FILE_BYTES_MAX)
    {
        let place = Place::of_file(&source.name.as_str().into());
        faults.add(
            &place,
            format!("larger than {FILE_BYTES_MAX} bytes, which no schema is"),
            None,
        );
    }
}

/// Something global, where it stands.
#[derive(Clone, Copy)]
struct Global<'a> {
    used: &'a Used<'a>,
    node: Node<'a, 'a>,
}

/// The set in the making.
struct Reader<'a> {
    used: &'a [Used<'a>],
    faults: &'a Collector,
    told: std::cell::Cell<usize>,
    types: BTreeMap<QName, Global<'a>>,
    elements: BTreeMap<QName, Global<'a>>,
    simples: BTreeMap<QName, Simple>,
    referred: BTreeSet<QName>,
}

impl<'a> Reader<'a> {
    /// Finds everything global.
    fn collect(used: &'a [Used<'a>], faults: &'a Collector) -> Self {
        let mut reader = Self {
            used,
            faults,
            told: std::cell::Cell::new(0),
            types: BTreeMap::new(),
            elements: BTreeMap::new(),
            simples: BTreeMap::new(),
            referred: BTreeSet::new(),
        };
        for one in used {
            let allowed = [
                "targetNamespace",
                "elementFormDefault",
                "attributeFormDefault",
                "version",
                "id",
                "blockDefault",
                "finalDefault",
            ];
            reader.check_attributes(one, one.file.root, &allowed);
            let parts = ["simpleType", "complexType", "element", "import", "include"];
            for node in reader.children(one, one.file.root, &parts) {
                let kind = node.tag_name().name();
                if kind == "include" || kind == "import" {
                    continue;
                }
                let Some(local) = node.attribute("name") else {
                    reader.fault(
                        one,
                        node,
                        format!("a global {kind} without name"),
                        "give it a name",
                    );
                    continue;
                };
                let name = QName {
                    namespace: Arc::clone(&one.target),
                    local: local.into(),
                };
                let global = Global { used: one, node };
                let known = if kind == "element" {
                    reader.elements.insert(name, global)
                } else {
                    reader.types.insert(name, global)
                };
                if let Some(known) = known {
                    let first = known.used.file.place(known.node);
                    reader.fault(
                        one,
                        node,
                        format!("`{local}` is there already, at {first}"),
                        "leave one of them out",
                    );
                }
            }
        }
        reader
    }

    fn build(mut self) -> SchemaSet {
        let mut schemas: BTreeMap<Arc<str>, Schema> = BTreeMap::new();
        for one in self.used {
            let schema = schemas.entry(Arc::clone(&one.target)).or_insert_with(|| Schema {
                file: Arc::clone(one.file.name),
                prefix: one.file.root.lookup_prefix(&one.target).map(str::to_owned),
                versions: BTreeMap::new(),
            });
            schema.versions.extend(one.file.versions());
        }
        let types: Vec<(QName, Global<'a>)> = self
            .types
            .iter()
            .map(|(name, global)| (name.clone(), *global))
            .collect();
        for (name, global) in &types {
            if global.node.tag_name().name() == "simpleType" {
                self.simple(name, &mut Vec::new());
            }
        }
        let mut classes = BTreeMap::new();
        for (name, global) in types {
            if global.node.tag_name().name() == "complexType" {
                let elements = self.sequence(global, 0);
                classes.insert(name, elements);
            }
        }
        let elements: Vec<(QName, Global<'a>)> = self
            .elements
            .iter()
            .map(|(name, global)| (name.clone(), *global))
            .collect();
        let mut roots = Vec::new();
        // A class that is written within a global element has a name: that of the element.
        for (name, global) in &elements {
            let inner = global.node.children().find(|node| is_xsd(*node, "complexType"));
            if let Some(node) = inner {
                let used = global.used;
                classes.insert(self.class_of(name), self.sequence(Global { used, node }, 0));
            }
        }
        for (name, global) in elements {
            if let Some(root) = self.declared(global, name, (1, 1), None) {
                roots.push(root);
            }
        }
        roots.retain(|root| !self.referred.contains(&root.name));
        let set = SchemaSet {
            schemas,
            simples: self.simples,
            classes,
            roots,
            remarks: Vec::new(),
        };
        refuse_circles(&set, self.faults);
        set
    }

    /// Resolves a simple type that has a name.
    fn simple(&mut self, name: &QName, trail: &mut Vec<QName>) -> Option<Simple> {
        if let Some(known) = self.simples.get(name) {
            return Some(known.clone());
        }
        let global = *self.types.get(name)?;
        if trail.contains(name) || trail.len() >= DEPTH_MAX {
            let what = format!(
                "`{}` is built on itself, or on more than {DEPTH_MAX} types",
                name.local
            );
            self.fault(global.used, global.node, what, "break the circle");
            return None;
        }
        trail.push(name.clone());
        self.check_attributes(global.used, global.node, &["name", "id", "final"]);
        let (base, own) = self.restriction(global, trail, 0)?;
        trail.pop();
        let (kind, facets) = match &base {
            Base::Builtin(kind) => (*kind, own),
            Base::Named(base) => {
                let known = self.simples.get(base)?;
                (known.kind, known.facets.narrowed(&own))
            }
        };
        let simple = Simple {
            kind,
            facets,
            place: global.used.file.place(global.node),
        };
        self.simples.insert(name.clone(), simple.clone());
        Some(simple)
    }

    /// Whether types without a name stand too far within each other, which is then told.
    fn is_too_deep(&mut self, Global { used, node }: Global<'a>, depth: usize) -> bool {
        let is_too_deep = depth > DEPTH_MAX;
        if is_too_deep {
            let what = format!("more than {DEPTH_MAX} types within each other");
            self.fault(used, node, what, "give them names");
        }
        is_too_deep
    }

    /// The restriction in a simple type: the nearest type with a name, and what is narrowed from there.
    fn restriction(
        &mut self,
        global: Global<'a>,
        trail: &mut Vec<QName>,
        depth: usize,
    ) -> Option<(Base, Facets)> {
        let Global { used, node } = global;
        if self.is_too_deep(global, depth) {
            return None;
        }
        let parts = self.children(used, node, &["restriction"]);
        let [restriction] = parts[..] else {
            self.fault(
                used,
                node,
                "a simple type that is no restriction",
                "write xs:restriction with a base",
            );
            return None;
        };
        self.check_attributes(used, restriction, &["base", "id"]);
        let parts = self.children(
            used,
            restriction,
            &[
                "simpleType",
                "length",
                "minLength",
                "maxLength",
                "minInclusive",
                "maxInclusive",
                "minExclusive",
                "maxExclusive",
                "totalDigits",
                "fractionDigits",
                "whiteSpace",
                "pattern",
                "enumeration",
            ],
        );
        let inner = parts
            .iter()
            .find(|part| part.tag_name().name() == "simpleType")
            .copied();
        let (base, known) = match (restriction.attribute("base"), inner) {
            (Some(written), None) => {
                let (base, facets) = self.base(used, restriction, written, trail)?;
                (base, facets)
            }
            (None, Some(node)) => {
                self.check_attributes(used, node, &["id"]);
                self.restriction(Global { used, node }, trail, depth + 1)?
            }
            _ => {
                self.fault(
                    used,
                    restriction,
                    "a restriction with two bases, or with none",
                    "give it one base",
                );
                return None;
            }
        };
        let kind = match &base {
            Base::Builtin(kind) => *kind,
            Base::Named(name) => self.simples.get(name)?.kind,
        };
        let step = self.step(used, &parts, kind)?;
        Some((base, known.narrowed(&step)))
    }

    /// The type of this name, with the bounds that the name of a kind of number stands for.
    fn base(
        &mut self,
        used: &'a Used<'a>,
        node: Node<'a, 'a>,
        written: &str,
        trail: &mut Vec<QName>,
    ) -> Option<(Base, Facets)> {
        let name = self.resolve(used, node, written)?;
        if &*name.namespace == XSD {
            if let Some(kind) = KINDS.into_iter().find(|kind| **kind == *name.local) {
                return Some((Base::Builtin(kind), Facets::default()));
            }
            if let Some((_, min, max)) = WHOLE_NUMBERS
                .into_iter()
                .find(|(known, _, _)| **known == *name.local)
            {
                let mut facets = Facets::default();
                let bounds = [("minInclusive", min), ("maxInclusive", max)];
                for (limit, bound) in bounds {
                    facets.limits.extend(bound.map(|bound| (limit, bound.to_owned())));
                }
                return Some((Base::Builtin("integer"), facets));
            }
            self.fault(
                used,
                node,
                format!("the type `{written}` is beyond what these standards use"),
                SAY_SO,
            );
            return None;
        }
        match self.types.get(&name).map(|global| global.node.tag_name().name()) {
            Some("simpleType") => {
                // What is wrong with it is told where it stands.
                self.simple(&name, trail)?;
                Some((Base::Named(name), Facets::default()))
            }
            Some(_) => {
                self.fault(
                    used,
                    node,
                    format!("`{written}` is no simple type"),
                    "restrict a simple type",
                );
                None
            }
            None => {
                self.fault(
                    used,
                    node,
                    format!("there is no type `{written}` in the set ({name})"),
                    MISSING,
                );
                None
            }
        }
    }

    /// What the facets of one restriction say.
    fn step(&mut self, used: &'a Used<'a>, parts: &[Node<'a, 'a>], kind: &str) -> Option<Facets> {
        let mut step = Facets::default();
        let mut patterns = Vec::new();
        for part in parts.iter().filter(|part| part.tag_name().name() != "simpleType") {
            self.check_attributes(used, *part, &["value", "fixed", "id"]);
            let Some(value) = part.attribute("value") else {
                self.fault(used, *part, "a facet without value", "give it a value");
                return None;
            };
            let name = part.tag_name().name();
            let counts = [
                "length",
                "minLength",
                "maxLength",
                "totalDigits",
                "fractionDigits",
            ];
            if counts.contains(&name) && value.trim().parse::<u32>().is_err() {
                self.fault(
                    used,
                    *part,
                    format!("`{value}` is no length"),
                    "write a whole number",
                );
                return None;
            }
            let bound = |shift: i64| match value.trim().parse::<i64>() {
                Ok(number) if kind == "integer" => number.checked_add(shift).map(|number| number.to_string()),
                _ => None,
            };
            let plain = || bound(0).unwrap_or_else(|| value.trim().to_owned());
            let limits: Vec<(&'static str, String)> = match name {
                "length" => vec![("minLength", plain()), ("maxLength", plain())],
                // At least nothing is no limit.
                "minLength" if value.trim().trim_start_matches('0').is_empty() => Vec::new(),
                "minLength" => vec![("minLength", plain())],
                "maxLength" => vec![("maxLength", plain())],
                "minInclusive" => vec![("minInclusive", plain())],
                "maxInclusive" => vec![("maxInclusive", plain())],
                // Of whole numbers, more than one is at least two.
                "minExclusive" => {
                    vec![bound(1).map_or(("minExclusive", plain()), |next| ("minInclusive", next))]
                }
                "maxExclusive" => {
                    vec![bound(-1).map_or(("maxExclusive", plain()), |next| ("maxInclusive", next))]
                }
                "totalDigits" => vec![("totalDigits", plain())],
                "fractionDigits" if kind == "integer" => Vec::new(),
                "fractionDigits" => vec![("fractionDigits", plain())],
                "whiteSpace" if kind == "string" && value == "preserve" => Vec::new(),
                "whiteSpace" if kind != "string" && value == "collapse" => Vec::new(),
                "whiteSpace" => vec![("whiteSpace", plain())],
                "pattern" => {
                    patterns.push(value.to_owned());
                    Vec::new()
                }
                _ => {
                    step.enumeration.get_or_insert_default().insert(value.to_owned());
                    Vec::new()
                }
            };
            let limits = limits.into_iter().collect();
            step = step.narrowed(&Facets {
                limits,
                ..Facets::default()
            });
        }
        if !patterns.is_empty() {
            patterns.sort();
            patterns.dedup();
            step.patterns.insert(patterns);
        }
        Some(step)
    }

    /// The elements of a complex type.
    fn sequence(&mut self, global: Global<'a>, depth: usize) -> Vec<Particle> {
        let Global { used, node } = global;
        if self.is_too_deep(global, depth) {
            return Vec::new();
        }
        self.check_attributes(used, node, &["name", "id", "final", "block"]);
        let mut elements = Vec::new();
        for sequence in self.children(used, node, &["sequence"]) {
            self.check_attributes(used, sequence, &["id", "minOccurs", "maxOccurs"]);
            if self.occurs(used, sequence) != Some((1, 1)) {
                let what = "a sequence that repeats or may be absent is beyond what these standards use";
                self.fault(used, sequence, what, SAY_SO);
            }
            for element in self.children(used, sequence, &["element"]) {
                elements.extend(self.local(Global { used, node: element }, depth));
            }
        }
        if elements.len() > ELEMENTS_MAX {
            let what = format!(
                "a class of {} elements, at most {ELEMENTS_MAX} are read",
                elements.len()
            );
            self.fault(used, node, what, "take the file as it was published");
        }
        elements
    }

    /// An element where it stands in a sequence.
    fn local(&mut self, global: Global<'a>, depth: usize) -> Option<Particle> {
        let Global { used, node } = global;
        let occurs = self.occurs(used, node)?;
        if let Some(written) = node.attribute("ref") {
            self.check_attributes(used, node, &["ref", "minOccurs", "maxOccurs", "id"]);
            self.children(used, node, &[]);
            let name = self.resolve(used, node, written)?;
            let Some(known) = self.elements.get(&name).copied() else {
                self.fault(
                    used,
                    node,
                    format!("there is no element `{written}` in the set ({name})"),
                    MISSING,
                );
                return None;
            };
            self.referred.insert(name.clone());
            let mut particle = self.declared(known, name, occurs, None)?;
            particle.place = used.file.place(node);
            return Some(particle);
        }
        let Some(local) = node.attribute("name") else {
            self.fault(used, node, "an element without name", "give it a name or a ref");
            return None;
        };
        let form = node
            .attribute("form")
            .or_else(|| used.file.root.attribute("elementFormDefault"))
            .unwrap_or("unqualified");
        let namespace: Arc<str> = match form {
            "qualified" => Arc::clone(&used.target),
            "unqualified" => "".into(),
            other => {
                self.fault(
                    used,
                    node,
                    format!("`{other}` is no form of an element"),
                    "write qualified or unqualified",
                );
                return None;
            }
        };
        let name = QName {
            namespace,
            local: local.into(),
        };
        self.declared(global, name, occurs, Some(depth))
    }

    /// The name of the class that is written within a global element.
    fn class_of(&self, element: &QName) -> QName {
        let mut name = element.clone();
        if self.types.contains_key(&name) {
            name.local = format!("{}-element", name.local).into();
        }
        name
    }

    /// An element with its type; how deep it stands within others, when it is not global.
    fn declared(
        &mut self,
        global: Global<'a>,
        name: QName,
        (min, max): (u32, u32),
        depth: Option<usize>,
    ) -> Option<Particle> {
        let Global { used, node } = global;
        self.check_attributes(
            used,
            node,
            &[
                "name",
                "type",
                "minOccurs",
                "maxOccurs",
                "form",
                "id",
                "nillable",
                "abstract",
                "block",
                "final",
            ],
        );
        for (attribute, harmless) in [("nillable", "false"), ("abstract", "false")] {
            if node.attribute(attribute).is_some_and(|value| value != harmless) {
                self.fault(
                    used,
                    node,
                    format!("{attribute} is beyond what these standards use"),
                    SAY_SO,
                );
            }
        }
        let inner = self.children(used, node, &["simpleType", "complexType"]);
        let holds = match (node.attribute("type"), &inner[..]) {
            (Some(written), []) => {
                let type_name = self.resolve(used, node, written)?;
                let known = self
                    .types
                    .get(&type_name)
                    .map(|global| global.node.tag_name().name());
                if known == Some("complexType") {
                    Holds::Class(type_name)
                } else {
                    let (base, own) = self.base(used, node, written, &mut Vec::new())?;
                    Holds::Value { base, own }
                }
            }
            (None, [inner]) => {
                let inner = Global { used, node: *inner };
                if inner.node.tag_name().name() == "complexType" {
                    match depth {
                        None => Holds::Class(self.class_of(&name)),
                        Some(depth) => Holds::Anonymous(self.sequence(inner, depth + 1)),
                    }
                } else {
                    self.check_attributes(used, inner.node, &["id"]);
                    let (base, own) = self.restriction(inner, &mut Vec::new(), 0)?;
                    Holds::Value { base, own }
                }
            }
            _ => {
                self.fault(
                    used,
                    node,
                    "an element with two types, or with none",
                    "give it one type",
                );
                return None;
            }
        };
        Some(Particle {
            name,
            min,
            max,
            holds,
            place: used.file.place(node),
        })
    }

    fn occurs(&self, used: &Used<'_>, node: Node<'_, '_>) -> Option<(u32, u32)> {
        let number = |name: &str| match node.attribute(name).map(str::trim) {
            None => Some(1),
            Some("unbounded") if name == "maxOccurs" => Some(u32::MAX),
            Some(text) => text.parse::<u32>().ok().filter(|number| *number < u32::MAX),
        };
        let occurs = number("minOccurs").zip(number("maxOccurs"));
        if occurs.is_none_or(|(min, max)| min > max || max == 0) {
            let what = "this occurrence is no range, or allows nothing";
            self.fault(
                used,
                node,
                what,
                "write minOccurs at most maxOccurs, and maxOccurs at least 1",
            );
            return None;
        }
        occurs
    }

    /// A name as it is written where a type or an element is meant.
    fn resolve(&self, used: &Used<'_>, node: Node<'_, '_>, written: &str) -> Option<QName> {
        let written = written.trim();
        let (prefix, local) = match written.split_once(':') {
            Some((prefix, local)) => (Some(prefix), local),
            None => (None, written),
        };
        let namespace = node.lookup_namespace_uri(prefix);
        let namespace: Arc<str> = match (namespace, prefix) {
            (Some(uri), _) => uri.into(),
            // What is included without a namespace of its own is in that of who includes it.
            (None, None) if used.file.target().is_none() => Arc::clone(&used.target),
            (None, None) => "".into(),
            (None, Some(prefix)) => {
                self.fault(
                    used,
                    node,
                    format!("the prefix `{prefix}` has no namespace"),
                    "declare it with xmlns",
                );
                return None;
            }
        };
        Some(QName {
            namespace,
            local: local.into(),
        })
    }

    /// The parts of a node in the language of schemas; what is not allowed here is told and left out.
    fn children(&self, used: &Used<'_>, node: Node<'a, 'a>, allowed: &[&str]) -> Vec<Node<'a, 'a>> {
        let mut parts = Vec::new();
        for child in node.children() {
            if child.is_text() && child.text().is_some_and(|text| !text.trim().is_empty()) {
                self.fault(used, child, "text within the schema", "take it out");
            }
            if !child.is_element() || is_xsd(child, "annotation") {
                continue;
            }
            let name = child.tag_name().name();
            if is_xsd(child, name) && allowed.contains(&name) {
                parts.push(child);
            } else if is_xsd(child, name) && BEYOND.contains(&name) {
                self.fault(
                    used,
                    child,
                    format!("{name} is beyond what these standards use"),
                    SAY_SO,
                );
            } else {
                let within = node.tag_name().name();
                self.fault(
                    used,
                    child,
                    format!("`{name}` does not belong in {within}"),
                    "take it out",
                );
            }
        }
        parts
    }

    /// Refuses attributes that would change the meaning and are not read.
    fn check_attributes(&self, used: &Used<'_>, node: Node<'_, '_>, allowed: &[&str]) {
        for attribute in node
            .attributes()
            .filter(|attribute| attribute.namespace().is_none())
        {
            if !allowed.contains(&attribute.name()) {
                let what = format!(
                    "{} of {} is beyond what these standards use",
                    attribute.name(),
                    node.tag_name().name()
                );
                self.fault(used, node, what, SAY_SO);
            }
        }
    }

    fn fault(&self, used: &Used<'_>, node: Node<'_, '_>, what: impl Into<String>, hint: &str) {
        let told = self.told.get();
        self.told.set(told + 1);
        if told < FAULTS_MAX {
            self.faults
                .add(&used.file.place(node), what, Some(hint.to_owned()));
        }
    }
}

const SAY_SO: &str = "take it out, or tell us that a published schema uses it";
const MISSING: &str = "add the schema that defines it, or mend the name";

/// A class that holds itself describes messages without end.
fn refuse_circles(set: &SchemaSet, faults: &Collector) {
    let mut sound: BTreeSet<&QName> = BTreeSet::new();
    for name in set.classes.keys() {
        if let Some((class, place)) = circle(set, name, &mut Vec::new(), &mut sound) {
            let what = format!("`{class}` holds itself, or more than {DEPTH_MAX} classes within each other");
            faults.add(&place, what, Some("break the circle".to_owned()));
        }
    }
}

fn circle<'a>(
    set: &'a SchemaSet,
    name: &'a QName,
    trail: &mut Vec<&'a QName>,
    sound: &mut BTreeSet<&'a QName>,
) -> Option<(String, Place)> {
    if sound.contains(name) {
        return None;
    }
    trail.push(name);
    let mut below: Vec<&Particle> = set.classes.get(name)?.iter().collect();
    while let Some(particle) = below.pop() {
        match &particle.holds {
            Holds::Value { .. } => {}
            Holds::Anonymous(elements) => below.extend(elements),
            Holds::Class(next) => {
                if trail.contains(&next) || trail.len() >= DEPTH_MAX {
                    return Some((next.local.to_string(), particle.place.clone()));
                }
                if let Some(found) = circle(set, next, trail, sound) {
                    return Some(found);
                }
            }
        }
    }
    trail.pop();
    sound.insert(name);
    None
}
