//! Parties of ours as others find them: registers that answer queries, endpoints that take in notificaties and meldingen.
//!
//! Only the way in may call, which its certificate shows; who really asks stands in the header `claims` (RFC0014 4.2). A
//! refusal has a message and no code of its own (RFC0040). Tests: `tests/it/netwerk.rs`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Collected, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use kp_chain::NetworkDeviation;
use kp_chain::netwerk::{Call, Claims, Partij, Purpose, Reply, Unreadable};
use kp_model::network::Network;
use serde_json::{Value, json};

use super::client::NetworkClient;
use super::netwerkpunt::{Kind, Netwerkpunt, Sent};
use super::task::PartijHandle;
use super::{jwt, wire};
use crate::error::ServersError;
use crate::graphql::{Asks, RegisterSchema, json as answer_json, unfit};
use crate::listener::{Answer, ConnectionLimits, Listening, Service};
use crate::tls::{Fingerprint, Identity};

const LIMITS: ConnectionLimits = ConnectionLimits {
    connections_max: 256,
    header_wait: Duration::from_secs(15),
    connection_wait: Duration::from_secs(600),
};

/// Parties behind one address, each under its own name; they stop when this is dropped.
pub struct PartijServer {
    services: Services,
    listening: Listening,
    base_url: String,
}

#[derive(Clone)]
struct Services(Arc<Inner>);

struct Inner {
    network: Arc<Network>,
    schemas: BTreeMap<(usize, Option<String>), RegisterSchema>,
    netwerkpunt: Netwerkpunt,
    /// Who may call.
    knooppunt: Fingerprint,
    /// What it does otherwise on purpose.
    deviation: Option<NetworkDeviation>,
    parties: RwLock<BTreeMap<String, PartijHandle>>,
}

impl PartijServer {
    /// Starts an address without parties on the current runtime; `knooppunt` is the certificate of who may call, and
    /// `deviation` what is done otherwise on purpose.
    ///
    /// # Errors
    /// When the address cannot be listened on, the certificate cannot be used, or the standard makes no schema.
    pub async fn start(
        network: Arc<Network>,
        identity: &Identity,
        address: SocketAddr,
        knooppunt: Fingerprint,
        deviation: Option<NetworkDeviation>,
    ) -> Result<Self, ServersError> {
        let bound = Listening::bind(address).await?;
        let base_url = format!("https://{}", bound.1);
        let services = Services(Arc::new(Inner {
            schemas: RegisterSchema::all(&network).map_err(|reason| ServersError::Unmade {
                machine: "schema of a register",
                reason,
            })?,
            netwerkpunt: Netwerkpunt::new(&network.limits),
            knooppunt,
            deviation,
            parties: RwLock::default(),
            network,
        }));
        let listening = Listening::start(bound, Some(identity.acceptor()?), LIMITS, services.clone());
        Ok(Self {
            services,
            listening,
            base_url,
        })
    }

    /// Has a party live here, under its name.
    #[must_use]
    pub fn add(&self, partij: Partij, client: NetworkClient) -> PartijHandle {
        let name = partij.name().to_owned();
        let handle = PartijHandle::start(partij, client);
        let mut parties = self
            .services
            .0
            .parties
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        parties.insert(name, handle.clone());
        handle
    }

