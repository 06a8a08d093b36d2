//! Whole exchanges in virtual time.

use std::collections::BTreeMap;

use jiff::civil::date;
use kp_chain::{
    Aanleiding, BerichtFact, Content, HubEvent, Instruction, Outcome, RetourVerdict, SimTime, Uitkomst,
    World, WorldEvent,
};

use crate::fixture::{AANBIEDER, GEMEENTE, allocate, key, morning, world};

const DAY_MS: u64 = 24 * 3_600_000;

/// What the hub saw, one word or code an event.
fn log(world: &World) -> Vec<String> {
    world
        .events()
        .iter()
        .filter_map(|event| {
            let WorldEvent::Hub(HubEvent::Bericht { bericht, fact, .. }) = event else {
                return None;
            };
            let fact = match fact {
                BerichtFact::Received => "received",
                BerichtFact::Refused { code, .. } => code,
                BerichtFact::Delivered { .. } => "delivered",
                BerichtFact::Made => "made",
                BerichtFact::Confirmed => "confirmed",
            };
            Some(format!("{} {fact}", bericht.name()))
        })
        .collect()
}

fn whole_way(name: &str) -> [String; 3] {
    ["received", "delivered", "confirmed"].map(|fact| format!("{name} {fact}"))
}

/// Allocates, starts delivery, and lets all of it be answered.
fn exchange(family: &str, seed: u64) -> World {
    let mut world = world(seed, None);
    assert!(world.act(GEMEENTE, morning(), allocate(family, "900001")));
    world.run_until_idle();
    let begin = SimTime::start_of(date(2026, 1, 5)).plus_ms(9 * 3_600_000);
    let start = Instruction::StartLevering {
        toewijzing: key(family, "900001"),
        begindatum: date(2026, 1, 5),
    };
    assert!(world.instruct(AANBIEDER, begin, "zet-klok", Instruction::ZetKlok { nu: begin }));
    assert!(world.instruct(AANBIEDER, begin, "start", start));
    world.run_until_idle();
    world
}

#[test]
fn good_messages_are_answered_both_ways_in_both_releases() {
    for (family, letters) in [("iwmo", "WMO"), ("ijw", "JW")] {
        let world = exchange(family, 1);
        let expected: Vec<String> = ["301", "302", "305", "306"]
            .iter()
            .flat_map(|number| whole_way(&format!("{letters}{number}")))
            .collect();
        let mut found = log(&world);
        // A confirmation and the message that answers overtake each other; the messages themselves keep their order.
        found.sort();
        let mut sorted = expected;
        sorted.sort();
        assert_eq!(found, sorted, "{family}: {:#?}", world.events());

        let aanbieder = world.aanbieder(AANBIEDER).unwrap();
        assert!(aanbieder.toewijzingen().contains_key(&key(family, "900001")));
        let [levering] = &aanbieder.leveringen()[..] else {
            panic!("one delivery")
        };
        assert_eq!(levering.retour, Some(RetourVerdict::Schoon));

        let received: Vec<_> = world.gemeente(GEMEENTE).unwrap().received().iter().collect();
        let [retour, start] = received.as_slice() else {
            panic!("two messages")
        };
        let retour = retour.message.as_ref().unwrap();
        let kop = &retour.facts("Kop")[0];
        assert_eq!(
            (kop.get("afzender"), kop.get("ontvanger")),
            (Some(GEMEENTE), Some(AANBIEDER))
        );
        let retour_kop = &retour.facts("RetourKop")[0];
        assert_eq!(retour_kop.get("dagtekening"), Some("2025-12-15"));
        assert_eq!(
            (
                retour_kop.get("retourcode"),
                retour.facts("Controle")[0].get("xslt_versie")
            ),
            (None, None)
        );
        let start = start.message.as_ref().unwrap();
        assert_eq!(start.facts("Kop")[0].get("dagtekening"), Some("2026-01-05"));
        let start = &start.facts("Start")[0];
        assert_eq!(start.get("toewijzing_ingangsdatum"), Some("2026-01-05"));
        assert_eq!(start.get("status_aanlevering"), Some("1"));
    }
}

