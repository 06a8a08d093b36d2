//! Parties together: what one registers, the other is told of, fetches and keeps.

use jiff::civil::date;
use kp_chain::SimTime;
use kp_chain::netwerk::{Change, NetworkEvent, NetworkWorld};
use kp_model::Seed;
use uuid::Uuid;

use super::rig::{AANBIEDER, GEMEENTE, Rig, key, values};

fn at(day: i8, hour: i8) -> SimTime {
    SimTime::from_civil(date(2026, 3, day).at(hour, 0, 0, 0))
}

/// A gemeente and two aanbieders, admitted and assigned.
fn world(seed: u64) -> NetworkWorld {
    let rig = Rig::new();
    let mut world = NetworkWorld::new(rig.network.clone(), Seed(seed), at(2, 9));
    for name in [GEMEENTE, AANBIEDER, super::rig::ANDER] {
        world.admit(rig.deelnemers.get(name).unwrap().clone());
    }
    world.knooppunt_mut().assignments = rig.assignments;
    world
}

fn put(world: &mut NetworkWorld, party: &str, when: SimTime, entity: &str, id: Uuid, pairs: &[(&str, &str)]) {
    let entity = Rig::new().entity(entity);
    let change = Change::Put {
        entity,
        id,
        wet: "WMO".to_owned(),
        values: values(pairs),
    };
    assert!(world.change(party, when, change));
}

fn allocate(world: &mut NetworkWorld, when: SimTime, more: &[(&str, &str)]) {
    let client = key(20).to_string();
    let person = [
        ("gemeente", GEMEENTE),
        ("bsn", "999911120"),
        ("geboortedatum/datum", "1950-02-03"),
        ("geslacht", "2"),
        ("naam/geslachtsnaam/achternaam", "Jansen"),
        ("naam/naamGebruik", "1"),
    ];
    put(world, GEMEENTE, when, "Client", key(20), &person);
    let mut pairs = vec![
        ("gemeente", GEMEENTE),
        ("aanbieder", AANBIEDER),
        ("toewijzingNummer", "7"),
        ("toewijzingsdatum", "2026-03-02"),
        ("toewijzingstijd", "10:00:00"),
        ("ingangsdatum", "2026-03-05"),
        ("clientID", client.as_str()),
    ];
    pairs.extend(more);
    put(world, GEMEENTE, when, "Toewijzing", key(10), &pairs);
}

fn deliver(world: &mut NetworkWorld, when: SimTime, more: &[(&str, &str)]) {
    let toewijzing = key(10).to_string();
    let mut pairs = vec![
        ("gemeente", GEMEENTE),
        ("aanbieder", AANBIEDER),
        ("bsn", "999911120"),
        ("toewijzingID", toewijzing.as_str()),
        ("toewijzingNummer", "7"),
        ("begindatum", "2026-03-06"),
    ];
    pairs.extend(more);
    put(world, AANBIEDER, when, "Levering", key(30), &pairs);
}

/// What a party keeps of a record of another.
fn copied(world: &NetworkWorld, party: &str, entity: &str, id: Uuid, path: &str) -> Option<String> {
    let copy = world.partij(party).unwrap().copy(Rig::new().entity(entity), id)?;
    copy.values.get(path).cloned()
}

fn told(world: &NetworkWorld) -> Vec<&str> {
    let texts = world.events().iter().filter_map(|event| match event {
        NetworkEvent::Told { text, .. } => Some(text.as_str()),
        NetworkEvent::Decided(_) | NetworkEvent::Answered { .. } => None,
    });
    texts.collect()
}

#[test]
fn an_allocation_and_a_delivery_arrive_without_a_message() {
    let mut world = world(1);
    allocate(&mut world, at(2, 10), &[]);
    deliver(&mut world, at(6, 12), &[]);
    world.run_until_idle();
    let of = |party, entity, id, path| copied(&world, party, entity, id, path);
    assert_eq!(
        of(AANBIEDER, "Toewijzing", key(10), "ingangsdatum").as_deref(),
        Some("2026-03-05")
    );
    assert_eq!(
        of(AANBIEDER, "Client", key(20), "naam/geslachtsnaam/achternaam").as_deref(),
        Some("Jansen")
    );
    assert_eq!(
        of(GEMEENTE, "Levering", key(30), "begindatum").as_deref(),
        Some("2026-03-06")
    );
    assert_eq!(told(&world), Vec::<&str>::new());
    // Nobody else learned anything.
    let other = world.partij(super::rig::ANDER).unwrap();
    assert!(other.copy(Rig::new().entity("Client"), key(20)).is_none());
}

#[test]
fn a_change_is_fetched_and_the_copy_says_which_version_it_is() {
    let mut world = world(1);
    allocate(&mut world, at(2, 10), &[]);
    allocate(
        &mut world,
        at(9, 10),
        &[("einddatum", "2026-06-30"), ("redenWijziging", "01")],
    );
    world.run_until_idle();
    assert_eq!(
        copied(&world, AANBIEDER, "Toewijzing", key(10), "einddatum").as_deref(),
        Some("2026-06-30")
    );
    assert_eq!(
        copied(&world, AANBIEDER, "Toewijzing", key(10), "versie").as_deref(),
        Some("2")
    );
}

