//! `plan`: tells what `certify` would do with the same options, as text or JSON; with a live day, the calendar before it.

mod live;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use kp_runner::{Overview, ScenarioOverview, overview};

use crate::arguments::{Language, PlanFormat, PlanOptions};
use crate::certify::order;
use crate::exit::{COULD_NOT_RUN, Failure, GOOD};
use crate::output::print;

/// So many scenarios that do not run for one reason are counted, not listed.
const LISTED_MAX: usize = 3;

/// Runs the command.
pub(crate) fn run(options: &PlanOptions, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    if let Some(day) = options.live {
        return live::run(options, day, folder);
    }
    let plan = overview(&order(&options.certify, folder)?)?;
    let text = match options.format {
        PlanFormat::Text => text(&plan, options.certify.lang),
        PlanFormat::Json => {
            serde_json::to_string_pretty(&plan)
                .map_err(|error| Failure::new(COULD_NOT_RUN, format!("failed to write the plan: {error}")))?
                + "\n"
        }
    };
    print(&text)?;
    Ok(GOOD.into())
}

fn text(plan: &Overview, lang: Language) -> String {
    let word = |dutch: &'static str, english: &'static str| match lang {
        Language::Nl => dutch,
        Language::En => english,
    };
    let width = plan
        .scenarios
        .iter()
        .map(|one| one.id.len())
        .max()
        .unwrap_or_default();
    let mut out = String::new();
    let mut line = |text: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{}", text.trim_end());
    };
    let sut = &plan.sut;
    line(format!("SUT: {} {} ({})", sut.name, sut.version, sut.role));
    line(format!(
        "{}: {} ({}), seed {}",
        word("profiel", "profile"),
        plan.profile.name,
        plan.profile.nl,
        plan.name.seed
    ));
    for (index, wave) in plan.waves.iter().enumerate() {
        line(String::new());
        line(format!("{} {}", word("golf", "wave"), index + 1));
        let members = plan
            .scenarios
            .iter()
            .filter(|one| wave.scenarios.contains(&one.id));
        for member in members {
            line(format!("  {:width$}  {}", member.id, member.title));
            let remarks = member.remarks.iter();
            remarks.for_each(|remark| line(format!("  {:width$}  {remark}", "")));
        }
    }
    let skipped: Vec<&ScenarioOverview> = plan.scenarios.iter().filter(|one| one.wave.is_none()).collect();
    if !skipped.is_empty() {
        line(String::new());
        line(word("overgeslagen", "skipped").to_owned());
        let mut by_reason: BTreeMap<&str, Vec<&ScenarioOverview>> = BTreeMap::new();
        for one in &skipped {
            let reason = one.skipped.as_deref().unwrap_or_default();
            by_reason.entry(reason).or_default().push(one);
        }
        let (few, many): (Vec<_>, Vec<_>) = by_reason
            .into_iter()
            .partition(|(_, scenarios)| scenarios.len() <= LISTED_MAX);
        for (reason, scenarios) in few {
            for one in scenarios {
                line(format!("  {:width$}  {} ({reason})", one.id, one.title));
            }
        }
        for (reason, scenarios) in many {
            let count = scenarios.len();
            line(format!(
                "  {count} {} ({reason})",
                word("scenario's", "scenarios")
            ));
        }
    }
    line(String::new());
    let seconds = match (plan.duration.seconds_min, plan.duration.seconds_max) {
        (_, None) => word("zo snel als het product", "as fast as the product").to_owned(),
        (min, Some(max)) => format!("{} {} {}", minutes(min), word("tot", "to"), minutes(max)),
    };
    line(format!(
        "{}: {seconds}; {}",
        word("duur", "duration"),
        plan.duration.basis
    ));
    let required = plan.profile.required;
    let certify = plan.scenarios.iter().filter(|one| one.certifies).count();
    line(format!(
        "{}: {certify} {} {required}",
        word("kunnen tellen", "can count"),
        word("van de", "of")
    ));
    line(format!(
        "{}: {}",
        word("hoogst haalbaar", "best verdict"),
        plan.best_verdict
    ));
    let runs: usize = plan.waves.iter().map(|wave| wave.scenarios.len()).sum();
    line(format!("{runs} would run, {} skipped", skipped.len()));
    out
}

fn minutes(seconds: u64) -> String {
    if seconds < 120 {
        format!("{seconds} s")
    } else {
        format!("{} min", seconds.div_ceil(60))
    }
}
