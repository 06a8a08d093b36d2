//! `coverage`: every rule against the witnesses that prove it both ways, the scenarios and the defects that name it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use kp_model::{Catalogue, Seed, did_you_mean};
use kp_rules::{Judged, Side, Written, prove};
use kp_runner::{Defect, Features};
use serde::Serialize;

use crate::arguments::{CoverageOptions, PlanFormat};
use crate::exit::{COULD_NOT_RUN, FINDINGS, Failure, GOOD, NOTHING, USAGE};
use crate::output::print;
use crate::releases::catalogue;
use crate::witnesses::witnesses;

mod changes;
mod proposals;

use changes::Changes;
use proposals::Proposal;

/// What judges the rules that are about files and answers rather than messages: reading and answering themselves.
const FORM: &str = "upheld where files are read and answers are made";

/// What is known of a rule.
#[derive(Serialize)]
struct RuleCoverage<'a> {
    code: &'a str,
    level: &'a str,
    releases: &'a [String],
    /// How it is judged: `structure`, `rule`, `term` or `not`.
    judged: &'static str,
    /// Why nothing judges it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    proven: bool,
    passes: usize,
    breaks: usize,
    remarks: usize,
    exempt: usize,
    wrong: &'a [String],
    unproven: &'a [String],
    scenarios: &'a [String],
    defects: &'a [String],
}

#[derive(Serialize)]
struct Coverage<'a> {
    schema: &'static str,
    rules: Vec<RuleCoverage<'a>>,
    proven: usize,
    judged: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    mutation: Option<Changes>,
}

/// The releases that were named, or all.
fn wanted(catalogue: &Catalogue, named: &[String]) -> Result<Vec<String>, Failure> {
    if named.is_empty() {
        return Ok(catalogue.ids().iter().map(ToString::to_string).collect());
    }
    let known = named.iter().map(|id| catalogue.load(id));
    known
        .map(|release| Ok(release.map_err(Failure::from)?.id().to_string()))
        .collect()
}

/// Runs the command.
pub(crate) fn run(options: &CoverageOptions, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let catalogue = catalogue(folder)?;
    // What two releases say alike is proven by the witnesses of either, so all of them take part.
    let releases = Written::load_all(&catalogue)?;
    let wanted = wanted(&catalogue, &options.releases)?;
    let witnesses = witnesses(options.witnesses.as_deref())?;
    let mut proofs = prove(&releases, &witnesses);
    for code in &options.rules {
        if !proofs.iter().any(|proof| proof.code == *code) {
            let hint = did_you_mean(code, proofs.iter().map(|proof| &*proof.code));
            return Err(Failure::new(USAGE, format!("there is no rule {code}")).hint(
                hint.unwrap_or_else(|| "ketenproef coverage names every rule that is judged".to_owned()),
            ));
        }
    }
    for proof in &mut proofs {
        proof.releases.retain(|id| wanted.contains(id));
        proof.unproven.retain(|id| wanted.contains(id));
    }
    proofs.retain(|proof| !proof.releases.is_empty());
    let scenarios = Features::embedded().scenarios_by_rule()?;
    let mut defects: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for defect in Defect::all() {
        defects.entry(defect.rule).or_default().push(defect.id);
    }
    let rules: Vec<RuleCoverage<'_>> = proofs
        .iter()
        .map(|proof| RuleCoverage {
            code: &proof.code,
            level: &proof.level,
            releases: &proof.releases,
            judged: word(proof.judged),
            reason: proof.reason.filter(|_| proof.judged == Judged::Not),
            proven: proof.is_proven() && proof.judged != Judged::Not,
            passes: proof.count(Side::Passes),
            breaks: proof.count(Side::Breaks),
            remarks: proof.count(Side::Remarks),
            exempt: proof.count(Side::Exempt),
            wrong: &proof.wrong,
            unproven: &proof.unproven,
            scenarios: scenarios.get(&proof.code).map_or(&[], Vec::as_slice),
            defects: defects.get(&proof.code).map_or(&[], Vec::as_slice),
        })
        .collect();
    let judged = rules
        .iter()
        .filter(|rule| rule.judged != word(Judged::Not))
        .count();
    let proven = rules.iter().filter(|rule| rule.proven).count();
    if judged == 0 {
        return Err(Failure::new(NOTHING, "these releases judge by no rule"));
    }
    let coverage = Coverage {
        schema: "ketenproef-coverage-1",
        rules,
        proven,
        judged,
        mutation: None,
    };
    let noticed = options
        .mutate
        .then(|| changes::noticed(&releases, &witnesses, &options.rules))
        .transpose()?;
    if let Some(out) = &options.propose {
        let unnoticed = noticed.as_ref().map_or(&[][..], |survey| &survey.unnoticed);
        let unproven = proofs
            .iter()
            .filter(|proof| proof.judged != Judged::Not && !proof.is_proven());
        let proposal = Proposal {
            releases: &releases,
            witnesses: &witnesses,
            seed: Seed(options.seed),
            tries: options.tries,
        };
        proposal.write(out, unproven, unnoticed)?;
    }
    let mutation = noticed
        .map(|survey| Changes::of(&survey, options.witnesses.as_deref(), &options.rules))
        .transpose()?;
    let is_good = proven == judged && mutation.as_ref().is_none_or(Changes::are_good);
    let coverage = Coverage { mutation, ..coverage };
    match options.format {
        PlanFormat::Text => print(&text(&coverage))?,
        PlanFormat::Json => {
            let text = serde_json::to_string_pretty(&coverage).map_err(|error| {
                Failure::new(COULD_NOT_RUN, format!("failed to write the coverage: {error}"))
            })?;
            print(&(text + "\n"))?;
        }
    }
    Ok(if is_good { GOOD } else { FINDINGS }.into())
}

fn word(judged: Judged) -> &'static str {
    match judged {
        Judged::Structure => "structure",
        Judged::Rule => "rule",
        Judged::Term => "term",
        Judged::Not => "not",
    }
}

fn text(coverage: &Coverage<'_>) -> String {
    let mut lines = vec![format!(
        "{:8}  {:19}  {:>6}  {:>6}  {:>7}  {:>9}  {:>8}",
        "rule", "level", "passes", "breaks", "remarks", "scenarios", "defects"
    )];
    let judged = coverage
        .rules
        .iter()
        .filter(|rule| rule.judged != word(Judged::Not));
    for rule in judged {
        lines.push(format!(
            "{:8}  {:19}  {:>6}  {:>6}  {:>7}  {:>9}  {:>8}{}",
            rule.code,
            rule.level,
            rule.passes,
            rule.breaks,
            rule.remarks,
            rule.scenarios.len(),
            rule.defects.len(),
            if rule.proven { "" } else { "  NOT PROVEN" },
        ));
        for wrong in rule.wrong {
            lines.push(format!("    {wrong}"));
        }
        if rule.wrong.is_empty() && !rule.unproven.is_empty() {
            lines.push(format!(
                "    no witness both ways for {}",
                rule.unproven.join(", ")
            ));
        }
    }
    if let Some(changes) = &coverage.mutation {
        lines.push(String::new());
        lines.extend(changes.lines());
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in coverage
        .rules
        .iter()
        .filter(|rule| rule.judged == word(Judged::Not))
    {
        *reasons.entry(rule.reason.unwrap_or(FORM)).or_default() += 1;
    }
    lines.push(String::new());
    for (reason, count) in reasons {
        lines.push(format!("{count:>4} rules without a judge: {reason}"));
    }
    lines.push(format!(
        "{} of {} rules proven both ways",
        coverage.proven, coverage.judged
    ));
    lines.join("\n") + "\n"
}