/// What a party would do while it is out it does when it is back; nothing is lost by it but time.
#[test]
fn a_party_that_is_out_answers_when_it_is_back() {
    let answered = |out: Option<(SimTime, SimTime)>| {
        let mut world = world(1, None);
        if let Some((from, until)) = out {
            world.put_out(AANBIEDER, from, until);
        }
        assert!(world.act(GEMEENTE, morning(), allocate("iwmo", "900001")));
        world.run_until_idle();
        let retour = world.events().iter().find_map(|event| match event {
            WorldEvent::Hub(HubEvent::Bericht {
                at,
                bericht,
                fact: BerichtFact::Received,
            }) if bericht.name() == "WMO302" => Some((*at, bericht.xml.clone())),
            WorldEvent::Hub(_)
            | WorldEvent::Acted { .. }
            | WorldEvent::Klaar { .. }
            | WorldEvent::Reply { .. }
            | WorldEvent::Failed { .. } => None,
        });
        (log(&world), retour.unwrap())
    };
    let back = morning().plus_ms(2 * 24 * 3_600_000);
    let (at_once, (_, _)) = answered(None);
    let (later, (at, _)) = answered(Some((morning(), back)));
    assert!(at >= back, "{at}");
    let sorted = |mut log: Vec<String>| {
        log.sort();
        log
    };
    assert_eq!(sorted(at_once), sorted(later));
}

#[test]
fn outcomes_are_told() {
    let world = exchange("iwmo", 1);
    let klaar: Vec<_> = world
        .events()
        .iter()
        .filter_map(|event| match event {
            WorldEvent::Klaar {
                instruction,
                uitkomst,
                ..
            } => Some((instruction.as_str(), uitkomst.clone())),
            WorldEvent::Acted {
                act,
                outcome: Outcome::Sent { .. },
                ..
            } => Some((act.as_str(), Uitkomst::Klaar)),
            WorldEvent::Hub(_)
            | WorldEvent::Acted { .. }
            | WorldEvent::Reply { .. }
            | WorldEvent::Failed { .. } => None,
        })
        .collect();
    assert_eq!(
        klaar,
        [
            ("allocate 900001", Uitkomst::Klaar),
            ("zet-klok", Uitkomst::Klaar),
            ("start", Uitkomst::Klaar),
        ]
    );
}

#[test]
fn a_delivery_of_an_unknown_allocation_is_refused() {
    let mut world = world(1, None);
    let start = Instruction::StartLevering {
        toewijzing: key("iwmo", "1"),
        begindatum: date(2026, 1, 5),
    };
    world.instruct(AANBIEDER, morning(), "start", start);
    world.run_until_idle();
    assert!(matches!(
        world.events(),
        [WorldEvent::Klaar { uitkomst: Uitkomst::Geweigerd { reden }, .. }] if reden.contains("niet bekend")
    ));
}

#[test]
fn equal_seeds_replay_and_other_seeds_differ() {
    let digest = exchange("iwmo", 7).digest();
    assert_eq!(digest, exchange("iwmo", 7).digest());
    assert_ne!(digest, exchange("iwmo", 8).digest());
    assert_eq!(digest.len(), 64);
}

#[test]
fn a_broken_message_ends_at_the_hub() {
    let mut world = world(1, None);
    let mut act = allocate("iwmo", "900001");
    act.content = Content::Bytes(b"<Bericht>".as_slice().into());
    world.act(GEMEENTE, morning(), act);
    let mut wrong = allocate("iwmo", "900002");
    if let Content::Concepts(concepts) = &mut wrong.content {
        concepts[0].1.insert("bsn", "12345");
    }
    world.act(GEMEENTE, morning().plus_ms(1), wrong);
    world.run_until_idle();
    assert_eq!(
        log(&world),
        [
            "WMO301 received",
            "WMO301 IB014",
            "WMO301 received",
            "WMO301 IB014"
        ]
    );
    let refusals = world.events().iter().filter_map(|event| match event {
        WorldEvent::Hub(HubEvent::Bericht {
            fact: BerichtFact::Refused { findings, .. },
            ..
        }) => Some(findings),
        WorldEvent::Hub(_)
        | WorldEvent::Acted { .. }
        | WorldEvent::Klaar { .. }
        | WorldEvent::Reply { .. }
        | WorldEvent::Failed { .. } => None,
    });
    let rules: Vec<&str> = refusals.flatten().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(rules.last(), Some(&"RS037"));
    assert!(world.aanbieder(AANBIEDER).unwrap().toewijzingen().is_empty());
}

