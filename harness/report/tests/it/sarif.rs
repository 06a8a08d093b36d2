//! The SARIF document.

use kp_report::{Lang, RunReport, sarif};
use serde_json::Value;

use crate::sample;

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
