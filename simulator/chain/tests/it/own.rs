//! What the hub itself says to who is refused.

use kp_chain::vsp::{Berichtstatus, Relatie, StatusQuery, VspReply, VspRequest};
use kp_chain::{
    BerichtFact, Controle, DeliverForm, GgkReply, GgkRequest, HubEvent, Toggle, VspFoutbericht,
    XsltMeldingen, XsltScope,
};
use kp_model::{Limits, check};

use crate::fixture::{
    AANBIEDER, INDIENER, OTHER_INDIENER, ROL, accepted, hub_settings, identifier, metadata, releases,
    replaced, start_message, status, toewijzing_message, too_old,
};
use crate::rig::{Rig, envelope};

fn value(xml: &[u8], name: &str) -> String {
    let text = String::from_utf8(xml.to_vec()).unwrap();
    let after = text.split_once(&format!("<StUF:{name}>")).unwrap().1;
    after.split_once("</").unwrap().0.to_owned()
}

#[test]
fn a_refused_message_gives_its_sender_a_foutbericht() {
    let mut rig = Rig::new(hub_settings());
    let mut broken = metadata("305", identifier(1));
    broken.referentiegegevens.conversatie_id = identifier(9);
    rig.push(broken, "<a/>".into());
    let own = rig.own_messages();
    let [(message, xml)] = own.as_slice() else {
        panic!("{own:?}")
    };
    let routing = &message.routeringgegevens;
    assert_eq!(
        (routing.afzender.rol.as_str(), &routing.afzender.code),
        ("VECOZO", &None)
    );
    assert_eq!(routing.geadresseerden, [Relatie::new(ROL, AANBIEDER)]);
    let stream = &routing.berichtstroom;
    assert_eq!(
        (stream.berichtsubtype.as_deref(), stream.actie.as_str()),
        (Some("WMO305"), "Fout")
    );
    let references = &message.referentiegegevens;
    assert_eq!(references.conversatie_id, identifier(9));
    assert_eq!(references.als_antwoord_op, Some(identifier(1)));
    assert_eq!(references.traceer_id.get_version_num(), 4);
    assert_eq!(value(xml, "code"), "BRS13");
    assert_eq!(value(xml, "crossRefnummer"), identifier(1).to_string());
    assert_eq!(value(xml, "referentienummer"), references.traceer_id.to_string());
    assert_eq!(value(xml, "tijdstipBericht"), "20251215090000");
    assert_eq!(value(xml, "details"), "WMO305-00010000");
    assert!(
        value(xml, "omschrijving").starts_with("Payload is niet geldig volgens het schema van het bericht: ")
    );
    assert!(rig.listed(OTHER_INDIENER, 250).is_empty());
    assert!(rig.events.iter().any(|event| matches!(
        event,
        HubEvent::Bericht {
            fact: BerichtFact::Made,
            ..
        }
    )));
    let traceer_id = references.traceer_id;
    assert_eq!(
        rig.ask(INDIENER, VspRequest::Confirm { traceer_id }),
        VspReply::Confirmed
    );
    assert!(rig.own_messages().is_empty());
    assert_eq!(rig.status(traceer_id), [(Berichtstatus::Bezorgd, vec![])]);
}

#[test]
fn a_refusal_at_receipt_gives_no_foutbericht_and_neither_does_the_switch() {
    let mut rig = Rig::new(hub_settings());
    let mut nowhere = metadata("305", identifier(1));
    nowhere.routeringgegevens.geadresseerden[0].code = Some("9999".to_owned());
    assert_eq!(rig.push(nowhere, start_message("I1")), "BRS04");
    assert!(rig.own_messages().is_empty());
    let mut settings = hub_settings();
    settings.switches.vsp_foutbericht = VspFoutbericht::None;
    let mut rig = Rig::new(settings);
    assert_eq!(rig.outcome("305", 1, "<a/>"), "BRS13");
    assert!(rig.own_messages().is_empty());
    assert_eq!(rig.status(identifier(1)).len(), 1);
}

#[test]
fn a_gemeente_gets_no_foutbericht_yet() {
    let mut rig = Rig::new(hub_settings());
    assert_eq!(
        rig.hand_in_as(envelope(identifier(1), None), "<a/>".into()),
        "IB014"
    );
    assert_eq!(rig.ggk(GgkRequest::Collect), GgkReply::Waiting(vec![]));
    assert!(rig.own_messages().is_empty());
}

