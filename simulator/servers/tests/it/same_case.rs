//! The same case on the wire in both models, and what each takes: calls, bytes, and how often a person goes along.
//!
//! Allocate, change, start, stop for a while, go on, stop, correct. `docs/performance.md` has the figures, which
//! `cargo test -p kp-servers same_case -- --nocapture` prints.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use kp_chain::netwerk::Opdracht;
use kp_chain::{
    Aanleiding, Act, BerichtFact, Content, HubEvent, Instruction, SimTime, ToewijzingKey, Uitkomst,
};
use kp_model::Facts;
use kp_servers::{AanbiederTask, ClientSettings, settle};

use crate::fixture::{self, INDIENER, aanbieder, allocate, gemeente, hub_server, server_settings};
use crate::netwerk::{AANBIEDER, GEMEENTE, Net};

const BSN: &str = "999900006";
const CASES: u32 = 10;

/// What a model takes for a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Taken {
    /// Requests over the wire, those for tokens and the address book too.
    calls: usize,
    /// What was asked and answered, without headers.
    bytes: usize,
    /// How often the number of the person went over the wire.
    persons: usize,
    /// In how many places it stands afterwards: messages that sender, hub and receiver keep, or records and copies of them.
    copies: usize,
}

/// The days of a case.
fn days(seed: u32) -> [Date; 5] {
    let start = date(2026, 1, 5) + i64::from(seed).days();
    let pause = start + 14.days();
    let resumed = pause + 7.days();
    let stop = resumed + 30.days();
    [start, pause, resumed, stop, stop - 2.days()]
}

fn nine(day: Date) -> SimTime {
    SimTime::from_civil(day.at(9, 0, 0, 0))
}

/// The allocation as it was first and as it is changed: the end moves.
fn versions() -> [Vec<(String, Facts)>; 2] {
    let Content::Concepts(first) = allocate("iwmo").content else {
        panic!("an allocation is made of concepts");
    };
    let mut second = first.clone();
    for (concept, facts) in &mut second {
        if concept == "Toewijzing" {
            facts.insert("einddatum", "2027-03-31");
            facts.insert("reden_wijziging", "04");
        }
    }
    [first, second]
}

/// What the user of the aanbieder does, and when.
fn acts(seed: u32, toewijzing: &ToewijzingKey) -> Vec<(Date, Instruction)> {
    let [start, pause, resumed, stop, really] = days(seed);
    let toewijzing = || toewijzing.clone();
    let stops = |einddatum, aanleiding| Instruction::StopLevering {
        toewijzing: toewijzing(),
        einddatum,
        aanleiding,
    };
    let starts = Instruction::StartLevering {
        toewijzing: toewijzing(),
        begindatum: start,
    };
    let goes_on = Instruction::HervatLevering {
        toewijzing: toewijzing(),
        begindatum: resumed,
    };
    let corrects = Instruction::CorrigeerStop {
        toewijzing: toewijzing(),
        einddatum: stop,
        nieuwe_einddatum: Some(really),
        nieuwe_aanleiding: None,
    };
    vec![
        (start, starts),
        (pause, stops(pause, Aanleiding::Tijdelijk)),
        (resumed, goes_on),
        (stop, stops(stop, Aanleiding::VolgensPlan)),
        (stop + 3.days(), corrects),
    ]
}

async fn over_messages(seed: u32) -> Taken {
    let server = hub_server(server_settings()).await;
    let hub = server.handle();
    let mut events = hub.events();
    let settings = ClientSettings {
        indiener: Some(INDIENER.to_owned()),
        ..ClientSettings::default()
    };
    let base_url = format!("{}/tst/", server.base_url());
    let task = AanbiederTask::start(aanbieder(), &base_url, nine(date(2025, 12, 15)), settings).unwrap();
    let party = task.handle();
    let mut gemeente = gemeente();
    let mut orders = 0;
    let sent = [date(2025, 12, 15), date(2025, 12, 22)]
        .into_iter()
        .zip(versions());
    for (day, concepts) in sent {
        orders += 1;
        hub.set_time(nine(day)).await.unwrap();
        let act = Act {
            id: format!("allocate {orders}"),
            content: Content::Concepts(concepts),
            ..allocate("iwmo")
        };
        gemeente.decisions_mut().add(nine(day), act);
        settle(&mut gemeente, nine(day), &hub).await.unwrap();
        let clock = Instruction::ZetKlok { nu: nine(day) };
        party.instruct(&format!("klok {orders}"), clock).await.unwrap();
        settle(&mut gemeente, nine(day), &hub).await.unwrap();
    }
    for (day, act) in acts(seed, &fixture::key("iwmo")) {
        orders += 1;
        hub.set_time(nine(day)).await.unwrap();
        let clock = |part: &str| (format!("{part} {orders}"), Instruction::ZetKlok { nu: nine(day) });
        let (id, order) = clock("voor");
        party.instruct(&id, order).await.unwrap();
        let done = party.instruct(&format!("act {orders}"), act).await.unwrap();
        assert_eq!(done, Uitkomst::Klaar);
        settle(&mut gemeente, nine(day), &hub).await.unwrap();
        let (id, order) = clock("na");
        party.instruct(&id, order).await.unwrap();
    }
    let mut taken = Taken::default();
    while let Some(event) = events.try_next().unwrap() {
        let HubEvent::Bericht {
            bericht,
            fact: BerichtFact::Delivered { .. },
            ..
        } = event
        else {
            continue;
        };
        // It is handed in, and it is listed, fetched and confirmed; the content goes in and out.
        taken.calls += 4;
        taken.bytes += 2 * bericht.xml.len();
        let text = String::from_utf8_lossy(&bericht.xml);
        taken.persons += 2 * text.matches(BSN).count();
        taken.copies += 3 * usize::from(text.contains(BSN));
    }
    task.stop().await;
    server.stop().await;
    taken
}

