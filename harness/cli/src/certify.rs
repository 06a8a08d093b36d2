//! `certify` and `defects`: runs scenarios, writes the report, tells the verdict.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use jiff::civil::Date;
use kp_model::{Catalogue, ReleaseId};
use kp_report::{Lang, ReportError, RunReport, Verdict, evidence, html, json, junit, sarif, terminal};
use kp_rules::Rulebook;
use kp_runner::{
    CertifyOptions as Order, Earlier, Features, Interrupted, REFERENCE_SEED, Selection, Sut, Waivers, certify,
};

use crate::arguments::{CertifyOptions, Mode, Role};
use crate::bless;
use crate::configuration::Configuration;
use crate::exit::{COULD_NOT_RUN, FINDINGS, Failure, GOOD, NOTHING, USAGE, chain};
use crate::output::{print, style, tell, write_file};
use crate::releases::{catalogue, for_runs, in_force, load, named, names, network};

/// Where a report goes unless it is said.
pub(crate) const OUT: &str = "ketenproef-report";

/// Runs `certify`.
pub(crate) fn run(options: &CertifyOptions, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    if options.bless {
        bless::allow(options, folder)?;
    }
    let out = options.out.as_deref().or(options.resume.as_deref());
    let out = out.unwrap_or(Path::new(OUT));
    if out.exists() && !out.is_dir() {
        let what = format!("{} is a file, and a report is a folder", out.display());
        return Err(Failure::new(USAGE, what).hint("choose another folder with --out"));
    }
    let mut order = order(options, folder)?;
    order.keep = Some(out.to_owned());
    let going_over = order
        .features
        .going_over(&order.sut.role, options.profile.as_deref())?;
    if let Some(going_over) = going_over.filter(|_| !order.sut.is_builtin()) {
        tell(&format!(
            "hint: {going_over}; a reset says so, a product without one must be set so"
        ));
    }
    let report = certify(order)?;
    // A verdict whose report could not be written is not told as if all were well.
    write_report(&report, out, options.lang.into())?;
    print(&terminal::summary(&report, style(options.lang)))?;
    if options.bless {
        bless::keep(&report)?;
    }
    Ok(if report.verdict() == Verdict::Geslaagd {
        GOOD
    } else {
        FINDINGS
    }
    .into())
}

/// The run that the options ask for.
pub(crate) fn order(options: &CertifyOptions, folder: Option<&Path>) -> Result<Order, Failure> {
    let catalogue = catalogue(folder)?;
    let known = if options.releases.is_empty() {
        for_runs(&catalogue)?
    } else {
        load(&catalogue, &named(&catalogue, &options.releases)?)?
    };
    let features = match &options.features {
        None => Features::embedded(),
        Some(features) => Features::folder(features)?,
    };
    let sut = in_role(Sut::find(&options.sut, names(&known))?, options)?;
    let going_over = features.going_over(&sut.role, options.profile.as_deref())?;
    let (sut, rulebooks) = match going_over {
        None => {
            let rulebooks = supported(&catalogue, known, &sut, options.releases.is_empty())?;
            (sut, rulebooks)
        }
        Some(_) => pairs(&catalogue, known, sut, !options.releases.is_empty())?,
    };
    let current = in_force(&catalogue);
    let is_kept = rulebooks
        .iter()
        .all(|rulebook| current.contains(rulebook.release().id()));
    // What is kept of the reference supplier is of the releases and the hub that are built in.
    let features = if options.bless || folder.is_some() || options.config.is_some() || !is_kept {
        features.without_reference()
    } else {
        features
    };
    let interrupted = options.resume.as_deref().map(Interrupted::read).transpose()?;
    let of_interrupted = interrupted.as_ref().map(Interrupted::seed);
    let mut order = Order {
        rulebooks,
        features,
        selection: Selection {
            only: options.only.clone(),
            tags: options.tags.clone(),
            profile: options.profile.clone(),
        },
        seed: options
            .seed
            .or(of_interrupted)
            .unwrap_or_else(|| default_seed(&sut)),
        waivers: Waivers::beside(&sut)?,
        network: network(&catalogue, &sut)?,
        sut,
        jobs: options.jobs.map(usize::from),
        estafette: Configuration::read(options.config.as_deref())?.estafette,
        replay: folders(&[
            ("--features", options.features.as_deref()),
            ("--releases", folder),
            ("--config", options.config.as_deref()),
        ]),
        commit: env!("KETENPROEF_COMMIT").to_owned(),
        started: now(),
        host: host(),
        today: today(),
        keep: None,
        interrupted,
    };
    if let Some(earlier) = &options.failed {
        only_failed(&mut order, earlier)?;
    }
    Ok(order)
}

