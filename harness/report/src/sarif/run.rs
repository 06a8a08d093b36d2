//! The report of a run as SARIF.
//!
//! A result is an expectation that was not met, a finding in a message of the system under test, or something that came
//! in unexpectedly. Its place is a file of the evidence (`evidence`), nested in the archive. Tests: `tests/it/sarif.rs`.

use std::collections::BTreeMap;

use kp_model::Finding;
use serde_json::{Value, json};

use super::{Rules, document, driver, level, region, sentence, sides};
use crate::{
    error::ReportError,
    event::{Direction, Expectation, ExpectationOutcome, Message},
    evidence,
    outcome::Outcome,
    run::{RunReport, ScenarioReport},
    style::{Lang, shown},
};

/// Of one message at most this many findings are results; `report.json` has all.
const FINDINGS_MAX: usize = 100;
/// The rules of results that rest on no published one.
const EXPECTATION: &str = "ketenproef/verwachting";
const UNEXPECTED: &str = "ketenproef/onverwacht";

/// The report as a SARIF document.
///
/// # Errors
/// Returns an error when serialising fails.
pub fn render(report: &RunReport, lang: Lang) -> Result<String, ReportError> {
    let mut log = Log::new(report, lang);
    for scenario in report.scenarios() {
        log.scenario(scenario);
    }
    log.unexpected();
    document(&log.run())
}

/// A run of SARIF in the making.
struct Log<'a> {
    report: &'a RunReport,
    lang: Lang,
    artifacts: Vec<Value>,
    /// The places of files among the artifacts, by name.
    places: BTreeMap<String, usize>,
    rules: Rules,
    results: Vec<Value>,
}

/// Where a result is, in a file of the evidence and in the scenario.
struct Place<'a> {
    file: Option<String>,
    finding: Option<&'a Finding>,
    scenario: Option<&'a ScenarioReport>,
}

impl<'a> Log<'a> {
    fn new(report: &'a RunReport, lang: Lang) -> Self {
        let mut artifacts = vec![json!({
            "location": { "uri": evidence::ARCHIVE },
            "mimeType": "application/zip",
        })];
        let mut places = BTreeMap::new();
        for file in evidence::files(report) {
            places.insert(file.name.clone(), artifacts.len());
            let kind = if file.bytes.is_xml() {
                "application/xml"
            } else {
                "application/octet-stream"
            };
            artifacts.push(json!({
                "location": { "uri": file.name },
                "parentIndex": 0,
                "length": file.bytes.as_bytes().len(),
                "mimeType": kind,
                "hashes": { "sha-256": file.sha256 },
            }));
        }
        let mut log = Self {
            report,
            lang,
            artifacts,
            places,
            rules: Rules::new(lang),
            results: Vec::new(),
        };
        log.rules.tell(
            EXPECTATION,
            lang.word(
                "Een verwachting van een scenario.",
                "An expectation of a scenario.",
            ),
        );
        log.rules.tell(
            UNEXPECTED,
            lang.word(
                "Iets dat bij geen enkel scenario hoort.",
                "Something that belongs to no scenario.",
            ),
        );
        for rule in report.named_rules() {
            log.rules.published(rule);
        }
        log
    }

