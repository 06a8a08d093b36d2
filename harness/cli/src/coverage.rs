//! `coverage`: every rule against the witnesses that prove it both ways, the scenarios and the defects that name it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use kp_model::{Catalogue, Seed};
use kp_rules::{
    Judged, Mutant, Proof, Side, Survey, WitnessFiles, Written, propose, prove, survey, tell_apart,
};
use kp_runner::{Defect, Features};
use serde::Serialize;

use crate::arguments::{CoverageOptions, PlanFormat};
use crate::exit::{COULD_NOT_RUN, FINDINGS, Failure, GOOD, NOTHING, USAGE};
use crate::output::{make_folder, print, tell, write_file};
use crate::witnesses::witnesses;

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
    mutation: Option<MutationCoverage<'a>>,
}

/// What witnesses notice of changed rules.
#[derive(Serialize)]
struct MutationCoverage<'a> {
    mutants: usize,
    noticed: usize,
    unnoticed: Vec<Unnoticed<'a>>,
}

#[derive(Serialize)]
struct Unnoticed<'a> {
    rule: &'a str,
    place: String,
    change: &'a str,
}

impl<'a> MutationCoverage<'a> {
    fn of(survey: &'a Survey) -> Self {
        let unnoticed = survey.unnoticed.iter().map(|(mutant, _)| Unnoticed {
            rule: &mutant.rule,
            place: mutant.place.to_string(),
            change: &mutant.what,
        });
        Self {
            mutants: survey.mutants,
            noticed: survey.mutants - survey.unnoticed.len(),
            unnoticed: unnoticed.collect(),
        }
    }
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

fn mutation(releases: &[Written], witnesses: &[WitnessFiles]) -> Result<Survey, Failure> {
    survey(releases, witnesses).map_err(|wrong| {
        Failure::new(
            USAGE,
            format!(
                "witnesses do not show what they are to show:\n{}",
                wrong.join("\n")
            ),
        )
        .hint("mend or leave them out first; ketenproef coverage tells more")
    })
}

/// Where proposals come from.
struct Proposal<'a> {
    releases: &'a [Written],
    witnesses: &'a [WitnessFiles],
    seed: Seed,
    tries: u32,
}

impl Proposal<'_> {
    /// Writes witnesses that are missing, each in the folder of its release and rule.
    fn write<'p>(
        &self,
        out: &Path,
        unproven: impl Iterator<Item = &'p Proof>,
        unnoticed: &[(Mutant, Vec<usize>)],
    ) -> Result<(), Failure> {
        let mut written = 0;
        for proof in unproven {
            let mut of_rule = self.releases.iter().filter(|release| {
                let id = release.rulebook().release().id().to_string();
                proof.unproven.contains(&id)
            });
            if let Some(release) = of_rule.next() {
                for witness in propose(release.rulebook(), &proof.code, self.witnesses, self.seed) {
                    self.keep(out, &witness)?;
                    written += 1;
                }
            }
        }
        let mut by_rule: BTreeMap<(usize, &str), Vec<&Mutant>> = BTreeMap::new();
        for (mutant, tried) in unnoticed {
            // What belongs to no rule, such as an order of processing, has no folder to be kept in.
            if let Some(release) = tried.first().filter(|_| !mutant.rule.is_empty()) {
                by_rule.entry((*release, &mutant.rule)).or_default().push(mutant);
            }
        }
        for ((position, rule), mutants) in by_rule {
            let release = &self.releases[position];
            let changed: Vec<_> = mutants
                .iter()
                .filter_map(|mutant| release.changed(mutant))
                .collect();
            let chance = (self.seed, self.tries);
            for (_, witness) in tell_apart(release.rulebook(), rule, &changed, self.witnesses, chance) {
                self.keep(out, &witness)?;
                written += 1;
            }
        }
        tell(&format!("{written} witnesses proposed in {}", out.display()));
        Ok(())
    }

    /// Writes a witness under a name that none has yet, as in `breekt-2`.
    fn keep(&self, out: &Path, witness: &WitnessFiles) -> Result<(), Failure> {
        let folder = out.join(&witness.release).join(&witness.rule);
        let is_kept = |name: &str| {
            let of_rule =
                |known: &&WitnessFiles| known.release == witness.release && known.rule == witness.rule;
            self.witnesses
                .iter()
                .filter(of_rule)
                .any(|known| known.case == name)
        };
        let name = (1_u32..)
            .map(|number| {
                if number == 1 {
                    witness.case.clone()
                } else {
                    format!("{}-{number}", witness.case)
                }
            })
            .find(|name| {
                !is_kept(name) && !folder.join(name).exists() && !folder.join(format!("{name}.xml")).exists()
            })
            .unwrap_or_default();
        if witness.is_message {
            make_folder(&folder)?;
            let bytes = witness.files.values().next();
            return write_file(
                &folder,
                &format!("{name}.xml"),
                bytes.map_or(&[], |bytes| bytes.as_ref()),
            );
        }
        let folder = folder.join(name);
        make_folder(&folder)?;
        for (file, bytes) in &witness.files {
            write_file(&folder, file, bytes)?;
        }
        Ok(())
    }
}

/// Runs the command.
pub(crate) fn run(options: &CoverageOptions, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let catalogue = match folder {
        None => Catalogue::embedded(),
        Some(folder) => Catalogue::folder(folder)?,
    };
    // What two releases say alike is proven by the witnesses of either, so all of them take part.
    let releases = Written::load_all(&catalogue)?;
    let wanted = wanted(&catalogue, &options.releases)?;
    let witnesses = witnesses(options.witnesses.as_deref())?;
    let mut proofs = prove(&releases, &witnesses);
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
    let mutation = options
        .mutate
        .then(|| mutation(&releases, &witnesses))
        .transpose()?;
    if let Some(out) = &options.propose {
        let unnoticed = mutation.as_ref().map_or(&[][..], |survey| &survey.unnoticed);
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
    let coverage = Coverage {
        mutation: mutation.as_ref().map(MutationCoverage::of),
        ..coverage
    };
    match options.format {
        PlanFormat::Text => print(&text(&coverage))?,
        PlanFormat::Json => {
            let text = serde_json::to_string_pretty(&coverage).map_err(|error| {
                Failure::new(COULD_NOT_RUN, format!("failed to write the coverage: {error}"))
            })?;
            print(&(text + "\n"))?;
        }
    }
    Ok(if proven == judged { GOOD } else { FINDINGS }.into())
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
        "{:8}  {:19}  {:>6}  {:>6}  {:>9}  {:>8}",
        "rule", "level", "passes", "breaks", "scenarios", "defects"
    )];
    let judged = coverage
        .rules
        .iter()
        .filter(|rule| rule.judged != word(Judged::Not));
    for rule in judged {
        lines.push(format!(
            "{:8}  {:19}  {:>6}  {:>6}  {:>9}  {:>8}{}",
            rule.code,
            rule.level,
            rule.passes,
            rule.breaks,
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
    if let Some(mutation) = &coverage.mutation {
        lines.push(String::new());
        for unnoticed in &mutation.unnoticed {
            lines.push(format!(
                "unnoticed: {} {}: {}",
                unnoticed.rule, unnoticed.place, unnoticed.change
            ));
        }
        lines.push(format!(
            "{} of {} changes of rules noticed",
            mutation.noticed, mutation.mutants
        ));
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
