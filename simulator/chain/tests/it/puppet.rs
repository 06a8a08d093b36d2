//! Puppets: they do and answer what a script says, and nothing else.

use kp_chain::{
    Afwijzing, Decisions, Instructed, Instruction, RetourChoice, RetourVerdict, Scripted, SimTime, Source,
    World, WorldEvent,
};
use kp_model::Seed;

use crate::fixture::{
    AANBIEDER, GEMEENTE, INDIENER, aanbieder_settings, allocate, codes, delivered, gemeente_settings, key,
    morning, rulebooks, world,
};

const HOUR_MS: u64 = 3_600_000;

/// Allocates two products and starts them, one after the other.
fn with_starts(prepare: impl FnOnce(&mut World)) -> World {
    let mut world = world(1, None);
    prepare(&mut world);
    for (position, nummer) in ["900001", "900002"].into_iter().enumerate() {
        let mut act = allocate("iwmo", nummer);
        if let kp_chain::Content::Concepts(concepts) = &mut act.content {
            let code = ["01A01", "01A02"][position];
            concepts[2].1.insert("code", code);
        }
        world.act(GEMEENTE, morning(), act);
    }
    world.run_until_idle();
    let begin = SimTime::start_of(jiff::civil::date(2026, 1, 5));
    for (hours, nummer) in [(9, "900001"), (10, "900002")] {
        let start = Instruction::StartLevering {
            toewijzing: key("iwmo", nummer),
            begindatum: jiff::civil::date(2026, 1, 5),
        };
        world.instruct(AANBIEDER, begin.plus_ms(hours * HOUR_MS), nummer, start);
    }
    world.run_until_idle();
    world
}

/// The codes of the retours with a name, one line a retour.
fn retours(world: &World, name: &str) -> Vec<String> {
    delivered(world)
        .filter(|(_, bericht)| bericht.name() == name)
        .map(|(_, bericht)| codes(&bericht.xml))
        .collect()
}

fn not_found() -> RetourChoice {
    RetourChoice::Fiction(vec![Afwijzing {
        concept: "Start".to_owned(),
        position: 0,
        retourcode: "9019".to_owned(),
    }])
}

fn failures(world: &World) -> usize {
    let failed = |event: &&WorldEvent| matches!(event, WorldEvent::Failed { .. });
    world.events().iter().filter(failed).count()
}

#[test]
fn a_puppet_answers_all_but_what_a_step_silenced() {
    let world = with_starts(|world| {
        let script = world.decisions_mut(GEMEENTE).unwrap();
        script.answer_next("305", RetourChoice::Withheld);
    });
    assert_eq!(retours(&world, "WMO306"), [""]);
    let leveringen = world.aanbieder(AANBIEDER).unwrap().leveringen();
    let answered: Vec<_> = leveringen
        .iter()
        .map(|levering| levering.retour.clone())
        .collect();
    assert_eq!(answered, [None, Some(RetourVerdict::Schoon)]);
}

#[test]
fn a_puppet_of_an_aanbieder_is_silenced_in_the_same_way() {
    let world = with_starts(|world| {
        let script = world.script_mut(AANBIEDER).unwrap();
        script.answer_next("301", RetourChoice::Computed);
        script.stay_silent_on("301");
    });
    assert_eq!(retours(&world, "WMO302"), [""]);
    // What it leaves without answer, it knows all the same.
    assert_eq!(world.aanbieder(AANBIEDER).unwrap().toewijzingen().len(), 2);
}

#[test]
fn a_fiction_puts_its_code_at_its_class() {
    let world = with_starts(|world| {
        let script = world.decisions_mut(GEMEENTE).unwrap();
        script.answer_next("305", not_found());
    });
    // The header has no remark, the start has the code, the client around it has none; the second start is answered by
    // the rules.
    assert_eq!(retours(&world, "WMO306"), ["0200 9019 0200", ""]);
    let leveringen = world.aanbieder(AANBIEDER).unwrap().leveringen();
    assert_eq!(leveringen.len(), 1);
    assert_eq!(leveringen[0].toewijzing.nummer, "900002");
}

