//! A revision: old and new rules side by side within a window, and each party over on a day of its own.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use jiff::ToSpan as _;
use jiff::civil::{Date, Time, date};
use kp_chain::{
    AanbiederSettings, Content, Controle, GemeenteSettings, HubSettings, Overgang, OvergangError, SimTime,
    Switches, World, WorldSettings, XsltScope,
};
use kp_model::{Catalogue, Draft, ReleaseId, Seed};
use kp_rules::Rulebook;
use proptest::prelude::*;

use crate::fixture::{
    AANBIEDER, GEMEENTE, INDIENER, aanbieder_settings, allocate, codes, concepts, delivered,
    gemeente_settings, hub_settings, identifier, morning,
};
use crate::rig::{Rig, envelope};

const FIRST: Date = date(2026, 2, 2);
const LAST: Date = date(2026, 3, 3);

/// A release, and a revision of it that asks less of an allocation (CD076).
static RULEBOOKS: LazyLock<Vec<Arc<Rulebook>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/proposals");
    let catalogue = Catalogue::with_folder(&folder).expect("the proposals can be read");
    ["iwmo-3.2", "iwmo-revisie"]
        .map(|id| Rulebook::load(&catalogue, id).expect("the release loads"))
        .into()
});

fn id(position: usize) -> ReleaseId {
    RULEBOOKS[position].release().id().clone()
}

fn window() -> Overgang {
    Overgang::window((FIRST, LAST), [id(0)], [id(1)]).expect("a window")
}

fn on(day: Date) -> SimTime {
    SimTime::from_civil(day.at(9, 0, 0, 0))
}

fn after(days: i32) -> Date {
    FIRST.saturating_add(days.days())
}

#[test]
fn a_window_has_a_day() {
    let window = |last| Overgang::window((FIRST, last), [id(0)], [id(1)]);
    assert!(window(FIRST).is_ok());
    let (first, last) = (FIRST, after(-1));
    assert_eq!(window(last), Err(OvergangError::NoWindow { first, last }));
}

/// How many allocations are rejected, when both go over on these days of the window and the gemeente sends one a day.
fn rejected(gemeente: i32, aanbieder: i32) -> usize {
    let overstap = |days| Some(window().overstap_at(after(days).to_datetime(Time::midnight())));
    let settings = WorldSettings {
        hub: HubSettings {
            overgang: Some(window()),
            ..hub_settings()
        },
        poll_ms: 60_000,
        seed: Seed(1),
    };
    let mut world = World::new(settings, RULEBOOKS.clone(), morning());
    world.add_gemeente(GemeenteSettings {
        overstap: overstap(gemeente),
        ..gemeente_settings()
    });
    let settings = AanbiederSettings {
        overstap: overstap(aanbieder),
        ..aanbieder_settings(None)
    };
    world.add_aanbieder(settings, INDIENER);
    let days = FIRST.until(LAST).expect("a window").get_days();
    for day in 0..=days {
        let mut act = allocate("iwmo", &(900_000 + day).to_string());
        // Who is over no longer names the last day of an amount by the week.
        if day >= gemeente
            && let Content::Concepts(concepts) = &mut act.content
        {
            concepts[2].1.remove("einddatum");
        }
        assert!(world.act(GEMEENTE, on(after(day)), act));
    }
    world.run_until_idle();
    let retours: Vec<String> = delivered(&world)
        .filter(|(_, bericht)| bericht.name() == "WMO302")
        .map(|(_, bericht)| codes(&bericht.xml))
        .collect();
    assert_eq!(retours.len(), usize::try_from(days).expect("some days") + 1);
    retours.iter().filter(|codes| !codes.is_empty()).count()
}

#[test]
fn who_goes_over_first_decides_how_much_is_rejected() {
    assert_eq!(rejected(5, 20), 15, "the gemeente first");
    assert_eq!(rejected(20, 5), 0, "the aanbieder first");
    assert_eq!(rejected(12, 12), 0, "together");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Rejected is what is sent on the days on which the gemeente is over and the aanbieder is not, and nothing else.
    #[test]
    fn rejections_follow_from_the_days_between(gemeente in 0..30_i32, aanbieder in 0..30_i32) {
        let between = usize::try_from(aanbieder - gemeente).unwrap_or_default();
        prop_assert_eq!(rejected(gemeente, aanbieder), between);
    }
}

/// What a hub that checks all rules does with an allocation that only one of the releases takes.
#[test]
fn the_hub_takes_what_is_good_by_one_of_the_rules_that_hold() {
    let message = without_end();
    for (revision, days) in [
        // The revision asks less, or more.
        (
            1,
            [
                (-1, "refused"),
                (0, "delivered"),
                (29, "delivered"),
                (30, "delivered"),
            ],
        ),
        (
            0,
            [
                (-1, "delivered"),
                (0, "delivered"),
                (29, "delivered"),
                (30, "refused"),
            ],
        ),
    ] {
        let overgang = Overgang::window((FIRST, LAST), [id(1 - revision)], [id(revision)]).expect("a window");
        for (day, wanted) in days {
            let settings = HubSettings {
                overgang: Some(overgang.clone()),
                switches: switches(),
                ..hub_settings()
            };
            let mut rig = Rig::knowing(settings, RULEBOOKS.clone());
            rig.now = on(after(day));
            let verdict = rig.hand_in_as(envelope(identifier(1), None), message.clone());
            let verdict = if verdict == "delivered" {
                "delivered"
            } else {
                "refused"
            };
            assert_eq!(verdict, wanted, "{revision} {day}");
        }
    }
}

/// An allocation of an amount by the week, without a last day.
fn without_end() -> Bytes {
    let mut draft = Draft::new(RULEBOOKS[0].release(), "301").expect("the release has it");
    let kop = [
        ("afzender", GEMEENTE),
        ("ontvanger", AANBIEDER),
        ("identificatie", "I1"),
        ("dagtekening", "2025-12-15"),
        ("basisschema_versie", "1.0.0"),
        ("bericht_versie", "1.0.0"),
    ];
    draft
        .add("Kop", &kop.into_iter().collect())
        .expect("it is a header");
    for (concept, mut facts) in concepts("iwmo", "1") {
        facts.remove("einddatum");
        draft.add(&concept, &facts).expect("it stands in the message");
    }
    draft.write().into()
}

/// A hub that holds all messages against the rules within them.
fn switches() -> Switches {
    Switches {
        controle_gemeente: Controle::XsdXslt,
        xslt_scope: XsltScope::All,
        ..hub_settings().switches
    }
}
