//! Where the files of releases come from: embedded in the binary, with those of a folder on top.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../releases");

/// The largest file of a release, in bytes: data of the standard is small.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The files of all releases, by path from the folder that holds the releases.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    pub(crate) files: BTreeMap<Arc<str>, Arc<str>>,
}

/// Why the files of the releases could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A file or folder could not be read.
    #[error("failed to read {path}")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is too large to be release data.
    #[error("failed to read {path}: larger than {FILE_BYTES_MAX} bytes, which no file of a release is")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A folder holds no release at all.
    #[error("failed to find a release under {path}: no FAMILY/VERSION/release.toml")]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

impl Source {
    /// The releases that are part of the product.
    pub(crate) fn embedded() -> Self {
        let mut source = Self::default();
        source.add_embedded(&EMBEDDED);
        source
    }

    /// Leaves out the files of releases, as in `iwmo/3.2`.
    pub(crate) fn leave_out(&mut self, releases: &BTreeSet<String>) {
        self.files
            .retain(|path, _| release_of(path).is_none_or(|release| !releases.contains(&release)));
    }

    /// The releases in a folder, which must hold `FAMILY/VERSION/release.toml`.
    pub(crate) fn folder(root: &Path) -> Result<Self, SourceError> {
        let mut source = Self::default();
        // Family, version, and one folder below it: nothing of a release lies deeper.
        source.add_folder(root, "", 3)?;
        if !source.files.keys().any(|path| path.ends_with("/release.toml")) {
            return Err(SourceError::Empty {
                path: root.to_owned(),
            });
        }
        Ok(source)
    }

    /// The given texts, by path.
    pub(crate) fn texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self {
            files: texts
                .into_iter()
                .map(|(path, text)| (path.into(), text.into()))
                .collect(),
        }
    }

    fn add_embedded(&mut self, folder: &Dir<'static>) {
        for file in folder.files() {
            if let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
                self.files.insert(path.replace('\\', "/").into(), text.into());
            }
        }
        for child in folder.dirs() {
            self.add_embedded(child);
        }
    }

    fn add_folder(&mut self, folder: &Path, prefix: &str, depth: u32) -> Result<(), SourceError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| SourceError::Unreadable { path, source }
        };
        for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
            let entry = entry.map_err(unreadable(folder))?;
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = std::fs::metadata(&path).map_err(unreadable(&path))?;
            if kind.is_dir() {
                if depth > 0 {
                    self.add_folder(&path, &format!("{prefix}{name}/"), depth - 1)?;
                }
            } else if name.ends_with(".toml") || name.ends_with(".csv") {
                if kind.len() > FILE_BYTES_MAX {
                    return Err(SourceError::TooLarge { path });
                }
                let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
                self.files.insert(format!("{prefix}{name}").into(), text.into());
            }
        }
        Ok(())
    }
}

/// The release that a file is of, as in `iwmo/3.2`.
fn release_of(path: &str) -> Option<String> {
    let mut parts = path.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(family), Some(version), Some(_)) => Some(format!("{family}/{version}")),
        _ => None,
    }
}
