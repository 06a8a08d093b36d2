//! A client of VSP over HTTP: requests of a machine in, calls out, replies back.
//!
//! It keeps one connection and renews it when the other side has closed it. It never sends a request twice unless none of
//! it was sent. What a reply means is the machine's business. Tests are in `tests/it`.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use kp_chain::vsp::path::{PULL, PUSH, STATUS_V3};
use kp_chain::vsp::{BerichtMetadataPush, FieldProblem, ReceiptRefusal, StatusQuery, VspReply, VspRequest};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::error::ServersError;
use crate::settings::ClientSettings;

const INDIENER_HEADER: &str = "X-Sim-Indiener";
const JSON: &str = "application/json";
const BINARY: &str = "application/octet-stream";

/// A client of VSP.
#[derive(Debug)]
pub struct VspClient {
    settings: ClientSettings,
    address: String,
    /// What stands before every path: the environment, or nothing.
    prefix: String,
    connection: Option<SendRequest<Full<Bytes>>>,
}

/// A call as HTTP knows it.
struct Call {
    operation: &'static str,
    method: Method,
    path: String,
    content_type: Option<String>,
    accept: Option<&'static str>,
    body: Bytes,
}

impl VspClient {
    /// A client of the hub at an address, as in `http://127.0.0.1:8080/tst`; it connects at its first call.
    ///
    /// # Errors
    ///
    /// When the address is not one of plain HTTP.
    pub fn new(base_url: &str, settings: ClientSettings) -> Result<Self, ServersError> {
        let fault = |reason: &str| ServersError::BaseUrl {
            base_url: base_url.to_owned(),
            reason: reason.to_owned(),
        };
        let uri: Uri = base_url.parse().map_err(|_| fault("it is not a URL"))?;
        if uri.scheme_str() != Some("http") {
            return Err(fault("it must begin with http://"));
        }
        let host = uri.host().ok_or_else(|| fault("it names no host"))?;
        let address = format!("{host}:{}", uri.port_u16().unwrap_or(80));
        Ok(Self {
            settings,
            address,
            prefix: uri.path().trim_end_matches('/').to_owned(),
            connection: None,
        })
    }

    /// Calls the hub and reads its answer.
    ///
    /// # Errors
    ///
    /// When nobody answers in time, or the answer is not one that the interface knows.
    pub async fn call(&mut self, request: &VspRequest) -> Result<VspReply, ServersError> {
        let call = self.call_of(request);
        let operation = call.operation;
        let wait = self.settings.exchange_wait;
        let exchanged = tokio::time::timeout(wait, self.exchange(call)).await;
        let (status, body) = exchanged.unwrap_or_else(|_| {
            self.connection = None;
            Err(ServersError::Timeout {
                operation,
                address: self.address.clone(),
                waited_ms: milliseconds(wait),
            })
        })?;
        reply(request, operation, status, body)
    }

    fn call_of(&self, request: &VspRequest) -> Call {
        let prefix = &self.prefix;
        let get = |operation, path, accept| Call {
            operation,
            method: Method::GET,
            path,
            content_type: None,
            accept: Some(accept),
            body: Bytes::new(),
        };
        match request {
            VspRequest::Push { metadata, payload } => {
                let (content_type, body) = form(metadata, payload);
                Call {
                    operation: "push",
                    method: Method::POST,
                    path: format!("{prefix}{PUSH}/berichten"),
                    content_type: Some(content_type),
                    accept: None,
                    body,
                }
            }
            VspRequest::List { limit } => {
                get("list", format!("{prefix}{PULL}/berichten?limit={limit}"), JSON)
            }
            VspRequest::Payload { traceer_id } => get(
                "payload",
                format!("{prefix}{PULL}/berichten/{traceer_id}/payload"),
                BINARY,
            ),
            VspRequest::Confirm { traceer_id } => Call {
                operation: "confirm",
                method: Method::DELETE,
                path: format!("{prefix}{PULL}/berichten/{traceer_id}"),
                content_type: None,
                accept: None,
                body: Bytes::new(),
            },
            VspRequest::Status(query) => {
                let query = match query {
                    StatusQuery::TraceerId(traceer_id) => format!("traceerId={traceer_id}"),
                    StatusQuery::ConversatieId(conversatie_id) => format!("conversatieId={conversatie_id}"),
                };
                get(
                    "status",
                    format!("{prefix}{STATUS_V3}/berichtstatussen?{query}"),
                    JSON,
                )
            }
        }
    }

    async fn exchange(&mut self, call: Call) -> Result<(StatusCode, Bytes), ServersError> {
        let operation = call.operation;
        let mut request = self.http_request(call)?;
        let mut is_fresh = false;
        let response = loop {
            let mut connection = match self.connection.take() {
                Some(connection) if connection.is_ready() => connection,
                Some(_) | None => {
                    is_fresh = true;
                    self.connect(operation).await?
                }
            };
            match connection.try_send_request(request).await {
                Ok(response) => {
                    self.connection = Some(connection);
                    break response;
                }
                Err(mut error) => match error.take_message() {
                    // The kept connection was closed before any of this request was sent.
                    Some(unsent) if !is_fresh => request = unsent,
                    Some(_) | None => return Err(self.broken(operation, error.into_error())),
                },
            }
        };
        let status = response.status();
        let body = Limited::new(response.into_body(), self.settings.answer_max_bytes);
        let body = body.collect().await.map_err(|error| {
            self.connection = None;
            ServersError::Answer {
                operation,
                status: status.as_u16(),
                reason: error.to_string(),
            }
        })?;
        Ok((status, body.to_bytes()))
    }

