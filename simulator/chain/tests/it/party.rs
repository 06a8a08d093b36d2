//! Parties that act on their own: what holds whatever chance decides.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use jiff::civil::date;
use kp_chain::{
    AanbiederParty, AanbiederPolicy, AanbiederSettings, Aanleiding, Aansluiting, Act, Case, Days, Decisions,
    GemeenteParty, GemeentePolicy, GemeenteSettings, HubSettings, Instructed, Instruction, Learned,
    RetourChoice, Scripted, SimTime, Source, World, WorldEvent, WorldSettings,
};
use kp_model::{Facts, Message, Seed};
use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};

use crate::fixture::{
    AANBIEDER, GEMEENTE, INDIENER, OTHER, OTHER_INDIENER, ROL, aanbieder_settings, codes, concepts,
    delivered, gemeente_settings, release, releases, rulebooks,
};

const OTHER_GEMEENTE: &str = "0363";

/// What an event of a party is, for what a test asks of it.
type Recorded<T> = Arc<Mutex<Vec<(SimTime, T)>>>;

/// Notes what another source decides, and when.
struct Recorder<T, D> {
    of: D,
    notes: Recorded<T>,
}

impl<T: Clone, D: Decisions<T>> Decisions<T> for Recorder<T, D> {
    fn next_due(&mut self, now: SimTime) -> Option<T> {
        let decided = self.of.next_due(now)?;
        self.notes.lock().unwrap().push((now, decided.clone()));
        Some(decided)
    }

    fn next_moment(&self) -> Option<SimTime> {
        self.of.next_moment()
    }

    fn learn(&mut self, now: SimTime, learned: &Learned<'_>) {
        self.of.learn(now, learned);
    }

    fn retour(&mut self, heenbericht: &Message) -> RetourChoice {
        self.of.retour(heenbericht)
    }
}

fn start() -> SimTime {
    SimTime::start_of(date(2026, 1, 1))
}

/// Persons with two products each, in both wetten by turns.
fn caseload(persons: usize, aanbieder: &str) -> Vec<Case> {
    let bsns = test_bsns(persons);
    let case = |(index, bsn): (usize, String)| {
        let (family, second) = if index % 2 == 0 {
            ("iwmo", "01A02")
        } else {
            ("ijw", "45A05")
        };
        let mut concepts = concepts(family, "");
        let (_, mut first) = concepts.pop().unwrap();
        for field in [
            "nummer",
            "toewijzingsdatum",
            "toewijzingstijd",
            "ingangsdatum",
            "einddatum",
        ] {
            first.remove(field);
        }
        let mut other: Facts = first.clone();
        other.insert("code", second);
        concepts[0].1.insert("bsn", bsn);
        Case {
            family: family.to_owned(),
            aanbieder: aanbieder.to_owned(),
            person: concepts,
            products: vec![first, other],
        }
    };
    bsns.into_iter().enumerate().map(case).collect()
}

/// Numbers from the range of fictive persons that pass the elfproef.
fn test_bsns(count: usize) -> Vec<String> {
    let passes = |number: &u32| {
        let digits: Vec<u32> = number
            .to_string()
            .bytes()
            .map(|digit| u32::from(digit - b'0'))
            .collect();
        let weighed: u32 = (2..=9)
            .rev()
            .zip(&digits)
            .map(|(weight, digit)| weight * digit)
            .sum();
        (weighed + 11 * 9 - digits[8]).is_multiple_of(11)
    };
    let range = 999_900_006..=999_999_990;
    range
        .filter(passes)
        .take(count)
        .map(|number| number.to_string())
        .collect()
}

/// A policy under which much happens.
fn busy() -> GemeentePolicy {
    GemeentePolicy {
        take_back_per_mille: 150,
        end_per_mille: 300,
        extend_per_mille: 300,
        duration_days: Days::new(20, 200),
        ..GemeentePolicy::default()
    }
}

fn eager() -> AanbiederPolicy {
    AanbiederPolicy {
        pause_per_mille: 500,
        ..AanbiederPolicy::default()
    }
}

