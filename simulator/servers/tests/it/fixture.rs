//! What the tests start from: both releases, two parties, a Toewijzing, a running hub.

use std::sync::{Arc, LazyLock};

use kp_chain::{
    Aanbieder, AanbiederSettings, Aansluiting, Act, Content, Gemeente, GemeenteSettings, Hub, HubSettings,
    Scripted, SimTime, Switches, ToewijzingKey,
};
use kp_model::{Catalogue, Facts, Seed};
use kp_rules::Rulebook;
use kp_servers::{HubServer, HubServerSettings};

pub(crate) const GEMEENTE: &str = "0344";
pub(crate) const AANBIEDER: &str = "42000001";
pub(crate) const INDIENER: &str = "indiener-1";
pub(crate) const SEED: Seed = Seed(5);

static RULEBOOKS: LazyLock<Vec<Arc<Rulebook>>> =
    LazyLock::new(|| Rulebook::load_in_force(&Catalogue::embedded(), "2026-01-01").unwrap());

pub(crate) fn rulebooks() -> Vec<Arc<Rulebook>> {
    RULEBOOKS.clone()
}

pub(crate) fn at(text: &str) -> SimTime {
    SimTime::from_civil(text.parse().unwrap())
}

pub(crate) fn hub_settings() -> HubSettings {
    HubSettings::new(vec![
        Aansluiting::gemeente(GEMEENTE),
        Aansluiting::aanbieder(AANBIEDER, "Instelling", INDIENER),
    ])
}

pub(crate) fn server_settings() -> HubServerSettings {
    HubServerSettings {
        default_indiener: Some(INDIENER.to_owned()),
        ..HubServerSettings::default()
    }
}

pub(crate) async fn hub_server(settings: HubServerSettings) -> HubServer {
    hub_server_with(settings, |_| {}).await
}

/// A server of a hub that behaves otherwise than by default.
pub(crate) async fn hub_server_with(
    settings: HubServerSettings,
    change: impl FnOnce(&mut Switches),
) -> HubServer {
    let mut of_hub = hub_settings();
    change(&mut of_hub.switches);
    let hub = Hub::new(of_hub, rulebooks());
    HubServer::start(hub, at("2025-12-15T09:00"), settings)
        .await
        .unwrap()
}

pub(crate) fn gemeente_settings() -> GemeenteSettings {
    GemeenteSettings::new(GEMEENTE, "Backoffice")
}

pub(crate) fn gemeente() -> Gemeente {
    Gemeente::new(gemeente_settings(), rulebooks(), Scripted::default(), SEED)
}

pub(crate) fn aanbieder_settings() -> AanbiederSettings {
    AanbiederSettings {
        code: AANBIEDER.to_owned(),
        rol: "Instelling".to_owned(),
        applicatie: "Referentie".to_owned(),
        applicatie_versie: "1".to_owned(),
        applicatie_subversie: "0".to_owned(),
        defect: None,
        overstap: None,
    }
}

pub(crate) fn aanbieder() -> Aanbieder {
    Aanbieder::new(aanbieder_settings(), rulebooks(), SEED)
}

pub(crate) fn key(family: &str) -> ToewijzingKey {
    ToewijzingKey {
        gemeente: GEMEENTE.to_owned(),
        family: family.to_owned(),
        nummer: "900001".to_owned(),
    }
}

/// An act that allocates a product of the wet.
pub(crate) fn allocate(family: &str) -> Act {
    let (categorie, code) = if family == "iwmo" {
        ("01", "01A01")
    } else {
        ("45", "45A04")
    };
    let client = [
        ("bsn", "999900006"),
        ("geboortedatum", "2012-05-17"),
        ("geslacht", "2"),
        ("achternaam", "Vermeer"),
        ("naam_gebruik", "1"),
    ];
    let contact = [
        ("soort", "01"),
        ("huisnummer", "12"),
        ("postcode", "1111AA"),
        ("land", "NL"),
    ];
    let toewijzing = [
        ("nummer", "900001"),
        ("categorie", categorie),
        ("code", code),
        ("toewijzingsdatum", "2025-12-15"),
        ("toewijzingstijd", "09:00:00"),
        ("ingangsdatum", "2026-01-05"),
        ("einddatum", "2026-12-31"),
        ("volume", "3"),
        ("eenheid", "04"),
        ("frequentie", "2"),
    ];
    let concepts = [
        ("Client", client.into_iter().collect::<Facts>()),
        ("Contact", contact.into_iter().collect()),
        ("Toewijzing", toewijzing.into_iter().collect()),
    ];
    Act {
        id: "allocate".to_owned(),
        family: family.to_owned(),
        release: None,
        carries: "Toewijzing".to_owned(),
        ontvanger: AANBIEDER.to_owned(),
        content: Content::Concepts(
            concepts
                .into_iter()
                .map(|(concept, facts)| (concept.to_owned(), facts))
                .collect(),
        ),
        past_checks: false,
    }
}
