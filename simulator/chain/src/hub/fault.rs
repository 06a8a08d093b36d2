//! The faults a hub finds in what it is handed, and their published codes.
//!
//! It owns the situations; codes and texts are data (`data/faults.csv`). When a situation holds is decided in
//! [`super::receipt`] and [`super::control`]. Tests are below.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::switches::PairCode;

const FAULTS: &str = include_str!("../../data/faults.csv");

/// A situation in which the hub refuses a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Fault {
    UnknownSender,
    NoRole,
    NoConsent,
    UnknownAddressee,
    NoGrondslag,
    TooLarge,
    Virus,
    NotSchemaValid,
    OtherRelease,
    NotWellFormed,
    NotAnArchive,
    TooManyFiles,
    Encrypted,
    RealPerson,
    FileTooLarge,
    IdentificatieUsed,
    EmptyArchive,
    RulesBroken,
    Folders,
    UnknownStream,
    NotUnique,
    ApplicationData,
    AlreadyAnswered,
    AnswersNothing,
}

/// The codes and texts of a fault.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct FaultText {
    /// The code that an aanbieder is told.
    code: String,
    /// The code that a gemeente is told.
    ggk_code: String,
    /// The higher of two codes with one text, where there are two.
    high_code: Option<String>,
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
    high_code: Option<String>,
    nl: String,
}

impl FaultText {
    /// The code that a sender is told.
    pub(super) fn code(&self, is_gemeente: bool, pair_code: PairCode) -> &str {
        match (&self.high_code, pair_code) {
            (Some(high_code), PairCode::High) => high_code,
            (Some(_) | None, PairCode::Low | PairCode::High) if is_gemeente => &self.ggk_code,
            (Some(_) | None, PairCode::Low | PairCode::High) => &self.code,
        }
    }
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
                        high_code: row.high_code,
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
    use super::super::switches::PairCode;
    use super::{Fault, Faults};

    #[test]
    fn every_situation_has_its_row() {
        let faults = Faults::embedded();
        for fault in [
            Fault::UnknownSender,
            Fault::NoRole,
            Fault::NoConsent,
            Fault::UnknownAddressee,
            Fault::NoGrondslag,
            Fault::TooLarge,
            Fault::Virus,
            Fault::NotSchemaValid,
            Fault::OtherRelease,
            Fault::NotWellFormed,
            Fault::NotAnArchive,
            Fault::TooManyFiles,
            Fault::Encrypted,
            Fault::RealPerson,
            Fault::FileTooLarge,
            Fault::IdentificatieUsed,
            Fault::EmptyArchive,
            Fault::RulesBroken,
            Fault::Folders,
            Fault::UnknownStream,
            Fault::NotUnique,
            Fault::ApplicationData,
            Fault::AlreadyAnswered,
            Fault::AnswersNothing,
        ] {
            assert!(!faults.text(fault).nl.is_empty());
        }
        assert_eq!(faults.0.len(), 24);
        let code = |fault, is_gemeente, pair_code| faults.text(fault).code(is_gemeente, pair_code);
        assert_eq!(code(Fault::NotSchemaValid, false, PairCode::Low), "BRS13");
        assert_eq!(code(Fault::NotSchemaValid, true, PairCode::High), "IB014");
        assert_eq!(code(Fault::AnswersNothing, false, PairCode::Low), "IB021");
        assert_eq!(code(Fault::AnswersNothing, true, PairCode::High), "IB022");
    }
}
