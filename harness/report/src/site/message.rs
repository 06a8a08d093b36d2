//! The page of a message: its tree of elements, each with how often it stands, its type, its limits and its rules.
//!
//! The tree is told from the top, each element with how many it closes, so that no template calls itself. Tests:
//! `tests/it/site.rs`.

use std::collections::BTreeSet;

use kp_model::{Content, ElementId, MessageType, Release, Space};
use serde::Serialize;

use super::address::{Addresses, TYPES};
use super::linked::Part;
use super::places::Places;
use super::wording;

/// What stands open when the page is: the message and the classes within it.
const DEPTH_OPEN: usize = 1;

#[derive(Debug, Serialize)]
pub(super) struct MessagePage {
    name: String,
    title: String,
    number: String,
    kind: &'static str,
    direction: &'static str,
    berichtcode: String,
    namespace: String,
    answered_by: Option<Part>,
    answers: Option<Part>,
    repeats: Option<String>,
    element_count: String,
    elements: Vec<ElementRow>,
    rules: Vec<RuleLink>,
    has_assumed: bool,
}

#[derive(Debug, Serialize)]
struct ElementRow {
    anchor: String,
    name: String,
    path: String,
    cardinality: String,
    is_optional: bool,
    is_repeated: bool,
    is_class: bool,
    is_open: bool,
    is_assumed: bool,
    /// What its value is, in a few words.
    short: String,
    base: Option<&'static str>,
    type_name: Part,
    list: Option<Part>,
    of_basis: bool,
    limits: Vec<LimitRow>,
    key: Vec<Part>,
    rules: Vec<Part>,
    named: Vec<Part>,
    /// How many elements end with this one; of a class none, as it ends with its last element.
    closes: usize,
}

/// A limit, with the rules that it comes from.
#[derive(Debug, Serialize)]
pub(super) struct LimitRow {
    text: String,
    code: Option<String>,
    rules: Vec<Part>,
}

/// A rule with its sentence.
#[derive(Debug, Serialize)]
pub(super) struct RuleLink {
    pub(super) code: String,
    pub(super) href: String,
    pub(super) sentence: String,
    pub(super) is_judged: bool,
}

/// A rule as a link, if the release has it; a scenario may rest on a code list instead.
pub(super) fn rule_part(code: &str, addresses: &Addresses) -> Part {
    Part::perhaps(code, addresses.word(code))
}

/// A rule with its sentence, if the release has it.
pub(super) fn rule_link(code: &str, release: &Release, addresses: &Addresses) -> Option<RuleLink> {
    let text = release.rules().get(code)?;
    Some(RuleLink {
        code: code.to_owned(),
        href: addresses.rules.get(code)?.clone(),
        sentence: text.nl.clone(),
        is_judged: !matches!(text.judged, kp_model::JudgedBy::Nothing(_)),
    })
}

/// Limits as rows.
pub(super) fn limit_rows<'a>(
    facets: impl IntoIterator<Item = &'a kp_model::Facet>,
    addresses: &Addresses,
) -> Vec<LimitRow> {
    let told = wording::facets(facets);
    told.into_iter()
        .map(|words| LimitRow {
            text: words.text,
            code: words.code,
            rules: words
                .rules
                .iter()
                .map(|rule| rule_part(rule, addresses))
                .collect(),
        })
        .collect()
}

/// The page of the message at a position.
pub(super) fn page(release: &Release, addresses: &Addresses, places: &Places, index: usize) -> MessagePage {
    let message = &release.messages()[index];
    let other = |number: &Option<String>| {
        let (name, href) = addresses.message(release, number.as_deref()?)?;
        Some(Part::link(name, href))
    };
    let rules: BTreeSet<&String> = super::places::ids(message)
        .filter_map(|id| places.on.get(&(index, id)))
        .flatten()
        .collect();
    MessagePage {
        name: message.name.clone(),
        title: message.title.clone(),
        number: message.number.clone(),
        kind: wording::message_kind(message.kind),
        direction: wording::direction(message.direction),
        berichtcode: message.berichtcode.clone(),
        namespace: message.namespace.uri.clone(),
        answered_by: other(&message.answered_by),
        answers: other(&message.answers),
        repeats: message.repeats.as_ref().map(|repeats| repeats.concept.clone()),
        element_count: wording::count(message.elements().len(), "element", "elementen"),
        elements: rows(release, addresses, places, index),
        rules: rules
            .into_iter()
            .filter_map(|code| rule_link(code, release, addresses))
            .collect(),
        has_assumed: message.elements().iter().any(|element| element.is_assumed),
    }
}

