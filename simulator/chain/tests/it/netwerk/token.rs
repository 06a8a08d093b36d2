//! Who gets a token, and which is good.

use jiff::civil::date;
use kp_chain::netwerk::{Actor, Claims, Deelnemer, Status, TokenRequest, issue, validate};

use super::rig::{AANBIEDER, ADDRESS, ANDER, GEMEENTE, Rig, adresboek, key};

const NOW: i64 = 1_767_258_000;

fn request(rig: &Rig, change: impl FnOnce(&mut TokenRequest)) -> Result<Claims, (u16, &'static str)> {
    let mut request = TokenRequest {
        grant_type: "client_credentials".to_owned(),
        scope: rig.scopes("Toewijzing", None).join(" "),
        audience: vec![ADDRESS.to_owned()],
        acting_for: None,
    };
    change(&mut request);
    from(rig, AANBIEDER, &request)
}

fn from(rig: &Rig, party: &str, request: &TokenRequest) -> Result<Claims, (u16, &'static str)> {
    let certificate = format!("certificate-{party}");
    let moment = (NOW, date(2026, 1, 1));
    issue(
        &rig.network,
        &rig.deelnemers,
        &adresboek(),
        &certificate,
        request,
        moment,
        key(1),
    )
    .map_err(|refusal| (refusal.status, refusal.text))
}

fn holds(
    rig: &Rig,
    claims: &Claims,
    party: &str,
    audience: &str,
    now: i64,
) -> Result<(), (u16, &'static str)> {
    let certificate = format!("certificate-{party}");
    validate(&rig.network, &rig.deelnemers, claims, &certificate, audience, now)
        .map_err(|refusal| (refusal.status, refusal.text))
}

#[test]
fn a_token_names_its_owner_and_lasts_an_hour() {
    let rig = Rig::new();
    let claims = request(&rig, |_| {}).unwrap();
    assert_eq!(
        (claims.sub.as_str(), claims.client_id.as_str()),
        ("agbcode:98765432", "agbcode:98765432")
    );
    assert_eq!((claims.nbf, claims.exp), (NOW - 120, NOW + 3600));
    assert_eq!(claims.identities["agb"], AANBIEDER);
    assert_eq!(claims.instantie_type.as_deref(), Some("Zorgaanbieder"));
    assert_eq!(holds(&rig, &claims, AANBIEDER, ADDRESS, NOW), Ok(()));
}

/// F01, F02: by the second.
#[test]
fn a_token_is_good_from_its_begin_up_to_its_end() {
    let rig = Rig::new();
    let claims = request(&rig, |_| {}).unwrap();
    let expired = Err((401, "Jwt is expired"));
    for (now, wanted) in [
        (claims.nbf - 1, expired),
        (claims.nbf, Ok(())),
        (claims.exp - 1, Ok(())),
        (claims.exp, expired),
    ] {
        assert_eq!(holds(&rig, &claims, AANBIEDER, ADDRESS, now), wanted, "{now}");
    }
}

/// F03, F04, F05: for another address, of another issuer, over the connection of another.
#[test]
fn a_token_of_another_is_no_token() {
    let rig = Rig::new();
    let claims = request(&rig, |_| {}).unwrap();
    let invalid = Err((401, "Jwt is invalid"));
    assert_eq!(
        holds(&rig, &claims, AANBIEDER, "https://lr.sim/graphql", NOW),
        invalid
    );
    assert_eq!(holds(&rig, &claims, ANDER, ADDRESS, NOW), invalid);
    let foreign = Claims {
        iss: "auth.nid".to_owned(),
        ..claims.clone()
    };
    assert_eq!(holds(&rig, &foreign, AANBIEDER, ADDRESS, NOW), invalid);
    assert_eq!(
        holds(&rig, &claims, "00000000", ADDRESS, NOW),
        Err((403, "Invalid Client Certificate"))
    );
}

/// F06: a party that left or is kept out is refused with the token that it has, and gets no other.
#[test]
fn a_party_that_is_not_active_is_refused() {
    let mut rig = Rig::new();
    let claims = request(&rig, |_| {}).unwrap();
    for status in [Status::Aangevraagd, Status::Geschorst, Status::Uitgetreden] {
        rig.deelnemers.get_mut(AANBIEDER).unwrap().status = status;
        let refused = (403, "participant is not active");
        assert_eq!(holds(&rig, &claims, AANBIEDER, ADDRESS, NOW), Err(refused));
        assert_eq!(request(&rig, |_| {}), Err(refused));
    }
}

