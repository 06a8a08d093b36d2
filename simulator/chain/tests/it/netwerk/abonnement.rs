//! Who asked to be told of what nobody must be told of, and when it is told.

use jiff::civil::date;
use kp_chain::SimTime;
use kp_chain::netwerk::{Change, Claims, NetworkEvent, NetworkWorld, SubscriptionError};
use kp_model::Seed;

use super::rig::{AANBIEDER, ANDER, GEMEENTE, Rig, key, values};

const TYPE: &str = "GEWIJZIGDE_CLIENT_AANBIEDER";

fn at(month: i8, day: i8) -> SimTime {
    SimTime::from_civil(date(2026, month, day).at(9, 0, 0, 0))
}

fn claims(party: &str) -> Claims {
    let rig = Rig::new();
    let scope = rig.network.read_scope(rig.entity("Toewijzing"), None);
    rig.token(party, &[scope]).unwrap()
}

/// A gemeente with a client and an allocation of one of two aanbieders, which ends on a day.
fn world(end: &str) -> NetworkWorld {
    let rig = Rig::new();
    let mut world = NetworkWorld::new(rig.network.clone(), Seed(1), at(3, 2));
    for name in [GEMEENTE, AANBIEDER, ANDER] {
        world.admit(rig.deelnemers.get(name).unwrap().clone());
    }
    world.knooppunt_mut().assignments = rig.assignments;
    rename(&mut world, "Jansen", at(3, 2));
    let client = key(20).to_string();
    let allocation = values(&[
        ("gemeente", GEMEENTE),
        ("aanbieder", AANBIEDER),
        ("toewijzingNummer", "7"),
        ("toewijzingsdatum", "2026-03-02"),
        ("toewijzingstijd", "10:00:00"),
        ("ingangsdatum", "2026-03-05"),
        ("einddatum", end),
        ("clientID", client.as_str()),
    ]);
    let change = Change::Put {
        entity: Rig::new().entity("Toewijzing"),
        id: key(10),
        wet: "WMO".to_owned(),
        values: allocation,
    };
    assert!(world.change(GEMEENTE, at(3, 2), change));
    world.run_until_idle();
    world
}

fn rename(world: &mut NetworkWorld, name: &str, when: SimTime) {
    let change = Change::Put {
        entity: Rig::new().entity("Client"),
        id: key(20),
        wet: "WMO".to_owned(),
        values: values(&[
            ("gemeente", GEMEENTE),
            ("bsn", "999911120"),
            ("geboortedatum/datum", "1950-02-03"),
            ("geslacht", "2"),
            ("naam/geslachtsnaam/achternaam", name),
            ("naam/naamGebruik", "1"),
        ]),
    };
    assert!(world.change(GEMEENTE, when, change));
    world.run_until_idle();
}

/// How often the type was told, and the name that the aanbieder keeps of the person.
fn seen(world: &NetworkWorld) -> (usize, String) {
    let told = world.events().iter().filter(|event| {
        matches!(event, NetworkEvent::Answered { what, .. } if what.starts_with(TYPE) && what.contains("received"))
    });
    let entity = Rig::new().entity("Client");
    let copy = world.partij(AANBIEDER).unwrap().copy(entity, key(20)).unwrap();
    (told.count(), copy.values["naam/geslachtsnaam/achternaam"].clone())
}

#[test]
fn a_change_of_a_person_is_told_to_who_asked_and_has_an_allocation_of_it() {
    let mut world = world("2026-12-31");
    rename(&mut world, "Pietersen", at(4, 1));
    assert_eq!(seen(&world), (0, "Jansen".to_owned()), "nobody asked");
    world
        .subscribe(AANBIEDER, GEMEENTE, TYPE, &claims(AANBIEDER))
        .unwrap();
    // A subscription is no purpose: this one has no allocation.
    world.subscribe(ANDER, GEMEENTE, TYPE, &claims(ANDER)).unwrap();
    rename(&mut world, "Vermeer", at(4, 2));
    assert_eq!(seen(&world), (1, "Vermeer".to_owned()));
    // What is not changed is not told.
    rename(&mut world, "Vermeer", at(4, 3));
    assert_eq!(seen(&world).0, 1);
}

#[test]
fn who_has_no_purpose_any_more_or_asks_no_longer_is_not_told() {
    let mut world = world("2025-12-31");
    let id = world
        .subscribe(AANBIEDER, GEMEENTE, TYPE, &claims(AANBIEDER))
        .unwrap();
    rename(&mut world, "Vermeer", at(5, 31));
    assert_eq!(seen(&world).0, 1, "to 31 May of the next year");
    rename(&mut world, "Pietersen", at(6, 1));
    assert_eq!(seen(&world).0, 1);
    let mut world = self::world("2026-12-31");
    let again = world
        .subscribe(AANBIEDER, GEMEENTE, TYPE, &claims(AANBIEDER))
        .unwrap();
    assert_eq!(id, again, "the same for the same seed");
    assert!(
        !world.unsubscribe(GEMEENTE, &claims(ANDER), id),
        "of somebody else"
    );
    assert!(world.unsubscribe(GEMEENTE, &claims(AANBIEDER), id));
    assert!(!world.unsubscribe(GEMEENTE, &claims(AANBIEDER), id));
    rename(&mut world, "Vermeer", at(4, 2));
    assert_eq!(seen(&world).0, 0);
}

/// F46: for a type that is none, for another, twice.
#[test]
fn a_party_subscribes_for_itself_to_what_is_told_on_request() {
    let mut world = world("2026-12-31");
    let own = claims(AANBIEDER);
    let mut asks = |name: &str, at: &str, event_type: &str| world.subscribe(name, at, event_type, &own);
    let mandatory = "NIEUWE_TOEWIJZING_AANBIEDER";
    for (name, at, event_type, why) in [
        (AANBIEDER, GEMEENTE, "NIETS", SubscriptionError::UnknownType),
        (AANBIEDER, GEMEENTE, mandatory, SubscriptionError::UnknownType),
        (AANBIEDER, ANDER, TYPE, SubscriptionError::UnknownType),
        (AANBIEDER, "nobody", TYPE, SubscriptionError::UnknownType),
        (ANDER, GEMEENTE, TYPE, SubscriptionError::NotItself),
    ] {
        assert_eq!(asks(name, at, event_type), Err(why), "{name} {at} {event_type}");
    }
    let first = asks(AANBIEDER, GEMEENTE, TYPE);
    assert!(first.is_ok());
    assert_eq!(asks(AANBIEDER, GEMEENTE, TYPE), first);
}
