//! Releases of the message standards as data, and messages held against them.
//!
//! A [`Catalogue`] finds releases; a loaded [`Release`] is cross-checked and frozen. From that one model come the
//! reader with its structure check ([`check`]), messages in the making ([`Draft`]), generated messages ([`generate`])
//! and XML schemas ([`xsd`]). Nothing here touches time, network or the environment, and chance comes from a [`Seed`].
//!
//! ```
//! use kp_model::{Catalogue, Limits, Seed, check, generate};
//!
//! let release = Catalogue::embedded().load("iwmo-3.2").expect("a release of the product loads");
//! let message = generate(&release, "WMO305", Seed(1)).expect("a message of the release").write();
//! let text = String::from_utf8(message).expect("messages are UTF-8");
//!
//! let good = check(text.clone().into(), &[release.clone()], &Limits::default());
//! assert!(good.is_valid());
//!
//! let broken = check(text.replace("Bsn>9", "Bsn>x").into(), &[release], &Limits::default());
//! assert_eq!(broken.findings[0].path, "/Bericht/Client/Bsn");
//! assert_eq!(broken.findings[0].rule, "RS037");
//! ```
//!
//! | To change | open |
//! | --- | --- |
//! | what release data may say, and its faults | `release/` |
//! | source registers, notifications, policies | `network/` |
//! | what is refused as XML | `reader.rs`, `reader/` |
//! | how elements and values are judged | `structure.rs`, `datatype.rs`, `pattern.rs` |
//! | how a finding is worded | `wording.rs` |
//! | the canonical form of messages | `draft.rs` |

#![warn(missing_docs)]

mod alteration;
pub mod archive;
mod datatype;
mod difference;
mod draft;
mod finding;
mod findings;
mod generate;
mod limits;
mod message;
pub mod network;
mod pattern;
mod reader;
mod release;
pub mod schema;
mod seed;
mod structure;
mod text;
mod tree;
mod wording;
pub mod xsd;

pub use datatype::{Base, Facet, Limit, Sample, SimpleType};
pub use difference::{Change, Difference, Matter, differences};
pub use draft::{Draft, DraftError};
pub use finding::{Finding, Kind, Level, Severity};
pub use generate::{generate, generate_sized, passes_elfproef};
pub use limits::Limits;
pub use message::{ElementRef, Facts, Located, Message};
pub use pattern::Pattern;
pub use reader::{Checked, check, max_bytes, refuse_large};
pub use release::{
    At, Catalogue, Code, CodeList, Content, Direction, Element, ElementId, ErratumSource, ExpectSource,
    Expression, FactList, FactSource, Fault, Faults, FlatFile, HolidaySource, Implied, ImportError,
    ImportOrder, Imported, JudgedBy, Judging, LeftOut, MessageKind, MessageType, Namespace, Place, Reason,
    Release, ReleaseError, ReleaseId, Repeats, RuleBinding, RuleSource, RuleText, SchemaVersions,
    SourceError, Space, TermijnSource, Unjudged, UnjudgedSource, ViewEnd, ViewFrom, ViewRemoval, ViewSource,
    XsdVersie, did_you_mean, month_and_day,
};
pub use seed::{Seed, Stream};
pub use tree::NodeId;