fn empty_world(seed: u64) -> World {
    let mut hub = HubSettings::new(vec![
        Aansluiting::gemeente(GEMEENTE),
        Aansluiting::gemeente(OTHER_GEMEENTE),
        Aansluiting::aanbieder(AANBIEDER, ROL, INDIENER),
        Aansluiting::aanbieder(OTHER, ROL, OTHER_INDIENER),
    ]);
    hub.base_url = "http://hub.test".to_owned();
    let settings = WorldSettings {
        hub,
        poll_ms: 60_000,
        seed: Seed(seed),
    };
    World::new(settings, rulebooks(), start())
}

fn gemeente_party(code: &str, persons: usize, aanbieder: &str, seed: u64) -> GemeenteParty {
    let cases = caseload(persons, aanbieder);
    GemeenteParty::new(code, busy(), cases, &rulebooks(), Seed(seed), start())
}

/// A gemeente and an aanbieder that act on their own, until nothing is left to be done.
fn lived(persons: usize, seed: u64) -> World {
    let mut world = empty_world(seed);
    let party = gemeente_party(GEMEENTE, persons, AANBIEDER, seed);
    world.add_gemeente_deciding(gemeente_settings(), Source::own(party));
    let party = AanbiederParty::new(AANBIEDER, eager(), Seed(seed));
    world.add_aanbieder_deciding(aanbieder_settings(None), INDIENER, Source::own(party));
    world.run_until_idle();
    world
}

/// What breaks an invariant, in words; nothing when all hold.
fn broken(world: &World) -> Vec<String> {
    let mut broken = Vec::new();
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    let mut taken_back: BTreeSet<String> = BTreeSet::new();
    for (at, bericht) in delivered(world) {
        let references = &bericht.metadata.referentiegegevens;
        let name = bericht.name();
        if let Some(answered) = references.als_antwoord_op {
            *answers.entry(answered.to_string()).or_default() += 1;
            let codes = codes(&bericht.xml);
            if !codes.is_empty() {
                broken.push(format!("{at} {name} rejects with {codes}"));
            }
            continue;
        }
        answers.entry(references.traceer_id.to_string()).or_default();
        let message = read(&bericht.xml);
        let family = message.release().family();
        let code =
            |party: Option<&kp_chain::vsp::Relatie>| party.and_then(|party| party.code.clone()).unwrap();
        let mut pair = [code(Some(bericht.afzender())), code(bericht.geadresseerde())];
        pair.sort();
        let of = |nummer: Option<&str>| format!("{} {family} {}", pair.join(" "), nummer.unwrap());
        for toewijzing in message.facts("Toewijzing") {
            if toewijzing.get("reden_wijziging") == Some("13") {
                taken_back.insert(of(toewijzing.get("nummer")));
            }
        }
        for reported in message.facts("Start").iter().chain(&message.facts("Stop")) {
            let nummer = of(reported.get("toewijzing_nummer"));
            if taken_back.contains(&nummer) {
                broken.push(format!("{at} {name} reports on {nummer}, which was taken back"));
            }
        }
    }
    for (traceer_id, count) in answers {
        if count != 1 {
            broken.push(format!("{traceer_id} has {count} answers"));
        }
    }
    for event in world.events() {
        let line = event.line();
        let words = ["refused", "NotMade", "Refused", "Geweigerd", "failed", "invalid"];
        if words.iter().any(|word| line.contains(word)) {
            broken.push(line);
        }
    }
    broken
}

fn read(xml: &bytes::Bytes) -> Message {
    kp_model::check(xml.clone(), &releases(), &kp_model::Limits::default())
        .message
        .unwrap()
}

/// How many messages of each number were delivered.
fn counts(world: &World) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (_, bericht) in delivered(world) {
        *counts.entry(bericht.name().to_owned()).or_default() += 1;
    }
    counts
}

