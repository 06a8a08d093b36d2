//! The going over to another release: its calendar, and what the hub takes when.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use jiff::civil::{Date, DateTime, date};
use kp_chain::{
    AanbiederSettings, GemeenteSettings, Handling, HubSettings, Instruction, Overgang, OvergangError,
    SimTime, Uitkomst, World, WorldEvent, WorldSettings, berichtstroom, calendar, readiness,
};
use kp_model::{Catalogue, Limits, Message, Release, ReleaseId, Seed, check};
use kp_rules::{Rulebook, generate_accepted, retold};

use crate::fixture::{
    AANBIEDER, GEMEENTE, INDIENER, aanbieder_settings, allocate, answer_on, delivered, gemeente_settings,
    hub_settings, identifier, key, metadata, morning, start_message, toewijzing_message,
};
use crate::rig::Rig;

/// A Monday.
const LIVE: Date = date(2026, 3, 2);

static RULEBOOKS: LazyLock<Vec<Arc<Rulebook>>> = LazyLock::new(|| {
    ["iwmo-3.1", "iwmo-3.2"]
        .map(|id| Rulebook::load(&Catalogue::embedded(), id).expect("an embedded release loads"))
        .into()
});

fn release(version: &str) -> Arc<Release> {
    let mut releases = RULEBOOKS.iter().map(|rulebook| Arc::clone(rulebook.release()));
    releases
        .find(|release| release.id().version == version)
        .expect("it was loaded")
}

fn id(version: &str) -> ReleaseId {
    release(version).id().clone()
}

fn overgang() -> Overgang {
    Overgang::new(LIVE, [id("3.1")], [id("3.2")]).expect("a Monday")
}

fn rig(at: DateTime) -> Rig {
    let settings = HubSettings {
        overgang: Some(overgang()),
        ..hub_settings()
    };
    let mut rig = Rig::knowing(settings, RULEBOOKS.clone());
    rig.now = SimTime::from_civil(at);
    rig
}

fn read(bytes: &Bytes) -> Message {
    let releases = [release("3.1"), release("3.2")];
    check(bytes.clone(), &releases, &Limits::default())
        .message
        .expect("a message")
}

/// A message of 3.2 as 3.1 would have it.
fn old(bytes: &Bytes) -> Bytes {
    retold(&read(bytes), &release("3.1")).expect("both have it")
}

/// What becomes of a message that an aanbieder hands in.
fn outcome(rig: &mut Rig, number: &str, count: u128, bytes: Bytes, answers: Option<u128>) -> String {
    let message = read(&bytes);
    let mut metadata = metadata(number, identifier(count));
    metadata.routeringgegevens.berichtstroom = berichtstroom(message.release(), message.message_type());
    if let Some(answered) = answers {
        metadata.referentiegegevens.als_antwoord_op = Some(identifier(answered));
        metadata.referentiegegevens.conversatie_id = identifier(answered);
    }
    match rig.push(metadata, bytes).as_str() {
        "received" => rig.verdict(identifier(count)),
        refused => refused.to_owned(),
    }
}

#[test]
fn the_calendar_is_that_of_the_scripts_that_were_published() {
    let told = |live: Date| -> Vec<String> {
        let moments = calendar(live).expect("a Monday");
        moments
            .iter()
            .map(|moment| format!("{} {}", moment.at.strftime("%a %d-%m-%Y %H:%M"), moment.phase))
            .collect()
    };
    assert_eq!(
        told(date(2022, 4, 4)),
        [
            "Wed 23-03-2022 23:00 afsluiting",
            "Wed 30-03-2022 17:00 afsluiting",
            "Thu 31-03-2022 13:00 transitie",
            "Mon 04-04-2022 13:00 ingebruikname",
        ]
    );
    assert_eq!(
        told(date(2020, 3, 30))[..3],
        [
            "Wed 18-03-2020 23:00 afsluiting",
            "Wed 25-03-2020 17:00 afsluiting",
            "Thu 26-03-2020 13:00 transitie",
        ]
    );
    let tuesday = date(2026, 3, 3);
    assert_eq!(calendar(tuesday), Err(OvergangError::NoMonday(tuesday)));
    let mut days = (1..8).map(|day| date(-9999, 1, day));
    let first = days.find(|day| calendar(*day) != Err(OvergangError::NoMonday(*day)));
    let first = first.expect("a week has a Monday");
    assert_eq!(calendar(first), Err(OvergangError::TooEarly(first)));
    // What is done by the live day itself has a day even then.
    assert!(readiness(first).iter().any(|ready| ready.by == Some(first)));
}

