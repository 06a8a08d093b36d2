//! The listening side: connections in, each with limits on its number, its head and its duration.
//!
//! The same is served over any other stream too. What a request means is the handler's business. Tests are in `tests/it`.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use kp_chain::{Hub, SimTime};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

use super::callers::{Callers, Calls};
use super::handler::Handler;
use super::pace::Pace;
use super::route::Prefix;
use super::task::{HubHandle, start};
use crate::error::ServersError;
use crate::settings::HubServerSettings;

/// How long a failed accept is let rest, so that a machine without free descriptors is not kept busy.
const ACCEPT_REST: Duration = Duration::from_millis(50);
/// What a connection may buffer of a head.
const HEAD_MAX_BYTES: usize = 64 * 1024;

/// A hub behind HTTP that listens nowhere: who calls it brings the stream.
#[derive(Clone)]
pub struct HubService {
    handle: HubHandle,
    handler: Arc<Handler>,
    settings: Arc<HubServerSettings>,
}

impl HubService {
    /// The service of a hub at a moment of business time, at the address that clients use, and the task that must run
    /// for it.
    pub fn new(
        mut hub: Hub,
        now: SimTime,
        settings: HubServerSettings,
        base_url: &str,
    ) -> (Self, impl Future<Output = ()> + use<>) {
        hub.set_base_url(base_url);
        let switches = hub.settings().switches.clone();
        let body_max_bytes = switches.http_limit_bytes;
        let (handle, hub) = start(hub, now, &settings);
        // Permits count KiB; at least one body of the largest size must fit.
        let bodies_max =
            (settings.bodies_max_bytes.max(body_max_bytes) / 1024).clamp(1, Semaphore::MAX_PERMITS);
        let handler = Handler {
            hub: handle.clone(),
            default_indiener: settings.default_indiener.clone(),
            insecure_header: settings.insecure_header,
            body_max_bytes,
            request_wait: settings.request_wait,
            bodies: Arc::new(Semaphore::new(bodies_max)),
            bodies_max,
            prefix: Prefix::new(switches.env_prefix, base_url),
            pace: Pace::new(switches.rate_limit),
            status_query_rule: switches.status_query_rule,
            error_body: switches.error_body,
            callers: Arc::new(Callers::default()),
        };
        let service = Self {
            handle,
            handler: Arc::new(handler),
            settings: Arc::new(settings),
        };
        (service, hub)
    }

    /// A way to ask the hub directly and to set its clock.
    #[must_use]
    pub fn handle(&self) -> HubHandle {
        self.handle.clone()
    }

    /// Who called so far, by account; who asked for the time has none.
    #[must_use]
    pub fn callers(&self) -> BTreeMap<String, Calls> {
        self.handler.callers.seen()
    }

    /// Serves what comes over one connection until it ends.
    pub async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin + 'static) {
        let service = service_fn(|request| {
            let handler = Arc::clone(&self.handler);
            async move { Ok::<_, Infallible>(handler.serve(request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.settings.header_wait)
            .max_buf_size(HEAD_MAX_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        match tokio::time::timeout(self.settings.connection_wait, connection).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "a connection ended early"),
            Err(_) => tracing::debug!("a connection lasted too long"),
        }
    }
}

/// A hub that listens; it stops when this is dropped.
pub struct HubServer {
    service: HubService,
    address: SocketAddr,
    base_url: String,
    accepting: JoinHandle<()>,
    hub: JoinHandle<()>,
}

impl HubServer {
    /// Starts a hub on the current runtime, at a moment of business time.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on.
    pub async fn start(hub: Hub, now: SimTime, settings: HubServerSettings) -> Result<Self, ServersError> {
        let address = settings.address;
        let listen = |source| ServersError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let base_url = settings
            .external_url
            .clone()
            .unwrap_or_else(|| format!("http://{address}"))
            .trim_end_matches('/')
            .to_owned();
        let connections_max = settings.connections_max;
        let (service, hub) = HubService::new(hub, now, settings, &base_url);
        let accepting = tokio::spawn(accept(listener, service.clone(), connections_max));
        Ok(Self {
            service,
            address,
            base_url,
            accepting,
            hub: tokio::spawn(hub),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address that clients use, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// A way to ask the hub directly and to set its clock.
    #[must_use]
    pub fn handle(&self) -> HubHandle {
        self.service.handle()
    }

    /// Who called so far, by account; who asked for the time has none.
    #[must_use]
    pub fn callers(&self) -> BTreeMap<String, Calls> {
        self.service.callers()
    }

    /// Stops listening, breaks off what is open and waits until that is done.
    pub async fn stop(mut self) {
        self.accepting.abort();
        self.hub.abort();
        // Both end by being broken off, which is what was asked.
        drop((&mut self.accepting).await);
        drop((&mut self.hub).await);
    }
}

impl Drop for HubServer {
    fn drop(&mut self) {
        self.accepting.abort();
        self.hub.abort();
    }
}

impl fmt::Debug for HubServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HubServer")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// Accepts connections; the tasks that serve them end with this one.
async fn accept(listener: TcpListener, service: HubService, connections_max: usize) {
    let room = Arc::new(Semaphore::new(connections_max.clamp(1, Semaphore::MAX_PERMITS)));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let service = service.clone();
                connections.spawn(async move {
                    service.serve(stream).await;
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