async fn over_registers(seed: u32) -> Taken {
    let net = Net::start().await;
    let gemeente = &net.parties[GEMEENTE];
    let sent = [date(2025, 12, 15), date(2025, 12, 22)]
        .into_iter()
        .zip(versions());
    for (day, concepts) in sent {
        net.set_time(nine(day)).await;
        let of = |name: &str| {
            let found = concepts.iter().find(|(concept, _)| concept == name);
            found.unwrap().1.clone()
        };
        let (client, toewijzing) = (of("Client"), of("Toewijzing"));
        let made = gemeente.with(move |partij, now, _| {
            partij.allocate(now, "case", ("iwmo", AANBIEDER), (&client, &toewijzing))
        });
        made.await.unwrap().unwrap();
        net.settle().await;
    }
    let key = ToewijzingKey {
        gemeente: GEMEENTE.to_owned(),
        ..fixture::key("iwmo")
    };
    for (day, act) in acts(seed, &key) {
        net.set_time(nine(day)).await;
        // The acts are those of one catalogue.
        let opdracht: Opdracht = serde_json::from_value(serde_json::to_value(act).unwrap()).unwrap();
        let cause = day.to_string();
        let done = net.parties[AANBIEDER].with(move |partij, now, _| partij.instruct(now, &cause, opdracht));
        assert_eq!(done.await.unwrap(), Uitkomst::Klaar);
        net.settle().await;
    }
    let mut taken = Taken::default();
    for exchange in net.knooppunt.handle().take_exchanges() {
        assert_eq!(exchange.status, 200);
        taken.calls += 1;
        taken.bytes += exchange.request.len() + exchange.response.len();
        for part in [&exchange.request, &exchange.response] {
            taken.persons += String::from_utf8_lossy(part).matches(BSN).count();
        }
    }
    let entities: Vec<_> = net.network().entity_ids().collect();
    for party in net.parties.values() {
        let entities = entities.clone();
        let kept = party.with(move |partij, _, _| {
            let has_person = |values: &BTreeMap<String, String>| values.values().any(|value| value == BSN);
            let fetched = partij
                .copies()
                .filter(|(_, copy)| has_person(&copy.values))
                .count();
            let registers = entities
                .iter()
                .filter_map(|entity| Some((entity, partij.register(*entity)?)));
            let own = registers.flat_map(|(entity, register)| {
                let records = register.records();
                records.filter(move |record| record.entity == *entity && has_person(&record.values))
            });
            fetched + own.count()
        });
        taken.copies += kept.await.unwrap();
    }
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_goes_along_less_often_over_registers() {
    let mut all = [Taken::default(); 2];
    let mut times = [0; 2];
    for seed in 0..CASES {
        let begun = std::time::Instant::now();
        let messages = over_messages(seed).await;
        times[0] += begun.elapsed().as_millis();
        let begun = std::time::Instant::now();
        let registers = over_registers(seed).await;
        times[1] += begun.elapsed().as_millis();
        for (sum, taken) in all.iter_mut().zip([messages, registers]) {
            sum.calls += taken.calls;
            sum.bytes += taken.bytes;
            sum.persons += taken.persons;
            sum.copies += taken.copies;
        }
        assert!(registers.persons < messages.persons, "{registers:?} {messages:?}");
        assert!(registers.copies < messages.copies, "{registers:?} {messages:?}");
    }
    for (model, (sum, time)) in ["estafette", "netwerk"].into_iter().zip(all.iter().zip(times)) {
        let cases = CASES as usize;
        println!(
            "{model}: calls {}, bytes {}, persons {}, copies {}, ms {}",
            sum.calls / cases,
            sum.bytes / cases,
            sum.persons / cases,
            sum.copies / cases,
            time / u128::from(CASES),
        );
    }
}
