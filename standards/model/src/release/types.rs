//! A loaded release: frozen, cross-checked, ready to read, judge, write and generate messages.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::judging::Expression;
use super::rules::RuleText;
use crate::datatype::{Facet, SimpleType};
use crate::generate::passes_elfproef;

/// The identity of a release: family and version, shown as `iwmo-3.2`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReleaseId {
    /// The family of standards, such as `iwmo`.
    pub family: String,
    /// The version, such as `3.2`.
    pub version: String,
}

impl ReleaseId {
    /// Whether the version is an earlier one, compared number by number: 3.2 is before 3.10, and both are before a name.
    #[must_use]
    pub fn is_before(&self, version: &str) -> bool {
        parts(&self.version).lt(parts(version))
    }
}

/// By family, then by version as in [`ReleaseId::is_before`].
impl Ord for ReleaseId {
    fn cmp(&self, other: &Self) -> Ordering {
        let versions = || parts(&self.version).cmp(parts(&other.version));
        // What is written otherwise is another one: 3.02 is not 3.2.
        let written = || self.version.cmp(&other.version);
        self.family
            .cmp(&other.family)
            .then_with(versions)
            .then_with(written)
    }
}

impl PartialOrd for ReleaseId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A part of a version.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    Number(u32),
    Word(&'a str),
}

fn parts(version: &str) -> impl Iterator<Item = Part<'_>> {
    let part = |part| str::parse(part).map_or(Part::Word(part), Part::Number);
    version.split('.').map(part)
}

impl fmt::Display for ReleaseId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.family, self.version)
    }
}

/// A release of a message standard.
#[derive(Debug)]
pub struct Release {
    pub(crate) id: ReleaseId,
    pub(crate) title: String,
    pub(crate) live: Option<String>,
    pub(crate) digest: String,
    pub(crate) berichtversie: u32,
    pub(crate) berichtsubversie: u32,
    pub(crate) xsd_versie: XsdVersie,
    pub(crate) basis: Namespace,
    pub(crate) max_bytes: usize,
    pub(crate) size_rule: Option<Box<str>>,
    pub(crate) file_rule: Option<Box<str>>,
    pub(crate) test_bsn: Option<Range<u32>>,
    pub(crate) datatypes: Vec<SimpleType>,
    pub(crate) messages: Vec<MessageType>,
    pub(crate) codelists: BTreeMap<String, Arc<CodeList>>,
    pub(crate) rules: BTreeMap<String, RuleText>,
    pub(crate) code_properties: Vec<String>,
    pub(crate) concepts: BTreeMap<String, BTreeMap<usize, Binding>>,
    pub(crate) codes: BTreeMap<String, String>,
    pub(crate) flat: Vec<FlatFile>,
}

/// The versions of the two schemas that a message names in its header (IV034).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XsdVersie {
    /// Of the shared base schema.
    pub basisschema: SchemaVersions,
    /// Of the message's own schema.
    pub bericht: SchemaVersions,
}

/// The version of a schema, and which versions a receiver accepts.
///
/// Each is three whole numbers with dots between them, without leading zeros (RS048).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaVersions {
    /// The version that messages of ours name.
    pub own: String,
    /// The least version that is accepted; the own one unless the release says otherwise.
    pub min: String,
    /// The greatest version that is accepted; the own one unless the release says otherwise.
    pub max: String,
}

impl SchemaVersions {
    /// Whether a version lies between the least and the greatest, compared number by number.
    ///
    /// What is no version of three numbers is not accepted.
    #[must_use]
    pub fn accepts(&self, version: &str) -> bool {
        match (numbers(&self.min), numbers(version), numbers(&self.max)) {
            (Some(min), Some(version), Some(max)) => min <= version && version <= max,
            _ => false,
        }
    }

    /// Whether all three are versions, and the own one is accepted.
    pub(crate) fn is_sound(&self) -> bool {
        self.accepts(&self.own)
    }
}

