//! Witnesses of rules, as `RELEASE/CODE/CASE`: those that are part of the product, and those of a folder, on top or in their place.
//!
//! A case is a message, or a folder with the messages and facts of a history. Tests: `tests/it/coverage.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use include_dir::{Dir, DirEntry, include_dir};
use kp_rules::WitnessFiles;

use crate::exit::{Failure, NOTHING, USAGE};
use crate::input::{Content, Input};

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../golden/witness");

/// The file that says why some changes of rules need not be noticed.
const UNNOTICED: &str = "unnoticed.toml";
/// The largest file of a witness, in bytes: a witness is small.
const FILE_BYTES_MAX: usize = 1024 * 1024;
/// The most files of a folder of witnesses.
const FILES_MAX: usize = 50_000;
/// The most folders within each other: release, rule, case.
const DEPTH_MAX: usize = 3;

/// The embedded witnesses, and those of a folder; when that has any of a release that is built in, its witnesses alone.
pub(crate) fn witnesses(folder: Option<&Path>) -> Result<Vec<WitnessFiles>, Failure> {
    let Some(root) = folder else {
        let mut files = Vec::new();
        collect(&EMBEDDED, &mut files);
        return Ok(of_files(files));
    };
    let mut paths = Vec::new();
    list(root, 0, &mut paths)?;
    let mut files = Vec::new();
    for path in paths {
        let content = Input::File(path.clone()).read(FILE_BYTES_MAX)?;
        let Content::Whole(bytes) = content else {
            let what = format!("{} is larger than {FILE_BYTES_MAX} bytes", path.display());
            return Err(
                Failure::new(USAGE, what).hint("a witness is the smallest message that shows something")
            );
        };
        let within = path.strip_prefix(root).unwrap_or(&path);
        let parts = within.components();
        files.push((
            parts
                .map(|part| part.as_os_str().to_string_lossy().into_owned())
                .collect(),
            bytes,
        ));
    }
    let found = of_files(files);
    if found.is_empty() {
        return Err(
            Failure::new(NOTHING, format!("there are no witnesses in {}", root.display()))
                .hint("a witness is RELEASE/CODE/slaagt.xml, or a folder RELEASE/CODE/breekt with a history"),
        );
    }
    let embedded = witnesses(None)?;
    let releases: BTreeSet<&str> = embedded.iter().map(|one| one.release.as_str()).collect();
    if found.iter().any(|one| releases.contains(one.release.as_str())) {
        return Ok(found);
    }
    Ok(embedded.into_iter().chain(found).collect())
}

/// Why witnesses need not notice some changes of rules, and the name of the file that says so; nothing when it is not there.
pub(crate) fn unnoticed(folder: Option<&Path>) -> Result<(String, String), Failure> {
    let Some(root) = folder else {
        let file = EMBEDDED.get_file(UNNOTICED);
        let text = file.and_then(|file| file.contents_utf8()).unwrap_or_default();
        return Ok((UNNOTICED.to_owned(), text.to_owned()));
    };
    let path = root.join(UNNOTICED);
    let name = path.display().to_string();
    if !path.exists() {
        return Ok((name, String::new()));
    }
    let Content::Whole(bytes) = Input::File(path).read(FILE_BYTES_MAX)? else {
        return Err(Failure::new(
            USAGE,
            format!("{name} is larger than {FILE_BYTES_MAX} bytes"),
        ));
    };
    Ok((name, String::from_utf8_lossy(&bytes).into_owned()))
}

fn collect(folder: &Dir<'static>, files: &mut Vec<(Vec<String>, Bytes)>) {
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(within) => collect(within, files),
            DirEntry::File(file) => {
                let parts = file.path().components();
                files.push((
                    parts
                        .map(|part| part.as_os_str().to_string_lossy().into_owned())
                        .collect(),
                    Bytes::from_static(file.contents()),
                ));
            }
        }
    }
}

fn list(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(
            USAGE,
            format!("failed to read the folder {}: {error}", folder.display()),
        )
    };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() && depth < DEPTH_MAX {
            list(&path, depth + 1, paths)?;
        } else if path.is_file() {
            paths.push(path);
        }
        if paths.len() > FILES_MAX {
            let what = format!("{} holds more than {FILES_MAX} files", folder.display());
            return Err(Failure::new(USAGE, what));
        }
    }
    Ok(())
}

/// Puts files together by release, rule and case; what lies elsewhere is no witness.
fn of_files(mut files: Vec<(Vec<String>, Bytes)>) -> Vec<WitnessFiles> {
    files.sort();
    let mut found: BTreeMap<(String, String, String), WitnessFiles> = BTreeMap::new();
    for (parts, bytes) in files {
        let (release, rule, case, name, is_message) = match parts.as_slice() {
            [release, rule, name] if name.ends_with(".xml") => {
                (release, rule, name.trim_end_matches(".xml"), name, true)
            }
            [release, rule, case, name] => (release, rule, case.as_str(), name, false),
            _ => continue,
        };
        let key = (release.clone(), rule.clone(), case.to_owned());
        let witness = found.entry(key).or_insert_with(|| WitnessFiles {
            release: release.clone(),
            rule: rule.clone(),
            case: case.to_owned(),
            files: BTreeMap::new(),
            is_message,
        });
        witness.files.insert(name.clone(), bytes);
    }
    found.into_values().collect()
}
