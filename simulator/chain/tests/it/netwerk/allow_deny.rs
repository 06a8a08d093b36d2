//! What policies allow and what not: the cases of the registers of this standard, each with its reason.

use jiff::civil::{Date, date};
use kp_chain::netwerk::{Denial, Filter, Operand, Operator, Query};
use proptest::prelude::*;

use super::rig::{AANBIEDER, ANDER, GEMEENTE, Rig, eq, key, test};

const TODAY: Date = date(2026, 3, 2);

fn allowed(count: usize) -> (Option<Denial>, u16, usize) {
    (None, 200, count)
}

/// Why it is refused, the status, and how many records would have been found.
fn asked(
    rig: &Rig,
    party: &str,
    scopes: &[String],
    query: &Query,
    today: Date,
) -> (Option<Denial>, u16, usize) {
    let claims = rig.token(party, scopes).unwrap();
    let (decision, found) = rig.ask(&claims, query, today);
    let count = if decision.is_allowed() { found } else { 0 };
    (decision.denial.clone(), decision.status(), count)
}

fn denied(denial: Denial) -> (Option<Denial>, u16, usize) {
    let status = if matches!(denial, Denial::Scope(_)) {
        400
    } else {
        403
    };
    (Some(denial), status, 0)
}

fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.client(key(20));
    rig.toewijzing(key(10), key(20), "WMO", AANBIEDER, None);
    rig
}

fn toewijzing(rig: &Rig, filters: Vec<Filter>) -> Query {
    rig.query("Toewijzing", None, filters, &["toewijzingNummer"])
}

#[test]
fn wd01_an_aanbieder_reads_its_own_toewijzing_and_finds_nothing_of_another() {
    let rig = rig();
    let scopes = rig.scopes("Toewijzing", None);
    let id = key(10).to_string();
    let own = toewijzing(&rig, vec![eq("toewijzingID", &id), eq("aanbieder", AANBIEDER)]);
    assert_eq!(asked(&rig, AANBIEDER, &scopes, &own, TODAY), allowed(1));
    // The record is of somebody else: the same answer as for a key that nobody has.
    let foreign = toewijzing(&rig, vec![eq("toewijzingID", &id), eq("aanbieder", ANDER)]);
    assert_eq!(asked(&rig, ANDER, &scopes, &foreign, TODAY), allowed(0));
    let nobody = toewijzing(
        &rig,
        vec![eq("toewijzingID", &key(99).to_string()), eq("aanbieder", ANDER)],
    );
    assert_eq!(asked(&rig, ANDER, &scopes, &nobody, TODAY), allowed(0));
}

#[test]
fn wd02_the_filter_on_the_aanbieder_must_be_its_own_and_must_be_eq() {
    let rig = rig();
    let scopes = rig.scopes("Toewijzing", None);
    let id = || eq("toewijzingID", &key(10).to_string());
    let missing = || denied(Denial::FilterMissing("aanbieder".to_owned()));
    let among = Filter::Test {
        path: "aanbieder".to_owned(),
        operator: Operator::In,
        with: Operand::Many(vec![ANDER.to_owned(), AANBIEDER.to_owned()]),
    };
    let null = Filter::Test {
        path: "aanbieder".to_owned(),
        operator: Operator::Eq,
        with: Operand::Null,
    };
    let alternative = Filter::Any(vec![eq("aanbieder", AANBIEDER), eq("aanbieder", ANDER)]);
    let way_out = Filter::Any(vec![
        eq("aanbieder", AANBIEDER),
        test("toewijzingNummer", Operator::Gte, "0"),
    ]);
    let cases = [
        (
            vec![id(), eq("aanbieder", ANDER)],
            denied(Denial::FilterNotOwn("aanbieder".to_owned())),
        ),
        (vec![id()], missing()),
        (vec![id(), eq("aanbieder", "")], missing()),
        (vec![id(), null], missing()),
        (vec![id(), among], missing()),
        (vec![id(), test("aanbieder", Operator::Neq, ANDER)], missing()),
        (vec![id(), alternative], missing()),
        (vec![id(), way_out], missing()),
        (
            vec![id(), eq("aanbieder", AANBIEDER), eq("aanbieder", ANDER)],
            missing(),
        ),
        (
            vec![eq("aanbieder", AANBIEDER)],
            denied(Denial::FilterMissing("toewijzingID".to_owned())),
        ),
        // However deep it stands, as long as every record must have it.
        (
            vec![Filter::All(vec![
                id(),
                Filter::Any(vec![eq("aanbieder", AANBIEDER)]),
            ])],
            allowed(1),
        ),
    ];
    for (filters, wanted) in cases {
        let query = toewijzing(&rig, filters);
        assert_eq!(
            asked(&rig, AANBIEDER, &scopes, &query, TODAY),
            wanted,
            "{query:?}"
        );
    }
}

