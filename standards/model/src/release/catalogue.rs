//! The releases at hand, each loaded when it is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::compile::compile;
use super::fault::{Collector, Fault, Faults, did_you_mean, nearest};
use super::flat;
use super::flatten::{Flat, Stacked, flatten};
use super::judging::Judging;
use super::raw::{Head, read_head, read_layer};
use super::source::{Source, SourceError};
use super::types::{FlatFile, Release, ReleaseId};
use crate::network::{self, Network};

/// The most releases between a release and the last one that it builds on.
const PARENTS_DEEP_MAX: usize = 3;

/// The releases at hand: those of the product, and those of a folder on top.
#[derive(Debug)]
pub struct Catalogue {
    source: Source,
    folders: BTreeMap<String, Folder>,
}

#[derive(Debug)]
struct Folder {
    head: Head,
    /// Faults of `release.toml` itself, told when the release loads.
    faults: Vec<Fault>,
}

/// Why a release could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// There is no such release.
    #[error("failed to find release `{wanted}`{}", .hint.as_ref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// Which releases there are.
        hint: Option<String>,
    },
    /// The data of the release is faulty.
    #[error("failed to load release {id}: {} in its data\n{faults}", count(.faults))]
    Faulty {
        /// The release.
        id: String,
        /// Every fault.
        faults: Faults,
    },
}

fn count(faults: &Faults) -> String {
    match faults.0.len() {
        1 => "1 fault".to_owned(),
        many => format!("{many} faults"),
    }
}

impl Catalogue {
    /// The releases that are part of the product.
    #[must_use]
    pub fn embedded() -> Self {
        Self::new(Source::embedded())
    }

    /// The releases of the product, and on top those of a folder that holds `FAMILY/VERSION/release.toml`.
    ///
    /// One of the same family and version comes in the place of ours as a whole; any other may extend ours. Where one in
    /// the place of ours extends something else than ours did, as its flat form does, what of ours rested on it is left out.
    ///
    /// # Errors
    /// When the folder cannot be read or holds no release.
    pub fn with_folder(root: &Path) -> Result<Self, SourceError> {
        Ok(Self::embedded().under(Source::folder(root)?))
    }

    /// These releases with others on top of them, each in the place of one of the same name.
    fn under(mut self, own: Source) -> Self {
        let added = Self::new(own.clone());
        let extends = |folder: &Folder| -> Vec<String> {
            let parents = folder.head.extends.iter();
            parents.map(|parent| parent.value.clone()).collect()
        };
        let mut gone: BTreeSet<String> = added.folders.keys().cloned().collect();
        for (key, folder) in &self.folders {
            let other = added.folders.get(key);
            if other.is_some_and(|other| extends(other) != extends(folder)) {
                gone.extend(self.resting_on(key));
            }
        }
        self.source.leave_out(&gone);
        self.source.files.extend(own.files);
        Self::new(self.source)
    }

    /// The releases that extend another, near or far.
    fn resting_on(&self, key: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![key.to_owned()];
        while let Some(key) = open.pop() {
            for (name, folder) in &self.folders {
                let mut parents = folder.head.extends.iter();
                if parents.any(|parent| parent.value == key) && found.insert(name.clone()) {
                    open.push(name.clone());
                }
            }
        }
        found
    }

