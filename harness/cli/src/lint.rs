//! `lint`: looks for loose ends in the data of releases, and tells what was published wrongly.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use kp_model::{Place, ReleaseId, Seed};
use kp_rules::{Lint, LintOrder, Matter, Weight, lint};
use kp_runner::Features;
use serde::Serialize;

use crate::arguments::{Language, LintFormat, LintOptions};
use crate::exit::{COULD_NOT_RUN, FINDINGS, Failure, GOOD};
use crate::output::print;
use crate::releases::catalogue;
use crate::witnesses::witnesses;

/// Where the scenarios stand, for who looks for one that is named.
const FEATURES: &str = "features";

/// Runs the command.
pub(crate) fn run(options: &LintOptions, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let catalogue = catalogue(folder)?;
    let releases: Vec<String> = if options.releases.is_empty() {
        catalogue.ids().iter().map(ToString::to_string).collect()
    } else {
        options.releases.clone()
    };
    let witnesses = witnesses(options.witnesses.as_deref())?;
    let features = Features::embedded();
    let texts = texts(&features);
    let mut found = Vec::new();
    for release in releases {
        let order = LintOrder {
            release,
            mutants: options.mutants,
            seed: Seed(options.seed),
            witnesses: witnesses.clone(),
            texts: texts.clone(),
        };
        found.push(lint(&catalogue, &order)?);
    }
    let text = match options.format {
        LintFormat::Text => found.iter().map(|one| text(one, options)).collect(),
        LintFormat::Json => json(&found, options.seed)?,
        LintFormat::Page => page(&found),
    };
    print(&text)?;
    let has_fault = found.iter().any(Lint::has_fault);
    Ok(if has_fault { FINDINGS } else { GOOD }.into())
}

/// The texts beside a release in which rules are named.
pub(crate) fn texts(features: &Features) -> Vec<(String, String)> {
    features
        .texts()
        .map(|(path, text)| (format!("{FEATURES}/{path}"), text.to_owned()))
        .collect()
}

fn text(found: &Lint, options: &LintOptions) -> String {
    let lang = options.lang;
    let word = |dutch: &'static str, english: &'static str| match lang {
        Language::Nl => dutch,
        Language::En => english,
    };
    let mut out = String::new();
    for matter in &found.matters {
        // Writing to a string cannot fail, here and below.
        let _ = write!(out, "{}", told(matter, lang));
    }
    for pair in found.pairs.iter().filter(|pair| pair.because.is_some()) {
        let _ = writeln!(
            out,
            "{}: {} {} {} ({} {} {})",
            word("samen", "together"),
            pair.rule,
            word("met", "with"),
            pair.with,
            pair.together,
            word("van", "of"),
            pair.broken
        );
    }
    for erratum in &found.errata {
        let (what, done) = match lang {
            Language::Nl => (&erratum.nl, &erratum.done_nl),
            Language::En => (&erratum.en, &erratum.done_en),
        };
        let _ = writeln!(out, "erratum[{}] {what}", erratum.name);
        let _ = writeln!(out, "  --> {}", erratum.place);
        let _ = writeln!(out, "   = {}: {done}", word("hier", "here"));
    }
    let count = |weight: Weight| {
        found
            .matters
            .iter()
            .filter(|matter| matter.weight == weight)
            .count()
    };
    let of =
        |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    let _ = writeln!(
        out,
        "{}: {} {}, {} {} ({} {}): {}, {} {}, {}, {}",
        found.release,
        found.rules,
        word("regels", "rules"),
        found.mutants,
        word("gevarieerde berichten", "varied messages"),
        word("seed", "seed"),
        options.seed,
        of(
            count(Weight::Fault),
            word("fout", "fault"),
            word("fouten", "faults")
        ),
        count(Weight::Known),
        word("bekend", "known"),
        of(
            count(Weight::Remark),
            word("opmerking", "remark"),
            word("opmerkingen", "remarks")
        ),
        of(found.errata.len(), "erratum", "errata"),
    );
    out
}

fn told(matter: &Matter, lang: Language) -> String {
    let (what, todo) = match lang {
        Language::Nl => (&matter.nl, &matter.todo_nl),
        Language::En => (&matter.en, &matter.todo_en),
    };
    let weight = match (matter.weight, lang) {
        (Weight::Fault, Language::En) => "fault",
        (Weight::Known, Language::En) => "known",
        (Weight::Remark, Language::En) => "remark",
        (weight, Language::Nl) => weight.name(),
    };
    let mut out = format!("{weight}[{}] {what}\n", matter.kind.name());
    if let Some(place) = &matter.place {
        let _ = writeln!(out, "  --> {place}");
    }
    match &matter.erratum {
        Some(erratum) => {
            let _ = writeln!(out, "   = erratum {erratum}");
        }
        None => {
            let _ = writeln!(out, "   = {todo}");
        }
    }
    out
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    seed: u64,
    releases: Vec<ReleaseFound<'a>>,
}

