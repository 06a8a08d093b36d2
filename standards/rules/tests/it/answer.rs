//! Every row of the tables that say what an answer holds: messages to and fro, as the rules reject more and more.

use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::date;
use kp_model::{Catalogue, Level, Limits, Message, NodeId, check};
use kp_rules::{Identity, Judgement, Rejection, Rulebook, answer};

fn rulebook() -> Arc<Rulebook> {
    Rulebook::load(&Catalogue::embedded(), "iwmo-3.2").unwrap()
}

fn witness(rulebook: &Rulebook, path: &str) -> Message {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../golden/witness/iwmo-3.2");
    read(rulebook, std::fs::read(root.join(path)).unwrap().into())
}

fn read(rulebook: &Rulebook, bytes: Bytes) -> Message {
    let checked = check(bytes, &[Arc::clone(rulebook.release())], &Limits::default());
    assert!(checked.is_valid(), "{:#?}", checked.findings);
    checked.message.unwrap()
}

/// What a judgement rejects: classes by the end of their path, with the RetourCode of each.
fn rejecting(message: &Message, level: Level, rejected: &[(&str, &str)]) -> Judgement {
    let mut judgement = Judgement::default();
    for (path, code) in rejected {
        let node = message
            .node_ids()
            .find(|node| message.path_at(*node).ends_with(path))
            .unwrap_or_else(|| panic!("{path} is there"));
        judgement.rejections.push(Rejection {
            node,
            rule: "TR000".to_owned(),
            retourcode: Some((*code).to_owned()),
            level,
            assumed: false,
        });
    }
    judgement
}

/// The answer as a receiver would read it: its codes by class, and its totals.
fn shown(rulebook: &Rulebook, message: &Message, judgement: &Judgement) -> String {
    let identity = Identity {
        identificatie: "ANTW1".to_owned(),
        dagtekening: date(2026, 4, 10),
    };
    let draft = answer(message, judgement, &identity)
        .unwrap()
        .expect("the message is answered");
    let reply = read(rulebook, draft.write().into());
    let mut lines = vec![reply.message_type().name.clone()];
    for node in reply.node_ids() {
        let path = reply.path_at(node);
        let codes = reply.codes_at(node);
        if !codes.is_empty() {
            lines.push(format!("{path} {}", codes.join(" ")));
        } else if path.contains("DeclaratieAntwoord/Totaal") && reply.children_at(node).next().is_none() {
            lines.push(format!("{path} = {}", reply.value_at(node)));
        }
    }
    lines
        .join("\n")
        .replace("/Bericht/", "")
        .replace("DeclaratieAntwoord/Clienten/", "…")
}

