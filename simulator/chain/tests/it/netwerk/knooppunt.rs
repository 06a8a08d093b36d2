//! The way in: which notificaties and meldingen go on, and what is refused before anybody sees it.

use std::sync::Arc;

use jiff::civil::date;
use kp_chain::SimTime;
use kp_chain::netwerk::{
    Call, Claims, Identification, Knooppunt, KnooppuntInput, KnooppuntOutput, Notice, Purpose, Reply, Service,
};
use kp_chain::vsp::RequestId;
use kp_model::Seed;

use super::rig::{AANBIEDER, ADDRESS, ANDER, GEMEENTE, Rig, eq, key};

struct Door {
    knooppunt: Knooppunt,
    rig: Rig,
}

fn identification(id_type: &str, value: &str) -> Identification {
    Identification {
        id_type: id_type.to_owned(),
        value: value.to_owned(),
    }
}

/// A good notificatie of the gemeente for the aanbieder.
fn notification() -> Notice {
    Notice {
        timestamp: SimTime::start_of(date(2026, 1, 1)),
        sender: identification("GEMEENTE", GEMEENTE),
        receiver: identification("AGB", AANBIEDER),
        kenmerk: None,
        event_type: "NIEUWE_TOEWIJZING_AANBIEDER".to_owned(),
        subjects: vec![(format!("Client/{}", key(20)), format!("Toewijzing/{}", key(10)))],
    }
}

/// A good melding of the aanbieder for the gemeente.
fn melding() -> Notice {
    Notice {
        sender: identification("AGB", AANBIEDER),
        receiver: identification("GEMEENTE", GEMEENTE),
        event_type: "IWMOFOUTMELDING".to_owned(),
        subjects: vec![("TR332".to_owned(), format!("Toewijzing/{}", key(10)))],
        ..notification()
    }
}

impl Door {
    /// One service at the address for which the rig gives tokens.
    fn to(owner: &str, purpose: Purpose) -> Self {
        let rig = Rig::new();
        let mut knooppunt = Knooppunt::new(Arc::clone(&rig.network), Seed(1));
        knooppunt.deelnemers = rig.deelnemers.clone();
        knooppunt.assignments = rig.assignments.clone();
        let owner = owner.to_owned();
        knooppunt.adresboek.publish(ADDRESS, Service { owner, purpose });
        Self { knooppunt, rig }
    }

    fn scope(&self, of: fn(&kp_model::network::Network, usize) -> String, role: &str) -> String {
        of(&self.rig.network, self.rig.network.role(role).unwrap().0)
    }

    /// What becomes of a call: it goes on, or the status and why not.
    fn call(&mut self, party: &str, claims: Option<Claims>, address: &str, call: Call) -> String {
        let input = KnooppuntInput::Call {
            request: RequestId(1),
            certificate: format!("certificate-{party}"),
            claims: claims.map(Arc::new),
            address: address.to_owned(),
            call: Ok(call),
        };
        self.knooppunt
            .handle(SimTime::from_unix_ms(1_767_258_000_000), input);
        let mut outcome = None;
        let mut decided = None;
        while let Some(output) = self.knooppunt.poll_output() {
            match output {
                KnooppuntOutput::Forward { .. } => outcome = Some("goes on".to_owned()),
                KnooppuntOutput::Refused {
                    reply: Reply::Refused { ref status, ref text },
                    ..
                } => {
                    outcome = Some(format!("{status} {text}"));
                }
                KnooppuntOutput::Decided(ref line) => decided = Some(line.status),
                KnooppuntOutput::Token { .. }
                | KnooppuntOutput::Refused { .. }
                | KnooppuntOutput::Ask { .. } => {
                    panic!("{output:?}")
                }
            }
        }
        let outcome = outcome.unwrap();
        // What was decided is written down, as it was told.
        if let Some(status) = decided {
            let told = if outcome == "goes on" {
                "200"
            } else {
                outcome.split(' ').next().unwrap()
            };
            assert_eq!(status.to_string(), told);
        }
        outcome
    }