/// The three numbers of a version in the order of their size: a number without leading zeros is greater than one that is
/// shorter, however many digits it has.
fn numbers(version: &str) -> Option<[(usize, &str); 3]> {
    let mut parts = version.split('.').map(|number| {
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let is_plain = is_number && (number == "0" || !number.starts_with('0'));
        is_plain.then_some((number.len(), number))
    });
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// A namespace with the prefix that is usual for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// The usual prefix; only the URI counts.
    pub prefix: String,
    /// The URI.
    pub uri: String,
}

/// A file of the flat form of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlatFile {
    /// The path within the folder of the release.
    pub path: String,
    /// The text.
    pub text: String,
}

/// A message of a release.
#[derive(Debug)]
pub struct MessageType {
    /// The number, the same in every family: `301`.
    pub number: String,
    /// The published name: `WMO301`.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// The code in its header.
    pub berichtcode: String,
    /// The namespace of its own elements.
    pub namespace: Namespace,
    /// What part it plays in an exchange.
    pub kind: MessageKind,
    /// Who sends it to whom.
    pub direction: Direction,
    /// The number of the message that answers this one.
    pub answered_by: Option<String>,
    /// The number of the message that this one answers.
    pub answers: Option<String>,
    /// The concept whose facts it repeats unchanged from the message that it answers, and the rule that says so.
    pub repeats: Option<Repeats>,
    /// Where a class of it carries its RetourCodes: the names from the class down.
    pub codes: Vec<Box<str>>,
    /// Every element by path, the root first; children of one element stand together.
    pub(crate) elements: Vec<Element>,
}

/// What a message repeats from the one that it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeats {
    /// The concept.
    pub concept: String,
    /// The code of the rule.
    pub rule: Option<String>,
}

/// What part a message plays in an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// It starts an exchange.
    Heenbericht,
    /// It repeats a heenbericht with the verdict on it.
    Retour,
    /// It answers a heenbericht with a content of its own.
    Antwoord,
}

/// Who sends a message to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the gemeente to the aanbieder.
    GemeenteNaarAanbieder,
    /// From the aanbieder to the gemeente.
    AanbiederNaarGemeente,
    /// From the gemeente to the CAK.
    GemeenteNaarCak,
    /// From the CAK to the gemeente.
    CakNaarGemeente,
}

impl Direction {
    /// How release data writes each.
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        ("gemeente>aanbieder", Self::GemeenteNaarAanbieder),
        ("aanbieder>gemeente", Self::AanbiederNaarGemeente),
        ("gemeente>cak", Self::GemeenteNaarCak),
        ("cak>gemeente", Self::CakNaarGemeente),
    ];

    /// Whether the gemeente sends it.
    #[must_use]
    pub fn is_from_gemeente(self) -> bool {
        matches!(self, Self::GemeenteNaarAanbieder | Self::GemeenteNaarCak)
    }

    /// Who sends it, as people call the party.
    #[must_use]
    pub fn sender(self) -> &'static str {
        match self {
            Self::GemeenteNaarAanbieder | Self::GemeenteNaarCak => "gemeente",
            Self::AanbiederNaarGemeente => "aanbieder",
            Self::CakNaarGemeente => "CAK",
        }
    }

    /// The party beside the gemeente of which there is one in the country, so that no header names it.
    #[must_use]
    pub fn national_party(self) -> Option<&'static str> {
        matches!(self, Self::GemeenteNaarCak | Self::CakNaarGemeente).then_some("CAK")
    }
}

/// The place of an element in its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementId(pub(crate) u16);

impl ElementId {
    /// The root of every message.
    pub const ROOT: Self = Self(0);

