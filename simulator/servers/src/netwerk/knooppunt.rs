//! The way in behind HTTP: token endpoint, address book, and the point through which every call goes.
//!
//! It reads bytes, names who called by the certificate of the connection, asks the machine, and brings what goes on to who
//! serves it with the payload of the token in the header `claims`. What went over it is kept for who watches. The machine
//! answers at once, so it stands behind a lock. Tests: `tests/it/netwerk.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use kp_chain::netwerk::{
    Call, Claims, Clocks, DecisionLine, Knooppunt, KnooppuntInput, KnooppuntOutput, Purpose, Question,
    Record, Refusal, Reply, Service as Offered, TokenRequest, Unreadable,
};
use kp_chain::vsp::RequestId;
use kp_chain::{FaultPlan, SimTime};
use kp_model::Seed;
use kp_model::network::Network;
use serde_json::{Value, json};
use tokio_rustls::TlsConnector;

use super::jwt::{self, TokenKey};
use super::netwerkpunt::Netwerkpunt;
use super::trace::Trace;
use super::wire;
use crate::error::ServersError;
use crate::graphql::RegisterSchema;
use crate::http_client::{Call as HttpCall, HttpAnswer, HttpClient};
use crate::listener::{Answer, ConnectionLimits, Listening, Service};
use crate::settings::ClientSettings;
use crate::tls::{Fingerprint, Identity};

/// How long who serves may take; a question that a decision hangs on has the same.
const FORWARD_WAIT: Duration = Duration::from_secs(10);
const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// The largest answer that is brought back.
const ANSWER_MAX_BYTES: usize = 4 * 1024 * 1024;
/// The largest request for a token.
const TOKEN_MAX_BYTES: usize = 16 * 1024;
/// How many calls and how many bytes of them are kept for who watches; what is older goes first.
const EXCHANGES_MAX: usize = 16_384;
const EXCHANGES_MAX_BYTES: usize = 128 * 1024 * 1024;
/// The part of the identification of a service that says that nothing here is real.
const ENVIRONMENT: &str = "TST";
/// Where the ways in to services begin.
const ACCESS: &str = "toegang";

const LIMITS: ConnectionLimits = ConnectionLimits {
    connections_max: 512,
    header_wait: Duration::from_secs(15),
    connection_wait: Duration::from_secs(600),
};

/// Something that went over the way in.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The place among all that came in.
    pub number: u64,
    /// Business time.
    pub at: SimTime,
    /// Who called, as the list of who takes part names the owner of the certificate.
    pub caller: Option<String>,
    /// What was asked.
    pub asked: Asked,
    /// What the token said that was shown, when it was one.
    pub claims: Option<Arc<Claims>>,
    /// The trace, when it had one of the right form.
    pub trace: Option<Trace>,
    /// Whether the body was said to be JSON.
    pub is_json: bool,
    /// The body.
    pub request: Bytes,
    /// The status of the answer.
    pub status: u16,
    /// What the answer is said to be.
    pub content_type: String,
    /// The body of the answer.
    pub response: Bytes,
    /// Whether it went on to who serves it, so that the answer is theirs.
    pub is_forwarded: bool,
    /// What was decided about it.
    pub decision: Option<DecisionLine>,
}

/// What was asked at the way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A token.
    Token(TokenRequest),
    /// The address book.
    Adresboek,
    /// A service of somebody; what, when that could be read.
    Call {
        /// The address that it is published under.
        address: String,
        /// Whose, and what it is for.
        service: Offered,
        /// What was asked.
        call: Option<Call>,
    },
    /// Something that is not there.
    Nowhere(String),
}

/// The way in, listening; it stops when this is dropped.
pub struct KnooppuntServer {
    handle: KnooppuntHandle,
    listening: Listening,
}

/// A hold on a way in that listens.
#[derive(Clone)]
pub struct KnooppuntHandle(Arc<Inner>);

struct Inner {
    network: Arc<Network>,
    schemas: BTreeMap<(usize, Option<String>), RegisterSchema>,
    netwerkpunt: Netwerkpunt,
    key: TokenKey,
    connector: TlsConnector,
    base_url: String,
    state: Mutex<State>,
}

