//! What the tests start from: both releases, three parties, a Toewijzing and its metadata.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use jiff::civil::date;
use kp_chain::vsp::{
    BerichtMetadataPush, Referentiegegevens, Relatie, Routeringgegevens, StatusQuery, StatusVersion,
    VspRequest,
};
use kp_chain::{
    AanbiederSettings, Aansluiting, Act, Bericht, BerichtFact, Content, Defect, GemeenteSettings, HubEvent,
    HubSettings, SimTime, ToewijzingKey, World, WorldEvent, WorldSettings, berichtstroom,
};
use kp_model::{Catalogue, Draft, Facts, Limits, Release, Seed, check};
use kp_rules::{Identity, Judgement, Rulebook, answer, generate_accepted};
use uuid::Uuid;

pub(crate) const GEMEENTE: &str = "0344";
pub(crate) const AANBIEDER: &str = "42000001";
pub(crate) const OTHER: &str = "42000002";
pub(crate) const INDIENER: &str = "indiener-1";
pub(crate) const OTHER_INDIENER: &str = "indiener-2";
pub(crate) const ROL: &str = "Instelling";

static RULEBOOKS: LazyLock<Vec<Arc<Rulebook>>> = LazyLock::new(|| {
    let catalogue = Catalogue::embedded();
    // The own contribution goes between gemeente and CAK.
    let mut ids = catalogue.in_force("2026-01-01");
    ids.retain(|id| id.family != "ieb");
    Rulebook::load_each(&catalogue, &ids).unwrap()
});

pub(crate) fn rulebooks() -> Vec<Arc<Rulebook>> {
    RULEBOOKS.clone()
}

pub(crate) fn releases() -> Vec<Arc<Release>> {
    RULEBOOKS
        .iter()
        .map(|rulebook| Arc::clone(rulebook.release()))
        .collect()
}

pub(crate) fn release(family: &str) -> Arc<Release> {
    releases()
        .into_iter()
        .find(|release| release.family() == family)
        .unwrap()
}

pub(crate) fn morning() -> SimTime {
    SimTime::from_civil(date(2025, 12, 15).at(9, 0, 0, 0))
}

pub(crate) fn hub_settings() -> HubSettings {
    let mut settings = HubSettings::new(vec![
        Aansluiting::gemeente(GEMEENTE),
        Aansluiting::aanbieder(AANBIEDER, ROL, INDIENER),
        Aansluiting::aanbieder(OTHER, ROL, OTHER_INDIENER),
    ]);
    settings.base_url = "http://hub.test".to_owned();
    settings
}

pub(crate) fn aanbieder_settings(defect: Option<&str>) -> AanbiederSettings {
    AanbiederSettings {
        code: AANBIEDER.to_owned(),
        rol: ROL.to_owned(),
        applicatie: "Referentie".to_owned(),
        applicatie_versie: "1".to_owned(),
        applicatie_subversie: "0".to_owned(),
        defect: defect.map(|id| Defect::find(id).unwrap()),
        overstap: None,
    }
}

pub(crate) fn gemeente_settings() -> GemeenteSettings {
    GemeenteSettings::new(GEMEENTE, "Backoffice")
}

pub(crate) fn world(seed: u64, defect: Option<&str>) -> World {
    let settings = WorldSettings {
        hub: hub_settings(),
        poll_ms: 60_000,
        seed: Seed(seed),
    };
    let mut world = World::new(settings, rulebooks(), morning());
    world.add_gemeente(gemeente_settings());
    world.add_aanbieder(aanbieder_settings(defect), INDIENER);
    world
}

/// What the hub delivered, in order and with the moment.
pub(crate) fn delivered(world: &World) -> impl Iterator<Item = (SimTime, &Bericht)> {
    world.events().iter().filter_map(|event| match event {
        WorldEvent::Hub(HubEvent::Bericht {
            at,
            bericht,
            fact: BerichtFact::Delivered { .. },
        }) => Some((*at, bericht.as_ref())),
        WorldEvent::Hub(_)
        | WorldEvent::Acted { .. }
        | WorldEvent::Klaar { .. }
        | WorldEvent::Reply { .. }
        | WorldEvent::Failed { .. } => None,
    })
}

/// The RetourCodes in a message, in order.
pub(crate) fn codes(xml: &Bytes) -> String {
    let xml = std::str::from_utf8(xml).unwrap();
    let parts = xml.split("RetourCode>").skip(1).step_by(2);
    let codes: Vec<&str> = parts.map(|part| part.split('<').next().unwrap()).collect();
    codes.join(" ")
}

/// The concepts of a good allocation; the product is one of the wet.
pub(crate) fn concepts(family: &str, nummer: &str) -> Vec<(String, Facts)> {
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
        ("nummer", nummer),
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
    [
        ("Client", client.into_iter().collect::<Facts>()),
        ("Contact", contact.into_iter().collect()),
        ("Toewijzing", toewijzing.into_iter().collect()),
    ]
    .into_iter()
    .map(|(concept, facts)| (concept.to_owned(), facts))
    .collect()
}

