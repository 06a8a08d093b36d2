//! The page of what was published wrongly and what `lint` found, and which rules each of it is about.
//!
//! Tests: `tests/it/site.rs`.

use std::collections::BTreeSet;

use kp_model::{Place, Release};
use serde::Serialize;

use super::address::{Addresses, FOUND};
use super::content::{SiteErratum, SiteMatter, SitePair, SiteRelease};
use super::linked::{Part, rules_named, words};
use super::message::rule_part;
use super::wording;

#[derive(Debug, Serialize)]
pub(super) struct FoundPage {
    errata: Vec<Erratum>,
    matters: Vec<Matter>,
    pairs: Vec<Pair>,
    mutants: String,
    seed: u64,
}

#[derive(Debug, Serialize)]
struct Erratum {
    anchor: String,
    name: String,
    what: Vec<Part>,
    done: Vec<Part>,
    place: String,
    is_checked: bool,
}

#[derive(Debug, Serialize)]
struct Matter {
    anchor: String,
    weight: &'static str,
    kind: &'static str,
    what: Vec<Part>,
    todo: Vec<Part>,
    place: Option<String>,
    erratum: Option<Part>,
}

#[derive(Debug, Serialize)]
struct Pair {
    rule: Part,
    with: Part,
    broken: u32,
    together: u32,
    because: Option<String>,
}

pub(super) fn page(site: &SiteRelease<'_>, addresses: &Addresses) -> FoundPage {
    let found = &site.found;
    let errata = found.errata.iter().zip(&addresses.errata);
    let matters = found.matters.iter().enumerate();
    FoundPage {
        errata: errata
            .map(|(erratum, anchor)| Erratum {
                anchor: anchor.clone(),
                name: erratum.name.clone(),
                what: words(&erratum.what, addresses, FOUND),
                done: words(&erratum.done, addresses, FOUND),
                place: shown(&erratum.place),
                is_checked: erratum.is_checked,
            })
            .collect(),
        matters: matters
            .map(|(index, matter)| Matter {
                anchor: matter_anchor(index),
                weight: matter.weight,
                kind: matter.kind,
                what: words(&matter.what, addresses, FOUND),
                todo: words(&matter.todo, addresses, FOUND),
                place: matter.place.as_ref().map(shown),
                erratum: matter.erratum.as_ref().map(|name| {
                    let index = found.errata.iter().position(|erratum| erratum.name == *name);
                    Part::perhaps(
                        name.clone(),
                        index.map(|index| format!("#{}", addresses.errata[index])),
                    )
                }),
            })
            .collect(),
        pairs: found.pairs.iter().map(|pair| pair_row(pair, addresses)).collect(),
        mutants: wording::count(
            found.mutants as usize,
            "gevarieerd bericht",
            "gevarieerde berichten",
        ),
        seed: found.seed,
    }
}

fn pair_row(pair: &SitePair, addresses: &Addresses) -> Pair {
    Pair {
        rule: rule_part(&pair.rule, addresses),
        with: rule_part(&pair.with, addresses),
        broken: pair.broken,
        together: pair.together,
        because: pair.because.clone(),
    }
}

fn matter_anchor(index: usize) -> String {
    format!("bevinding-{}", index + 1)
}

fn shown(place: &Place) -> String {
    format!("{}:{}", place.file, place.line)
}

/// What was found, by the rules that it is about.
pub(super) fn by_rule(site: &SiteRelease<'_>, addresses: &Addresses) -> Vec<(String, Part)> {
    let mut found = Vec::new();
    for (erratum, anchor) in site.found.errata.iter().zip(&addresses.errata) {
        for rule in rules_of_erratum(site.release, erratum) {
            let told = format!("Erratum {}: {}", erratum.name, erratum.what);
            found.push((rule.to_owned(), Part::link(told, format!("{FOUND}#{anchor}"))));
        }
    }
    for (index, matter) in site.found.matters.iter().enumerate() {
        for rule in rules_of_matter(site.release, matter) {
            let told = format!("{}: {}", matter.weight, matter.what);
            found.push((
                rule.to_owned(),
                Part::link(told, format!("{FOUND}#{}", matter_anchor(index))),
            ));
        }
    }
    found
}

fn rules_of_erratum<'a>(release: &'a Release, erratum: &'a SiteErratum) -> BTreeSet<&'a str> {
    let texts = [&erratum.name, &erratum.what, &erratum.done];
    texts
        .into_iter()
        .flat_map(|text| rules_named(text, release))
        .collect()
}

fn rules_of_matter<'a>(release: &'a Release, matter: &'a SiteMatter) -> BTreeSet<&'a str> {
    let codes = matter.codes.iter().map(String::as_str);
    let codes = codes.filter(|code| release.rules().contains_key(*code));
    codes.chain(rules_named(&matter.what, release)).collect()
}