#[test]
fn what_passes_depends_on_the_moment_the_release_and_the_kind_of_message() {
    let kinds = [("3.1", "323"), ("3.1", "305"), ("3.1", "302"), ("3.2", "305")];
    let told: Vec<String> = [
        date(2026, 2, 18).at(22, 59, 59, 0),
        date(2026, 2, 18).at(23, 0, 0, 0),
        date(2026, 2, 25).at(16, 59, 59, 0),
        date(2026, 2, 25).at(17, 0, 0, 0),
        date(2026, 2, 26).at(12, 59, 59, 0),
        date(2026, 2, 26).at(13, 0, 0, 0),
        date(2026, 3, 2).at(12, 59, 59, 0),
        date(2026, 3, 2).at(13, 0, 0, 0),
    ]
    .iter()
    .map(|now| {
        let of = |(version, number): (&str, &str)| {
            let release = release(version);
            let message = release.message(number).expect("the release has it");
            let (handling, _) = overgang().handling(*now, &release, message);
            format!("{version} {number} {handling:?}")
        };
        format!("{} {}", now.strftime("%d-%m %H:%M"), kinds.map(of).join(", "))
    })
    .collect();
    assert_eq!(
        told,
        [
            "18-02 22:59 3.1 323 Accept, 3.1 305 Accept, 3.1 302 Accept, 3.2 305 Refuse",
            "18-02 23:00 3.1 323 Advise, 3.1 305 Accept, 3.1 302 Accept, 3.2 305 Refuse",
            "25-02 16:59 3.1 323 Advise, 3.1 305 Accept, 3.1 302 Accept, 3.2 305 Refuse",
            "25-02 17:00 3.1 323 Refuse, 3.1 305 Refuse, 3.1 302 Accept, 3.2 305 Refuse",
            "26-02 12:59 3.1 323 Refuse, 3.1 305 Refuse, 3.1 302 Accept, 3.2 305 Refuse",
            "26-02 13:00 3.1 323 Refuse, 3.1 305 Refuse, 3.1 302 Refuse, 3.2 305 Refuse",
            "02-03 12:59 3.1 323 Refuse, 3.1 305 Refuse, 3.1 302 Refuse, 3.2 305 Refuse",
            "02-03 13:00 3.1 323 Refuse, 3.1 305 Refuse, 3.1 302 Refuse, 3.2 305 Accept",
        ]
    );
    // A release that neither goes nor comes is not concerned.
    let ieb = Catalogue::embedded().load("ieb-4.0").expect("it loads");
    let (handling, _) = overgang().handling(LIVE.at(0, 0, 0, 0), &ieb, &ieb.messages()[0]);
    assert_eq!(handling, Handling::Accept);
}

#[test]
fn the_hub_takes_the_old_release_up_to_the_freeze_and_the_new_one_from_the_live_hour() {
    let new_start = start_message("I1");
    let claim: Bytes = generate_accepted(&RULEBOOKS[1], "323", Seed(1))
        .expect("a claim")
        .write()
        .into();
    for (at, old_start, old_claim, new) in [
        (
            date(2026, 2, 18).at(22, 0, 0, 0),
            "delivered",
            "delivered",
            "BRS13",
        ),
        // That claims stop earlier is asked of parties, not upheld by nodes.
        (
            date(2026, 2, 19).at(9, 0, 0, 0),
            "delivered",
            "delivered",
            "BRS13",
        ),
        (date(2026, 2, 25).at(17, 0, 0, 0), "BRS13", "BRS13", "BRS13"),
        (date(2026, 2, 27).at(9, 0, 0, 0), "BRS13", "BRS13", "BRS13"),
        (date(2026, 3, 2).at(13, 0, 0, 0), "BRS13", "BRS13", "delivered"),
    ] {
        let mut rig = rig(at);
        assert_eq!(
            outcome(&mut rig, "305", 1, old(&new_start), None),
            old_start,
            "{at} old 305"
        );
        assert_eq!(
            outcome(&mut rig, "323", 2, old(&claim), None),
            old_claim,
            "{at} old 323"
        );
        assert_eq!(
            outcome(&mut rig, "305", 3, new_start.clone(), None),
            new,
            "{at} new 305"
        );
    }
}