    /// The place in [`MessageType::elements`].
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// An element of a message, as the release declares it at one path.
#[derive(Debug)]
pub struct Element {
    /// The local name.
    pub name: Box<str>,
    /// The name of its datatype or class.
    pub type_name: Box<str>,
    /// Which of the two namespaces it is in.
    pub space: Space,
    /// What it holds.
    pub content: Content,
    /// At least this many times within its parent.
    pub min: u32,
    /// At most this many times within its parent; `u32::MAX` for no bound.
    pub max: u32,
    /// Facets beside those of its datatype.
    pub facets: Vec<Facet>,
    /// Whether that it stands here as it does is inferred or assumed, for want of a source.
    pub is_assumed: bool,
    /// The element that holds it; the root holds itself.
    pub parent: ElementId,
    /// The logical key of a class: paths of elements below it.
    pub key: Vec<ElementId>,
    /// Instances of a class for which this holds are processed before the others.
    pub first: Option<Expression>,
}

/// Which of the two namespaces of a message an element is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// The namespace of the message itself.
    Message,
    /// The namespace of the shared base schema.
    Basis,
}

/// What an element holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Child elements, in this order.
    Class(Range<u16>),
    /// A value of a simple datatype, by its place in the release.
    Value(usize),
}

/// A code list of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeList {
    /// The published name: `COD046`.
    pub name: String,
    /// Whether only some of its codes are known here.
    pub is_partial: bool,
    /// The codes, sorted.
    pub codes: Vec<Code>,
}

/// A code with what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The code.
    pub code: String,
    /// Its Dutch name, where it is a name.
    pub label: String,
    /// What it means, in English.
    pub meaning: String,
    /// The first day or month on which it may be used; empty for no bound.
    pub valid_from: String,
    /// The last day or month on which it may be used; empty for no bound.
    pub valid_to: String,
    /// What else is known of it.
    pub note: String,
    /// What rules ask of it, by name; empty for a property without a value.
    pub properties: Vec<(String, String)>,
}

impl Code {
    /// The value of a property, if the code has it.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether the code has a property with this value; it may have the property more than once.
    #[must_use]
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.properties
            .iter()
            .any(|(known, own)| known == name && own == value)
    }
}

impl CodeList {
    /// The entry of a code.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<&Code> {
        self.codes
            .binary_search_by(|known| known.code.as_str().cmp(code))
            .ok()
            .map(|position| &self.codes[position])
    }
}

/// Where a concept stands in one message.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) class: ElementId,
    pub(crate) fields: BTreeMap<String, ElementId>,
}

impl Release {
    /// The identity.
    #[must_use]
    pub fn id(&self) -> &ReleaseId {
        &self.id
    }

    /// The family of standards, such as `iwmo`.
    #[must_use]
    pub fn family(&self) -> &str {
        &self.id.family
    }

    /// The title for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The day on which it comes into force, as in `2023-04-03`; none for what is only proposed.
    #[must_use]
    pub fn live(&self) -> Option<&str> {
        self.live.as_deref()
    }

    /// The SHA-256 of the flat form, in lower-case hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The major version number in every header.
    #[must_use]
    pub fn berichtversie(&self) -> u32 {
        self.berichtversie
    }

    /// The minor version number in every header.
    #[must_use]
    pub fn berichtsubversie(&self) -> u32 {
        self.berichtsubversie
    }

    /// The schema versions that a message of this release names.
    #[must_use]
    pub fn xsd_versie(&self) -> &XsdVersie {
        &self.xsd_versie
    }

    /// The namespace of the shared base schema.
    #[must_use]
    pub fn basis(&self) -> &Namespace {
        &self.basis
    }

    /// The most bytes that a file may hold.
    #[must_use]
    pub fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// The numbers of fictive persons, upper bound excluded; only those that pass the elfproef count.
    #[must_use]
    pub fn test_bsn(&self) -> Option<Range<u32>> {
        self.test_bsn.clone()
    }

    /// Every fictive burgerservicenummer: those of the test range that pass the elfproef, in ascending order.
    pub fn test_persons(&self) -> impl Iterator<Item = String> {
        let numbers = self.test_bsn().into_iter().flatten();
        numbers
            .filter(|number| passes_elfproef(*number))
            .map(|number| format!("{number:09}"))
    }

    /// The simple datatypes, by name.
    #[must_use]
    pub fn datatypes(&self) -> &[SimpleType] {
        &self.datatypes
    }

    /// The messages, by number.
    #[must_use]
    pub fn messages(&self) -> &[MessageType] {
        &self.messages
    }

