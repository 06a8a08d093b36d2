//! The files of a published set of schemas: found in a folder or a zip archive, read within bounds.
//!
//! What a schema says is read by `kp_model::schema`.

use std::path::Path;

use kp_model::archive::{self, ArchiveLimits};
use kp_model::schema::{self, SchemaSet, SchemaSource};

use crate::exit::{COULD_NOT_RUN, Failure, NOTHING, USAGE};
use crate::output::tell;

/// The most folders within each other.
const DEPTH_MAX: u32 = 16;
/// The bounds of a set: a published one is far smaller.
const LIMITS: ArchiveLimits = ArchiveLimits {
    files: 2000,
    file_bytes: 8 * 1024 * 1024,
    total_bytes: 64 * 1024 * 1024,
};

/// Reads the set in a folder or a zip archive, and tells on standard error what was strange about it.
pub(crate) fn read(path: &Path, preferred: &[String]) -> Result<SchemaSet, Failure> {
    let mut files = Files::default();
    let kind = std::fs::metadata(path).map_err(|error| {
        Failure::new(USAGE, format!("failed to open {}: {error}", path.display()))
            .hint("name a folder with schemas, or a zip archive of them")
    })?;
    if kind.is_dir() {
        files.add_folder(path, "", DEPTH_MAX)?;
    } else {
        files.add_archive(path, kind.len())?;
    }
    for name in &files.others {
        tell(&format!("{name}: no schema by its name, not read"));
    }
    if files.schemas.is_empty() {
        let what = format!("no schema in {}: no file name with .xsd", path.display());
        return Err(Failure::new(NOTHING, what).hint("name the folder of one release, with its base schema"));
    }
    let set = schema::read_preferring(&files.schemas, preferred).map_err(|faults| {
        let what = format!("the schemas in {} are not read\n{faults}", path.display());
        Failure::new(USAGE, what).hint("a set that is read in part would give a wrong verdict")
    })?;
    for remark in &set.remarks {
        tell(&format!("{}: {}", remark.place, remark.what));
    }
    if set.messages() == 0 {
        let what = format!(
            "no message in {}: no schema has an element to begin with",
            path.display()
        );
        return Err(Failure::new(NOTHING, what).hint("name the folder with the schemas of messages"));
    }
    Ok(set)
}

#[derive(Default)]
struct Files {
    schemas: Vec<SchemaSource>,
    others: Vec<String>,
    bytes: u64,
}

impl Files {
    fn add(
        &mut self,
        name: String,
        read: impl FnOnce() -> Result<bytes::Bytes, Failure>,
    ) -> Result<(), Failure> {
        if name.to_lowercase().contains(".xsd") {
            let bytes = read()?;
            self.schemas.push(SchemaSource { name, bytes });
        } else {
            self.others.push(name);
        }
        if self.schemas.len() + self.others.len() > LIMITS.files {
            let what = format!("more than {} files, which no set of schemas has", LIMITS.files);
            return Err(Failure::new(USAGE, what).hint("name the folder of one release"));
        }
        Ok(())
    }

    fn add_folder(&mut self, folder: &Path, prefix: &str, depth: u32) -> Result<(), Failure> {
        let unreadable = |path: &Path| {
            let path = path.display().to_string();
            move |error: std::io::Error| Failure::new(USAGE, format!("failed to read {path}: {error}"))
        };
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
            let entry = entry.map_err(unreadable(folder))?;
            entries.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        }
        entries.sort();
        for (name, path) in entries {
            let name = format!("{prefix}{name}");
            // A link to a folder could lead round in a circle; only what lies here is opened.
            let link = std::fs::symlink_metadata(&path).map_err(unreadable(&path))?;
            if link.is_dir() {
                if depth > 0 {
                    self.add_folder(&path, &format!("{name}/"), depth - 1)?;
                } else {
                    self.others.push(name);
                }
                continue;
            }
            let kind = std::fs::metadata(&path).map_err(unreadable(&path))?;
            if !kind.is_file() {
                self.others.push(name);
                continue;
            }
            let total = self.bytes + kind.len();
            self.add(name.clone(), || {
                if kind.len() > LIMITS.file_bytes as u64 || total > LIMITS.total_bytes as u64 {
                    return Err(Failure::new(USAGE, format!("{name} is larger than a schema is")));
                }
                Ok(std::fs::read(&path).map_err(unreadable(&path))?.into())
            })?;
            if self.schemas.last().is_some_and(|schema| schema.name == name) {
                self.bytes = total;
            }
        }
        Ok(())
    }

    fn add_archive(&mut self, path: &Path, size: u64) -> Result<(), Failure> {
        let name = path.display();
        if size > LIMITS.total_bytes as u64 {
            return Err(Failure::new(
                USAGE,
                format!("{name} is larger than a set of schemas is"),
            ));
        }
        let bytes = std::fs::read(path)
            .map_err(|error| Failure::new(COULD_NOT_RUN, format!("failed to read {name}: {error}")))?;
        if !archive::is_archive(&bytes) {
            let what = format!("{name} is no folder and no zip archive");
            return Err(Failure::new(USAGE, what).hint("name the folder in which the schemas are"));
        }
        let files = archive::read(&bytes, &LIMITS)
            .map_err(|problem| Failure::new(USAGE, format!("failed to read {name}: {problem}")))?;
        for file in files {
            self.add(file.name, || Ok(file.bytes))?;
        }
        Ok(())
    }
}
