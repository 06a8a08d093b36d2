//! The files of a test authority: what a product in the network shows, and whom it trusts.

use kp_servers::{Authority, Validity};

use crate::error::RunnerError;

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
