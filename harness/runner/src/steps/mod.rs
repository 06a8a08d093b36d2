//! The sentences of the features, by process: what each one does or expects.
//!
//! A sentence speaks as a domain expert does; how a message looks or travels is never said in one. A step that sees
//! something wrong writes it into the journal and fails.

mod correcties;
mod declareren;
mod leveren;
mod moment;
mod netwerk;
mod overgang;
mod retour;
mod tabel;
mod toewijzen;
mod verzoeken;
mod world;

pub(crate) use verzoeken::Ingediend;
pub(crate) use world::ScenarioWorld;
