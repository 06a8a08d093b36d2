//! Makes a release folder of a published set of schemas: what differs from the release that it extends.
//!
//! `form.rs` writes what the schemas tell: datatypes, classes, code lists. What they do not tell comes from the parent:
//! who sends a message, what it is called, the rules. What the parent says of elements that are gone is taken out in
//! `mend.rs`: loading tells what no longer fits, and that part is left out until the release loads. Each part is told.
//! Nothing is written to disk here. Tests: `tests/it/import.rs`, and of rules `harness/cli/tests/it/import.rs`.

mod form;
mod mend;

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{Catalogue, ReleaseError};
use super::flatten::Flat;
use super::raw::{Concept, Head};
use super::types::{FlatFile, Release, ReleaseId};
use super::{RuleSource, ViewSource};
use crate::schema::{self, Difference, SchemaSet};

/// What is to be made of a published set.
#[derive(Clone, Debug, Default)]
pub struct ImportOrder {
    /// The release that it extends, as in `iwmo-3.2`; the last one of the family when left out.
    pub extends: Option<String>,
    /// The family; read off the namespaces when left out.
    pub family: Option<String>,
    /// The version; read off the namespaces when left out.
    pub version: Option<String>,
}

/// A release that was made of a published set.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What it is.
    pub id: ReleaseId,
    /// What it extends.
    pub extends: ReleaseId,
    /// Its files, by path within its folder.
    pub files: Vec<FlatFile>,
    /// What of the parent is no part of it.
    pub left_out: Vec<LeftOut>,
    /// What no schema tells and we chose.
    pub assumed: Vec<String>,
    /// What the set says and the folder does not, as its own export shows.
    pub differences: Vec<Difference>,
}

/// A part of the parent that the new schemas have no place for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// What: a rule by its code, a view, a concept.
    pub what: String,
    /// The part of it; empty for all of it.
    pub part: String,
    /// What no longer fits.
    pub why: String,
}

/// Why a set could not become a release.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The parent does not load, or there is none.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The form of a release has no place for what the set says, or the order is not complete.
    #[error("failed to make a release of these schemas\n{}", .0.join("\n"))]
    Refused(Vec<String>),
}

/// What is written, and changed until it loads.
#[derive(Debug, Default)]
struct Folder {
    id: String,
    /// Files that the schemas decide alone.
    fixed: Vec<FlatFile>,
    form: form::Form,
    rules: BTreeMap<String, Option<RuleSource>>,
    views: BTreeMap<String, Option<ViewSource>>,
    concepts: BTreeMap<String, Option<Concept>>,
    facts: BTreeSet<String>,
    errata: BTreeSet<String>,
}

impl Catalogue {
    /// Makes a release folder of a published set, on top of a release that is at hand.
    ///
    /// A release loads when `load` says so, which may ask more of it than this crate does.
    ///
    /// # Errors
    /// When the form of a release has no place for what the set says, with all of that.
    pub fn import(
        &self,
        set: &SchemaSet,
        order: &ImportOrder,
        load: impl Fn(&Self, &str) -> Result<(), ReleaseError>,
    ) -> Result<Imported, ImportError> {
        let basis = form::basis_of(set).map_err(|why| ImportError::Refused(vec![why]))?;
        let (family, version) = form::family_and_version(&basis);
        let named = |what: &str, given: &Option<String>, read: Option<String>| {
            given.clone().or(read).ok_or_else(|| {
                let why = format!("the namespace {basis} does not tell the {what}: name it with --{what}");
                ImportError::Refused(vec![why])
            })
        };
        let id = ReleaseId {
            family: named("family", &order.family, family)?,
            version: named("version", &order.version, version)?,
        };
        for part in [&id.family, &id.version] {
            let is_plain = part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
            if part.is_empty() || !is_plain || part.starts_with('.') {
                let why = format!("`{part}` is no name of a folder: write letters, digits, - and .");
                return Err(ImportError::Refused(vec![why]));
            }
        }
        let extends = match &order.extends {
            Some(named) => self.find(named)?,
            None => self.last_of(&id)?,
        };
        if extends == id {
            let why = format!("{id} is at hand already: name another --version, or compare with it");
            return Err(ImportError::Refused(vec![why]));
        }
        let parent = self.load(&extends.to_string())?;
        let flat = self
            .flat_of(&extends)
            .expect("a release that loads has a flat form");
        let ours =
            schema::of_release(&parent).map_err(|faults| ImportError::Refused(vec![faults.to_string()]))?;
        let mut refused = Vec::new();
        let sources = form::Sources {
            set,
            ours: &ours,
            parent: &parent,
            flat: &flat,
            basis: &basis,
        };
        let (form, head) = form::Form::of(&sources, &mut refused);
        if !refused.is_empty() {
            return Err(ImportError::Refused(refused));
        }
        let mut folder = Folder {
            id: format!("{}/{}", id.family, id.version),
            fixed: vec![FlatFile {
                path: "release.toml".to_owned(),
                text: form::write_head(&id, &extends, &parent, &head),
            }],
            form,
            ..Folder::default()
        };
        let left_out = folder.mend(self, &id, &load)?;
        let catalogue = self.with(&folder.placed());
        let release = catalogue.load(&id.to_string())?;
        let found = schema::compare(&release, set)
            .map_err(|faults| ImportError::Refused(vec![faults.to_string()]))?;
        let mut imported = Imported {
            id,
            extends,
            files: folder.files(),
            left_out,
            assumed: head.assumed,
            differences: found.differences,
        };
        imported.files.push(imported.page());
        Ok(imported)
    }