#[test]
fn an_act_that_cannot_be_written_is_told() {
    let mut world = world(1, None);
    let mut act = allocate("iwmo", "900001");
    act.carries = "Nergens".to_owned();
    world.act(GEMEENTE, morning(), act);
    world.run_until_idle();
    assert!(matches!(
        world.events(),
        [WorldEvent::Acted {
            outcome: Outcome::NotMade { .. },
            ..
        }]
    ));
}

#[test]
fn a_defect_shows_at_the_outgoing_side_only() {
    let run = |defect| {
        let mut world = world(1, Some(defect));
        world.act(GEMEENTE, morning(), allocate("ijw", "900001"));
        world.run_until_idle();
        world
    };
    let silent = run("aanbieder-geen-retour");
    assert_eq!(log(&silent), whole_way("JW301"));
    let swapped = run("aanbieder-partijen-omgedraaid");
    assert!(
        log(&swapped).contains(&"JW302 BRS13".to_owned()),
        "{:?}",
        log(&swapped)
    );
    assert!(swapped.gemeente(GEMEENTE).unwrap().received().is_empty());
}

#[test]
fn a_silent_gemeente_takes_and_does_not_answer() {
    let mut world = world(1, None);
    world.decisions_mut(GEMEENTE).unwrap().stay_silent_on("305");
    world.act(GEMEENTE, morning(), allocate("iwmo", "900001"));
    world.run_until_idle();
    let start = Instruction::StartLevering {
        toewijzing: key("iwmo", "900001"),
        begindatum: date(2026, 1, 5),
    };
    world.instruct(AANBIEDER, SimTime::start_of(date(2026, 1, 5)), "start", start);
    world.run_until_idle();
    let log = log(&world);
    assert!(log.contains(&"WMO305 confirmed".to_owned()));
    assert!(!log.iter().any(|line| line.starts_with("WMO306")));
}

#[test]
fn many_exchanges_each_get_one_answer() {
    let mut world = world(3, None);
    for number in 0..300 {
        let at = morning().plus_ms(number % 7 * DAY_MS);
        world.act(
            GEMEENTE,
            at,
            allocate(
                if number % 2 == 0 { "iwmo" } else { "ijw" },
                &format!("{}", 900_000 + number),
            ),
        );
    }
    world.run_until_idle();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for line in log(&world) {
        *counts
            .entry(line[line.find('3').unwrap()..].to_owned())
            .or_default() += 1;
    }
    let counts: Vec<(&str, usize)> = counts
        .iter()
        .map(|(line, count)| (line.as_str(), *count))
        .collect();
    assert_eq!(
        counts,
        [
            ("301 confirmed", 300),
            ("301 delivered", 300),
            ("301 received", 300),
            ("302 confirmed", 300),
            ("302 delivered", 300),
            ("302 received", 300),
        ]
    );
    assert_eq!(world.aanbieder(AANBIEDER).unwrap().toewijzingen().len(), 300);
}

/// What the aanbieder does in a world where its start on 5 January was reported.
fn afterwards(family: &str, instructions: &[(i8, Instruction)]) -> World {
    let mut world = exchange(family, 1);
    for (index, (day, instruction)) in instructions.iter().enumerate() {
        let at = SimTime::start_of(date(2026, 2, *day)).plus_ms(9 * 3_600_000);
        assert!(world.instruct(AANBIEDER, at, &format!("act {index}"), instruction.clone()));
        world.run_until_idle();
    }
    world
}

/// What the gemeente got of a concept, with the given fields.
fn reported(world: &World, concept: &str, fields: &[&str]) -> Vec<String> {
    let gemeente = world.gemeente(GEMEENTE).unwrap();
    let messages = gemeente
        .received()
        .iter()
        .filter_map(|received| received.message.as_ref());
    messages
        .flat_map(|message| message.facts(concept))
        .map(|facts| {
            let values: Vec<&str> = fields
                .iter()
                .map(|field| facts.get(field).unwrap_or("-"))
                .collect();
            values.join(" ")
        })
        .collect()
}

fn stop(family: &str, einddatum: i8, aanleiding: Aanleiding) -> Instruction {
    Instruction::StopLevering {
        toewijzing: key(family, "900001"),
        einddatum: date(2026, 2, einddatum),
        aanleiding,
    }
}

