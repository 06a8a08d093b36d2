//! The switches: what each value that is not the default changes.

use bytes::Bytes;
use kp_chain::vsp::{Berichtstatus, Relatie, SleutelWaardePaar, StatusQuery, VspReply, VspRequest};
use kp_chain::{
    Aansluiting, AcceptForm, ActieMap, AlreadyAnswered, ApplicatieCheck, BerichttypeWmo, BrsTiming,
    ConfirmTwice, ConfirmWithoutDownload, Controle, DeliverForm, GgkReply, GgkRequest, PairCode,
    PayloadAfterConfirm, RetryAfter422, RetryAfterAfkeur, StatusUnknown, StatusVisibility, Switches, Toggle,
    UniquenessScope, UnknownStream, UuidV4Check, VirusTest, VspDuplicate, XsltScope,
};
use kp_model::archive;
use uuid::Uuid;

use crate::fixture::{
    INDIENER, OTHER, OTHER_INDIENER, accepted, answer_on, hub_settings, identifier, metadata, push, replaced,
    start_message, status, toewijzing_message, too_old,
};
use crate::rig::{Rig, envelope};

fn rig(change: impl FnOnce(&mut Switches)) -> Rig {
    let mut settings = hub_settings();
    change(&mut settings.switches);
    Rig::new(settings)
}

fn confirm(rig: &mut Rig, number: u128) -> VspReply {
    let traceer_id = identifier(number);
    rig.ask(INDIENER, VspRequest::Confirm { traceer_id })
}

fn payload(rig: &mut Rig, number: u128) -> VspReply {
    let traceer_id = identifier(number);
    rig.ask(INDIENER, VspRequest::Payload { traceer_id })
}

const REAL_BSN: &str = "123456782";

#[test]
fn the_checks_of_a_direction() {
    let mut rig = rig(|switches| {
        switches.controle_aanbieder = Controle::Xsd;
        switches.controle_gemeente = Controle::Geen;
    });
    assert_eq!(rig.outcome("305", 1, too_old(&start_message("I1"))), "delivered");
    assert_eq!(rig.outcome("305", 2, "<a/>"), "BRS13");
    assert_eq!(
        rig.hand_in_as(envelope(identifier(3), None), "<a".into()),
        "delivered"
    );
}

#[test]
fn the_rules_only_of_a_declaratie() {
    let mut rig = rig(|switches| switches.xslt_scope = XsltScope::DeclaratieOnly);
    assert_eq!(rig.outcome("305", 1, too_old(&start_message("I1"))), "delivered");
    let good = accepted("iwmo", "323", 1);
    let text = String::from_utf8(good.to_vec()).unwrap();
    let (_, rest) = text.split_once("<wmo323:Client>").unwrap();
    let (client, _) = rest.split_once("</wmo323:Client>").unwrap();
    let client = format!("<wmo323:Client>{client}</wmo323:Client>");
    let doubled = replaced(&good, &client, &format!("{client}{client}"));
    assert_eq!(rig.outcome("323", 2, doubled), "BRS28");
}

#[test]
fn without_a_test_of_persons_viruses_and_applications() {
    let mut rig = rig(|switches| {
        switches.test_environment = Toggle::Off;
        switches.virus_test = VirusTest::Off;
        switches.applicatie_check = ApplicatieCheck::Off;
        switches.alsantwoordop_check = Toggle::Off;
    });
    let real = replaced(&start_message("I1"), "999900006", REAL_BSN);
    assert_eq!(rig.outcome("305", 1, real), "delivered");
    let eicar = [
        r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-",
        "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
    ]
    .concat();
    assert_eq!(rig.outcome("305", 2, eicar), "BRS14");
    let mut blank = envelope(identifier(3), None);
    blank.applicatie = String::new();
    assert_eq!(rig.hand_in_as(blank, toewijzing_message(3)), "delivered");
    assert_eq!(
        rig.outcome("302", 4, answer_on(&toewijzing_message(3), "R1")),
        "delivered"
    );
}

