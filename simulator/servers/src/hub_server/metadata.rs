//! The JSON of a push, read into the metadata that the hub knows; a problem names the field it is in.
//!
//! Shape only: what is there, of which type, never null. Limits are judged by the hub. Tests are below.

use kp_chain::vsp::{BerichtMetadataPush, FieldProblem};

/// The name of the part that holds the metadata.
pub(super) const PART: &str = "berichtMetadata";

/// Reads the metadata of a push.
pub(super) fn read(json: &[u8]) -> Result<BerichtMetadataPush, FieldProblem> {
    serde_json::from_slice(json).map_err(|error| {
        let problem = error.to_string();
        let mut read = &json[..offset_of(json, error.line(), error.column())];
        // A wrong value is told once the octet after it is read; a missing field once its object is closed.
        if !problem.starts_with("missing field") {
            read = read.trim_ascii_end();
            read = read
                .strip_suffix(b"}")
                .or(read.strip_suffix(b"]"))
                .or(read.strip_suffix(b","))
                .unwrap_or(read);
        }
        let path = path_at(read);
        FieldProblem::new(if path.is_empty() { PART.to_owned() } else { path }, problem)
    })
}

/// The byte after a place that the reader of JSON names by line and column, both from 1.
fn offset_of(json: &[u8], line: usize, column: usize) -> usize {
    let start: usize = json
        .split_inclusive(|octet| *octet == b'\n')
        .take(line.saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    (start + column).min(json.len())
}

/// The path of the value that a piece of JSON breaks off in or just after, as in `a.b[0].c`.
fn path_at(json: &[u8]) -> String {
    let mut open: Vec<Step> = Vec::new();
    let mut text: Option<Vec<u8>> = None;
    let mut is_escaped = false;
    let mut last = Vec::new();
    for octet in json {
        if let Some(content) = &mut text {
            match octet {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => last = text.take().unwrap_or_default(),
                other => content.push(*other),
            }
            continue;
        }
        match octet {
            b'"' => text = Some(Vec::new()),
            b':' => {
                if let Some(Step::Field(name)) = open.last_mut() {
                    *name = String::from_utf8_lossy(&last).into_owned();
                }
            }
            b'{' => open.push(Step::Field(String::new())),
            b'[' => open.push(Step::Item(0)),
            b',' => match open.last_mut() {
                Some(Step::Item(index)) => *index += 1,
                Some(Step::Field(name)) => name.clear(),
                None => {}
            },
            b'}' | b']' => {
                open.pop();
            }
            _ => {}
        }
    }
    open.iter().fold(String::new(), |path, step| match step {
        Step::Field(name) if name.is_empty() => path,
        Step::Field(name) if path.is_empty() => name.clone(),
        Step::Field(name) => format!("{path}.{name}"),
        Step::Item(index) => format!("{path}[{index}]"),
    })
}

enum Step {
    Field(String),
    Item(usize),
}

#[cfg(test)]
mod tests {
    use super::{path_at, read};

    #[test]
    fn names_the_field_that_is_wrong() {
        assert_eq!(path_at(br#"{"a": {"b": [{"c": 1}, {"d": "x,]}\""#), "a.b[1].d");
        assert_eq!(path_at(b"nonsense"), "");
        let check = |json: &str, path: &str| {
            let problem = read(json.as_bytes()).unwrap_err();
            assert_eq!(problem.path, path, "{json}: {}", problem.problem);
        };
        check(
            "{\n \"routeringgegevens\": {\n  \"afzender\": {\"rol\": \"x\", \"code\": null}}}",
            "routeringgegevens.afzender.code",
        );
        check(
            r#"{"routeringgegevens": {"afzender": {"code": "x"}}}"#,
            "routeringgegevens.afzender",
        );
        check(
            r#"{"routeringgegevens": {"afzender": {"rol": "x", "naam": "y"}}}"#,
            "routeringgegevens.afzender",
        );
        check(
            r#"{"referentiegegevens": {"conversatieId": "x"}}"#,
            "referentiegegevens.conversatieId",
        );
        check(
            r#"{"verwerkingscontext": [{"sleutel": "x", "waarde": ["y", 1]}]}"#,
            "verwerkingscontext[0].waarde[1]",
        );
        check("{}", "berichtMetadata");
        assert_eq!(read(b"").unwrap_err().path, "berichtMetadata");
    }
}
