//! The releases that a command works with: those that were named, those in force, or all.

use std::path::Path;
use std::sync::Arc;

use kp_model::network::Network;
use kp_model::{Catalogue, MessageType, Release, ReleaseId};
use kp_rules::Rulebook;
use kp_runner::Sut;

use crate::certify::today;
use crate::exit::{Failure, USAGE};

/// The releases at hand: the built-in ones, and those of a folder on top.
pub(crate) fn catalogue(folder: Option<&Path>) -> Result<Catalogue, Failure> {
    Ok(match folder {
        None => Catalogue::embedded(),
        Some(folder) => Catalogue::with_folder(folder)?,
    })
}

/// The releases that were named, or all, without their rules.
pub(crate) fn releases(folder: Option<&Path>, names: &[String]) -> Result<Vec<Arc<Release>>, Failure> {
    let catalogue = catalogue(folder)?;
    if names.is_empty() {
        return Ok(catalogue.load_all()?);
    }
    names
        .iter()
        .map(|name| catalogue.load(name).map_err(Failure::from))
        .collect()
}

/// The rulebooks of the releases that were named, or of those that are in force.
pub(crate) fn rulebooks(folder: Option<&Path>, names: &[String]) -> Result<Vec<Arc<Rulebook>>, Failure> {
    let catalogue = catalogue(folder)?;
    let ids = if names.is_empty() {
        in_force(&catalogue)
    } else {
        named(&catalogue, names)?
    };
    load(&catalogue, &ids)
}

/// The rulebooks of the releases in force that a run can be about: what goes between gemeente and CAK alone concerns no role
/// that can be certified.
pub(crate) fn for_runs(catalogue: &Catalogue) -> Result<Vec<Arc<Rulebook>>, Failure> {
    let mut rulebooks = load(catalogue, &in_force(catalogue))?;
    let is_national = |message: &MessageType| message.direction.national_party().is_some();
    rulebooks.retain(|rulebook| !rulebook.release().messages().iter().all(is_national));
    Ok(rulebooks)
}

/// The releases that are in force today.
pub(crate) fn in_force(catalogue: &Catalogue) -> Vec<ReleaseId> {
    catalogue.in_force(&today().to_string())
}

/// The releases of these names, each of which there must be.
pub(crate) fn named(catalogue: &Catalogue, names: &[String]) -> Result<Vec<ReleaseId>, Failure> {
    names
        .iter()
        .map(|name| catalogue.find(name).map_err(Failure::from))
        .collect()
}

/// The names of the releases of rulebooks, as a description of a product writes them.
pub(crate) fn names(rulebooks: &[Arc<Rulebook>]) -> Vec<String> {
    let ids = rulebooks.iter().map(|rulebook| rulebook.release().id());
    ids.map(ToString::to_string).collect()
}

/// Loads releases, beside each other: it is most of what a user waits for.
pub(crate) fn load(catalogue: &Catalogue, ids: &[ReleaseId]) -> Result<Vec<Arc<Rulebook>>, Failure> {
    let one = |id: &ReleaseId| Rulebook::load(catalogue, &id.to_string());
    let loaded: Option<Vec<Arc<Rulebook>>> = std::thread::scope(|scope| {
        let running: Vec<_> = ids.iter().map(|id| scope.spawn(move || one(id).ok())).collect();
        running.into_iter().map(|one| one.join().ok().flatten()).collect()
    });
    match loaded {
        Some(rulebooks) => Ok(rulebooks),
        // Once more, one after another, to tell the faults of all releases together.
        None => Ok(Rulebook::load_each(catalogue, ids)?),
    }
}

/// The standard of registers, the last one when there are more; none for a role that has nothing to do with it.
pub(crate) fn network(catalogue: &Catalogue, sut: &Sut) -> Result<Option<Arc<Network>>, Failure> {
    if !sut.is_in_network() {
        return Ok(None);
    }
    let last = catalogue.network_ids().into_iter().next_back();
    let last = last.ok_or_else(|| Failure::new(USAGE, "there is no standard of registers".to_owned()))?;
    Ok(Some(catalogue.load_network(&last.to_string())?))
}
