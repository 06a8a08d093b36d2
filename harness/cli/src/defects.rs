//! `defects`: puts every defective supplier on trial and tells what catches it.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use kp_rules::Rulebook;
use kp_runner::{
    Bench, CertifyOptions as Order, Defect, Estafette, Features, Selection, Sut, Trial, Waivers, try_defect,
};

use crate::arguments::DefectsOptions;
use crate::certify::{folders, host, now, pairs, today};
use crate::exit::{FINDINGS, Failure, GOOD, USAGE};
use crate::output::print;
use crate::releases::{catalogue, for_runs, names, network};

/// Runs `defects`.
pub(crate) fn run(options: &DefectsOptions, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let defects = chosen(options)?;
    if options.list {
        for defect in &defects {
            print(&format!("{} ({})\n    {}\n", defect.id, defect.rule, defect.nl))?;
        }
        return Ok(GOOD.into());
    }
    let catalogue = catalogue(folder)?;
    let rulebooks = for_runs(&catalogue)?;
    let names = names(&rulebooks);
    let of_network = match defects.first() {
        Some(defect) => network(&catalogue, &Sut::builtin(Some(defect.clone()), names.clone()))?,
        None => None,
    };
    let order = |(sut, rulebooks): &(Sut, Vec<Arc<Rulebook>>), selection, defect: &Defect| Order {
        network: of_network.clone(),
        rulebooks: rulebooks.clone(),
        sut: sut.clone(),
        features: Features::embedded(),
        selection: Selection {
            profile: defect.profile.clone(),
            ..selection
        },
        seed: options.seed,
        jobs: None,
        estafette: Estafette::default(),
        replay: folders(&[("--releases", folder)]),
        commit: env!("KETENPROEF_COMMIT").to_owned(),
        started: now(),
        host: host(),
        today: today(),
        waivers: Waivers::default(),
        keep: None,
        interrupted: None,
    };
    let mut caught = 0;
    for defect in &defects {
        let sut = Sut::builtin(Some(defect.clone()), names.clone());
        let sut = if options.over_http {
            sut
        } else {
            sut.without_http()
        };
        let on_trial = match defect.overstap {
            None => (sut, rulebooks.clone()),
            Some(_) => pairs(&catalogue, rulebooks.clone(), sut, false)?,
        };
        let order = |selection| order(&on_trial, selection, defect);
        let tagged = try_defect(defect, Bench::Tagged, order)?;
        let whole = try_defect(defect, Bench::Whole, order)?;
        caught += usize::from(tagged.is_caught());
        print(&told(defect, &tagged, &whole))?;
    }
    print(&format!("{caught} of {} caught\n", defects.len()))?;
    Ok(if caught == defects.len() { GOOD } else { FINDINGS }.into())
}

fn chosen(options: &DefectsOptions) -> Result<Vec<Defect>, Failure> {
    let all = Defect::all().into_iter();
    let of_role: Vec<Defect> = all.filter(|defect| defect.role == options.role.name()).collect();
    if let Some(unknown) = options
        .only
        .iter()
        .find(|id| !of_role.iter().any(|defect| defect.id == **id))
    {
        return Err(Failure::new(USAGE, format!("there is no defect {unknown}"))
            .hint("ketenproef defects --list names all of them"));
    }
    let chosen = of_role
        .into_iter()
        .filter(|defect| options.only.is_empty() || options.only.contains(&defect.id));
    Ok(chosen.collect())
}

/// A few lines about a defect: what it does wrong, which rule it breaks, and what catches it.
fn told(defect: &Defect, tagged: &Trial, whole: &Trial) -> String {
    let mut text = format!("{} ({})\n    {}\n", defect.id, defect.rule, defect.nl);
    if tagged.is_caught() {
        text.push_str(&format!("    caught by {}\n", tagged.caught_by.join(", ")));
    } else {
        text.push_str("    NOT CAUGHT by a scenario that names the rule\n");
    }
    let mut also: Vec<&str> = whole
        .caught_by
        .iter()
        .chain(&whole.also_fails)
        .filter(|id| !tagged.caught_by.contains(id))
        .map(String::as_str)
        .collect();
    also.sort_unstable();
    if !also.is_empty() {
        text.push_str(&format!("    fails too: {}\n", also.join(", ")));
    }
    if whole.unexpected > 0 {
        text.push_str(&format!("    messages of no scenario: {}\n", whole.unexpected));
    }
    for (id, what) in &whole.errors {
        text.push_str(&format!("    ERROR of ours in {id}: {what}\n"));
    }
    text
}
