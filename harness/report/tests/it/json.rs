//! The JSON documents against their published schemas, and the events' own JSON form.

use kp_report::{RunEvent, json};
use serde_json::Value;

use crate::{findings, sample, schema::Schema};

const REPORT: &str = include_str!("../../../../docs/schemas/report-2.json");
const CHECK: &str = include_str!("../../../../docs/schemas/check-1.json");

/// The document fits the schema, and has every field that the schema names.
fn check(schema: &str, document: &str) {
    let document: Value = serde_json::from_str(document).expect("the document is JSON");
    let mut schema = Schema::read(schema);
    assert_eq!(schema.faults(&document), Vec::<String>::new());
    assert_eq!(schema.never_met(), Vec::<String>::new());
}

#[test]
fn a_report_has_exactly_the_fields_of_its_schema() {
    check(REPORT, &json::render(&sample::report()).expect("renders"));
}

#[test]
fn a_check_has_exactly_the_fields_of_its_schema() {
    check(
        CHECK,
        &kp_report::findings::json(&findings::files()).expect("renders"),
    );
}

#[test]
fn a_report_of_nothing_fits_the_schema() {
    let text = json::render(&kp_report::RunReport::new()).expect("renders");
    let document = serde_json::from_str(&text).expect("the document is JSON");
    assert_eq!(Schema::read(REPORT).faults(&document), Vec::<String>::new());
}

#[test]
fn events_survive_json() {
    for event in sample::events() {
        let text = serde_json::to_string(&event).expect("serialises");
        let back: RunEvent = serde_json::from_str(&text).expect("parses");
        assert_eq!(back, event, "{text}");
    }
}

#[test]
fn events_are_tagged() {
    let tags: Vec<_> = sample::events()
        .iter()
        .map(|event| serde_json::to_value(event).expect("serialises")["event"].clone())
        .collect();
    for tag in [
        "run-started",
        "scenario-started",
        "step",
        "message",
        "expectation",
        "scenario-finished",
        "onverwacht",
        "run-finished",
    ] {
        assert!(tags.contains(&Value::from(tag)), "{tag} is not in {tags:?}");
    }
}
