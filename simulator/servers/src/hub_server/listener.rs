//! A hub that listens, or that is served over any other stream.
//!
//! What a request means is the handler's business. Tests are in `tests/it`.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use kp_chain::{Hub, SimTime};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::callers::{Callers, Calls};
use super::handler::Handler;
use super::pace::Pace;
use super::route::Prefix;
use super::task::{HubHandle, start};
use crate::error::ServersError;
use crate::listener::{Answer, ConnectionLimits, Listening, Service, serve_connection};
use crate::settings::HubServerSettings;
use crate::tls::Fingerprint;

/// A hub behind HTTP that listens nowhere: who calls it brings the stream.
#[derive(Clone)]
pub struct HubService {
    handle: HubHandle,
    handler: Arc<Handler>,
    limits: ConnectionLimits,
}

impl Service for HubService {
    async fn answer(&self, _caller: Option<Fingerprint>, request: Request<Incoming>) -> Answer {
        self.handler.serve(request).await
    }
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
            limits: ConnectionLimits {
                connections_max: settings.connections_max,
                header_wait: settings.header_wait,
                connection_wait: settings.connection_wait,
            },
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
        serve_connection(stream, None, self.limits, self).await;
    }
}

/// A hub that listens; it stops when this is dropped.
pub struct HubServer {
    service: HubService,
    /// None once it has stopped.
    listening: Option<Listening>,
    address: SocketAddr,
    base_url: String,
    hub: JoinHandle<()>,
}

impl HubServer {
    /// Starts a hub on the current runtime, at a moment of business time.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on.
    pub async fn start(hub: Hub, now: SimTime, settings: HubServerSettings) -> Result<Self, ServersError> {
        let bound = Listening::bind(settings.address).await?;
        let address = bound.1;
        let base_url = settings
            .external_url
            .clone()
            .unwrap_or_else(|| format!("http://{address}"))
            .trim_end_matches('/')
            .to_owned();
        let (service, hub) = HubService::new(hub, now, settings, &base_url);
        let listening = Listening::start(bound, None, service.limits, service.clone());
        Ok(Self {
            service,
            listening: Some(listening),
            address,
            base_url,
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
        self.hub.abort();
        // It ends by being broken off, which is what was asked.
        drop((&mut self.hub).await);
        if let Some(listening) = self.listening.take() {
            listening.stop().await;
        }
    }
}

impl Drop for HubServer {
    fn drop(&mut self) {
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
