//! Tests of the catalogue: its faults, the scenarios that it covers, its schemas, and what the built-in supplier takes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kp_chain::{Aanleiding, Instruction};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::string::string_regex;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use super::catalogue::{Catalogue, Rol, Shape, Used};
use super::schema::{act_example, instruction, observation};
use super::{openapi, sut_api, sut_schemas};

const SCENARIOS: &str = include_str!("../../data/scenarios.csv");

/// The scenarios that there are, with the role of who is tried in each.
fn scenarios() -> Vec<(&'static str, Rol)> {
    let mut lines = SCENARIOS.lines();
    assert_eq!(lines.next(), Some("id,rol,standaard"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let [id, rol, standaard] = cells[..] else {
                panic!("{line}: not three cells");
            };
            assert!(["iwmo", "ijw", "iwmo+ijw", "ieb"].contains(&standaard), "{line}");
            let rol = serde_json::from_value(json!(rol)).unwrap_or_else(|_| panic!("{line}: no role"));
            (id, rol)
        })
        .collect()
}

#[test]
fn the_catalogue_has_no_faults() {
    let text = include_str!("../../data/acts.toml");
    assert_eq!(
        Catalogue::parse(text).err().unwrap_or_default(),
        Vec::<String>::new()
    );
}

#[test]
fn every_fault_is_told_at_once() {
    let faulty = r#"
        [[type]]
        name = "dag"
        nl = "Een dag"
        en = "A day."
        shape = "date"
        example = "5 januari"
        [[type]]
        name = "ongebruikt"
        nl = "Niets."
        en = "Nothing."
        shape = { list = { of = "later", min = 1 } }
        [[act]]
        name = "Doe_iets"
        roles = ["aanbieder", "aanbieder"]
        used = "walk"
        nl = "Doe iets."
        en = "Do something."
        fields = [
          { name = "id", type = "dag" },
          { name = "wanneer", type = "tijd", nl = "Wanneer." },
        ]
        scenarios = ["TW-01", "TW-01"]
        [[waarneming]]
        soort = "iets"
        roles = []
        nl = "Iets."
        en = "Something."
        fields = []
        scenarios = []
        [[none]]
        role = "cak"
        reason = "geen zin"
        scenarios = []
    "#;
    let faults = Catalogue::parse(faulty).err().unwrap_or_default().join("\n");
    insta::assert_snapshot!(faults, @r#"
    type `dag`: `Een dag` is no sentence
    type `dag`: its example is wrong: it is no dag: "5 januari"
    type `ongebruikt`: there is no type `later` above it
    act `Doe_iets`: `Doe_iets` is not words of small letters with `-` between them
    act `Doe_iets`, field `wanneer`: it is described in one language
    act `Doe_iets`, field `wanneer`: there is no type `tijd`
    act `Doe_iets`: it names a scenario twice
    act `Doe_iets`: it names each role that has it once
    act `Doe_iets`: `id` is the name of every act's own field
    act `Doe_iets`: an act that scenarios use names them, another does not
    waarneming `iets`: it names each role that has it once
    none of cak: `geen zin` is no sentence
    type `ongebruikt`: nothing uses it
    "#);
    let unknown = "[[type]]\nname = \"a\"\nnl = \"A.\"\nen = \"A.\"\nshape = \"date\"\nsince = 1\n";
    assert!(Catalogue::parse(unknown).is_err());
}

#[test]
fn every_scenario_has_its_acts_or_none() {
    let catalogue = Catalogue::embedded();
    let known: BTreeMap<&str, Rol> = scenarios().into_iter().collect();
    assert_eq!(known.len(), scenarios().len(), "an id stands twice");
    let mut acted: BTreeSet<&str> = BTreeSet::new();
    let mut faults = Vec::new();
    let named = catalogue
        .acts()
        .iter()
        .map(|act| (act.name.as_str(), &act.roles, &act.scenarios));
    let seen = catalogue
        .waarnemingen()
        .iter()
        .map(|seen| (seen.soort.as_str(), &seen.roles, &seen.scenarios));
    for (name, roles, ids) in named.clone().chain(seen) {
        for id in ids {
            if known.get(id.as_str()).is_none_or(|rol| !roles.contains(rol)) {
                faults.push(format!("{name}: {id} has no such system under test"));
            }
        }
    }
    for (_, _, ids) in named {
        acted.extend(ids.iter().map(String::as_str));
    }
    let mut silent: BTreeSet<&str> = BTreeSet::new();
    for silence in &catalogue.none {
        for id in &silence.scenarios {
            if known.get(id.as_str()) != Some(&silence.role) {
                faults.push(format!("none of {}: {id} is not its", silence.role.name()));
            }
            if acted.contains(id.as_str()) || !silent.insert(id) {
                faults.push(format!("none: {id} stands elsewhere too"));
            }
        }
    }
    for id in known.keys() {
        if !acted.contains(id) && !silent.contains(id) {
            faults.push(format!("{id} has no act and is not among none"));
        }
    }
    assert_eq!(faults, Vec::<String>::new());
    let count = |rol: Rol| known.values().filter(|known| **known == rol).count();
    assert_eq!(
        [count(Rol::Aanbieder), count(Rol::Gemeente), count(Rol::Cak)],
        [94, 154, 3]
    );
    assert_eq!([count(Rol::Afnemer), count(Rol::Bronhouder)], [13, 16]);
    assert_eq!((known.len(), acted.len(), silent.len()), (280, 218, 62));
}

/// What the features have and what the catalogue knows is one numbering.
#[test]
fn the_scenarios_of_the_features_are_known() {
    let known: BTreeSet<&str> = scenarios().into_iter().map(|(id, _)| id).collect();
    let features = crate::Features::embedded().parse().expect("the features parse");
    let tags = features
        .iter()
        .flat_map(|feature| &feature.scenarios)
        .flat_map(|scenario| &scenario.tags);
    // As in TW-01: two capitals, a hyphen, two digits.
    let ids: Vec<&String> = tags
        .filter(|tag| tag.len() == 5 && tag.as_bytes()[2] == b'-')
        .collect();
    assert!(!ids.is_empty(), "no scenario has an id");
    for id in ids {
        assert!(known.contains(id.as_str()), "{id} is not in scenarios.csv");
    }
}

#[test]
fn the_published_schemas_are_those_of_the_catalogue() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas");
    for (name, text) in sut_schemas().expect("schemas can be written") {
        let file = folder.join(name);
        if std::env::var("INSTA_UPDATE").as_deref() == Ok("always") {
            std::fs::write(&file, &text).expect("the schema can be written");
        }
        let published = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            published == text,
            "docs/schemas/{name} is not what the catalogue says; INSTA_UPDATE=always writes it"
        );
    }
}