    /// The releases in the given texts, by path as in `iwmo/3.2/release.toml`.
    #[must_use]
    pub fn texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self::new(Source::texts(texts))
    }

    /// These releases with those of further files on top of them, by path from the folder of the releases.
    #[must_use]
    pub fn with(&self, files: &[FlatFile]) -> Self {
        let files = files.iter().map(|file| (file.path.as_str(), file.text.as_str()));
        Self::new(self.source.clone()).under(Source::texts(files))
    }

    /// A release without parents, as far as its data can be read.
    pub(super) fn flat_of(&self, id: &ReleaseId) -> Option<Flat> {
        self.flat(&format!("{}/{}", id.family, id.version), &Collector::default())
    }

    fn new(source: Source) -> Self {
        let mut folders = BTreeMap::new();
        for (path, text) in &source.files {
            if let Some(key) = path.strip_suffix("/release.toml") {
                let collector = Collector::default();
                let head = read_head(path, text, &collector);
                let named = format!("{}/{}", head.family.value, head.version.value);
                if named != *key && !head.family.value.is_empty() && !head.version.value.is_empty() {
                    collector.add(
                        &head.family.place,
                        format!("the folder is {key}, the release says {named}"),
                        Some("make both equal".to_owned()),
                    );
                }
                let faults = collector
                    .verdict()
                    .err()
                    .map(|faults| faults.0)
                    .unwrap_or_default();
                folders.insert(key.to_owned(), Folder { head, faults });
            }
        }
        Self { source, folders }
    }

    /// The releases that can be loaded, those that only serve as a base left out.
    #[must_use]
    pub fn ids(&self) -> Vec<ReleaseId> {
        self.folders
            .keys()
            .filter(|key| !self.folders[*key].head.is_abstract)
            .map(|key| id_of(key))
            .collect()
    }

    /// Of each family the release that is in force on a day, as in `2026-11-23`: the last that came into force by then.
    ///
    /// Of a family of which nothing is, every release that does not say when it comes into force.
    #[must_use]
    pub fn in_force(&self, day: &str) -> Vec<ReleaseId> {
        let mut last: BTreeMap<String, (&str, ReleaseId)> = BTreeMap::new();
        let ids = self.ids();
        let live = |id: &ReleaseId| {
            let folder = self.folders.get(&format!("{}/{}", id.family, id.version))?;
            folder.head.live.as_ref().map(|live| live.value.as_str())
        };
        for id in &ids {
            if let Some(live) = live(id).filter(|live| *live <= day)
                && last.get(&id.family).is_none_or(|(before, _)| *before < live)
            {
                last.insert(id.family.clone(), (live, id.clone()));
            }
        }
        let is_in_force = |id: &ReleaseId| match last.get(&id.family) {
            Some((_, in_force)) => in_force == id,
            None => live(id).is_none(),
        };
        ids.iter().filter(|id| is_in_force(id)).cloned().collect()
    }

    /// The identity of a release by how people write it, as in `iwmo-3.2`, in capitals or not.
    ///
    /// # Errors
    /// When there is no such release.
    pub fn find(&self, id: &str) -> Result<ReleaseId, ReleaseError> {
        self.key(id).map(id_of)
    }

    /// The folder of a release.
    fn key(&self, id: &str) -> Result<&str, ReleaseError> {
        let ids = self.ids();
        let mut keys = self.folders.keys();
        let found = keys.find(|key| {
            let known = id_of(key);
            ids.contains(&known) && known.to_string().eq_ignore_ascii_case(id)
        });
        found.map(String::as_str).ok_or_else(|| unknown(id, &ids))
    }

    /// Loads a release by its identity, as in `iwmo-3.2`.
    ///
    /// # Errors
    /// When there is no such release, or with every fault of its data.
    pub fn load(&self, id: &str) -> Result<Arc<Release>, ReleaseError> {
        self.load_with(id, |_, _| Vec::new())
    }

    /// Loads a release, with faults that another look at it finds: all are told together.
    ///
    /// What judges a message, as it is written, is there for that look alone; a release does not keep it.
    ///
    /// # Errors
    /// When there is no such release, or with every fault of its data.
    pub fn load_with(
        &self,
        id: &str,
        look: impl FnOnce(&Release, &Judging) -> Vec<Fault>,
    ) -> Result<Arc<Release>, ReleaseError> {
        let key = self.key(id)?;
        let faults = Collector::default();
        let faulty = |faults: Faults| ReleaseError::Faulty {
            id: id_of(key).to_string(),
            faults,
        };
        let flat = self.flat(key, &faults);
        let release = flat.and_then(|flat| {
            let files = flat::write(&flat);
            let digest = flat::digest(&files);
            let release = compile(&flat, files, digest, &faults)?;
            // Faults of its own can leave it without parts, whose absence is not told twice.
            faults.add_all(Faults(look(&release, &flat.judging)));
            Some(release)
        });
        faults.verdict().map_err(faulty)?;
        release.map(Arc::new).ok_or_else(|| {
            let place = self.folders[key].head.place.clone();
            faulty(Faults(vec![Fault {
                place,
                what: "this release could not be built".to_owned(),
                hint: None,
            }]))
        })
    }

    /// The standards of source registers at hand.
    #[must_use]
    pub fn network_ids(&self) -> Vec<ReleaseId> {
        let paths = self.source.files.keys();
        paths
            .filter_map(|path| path.strip_suffix("/netwerk.toml"))
            .map(id_of)
            .collect()
    }

    /// Loads a standard of source registers by its identity, as in `netwerk-1.0`, with the releases that it rests on.
    ///
    /// # Errors
    /// When there is no such standard, or with every fault of its data or of a release that it rests on.
    pub fn load_network(&self, id: &str) -> Result<Arc<Network>, ReleaseError> {
        let ids = self.network_ids();
        let Some(known) = ids
            .iter()
            .find(|known| known.to_string().eq_ignore_ascii_case(id))
        else {
            return Err(unknown(id, &ids));
        };
        let files = self.files_of(&format!("{}/{}", known.family, known.version));
        let faults = Collector::default();
        let find = |id: &str| self.load(id).map_err(|error| error.to_string());
        let network = network::load(&files, &find, &faults);
        let faulty = |faults: Faults| ReleaseError::Faulty {
            id: known.to_string(),
            faults,
        };
        faults.verdict().map_err(faulty)?;
        network.map(Arc::new).ok_or_else(|| faulty(Faults(Vec::new())))
    }

    /// Loads every release that can be loaded.
    ///
    /// # Errors
    /// With the faults of all releases whose data is faulty.
    pub fn load_all(&self) -> Result<Vec<Arc<Release>>, ReleaseError> {
        self.load_each(&self.ids(), |id| self.load(id))
    }

    /// Loads releases, each in a given way.
    ///
    /// # Errors
    /// With the faults of all of them whose data is faulty.
    pub fn load_each(
        &self,
        ids: &[ReleaseId],
        mut load: impl FnMut(&str) -> Result<Arc<Release>, ReleaseError>,
    ) -> Result<Vec<Arc<Release>>, ReleaseError> {
        let mut releases = Vec::new();
        let mut faulty: Option<(String, Vec<Fault>)> = None;
        for id in ids {
            match load(&id.to_string()) {
                Ok(release) => releases.push(release),
                Err(ReleaseError::Faulty { id, faults }) => match &mut faulty {
                    None => faulty = Some((id, faults.0)),
                    Some((ids, told)) => {
                        ids.push_str(", ");
                        ids.push_str(&id);
                        // A fault of a shared base is told once.
                        told.extend(faults.0);
                        told.sort();
                        told.dedup();
                    }
                },
                Err(unknown @ ReleaseError::Unknown { .. }) => return Err(unknown),
            }
        }
        match faulty {
            None => Ok(releases),
            Some((id, faults)) => Err(ReleaseError::Faulty {
                id,
                faults: Faults(faults),
            }),
        }
    }

    /// The files that a release is made of, its own and those of what it extends, by path and with their text.
    #[must_use]
    pub fn files(&self, id: &ReleaseId) -> Vec<(&Arc<str>, &str)> {
        let mut keys = vec![format!("{}/{}", id.family, id.version)];
        let mut next = 0;
        while let Some(key) = keys.get(next).cloned() {
            next += 1;
            let parents = self
                .folders
                .get(&key)
                .into_iter()
                .flat_map(|folder| &folder.head.extends);
            for parent in parents {
                if !keys.contains(&parent.value) {
                    keys.push(parent.value.clone());
                }
            }
        }
        let is_of = |path: &str| {
            keys.iter().any(|key| {
                path.strip_prefix(key.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
            })
        };
        let files = self.source.files.iter().filter(|(path, _)| is_of(path));
        files.map(|(path, text)| (path, &**text)).collect()
    }

    /// The folders of a release on top of each other.
    fn flat(&self, key: &str, faults: &Collector) -> Option<Flat> {
        let mut stacked: Vec<(String, BTreeSet<String>)> = Vec::new();
        self.stack(key, &mut Vec::new(), &mut stacked, faults)?;
        let layers = stacked.into_iter().filter_map(|(key, extends)| {
            let folder = self.folders.get(&key)?;
            faults.add_all(Faults(folder.faults.clone()));
            Some(Stacked {
                layer: read_layer(folder.head.clone(), &self.files_of(&key), faults),
                extends,
            })
        });
        flatten(layers.collect(), faults)
    }

    /// Puts a folder after all that it extends, each once, with what it extends; tells what that is.
    fn stack(
        &self,
        key: &str,
        trail: &mut Vec<String>,
        stacked: &mut Vec<(String, BTreeSet<String>)>,
        faults: &Collector,
    ) -> Option<BTreeSet<String>> {
        if let Some((_, extends)) = stacked.iter().find(|(known, _)| known == key) {
            return Some(extends.clone());
        }
        let folder = self.folders.get(key)?;
        trail.push(key.to_owned());
        let mut extends = BTreeSet::from([key.to_owned()]);
        for parent in &folder.head.extends {
            if trail.contains(&parent.value) {
                faults.add(
                    &parent.place,
                    format!("{} extends itself: {}", key, trail.join(" -> ")),
                    Some("break the circle".to_owned()),
                );
            } else if trail.len() > PARENTS_DEEP_MAX {
                faults.add(
                    &parent.place,
                    format!(
                        "more than {PARENTS_DEEP_MAX} releases deep: {}",
                        trail.join(" -> ")
                    ),
                    Some("extend a release nearer to the base".to_owned()),
                );
            } else if !self.folders.contains_key(&parent.value) {
                faults.add(
                    &parent.place,
                    format!("there is no release folder `{}`", parent.value),
                    did_you_mean(&parent.value, self.folders.keys().map(String::as_str)),
                );
            } else {
                extends.extend(
                    self.stack(&parent.value, trail, stacked, faults)
                        .into_iter()
                        .flatten(),
                );
            }
        }
        trail.pop();
        stacked.push((key.to_owned(), extends.clone()));
        Some(extends)
    }

    /// The files of one folder, by their name in it.
    fn files_of(&self, key: &str) -> BTreeMap<&str, (&Arc<str>, &str)> {
        let prefix = format!("{key}/");
        let files = self.source.files.iter();
        files
            .filter_map(|(path, text)| Some((path.strip_prefix(&prefix)?, (path, &**text))))
            .collect()
    }
}

fn unknown(wanted: &str, ids: &[ReleaseId]) -> ReleaseError {
    let names: Vec<String> = ids.iter().map(ReleaseId::to_string).collect();
    let hint = nearest(wanted, names.iter().map(String::as_str)).map_or_else(
        || format!("known releases: {}", names.join(", ")),
        |name| format!("did you mean `{name}`? known releases: {}", names.join(", ")),
    );
    ReleaseError::Unknown {
        wanted: wanted.to_owned(),
        hint: Some(hint),
    }
}

fn id_of(key: &str) -> ReleaseId {
    let (family, version) = key.rsplit_once('/').unwrap_or((key, ""));
    ReleaseId {
        family: family.to_owned(),
        version: version.to_owned(),
    }
}
