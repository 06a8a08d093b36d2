//! Facts that a release knows by itself: the codes of a list, with the days on which each is in force.
//!
//! What is wrong with them is told when the release loads. Tests: `tests/it/loading.rs`.

use std::collections::BTreeMap;

use kp_model::{Code, FactList, did_you_mean};

use super::views::{View, tell};
use crate::dossier::{Fact, row};
use crate::language::check::Shop;

/// Every fact that a code list of the release states.
pub(super) fn known_facts(shop: &Shop<'_>, views: &[View]) -> Vec<Fact> {
    let mut known = Vec::new();
    for source in &shop.judging.facts {
        let Some(list) = &source.list else { continue };
        let Some(view) = views
            .iter()
            .find(|view| view.is_fact && view.name == source.name.value)
        else {
            continue;
        };
        let lists = shop.release.codelists();
        let Some(codes) = lists.get(&list.name.value) else {
            let what = format!("there is no code list `{}`", list.name.value);
            let hint = did_you_mean(&list.name.value, lists.keys().map(String::as_str));
            tell(shop, &list.name, what, hint);
            continue;
        };
        for code in &codes.codes {
            let fact = Fact {
                kind: source.name.value.clone(),
                values: values(list, code),
            };
            match row(view, &fact) {
                Ok(_) => known.push(fact),
                Err(error) => {
                    let what = format!("`{}` of the code list `{}`: {error}", code.code, list.name.value);
                    tell(shop, &list.name, what, None);
                    break;
                }
            }
        }
    }
    known
}

/// The code and its days; a bound that is empty is none.
fn values(list: &FactList, code: &Code) -> BTreeMap<String, String> {
    [
        (&list.code, &code.code),
        (&list.valid_from, &code.valid_from),
        (&list.valid_to, &code.valid_to),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(column, value)| (column.value.clone(), value.clone()))
    .collect()
}
