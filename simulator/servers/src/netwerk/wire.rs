//! How questions, tokens and answers look on the wire (RFC0014, RFC0040).
//!
//! What is written here is what parties of ours send; what others send is read in `graphql.rs` and `netwerkpunt.rs`.

use std::collections::BTreeMap;

use kp_chain::netwerk::{Answered, Asked, Filter, Notice, Operand, Operator, Query, Reply, TokenRequest};
use kp_model::network::Network;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::netwerkpunt::{self, Kind};

/// The type of every request.
pub(crate) const JSON: &str = "application/json";
/// The type of an answer, unless `application/json` is asked for.
pub(crate) const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

/// The body of a query.
pub(crate) fn query_body(network: &Network, query: &Query) -> Vec<u8> {
    let entity = network.entity(query.entity);
    let mut wanted = Tree::default();
    for selected in &query.selection {
        if let Asked::Path(path) = &selected.asked {
            wanted.add(path);
        }
    }
    let mut selection = String::new();
    wanted.write(&mut selection);
    let text = format!(
        "query($where: {}Where!) {{ {}(where: $where) {{{selection} }} }}",
        entity.name, entity.root
    );
    let variables = json!({ "where": filter(network, query, &query.filter) });
    json!({ "query": text, "variables": variables })
        .to_string()
        .into_bytes()
}

/// What is selected, as names in names.
#[derive(Default)]
struct Tree(BTreeMap<String, Tree>);

impl Tree {
    fn add(&mut self, path: &str) {
        path.split('/')
            .fold(self, |tree, name| tree.0.entry(name.to_owned()).or_default());
    }

    fn write(&self, text: &mut String) {
        for (name, below) in &self.0 {
            text.push(' ');
            text.push_str(name);
            if !below.0.is_empty() {
                text.push_str(" {");
                below.write(text);
                text.push_str(" }");
            }
        }
    }
}

fn filter(network: &Network, query: &Query, of: &Filter) -> Value {
    match of {
        Filter::All(parts) => {
            let mut all = Map::new();
            let mut beside = Vec::new();
            for part in parts {
                let Value::Object(part) = filter(network, query, part) else {
                    continue;
                };
                if part.keys().all(|name| !all.contains_key(name)) {
                    all.extend(part);
                } else {
                    beside.push(Value::Object(part));
                }
            }
            if !beside.is_empty() {
                all.insert("and".to_owned(), Value::Array(beside));
            }
            Value::Object(all)
        }
        Filter::Any(parts) => {
            let parts = parts.iter().map(|part| filter(network, query, part));
            json!({ "or": parts.collect::<Vec<_>>() })
        }
        Filter::Test { path, operator, with } => {
            let field = network.entity(query.entity).field(path);
            let is_number =
                *path == network.record.version || field.and_then(|field| field.scalar()) == Some("Int");
            let one = |value: &String| match value.parse::<i64>() {
                Ok(number) if is_number => json!(number),
                _ => json!(value),
            };
            let with = match with {
                Operand::Null => Value::Null,
                Operand::One(value) => one(value),
                Operand::Many(values) => values.iter().map(one).collect(),
            };
            let test = json!({ operator_name(*operator): with });
            path.rsplit('/').fold(test, |below, name| json!({ name: below }))
        }
    }
}

fn operator_name(operator: Operator) -> &'static str {
    match operator {
        Operator::Eq => "eq",
        Operator::Neq => "neq",
        Operator::In => "in",
        Operator::Gt => "gt",
        Operator::Gte => "gte",
        Operator::Lt => "lt",
        Operator::Lte => "lte",
        Operator::Ngt => "ngt",
        Operator::Nlt => "nlt",
    }
}

/// The body of a notificatie or melding.
pub(crate) fn notice_body(kind: Kind, notice: &Notice) -> Vec<u8> {
    let [operation, argument, input, number] = kind.names();
    let text = format!("mutation($i: {input}!) {{ {operation}({argument}: $i) {{ {number} }} }}");
    json!({ "query": text, "variables": { "i": netwerkpunt::to_json(notice) } })
        .to_string()
        .into_bytes()
}

/// The body in which a party of ours asks something.
#[must_use]
pub fn body(network: &Network, call: &kp_chain::netwerk::Call) -> Vec<u8> {
    use kp_chain::netwerk::Call;
    match call {
        Call::Query(query) => query_body(network, query),
        Call::Notify(notice) => notice_body(Kind::Notificatie, notice),
        Call::Report(notice) => notice_body(Kind::Melding, notice),
    }
}