#[test]
fn a_fiction_may_accept_what_the_rules_reject() {
    let unknown = |prepare: fn(&mut Scripted)| {
        let mut world = world(1, None);
        prepare(world.decisions_mut(GEMEENTE).unwrap());
        world.act(GEMEENTE, morning(), allocate("iwmo", "900001"));
        world.run_until_idle();
        let start = Instruction::StartLevering {
            toewijzing: key("iwmo", "900001"),
            begindatum: jiff::civil::date(2025, 12, 15),
        };
        for id in ["first", "again"] {
            world.instruct(AANBIEDER, morning().plus_ms(HOUR_MS), id, start.clone());
            world.run_until_idle();
        }
        retours(&world, "WMO306")
    };
    let computed = unknown(|_| {});
    assert!(computed[1].contains("9074"), "{computed:?}");
    let fiction = unknown(|script| script.answer_all("305", RetourChoice::Fiction(vec![])));
    assert_eq!(fiction, ["", ""]);
}

#[test]
fn what_a_fiction_rejected_counts_as_never_sent() {
    let mut world = with_starts(|world| {
        let script = world.decisions_mut(GEMEENTE).unwrap();
        script.answer_next("305", not_found());
    });
    let again = Instruction::StartLevering {
        toewijzing: key("iwmo", "900001"),
        begindatum: jiff::civil::date(2026, 1, 5),
    };
    world.instruct(AANBIEDER, world.now(), "again", again);
    world.run_until_idle();
    assert_eq!(retours(&world, "WMO306"), ["0200 9019 0200", "", ""]);
}

#[test]
fn a_fiction_that_no_answer_can_say_is_told_and_sends_nothing() {
    for (concept, position, retourcode) in
        [("Start", 1, "9019"), ("Stop", 0, "9019"), ("Start", 0, "nothing")]
    {
        let world = with_starts(|world| {
            let afwijzing = Afwijzing {
                concept: concept.to_owned(),
                position,
                retourcode: retourcode.to_owned(),
            };
            let script = world.decisions_mut(GEMEENTE).unwrap();
            script.answer_next("305", RetourChoice::Fiction(vec![afwijzing]));
        });
        assert_eq!((failures(&world), retours(&world, "WMO306").len()), (1, 1));
    }
}

#[test]
fn a_script_does_what_it_says_in_order_and_in_time() {
    let mut script: Scripted<u8> = Scripted::default();
    let at = |hours: u64| morning().plus_ms(hours * HOUR_MS);
    for (hours, what) in [(2, 3), (1, 1), (1, 2)] {
        script.add(at(hours), what);
    }
    let mut done = Vec::new();
    while let Some(moment) = script.next_moment() {
        assert_eq!(script.next_due(SimTime::from_unix_ms(moment.unix_ms() - 1)), None);
        done.extend(script.next_due(moment));
    }
    assert_eq!(done, [1, 2, 3]);
}

#[test]
fn a_script_that_is_handed_in_is_followed() {
    let settings = kp_chain::WorldSettings {
        hub: crate::fixture::hub_settings(),
        poll_ms: 60_000,
        seed: Seed(1),
    };
    let mut world = World::new(settings, rulebooks(), morning());
    let mut acts = Scripted::default();
    acts.add(morning(), allocate("iwmo", "900001"));
    world.add_gemeente_deciding(gemeente_settings(), Source::Puppet(acts));
    let mut instructions = Scripted::default();
    instructions.add(
        SimTime::start_of(jiff::civil::date(2026, 1, 5)),
        Instructed {
            id: "start".to_owned(),
            instruction: Instruction::StartLevering {
                toewijzing: key("iwmo", "900001"),
                begindatum: jiff::civil::date(2026, 1, 5),
            },
        },
    );
    world.add_aanbieder_deciding(aanbieder_settings(None), INDIENER, Source::Puppet(instructions));
    world.run_until(SimTime::start_of(jiff::civil::date(2026, 1, 4)));
    assert_eq!(retours(&world, "WMO302").len(), 1);
    assert_eq!(world.now(), SimTime::start_of(jiff::civil::date(2026, 1, 4)));
    assert!(retours(&world, "WMO306").is_empty());
    world.run_until_idle();
    assert_eq!(retours(&world, "WMO306"), [""]);
}
