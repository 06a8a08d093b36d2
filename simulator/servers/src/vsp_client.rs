//! A client of VSP over HTTP: requests of a machine in, calls out, replies back.
//!
//! It owns the calls and answers of that interface; what a reply means is the machine's business. Tests are in `tests/it`.

use bytes::Bytes;
use hyper::{Method, StatusCode};
use kp_chain::vsp::path::{PULL, PUSH, STATUS_V2, STATUS_V3};
use kp_chain::vsp::{
    BerichtMetadataPush, FieldProblem, ReceiptRefusal, StatusQuery, StatusVersion, VspReply, VspRequest,
    ZOEKPAD_TYPE, Zoekpad,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error::ServersError;
use crate::http_client::{Call, HttpClient};
use crate::settings::ClientSettings;

const JSON: &str = "application/json";
const BINARY: &str = "application/octet-stream";

/// A client of VSP.
#[derive(Debug)]
pub struct VspClient {
    client: HttpClient,
}

impl VspClient {
    /// A client of the hub at an address, as in `http://127.0.0.1:8080/tst`; it connects at its first call.
    ///
    /// # Errors
    ///
    /// When the address is not one of plain HTTP.
    pub fn new(base_url: &str, settings: ClientSettings) -> Result<Self, ServersError> {
        let client = HttpClient::new(base_url, settings)?;
        Ok(Self { client })
    }

    /// Calls the hub and reads its answer.
    ///
    /// # Errors
    ///
    /// When nobody answers in time, or the answer is not one that the interface knows.
    pub async fn call(&mut self, request: &VspRequest) -> Result<VspReply, ServersError> {
        let call = self.call_of(request);
        let operation = call.operation;
        let (status, body) = self.client.call(call).await?;
        reply(request, operation, status, body)
    }

    fn call_of(&self, request: &VspRequest) -> Call {
        let prefix = self.client.prefix();
        let get = |operation, path, accept| Call {
            operation,
            method: Method::GET,
            path,
            content_type: None,
            accept: Some(accept),
            headers: Vec::new(),
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
                    headers: Vec::new(),
                    body,
                }
            }
            VspRequest::List { limit } => {
                get("list", format!("{prefix}{PULL}/berichten?limit={limit}"), JSON)
            }
            VspRequest::Search { zoekpad, limit } => Call {
                operation: "search",
                method: Method::POST,
                path: format!("{prefix}{PULL}/berichten/zoeken?limit={limit}"),
                content_type: Some(JSON.to_owned()),
                accept: Some(JSON),
                headers: Vec::new(),
                body: search(zoekpad).to_string().into(),
            },
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
                headers: Vec::new(),
                body: Bytes::new(),
            },
            VspRequest::Status { version, query } => {
                let path = match version {
                    StatusVersion::V2 => STATUS_V2,
                    StatusVersion::V3 => STATUS_V3,
                };
                let query = match query {
                    StatusQuery::TraceerId(traceer_id) => format!("traceerId={traceer_id}"),
                    StatusQuery::ConversatieId(conversatie_id) => format!("conversatieId={conversatie_id}"),
                };
                get("status", format!("{prefix}{path}/berichtstatussen?{query}"), JSON)
            }
        }
    }
}

/// The body of a search: its shape and what is given, never null.
fn search(zoekpad: &Zoekpad) -> Value {
    let members = match zoekpad {
        Zoekpad::ConversatieId(conversatie_id) => vec![("conversatieId", Some(json!(conversatie_id)))],
        Zoekpad::AlsAntwoordOp(answered) => vec![("alsAntwoordOp", Some(json!(answered)))],
        Zoekpad::Berichtstroom(stream) => {
            let text = |text: &Option<String>| text.as_ref().map(|text| json!(text));
            vec![
                ("berichttype", Some(json!(stream.berichttype))),
                ("berichtsubtype", text(&stream.berichtsubtype)),
                ("berichtversie", stream.berichtversie.map(|versie| json!(versie))),
                (
                    "berichtsubversie",
                    stream.berichtsubversie.map(|versie| json!(versie)),
                ),
                ("actie", text(&stream.actie)),
                ("geadresseerdeRol", text(&stream.geadresseerde_rol)),
                ("geadresseerdeCode", text(&stream.geadresseerde_code)),
            ]
        }
    };
    let given = members
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)));
    std::iter::once((ZOEKPAD_TYPE.to_owned(), json!(zoekpad.name())))
        .chain(given)
        .collect::<serde_json::Map<_, _>>()
        .into()
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
            VspRequest::Push { .. }
            | VspRequest::List { .. }
            | VspRequest::Search { .. }
            | VspRequest::Status { .. },
            StatusCode::BAD_REQUEST,
        ) => read::<Value>(operation, status, &body).map(|problem| VspReply::Invalid(problems(&problem))),
        (VspRequest::List { .. } | VspRequest::Search { .. }, StatusCode::OK) => {
            read(operation, status, &body).map(VspReply::List)
        }
        (VspRequest::Status { .. }, StatusCode::OK) => read(operation, status, &body).map(VspReply::Status),
        (VspRequest::Payload { .. }, StatusCode::OK) => Ok(VspReply::Payload(body)),
        (VspRequest::Confirm { .. }, StatusCode::ACCEPTED) => Ok(VspReply::Confirmed),
        (
            VspRequest::Payload { .. } | VspRequest::Confirm { .. } | VspRequest::Status { .. },
            StatusCode::NOT_FOUND,
        ) => Ok(VspReply::NotFound),
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
