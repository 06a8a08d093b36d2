//! The facts that features call by name: parties, persons, products, Toewijzingen.
//!
//! `features/testdata.toml` holds them, in the fields of the release's concepts. Names are bound to facts here, at run
//! time; what a fact looks like in a message is the release's business. Tests: below and in `tests/it`.

use std::collections::BTreeMap;

use kp_model::Facts;
use serde::Deserialize;

/// The facts of all names.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Testdata {
    defaults: Defaults,
    pub(crate) gemeente: BTreeMap<String, Gemeente>,
    pub(crate) aanbieder: BTreeMap<String, Aanbieder>,
    client: BTreeMap<String, BTreeMap<String, String>>,
    product: BTreeMap<String, BTreeMap<String, String>>,
    toewijzing: BTreeMap<String, Toewijzing>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Defaults {
    client: BTreeMap<String, String>,
    contact: BTreeMap<String, String>,
    /// By family of releases, where that family asks for one.
    relatie: BTreeMap<String, BTreeMap<String, String>>,
    toewijzing: BTreeMap<String, String>,
}

/// A gemeente.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gemeente {
    pub(crate) code: String,
}

/// An aanbieder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Aanbieder {
    pub(crate) code: String,
    pub(crate) rol: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Toewijzing {
    /// The wet, as the family of its releases.
    wet: String,
    client: String,
    product: String,
    facts: BTreeMap<String, String>,
}

/// A Toewijzing with everything that its message says.
#[derive(Clone, Debug)]
pub(crate) struct ToewijzingCase {
    /// The family of the release that it is written in.
    pub(crate) family: String,
    /// The facts of the Toewijzing itself.
    pub(crate) toewijzing: Facts,
    /// Every concept of its message, in order; the header is made by who sends it.
    pub(crate) concepts: Vec<(String, Facts)>,
}

impl Testdata {
    /// Reads the facts.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| format!("testdata.toml: {error}"))
    }

    /// A Toewijzing by name.
    pub(crate) fn toewijzing(&self, name: &str) -> Result<ToewijzingCase, String> {
        let case = find("toewijzing", &self.toewijzing, name)?;
        let client = find("client", &self.client, &case.client)?;
        let product = find("product", &self.product, &case.product)?;
        let toewijzing = facts([&self.defaults.toewijzing, product, &case.facts]);
        let mut concepts = vec![
            ("Client".to_owned(), facts([&self.defaults.client, client])),
            ("Contact".to_owned(), facts([&self.defaults.contact])),
        ];
        if let Some(relatie) = self.defaults.relatie.get(&case.wet) {
            concepts.push(("Relatie".to_owned(), facts([relatie])));
        }
        concepts.push(("Toewijzing".to_owned(), toewijzing.clone()));
        Ok(ToewijzingCase {
            family: case.wet.clone(),
            toewijzing,
            concepts,
        })
    }

    /// A gemeente by name.
    pub(crate) fn gemeente(&self, name: &str) -> Result<&Gemeente, String> {
        find("gemeente", &self.gemeente, name)
    }

    /// An aanbieder by name.
    pub(crate) fn aanbieder(&self, name: &str) -> Result<&Aanbieder, String> {
        find("aanbieder", &self.aanbieder, name)
    }
}

fn find<'a, T>(what: &str, known: &'a BTreeMap<String, T>, name: &str) -> Result<&'a T, String> {
    known.get(name).ok_or_else(|| {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        format!(
            "testdata.toml knows no {what} {name}; known: {}",
            names.join(", ")
        )
    })
}

fn facts<const N: usize>(layers: [&BTreeMap<String, String>; N]) -> Facts {
    layers
        .into_iter()
        .flatten()
        .map(|(field, value)| (field.as_str(), value.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Testdata;
    use crate::features::Features;

    #[test]
    fn every_toewijzing_of_the_embedded_features_is_whole() {
        let data = Testdata::parse(Features::embedded().testdata()).expect("the embedded facts read");
        for name in data.toewijzing.keys() {
            let case = data.toewijzing(name).expect("its names are known");
            assert!(case.toewijzing.get("ingangsdatum").is_some(), "{name}");
        }
        assert!(
            data.toewijzing("T0")
                .expect_err("no such name")
                .contains("known: T1")
        );
    }
}
