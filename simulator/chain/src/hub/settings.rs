//! What the hub is told before it starts: who is connected, and the switches.
//!
//! Default switches are data (`data/switches.toml`). Connections come from the run. Tests are below.

use serde::Deserialize;

use crate::vsp::Relatie;

/// The role in which a gemeente takes part in VSP.
pub(crate) const ROL_GEMEENTE: &str = "Gemeente";

const DEFAULT_SWITCHES: &str = include_str!("../../data/switches.toml");

/// What the hub is told before it starts.
#[derive(Clone, Debug)]
pub struct HubSettings {
    /// The parties that are connected.
    pub aansluitingen: Vec<Aansluiting>,
    /// The external address below which the hub answers, without a slash at the end.
    pub base_url: String,
    /// Choices that the sources leave open.
    pub switches: Switches,
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
}

/// Choices that the sources leave open, each with one default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switches {
    /// The largest payload, and the largest file inside a ZIP.
    pub size_limit_bytes: usize,
    /// The largest HTTP request body.
    pub http_limit_bytes: usize,
    /// How long the checks after receipt take, in business time.
    pub verwerking_ms: u64,
    /// What is checked of messages from a gemeente.
    pub controle_gemeente: Controle,
    /// What is checked of messages from an aanbieder.
    pub controle_aanbieder: Controle,
    /// How an aanbieder gets its payload.
    pub deliver_form: DeliverForm,
}

/// What the hub checks of the content of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Controle {
    /// Nothing.
    Geen,
    /// The structure, as the schema would.
    Xsd,
}

/// How an aanbieder gets its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliverForm {
    /// A ZIP with the message as its one file.
    Zip,
    /// The message itself.
    Xml,
}

impl HubSettings {
    /// Settings with the default switches and no address yet.
    #[must_use]
    pub fn new(aansluitingen: Vec<Aansluiting>) -> Self {
        Self {
            aansluitingen,
            base_url: String::new(),
            switches: Switches::default(),
        }
    }
}

impl Aansluiting {
    /// An aanbieder, which sends and collects through an account.
    #[must_use]
    pub fn aanbieder(code: &str, rol: &str, indiener: &str) -> Self {
        Self {
            code: code.to_owned(),
            rol: rol.to_owned(),
            indiener: Some(indiener.to_owned()),
        }
    }

    /// A gemeente.
    #[must_use]
    pub fn gemeente(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            rol: ROL_GEMEENTE.to_owned(),
            indiener: None,
        }
    }

    pub(super) fn is(&self, relatie: &Relatie) -> bool {
        self.rol == relatie.rol && Some(&self.code) == relatie.code.as_ref()
    }

    pub(super) fn relatie(&self) -> Relatie {
        Relatie::new(&self.rol, &self.code)
    }
}

impl Default for Switches {
    fn default() -> Self {
        toml::from_str(DEFAULT_SWITCHES).expect("a test reads the embedded switches")
    }
}

#[cfg(test)]
mod tests {
    use super::{Controle, DeliverForm, Switches};

    #[test]
    fn the_embedded_switches_read() {
        let switches = Switches::default();
        assert_eq!(switches.size_limit_bytes, 25 * 1024 * 1024);
        assert_eq!(
            (switches.controle_gemeente, switches.controle_aanbieder),
            (Controle::Xsd, Controle::Xsd)
        );
        assert_eq!(switches.deliver_form, DeliverForm::Zip);
    }
}
