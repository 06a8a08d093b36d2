//! The pages of code lists, datatypes, and the views and facts that expressions look up.
//!
//! Tests: `tests/it/site.rs`.

use std::collections::BTreeMap;

use kp_model::{CodeList, Expression, Release, SimpleType};
use serde::Serialize;

use super::address::{Addresses, LISTS, TYPES, position};
use super::content::SiteRelease;
use super::linked::{Part, expression, words};
use super::message::{LimitRow, limit_rows, rule_part};
use super::places::Places;
use super::wording;

#[derive(Debug, Serialize)]
pub(super) struct ListPage {
    name: String,
    is_partial: bool,
    count: String,
    types: Vec<Part>,
    used: Vec<Use>,
    codes: Vec<CodeRow>,
    has_validity: bool,
    has_properties: bool,
    has_notes: bool,
    has_rules: bool,
}

/// The elements of one message that use something.
#[derive(Debug, Serialize)]
struct Use {
    message: Part,
    elements: Vec<Part>,
}

#[derive(Debug, Serialize)]
struct CodeRow {
    anchor: String,
    code: String,
    label: String,
    /// What it means, in English, where there is no Dutch label.
    meaning: Option<String>,
    from: String,
    to: String,
    note: Vec<Part>,
    properties: Vec<String>,
    rules: Vec<Part>,
}

/// A line of the page that names the code lists.
#[derive(Debug, Serialize)]
pub(super) struct ListLink {
    name: String,
    href: String,
    count: String,
    is_partial: bool,
    types: Vec<Part>,
}

/// The datatypes whose values come from a list.
fn types_of<'a>(release: &'a Release, list: &'a CodeList) -> impl Iterator<Item = (usize, &'a SimpleType)> {
    let datatypes = release.datatypes().iter().enumerate();
    datatypes.filter(|(_, datatype)| {
        datatype
            .codelist
            .as_ref()
            .is_some_and(|known| known.name == list.name)
    })
}

fn type_parts(release: &Release, addresses: &Addresses, list: &CodeList) -> Vec<Part> {
    types_of(release, list)
        .map(|(index, datatype)| {
            Part::link(
                datatype.name.to_string(),
                format!("{TYPES}#{}", addresses.datatypes[index]),
            )
        })
        .collect()
}

fn used(
    release: &Release,
    addresses: &Addresses,
    places: &Places,
    types: impl Iterator<Item = usize>,
) -> Vec<Use> {
    let mut groups: BTreeMap<usize, Vec<Part>> = BTreeMap::new();
    for (index, id) in types.filter_map(|index| places.of_type.get(&index)).flatten() {
        let path = release.messages()[*index].path(*id);
        let part = Part::link(path, addresses.element(*index, *id));
        groups.entry(*index).or_default().push(part);
    }
    groups
        .into_iter()
        .map(|(index, elements)| Use {
            message: Part::link(
                release.messages()[index].name.clone(),
                addresses.messages[index].clone(),
            ),
            elements,
        })
        .collect()
}

/// The code lists, in short.
pub(super) fn links(release: &Release, addresses: &Addresses) -> Vec<ListLink> {
    let lists = release.codelists().iter();
    lists
        .map(|(name, list)| ListLink {
            name: name.clone(),
            href: addresses.lists[name].clone(),
            count: wording::count(list.codes.len(), "code", "codes"),
            is_partial: list.is_partial,
            types: type_parts(release, addresses, list),
        })
        .collect()
}

