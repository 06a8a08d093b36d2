//! Builds the simple datatypes: each facet applies to its base, each code list is there.
//!
//! Tests: `tests/it/release.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Collector, Flat, compile_pattern, find_rule, unknown};
use crate::datatype::{Base, Facet, Limit, Sample, SimpleType};
use crate::release::fault::Place;
use crate::release::raw::Ruled;
use crate::release::rules::RuleText;
use crate::release::table::At;
use crate::release::types::CodeList;

/// Builds the datatypes, by name.
pub(super) fn compile_datatypes(
    flat: &Flat,
    lists: &BTreeMap<String, Arc<CodeList>>,
    rules: &BTreeMap<String, RuleText>,
    faults: &Collector,
) -> BTreeMap<String, SimpleType> {
    let mut datatypes = BTreeMap::new();
    for simple in &flat.simples {
        let bases = [
            ("string", Base::String),
            ("integer", Base::Integer),
            ("date", Base::Date),
            ("time", Base::Time),
        ];
        let Some((_, base)) = bases.iter().find(|(name, _)| *name == simple.base.value) else {
            unknown("base", &simple.base, bases.iter().map(|(name, _)| *name), faults);
            continue;
        };
        let find_list = |name: &At<String>| {
            let list = lists.get(&name.value);
            if list.is_none() {
                unknown("code list", name, lists.keys().map(String::as_str), faults);
            }
            list.cloned()
        };
        let mut facets = Vec::new();
        let mut add = |limit: Limit, rule: &Option<At<String>>| {
            facets.push(Facet {
                limit,
                rule: find_rule(rule, rules, faults),
            })
        };
        let applies = |place: &Place, facet: &str, only: Base| {
            if *base != only {
                faults.add(
                    place,
                    format!("`{facet}` does not apply to the base `{}`", simple.base.value),
                    Some("leave it out, or change `base`".to_owned()),
                );
            }
        };
        let number = |facet: &Ruled<i64>| {
            u32::try_from(facet.value.value).unwrap_or_else(|_| {
                faults.add(&facet.value.place, "a length is not negative", None);
                0
            })
        };
        if let Some(facet) = &simple.min_length {
            applies(&facet.value.place, "min_length", Base::String);
            add(Limit::MinLength(number(facet)), &facet.rule);
        }
        if let Some(facet) = &simple.max_length {
            applies(&facet.value.place, "max_length", Base::String);
            add(Limit::MaxLength(number(facet)), &facet.rule);
        }
        if let (Some(min), Some(max)) = (&simple.min_length, &simple.max_length)
            && min.value.value > max.value.value
        {
            faults.add(
                &max.value.place,
                "the longest value is shorter than the shortest",
                Some("swap min_length and max_length".to_owned()),
            );
        }
        if let Some(facet) = &simple.min {
            applies(&facet.value.place, "min", Base::Integer);
            add(Limit::Min(facet.value.value), &facet.rule);
        }
        if let Some(facet) = &simple.max {
            applies(&facet.value.place, "max", Base::Integer);
            add(Limit::Max(facet.value.value), &facet.rule);
        }
        if let (Some(min), Some(max)) = (&simple.min, &simple.max)
            && min.value.value > max.value.value
        {
            faults.add(
                &max.value.place,
                "the largest value is smaller than the smallest",
                Some("swap min and max".to_owned()),
            );
        }
        if let Some(facet) = &simple.pattern
            && let Some(pattern) = compile_pattern(&facet.value, faults)
        {
            add(Limit::Pattern(pattern), &facet.rule);
        }
        let mut codelist = simple.codelist.as_ref().and_then(find_list);
        if let Some(enumeration) = &simple.enumeration {
            let mut codes: Vec<Box<str>> = enumeration
                .codes
                .iter()
                .map(|code| code.value.as_str().into())
                .collect();
            match (&enumeration.codelist, codes.is_empty()) {
                (Some(name), true) => {
                    codelist = find_list(name);
                    codes = codelist
                        .iter()
                        .flat_map(|list| list.codes.iter().map(|code| code.code.as_str().into()))
                        .collect();
                }
                (None, false) => {}
                (Some(_), false) | (None, true) => faults.add(
                    &simple.name.place,
                    format!(
                        "the enumeration of `{}` names a code list or its codes, one of both",
                        simple.name.value
                    ),
                    Some("write { codelist = \"NAME\" } or { codes = [\"…\"] }".to_owned()),
                ),
            }
            codes.sort();
            codes.dedup();
            add(Limit::Enumeration(codes.into()), &enumeration.rule);
        }
        let sample = simple
            .sample
            .as_ref()
            .and_then(|sample| match sample.value.as_str() {
                "test_bsn" => Some(Sample::TestBsn),
                _ => {
                    unknown("sample", sample, ["test_bsn"], faults);
                    None
                }
            });
        if sample == Some(Sample::TestBsn) && flat.head.test_bsn.is_none() {
            faults.add(
                &simple.name.place,
                "`sample = \"test_bsn\"` needs a range of test numbers",
                Some("add test_bsn = { from = …, to = … } to release.toml".to_owned()),
            );
        }
        let lexical_rule = find_rule(&simple.lexical_rule, rules, faults);
        datatypes.insert(
            simple.name.value.clone(),
            SimpleType {
                name: simple.name.value.as_str().into(),
                base: *base,
                facets,
                lexical_rule,
                codelist,
                sample,
            },
        );
    }
    for complex in &flat.complexes {
        if datatypes.contains_key(&complex.name.value) {
            faults.add(
                &complex.name.place,
                format!("`{}` is a simple datatype already", complex.name.value),
                Some("give one of both another name".to_owned()),
            );
        }
    }
    datatypes
}
