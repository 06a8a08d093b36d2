//! `plan --live`: the calendar before a live day, and how ready the system under test is for the release that comes.
//!
//! The moments and what is asked of a supplier are data (`simulator/chain/data/overgang.toml`). What only people can tell
//! is listed and left open. Tests: `tests/it/plan.rs`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use jiff::civil::Date;
use kp_report::Verdict;
use kp_runner::{Seen, Sut, calendar, overview, readiness};
use serde::Serialize;
use serde_json::Value;

use crate::arguments::{Language, PlanFormat, PlanOptions};
use crate::certify::{OUT, order};
use crate::exit::{COULD_NOT_RUN, FINDINGS, Failure, GOOD, USAGE};
use crate::output::print;
use crate::releases::{catalogue, for_runs, named, names};

/// The most bytes that a report is looked for in.
const REPORT_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The calendar and the readiness.
#[derive(Debug, Serialize)]
struct Plan {
    schema: &'static str,
    live: Date,
    releases: Vec<String>,
    calendar: Vec<Step>,
    sut: String,
    readiness: Vec<Item>,
    /// Whether all is done that can be told here.
    is_ready: bool,
}

/// A moment of the calendar.
#[derive(Debug, Serialize)]
struct Step {
    at: String,
    phase: &'static str,
    nl: &'static str,
    en: &'static str,
}

/// Something that is done before the live day.
#[derive(Debug, Serialize)]
struct Item {
    /// None for what only people can tell.
    done: Option<bool>,
    by: Option<Date>,
    nl: &'static str,
    en: &'static str,
    /// Why it is not done.
    why: Option<String>,
}

/// Runs the command.
pub(super) fn run(options: &PlanOptions, live: Date, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let moments = calendar(live).map_err(|error| {
        Failure::new(USAGE, error.to_string())
            .hint("name the Monday on which the new release is live, as in --live 2026-04-06")
    })?;
    let catalogue = catalogue(folder)?;
    let ids = named(&catalogue, &options.certify.releases)?;
    let releases: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let sut = Sut::find(&options.certify.sut, names(&for_runs(&catalogue)?))?;
    let items: Vec<Item> = readiness(live)
        .into_iter()
        .map(|ready| {
            let told = match ready.seen {
                Seen::Description => Some(describes(&sut, &releases)),
                Seen::Plan => Some(can_pass(options, folder)),
                Seen::Report => Some(has_passed(options, &sut, &releases)),
                Seen::People => None,
            };
            Item {
                done: told.as_ref().map(Result::is_ok),
                by: ready.by,
                nl: ready.nl,
                en: ready.en,
                why: told.and_then(Result::err),
            }
        })
        .collect();
    let plan = Plan {
        schema: "ketenproef-overgang-1",
        live,
        releases,
        calendar: moments
            .into_iter()
            .map(|moment| Step {
                at: moment.at.to_string(),
                phase: moment.phase,
                nl: moment.nl,
                en: moment.en,
            })
            .collect(),
        sut: format!("{} {}", sut.name, sut.version),
        is_ready: items.iter().all(|item| item.done != Some(false)),
        readiness: items,
    };
    print(&match options.format {
        PlanFormat::Text => plan.text(options.certify.lang),
        PlanFormat::Json => {
            serde_json::to_string_pretty(&plan)
                .map_err(|error| Failure::new(COULD_NOT_RUN, format!("failed to write the plan: {error}")))?
                + "\n"
        }
    })?;
    Ok(if plan.is_ready { GOOD } else { FINDINGS }.into())
}

/// Whether the description of the product names every release that comes.
fn describes(sut: &Sut, releases: &[String]) -> Result<(), String> {
    let lacking: Vec<&str> = releases
        .iter()
        .filter(|release| !sut.releases.contains(release))
        .map(String::as_str)
        .collect();
    match lacking.is_empty() {
        true => Ok(()),
        false => Err(format!("releases lacks {}", lacking.join(", "))),
    }
}

/// Whether a run on the release can end with geslaagd.
fn can_pass(options: &PlanOptions, folder: Option<&Path>) -> Result<(), String> {
    let order = order(&options.certify, folder).map_err(|failure| failure.what().to_owned())?;
    let plan = overview(&order).map_err(|error| error.to_string())?;
    match plan.best_verdict {
        Verdict::Geslaagd => Ok(()),
        verdict @ (Verdict::Onvolledig | Verdict::Gezakt) => Err(format!("ketenproef plan: {verdict}")),
    }
}

/// Whether the report that is there is of this version of the product, on every release that comes, and says geslaagd.
fn has_passed(options: &PlanOptions, sut: &Sut, releases: &[String]) -> Result<(), String> {
    let path = options
        .certify
        .out
        .as_deref()
        .unwrap_or(Path::new(OUT))
        .join("report.json");
    let told = path.display().to_string();
    let size = std::fs::metadata(&path)
        .map_err(|error| format!("{told}: {error}"))?
        .len();
    if size > REPORT_BYTES_MAX {
        return Err(format!("{told}: {size} bytes is no report"));
    }
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{told}: {error}"))?;
    let report: Value = serde_json::from_str(&text).map_err(|error| format!("{told}: {error}"))?;
    let ran: Vec<&str> = report["name"]["releases"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|release| release["id"].as_str())
        .collect();
    if let Some(lacking) = releases.iter().find(|release| !ran.contains(&release.as_str())) {
        return Err(format!("{told}: {lacking} was not run"));
    }
    let of = |key: &str| report["sut"][key].as_str().unwrap_or_default();
    if (of("name"), of("version")) != (sut.name.as_str(), sut.version.as_str()) {
        return Err(format!("{told}: {} {}", of("name"), of("version")));
    }
    match report["verdict"].as_str() {
        Some("geslaagd") => Ok(()),
        verdict => Err(format!("{told}: {}", verdict.unwrap_or_default())),
    }
}

impl Plan {
    fn text(&self, lang: Language) -> String {
        let word = |dutch: &'static str, english: &'static str| match lang {
            Language::Nl => dutch,
            Language::En => english,
        };
        let mut out = String::new();
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(
            out,
            "{} {}: {}",
            word("overgang naar", "going over to"),
            self.releases.join(", "),
            self.live
        );
        for step in &self.calendar {
            let at = step.at.replace('T', " ");
            let at = at.strip_suffix(":00").unwrap_or(&at);
            let _ = writeln!(out, "  {at}  {:<13}  {}", step.phase, word(step.nl, step.en));
        }
        let _ = writeln!(out, "\n{} {}", word("gereedheid van", "readiness of"), self.sut);
        for item in &self.readiness {
            let mark = match item.done {
                Some(true) => word("gedaan", "done"),
                Some(false) => word("NIET", "NOT"),
                None => word("zelf na te gaan", "for people to tell"),
            };
            let _ = writeln!(out, "  {mark:<18}  {}", word(item.nl, item.en));
            if let Some(by) = item.by {
                let _ = writeln!(out, "  {:18}  {} {by}", "", word("uiterlijk", "at the latest"));
            }
            if let Some(why) = &item.why {
                let _ = writeln!(out, "  {:18}  {why}", "");
            }
        }
        let last = match self.is_ready {
            true => word(
                "gereed, voor zover hier te zien",
                "ready, as far as can be seen here",
            ),
            false => word("nog niet gereed", "not ready yet"),
        };
        let _ = writeln!(out, "{last}");
        out
    }
}