/// The page of a code list.
pub(super) fn list(
    site: &SiteRelease<'_>,
    addresses: &Addresses,
    places: &Places,
    list: &CodeList,
) -> ListPage {
    let release = site.release;
    let here = addresses.lists.get(&list.name).map_or(LISTS, String::as_str);
    let is_of_retour = list.codes.iter().any(|code| code.property("retour").is_some());
    let mut given: BTreeMap<&str, Vec<Part>> = BTreeMap::new();
    for rule in site.judging.rules.iter().filter(|_| is_of_retour) {
        let of_bindings = rule
            .bindings
            .iter()
            .filter_map(|binding| binding.retourcode.as_ref());
        let mut codes: Vec<&str> = of_bindings
            .chain(&rule.retourcode)
            .map(|code| code.value.as_str())
            .collect();
        codes.sort_unstable();
        codes.dedup();
        for code in codes {
            given
                .entry(code)
                .or_default()
                .push(rule_part(&rule.code.value, addresses));
        }
    }
    let anchors = addresses.codes.get(&list.name).into_iter().flatten();
    let codes: Vec<CodeRow> = list
        .codes
        .iter()
        .zip(anchors)
        .map(|(code, anchor)| CodeRow {
            anchor: anchor.clone(),
            code: code.code.clone(),
            label: code.label.clone(),
            meaning: (code.label.is_empty() && !code.meaning.is_empty()).then(|| code.meaning.clone()),
            from: wording::day(&code.valid_from),
            to: wording::day(&code.valid_to),
            note: words(&code.note, addresses, here),
            properties: code
                .properties
                .iter()
                .map(|(name, value)| {
                    if value.is_empty() {
                        name.clone()
                    } else {
                        format!("{name} = {value}")
                    }
                })
                .collect(),
            rules: given.get(code.code.as_str()).cloned().unwrap_or_default(),
        })
        .collect();
    ListPage {
        name: list.name.clone(),
        is_partial: list.is_partial,
        count: wording::count(list.codes.len(), "code", "codes"),
        types: type_parts(release, addresses, list),
        used: used(
            release,
            addresses,
            places,
            types_of(release, list).map(|(index, _)| index),
        ),
        has_validity: codes
            .iter()
            .any(|code| !code.from.is_empty() || !code.to.is_empty()),
        has_properties: codes.iter().any(|code| !code.properties.is_empty()),
        has_notes: codes.iter().any(|code| !code.note.is_empty()),
        has_rules: codes.iter().any(|code| !code.rules.is_empty()),
        codes,
    }
}

#[derive(Debug, Serialize)]
pub(super) struct TypeRow {
    anchor: String,
    name: String,
    base: &'static str,
    lexical_rule: Option<Part>,
    limits: Vec<LimitRow>,
    list: Option<Part>,
    used: Vec<Use>,
    use_count: String,
}

/// The datatypes, all on one page.
pub(super) fn types(release: &Release, addresses: &Addresses, places: &Places) -> Vec<TypeRow> {
    let datatypes = release.datatypes().iter().enumerate();
    datatypes
        .map(|(index, datatype)| TypeRow {
            anchor: addresses.datatypes[index].clone(),
            name: datatype.name.to_string(),
            base: wording::base(datatype.base),
            lexical_rule: datatype
                .lexical_rule
                .as_ref()
                .map(|rule| rule_part(rule, addresses)),
            limits: limit_rows(&datatype.facets, addresses),
            list: datatype
                .codelist
                .as_ref()
                .map(|list| Part::perhaps(list.name.clone(), addresses.lists.get(&list.name).cloned())),
            used: used(release, addresses, places, std::iter::once(index)),
            use_count: wording::count(
                places.of_type.get(&index).map_or(0, Vec::len),
                "element",
                "elementen",
            ),
        })
        .collect()
}

#[derive(Debug, Serialize)]
pub(super) struct ViewsPage {
    views: Vec<ViewRow>,
    facts: Vec<FactRow>,
}

#[derive(Debug, Serialize)]
struct ViewRow {
    anchor: String,
    name: String,
    of: Option<Part>,
    filter: Option<Vec<Part>>,
    key: Vec<String>,
    sources: Vec<SourceRow>,
    rules: Vec<Part>,
}

#[derive(Debug, Serialize)]
struct SourceRow {
    messages: Vec<Part>,
    class: Part,
    filter: Option<Vec<Part>>,
    columns: Vec<(String, Vec<Part>)>,
}

#[derive(Debug, Serialize)]
struct FactRow {
    anchor: String,
    name: String,
    what: String,
    is_open: bool,
    list: Option<Part>,
    columns: Vec<(String, Part)>,
    rules: Vec<Part>,
}

