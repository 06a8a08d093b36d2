//! How a reply of the hub looks on the wire: exact status codes, and a body where one is documented.
//!
//! Generated clients throw on any other success code and on an empty body with 400 and 422. Tests are in `tests/it`.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use kp_chain::SimTime;
use kp_chain::vsp::{FieldProblem, ReceiptRefusal, VspReply};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::listener::Answer;

const JSON: &str = "application/json";
const BINARY: &str = "application/octet-stream";

/// The answer on a request that reached the hub.
pub(super) fn reply(reply: VspReply, instance: &str) -> Answer {
    match reply {
        VspReply::Received => bare(StatusCode::NO_CONTENT),
        VspReply::Refused(refusal) => refused(&refusal),
        VspReply::Invalid(problems) => invalid(&problems, instance),
        VspReply::Full => problem(StatusCode::SERVICE_UNAVAILABLE, "De hub is vol"),
        VspReply::List(messages) => document(StatusCode::OK, &messages),
        VspReply::Payload(payload) => body(StatusCode::OK, BINARY, payload),
        VspReply::Confirmed => bare(StatusCode::ACCEPTED),
        VspReply::NotFound => bare(StatusCode::NOT_FOUND),
        VspReply::Status(statuses) => document(StatusCode::OK, &statuses),
    }
}

/// What the business clock says, in civil time of the Netherlands.
pub(super) fn klok(now: SimTime) -> Answer {
    let civil = now.civil();
    let told = json!({
        "nu": civil.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        "datum": civil.date().to_string(),
    });
    document(StatusCode::OK, &told)
}

/// The answer on a request that breaks the shape of the interface.
pub(super) fn invalid(problems: &[FieldProblem], instance: &str) -> Answer {
    let mut errors = Map::new();
    for FieldProblem { path, problem } in problems {
        if let Value::Array(texts) = errors.entry(path.clone()).or_insert_with(|| json!([])) {
            texts.push(json!(problem));
        }
    }
    let detail = if problems.len() == 1 {
        "1 veld is ongeldig".to_owned()
    } else {
        format!("{} velden zijn ongeldig", problems.len())
    };
    let problem = json!({
        "title": "Ongeldig verzoek",
        "status": StatusCode::BAD_REQUEST.as_u16(),
        "detail": detail,
        "instance": instance,
        "errors": errors,
    });
    document(StatusCode::BAD_REQUEST, &problem)
}

/// The answer on a request that HTTP itself settles.
pub(super) fn problem(status: StatusCode, title: &str) -> Answer {
    document(status, &json!({ "title": title, "status": status.as_u16() }))
}

/// The answer on a method that a path does not have.
pub(super) fn only_for(method: &'static str) -> Answer {
    let mut answer = problem(StatusCode::METHOD_NOT_ALLOWED, "Methode niet toegestaan");
    answer
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(method));
    answer
}

/// An answer without a body.
pub(super) fn bare(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

/// The same answer without its body, when HTTP itself settled it: on 400 and 422 clients count on one.
pub(super) fn without_body(mut answer: Answer) -> Answer {
    let status = answer.status();
    let is_documented = status == StatusCode::BAD_REQUEST || status == StatusCode::UNPROCESSABLE_ENTITY;
    if is_documented || !(status.is_client_error() || status.is_server_error()) {
        return answer;
    }
    answer.headers_mut().remove(CONTENT_TYPE);
    *answer.body_mut() = Full::default();
    answer
}

fn refused(refusal: &ReceiptRefusal) -> Answer {
    let ReceiptRefusal { code, title, detail } = refusal;
    let problem = json!({
        "title": title,
        "status": StatusCode::UNPROCESSABLE_ENTITY.as_u16(),
        "errors": { code.as_str(): [format!("{title}: {detail}")] },
        "code": code,
    });
    document(StatusCode::UNPROCESSABLE_ENTITY, &problem)
}

fn document(status: StatusCode, content: &impl Serialize) -> Answer {
    match serde_json::to_vec(content) {
        Ok(text) => body(status, JSON, text.into()),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            bare(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

fn body(status: StatusCode, media_type: &'static str, content: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(content));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}