struct State {
    machine: Knooppunt,
    now: SimTime,
    requests: u64,
    chance: kp_model::Stream,
    exchanges: VecDeque<Exchange>,
    kept_bytes: usize,
    /// What goes wrong around parties.
    faults: FaultPlan,
}

/// What came of a call.
struct Outcome {
    answer: HttpAnswer,
    is_forwarded: bool,
    decision: Option<DecisionLine>,
}

impl KnooppuntServer {
    /// Starts a way in without parties on the current runtime.
    ///
    /// # Errors
    /// When the address cannot be listened on, the certificate cannot be used, or the standard makes no schema.
    pub async fn start(
        network: Arc<Network>,
        identity: &Identity,
        address: SocketAddr,
        extern_adres: Option<&str>,
        seed: Seed,
    ) -> Result<Self, ServersError> {
        let bound = Listening::bind(address).await?;
        let own = format!("https://{}", bound.1);
        let base_url = extern_adres.unwrap_or(&own).trim_end_matches('/').to_owned();
        let state = State {
            machine: Knooppunt::new(Arc::clone(&network), seed),
            now: SimTime::EPOCH,
            requests: 0,
            chance: seed.derive("knooppunt traces").stream(),
            exchanges: VecDeque::new(),
            kept_bytes: 0,
            faults: FaultPlan::default(),
        };
        let handle = KnooppuntHandle(Arc::new(Inner {
            schemas: RegisterSchema::all(&network).map_err(|reason| ServersError::Unmade {
                machine: "schema of a register",
                reason,
            })?,
            netwerkpunt: Netwerkpunt::new(&network.limits),
            key: TokenKey::new()?,
            connector: identity.connector()?,
            base_url,
            state: Mutex::new(state),
            network,
        }));
        let listening = Listening::start(bound, Some(identity.acceptor()?), LIMITS, handle.clone());
        Ok(Self { handle, listening })
    }