/// The values of a field of a concept in what was delivered.
fn told(world: &World, concept: &str, field: &str) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for (_, bericht) in delivered(world) {
        if bericht.metadata.referentiegegevens.als_antwoord_op.is_none() {
            for facts in read(&bericht.xml).facts(concept) {
                *told
                    .entry(facts.get(field).unwrap_or("-").to_owned())
                    .or_default() += 1;
            }
        }
    }
    told
}

#[test]
fn a_year_of_both_wetten_breaks_nothing() {
    let world = lived(160, 1);
    assert_eq!(broken(&world), Vec::<String>::new());
    let days = (world.now().date() - start().date()).get_days();
    assert!(days > 365, "{days} days");
    let counts = counts(&world);
    for name in ["WMO301", "WMO305", "WMO307", "JW301", "JW305", "JW307"] {
        assert!(counts[name] > 80, "{counts:?}");
    }
    // All that can become of an allocation became of some.
    let redenen = told(&world, "Toewijzing", "reden_wijziging");
    assert!(
        redenen["-"] > 160 && redenen["13"] > 10 && redenen["04"] > 10,
        "{redenen:?}"
    );
    assert!(
        !redenen.contains_key("12") && !redenen.contains_key("01"),
        "{redenen:?}"
    );
    let stops = told(&world, "Stop", "reden_beeindiging");
    for reden in ["19", "20", "31", "36", "39"] {
        assert!(stops[reden] > 3, "{stops:?}");
    }
    // What was paused began again, unless it ended while it was paused.
    let starts: usize = told(&world, "Start", "begindatum").values().sum();
    let leveringen = world.aanbieder(AANBIEDER).unwrap().leveringen();
    let started: BTreeSet<_> = leveringen
        .iter()
        .map(|levering| levering.toewijzing.clone())
        .collect();
    assert!(
        starts > started.len() + 10,
        "{starts} starts of {}",
        started.len()
    );
    // In the end nothing is delivered any more.
    let mut last = BTreeMap::new();
    for levering in leveringen {
        last.insert(levering.toewijzing.clone(), levering);
    }
    assert!(
        last.values()
            .all(|levering| levering.einde.as_ref().is_some_and(|einde| !einde.is_temporary))
    );
}

#[test]
fn a_message_repeats_what_else_the_person_has() {
    let world = lived(40, 2);
    let mut repeated = 0;
    for (at, bericht) in delivered(&world) {
        let message = read(&bericht.xml);
        let toewijzingen = message.facts("Toewijzing");
        let without: Vec<_> = toewijzingen
            .iter()
            .filter(|toewijzing| toewijzing.get("reden_wijziging").is_none())
            .collect();
        if without.len() < toewijzingen.len() {
            repeated += without.len();
            for toewijzing in without {
                assert!(toewijzing.get("einddatum").unwrap() >= at.date().to_string().as_str());
            }
        }
    }
    assert!(repeated > 5, "{repeated}");
}

#[test]
fn equal_seeds_replay_and_other_seeds_differ() {
    let digest = lived(20, 7).digest();
    assert_eq!(digest, lived(20, 7).digest());
    assert_ne!(digest, lived(20, 8).digest());
}

/// The messages between two parties, as bytes.
fn between<'a>(world: &'a World, one: &'a str, other: &'a str) -> Vec<(SimTime, bytes::Bytes)> {
    let pair = [Some(one), Some(other)];
    let is_between = move |bericht: &kp_chain::Bericht| {
        let code = |party: Option<&kp_chain::vsp::Relatie>| party.and_then(|party| party.code.clone());
        let parties = [code(Some(bericht.afzender())), code(bericht.geadresseerde())];
        parties.iter().all(|party| pair.contains(&party.as_deref()))
    };
    delivered(world)
        .filter(|(_, bericht)| is_between(bericht))
        .map(|(at, bericht)| (at, bericht.xml.clone()))
        .collect()
}

