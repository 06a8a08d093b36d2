//! The SARIF document.

use kp_model::Finding;
use kp_report::{CheckedFile, ExpectationOutcome, Lang, RuleSentence, RunReport, sarif};
use serde_json::Value;

use crate::{findings, sample, schema::Schema};

/// What the standard says of the objects that we write.
const FORM: &str = include_str!("sarif-2.1.0.json");

fn run(report: &RunReport, lang: Lang) -> Value {
    let text = sarif::render(report, lang).expect("renders");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["version"], "2.1.0");
    document["runs"][0].clone()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a Vec<Value> {
    value[name]
        .as_array()
        .unwrap_or_else(|| panic!("{name} in {value}"))
}

#[test]
fn what_was_not_met_becomes_results() {
    let run = run(&sample::report(), Lang::Nl);
    let told: Vec<String> = list(&run, "results")
        .iter()
        .map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            format!(
                "{} {} {}:{}\n{}",
                result["level"].as_str().expect("a level"),
                result["ruleId"].as_str().expect("a rule"),
                place["artifactLocation"]["uri"].as_str().unwrap_or("-"),
                place["region"]["startLine"],
                result["message"]["text"].as_str().expect("a text"),
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n\n"), @r"
    error ijw-3.2/RS037 A2/02-van-sut-JW305.xml:3
    de aanbieder meldt de start. Het nummer is een cijfer te kort. Neem het over uit de toewijzing.
    verwacht: JW305 met 999900006
    gekregen: JW305 met 99990000
    opnieuw: ketenproef certify --release ijw-3.2 --sut sut.toml --seed 42 --only A2

    note ijw-3.2/IV028 -:null
    binnen vijf werkdagen
    opnieuw: ketenproef certify --release ijw-3.2 --sut sut.toml --seed 42 --only A2

    error ketenproef/onverwacht onverwacht/01-van-sut-JW305.xml:null
    geen scenario kent deze client
    ");
    let notes = list(&run["invocations"][0], "toolExecutionNotifications");
    assert_eq!(notes[0]["message"]["text"], "A6: poort bezet");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn every_reference_leads_somewhere() {
    let run = run(&sample::report(), Lang::En);
    let rules = list(&run["tool"]["driver"], "rules");
    let artifacts = list(&run, "artifacts");
    for result in list(&run, "results") {
        let index = result["ruleIndex"].as_u64().expect("a place");
        let rule = &rules[usize::try_from(index).expect("small")];
        assert_eq!(rule["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        if let Some(index) = place["index"].as_u64() {
            assert_eq!(
                artifacts[usize::try_from(index).expect("small")]["location"]["uri"],
                place["uri"]
            );
        }
    }
    let sentence = rules.iter().find(|rule| rule["id"] == "ijw-3.2/IV028");
    let sentence = &sentence.expect("named")["shortDescription"]["text"];
    assert_eq!(sentence, "What IV028 says.");
    assert_eq!(artifacts[0]["location"]["uri"], "bewijs.zip");
    assert!(artifacts[1..].iter().all(|artifact| artifact["parentIndex"] == 0));
}

#[test]
fn a_good_run_has_no_results() {
    let run = run(&sample::good_report(), Lang::Nl);
    assert!(list(&run, "results").is_empty());
    assert_eq!(run["properties"]["verdict"], "geslaagd");
}

/// The files of a check, with one in which no message was recognised.
fn checked() -> Value {
    let mut files = findings::files();
    files[1].not_judged.insert("OP090".to_owned(), 2);
    files.push(CheckedFile {
        name: "map/geen bericht.xml".to_owned(),
        findings: vec![Finding::of_file(
            kp_model::Kind::Welgevormd,
            "Dit is geen XML.",
            "This is no XML.",
        )],
        ..CheckedFile::default()
    });
    let rules = [RuleSentence {
        release: "ijw-3.2".to_owned(),
        code: "RS037".to_owned(),
        nl: "Een burgerservicenummer bestaat uit precies negen cijfers.".to_owned(),
        en: "A burgerservicenummer has exactly nine digits.".to_owned(),
        basis: "published".to_owned(),
    }];
    let text = sarif::check(&files, &rules, Lang::Nl).expect("renders");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn findings_of_checked_files_are_results() {
    let document = checked();
    let run = &document["runs"][0];
    let results = list(run, "results").iter();
    let told: Vec<String> = results
        .map(|result| {
            let place = &result["locations"][0];
            let at = &place["physicalLocation"];
            format!(
                "{} {} {}:{} {}\n{}",
                result["level"].as_str().expect("a level"),
                result["ruleId"].as_str().expect("a rule"),
                at["artifactLocation"]["uri"].as_str().expect("a file"),
                at["region"],
                place["logicalLocations"][0]["fullyQualifiedName"],
                result["message"]["text"].as_str().expect("a text"),
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    error ijw-3.2/RS037 JW305.xml:{"startColumn":10,"startLine":3} "/Bericht/Client/Bsn"
    Een burgerservicenummer telt precies 9 cijfers.
    verwacht: [0-9]{9}
    gekregen: 99990000
    RetourCode: 0001
    zie ook: /Bericht/Client/Partner

    note ijw-3.2/OP192 JW305.xml:null null
    Regels eindigen met LF.

    error ketenproef/XSD map/geen%20bericht.xml:null null
    Dit is geen XML.
    "#);
    let rules = list(&run["tool"]["driver"], "rules").iter();
    let rules: Vec<&str> = rules
        .map(|rule| rule["shortDescription"]["text"].as_str().expect("words"))
        .collect();
    insta::assert_snapshot!(rules.join("\n"), @r"
    Een burgerservicenummer bestaat uit precies negen cijfers.
    OP192
    Wat vorm en schema vragen zonder dat daar een code voor is.
    ");
    let notes = list(&run["invocations"][0], "toolExecutionNotifications").iter();
    let notes: Vec<String> = notes
        .map(|note| format!("{}: {}", note["level"], note["message"]["text"]))
        .collect();
    insta::assert_snapshot!(notes.join("\n"), @r#"
    "warning": "4 bevindingen meer dan hier staan"
    "note": "niet beoordeeld: OP090"
    "#);
    for result in list(run, "results") {
        let index = |value: &Value| usize::try_from(value.as_u64().expect("a place")).expect("small");
        let rule = &list(&run["tool"]["driver"], "rules")[index(&result["ruleIndex"])];
        assert_eq!(rule["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(
            list(run, "artifacts")[index(&place["index"])]["location"]["uri"],
            place["uri"]
        );
    }
}

#[test]
fn what_we_write_is_sarif() {
    let of_run = |report: &RunReport| -> Value {
        serde_json::from_str(&sarif::render(report, Lang::En).expect("renders")).expect("JSON")
    };
    let mut waived = sample::report();
    let outcome = ExpectationOutcome::NotMet {
        expected: None,
        got: None,
        finding: None,
        explanation: "bekend".to_owned(),
    };
    waived.apply(sample::expectation("A5", "de melding komt", true, outcome));
    let mut form = Schema::read(FORM);
    let documents = [
        of_run(&waived),
        of_run(&sample::good_report()),
        of_run(&RunReport::new()),
        checked(),
    ];
    for document in &documents {
        assert_eq!(form.faults(document), Vec::<String>::new());
        // Places count from 1, indices from 0: what the form does not say.
        for result in list(&document["runs"][0], "results") {
            let region = &result["locations"][0]["physicalLocation"]["region"];
            assert!(
                region.is_null()
                    || region["startLine"].as_u64() > Some(0) && region["startColumn"].as_u64() > Some(0)
            );
        }
    }
    assert_eq!(form.never_met(), Vec::<String>::new());
}