#[test]
fn an_answer_passes_until_the_silence_and_has_the_release_of_what_it_answers() {
    let toewijzing = toewijzing_message(1);
    let answer = answer_on(&toewijzing, "R1");
    let mut before = rig(date(2026, 2, 26).at(12, 0, 0, 0));
    assert_eq!(outcome(&mut before, "302", 1, old(&answer), Some(9)), "delivered");
    let mut silence = rig(date(2026, 2, 26).at(13, 0, 0, 0));
    assert_eq!(outcome(&mut silence, "302", 1, old(&answer), Some(9)), "BRS13");
    // A start of before, answered after: neither release will do.
    let start = start_message("I7");
    let mut rig = rig(date(2026, 2, 20).at(9, 0, 0, 0));
    assert_eq!(outcome(&mut rig, "305", 7, old(&start), None), "delivered");
    rig.now = SimTime::from_civil(date(2026, 3, 2).at(14, 0, 0, 0));
    let mut broken = crate::rig::envelope(identifier(8), Some(identifier(7)));
    broken.functie = "WMO306".to_owned();
    let retour = answer_on(&start, "R7");
    assert_eq!(rig.hand_in_as(broken.clone(), retour.clone()), "IB014");
    broken.referentienummer = identifier(10);
    broken.functie_subversie = 1;
    assert_eq!(rig.hand_in_as(broken, old(&retour)), "IB014");
    // A pair of the new release is whole.
    let start = start_message("I8");
    assert_eq!(outcome(&mut rig, "305", 11, start.clone(), None), "delivered");
    let mut whole = crate::rig::envelope(identifier(12), Some(identifier(11)));
    whole.functie = "WMO306".to_owned();
    assert_eq!(rig.hand_in_as(whole, answer_on(&start, "R8")), "delivered");
}

#[test]
fn a_hub_may_hold_the_new_release_during_the_silence() {
    let settings = HubSettings {
        overgang: Some(overgang().holding()),
        ..hub_settings()
    };
    let mut rig = Rig::knowing(settings, RULEBOOKS.clone());
    rig.now = SimTime::from_civil(date(2026, 2, 27).at(9, 0, 0, 0));
    let pushed = rig.push(metadata("305", identifier(1)), start_message("I1"));
    assert_eq!(pushed, "received");
    let live = LIVE.at(13, 0, 0, 0);
    assert_eq!(rig.hub.poll_timeout(), Some(SimTime::from_civil(live)));
    rig.now = SimTime::from_civil(live);
    rig.settle();
    assert_eq!(rig.verdict(identifier(1)), "delivered");
    // What is of the old release is refused all the same.
    rig.now = SimTime::from_civil(date(2026, 2, 27).at(9, 0, 0, 0));
    assert_eq!(
        outcome(&mut rig, "305", 2, old(&start_message("I2")), None),
        "BRS13"
    );
}

/// A start that is reported during the silence leaves when it is over, in the new release and of that day.
#[test]
fn what_a_user_does_during_the_silence_is_sent_after_it() {
    let settings = WorldSettings {
        hub: HubSettings {
            overgang: Some(overgang()),
            ..hub_settings()
        },
        poll_ms: 60_000,
        seed: Seed(1),
    };
    let mut world = World::new(settings, RULEBOOKS.clone(), morning());
    let overstap = || Some(overgang().overstap());
    world.add_gemeente(GemeenteSettings {
        overstap: overstap(),
        ..gemeente_settings()
    });
    let settings = AanbiederSettings {
        overstap: overstap(),
        ..aanbieder_settings(None)
    };
    world.add_aanbieder(settings, INDIENER);
    assert!(world.act(GEMEENTE, morning(), allocate("iwmo", "1")));
    let silence = SimTime::from_civil(date(2026, 2, 27).at(9, 0, 0, 0));
    let start = Instruction::StartLevering {
        toewijzing: key("iwmo", "1"),
        begindatum: date(2026, 2, 26),
    };
    assert!(world.instruct(AANBIEDER, silence, "start", start));
    world.run_until_idle();
    let told: Vec<(SimTime, &Uitkomst)> = world
        .events()
        .iter()
        .filter_map(|event| match event {
            WorldEvent::Klaar { at, uitkomst, .. } => Some((*at, uitkomst)),
            WorldEvent::Hub(_)
            | WorldEvent::Acted { .. }
            | WorldEvent::Reply { .. }
            | WorldEvent::Failed { .. } => None,
        })
        .collect();
    let live = SimTime::from_civil(LIVE.at(13, 0, 0, 0));
    assert_eq!(told[0], (silence, &Uitkomst::Uitgesteld { tot: live }));
    assert_eq!(told[1].1, &Uitkomst::Klaar);
    let passed: Vec<(String, bool, String)> = delivered(&world)
        .map(|(at, bericht)| {
            let message = read(&bericht.xml);
            let version = message.release().id().version.clone();
            (bericht.name().to_owned(), at >= live, version)
        })
        .collect();
    let row = |name: &str, is_after, version: &str| (name.to_owned(), is_after, version.to_owned());
    let wanted = [
        row("WMO301", false, "3.1"),
        row("WMO302", false, "3.1"),
        row("WMO305", true, "3.2"),
        row("WMO306", true, "3.2"),
    ];
    assert_eq!(passed, wanted);
}
