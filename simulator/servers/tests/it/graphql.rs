//! GraphQL text: what it asks however it is written, and what is refused before anything is looked up.

use std::sync::Arc;

use kp_chain::netwerk::{Answered, Asked, Filter, Operand, Operator, Query, Selected, Unreadable};
use kp_model::Catalogue;
use kp_servers::graphql::{Asks, RegisterSchema, json};
use serde_json::{Value, json as literal};

fn schema(code: &str, view: Option<&str>) -> RegisterSchema {
    let network = Catalogue::embedded().load_network("netwerk-1.0").unwrap();
    let (register, _) = network.register(code).unwrap();
    RegisterSchema::new(Arc::clone(&network), register, view).unwrap()
}

fn read(code: &str, query: &str, variables: Value) -> Result<Asks, Unreadable> {
    let body = literal!({ "query": query, "variables": variables }).to_string();
    schema(code, None).read(body.as_bytes())
}

fn asks(query: &str) -> Query {
    read("CR", query, literal!({})).unwrap().query
}

fn refused(query: &str) -> (u16, String) {
    let unfit = read("CR", query, literal!({})).unwrap_err();
    (unfit.status, unfit.text)
}

fn tests(filter: &Filter) -> Vec<(String, Operator, Operand)> {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().flat_map(tests).collect(),
        Filter::Test { path, operator, with } => vec![(path.clone(), *operator, with.clone())],
    }
}

fn one(text: &str) -> Operand {
    Operand::One(text.to_owned())
}

const KEY: &str = "5b1d3c1e-2c51-4c86-9a6b-0d5f7b4b7a10";

#[test]
fn every_register_and_view_has_a_schema_that_graphql_accepts() {
    let network = Catalogue::embedded().load_network("netwerk-1.0").unwrap();
    for (place, register) in network.registers.iter().enumerate() {
        let views = register
            .entities
            .iter()
            .flat_map(|entity| &entity.views)
            .map(Some);
        for view in std::iter::once(None).chain(views) {
            let made = RegisterSchema::new(Arc::clone(&network), place, view.map(String::as_str));
            assert!(made.is_ok(), "{} {view:?}: {:?}", register.code, made.err());
        }
    }
}

#[test]
fn a_query_is_one_root_with_its_filters_and_what_is_selected() {
    let asked = read(
        "TR",
        "query Q($id: UUID!, $wie: String) {
           toewijzing(where: { toewijzingID: { eq: $id }, aanbieder: { eq: $wie }, toewijzingNummer: { gt: 7 } }) {
             nummer: toewijzingNummer omvang { volume __typename }
           }
         }",
        literal!({ "id": KEY, "wie": "98765432" }),
    )
    .unwrap();
    assert_eq!(asked.response, "toewijzing");
    let found = tests(&asked.query.filter);
    let test = |path: &str, operator, with: &str| (path.to_owned(), operator, one(with));
    let wanted = [
        test("toewijzingID", Operator::Eq, KEY),
        test("aanbieder", Operator::Eq, "98765432"),
        test("toewijzingNummer", Operator::Gt, "7"),
    ];
    assert_eq!(found, wanted);
    let selected = |response: &str, path: &str| Selected {
        response: response.to_owned(),
        asked: Asked::Path(path.to_owned()),
        below: Vec::new(),
    };
    let name = Selected {
        response: "__typename".to_owned(),
        asked: Asked::TypeName("ToewijzingOmvang".to_owned()),
        below: Vec::new(),
    };
    let omvang = Selected {
        below: vec![selected("volume", "omvang/volume"), name],
        ..selected("omvang", "omvang")
    };
    assert_eq!(
        asked.query.selection,
        [selected("nummer", "toewijzingNummer"), omvang]
    );
}

/// F14: what a filter is held against is what is really given: null stays null, and a variable that is absent filters nothing.
#[test]
fn a_filter_without_a_value_is_no_filter() {
    let query = "query($x: String) { client(where: { gemeente: { eq: $x } }) { bsn } }";
    let with = |variables| tests(&read("CR", query, variables).unwrap().query.filter);
    assert_eq!(with(literal!({})), []);
    assert_eq!(
        with(literal!({ "x": null })),
        [("gemeente".to_owned(), Operator::Eq, Operand::Null)]
    );
    assert_eq!(
        with(literal!({ "x": "" })),
        [("gemeente".to_owned(), Operator::Eq, one(""))]
    );
    let whole = "query($w: ClientWhere!) { client(where: $w) { bsn } }";
    assert!(read("CR", whole, literal!({ "w": null })).is_err());
    assert!(read("CR", whole, literal!({})).is_err());
    let or = asks("{ client(where: { or: [{ bsn: { eq: \"1\" } }, { bsn: { eq: \"2\" } }] }) { bsn } }");
    assert!(or.fixed("bsn").is_empty(), "an alternative fixes nothing");
}

