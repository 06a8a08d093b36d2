//! How a party of ours asks a service of another: where it is, a token for it, and the question itself (RFC0014 3).
//!
//! A token is used again for the same address and scopes until shortly before it is over. What is refused with 401 is
//! tried once more with a new token; what is not there any more, once more after the address book was read again; nothing
//! else is repeated here: when something is tried later is for the party. Tests: `tests/it/netwerk.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::Method;
use kp_chain::NetworkDeviation;
use kp_chain::netwerk::{Call, Outward, Purpose, Reply, TokenRequest};
use kp_model::network::Network;
use kp_model::{Seed, Stream};
use serde_json::Value;
use tokio_rustls::TlsConnector;

use super::knooppunt::wall_seconds;
use super::trace::Trace;
use super::wire;
use crate::error::ServersError;
use crate::http_client::{Call as HttpCall, HttpAnswer, HttpClient};
use crate::settings::ClientSettings;
use crate::tls::Identity;

/// How long before its end a token is used no more, in seconds.
const TOKEN_MARGIN: i64 = 5;

/// What a party of ours asks others with.
pub struct NetworkClient {
    network: Arc<Network>,
    connector: TlsConnector,
    /// Where the address book is.
    base_url: String,
    settings: ClientSettings,
    book: Option<Book>,
    /// Tokens by address and scopes, with their end.
    tokens: BTreeMap<(String, String), (String, i64)>,
    chance: Stream,
    /// What it does otherwise on purpose.
    deviation: Option<NetworkDeviation>,
}

/// Where services are, by code of the party, function and code of the system role.
type Book = BTreeMap<(String, String), Place>;

/// Where a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    token: String,
    access: String,
    resource: String,
}

impl NetworkClient {
    /// A client of the network with a way in at an address.
    ///
    /// # Errors
    /// When the certificate cannot be used.
    pub fn new(
        network: Arc<Network>,
        identity: &Identity,
        base_url: &str,
        seed: Seed,
    ) -> Result<Self, ServersError> {
        Ok(Self {
            network,
            connector: identity.connector()?,
            base_url: base_url.trim_end_matches('/').to_owned(),
            settings: ClientSettings::default(),
            book: None,
            tokens: BTreeMap::new(),
            chance: seed.derive("traces").stream(),
            deviation: None,
        })
    }

    /// The same client, which does one thing otherwise on purpose.
    #[must_use]
    pub fn deviating(mut self, deviation: Option<NetworkDeviation>) -> Self {
        self.deviation = deviation;
        self
    }

    /// Asks something at a service of another; every failure is a refusal with the status that fits it.
    pub async fn ask(&mut self, outward: &Outward) -> Reply {
        let mut is_book_new = self.deviation == Some(NetworkDeviation::KeepsAddresses);
        let mut is_token_new = self.deviation == Some(NetworkDeviation::KeepsToken);
        loop {
            let place = match self.place(outward).await {
                Ok(Some(place)) => place,
                Ok(None) if !is_book_new => {
                    is_book_new = true;
                    self.book = None;
                    continue;
                }
                Ok(None) => return refused(404, "the address book knows no such service"),
                Err(reply) => return reply,
            };
            let token = match self.token(&place, outward).await {
                Ok(token) => token,
                // An address that nobody publishes any more is not one for which tokens are given.
                Err(Reply::Refused { status: 400, .. }) if !is_book_new => {
                    is_book_new = true;
                    self.book = None;
                    continue;
                }
                Err(reply) => return reply,
            };
            let answer = match self.call(&place, &token, &outward.call).await {
                Ok(answer) => answer,
                Err(error) => return refused(502, &told(&error)),
            };
            match answer.status.as_u16() {
                401 if !is_token_new => {
                    is_token_new = true;
                    self.tokens.clear();
                }
                404 | 410 | 421 if !is_book_new => {
                    is_book_new = true;
                    self.book = None;
                }
                status => return wire::reply(&self.network, &outward.call, status, &answer.body),
            }
        }
    }

    async fn place(&mut self, outward: &Outward) -> Result<Option<Place>, Reply> {
        let book = match self.book.take() {
            Some(book) => book,
            None => self.read_book().await?,
        };
        let code = match &outward.purpose {
            Purpose::Register { code, view: None } => format!("REGISTER_{code}"),
            Purpose::Register {
                code,
                view: Some(view),
            } => format!("REGISTER_{code}_{}", view.to_uppercase()),
            Purpose::Notificatie => self.about("NOTIFICATIE", &outward.call),
            Purpose::Melding => self.about("MELDING", &outward.call),
        };
        let found = book.get(&(outward.of.1.clone(), code)).cloned();
        self.book = Some(book);
        Ok(found)
    }

    /// The system role of an endpoint that takes in, for the register that something is about.
    fn about(&self, function: &str, call: &Call) -> String {
        let record = match call {
            Call::Notify(notice) | Call::Report(notice) => notice.subjects.first(),
            Call::Query(_) => None,
        };
        let entity = record.and_then(|(_, record)| record.split_once('/'));
        let entity = entity.and_then(|(name, _)| self.network.find_entity(name));
        let code = entity.map(|entity| self.network.registers[entity.register].code.as_str());
        format!("{function}_{}", code.unwrap_or_default())
    }

