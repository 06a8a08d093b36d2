//! The chain as pure state machines: the hub, the gemeente, the aanbieder, and a world of virtual time.
//!
//! Every machine has the same shape: `handle` takes an input and the moment, `poll_output` gives what follows from it.
//! None has a socket, a clock or a thread. One shell drives them in memory, in virtual time: [`World`]. The other puts
//! them behind real HTTP: `kp-servers`.
//!
//! | To change | open |
//! | --- | --- |
//! | what the hub refuses at receipt, in which order | `hub/receipt.rs`, codes and texts in `data/faults.csv` |
//! | what the hub checks of the content | `hub/control.rs` |
//! | what the hub itself sends to who is refused | `hub/own.rs`, `hub/foutbericht.rs` |
//! | who may see, take and ask what | `hub/collect.rs` |
//! | a choice that the sources leave open | `data/switches.toml`, `hub/switches.rs` |
//! | the JSON shapes and limits of VSP | `vsp/` |
//! | what a gemeente does by itself | `gemeente/machine.rs` |
//! | what the reference aanbieder reports, asks, claims | `aanbieder/melding.rs`, `verzoek.rs`, `declaratie.rs` |
//! | what it does with what it receives | `aanbieder/reception.rs`, `signaal.rs` |
//! | how a puppet is told what to do and to answer | `decisions.rs` |
//! | what a party that acts on its own decides, its settings | `gemeente/party.rs`, `aanbieder/party.rs`, `pace.rs` |
//! | a supplier that is wrong on purpose | `data/defects.toml`, `aanbieder/post.rs` |
//! | who takes part in the network, tokens, policies, registers | `netwerk/` |
//! | the codes that are found by what people call them | `codes.rs` |
//! | who is out, from when to when | `faults.rs` |
//! | the clock and the log of a world | `schedule.rs` |
//! | what a party remembers and judges by | `ledger.rs`; the rules and answers are those of `kp-rules` |
//!
//! ```
//! use kp_chain::{Aansluiting, GemeenteSettings, HubSettings, SimTime, World, WorldSettings};
//! use kp_model::{Catalogue, Seed};
//! use kp_rules::Rulebook;
//!
//! let rulebooks = Rulebook::load_in_force(&Catalogue::embedded(), "2026-01-01").expect("the embedded releases load");
//! let hub = HubSettings::new(vec![Aansluiting::gemeente("0344")]);
//! let start = SimTime::start_of(jiff::civil::date(2026, 1, 5));
//! let mut world = World::new(WorldSettings { hub, poll_ms: 60_000, seed: Seed(1) }, rulebooks, start);
//! world.add_gemeente(GemeenteSettings::new("0344", "Demo"));
//! world.run_until_idle();
//! assert!(world.events().is_empty());
//! ```
//!
//! Invariants: randomness comes from a [`kp_model::Seed`]; no element name, code or limit of a release stands here,
//! they are read from the release; what is wrong with a message is data, never an error.

mod aanbieder;
mod codes;
mod decisions;
mod defect;
mod error;
mod faults;
mod gemeente;
mod ggk;
mod hub;
mod ledger;
mod letter;
pub mod netwerk;
mod numbering;
mod overgang;
mod pace;
mod payload;
mod schedule;
mod time;
pub mod vsp;
mod world;

pub use aanbieder::{
    Aanbieder, AanbiederInput, AanbiederOutput, AanbiederParty, AanbiederPolicy, AanbiederSettings,
    Aanleiding, Aanvraag, Adres, Beschikking, Client, Contract, Einde, GevraagdProduct, GevraagdeWijziging,
    Gezagsdrager, Hoeveelheid, Instructed, Instruction, Levering, Maand, Melding, Omvang, Prestatie,
    PrestatieKey, PrestatieToestand, Product, RetourVerdict, Signaal, SoortSignaal, Toewijzing,
    ToewijzingKey, Uitkomst, Uitvoering, Verwijzer, Verzoek, VerzoekKey, VerzoekToestand, Wijzigingsverzoek,
};
pub use decisions::{Afwijzing, Decisions, Learned, RetourChoice, Scripted, Source};
pub use defect::{Condition, Defect, Deviation, NetworkDeviation, Rejects, Reported, Reports, Sends};
pub use error::ChainError;
pub use faults::FaultPlan;
pub use gemeente::{
    Act, Case, Content, Gemeente, GemeenteInput, GemeenteOutput, GemeenteParty, GemeentePolicy,
    GemeenteSettings, Outcome, Received,
};
pub use ggk::{GgkDelivery, GgkEnvelope, GgkReply, GgkRequest};
pub use hub::{
    Aansluiting, AcceptForm, ActieMap, AlreadyAnswered, ApplicatieCheck, Bericht, BerichtFact,
    BerichttypeWmo, BrsTiming, ConfirmTwice, ConfirmWithoutDownload, Controle, DeliverForm, EnvPrefix,
    ErrorBody, Hub, HubEvent, HubInput, HubOutput, HubSettings, PairCode, PayloadAfterConfirm, RateLimit,
    RetryAfter422, RetryAfterAfkeur, StatusQueryRule, StatusUnknown, StatusVisibility, Switches, Toggle,
    UniquenessScope, UnknownStream, UuidV4Check, VirusTest, VspDuplicate, VspFoutbericht, XsltMeldingen,
    XsltScope, berichtstroom, berichttype,
};
pub use overgang::{
    Handling, Moment, Overgang, OvergangError, Overstap, Ready, Regel, Seen, calendar, readiness, regel,
};
pub use pace::Days;
pub use time::SimTime;
pub use world::{World, WorldEvent, WorldSettings};
