//! The wire, octet by octet: status codes, bodies and limits as generated clients meet them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use kp_chain::{
    EnvPrefix, ErrorBody, GemeenteOutput, HubEvent, Outcome, RateLimit, SimTime, StatusQueryRule, Switches,
};
use kp_servers::{HubServer, HubServerSettings, settle};
use serde_json::{Value, json};

use crate::fixture::{
    AANBIEDER, GEMEENTE, allocate, at, gemeente, hub_server, hub_server_with, server_settings,
};

const PUSH: &str = "/tst/berichtenservice/berichten/rest-push/v1/berichten";
const PULL: &str = "/berichtenservice/berichten/rest-pull/v1/berichten";
const STATUS: &str = "/acc/berichtenservice/berichtstatus/rest-pull/v3/berichtstatussen";
const TRACEER_ID: &str = "3f0c1d52-6a0b-4c7e-9b51-1c9a5e2f7a10";

/// An answer as it came.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        assert!(
            self.head
                .to_lowercase()
                .contains("content-type: application/json"),
            "{}",
            self.head
        );
        serde_json::from_slice(&self.body).unwrap()
    }

    fn check_bare(&self, status: u16) {
        assert_eq!((self.status, self.body.len()), (status, 0), "{self:?}");
    }

    fn check_problem(&self, status: u16) {
        assert_eq!(self.status, status, "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert_eq!(
            problem.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["status", "title"]
        );
    }

    /// The fields that a 400 names.
    fn check_invalid(&self, fields: &[&str]) {
        assert_eq!(self.status, 400, "{self:?}");
        let problem = self.json();
        let named: Vec<&str> = problem["errors"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(named, fields, "{problem}");
    }
}