    async fn read_book(&mut self) -> Result<Book, Reply> {
        let url = format!("{}/adresboek", self.base_url);
        let answer = self.exchange(&url, Method::GET, Vec::new(), None).await;
        let answer = answer.map_err(|error| refused(502, &told(&error)))?;
        let entries: Option<Value> = serde_json::from_slice(&answer.body).ok();
        if answer.status.as_u16() != 200 {
            return Err(refused(
                answer.status.as_u16(),
                "the address book gives no answer",
            ));
        }
        let entries = entries.as_ref().and_then(Value::as_array);
        let entries = entries.ok_or_else(|| refused(502, "the address book is no list"))?;
        Ok(entries.iter().flat_map(places).collect())
    }

    async fn token(&mut self, place: &Place, outward: &Outward) -> Result<String, Reply> {
        let mut scopes = outward.scopes.clone();
        if self.deviation == Some(NetworkDeviation::AsksAllScopes)
            && let Purpose::Register { .. } = outward.purpose
        {
            let owned = self.network.entity_ids();
            let owned = owned.filter(|id| self.network.registers[id.register].owner == outward.of.0);
            scopes.extend(owned.map(|id| self.network.read_scope(id, None)));
        }
        let scope = scopes.into_iter().collect::<Vec<_>>().join(" ");
        let key = (place.resource.clone(), scope.clone());
        if let Some((token, end)) = self.tokens.get(&key)
            && wall_seconds() + TOKEN_MARGIN < *end
        {
            return Ok(token.clone());
        }
        let asked = TokenRequest {
            grant_type: "client_credentials".to_owned(),
            scope,
            audience: vec![place.resource.clone()],
            acting_for: None,
        };
        let body = wire::token_body(&asked);
        let answer = self.exchange(&place.token, Method::POST, body, None).await;
        let answer = answer.map_err(|error| refused(502, &told(&error)))?;
        let given: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let status = answer.status.as_u16();
        if status != 200 {
            let text = String::from_utf8_lossy(&answer.body);
            return Err(refused(status, &format!("no token: {text}")));
        }
        let given = given.unwrap_or_default();
        let token = given.get("access_token").and_then(Value::as_str);
        let token = token.ok_or_else(|| refused(502, "the token endpoint gives no token"))?;
        let life = given.get("expires_in").and_then(Value::as_i64).unwrap_or(0);
        let kept = (token.to_owned(), wall_seconds() + life);
        self.tokens.insert(key, kept);
        Ok(token.to_owned())
    }

    async fn call(&mut self, place: &Place, token: &str, call: &Call) -> Result<HttpAnswer, ServersError> {
        let body = wire::body(&self.network, call);
        self.exchange(&place.access, Method::POST, body, Some(token))
            .await
    }

    async fn exchange(
        &mut self,
        url: &str,
        method: Method,
        body: Vec<u8>,
        token: Option<&str>,
    ) -> Result<HttpAnswer, ServersError> {
        let mut client = HttpClient::secure(url, self.settings.clone(), self.connector.clone())?;
        let mut headers: Vec<(&'static str, String)> = match self.deviation {
            Some(NetworkDeviation::NoTrace) => Vec::new(),
            _ => Trace::new(&mut self.chance).headers().into(),
        };
        if let Some(token) = token {
            headers.push(("authorization", format!("Bearer {token}")));
        }
        let call = HttpCall {
            operation: "a call of the network",
            method,
            path: client.prefix().to_owned(),
            content_type: (!body.is_empty()).then(|| wire::JSON.to_owned()),
            accept: None,
            headers,
            body: body.into(),
        };
        client.ask(call).await
    }
}

/// Where the services of an entry of the address book are.
fn places(entry: &Value) -> Vec<((String, String), Place)> {
    let within = |value: &Value, outer: &str, inner: &str| {
        let text = value.get(outer)?.get(inner)?.as_str()?;
        Some(text.to_owned())
    };
    let read = || {
        let id = entry.get("gegevensdienstId")?.as_str()?;
        let code = id.split('_').next()?.to_owned();
        let token = within(entry, "tokenEndpoint", "tokenEndpointuri")?;
        let access = within(entry, "authorizationEndpoint", "authorizationEndpointuri")?;
        let roles = entry.get("systeemrollen")?.as_array()?;
        let places = roles.iter().filter_map(|role| {
            let place = Place {
                token: token.clone(),
                access: access.clone(),
                resource: within(role, "resourceEndpoint", "resourceEndpointuri")?,
            };
            let role = role.get("systeemrolcode")?.as_str()?;
            Some(((code.clone(), role.to_owned()), place))
        });
        Some(places.collect())
    };
    read().unwrap_or_default()
}

fn refused(status: u16, text: &str) -> Reply {
    Reply::Refused {
        status,
        text: text.to_owned(),
    }
}

fn told(error: &ServersError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