#[test]
fn every_reference_resolves() {
    let catalogue = Catalogue::embedded();
    let roles = [None, Some(Rol::Aanbieder), Some(Rol::Gemeente), Some(Rol::Cak)];
    for rol in roles {
        let own = catalogue.clone().of(rol);
        for document in [openapi::document(&own, rol), instruction(&own), observation(&own)] {
            let mut references = Vec::new();
            references_in(&document, &mut references);
            assert!(!references.is_empty());
            for reference in references {
                let pointer = reference.strip_prefix('#').expect("it points into this document");
                assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
        }
    }
}

#[test]
fn the_openapi_document_is_what_a_role_implements() {
    let text = sut_api(Some(Rol::Gemeente)).expect("it can be written");
    let document: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(document["openapi"], "3.1.0");
    let paths: Vec<&String> = document["paths"].as_object().expect("paths").keys().collect();
    assert_eq!(
        paths,
        [
            "/instructies",
            "/instructies/{id}",
            "/ketenproef/klok",
            "/waarnemingen"
        ]
    );
    // Every operation has a name of its own and says what it answers; every schema is used.
    let mut operations = BTreeSet::new();
    for path in document["paths"].as_object().expect("paths").values() {
        for operation in ["get", "post"].iter().filter_map(|method| path.get(method)) {
            assert!(operations.insert(operation["operationId"].to_string()));
            for response in operation["responses"].as_object().expect("responses").values() {
                assert!(response["description"].is_string());
            }
        }
    }
    assert_eq!(operations.len(), 4);
    let mut references = Vec::new();
    references_in(&document, &mut references);
    for name in document["components"]["schemas"]
        .as_object()
        .expect("schemas")
        .keys()
    {
        let reference = format!("#/components/schemas/{name}");
        assert!(references.contains(&reference), "{name} is not used");
    }
    let examples =
        &document["paths"]["/instructies"]["post"]["requestBody"]["content"]["application/json"]["examples"];
    let examples = examples.as_object().expect("examples");
    let acts: Vec<&str> = examples.keys().map(String::as_str).collect();
    assert!(acts.contains(&"wijs-toe") && acts.contains(&"zet-klok"));
    assert!(!acts.contains(&"start-levering"), "that is for an aanbieder");
    let catalogue = Catalogue::embedded();
    for (name, example) in examples {
        assert_eq!(catalogue.fault(&example["value"]), None, "{name}");
    }
    assert_eq!(examples.len(), catalogue.of(Some(Rol::Gemeente)).acts().len());
}

#[test]
fn the_example_of_every_act_is_one() {
    let catalogue = Catalogue::embedded();
    for act in catalogue.acts() {
        let example = act_example(&catalogue, act);
        assert_eq!(catalogue.fault(&example), None, "{}", act.name);
    }
}

#[test]
fn what_is_no_act_is_refused_with_its_place() {
    let catalogue = Catalogue::embedded();
    let toewijzing = json!({ "gemeente": "0384", "standaard": "ijw", "nummer": "900001" });
    let check = |act: Value, expected: &str| {
        assert_eq!(catalogue.fault(&act).as_deref(), Some(expected));
    };
    check(json!([]), "an act is an object");
    check(json!({ "id": "1" }), "it does not say which act it is");
    check(
        json!({ "act": "stuur-bericht" }),
        "there is no act `stuur-bericht`",
    );
    check(json!({ "act": "zet-klok" }), "zet-klok: nu is missing");
    check(
        json!({ "act": "zet-klok", "nu": "2026-01-05T09:00:00", "zone": "UTC" }),
        "zet-klok: there is no zone",
    );
    check(
        json!({ "act": "zet-klok", "nu": "2026-01-05T09:00:00+01:00" }),
        "zet-klok: nu is no moment: \"2026-01-05T09:00:00+01:00\"",
    );
    check(
        json!({ "act": "start-levering", "toewijzing": toewijzing, "begindatum": "2026-02-30" }),
        "start-levering: begindatum is no datum: \"2026-02-30\"",
    );
    check(
        json!({ "act": "start-levering", "toewijzing": { "gemeente": "0384", "standaard": "ijw" }, "begindatum": "2026-01-05" }),
        "start-levering: toewijzing.nummer is missing",
    );
    check(
        json!({ "act": "reset", "partitie": "1", "contracten": [], "productlijst": [7] }),
        "reset: productlijst[0] is no object",
    );
    check(
        json!({ "act": "zet-klok", "id": " ", "nu": "2026-01-05T09:00:00" }),
        "zet-klok: id is no text",
    );
    let of_gemeente = Catalogue::embedded().of(Some(Rol::Gemeente));
    let start = json!({ "act": "start-levering", "toewijzing": toewijzing, "begindatum": "2026-01-05" });
    assert_eq!(catalogue.fault(&start), None);
    assert_eq!(
        of_gemeente.fault(&start).as_deref(),
        Some("there is no act `start-levering`")
    );
}

/// What the published schema says is an act is one; without something obligatory or with something more it is none.
#[test]
fn the_schema_and_the_checker_agree() {
    let catalogue = Catalogue::embedded();
    let schema = instruction(&catalogue);
    let any = schema["oneOf"].as_array().expect("acts").clone();
    let strategy = select(any).prop_flat_map({
        let schema = schema.clone();
        move |act| valid(&schema, &act)
    });
    let mut runner = TestRunner::new_with_rng(
        Config {
            cases: 400,
            ..Config::default()
        },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    runner
        .run(&strategy, |act| {
            prop_assert_eq!(catalogue.fault(&act), None);
            let name = act["act"].as_str().unwrap_or_default();
            let of_act = &schema["$defs"][format!("act.{name}")];
            for broken in broken(&schema, of_act, &act) {
                prop_assert!(catalogue.fault(&broken).is_some(), "taken: {broken}");
            }
            Ok(())
        })
        .expect("they agree");
}

/// Acts that the built-in supplier does not have: a reset, which whoever starts it does.
const NOT_BUILT_IN: &[&str] = &["reset"];

/// The built-in supplier takes the acts of an aanbieder in exactly the shape of the catalogue.
#[test]
fn the_built_in_supplier_takes_the_shapes_of_the_catalogue() {
    let catalogue = Catalogue::embedded();
    let of_aanbieder = catalogue.clone().of(Some(Rol::Aanbieder));
    let acts = of_aanbieder.acts().iter().map(|act| act.name.clone());
    let acts: BTreeSet<String> = acts
        .filter(|name| !NOT_BUILT_IN.contains(&name.as_str()))
        .collect();
    let schema = instruction(&catalogue);
    let mut runner = TestRunner::deterministic();
    for name in acts {
        let of_act = &schema["$defs"][format!("act.{name}")];
        let mut of_supplier = of_act.clone();
        // It is told the act with its facts; the id stands beside them.
        if let Some(properties) = of_supplier["properties"].as_object_mut() {
            properties.remove("id");
        }
        if let Some(required) = of_supplier["required"].as_array_mut() {
            required.retain(|name| name != "id");
        }
        runner
            .run(&valid(&schema, &of_supplier), |act| {
                let taken = serde_json::from_value::<Instruction>(act.clone());
                let written = taken.map(|taken| serde_json::to_value(taken).unwrap_or_default());
                prop_assert_eq!(written.map_err(|error| error.to_string()), Ok(act.clone()));
                for broken in broken(&schema, &of_supplier, &act) {
                    let taken = serde_json::from_value::<Instruction>(broken.clone());
                    prop_assert!(taken.is_err(), "taken: {broken}");
                }
                Ok(())
            })
            .expect("it takes what the catalogue says");
    }
}

#[test]
fn the_built_in_supplier_knows_every_aanleiding() {
    let catalogue = Catalogue::embedded();
    let known = catalogue.type_of("aanleiding").expect("it is a type");
    let Shape::Word(words) = &known.shape else {
        panic!("it is a word");
    };
    let words: BTreeSet<&str> = words.iter().map(|word| word.word.as_str()).collect();
    assert_eq!(words, aanleidingen().map(Aanleiding::word).collect());
}

#[test]
fn an_act_that_no_scenario_uses_is_of_the_run_or_of_walks() {
    let catalogue = Catalogue::embedded();
    let of = |used: Used| -> Vec<&str> {
        let acts = catalogue.acts().iter().filter(|act| act.used == used);
        acts.map(|act| act.name.as_str()).collect()
    };
    assert_eq!(of(Used::Run), ["zet-klok", "reset"]);
    assert_eq!(
        of(Used::Walk),
        [
            "hervat-levering",
            "verwijder-start",
            "verwijder-stop",
            "wijzig-budget",
            "registreer-overlijden"
        ]
    );
}

fn aanleidingen() -> impl Iterator<Item = Aanleiding> {
    let next = |aanleiding: &Aanleiding| match aanleiding {
        Aanleiding::VolgensPlan => Some(Aanleiding::Tijdelijk),
        Aanleiding::Tijdelijk => Some(Aanleiding::Client),
        Aanleiding::Client => Some(Aanleiding::Aanbieder),
        Aanleiding::Aanbieder => Some(Aanleiding::Overeenstemming),
        Aanleiding::Overeenstemming => Some(Aanleiding::Overlijden),
        Aanleiding::Overlijden => Some(Aanleiding::Verhuizing),
        Aanleiding::Verhuizing => Some(Aanleiding::ExterneOorzaak),
        Aanleiding::ExterneOorzaak => Some(Aanleiding::Toewijzing),
        Aanleiding::Toewijzing => None,
    };
    std::iter::successors(Some(Aanleiding::VolgensPlan), next)
}

fn references_in(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                found.push(reference.clone());
            }
            if let Some(Value::Object(mapping)) = fields.get("mapping") {
                found.extend(mapping.values().filter_map(Value::as_str).map(str::to_owned));
            }
            fields.values().for_each(|field| references_in(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references_in(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Values that a schema allows, made from the schema alone.
fn valid(root: &Value, schema: &Value) -> BoxedStrategy<Value> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        return valid(root, target.expect("the reference resolves"));
    }
    if let Some(only) = schema.get("const") {
        return Just(only.clone()).boxed();
    }
    if let Some(words) = schema["enum"].as_array() {
        return select(words.clone()).boxed();
    }
    let day = || (2015..2035_i32, 1..=12_u8, 1..=28_u8).prop_map(|(y, m, d)| format!("{y}-{m:02}-{d:02}"));
    match schema["type"].as_str() {
        Some("boolean") => any::<bool>().prop_map(Value::from).boxed(),
        Some("integer") => {
            let bound = |name: &str| schema[name].as_i64().expect("a number has bounds");
            (bound("minimum")..=bound("maximum"))
                .prop_map(Value::from)
                .boxed()
        }
        Some("array") => {
            let least = usize::try_from(schema["minItems"].as_u64().unwrap_or_default()).expect("a few");
            proptest::collection::vec(valid(root, &schema["items"]), least..least + 3)
                .prop_map(Value::from)
                .boxed()
        }
        Some("object") => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            let fields: Vec<_> = properties
                .iter()
                .map(|(name, of)| {
                    let is_there = if required.contains(&json!(name)) {
                        Just(true).boxed()
                    } else {
                        any::<bool>().boxed()
                    };
                    (Just(name.clone()), is_there, valid(root, of))
                })
                .collect();
            fields
                .prop_map(|fields| {
                    let there = fields.into_iter().filter(|(_, is_there, _)| *is_there);
                    there
                        .map(|(name, _, value)| (name, value))
                        .collect::<Map<_, _>>()
                        .into()
                })
                .boxed()
        }
        Some("string") => match (schema["format"].as_str(), schema["pattern"].as_str()) {
            (Some("date"), None) => day().prop_map(Value::from).boxed(),
            (None, Some(pattern)) if pattern.contains('T') => {
                let time = pattern.split_once('T').expect("a moment").1.trim_end_matches('$');
                let time = string_regex(time).expect("a pattern");
                (day(), time)
                    .prop_map(|(day, time)| format!("{day}T{time}").into())
                    .boxed()
            }
            (None, Some(r"\S")) => {
                let max = schema["maxLength"].as_u64().unwrap_or(9) - 1;
                let rest = string_regex(&format!("[ a-zé0-9'-]{{0,{max}}}")).expect("a pattern");
                rest.prop_map(|rest| format!("{rest}x").into()).boxed()
            }
            (None, Some(pattern)) => {
                let bare = pattern.trim_start_matches('^').trim_end_matches('$');
                string_regex(bare)
                    .expect("a pattern")
                    .prop_map(Value::from)
                    .boxed()
            }
            other => panic!("a text that is not made here: {other:?}"),
        },
        other => panic!("a type that is not made here: {other:?}"),
    }
}

/// The same act without each thing that is obligatory, and with something more at each place; the id is left alone.
fn broken(root: &Value, schema: &Value, act: &Value) -> Vec<Value> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        return broken(root, target.expect("the reference resolves"), act);
    }
    let mut all = Vec::new();
    match act {
        Value::Object(fields) => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            for name in required
                .iter()
                .filter_map(Value::as_str)
                .filter(|name| *name != "id")
            {
                let mut less = fields.clone();
                assert!(less.remove(name).is_some(), "{name} is obligatory");
                all.push(less.into());
            }
            let mut more = fields.clone();
            more.insert("extra_feit".to_owned(), json!("x"));
            all.push(more.into());
            for (name, field) in fields {
                for worse in broken(root, &schema["properties"][name], field) {
                    let mut with = fields.clone();
                    with.insert(name.clone(), worse);
                    all.push(with.into());
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                for worse in broken(root, &schema["items"], item) {
                    let mut with = items.clone();
                    with[index] = worse;
                    all.push(with.into());
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            all.push(json!({ "extra_feit": "x" }));
            all.push(Value::Null);
        }
    }
    all
}

#[test]
fn what_is_seen_has_the_shape_of_its_kind() {
    let catalogue = Catalogue::embedded();
    let seen = json!({"gemeente": "0384", "standaard": "ijw", "nummer": "1"});
    assert_eq!(catalogue.fault_seen("toewijzing", &seen), None);
    let with_kind = json!({"soort": "toewijzing", "gemeente": "0384", "standaard": "ijw", "nummer": "1"});
    assert_eq!(catalogue.fault_seen("toewijzing", &with_kind), None);
    for strange in [
        json!({"gemeente": "0384", "standaard": "ijw", "nummer": 1}),
        json!({"gemeente": "0384", "standaard": "ijw"}),
        json!({"gemeente": "0384", "standaard": "ijw", "nummer": "1", "naam": "x"}),
        json!("1"),
    ] {
        assert!(
            catalogue.fault_seen("toewijzing", &strange).is_some(),
            "{strange}"
        );
    }
    assert!(catalogue.fault_seen("weer", &seen).is_some());
}
