//! Each check of the hub: what it lets through and what it refuses, with the code of either side.

use std::collections::BTreeSet;

use bytes::Bytes;
use kp_chain::vsp::{Relatie, SleutelWaardePaar, VspReply};
use kp_chain::{Aansluiting, ApplicatieCheck, HubSettings};
use kp_model::archive;

use crate::fixture::{
    AANBIEDER, GEMEENTE, OTHER, OTHER_INDIENER, ROL, accepted, answer_on, hub_settings, identifier, metadata,
    push, replaced, start_message, toewijzing_message, too_old,
};
use crate::rig::{Rig, envelope};

/// A number that passes the elfproef and is nobody's test number.
const REAL_BSN: &str = "123456782";
const TEST_BSN: &str = "999900006";

fn names(names: &[&str]) -> Option<BTreeSet<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

/// The settings with something else about the connection of a party.
fn with(code: &str, change: impl FnOnce(&mut Aansluiting)) -> HubSettings {
    let mut settings = hub_settings();
    let connection = settings.aansluitingen.iter_mut().find(|known| known.code == code);
    change(connection.unwrap());
    settings
}

/// An archive of files as they are, without compression.
fn stored(files: &[(&str, &[u8])]) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        !bytes.iter().fold(u32::MAX, |crc, octet| {
            (0..8).fold(crc ^ u32::from(*octet), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
            })
        })
    };
    let short = |number: usize| u16::try_from(number).unwrap().to_le_bytes();
    let long = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    let (mut body, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let offset = body.len();
        let common = [
            &short(20)[..],
            &short(0),
            &short(0),
            &short(0),
            &short(33),
            &crc(bytes).to_le_bytes(),
            &long(bytes.len()),
            &long(bytes.len()),
            &short(name.len()),
            &short(0),
        ]
        .concat();
        body.extend([b"PK\x03\x04", common.as_slice(), name.as_bytes(), bytes].concat());
        directory.extend(
            [
                b"PK\x01\x02\x14\0",
                common.as_slice(),
                &[0; 10],
                &long(offset),
                name.as_bytes(),
            ]
            .concat(),
        );
    }
    let (count, start, length) = (short(files.len()), long(body.len()), long(directory.len()));
    let end = [
        b"PK\x05\x06\0\0\0\0",
        &count[..],
        &count,
        &length,
        &start,
        &[0, 0],
    ]
    .concat();
    [body, directory, end].concat()
}

#[test]
fn an_archive_holds_one_file_and_nothing_else() {
    let mut rig = Rig::new(hub_settings());
    let xml = start_message("I1");
    let mut encrypted = archive::single("a.xml", &xml);
    encrypted[6] |= 1;
    let directory = encrypted
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .unwrap();
    encrypted[directory + 8] |= 1;
    let large = vec![b' '; 25 * 1024 * 1024 + 1];
    for (payload, code) in [
        (b"PK\x03\x04 nothing".to_vec(), "BRS15"),
        (stored(&[]), "BRS21"),
        (stored(&[("map/", b"")]), "BRS21"),
        (stored(&[("a.xml", &xml), ("b.xml", &xml)]), "BRS16"),
        (stored(&[("map/a.xml", &xml), ("b.xml", &xml)]), "BRS16"),
        (stored(&[("map/a.xml", &xml)]), "BRS29"),
        (stored(&[("map/", b""), ("a.xml", &xml)]), "BRS29"),
        (encrypted, "BRS17"),
        (archive::single("a.xml", &large), "BRS19"),
        (stored(&[("a.xml", &xml)]), "delivered"),
    ] {
        assert_eq!(rig.outcome("305", 1, payload), code);
    }
    // The other side hears the same in its own codes.
    let mut rig = Rig::new(hub_settings());
    for (payload, code) in [
        (b"PK\x03\x04".to_vec(), "IB901"),
        (stored(&[]), "IB905"),
        (stored(&[("a", b""), ("b", b"")]), "IB902"),
        (large, "IB012"),
    ] {
        assert_eq!(
            rig.hand_in_as(envelope(identifier(1), None), payload.into()),
            code
        );
    }
}

#[test]
fn a_payload_may_be_as_large_as_the_limit() {
    let mut rig = Rig::new(hub_settings());
    let limit = 25 * 1024 * 1024;
    assert_eq!(rig.outcome("305", 1, vec![b' '; limit + 1]), "BRS06");
    assert_eq!(rig.outcome("305", 1, vec![b' '; limit]), "BRS14");
}

