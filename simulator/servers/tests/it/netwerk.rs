//! The network behind TLS: what parties of ours tell and fetch over it, and what is refused of who does otherwise.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use jiff::civil::date;
use kp_chain::SimTime;
use kp_chain::netwerk::{Assignments, Change, Deelnemer, Partij, Purpose, Service, Status};
use kp_model::network::Network;
use kp_model::{Catalogue, Seed};
use kp_servers::netwerk::{Asked, Exchange, KnooppuntServer, NetworkClient, PartijHandle, PartijServer};
use kp_servers::{
    Authority, Call as HttpCall, ClientSettings, HttpAnswer, HttpClient, Identity, ServersError, Validity,
};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const GEMEENTE: &str = "0999";
pub(crate) const AANBIEDER: &str = "98765432";
const ANDER: &str = "12345678";
const YEAR: i32 = 2026;
const HOSTS: [&str; 2] = ["127.0.0.1", "localhost"];

fn loopback() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

fn key(number: u128) -> Uuid {
    uuid::Builder::from_random_bytes(number.to_be_bytes()).into_uuid()
}

/// A gemeente and two aanbieders around a way in.
pub(crate) struct Net {
    network: Arc<Network>,
    authority: Authority,
    pub(crate) knooppunt: KnooppuntServer,
    server: PartijServer,
    identities: BTreeMap<String, Identity>,
    pub(crate) parties: BTreeMap<String, PartijHandle>,
}

impl Net {
    pub(crate) async fn start() -> Self {
        let network = Catalogue::embedded().load_network("netwerk-1.0").unwrap();
        let authority = Authority::new(YEAR).unwrap();
        let own = authority.issue("knooppunt", &HOSTS, Validity::Now).unwrap();
        let knooppunt = KnooppuntServer::start(Arc::clone(&network), &own, loopback(), None, Seed(1))
            .await
            .unwrap();
        let of_parties = authority.issue("partijen", &HOSTS, Validity::Now).unwrap();
        let pinned = own.fingerprint().unwrap();
        let server = PartijServer::start(Arc::clone(&network), &of_parties, loopback(), pinned, None)
            .await
            .unwrap();
        let mut net = Self {
            network,
            authority,
            knooppunt,
            server,
            identities: BTreeMap::new(),
            parties: BTreeMap::new(),
        };
        for (role, code) in [
            ("gemeente", GEMEENTE),
            ("aanbieder", AANBIEDER),
            ("aanbieder", ANDER),
        ] {
            net.admit(role, code);
        }
        let handle = net.knooppunt.handle();
        let network = Arc::clone(&net.network);
        handle.change(|machine| {
            machine.assignments = Assignments::everybody(&network, &machine.deelnemers, date(2025, 1, 1));
        });
        let now = SimTime::from_civil(date(2026, 3, 2).at(9, 0, 0, 0));
        net.set_time(now).await;
        net
    }

    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    fn admit(&mut self, role: &str, code: &str) {
        let identity = self.authority.issue(code, &HOSTS, Validity::Now).unwrap();
        let (place, _) = self.network.role(role).unwrap();
        let deelnemer = Deelnemer {
            name: code.to_owned(),
            identities: [(place, code.to_owned())].into(),
            status: Status::Actief,
            certificates: vec![identity.fingerprint().unwrap().to_string()],
            actors: Vec::new(),
        };
        let purposes = Purpose::of(&self.network, &deelnemer);
        let partij = Partij::new(Arc::clone(&self.network), &deelnemer, Seed(1));
        self.knooppunt.handle().change(|machine| {
            for purpose in purposes {
                let address = self.server.resource(code, &purpose);
                let owner = code.to_owned();
                machine.adresboek.publish(&address, Service { owner, purpose });
            }
            machine.deelnemers.add(deelnemer);
        });
        let client = NetworkClient::new(
            Arc::clone(&self.network),
            &identity,
            self.knooppunt.handle().base_url(),
            Seed(1).derive(code),
        );
        self.parties
            .insert(code.to_owned(), self.server.add(partij, client.unwrap()));
        self.identities.insert(code.to_owned(), identity);
    }

