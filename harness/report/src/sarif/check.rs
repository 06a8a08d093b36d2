//! Checked files as SARIF.
//!
//! A result is a finding, placed in its file. What is not told, because there is too much of it, and what could not be
//! judged are notifications of the tool. Tests: `tests/it/sarif.rs`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Rules, document, driver, level, region, sentence, sides};
use crate::{
    error::ReportError,
    event::RuleSentence,
    findings::CheckedFile,
    privacy::mask,
    style::{Lang, shown},
};

/// Who asks what is asked of a file in which no message of a release was recognised.
const NO_RELEASE: &str = "ketenproef";

/// The findings of all files as a SARIF document; `rules` gives words to the rules that they name.
///
/// # Errors
/// Returns an error when serialising fails.
pub fn check(files: &[CheckedFile<'_>], rules: &[RuleSentence], lang: Lang) -> Result<String, ReportError> {
    let mut told = Rules::new(lang);
    let known: BTreeMap<(&str, &str), &RuleSentence> = rules
        .iter()
        .map(|rule| ((rule.release.as_str(), rule.code.as_str()), rule))
        .collect();
    let (mut artifacts, mut results, mut notifications) = (Vec::new(), Vec::new(), Vec::new());
    for (index, file) in files.iter().enumerate() {
        let location = json!({ "uri": uri(&mask(&file.name)), "index": index });
        let asked_by = file.release.as_deref().unwrap_or(NO_RELEASE);
        for finding in &file.findings {
            let rule = match known.get(&(asked_by, finding.rule.as_str())) {
                Some(rule) => told.published(rule),
                None => told.id(asked_by, &finding.rule),
            };
            let mut lines = vec![sentence(finding, lang)];
            lines.extend(sides(lang, finding.expected.as_deref(), finding.got.as_deref()));
            let code = finding.retourcode.iter();
            lines.extend(code.map(|code| format!("RetourCode: {}", shown(code))));
            let word = lang.word("zie ook", "see also");
            lines.extend(
                finding
                    .related
                    .iter()
                    .map(|other| format!("{word}: {}", shown(other))),
            );

            let mut place = json!({ "physicalLocation": { "artifactLocation": location } });
            if let Some(region) = region(finding) {
                place["physicalLocation"]["region"] = region;
            }
            if !finding.path.is_empty() {
                place["logicalLocations"] =
                    json!([{ "fullyQualifiedName": shown(&finding.path), "kind": "element" }]);
            }
            let at = format!("{} {rule} {}", shown(&file.name), shown(&finding.path));
            let mut result = json!({
                "level": level(finding.severity),
                "message": { "text": lines.join("\n") },
                "locations": [place],
                "partialFingerprints": { "bestandRegelPlaats/v1": at },
                "properties": {
                    "kind": finding.kind,
                    "level": finding.level,
                    "assumed": finding.assumed,
                },
            });
            told.point(&mut result, &rule);
            results.push(result);
        }
        artifacts.push(artifact(file));
        notifications.extend(untold(file, index, lang));
    }
    document(&json!({
        "tool": { "driver": driver(told) },
        "language": lang.word("nl", "en"),
        "columnKind": "unicodeCodePoints",
        "invocations": [{
            "executionSuccessful": true,
            "toolExecutionNotifications": notifications,
        }],
        "artifacts": artifacts,
        "results": results,
    }))
}

fn artifact(file: &CheckedFile<'_>) -> Value {
    let mut artifact = json!({ "location": { "uri": uri(&mask(&file.name)) } });
    if let Some(message) = &file.message {
        artifact["mimeType"] = json!("application/xml");
        artifact["properties"] = json!({ "message": shown(message), "release": file.release });
    }
    artifact
}

/// What of a file is not among the results.
fn untold(file: &CheckedFile<'_>, index: usize, lang: Lang) -> Vec<Value> {
    let notification = |level: &str, text: String| {
        json!({
            "level": level,
            "message": { "text": text },
            "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": uri(&mask(&file.name)), "index": index },
            } }],
        })
    };
    let mut untold = Vec::new();
    if file.omitted > 0 {
        let word = lang.word("bevindingen meer dan hier staan", "findings more than stand here");
        untold.push(notification("warning", format!("{} {word}", file.omitted)));
    }
    if !file.not_judged.is_empty() {
        let rules: Vec<&str> = file.not_judged.keys().map(String::as_str).collect();
        let word = lang.word("niet beoordeeld", "not judged");
        untold.push(notification("note", format!("{word}: {}", rules.join(" "))));
    }
    untold
}

/// The name of a file as a URI: relative as it was given, or of this machine when it is absolute.
fn uri(name: &str) -> String {
    let path = name.replace('\\', "/");
    let is_of_drive = matches!(path.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic());
    let (begin, rest) = if is_of_drive {
        ("file:///", path.as_str())
    } else if path.starts_with('/') {
        ("file://", path.as_str())
    } else {
        ("", path.as_str())
    };
    let mut uri = begin.to_owned();
    for (index, byte) in rest.bytes().enumerate() {
        let is_drive = is_of_drive && index == 1;
        if byte.is_ascii_alphanumeric() || b"/-._~*".contains(&byte) || is_drive {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_name_becomes_a_uri() {
        assert_eq!(uri("map/een bericht.xml"), "map/een%20bericht.xml");
        assert_eq!(uri("C:\\berichten\\é.xml"), "file:///C:/berichten/%C3%A9.xml");
        assert_eq!(uri("/tmp/a#1.xml"), "file:///tmp/a%231.xml");
        assert_eq!(uri("a:b.xml"), "a%3Ab.xml");
        assert_eq!(uri("los.zip/*********.xml"), "los.zip/*********.xml");
    }
}