pub(crate) fn allocate(family: &str, nummer: &str) -> Act {
    Act {
        id: format!("allocate {nummer}"),
        family: family.to_owned(),
        release: None,
        carries: "Toewijzing".to_owned(),
        ontvanger: AANBIEDER.to_owned(),
        content: Content::Concepts(concepts(family, nummer)),
        past_checks: false,
    }
}

pub(crate) fn key(family: &str, nummer: &str) -> ToewijzingKey {
    ToewijzingKey {
        gemeente: GEMEENTE.to_owned(),
        family: family.to_owned(),
        nummer: nummer.to_owned(),
    }
}

/// A good start message of the aanbieder, as bytes.
pub(crate) fn start_message(identificatie: &str) -> Bytes {
    let release = release("iwmo");
    let mut draft = Draft::new(&release, "305").unwrap();
    let kop = [
        ("afzender", AANBIEDER),
        ("ontvanger", GEMEENTE),
        ("identificatie", identificatie),
        ("dagtekening", "2025-12-15"),
        ("basisschema_versie", "1.0.0"),
        ("bericht_versie", "1.0.0"),
    ];
    draft.add("Kop", &kop.into_iter().collect()).unwrap();
    draft.add("Client", &concepts("iwmo", "1")[0].1).unwrap();
    let start = [
        ("begindatum", "2025-12-15"),
        ("categorie", "01"),
        ("status_aanlevering", "1"),
    ];
    draft.add("Start", &start.into_iter().collect()).unwrap();
    draft.write().into()
}

/// A good allocation of the gemeente, as bytes.
pub(crate) fn toewijzing_message(number: u128) -> Bytes {
    let release = release("iwmo");
    let mut draft = Draft::new(&release, "301").unwrap();
    let kop = [
        ("afzender", GEMEENTE.to_owned()),
        ("ontvanger", AANBIEDER.to_owned()),
        ("identificatie", format!("I{number}")),
        ("dagtekening", "2025-12-15".to_owned()),
        ("basisschema_versie", "1.0.0".to_owned()),
        ("bericht_versie", "1.0.0".to_owned()),
    ];
    draft.add("Kop", &kop.into_iter().collect()).unwrap();
    for (concept, facts) in concepts("iwmo", &number.to_string()) {
        draft.add(&concept, &facts).unwrap();
    }
    draft.write().into()
}

/// The same message of a person whom a rule says to be too old to live.
pub(crate) fn too_old(xml: &Bytes) -> Bytes {
    replaced(xml, "2012-05-17", "1850-05-17")
}

/// A message of a release that breaks no rule within itself.
pub(crate) fn accepted(family: &str, number: &str, seed: u64) -> Bytes {
    let rulebooks = rulebooks();
    let rulebook = rulebooks
        .iter()
        .find(|rulebook| rulebook.release().family() == family)
        .unwrap();
    generate_accepted(rulebook, number, Seed(seed))
        .unwrap()
        .write()
        .into()
}

/// The answer on a message in which the rules find nothing wrong.
pub(crate) fn answer_on(xml: &Bytes, identificatie: &str) -> Bytes {
    let message = check(xml.clone(), &releases(), &Limits::default())
        .message
        .unwrap();
    let identity = Identity {
        identificatie: identificatie.to_owned(),
        dagtekening: date(2025, 12, 16),
    };
    answer(&message, &Judgement::default(), &identity)
        .unwrap()
        .unwrap()
        .write()
        .into()
}

/// A message with one text in place of another.
pub(crate) fn replaced(xml: &Bytes, from: &str, to: &str) -> Bytes {
    let text = std::str::from_utf8(xml).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    text.replace(from, to).into()
}

/// The metadata of a message of the aanbieder to the gemeente.
pub(crate) fn metadata(number: &str, traceer_id: Uuid) -> BerichtMetadataPush {
    let release = release("iwmo");
    BerichtMetadataPush {
        routeringgegevens: Routeringgegevens {
            afzender: Relatie::new(ROL, AANBIEDER),
            geadresseerden: vec![Relatie::new("Gemeente", GEMEENTE)],
            berichtstroom: berichtstroom(&release, release.message(number).unwrap()),
        },
        referentiegegevens: Referentiegegevens {
            conversatie_id: traceer_id,
            traceer_id,
            als_antwoord_op: None,
            referentie_id: None,
        },
        verwerkingscontext: None,
    }
}

pub(crate) fn push(metadata: BerichtMetadataPush, payload: Bytes) -> VspRequest {
    VspRequest::Push {
        metadata: Box::new(metadata),
        payload,
    }
}

/// Asks a status in version 3.
pub(crate) fn status(query: StatusQuery) -> VspRequest {
    let version = StatusVersion::V3;
    VspRequest::Status { version, query }
}

pub(crate) fn identifier(number: u128) -> Uuid {
    Uuid::from_u128(0x3f0c_1d52_6a0b_4c7e_9b51_0000_0000_0000 + number)
}