/// The body of a request for a token.
pub(crate) fn token_body(asked: &TokenRequest) -> Vec<u8> {
    let mut body = json!({
        "grant_type": asked.grant_type,
        "scope": asked.scope,
        "audience": asked.audience.first(),
    });
    if let Some(party) = &asked.acting_for {
        body["access_token.sub"] = json!(party);
    }
    body.to_string().into_bytes()
}

/// What the body of a request for a token asks; nothing of it was read when it was not said to be JSON.
pub(crate) fn token_request(content_type: &str, body: &[u8]) -> TokenRequest {
    let is_json = content_type
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(JSON));
    let body: Value = match serde_json::from_slice(body) {
        Ok(body) if is_json => body,
        _ => return TokenRequest::default(),
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let audience = match body.get("audience") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(several)) => several
            .iter()
            .map(|one| one.as_str().unwrap_or_default().to_owned())
            .collect(),
        _ => Vec::new(),
    };
    TokenRequest {
        grant_type: text("grant_type").unwrap_or_default(),
        scope: text("scope").unwrap_or_default(),
        audience,
        acting_for: text("access_token.sub"),
    }
}

/// What the answer to a query of ours found, each record with its values by path; none when it is no such answer.
pub(crate) fn records(
    network: &Network,
    query: &Query,
    answer: &Value,
) -> Option<Vec<BTreeMap<String, String>>> {
    if answer.get("errors").is_some_and(|errors| !errors.is_null()) {
        // A part of what was asked is not what was asked.
        return None;
    }
    let root = &network.entity(query.entity).root;
    let found = answer.get("data")?.get(root)?.as_array()?;
    let paths = query
        .selection
        .iter()
        .filter_map(|selected| match &selected.asked {
            Asked::Path(path) => Some(path),
            Asked::TypeName(_) => None,
        });
    let paths: Vec<&String> = paths.collect();
    let values = |record: &Value| {
        paths
            .iter()
            .filter_map(|path| {
                let value = path
                    .split('/')
                    .try_fold(record, |record, name| record.get(name))?;
                let text = match value {
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
                };
                Some(((*path).clone(), text))
            })
            .collect()
    };
    Some(found.iter().map(values).collect())
}

/// The answer to something that a party of ours asked.
pub(crate) fn reply(network: &Network, call: &kp_chain::netwerk::Call, status: u16, body: &[u8]) -> Reply {
    use kp_chain::netwerk::Call;
    let answer: Option<Value> = serde_json::from_slice(body).ok();
    if status != 200 {
        return Reply::Refused {
            status,
            text: told(answer.as_ref(), body),
        };
    }
    let understood = answer.as_ref().and_then(|answer| match call {
        Call::Query(query) => {
            let records = records(network, query, answer)?;
            let records = records.into_iter().map(|values| {
                let parts = values
                    .into_iter()
                    .map(|(path, value)| (path, Answered::Text(value)));
                Answered::Object(parts.collect())
            });
            Some(Reply::Records(Answered::List(records.collect())))
        }
        Call::Notify(_) => received(Kind::Notificatie, answer),
        Call::Report(_) => received(Kind::Melding, answer),
    });
    // What says that it went well and does not say what came of it did not go well.
    understood.unwrap_or_else(|| Reply::Refused {
        status: 502,
        text: "the answer is not what was asked for".to_owned(),
    })
}

fn received(kind: Kind, answer: &Value) -> Option<Reply> {
    let [operation, _, _, number] = kind.names();
    let number = answer.get("data")?.get(operation)?.get(number)?.as_str()?;
    Some(Reply::Received(Uuid::parse_str(number).ok()?))
}

/// What a refusal says, in a line.
fn told(answer: Option<&Value>, body: &[u8]) -> String {
    const SHOWN: usize = 200;
    let message = answer.and_then(|answer| {
        let first = answer.get("errors")?.get(0)?.get("message")?.as_str()?;
        Some(first.to_owned())
    });
    let text =
        message.unwrap_or_else(|| String::from_utf8_lossy(&body[..body.len().min(SHOWN)]).into_owned());
    text.chars()
        .map(|sign| if sign.is_control() { ' ' } else { sign })
        .take(SHOWN)
        .collect()
}

/// A refusal of the way in (table 2.8): as plain text where the certificate or token is at fault, else as an error.
pub(crate) fn refusal(status: u16, text: &str) -> (&'static str, Vec<u8>) {
    if matches!(status, 401) {
        return ("text/plain", text.as_bytes().to_vec());
    }
    let code = match status {
        400 => "BAD_REQUEST",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        _ => "INTERNAL_SERVER_ERROR",
    };
    let error = json!({ "errors": [{ "message": text, "extensions": { "code": code } }] });
    (JSON, error.to_string().into_bytes())
}