#[derive(Serialize)]
struct ReleaseFound<'a> {
    release: String,
    digest: &'a str,
    rules: usize,
    mutants: u32,
    matters: Vec<MatterFound<'a>>,
    pairs: Vec<PairFound<'a>>,
    errata: Vec<ErratumFound<'a>>,
}

#[derive(Serialize)]
struct MatterFound<'a> {
    weight: &'static str,
    kind: &'static str,
    codes: &'a [String],
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    nl: &'a str,
    en: &'a str,
    todo_nl: &'a str,
    todo_en: &'a str,
    erratum: Option<&'a str>,
}

#[derive(Serialize)]
struct PairFound<'a> {
    rule: &'a str,
    with: &'a str,
    broken: u32,
    together: u32,
    because: Option<&'a str>,
}

#[derive(Serialize)]
struct ErratumFound<'a> {
    name: &'a str,
    file: &'a str,
    line: u32,
    nl: &'a str,
    en: &'a str,
    done_nl: &'a str,
    done_en: &'a str,
    checked: bool,
}

fn json(found: &[Lint], seed: u64) -> Result<String, Failure> {
    let releases = found.iter().map(|one| ReleaseFound {
        release: one.release.to_string(),
        digest: &one.digest,
        rules: one.rules,
        mutants: one.mutants,
        matters: one
            .matters
            .iter()
            .map(|matter| MatterFound {
                weight: matter.weight.name(),
                kind: matter.kind.name(),
                codes: &matter.codes,
                file: matter.place.as_ref().map(|place| &*place.file),
                line: matter.place.as_ref().map(|place| place.line),
                column: matter.place.as_ref().map(|place| place.column),
                nl: &matter.nl,
                en: &matter.en,
                todo_nl: &matter.todo_nl,
                todo_en: &matter.todo_en,
                erratum: matter.erratum.as_deref(),
            })
            .collect(),
        pairs: one
            .pairs
            .iter()
            .map(|pair| PairFound {
                rule: &pair.rule,
                with: &pair.with,
                broken: pair.broken,
                together: pair.together,
                because: pair.because.as_deref(),
            })
            .collect(),
        errata: one
            .errata
            .iter()
            .map(|erratum| ErratumFound {
                name: &erratum.name,
                file: &erratum.place.file,
                line: erratum.place.line,
                nl: &erratum.nl,
                en: &erratum.en,
                done_nl: &erratum.done_nl,
                done_en: &erratum.done_en,
                checked: erratum.is_checked,
            })
            .collect(),
    });
    let document = Document {
        schema: "ketenproef-lint-1",
        seed,
        releases: releases.collect(),
    };
    let text = serde_json::to_string_pretty(&document)
        .map_err(|error| Failure::new(COULD_NOT_RUN, format!("failed to write what was found: {error}")))?;
    Ok(text + "\n")
}

/// The page of what was published wrongly, for the reference group: of every release that says so.
fn page(found: &[Lint]) -> String {
    let mut out = String::from(
        "# Bekende fouten van de standaard\n\n\
         Wat is gepubliceerd en niet klopt, en wat Ketenproef in plaats daarvan doet. Voor de referentiegroep: elk punt is een\n\
         voorstel om de uitgave te verbeteren. Deze bladzijde is geschreven door `ketenproef lint --format page` uit\n\
         `standards/releases/*/*/errata.toml`; een test houdt ze gelijk. Een punt met een ✓ wordt bij elke `ketenproef lint`\n\
         tegen de overige gegevens gehouden: zodra het niet meer zo is, is dat een fout.\n\n\
         | Punt | Release | Wat is gepubliceerd | Wat Ketenproef doet | |\n\
         | --- | --- | --- | --- | --- |\n",
    );
    // What is said of a version was read in what was published of that version, not of those that build on its data.
    let is_of = |release: &ReleaseId, place: &Place| place.file.split('/').nth(1) == Some(&release.version);
    let mut rows: BTreeMap<(&str, &str), (Vec<String>, String)> = BTreeMap::new();
    for one in found {
        for erratum in one
            .errata
            .iter()
            .filter(|erratum| is_of(&one.release, &erratum.place))
        {
            let check = if erratum.is_checked { "✓" } else { "" };
            let (releases, _) = rows.entry((&erratum.name, &erratum.nl)).or_insert_with(|| {
                (
                    Vec::new(),
                    format!("{} | {} | {check}", cell(&erratum.nl), cell(&erratum.done_nl)),
                )
            });
            releases.push(one.release.to_string());
        }
    }
    for ((name, _), (releases, rest)) in rows {
        let _ = writeln!(out, "| {} | {} | {rest} |", cell(name), releases.join(", "));
    }
    out
}

/// A text as one cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