    /// The last release of a family before this one, or the last.
    fn last_of(&self, id: &ReleaseId) -> Result<ReleaseId, ImportError> {
        let mut known = self.ids();
        known.retain(|known| known.family == id.family && known != id);
        let before = known.iter().filter(|known| known.is_before(&id.version));
        let last = before.max().or_else(|| known.iter().max()).cloned();
        last.ok_or_else(|| {
            let names: Vec<String> = self.ids().iter().map(ToString::to_string).collect();
            let why = format!(
                "no release of the family `{}` is at hand: name the one to extend with --extends: {}",
                id.family,
                names.join(", ")
            );
            ImportError::Refused(vec![why])
        })
    }
}

impl Imported {
    /// What was chosen and left out, as a page beside the data.
    fn page(&self) -> FlatFile {
        let mut text = format!(
            "# {}, made of published schemas on top of {}\n\n\
             What the schemas tell stands in these files. The rest is that of {}.\n",
            self.id, self.extends, self.extends
        );
        let mut part = |title: &str, lines: Vec<String>| {
            text.push_str(&format!("\n## {title}\n\n"));
            if lines.is_empty() {
                text.push_str("Nothing.\n");
            }
            for line in lines {
                text.push_str(&format!("- {line}\n"));
            }
        };
        part(
            "Left out: the new schemas have no place for it",
            self.left_out.iter().map(LeftOut::told).collect(),
        );
        part("Assumed: no schema tells it", self.assumed.clone());
        let differences = self.differences.iter().map(|difference| {
            let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "none".to_owned());
            format!(
                "{} {} {}: here {}, published {}",
                difference.kind.name(),
                difference.message,
                difference.path,
                side(&difference.ours),
                side(&difference.theirs)
            )
        });
        part(
            "Not said: the form of a release has no place for it",
            differences.collect(),
        );
        FlatFile {
            path: "import.md".to_owned(),
            text,
        }
    }
}

impl LeftOut {
    /// As one line for people.
    #[must_use]
    pub fn told(&self) -> String {
        let part = if self.part.is_empty() {
            String::new()
        } else {
            format!(", {}", self.part)
        };
        format!("{}{part}: {}", self.what, self.why)
    }
}

impl Folder {
    /// The files by their path from the folder of the releases.
    fn placed(&self) -> Vec<FlatFile> {
        let placed = |file: FlatFile| FlatFile {
            path: format!("{}/{}", self.id, file.path),
            text: file.text,
        };
        self.files().into_iter().map(placed).collect()
    }

    fn files(&self) -> Vec<FlatFile> {
        let mut files = self.fixed.clone();
        files.extend(self.form.files());
        files.extend(self.judging_files());
        files.retain(|file| !file.text.is_empty());
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files
    }
}

/// What `release.toml` says that the schemas tell.
#[derive(Debug)]
struct NewHead {
    head: Head,
    assumed: Vec<String>,
}

/// The release data that a place is looked up in.
fn of_flat<'a>(flat: &'a Flat, parent: &Release, number: &str) -> Option<&'a super::raw::Message> {
    let is_known = parent.messages().iter().any(|message| message.number == number);
    flat.messages
        .iter()
        .find(|message| is_known && message.number.value == number)
}
