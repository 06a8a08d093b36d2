//! The findings of checked files, as text and as JSON (`ketenproef-check-1`).
//!
//! The text shows findings with their line of the source; the source itself is never copied. Of many that are alike the
//! first are shown and the others named by their places (`finding_groups`); JSON has all that are held.
//! Which files are checked, and where the text goes, is for the caller.
//! Tests: `tests/it/findings.rs`.

use std::collections::BTreeMap;

use kp_model::{Finding, Severity};
use serde::Serialize;

use crate::{
    error::ReportError,
    excerpt::excerpts,
    finding_groups::group,
    finding_text::write_finding,
    privacy::{mask, mask_finding},
    style::{Paint, Style, shown},
};

/// A file and what was found in it.
#[derive(Clone, Debug, Default)]
pub struct CheckedFile<'a> {
    /// The file's name as the user gave it.
    pub name: String,
    /// The release that it was judged by, when it was recognised.
    pub release: Option<String>,
    /// The code of the message, when it was recognised.
    pub message: Option<String>,
    /// What was found, in document order.
    pub findings: Vec<Finding>,
    /// How many more findings there were than are held here.
    pub omitted: usize,
    /// How often a rule could not be judged, because what it needs from outside is not known, by code.
    pub not_judged: BTreeMap<String, usize>,
    /// The file's bytes, to show the lines from.
    pub source: Option<&'a [u8]>,
}

/// The findings of all files, each file closed by one line that sums it up.
///
/// Of findings that are alike only the first are shown in full; where the others are follows in a line.
#[must_use]
pub fn text(files: &[CheckedFile<'_>], style: Style) -> String {
    let mut out = String::new();
    for file in files {
        let grouped = group(&file.findings);
        let excerpts = excerpts(file.source.unwrap_or_default(), &grouped.in_full);
        for (finding, excerpt) in grouped.in_full.iter().zip(&excerpts) {
            let excerpt = excerpt.as_ref().filter(|_| file.source.is_some());
            write_finding(&mut out, finding, &file.name, excerpt, style);
            out.push('\n');
        }
        grouped.write_others(&mut out, style);
        out.push_str(&closing_line(file, style));
        out.push('\n');
    }
    out
}

/// The findings of all files as a JSON document.
///
/// # Errors
/// Returns an error when serialising fails.
pub fn json(files: &[CheckedFile<'_>]) -> Result<String, ReportError> {
    let files: Vec<_> = files.iter().map(FileDocument::of).collect();
    let mut totals = Totals {
        files: files.len(),
        ..Totals::default()
    };
    for file in &files {
        let fout = file.findings.iter().filter(|finding| finding.is_fout()).count();
        totals.fout += fout;
        totals.opmerking += file.findings.len() - fout;
        totals.omitted += file.omitted;
    }
    let document = CheckDocument {
        schema: "ketenproef-check-1",
        files,
        totals,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn closing_line(file: &CheckedFile<'_>, style: Style) -> String {
    let message = match (&file.message, &file.release) {
        (Some(message), Some(release)) => format!("{message} ({release})"),
        (Some(message), None) => message.clone(),
        (None, Some(release)) => release.clone(),
        (None, None) => style
            .word("bericht niet herkend", "message not recognised")
            .to_owned(),
    };
    let of = |severity: Severity| {
        let same = file
            .findings
            .iter()
            .filter(|finding| finding.severity == severity);
        same.count()
    };
    let (fout, opmerking) = (of(Severity::Fout), of(Severity::Opmerking));
    let mut parts = Vec::new();
    if fout > 0 {
        let word = if fout == 1 {
            style.word("fout", "error")
        } else {
            style.word("fouten", "errors")
        };
        parts.push(style.paint(Paint::Red, &format!("{fout} {word}")));
    }
    if opmerking > 0 {
        let word = if opmerking == 1 {
            style.word("opmerking", "remark")
        } else {
            style.word("opmerkingen", "remarks")
        };
        parts.push(style.paint(Paint::Yellow, &format!("{opmerking} {word}")));
    }
    if file.omitted > 0 {
        // What of these is a remark is not known: only their number is kept.
        let word = style.word("bevindingen in totaal", "findings in all");
        parts.push(format!("{} {word}", file.findings.len() + file.omitted));
    }
    let is_empty = parts.is_empty();
    if !file.not_judged.is_empty() {
        let rules: Vec<&str> = file.not_judged.keys().map(String::as_str).collect();
        let word = style.word("niet beoordeeld", "not judged");
        parts.push(format!("{word}: {}", rules.join(" ")));
    }
    if is_empty {
        let word = style.word("geen bevindingen", "no findings");
        parts.insert(0, style.paint(Paint::Green, word));
    }
    format!("{}: {}, {}", shown(&file.name), shown(&message), parts.join(", "))
}

#[derive(Serialize)]
struct CheckDocument {
    schema: &'static str,
    files: Vec<FileDocument>,
    totals: Totals,
}

#[derive(Serialize)]
struct FileDocument {
    name: String,
    release: Option<String>,
    message: Option<String>,
    findings: Vec<Finding>,
    omitted: usize,
    not_judged: BTreeMap<String, usize>,
}

#[derive(Default, Serialize)]
struct Totals {
    files: usize,
    fout: usize,
    opmerking: usize,
    omitted: usize,
}

impl FileDocument {
    fn of(file: &CheckedFile<'_>) -> Self {
        let mut findings = file.findings.clone();
        findings.iter_mut().for_each(mask_finding);
        Self {
            name: mask(&file.name).into_owned(),
            release: file.release.clone(),
            message: file.message.clone(),
            findings,
            omitted: file.omitted,
            not_judged: file.not_judged.clone(),
        }
    }
}
