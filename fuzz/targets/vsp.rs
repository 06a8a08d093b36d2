//! Fuzz target: any bytes come over a connection to the fake VECOZO, of which one account has one message waiting.
//!
//! What must hold: the hub answers in HTTP and with a status that its interfaces know, never with a fault of its own;
//! afterwards it works as before; and what it received it can check and deliver.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use jiff::civil::{DateTime, date};
use kp_chain::{Aansluiting, GgkEnvelope, GgkReply, GgkRequest, Hub, HubSettings, SimTime};
use kp_model::{Catalogue, Seed, generate};
use kp_rules::Rulebook;
use kp_servers::{HubHandle, HubServerSettings, HubService};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use uuid::Uuid;

const GEMEENTE: &str = "0344";
const AANBIEDER: &str = "42000001";
const INDIENER: &str = "indiener-1";
/// The message that waits.
const WAITING: Uuid = Uuid::from_u128(0x3f0c_1d52_6a0b_4c7e_9b51_1c9a_5e2f_7a10);
/// What the interfaces answer.
const STATUSES: &[u16] = &[
    100, 200, 202, 204, 400, 403, 404, 405, 408, 413, 414, 415, 422, 429, 431,
];
/// After so many turns without a byte, nothing more comes by itself.
const QUIET_TURNS: usize = 64;
const BUFFER: usize = 64 * 1024;

static RULEBOOKS: LazyLock<Vec<Arc<Rulebook>>> = LazyLock::new(|| {
    Rulebook::load_in_force(&Catalogue::embedded(), "2026-01-01").expect("the releases of the product load")
});
static TOEWIJZING: LazyLock<Bytes> = LazyLock::new(|| {
    let release = RULEBOOKS[1].release();
    generate(release, "301", Seed(1))
        .expect("a message of the release")
        .write()
        .into()
});

thread_local! {
    static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime without input and output needs nothing of the machine");
}

/// Lets the bytes come in and holds what the hub does to what must hold.
pub(crate) fn run(data: &[u8]) {
    RUNTIME.with(|runtime| runtime.block_on(serve(data)));
}

async fn serve(data: &[u8]) {
    let hub = Hub::new(
        HubSettings::new(vec![
            Aansluiting::gemeente(GEMEENTE),
            Aansluiting::aanbieder(AANBIEDER, "Instelling", INDIENER),
        ]),
        RULEBOOKS.clone(),
    );
    let settings = HubServerSettings {
        default_indiener: Some(INDIENER.to_owned()),
        ..HubServerSettings::default()
    };
    let now: DateTime = date(2025, 12, 15).at(9, 0, 0, 0);
    let (service, hub) = HubService::new(hub, SimTime::from_civil(now), settings, "http://hub.test");
    let hub = tokio::spawn(hub);
    let handle = service.handle();
    wait_for_aanbieder(&handle).await;

    let answer = exchange(&service, data).await;
    if !answer.is_empty() {
        let status = status(&answer);
        assert!(
            status.is_some_and(|status| STATUSES.contains(&status)),
            "{}",
            shown(&answer)
        );
    }

    let klok = b"GET /ketenproef/klok HTTP/1.1\r\nHost: hub.test\r\n\r\n";
    let answer = exchange(&service, klok).await;
    assert_eq!(status(&answer), Some(200), "{}", shown(&answer));
    let next_day = now.saturating_add(jiff::Span::new().days(1));
    handle
        .set_time(SimTime::from_civil(next_day))
        .await
        .expect("the hub works");
    match handle.ggk(GEMEENTE, GgkRequest::Collect).await {
        Ok(GgkReply::Waiting(waiting)) => {
            assert!(
                waiting
                    .iter()
                    .all(|delivery| delivery.envelope.ontvanger == GEMEENTE)
            );
        }
        other => panic!("the hub does not deliver: {other:?}"),
    }
    hub.abort();
}

async fn wait_for_aanbieder(hub: &HubHandle) {
    let envelope = GgkEnvelope {
        zender: GEMEENTE.to_owned(),
        ontvanger: AANBIEDER.to_owned(),
        referentienummer: WAITING,
        cross_refnummer: None,
        functie: RULEBOOKS[1]
            .release()
            .message("301")
            .map(|message| message.name.clone())
            .unwrap_or_default(),
        functie_versie: RULEBOOKS[1].release().berichtversie(),
        functie_subversie: RULEBOOKS[1].release().berichtsubversie(),
        applicatie: "Backoffice".to_owned(),
    };
    let request = GgkRequest::HandIn {
        envelope,
        payload: TOEWIJZING.clone(),
        past_checks: true,
    };
    assert_eq!(
        hub.ggk(GEMEENTE, request).await.expect("the hub works"),
        GgkReply::Received
    );
}

/// What comes back over one connection; the client goes when nothing more comes.
async fn exchange(service: &HubService, request: &[u8]) -> Vec<u8> {
    let (client, server) = tokio::io::duplex(BUFFER);
    let (mut from, mut to) = tokio::io::split(client);
    let mut answer = Vec::new();
    let client = async {
        let writing = async {
            // A server that has said enough may close before all is written.
            drop(to.write_all(request).await);
            to
        };
        let reading = async {
            let mut quiet = 0;
            let mut buffer = vec![0; BUFFER];
            while quiet < QUIET_TURNS {
                tokio::select! {
                    biased;
                    read = from.read(&mut buffer) => match read {
                        Ok(0) | Err(_) => break,
                        Ok(length) => {
                            answer.extend_from_slice(&buffer[..length]);
                            quiet = 0;
                        }
                    },
                    () = tokio::task::yield_now() => quiet += 1,
                }
            }
        };
        let (mut to, ()) = tokio::join!(writing, reading);
        drop(to.shutdown().await);
    };
    tokio::join!(service.serve(server), client);
    answer
}

fn status(answer: &[u8]) -> Option<u16> {
    let rest = answer
        .strip_prefix(b"HTTP/1.1 ")
        .or(answer.strip_prefix(b"HTTP/1.0 "))?;
    std::str::from_utf8(rest.get(..3)?).ok()?.parse().ok()
}

fn shown(answer: &[u8]) -> String {
    String::from_utf8_lossy(&answer[..answer.len().min(2000)]).into_owned()
}
