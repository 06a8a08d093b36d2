//! SARIF 2.1.0, for who shows results beside other tools: a run, or checked files.
//!
//! Both are one run of SARIF with one tool, one list of rules and one form of results; what becomes a result of a run
//! stands in `run`, of checked files in `check`. What the report tells about time and machine is left out, so equal
//! input gives equal bytes. Tests: `tests/it/sarif.rs`.

mod check;
mod run;

use std::collections::BTreeMap;

use kp_model::{Finding, Severity};
use serde_json::{Value, json};

use crate::{
    error::ReportError,
    event::RuleSentence,
    style::{Lang, shown},
};

pub use check::check;
pub use run::render;

/// The document of one run of SARIF.
fn document(run: &Value) -> Result<String, ReportError> {
    let document = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// The rules that results name, in the order in which they were first told.
struct Rules {
    lang: Lang,
    told: Vec<Value>,
    /// The places of rules, by id.
    places: BTreeMap<String, usize>,
}

impl Rules {
    fn new(lang: Lang) -> Self {
        Self {
            lang,
            told: Vec::new(),
            places: BTreeMap::new(),
        }
    }

    fn tell(&mut self, id: &str, sentence: &str) {
        self.places.insert(id.to_owned(), self.told.len());
        self.told.push(json!({
            "id": id,
            "shortDescription": { "text": shown(sentence) },
        }));
    }

    /// Tells a rule of a release, and its id.
    fn published(&mut self, rule: &RuleSentence) -> String {
        let id = format!("{}/{}", rule.release, rule.code);
        if !self.places.contains_key(&id) {
            self.tell(&id, self.lang.word(&rule.nl, &rule.en));
        }
        id
    }

    /// The id of a rule by who asks it and its code; one that was not told yet is told by what is known of it.
    fn id(&mut self, asked_by: &str, code: &str) -> String {
        let id = format!("{}/{}", asked_by, shown(code));
        if !self.places.contains_key(&id) {
            let without_code = self.lang.word(
                "Wat vorm en schema vragen zonder dat daar een code voor is.",
                "What form and schema ask without a code for it.",
            );
            self.tell(
                &id,
                if code == Finding::NO_CODE {
                    without_code
                } else {
                    code
                },
            );
        }
        id
    }

    /// Has a result point at its rule.
    fn point(&self, result: &mut Value, rule: &str) {
        result["ruleId"] = json!(rule);
        if let Some(index) = self.places.get(rule) {
            result["ruleIndex"] = json!(index);
        }
    }
}

/// The tool, with the rules that its results name.
fn driver(rules: Rules) -> Value {
    json!({
        "name": "Ketenproef",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules.told,
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Fout => "error",
        Severity::Opmerking => "note",
    }
}

/// Where a finding is within its file; none when it concerns the file as a whole.
fn region(finding: &Finding) -> Option<Value> {
    (finding.line > 0).then(|| {
        json!({
            "startLine": finding.line,
            "startColumn": finding.column.max(1),
        })
    })
}

/// Both sides of a difference in words, those that are there.
fn sides<'a>(
    lang: Lang,
    expected: Option<&'a str>,
    got: Option<&'a str>,
) -> impl Iterator<Item = String> + use<'a> {
    let sides = [("verwacht", "expected", expected), ("gekregen", "got", got)];
    sides.into_iter().filter_map(move |(dutch, english, side)| {
        let word = lang.word(dutch, english);
        side.map(|side| format!("{word}: {}", shown(side)))
    })
}

/// The sentence of a finding.
fn sentence(finding: &Finding, lang: Lang) -> String {
    shown(lang.word(&finding.message_nl, &finding.message_en))
}