fn exchange(address: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // A server that has said enough may close before all is written.
    let _written = stream.write_all(request);
    let mut received = Vec::new();
    let _read = stream.read_to_end(&mut received);
    let end = received
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(received[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer {
        status,
        head,
        body: received[end + 4..].to_vec(),
    }
}

struct Rig {
    server: HubServer,
}

impl Rig {
    async fn new(settings: HubServerSettings) -> Self {
        Self {
            server: hub_server(settings).await,
        }
    }

    async fn with(change: impl FnOnce(&mut Switches)) -> Self {
        Self {
            server: hub_server_with(server_settings(), change).await,
        }
    }

    async fn send(&self, request: impl Into<Vec<u8>>) -> Answer {
        let (address, request) = (self.server.address(), request.into());
        tokio::task::spawn_blocking(move || exchange(address, &request))
            .await
            .unwrap()
    }

    async fn ask(&self, method: &str, path: &str) -> Answer {
        self.send(format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        ))
        .await
    }

    async fn post(&self, content_type: &str, body: &[u8]) -> Answer {
        let mut request = format!(
            "POST {PUSH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.send(request).await
    }

    async fn push(&self, metadata: &Value, payload: &[u8]) -> Answer {
        let body = form(&[
            ("name=berichtMetadata", metadata.to_string().as_bytes()),
            (PAYLOAD_PART, payload),
        ]);
        self.post(FORM, &body).await
    }
}

const FORM: &str = "multipart/form-data; boundary=8a0e4b1c";
const PAYLOAD_PART: &str = "name=payload; filename=payload; filename*=utf-8''payload";

fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut form = Vec::new();
    for (disposition, content) in parts {
        form.extend_from_slice(b"--8a0e4b1c\r\nContent-Disposition: form-data; ");
        form.extend_from_slice(disposition.as_bytes());
        form.extend_from_slice(b"\r\n\r\n");
        form.extend_from_slice(content);
        form.extend_from_slice(b"\r\n");
    }
    form.extend_from_slice(b"--8a0e4b1c--\r\n");
    form
}

fn metadata() -> Value {
    json!({
        "routeringgegevens": {
            "afzender": {"rol": "Instelling", "code": AANBIEDER},
            "geadresseerden": [{"rol": "Gemeente", "code": GEMEENTE}],
            "berichtstroom": {"berichttype": "WMO", "berichtsubtype": "WMO305", "berichtversie": 3,
                "berichtsubversie": 2, "actie": "WMO305"}
        },
        "referentiegegevens": {"conversatieId": TRACEER_ID, "traceerId": TRACEER_ID}
    })
}

fn now() -> SimTime {
    at("2025-12-15T09:00")
}

#[tokio::test]
async fn a_push_is_received_refused_or_invalid() {
    let rig = Rig::new(server_settings()).await;
    rig.push(&metadata(), b"<a/>").await.check_bare(204);
    let again = rig.push(&metadata(), b"<a/>").await;
    assert_eq!(again.status, 422);
    let problem = again.json();
    assert_eq!(
        (&problem["status"], &problem["code"]),
        (&json!(422), &json!("BRS114"))
    );
    assert!(
        problem["errors"]["BRS114"][0]
            .as_str()
            .unwrap()
            .contains(TRACEER_ID)
    );

    let mut wrong = metadata();
    wrong["referentiegegevens"]["traceerId"] = json!("geen");
    rig.push(&wrong, b"<a/>")
        .await
        .check_invalid(&["referentiegegevens.traceerId"]);
    let mut wrong = metadata();
    wrong["routeringgegevens"]["geadresseerden"] = json!([]);
    rig.push(&wrong, b"<a/>")
        .await
        .check_invalid(&["routeringgegevens.geadresseerden"]);
    let mut wrong = metadata();
    wrong["routeringgegevens"]["afzender"]["code"] = Value::Null;
    rig.push(&wrong, b"<a/>")
        .await
        .check_invalid(&["routeringgegevens.afzender.code"]);
}

#[tokio::test]
async fn the_parts_of_a_push_are_held_to_account() {
    let rig = Rig::new(server_settings()).await;
    let json = metadata().to_string();
    let json = json.as_bytes();
    let first = ("name=\"berichtMetadata\"", json);
    let second = ("filename=\"p\"; name=\"payload\"", b"<a/>".as_slice());
    rig.post(FORM, &form(&[second, ("name=meer", b"x".as_slice()), first]))
        .await
        .check_bare(204);
    rig.post(FORM, &form(&[first])).await.check_invalid(&["payload"]);
    rig.post(FORM, &form(&[]))
        .await
        .check_invalid(&["berichtMetadata", "payload"]);
    rig.post(FORM, &form(&[first, second, second]))
        .await
        .check_invalid(&["payload"]);
    rig.post(FORM, b"--8a0e4b1c\r\nno end")
        .await
        .check_invalid(&["multipart"]);
    rig.post("multipart/form-data", &form(&[first, second]))
        .await
        .check_invalid(&["multipart"]);
    rig.post(FORM, &form(&[("name=berichtMetadata", b"{".as_slice()), second]))
        .await
        .check_invalid(&["berichtMetadata"]);
    rig.post("application/json", json).await.check_problem(415);
    rig.ask("POST", PUSH).await.check_problem(415);
}

#[tokio::test]
async fn what_could_not_be_read_is_told_to_the_byte() {
    let rig = Rig::new(server_settings()).await;
    let mut events = rig.server.handle().events();
    let sent = b"--8a0e4b1c\r\nno end\xff";
    rig.post(FORM, sent).await.check_invalid(&["multipart"]);
    let event = events.next().await.unwrap();
    let Some(HubEvent::Invalid { body, .. }) = event else {
        panic!("not told: {event:?}")
    };
    assert_eq!(body.as_ref(), sent);
}

#[tokio::test]
async fn paths_and_methods_are_exact() {
    let rig = Rig::new(server_settings()).await;
    for path in [
        "/",
        "/berichten",
        "/acc",
        &format!("/prd{PULL}"),
        &format!("{PULL}/x/y"),
        &format!("{PUSH}/"),
    ] {
        rig.ask("GET", path).await.check_bare(404);
    }
    let refused = rig.ask("GET", PUSH).await;
    refused.check_problem(405);
    assert!(refused.head.to_lowercase().contains("allow: post"));
    rig.ask("PUT", PULL).await.check_problem(405);
    rig.ask("POST", STATUS).await.check_problem(405);
}

#[tokio::test]
async fn queries_and_identifiers_are_exact() {
    let rig = Rig::new(server_settings()).await;
    for path in [
        PULL.to_owned(),
        format!("/acc{PULL}?limit=1"),
        format!("/tst{PULL}?limit=250&x=y"),
    ] {
        let empty = rig.ask("GET", &path).await;
        assert_eq!((empty.status, empty.json()), (200, json!([])));
    }
    for limit in ["0", "251", "-1", "x", "", "1.5"] {
        rig.ask("GET", &format!("{PULL}?limit={limit}"))
            .await
            .check_invalid(&["limit"]);
    }
    rig.ask("GET", STATUS).await.check_invalid(&["traceerId"]);
    rig.ask(
        "GET",
        &format!("{STATUS}?traceerId={TRACEER_ID}&conversatieId={TRACEER_ID}"),
    )
    .await
    .check_invalid(&["traceerId"]);
    rig.ask("GET", &format!("{STATUS}?conversatieId=x"))
        .await
        .check_invalid(&["conversatieId"]);
    let unknown = rig.ask("GET", &format!("{STATUS}?traceerId={TRACEER_ID}")).await;
    assert_eq!((unknown.status, unknown.json()), (200, json!([])));
    for message in [TRACEER_ID, "x"] {
        rig.ask("GET", &format!("{PULL}/{message}/payload"))
            .await
            .check_bare(404);
        rig.ask("DELETE", &format!("{PULL}/{message}"))
            .await
            .check_bare(404);
    }
}

#[tokio::test]
async fn a_message_is_listed_downloaded_and_confirmed() {
    let rig = Rig::new(server_settings()).await;
    let mut gemeente = gemeente();
    gemeente.decisions_mut().add(now(), allocate("ijw"));
    let told = settle(&mut gemeente, now(), &rig.server.handle()).await.unwrap();
    let [
        GemeenteOutput::Acted {
            outcome: Outcome::Sent { referentienummer },
            ..
        },
    ] = told.as_slice()
    else {
        panic!("{told:?}")
    };
    let list = rig.ask("GET", PULL).await.json();
    assert_eq!(
        list[0]["referentiegegevens"]["traceerId"],
        referentienummer.to_string()
    );
    assert_eq!(
        list[0]["basisgegevens"]["ontvangenOp"],
        "2025-12-15T09:00:00.000+01:00"
    );
    let url = list[0]["basisgegevens"]["payload"]["url"].as_str().unwrap();
    let path = url.strip_prefix(rig.server.base_url()).unwrap();
    let payload = rig.ask("GET", path).await;
    assert_eq!(payload.status, 200);
    assert!(
        payload
            .head
            .to_lowercase()
            .contains("content-type: application/octet-stream")
    );
    assert_eq!(list[0]["basisgegevens"]["payload"]["grootte"], payload.body.len());
    assert!(payload.body.starts_with(b"PK"));

    for (version, word) in [("v2", "Aangeboden"), ("v3", "WordtAangeboden")] {
        let path = STATUS.replace("v3", version);
        let told = rig
            .ask("GET", &format!("{path}?traceerId={referentienummer}"))
            .await;
        assert_eq!(told.json()[0]["berichtstatus"], word);
    }

    let message = format!("{PULL}/{referentienummer}");
    let stranger =
        format!("DELETE {message} HTTP/1.1\r\nHost: x\r\nX-Sim-Indiener: ander\r\nConnection: close\r\n\r\n");
    rig.send(stranger).await.check_bare(404);
    rig.ask("DELETE", &message).await.check_bare(202);
    rig.ask("DELETE", &message).await.check_bare(404);
    rig.ask("GET", path).await.check_bare(404);
    let status = rig
        .ask("GET", &format!("{STATUS}?traceerId={referentienummer}"))
        .await
        .json();
    assert_eq!(status[0]["berichtstatus"], "Bezorgd");
    assert!(status[0].get("meldingen").is_none());
}

#[tokio::test]
async fn a_caller_without_name_is_refused() {
    let settings = HubServerSettings {
        default_indiener: None,
        ..server_settings()
    };
    let rig = Rig::new(settings.clone()).await;
    rig.ask("GET", PULL).await.check_problem(403);
    let named =
        format!("GET {PULL} HTTP/1.1\r\nHost: x\r\nx-sim-indiener: iemand\r\nConnection: close\r\n\r\n");
    assert_eq!(rig.send(named.clone()).await.status, 200);
    let rig = Rig::new(HubServerSettings {
        insecure_header: false,
        ..settings
    })
    .await;
    rig.send(named).await.check_problem(403);
}

#[tokio::test]
async fn bodies_have_a_limit() {
    let rig = Rig::new(server_settings()).await;
    let head = format!("POST {PUSH} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n");
    rig.send(format!("{head}Content-Length: 33554433\r\n\r\n"))
        .await
        .check_problem(413);
    let mut chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    let chunk = vec![b'x'; 0x10_0000];
    for _ in 0..33 {
        chunked.extend_from_slice(b"100000\r\n");
        chunked.extend_from_slice(&chunk);
        chunked.extend_from_slice(b"\r\n");
    }
    rig.send(chunked).await.check_problem(413);
    let payload = vec![b' '; 25 * 1024 * 1024 + 1];
    let refused = rig.push(&metadata(), &payload).await;
    assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("BRS06")));
}

