//! The catalogue as JSON Schema (draft 2020-12), and an example of each act.
//!
//! It owns `docs/schemas/instructie-1.json` and `waarneming-1.json`, which a test holds equal to what is made here.
//! The same schemas stand in the OpenAPI document, at another address. Tests: `tests.rs`.

use serde_json::{Map, Value, json};

use super::catalogue::{Act, Catalogue, Field, Shape, Type, Waarneming, Word};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// Where the schemas of a document of JSON Schema stand.
const DEFS: &str = "#/$defs/";

/// Not blank.
const SOMETHING: &str = r"\S";
const MONTH: &str = "^[0-9]{4}-(0[1-9]|1[0-2])$";
const MOMENT: &str = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?$";

/// What names an instruction in an example.
const EXAMPLE_ID: &str = "instructie-1";

/// The schema of an instruction: one of the acts.
pub(crate) fn instruction(catalogue: &Catalogue) -> Value {
    let acts = catalogue.acts();
    json!({
        "$schema": DIALECT,
        "$id": "urn:ketenproef:instructie-1",
        "title": "Ketenproef: what the user of a system under test does",
        "oneOf": acts.iter().map(|act| reference(DEFS, &act_name(act))).collect::<Vec<_>>(),
        "$defs": act_schemas(catalogue, DEFS),
    })
}

/// The schema of an observation: one of the kinds.
pub(crate) fn observation(catalogue: &Catalogue) -> Value {
    let kinds = catalogue.waarnemingen();
    json!({
        "$schema": DIALECT,
        "$id": "urn:ketenproef:waarneming-1",
        "title": "Ketenproef: what the user of a system under test sees",
        "anyOf": kinds.iter().map(|seen| reference(DEFS, &observation_name(seen))).collect::<Vec<_>>(),
        "$defs": observation_schemas(catalogue, DEFS),
    })
}

/// The schemas of the acts and of the facts in them, by name.
pub(super) fn act_schemas(catalogue: &Catalogue, base: &str) -> Map<String, Value> {
    let fields = catalogue.acts().iter().flat_map(|act| &act.fields);
    let mut schemas = fact_schemas(catalogue, fields, base);
    for act in catalogue.acts() {
        let mut schema = object_schema(&act.fields, base);
        let id = json!({
            "type": "string",
            "pattern": SOMETHING,
            "description": described("Hiermee vragen wij naar de status.", "What we ask the status by."),
        });
        own_field(&mut schema, "act", json!({ "const": act.name }), true);
        own_field(&mut schema, "id", id, true);
        schema.insert("additionalProperties".to_owned(), json!(false));
        let roles: Vec<&str> = act.roles.iter().map(|rol| rol.name()).collect();
        let text = format!("{} [{}]", described(&act.nl, &act.en), roles.join(", "));
        schema.insert("description".to_owned(), json!(text));
        schemas.insert(act_name(act), schema.into());
    }
    schemas
}

/// The schemas of the observations and of the facts in them, by name.
pub(super) fn observation_schemas(catalogue: &Catalogue, base: &str) -> Map<String, Value> {
    let fields = catalogue.waarnemingen().iter().flat_map(|seen| &seen.fields);
    let mut schemas = fact_schemas(catalogue, fields, base);
    for seen in catalogue.waarnemingen() {
        let mut schema = object_schema(&seen.fields, base);
        own_field(&mut schema, "soort", json!({ "const": seen.soort }), false);
        // A supplier may show more than we ask for.
        schema.insert("additionalProperties".to_owned(), json!(true));
        schema.insert("description".to_owned(), json!(described(&seen.nl, &seen.en)));
        schemas.insert(observation_name(seen), schema.into());
    }
    schemas
}

/// An act with facts that it can have.
pub(super) fn act_example(catalogue: &Catalogue, act: &Act) -> Value {
    let mut example = facts_example(catalogue, &act.fields);
    example.insert("act".to_owned(), json!(act.name));
    example.insert("id".to_owned(), json!(EXAMPLE_ID));
    example.into()
}

/// An observation with facts that it can have.
pub(super) fn observation_example(catalogue: &Catalogue, seen: &Waarneming) -> Value {
    let mut example = facts_example(catalogue, &seen.fields);
    example.insert("soort".to_owned(), json!(seen.soort));
    example.into()
}

pub(super) fn act_name(act: &Act) -> String {
    format!("act.{}", act.name)
}

pub(super) fn observation_name(seen: &Waarneming) -> String {
    format!("waarneming.{}", seen.soort)
}

