//! What scenarios take for granted: the contracts, products, parties and persons that a system under test must know.
//!
//! It is the body of a reset and, over all scenarios, the testdata that a supplier loads beforehand. Facts are business
//! facts; how a product keeps them is its own business. Tests: `tests/it`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kp_model::Seed;
use kp_rules::Rulebook;
use serde::Serialize;
use serde_json::{Value, json};

use crate::error::RunnerError;
use crate::features::Features;
use crate::partition::Partitions;
use crate::scenario::{Run, SUT_NAME};
use crate::sut::Sut;
use crate::testdata::Testdata;

/// What a system under test must know before scenarios run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Beginning {
    /// The parties: who they are to the system under test.
    pub partijen: BTreeSet<Partij>,
    /// Which gemeente has a contract for which product.
    pub contracten: BTreeSet<Contract>,
    /// The products.
    pub productlijst: BTreeSet<Product>,
    /// The persons; they become known by messages too.
    pub personen: BTreeSet<Persoon>,
}

/// A party.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Partij {
    /// Its code: AGB or CBS.
    pub code: String,
    /// What it is, as in `gemeente`.
    pub soort: &'static str,
}

/// A contract for one product.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Contract {
    /// The code of the gemeente.
    pub gemeente: String,
    /// The code of the aanbieder.
    pub aanbieder: String,
    /// The standard, as in `ijw`.
    pub standaard: String,
    /// The categorie of the product.
    pub categorie: String,
    /// The code of the product.
    pub code: String,
    /// The unit of the tarief.
    pub eenheid: String,
    /// In cents for each unit; none when the unit is money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tarief: Option<String>,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Product {
    /// The standard, as in `ijw`.
    pub standaard: String,
    /// Its categorie.
    pub categorie: String,
    /// Its code.
    pub code: String,
    /// Its unit.
    pub eenheid: String,
}

/// A fictive person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Persoon {
    /// The burgerservicenummer, of the range for tests.
    pub bsn: String,
    /// The date of birth.
    pub geboortedatum: String,
    /// Which scenario it is of.
    pub scenario: String,
}

impl Beginning {
    /// What these scenarios take for granted, for an aanbieder.
    pub(crate) fn of<'a>(scenarios: impl Iterator<Item = (&'a str, &'a Testdata)>, aanbieder: &str) -> Self {
        let mut beginning = Self::default();
        beginning.partijen.insert(Partij {
            code: aanbieder.to_owned(),
            soort: "aanbieder",
        });
        for (id, own) in scenarios {
            for gemeente in own.gemeente.values() {
                beginning.partijen.insert(Partij {
                    code: gemeente.code.clone(),
                    soort: "gemeente",
                });
                for product in own.product.values() {
                    let fact = |field: &str| product.facts.get(field).cloned().unwrap_or_default();
                    let (categorie, code, eenheid) = (fact("categorie"), fact("code"), fact("eenheid"));
                    beginning.contracten.insert(Contract {
                        gemeente: gemeente.code.clone(),
                        aanbieder: aanbieder.to_owned(),
                        standaard: product.wet.clone(),
                        categorie: categorie.clone(),
                        code: code.clone(),
                        eenheid: eenheid.clone(),
                        tarief: product.tarief.clone(),
                    });
                    beginning.productlijst.insert(Product {
                        standaard: product.wet.clone(),
                        categorie,
                        code,
                        eenheid,
                    });
                }
            }
            for client in own.client.values() {
                let fact = |field: &str| client.get(field).cloned().unwrap_or_default();
                beginning.personen.insert(Persoon {
                    bsn: fact("bsn"),
                    geboortedatum: fact("geboortedatum"),
                    scenario: id.to_owned(),
                });
            }
        }
        beginning
    }

    /// The same as tables of comma-separated values, by name.
    #[must_use]
    pub fn tables(&self) -> BTreeMap<&'static str, String> {
        let row = |cells: &[&str]| cells.join(",") + "\n";
        let mut partijen = row(&["code", "soort"]);
        for partij in &self.partijen {
            partijen.push_str(&row(&[&partij.code, partij.soort]));
        }
        let mut contracten = row(&[
            "gemeente",
            "aanbieder",
            "standaard",
            "categorie",
            "code",
            "eenheid",
            "tarief",
        ]);
        for contract in &self.contracten {
            contracten.push_str(&row(&[
                &contract.gemeente,
                &contract.aanbieder,
                &contract.standaard,
                &contract.categorie,
                &contract.code,
                &contract.eenheid,
                contract.tarief.as_deref().unwrap_or_default(),
            ]));
        }
        let mut productlijst = row(&["standaard", "categorie", "code", "eenheid"]);
        for product in &self.productlijst {
            productlijst.push_str(&row(&[
                &product.standaard,
                &product.categorie,
                &product.code,
                &product.eenheid,
            ]));
        }
        let mut personen = row(&["bsn", "geboortedatum", "scenario"]);
        for persoon in &self.personen {
            personen.push_str(&row(&[&persoon.bsn, &persoon.geboortedatum, &persoon.scenario]));
        }
        BTreeMap::from([
            ("contracten", contracten),
            ("partijen", partijen),
            ("personen", personen),
            ("productlijst", productlijst),
        ])
    }
}

/// What all scenarios of a role take for granted, for a supplier to load beforehand; the same seed gives the same facts.
///
/// # Errors
/// When the features cannot be read, or name more persons than there are.
pub fn testdata(
    rulebooks: &[Arc<Rulebook>],
    features: &Features,
    sut: &Sut,
    seed: u64,
) -> Result<Beginning, RunnerError> {
    let fault = |what| RunnerError::Features { what };
    let facts = Testdata::parse(features.testdata()).map_err(fault)?;
    let known = facts.aanbieder(SUT_NAME).map_err(fault)?;
    let code = sut.partijen.first().unwrap_or(&known.code).clone();
    let Some(rulebook) = rulebooks.first() else {
        return Ok(Beginning::default());
    };
    let parsed = features.parse()?;
    let partitions = Partitions::new(&parsed, &facts, rulebook.release(), Seed(seed)).map_err(fault)?;
    Ok(Beginning::of(partitions.iter(), &code))
}

/// The facts of a reset: the contracts and products of a wave.
pub(crate) fn beginning(run: &Run, scenarios: &[String]) -> Value {
    let Beginning {
        contracten,
        productlijst,
        ..
    } = Beginning::of(own_of(&run.partitions, scenarios), &run.sut_code);
    let mut facts = json!({ "contracten": contracten, "productlijst": productlijst });
    if let Some(going) = &run.going {
        facts["overgang"] = json!(going.told());
    }
    facts
}

fn own_of<'a>(
    partitions: &'a Partitions,
    scenarios: &'a [String],
) -> impl Iterator<Item = (&'a str, &'a Testdata)> {
    scenarios
        .iter()
        .filter_map(|id| partitions.of(id).map(|own| (id.as_str(), own)))
}
