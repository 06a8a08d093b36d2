//! The hub, request by request.

use bytes::Bytes;
use kp_chain::vsp::{Berichtstatus, StatusQuery, StatusVersion, VspReply, VspRequest};
use kp_chain::{BerichtFact, Controle, DeliverForm, GgkReply, GgkRequest, HubEvent};
use kp_model::archive::{self, ArchiveLimits};
use sha2::{Digest, Sha256};

use crate::fixture::{
    AANBIEDER, INDIENER, OTHER, OTHER_INDIENER, hub_settings, identifier, metadata, push, start_message,
    status,
};
use crate::rig::{Rig, envelope};

#[test]
fn a_message_waits_until_it_is_confirmed() {
    let mut rig = Rig::new(hub_settings());
    let payload = rig.hand_in(1);
    let id = identifier(1);
    assert_eq!(rig.listed(INDIENER, 250), [id]);
    assert_eq!(rig.listed(INDIENER, 250), [id], "listing takes nothing away");
    assert!(rig.listed(OTHER_INDIENER, 250).is_empty());
    assert_eq!(
        rig.ask(OTHER_INDIENER, VspRequest::Payload { traceer_id: id }),
        VspReply::NotFound
    );
    assert_eq!(
        rig.ask(OTHER_INDIENER, VspRequest::Confirm { traceer_id: id }),
        VspReply::NotFound
    );

    let VspReply::List(messages) = rig.ask(INDIENER, VspRequest::List { limit: 1 }) else {
        panic!("a list")
    };
    let base = &messages[0].basisgegevens;
    assert_eq!(base.ontvangen_op, "2025-12-15T09:00:00.000+01:00");
    assert_eq!(
        base.payload.url,
        format!("http://hub.test/berichtenservice/berichten/rest-pull/v1/berichten/{id}/payload")
    );
    let VspReply::Payload(zip) = rig.ask(INDIENER, VspRequest::Payload { traceer_id: id }) else {
        panic!("bytes")
    };
    assert_eq!(base.payload.grootte, zip.len() as u64);
    let checksum: String = Sha256::digest(&zip)
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    assert_eq!(
        (
            base.payload.checksum.algoritme.as_str(),
            &base.payload.checksum.waarde
        ),
        ("SHA256", &checksum)
    );
    let limits = ArchiveLimits {
        files: 1,
        file_bytes: 1 << 20,
        total_bytes: 1 << 20,
    };
    let files = archive::read(&zip, &limits).unwrap();
    assert_eq!(
        (files[0].name.clone(), &files[0].bytes),
        (format!("{id}.xml"), &payload)
    );

    assert_eq!(rig.status(id)[0].0, Berichtstatus::WordtAangeboden);
    assert_eq!(
        rig.ask(INDIENER, VspRequest::Confirm { traceer_id: id }),
        VspReply::Confirmed
    );
    assert_eq!(
        rig.ask(INDIENER, VspRequest::Confirm { traceer_id: id }),
        VspReply::NotFound
    );
    assert_eq!(
        rig.ask(INDIENER, VspRequest::Payload { traceer_id: id }),
        VspReply::NotFound
    );
    assert!(rig.listed(INDIENER, 250).is_empty());
    assert_eq!(rig.status(id)[0].0, Berichtstatus::Bezorgd);
}

#[test]
fn the_oldest_come_first_and_make_room() {
    let mut rig = Rig::new(hub_settings());
    for number in [3, 1, 2] {
        rig.hand_in(number);
        rig.now = rig.now.plus_ms(1000);
    }
    assert_eq!(rig.listed(INDIENER, 2), [identifier(3), identifier(1)]);
    rig.ask(
        INDIENER,
        VspRequest::Confirm {
            traceer_id: identifier(3),
        },
    );
    assert_eq!(rig.listed(INDIENER, 2), [identifier(1), identifier(2)]);
}

#[test]
fn a_bare_payload_is_a_switch() {
    let mut settings = hub_settings();
    settings.switches.deliver_form = DeliverForm::Xml;
    let mut rig = Rig::new(settings);
    let payload = rig.hand_in(1);
    let reply = rig.ask(
        INDIENER,
        VspRequest::Payload {
            traceer_id: identifier(1),
        },
    );
    assert_eq!(reply, VspReply::Payload(payload));
}

