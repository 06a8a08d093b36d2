//! What the search of a release looks through: a script of its own, as a page from disk may fetch no file.
//!
//! The search itself is `templates/site/site.js`. Tests: `tests/it/site.rs`.

use kp_model::Content;

use super::address::{Addresses, FOUND, SCENARIOS, TYPES};
use super::content::{SiteFile, SiteRelease};
use super::places::ids;
use crate::{error::ReportError, style::visible};

const FILE: &str = "zoekindex.js";

/// The sorts of things that are found, in the order in which equal ones are shown.
const SORTS: [&str; 8] = [
    "bericht",
    "regel",
    "element",
    "codelijst",
    "code",
    "datatype",
    "scenario",
    "erratum",
];

/// The index of a release.
pub(super) fn index(site: &SiteRelease<'_>, addresses: &Addresses) -> Result<SiteFile, ReportError> {
    let release = site.release;
    // Sort, name, what is said of it, address.
    let mut entries: Vec<(usize, String, String, String)> = Vec::new();
    let mut add = |sort: &str, name: &str, text: &str, href: String| {
        let sort = SORTS.iter().position(|known| *known == sort).unwrap_or_default();
        entries.push((sort, visible(name).into_owned(), visible(text).into_owned(), href));
    };
    for (index, message) in release.messages().iter().enumerate() {
        add(
            "bericht",
            &message.name,
            &message.title,
            addresses.messages[index].clone(),
        );
    }
    for (code, rule) in release.rules() {
        let mut text = rule.nl.clone();
        let mut sources = site.judging.rules.iter();
        let source = sources.find(|source| source.code.value == *code);
        if let Some(given) = source.and_then(|source| source.retourcode.as_ref()) {
            text.push_str(" · RetourCode ");
            text.push_str(&given.value);
        }
        add("regel", code, &text, addresses.rules[code].clone());
    }
    for (index, message) in release.messages().iter().enumerate() {
        for id in ids(message) {
            let element = message.element(id);
            let sort = match element.content {
                Content::Class(_) => String::new(),
                Content::Value(_) => format!(" · {}", element.type_name),
            };
            let text = format!("{} {}{sort}", message.name, message.path(id));
            add("element", &element.name, &text, addresses.element(index, id));
        }
    }
    for (name, list) in release.codelists() {
        let types = release.datatypes().iter();
        let types = types.filter(|datatype| {
            datatype
                .codelist
                .as_ref()
                .is_some_and(|known| known.name == *name)
        });
        let types: Vec<&str> = types.map(|datatype| &*datatype.name).collect();
        add(
            "codelijst",
            name,
            &types.join(", "),
            addresses.lists[name].clone(),
        );
        for code in &list.codes {
            let label = if code.label.is_empty() {
                &code.meaning
            } else {
                &code.label
            };
            let href = addresses.code(release, name, &code.code);
            add(
                "code",
                &code.code,
                &format!("{name} · {label}"),
                href.unwrap_or_default(),
            );
        }
    }
    for (index, datatype) in release.datatypes().iter().enumerate() {
        let href = format!("{TYPES}#{}", addresses.datatypes[index]);
        add(
            "datatype",
            &datatype.name,
            super::wording::base(datatype.base),
            href,
        );
    }
    for (scenario, anchor) in site.scenarios.iter().zip(&addresses.scenarios) {
        add(
            "scenario",
            &scenario.id,
            &scenario.title,
            format!("{SCENARIOS}#{anchor}"),
        );
    }
    for (erratum, anchor) in site.found.errata.iter().zip(&addresses.errata) {
        add(
            "erratum",
            &erratum.name,
            &erratum.what,
            format!("{FOUND}#{anchor}"),
        );
    }
    let mut text = String::from("\"use strict\";\nvar ketenproefIndex = {\"soorten\": ");
    text.push_str(&serde_json::to_string(&SORTS)?);
    text.push_str(", \"dingen\": [");
    for (number, entry) in entries.iter().enumerate() {
        text.push_str(if number == 0 { "\n" } else { ",\n" });
        text.push_str(&serde_json::to_string(entry)?);
    }
    text.push_str("\n]};\n");
    Ok(SiteFile {
        path: FILE.to_owned(),
        bytes: text.into_bytes(),
    })
}
