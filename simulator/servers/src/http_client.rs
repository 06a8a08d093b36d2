//! A client of plain HTTP: one call at a time, bounded in time and size.
//!
//! It keeps one connection and renews it when the other side has closed it. It never sends a request twice unless none of
//! it was sent. What an answer means is its user's business. Tests are in `tests/it`.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::error::ServersError;
use crate::settings::ClientSettings;

const INDIENER_HEADER: &str = "X-Sim-Indiener";

/// A client of plain HTTP.
#[derive(Debug)]
pub struct HttpClient {
    settings: ClientSettings,
    address: String,
    /// What stands before every path: the environment, or nothing.
    prefix: String,
    connection: Option<SendRequest<Full<Bytes>>>,
}

/// A call as HTTP knows it.
#[derive(Clone, Debug)]
pub struct Call {
    /// Names it in errors.
    pub operation: &'static str,
    /// The method.
    pub method: Method,
    /// The whole path, with the prefix of the client and the query.
    pub path: String,
    /// What the body is, when there is one.
    pub content_type: Option<String>,
    /// What the answer may be.
    pub accept: Option<&'static str>,
    /// The body.
    pub body: Bytes,
}

impl HttpClient {
    /// A client of the server at an address, as in `http://127.0.0.1:8080/tst`; it connects at its first call.
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

    /// What stands before every path.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Calls the server; gives back the status and the body of its answer.
    ///
    /// # Errors
    ///
    /// When nobody answers in time, or the answer breaks off or is too large.
    pub async fn call(&mut self, call: Call) -> Result<(StatusCode, Bytes), ServersError> {
        let operation = call.operation;
        let wait = self.settings.exchange_wait;
        let exchanged = tokio::time::timeout(wait, self.exchange(call)).await;
        exchanged.unwrap_or_else(|_| {
            self.connection = None;
            Err(ServersError::Timeout {
                operation,
                address: self.address.clone(),
                waited_ms: milliseconds(wait),
            })
        })
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

fn milliseconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}