#[test]
fn receipt_refuses_in_the_order_of_the_hub() {
    let mut rig = Rig::new(hub_settings());
    let good = || metadata("305", identifier(1));
    let code = |rig: &mut Rig, indiener: &str, metadata, payload: Bytes| match rig
        .ask(indiener, push(metadata, payload))
    {
        VspReply::Refused(refusal) => refusal.code,
        VspReply::Received => "received".to_owned(),
        other @ (VspReply::Invalid(_)
        | VspReply::List(_)
        | VspReply::Payload(_)
        | VspReply::Confirmed
        | VspReply::NotFound
        | VspReply::Full
        | VspReply::Status(_)) => panic!("{other:?}"),
    };
    let xml = || start_message("I1");
    let large = || Bytes::from(vec![b' '; 25 * 1024 * 1024 + 1]);
    let mut wrong = good();
    wrong.routeringgegevens.afzender.code = Some("42999999".to_owned());
    assert_eq!(
        code(&mut rig, INDIENER, wrong.clone(), large()),
        "BRS06",
        "size comes before the sender"
    );
    assert_eq!(
        code(&mut rig, INDIENER, wrong.clone(), b"PK..".as_slice().into()),
        "BRS15"
    );
    assert_eq!(code(&mut rig, INDIENER, wrong, xml()), "BRS01");
    let mut wrong = good();
    wrong.routeringgegevens.afzender.rol = "Praktijk".to_owned();
    assert_eq!(code(&mut rig, INDIENER, wrong, xml()), "BRS01");
    assert_eq!(code(&mut rig, "onbekend", good(), xml()), "BRS02");
    assert_eq!(
        code(&mut rig, INDIENER, metadata("301", identifier(1)), xml()),
        "BRS02"
    );
    assert_eq!(code(&mut rig, OTHER_INDIENER, good(), xml()), "BRS03");
    let mut wrong = good();
    wrong.routeringgegevens.berichtstroom.berichtversie = 2;
    wrong.routeringgegevens.geadresseerden[0].code = None;
    assert_eq!(
        code(&mut rig, INDIENER, wrong, xml()),
        "BRS33",
        "the route comes before the addressee"
    );
    let mut wrong = good();
    wrong.routeringgegevens.geadresseerden[0].code = Some("9999".to_owned());
    assert_eq!(code(&mut rig, INDIENER, wrong, xml()), "BRS04");
    assert_eq!(
        rig.status(identifier(1)),
        [],
        "a refused message is unknown, its identifier free"
    );
    let mut alias = good();
    alias.routeringgegevens.berichtstroom.berichttype = "iwmo".to_owned();
    assert_eq!(
        code(&mut rig, INDIENER, alias, archive::single("a.xml", &xml()).into()),
        "received"
    );
    assert_eq!(code(&mut rig, INDIENER, good(), xml()), "BRS114");
}

#[test]
fn an_impossible_shape_is_invalid() {
    let mut rig = Rig::new(hub_settings());
    let mut wrong = metadata("305", identifier(1));
    wrong.routeringgegevens.geadresseerden.clear();
    let sent = start_message("I1");
    assert!(matches!(
        rig.ask(INDIENER, push(wrong, sent.clone())),
        VspReply::Invalid(_)
    ));
    let [HubEvent::Invalid { body, .. }] = rig.events.as_slice() else {
        panic!("it is told: {:?}", rig.events)
    };
    assert_eq!(*body, sent, "with what was sent");
}