#[test]
fn the_indiener_needs_the_role_and_the_consent() {
    let mut rig = Rig::new(with(AANBIEDER, |known| known.dient_in = names(&["WMO307"])));
    assert_eq!(rig.outcome("305", 1, start_message("I1")), "BRS02");
    let mut rig = Rig::new(with(AANBIEDER, |known| known.dient_in = names(&["WMO305"])));
    assert_eq!(rig.outcome("305", 1, start_message("I1")), "delivered");
    let message = || push(metadata("305", identifier(2)), start_message("I2"));
    let refused = rig.ask(OTHER_INDIENER, message());
    assert!(matches!(refused, VspReply::Refused(refusal) if refusal.code == "BRS03"));
    let mut rig = Rig::new(with(AANBIEDER, |known| {
        known.gemachtigden.insert(OTHER_INDIENER.to_owned());
    }));
    assert_eq!(rig.ask(OTHER_INDIENER, message()), VspReply::Received);
    rig.hand_in(3);
    assert_eq!(
        rig.listed(OTHER_INDIENER, 250),
        [identifier(3)],
        "it collects too"
    );
    let mut rig = Rig::new(with(GEMEENTE, |known| known.dient_in = names(&["WMO306"])));
    assert_eq!(
        rig.hand_in_as(envelope(identifier(1), None), Bytes::new()),
        "IB008"
    );
}

#[test]
fn the_addressee_needs_the_role_and_the_grondslag() {
    let good = || accepted("iwmo", "301", 1);
    let ask = |settings| {
        let mut rig = Rig::new(settings);
        rig.hand_in_as(envelope(identifier(1), None), good())
    };
    assert_eq!(
        ask(with(AANBIEDER, |known| known.grondslag = names(&["ijw"]))),
        "IB011"
    );
    assert_eq!(
        ask(with(AANBIEDER, |known| known.grondslag = names(&["iwmo"]))),
        "delivered"
    );
    assert_eq!(
        ask(with(AANBIEDER, |known| known.ontvangt = names(&["WMO319"]))),
        "IB011"
    );
    assert_eq!(
        ask(with(AANBIEDER, |known| known.ontvangt = names(&["WMO301"]))),
        "delivered"
    );

    let mut rig = Rig::new(with(GEMEENTE, |known| known.grondslag = names(&["ijw"])));
    assert_eq!(rig.outcome("305", 1, start_message("I1")), "BRS05");
    let mut rig = Rig::new(hub_settings());
    let mut to_another = metadata("305", identifier(1));
    to_another.routeringgegevens.geadresseerden = vec![Relatie::new(ROL, OTHER)];
    assert_eq!(
        rig.push(to_another, start_message("I1")),
        "BRS05",
        "only a gemeente gets a start"
    );
    let mut to_a_gemeente = envelope(identifier(1), None);
    to_a_gemeente.ontvanger = GEMEENTE.to_owned();
    assert_eq!(rig.hand_in_as(to_a_gemeente, good()), "IB011");
    let mut to_nobody = envelope(identifier(1), None);
    to_nobody.ontvanger = "42999999".to_owned();
    assert_eq!(rig.hand_in_as(to_nobody, good()), "IB010");
}

#[test]
fn a_gemeente_names_its_application() {
    let mut rig = Rig::new(hub_settings());
    let mut blank = envelope(identifier(1), None);
    blank.applicatie = "   ".to_owned();
    assert_eq!(rig.hand_in_as(blank, accepted("iwmo", "301", 1)), "IB017");
    assert_eq!(
        rig.hand_in_as(envelope(identifier(1), None), accepted("iwmo", "301", 1)),
        "delivered"
    );
}

#[test]
fn a_retour_says_what_it_answers() {
    let mut rig = Rig::new(hub_settings());
    let retour = answer_on(&accepted("iwmo", "301", 1), "R1");
    assert_eq!(rig.outcome("302", 1, retour.clone()), "IB021");
    let mut answers = metadata("302", identifier(1));
    answers.referentiegegevens.als_antwoord_op = Some(identifier(77));
    assert_eq!(
        rig.push(answers, retour),
        "received",
        "what it answers need not be known"
    );
    assert_eq!(rig.verdict(identifier(1)), "delivered");
    let mut retour = envelope(identifier(2), None);
    retour.functie = "WMO306".to_owned();
    assert_eq!(rig.hand_in_as(retour, Bytes::new()), "IB021");
    // A declaratie-antwoord is sent as a heenbericht.
    let answer = answer_on(&accepted("iwmo", "323", 1), "A1");
    let mut heen = envelope(identifier(3), None);
    heen.functie = "WMO325".to_owned();
    assert_eq!(rig.hand_in_as(heen, answer), "delivered");
}

