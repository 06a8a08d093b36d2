//! One HTTP request: who asks what, in bytes that are bounded, and the hub's reply written out.
//!
//! Nothing about messages is decided here. Tests are in `tests/it`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE};
use hyper::{Request, StatusCode};
use kp_chain::vsp::{FieldProblem, LIST_LIMIT_MAX, StatusQuery, VspReply, VspRequest, parse_identifier};
use kp_chain::{ErrorBody, StatusQueryRule};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::callers::{Callers, Purpose};
use super::metadata;
use super::pace::Pace;
use super::respond::{bare, invalid, klok, only_for, problem, reply, without_body};
use super::route::{Prefix, Route, route};
use super::task::HubHandle;
use super::zoekpad;
use crate::error::ServersError;
use crate::listener::Answer;
use crate::multipart::{is_form, parts};

/// The header that names the caller where there is no certificate to do so.
pub(crate) const INDIENER_HEADER: &str = "x-sim-indiener";
const PAYLOAD_PART: &str = "payload";
const KIB: usize = 1024;

/// What every request is served with.
pub(super) struct Handler {
    pub(super) hub: HubHandle,
    pub(super) default_indiener: Option<String>,
    pub(super) insecure_header: bool,
    pub(super) body_max_bytes: usize,
    pub(super) request_wait: Duration,
    /// One permit for each KiB of bodies that may be held.
    pub(super) bodies: Arc<Semaphore>,
    pub(super) bodies_max: usize,
    pub(super) prefix: Prefix,
    pub(super) pace: Pace,
    pub(super) status_query_rule: StatusQueryRule,
    pub(super) error_body: ErrorBody,
    pub(super) callers: Arc<Callers>,
}