#[test]
fn wd03_a_client_is_read_by_who_has_a_toewijzing_for_it() {
    let rig = rig();
    let scopes = rig.scopes("Client", None);
    let query = rig.query(
        "Client",
        None,
        vec![eq("clientID", &key(20).to_string())],
        &["bsn"],
    );
    assert_eq!(asked(&rig, AANBIEDER, &scopes, &query, TODAY), allowed(1));
    assert_eq!(
        asked(&rig, ANDER, &scopes, &query, TODAY),
        denied(Denial::NoRelation)
    );
}

#[test]
fn wd04_juridische_status_is_not_for_who_has_a_wmo_toewijzing_alone() {
    let mut rig = rig();
    let scopes = rig.scopes("Client", Some("extra"));
    let filters = || vec![eq("clientID", &key(20).to_string())];
    let status = rig.query("Client", Some("extra"), filters(), &["juridischeStatus"]);
    let language = rig.query("Client", Some("extra"), filters(), &["communicatie/taal"]);
    let field = denied(Denial::Field("juridischeStatus".to_owned()));
    assert_eq!(asked(&rig, AANBIEDER, &scopes, &language, TODAY), allowed(1));
    assert_eq!(asked(&rig, AANBIEDER, &scopes, &status, TODAY), field);
    rig.toewijzing(key(11), key(20), "JW", AANBIEDER, None);
    assert_eq!(asked(&rig, AANBIEDER, &scopes, &status, TODAY), allowed(1));
}

#[test]
fn wd05_the_extra_view_asks_both_scopes_and_the_core_does_not_show_it() {
    let rig = rig();
    let both = rig.scopes("Client", Some("extra"));
    let filters = || vec![eq("clientID", &key(20).to_string())];
    let extra = rig.query("Client", Some("extra"), filters(), &["communicatie/vorm"]);
    assert_eq!(asked(&rig, AANBIEDER, &both, &extra, TODAY), allowed(1));
    for (held, lacking) in [(0, 1), (1, 0)] {
        let wanted = denied(Denial::Scope(both[lacking].clone()));
        assert_eq!(asked(&rig, AANBIEDER, &both[held..=held], &extra, TODAY), wanted);
    }
    let core = rig.query("Client", None, filters(), &["bsn"]);
    assert_eq!(asked(&rig, AANBIEDER, &both[..1], &core, TODAY), allowed(1));
    let smuggled = rig.query("Client", None, filters(), &["bsn", "communicatie/vorm"]);
    let field = denied(Denial::Field("communicatie/vorm".to_owned()));
    assert_eq!(asked(&rig, AANBIEDER, &both, &smuggled, TODAY), field);
    // What a filter tests, the answer tells.
    let guess = rig.query(
        "Client",
        None,
        [filters(), vec![eq("juridischeStatus", "01")]].concat(),
        &["bsn"],
    );
    let field = denied(Denial::Field("juridischeStatus".to_owned()));
    assert_eq!(asked(&rig, AANBIEDER, &both, &guess, TODAY), field);
}

