//! The endpoint that takes in notificaties and meldingen: its schema, and GraphQL text as one of them.
//!
//! The names are those of the published interface (RFC0008 3.3, RFC0018 3.3); input types and enums as published, so that
//! a type of identification that is not known is refused by whoever decides, with its words. Tests: `tests/it/netwerk.rs`.

use apollo_compiler::Schema;
use apollo_compiler::executable::OperationType;
use apollo_compiler::response::JsonValue;
use apollo_compiler::validation::Valid;
use kp_chain::SimTime;
use kp_chain::netwerk::{Asked, Call, Identification, Notice, Selected, Unreadable};
use kp_model::network::NetworkLimits;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::graphql::{Reader, Request, unfit};

/// What one subject may take of a request, and what stands around all of them.
const SUBJECT_BYTES: usize = 512;
const AROUND_BYTES: usize = 8 * 1024;

/// What both say, of which the last is a list of another type where it is asked than where it is answered.
const FIELDS: &str = "
  timestamp: DateTime!
  afzenderIDType: String!
  afzenderID: String!
  ontvangerIDType: String!
  ontvangerID: String!
  ontvangerKenmerk: String
  eventType: String!
";

/// The schema, in the schema language of GraphQL.
fn schema() -> String {
    let mut text = String::from(
        r#"scalar UUID @specifiedBy(url: "https://tools.ietf.org/html/rfc4122")
scalar DateTime @specifiedBy(url: "https://scalars.graphql.org/andimarek/date-time.html")
input SubjectEntityInput { subject: String! recordID: String! }
type SubjectEntity { subject: String! recordID: String! }
type Query { versie: String! }
"#,
    );
    let mut mutations = String::new();
    for kind in [Kind::Notificatie, Kind::Melding] {
        let [operation, argument, input, number] = kind.names();
        let output = input.trim_end_matches("Input");
        text.push_str(&format!(
            "input {input} {{ {FIELDS} subjectList: [SubjectEntityInput!]! }}\n\
             type {output} {{ {number}: UUID! {FIELDS} subjectList: [SubjectEntity!]! }}\n"
        ));
        mutations.push_str(&format!(" {operation}({argument}: {input}!): {output}!"));
    }
    text + &format!("type Mutation {{{mutations} }}\n")
}

/// Which of the two is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something changed in a register.
    Notificatie,
    /// Something is wrong in a record.
    Melding,
}

/// The endpoint.
#[derive(Debug)]
pub(crate) struct Netwerkpunt {
    schema: Valid<Schema>,
    limits: NetworkLimits,
}

/// A notificatie or melding that is sent, and what of the answer is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) kind: Kind,
    pub(crate) notice: Notice,
    /// The name under which it is answered.
    response: String,
    selection: Vec<Selected>,
}

impl Kind {
    /// The names of the operation, of its argument with the type of it, and of the number that the receiver gives.
    pub(crate) fn names(self) -> [&'static str; 4] {
        match self {
            Self::Notificatie => [
                "zendNotificatie",
                "notificatieInput",
                "NotificatieInput",
                "notificatieID",
            ],
            Self::Melding => ["zendMelding", "meldingInput", "MeldingInput", "meldingID"],
        }
    }
}

impl Netwerkpunt {
    /// An endpoint that keeps to these limits.
    pub(crate) fn new(limits: &NetworkLimits) -> Self {
        Self {
            schema: Schema::parse_and_validate(schema(), "netwerkpunt.graphql")
                .expect("the schema above is valid, which a test reads"),
            limits: limits.clone(),
        }
    }

    /// What the body of a request sends.
    pub(crate) fn read(&self, body: &[u8]) -> Result<Sent, Unreadable> {
        let bytes_max = self.bytes_max();
        let request = Request::read(&self.schema, body, bytes_max)?;
        let operation = request.operation()?;
        if operation.operation_type != OperationType::Mutation {
            return Err(unfit("No operation found to evaluate"));
        }
        let variables = request.variables(&self.schema, operation)?;
        let reader = Reader::new(&request, &variables, &self.limits);
        let field = reader.only_root(operation)?;
        let kinds = [Kind::Notificatie, Kind::Melding];
        let kind = kinds
            .into_iter()
            .find(|kind| kind.names()[0] == field.name.as_str());
        let kind = kind.ok_or_else(|| unfit("No operation found to evaluate"))?;
        let given = field.specified_argument_by_name(kind.names()[1]);
        let input = given.map(|given| reader.value(given, 0)).transpose()?.flatten();
        let input = input.ok_or_else(|| unfit("the input is null or not given"))?;
        Ok(Sent {
            kind,
            notice: notice(&input)?,
            response: field.response_key().to_string(),
            selection: reader.select(&field.selection_set, "", 2)?,
        })
    }

    /// The largest body that is read.
    pub(crate) fn bytes_max(&self) -> usize {
        // One too many is still read, to be refused for what it is.
        (self.limits.subjects as usize + 1) * SUBJECT_BYTES + AROUND_BYTES
    }
}

impl Sent {
    /// The same as what a party is asked.
    pub(crate) fn call(&self) -> Call {
        match self.kind {
            Kind::Notificatie => Call::Notify(self.notice.clone()),
            Kind::Melding => Call::Report(self.notice.clone()),
        }
    }

    /// The answer that it was received, with what was asked of it.
    pub(crate) fn answer(&self, number: Uuid) -> Value {
        let mut all = to_json(&self.notice);
        all[self.kind.names()[3]] = json!(number);
        let answered = select(&all, &self.selection);
        json!({ "data": { self.response.clone(): answered } })
    }
}

