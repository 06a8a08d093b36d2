//! The facts that features call by name: parties, persons, products, Toewijzingen.
//!
//! `features/testdata.toml` holds them, in the fields of the release's concepts. What a fact looks like in a message is
//! the release's business; which facts a scenario has of its own is decided in `partition.rs`. Tests: below and in
//! `tests/it`.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;
use kp_model::Facts;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::twins::Twins;

/// The concept of a person.
pub(crate) const CLIENT: &str = "Client";
/// The concept of what is allocated.
pub(crate) const TOEWIJZING: &str = "Toewijzing";

/// The facts of all names.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Testdata {
    pub(crate) partities: Partities,
    defaults: Defaults,
    pub(crate) gemeente: BTreeMap<String, Gemeente>,
    pub(crate) aanbieder: BTreeMap<String, Aanbieder>,
    pub(crate) client: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) product: BTreeMap<String, Product>,
    pub(crate) toewijzing: BTreeMap<String, Toewijzing>,
    pub(crate) verzoek: BTreeMap<String, Verzoek>,
    /// What the wetten have for each other; none when no scenario has a twin.
    pub(crate) tweelingen: Option<Twins>,
}

/// What scenarios are divided over.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Partities {
    /// The codes of the gemeenten.
    pub(crate) gemeenten: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Defaults {
    client: BTreeMap<String, String>,
    /// What a user says of every person, in the words of the catalogue of acts.
    persoon: BTreeMap<String, String>,
    contact: BTreeMap<String, String>,
    /// By family of releases, where that family asks for one.
    relatie: BTreeMap<String, BTreeMap<String, String>>,
    toewijzing: BTreeMap<String, String>,
    verzending: Verzending,
}

/// When a Toewijzing is first sent, and with it decided.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Verzending {
    datum: Date,
    voor_toewijzingen_vanaf: Date,
    anders_dagen_vooraf: u16,
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

/// A product of the contracts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Product {
    /// The wet, as the family of its releases.
    pub(crate) wet: String,
    /// In cents for each unit; none when the unit is money.
    pub(crate) tarief: Option<String>,
    pub(crate) facts: BTreeMap<String, String>,
}

/// A Toewijzing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Toewijzing {
    /// The wet, as the family of its releases.
    pub(crate) wet: String,
    pub(crate) client: String,
    /// None when it leaves the product open, or all but its categorie.
    pub(crate) product: Option<String>,
    pub(crate) facts: BTreeMap<String, String>,
}

/// What a user asks a gemeente for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verzoek {
    /// The wet, as the family of its releases.
    pub(crate) wet: String,
    pub(crate) client: String,
    /// What is to change in Toewijzingen, by their names; none in a request to allocate.
    #[serde(default)]
    pub(crate) wijzigt: BTreeMap<String, Value>,
    /// The facts of the act.
    pub(crate) facts: Value,
}

/// A request with everything that its user says.
#[derive(Clone, Debug)]
pub(crate) struct VerzoekCase {
    /// The family of the release that it is written in.
    pub(crate) family: String,
    /// Whom it is about.
    pub(crate) bsn: String,
    /// Whether it asks to change what was allocated.
    pub(crate) is_change: bool,
    /// The act of the catalogue.
    pub(crate) act: &'static str,
    /// The facts of the act, but for the gemeente.
    pub(crate) facts: Value,
}

/// A Toewijzing with everything that its message says.
#[derive(Clone, Debug)]
pub(crate) struct ToewijzingCase {
    /// The family of the release that it is written in.
    pub(crate) family: String,
    /// Every concept of its message, in order; the header is made by who sends it.
    pub(crate) concepts: Vec<(String, Facts)>,
}