#[test]
fn the_application_data_of_an_aanbieder() {
    let mut rig = rig(|switches| switches.applicatie_check = ApplicatieCheck::Both);
    assert_eq!(rig.outcome("305", 1, start_message("I1")), "IB017");
    let pair = |sleutel: &str, waarde: &str| SleutelWaardePaar {
        sleutel: sleutel.to_owned(),
        waarde: vec![waarde.to_owned()],
    };
    let mut named = metadata("305", identifier(1));
    let mut context = vec![pair("Applicatie", "Demo"), pair("ApplicatieVersie", "1")];
    named.verwerkingscontext = Some(context.clone());
    assert_eq!(rig.push(named.clone(), start_message("I1")), "IB017");
    context.push(pair("ApplicatieSubversie", " "));
    named.verwerkingscontext = Some(context.clone());
    assert_eq!(rig.push(named.clone(), start_message("I1")), "IB017");
    context[2] = pair("ApplicatieSubversie", "0");
    named.verwerkingscontext = Some(context);
    assert_eq!(rig.push(named, start_message("I1")), "received");
}

#[test]
fn a_second_answer_on_a_declaratie_and_the_higher_codes() {
    let mut free = rig(|switches| switches.already_answered = AlreadyAnswered::Off);
    let mut high = rig(|switches| switches.pair_code = PairCode::High);
    let declaratie = accepted("iwmo", "323", 1);
    let answer = |number: u128| {
        let mut envelope = envelope(identifier(number), None);
        envelope.functie = "WMO325".to_owned();
        (envelope, answer_on(&declaratie, &format!("A{number}")))
    };
    for (rig, expected) in [(&mut free, "delivered"), (&mut high, "IB020")] {
        for (number, expected) in [(1, "delivered"), (2, expected)] {
            let (envelope, answer) = answer(number);
            assert_eq!(rig.hand_in_as(envelope, answer), expected);
        }
    }
    assert_eq!(
        high.outcome("302", 3, answer_on(&toewijzing_message(3), "R1")),
        "IB022"
    );
    let mut blank = envelope(identifier(4), None);
    blank.applicatie = String::new();
    assert_eq!(high.hand_in_as(blank, toewijzing_message(4)), "IB018");
    assert_eq!(high.outcome("305", 5, "<a/>"), "BRS13", "other codes stay");
}

#[test]
fn what_receipt_finds_may_be_told_late() {
    let mut rig = rig(|switches| switches.brs_timing = BrsTiming::Async);
    let mut nowhere = metadata("305", identifier(1));
    nowhere.routeringgegevens.geadresseerden[0].code = Some("9999".to_owned());
    assert_eq!(rig.push(nowhere, start_message("I1")), "received");
    let told = rig.status(identifier(1));
    assert_eq!(
        told[0],
        (Berichtstatus::AfgekeurdDoorDienst, vec!["BRS04".to_owned()])
    );
    assert_eq!(rig.own_messages().len(), 1, "with a foutbericht");
    assert_eq!(rig.outcome("305", 1, start_message("I1")), "BRS114");
    // A gemeente is told at once all the same.
    let mut nowhere = envelope(identifier(2), None);
    nowhere.ontvanger = "42999999".to_owned();
    let past_checks = false;
    let reply = rig.ggk(GgkRequest::HandIn {
        envelope: nowhere,
        payload: toewijzing_message(2),
        past_checks,
    });
    assert!(matches!(reply, GgkReply::Refused(_)));
    // Nobody collects for a sender that is not known, so that it gets nothing in a box.
    let mut stranger = metadata("305", identifier(3));
    stranger.routeringgegevens.afzender.code = Some("42999999".to_owned());
    assert_eq!(rig.push(stranger, start_message("I3")), "received");
    assert_eq!(rig.status(identifier(3)).len(), 1);
}

