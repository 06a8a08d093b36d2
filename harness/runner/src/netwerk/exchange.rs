//! What is told of a call of the network, and what every call of the system under test is held to.
//!
//! A call is two messages in a report: what was asked and what was answered, each to the byte. Of what the way in decided
//! about it only what a specification asks is judged here; the sentences judge the rest. Tests: `tests/it`.

use kp_chain::netwerk::{Call, Notice, TokenRequest};
use kp_model::network::Network;
use kp_report::{Direction, HubVerdict, RunEvent};
use kp_servers::netwerk::{Asked, Exchange};
use serde_json::Value;

use super::stage::Stage;
use crate::expectation::Difference;

/// A call that the system under test made or got.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) exchange: Exchange,
    /// Names what was asked in the report; the answer has the same with a mark behind it.
    pub(crate) id: String,
    /// Whether the system under test asked it.
    pub(crate) is_own: bool,
}

impl Seen {
    /// What was asked, when it could be read.
    pub(crate) fn call(&self) -> Option<&Call> {
        match &self.exchange.asked {
            Asked::Call { call, .. } => call.as_ref(),
            Asked::Token(_) | Asked::Adresboek | Asked::Nowhere(_) => None,
        }
    }

    /// The notice that was sent, and whether it is a melding.
    pub(crate) fn notice(&self) -> Option<(&Notice, bool)> {
        match self.call()? {
            Call::Notify(notice) => Some((notice, false)),
            Call::Report(notice) => Some((notice, true)),
            Call::Query(_) => None,
        }
    }

    /// The token that was asked.
    pub(crate) fn token(&self) -> Option<&TokenRequest> {
        match &self.exchange.asked {
            Asked::Token(asked) => Some(asked),
            Asked::Adresboek | Asked::Call { .. } | Asked::Nowhere(_) => None,
        }
    }

    /// The answer as JSON; null when it is none.
    pub(crate) fn answer(&self) -> Value {
        serde_json::from_slice(&self.exchange.response).unwrap_or_default()
    }

    /// The number under which a notice was received.
    pub(crate) fn number(&self) -> Option<String> {
        let answer = self.answer();
        let data = answer.get("data")?.as_object()?;
        let received = data.values().next()?;
        let number = received
            .get("notificatieID")
            .or_else(|| received.get("meldingID"))?;
        uuid::Uuid::parse_str(number.as_str()?)
            .ok()
            .map(|id| id.to_string())
    }

    fn name(&self, network: &Network) -> String {
        match &self.exchange.asked {
            Asked::Token(_) => "token".to_owned(),
            Asked::Adresboek => "adresboek".to_owned(),
            Asked::Nowhere(_) => "onbekend adres".to_owned(),
            Asked::Call { call, service, .. } => match call {
                Some(Call::Query(query)) => format!("vraag {}", network.entity(query.entity).root),
                Some(Call::Notify(notice) | Call::Report(notice)) => notice.event_type.clone(),
                None => service.purpose.path(),
            },
        }
    }

    /// The messages that a report tells of it.
    ///
    /// What of them is an address stands there by its name.
    pub(crate) fn messages(&self, stage: &Stage, scenario: &str, sut: &str) -> Vec<RunEvent> {
        let Exchange { asked, status, .. } = &self.exchange;
        let other = match asked {
            Asked::Call { service, .. } if self.is_own => service.owner.clone(),
            Asked::Call { .. } => self.exchange.caller.clone().unwrap_or_default(),
            // What is in the middle has no code, as the hub has none.
            Asked::Token(_) | Asked::Adresboek | Asked::Nowhere(_) => String::new(),
        };
        let message = |is_from_sut: bool, name: String, id: String, bytes: &bytes::Bytes, verdict| {
            let (from, to) = if is_from_sut {
                (sut.to_owned(), other.clone())
            } else {
                (other.clone(), sut.to_owned())
            };
            RunEvent::Message(kp_report::Message {
                scenario: scenario.to_owned(),
                direction: if is_from_sut {
                    Direction::FromSut
                } else {
                    Direction::ToSut
                },
                message: name,
                from,
                to,
                business_time: self.exchange.at.to_string(),
                traceer_id: id,
                hub_verdict: verdict,
                outside_checks: self.exchange.caller.is_none(),
                findings: Vec::new(),
                bytes: bytes.to_vec().into(),
            })
        };
        let refused = !self.exchange.is_forwarded && *status >= 400;
        let verdict = if refused {
            let answer = stage.with_names(&String::from_utf8_lossy(&self.exchange.response));
            HubVerdict::Refused {
                code: status.to_string(),
                text: answer.chars().take(200).collect(),
            }
        } else {
            HubVerdict::Delivered
        };
        let name = self.name(&stage.network);
        let asked_bytes = match &self.exchange.asked {
            Asked::Token(_) => {
                let text = String::from_utf8_lossy(&self.exchange.request);
                stage.with_names(&text).into()
            }
            Asked::Adresboek | Asked::Call { .. } | Asked::Nowhere(_) => self.exchange.request.clone(),
        };
        let mut told = vec![message(self.is_own, name, self.id.clone(), &asked_bytes, verdict)];
        // Tokens and the address book are ours, and differ from run to run.
        if matches!(asked, Asked::Call { .. }) && !refused {
            told.push(message(
                !self.is_own,
                format!("antwoord {status}"),
                format!("{}-antwoord", self.id),
                &self.exchange.response,
                HubVerdict::Delivered,
            ));
        }
        told
    }
}