    fn notifies(&mut self, change: &dyn Fn(&mut Notice)) -> String {
        let scope = self.scope(kp_model::network::Network::notification_scope, "aanbieder");
        let claims = self.rig.token(GEMEENTE, &[scope]).unwrap();
        let mut notice = notification();
        change(&mut notice);
        self.call(GEMEENTE, Some(claims), ADDRESS, Call::Notify(notice))
    }

    fn reports(&mut self, change: &dyn Fn(&mut Notice)) -> String {
        let scope = self.scope(kp_model::network::Network::melding_scope, "gemeente");
        let claims = self.rig.token(AANBIEDER, &[scope]).unwrap();
        let mut notice = melding();
        change(&mut notice);
        self.call(AANBIEDER, Some(claims), ADDRESS, Call::Report(notice))
    }
}

/// AD30 to AD37, F31 to F35.
#[test]
fn a_notification_goes_on_from_its_owner_to_whom_its_type_names() {
    let mut door = Door::to(AANBIEDER, Purpose::Notificatie);
    assert_eq!(door.notifies(&|_| {}), "goes on");
    let mut refused = |change: &dyn Fn(&mut Notice), why: &str| {
        assert_eq!(door.notifies(change), format!("400 {why}"));
    };
    let event_type = |name: &'static str| move |notice: &mut Notice| notice.event_type = name.to_owned();
    refused(&event_type("NIEUWE_TOEWIJZING"), "event_type is not valid");
    refused(
        &event_type("nieuwe_toewijzing_aanbieder"),
        "event_type is not valid",
    );
    refused(&event_type("IWMOFOUTMELDING"), "event_type is not valid");
    refused(
        &event_type("GESTARTE_LEVERING_GEMEENTE"),
        "ontvanger_type is not valid",
    );
    let receiver = |id_type: &'static str, value: &'static str| {
        move |notice: &mut Notice| notice.receiver = identification(id_type, value)
    };
    refused(
        &receiver("AGBCODE", AANBIEDER),
        "Scope for ontvangerIDType not valid",
    );
    refused(
        &receiver("GEMEENTE", GEMEENTE),
        "Scope for ontvangerIDType not valid",
    );
    refused(&receiver("AGB", ANDER), "ontvanger_id is not valid");
    let sender = |id_type: &'static str, value: &'static str| {
        move |notice: &mut Notice| notice.sender = identification(id_type, value)
    };
    refused(&sender("GEMEENTE", "0344"), "afzender_id is not valid");
    refused(&sender("AGB", AANBIEDER), "afzender_type is not valid");
    refused(&sender("BSN", "999900006"), "afzender_type is not valid");
    let count = "subjectList is empty or too long";
    refused(&|notice| notice.subjects.clear(), count);
    refused(
        &|notice| notice.subjects = vec![notice.subjects[0].clone(); 1001],
        count,
    );
    let format = "subject or recordID is not valid";
    for record in [
        "",
        "Toewijzing",
        "toewijzing/2f6c0f8e-8b1f-4a52-8b0e-6d3f2a9e4c77",
        "Toewijzing/7",
    ] {
        refused(&|notice| notice.subjects[0].1 = record.to_owned(), format);
    }
    assert_eq!(
        door.notifies(&|notice| notice.subjects = vec![notice.subjects[0].clone(); 1000]),
        "goes on"
    );
}

/// AD40 to AD43.
#[test]
fn a_melding_goes_on_to_the_owner_of_a_register_that_its_sender_reads() {
    let mut door = Door::to(GEMEENTE, Purpose::Melding);
    assert_eq!(door.reports(&|_| {}), "goes on");
    assert_eq!(
        door.reports(&|notice| notice.event_type = "FOUT".to_owned()),
        "400 event_type is not valid"
    );
    let other = |notice: &mut Notice| notice.receiver = identification("AGB", ANDER);
    assert_eq!(door.reports(&other), "400 Scope for ontvangerIDType not valid");
    let record = |notice: &mut Notice| notice.subjects[0].1 = "TR332".to_owned();
    assert_eq!(door.reports(&record), "400 recordID is not valid");
}

