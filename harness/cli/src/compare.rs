//! `compare`: holds what the standards body published against our data.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use kp_model::Release;
use kp_model::schema::{self, Comparison, DifferenceKind, SchemaSet};
use serde::Serialize;

use crate::arguments::{Compare, CompareFormat, CompareOptions, Language};
use crate::exit::{COULD_NOT_RUN, FINDINGS, Failure, GOOD, USAGE};
use crate::output::print;
use crate::releases::releases;
use crate::schemas;

/// Runs the command.
pub(crate) fn run(options: &CompareOptions, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let Compare::Xsd {
        set,
        release,
        preferred,
        format,
        lang,
    } = &options.what;
    let known = releases(folder, release.as_slice())?;
    let set = schemas::read(set, preferred)?;
    let release = match release {
        Some(_) => known.first(),
        None => schema::nearest_release(&known, &set),
    };
    let Some(release) = release else {
        let namespaces: Vec<&str> = set.namespaces().take(3).collect();
        let names: Vec<String> = known.iter().map(|release| release.id().to_string()).collect();
        let what = format!(
            "no release has a namespace of this set: {} …",
            namespaces.join(", ")
        );
        let hint = format!(
            "name the one to hold it against with --release: {}",
            names.join(", ")
        );
        return Err(Failure::new(USAGE, what).hint(hint));
    };
    let found = schema::compare(release, &set).map_err(|faults| {
        let what = format!("the schemas of {} itself are not read\n{faults}", release.id());
        Failure::new(COULD_NOT_RUN, what)
    })?;
    print(&match format {
        CompareFormat::Text => text(&found, release, &set, *lang),
        CompareFormat::Json => json(&found, release)?,
    })?;
    let is_same = found.differences.is_empty();
    Ok(if is_same { GOOD } else { FINDINGS }.into())
}

fn text(found: &Comparison, release: &Release, set: &SchemaSet, lang: Language) -> String {
    let word = |dutch: &'static str, english: &'static str| match lang {
        Language::Nl => dutch,
        Language::En => english,
    };
    let mut out = String::new();
    for difference in &found.differences {
        let of = difference
            .of
            .as_ref()
            .map_or_else(String::new, |of| format!(" ({of})"));
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(
            out,
            "{}: {} {}{of}",
            kind(difference.kind, lang),
            difference.message,
            difference.path
        );
        if let Some(place) = &difference.place {
            let _ = writeln!(out, "  --> {place}");
        }
        let none = word("niet", "not there");
        let _ = writeln!(
            out,
            "   = {}: {}",
            word("hier", "here"),
            difference.ours.as_deref().unwrap_or(none)
        );
        let published = difference.theirs.as_deref().unwrap_or(none);
        let _ = writeln!(out, "   = {}: {published}", word("gepubliceerd", "published"));
    }
    for known in &found.partly_known {
        let why = word(
            "geen verschil, onze lijst is niet volledig",
            "no difference, our list is not complete",
        );
        let _ = writeln!(out, "{known}: {why}");
    }
    let count = found.differences.len();
    let differences = match count {
        0 => word("geen verschillen", "no differences").to_owned(),
        1 => word("1 verschil", "1 difference").to_owned(),
        many => format!("{many} {}", word("verschillen", "differences")),
    };
    let _ = writeln!(
        out,
        "{} {} {}: {differences}",
        set.messages(),
        word("berichten tegen", "messages against"),
        release.id()
    );
    out
}

fn kind(kind: DifferenceKind, lang: Language) -> &'static str {
    match (kind, lang) {
        (DifferenceKind::Order, Language::Nl) => "volgorde",
        (DifferenceKind::Cardinality, Language::Nl) => "kardinaliteit",
        (DifferenceKind::Facet, Language::Nl) => "facet",
        (DifferenceKind::Enumeration, Language::Nl) => "codes",
        (DifferenceKind::Version, Language::Nl) => "versie",
        (kind, _) => kind.name(),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    release: String,
    digest: &'a str,
    differences: Vec<DifferenceFound<'a>>,
    partly_known: &'a [String],
}

#[derive(Serialize)]
struct DifferenceFound<'a> {
    kind: &'static str,
    message: &'a str,
    path: &'a str,
    of: Option<&'a str>,
    ours: Option<&'a str>,
    theirs: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
}

fn json(found: &Comparison, release: &Release) -> Result<String, Failure> {
    let differences = found.differences.iter().map(|difference| DifferenceFound {
        kind: difference.kind.name(),
        message: &difference.message,
        path: &difference.path,
        of: difference.of.as_deref(),
        ours: difference.ours.as_deref(),
        theirs: difference.theirs.as_deref(),
        file: difference.place.as_ref().map(|place| &*place.file),
        line: difference.place.as_ref().map(|place| place.line),
        column: difference.place.as_ref().map(|place| place.column),
    });
    let document = Document {
        schema: "ketenproef-compare-1",
        release: release.id().to_string(),
        digest: release.digest(),
        differences: differences.collect(),
        partly_known: &found.partly_known,
    };
    let text = serde_json::to_string_pretty(&document)
        .map_err(|error| Failure::new(COULD_NOT_RUN, format!("failed to write what differs: {error}")))?;
    Ok(text + "\n")
}
