//! Suppliers that are wrong on purpose, as data.
//!
//! A defect names one deviation of the reference supplier at its outgoing side. The list is `data/defects.toml`; the
//! deviations themselves are applied in [`crate::aanbieder`]. Tests are below.

use serde::Deserialize;

const DEFECTS: &str = include_str!("../data/defects.toml");

/// A supplier that is wrong on purpose.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defect {
    /// Its name.
    pub id: String,
    /// The role it plays.
    pub role: String,
    /// What is wrong with it, in Dutch.
    pub nl: String,
    /// What is wrong with it, in English.
    pub en: String,
    /// What it does otherwise.
    pub deviation: Deviation,
}

/// What a defective supplier does otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deviation {
    /// It sends no retour.
    NoRetour,
    /// It swaps Afzender and Ontvanger in the header of a retour.
    SwapPartiesInRetour,
    /// It sends every retour twice.
    RetourTwice,
    /// It reports the start of a delivery as soon as it is allocated.
    StartAtToewijzing,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    defect: Vec<Defect>,
}

impl Defect {
    /// Every built-in defect, in the order of the data.
    #[must_use]
    pub fn all() -> Vec<Self> {
        toml::from_str::<File>(DEFECTS)
            .expect("a test reads the embedded defects")
            .defect
    }

    /// The defect with this name.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::all().into_iter().find(|defect| defect.id == id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Defect, Deviation};

    #[test]
    fn the_embedded_defects_read_and_have_names_of_their_own() {
        let all = Defect::all();
        let names: BTreeSet<&str> = all.iter().map(|defect| defect.id.as_str()).collect();
        assert_eq!(names.len(), all.len());
        assert!(
            all.iter()
                .all(|defect| !defect.nl.is_empty() && !defect.en.is_empty())
        );
        let found = Defect::find("aanbieder-geen-retour").map(|defect| defect.deviation);
        assert_eq!(found, Some(Deviation::NoRetour));
        assert_eq!(Defect::find("niet-bekend"), None);
    }
}