#[test]
fn a_virus_is_found_before_anything_else_of_the_content() {
    let eicar = [
        r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-",
        "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
    ]
    .concat();
    let mut rig = Rig::new(hub_settings());
    let infected = format!("<a> {eicar}");
    assert_eq!(rig.outcome("305", 1, infected.clone()), "BRS12");
    assert_eq!(
        rig.outcome("305", 2, archive::single("a.xml", infected.as_bytes())),
        "BRS12"
    );
    assert_eq!(rig.outcome("305", 3, eicar[..40].to_owned()), "BRS14");
    assert_eq!(
        rig.hand_in_as(envelope(identifier(4), None), infected.into()),
        "IB013"
    );
}

#[test]
fn the_content_is_what_was_announced() {
    let mut rig = Rig::new(hub_settings());
    assert_eq!(rig.outcome("305", 1, "<a><b></a>"), "BRS14");
    assert_eq!(rig.outcome("305", 2, "<a/>"), "BRS13");
    assert_eq!(
        rig.outcome("305", 3, replaced(&start_message("I1"), TEST_BSN, "99990")),
        "BRS13"
    );
    assert_eq!(rig.outcome("307", 4, start_message("I1")), "BRS13");
    assert_eq!(
        rig.outcome("305", 5, accepted("ijw", "305", 1)),
        "BRS13",
        "another release"
    );
    assert_eq!(rig.outcome("305", 6, start_message("I1")), "delivered");
    let envelope = |number| envelope(identifier(number), None);
    assert_eq!(rig.hand_in_as(envelope(7), "<a".into()), "IB014");
    assert_eq!(rig.hand_in_as(envelope(8), start_message("I2")), "IB014");
}

