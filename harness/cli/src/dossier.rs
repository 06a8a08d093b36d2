//! `check --dossier`: reads the files of a history from a folder or an archive, bounded.
//!
//! In which order they were delivered, and what is judged, is the business of `kp-rules`. Tests: `tests/it/dossier.rs`.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use kp_model::archive::{self, ArchiveLimits};
use kp_rules::History;

use crate::exit::{Failure, NOTHING, USAGE};
use crate::input::{Content, Input};

/// The file that gives the order and states the facts.
pub(crate) const DESCRIPTION: &str = History::<Content>::DESCRIPTION;
/// The most files of one dossier.
const FILES_MAX: usize = 100_000;
/// The most bytes of one dossier.
const BYTES_MAX: usize = 1024 * 1024 * 1024;
/// The largest description, in bytes.
const DESCRIPTION_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Reads a folder or a zip archive.
pub(crate) fn read(path: &Path, max: usize) -> Result<History<Content>, Failure> {
    let kind = std::fs::metadata(path).map_err(|error| {
        Failure::new(USAGE, format!("failed to open {}: {error}", path.display()))
            .hint("--dossier takes a folder or a zip archive of messages")
    })?;
    let mut files = if kind.is_dir() {
        of_folder(path, max)?
    } else {
        of_archive(path, max)?
    };
    let description = match files.remove(DESCRIPTION) {
        Some(Content::Whole(bytes)) => Some(text(path, &bytes)?),
        Some(Content::TooLarge { bytes, .. }) => {
            return Err(Failure::new(USAGE, format!("{DESCRIPTION} is {bytes} bytes")));
        }
        None => None,
    };
    if files.is_empty() {
        return Err(
            Failure::new(NOTHING, format!("there are no messages in {}", path.display()))
                .hint("a dossier holds files that end in .xml"),
        );
    }
    let named = path.join(DESCRIPTION).display().to_string();
    History::new(files, description.as_deref(), &named).map_err(|error| {
        let failure = Failure::new(USAGE, error.what);
        match error.hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })
}

fn text(path: &Path, bytes: &Bytes) -> Result<String, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        let name = path.join(DESCRIPTION);
        Failure::new(USAGE, format!("{} is not UTF-8", name.display()))
    })?;
    Ok(text.to_owned())
}

fn of_folder(path: &Path, max: usize) -> Result<BTreeMap<String, Content>, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(
            USAGE,
            format!("failed to read the folder {}: {error}", path.display()),
        )
    };
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.metadata().map_err(unreadable)?;
        if kind.is_file() && is_wanted(&name) {
            let limit = if name == DESCRIPTION {
                DESCRIPTION_BYTES_MAX
            } else {
                max
            };
            files.insert(name, Input::File(entry.path()).read(limit)?);
        }
        if files.len() > FILES_MAX {
            return Err(Failure::new(
                USAGE,
                format!("a dossier holds at most {FILES_MAX} files"),
            ));
        }
    }
    Ok(files)
}

fn of_archive(path: &Path, max: usize) -> Result<BTreeMap<String, Content>, Failure> {
    let bytes = match Input::File(path.to_owned()).read(BYTES_MAX)? {
        Content::Whole(bytes) => bytes,
        Content::TooLarge { bytes, .. } => {
            return Err(Failure::new(
                USAGE,
                format!(
                    "{} is {bytes} bytes; a dossier is at most {BYTES_MAX}",
                    path.display()
                ),
            ));
        }
    };
    if !archive::is_archive(&bytes) {
        return Err(Failure::new(
            USAGE,
            format!("{} is neither a folder nor a zip archive", path.display()),
        )
        .hint("name the message itself as FILE, and its history with --dossier"));
    }
    let limits = ArchiveLimits {
        files: FILES_MAX,
        file_bytes: max.max(DESCRIPTION_BYTES_MAX),
        total_bytes: BYTES_MAX,
    };
    let mut files = BTreeMap::new();
    archive::visit(&bytes, &limits, is_wanted, |file| {
        files.insert(file.name, Content::Whole(file.bytes));
    })
    .map_err(|problem| Failure::new(USAGE, format!("failed to read {}: {problem}", path.display())))?;
    Ok(files)
}

fn is_wanted(name: &str) -> bool {
    name == DESCRIPTION || name.to_lowercase().ends_with(".xml")
}