/// A supplier is judged by what it says it supports: the releases at hand, and of a standard of which it supports none of
/// these the last that it does support, unless releases were asked for.
fn supported(
    catalogue: &Catalogue,
    mut known: Vec<Arc<Rulebook>>,
    sut: &Sut,
    may_add: bool,
) -> Result<Vec<Arc<Rulebook>>, Failure> {
    let id = |rulebook: &Arc<Rulebook>| rulebook.release().id().clone();
    let described = named(catalogue, &sut.releases)?;
    known.retain(|rulebook| described.contains(&id(rulebook)));
    if may_add {
        for own in described.into_iter().rev() {
            if known.iter().all(|rulebook| id(rulebook).family != own.family) {
                known.extend(load(catalogue, &[own])?);
            }
        }
    }
    known.sort_by_key(id);
    known.dedup_by_key(|rulebook| id(rulebook));
    let of_one_family = |pair: &&[Arc<Rulebook>]| id(&pair[0]).family == id(&pair[1]).family;
    match known.windows(2).find(of_one_family) {
        None => Ok(known),
        Some(pair) => {
            let (one, other) = (id(&pair[0]), id(&pair[1]));
            let what = format!("{one} and {other} are of one standard, and a run is of one release of it");
            Err(Failure::new(USAGE, what).hint("certify each by itself, with --release, or the going over from one to the other, with --profile overgang"))
        }
    }
}

/// The releases of a run in which parties go from one to the next: of each standard the one in force and, of those that the
/// supplier supports, the last before it; or the two of a standard that were asked for.
pub(crate) fn pairs(
    catalogue: &Catalogue,
    mut known: Vec<Arc<Rulebook>>,
    sut: Sut,
    are_named: bool,
) -> Result<(Sut, Vec<Arc<Rulebook>>), Failure> {
    let ids = |rulebooks: &[Arc<Rulebook>]| -> Vec<ReleaseId> {
        let ids = rulebooks.iter().map(|rulebook| rulebook.release().id().clone());
        ids.collect()
    };
    if are_named {
        let described = named(catalogue, &sut.releases)?;
        if let Some(lacking) = ids(&known).into_iter().find(|id| !described.contains(id)) {
            let what = format!("{} does not name {lacking}", sut.name);
            return Err(Failure::new(USAGE, what).hint("add it to releases in the description"));
        }
        known.sort_by_key(|rulebook| rulebook.release().id().clone());
        return Ok((sut, known));
    }
    // Our own supports whatever there is.
    let sut = if sut.is_builtin() {
        let all = catalogue.ids().iter().map(ToString::to_string).collect();
        Sut { releases: all, ..sut }
    } else {
        sut
    };
    let described = named(catalogue, &sut.releases)?;
    let mut pairs = Vec::new();
    for new in ids(&known).into_iter().filter(|new| described.contains(new)) {
        let before = described
            .iter()
            .filter(|old| old.family == new.family && **old < new);
        if let Some(old) = before.max() {
            pairs.extend([old.clone(), new]);
        }
    }
    if pairs.is_empty() {
        let what = format!(
            "{} names no release before one that is in force, so there is nothing to go from",
            sut.name
        );
        return Err(Failure::new(USAGE, what)
            .hint("add the old release to releases in the description, or name both with --release"));
    }
    Ok((sut, load(catalogue, &pairs)?))
}