pub(super) fn reference(base: &str, name: &str) -> Value {
    json!({ "$ref": format!("{base}{name}") })
}

/// Dutch first, as the field speaks.
pub(super) fn described(nl: &str, en: &str) -> String {
    format!("{nl} / {en}")
}

fn fact_schemas<'a>(
    catalogue: &'a Catalogue,
    fields: impl Iterator<Item = &'a Field>,
    base: &str,
) -> Map<String, Value> {
    let types = catalogue.types_behind(fields).into_values();
    types
        .map(|known| (fact_name(&known.name), fact_schema(known, base)))
        .collect()
}

fn fact_name(type_name: &str) -> String {
    format!("feit.{type_name}")
}

fn fact_schema(known: &Type, base: &str) -> Value {
    let mut schema = match &known.shape {
        Shape::Text { max } => {
            json!({ "type": "string", "minLength": 1, "maxLength": max, "pattern": SOMETHING })
        }
        Shape::Digits { min, max } => {
            json!({ "type": "string", "pattern": format!("^[0-9]{{{min},{max}}}$") })
        }
        Shape::Number { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Shape::Truth => json!({ "type": "boolean" }),
        Shape::Date => json!({ "type": "string", "format": "date" }),
        Shape::Moment => json!({ "type": "string", "pattern": MOMENT }),
        Shape::Month => json!({ "type": "string", "pattern": MONTH }),
        Shape::Word(words) => json!({ "type": "string", "enum": names_of(words) }),
        Shape::List { of, min } => {
            json!({ "type": "array", "minItems": min, "items": reference(base, &fact_name(of)) })
        }
        Shape::Facts(fields) => {
            let mut schema = object_schema(fields, base);
            schema.insert("additionalProperties".to_owned(), json!(false));
            schema.into()
        }
    };
    let mut text = described(&known.nl, &known.en);
    if let Shape::Word(words) = &known.shape {
        for word in words {
            text.push_str(&format!("\n- {}: {}", word.word, described(&word.nl, &word.en)));
        }
    }
    schema["description"] = json!(text);
    if let Some(example) = &known.example {
        schema["examples"] = json!([example]);
    }
    schema
}

fn names_of(words: &[Word]) -> Vec<&str> {
    words.iter().map(|word| word.word.as_str()).collect()
}

/// An object with these fields; who asks says whether there may be others.
fn object_schema(fields: &[Field], base: &str) -> Map<String, Value> {
    let property = |field: &Field| {
        let mut schema = reference(base, &fact_name(&field.of));
        if let (Some(nl), Some(en)) = (&field.nl, &field.en) {
            schema["description"] = json!(described(nl, en));
        }
        (field.name.clone(), schema)
    };
    let properties: Map<String, Value> = fields.iter().map(property).collect();
    let required = fields.iter().filter(|field| !field.optional);
    let required: Vec<&str> = required.map(|field| field.name.as_str()).collect();
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("required".to_owned(), json!(required));
    schema.insert("properties".to_owned(), properties.into());
    schema
}

/// Adds a field of our own to an object.
fn own_field(schema: &mut Map<String, Value>, name: &str, what: Value, is_required: bool) {
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.insert(name.to_owned(), what);
    }
    if is_required && let Some(Value::Array(required)) = schema.get_mut("required") {
        required.insert(0, json!(name));
    }
}

/// What is obligatory, and what has an example of its own.
fn facts_example(catalogue: &Catalogue, fields: &[Field]) -> Map<String, Value> {
    let shown = fields
        .iter()
        .filter(|field| !field.optional || field.example.is_some());
    shown
        .map(|field| {
            let own = field.example.clone();
            let example = own.unwrap_or_else(|| type_example(catalogue, &field.of));
            (field.name.clone(), example)
        })
        .collect()
}

fn type_example(catalogue: &Catalogue, name: &str) -> Value {
    let Some(known) = catalogue.type_of(name) else {
        return Value::Null;
    };
    if let Some(example) = &known.example {
        return example.clone();
    }
    match &known.shape {
        Shape::Word(words) => words.first().map_or(Value::Null, |word| json!(word.word)),
        Shape::Facts(fields) => facts_example(catalogue, fields).into(),
        Shape::List { of, .. } => json!([type_example(catalogue, of)]),
        Shape::Text { .. }
        | Shape::Digits { .. }
        | Shape::Number { .. }
        | Shape::Truth
        | Shape::Date
        | Shape::Moment
        | Shape::Month => Value::Null,
    }
}