#[test]
fn wd06_a_gemeente_reads_what_was_delivered_on_its_own_toewijzing() {
    let mut rig = rig();
    let pairs = [
        ("gemeente", GEMEENTE),
        ("aanbieder", AANBIEDER),
        ("bsn", "999911120"),
        ("toewijzingID", &key(10).to_string()),
        ("toewijzingNummer", "7"),
        ("begindatum", "2026-01-08"),
    ];
    rig.put("Levering", key(30), "WMO", &pairs);
    let scopes = rig.scopes("Levering", None);
    let query = |filters| rig.query("Levering", None, filters, &["begindatum"]);
    let levering = || eq("leveringID", &key(30).to_string());
    let by_toewijzing = query(vec![
        eq("toewijzingID", &key(10).to_string()),
        eq("gemeente", GEMEENTE),
    ]);
    let by_key = query(vec![levering(), eq("gemeente", GEMEENTE)]);
    assert_eq!(asked(&rig, GEMEENTE, &scopes, &by_toewijzing, TODAY), allowed(1));
    assert_eq!(asked(&rig, GEMEENTE, &scopes, &by_key, TODAY), allowed(1));
    let other = query(vec![levering(), eq("gemeente", "0344")]);
    let wanted = denied(Denial::FilterNotOwn("gemeente".to_owned()));
    assert_eq!(asked(&rig, GEMEENTE, &scopes, &other, TODAY), wanted);
    let all = query(vec![eq("gemeente", GEMEENTE)]);
    let wanted = denied(Denial::FilterMissing("leveringID | toewijzingID".to_owned()));
    assert_eq!(asked(&rig, GEMEENTE, &scopes, &all, TODAY), wanted);
}

#[test]
fn wd07_a_role_without_a_policy_reads_nothing() {
    let rig = rig();
    let query = toewijzing(&rig, vec![eq("toewijzingID", &key(10).to_string())]);
    let scopes = rig.scopes("Levering", None);
    assert_eq!(
        asked(&rig, GEMEENTE, &scopes, &query, TODAY),
        denied(Denial::NoPolicy)
    );
    // Nor is there a token for it.
    assert_eq!(
        rig.token(GEMEENTE, &rig.scopes("Toewijzing", None))
            .unwrap_err()
            .status,
        400
    );
}

#[test]
fn wd08_one_of_two_consumers_on_a_policy_can_be_ended() {
    let mut rig = rig();
    rig.toewijzing(key(12), key(20), "WMO", ANDER, None);
    let scopes = rig.scopes("Toewijzing", None);
    let query = |rig: &Rig, id, party| toewijzing(rig, vec![eq("toewijzingID", id), eq("aanbieder", party)]);
    rig.assignments.end(
        "toewijzing-aanbieder",
        "gemeente:0999",
        "agbcode:98765432",
        date(2026, 3, 1),
    );
    let (one, other) = (key(10).to_string(), key(12).to_string());
    let ended = asked(&rig, AANBIEDER, &scopes, &query(&rig, &one, AANBIEDER), TODAY);
    assert_eq!(ended, denied(Denial::NotAssigned));
    let before = asked(
        &rig,
        AANBIEDER,
        &scopes,
        &query(&rig, &one, AANBIEDER),
        date(2026, 3, 1),
    );
    assert_eq!(before, allowed(1));
    assert_eq!(
        asked(&rig, ANDER, &scopes, &query(&rig, &other, ANDER), TODAY),
        allowed(1)
    );
}

/// F24: up to and with 31 May of the year after the end, for the allocation and for the client of it.
#[test]
fn what_ended_is_read_until_the_end_of_may_of_the_next_year() {
    let mut rig = Rig::new();
    rig.client(key(20));
    rig.toewijzing(key(10), key(20), "WMO", AANBIEDER, Some("2026-02-28"));
    let filters = vec![
        eq("toewijzingID", &key(10).to_string()),
        eq("aanbieder", AANBIEDER),
    ];
    let own = toewijzing(&rig, filters);
    let client = rig.query(
        "Client",
        None,
        vec![eq("clientID", &key(20).to_string())],
        &["bsn"],
    );
    for (name, query) in [("Toewijzing", own), ("Client", client)] {
        let scopes = rig.scopes(name, None);
        assert_eq!(
            asked(&rig, AANBIEDER, &scopes, &query, date(2027, 5, 31)),
            allowed(1),
            "{name}"
        );
        let wanted = denied(Denial::Ended);
        assert_eq!(
            asked(&rig, AANBIEDER, &scopes, &query, date(2027, 6, 1)),
            wanted,
            "{name}"
        );
    }
}