#[test]
fn a_refusal_may_use_an_identifier_or_free_it() {
    let mut consuming = rig(|switches| switches.retry_after_422 = RetryAfter422::Consume);
    let mut nowhere = metadata("305", identifier(1));
    nowhere.routeringgegevens.geadresseerden[0].code = Some("9999".to_owned());
    assert_eq!(consuming.push(nowhere.clone(), start_message("I1")), "BRS04");
    assert_eq!(consuming.push(nowhere, start_message("I1")), "BRS114");
    assert_eq!(consuming.outcome("305", 1, start_message("I1")), "BRS114");
    assert_eq!(consuming.status(identifier(1)), []);
    let mut freeing = rig(|switches| switches.retry_after_afkeur = RetryAfterAfkeur::Allow);
    assert_eq!(freeing.outcome("305", 1, "<a/>"), "BRS13");
    assert_eq!(freeing.outcome("305", 1, start_message("I1")), "delivered");
    assert_eq!(freeing.outcome("305", 1, start_message("I2")), "BRS114");
}

#[test]
fn an_identifier_may_be_unique_to_all() {
    let mut rig = rig(|switches| switches.uniqueness_scope = UniquenessScope::Global);
    assert_eq!(rig.outcome("305", 1, start_message("I1")), "delivered");
    let mut other = metadata("305", identifier(1));
    other.routeringgegevens.afzender.code = Some(OTHER.to_owned());
    let reply = rig.ask(OTHER_INDIENER, push(other, start_message("I1")));
    assert!(matches!(reply, VspReply::Refused(refusal) if refusal.code == "BRS114"));
    assert_eq!(
        rig.hand_in_as(envelope(identifier(1), None), toewijzing_message(1)),
        "IB016"
    );
}

#[test]
fn a_repetition_may_be_received_again_without_effect() {
    let mut rig = rig(|switches| switches.vsp_duplicate = VspDuplicate::IdempotentIdentical);
    for _ in 0..2 {
        assert_eq!(
            rig.push(metadata("305", identifier(1)), start_message("I1")),
            "received"
        );
    }
    assert_eq!(
        rig.push(metadata("305", identifier(1)), start_message("I2")),
        "BRS114"
    );
    let mut other = metadata("305", identifier(1));
    other.referentiegegevens.referentie_id = Some("x".to_owned());
    assert_eq!(rig.push(other, start_message("I1")), "BRS114");
    assert_eq!(rig.status(identifier(1)).len(), 1);
    let GgkReply::Waiting(waiting) = rig.ggk(GgkRequest::Collect) else {
        panic!("what waits")
    };
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        rig.push(metadata("305", identifier(2)), "<a/>".into()),
        "received"
    );
    assert_eq!(
        rig.push(metadata("305", identifier(2)), "<a/>".into()),
        "received"
    );
    assert_eq!(rig.own_messages().len(), 1);
}

#[test]
fn a_heenbericht_may_have_to_begin_its_conversation() {
    let mut strict = rig(|switches| switches.cc05_check = Toggle::On);
    let mut heen = metadata("305", identifier(1));
    heen.referentiegegevens.conversatie_id = identifier(2);
    assert_eq!(
        strict.push(heen.clone(), start_message("I1")),
        "referentiegegevens.conversatieId"
    );
    assert_eq!(strict.outcome("305", 1, start_message("I1")), "delivered");
    let mut retour = metadata("302", identifier(3));
    retour.referentiegegevens.conversatie_id = identifier(2);
    retour.referentiegegevens.als_antwoord_op = Some(identifier(2));
    assert_eq!(
        strict.push(retour, answer_on(&toewijzing_message(1), "R1")),
        "received"
    );
    assert_eq!(rig(|_| {}).push(heen, start_message("I1")), "received");
}