    async fn connect(&self, operation: &'static str) -> Result<SendRequest<Full<Bytes>>, ServersError> {
        let wait = self.settings.connect_wait;
        let address = || self.address.clone();
        let stream = tokio::time::timeout(wait, TcpStream::connect(&self.address))
            .await
            .map_err(|_| ServersError::Timeout {
                operation,
                address: address(),
                waited_ms: milliseconds(wait),
            })?
            .map_err(|source| ServersError::Connect {
                address: address(),
                source,
            })?;
        let (mut sender, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.broken(operation, error))?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the hub ended early");
            }
        });
        sender
            .ready()
            .await
            .map_err(|error| self.broken(operation, error))?;
        Ok(sender)
    }

    fn http_request(&self, call: Call) -> Result<Request<Full<Bytes>>, ServersError> {
        let mut request = Request::builder()
            .method(call.method)
            .uri(&call.path)
            .header(HOST, &self.address);
        if let Some(indiener) = &self.settings.indiener {
            request = request.header(INDIENER_HEADER, indiener);
        }
        if let Some(accept) = call.accept {
            request = request.header(ACCEPT, accept);
        }
        if let Some(content_type) = call.content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        request
            .body(Full::new(call.body))
            .map_err(|error| ServersError::BaseUrl {
                base_url: format!("http://{}{}", self.address, self.prefix),
                reason: error.to_string(),
            })
    }

    fn broken(&self, operation: &'static str, source: hyper::Error) -> ServersError {
        ServersError::Exchange {
            operation,
            address: self.address.clone(),
            source,
        }
    }
}

/// The form of a push, as generated clients write it, with its content type.
fn form(metadata: &BerichtMetadataPush, payload: &Bytes) -> (String, Bytes) {
    let json = serde_json::to_vec(metadata).expect("metadata has only text keys and numbers");
    // The identifier of the message is in its own metadata and nowhere in a payload that is a message or an archive.
    let boundary = format!("ketenproef-{}", metadata.referentiegegevens.traceer_id);
    let mut form = Vec::with_capacity(json.len() + payload.len() + 512);
    for (disposition, content) in [
        ("name=berichtMetadata", json.as_slice()),
        (
            "name=payload; filename=payload; filename*=utf-8''payload",
            payload,
        ),
    ] {
        form.extend_from_slice(
            format!("--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n").as_bytes(),
        );
        form.extend_from_slice(content);
        form.extend_from_slice(b"\r\n");
    }
    form.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), form.into())
}

/// The reply that an answer stands for; the exact code counts.
fn reply(
    request: &VspRequest,
    operation: &'static str,
    status: StatusCode,
    body: Bytes,
) -> Result<VspReply, ServersError> {
    match (request, status) {
        (VspRequest::Push { .. }, StatusCode::NO_CONTENT) => Ok(VspReply::Received),
        (VspRequest::Push { .. }, StatusCode::UNPROCESSABLE_ENTITY) => {
            read::<Value>(operation, status, &body).map(|problem| VspReply::Refused(refusal(&problem)))
        }
        (
            VspRequest::Push { .. } | VspRequest::List { .. } | VspRequest::Status(_),
            StatusCode::BAD_REQUEST,
        ) => read::<Value>(operation, status, &body).map(|problem| VspReply::Invalid(problems(&problem))),
        (VspRequest::List { .. }, StatusCode::OK) => read(operation, status, &body).map(VspReply::List),
        (VspRequest::Status(_), StatusCode::OK) => read(operation, status, &body).map(VspReply::Status),
        (VspRequest::Payload { .. }, StatusCode::OK) => Ok(VspReply::Payload(body)),
        (VspRequest::Confirm { .. }, StatusCode::ACCEPTED) => Ok(VspReply::Confirmed),
        (VspRequest::Payload { .. } | VspRequest::Confirm { .. }, StatusCode::NOT_FOUND) => {
            Ok(VspReply::NotFound)
        }
        _ => {
            let reason = String::from_utf8_lossy(&body).chars().take(200).collect();
            Err(ServersError::Answer {
                operation,
                status: status.as_u16(),
                reason,
            })
        }
    }
}

fn read<T: DeserializeOwned>(
    operation: &'static str,
    status: StatusCode,
    body: &[u8],
) -> Result<T, ServersError> {
    serde_json::from_slice(body).map_err(|error| ServersError::Answer {
        operation,
        status: status.as_u16(),
        reason: error.to_string(),
    })
}

/// The refusal in a problem body; the code is the member of that name, else the first of the errors.
fn refusal(problem: &Value) -> ReceiptRefusal {
    let first = problems(problem).into_iter().next();
    let text = |member: &str| problem.get(member).and_then(Value::as_str).map(ToOwned::to_owned);
    ReceiptRefusal {
        code: text("code")
            .or_else(|| first.as_ref().map(|first| first.path.clone()))
            .unwrap_or_default(),
        title: text("title").unwrap_or_default(),
        detail: first.map(|first| first.problem).unwrap_or_default(),
    }
}

fn problems(problem: &Value) -> Vec<FieldProblem> {
    let Some(errors) = problem.get("errors").and_then(Value::as_object) else {
        return Vec::new();
    };
    errors
        .iter()
        .flat_map(|(path, texts)| {
            texts
                .as_array()
                .into_iter()
                .flatten()
                .map(move |text| (path, text))
        })
        .map(|(path, text)| FieldProblem::new(path.as_str(), text.as_str().unwrap_or_default()))
        .collect()
}

fn milliseconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}