    /// Where a service of a party here is.
    #[must_use]
    pub fn resource(&self, party: &str, purpose: &Purpose) -> String {
        format!("{}/{party}/{}", self.base_url, purpose.path())
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    /// Stops listening and waits until that is done.
    pub async fn stop(self) {
        self.listening.stop().await;
    }
}

/// What a request to a service asks, with how it is answered.
enum Read {
    Query(Asks),
    Sent(Sent),
}

impl Services {
    async fn serve(&self, caller: Option<Fingerprint>, request: Request<Incoming>) -> (u16, Value) {
        let (head, body) = request.into_parts();
        let is_open = self.0.deviation == Some(NetworkDeviation::OpenDoor);
        if caller != Some(self.0.knooppunt) && !is_open {
            return failed(403, "only the way in may call");
        }
        if head.method != Method::POST {
            return failed(405, "a service is asked with POST");
        }
        let path = head.uri.path().trim_matches('/').to_owned();
        let (name, purpose) = path.split_once('/').unwrap_or((&path, ""));
        let party = {
            let parties = self.0.parties.read().unwrap_or_else(PoisonError::into_inner);
            parties.get(name).cloned()
        };
        let Some(party) = party else {
            return failed(404, "there is nothing at this address");
        };
        let Some(claims) = claims(&head.headers) else {
            return failed(401, "it is not said who asks");
        };
        let limits = &self.0.network.limits;
        let bytes_max = self.0.netwerkpunt.bytes_max().max(limits.query_bytes as usize);
        let body = Limited::new(body, bytes_max + 1).collect().await;
        let Ok(body) = body.map(Collected::to_bytes) else {
            return failed(400, "the request is too large");
        };
        let read = match self.read(purpose, &body) {
            Ok(read) => read,
            Err(Unreadable { status, text }) => return failed(status, &text),
        };
        let call = match &read {
            Read::Query(asks) => Call::Query(asks.query.clone()),
            Read::Sent(sent) => sent.call(),
        };
        match (party.call(Arc::new(claims), call).await, read) {
            (Ok(Reply::Records(found)), Read::Query(asks)) => {
                (200, json!({ "data": { asks.response: answer_json(&found) } }))
            }
            (Ok(Reply::Received(number)), Read::Sent(sent)) => (200, sent.answer(number)),
            (Ok(Reply::Refused { status, text }), _) => failed(status, &text),
            (Ok(Reply::Records(_) | Reply::Received(_)), _) => failed(500, "the answer does not fit"),
            (Err(error), _) => {
                tracing::error!(%error, "a party gave no answer");
                failed(503, "the party gives no answer")
            }
        }
    }

    fn read(&self, purpose: &str, body: &Bytes) -> Result<Read, Unreadable> {
        let nowhere = || Unreadable {
            status: 404,
            text: "there is nothing at this address".to_owned(),
        };
        let kind = match purpose {
            "notificatie" => Kind::Notificatie,
            "melding" => Kind::Melding,
            _ => {
                let register = purpose.strip_prefix("register/").ok_or_else(nowhere)?;
                let (code, view) = match register.split_once('/') {
                    Some((code, view)) => (code, Some(view.to_owned())),
                    None => (register, None),
                };
                let place = self
                    .0
                    .network
                    .register(&code.to_uppercase())
                    .map(|(place, _)| place);
                let schema = place.and_then(|place| self.0.schemas.get(&(place, view)));
                return Ok(Read::Query(schema.ok_or_else(nowhere)?.read(body)?));
            }
        };
        let sent = self.0.netwerkpunt.read(body)?;
        if sent.kind == kind {
            Ok(Read::Sent(sent))
        } else {
            Err(unfit(
                "this endpoint takes in the other of notificaties and meldingen",
            ))
        }
    }
}

impl Service for Services {
    async fn answer(&self, caller: Option<Fingerprint>, request: Request<Incoming>) -> Answer {
        let accept = request
            .headers()
            .get(ACCEPT)
            .and_then(|accept| accept.to_str().ok());
        let is_json_asked = self.0.deviation != Some(NetworkDeviation::OneMediaType)
            && accept
                .unwrap_or_default()
                .split(',')
                .any(|kind| kind.trim().starts_with(wire::JSON));
        let (status, mut content) = self.serve(caller, request).await;
        let (status, content_type) = match status {
            // What is well formed is 200 in the older type, also when there is no data (RFC0040 2.4).
            400 if is_json_asked => {
                content["data"] = Value::Null;
                (200, wire::JSON)
            }
            status if is_json_asked => (status, wire::JSON),
            status => (status, wire::GRAPHQL_RESPONSE),
        };
        let mut response = Response::new(Full::new(Bytes::from(content.to_string())));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        response
    }
}

/// Who asks, as the way in says it.
fn claims(headers: &HeaderMap) -> Option<Claims> {
    let text = headers.get("claims")?.as_bytes();
    jwt::from_json(&serde_json::from_slice(text).ok()?)
}

fn failed(status: u16, text: &str) -> (u16, Value) {
    (status, json!({ "errors": [{ "message": text }] }))
}