#[test]
fn a_person_is_a_test_person() {
    let mut rig = Rig::new(hub_settings());
    let real = replaced(&start_message("I1"), TEST_BSN, REAL_BSN);
    assert_eq!(rig.outcome("305", 1, real), "BRS18");
    // The number itself is repeated nowhere.
    assert!(!format!("{:?}", rig.status(identifier(1))).contains(REAL_BSN));
    let own = rig.own_messages();
    assert!(!String::from_utf8_lossy(&own[0].1).contains(REAL_BSN));
    let no_bsn = replaced(&start_message("I1"), TEST_BSN, "123456789");
    assert_eq!(
        rig.outcome("305", 2, no_bsn),
        "BRS28",
        "what fails the elfproef is nobody, and breaks a rule"
    );
    let heen = accepted("iwmo", "301", 1);
    let text = String::from_utf8(heen.to_vec()).unwrap();
    let bsn = text
        .split("Bsn>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    let code = rig.hand_in_as(envelope(identifier(3), None), replaced(&heen, &bsn, REAL_BSN));
    assert_eq!(code, "IB015");
}

#[test]
fn an_identificatie_is_used_once_for_each_message() {
    let mut rig = Rig::new(hub_settings());
    assert_eq!(
        rig.outcome("305", 1, replaced(&start_message("I1"), TEST_BSN, "99990")),
        "BRS13"
    );
    assert_eq!(
        rig.outcome("305", 2, start_message("I1")),
        "delivered",
        "what was refused uses nothing"
    );
    assert_eq!(rig.outcome("305", 3, start_message("I1")), "BRS20");
    assert_eq!(rig.outcome("305", 4, start_message("I2")), "delivered");
    // Another sender, and another message, may use the same.
    let mut other = metadata("305", identifier(5));
    other.routeringgegevens.afzender.code = Some(OTHER.to_owned());
    rig.ask(OTHER_INDIENER, push(other, start_message("I1")));
    assert_eq!(rig.verdict(identifier(5)), "delivered");
    // A retour has one of its own, and repeats that of the heenbericht.
    let heen = accepted("iwmo", "301", 1);
    for (number, identificatie, code) in [(6, "R1", "delivered"), (7, "R2", "delivered"), (8, "R1", "BRS20")]
    {
        let mut retour = metadata("302", identifier(number));
        retour.referentiegegevens.als_antwoord_op = Some(identifier(77));
        rig.push(retour, answer_on(&heen, identificatie));
        assert_eq!(rig.verdict(identifier(number)), code);
    }
    assert_eq!(
        rig.hand_in_as(envelope(identifier(9), None), heen.clone()),
        "delivered"
    );
    assert_eq!(rig.hand_in_as(envelope(identifier(10), None), heen), "IB016");
}

#[test]
fn a_declaratie_is_answered_once() {
    let mut rig = Rig::new(hub_settings());
    let declaratie = accepted("iwmo", "323", 1);
    let envelope = |number, ontvanger: &str| {
        let mut envelope = envelope(identifier(number), None);
        envelope.functie = "WMO325".to_owned();
        envelope.ontvanger = ontvanger.to_owned();
        envelope
    };
    let answer = |identificatie| answer_on(&declaratie, identificatie);
    assert_eq!(rig.hand_in_as(envelope(1, AANBIEDER), "<a/>".into()), "IB014");
    assert_eq!(rig.hand_in_as(envelope(2, AANBIEDER), answer("A1")), "delivered");
    assert_eq!(rig.hand_in_as(envelope(3, AANBIEDER), answer("A2")), "IB019");
    assert_eq!(
        rig.hand_in_as(envelope(4, OTHER), answer("A3")),
        "delivered",
        "another aanbieder"
    );
    let next = answer_on(&accepted("iwmo", "323", 2), "A4");
    assert_eq!(
        rig.hand_in_as(envelope(5, AANBIEDER), next),
        "delivered",
        "another declaratie"
    );
}

#[test]
fn the_rules_within_a_message_are_asked_of_an_aanbieder() {
    let mut rig = Rig::new(hub_settings());
    assert_eq!(rig.outcome("305", 1, too_old(&start_message("I1"))), "BRS28");
    assert_eq!(rig.outcome("305", 2, start_message("I1")), "delivered");
    // That a start lies not after its day is only inferred.
    let early = replaced(
        &start_message("I2"),
        "Begindatum>2025-12-15",
        "Begindatum>2025-12-16",
    );
    assert_eq!(rig.outcome("305", 4, early), "delivered");
    let heen = too_old(&toewijzing_message(3));
    assert_eq!(
        rig.hand_in_as(envelope(identifier(3), None), heen),
        "delivered",
        "and not of a gemeente"
    );
}

#[test]
fn the_first_check_that_hits_tells() {
    let mut rig = Rig::new(hub_settings());
    let used = start_message("I1");
    assert_eq!(rig.outcome("305", 1, used.clone()), "delivered");
    let old = too_old(&used);
    let real = replaced(&old, TEST_BSN, REAL_BSN);
    let invalid = replaced(&real, "1850-05-17", "gisteren");
    let broken = replaced(&invalid, "</wmo305:Bericht>", "");
    assert_eq!(rig.outcome("305", 2, broken), "BRS14");
    assert_eq!(rig.outcome("305", 3, invalid), "BRS13");
    assert_eq!(rig.outcome("305", 4, real), "BRS18");
    assert_eq!(rig.outcome("305", 5, old.clone()), "BRS20");
    assert_eq!(rig.outcome("305", 6, replaced(&old, ">I1<", ">I2<")), "BRS28");
}

#[test]
fn the_first_check_of_receipt_that_hits_tells() {
    let mut settings = with(GEMEENTE, |known| known.grondslag = names(&["ijw"]));
    settings.switches.applicatie_check = ApplicatieCheck::Both;
    let mut wrong = metadata("302", identifier(1));
    let retour = || answer_on(&toewijzing_message(1), "R1");
    wrong.routeringgegevens.berichtstroom.berichtversie = 9;
    wrong.routeringgegevens.geadresseerden[0].code = Some("9999".to_owned());
    let mut rig = Rig::new(settings.clone());
    assert_eq!(rig.push(wrong.clone(), retour()), "BRS33");
    wrong.routeringgegevens.berichtstroom.berichtversie = 3;
    assert_eq!(rig.push(wrong.clone(), retour()), "BRS04");
    wrong.routeringgegevens.geadresseerden[0].code = Some(GEMEENTE.to_owned());
    assert_eq!(rig.push(wrong.clone(), retour()), "BRS05");
    settings.aansluitingen[0].grondslag = None;
    let mut rig = Rig::new(settings);
    assert_eq!(rig.push(wrong.clone(), retour()), "IB017");
    wrong.verwerkingscontext = Some(
        ["Applicatie", "ApplicatieVersie", "ApplicatieSubversie"]
            .map(|sleutel| SleutelWaardePaar {
                sleutel: sleutel.to_owned(),
                waarde: vec!["1".to_owned()],
            })
            .to_vec(),
    );
    assert_eq!(rig.push(wrong.clone(), retour()), "IB021");
    wrong.referentiegegevens.als_antwoord_op = Some(identifier(9));
    assert_eq!(rig.push(wrong, retour()), "received");
}

#[test]
fn who_claims_to_be_a_gemeente_is_told_what_an_aanbieder_is() {
    let mut rig = Rig::new(hub_settings());
    let mut claimed = metadata("301", identifier(1));
    claimed.routeringgegevens.afzender = Relatie::new("Gemeente", GEMEENTE);
    claimed.routeringgegevens.geadresseerden = vec![Relatie::new(ROL, AANBIEDER)];
    assert_eq!(rig.push(claimed, toewijzing_message(1)), "BRS03");
}