fn rows(release: &Release, addresses: &Addresses, places: &Places, index: usize) -> Vec<ElementRow> {
    let message = &release.messages()[index];
    let mut rows: Vec<ElementRow> = Vec::new();
    let mut open = vec![(ElementId::ROOT, 0)];
    let mut deepest = 0;
    while let Some((id, depth)) = open.pop() {
        // What comes next on a higher level ends what stands before it.
        if let Some(before) = rows.last_mut() {
            before.closes = (deepest + 1_usize).saturating_sub(depth);
        }
        rows.push(row(release, addresses, places, (index, id), depth));
        deepest = depth;
        open.extend(message.children(id).rev().map(|child| (child, depth + 1)));
    }
    if let Some(last) = rows.last_mut() {
        last.closes = deepest + 1;
    }
    rows
}

fn row(
    release: &Release,
    addresses: &Addresses,
    places: &Places,
    (index, id): (usize, ElementId),
    depth: usize,
) -> ElementRow {
    let message: &MessageType = &release.messages()[index];
    let element = message.element(id);
    let datatype = match element.content {
        Content::Value(datatype) => release.datatypes().get(datatype).map(|known| (datatype, known)),
        Content::Class(_) => None,
    };
    let own = element.facets.iter();
    let of_type = datatype.into_iter().flat_map(|(_, known)| &known.facets);
    let list = datatype.and_then(|(_, known)| known.codelist.as_deref());
    let limits = limit_rows(own.chain(of_type), addresses);
    let short = match (element.facets.iter().find_map(fixed), list, datatype) {
        (Some(value), _, _) => format!("altijd {value}"),
        (None, Some(list), _) => format!("code uit {}", list.name),
        (None, None, Some((_, known))) => wording::base(known.base).to_owned(),
        (None, None, None) => {
            let children = message.children(id).count();
            wording::count(children, "element", "elementen")
        }
    };
    let on = places.on.get(&(index, id)).into_iter().flatten();
    ElementRow {
        anchor: addresses.elements[index][id.index()].clone(),
        name: element.name.to_string(),
        path: message.path(id),
        cardinality: wording::cardinality(element.min, element.max),
        is_optional: element.min == 0,
        is_repeated: element.max > 1,
        is_class: matches!(element.content, Content::Class(_)),
        is_open: depth <= DEPTH_OPEN && matches!(element.content, Content::Class(_)),
        is_assumed: element.is_assumed,
        short,
        base: datatype.map(|(_, known)| wording::base(known.base)),
        type_name: Part::perhaps(
            element.type_name.to_string(),
            datatype.map(|(place, _)| format!("{TYPES}#{}", addresses.datatypes[place])),
        ),
        list: list.map(|list| Part::perhaps(list.name.clone(), addresses.lists.get(&list.name).cloned())),
        of_basis: element.space == Space::Basis,
        limits,
        key: element
            .key
            .iter()
            .map(|part| {
                let path = message.path(*part);
                let below = path.strip_prefix(&(message.path(id) + "/")).unwrap_or(&path);
                Part::link(below, format!("#{}", addresses.elements[index][part.index()]))
            })
            .collect(),
        rules: on.map(|code| rule_part(code, addresses)).collect(),
        named: places
            .only_named((index, id))
            .map(|code| rule_part(code, addresses))
            .collect(),
        closes: 0,
    }
}

fn fixed(facet: &kp_model::Facet) -> Option<&str> {
    match &facet.limit {
        kp_model::Limit::Fixed(value) => Some(value),
        kp_model::Limit::MinLength(_)
        | kp_model::Limit::MaxLength(_)
        | kp_model::Limit::Min(_)
        | kp_model::Limit::Max(_)
        | kp_model::Limit::Pattern(_)
        | kp_model::Limit::Enumeration(_) => None,
    }
}