#[tokio::test]
async fn a_slow_client_is_let_go() {
    let wait = Duration::from_millis(50);
    let rig = Rig::new(HubServerSettings {
        header_wait: wait,
        request_wait: wait,
        ..server_settings()
    })
    .await;
    let slow = rig.send(format!(
        "POST {PUSH} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 9\r\n\r\nx"
    ));
    slow.await.check_problem(408);
    let address = rig.server.address();
    let received = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(b"GET / HT").unwrap();
        let mut received = Vec::new();
        let _read = stream.read_to_end(&mut received);
        received
    });
    // The connection is closed, with or without a word, long before the reader gives up.
    let received = received.await.unwrap();
    assert!(
        received.is_empty() || received.starts_with(b"HTTP/1.1 408"),
        "{received:?}"
    );
}

#[tokio::test]
async fn the_business_clock_can_be_asked_by_anyone() {
    let rig = Rig::new(HubServerSettings {
        default_indiener: None,
        ..server_settings()
    })
    .await;
    rig.server
        .handle()
        .set_time(at("2026-01-05T09:00"))
        .await
        .unwrap();
    let told = rig.ask("GET", "/ketenproef/klok").await;
    assert_eq!(told.status, 200);
    assert_eq!(
        told.json(),
        json!({"nu": "2026-01-05T09:00:00", "datum": "2026-01-05"})
    );
    let refused = rig.ask("POST", "/ketenproef/klok").await;
    refused.check_problem(405);
    assert!(refused.head.to_lowercase().contains("allow: get"));
    rig.ask("GET", "/ketenproef").await.check_bare(404);
}

