//! Zip archives of messages: written with fixed timestamps, read within bounds.
//!
//! Names inside an archive are labels, never paths: nothing is ever unpacked to disk.

use std::io::{Cursor, Read, Write};

use bytes::Bytes;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

/// The bounds within which an archive is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// The most files.
    pub files: usize,
    /// The most bytes of one file, unpacked.
    pub file_bytes: usize,
    /// The most bytes of all files together, unpacked.
    pub total_bytes: usize,
}

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveFile {
    /// The name as it stands in the archive.
    pub name: String,
    /// The unpacked bytes.
    pub bytes: Bytes,
}

/// Why an archive was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveProblem {
    /// The bytes are no zip archive, or a damaged one.
    #[error("this is no valid zip archive: {why}")]
    NoZip {
        /// What is wrong with it.
        why: String,
    },
    /// A file could not be put into it.
    #[error("failed to put {name} into the zip archive: {why}")]
    NotPacked {
        /// The file.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// It holds more files than allowed.
    #[error("the zip archive holds {files} files, at most {max} are read")]
    TooManyFiles {
        /// How many it holds.
        files: usize,
        /// How many are allowed.
        max: usize,
    },
    /// A file in it is protected by a password.
    #[error("{name} in the zip archive is protected by a password")]
    Password {
        /// The file.
        name: String,
    },
    /// It holds a folder.
    #[error("the zip archive holds a folder: {name}")]
    Folder {
        /// The folder, or the file within one.
        name: String,
    },
    /// It holds several files of one name, of which only one could be read.
    #[error("the zip archive holds several files of one name")]
    SameName,
    /// All files together unpack to too many bytes.
    #[error("the zip archive unpacks to more than {max} bytes")]
    TotalTooLarge {
        /// The bound that it passes.
        max: usize,
    },
    /// A file in it unpacks to too many bytes.
    #[error("{name} in the zip archive unpacks to more than {max} bytes")]
    TooLarge {
        /// The file.
        name: String,
        /// The bound that it passes.
        max: usize,
    },
}

/// Whether bytes look like a zip archive.
#[must_use]
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK")
}

/// An archive with one file, the same bytes every time.
#[must_use]
pub fn single(name: &str, bytes: &[u8]) -> Vec<u8> {
    pack([(name, bytes)]).expect("an archive in memory has room for a file")
}

/// An archive with these files in this order, the same bytes every time and on every system.
///
/// # Errors
/// When two files have one name, or there is more than an archive holds.
pub fn pack<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>, ArchiveProblem> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .system(System::Unix);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let not_packed = |error: &dyn std::fmt::Display| ArchiveProblem::NotPacked {
            name: name.to_owned(),
            why: error.to_string(),
        };
        writer
            .start_file(name, options)
            .map_err(|error| not_packed(&error))?;
        writer.write_all(bytes).map_err(|error| not_packed(&error))?;
    }
    let archive = writer.finish().map_err(|error| ArchiveProblem::NotPacked {
        name: String::new(),
        why: error.to_string(),
    })?;
    Ok(archive.into_inner())
}

/// The files of an archive, in the order in which it lists them; folders themselves are left out.
///
/// # Errors
/// When the bytes are no archive or pass a bound.
pub fn read(bytes: &[u8], limits: &ArchiveLimits) -> Result<Vec<ArchiveFile>, ArchiveProblem> {
    let mut files = Vec::new();
    visit(bytes, limits, |_| true, |file| files.push(file))?;
    Ok(files)
}

/// Hands out the files of an archive whose name is wanted, one by one, so that only one is held at a time.
///
/// # Errors
/// When the bytes are no archive or pass a bound; what was handed out before that stands.
pub fn visit(
    bytes: &[u8],
    limits: &ArchiveLimits,
    wanted: impl Fn(&str) -> bool,
    mut take: impl FnMut(ArchiveFile),
) -> Result<(), ArchiveProblem> {
    let no_zip = |error: &dyn std::fmt::Display| ArchiveProblem::NoZip {
        why: error.to_string(),
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| no_zip(&error))?;
    if archive.len() > limits.files {
        return Err(ArchiveProblem::TooManyFiles {
            files: archive.len(),
            max: limits.files,
        });
    }
    // The library keeps one file a name; a second one would be passed over in silence.
    if entries_listed(bytes).is_some_and(|listed| listed != archive.len()) {
        return Err(ArchiveProblem::SameName);
    }
    let mut total = 0;
    for index in 0..archive.len() {
        let raw = archive.by_index_raw(index).map_err(|error| no_zip(&error))?;
        let name = raw
            .name()
            .map_or_else(|_| format!("file {}", index + 1), std::borrow::Cow::into_owned);
        let (is_folder, is_encrypted) = (raw.is_dir(), raw.encrypted());
        drop(raw);
        if is_folder || !wanted(&name) {
            continue;
        }
        if is_encrypted {
            return Err(ArchiveProblem::Password { name });
        }
        let entry = archive.by_index(index).map_err(|error| no_zip(&error))?;
        let left = limits.total_bytes - total;
        let max = limits.file_bytes.min(left);
        // What an entry claims to unpack to is not believed: it is read up to the bound.
        let mut unpacked = Vec::new();
        entry
            .take(max as u64 + 1)
            .read_to_end(&mut unpacked)
            .map_err(|error| no_zip(&error))?;
        if unpacked.len() > limits.file_bytes {
            return Err(ArchiveProblem::TooLarge { name, max });
        }
        if unpacked.len() > left {
            return Err(ArchiveProblem::TotalTooLarge {
                max: limits.total_bytes,
            });
        }
        total += unpacked.len();
        take(ArchiveFile {
            name,
            bytes: unpacked.into(),
        });
    }
    Ok(())
}

