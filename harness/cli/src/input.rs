//! What `check` is asked to judge: files, folders, zip archives and standard input, read within bounds.

use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::exit::{Failure, USAGE};

/// The most folders within each other.
const DEPTH_MAX: u32 = 64;

/// Something to judge.
#[derive(Debug)]
pub(crate) enum Input {
    /// A file that was named.
    File(PathBuf),
    /// A file that was found in a folder.
    Found(PathBuf),
    /// Standard input.
    Stdin,
}

/// What was read.
#[derive(Debug)]
pub(crate) enum Content {
    /// All of it.
    Whole(Bytes),
    /// More than may be read: the first bytes and the size.
    TooLarge { head: Bytes, bytes: u64 },
}

impl Input {
    /// The name for people.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) | Self::Found(path) => path.display().to_string(),
            Self::Stdin => "<stdin>".to_owned(),
        }
    }

    /// Reads it, at most `max` bytes.
    pub(crate) fn read(&self, max: usize) -> Result<Content, Failure> {
        let unreadable =
            |error: std::io::Error| Failure::new(USAGE, format!("failed to read {}: {error}", self.name()));
        match self {
            Self::Stdin => bounded(std::io::stdin().lock(), None, max).map_err(unreadable),
            Self::File(path) | Self::Found(path) => {
                let file = std::fs::File::open(path).map_err(unreadable)?;
                let size = file.metadata().map_err(unreadable)?.len();
                bounded(file, Some(size), max).map_err(unreadable)
            }
        }
    }
}

/// Reads no more than one byte past the bound, and holds no more than was read.
fn bounded(mut source: impl Read, size: Option<u64>, max: usize) -> std::io::Result<Content> {
    let expected = size
        .map_or(64 * 1024, |size| usize::try_from(size).unwrap_or(usize::MAX))
        .min(max);
    let mut bytes = Vec::with_capacity(expected + 1);
    if size.is_some_and(|size| size > max as u64) {
        source.take(4096).read_to_end(&mut bytes)?;
        return Ok(Content::TooLarge {
            head: bytes.into(),
            bytes: size.unwrap_or_default(),
        });
    }
    source.by_ref().take(max as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > max {
        let size = size.unwrap_or(bytes.len() as u64).max(bytes.len() as u64);
        bytes.truncate(4096);
        bytes.shrink_to_fit();
        return Ok(Content::TooLarge {
            head: bytes.into(),
            bytes: size,
        });
    }
    Ok(Content::Whole(bytes.into()))
}

/// Everything to judge, folders opened, in the order of names.
pub(crate) fn collect(paths: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            inputs.push(Input::Stdin);
            continue;
        }
        let kind = std::fs::metadata(path).map_err(|error| {
            Failure::new(USAGE, format!("failed to open {}: {error}", path.display()))
                .hint("check takes files, folders, zip archives, or - for standard input")
        })?;
        if kind.is_dir() {
            collect_folder(path, DEPTH_MAX, &mut inputs)?;
        } else {
            inputs.push(Input::File(path.clone()));
        }
    }
    Ok(inputs)
}

fn collect_folder(folder: &Path, depth: u32, inputs: &mut Vec<Input>) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(
            USAGE,
            format!("failed to read the folder {}: {error}", folder.display()),
        )
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort();
    for path in paths {
        let is_message = path.extension().is_some_and(|extension| {
            extension.eq_ignore_ascii_case("xml") || extension.eq_ignore_ascii_case("zip")
        });
        // A link to a folder could lead round in a circle; only what lies here is opened.
        let kind = std::fs::symlink_metadata(&path).map_err(unreadable)?;
        if kind.is_dir() {
            if depth > 0 {
                collect_folder(&path, depth - 1, inputs)?;
            }
        } else if is_message && !is_device(&path) {
            inputs.push(Input::Found(path));
        }
    }
    Ok(())
}

/// Whether a path leads to a pipe or a device, which would be waited for; what cannot be looked at is told when it is read.
fn is_device(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|kind| !kind.is_file() && !kind.is_dir())
}