/// F07, F08: a scope is matched as a whole, and one wrong scope takes the others along.
#[test]
fn one_scope_that_may_not_be_refuses_all() {
    let rig = Rig::new();
    let own = rig.scopes("Toewijzing", None).remove(0);
    let wrong = Err((400, "Access denied, invalid scope"));
    for scope in [
        String::new(),
        format!("{own}x"),
        own.trim_end_matches(":read").to_owned(),
        format!("{own} {}", rig.scopes("Levering", None)[0]),
        "organisaties/zorgaanbieder/notificaties/notificatie:create".to_owned(),
    ] {
        assert_eq!(
            request(&rig, |request| request.scope = scope.clone()),
            wrong,
            "{scope}"
        );
    }
    let tells = request(&rig, |request| {
        request.scope = "organisaties/gemeente/notificaties/notificatie:create".to_owned();
    });
    assert!(tells.is_ok(), "an aanbieder owns a register that tells gemeenten");
    let reports = request(&rig, |request| {
        request.scope = "organisaties/gemeente/meldingen/melding:create".to_owned();
    });
    assert!(reports.is_ok(), "an aanbieder reads a register of gemeenten");
}

/// F09: one known address with https, no other.
#[test]
fn the_audience_is_one_known_address() {
    let rig = Rig::new();
    let status = |audience: &[&str]| {
        request(&rig, |request| {
            request.audience = audience.iter().map(|one| (*one).to_owned()).collect()
        })
        .map(|_| ())
        .unwrap_err()
    };
    assert_eq!(status(&[]), (400, "audience is required"));
    assert_eq!(status(&[""]), (400, "audience is required"));
    for audience in [
        &[ADDRESS, "https://lr.sim/graphql"][..],
        &["http://tr.sim/graphql"],
        &["https://unknown.sim/graphql"],
    ] {
        assert_eq!(status(audience).0, 400, "{audience:?}");
    }
    assert_eq!(
        request(&rig, |request| request.grant_type = "password".to_owned())
            .unwrap_err()
            .0,
        400
    );
}

/// F10: who acts for a party needs its consent, on the day itself; nobody acts for itself.
#[test]
fn who_acts_for_a_party_needs_its_consent() {
    let mut rig = Rig::new();
    rig.deelnemers.add(Deelnemer {
        name: "SW-0007".to_owned(),
        identities: [].into(),
        status: Status::Actief,
        certificates: vec!["certificate-SW-0007".to_owned()],
        actors: Vec::new(),
    });
    let for_party = |rig: &Rig, caller: &str, subject: &str| {
        let request = TokenRequest {
            grant_type: "client_credentials".to_owned(),
            scope: rig.scopes("Toewijzing", None).join(" "),
            audience: vec![ADDRESS.to_owned()],
            acting_for: Some(subject.to_owned()),
        };
        from(rig, caller, &request)
    };
    let refused = Err((401, "authenticating with issuing authority"));
    assert_eq!(for_party(&rig, "SW-0007", "agbcode:98765432"), refused);
    assert_eq!(for_party(&rig, AANBIEDER, "agbcode:98765432"), refused);
    assert_eq!(for_party(&rig, "SW-0007", "agbcode:00000000"), refused);
    for (until, is_good) in [(date(2025, 12, 31), false), (date(2026, 1, 1), true)] {
        rig.deelnemers.get_mut(AANBIEDER).unwrap().actors = vec![Actor {
            name: "SW-0007".to_owned(),
            until: Some(until),
        }];
        assert_eq!(
            for_party(&rig, "SW-0007", "agbcode:98765432").is_ok(),
            is_good,
            "{until}"
        );
    }
    let claims = for_party(&rig, "SW-0007", "agbcode:98765432").unwrap();
    assert_eq!(
        (claims.sub.as_str(), claims.act.as_deref()),
        ("agbcode:98765432", Some("SW-0007"))
    );
    // The certificate is that of the actor, not of the party.
    assert_eq!(holds(&rig, &claims, "SW-0007", ADDRESS, NOW), Ok(()));
    assert!(holds(&rig, &claims, AANBIEDER, ADDRESS, NOW).is_err());
    // An empty subject is none: a party acts for itself.
    assert_eq!(for_party(&rig, AANBIEDER, "").unwrap().act, None);
    assert!(
        for_party(&rig, GEMEENTE, "").is_err(),
        "a gemeente has no such scope"
    );
}