impl Handler {
    /// Serves one request.
    pub(super) async fn serve(&self, request: Request<Incoming>) -> Answer {
        let answer = tokio::time::timeout(self.request_wait, self.answer(request))
            .await
            .unwrap_or_else(|_| problem(StatusCode::REQUEST_TIMEOUT, "Het verzoek duurde te lang"));
        match self.error_body {
            ErrorBody::Problem => answer,
            ErrorBody::Empty => without_body(answer),
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let route = match route(&method, &path, self.prefix) {
            Route::Nowhere => return bare(StatusCode::NOT_FOUND),
            Route::OnlyFor(method) => return only_for(method),
            Route::Klok => {
                self.callers.note("", Purpose::Other);
                return self.klok().await;
            }
            found @ (Route::Push
            | Route::List
            | Route::Search
            | Route::Payload(_)
            | Route::Confirm(_)
            | Route::Status(_)) => found,
        };
        let Some(indiener) = self.indiener(&request) else {
            return problem(StatusCode::FORBIDDEN, "Indiener is niet bekend");
        };
        self.callers.note(
            &indiener,
            match route {
                Route::List | Route::Search => Purpose::List,
                Route::Push => Purpose::Push,
                Route::Payload(_)
                | Route::Confirm(_)
                | Route::Status(_)
                | Route::Klok
                | Route::OnlyFor(_)
                | Route::Nowhere => Purpose::Other,
            },
        );
        if !self.pace.allows(&indiener) {
            return problem(StatusCode::TOO_MANY_REQUESTS, "Te veel verzoeken");
        }
        let query = request.uri().query().unwrap_or_default().to_owned();
        let operation = match route {
            Route::Push => return self.push(request, &indiener, &path).await,
            Route::Search => return self.search(request, &indiener, &query, &path).await,
            Route::List => limit(&query).map(|limit| VspRequest::List { limit }),
            Route::Status(version) => match status_query(&query, self.status_query_rule) {
                Ok(Some(query)) => Ok(VspRequest::Status { version, query }),
                Ok(None) => return reply(VspReply::Status(Vec::new()), &path),
                Err(problem) => Err(problem),
            },
            Route::Payload(message) => match parse_identifier(message) {
                Some(traceer_id) => Ok(VspRequest::Payload { traceer_id }),
                None => return bare(StatusCode::NOT_FOUND),
            },
            Route::Confirm(message) => match parse_identifier(message) {
                Some(traceer_id) => Ok(VspRequest::Confirm { traceer_id }),
                None => return bare(StatusCode::NOT_FOUND),
            },
            Route::OnlyFor(_) | Route::Klok | Route::Nowhere => return bare(StatusCode::NOT_FOUND),
        };
        match operation {
            Ok(operation) => self.ask(&indiener, operation, &path).await,
            Err(problem) => {
                self.unreadable(&indiener, vec![problem], Bytes::new(), &path)
                    .await
            }
        }
    }

    async fn klok(&self) -> Answer {
        match self.hub.time().await {
            Ok(now) => klok(now),
            Err(error) => no_reply(&error),
        }
    }

    async fn push(&self, request: Request<Incoming>, indiener: &str, path: &str) -> Answer {
        let content_type = header(&request, CONTENT_TYPE.as_str()).unwrap_or_default();
        if !is_form(&content_type) {
            return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Alleen multipart/form-data");
        }
        let (body, _permit) = match self.body(request).await {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        match read_push(&content_type, &body) {
            Ok(operation) => self.ask(indiener, operation, path).await,
            Err(problems) => self.unreadable(indiener, problems, body, path).await,
        }
    }

    async fn search(&self, request: Request<Incoming>, indiener: &str, query: &str, path: &str) -> Answer {
        let content_type = header(&request, CONTENT_TYPE.as_str()).unwrap_or_default();
        if !is_json(&content_type) {
            return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Alleen application/json");
        }
        let (body, _permit) = match self.body(request).await {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        match (zoekpad::read(&body), limit(query)) {
            (Ok(zoekpad), Ok(limit)) => {
                let zoekpad = Box::new(zoekpad);
                self.ask(indiener, VspRequest::Search { zoekpad, limit }, path)
                    .await
            }
            (zoekpad, limit) => {
                let mut problems = zoekpad.err().unwrap_or_default();
                problems.extend(limit.err());
                self.unreadable(indiener, problems, body, path).await
            }
        }
    }

    /// The body, within the limit, as long as bodies together leave room for it.
    async fn body(&self, request: Request<Incoming>) -> Result<(Bytes, OwnedSemaphorePermit), Answer> {
        let too_large = || problem(StatusCode::PAYLOAD_TOO_LARGE, "Het verzoek is te groot");
        let announced =
            header(&request, CONTENT_LENGTH.as_str()).and_then(|length| length.parse::<usize>().ok());
        if announced.is_some_and(|length| length > self.body_max_bytes) {
            return Err(too_large());
        }
        let room = request
            .body()
            .size_hint()
            .upper()
            .and_then(|upper| usize::try_from(upper).ok());
        let room = room
            .unwrap_or(self.body_max_bytes)
            .min(self.body_max_bytes)
            .div_ceil(KIB)
            .clamp(1, self.bodies_max);
        let permit = Arc::clone(&self.bodies)
            .acquire_many_owned(u32::try_from(room).unwrap_or(u32::MAX))
            .await
            .map_err(|_| problem(StatusCode::SERVICE_UNAVAILABLE, "De server stopt"))?;
        match Limited::new(request.into_body(), self.body_max_bytes)
            .collect()
            .await
        {
            Ok(body) => Ok((body.to_bytes(), permit)),
            Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
            Err(error) => {
                tracing::debug!(%error, "a request body broke off");
                Err(problem(StatusCode::BAD_REQUEST, "Het verzoek brak af"))
            }
        }
    }

    async fn ask(&self, indiener: &str, operation: VspRequest, instance: &str) -> Answer {
        match self.hub.vsp(indiener, operation).await {
            Ok(answer) => reply(answer, instance),
            Err(error) => no_reply(&error),
        }
    }

    async fn unreadable(
        &self,
        indiener: &str,
        problems: Vec<FieldProblem>,
        body: Bytes,
        instance: &str,
    ) -> Answer {
        let answer = invalid(&problems, instance);
        if let Err(error) = self.hub.unreadable(indiener, problems, body).await {
            tracing::error!(%error, "the hub was not told of an unreadable request");
        }
        answer
    }

    fn indiener(&self, request: &Request<Incoming>) -> Option<String> {
        let named = if self.insecure_header {
            header(request, INDIENER_HEADER)
        } else {
            None
        };
        named.or_else(|| self.default_indiener.clone())
    }
}

fn no_reply(error: &ServersError) -> Answer {
    tracing::error!(%error, "the hub gave no reply");
    problem(StatusCode::SERVICE_UNAVAILABLE, "De hub antwoordt niet")
}

/// The push in a form.
fn read_push(content_type: &str, body: &Bytes) -> Result<VspRequest, Vec<FieldProblem>> {
    let parts = parts(content_type, body).map_err(|reason| vec![FieldProblem::new("multipart", reason)])?;
    let only = |name: &str| {
        let mut found = parts.iter().filter(|part| part.name == name);
        match (found.next(), found.next()) {
            (Some(part), None) => Ok(part.content.clone()),
            (None, _) => Err(FieldProblem::new(name, "onderdeel ontbreekt")),
            (Some(_), Some(_)) => Err(FieldProblem::new(name, "onderdeel komt meer dan eens voor")),
        }
    };
    match (only(metadata::PART), only(PAYLOAD_PART)) {
        (Ok(json), Ok(payload)) => {
            let metadata = metadata::read(&json).map_err(|problem| vec![problem])?;
            Ok(VspRequest::Push {
                metadata: Box::new(metadata),
                payload,
            })
        }
        (json, payload) => Err([json.err(), payload.err()].into_iter().flatten().collect()),
    }
}

fn limit(query: &str) -> Result<u16, FieldProblem> {
    let given: Vec<&str> = parameters(query, "limit").collect();
    let limit = match given.as_slice() {
        [] => return Ok(LIST_LIMIT_MAX),
        [text] => text.parse().ok(),
        [_, _, ..] => None,
    };
    limit
        .filter(|limit| (1..=LIST_LIMIT_MAX).contains(limit))
        .ok_or_else(|| {
            FieldProblem::new(
                "limit",
                format!("een geheel getal van 1 tot en met {LIST_LIMIT_MAX}"),
            )
        })
}

fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

/// What a status is asked of; none when nothing is asked and a switch lets that pass.
fn status_query(query: &str, rule: StatusQueryRule) -> Result<Option<StatusQuery>, FieldProblem> {
    let traceer_ids: Vec<&str> = parameters(query, "traceerId").collect();
    let conversatie_ids: Vec<&str> = parameters(query, "conversatieId").collect();
    let identifier = |name: &str, text: &str| {
        parse_identifier(text).ok_or_else(|| FieldProblem::new(name, "geen geldige uuid"))
    };
    match (traceer_ids.as_slice(), conversatie_ids.as_slice(), rule) {
        ([text], [], StatusQueryRule::Strict400) | ([text, ..], _, StatusQueryRule::Lenient) => {
            identifier("traceerId", text).map(|id| Some(StatusQuery::TraceerId(id)))
        }
        ([], [text], StatusQueryRule::Strict400) | ([], [text, ..], StatusQueryRule::Lenient) => {
            identifier("conversatieId", text).map(|id| Some(StatusQuery::ConversatieId(id)))
        }
        ([], [], StatusQueryRule::Lenient) => Ok(None),
        (_, _, StatusQueryRule::Strict400) => Err(FieldProblem::new(
            "traceerId",
            "geef precies één van traceerId en conversatieId",
        )),
    }
}

/// The values of a parameter in a query.
fn parameters<'a>(query: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

fn header(request: &Request<Incoming>, name: &str) -> Option<String> {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(ToOwned::to_owned)
}