impl Testdata {
    /// Reads the facts.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| format!("testdata.toml: {error}"))
    }

    /// A Toewijzing by name, as it was first sent: the day on which it was decided is the day on which it is sent.
    pub(crate) fn toewijzing(&self, name: &str) -> Result<ToewijzingCase, String> {
        let case = find("toewijzing", &self.toewijzing, name)?;
        let client = find("client", &self.client, &case.client)?;
        let none = BTreeMap::new();
        let product = match &case.product {
            Some(name) => &find("product", &self.product, name)?.facts,
            None => &none,
        };
        let mut toewijzing = facts([&self.defaults.toewijzing, product, &case.facts]);
        if toewijzing.get("toewijzingsdatum").is_none() {
            let sent = self.defaults.verzending.of(&toewijzing)?;
            toewijzing.insert("toewijzingsdatum", sent.to_string());
        }
        let mut concepts = vec![
            (CLIENT.to_owned(), facts([&self.defaults.client, client])),
            ("Contact".to_owned(), facts([&self.defaults.contact])),
        ];
        if let Some(relatie) = self.defaults.relatie.get(&case.wet) {
            concepts.push(("Relatie".to_owned(), facts([relatie])));
        }
        concepts.push((TOEWIJZING.to_owned(), toewijzing));
        Ok(ToewijzingCase {
            family: case.wet.clone(),
            concepts,
        })
    }

    /// What messages say of a person by name.
    pub(crate) fn client_facts(&self, name: &str) -> Result<Facts, String> {
        let client = find("client", &self.client, name)?;
        Ok(facts([&self.defaults.client, client]))
    }

    /// A product by name.
    pub(crate) fn product(&self, name: &str) -> Result<&Product, String> {
        find("product", &self.product, name)
    }

    /// A person by name.
    pub(crate) fn client(&self, name: &str) -> Result<&BTreeMap<String, String>, String> {
        find("client", &self.client, name)
    }

    /// A request by name.
    pub(crate) fn verzoek(&self, name: &str) -> Result<VerzoekCase, String> {
        let verzoek = find("verzoek", &self.verzoek, name)?;
        let client = self.client(&verzoek.client)?;
        let bsn = client.get("bsn").cloned().unwrap_or_default();
        let mut facts = verzoek.facts.clone();
        let is_change = !verzoek.wijzigt.is_empty();
        let act = if is_change {
            facts["bsn"] = json!(bsn);
            let mut changes = Vec::new();
            for (toewijzing, change) in &verzoek.wijzigt {
                let mut change = change.clone();
                change["nummer"] = json!(self.toewijzing(toewijzing)?.nummer());
                changes.push(change);
            }
            facts["wijzigingen"] = Value::Array(changes);
            "verzoek-wijziging"
        } else {
            let mut person = json!(self.defaults.persoon);
            for field in ["bsn", "geboortedatum"] {
                person[field] = json!(client.get(field));
            }
            facts["client"] = person;
            "verzoek-toewijzing"
        };
        Ok(VerzoekCase {
            family: verzoek.wet.clone(),
            bsn,
            is_change,
            act,
            facts,
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

impl Verzending {
    /// The day on which a Toewijzing is first sent.
    fn of(&self, toewijzing: &Facts) -> Result<Date, String> {
        let begins: Date = toewijzing
            .get("ingangsdatum")
            .and_then(|date| date.parse().ok())
            .ok_or_else(|| "testdata.toml: a toewijzing has no ingangsdatum".to_owned())?;
        if begins >= self.voor_toewijzingen_vanaf {
            return Ok(self.datum);
        }
        let ahead = Span::new().days(self.anders_dagen_vooraf);
        begins.checked_sub(ahead).map_err(|error| error.to_string())
    }
}

impl ToewijzingCase {
    /// The number of the Toewijzing.
    pub(crate) fn nummer(&self) -> &str {
        self.fact(TOEWIJZING, "nummer").unwrap_or_default()
    }

    /// The burgerservicenummer of the person.
    pub(crate) fn bsn(&self) -> Option<&str> {
        self.client()?.get("bsn")
    }

    /// The facts of the person.
    pub(crate) fn client(&self) -> Option<&Facts> {
        let (_, client) = self.concepts.iter().find(|(name, _)| name == CLIENT)?;
        Some(client)
    }

    /// The same message with other facts: of a concept, a field, and its value or none.
    ///
    /// A concept that the message did not have is added to it, so that a scenario can say more than usual.
    pub(crate) fn changed(mut self, changes: &[(&str, &str, Option<&str>)]) -> Self {
        for (concept, field, value) in changes {
            let place = self.concepts.iter().position(|(name, _)| name == concept);
            let place = place.unwrap_or_else(|| {
                self.concepts.push(((*concept).to_owned(), Facts::default()));
                self.concepts.len() - 1
            });
            let facts = &mut self.concepts[place].1;
            let kept = facts.iter().filter(|(other, _)| other != field);
            *facts = kept.chain(value.map(|value| (*field, value))).collect();
        }
        self
    }

    /// The facts of a concept of the message, none when it has none.
    pub(crate) fn fact(&self, concept: &str, field: &str) -> Option<&str> {
        let (_, facts) = self.concepts.iter().find(|(name, _)| name == concept)?;
        facts.get(field)
    }

    /// The facts of the Toewijzing itself.
    pub(crate) fn toewijzing(&self) -> Facts {
        let found = self.concepts.iter().find(|(name, _)| name == TOEWIJZING);
        found.map(|(_, facts)| facts.clone()).unwrap_or_default()
    }

    /// The same message with the Toewijzing of another one added; both are of one person.
    pub(crate) fn with(mut self, other: &Self) -> Self {
        self.concepts.push((TOEWIJZING.to_owned(), other.toewijzing()));
        self
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
    use super::{TOEWIJZING, Testdata};
    use crate::features::Features;

    fn testdata() -> Testdata {
        Testdata::parse(Features::embedded().testdata()).expect("the embedded facts read")
    }

    #[test]
    fn every_toewijzing_of_the_embedded_features_is_whole() {
        let data = testdata();
        for name in data.toewijzing.keys() {
            let case = data.toewijzing(name).expect("its names are known");
            assert!(case.fact(TOEWIJZING, "ingangsdatum").is_some(), "{name}");
        }
        let unknown = data.toewijzing("T0").expect_err("no such name");
        assert!(
            unknown.contains("knows no toewijzing T0; known: ") && unknown.contains(" T1,"),
            "{unknown}"
        );
    }

    #[test]
    fn an_older_toewijzing_was_sent_two_weeks_before_it_begins() {
        let sent = |name: &str| {
            let case = testdata().toewijzing(name).expect("its names are known");
            case.fact(TOEWIJZING, "toewijzingsdatum").map(str::to_owned)
        };
        assert_eq!(sent("T1").as_deref(), Some("2025-12-15"));
        assert_eq!(sent("T7").as_deref(), Some("2025-04-28"));
    }

    #[test]
    fn a_changed_toewijzing_keeps_the_rest() {
        let case = testdata().toewijzing("T1").expect("a name of the testdata");
        let changed = case.clone().changed(&[
            ("Toewijzing", "einddatum", None),
            ("Toewijzing", "volume", Some("5")),
            ("Communicatie", "vorm", Some("1")),
        ]);
        assert_eq!(changed.fact(TOEWIJZING, "einddatum"), None);
        assert_eq!(changed.fact(TOEWIJZING, "volume"), Some("5"));
        assert_eq!(changed.fact("Communicatie", "vorm"), Some("1"));
        assert_eq!((changed.bsn(), changed.nummer()), (case.bsn(), case.nummer()));
    }
}
