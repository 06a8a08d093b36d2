//! The faults a hub finds in what it is handed, and their published codes.
//!
//! It owns the situations; codes and texts are data (`data/faults.csv`). When a situation holds is decided in
//! [`super::receipt`] and [`super::control`]. Tests are below.

use std::collections::BTreeMap;

use serde::Deserialize;

const FAULTS: &str = include_str!("../../data/faults.csv");

/// A situation in which the hub refuses a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Fault {
    UnknownSender,
    NoRole,
    NoConsent,
    UnknownAddressee,
    TooLarge,
    NotSchemaValid,
    NotWellFormed,
    NotAnArchive,
    TooManyFiles,
    Encrypted,
    FileTooLarge,
    EmptyArchive,
    Folders,
    UnknownStream,
    NotUnique,
}

/// The codes and texts of a fault.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct FaultText {
    /// The code that an aanbieder is told.
    pub(super) code: String,
    /// The code that a gemeente is told.
    pub(super) ggk_code: String,
    /// What the code means, in Dutch: the language of the hubs.
    pub(super) nl: String,
}

/// The codes and texts of all faults.
#[derive(Clone, Debug)]
pub(super) struct Faults(BTreeMap<Fault, FaultText>);

#[derive(Deserialize)]
struct Row {
    situation: Fault,
    code: String,
    ggk_code: String,
    nl: String,
}

impl Faults {
    /// The embedded table.
    pub(super) fn embedded() -> Self {
        let rows = csv::Reader::from_reader(FAULTS.as_bytes())
            .into_deserialize()
            .map(|row: Result<Row, csv::Error>| {
                let row = row.expect("a test reads every embedded row");
                (
                    row.situation,
                    FaultText {
                        code: row.code,
                        ggk_code: row.ggk_code,
                        nl: row.nl,
                    },
                )
            })
            .collect();
        Self(rows)
    }

    /// The codes and text of one fault.
    pub(super) fn text(&self, fault: Fault) -> &FaultText {
        self.0
            .get(&fault)
            .expect("a test finds every situation in the embedded table")
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Faults};

    #[test]
    fn every_situation_has_its_row() {
        let faults = Faults::embedded();
        for fault in [
            Fault::UnknownSender,
            Fault::NoRole,
            Fault::NoConsent,
            Fault::UnknownAddressee,
            Fault::TooLarge,
            Fault::NotSchemaValid,
            Fault::NotWellFormed,
            Fault::NotAnArchive,
            Fault::TooManyFiles,
            Fault::Encrypted,
            Fault::FileTooLarge,
            Fault::EmptyArchive,
            Fault::Folders,
            Fault::UnknownStream,
            Fault::NotUnique,
        ] {
            assert!(!faults.text(fault).nl.is_empty());
        }
        assert_eq!(faults.0.len(), 15);
        assert_eq!(faults.text(Fault::NotSchemaValid).code, "BRS13");
        assert_eq!(faults.text(Fault::NotSchemaValid).ggk_code, "IB014");
    }
}