    async fn put(&self, party: &str, entity: &str, id: Uuid, pairs: &[(&str, &str)]) {
        let values = pairs
            .iter()
            .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()));
        let change = Change::Put {
            entity: self.network.find_entity(entity).unwrap(),
            id,
            wet: "WMO".to_owned(),
            values: values.collect(),
        };
        let changed = self.parties[party]
            .with(move |partij, now, _| partij.change(now, change))
            .await;
        changed.unwrap().unwrap();
        self.settle().await;
    }

    pub(crate) async fn settle(&self) {
        loop {
            let before = self.knooppunt.handle().requests();
            for party in self.parties.values() {
                party.settle().await.unwrap();
            }
            if self.knooppunt.handle().requests() == before {
                return;
            }
        }
    }

    pub(crate) async fn set_time(&self, now: SimTime) {
        self.knooppunt.handle().set_time(now);
        for party in self.parties.values() {
            party.set_time(now).await.unwrap();
        }
        self.settle().await;
    }

    async fn allocate(&self) {
        let client = key(20).to_string();
        let person = [
            ("gemeente", GEMEENTE),
            ("bsn", "999911120"),
            ("geboortedatum/datum", "1950-02-03"),
            ("geslacht", "2"),
            ("naam/geslachtsnaam/achternaam", "Jansen"),
            ("naam/naamGebruik", "1"),
        ];
        self.put(GEMEENTE, "Client", key(20), &person).await;
        let allocation = [
            ("gemeente", GEMEENTE),
            ("aanbieder", AANBIEDER),
            ("toewijzingNummer", "7"),
            ("toewijzingsdatum", "2026-03-02"),
            ("toewijzingstijd", "10:00:00"),
            ("ingangsdatum", "2026-03-05"),
            ("clientID", client.as_str()),
        ];
        self.put(GEMEENTE, "Toewijzing", key(10), &allocation).await;
    }

    async fn copied(&self, party: &str, entity: &str, id: Uuid, path: &'static str) -> Option<String> {
        let entity = self.network.find_entity(entity).unwrap();
        let read = self.parties[party].with(move |partij, _, _| {
            let copy = partij.copy(entity, id)?;
            copy.values.get(path).cloned()
        });
        read.await.unwrap()
    }

    async fn exchange(
        &self,
        party: &str,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &Value,
    ) -> Result<HttpAnswer, ServersError> {
        exchange(&self.identities[party], &self.url(path), headers, body).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.knooppunt.handle().base_url())
    }

    fn resource(&self, party: &str, code: &str) -> String {
        let code = code.to_owned();
        self.server
            .resource(party, &Purpose::Register { code, view: None })
    }

    /// A token of a party for the register of the gemeente.
    async fn token(&self, party: &str) -> String {
        let asked = json!({
            "grant_type": "client_credentials",
            "scope": "registers/toewijzingsregister/toewijzingen/toewijzing:read",
            "audience": self.resource(GEMEENTE, "TR"),
        });
        let answer = self.exchange(party, "token", &[], &asked).await.unwrap();
        let given: Value = serde_json::from_slice(&answer.body).unwrap();
        given["access_token"].as_str().unwrap().to_owned()
    }

    /// The status and the body of a query under a token.
    async fn query(&self, party: &str, token: &str, body: &Value) -> (u16, String) {
        let bearer = format!("Bearer {token}");
        let path = format!("toegang/{GEMEENTE}/register");
        let answer = self
            .exchange(party, &path, &[("authorization", &bearer)], body)
            .await
            .unwrap();
        (
            answer.status.as_u16(),
            String::from_utf8_lossy(&answer.body).into_owned(),
        )
    }
}

