//! What a register keeps, refuses and tells of.

use jiff::civil::date;
use kp_chain::SimTime;
use kp_chain::netwerk::{Answered, Change, Filter, RegisterError};

use super::rig::{AANBIEDER, ANDER, GEMEENTE, Rig, eq, key, values};

fn types(rig: &Rig, told: &[kp_chain::netwerk::Told]) -> Vec<String> {
    told.iter()
        .map(|told| {
            let name = &rig.network.notification_types[told.type_place].name;
            format!(
                "{name} to {} about {} of {}",
                told.receiver.as_deref().unwrap_or("who asked"),
                told.record,
                told.subject
            )
        })
        .collect()
}

fn allocation<'a>(client: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut pairs = vec![
        ("gemeente", GEMEENTE),
        ("aanbieder", AANBIEDER),
        ("toewijzingNummer", "7"),
        ("toewijzingsdatum", "2026-01-02"),
        ("toewijzingstijd", "10:00:00"),
        ("ingangsdatum", "2026-01-05"),
        ("clientID", client),
    ];
    pairs.extend(more);
    pairs
}

fn delivery<'a>(toewijzing: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut pairs = vec![
        ("gemeente", GEMEENTE),
        ("aanbieder", AANBIEDER),
        ("bsn", "999911120"),
        ("toewijzingID", toewijzing),
        ("toewijzingNummer", "7"),
        ("begindatum", "2026-01-08"),
    ];
    pairs.extend(more);
    pairs
}

#[test]
fn an_allocation_is_told_when_it_is_new_changed_and_taken_back() {
    let mut rig = Rig::new();
    let client = key(20).to_string();
    let about = format!("to {AANBIEDER} about Toewijzing/{} of Client/{client}", key(10));
    let mut put = |more: &[(&str, &str)]| {
        let told = rig.put("Toewijzing", key(10), "WMO", &allocation(&client, more));
        types(&rig, &told)
    };
    assert_eq!(put(&[]), [format!("NIEUWE_TOEWIJZING_AANBIEDER {about}")]);
    let changed = [format!("GEWIJZIGDE_TOEWIJZING_AANBIEDER {about}")];
    assert_eq!(
        put(&[("einddatum", "2026-06-30"), ("redenWijziging", "01")]),
        changed
    );
    // Nothing that is told of has changed.
    let same = [
        ("einddatum", "2026-06-30"),
        ("redenWijziging", "01"),
        ("commentaar", "gebeld"),
    ];
    assert_eq!(put(&same), Vec::<String>::new());
    let removed = [format!("VERWIJDERDE_TOEWIJZING_AANBIEDER {about}")];
    assert_eq!(
        put(&[("einddatum", "2026-01-05"), ("redenWijziging", "13")]),
        removed
    );
}

#[test]
fn a_delivery_is_told_when_it_begins_ends_is_corrected_and_is_removed() {
    let mut rig = Rig::new();
    let toewijzing = key(10).to_string();
    let about = format!(
        "to {GEMEENTE} about Levering/{} of Toewijzing/{toewijzing}",
        key(30)
    );
    let mut put = |id, more: &[(&str, &str)]| {
        let told = rig.put("Levering", id, "WMO", &delivery(&toewijzing, more));
        types(&rig, &told)
    };
    let end = [("einddatum", "2026-02-01"), ("redenBeeindiging", "19")];
    assert_eq!(put(key(30), &[]), [format!("GESTARTE_LEVERING_GEMEENTE {about}")]);
    assert_eq!(
        put(key(30), &end),
        [format!("BEEINDIGDE_LEVERING_GEMEENTE {about}")]
    );
    let later = [("einddatum", "2026-02-05"), ("redenBeeindiging", "19")];
    assert_eq!(
        put(key(30), &later),
        [format!("GECORRIGEERDE_LEVERING_GEMEENTE {about}")]
    );
    // One that is registered after it ended began and ended.
    assert_eq!(put(key(31), &end).len(), 2);
    let entity = rig.entity("Levering");
    let at = SimTime::start_of(date(2026, 3, 3));
    let told = rig
        .leveringen
        .apply(at, Change::Remove { entity, id: key(30) })
        .unwrap();
    assert_eq!(
        types(&rig, &told),
        [format!("VERWIJDERDE_LEVERING_GEMEENTE {about}")]
    );
    assert!(rig.leveringen.get(entity, key(30)).is_none());
}

