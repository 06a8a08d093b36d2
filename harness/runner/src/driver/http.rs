//! Orders over HTTP, to a supplier that collects and hands in at the hub by itself.
//!
//! `POST {url}/instructies` with `{id, act, ...}` is answered 202; `GET {url}/instructies/{id}` tells how it stands. Every
//! wait has the limit of the description. What the supplier answers otherwise is its fault, told with the address and
//! the first of what it said. Tests: `tests/it`.

use std::time::Duration;

use bytes::Bytes;
use hyper::{Method, StatusCode};
use kp_servers::{Call, ClientSettings, HttpClient, ServersError};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::{Order, SHOWN_CHARACTERS, Status, reason, shown};
use crate::halt::{Fault, Stumble};
use crate::sut::Sut;

/// How long we rest before we ask again how an order stands, at first and at most.
const REST_FIRST: Duration = Duration::from_millis(10);
const REST_MAX: Duration = Duration::from_millis(250);

/// The largest answer that is read.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;

/// A supplier behind an address.
pub(crate) struct Http {
    url: String,
    limit: Duration,
    has_status: bool,
    /// What it lets us see.
    waarnemingen: Vec<String>,
}

/// How an order stands, as the supplier tells it.
#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
enum Standing {
    Bezig,
    Klaar,
    Geweigerd {
        #[serde(default)]
        reden: Option<String>,
    },
    NietOndersteund {
        #[serde(default)]
        reden: Option<String>,
    },
}

