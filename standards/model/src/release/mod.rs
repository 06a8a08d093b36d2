//! Releases as data: finding, loading, checking and freezing them.
//!
//! A release is a folder `FAMILY/VERSION`. It is read (`raw`), put on top of what it extends
//! (`flatten`), cross-checked and frozen (`compile`). All faults of the data are told at once.
//! What a message must look like is used by the readers beside this module, not here.
//! Tests: `tests/it/release.rs`.

mod catalogue;
mod compile;
pub(crate) mod fault;
mod flat;
mod flatten;
mod import;
mod judging;
mod raw;
mod rules;
mod source;
pub(crate) mod table;
mod types;

pub use catalogue::{Catalogue, ReleaseError};
pub use fault::{Fault, Faults, Place};
pub use import::{ImportError, ImportOrder, Imported, LeftOut};
pub use judging::{
    ErratumSource, ExpectSource, Expression, FactList, FactSource, HolidaySource, Implied, Judging,
    RuleBinding, RuleSource, TermijnSource, UnjudgedSource, ViewEnd, ViewFrom, ViewRemoval, ViewSource,
    month_and_day,
};
pub use rules::{JudgedBy, Reason, RuleText, Unjudged};
pub use source::SourceError;
pub use table::At;
pub use types::{
    Code, CodeList, Content, Direction, Element, ElementId, FlatFile, MessageKind, MessageType, Namespace,
    Release, ReleaseId, Repeats, SchemaVersions, Space, XsdVersie,
};

pub use fault::did_you_mean;
pub(crate) use fault::nearest;
pub(crate) use types::Binding;