#[test]
fn what_is_not_right_changes_nothing_and_says_why() {
    let mut rig = Rig::new();
    let client = key(20).to_string();
    rig.put("Toewijzing", key(10), "WMO", &allocation(&client, &[]));
    let entity = rig.entity("Toewijzing");
    let at = SimTime::start_of(date(2026, 3, 3));
    let before = rig.toewijzingen.get(entity, key(10)).cloned();
    // A value that takes the place of one, or is none of the record's own; without value it is taken out.
    let mut why = |wet: &str, id, path: &str, value: Option<&str>| {
        let mut pairs = allocation(&client, &[]);
        pairs.retain(|(known, _)| *known != path);
        pairs.extend(value.map(|value| (path, value)));
        let change = Change::Put {
            entity,
            id,
            wet: wet.to_owned(),
            values: values(&pairs),
        };
        let why = rig.toewijzingen.apply(at, change).unwrap_err().to_string();
        assert_eq!(rig.toewijzingen.get(entity, key(10)).cloned(), before);
        why
    };
    let gemeente = Some(GEMEENTE);
    let cases = [
        why("WLZ", key(11), "gemeente", gemeente),
        why("WMO", key(11), "gemeente", Some("0344")),
        why("WMO", key(11), "toewijzingsdatum", Some("2026-02-30")),
        why("WMO", key(11), "clientID", Some("20")),
        why("WMO", key(11), "ingangsdatum", None),
        why("WMO", key(11), "omvang/volume", Some("4")),
        why("WMO", key(11), "kleur", Some("rood")),
        why("WMO", key(10), "aanbieder", Some(ANDER)),
        why("JW", key(10), "gemeente", gemeente),
    ];
    let wanted = [
        "there is no wet `WLZ`; known: JW, WMO",
        "`gemeente` is 0344, and this register is of 0999",
        "`toewijzingsdatum` cannot be `2026-02-30`: it is no LDT_Datum",
        "`clientID` cannot be `20`: it is no UUID",
        "a Toewijzing must have `ingangsdatum`",
        "a Toewijzing must have `omvang/eenheid`",
        "a Toewijzing has no value `kleur`",
        "`aanbieder` of a record does not change: it was 98765432",
        "`wet` of a record does not change: it was WMO",
    ];
    assert_eq!(cases, wanted);
}

#[test]
fn a_number_outside_the_fictive_ones_is_refused_and_not_repeated() {
    let mut rig = Rig::new();
    let entity = rig.entity("Levering");
    let toewijzing = key(10).to_string();
    for number in ["111222333", "999900005x", ""] {
        let mut pairs = delivery(&toewijzing, &[]);
        pairs.retain(|(path, _)| *path != "bsn");
        pairs.push(("bsn", number));
        let change = Change::Put {
            entity,
            id: key(30),
            wet: "WMO".to_owned(),
            values: values(&pairs),
        };
        let at = SimTime::start_of(date(2026, 3, 3));
        let why = rig.leveringen.apply(at, change).unwrap_err().to_string();
        assert_eq!(why, "`bsn` is not the number of a fictive person");
    }
}

#[test]
fn the_key_of_a_record_that_was_removed_is_not_used_again() {
    let mut rig = Rig::new();
    let client = key(20).to_string();
    rig.put("Toewijzing", key(10), "WMO", &allocation(&client, &[]));
    let entity = rig.entity("Toewijzing");
    let at = SimTime::start_of(date(2026, 3, 3));
    let removal = Change::Remove { entity, id: key(10) };
    rig.toewijzingen.apply(at, removal.clone()).unwrap();
    let again = Change::Put {
        entity,
        id: key(10),
        wet: "WMO".to_owned(),
        values: values(&allocation(&client, &[])),
    };
    assert_eq!(
        rig.toewijzingen.apply(at, again),
        Err(RegisterError::Removed { id: key(10) })
    );
    assert!(matches!(
        rig.toewijzingen.apply(at, removal),
        Err(RegisterError::Unknown { .. })
    ));
}

/// Numbers are numbers and what is absent is null; a version counts up.
#[test]
fn an_answer_holds_what_was_selected() {
    let mut rig = Rig::new();
    let client = key(20).to_string();
    rig.put("Toewijzing", key(10), "WMO", &allocation(&client, &[]));
    rig.put(
        "Toewijzing",
        key(10),
        "WMO",
        &allocation(&client, &[("einddatum", "2026-06-30")]),
    );
    let paths = [
        "toewijzingNummer",
        "einddatum",
        "budget",
        "versie",
        "vastgesteldOp",
    ];
    let query = rig.query("Toewijzing", None, vec![eq("aanbieder", AANBIEDER)], &paths);
    let text = |text: &str| Answered::Text(text.to_owned());
    let wanted = [
        Answered::Number(7),
        text("2026-06-30"),
        Answered::Null,
        Answered::Number(2),
        text("2026-03-01T23:00:00.000Z"),
    ];
    let pairs = paths.iter().map(|path| (*path).to_owned()).zip(wanted).collect();
    let answer = rig.toewijzingen.answer(&query, date(2026, 3, 2));
    assert_eq!(answer, Answered::List(vec![Answered::Object(pairs)]));
}

/// F38: a record that is past its availability is not found.
#[test]
fn a_record_is_found_up_to_and_with_the_last_day_of_its_availability() {
    let mut rig = Rig::new();
    let client = key(20).to_string();
    rig.put("Toewijzing", key(10), "WMO", &allocation(&client, &[]));
    let entity = rig.entity("Toewijzing");
    let until = Some(date(2033, 12, 31));
    rig.toewijzingen
        .make_available_until(entity, key(10), until)
        .unwrap();
    let query = rig.query("Toewijzing", None, Vec::<Filter>::new(), &["toewijzingNummer"]);
    assert_eq!(rig.toewijzingen.find(&query, date(2033, 12, 31)).count(), 1);
    assert_eq!(rig.toewijzingen.find(&query, date(2034, 1, 1)).count(), 0);
}
