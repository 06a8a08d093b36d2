//! The hub of the aanbieders (VECOZO) as a pure machine: receipt, checks, boxes, status.
//!
//! ```text
//! handle ──> receipt (who, what, how large: refused at once) ──> store
//!                                                                 │ timer: verwerking_ms
//!                box of the addressee <── passed ── control ──────┤
//!    AfgekeurdDoorDienst, and a word     <── refused ─────────────┘
//!    from the hub itself in the box of the sender (own, foutbericht)
//! ```
//!
//! It has no sockets and no clock; `now` is always a parameter. Gemeenten reach it by [`crate::ggk`] values until the
//! hub of the gemeenten stands in between. Not built yet, and therefore absent: push to clients, the SOAP interface and
//! foutberichten to a gemeente. Tests are in each file and in `tests/it`.

mod collect;
mod control;
mod event;
mod fault;
mod foutbericht;
mod machine;
mod own;
mod receipt;
mod settings;
mod store;
mod stream;
mod switches;

pub use event::{Bericht, BerichtFact, HubEvent};
pub use machine::{Hub, HubInput, HubOutput};
pub(crate) use settings::ROL_GEMEENTE;
pub use settings::{Aansluiting, HubSettings};
pub(crate) use stream::is_declaratie;
pub use stream::{berichtstroom, berichttype};
pub use switches::{
    AcceptForm, ActieMap, AlreadyAnswered, ApplicatieCheck, BerichttypeWmo, BrsTiming, ConfirmTwice,
    ConfirmWithoutDownload, Controle, DeliverForm, EnvPrefix, ErrorBody, PairCode, PayloadAfterConfirm,
    RateLimit, RetryAfter422, RetryAfterAfkeur, StatusQueryRule, StatusUnknown, StatusVisibility, Switches,
    Toggle, UniquenessScope, UnknownStream, UuidV4Check, VirusTest, VspDuplicate, VspFoutbericht,
    XsltMeldingen, XsltScope,
};
