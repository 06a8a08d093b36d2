//! A checker for the part of JSON Schema that our schemas use, for the tests.
//!
//! It also notes which properties it met, so that a schema cannot name a field that no report has.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The schema of a document, read from `docs/schemas`.
pub(crate) struct Schema {
    root: Value,
    met: BTreeSet<String>,
}

impl Schema {
    pub(crate) fn read(text: &str) -> Self {
        let root: Value = serde_json::from_str(text).expect("the schema is JSON");
        assert_eq!(
            root["$schema"], "https://json-schema.org/draft/2020-12/schema",
            "the draft is named"
        );
        Self {
            root,
            met: BTreeSet::new(),
        }
    }

    /// What is wrong with a document, empty when it fits.
    pub(crate) fn faults(&mut self, document: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        let root = self.root.clone();
        self.check(&root, "#", document, "", &mut faults);
        faults
    }

    /// The properties that the schema names and no checked document had.
    pub(crate) fn never_met(&self) -> Vec<String> {
        let mut named = Vec::new();
        properties(&self.root, "#", &mut named);
        named.retain(|name| !self.met.contains(name));
        named
    }

    fn check(&mut self, schema: &Value, at: &str, value: &Value, path: &str, faults: &mut Vec<String>) {
        let rules = schema.as_object().expect("a schema is an object");
        for keyword in rules.keys() {
            assert!(
                [
                    "$schema",
                    "$id",
                    "$defs",
                    "$ref",
                    "title",
                    "description",
                    "type",
                    "enum",
                    "items",
                    "properties",
                    "required",
                    "additionalProperties",
                ]
                .contains(&keyword.as_str()),
                "keyword {keyword} at {at} is not checked"
            );
        }
        if let Some(reference) = rules.get("$ref").and_then(Value::as_str) {
            let pointer = reference.trim_start_matches('#');
            let target = self.root.pointer(pointer).expect("the reference exists").clone();
            self.check(&target, reference, value, path, faults);
        }
        if let Some(types) = rules.get("type") {
            let fits = |name: &Value| name.as_str() == Some(type_of(value));
            if !(fits(types) || types.as_array().is_some_and(|types| types.iter().any(fits))) {
                faults.push(format!("{path}: {} is not {types}", type_of(value)));
            }
        }
        if let Some(allowed) = rules.get("enum").and_then(Value::as_array)
            && !allowed.contains(value)
        {
            faults.push(format!("{path}: {value} is not one of {allowed:?}"));
        }
        if let (Some(items), Some(values)) = (rules.get("items"), value.as_array()) {
            for (index, value) in values.iter().enumerate() {
                self.check(
                    items,
                    &format!("{at}/items"),
                    value,
                    &format!("{path}/{index}"),
                    faults,
                );
            }
        }
        if let Some(fields) = value.as_object() {
            self.check_fields(rules, at, fields, path, faults);
        }
    }

    fn check_fields(
        &mut self,
        rules: &Map<String, Value>,
        at: &str,
        fields: &Map<String, Value>,
        path: &str,
        faults: &mut Vec<String>,
    ) {
        for name in rules
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let name = name.as_str().expect("a required name is a text");
            if !fields.contains_key(name) {
                faults.push(format!("{path}: {name} is missing"));
            }
        }
        let properties = rules.get("properties").and_then(Value::as_object);
        for (name, value) in fields {
            let place = format!("{path}/{name}");
            if let Some(schema) = properties.and_then(|properties| properties.get(name)) {
                let at = format!("{at}/properties/{name}");
                self.met.insert(at.clone());
                self.check(schema, &at, value, &place, faults);
            } else if let Some(schema) = rules.get("additionalProperties").filter(|rule| rule.is_object()) {
                self.check(
                    schema,
                    &format!("{at}/additionalProperties"),
                    value,
                    &place,
                    faults,
                );
            } else if rules.get("additionalProperties") == Some(&Value::Bool(false)) {
                faults.push(format!("{place} is not in the schema"));
            }
        }
    }
}

fn properties(schema: &Value, at: &str, named: &mut Vec<String>) {
    let Some(rules) = schema.as_object() else {
        return;
    };
    for (name, property) in rules
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let at = format!("{at}/properties/{name}");
        properties(property, &at, named);
        named.push(at);
    }
    for (name, definition) in rules
        .get("$defs")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        properties(definition, &format!("#/$defs/{name}"), named);
    }
    for keyword in ["items", "additionalProperties"] {
        if let Some(inner) = rules.get(keyword) {
            properties(inner, &format!("{at}/{keyword}"), named);
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() || number.is_i64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[test]
fn the_checker_sees_what_is_wrong() {
    let mut schema = Schema::read(
        r##"{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
            "required": ["a"], "additionalProperties": false,
            "properties": {"a": {"type": "array", "items": {"$ref": "#/$defs/word"}}, "b": {"type": "null"}},
            "$defs": {"word": {"enum": ["x"]}}}"##,
    );
    let mut faults = |text: &str| schema.faults(&serde_json::from_str(text).expect("JSON"));
    assert!(faults(r#"{"a": ["x"]}"#).is_empty());
    assert_eq!(faults("{}"), [": a is missing"]);
    assert_eq!(faults(r#"{"a": [], "c": 1}"#), ["/c is not in the schema"]);
    assert_eq!(faults(r#"{"a": 1.5}"#), [r#"/a: number is not "array""#]);
    assert_eq!(faults(r#"{"a": ["y"]}"#).len(), 1);
    assert_eq!(schema.never_met(), ["#/properties/b"]);
}