    /// The message with a number (`301`) or a published name (`WMO301`).
    #[must_use]
    pub fn message(&self, number_or_name: &str) -> Option<&MessageType> {
        self.messages.iter().find(|message| {
            message.number == number_or_name || message.name.eq_ignore_ascii_case(number_or_name)
        })
    }

    /// The heenbericht that carries a concept of the process.
    #[must_use]
    pub fn carrier(&self, concept: &str) -> Option<&MessageType> {
        let bindings = self.concepts.get(concept)?;
        bindings
            .keys()
            .map(|message| &self.messages[*message])
            .find(|message| message.kind == MessageKind::Heenbericht)
    }

    /// A code that process logic writes, by the name that it uses for it.
    #[must_use]
    pub fn code(&self, name: &str) -> Option<&str> {
        self.codes.get(name).map(String::as_str)
    }

    /// The code lists, by name.
    #[must_use]
    pub fn codelists(&self) -> &BTreeMap<String, Arc<CodeList>> {
        &self.codelists
    }

    /// The texts of the rules, by code.
    #[must_use]
    pub fn rules(&self) -> &BTreeMap<String, RuleText> {
        &self.rules
    }

    /// Whether a RetourCode leaves its class accepted.
    #[must_use]
    pub fn accepts_code(&self, code: &str) -> bool {
        self.retour_codes()
            .any(|known| known.code == code && known.property("accepts").is_some())
    }

    /// The RetourCode with a property, as in `technical`.
    #[must_use]
    pub fn retour_code(&self, property: &str) -> Option<&str> {
        self.retour_codes()
            .find(|known| known.property(property).is_some())
            .map(|known| known.code.as_str())
    }

    /// The RetourCodes: the codes of the list in which some have the property `retour`.
    pub fn retour_codes(&self) -> impl Iterator<Item = &Code> {
        self.codelists
            .values()
            .filter(|list| list.codes.iter().any(|code| code.property("retour").is_some()))
            .flat_map(|list| &list.codes)
    }

    /// The properties of codes that rules may ask for.
    #[must_use]
    pub fn code_properties(&self) -> &[String] {
        &self.code_properties
    }

    /// The flat form: what this release says without the releases that it extends.
    #[must_use]
    pub fn flat(&self) -> &[FlatFile] {
        &self.flat
    }

    /// Whether a field of a concept can hold a value in a message.
    ///
    /// A field that the message does not have holds nothing.
    #[must_use]
    pub fn accepts(&self, message: &MessageType, concept: &str, field: &str, value: &str) -> bool {
        let fields = self.fields(message, concept);
        let Some(element) = fields.get(field).map(|id| message.element(*id)) else {
            return false;
        };
        match element.content {
            Content::Class(_) => false,
            Content::Value(datatype) => self.datatypes[datatype].accepts(value, &element.facets),
        }
    }

    /// The class that a concept stands for in a message.
    #[must_use]
    pub fn class_of(&self, message: &MessageType, concept: &str) -> Option<ElementId> {
        let index = self
            .messages
            .iter()
            .position(|known| known.number == message.number)?;
        Some(self.concepts.get(concept)?.get(&index)?.class)
    }

    /// The code with a property in the list of the datatype of a concept's field.
    #[must_use]
    pub fn code_of(&self, message: &MessageType, concept: &str, field: &str, property: &str) -> Option<&str> {
        let list = self.codelist_of(message, concept, field)?;
        let found = list.codes.iter().find(|code| code.property(property).is_some())?;
        Some(&found.code)
    }

    /// The code list that the values of a concept's field come from.
    #[must_use]
    pub fn codelist_of(&self, message: &MessageType, concept: &str, field: &str) -> Option<&CodeList> {
        let element = *self.fields(message, concept).get(field)?;
        let Content::Value(datatype) = message.element(element).content else {
            return None;
        };
        self.datatypes[datatype].codelist.as_deref()
    }