/// F26, F27: what cannot be proven is refused, and an answer about another key proves nothing.
#[test]
fn a_register_that_is_down_or_answers_something_else_never_leads_to_a_grant() {
    use kp_chain::netwerk::{Asking, Decision, Step, decide};
    let rig = rig();
    let claims = rig.token(AANBIEDER, &rig.scopes("Client", None)).unwrap();
    let query = rig.query(
        "Client",
        None,
        vec![eq("clientID", &key(21).to_string())],
        &["bsn"],
    );
    let asking = Asking {
        network: &rig.network,
        assignments: &rig.assignments,
        owner: "gemeente:0999",
        claims: &claims,
        query: &query,
        today: TODAY,
    };
    let other = rig
        .toewijzingen
        .get(rig.entity("Toewijzing"), key(10))
        .cloned()
        .unwrap();
    for (answer, denial, status) in [
        (None, Denial::Unreachable, 500),
        (Some(vec![other]), Denial::WrongAnswer, 403),
        (Some(Vec::new()), Denial::NoRelation, 403),
    ] {
        let decision = Decision {
            policy: Some("client-aanbieder".to_owned()),
            denial: Some(denial),
        };
        assert_eq!(decision.status(), status);
        assert_eq!(decide(&asking, &[answer]), Step::Decided(decision));
    }
}

/// Filters of every form over few values, so that own and foreign records are asked for in every way.
fn any_filter() -> impl Strategy<Value = Filter> {
    let path = prop::sample::select(vec!["aanbieder", "toewijzingID", "gemeente", "toewijzingNummer"]);
    let operator = prop::sample::select(vec![
        Operator::Eq,
        Operator::Eq,
        Operator::Neq,
        Operator::In,
        Operator::Gte,
        Operator::Ngt,
    ]);
    let values = vec![
        AANBIEDER.to_owned(),
        ANDER.to_owned(),
        key(10).to_string(),
        key(12).to_string(),
    ];
    let value = prop::sample::select(values);
    let with = prop_oneof![
        4 => value.clone().prop_map(Operand::One),
        1 => prop::collection::vec(value, 0..3).prop_map(Operand::Many),
        1 => Just(Operand::Null),
    ];
    let test = (path, operator, with).prop_map(|(path, operator, with)| Filter::Test {
        path: path.to_owned(),
        operator,
        with,
    });
    test.prop_recursive(3, 16, 4, |inner| {
        let parts = prop::collection::vec(inner, 0..4);
        prop_oneof![parts.clone().prop_map(Filter::All), parts.prop_map(Filter::Any)]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// However a question is put: what is allowed finds own records alone, and one at most.
    #[test]
    fn what_is_allowed_never_finds_a_record_of_another(filters in prop::collection::vec(any_filter(), 0..4)) {
        let rig = shared();
        let scopes = rig.scopes("Toewijzing", None);
        let claims = rig.token(AANBIEDER, &scopes).unwrap();
        // Most questions hold all or some of what a policy wants, beside whatever else they ask.
        let of = |number| eq("toewijzingID", &key(number).to_string());
        let own = || eq("aanbieder", AANBIEDER);
        for wanted in [vec![], vec![of(10), own()], vec![of(12), own()], vec![of(12)], vec![own()]] {
            let query = toewijzing(rig, [wanted, filters.clone()].concat());
            let (decision, _) = rig.ask(&claims, &query, TODAY);
            if decision.is_allowed() {
                let found: Vec<_> = rig.toewijzingen.find(&query, TODAY).collect();
                prop_assert!(found.len() <= 1);
                prop_assert!(found.iter().all(|record| record.values["aanbieder"] == AANBIEDER));
            }
        }
    }
}

/// Records of two aanbieders, made once.
fn shared() -> &'static Rig {
    static SHARED: std::sync::OnceLock<Rig> = std::sync::OnceLock::new();
    SHARED.get_or_init(|| {
        let mut rig = rig();
        rig.toewijzing(key(12), key(20), "WMO", ANDER, None);
        rig.toewijzing(key(13), key(20), "WMO", AANBIEDER, None);
        rig
    })
}