impl Http {
    /// The supplier of a description, at its address.
    pub(crate) fn new(sut: &Sut, url: &str) -> Result<Self, Stumble> {
        client(url, sut.limiet)?;
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            limit: sut.limiet,
            has_status: sut.status,
            waarnemingen: sut.waarnemingen.clone(),
        })
    }

    /// What its user would see of a kind; none when the description does not name it.
    pub(crate) async fn observe(&self, soort: &str) -> Result<Option<Vec<Value>>, Fault> {
        if !self.waarnemingen.iter().any(|known| known == soort) {
            return Ok(None);
        }
        let path = format!("/waarnemingen?soort={soort}");
        let (status, answer) = self.exchange(Method::GET, &path, Bytes::new()).await?;
        let seen = (status == StatusCode::OK).then(|| serde_json::from_slice(&answer));
        match seen {
            Some(Ok(seen)) => Ok(Some(seen)),
            Some(Err(_)) | None => Err(Fault {
                expected: format!("GET {}{path} geeft 200 met een lijst", self.url),
                got: format!("{}: {}", status.as_u16(), shown(&answer, SHOWN_CHARACTERS)),
                explanation: "De beschrijving belooft deze waarneming. Geeft het product haar niet, haal haar dan weg uit waarnemingen.".to_owned(),
            }),
        }
    }

    /// Tells an order and waits until it is done.
    pub(crate) async fn order(&self, order: &Order) -> Result<Status, Fault> {
        let carrying_out = async {
            self.tell(order).await?;
            if self.has_status {
                self.wait_for(order).await
            } else {
                Ok(Status::Klaar)
            }
        };
        timeout(self.limit, carrying_out).await.unwrap_or_else(|_| {
            Err(Fault {
                expected: format!("{} is klaar binnen {} s", order.act, self.limit.as_secs()),
                got: format!("{}/instructies/{} is dan nog bezig", self.url, order.id),
                explanation: "Het product voert de opdracht niet binnen de limiet uit. Heeft het meer tijd nodig, verhoog dan limiet in de beschrijving.".to_owned(),
            })
        })
    }

    /// Whether anybody answers at the address; a supplier may say what it likes.
    pub(crate) async fn is_reached(&self) -> Result<(), ServersError> {
        let mut client = HttpClient::new(&self.url, settings(self.limit))?;
        let call = call(&client, Method::GET, "/instructies/0", Bytes::new());
        client.call(call).await.map(|_| ())
    }

    /// Whether it still answers; what it answers does not matter.
    pub(crate) async fn is_there(&self) -> Result<(), Fault> {
        self.exchange(Method::GET, "/instructies/0", Bytes::new()).await?;
        Ok(())
    }

    async fn tell(&self, order: &Order) -> Result<(), Fault> {
        let mut body = order.to_json();
        if let Value::Object(body) = &mut body {
            body.insert("id".to_owned(), json!(order.id));
        }
        let (status, answer) = self
            .exchange(Method::POST, "/instructies", body.to_string().into())
            .await?;
        if status == StatusCode::ACCEPTED {
            return Ok(());
        }
        Err(Fault {
            expected: format!("POST {}/instructies geeft 202", self.url),
            got: format!("{}: {}", status.as_u16(), shown(&answer, SHOWN_CHARACTERS)),
            explanation: format!(
                "Het product neemt de opdracht {} niet aan. Kent het die niet, laat het dan 202 geven en niet-ondersteund als status.",
                order.act
            ),
        })
    }

    async fn wait_for(&self, order: &Order) -> Result<Status, Fault> {
        let path = format!("/instructies/{}", order.id);
        let mut rest = REST_FIRST;
        let begun = Instant::now();
        loop {
            let (status, answer) = self.exchange(Method::GET, &path, Bytes::new()).await?;
            let strange = |got: String| {
                Fault {
                expected: format!("GET {}{path} geeft 200 met een status", self.url),
                got,
                explanation: "Het product zegt niet hoe het met de opdracht staat. Geef {\"status\": \"bezig\"}, klaar, geweigerd of niet-ondersteund; heeft het geen status, schrijf dan status = false in de beschrijving.".to_owned(),
            }
            };
            if status != StatusCode::OK {
                return Err(strange(format!(
                    "{}: {}",
                    status.as_u16(),
                    shown(&answer, SHOWN_CHARACTERS)
                )));
            }
            let standing: Standing = serde_json::from_slice(&answer)
                .map_err(|error| strange(format!("{} ({error})", shown(&answer, SHOWN_CHARACTERS))))?;
            match standing {
                Standing::Klaar => return Ok(Status::Klaar),
                Standing::Geweigerd { reden } => {
                    return Ok(Status::Geweigerd(reason(reden, "zonder reden")));
                }
                Standing::NietOndersteund { reden } => {
                    let otherwise = format!("het product kent {} niet", order.act);
                    return Ok(Status::NietOndersteund(reason(reden, &otherwise)));
                }
                Standing::Bezig => {}
            }
            sleep(rest).await;
            if begun.elapsed() > REST_MAX {
                rest = (rest * 2).min(REST_MAX);
            }
        }
    }

    async fn exchange(&self, method: Method, path: &str, body: Bytes) -> Result<(StatusCode, Bytes), Fault> {
        let exchanged = async {
            let mut client = HttpClient::new(&self.url, settings(self.limit))?;
            let call = call(&client, method, path, body);
            client.call(call).await
        };
        exchanged.await.map_err(|error| Fault {
            expected: format!("het product antwoordt op {}{path}", self.url),
            got: Stumble::from(error).0,
            explanation: "Het product is niet bereikbaar of breekt de verbinding af. Draait het, en klopt url in de beschrijving? ketenproef doctor --sut zoekt het uit.".to_owned(),
        })
    }
}

fn client(url: &str, limit: Duration) -> Result<HttpClient, Stumble> {
    Ok(HttpClient::new(url, settings(limit))?)
}

fn settings(limit: Duration) -> ClientSettings {
    ClientSettings {
        exchange_wait: limit,
        answer_max_bytes: ANSWER_MAX_BYTES,
        ..ClientSettings::default()
    }
}

fn call(client: &HttpClient, method: Method, path: &str, body: Bytes) -> Call {
    Call {
        operation: "instructie",
        method,
        path: format!("{}{path}", client.prefix()),
        content_type: (!body.is_empty()).then(|| "application/json".to_owned()),
        accept: Some("application/json"),
        headers: Vec::new(),
        body,
    }
}