    /// The names of the concepts that the release binds to elements.
    pub fn concepts(&self) -> impl Iterator<Item = &str> {
        self.concepts.keys().map(String::as_str)
    }

    /// The fields of a concept in a message, with the element of each.
    #[must_use]
    pub fn fields(&self, message: &MessageType, concept: &str) -> BTreeMap<String, ElementId> {
        let index = self
            .messages
            .iter()
            .position(|known| known.number == message.number);
        let bindings = self.concepts.get(concept);
        index
            .zip(bindings)
            .and_then(|(index, bindings)| bindings.get(&index))
            .map(|binding| binding.fields.clone())
            .unwrap_or_default()
    }
}

impl MessageType {
    /// Every element by path, the root first.
    #[must_use]
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The declaration of an element.
    #[must_use]
    pub fn element(&self, id: ElementId) -> &Element {
        &self.elements[id.index()]
    }

    /// The children that a class declares, in order.
    pub fn children(&self, id: ElementId) -> impl DoubleEndedIterator<Item = ElementId> + Clone + use<> {
        let range = match &self.element(id).content {
            Content::Class(range) => range.clone(),
            Content::Value(_) => 0..0,
        };
        range.map(ElementId)
    }

    /// The child of that name.
    #[must_use]
    pub fn child(&self, id: ElementId, name: &str) -> Option<ElementId> {
        self.children(id)
            .find(|child| *self.element(*child).name == *name)
    }

    /// The place of an element by its position in [`Self::elements`].
    #[must_use]
    pub fn find_index(&self, index: usize) -> Option<ElementId> {
        u16::try_from(index)
            .ok()
            .filter(|_| index < self.elements.len())
            .map(ElementId)
    }

    /// The element at a path of names from the root's children, as in `Client/Bsn`; the empty path is the root.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<ElementId> {
        self.find_below(ElementId::ROOT, path)
    }

    /// The element at a path of names below an element.
    #[must_use]
    pub fn find_below(&self, from: ElementId, path: &str) -> Option<ElementId> {
        path.split('/')
            .filter(|name| !name.is_empty())
            .try_fold(from, |id, name| self.child(id, name))
    }

    /// Whether what the release says at a path is inferred or assumed: `/Bericht/Client[2]/Bsn`, as a finding has it.
    ///
    /// For what is not of the message, what the release says of the element around it.
    pub(crate) fn is_assumed(&self, path: &str) -> bool {
        let names = path.split('/').filter(|name| !name.is_empty()).skip(1);
        let mut at = ElementId::ROOT;
        for name in names {
            let name = name.split('[').next().unwrap_or_default();
            match self.child(at, name) {
                Some(child) => at = child,
                None => break,
            }
        }
        !path.is_empty() && self.element(at).is_assumed
    }

    /// The elements from the root down to this one, both included.
    #[must_use]
    pub fn line_of_descent(&self, id: ElementId) -> Vec<ElementId> {
        let mut line = vec![id];
        let mut current = id;
        while current != ElementId::ROOT {
            current = self.element(current).parent;
            line.push(current);
        }
        line.reverse();
        line
    }

    /// How many elements an element stands within.
    #[must_use]
    pub fn depth_of(&self, id: ElementId) -> usize {
        let mut depth = 0;
        let mut current = id;
        while current != ElementId::ROOT {
            current = self.element(current).parent;
            depth += 1;
        }
        depth
    }

    /// The elements on the way to an element, from below the one at a depth down to itself.
    pub fn steps_below(&self, id: ElementId, depth: usize) -> impl Iterator<Item = ElementId> + '_ {
        let length = self.depth_of(id).saturating_sub(depth);
        (0..length).rev().map(move |above| {
            let mut step = id;
            for _ in 0..above {
                step = self.element(step).parent;
            }
            step
        })
    }

    /// The path of an element, as in `/Bericht/Client/Bsn`.
    #[must_use]
    pub fn path(&self, id: ElementId) -> String {
        self.line_of_descent(id)
            .into_iter()
            .fold(String::new(), |path, step| path + "/" + &self.element(step).name)
    }
}