/// F16: a field is asked, whatever it is called and wherever it stands.
#[test]
fn aliases_fragments_and_directives_hide_no_field() {
    let paths = |text: &str| {
        let query = asks(&format!(
            "{text} fragment F on Client {{ naam {{ geslachtsnaam {{ achternaam }} }} }}"
        ));
        query
            .paths()
            .iter()
            .map(|path| (*path).to_owned())
            .collect::<Vec<_>>()
    };
    let hidden = "naam/geslachtsnaam/achternaam";
    for text in [
        "{ client(where: {}) { bsn ...F } }",
        "{ client(where: {}) { bsn ... on Client { ...F } } }",
        "{ client(where: {}) { bsn ... @include(if: true) { ...F } } }",
        "{ client(where: {}) { bsn x: naam { y: geslachtsnaam { z: achternaam } } ...F } }",
        "{ ... on Query { client(where: {}) { bsn ...F @skip(if: false) } } }",
    ] {
        assert!(paths(text).contains(&hidden.to_owned()), "{text}");
    }
    assert_eq!(
        paths("{ client(where: {}) { bsn ...F @skip(if: true) } }"),
        ["bsn"]
    );
}

/// F17: an alias with the name of another operation.
#[test]
fn an_alias_may_not_pose_as_another_operation() {
    let (status, _) = refused("{ toewijzing: client(where: {}) { bsn } }");
    assert_eq!(status, 403);
    assert!(read("CR", "{ mijn: client(where: {}) { bsn } }", literal!({})).is_ok());
}

/// F18: one operation, one root, one request.
#[test]
fn two_questions_in_one_request_are_refused() {
    let two = "query A { client(where: {}) { bsn } } query B { client(where: {}) { geslacht } }";
    assert_eq!(
        refused(two),
        (400, "Only one operation at the time is supported.".to_owned())
    );
    let roots = "{ a: client(where: {}) { bsn } b: client(where: {}) { bsn } }";
    let message = "Only one selectionset in an operation is supported.";
    assert_eq!(refused(roots), (400, message.to_owned()));
    let hidden = "{ client(where: {}) { bsn } ...F } fragment F on Query { b: client(where: {}) { bsn } }";
    assert_eq!(refused(hidden), (400, message.to_owned()));
    let batch = format!("[{}]", literal!({ "query": "{ client(where: {}) { bsn } }" }));
    assert_eq!(schema("CR", None).read(batch.as_bytes()).unwrap_err().status, 400);
}

/// F20: too deep, too large, too wide; a text that grows when it is read is stopped as it grows.
#[test]
fn a_query_without_measure_is_refused() {
    let schema = schema("CR", None);
    let large = format!("{{ client(where: {{}}) {{ bsn }} }} # {}", "x".repeat(70_000));
    let large = literal!({ "query": large }).to_string();
    assert!(
        schema
            .read(large.as_bytes())
            .unwrap_err()
            .text
            .contains("larger than 65536 bytes")
    );
    let wide: String = (0..600).map(|number| format!("a{number}: bsn ")).collect();
    assert_eq!(
        refused(&format!("{{ client(where: {{}}) {{ {wide} }} }}")).1,
        "too many fields are asked"
    );
    let deep = "{ and: [".repeat(200) + "{ bsn: { eq: \"1\" } }" + &"] }".repeat(200);
    assert_eq!(refused(&format!("{{ client(where: {deep}) {{ bsn }} }}")).0, 400);
    // Fragments that each use the next twice: as many fields as two to the power of their number.
    for count in [10, 28, 500] {
        let mut bombs = String::from("{ client(where: {}) { ...F0 } }");
        for number in 0..count {
            bombs += &format!(
                " fragment F{number} on Client {{ ...F{0} a: bsn ...F{0} }}",
                number + 1
            );
        }
        bombs += &format!(" fragment F{count} on Client {{ bsn }}");
        assert_eq!(refused(&bombs).0, 400, "{count}");
    }
    let circle = "{ client(where: {}) { ...F } } fragment F on Client { ...G } fragment G on Client { ...F }";
    assert_eq!(refused(circle).0, 400);
}

/// F22, and what no schema of a register knows.
#[test]
fn what_the_schema_does_not_know_is_refused() {
    for query in [
        "mutation { zendNotificatie { notificatieID } }",
        "{ levering(where: {}) { begindatum } }",
        "{ client(where: {}) { juridischeStatus } }",
        "{ client(where: { kleur: { eq: \"rood\" } }) { bsn } }",
        "{ client(where: { bsn: { gt: \"1\" } }) { bsn } }",
        "{ client { bsn } }",
        "{ client(where: null) { bsn } }",
        "{ client(where: {}) }",
        "{ client(where: {}) { bsn ",
        "",
    ] {
        assert_eq!(refused(query).0, 400, "{query}");
    }
    assert_eq!(schema("CR", None).read(b"\xff").unwrap_err().status, 400);
    let extra = literal!({ "query": "{ client(where: {}) { juridischeStatus } }" }).to_string();
    assert!(schema("CR", Some("extra")).read(extra.as_bytes()).is_ok());
}

#[test]
fn an_answer_is_written_as_it_was_asked() {
    let answered = Answered::List(vec![Answered::Object(vec![
        ("nummer".to_owned(), Answered::Number(7)),
        ("einddatum".to_owned(), Answered::Null),
        ("naam".to_owned(), Answered::Text("Jansen".to_owned())),
    ])]);
    assert_eq!(
        json(&answered),
        literal!([{ "nummer": 7, "einddatum": null, "naam": "Jansen" }])
    );
}