fn select(value: &Value, selection: &[Selected]) -> Value {
    if let Value::Array(items) = value {
        return items.iter().map(|item| select(item, selection)).collect();
    }
    let parts = selection.iter().map(|selected| {
        let answered = match &selected.asked {
            Asked::TypeName(name) => json!(name),
            Asked::Path(path) => {
                let own = path.rsplit('/').next().unwrap_or_default();
                let below = value.get(own).cloned().unwrap_or_default();
                if selected.below.is_empty() {
                    below
                } else {
                    select(&below, &selected.below)
                }
            }
        };
        (selected.response.clone(), answered)
    });
    Value::Object(parts.collect())
}

/// What a request sends, as the value of its argument.
pub(crate) fn to_json(notice: &Notice) -> Value {
    let subjects = notice.subjects.iter();
    json!({
        "timestamp": notice.timestamp.utc(),
        "afzenderIDType": notice.sender.id_type,
        "afzenderID": notice.sender.value,
        "ontvangerIDType": notice.receiver.id_type,
        "ontvangerID": notice.receiver.value,
        "ontvangerKenmerk": notice.kenmerk,
        "eventType": notice.event_type,
        "subjectList": subjects
            .map(|(subject, record)| json!({ "subject": subject, "recordID": record }))
            .collect::<Vec<_>>(),
    })
}

fn notice(input: &JsonValue) -> Result<Notice, Unreadable> {
    let text = |value: &JsonValue, name: &str| {
        let text = value.get(name).and_then(JsonValue::as_str).map(str::to_owned);
        text.ok_or_else(|| unfit(format!("`{name}` is null or not given")))
    };
    let stamp = text(input, "timestamp")?;
    let subjects = input.get("subjectList").and_then(JsonValue::as_array);
    // A single value stands for a list of one.
    let one = input.get("subjectList").filter(|one| one.is_object());
    let subjects = subjects
        .map(Vec::as_slice)
        .or_else(|| one.map(std::slice::from_ref))
        .unwrap_or_default();
    Ok(Notice {
        timestamp: SimTime::from_offset(&stamp)
            .ok_or_else(|| unfit("`timestamp` is no moment with an offset"))?,
        sender: Identification {
            id_type: text(input, "afzenderIDType")?,
            value: text(input, "afzenderID")?,
        },
        receiver: Identification {
            id_type: text(input, "ontvangerIDType")?,
            value: text(input, "ontvangerID")?,
        },
        kenmerk: input
            .get("ontvangerKenmerk")
            .and_then(JsonValue::as_str)
            .map(str::to_owned),
        event_type: text(input, "eventType")?,
        subjects: subjects
            .iter()
            .map(|subject| Ok((text(subject, "subject")?, text(subject, "recordID")?)))
            .collect::<Result<_, Unreadable>>()?,
    })
}

#[cfg(test)]
mod tests {
    use kp_chain::netwerk::Unreadable;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::{Kind, Netwerkpunt, Sent, to_json};

    const TEXT: &str =
        "mutation N($i: NotificatieInput!){ zendNotificatie(notificatieInput: $i){ notificatieID } }";

    fn input() -> Value {
        json!({
            "timestamp": "2026-03-02T10:15:00+01:00",
            "afzenderIDType": "GEMEENTE",
            "afzenderID": "0999",
            "ontvangerIDType": "AGB",
            "ontvangerID": "98765432",
            "eventType": "NIEUWE_TOEWIJZING_AANBIEDER",
            "subjectList": [{ "subject": "Client/a", "recordID": "Toewijzing/b" }],
        })
    }

    fn read(text: &str, variables: &Value) -> Result<Sent, Unreadable> {
        let network = kp_model::Catalogue::embedded()
            .load_network("netwerk-1.0")
            .unwrap();
        let body = json!({ "query": text, "variables": variables }).to_string();
        Netwerkpunt::new(&network.limits).read(body.as_bytes())
    }

    #[test]
    fn a_notificatie_is_what_its_input_says() {
        let sent = read(TEXT, &json!({ "i": input() })).unwrap();
        assert_eq!(sent.kind, Kind::Notificatie);
        assert_eq!(sent.notice.timestamp.utc(), "2026-03-02T09:15:00.000Z");
        assert_eq!(
            sent.notice.subjects,
            [("Client/a".to_owned(), "Toewijzing/b".to_owned())]
        );
        let again = read(TEXT, &json!({ "i": to_json(&sent.notice) })).unwrap();
        assert_eq!(again.notice, sent.notice);
    }

    #[test]
    fn the_answer_has_what_was_asked() {
        let text = "mutation N($i: NotificatieInput!){ x: zendNotificatie(notificatieInput: $i){ nr: notificatieID eventType subjectList { recordID } __typename } }";
        let sent = read(text, &json!({ "i": input() })).unwrap();
        assert_eq!(
            sent.answer(Uuid::nil()),
            json!({ "data": { "x": {
                "nr": Uuid::nil(),
                "eventType": "NIEUWE_TOEWIJZING_AANBIEDER",
                "subjectList": [{ "recordID": "Toewijzing/b" }],
                "__typename": "Notificatie",
            } } })
        );
    }

    #[test]
    fn what_lacks_something_or_asks_more_is_refused() {
        let mut without = input();
        without["afzenderID"] = Value::Null;
        let mut no_offset = input();
        no_offset["timestamp"] = json!("2026-03-02T10:15:00");
        let twice = "mutation N($i: NotificatieInput!){ a: zendNotificatie(notificatieInput: $i){ notificatieID } b: zendNotificatie(notificatieInput: $i){ notificatieID } }";
        for (text, input) in [
            (TEXT, without),
            (TEXT, no_offset),
            (twice, input()),
            ("query { versie }", input()),
        ] {
            assert_eq!(
                read(text, &json!({ "i": input })).unwrap_err().status,
                400,
                "{text}"
            );
        }
    }
}