    fn run(self) -> Value {
        let report = self.report;
        let name = report.name();
        let errors: Vec<Value> = report.scenarios().iter().filter_map(our_error).collect();
        let mut driver = driver(self.rules);
        driver["properties"] = json!({ "commit": name.commit });
        json!({
            "tool": { "driver": driver },
            "automationDetails": {
                "id": format!("ketenproef/{}/{}", report.sut().role, shown(&report.sut().name)),
            },
            "language": self.lang.word("nl", "en"),
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "commandLine": report.replay(),
                "executionSuccessful": errors.is_empty(),
                "toolExecutionNotifications": errors,
            }],
            "artifacts": self.artifacts,
            "results": self.results,
            "properties": {
                "verdict": report.verdict().word(),
                "releases": name.releases,
                "seed": name.seed,
                "configuration": name.configuration,
            },
        })
    }

    fn scenario(&mut self, scenario: &'a ScenarioReport) {
        let mut told: Vec<&Finding> = Vec::new();
        for expectation in scenario.not_met() {
            if let ExpectationOutcome::NotMet { finding, .. } = &expectation.outcome {
                told.extend(finding.as_deref());
            }
            self.expectation(scenario, expectation);
        }
        for (index, message) in scenario.messages.iter().enumerate() {
            // A message of ours with findings is wrong on purpose.
            if message.direction == Direction::FromSut {
                let findings = message.findings.iter().filter(|finding| !told.contains(finding));
                for finding in findings.take(FINDINGS_MAX) {
                    self.finding(scenario, index, message, finding);
                }
            }
        }
    }

    fn expectation(&mut self, scenario: &'a ScenarioReport, expectation: &'a Expectation) {
        let ExpectationOutcome::NotMet {
            expected,
            got,
            finding,
            explanation,
        } = &expectation.outcome
        else {
            return;
        };
        let index = scenario.place_of(expectation);
        let place = Place {
            file: index.map(|index| evidence::message_file(scenario, index)),
            finding: finding.as_deref(),
            scenario: Some(scenario),
        };
        let finding_rule = finding.as_ref().map(|finding| &finding.rule);
        let code = finding_rule.or_else(|| expectation.rules.first());
        let rule = code.map_or(EXPECTATION.to_owned(), |code| {
            self.rules.id(&scenario.plan.release, code)
        });
        let by_finding = finding
            .as_ref()
            .filter(|finding| finding.message_nl == *explanation)
            .map(|finding| sentence(finding, self.lang));
        let text = [
            shown(&expectation.text),
            by_finding.unwrap_or_else(|| explanation.lines().map(shown).collect::<Vec<_>>().join(" ")),
        ]
        .join(". ");
        let level = if expectation.literal { "error" } else { "note" };
        let difference = (expected.as_deref(), got.as_deref());
        let result = self.result(&rule, level, &text, difference, &place);
        self.results.push(result);
    }

    fn finding(
        &mut self,
        scenario: &'a ScenarioReport,
        index: usize,
        message: &Message,
        finding: &'a Finding,
    ) {
        let place = Place {
            file: Some(evidence::message_file(scenario, index)),
            finding: Some(finding),
            scenario: Some(scenario),
        };
        let rule = self.rules.id(&scenario.plan.release, &finding.rule);
        let text = format!("{}: {}", shown(&message.message), sentence(finding, self.lang));
        let difference = (finding.expected.as_deref(), finding.got.as_deref());
        let result = self.result(&rule, level(finding.severity), &text, difference, &place);
        self.results.push(result);
    }

    fn unexpected(&mut self) {
        for (index, unexpected) in self.report.unexpected().iter().enumerate() {
            let place = Place {
                file: Some(evidence::unexpected_file(unexpected, index)),
                finding: None,
                scenario: None,
            };
            let text = shown(&unexpected.explanation);
            let result = self.result(UNEXPECTED, "error", &text, (None, None), &place);
            self.results.push(result);
        }
    }

    fn result(
        &self,
        rule: &str,
        level: &str,
        text: &str,
        (expected, got): (Option<&str>, Option<&str>),
        place: &Place<'_>,
    ) -> Value {
        let mut lines = vec![text.trim_end_matches(". ").to_owned()];
        lines.extend(sides(self.lang, expected, got));
        let id = place.scenario.map_or("", |scenario| scenario.plan.id.as_str());
        if let Some(scenario) = place.scenario {
            let replay = self.report.replay_of(scenario);
            lines.push(format!("{}: {replay}", self.lang.word("opnieuw", "replay")));
        }
        let at = place.finding.map_or("", |finding| finding.path.as_str());
        let mut result = json!({
            "level": level,
            "message": { "text": lines.join("\n") },
            "locations": [self.location(place)],
            "partialFingerprints": { "scenarioRegelPlaats/v1": shown(&format!("{id} {rule} {at}")) },
        });
        self.rules.point(&mut result, rule);
        if let Some(scenario) = place.scenario {
            result["properties"] = json!({ "scenario": id, "title": scenario.plan.title });
            if let Outcome::Waived { id, .. } = &scenario.outcome {
                let reason = scenario.outcome.reason(self.lang);
                let why = reason.unwrap_or_else(|| id.clone());
                result["suppressions"] =
                    json!([{ "kind": "external", "status": "accepted", "justification": why }]);
            }
        }
        result
    }

    fn location(&self, place: &Place<'_>) -> Value {
        let mut location = json!({});
        if let Some((file, index)) = place
            .file
            .as_ref()
            .and_then(|file| self.places.get_key_value(file))
        {
            location["physicalLocation"] = json!({ "artifactLocation": { "uri": file, "index": index } });
            if let Some(region) = place.finding.and_then(region) {
                location["physicalLocation"]["region"] = region;
            }
        }
        let path = place.finding.map(|finding| finding.path.as_str());
        let scenario = place.scenario.map(|scenario| scenario.plan.id.as_str());
        let names: Vec<Value> = [(scenario, "module"), (path, "element")]
            .into_iter()
            .filter_map(|(name, kind)| Some((name.filter(|name| !name.is_empty())?, kind)))
            .map(|(name, kind)| json!({ "fullyQualifiedName": shown(name), "kind": kind }))
            .collect();
        if !names.is_empty() {
            location["logicalLocations"] = json!(names);
        }
        location
    }
}

/// What went wrong on our side in a scenario.
fn our_error(scenario: &ScenarioReport) -> Option<Value> {
    let Outcome::Error { what } = &scenario.outcome else {
        return None;
    };
    let text = format!("{}: {}", scenario.plan.id, shown(what));
    Some(json!({ "level": "error", "message": { "text": text } }))
}
