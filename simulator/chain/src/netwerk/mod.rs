//! The model of source registers as pure machines: who takes part, tokens, policies, registers.
//!
//! What registers hold and tell, and who may read what, is data: [`kp_model::network::Network`]. A question reaches a
//! register as a [`Query`], in which fragments, variables, aliases and directives are resolved already, so that no way of
//! writing it changes what is decided. Whoever reads GraphQL text makes it one; nothing here knows HTTP or JSON.
//!
//! | To change | open |
//! | --- | --- |
//! | who takes part, and until when | `deelnemer.rs` |
//! | which token is given, and which is good | `token.rs` |
//! | what a policy allows, and why not | `policy.rs` |
//! | what is looked at before a call goes on, and in which order | `knooppunt.rs` |
//! | what is served where | `adresboek.rs` |
//! | the form of notificaties, meldingen and answers | `call.rs` |
//! | what a party does with what it is told, how it tells, and what its user does | `partij.rs` |
//! | the parties together in virtual time | `world.rs` |
//! | what a query finds | `query.rs` |
//! | how a register keeps records, and what it tells of | `register.rs` |
//!
//! Tests: `tests/it/netwerk`.

mod adresboek;
mod call;
mod deelnemer;
mod knooppunt;
mod partij;
mod policy;
mod query;
mod record;
mod register;
mod token;
mod world;

pub use adresboek::{Adresboek, Purpose, Service};
pub use call::{Call, Identification, Notice, Reply, Unreadable};
pub use deelnemer::{Actor, Deelnemer, Deelnemers, Status};
pub use knooppunt::{Clocks, DecisionLine, Knooppunt, KnooppuntInput, KnooppuntOutput};
pub use partij::{
    AuditLine, Copy, Errand, Opdracht, Outward, Partij, PartijInput, PartijOutput, SubscriptionError,
    Toekenning,
};
pub use policy::{
    Asking, Assignment, Assignments, Decision, Denial, NotOwner, OwnAssignments, Question, Step, decide,
};
pub use query::{Answered, Asked, Filter, Operand, Operator, Query, Selected};
pub use record::Record;
pub use register::{Change, Register, RegisterError, Told};
pub use token::{Claims, Refusal, TokenRequest, issue, validate};
pub use world::{NetworkEvent, NetworkWorld};