/// F60: a register takes in nothing, and each endpoint what it is for alone.
#[test]
fn an_endpoint_does_what_it_is_for() {
    let none = "400 No operation found to evaluate";
    let code = "TR".to_owned();
    let register = Purpose::Register { code, view: None };
    assert_eq!(Door::to(AANBIEDER, register.clone()).notifies(&|_| {}), none);
    assert_eq!(Door::to(GEMEENTE, register.clone()).reports(&|_| {}), none);
    assert_eq!(Door::to(GEMEENTE, Purpose::Notificatie).reports(&|_| {}), none);
    assert_eq!(Door::to(AANBIEDER, Purpose::Melding).notifies(&|_| {}), none);
    // A query of another register, or of the core at the address of a view.
    let mut door = Door::to(GEMEENTE, register);
    let claims = door
        .rig
        .token(AANBIEDER, &door.rig.scopes("Client", None))
        .unwrap();
    let query = door.rig.query(
        "Client",
        None,
        vec![eq("clientID", &key(20).to_string())],
        &["bsn"],
    );
    assert_eq!(
        door.call(AANBIEDER, Some(claims), ADDRESS, Call::Query(query)),
        none
    );
}

#[test]
fn without_a_service_or_a_token_there_is_nothing_to_decide() {
    let mut door = Door::to(AANBIEDER, Purpose::Notificatie);
    let call = || Call::Notify(notification());
    let nowhere = door.call(GEMEENTE, None, "https://nergens.sim/", call());
    assert_eq!(nowhere, "404 there is no service at this address");
    assert_eq!(door.call(GEMEENTE, None, ADDRESS, call()), "401 Jwt is invalid");
    let scope = door.scope(kp_model::network::Network::notification_scope, "aanbieder");
    let claims = door.rig.token(GEMEENTE, &[scope]).unwrap();
    // F05, F30: over the connection of another.
    assert_eq!(
        door.call(ANDER, Some(claims), ADDRESS, call()),
        "401 Jwt is invalid"
    );
}

/// WD09: a policy belongs to the owner of the register; what somebody else asks changes nothing for anybody.
#[test]
fn who_does_not_own_a_register_changes_nothing_about_who_reads_it() {
    let mut door = Door::to(
        GEMEENTE,
        Purpose::Register {
            code: "TR".to_owned(),
            view: None,
        },
    );
    let consumer = format!("agbcode:{AANBIEDER}");
    let last = date(2025, 12, 31);
    let before = format!("{:?}", door.knooppunt.assignments);
    for by in [AANBIEDER, ANDER, "nobody"] {
        let refused = door.knooppunt.change_assignments(by, GEMEENTE, |own| {
            own.add("toewijzing-aanbieder", "agbcode:00000000", last);
            own.end("toewijzing-aanbieder", &consumer, last);
        });
        let told = refused.unwrap_err().to_string();
        assert_eq!(
            told,
            format!("{by} cannot change who reads the registers of {GEMEENTE}")
        );
        assert_eq!(format!("{:?}", door.knooppunt.assignments), before);
    }
    let own = door.knooppunt.change_assignments(GEMEENTE, GEMEENTE, |own| {
        own.end("toewijzing-aanbieder", &consumer, last);
    });
    assert_eq!(own, Ok(()));
    door.rig.assignments = door.knooppunt.assignments.clone();
    let asks = |party: &str| {
        let query = door.rig.query(
            "Toewijzing",
            None,
            vec![eq("toewijzingID", &key(10).to_string()), eq("aanbieder", party)],
            &["toewijzingID"],
        );
        let scope = door.rig.network.read_scope(door.rig.entity("Toewijzing"), None);
        let claims = door.rig.token(party, &[scope]).unwrap();
        door.rig.ask(&claims, &query, date(2026, 3, 2)).0.status()
    };
    assert_eq!((asks(AANBIEDER), asks(ANDER)), (403, 200));
}
