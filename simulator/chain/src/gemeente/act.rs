//! What a gemeente sends of its own accord, in business facts.
//!
//! Who decides it is the business of [`crate::Decisions`], what message it becomes that of `machine.rs`. Tests are in
//! `tests/it`.

use bytes::Bytes;
use kp_model::{Facts, ReleaseId};

/// Something that a gemeente sends of its own accord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Names the act in the outcome, and decides its identifications: no two acts of a gemeente share one.
    pub id: String,
    /// The family of the release to write in, as in `iwmo`.
    pub family: String,
    /// The release to write in; the one that the gemeente writes in by then when left out.
    pub release: Option<ReleaseId>,
    /// The concept that the message carries, which decides what message it is.
    pub carries: String,
    /// The code of the aanbieder.
    pub ontvanger: String,
    /// What stands in it.
    pub content: Content,
    /// Whether the hub lets it past its checks, when they would refuse it.
    pub past_checks: bool,
}

/// What stands in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The header is ours; these are the other concepts, in order.
    Concepts(Vec<(String, Facts)>),
    /// Exactly these bytes, whatever they are.
    Bytes(Bytes),
}
