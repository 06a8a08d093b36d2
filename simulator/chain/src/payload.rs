//! The message inside a payload: the payload itself, or the one file of its archive.
//!
//! Both ends use it: the hub at receipt and the aanbieder after a download. What a problem means to a caller is the
//! caller's business. Tests are below.

use std::cell::Cell;

use bytes::Bytes;
pub(crate) use kp_model::archive::is_archive;
use kp_model::archive::{self, ArchiveFile, ArchiveLimits, ArchiveProblem};

/// So many files are looked at before an archive is refused for their number; one is allowed.
const FILES_MAX: usize = 64;

/// Why a payload holds no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PayloadProblem {
    /// It begins as an archive and is none.
    NotAnArchive(String),
    /// The archive holds no file.
    Empty,
    /// The archive holds more than one file.
    TooManyFiles(usize),
    /// The archive holds a folder.
    Folder(String),
    /// The archive is protected by a password.
    Encrypted(String),
    /// The file in the archive is too large.
    FileTooLarge(String),
}

/// The message inside a payload; the first problem in the order of the hub when there is none.
pub(crate) fn unpack(payload: &Bytes, size_limit_bytes: usize) -> Result<Bytes, PayloadProblem> {
    if !is_archive(payload) {
        return Ok(payload.clone());
    }
    let limits = ArchiveLimits {
        files: FILES_MAX,
        file_bytes: size_limit_bytes,
        total_bytes: size_limit_bytes,
    };
    match files_in(payload, &limits)? {
        0 => return Err(PayloadProblem::Empty),
        1 => {}
        count => return Err(PayloadProblem::TooManyFiles(count)),
    }
    if let Some(folder) = archive::folder_in(payload) {
        return Err(PayloadProblem::Folder(folder));
    }
    match archive::read(payload, &limits) {
        Ok(files) => match <[ArchiveFile; 1]>::try_from(files) {
            Ok([file]) => Ok(file.bytes),
            Err(files) => Err(PayloadProblem::TooManyFiles(files.len())),
        },
        Err(ArchiveProblem::Password { name }) => Err(PayloadProblem::Encrypted(name)),
        Err(ArchiveProblem::TooLarge { name, .. }) => Err(PayloadProblem::FileTooLarge(name)),
        Err(problem) => Err(PayloadProblem::NotAnArchive(problem.to_string())),
    }
}

/// How many files an archive holds; nothing is unpacked.
fn files_in(payload: &Bytes, limits: &ArchiveLimits) -> Result<usize, PayloadProblem> {
    let count = Cell::new(0);
    let pass_over = |_: &str| {
        count.set(count.get() + 1);
        false
    };
    match archive::visit(payload, limits, pass_over, |_| {}) {
        Ok(()) => Ok(count.get()),
        Err(ArchiveProblem::TooManyFiles { files, .. }) => Err(PayloadProblem::TooManyFiles(files)),
        Err(problem) => Err(PayloadProblem::NotAnArchive(problem.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use kp_model::archive;

    use super::{PayloadProblem, unpack};

    /// The end of an archive without files.
    const EMPTY_ARCHIVE: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

    fn check(payload: &[u8], expected: &Result<&[u8], PayloadProblem>) {
        let found = unpack(&Bytes::copy_from_slice(payload), 1000);
        assert_eq!(
            found.as_ref().map(|bytes| bytes.as_ref()),
            expected.as_ref().map(|bytes| *bytes)
        );
    }

    #[test]
    fn takes_bare_and_zipped_messages() {
        check(b"<a/>", &Ok(b"<a/>"));
        check(b"", &Ok(b""));
        check(&archive::single("a.xml", b"<a/>"), &Ok(b"<a/>"));
    }

    #[test]
    fn tells_what_is_wrong_with_an_archive() {
        let wrong = |payload: &[u8]| unpack(&Bytes::copy_from_slice(payload), 1000).unwrap_err();
        assert!(matches!(wrong(b"PK nothing"), PayloadProblem::NotAnArchive(_)));
        assert_eq!(wrong(EMPTY_ARCHIVE), PayloadProblem::Empty);
        assert_eq!(
            wrong(&archive::single("map/a.xml", b"<a/>")),
            PayloadProblem::Folder("map/a.xml".to_owned())
        );
        assert_eq!(
            wrong(&archive::single("a.xml", &[b'a'; 1001])),
            PayloadProblem::FileTooLarge("a.xml".to_owned())
        );
    }
}