#[test]
fn the_words_of_a_message_that_goes_out() {
    let listed = |rig: &mut Rig| {
        rig.hand_in(1);
        let VspReply::List(messages) = rig.ask(INDIENER, VspRequest::List { limit: 1 }) else {
            panic!("a list")
        };
        let stream = messages[0].routeringgegevens.berichtstroom.clone();
        (stream.berichttype, stream.actie)
    };
    let words = |berichttype: &str, actie: &str| (berichttype.to_owned(), actie.to_owned());
    assert_eq!(listed(&mut rig(|_| {})), words("WMO", "WMO301"));
    for (name, text) in [(BerichttypeWmo::Standard, "iWmo"), (BerichttypeWmo::Wet, "Wmo")] {
        assert_eq!(
            listed(&mut rig(|switches| switches.berichttype_wmo = name)),
            words(text, "WMO301")
        );
    }
    let table = [("WMO301".to_owned(), "Toewijzing".to_owned())]
        .into_iter()
        .collect();
    let mut mapped = rig(|switches| switches.actie_map = ActieMap::Table(table));
    assert_eq!(listed(&mut mapped), words("WMO", "Toewijzing"));
}

#[test]
fn a_push_may_have_more_addressees() {
    let both = || {
        let mut both = metadata("305", identifier(1));
        both.routeringgegevens
            .geadresseerden
            .push(Relatie::new("Gemeente", "0518"));
        both
    };
    let path = "routeringgegevens.geadresseerden";
    assert_eq!(rig(|_| {}).push(both(), start_message("I1")), path);
    let mut settings = hub_settings();
    settings.switches.geadresseerden_max = 100;
    let mut rig = Rig::new(settings.clone());
    assert_eq!(
        rig.push(both(), start_message("I1")),
        "BRS04",
        "each must be connected"
    );
    settings.aansluitingen.push(Aansluiting::gemeente("0518"));
    let mut rig_of_two = Rig::new(settings);
    assert_eq!(rig_of_two.push(both(), start_message("I1")), "received");
    let GgkReply::Waiting(waiting) = rig_of_two.ggk(GgkRequest::Collect) else {
        panic!("what waits")
    };
    assert_eq!(waiting.len(), 1);
    let referentienummer = identifier(1);
    let acknowledge = GgkRequest::Acknowledge { referentienummer };
    assert_eq!(rig_of_two.ggk(acknowledge.clone()), GgkReply::Acknowledged);
    assert_eq!(rig_of_two.ggk(acknowledge), GgkReply::NotFound);
    let of_other = rig_of_two.ggk_of("0518", GgkRequest::Collect);
    assert!(matches!(of_other, GgkReply::Waiting(waiting) if waiting.len() == 1));
}

#[test]
fn an_unknown_stream_or_identifier_may_break_the_interface() {
    let mut strict = rig(|switches| {
        switches.unknown_stream = UnknownStream::Http400;
        switches.uuid_v4_check = UuidV4Check::Http400;
    });
    let mut unknown = metadata("305", identifier(1));
    unknown.routeringgegevens.berichtstroom.berichtversie = 9;
    assert_eq!(
        strict.push(unknown.clone(), start_message("I1")),
        "routeringgegevens.berichtstroom"
    );
    assert_eq!(rig(|_| {}).push(unknown, start_message("I1")), "BRS33");
    let version_1: Uuid = "2b7e1516-28ae-1d2a-abf7-158809cf4f3c".parse().unwrap();
    let old = metadata("305", version_1);
    assert_eq!(
        strict.push(old.clone(), start_message("I1")),
        "referentiegegevens.traceerId"
    );
    assert_eq!(rig(|_| {}).push(old, start_message("I1")), "received");
    let mut answers = metadata("305", identifier(1));
    answers.referentiegegevens.als_antwoord_op = Some(version_1);
    assert_eq!(
        strict.push(answers, start_message("I1")),
        "referentiegegevens.alsAntwoordOp"
    );
}

