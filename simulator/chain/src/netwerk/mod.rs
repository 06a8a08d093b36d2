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
//! | what a query finds | `query.rs` |
//! | how a register keeps records, and what it tells of | `register.rs` |
//!
//! Tests: `tests/it/netwerk`.

mod deelnemer;
mod policy;
mod query;
mod record;
mod register;
mod token;

pub use deelnemer::{Actor, Deelnemer, Deelnemers, Status};
pub use policy::{Asking, Assignment, Assignments, Decision, Denial, Question, Step, decide};
pub use query::{Answered, Asked, Filter, Operand, Operator, Query, Selected};
pub use record::Record;
pub use register::{Change, Register, RegisterError, Told};
pub use token::{Claims, Refusal, TokenRequest, issue, validate};