#[tokio::test]
async fn a_search_is_exact_in_its_body_and_media_type() {
    let rig = Rig::new(server_settings()).await;
    let mut gemeente = gemeente();
    gemeente.decisions_mut().add(now(), allocate("ijw"));
    settle(&mut gemeente, now(), &rig.server.handle()).await.unwrap();
    let ask = async |content_type: &str, query: &str, body: &str| {
        rig.send(format!(
            "POST {PULL}/zoeken{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {content_type}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        ))
        .await
    };
    let jw = r#"{"berichttype": "iJw", "zoekpadType": "ZoekpadOpBerichtstroom"}"#;
    for (content_type, body, count) in [
        ("application/json", jw, 1),
        ("Application/JSON; charset=utf-8", jw, 1),
        ("application/json", &jw.replace("iJw", "WMO"), 0),
    ] {
        let found = ask(content_type, "?limit=250", body).await;
        assert_eq!(
            (found.status, found.json().as_array().unwrap().len()),
            (200, count),
            "{body}"
        );
    }
    ask("text/plain", "", jw).await.check_problem(415);
    ask("application/json", "", "{").await.check_invalid(&["zoekpad"]);
    ask(
        "application/json",
        "?limit=0",
        &jw.replace("}", r#", "actie": null}"#),
    )
    .await
    .check_invalid(&["actie", "limit"]);
    ask("application/json", "?limit=1&limit=2", jw)
        .await
        .check_invalid(&["limit"]);
    let literal = r#"{"zoekpadType": "ZoekpadOpConversatieId"}"#;
    ask("application/json", "", literal)
        .await
        .check_invalid(&["conversatieId"]);
    rig.ask("GET", &format!("{PULL}/zoeken")).await.check_problem(405);
}

#[tokio::test]
async fn a_strict_prefix_answers_at_one_place_and_hands_that_out() {
    let settings = HubServerSettings {
        external_url: Some("http://hub.test/tst/".to_owned()),
        ..server_settings()
    };
    let rig = Rig {
        server: hub_server_with(settings, |switches| switches.env_prefix = EnvPrefix::Strict).await,
    };
    for (prefix, status) in [("/tst", 200), ("", 404), ("/acc", 404)] {
        assert_eq!(
            rig.ask("GET", &format!("{prefix}{PULL}")).await.status,
            status,
            "{prefix}"
        );
    }
    rig.push(&metadata(), b"<a/>").await.check_bare(204);
    let list = rig.ask("GET", &format!("/tst{PULL}")).await.json();
    let url = list[0]["basisgegevens"]["payload"]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = url.strip_prefix("http://hub.test").unwrap();
    assert_eq!(rig.ask("GET", path).await.status, 200);
}

#[tokio::test]
async fn an_answer_that_http_settles_may_have_no_body() {
    let rig = Rig::with(|switches| switches.error_body = ErrorBody::Empty).await;
    let refused = rig.ask("GET", PUSH).await;
    refused.check_bare(405);
    assert!(refused.head.to_lowercase().contains("allow: post"));
    rig.post("text/plain", b"").await.check_bare(415);
    rig.ask("GET", &format!("{PULL}?limit=0"))
        .await
        .check_invalid(&["limit"]);
    rig.push(&metadata(), b"PK").await;
    let refused = rig.push(&metadata(), b"PK").await;
    assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("BRS15")));
}

#[tokio::test]
async fn a_caller_may_ask_so_much_in_a_second() {
    let rig = Rig::with(|switches| switches.rate_limit = RateLimit::PerSecond(2)).await;
    let mut refused = 0;
    for _ in 0..8 {
        let answer = rig.ask("GET", PULL).await;
        if answer.status != 200 {
            answer.check_problem(429);
            refused += 1;
        }
    }
    assert!(refused > 0, "eight requests take less than four seconds");
    let other =
        format!("GET {PULL} HTTP/1.1\r\nHost: x\r\nX-Sim-Indiener: ander\r\nConnection: close\r\n\r\n");
    assert_eq!(rig.send(other).await.status, 200, "each caller has its own count");
}

#[tokio::test]
async fn a_lenient_status_query_takes_what_is_given() {
    let rig = Rig::with(|switches| switches.status_query_rule = StatusQueryRule::Lenient).await;
    rig.push(&metadata(), b"<a/>").await.check_bare(204);
    let other = "3f0c1d52-6a0b-4c7e-9b51-000000000000";
    for (query, count) in [
        (String::new(), 0),
        (format!("?traceerId={TRACEER_ID}&conversatieId={other}"), 2),
        (format!("?conversatieId={other}&traceerId={TRACEER_ID}"), 2),
        (format!("?conversatieId={TRACEER_ID}"), 2),
    ] {
        let found = rig.ask("GET", &format!("{STATUS}{query}")).await;
        assert_eq!(
            (found.status, found.json().as_array().unwrap().len()),
            (200, count),
            "{query}"
        );
    }
    rig.ask("GET", &format!("{STATUS}?traceerId=x"))
        .await
        .check_invalid(&["traceerId"]);
}

#[tokio::test]
async fn a_full_hub_says_so() {
    let rig = Rig::with(|switches| switches.held_max_bytes = 1500).await;
    rig.push(&metadata(), b"<a/>").await.check_bare(204);
    let mut next = metadata();
    next["referentiegegevens"]["traceerId"] = json!("3f0c1d52-6a0b-4c7e-9b51-000000000000");
    rig.push(&next, b"<a/>").await.check_problem(503);
    let status = rig
        .ask(
            "GET",
            &format!("{STATUS}?traceerId=3f0c1d52-6a0b-4c7e-9b51-000000000000"),
        )
        .await;
    assert_eq!(status.json(), json!([]));
}

#[tokio::test]
async fn a_refused_message_is_told_in_the_status_and_in_the_pull_list() {
    let rig = Rig::new(server_settings()).await;
    rig.push(&metadata(), b"<a/>").await.check_bare(204);
    let told = rig
        .ask("GET", &format!("{STATUS}?traceerId={TRACEER_ID}"))
        .await
        .json();
    assert_eq!(told[0]["berichtstatus"], "AfgekeurdDoorDienst");
    assert_eq!(told[0]["meldingen"][0]["code"], "BRS13");
    let list = rig.ask("GET", PULL).await.json();
    assert_eq!(
        rig.ask("GET", PULL).await.json(),
        list,
        "the same page until it is confirmed"
    );
    assert_eq!(list[0]["routeringgegevens"]["afzender"], json!({"rol": "VECOZO"}));
    assert_eq!(list[0]["routeringgegevens"]["berichtstroom"]["actie"], "Fout");
    assert_eq!(list[0]["referentiegegevens"]["alsAntwoordOp"], TRACEER_ID);
    let search = json!({"zoekpadType": "ZoekpadOpAlsAntwoordOp", "alsAntwoordOp": TRACEER_ID}).to_string();
    let found = rig
        .send(format!(
            "POST {PULL}/zoeken HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{search}",
            search.len()
        ))
        .await;
    assert_eq!(found.json(), list);
    let message = list[0]["referentiegegevens"]["traceerId"].as_str().unwrap();
    rig.ask("DELETE", &format!("{PULL}/{message}"))
        .await
        .check_bare(202);
    assert_eq!(rig.ask("GET", PULL).await.json(), json!([]));
}