/// How many files the end of an archive says that it lists; none when it says so elsewhere.
fn entries_listed(bytes: &[u8]) -> Option<usize> {
    let end = memchr::memmem::rfind(bytes, b"PK\x05\x06")?;
    let count = bytes.get(end + 10..end + 12)?;
    let count = usize::from(u16::from_le_bytes([count[0], count[1]]));
    (count != usize::from(u16::MAX)).then_some(count)
}

/// The one folder or path with a folder in an archive, for receivers that allow files only.
#[must_use]
pub fn folder_in(bytes: &[u8]) -> Option<String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    (0..archive.len()).find_map(|index| {
        let entry = archive.by_index_raw(index).ok()?;
        let name = entry.name().ok()?;
        (entry.is_dir() || name.contains(['/', '\\'])).then(|| name.into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ArchiveLimits = ArchiveLimits {
        files: 2,
        file_bytes: 1000,
        total_bytes: 1500,
    };

    fn archive(files: &[(&str, usize)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, size) in files {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .expect("room");
            writer.write_all(&vec![b'a'; *size]).expect("memory");
        }
        writer.finish().expect("memory").into_inner()
    }

    #[test]
    fn what_goes_in_comes_out() {
        let packed = single("a.xml", b"<a/>");
        assert_eq!(packed, single("a.xml", b"<a/>"));
        let files = read(&packed, &LIMITS).expect("a valid archive");
        assert_eq!(
            files,
            [ArchiveFile {
                name: "a.xml".to_owned(),
                bytes: Bytes::from_static(b"<a/>")
            }]
        );
        assert_eq!(folder_in(&packed), None);
    }

    #[test]
    fn files_are_packed_in_their_order() {
        let files = [("b/1.xml", &b"<a/>"[..]), ("a.bin", &b"\0"[..])];
        let packed = pack(files).expect("packs");
        assert_eq!(Ok(packed.clone()), pack(files));
        let names: Vec<String> = read(&packed, &LIMITS)
            .expect("a valid archive")
            .into_iter()
            .map(|file| file.name)
            .collect();
        assert_eq!(names, ["b/1.xml", "a.bin"]);
        assert!(matches!(
            pack([files[0], files[0]]),
            Err(ArchiveProblem::NotPacked { .. })
        ));
    }

    #[test]
    fn bounds_hold() {
        let too_large = |files: &[(&str, usize)]| {
            matches!(
                read(&archive(files), &LIMITS),
                Err(ArchiveProblem::TooLarge { .. })
            )
        };
        assert!(too_large(&[("a", 1001)]));
        let too_much = read(&archive(&[("a", 1000), ("b", 501)]), &LIMITS);
        assert_eq!(too_much, Err(ArchiveProblem::TotalTooLarge { max: 1500 }));
        assert!(!too_large(&[("a", 1000), ("b", 500)]));
        assert!(matches!(
            read(&archive(&[("a", 1), ("b", 1), ("c", 1)]), &LIMITS),
            Err(ArchiveProblem::TooManyFiles { files: 3, max: 2 })
        ));
    }

    #[test]
    fn two_files_of_one_name_are_told() {
        // The writer refuses it, so the second name is changed afterwards, in both places where it stands.
        let mut bytes = archive(&[("x1", 1), ("x2", 1)]);
        while let Some(at) = memchr::memmem::find(&bytes, b"x2") {
            bytes[at + 1] = b'1';
        }
        assert_eq!(read(&bytes, &LIMITS), Err(ArchiveProblem::SameName));
    }

    #[test]
    fn other_bytes_are_told() {
        assert!(matches!(
            read(b"PK nothing", &LIMITS),
            Err(ArchiveProblem::NoZip { .. })
        ));
        let mut cut = single("a.xml", &[b'a'; 500]);
        cut.truncate(40);
        assert!(matches!(read(&cut, &LIMITS), Err(ArchiveProblem::NoZip { .. })));
    }

    #[test]
    fn folders_are_found() {
        assert_eq!(folder_in(&archive(&[("x/a.xml", 1)])), Some("x/a.xml".to_owned()));
    }
}