#[test]
fn a_script_of_what_a_policy_decided_gives_the_same_messages() {
    let (acts, instructions): (Recorded<Act>, Recorded<Instructed>) = Default::default();
    let mut world = empty_world(5);
    let of = gemeente_party(GEMEENTE, 24, AANBIEDER, 5);
    let notes = Arc::clone(&acts);
    world.add_gemeente_deciding(gemeente_settings(), Source::own(Recorder { of, notes }));
    let of = AanbiederParty::new(AANBIEDER, eager(), Seed(5));
    let notes = Arc::clone(&instructions);
    let recorder = Source::own(Recorder { of, notes });
    world.add_aanbieder_deciding(aanbieder_settings(None), INDIENER, recorder);
    world.run_until_idle();

    let mut puppets = empty_world(5);
    puppets.add_gemeente(gemeente_settings());
    for (at, act) in acts.lock().unwrap().drain(..) {
        assert!(puppets.act(GEMEENTE, at, act));
    }
    let mut script = Scripted::default();
    for (at, instructed) in instructions.lock().unwrap().drain(..) {
        script.add(at, instructed);
    }
    puppets.add_aanbieder_deciding(aanbieder_settings(None), INDIENER, Source::Puppet(script));
    puppets.run_until_idle();

    let (decided, scripted) = (
        between(&world, GEMEENTE, AANBIEDER),
        between(&puppets, GEMEENTE, AANBIEDER),
    );
    assert!(decided.len() > 150, "{}", decided.len());
    assert!(decided == scripted, "the same messages at the same moments");
    // And nothing else differs either.
    assert_eq!(world.digest(), puppets.digest());
}

#[test]
fn another_party_leaves_the_others_alone() {
    let alone = lived(16, 3);
    let mut world = empty_world(3);
    let other_settings = AanbiederSettings {
        code: OTHER.to_owned(),
        ..aanbieder_settings(None)
    };
    let other = AanbiederParty::new(OTHER, eager(), Seed(3));
    world.add_aanbieder_deciding(other_settings, OTHER_INDIENER, Source::own(other));
    for code in [OTHER_GEMEENTE, GEMEENTE] {
        let settings = GemeenteSettings::new(code, "Backoffice");
        let aanbieder = if code == GEMEENTE { AANBIEDER } else { OTHER };
        let mut party = gemeente_party(code, 16, aanbieder, 3);
        if code == OTHER_GEMEENTE {
            let mut cases = caseload(32, OTHER);
            cases.extend(caseload(4, AANBIEDER));
            party = GemeenteParty::new(code, busy(), cases, &rulebooks(), Seed(3), start());
        }
        world.add_gemeente_deciding(settings, Source::own(party));
    }
    let party = AanbiederParty::new(AANBIEDER, eager(), Seed(3));
    world.add_aanbieder_deciding(aanbieder_settings(None), INDIENER, Source::own(party));
    world.run_until_idle();
    assert_eq!(broken(&world), Vec::<String>::new());
    assert!(between(&world, OTHER_GEMEENTE, OTHER).len() > 100);
    assert!(between(&world, OTHER_GEMEENTE, AANBIEDER).len() > 10);
    let (one, other) = (
        between(&alone, GEMEENTE, AANBIEDER),
        between(&world, GEMEENTE, AANBIEDER),
    );
    assert_eq!(one.len(), other.len());
    let texts = |messages: Vec<(SimTime, bytes::Bytes)>| -> Vec<bytes::Bytes> {
        messages.into_iter().map(|(_, xml)| xml).collect()
    };
    assert!(texts(one) == texts(other), "the same messages between the two");
}

#[test]
fn idle_time_is_free() {
    let mut world = empty_world(1);
    let policy = GemeentePolicy {
        pace_days: Days::new(36_500, 36_500),
        ..busy()
    };
    let party = GemeenteParty::new(
        GEMEENTE,
        policy,
        caseload(3, AANBIEDER),
        &rulebooks(),
        Seed(1),
        start(),
    );
    world.add_gemeente_deciding(gemeente_settings(), Source::own(party));
    let party = AanbiederParty::new(AANBIEDER, eager(), Seed(1));
    world.add_aanbieder_deciding(aanbieder_settings(None), INDIENER, Source::own(party));
    world.run_until_idle();
    // Three centuries, and what happened is what three persons bring about.
    assert!(world.now().date().year() > 2320, "{}", world.now());
    assert!(world.events().len() < 400, "{}", world.events().len());
}