#[test]
fn a_stop_for_a_while_may_be_followed_by_one_for_good() {
    for (family, planned) in [("iwmo", "19"), ("ijw", "31")] {
        let acts = [
            (2, stop(family, 2, Aanleiding::Tijdelijk)),
            (9, stop(family, 2, Aanleiding::VolgensPlan)),
        ];
        let world = afterwards(family, &acts);
        let fields = [
            "begindatum",
            "reden_beeindiging",
            "einddatum",
            "status_aanlevering",
        ];
        assert_eq!(
            reported(&world, "Stop", &fields),
            [
                "2026-01-05 20 2026-02-02 1".to_owned(),
                format!("2026-01-05 {planned} 2026-02-02 1"),
            ]
        );
        let [levering] = &world.aanbieder(AANBIEDER).unwrap().leveringen()[..] else {
            panic!("one delivery")
        };
        assert!(!levering.einde.as_ref().unwrap().is_temporary);
    }
}

#[test]
fn a_delivery_that_stopped_for_a_while_begins_again_and_ends_once() {
    let again = Instruction::StartLevering {
        toewijzing: key("iwmo", "900001"),
        begindatum: date(2026, 2, 9),
    };
    let acts = [
        (2, stop("iwmo", 2, Aanleiding::Tijdelijk)),
        (9, again),
        (20, stop("iwmo", 20, Aanleiding::VolgensPlan)),
        (21, stop("iwmo", 21, Aanleiding::VolgensPlan)),
    ];
    let world = afterwards("iwmo", &acts);
    let fields = ["begindatum", "reden_beeindiging", "einddatum"];
    assert_eq!(
        reported(&world, "Stop", &fields),
        ["2026-01-05 20 2026-02-02", "2026-02-09 19 2026-02-20"]
    );
    // What stopped for a while is not what runs, once it began again.
    assert!(world.events().iter().any(|event| matches!(
        event,
        WorldEvent::Klaar { instruction, uitkomst: Uitkomst::Geweigerd { reden }, .. }
            if instruction == "act 3" && reden.contains("loopt geen levering")
    )));
}

#[test]
fn a_wrong_start_is_taken_back_and_reported_anew_in_one_message() {
    let correction = Instruction::CorrigeerStart {
        toewijzing: key("ijw", "900001"),
        begindatum: date(2026, 1, 5),
        nieuwe_begindatum: date(2026, 1, 6),
    };
    let world = afterwards("ijw", &[(2, correction)]);
    let starts = reported(&world, "Start", &["begindatum", "status_aanlevering"]);
    assert_eq!(starts, ["2026-01-05 1", "2026-01-05 3", "2026-01-06 1"]);
    let [levering] = &world.aanbieder(AANBIEDER).unwrap().leveringen()[..] else {
        panic!("one delivery")
    };
    assert_eq!(
        (levering.begindatum, &levering.retour),
        (date(2026, 1, 6), &Some(RetourVerdict::Schoon))
    );
}

#[test]
fn an_aanbieder_reports_nothing_of_what_it_does_not_deliver() {
    let acts = [
        (2, stop("ijw", 2, Aanleiding::VolgensPlan)),
        (3, stop("ijw", 3, Aanleiding::VolgensPlan)),
        (4, stop("iwmo", 2, Aanleiding::VolgensPlan)),
        (5, stop("ijw", 2, Aanleiding::Toewijzing)),
    ];
    let world = afterwards("ijw", &acts);
    let refused: Vec<String> = world
        .events()
        .iter()
        .filter_map(|event| match event {
            WorldEvent::Klaar {
                instruction,
                uitkomst: Uitkomst::Geweigerd { reden },
                ..
            } => Some(format!("{instruction}: {reden}")),
            WorldEvent::Hub(_)
            | WorldEvent::Acted { .. }
            | WorldEvent::Klaar { .. }
            | WorldEvent::Reply { .. }
            | WorldEvent::Failed { .. } => None,
        })
        .collect();
    assert_eq!(
        refused,
        [
            "act 1: van toewijzing 900001 loopt geen levering",
            "act 2: toewijzing 900001 van gemeente 0344 is niet bekend",
            "act 3: van toewijzing 900001 loopt geen levering",
        ]
    );
    assert_eq!(reported(&world, "Stop", &[]).len(), 1);
}