/// The supplier in the role and the model that were asked for, which must be its own unless it is the reference.
fn in_role(sut: Sut, options: &CertifyOptions) -> Result<Sut, Failure> {
    let is_network = options.mode.map(|mode| mode == Mode::Netwerk);
    let sut = match (options.role, is_network) {
        (Some(role), _) if options.sut == "reference" => sut.in_role(role.name()),
        (None, Some(true)) if options.sut == "reference" => sut.in_role(Role::Afnemer.name()),
        _ => sut,
    };
    if let Some(role) = options.role.filter(|role| role.name() != sut.role) {
        let what = format!("{} is of the role {}, not {}", sut.name, sut.role, role.name());
        return Err(Failure::new(USAGE, what).hint("leave --role out, or mend role in the description"));
    }
    if is_network.is_some_and(|is_network| is_network != sut.is_in_network()) {
        let known = if sut.is_in_network() {
            "netwerk"
        } else {
            "estafette"
        };
        let what = format!("the role {} is one in the model {known}", sut.role);
        return Err(Failure::new(USAGE, what).hint(format!("leave --mode out, or write --mode {known}")));
    }
    Ok(sut)
}

/// Leaves only what failed in an earlier run, and tells what is otherwise now.
fn only_failed(order: &mut Order, folder: &Path) -> Result<(), Failure> {
    let earlier = Earlier::read(folder)?;
    for difference in earlier.differences(order) {
        tell(&format!(
            "hint: the run in {} differs: {difference}",
            folder.display()
        ));
    }
    let asked = std::mem::take(&mut order.selection.only);
    let is_asked = |id: &String| asked.is_empty() || asked.iter().any(|asked| asked.eq_ignore_ascii_case(id));
    order.selection.only = earlier.failed.into_iter().filter(is_asked).collect();
    if order.selection.only.is_empty() {
        let what = format!("nothing failed in the run of {}", folder.display());
        return Err(Failure::new(NOTHING, what).hint("leave --failed out to run everything"));
    }
    Ok(())
}

/// A product that keeps its data gets another seed at every run, and with it persons that it does not know yet.
fn default_seed(sut: &Sut) -> u64 {
    if sut.isolatie.is_reset() {
        return REFERENCE_SEED;
    }
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(1, |since| since.as_secs())
}

/// The options that name a folder, as they stand on a command line.
pub(crate) fn folders(options: &[(&str, Option<&Path>)]) -> String {
    let named = options
        .iter()
        .filter_map(|(option, folder)| folder.map(|folder| (option, folder)));
    named
        .map(|(option, folder)| format!(" {option} \"{}\"", folder.display()))
        .collect()
}

fn write_report(report: &RunReport, out: &Path, lang: Lang) -> Result<(), Failure> {
    let failed = |error: ReportError| Failure::new(COULD_NOT_RUN, chain(&error));
    let text = |rendered: Result<String, ReportError>| rendered.map(String::into_bytes).map_err(failed);
    // All are made before one is written, so that a folder never holds half a report.
    let files = [
        ("index.html", text(html::render(report, lang))?),
        ("junit.xml", text(junit::render(report, lang))?),
        ("report.json", text(json::render(report))?),
        ("report.sarif", text(sarif::render(report, lang))?),
        (evidence::ARCHIVE, evidence::render(report, lang).map_err(failed)?),
    ];
    for (name, bytes) in files {
        write_file(out, name, &bytes)?;
    }
    let page = out.join("index.html");
    let page = std::fs::canonicalize(&page).unwrap_or(page);
    tell(&format!("report: {}", page.display()));
    Ok(())
}

/// The wall clock, as in `2026-11-22T03:49:00Z`.
pub(crate) fn now() -> String {
    jiff::Timestamp::try_from(SystemTime::now())
        .map(|now| now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}

/// The day of the run, where the standard is in force.
pub(crate) fn today() -> Date {
    jiff::Timestamp::try_from(SystemTime::now())
        .and_then(|now| now.in_tz("Europe/Amsterdam"))
        .map(|now| now.date())
        .unwrap_or_default()
}

pub(crate) fn host() -> String {
    ["HOSTNAME", "COMPUTERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok())
        .unwrap_or_else(|| "localhost".to_owned())
}