/// What rules look up, all on one page.
pub(super) fn views(site: &SiteRelease<'_>, addresses: &Addresses) -> ViewsPage {
    let (release, judging) = (site.release, site.judging);
    // A name that a view and a kind of fact share is told once.
    let mut told = std::collections::BTreeSet::new();
    let mut is_first = move |name: &str| told.insert(name.to_owned());
    let asked = asked_by(site);
    let rules = |name: &str| -> Vec<Part> {
        let codes = asked.get(name).into_iter().flatten();
        codes.map(|code| rule_part(code, addresses)).collect()
    };
    let views = judging.views.iter().filter(|view| is_first(&view.name.value));
    let views = views.map(|view| ViewRow {
        anchor: addresses.views[&view.name.value].clone(),
        name: view.name.value.clone(),
        of: view
            .of
            .as_ref()
            .map(|of| Part::perhaps(of.value.clone(), addresses.view(&of.value))),
        filter: text(view.filter.as_ref(), release, addresses, None),
        key: view.key.iter().map(|key| key.value.clone()).collect(),
        sources: view
            .from
            .iter()
            .map(|from| {
                let first = from.messages.first();
                let over = first.and_then(|number| {
                    let index = position(release, &number.value)?;
                    Some((index, release.messages()[index].find(&from.class.value)?))
                });
                let messages = from.messages.iter();
                let messages = messages.map(|number| match addresses.message(release, &number.value) {
                    Some((name, href)) => Part::link(name, href),
                    None => Part::perhaps(number.value.clone(), None::<String>),
                });
                SourceRow {
                    messages: messages.collect(),
                    class: Part::perhaps(
                        from.class.value.clone(),
                        over.map(|(index, id)| addresses.element(index, id)),
                    ),
                    filter: text(from.filter.as_ref(), release, addresses, over),
                    columns: from
                        .columns
                        .iter()
                        .map(|(name, value)| {
                            (
                                name.value.clone(),
                                expression(&value.text, release, addresses, over),
                            )
                        })
                        .collect(),
                }
            })
            .collect(),
        rules: rules(&view.name.value),
    });
    let views = views.collect();
    let facts = judging.facts.iter().filter(|fact| is_first(&fact.name.value));
    let facts = facts.map(|fact| FactRow {
        anchor: addresses.views[&fact.name.value].clone(),
        name: fact.name.value.clone(),
        what: fact.nl.value.clone(),
        is_open: fact.open,
        list: fact.list.as_ref().map(|list| {
            let name = &list.name.value;
            Part::perhaps(name.clone(), addresses.lists.get(name).cloned())
        }),
        columns: fact
            .columns
            .iter()
            .map(|(name, datatype)| {
                let mut known = release.datatypes().iter();
                let index = known.position(|known| *known.name == *datatype.value);
                let href = index.map(|index| format!("{TYPES}#{}", addresses.datatypes[index]));
                (name.value.clone(), Part::perhaps(datatype.value.clone(), href))
            })
            .collect(),
        rules: rules(&fact.name.value),
    });
    ViewsPage {
        views,
        facts: facts.collect(),
    }
}

fn text(
    written: Option<&Expression>,
    release: &Release,
    addresses: &Addresses,
    over: Option<(usize, kp_model::ElementId)>,
) -> Option<Vec<Part>> {
    written.map(|written| expression(&written.text, release, addresses, over))
}

/// The rules that name each view or kind of fact.
fn asked_by<'a>(site: &'a SiteRelease<'_>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut asked: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for rule in &site.judging.rules {
        let of_bindings = rule
            .bindings
            .iter()
            .flat_map(|binding| [&binding.when, &binding.assert]);
        let of_terms = rule.termijnen.iter().flat_map(|term| [&term.when, &term.from]);
        let expressions = of_bindings.chain(of_terms).flatten();
        let pieces = expressions.flat_map(|expression| super::places::pieces(&expression.text));
        let mut names: Vec<&str> = pieces
            .filter(|piece| matches!(piece, super::places::Piece::Name(_)))
            .map(super::places::Piece::text)
            .collect();
        names.extend(
            rule.bindings
                .iter()
                .filter_map(|binding| binding.view.as_ref())
                .map(|view| view.value.as_str()),
        );
        names.extend(
            rule.termijnen
                .iter()
                .filter_map(|term| term.fact.as_ref())
                .map(|fact| fact.value.as_str()),
        );
        names.sort_unstable();
        names.dedup();
        for name in names {
            asked.entry(name).or_default().push(&rule.code.value);
        }
    }
    asked
}