#[test]
fn a_person_whose_message_was_rejected_is_left_alone() {
    let mut world = empty_world(4);
    let party = gemeente_party(GEMEENTE, 30, AANBIEDER, 4);
    world.add_gemeente_deciding(gemeente_settings(), Source::own(party));
    let mut script = Scripted::default();
    let afwijzing = kp_chain::Afwijzing {
        concept: "Toewijzing".to_owned(),
        position: 0,
        retourcode: "9332".to_owned(),
    };
    script.answer_all("301", RetourChoice::Fiction(vec![afwijzing]));
    world.add_aanbieder_deciding(aanbieder_settings(None), INDIENER, Source::Puppet(script));
    world.run_until_idle();
    let counts = counts(&world);
    assert_eq!((counts["WMO301"], counts["JW301"]), (15, 15), "{counts:?}");
    assert_eq!((counts["WMO302"], counts["JW302"]), (15, 15), "{counts:?}");
}

#[test]
fn a_report_that_was_rejected_is_not_followed_by_another() {
    let mut world = empty_world(4);
    let mut party = gemeente_party(GEMEENTE, 10, AANBIEDER, 4);
    // Its acts as a script, so that it can be told how to answer.
    world.add_gemeente(gemeente_settings());
    while let Some(at) = party.next_moment() {
        if let Some(act) = party.next_due(at) {
            world.act(GEMEENTE, at, act);
        }
    }
    let afwijzing = kp_chain::Afwijzing {
        concept: "Start".to_owned(),
        position: 0,
        retourcode: "9019".to_owned(),
    };
    let script = world.decisions_mut(GEMEENTE).unwrap();
    script.answer_all("305", RetourChoice::Fiction(vec![afwijzing]));
    let party = AanbiederParty::new(AANBIEDER, eager(), Seed(4));
    world.add_aanbieder_deciding(aanbieder_settings(None), INDIENER, Source::own(party));
    world.run_until_idle();
    let counts = counts(&world);
    assert!(counts["WMO305"] > 3 && counts["JW305"] > 3, "{counts:?}");
    assert!(
        !counts.contains_key("WMO307") && !counts.contains_key("JW307"),
        "{counts:?}"
    );
    // It does not even try.
    let lines: Vec<String> = world.events().iter().map(WorldEvent::line).collect();
    assert!(!lines.iter().any(|line| line.contains("Geweigerd")), "{lines:#?}");
}

/// What the gemeente says of changes, when the aanbieder delivers for one day or not at all.
fn changes(is_delivered: bool) -> Vec<String> {
    let mut world = empty_world(6);
    let policy = GemeentePolicy {
        lead_days: Days::new(0, 0),
        take_back_per_mille: 0,
        end_per_mille: 500,
        extend_per_mille: 500,
        ..GemeentePolicy::default()
    };
    let cases = caseload(6, AANBIEDER);
    let party = GemeenteParty::new(GEMEENTE, policy, cases, &rulebooks(), Seed(6), start());
    world.add_gemeente_deciding(gemeente_settings(), Source::own(party));
    world.add_aanbieder(aanbieder_settings(None), INDIENER);
    let mut seen = BTreeSet::new();
    while is_delivered && world.now() < SimTime::start_of(date(2026, 2, 1)) {
        world.run_until(world.now().plus_ms(6 * 3_600_000));
        let known = world.aanbieder(AANBIEDER).unwrap().toewijzingen().clone();
        for (toewijzing, known) in known {
            if !seen.insert(toewijzing.clone()) {
                continue;
            }
            let begindatum = known.product.get("ingangsdatum").unwrap().parse().unwrap();
            let start = Instruction::StartLevering {
                toewijzing: toewijzing.clone(),
                begindatum,
            };
            let id = toewijzing.nummer.clone();
            let stop = Instruction::StopLevering {
                toewijzing,
                einddatum: begindatum,
                aanleiding: Aanleiding::Client,
            };
            for (what, instruction) in [("start", start), ("stop", stop)] {
                world.instruct(AANBIEDER, world.now(), &format!("{what} {id}"), instruction);
                world.run_until(world.now());
            }
        }
    }
    world.run_until_idle();
    told(&world, "Toewijzing", "reden_wijziging")
        .into_keys()
        .collect()
}