/// What of a call of the system under test is not as it must always be: the code of the assertion, and the difference.
pub(crate) fn held_to(network: &Network, seen: &Seen, persons: &[String]) -> Vec<(&'static str, Difference)> {
    let mut found = Vec::new();
    if seen.is_own {
        asked(network, seen, persons, &mut found);
    } else if seen.exchange.is_forwarded {
        answered(seen, &mut found);
    }
    found
}

type Found = Vec<(&'static str, Difference)>;

fn asked(network: &Network, seen: &Seen, persons: &[String], found: &mut Found) {
    let exchange = &seen.exchange;
    if exchange.trace.is_none() {
        found.push((
            "NW081",
            Difference::values(
                "X-B3-TraceId met 32 en X-B3-SpanId met 16 kleine hexadecimale cijfers",
                None,
                "Dit verzoek is niet terug te vinden in de logs van anderen.",
            ),
        ));
    }
    match &exchange.asked {
        Asked::Token(asked) => token(exchange, asked, found),
        Asked::Call { .. } => {
            call(exchange, found);
            scopes(network, seen, found);
            if let Some((notice, is_melding)) = seen.notice() {
                notices(network, exchange, notice, (is_melding, persons), found);
            }
        }
        Asked::Adresboek | Asked::Nowhere(_) => {}
    }
}

fn token(exchange: &Exchange, asked: &TokenRequest, found: &mut Found) {
    if !exchange.is_json || asked.grant_type != "client_credentials" {
        let got = format!(
            "{}, grant_type {}",
            if exchange.is_json { "JSON" } else { "geen JSON" },
            asked.grant_type
        );
        found.push((
            "NW012",
            Difference::values(
                "JSON, grant_type client_credentials",
                Some(&got),
                "Zo leest het token-endpoint het verzoek niet.",
            ),
        ));
    }
    let is_one = matches!(asked.audience.as_slice(), [one] if one.starts_with("https://"));
    if exchange.is_json && !is_one {
        found.push((
            "NW013",
            Difference::values(
                "één audience, met https",
                Some(&asked.audience.join(" ")),
                "Een token is voor één resource-endpoint.",
            ),
        ));
    }
}

/// A token that can do more than the call needs can be misused for more.
fn scopes(network: &Network, seen: &Seen, found: &mut Found) {
    let (Some(claims), Some(call)) = (&seen.exchange.claims, seen.call()) else {
        return;
    };
    let role = |id_type: &str| network.roles.iter().position(|role| role.id_type == id_type);
    let needed: Vec<String> = match call {
        Call::Query(query) => vec![
            network.read_scope(query.entity, None),
            network.read_scope(query.entity, query.view.as_deref()),
        ],
        Call::Notify(notice) => role(&notice.receiver.id_type)
            .map(|to| network.notification_scope(to))
            .into_iter()
            .collect(),
        Call::Report(notice) => role(&notice.receiver.id_type)
            .map(|to| network.melding_scope(to))
            .into_iter()
            .collect(),
    };
    let more: Vec<&str> = claims
        .scopes
        .iter()
        .filter(|scope| !needed.contains(scope))
        .map(String::as_str)
        .collect();
    if !more.is_empty() {
        found.push((
            "NW014",
            Difference::values(
                &needed.join(" "),
                Some(&format!("ook {}", more.join(" "))),
                "Met dit token kan meer dan deze aanroep nodig heeft.",
            ),
        ));
    }
}

fn call(exchange: &Exchange, found: &mut Found) {
    if !exchange.is_json || exchange.claims.is_none() {
        let got = if exchange.is_json {
            "geen geldig token"
        } else {
            "geen application/json"
        };
        found.push((
            "NW023",
            Difference::values(
                "application/json met een token als Bearer",
                Some(got),
                "Het toegangspunt laat dit verzoek niet door.",
            ),
        ));
    }
    let reason = exchange
        .decision
        .as_ref()
        .and_then(|decision| decision.reason.as_deref());
    let Some(reason) = reason else { return };
    let code = if reason.starts_with("FilterMissing") || reason.starts_with("FilterNotOwn") {
        "NW024"
    } else if reason.starts_with("Field") {
        "NW025"
    } else if reason.starts_with("Only one") {
        "NW022"
    } else if reason.starts_with("afzender") {
        "NW054"
    } else if reason.starts_with("Scope for") {
        "NW055"
    } else if reason.starts_with("subjectList") {
        "NW051"
    } else {
        return;
    };
    found.push((
        code,
        Difference::values(
            "een aanroep die het toegangspunt doorlaat",
            Some(&format!("{}: {}", exchange.status, in_words(reason))),
            "Het toegangspunt weigerde deze aanroep; de reden staat erbij.",
        ),
    ));
}

/// A reason of the way in, in words where it is about a field.
fn in_words(reason: &str) -> String {
    let about = reason.split('"').nth(1).unwrap_or_default();
    match reason.split('(').next() {
        Some("FilterMissing") => format!("geen filter met eq op {about}"),
        Some("FilterNotOwn") => format!("het filter op {about} is niet het eigen kenmerk"),
        Some("Field") => format!("{about} mag deze partij hier niet lezen"),
        _ => reason.to_owned(),
    }
}

fn notices(
    network: &Network,
    exchange: &Exchange,
    notice: &Notice,
    (is_melding, persons): (bool, &[String]),
    found: &mut Found,
) {
    let names = |text: &String| Notice::names_record(network, text);
    let wrong = notice.subjects.iter().find(|(subject, record)| {
        let is_subject_good = if is_melding {
            !names(subject)
        } else {
            names(subject)
        };
        !is_subject_good || !names(record)
    });
    if let Some((subject, record)) = wrong {
        let (code, expected) = if is_melding {
            ("NW071", "subject een regelcode, recordID <Entiteit>/<uuid>")
        } else {
            ("NW052", "subject en recordID als <Entiteit>/<uuid>")
        };
        found.push((
            code,
            Difference::values(
                expected,
                Some(&format!("{subject}, {record}")),
                "De ontvanger kan hiermee geen record aanwijzen.",
            ),
        ));
    }
    let text = String::from_utf8_lossy(&exchange.request);
    if persons.iter().any(|person| text.contains(person.as_str())) {
        found.push((
            "NW053",
            Difference::values(
                "sleutels en een tijd",
                Some("het burgerservicenummer van een client"),
                "Een notificatie of melding bevat geen persoonsgegevens; de ontvanger haalt die bij de bron.",
            ),
        ));
    }
}

fn answered(seen: &Seen, found: &mut Found) {
    let exchange = &seen.exchange;
    let answer = seen.answer();
    let errors = answer.get("errors").and_then(Value::as_array);
    let is_coded = |error: &Value| {
        error
            .get("extensions")
            .is_some_and(|more| more.get("code").is_some())
    };
    let is_silent = |error: &Value| error.get("message").and_then(Value::as_str).is_none();
    // Parties of ours ask for no media type; only what a step brings does.
    let is_default = exchange.caller.is_some() && exchange.status == 200;
    if is_default
        && !exchange
            .content_type
            .starts_with("application/graphql-response+json")
    {
        found.push((
            "NW037",
            Difference::values(
                "application/graphql-response+json",
                Some(&exchange.content_type),
                "Wie om niets vraagt krijgt het mediatype van GraphQL.",
            ),
        ));
    }
    let reached = !matches!(exchange.status, 502 | 504);
    if reached
        && let Some(wrong) = errors
            .into_iter()
            .flatten()
            .find(|error| is_coded(error) || is_silent(error))
    {
        found.push((
            "NW039",
            Difference::values(
                "errors met een message, zonder extensions.code",
                Some(&wrong.to_string()),
                "Wie vraagt leest de melding van de fout; een code daarbij is van het toegangspunt.",
            ),
        ));
    }
}
