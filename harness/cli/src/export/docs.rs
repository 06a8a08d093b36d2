//! `export docs`: gathers what a site tells of a release, and writes its files.
//!
//! What lint finds, the witnesses and the scenarios are brought together here; `kp-report` makes the pages. Tests:
//! `tests/it/docs.rs`.

use std::path::{Path, PathBuf};

use kp_model::{Catalogue, Judging, ReleaseId, Seed};
use kp_report::site::{
    self, Shows, SiteErratum, SiteFile, SiteFound, SiteMatter, SitePair, SiteRelease, SiteScenario,
    SiteSummary, SiteWitness,
};
use kp_rules::{Lint, LintOrder, Side, WitnessFiles, Written, lint};
use kp_runner::Features;

use crate::exit::{COULD_NOT_RUN, Failure, chain};
use crate::lint::texts;
use crate::output::{make_folder, print, write_file};
use crate::releases::{catalogue, named};
use crate::witnesses::witnesses;

/// What is asked of a site.
pub(super) struct Order<'a> {
    pub(super) releases: &'a [String],
    pub(super) out: &'a Path,
    pub(super) mutants: u32,
    pub(super) seed: u64,
    pub(super) witnesses: Option<&'a PathBuf>,
}

/// Writes the site.
pub(super) fn write(order: &Order<'_>, folder: Option<&Path>) -> Result<(), Failure> {
    let catalogue = catalogue(folder)?;
    let ids = if order.releases.is_empty() {
        catalogue.ids()
    } else {
        let mut ids = named(&catalogue, order.releases)?;
        ids.sort();
        ids.dedup();
        ids
    };
    // What two releases say alike is shown by the witnesses of either, so all of them take part.
    let known = Known {
        releases: Written::load_all(&catalogue)?,
        witnesses: witnesses(order.witnesses.map(PathBuf::as_path))?,
        features: Features::embedded(),
        catalogue,
    };
    make_folder(order.out)?;
    let made: Vec<Result<(SiteSummary, Vec<SiteFile>), Failure>> = std::thread::scope(|scope| {
        let running: Vec<_> = ids
            .iter()
            .map(|id| scope.spawn(|| known.site(id, order)))
            .collect();
        let ended = running.into_iter().map(|one| {
            one.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        ended.collect()
    });
    let mut summaries = Vec::new();
    for (id, one) in ids.iter().zip(made) {
        let (summary, files) = one?;
        for file in &files {
            write_file(order.out, &file.path, &file.bytes)?;
        }
        let pages = files.iter().filter(|file| file.path.ends_with(".html")).count();
        print(&format!(
            "{pages} pages of {id} in {}\n",
            order.out.join(id.to_string()).display()
        ))?;
        summaries.push(summary);
    }
    for file in site::shared(&summaries).map_err(|error| unmade(&error))? {
        write_file(order.out, &file.path, &file.bytes)?;
    }
    Ok(())
}

fn unmade(error: &dyn std::error::Error) -> Failure {
    Failure::new(
        COULD_NOT_RUN,
        format!("failed to make the site: {}", chain(error)),
    )
}

/// What all releases of a site are made of.
struct Known {
    catalogue: Catalogue,
    releases: Vec<Written>,
    witnesses: Vec<WitnessFiles>,
    features: Features,
}

impl Known {
    /// The files of a release, and what the first page says of it.
    fn site(&self, id: &ReleaseId, order: &Order<'_>) -> Result<(SiteSummary, Vec<SiteFile>), Failure> {
        let name = id.to_string();
        let mut judging = Judging::default();
        let release = self.catalogue.load_with(&name, |_, written| {
            judging = written.clone();
            Vec::new()
        })?;
        let found = lint(
            &self.catalogue,
            &LintOrder {
                release: name.clone(),
                mutants: order.mutants,
                seed: Seed(order.seed),
                witnesses: self.witnesses.clone(),
                texts: texts(&self.features),
            },
        )?;
        let scenarios = self.features.scenarios_of(id)?.into_iter();
        let site = SiteRelease {
            release: &release,
            judging: &judging,
            witnesses: self.witnesses_of(&name),
            scenarios: scenarios
                .map(|scenario| SiteScenario {
                    id: scenario.id,
                    title: scenario.title,
                    process: scenario.process,
                    rules: scenario.rules,
                    steps: scenario.steps,
                })
                .collect(),
            found: told(found, order.seed),
        };
        let files = site::render(&site).map_err(|error| unmade(&error))?;
        Ok((site::summary(&site), files))
    }

    /// The witnesses of the rules of a release: its own, or those of the first other release that says the same of a rule
    /// that it has none of.
    fn witnesses_of(&self, name: &str) -> Vec<SiteWitness> {
        let is_it = |written: &&Written| written.rulebook().release().id().to_string() == name;
        let Some(here) = self.releases.iter().find(is_it) else {
            return Vec::new();
        };
        let release = here.rulebook().release();
        // A release of the same family goes before another.
        let mut others: Vec<&Written> = self.releases.iter().collect();
        others.sort_by_key(|written| {
            let id = written.rulebook().release().id();
            (id != release.id(), id.family != release.id().family)
        });
        let mut shown = Vec::new();
        for code in release.rules().keys() {
            let of_other = others.iter().find_map(|other| {
                let id = other.rulebook().release().id().to_string();
                let is_of = |files: &&WitnessFiles| files.rule == *code && files.release == id;
                let of_rule: Vec<&WitnessFiles> = self.witnesses.iter().filter(is_of).collect();
                (!of_rule.is_empty() && here.agrees(other, code)).then_some(of_rule)
            });
            for files in of_other.into_iter().flatten() {
                let Some(side) = files.side() else { continue };
                shown.push(SiteWitness {
                    rule: files.rule.clone(),
                    case: files.case.clone(),
                    release: files.release.clone(),
                    shows: match side {
                        Side::Passes => Shows::Passes,
                        Side::Breaks => Shows::Breaks,
                        Side::Exempt => Shows::Exempt,
                        Side::Remarks => Shows::Remarks,
                    },
                    files: files
                        .files
                        .iter()
                        .map(|(name, bytes)| (name.clone(), bytes.to_vec()))
                        .collect(),
                });
            }
        }
        shown
    }
}

/// What was found, as the site tells it.
fn told(found: Lint, seed: u64) -> SiteFound {
    let matters = found.matters.into_iter().map(|matter| SiteMatter {
        weight: matter.weight.name(),
        kind: matter.kind.name(),
        codes: matter.codes,
        place: matter.place,
        what: matter.nl,
        todo: matter.todo_nl,
        erratum: matter.erratum,
    });
    let pairs = found.pairs.into_iter().map(|pair| SitePair {
        rule: pair.rule,
        with: pair.with,
        broken: pair.broken,
        together: pair.together,
        because: pair.because,
    });
    let errata = found.errata.into_iter().map(|erratum| SiteErratum {
        name: erratum.name,
        place: erratum.place,
        what: erratum.nl,
        done: erratum.done_nl,
        is_checked: erratum.is_checked,
    });
    SiteFound {
        mutants: found.mutants,
        seed,
        matters: matters.collect(),
        pairs: pairs.collect(),
        errata: errata.collect(),
    }
}