#[test]
fn what_the_aanbieder_ended_is_not_changed_any_more() {
    assert!(changes(false).len() > 2);
    assert_eq!(changes(true), ["-"]);
}

#[test]
fn what_comes_too_late_is_left() {
    let policy = GemeentePolicy {
        pace_days: Days::new(0, 0),
        ..busy()
    };
    let cases = caseload(40, AANBIEDER);
    let mut party = GemeenteParty::new(GEMEENTE, policy, cases, &rulebooks(), Seed(9), start());
    let evening = SimTime::from_civil(date(2026, 1, 1).at(18, 0, 0, 0));
    let mut allocated = 0;
    while party.next_due(evening).is_some() {
        allocated += 1;
    }
    assert_eq!(allocated, 40);
    assert!(party.next_moment().is_some());
    // What was planned can no longer be: all of it has begun and ended.
    assert_eq!(party.next_due(SimTime::start_of(date(2028, 1, 1))), None);
    assert_eq!(party.next_moment(), None);
}

#[test]
fn the_release_says_why_an_allocation_changes() {
    for family in ["iwmo", "ijw"] {
        let release = release(family);
        let message_type = release.carrier("Toewijzing").unwrap();
        let codes_with = |property: &str| -> Vec<&str> {
            let list = release
                .codelist_of(message_type, "Toewijzing", "reden_wijziging")
                .unwrap();
            let with = list.codes.iter().filter(|code| code.property(property).is_some());
            with.map(|code| code.code.as_str()).collect()
        };
        assert_eq!(codes_with("extends"), ["04"]);
        assert_eq!(codes_with("requested"), ["12"]);
        assert_eq!(codes_with("deleted"), ["13"]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 36, ..ProptestConfig::default() })]

    #[test]
    fn whatever_chance_decides_nothing_breaks(
        seed in any::<u64>(),
        (pace, lead, duration) in (0_u64..4, 0_u64..20, 0_u64..120),
        (take_back, end, extend) in (0_u64..400, 0_u64..400, 0_u64..400),
        (ready, pause, pause_after, pause_days) in (0_u64..30, 0_u64..1000, 0_u64..40, 0_u64..40),
    ) {
        let policy = GemeentePolicy {
            pace_days: Days::new(0, pace),
            lead_days: Days::new(0, lead),
            duration_days: Days::new(0, duration),
            take_back_per_mille: take_back,
            end_per_mille: end,
            extend_per_mille: extend,
            extension_days: Days::new(0, 40),
            ..GemeentePolicy::default()
        };
        let of_aanbieder = AanbiederPolicy {
            pace_days: Days::new(0, ready),
            pause_per_mille: pause,
            pause_after_days: Days::new(0, pause_after),
            pause_days: Days::new(0, pause_days),
        };
        let mut world = empty_world(seed);
        let party = GemeenteParty::new(GEMEENTE, policy, caseload(8, AANBIEDER), &rulebooks(), Seed(seed), start());
        world.add_gemeente_deciding(gemeente_settings(), Source::own(party));
        let party = AanbiederParty::new(AANBIEDER, of_aanbieder, Seed(seed));
        world.add_aanbieder_deciding(aanbieder_settings(None), INDIENER, Source::own(party));
        world.run_until_idle();
        let broken = broken(&world);
        prop_assert!(broken.is_empty(), "{broken:#?}");
        prop_assert!(!world.events().is_empty());
    }
}
