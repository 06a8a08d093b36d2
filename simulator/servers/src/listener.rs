//! The listening side of every server: connections in, each with limits on its number, its head and its duration.
//!
//! With TLS both sides show a certificate; who called is known by the digest of it. What a request means is the business
//! of the service. Tests are in `tests/it`.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::error::ServersError;
use crate::tls::{Fingerprint, peer};

/// How long a failed accept is let rest, so that a machine without free descriptors is not kept busy.
const ACCEPT_REST: Duration = Duration::from_millis(50);
/// What a connection may buffer of a head.
const HEAD_MAX_BYTES: usize = 64 * 1024;

/// An answer that is ready to be written.
pub(crate) type Answer = Response<Full<Bytes>>;

/// Answers requests.
pub(crate) trait Service: Clone + Send + Sync + 'static {
    /// Answers one; `caller` is known where both sides show a certificate.
    fn answer(
        &self,
        caller: Option<Fingerprint>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Answer> + Send;
}

/// What one connection may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConnectionLimits {
    /// How many connections are served at one time; others wait.
    pub(crate) connections_max: usize,
    /// How long a client may take for the head of a request, idle time included.
    pub(crate) header_wait: Duration,
    /// How long one connection may last.
    pub(crate) connection_wait: Duration,
}

/// Something that listens; it stops when this is dropped.
#[derive(Debug)]
pub(crate) struct Listening {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Listening {
    /// Takes an address; nothing is accepted yet, so that what is served can still be told where it is.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub(crate) async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServersError> {
        let listen = |source| ServersError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let bound = listener.local_addr().map_err(listen)?;
        Ok((listener, bound))
    }

    /// Accepts connections on the current runtime, over TLS when there is an acceptor.
    pub(crate) fn start(
        (listener, address): (TcpListener, SocketAddr),
        tls: Option<TlsAcceptor>,
        limits: ConnectionLimits,
        service: impl Service,
    ) -> Self {
        Self {
            address,
            accepting: tokio::spawn(accept(listener, tls, limits, service)),
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening, breaks off what is open and waits until that is done.
    pub(crate) async fn stop(mut self) {
        self.accepting.abort();
        // It ends by being broken off, which is what was asked.
        drop((&mut self.accepting).await);
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Accepts connections; the tasks that serve them end with this one.
async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    limits: ConnectionLimits,
    service: impl Service,
) {
    let room = limits.connections_max.clamp(1, Semaphore::MAX_PERMITS);
    let room = Arc::new(Semaphore::new(room));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let (service, tls) = (service.clone(), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => serve_connection(stream, None, limits, &service).await,
                        Some(tls) => {
                            // A client that shows no good certificate is refused by TLS itself.
                            match tokio::time::timeout(limits.header_wait, tls.accept(stream)).await {
                                Ok(Ok(stream)) => {
                                    let caller = peer(stream.get_ref().1.peer_certificates());
                                    serve_connection(stream, caller, limits, &service).await;
                                }
                                Ok(Err(error)) => tracing::debug!(%error, "no TLS came about"),
                                Err(_) => tracing::debug!("TLS took too long"),
                            }
                        }
                    }
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_REST).await;
            }
        }
    }
}

/// Serves what comes over one connection until it ends.
pub(crate) async fn serve_connection(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    caller: Option<Fingerprint>,
    limits: ConnectionLimits,
    service: &impl Service,
) {
    let answering =
        service_fn(|request| async move { Ok::<_, Infallible>(service.answer(caller, request).await) });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_wait)
        .max_buf_size(HEAD_MAX_BYTES)
        .serve_connection(TokioIo::new(stream), answering);
    match tokio::time::timeout(limits.connection_wait, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection ended early"),
        Err(_) => tracing::debug!("a connection lasted too long"),
    }
}
