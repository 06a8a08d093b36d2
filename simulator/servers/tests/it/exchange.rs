//! Whole exchanges over loopback HTTP, held against the same exchange in virtual time.

use std::time::Duration;

use bytes::Bytes;
use jiff::civil::date;
use kp_chain::vsp::{
    Berichtstatus, StatusQuery, StatusVersion, VspReply, VspRequest, Zoekpad, ZoekpadBerichtstroom,
};
use kp_chain::{
    BerichtFact, GemeenteOutput, HubEvent, Instruction, Outcome, RetourVerdict, Uitkomst, World, WorldEvent,
    WorldSettings,
};
use kp_servers::{AanbiederTask, ClientSettings, HubServerSettings, ServersError, VspClient, settle};

use crate::fixture::{
    AANBIEDER, GEMEENTE, INDIENER, SEED, aanbieder, aanbieder_settings, allocate, at, gemeente,
    gemeente_settings, hub_server, hub_settings, key, rulebooks, server_settings,
};

const ALLOCATED: &str = "2025-12-15T09:00";
const STARTED: &str = "2026-01-05T09:00";

fn delivered(event: HubEvent) -> Option<(String, Bytes)> {
    match event {
        HubEvent::Bericht {
            bericht,
            fact: BerichtFact::Delivered { .. },
            ..
        } => Some((bericht.name().to_owned(), bericht.xml.clone())),
        HubEvent::Bericht { .. } | HubEvent::Invalid { .. } => None,
    }
}

fn start_of_delivery(family: &str) -> Instruction {
    Instruction::StartLevering {
        toewijzing: key(family),
        begindatum: date(2026, 1, 5),
    }
}

/// The messages that the hub delivers when all of it happens in virtual time.
fn in_virtual_time(family: &str) -> Vec<(String, Bytes)> {
    let settings = WorldSettings {
        hub: hub_settings(),
        poll_ms: 1000,
        seed: SEED,
    };
    let mut world = World::new(settings, rulebooks(), at(ALLOCATED));
    world.add_gemeente(gemeente_settings());
    world.add_aanbieder(aanbieder_settings(), INDIENER);
    assert!(world.act(GEMEENTE, at(ALLOCATED), allocate(family)));
    world.run_until_idle();
    assert!(world.instruct(AANBIEDER, at(STARTED), "start", start_of_delivery(family)));
    world.run_until_idle();
    let events = world.events().iter().cloned();
    events
        .filter_map(|event| match event {
            WorldEvent::Hub(event) => delivered(event),
            WorldEvent::Acted { .. }
            | WorldEvent::Klaar { .. }
            | WorldEvent::Reply { .. }
            | WorldEvent::Failed { .. } => None,
        })
        .collect()
}

/// The same over HTTP, with the aanbieder as a client of its own.
async fn over_http(family: &str) -> Vec<(String, Bytes)> {
    let server = hub_server(HubServerSettings {
        default_indiener: None,
        ..server_settings()
    })
    .await;
    let hub = server.handle();
    let mut events = hub.events();
    let settings = ClientSettings {
        indiener: Some(INDIENER.to_owned()),
        ..ClientSettings::default()
    };
    let base_url = format!("{}/tst/", server.base_url());
    let task = AanbiederTask::start(aanbieder(), &base_url, at(ALLOCATED), settings).unwrap();
    let aanbieder = task.handle();
    let mut gemeente = gemeente();

    gemeente.decisions_mut().add(at(ALLOCATED), allocate(family));
    let told = settle(&mut gemeente, at(ALLOCATED), &hub).await.unwrap();
    assert!(
        matches!(
            told.as_slice(),
            [GemeenteOutput::Acted {
                outcome: Outcome::Sent { .. },
                ..
            }]
        ),
        "{told:?}"
    );
    let clock = |nu: &str| Instruction::ZetKlok { nu: at(nu) };
    assert_eq!(
        aanbieder.instruct("klok 1", clock(ALLOCATED)).await.unwrap(),
        Uitkomst::Klaar
    );
    settle(&mut gemeente, at(ALLOCATED), &hub).await.unwrap();

    hub.set_time(at(STARTED)).await.unwrap();
    assert_eq!(
        aanbieder.instruct("klok 2", clock(STARTED)).await.unwrap(),
        Uitkomst::Klaar
    );
    assert_eq!(
        aanbieder
            .instruct("start", start_of_delivery(family))
            .await
            .unwrap(),
        Uitkomst::Klaar
    );
    settle(&mut gemeente, at(STARTED), &hub).await.unwrap();
    assert_eq!(
        aanbieder.instruct("klok 3", clock(STARTED)).await.unwrap(),
        Uitkomst::Klaar
    );

    let administration = aanbieder.administration().await.unwrap();
    assert_eq!(administration.leveringen[0].retour, Some(RetourVerdict::Schoon));
    let mut found = Vec::new();
    while let Some(event) = events.try_next().unwrap() {
        found.extend(delivered(event));
    }
    task.stop().await;
    server.stop().await;
    found
}

