//! The files of a test authority: what a product in the network shows, and whom it trusts.

use std::path::Path;

use kp_servers::{Authority, Fingerprint, Identity, Validity};

use crate::error::RunnerError;

/// What a folder with such files holds that a run needs.
pub(crate) struct Pki {
    /// Who issues certificates to our parties.
    pub(crate) authority: Authority,
    /// What the way in shows, which a product may have pinned.
    pub(crate) knooppunt: Identity,
    /// The certificate that the product shows.
    pub(crate) sut: Fingerprint,
}

impl Pki {
    /// Reads a folder.
    pub(crate) fn read(folder: &Path, year: i32) -> Result<Self, RunnerError> {
        let read = |name: &str| {
            let file = folder.join(name);
            std::fs::read_to_string(&file).map_err(|source| RunnerError::Pki { file, source })
        };
        let certificate = read("authority.pem")?;
        let sut = Identity {
            certificate: read("sut.pem")?,
            key: String::new(),
            authority: String::new(),
        };
        Ok(Self {
            authority: Authority::of(&certificate, &read("authority.key")?, year)?,
            knooppunt: Identity {
                certificate: read("knooppunt.pem")?,
                key: read("knooppunt.key")?,
                authority: certificate,
            },
            sut: sut.fingerprint()?,
        })
    }
}

/// Under which everybody is reached unless it is said.
const LOOPBACK: [&str; 2] = ["127.0.0.1", "localhost"];

/// A new authority with certificates for the way in and for a product, as files by name: PEM, each with its key.
///
/// # Errors
/// When a host is none, or no key can be made.
pub fn certificates(hosts: &[String], year: i32) -> Result<Vec<(String, String)>, RunnerError> {
    let authority = Authority::new(year)?;
    let hosts: Vec<&str> = LOOPBACK
        .into_iter()
        .chain(hosts.iter().map(String::as_str))
        .collect();
    let mut files = vec![
        ("authority.pem".to_owned(), authority.certificate().to_owned()),
        ("authority.key".to_owned(), authority.key().to_owned()),
    ];
    for name in ["knooppunt", "sut"] {
        let identity = authority.issue(name, &hosts, Validity::Now)?;
        files.push((format!("{name}.pem"), identity.certificate));
        files.push((format!("{name}.key"), identity.key));
    }
    Ok(files)
}