#[test]
fn the_form_of_a_payload() {
    let zip = || Bytes::from(archive::single("a.xml", &start_message("I1")));
    let mut zipped = rig(|switches| switches.accept_form = AcceptForm::Zip);
    assert_eq!(zipped.outcome("305", 1, start_message("I1")), "BRS15");
    assert_eq!(zipped.outcome("305", 1, zip()), "delivered");
    assert_eq!(
        zipped.hand_in_as(envelope(identifier(2), None), toewijzing_message(2)),
        "delivered"
    );
    let mut bare = rig(|switches| switches.accept_form = AcceptForm::Xml);
    assert_eq!(bare.outcome("305", 1, zip()), "BRS14");
    assert_eq!(bare.outcome("305", 2, start_message("I1")), "delivered");
    let mut settings = hub_settings();
    settings.switches.deliver_form = DeliverForm::Xml;
    settings.aansluitingen[1].deliver_form = Some(DeliverForm::Zip);
    let mut rig = Rig::new(settings);
    rig.hand_in(1);
    assert!(matches!(payload(&mut rig, 1), VspReply::Payload(bytes) if bytes.starts_with(b"PK")));
}

#[test]
fn what_a_status_query_gets() {
    let mut strict = rig(|switches| switches.status_unknown = StatusUnknown::NotFound);
    let query = |number| status(StatusQuery::TraceerId(identifier(number)));
    assert_eq!(strict.ask(INDIENER, query(1)), VspReply::NotFound);
    strict.outcome("305", 1, start_message("I1"));
    assert!(matches!(strict.ask(INDIENER, query(1)), VspReply::Status(found) if found.len() == 1));
    let mut open = rig(|switches| switches.status_visibility = StatusVisibility::All);
    open.outcome("305", 1, start_message("I1"));
    assert!(matches!(open.ask("iemand", query(1)), VspReply::Status(found) if found.len() == 1));
}

#[test]
fn what_a_confirmation_gets() {
    let mut strict = rig(|switches| switches.confirm_without_download = ConfirmWithoutDownload::NotFound);
    strict.hand_in(1);
    assert_eq!(confirm(&mut strict, 1), VspReply::NotFound);
    assert!(matches!(payload(&mut strict, 1), VspReply::Payload(_)));
    assert_eq!(confirm(&mut strict, 1), VspReply::Confirmed);
    assert_eq!(confirm(&mut strict, 1), VspReply::NotFound);

    let mut twice = rig(|switches| switches.confirm_twice = ConfirmTwice::Accepted);
    twice.hand_in(1);
    for _ in 0..3 {
        assert_eq!(confirm(&mut twice, 1), VspReply::Confirmed);
    }
    assert_eq!(confirm(&mut twice, 2), VspReply::NotFound);
    let traceer_id = identifier(1);
    assert_eq!(
        twice.ask(OTHER_INDIENER, VspRequest::Confirm { traceer_id }),
        VspReply::NotFound
    );
    assert_eq!(payload(&mut twice, 1), VspReply::NotFound);

    let mut keeping = rig(|switches| switches.payload_after_confirm = PayloadAfterConfirm::Keep);
    keeping.hand_in(1);
    let before = payload(&mut keeping, 1);
    assert_eq!(confirm(&mut keeping, 1), VspReply::Confirmed);
    assert_eq!(payload(&mut keeping, 1), before);
    assert!(keeping.listed(INDIENER, 250).is_empty());
    assert_eq!(
        keeping.ask(OTHER_INDIENER, VspRequest::Payload { traceer_id }),
        VspReply::NotFound
    );
}

#[test]
fn a_message_is_forgotten_after_its_months() {
    let mut rig = rig(|_| {});
    rig.hand_in(1);
    rig.outcome("305", 2, start_message("I2"));
    let day_ms = 24 * 3_600_000;
    rig.now = rig.now.plus_ms(62 * day_ms);
    assert_eq!(rig.now.to_string(), "2026-02-15T09:00:00");
    assert_eq!(rig.listed(INDIENER, 250), [identifier(1)]);
    assert_eq!(rig.outcome("305", 2, start_message("I2")), "BRS114");
    rig.now = rig.now.plus_ms(1);
    assert!(rig.listed(INDIENER, 250).is_empty());
    assert_eq!(payload(&mut rig, 1), VspReply::NotFound);
    assert_eq!(rig.status(identifier(2)), []);
    assert_eq!(rig.ggk(GgkRequest::Collect), GgkReply::Waiting(vec![]));
    assert_eq!(
        rig.outcome("305", 2, start_message("I2")),
        "delivered",
        "identifier and Identificatie are free"
    );
}