#[test]
fn the_gemeente_collects_and_acknowledges() {
    let mut rig = Rig::new(hub_settings());
    let payload = start_message("I1");
    assert_eq!(
        rig.ask(INDIENER, push(metadata("305", identifier(1)), payload.clone())),
        VspReply::Received
    );
    assert_eq!(rig.status(identifier(1)), [(Berichtstatus::Bezorgd, vec![])]);
    let GgkReply::Waiting(waiting) = rig.ggk(GgkRequest::Collect) else {
        panic!("what waits")
    };
    assert_eq!(waiting[0].payload, payload);
    assert_eq!(
        (
            waiting[0].envelope.zender.as_str(),
            waiting[0].envelope.functie.as_str()
        ),
        (AANBIEDER, "WMO305")
    );
    let acknowledge = GgkRequest::Acknowledge {
        referentienummer: identifier(1),
    };
    assert_eq!(rig.ggk(acknowledge.clone()), GgkReply::Acknowledged);
    assert_eq!(rig.ggk(acknowledge), GgkReply::NotFound);
    assert_eq!(rig.ggk(GgkRequest::Collect), GgkReply::Waiting(vec![]));
}

#[test]
fn a_retour_keeps_the_conversation() {
    let mut rig = Rig::new(hub_settings());
    let mut start = metadata("305", identifier(1));
    start.referentiegegevens.conversatie_id = identifier(9);
    rig.ask(INDIENER, push(start, start_message("I1")));
    let mut envelope = envelope(identifier(2), Some(identifier(1)));
    envelope.functie = "WMO306".to_owned();
    rig.ggk(GgkRequest::HandIn {
        envelope,
        payload: Bytes::from_static(b"<broken"),
        past_checks: false,
    });
    assert_eq!(rig.status(identifier(1)).len(), 2, "the message and its answer");
    let query = status(StatusQuery::ConversatieId(identifier(9)));
    let VspReply::Status(found) = rig.ask(INDIENER, query) else {
        panic!("a status")
    };
    assert_eq!(found.len(), 2);
}

#[test]
fn the_checks_take_their_time_and_refuse() {
    let mut settings = hub_settings();
    settings.switches.verwerking_ms = 60_000;
    let mut rig = Rig::new(settings);
    rig.ask(
        INDIENER,
        push(metadata("305", identifier(1)), Bytes::from_static(b"<a><b></a>")),
    );
    let broken = String::from_utf8(start_message("I2").to_vec())
        .unwrap()
        .replace("999900006", "99990");
    rig.ask(INDIENER, push(metadata("305", identifier(2)), broken.into()));
    rig.ask(
        INDIENER,
        push(metadata("307", identifier(3)), start_message("I3")),
    );
    assert_eq!(rig.status(identifier(1)), [(Berichtstatus::Ontvangen, vec![])]);
    rig.now = rig.now.plus_ms(59_999);
    assert_eq!(
        rig.status(identifier(1)),
        [(Berichtstatus::WordtVerwerkt, vec![])]
    );
    assert_eq!(rig.hub.poll_timeout(), Some(rig.now.plus_ms(1)));
    rig.now = rig.now.plus_ms(1);
    for (number, code) in [(1, "BRS14"), (2, "BRS13"), (3, "BRS13")] {
        assert_eq!(
            rig.status(identifier(number)),
            [
                (Berichtstatus::AfgekeurdDoorDienst, vec![code.to_owned()]),
                (Berichtstatus::WordtAangeboden, vec![]),
            ],
            "the message, and the foutbericht on it"
        );
    }
    assert_eq!(rig.ggk(GgkRequest::Collect), GgkReply::Waiting(vec![]));
    let refused = rig.events.iter().filter(|event| {
        matches!(
            event,
            HubEvent::Bericht {
                fact: BerichtFact::Refused { .. },
                ..
            }
        )
    });
    assert_eq!(refused.count(), 3);
    let reply = rig.ask(
        INDIENER,
        push(metadata("305", identifier(1)), start_message("I1")),
    );
    assert!(
        matches!(reply, VspReply::Refused(refusal) if refusal.code == "BRS114"),
        "an identifier is used up"
    );
}

#[test]
fn without_control_everything_passes() {
    let mut settings = hub_settings();
    settings.switches.controle_aanbieder = Controle::Geen;
    let mut rig = Rig::new(settings);
    rig.ask(
        INDIENER,
        push(metadata("305", identifier(1)), Bytes::from_static(b"nonsense")),
    );
    assert_eq!(rig.status(identifier(1)), [(Berichtstatus::Bezorgd, vec![])]);
}