#[test]
fn a_retour_on_an_accepted_message_is_its_header_and_nothing_else() {
    let rulebook = rulebook();
    let message = witness(
        &rulebook,
        "TR326/slaagt-verwijderd-en-nieuw/2026-03-16T1000-WMO305.xml",
    );
    let identity = Identity {
        identificatie: "ANTW1".to_owned(),
        dagtekening: date(2026, 4, 10),
    };
    let draft = answer(&message, &Judgement::default(), &identity)
        .unwrap()
        .unwrap();
    let text = String::from_utf8(draft.write()).unwrap();
    insta::assert_snapshot!(text.replace('\r', ""), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <wmo306:Bericht xmlns:wmo306="http://www.istandaarden.nl/iwmo/3_2/wmo306/schema" xmlns:iwmo="http://www.istandaarden.nl/iwmo/3_2/basisschema/schema">
      <wmo306:Header>
        <wmo306:BerichtCode>419</wmo306:BerichtCode>
        <wmo306:BerichtVersie>3</wmo306:BerichtVersie>
        <wmo306:BerichtSubversie>2</wmo306:BerichtSubversie>
        <wmo306:Afzender>98765432</wmo306:Afzender>
        <wmo306:Ontvanger>0363</wmo306:Ontvanger>
        <wmo306:BerichtIdentificatie>
          <iwmo:Identificatie>S2</iwmo:Identificatie>
          <iwmo:Dagtekening>2026-03-16</iwmo:Dagtekening>
        </wmo306:BerichtIdentificatie>
        <wmo306:XsdVersie>
          <iwmo:BasisschemaXsdVersie>1.0.0</iwmo:BasisschemaXsdVersie>
          <iwmo:BerichtXsdVersie>1.0.0</iwmo:BerichtXsdVersie>
        </wmo306:XsdVersie>
        <wmo306:IdentificatieRetour>ANTW1</wmo306:IdentificatieRetour>
        <wmo306:DagtekeningRetour>2026-04-10</wmo306:DagtekeningRetour>
        <wmo306:XsdVersieRetour>
          <iwmo:BasisschemaXsdVersie>1.0.0</iwmo:BasisschemaXsdVersie>
          <iwmo:BerichtXsdVersie>1.0.0</iwmo:BerichtXsdVersie>
        </wmo306:XsdVersieRetour>
      </wmo306:Header>
    </wmo306:Bericht>
    "#);
}

#[test]
fn a_retour_on_a_rule_within_the_message_is_its_header_with_the_technical_code() {
    let rulebook = rulebook();
    let message = witness(&rulebook, "TR101/breekt.xml");
    let judgement = kp_rules::judge_message(&rulebook, &message);
    insta::assert_snapshot!(shown(&rulebook, &message, &judgement), @r"
    WMO306
    Header 0001
    ");
}

#[test]
fn a_retour_on_a_fault_of_the_header_is_its_header_with_that_code() {
    let rulebook = rulebook();
    let message = witness(&rulebook, "TR101/slaagt.xml");
    let judgement = rejecting(
        &message,
        Level::Dossier,
        &[("Header", "S300"), ("StartProduct[1]", "9063")],
    );
    insta::assert_snapshot!(shown(&rulebook, &message, &judgement), @r"
    WMO306
    Header S300
    ");
}

#[test]
fn a_retour_on_a_fault_of_a_class_repeats_everything_with_a_code_on_each_class() {
    let rulebook = rulebook();
    let message = witness(
        &rulebook,
        "TR326/slaagt-verwijderd-en-nieuw/2026-03-16T1000-WMO305.xml",
    );
    let judgement = rejecting(&message, Level::Dossier, &[("StartProduct[2]", "9063")]);
    insta::assert_snapshot!(shown(&rulebook, &message, &judgement), @r"
    WMO306
    Header 0200
    Client 0200
    Client/StartProducten/StartProduct[1] 0200
    Client/StartProducten/StartProduct[2] 9063
    ");
    // What is repeated is unchanged.
    let repeated = |path: &str, of: &Message| {
        let node = of
            .node_ids()
            .find(|node| of.path_at(*node).ends_with(path))
            .unwrap();
        of.value_at(node).into_owned()
    };
    let identity = Identity {
        identificatie: "ANTW1".to_owned(),
        dagtekening: date(2026, 4, 10),
    };
    let reply = read(
        &rulebook,
        answer(&message, &judgement, &identity)
            .unwrap()
            .unwrap()
            .write()
            .into(),
    );
    for path in [
        "StartProduct[2]/Begindatum",
        "Client/Bsn",
        "Header/Afzender",
        "Header/Ontvanger",
        "Identificatie",
    ] {
        assert_eq!(repeated(path, &reply), repeated(path, &message), "{path}");
    }
}

#[test]
fn what_stands_below_a_rejected_class_was_not_assessed_and_every_code_is_told() {
    let rulebook = rulebook();
    let message = witness(&rulebook, "TR361/breekt/2026-05-11T1000-WMO317.xml");
    let judgement = rejecting(
        &message,
        Level::Dossier,
        &[("Verzoek", "9349"), ("Verzoek", "9374"), ("Verzoek", "9349")],
    );
    insta::assert_snapshot!(shown(&rulebook, &message, &judgement), @r"
    WMO318
    Header 0200
    Client 0200
    Client/Verzoek 9349 9374
    Client/Verzoek/OngewijzigdeProducten/OngewijzigdProduct[1] 0233
    Client/Verzoek/NieuweProducten/NieuwProduct[1] 0233
    ");
}

#[test]
fn an_antwoord_is_repeated_as_a_client_is() {
    let rulebook = rulebook();
    let message = witness(&rulebook, "OP274/slaagt/2026-04-30T1000-WMO319.xml");
    let judgement = rejecting(&message, Level::Dossier, &[("Antwoord", "9355")]);
    insta::assert_snapshot!(shown(&rulebook, &message, &judgement), @r"
    WMO320
    Header 0200
    Antwoord 9355
    ");
}

#[test]
fn a_claim_that_is_granted_in_full_is_answered_without_clients() {
    let rulebook = rulebook();
    let message = claim(&rulebook);
    insta::assert_snapshot!(shown(&rulebook, &message, &Judgement::default()), @r"
    WMO325
    Header 0200
    DeclaratieAntwoord 8001
    DeclaratieAntwoord/TotaalIngediendBedrag/TotaalBedrag = 18000
    DeclaratieAntwoord/TotaalIngediendBedrag/DebetCredit = D
    DeclaratieAntwoord/TotaalToegekendBedrag/TotaalBedrag = 18000
    DeclaratieAntwoord/TotaalToegekendBedrag/DebetCredit = D
    ");
}

#[test]
fn a_claim_with_a_rule_broken_within_it_or_a_fault_of_its_header_is_answered_with_a_header() {
    let rulebook = rulebook();
    let message = claim(&rulebook);
    let technical = rejecting(&message, Level::Message, &[("Prestatie[1]", "0001")]);
    insta::assert_snapshot!(shown(&rulebook, &message, &technical), @r"
    WMO325
    Header 0001
    ");
    let header = rejecting(&message, Level::Dossier, &[("Header", "S300")]);
    insta::assert_snapshot!(shown(&rulebook, &message, &header), @r"
    WMO325
    Header S300
    ");
}

#[test]
fn a_claim_that_is_refused_as_a_whole_is_granted_nothing() {
    let rulebook = rulebook();
    let message = claim(&rulebook);
    let judgement = rejecting(&message, Level::Dossier, &[("/Declaratie", "9333")]);
    insta::assert_snapshot!(shown(&rulebook, &message, &judgement), @r"
    WMO325
    Header 0200
    DeclaratieAntwoord 9333
    DeclaratieAntwoord/TotaalIngediendBedrag/TotaalBedrag = 18000
    DeclaratieAntwoord/TotaalIngediendBedrag/DebetCredit = D
    DeclaratieAntwoord/TotaalToegekendBedrag/TotaalBedrag = 0
    DeclaratieAntwoord/TotaalToegekendBedrag/DebetCredit = D
    ");
}

#[test]
fn a_client_that_is_refused_is_listed_with_all_its_prestaties_unassessed() {
    let rulebook = rulebook();
    let message = claim(&rulebook);
    let judgement = rejecting(&message, Level::Dossier, &[("Client[1]", "8187")]);
    insta::assert_snapshot!(shown(&rulebook, &message, &judgement), @r"
    WMO325
    Header 0200
    DeclaratieAntwoord 0200
    DeclaratieAntwoord/TotaalIngediendBedrag/TotaalBedrag = 18000
    DeclaratieAntwoord/TotaalIngediendBedrag/DebetCredit = D
    DeclaratieAntwoord/TotaalToegekendBedrag/TotaalBedrag = 0
    DeclaratieAntwoord/TotaalToegekendBedrag/DebetCredit = D
    …Client[1] 8187
    …Client[1]/Prestaties/Prestatie[1] 0233
    …Client[1]/Prestaties/Prestatie[2] 0233
    …Client[1]/Prestaties/Prestatie[3] 0233
    ");
}

#[test]
fn a_prestatie_that_is_refused_is_listed_alone_and_the_rest_is_granted() {
    let rulebook = rulebook();
    let message = claim(&rulebook);
    let judgement = rejecting(
        &message,
        Level::Dossier,
        &[("Prestatie[2]", "9321"), ("Prestatie[2]", "9322")],
    );
    insta::assert_snapshot!(shown(&rulebook, &message, &judgement), @r"
    WMO325
    Header 0200
    DeclaratieAntwoord 0200
    DeclaratieAntwoord/TotaalIngediendBedrag/TotaalBedrag = 18000
    DeclaratieAntwoord/TotaalIngediendBedrag/DebetCredit = D
    DeclaratieAntwoord/TotaalToegekendBedrag/TotaalBedrag = 90000
    DeclaratieAntwoord/TotaalToegekendBedrag/DebetCredit = D
    …Client[1] 0200
    …Client[1]/Prestaties/Prestatie[1] 9321 9322
    ");
    // The worked example: a refused debit turns the total around, and the sign with it.
    let judgement = rejecting(
        &message,
        Level::Dossier,
        &[("Prestatie[1]", "9321"), ("Prestatie[3]", "0611")],
    );
    insta::assert_snapshot!(shown(&rulebook, &message, &judgement), @r"
    WMO325
    Header 0200
    DeclaratieAntwoord 0200
    DeclaratieAntwoord/TotaalIngediendBedrag/TotaalBedrag = 18000
    DeclaratieAntwoord/TotaalIngediendBedrag/DebetCredit = D
    DeclaratieAntwoord/TotaalToegekendBedrag/TotaalBedrag = 72000
    DeclaratieAntwoord/TotaalToegekendBedrag/DebetCredit = C
    …Client[1] 0200
    …Client[1]/Prestaties/Prestatie[1] 9321
    …Client[1]/Prestaties/Prestatie[2] 0611
    ");
}

#[test]
fn an_answer_is_not_answered() {
    let rulebook = rulebook();
    let identity = Identity {
        identificatie: "ANTW1".to_owned(),
        dagtekening: date(2026, 4, 10),
    };
    for path in [
        "OP090/slaagt/2025-12-18T1000-WMO302.xml",
        "TR367/slaagt/2026-04-10T1000-WMO325.xml",
    ] {
        let message = witness(&rulebook, path);
        assert!(
            answer(&message, &Judgement::default(), &identity)
                .unwrap()
                .is_none(),
            "{path}"
        );
    }
}

/// A claim of a debit, a credit and another debit.
fn claim(rulebook: &Rulebook) -> Message {
    let message = witness(rulebook, "TR322/slaagt-na-credit/2026-05-06T1000-WMO323.xml");
    assert!(message.node_ids().next() == Some(NodeId::ROOT));
    message
}