/// F39: four hours out delays, four days out is given up and told.
#[test]
fn what_does_not_arrive_is_tried_again_and_given_up_after_three_days() {
    let mut world = world(1);
    world.put_out(AANBIEDER, at(2, 9), at(2, 14));
    allocate(&mut world, at(2, 10), &[]);
    world.run_until(at(2, 13));
    assert_eq!(world.partij(GEMEENTE).unwrap().waiting(), (1, 0));
    assert_eq!(copied(&world, AANBIEDER, "Toewijzing", key(10), "versie"), None);
    world.run_until_idle();
    assert_eq!(world.partij(GEMEENTE).unwrap().waiting(), (0, 0));
    assert_eq!(
        copied(&world, AANBIEDER, "Toewijzing", key(10), "versie").as_deref(),
        Some("1")
    );

    let mut world = self::world(1);
    world.put_out(AANBIEDER, at(2, 9), at(8, 9));
    allocate(&mut world, at(2, 10), &[]);
    world.run_until_idle();
    assert!(world.now() < at(5, 12), "{}", world.now());
    assert_eq!(
        told(&world),
        ["NIEUWE_TOEWIJZING_AANBIEDER did not arrive: 502 there is no answer"]
    );
}

/// F42: a register that is out cannot prove anything and gives nothing; who asked asks again.
#[test]
fn a_register_that_is_out_gives_nothing_until_it_is_back() {
    let mut world = world(1);
    world.put_out(GEMEENTE, at(2, 10), at(2, 12));
    allocate(&mut world, at(2, 10), &[]);
    world.run_until(at(2, 12));
    assert_eq!(copied(&world, AANBIEDER, "Toewijzing", key(10), "versie"), None);
    assert_eq!(world.partij(AANBIEDER).unwrap().waiting(), (0, 2));
    let is_grant = |event: &&NetworkEvent| matches!(event, NetworkEvent::Decided(line) if line.entity.is_some() && line.status == 200);
    assert_eq!(world.events().iter().filter(is_grant).count(), 0);
    world.run_until_idle();
    assert_eq!(
        copied(&world, AANBIEDER, "Toewijzing", key(10), "versie").as_deref(),
        Some("1")
    );
    assert_eq!(world.partij(AANBIEDER).unwrap().waiting(), (0, 0));
}

/// F38: what is taken away is told, found empty, and not kept.
#[test]
fn the_copy_of_what_is_gone_goes() {
    let mut world = world(1);
    allocate(&mut world, at(2, 10), &[]);
    deliver(&mut world, at(6, 12), &[]);
    let entity = Rig::new().entity("Levering");
    let removal = Change::Remove { entity, id: key(30) };
    assert!(world.change(AANBIEDER, at(9, 12), removal));
    world.run_until(at(8, 0));
    assert!(copied(&world, GEMEENTE, "Levering", key(30), "begindatum").is_some());
    world.run_until_idle();
    assert!(world.partij(GEMEENTE).unwrap().copy(entity, key(30)).is_none());
    assert_eq!(world.partij(GEMEENTE).unwrap().waiting(), (0, 0));
    assert_eq!(told(&world), Vec::<&str>::new());
}

#[test]
fn a_melding_reaches_the_owner_of_the_record() {
    let mut world = world(1);
    allocate(&mut world, at(2, 10), &[]);
    world.run_until_idle();
    let record = format!("Toewijzing/{}", key(10));
    let gemeente = Rig::new().network.role("gemeente").unwrap().0;
    assert!(world.report(
        AANBIEDER,
        "WMO",
        (gemeente, GEMEENTE.to_owned()),
        &["TR332".to_owned()],
        &record
    ));
    world.run_until_idle();
    let meldingen = world.partij(GEMEENTE).unwrap().meldingen();
    assert_eq!(meldingen.len(), 1);
    assert_eq!(meldingen[0].1.event_type, "IWMOFOUTMELDING");
    assert_eq!(meldingen[0].1.subjects, [("TR332".to_owned(), record)]);
}

/// Who asked what: the audit log of the owner and the log of decisions name the same token and the ground.
#[test]
fn the_owner_can_tell_who_asked_what_on_what_ground() {
    let mut world = world(1);
    allocate(&mut world, at(2, 10), &[]);
    world.run_until_idle();
    let audit = world.partij(GEMEENTE).unwrap().audit();
    let asked: Vec<_> = audit.iter().filter(|line| line.act == "query").collect();
    let records: Vec<&str> = asked
        .iter()
        .flat_map(|line| &line.records)
        .map(String::as_str)
        .collect();
    let (client, toewijzing) = (format!("Client/{}", key(20)), format!("Toewijzing/{}", key(10)));
    assert_eq!(records, [client, toewijzing]);
    for line in asked {
        assert_eq!(line.consumer, "agbcode:98765432");
        let decided = world.events().iter().find_map(|event| match event {
            NetworkEvent::Decided(decided) if decided.token == line.token => Some(decided),
            NetworkEvent::Decided(_) | NetworkEvent::Answered { .. } | NetworkEvent::Told { .. } => None,
        });
        let policy = decided.and_then(|decided| decided.policy.as_deref()).unwrap();
        assert!(policy.ends_with("-aanbieder"), "{policy}");
    }
}

#[test]
fn the_same_seed_gives_the_same_log() {
    let run = |seed| {
        let mut world = world(seed);
        allocate(&mut world, at(2, 10), &[]);
        deliver(
            &mut world,
            at(6, 12),
            &[("einddatum", "2026-03-20"), ("redenBeeindiging", "19")],
        );
        world.run_until_idle();
        world.digest()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