#[test]
fn status_is_for_who_takes_part() {
    let mut rig = Rig::new(hub_settings());
    rig.ask(
        INDIENER,
        push(metadata("305", identifier(1)), start_message("I1")),
    );
    let query = status(StatusQuery::TraceerId(identifier(1)));
    assert_eq!(rig.ask(OTHER_INDIENER, query), VspReply::Status(vec![]));
    assert_eq!(rig.status(identifier(7)), []);
    // Another sender may use the same identifier: it is unique within a sender.
    let mut other = metadata("305", identifier(1));
    other.routeringgegevens.afzender.code = Some(OTHER.to_owned());
    assert_eq!(
        rig.ask(OTHER_INDIENER, push(other, start_message("I1"))),
        VspReply::Received
    );
}

#[test]
fn a_message_may_be_let_past_the_checks_and_the_event_says_so() {
    let mut rig = Rig::new(hub_settings());
    let hand_in = |rig: &mut Rig, number: u128, payload: Bytes, past_checks: bool| {
        rig.ggk(GgkRequest::HandIn {
            envelope: envelope(identifier(number), None),
            payload,
            past_checks,
        })
    };
    let good = rig.hand_in(1);
    let broken = Bytes::from(
        String::from_utf8(good.to_vec())
            .unwrap()
            .replace("999900006", "99990"),
    );
    rig.events.clear();
    assert_eq!(hand_in(&mut rig, 2, broken.clone(), true), GgkReply::Received);
    assert_eq!(hand_in(&mut rig, 3, broken.clone(), false), GgkReply::Received);
    let other = String::from_utf8(good.to_vec()).unwrap().replace(">I1<", ">I4<");
    assert_eq!(hand_in(&mut rig, 4, other.into(), true), GgkReply::Received);
    assert_eq!(
        rig.listed(INDIENER, 250),
        [identifier(1), identifier(2), identifier(4)]
    );
    let past: Vec<(bool, bool)> = rig
        .events
        .iter()
        .filter_map(|event| match event {
            HubEvent::Bericht {
                fact:
                    BerichtFact::Delivered {
                        findings,
                        past_checks,
                    },
                ..
            } => Some((*past_checks, findings.iter().any(kp_model::Finding::is_fout))),
            HubEvent::Bericht { .. } | HubEvent::Invalid { .. } => None,
        })
        .collect();
    assert_eq!(
        past,
        [(true, true), (false, false)],
        "one that passes is an ordinary delivery"
    );
    assert!(
        matches!(hand_in(&mut rig, 4, broken, true), GgkReply::Refused(refusal) if refusal.code == "IB016"),
        "receipt holds"
    );
}

#[test]
fn a_status_tells_the_most_recently_changed_in_the_words_of_its_version() {
    let mut rig = Rig::new(hub_settings());
    let conversation = identifier(1);
    for number in 1..=252 {
        rig.now = rig.now.plus_ms(1000);
        let mut message = metadata("305", identifier(number));
        message.referentiegegevens.conversatie_id = conversation;
        let payload = start_message(&format!("I{number}"));
        assert_eq!(rig.ask(INDIENER, push(message, payload)), VspReply::Received);
    }
    let query = StatusQuery::ConversatieId(conversation);
    let VspReply::Status(found) = rig.ask(INDIENER, status(query)) else {
        panic!("a status")
    };
    assert_eq!(found.len(), 250);
    assert!(found.iter().all(|status| {
        let traceer_id = status.referentiegegevens.traceer_id;
        traceer_id != identifier(1) && traceer_id != identifier(2)
    }));
    rig.hand_in(300);
    let mut of = |version| {
        let query = StatusQuery::TraceerId(identifier(300));
        let VspReply::Status(found) = rig.ask(INDIENER, VspRequest::Status { version, query }) else {
            panic!("a status")
        };
        found[0].berichtstatus
    };
    assert_eq!(of(StatusVersion::V2), Berichtstatus::Aangeboden);
    assert_eq!(of(StatusVersion::V3), Berichtstatus::WordtAangeboden);
}