#[test]
fn a_broken_rule_gives_the_answer_of_the_standard_with_only_a_header() {
    let mut rig = Rig::new(hub_settings());
    assert_eq!(rig.outcome("305", 1, too_old(&start_message("I1"))), "BRS28");
    let own = rig.own_messages();
    let [(message, xml)] = own.as_slice() else {
        panic!("{own:?}")
    };
    assert_eq!(message.routeringgegevens.afzender.rol, "VECOZO");
    let stream = &message.routeringgegevens.berichtstroom;
    assert_eq!(
        (stream.berichtsubtype.as_deref(), stream.actie.as_str()),
        (Some("WMO306"), "WMO306")
    );
    let references = &message.referentiegegevens;
    assert_eq!(references.als_antwoord_op, Some(identifier(1)));
    assert_eq!(references.conversatie_id, identifier(1));
    let checked = check(xml.clone(), &releases(), &Limits::default());
    assert!(checked.is_valid(), "{:?}", checked.findings);
    let retour = checked.message.unwrap();
    assert_eq!(retour.message_type().name, "WMO306");
    assert_eq!(retour.facts("Kop")[0].get("identificatie"), Some("I1"));
    assert_eq!(retour.facts("Kop")[0].get("afzender"), Some(AANBIEDER));
    assert_eq!(retour.facts("RetourKop")[0].get("retourcode"), Some("0001"));
    assert_eq!(
        retour.facts("RetourKop")[0].get("dagtekening"),
        Some("2025-12-15")
    );
    assert_eq!(retour.facts("Controle")[0].get("xslt_versie"), Some("1.0.0"));
    assert_eq!(retour.root().children().count(), 1, "only the header");
    // One Melding a rule, its code first.
    let VspReply::Status(found) = rig.ask(INDIENER, status(StatusQuery::TraceerId(identifier(1)))) else {
        panic!("a status")
    };
    let [melding] = found[0].meldingen.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(melding.code, "BRS28");
    assert!(melding.toelichting.as_ref().unwrap().starts_with("TR002: regel "));
}

#[test]
fn every_broken_rule_is_told_once_or_only_the_first() {
    let text = String::from_utf8(too_old(&start_message("I1")).to_vec()).unwrap();
    let (before, rest) = text.split_once("<wmo305:StartProduct>").unwrap();
    let (product, after) = rest.split_once("</wmo305:StartProduct>").unwrap();
    let product = format!("<wmo305:StartProduct>{product}</wmo305:StartProduct>");
    let doubled = format!("{before}{product}{product}{product}{after}");
    for (meldingen, count) in [(XsltMeldingen::AllRules, 2), (XsltMeldingen::First, 1)] {
        let mut settings = hub_settings();
        settings.switches.xslt_meldingen = meldingen;
        let mut rig = Rig::new(settings);
        assert_eq!(rig.outcome("305", 1, doubled.clone()), "BRS28");
        assert_eq!(rig.status(identifier(1))[0].1.len(), count, "{meldingen:?}");
    }
}

#[test]
fn what_is_said_of_a_declaratie_stands_apart_unless_it_is_linked() {
    for (link, is_linked) in [(Toggle::Off, false), (Toggle::On, true)] {
        let mut settings = hub_settings();
        settings.switches.link_323 = link;
        let mut rig = Rig::new(settings);
        let good = accepted("iwmo", "323", 1);
        let text = String::from_utf8(good.to_vec()).unwrap();
        let client = {
            let (_, rest) = text.split_once("<wmo323:Client>").unwrap();
            let (client, _) = rest.split_once("</wmo323:Client>").unwrap();
            format!("<wmo323:Client>{client}</wmo323:Client>")
        };
        let doubled = replaced(&good, &client, &format!("{client}{client}"));
        assert_eq!(rig.outcome("323", 1, doubled), "BRS28");
        assert_eq!(rig.outcome("323", 2, "<a/>"), "BRS13");
        let own = rig.own_messages();
        assert_eq!(own.len(), 2);
        for ((message, _), id) in own.iter().zip([identifier(1), identifier(2)]) {
            let references = &message.referentiegegevens;
            assert_eq!(references.als_antwoord_op, is_linked.then_some(id));
            assert_eq!(references.conversatie_id == id, is_linked);
        }
        let answer = check(own[0].1.clone(), &releases(), &Limits::default());
        assert!(answer.is_valid(), "{:?}", answer.findings);
        let answer = answer.message.unwrap();
        assert_eq!(answer.message_type().name, "WMO325");
        assert_eq!(answer.facts("Controle")[0].get("xslt_versie"), Some("1.0.0"));
    }
}

#[test]
fn an_answer_that_breaks_a_rule_gets_no_answer() {
    let mut settings = hub_settings();
    settings.switches.xslt_scope = XsltScope::All;
    settings.switches.controle_gemeente = Controle::XsdXslt;
    let mut rig = Rig::new(settings);
    // The gemeente hears of a broken rule by the answer, as its aanbieder would.
    assert_eq!(
        rig.hand_in_as(envelope(identifier(1), None), too_old(&toewijzing_message(1))),
        "BRS28"
    );
    let GgkReply::Waiting(waiting) = rig.ggk(GgkRequest::Collect) else {
        panic!("what waits")
    };
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        (
            waiting[0].envelope.zender.as_str(),
            waiting[0].envelope.applicatie.as_str()
        ),
        ("VECOZO", "VECOZOWebservice")
    );
    assert_eq!(waiting[0].envelope.functie, "WMO302");
    assert_eq!(waiting[0].envelope.cross_refnummer, Some(identifier(1)));
}

#[test]
fn a_foutbericht_comes_in_the_form_that_its_reader_gets_everything_in() {
    let mut settings = hub_settings();
    settings.aansluitingen[1].deliver_form = Some(DeliverForm::Xml);
    let mut rig = Rig::new(settings);
    assert_eq!(rig.outcome("305", 1, "<a/>"), "BRS13");
    let traceer_id = rig.listed(INDIENER, 1)[0];
    let VspReply::Payload(payload) = rig.ask(INDIENER, VspRequest::Payload { traceer_id }) else {
        panic!("a payload")
    };
    assert!(payload.starts_with(b"<?xml"));
}
