//! What the hub is told before it starts: who is connected, and the switches.
//!
//! Connections come from the run, switches are in [`super::switches`]. Tests are in `tests/it`.

use std::collections::BTreeSet;

use kp_model::{MessageType, Seed};

use super::switches::{DeliverForm, Switches};
use crate::overgang::Overgang;
use crate::vsp::Relatie;

/// The role in which a gemeente takes part in VSP.
pub(crate) const ROL_GEMEENTE: &str = "Gemeente";

/// What the hub is told before it starts.
#[derive(Clone, Debug)]
pub struct HubSettings {
    /// The parties that are connected.
    pub aansluitingen: Vec<Aansluiting>,
    /// The external address below which the hub answers, without a slash at the end.
    pub base_url: String,
    /// The going over to other releases that is under way; none when the releases stay.
    pub overgang: Option<Overgang>,
    /// Choices that the sources leave open.
    pub switches: Switches,
    /// Decides the identifiers of what the hub itself sends.
    pub seed: Seed,
}

/// A party that is connected to the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aansluiting {
    /// The code of the party: AGB or CBS.
    pub code: String,
    /// The role, as in `Instelling` or `Gemeente`.
    pub rol: String,
    /// The account that sends and collects for it; none for a gemeente, which comes through its own hub.
    pub indiener: Option<String>,
    /// Other accounts that may do so, because the party consented (toestemmingsverklaring).
    pub gemachtigden: BTreeSet<String>,
    /// The families of releases that it may receive messages of (grondslag); all when left out.
    pub grondslag: Option<BTreeSet<String>>,
    /// The names of the messages that it has the role to receive; all when left out.
    pub ontvangt: Option<BTreeSet<String>>,
    /// The names of the messages that it has the role to hand in; all when left out.
    pub dient_in: Option<BTreeSet<String>>,
    /// How it gets its payload; as the switch says when left out.
    pub deliver_form: Option<DeliverForm>,
}

impl HubSettings {
    /// Settings with the default switches and no address yet.
    #[must_use]
    pub fn new(aansluitingen: Vec<Aansluiting>) -> Self {
        Self {
            aansluitingen,
            base_url: String::new(),
            overgang: None,
            switches: Switches::default(),
            seed: Seed(0),
        }
    }
}

impl Aansluiting {
    /// An aanbieder, which sends and collects through an account.
    #[must_use]
    pub fn aanbieder(code: &str, rol: &str, indiener: &str) -> Self {
        Self::new(code, rol, Some(indiener))
    }

    /// A gemeente.
    #[must_use]
    pub fn gemeente(code: &str) -> Self {
        Self::new(code, ROL_GEMEENTE, None)
    }

    fn new(code: &str, rol: &str, indiener: Option<&str>) -> Self {
        Self {
            code: code.to_owned(),
            rol: rol.to_owned(),
            indiener: indiener.map(ToOwned::to_owned),
            gemachtigden: BTreeSet::new(),
            grondslag: None,
            ontvangt: None,
            dient_in: None,
            deliver_form: None,
        }
    }

    pub(super) fn is(&self, relatie: &Relatie) -> bool {
        self.rol == relatie.rol && Some(&self.code) == relatie.code.as_ref()
    }

    pub(super) fn relatie(&self) -> Relatie {
        Relatie::new(&self.rol, &self.code)
    }

    /// Whether an account sends and collects for the party.
    pub(super) fn is_served_by(&self, account: &str) -> bool {
        self.indiener.as_deref() == Some(account) || self.gemachtigden.contains(account)
    }

    /// Whether it has the role to hand a message in.
    pub(super) fn hands_in(&self, message_type: &MessageType) -> bool {
        holds(self.dient_in.as_ref(), &message_type.name)
    }

    /// Whether it has role and grondslag to receive a message of a family.
    pub(super) fn receives(&self, family: &str, message_type: &MessageType) -> bool {
        holds(self.grondslag.as_ref(), family) && holds(self.ontvangt.as_ref(), &message_type.name)
    }
}

fn holds(allowed: Option<&BTreeSet<String>>, name: &str) -> bool {
    allowed.is_none_or(|allowed| allowed.contains(name))
}