async fn exchange(
    identity: &Identity,
    url: &str,
    headers: &[(&'static str, &str)],
    body: &Value,
) -> Result<HttpAnswer, ServersError> {
    let mut client = HttpClient::secure(url, ClientSettings::default(), identity.connector()?)?;
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let call = HttpCall {
        operation: "a test",
        method: hyper::Method::POST,
        path: client.prefix().to_owned(),
        content_type: Some("application/json".to_owned()),
        accept: None,
        headers: headers.collect(),
        body: body.to_string().into(),
    };
    client.ask(call).await
}

fn own_allocation() -> Value {
    let text = "query($id: UUID, $a: String) { toewijzing(where: { toewijzingID: { eq: $id }, aanbieder: { eq: $a } }) { toewijzingNummer } }";
    json!({ "query": text, "variables": { "id": key(10), "a": AANBIEDER } })
}

fn calls(exchanges: &[Exchange]) -> Vec<String> {
    exchanges
        .iter()
        .map(|exchange| {
            let caller = exchange.caller.as_deref().unwrap_or("-");
            let what = match &exchange.asked {
                Asked::Token(_) => "token".to_owned(),
                Asked::Adresboek => "adresboek".to_owned(),
                Asked::Call { service, .. } => format!("{} {}", service.owner, service.purpose.path()),
                Asked::Nowhere(path) => format!("nowhere {path}"),
            };
            format!("{caller} {what} {}", exchange.status)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_allocation_is_told_fetched_and_kept_over_the_wire() {
    let net = Net::start().await;
    net.allocate().await;
    let number = net
        .copied(AANBIEDER, "Toewijzing", key(10), "toewijzingNummer")
        .await;
    assert_eq!(number.as_deref(), Some("7"));
    // What decides whether the person may be read is asked of the register of allocations.
    let name = net
        .copied(AANBIEDER, "Client", key(20), "naam/geslachtsnaam/achternaam")
        .await;
    assert_eq!(name.as_deref(), Some("Jansen"));
    let exchanges = net.knooppunt.handle().take_exchanges();
    assert_eq!(
        calls(&exchanges),
        [
            "0999 adresboek 200",
            "0999 token 200",
            "0999 98765432 notificatie 200",
            "98765432 adresboek 200",
            "98765432 token 200",
            "98765432 0999 register/cr 200",
            "98765432 token 200",
            "98765432 0999 register/tr 200",
        ]
    );
    assert!(exchanges.iter().all(|exchange| exchange.trace.is_some()));
    let audit = net.parties[GEMEENTE]
        .with(|partij, _, _| partij.audit().to_vec())
        .await
        .unwrap();
    let queries = audit
        .iter()
        .filter(|line| line.act == "query" && line.consumer == "agbcode:98765432");
    assert_eq!(queries.count(), 2);
    net.knooppunt.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_good_for_its_address_over_its_certificate_alone() {
    let net = Net::start().await;
    net.allocate().await;
    let token = net.token(AANBIEDER).await;
    let body = own_allocation();
    let (status, found) = net.query(AANBIEDER, &token, &body).await;
    assert_eq!(
        (status, found.contains("toewijzingNummer")),
        (200, true),
        "{found}"
    );
    // Replayed by somebody else, over a certificate that is good.
    assert_eq!(
        net.query(ANDER, &token, &body).await,
        (401, "Jwt is invalid".to_owned())
    );
    assert_eq!(
        net.query(AANBIEDER, "", &body).await,
        (401, "Jwt is invalid".to_owned())
    );
    let elsewhere = format!("toegang/{ANDER}/register");
    let bearer = format!("Bearer {token}");
    let answer = net
        .exchange(AANBIEDER, &elsewhere, &[("authorization", &bearer)], &body)
        .await;
    assert_eq!(answer.unwrap().status.as_u16(), 401);
    // A certificate of the same party that came later is another.
    let other = net.authority.issue(AANBIEDER, &HOSTS, Validity::Now).unwrap();
    let renewed = other.fingerprint().unwrap().to_string();
    net.knooppunt.handle().change(|machine| {
        let known = machine.deelnemers.get_mut(AANBIEDER).unwrap();
        known.certificates.push(renewed);
    });
    let url = net.url(&format!("toegang/{GEMEENTE}/register"));
    let answer = exchange(&other, &url, &[("authorization", &bearer)], &body).await;
    assert_eq!(answer.unwrap().status.as_u16(), 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_over_is_refused_and_a_party_of_ours_gets_another() {
    let net = Net::start().await;
    let stale = |party: &str| {
        let party = party.to_owned();
        net.knooppunt
            .handle()
            .change(|machine| machine.expire_token(&party));
    };
    stale(AANBIEDER);
    let token = net.token(AANBIEDER).await;
    let refused = net.query(AANBIEDER, &token, &own_allocation()).await;
    assert_eq!(refused, (401, "Jwt is expired".to_owned()));
    stale(GEMEENTE);
    net.allocate().await;
    let exchanges = net.knooppunt.handle().take_exchanges();
    let told = calls(&exchanges);
    let told: Vec<&str> = told
        .iter()
        .map(String::as_str)
        .filter(|call| call.starts_with("0999"))
        .collect();
    assert_eq!(
        told,
        [
            "0999 adresboek 200",
            "0999 token 200",
            "0999 98765432 notificatie 401",
            "0999 token 200",
            "0999 98765432 notificatie 200",
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_shows_no_good_certificate_gets_nowhere() {
    let net = Net::start().await;
    let url = net.url("adresboek");
    let over = net.authority.issue(AANBIEDER, &HOSTS, Validity::Over).unwrap();
    let foreign = Authority::new(YEAR).unwrap();
    let mut stranger = foreign.issue(AANBIEDER, &HOSTS, Validity::Now).unwrap();
    // It believes the server all the same.
    net.authority.certificate().clone_into(&mut stranger.authority);
    for identity in [&over, &stranger] {
        let answer = exchange(identity, &url, &[], &json!({})).await;
        assert!(answer.is_err(), "{answer:?}");
    }
    // Of the authority, and of nobody who takes part.
    let unknown = net.authority.issue("nobody", &HOSTS, Validity::Now).unwrap();
    let asked = json!({ "grant_type": "client_credentials", "scope": "x", "audience": "https://x" });
    let answer = exchange(&unknown, &net.url("token"), &[], &asked).await.unwrap();
    assert_eq!(answer.status.as_u16(), 403);
    assert_eq!(
        String::from_utf8_lossy(&answer.body),
        "\"Invalid Client Certificate\""
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_register_answers_the_way_in_and_nobody_else() {
    let net = Net::start().await;
    let address = net.resource(GEMEENTE, "TR");
    let claims = json!({ "sub": "agbcode:98765432" }).to_string();
    let headers = [("claims", claims.as_str())];
    let answer = exchange(&net.identities[AANBIEDER], &address, &headers, &own_allocation()).await;
    assert_eq!(answer.unwrap().status.as_u16(), 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_of_a_query_never_reaches_the_register() {
    let net = Net::start().await;
    net.allocate().await;
    let token = net.token(AANBIEDER).await;
    drop(net.knooppunt.handle().take_exchanges());
    let query = |filter: &str| json!({ "query": format!("{{ toewijzing(where: {filter}) {{ toewijzingNummer }} }}") });
    let own = key(10);
    for (filter, status) in [
        (format!("{{ toewijzingID: {{ eq: \"{own}\" }} }}"), 403),
        (
            format!("{{ toewijzingID: {{ eq: \"{own}\" }}, aanbieder: {{ eq: \"{ANDER}\" }} }}"),
            403,
        ),
        (
            format!("{{ toewijzingID: {{ eq: \"{own}\" }}, aanbieder: {{ neq: \"{ANDER}\" }} }}"),
            403,
        ),
        ("{ toewijzingID: { eq: 7".to_owned(), 400),
    ] {
        let (got, text) = net.query(AANBIEDER, &token, &query(&filter)).await;
        assert_eq!(got, status, "{filter}: {text}");
    }
    let exchanges = net.knooppunt.handle().take_exchanges();
    assert!(exchanges.iter().all(|exchange| !exchange.is_forwarded));
    let reasons = exchanges
        .iter()
        .filter_map(|exchange| exchange.decision.as_ref()?.reason.clone());
    let reasons: Vec<String> = reasons.collect();
    assert_eq!(reasons.len(), 4, "{reasons:?}");
    assert_eq!(reasons[0], "FilterMissing(\"aanbieder\")");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_out_is_told_again_when_it_is_back() {
    let net = Net::start().await;
    net.knooppunt.handle().put_out(AANBIEDER, true);
    net.allocate().await;
    assert_eq!(
        net.copied(AANBIEDER, "Toewijzing", key(10), "toewijzingNummer")
            .await,
        None
    );
    net.knooppunt.handle().put_out(AANBIEDER, false);
    let later = SimTime::from_civil(date(2026, 3, 2).at(9, 1, 0, 0));
    net.set_time(later).await;
    let number = net
        .copied(AANBIEDER, "Toewijzing", key(10), "toewijzingNummer")
        .await;
    assert_eq!(number.as_deref(), Some("7"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_moved_is_found_in_the_address_book() {
    let net = Net::start().await;
    net.allocate().await;
    // The same register under another address: what is known of the old one is worth nothing.
    let purpose = Purpose::Register {
        code: "TR".to_owned(),
        view: None,
    };
    let service = Service {
        owner: GEMEENTE.to_owned(),
        purpose,
    };
    let moved = net.resource(GEMEENTE, "TR").replace("127.0.0.1", "localhost");
    net.knooppunt.handle().change(|machine| {
        machine.adresboek.withdraw(&service);
        machine.adresboek.publish(&moved, service.clone());
    });
    drop(net.knooppunt.handle().take_exchanges());
    let client = key(20).to_string();
    let ended = [
        ("gemeente", GEMEENTE),
        ("aanbieder", AANBIEDER),
        ("toewijzingNummer", "7"),
        ("toewijzingsdatum", "2026-03-02"),
        ("toewijzingstijd", "10:00:00"),
        ("ingangsdatum", "2026-03-05"),
        ("einddatum", "2026-04-01"),
        ("clientID", client.as_str()),
    ];
    net.put(GEMEENTE, "Toewijzing", key(10), &ended).await;
    let end = net.copied(AANBIEDER, "Toewijzing", key(10), "einddatum").await;
    let told = calls(&net.knooppunt.handle().take_exchanges());
    assert_eq!(end.as_deref(), Some("2026-04-01"), "{told:?}");
}

#[test]
fn an_authority_can_be_made_in_any_year() {
    for year in [i32::MIN, -5, 0, 1999, 2026, 9999, i32::MAX] {
        let authority = Authority::new(year).unwrap();
        for validity in [Validity::Now, Validity::Over] {
            authority.issue("party", &HOSTS, validity).unwrap();
        }
    }
    let authority = Authority::new(YEAR).unwrap();
    assert!(authority.issue("party", &["no name"], Validity::Now).is_ok());
    assert!(authority.issue("party", &["n\u{e9}"], Validity::Now).is_err());
    assert!(Authority::of("", "no key", YEAR).is_err());
}

/// Whatever is posted by who may connect is answered, and what is not a good call is refused.
#[test]
fn no_body_and_no_header_gets_more_than_an_answer() {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let net = runtime.block_on(Net::start());
    let token = runtime.block_on(net.token(AANBIEDER));
    let pieces = proptest::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "query",
        "variables",
        "mutation",
        "zendNotificatie",
        "toewijzing",
        "where",
        "eq",
        "null",
        "\\u0000",
        "$i",
        "NotificatieInput",
        "...",
        "on",
        "@skip",
        "1e999",
        "\u{feff}",
        " ",
        "subjectList",
    ]);
    let text = proptest::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat());
    let wrapped = text
        .clone()
        .prop_map(|text| json!({ "query": text, "variables": { "i": text } }).to_string());
    let bodies = prop_oneof![text, wrapped, ".*"];
    let paths = proptest::sample::select(vec![
        "token".to_owned(),
        "adresboek".to_owned(),
        format!("toegang/{GEMEENTE}/register"),
        format!("toegang/{GEMEENTE}/melding"),
        format!("toegang/{AANBIEDER}/notificatie"),
        "toegang//".to_owned(),
    ]);
    let tokens = prop_oneof![Just(token), "[A-Za-z0-9._-]{0,40}", Just("a.b.c".to_owned())];
    let mut runner = TestRunner::new(Config {
        cases: 300,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&(bodies, paths, tokens), |(body, path, token)| {
        let answer = runtime.block_on(async {
            let mut client = HttpClient::secure(
                &net.url(&path),
                ClientSettings::default(),
                net.identities[AANBIEDER].connector().unwrap(),
            )
            .unwrap();
            let call = HttpCall {
                operation: "a test",
                method: hyper::Method::POST,
                path: client.prefix().to_owned(),
                content_type: Some("application/json".to_owned()),
                accept: None,
                headers: vec![("authorization", format!("Bearer {token}"))],
                body: body.into_bytes().into(),
            };
            client.ask(call).await
        });
        let status = answer.unwrap().status.as_u16();
        prop_assert!((400..500).contains(&status), "{status}");
        Ok(())
    });
    outcome.unwrap();
}