#[test]
fn the_hub_holds_no_more_than_it_may() {
    let mut rig = rig(|switches| {
        switches.held_max_bytes = 40_000;
        switches.payload_after_confirm = PayloadAfterConfirm::Keep;
    });
    let mut number = 0;
    let mut fill = |rig: &mut Rig| {
        loop {
            number += 1;
            let reply = rig.ggk(GgkRequest::HandIn {
                envelope: envelope(identifier(number), None),
                payload: toewijzing_message(number),
                past_checks: false,
            });
            if reply == GgkReply::Full {
                return number;
            }
            assert!(number < 100, "it is full at some time");
        }
    };
    let full_at = fill(&mut rig);
    assert_eq!(rig.status(identifier(full_at)), [], "nothing of it was kept");
    let small = push(metadata("305", identifier(500)), start_message("I1"));
    assert_eq!(rig.ask(INDIENER, small), VspReply::Full);
    assert_eq!(confirm(&mut rig, 2), VspReply::Confirmed);
    assert_eq!(confirm(&mut rig, 1), VspReply::Confirmed);
    assert!(
        matches!(payload(&mut rig, 1), VspReply::Payload(_)),
        "kept while there is room"
    );
    rig.hand_in(600);
    assert_eq!(payload(&mut rig, 1), VspReply::NotFound, "the oldest goes first");
    assert!(matches!(payload(&mut rig, 2), VspReply::Payload(_)));
    assert_eq!(
        rig.status(identifier(1))[0].0,
        Berichtstatus::Bezorgd,
        "its status stays"
    );
    assert_eq!(
        rig.hand_in_as(envelope(identifier(1), None), toewijzing_message(1)),
        "IB016"
    );
    assert!(
        matches!(payload(&mut rig, 3), VspReply::Payload(_)),
        "what waits is never dropped"
    );
}

#[test]
fn what_is_refused_takes_room_where_it_uses_an_identifier() {
    let mut rig = rig(|switches| {
        switches.held_max_bytes = 10_000;
        switches.retry_after_422 = RetryAfter422::Consume;
    });
    let replies: Vec<VspReply> = (0..12)
        .map(|number| {
            let mut nowhere = metadata("305", identifier(number));
            nowhere.routeringgegevens.geadresseerden[0].code = Some("9999".to_owned());
            rig.ask(INDIENER, push(nowhere, start_message("I1")))
        })
        .collect();
    assert!(matches!(replies.first(), Some(VspReply::Refused(_))));
    assert_eq!(replies.last(), Some(&VspReply::Full));
}

#[test]
fn what_is_forgotten_leaves_all_its_room() {
    let mut rig = rig(|switches| {
        switches.held_max_bytes = 60_000;
        switches.vsp_retention_months = 1;
        switches.retry_after_422 = RetryAfter422::Consume;
    });
    // Delivered and confirmed, waiting, refused by the checks and at receipt: as many of each in every round.
    let round = |rig: &mut Rig, first: u128| {
        let mut number = first;
        loop {
            let mut nowhere = metadata("305", identifier(number + 1000));
            nowhere.routeringgegevens.geadresseerden[0].code = Some("9999".to_owned());
            rig.push(nowhere, start_message("I1"));
            rig.push(metadata("305", identifier(number + 2000)), "<a/>".into());
            let full = rig.ggk(GgkRequest::HandIn {
                envelope: envelope(identifier(number), None),
                payload: toewijzing_message(number),
                past_checks: false,
            });
            if full == GgkReply::Full {
                return number - first;
            }
            if number.is_multiple_of(2) {
                confirm(rig, number);
            }
            number += 1;
            assert!(number < first + 100, "it is full at some time");
        }
    };
    let count = round(&mut rig, 100);
    for first in [100, 300] {
        rig.now = rig.now.plus_ms(32 * 24 * 3_600_000);
        assert_eq!(round(&mut rig, first), count);
    }
}
