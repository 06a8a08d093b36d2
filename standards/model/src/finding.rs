//! A finding: one defect of a message, with its place, its rule and both sides of the difference.
//!
//! Findings are data, never errors: a check returns all of them, in document order. How they are
//! shown is the business of `kp-report`; which answer follows from them is that of `kp-rules`.

use serde::{Deserialize, Serialize};

/// A defect of a message: what is wrong, where, by which rule, and what would be right.
///
/// A rule's identity is the pair (`standard`, `rule`).
/// Lines and columns count from 1; a column counts Unicode characters.
/// A `line` of 0 means that the finding concerns the file as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The code of the broken rule, as published (`RS037`), or `XSD` when the standard gives none.
    pub rule: String,
    /// The family of the release that the rule belongs to (`iwmo`), empty when no release was recognised.
    pub standard: String,
    /// What sort of rule is broken.
    pub kind: Kind,
    /// The level of the check that found it.
    pub level: Level,
    /// The RetourCode that a receiver would answer with; none at the level of structure.
    pub retourcode: Option<String>,
    /// Whether the message is wrong or merely unusual.
    pub severity: Severity,
    /// What is wrong, in Dutch.
    pub message_nl: String,
    /// What is wrong, in English.
    pub message_en: String,
    /// The name of the file, when the message came from one.
    pub file: Option<String>,
    /// The line, counted from 1; 0 when the whole file is meant.
    pub line: u32,
    /// The column in characters, counted from 1; 0 when the whole file is meant.
    pub column: u32,
    /// The place in the tree, as in `/Bericht/Client/Bsn`.
    pub path: String,
    /// Other places or messages that take part.
    pub related: Vec<String>,
    /// What the standard asks for.
    pub expected: Option<String>,
    /// What the message holds.
    pub got: Option<String>,
    /// Whether the rule rests on an inferred or assumed fact.
    pub assumed: bool,
}

/// The sort of rule that a finding belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// The bytes are not well-formed XML, or not in the encoding that the standard asks for.
    Welgevormd,
    /// The reader refused to go on: a limit that protects this tool was reached.
    Limiet,
    /// An element is missing, misplaced, unknown or repeated, or a value breaks a facet without a code.
    Schema,
    /// A published restriction (`RS`).
    Restrictie,
    /// A published constraint (`CS`).
    Constraint,
    /// A published condition (`CD`).
    Conditie,
    /// A published technical rule (`TR`).
    TechnischeRegel,
    /// A published business rule (`OP`).
    Bedrijfsregel,
    /// A published filling instruction (`IV`).
    Invulinstructie,
    /// A published principle (`UP`).
    Uitgangspunt,
    /// No rule of the standard: something that a dossier lacks, or holds twice.
    Dossier,
}

/// The level of the check: what a message is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The schema: control level 1.
    Structure,
    /// Rules within one message: control level 2.
    Message,
    /// Rules over earlier messages and outside sources: control levels 3 and 4.
    Dossier,
    /// Rules about who acts when.
    Process,
}

/// Whether a finding makes a message wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The message breaks the standard.
    Fout,
    /// The message is unusual but acceptable; it never changes a verdict.
    Opmerking,
}

impl Finding {
    /// A defect of a file as a whole, before a message was found in it.
    #[must_use]
    pub fn of_file(kind: Kind, message_nl: impl Into<String>, message_en: impl Into<String>) -> Self {
        Self {
            rule: Self::NO_CODE.to_owned(),
            standard: String::new(),
            kind,
            level: Level::Structure,
            retourcode: None,
            severity: Severity::Fout,
            message_nl: message_nl.into(),
            message_en: message_en.into(),
            file: None,
            line: 0,
            column: 0,
            path: String::new(),
            related: Vec::new(),
            expected: None,
            got: None,
            assumed: false,
        }
    }

    /// The code of a finding for which the standard gives none.
    pub const NO_CODE: &str = "XSD";

    /// Whether this finding makes the message wrong.
    #[must_use]
    pub fn is_fout(&self) -> bool {
        self.severity == Severity::Fout
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Welgevormd => "welgevormd",
            Self::Limiet => "limiet",
            Self::Schema => "schema",
            Self::Restrictie => "restrictie",
            Self::Constraint => "constraint",
            Self::Conditie => "conditie",
            Self::TechnischeRegel => "technische regel",
            Self::Bedrijfsregel => "bedrijfsregel",
            Self::Invulinstructie => "invulinstructie",
            Self::Uitgangspunt => "uitgangspunt",
            Self::Dossier => "dossier",
        })
    }
}