#[tokio::test]
async fn the_same_exchange_gives_the_same_bytes_in_both_worlds() {
    for (family, letters) in [("iwmo", "WMO"), ("ijw", "JW")] {
        let http = over_http(family).await;
        let names: Vec<&str> = http.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            ["301", "302", "305", "306"].map(|number| format!("{letters}{number}"))
        );
        assert_eq!(http, in_virtual_time(family));
    }
}

#[tokio::test]
async fn an_aanbieder_says_when_the_hub_cannot_be_reached() {
    let server = hub_server(server_settings()).await;
    let base_url = server.base_url().to_owned();
    server.stop().await;
    let task =
        AanbiederTask::start(aanbieder(), &base_url, at(ALLOCATED), ClientSettings::default()).unwrap();
    let refused = task
        .handle()
        .instruct("klok", Instruction::ZetKlok { nu: at(ALLOCATED) })
        .await;
    assert!(
        matches!(refused, Err(ServersError::Connect { .. })),
        "{refused:?}"
    );
    let again = task
        .handle()
        .instruct("klok", Instruction::ZetKlok { nu: at(ALLOCATED) })
        .await;
    assert!(matches!(again, Err(ServersError::Connect { .. })), "{again:?}");
}

#[tokio::test]
async fn an_aanbieder_does_not_wait_for_ever() {
    // It accepts nothing, so that connecting succeeds and no answer comes.
    let silent = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base_url = format!("http://{}", silent.local_addr().unwrap());
    let settings = ClientSettings {
        exchange_wait: Duration::from_millis(50),
        ..ClientSettings::default()
    };
    let task = AanbiederTask::start(aanbieder(), &base_url, at(ALLOCATED), settings).unwrap();
    let late = task
        .handle()
        .instruct("klok", Instruction::ZetKlok { nu: at(ALLOCATED) })
        .await;
    assert!(
        matches!(late, Err(ServersError::Timeout { waited_ms: 50, .. })),
        "{late:?}"
    );
}

#[tokio::test]
async fn a_wrong_address_is_told_at_the_start() {
    for base_url in ["", "https://127.0.0.1", "geen adres", "/tst"] {
        let refused = AanbiederTask::start(aanbieder(), base_url, at(ALLOCATED), ClientSettings::default());
        assert!(matches!(refused, Err(ServersError::BaseUrl { .. })), "{base_url}");
    }
}

#[tokio::test]
async fn a_slow_reader_of_events_is_told_what_it_missed() {
    let server = hub_server(HubServerSettings {
        events: 2,
        ..server_settings()
    })
    .await;
    let hub = server.handle();
    let mut events = hub.events();
    let mut gemeente = gemeente();
    for number in 0..3 {
        let act = kp_chain::Act {
            id: format!("allocate {number}"),
            ..allocate("iwmo")
        };
        gemeente.decisions_mut().add(at(ALLOCATED), act);
    }
    settle(&mut gemeente, at(ALLOCATED), &hub).await.unwrap();
    assert!(matches!(
        events.try_next(),
        Err(ServersError::EventsLost { count: 4 })
    ));
    assert!(events.try_next().unwrap().is_some());
}

#[tokio::test]
async fn a_client_searches_and_asks_status_in_either_version() {
    let server = hub_server(server_settings()).await;
    let mut gemeente = gemeente();
    gemeente.decisions_mut().add(at(ALLOCATED), allocate("iwmo"));
    settle(&mut gemeente, at(ALLOCATED), &server.handle())
        .await
        .unwrap();
    let mut client = VspClient::new(server.base_url(), ClientSettings::default()).unwrap();
    let VspReply::List(all) = client.call(&VspRequest::List { limit: 250 }).await.unwrap() else {
        panic!("a list")
    };
    let traceer_id = all[0].referentiegegevens.traceer_id;
    let some = |text: &str| Some(text.to_owned());
    let stream = ZoekpadBerichtstroom {
        berichttype: "iWmo".to_owned(),
        berichtsubtype: some("WMO301"),
        berichtversie: Some(3),
        berichtsubversie: Some(2),
        actie: some("WMO301"),
        geadresseerde_rol: some("Instelling"),
        geadresseerde_code: some(AANBIEDER),
    };
    for (zoekpad, count) in [
        (Zoekpad::Berichtstroom(stream), 1),
        (Zoekpad::ConversatieId(traceer_id), 1),
        (Zoekpad::AlsAntwoordOp(traceer_id), 0),
    ] {
        let zoekpad = Box::new(zoekpad);
        let found = client
            .call(&VspRequest::Search { zoekpad, limit: 10 })
            .await
            .unwrap();
        assert_eq!(found, VspReply::List(all[..count].to_vec()));
    }
    for (version, word) in [
        (StatusVersion::V2, Berichtstatus::Aangeboden),
        (StatusVersion::V3, Berichtstatus::WordtAangeboden),
    ] {
        let query = StatusQuery::TraceerId(traceer_id);
        let VspReply::Status(found) = client.call(&VspRequest::Status { version, query }).await.unwrap()
        else {
            panic!("a status")
        };
        assert_eq!(found[0].berichtstatus, word);
    }
}