    /// A hold on it.
    #[must_use]
    pub fn handle(&self) -> KnooppuntHandle {
        self.handle.clone()
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

impl KnooppuntHandle {
    /// The address that parties use, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// Changes who takes part, who is assigned to what, what is served where.
    pub fn change<T>(&self, change: impl FnOnce(&mut Knooppunt) -> T) -> T {
        change(&mut self.state().machine)
    }

    /// Begins anew, without parties.
    pub fn begin_anew(&self, seed: Seed) {
        let mut state = self.state();
        state.machine = Knooppunt::new(Arc::clone(&self.0.network), seed);
        state.exchanges.clear();
        state.kept_bytes = 0;
        state.faults = FaultPlan::default();
    }

    /// Sets business time.
    pub fn set_time(&self, now: SimTime) {
        self.state().now = now;
    }

    /// Business time.
    #[must_use]
    pub fn time(&self) -> SimTime {
        self.state().now
    }

    /// Puts the services of a party out, or back.
    pub fn put_out(&self, party: &str, is_out: bool) {
        let mut state = self.state();
        let now = state.now;
        if is_out {
            state.faults.put_out(party, now, None);
        } else {
            state.faults.bring_back(party, now);
        }
    }

    /// What went over it since this was last asked and has ended, in the order in which it began.
    #[must_use]
    pub fn take_exchanges(&self) -> Vec<Exchange> {
        let mut state = self.state();
        state.kept_bytes = 0;
        let mut ended = Vec::from(std::mem::take(&mut state.exchanges));
        ended.sort_by_key(|exchange| exchange.number);
        ended
    }

    /// How many requests came in so far.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.state().requests
    }

    /// Brings something to who serves it past every check, as on behalf of who the claims name: to see what is made of
    /// what should never have come through. It is kept like anything that came in.
    pub async fn bring(
        &self,
        service: &Offered,
        claims: &Claims,
        accept: &str,
        (call, body): (Call, Bytes),
    ) -> HttpAnswer {
        let number = self.begin().0;
        let (address, trace, at) = {
            let mut state = self.state();
            let address = state.machine.adresboek.find(service).map(str::to_owned);
            let trace = Trace::new(&mut state.chance);
            (address.unwrap_or_default(), trace, state.now)
        };
        let answer = self
            .forward(
                service,
                &address,
                &jwt::to_json(claims),
                accept,
                &trace,
                body.clone(),
            )
            .await;
        self.keep(Exchange {
            number,
            at,
            caller: None,
            asked: Asked::Call {
                address,
                service: service.clone(),
                call: Some(call),
            },
            claims: Some(Arc::new(claims.clone())),
            trace: Some(trace),
            is_json: true,
            request: body,
            status: answer.status.as_u16(),
            content_type: answer.content_type.clone(),
            response: answer.body.clone(),
            is_forwarded: true,
            decision: None,
        });
        answer
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done when a thread panics within: the machine changes in one call.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the machine makes of an input, and the trace of what follows.
    fn step(&self, input: KnooppuntInput) -> Vec<KnooppuntOutput> {
        let mut state = self.state();
        let clocks = Clocks {
            business: state.now,
            protocol: wall_seconds(),
        };
        state.machine.handle(clocks, input);
        std::iter::from_fn(|| state.machine.poll_output()).collect()
    }

    fn begin(&self) -> RequestId {
        let mut state = self.state();
        state.requests += 1;
        RequestId(state.requests)
    }

    fn keep(&self, exchange: Exchange) {
        let bytes = |exchange: &Exchange| exchange.request.len() + exchange.response.len();
        let mut state = self.state();
        state.kept_bytes += bytes(&exchange);
        state.exchanges.push_back(exchange);
        while state.exchanges.len() > EXCHANGES_MAX || state.kept_bytes > EXCHANGES_MAX_BYTES {
            let Some(oldest) = state.exchanges.pop_front() else {
                return;
            };
            state.kept_bytes -= bytes(&oldest);
        }
    }

    fn token(
        &self,
        request: RequestId,
        certificate: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> (Asked, HttpAnswer) {
        let asked = wire::token_request(header(headers, CONTENT_TYPE.as_str()), body);
        let outputs = self.step(KnooppuntInput::Token {
            request,
            certificate: certificate.to_owned(),
            asked: asked.clone(),
        });
        let result = outputs.into_iter().find_map(|output| match output {
            KnooppuntOutput::Token { result, .. } => Some(result),
            KnooppuntOutput::Refused { .. }
            | KnooppuntOutput::Forward { .. }
            | KnooppuntOutput::Ask { .. }
            | KnooppuntOutput::Decided(_) => None,
        });
        let answer = match result {
            Some(Ok(claims)) => match self.0.key.sign(&claims) {
                Ok(token) => {
                    let given = json!({
                        "access_token": token,
                        "token_type": "Bearer",
                        "expires_in": claims.exp - claims.iat,
                    });
                    document(200, &given)
                }
                Err(error) => {
                    tracing::error!(%error, "a token could not be signed");
                    document(500, &json!({ "error": "server_error" }))
                }
            },
            Some(Err(refusal)) => document(refusal.status, &token_refusal(&refusal)),
            None => document(500, &json!({ "error": "server_error" })),
        };
        (Asked::Token(asked), answer)
    }

    /// The services behind a way in, with the addresses under which they are published.
    fn services(&self, path: &str) -> Vec<(String, Offered)> {
        let state = self.state();
        let listed = state.machine.adresboek.iter();
        listed
            .filter(|(_, service)| access_path(service) == path)
            .map(|(address, service)| (address.to_owned(), service.clone()))
            .collect()
    }

    fn read(&self, service: &Offered, is_json: bool, body: &[u8]) -> Result<Call, Unreadable> {
        if !is_json {
            return Err(crate::graphql::unfit("Content-Type must be application/json"));
        }
        match &service.purpose {
            Purpose::Register { code, view } => {
                let place = self.0.network.register(code).map(|(place, _)| place);
                let schema = place.and_then(|place| self.0.schemas.get(&(place, view.clone())));
                let schema = schema.ok_or_else(|| crate::graphql::unfit("No operation found to evaluate"))?;
                Ok(Call::Query(schema.read(body)?.query))
            }
            Purpose::Notificatie | Purpose::Melding => Ok(self.0.netwerkpunt.read(body)?.call()),
        }
    }

    async fn call(
        &self,
        request: RequestId,
        certificate: &str,
        claims: Option<Arc<Claims>>,
        (address, service): (&str, &Offered),
        call: Result<Call, Unreadable>,
        (headers, trace, body): (&HeaderMap, &Trace, &Bytes),
    ) -> Outcome {
        let mut input = KnooppuntInput::Call {
            request,
            certificate: certificate.to_owned(),
            claims,
            address: address.to_owned(),
            call,
        };
        let mut decision = None;
        loop {
            let mut next = None;
            for output in self.step(input) {
                match output {
                    KnooppuntOutput::Decided(line) => decision = Some(line),
                    KnooppuntOutput::Refused { reply, .. } => {
                        let (status, text) = match reply {
                            Reply::Refused { status, text } => (status, text),
                            Reply::Records(_) | Reply::Received(_) => (500, String::new()),
                        };
                        let (content_type, body) = wire::refusal(status, &text);
                        return Outcome {
                            answer: answered(status, content_type, body.into()),
                            is_forwarded: false,
                            decision,
                        };
                    }
                    KnooppuntOutput::Forward { claims, .. } => {
                        let accept = header(headers, ACCEPT.as_str());
                        let payload = jwt::to_json(&claims);
                        let answer = self
                            .forward(service, address, &payload, accept, trace, body.clone())
                            .await;
                        return Outcome {
                            answer,
                            is_forwarded: true,
                            decision,
                        };
                    }
                    KnooppuntOutput::Ask { owner, question, .. } => {
                        let records = self.ask(&owner, &question, trace).await;
                        next = Some(KnooppuntInput::Answer { request, records });
                    }
                    KnooppuntOutput::Token { .. } => {}
                }
            }
            match next {
                Some(answer) => input = answer,
                None => {
                    let (content_type, body) = wire::refusal(500, "nothing was decided");
                    return Outcome {
                        answer: answered(500, content_type, body.into()),
                        is_forwarded: false,
                        decision,
                    };
                }
            }
        }
    }

    /// Brings a request to who serves it; who cannot be reached, or is too late, gives 502 or 504.
    async fn forward(
        &self,
        service: &Offered,
        address: &str,
        claims: &Value,
        accept: &str,
        trace: &Trace,
        body: Bytes,
    ) -> HttpAnswer {
        let trace = {
            let mut state = self.state();
            if state.faults.is_out(&service.owner, state.now) {
                let (content_type, body) = wire::refusal(502, "the service is not reached");
                return answered(502, content_type, body.into());
            }
            trace.next(&mut state.chance)
        };
        let settings = ClientSettings {
            indiener: None,
            connect_wait: CONNECT_WAIT,
            exchange_wait: FORWARD_WAIT,
            answer_max_bytes: ANSWER_MAX_BYTES,
        };
        let mut headers: Vec<(&'static str, String)> = trace.headers().into();
        headers.push(("claims", claims.to_string()));
        let is_json_asked = accept.split(',').any(|kind| kind.trim().starts_with(wire::JSON));
        let asked = async {
            let mut client = HttpClient::secure(address, settings, self.0.connector.clone())?;
            let call = HttpCall {
                operation: "a call of the network",
                method: Method::POST,
                path: client.prefix().to_owned(),
                content_type: Some(wire::JSON.to_owned()),
                accept: Some(if is_json_asked {
                    wire::JSON
                } else {
                    wire::GRAPHQL_RESPONSE
                }),
                headers,
                body,
            };
            client.ask(call).await
        };
        match asked.await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::debug!(%error, "a service was not reached");
                let status = if matches!(error, ServersError::Timeout { .. }) {
                    504
                } else {
                    502
                };
                let (content_type, body) = wire::refusal(status, "the service is not reached");
                answered(status, content_type, body.into())
            }
        }
    }

    /// Asks the register of an owner what a decision hangs on; none when there is no good answer.
    async fn ask(&self, owner: &str, question: &Question, trace: &Trace) -> Option<Vec<Record>> {
        let network = &self.0.network;
        let service = Offered {
            owner: owner.to_owned(),
            purpose: Purpose::Register {
                code: network.registers[question.entity.register].code.clone(),
                view: None,
            },
        };
        let address = self.state().machine.adresboek.find(&service)?.to_owned();
        let query = question.query(network);
        let body = wire::query_body(network, &query);
        let asks = json!({
            "iss": network.token.issuer,
            "sub": "knooppunt",
            "client_id": "knooppunt",
            "aud": address,
            "iat": 0,
            "nbf": 0,
            "exp": 0,
            "jti": uuid::Uuid::nil(),
            "scopes": [network.read_scope(question.entity, None)],
            "cnf": { "x5t#S256": "" },
        });
        let answer = self
            .forward(&service, &address, &asks, "", trace, body.into())
            .await;
        if answer.status != StatusCode::OK {
            return None;
        }
        let read: Value = serde_json::from_slice(&answer.body).ok()?;
        let found = wire::records(network, &query, &read)?;
        found
            .into_iter()
            .map(|values| question.record(network, values))
            .collect()
    }

    /// The address book: for each party and function where its token is asked, where it is called and what is behind it.
    fn adresboek(&self) -> Value {
        let state = self.state();
        let machine = &state.machine;
        let mut entries: BTreeMap<String, Vec<(&str, &Offered)>> = BTreeMap::new();
        for (address, service) in machine.adresboek.iter() {
            entries
                .entry(access_path(service))
                .or_default()
                .push((address, service));
        }
        let base = &self.0.base_url;
        let written = entries.iter().map(|(path, services)| {
            let (owner, function) = services.first().map_or(("", ""), |(_, service)| {
                (service.owner.as_str(), function(service))
            });
            let roles = services.iter().flat_map(|(address, service)| {
                let codes = self.role_codes(service);
                codes.into_iter().map(move |code| {
                    json!({
                        "systeemrolcode": code,
                        "resourceEndpoint": { "resourceEndpointuri": address },
                    })
                })
            });
            let codes = machine.deelnemers.get(owner).map(|owner| &owner.identities);
            let code = codes
                .and_then(|codes| codes.values().next())
                .map_or(owner, String::as_str);
            let function = function.to_uppercase();
            json!({
                "description": format!("{function} van {code}"),
                "gegevensdienstId": format!("{code}_{function}_{ENVIRONMENT}"),
                "weergavenaam": format!("{function} {code}"),
                "authorizationEndpoint": { "authorizationEndpointuri": format!("{base}/{path}") },
                "tokenEndpoint": { "tokenEndpointuri": format!("{base}/token") },
                "systeemrollen": roles.collect::<Vec<_>>(),
            })
        });
        Value::Array(written.collect())
    }

    /// `REGISTER_TR`, `REGISTER_CR_EXTRA`; of an endpoint that takes in, one for each register that it is about.
    fn role_codes(&self, service: &Offered) -> Vec<String> {
        let codes = || self.0.network.registers.iter().map(|register| &register.code);
        match &service.purpose {
            Purpose::Register { code, view: None } => vec![format!("REGISTER_{code}")],
            Purpose::Register {
                code,
                view: Some(view),
            } => vec![format!("REGISTER_{code}_{}", view.to_uppercase())],
            Purpose::Notificatie => codes().map(|code| format!("NOTIFICATIE_{code}")).collect(),
            Purpose::Melding => codes().map(|code| format!("MELDING_{code}")).collect(),
        }
    }

    async fn route(&self, certificate: &str, incoming: Request<Incoming>) -> (Exchange, HttpAnswer) {
        let (head, body) = incoming.into_parts();
        let headers = head.headers;
        let path = head.uri.path().trim_matches('/').to_owned();
        let given = Trace::of(&headers);
        let is_json = header(&headers, CONTENT_TYPE.as_str())
            .split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(wire::JSON));
        let request = self.begin();
        let mut exchange = Exchange {
            number: request.0,
            at: self.time(),
            caller: self.change(|machine| {
                let owner = machine.deelnemers.of_certificate(certificate);
                owner.map(|owner| owner.name.clone())
            }),
            asked: Asked::Nowhere(path.clone()),
            claims: None,
            trace: given.clone(),
            is_json,
            request: Bytes::new(),
            status: 404,
            content_type: String::new(),
            response: Bytes::new(),
            is_forwarded: false,
            decision: None,
        };
        let nowhere = |status| {
            let (content_type, body) = wire::refusal(status, "there is nothing at this address");
            answered(status, content_type, body.into())
        };
        let services = self.services(&path);
        let bytes_max = if path == "token" {
            TOKEN_MAX_BYTES
        } else {
            self.0
                .netwerkpunt
                .bytes_max()
                .max(self.0.network.limits.query_bytes as usize)
        };
        // One byte more is read, so that what is too large is known from what just fits.
        let read = Limited::new(body, bytes_max + 1).collect().await;
        let Ok(body) = read.map(http_body_util::Collected::to_bytes) else {
            let (content_type, body) =
                wire::refusal(400, &format!("the request is larger than {bytes_max} bytes"));
            return (exchange, answered(400, content_type, body.into()));
        };
        exchange.request = body.clone();
        let answer = match (&head.method, path.as_str()) {
            (&Method::POST, "token") => {
                let (asked, answer) = self.token(request, certificate, &headers, &body);
                exchange.asked = asked;
                answer
            }
            (&Method::GET, "adresboek") => {
                exchange.asked = Asked::Adresboek;
                match &exchange.caller {
                    Some(_) => document(200, &self.adresboek()),
                    None => nowhere(403),
                }
            }
            (&Method::POST, _) if !services.is_empty() => {
                let token = header(&headers, AUTHORIZATION.as_str()).strip_prefix("Bearer ");
                let claims = token
                    .and_then(|token| self.0.key.read(token.trim()))
                    .map(Arc::new);
                let named = claims.as_ref().and_then(|claims| {
                    let mut services = services.iter();
                    services.find(|(address, _)| *address == claims.aud)
                });
                let (address, service) = named.unwrap_or(&services[0]);
                let call = self.read(service, is_json, &body);
                exchange.claims.clone_from(&claims);
                exchange.asked = Asked::Call {
                    address: address.clone(),
                    service: service.clone(),
                    call: call.as_ref().ok().cloned(),
                };
                let trace = given.unwrap_or_else(|| Trace::new(&mut self.state().chance));
                let outcome = self
                    .call(
                        request,
                        certificate,
                        claims,
                        (address, service),
                        call,
                        (&headers, &trace, &body),
                    )
                    .await;
                exchange.is_forwarded = outcome.is_forwarded;
                exchange.decision = outcome.decision;
                outcome.answer
            }
            _ => nowhere(404),
        };
        (exchange, answer)
    }
}

impl Service for KnooppuntHandle {
    async fn answer(&self, caller: Option<Fingerprint>, request: Request<Incoming>) -> Answer {
        let certificate = caller.map(|caller| caller.to_string()).unwrap_or_default();
        let (mut exchange, answer) = self.route(&certificate, request).await;
        exchange.status = answer.status.as_u16();
        exchange.content_type.clone_from(&answer.content_type);
        exchange.response = answer.body.clone();
        self.keep(exchange);
        let mut response = Response::new(Full::new(answer.body));
        *response.status_mut() = answer.status;
        if let Ok(content_type) = HeaderValue::from_str(&answer.content_type) {
            response.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        response
    }
}

/// The path of the way in to a service: of its owner and function.
fn access_path(service: &Offered) -> String {
    format!("{ACCESS}/{}/{}", service.owner, function(service))
}

fn function(service: &Offered) -> &'static str {
    match service.purpose {
        Purpose::Register { .. } => "register",
        Purpose::Notificatie => "notificatie",
        Purpose::Melding => "melding",
    }
}

fn token_refusal(refusal: &Refusal) -> Value {
    match refusal.text {
        // RFC0014 6.1 gives these as they stand.
        "Access denied, invalid scope" => {
            json!({ "error": "invalid_scope", "error_description": refusal.text })
        }
        text => json!(text),
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

fn document(status: u16, content: &Value) -> HttpAnswer {
    answered(status, wire::JSON, content.to_string().into_bytes().into())
}

fn answered(status: u16, content_type: &str, body: Bytes) -> HttpAnswer {
    HttpAnswer {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        content_type: content_type.to_owned(),
        body,
    }
}

/// The clock of the protocol, in seconds since the Unix epoch.
pub(super) fn wall_seconds() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
