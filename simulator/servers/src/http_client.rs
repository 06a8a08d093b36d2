//! A client of HTTP, plain or over TLS: one call at a time, bounded in time and size.
//!
//! It keeps one connection and renews it when the other side has closed it. It never sends a request twice unless none of
//! it was sent. What an answer means is its user's business. Tests are in `tests/it`.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::error::ServersError;
use crate::settings::ClientSettings;

const INDIENER_HEADER: &str = "X-Sim-Indiener";

/// A client of HTTP, plain or over TLS in which both sides show a certificate.
pub struct HttpClient {
    settings: ClientSettings,
    address: String,
    /// What stands before every path: the environment, or nothing.
    prefix: String,
    /// What shows our certificate and looks at that of the server; none for plain HTTP.
    tls: Option<(TlsConnector, ServerName<'static>)>,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HttpClient")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
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
    /// Other headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Bytes,
}

/// An answer as HTTP knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status.
    pub status: StatusCode,
    /// What the body is said to be; empty when that is not said.
    pub content_type: String,
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
        let (uri, host) = parts(base_url, "http")?;
        Ok(Self {
            settings,
            address: format!("{host}:{}", uri.port_u16().unwrap_or(80)),
            prefix: uri.path().trim_end_matches('/').to_owned(),
            tls: None,
            connection: None,
        })
    }

    /// A client of the server at an address, as in `https://127.0.0.1:8443/register/tr`, to which it shows a certificate.
    ///
    /// # Errors
    ///
    /// When the address is not one of HTTP over TLS.
    pub fn secure(
        base_url: &str,
        settings: ClientSettings,
        connector: TlsConnector,
    ) -> Result<Self, ServersError> {
        let (uri, host) = parts(base_url, "https")?;
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|error| ServersError::BaseUrl {
            base_url: base_url.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            settings,
            address: format!("{host}:{}", uri.port_u16().unwrap_or(443)),
            prefix: uri.path().trim_end_matches('/').to_owned(),
            tls: Some((connector, name)),
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
        let answer = self.ask(call).await?;
        Ok((answer.status, answer.body))
    }

    /// Calls the server; gives back its whole answer.
    ///
    /// # Errors
    ///
    /// When nobody answers in time, or the answer breaks off or is too large.
    pub async fn ask(&mut self, call: Call) -> Result<HttpAnswer, ServersError> {
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

    async fn exchange(&mut self, call: Call) -> Result<HttpAnswer, ServersError> {
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
        let content_type = response.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let body = Limited::new(response.into_body(), self.settings.answer_max_bytes);
        let body = body.collect().await.map_err(|error| {
            self.connection = None;
            ServersError::Answer {
                operation,
                status: status.as_u16(),
                reason: error.to_string(),
            }
        })?;
        Ok(HttpAnswer {
            status,
            content_type,
            body: body.to_bytes(),
        })
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
        let Some((connector, name)) = &self.tls else {
            return self.begin(operation, stream).await;
        };
        let secured = tokio::time::timeout(wait, connector.connect(name.clone(), stream))
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
        self.begin(operation, secured).await
    }

    async fn begin(
        &self,
        operation: &'static str,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Result<SendRequest<Full<Bytes>>, ServersError> {
        let (mut sender, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.broken(operation, error))?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to a server ended early");
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
        for (name, value) in call.headers {
            request = request.header(name, value);
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

/// An address with its host.
fn parts(base_url: &str, scheme: &str) -> Result<(Uri, String), ServersError> {
    let fault = |reason: String| ServersError::BaseUrl {
        base_url: base_url.to_owned(),
        reason,
    };
    let uri: Uri = base_url
        .parse()
        .map_err(|_| fault("it is not a URL".to_owned()))?;
    if uri.scheme_str() != Some(scheme) {
        return Err(fault(format!("it must begin with {scheme}://")));
    }
    let host = uri.host().ok_or_else(|| fault("it names no host".to_owned()))?;
    let host = host.to_owned();
    Ok((uri, host))
}

fn milliseconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}
