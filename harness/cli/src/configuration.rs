//! The configuration of a run: where the hub listens and how it behaves. A wrong one is told with its line, and nothing runs.

use std::net::SocketAddr;
use std::path::Path;

use kp_runner::Estafette;
use serde::Deserialize;

use crate::exit::{Failure, USAGE};

/// The largest configuration, in bytes.
const BYTES_MAX: u64 = 1024 * 1024;

/// What a configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Configuration {
    pub(crate) estafette: Estafette,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Where the hub listens, as in `127.0.0.1:8480`.
    luister: Option<SocketAddr>,
    /// The address that is handed out to clients, as in `http://keten.example:8480`.
    extern_adres: Option<String>,
    /// The switches of the hub, by name.
    #[serde(default)]
    estafette: toml::Table,
}

impl Configuration {
    /// Reads a configuration; without a file everything has its default.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let shown = path.display();
        let unreadable = |why: String| Failure::new(USAGE, format!("failed to read {shown}: {why}"));
        let size = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
        if !size.is_file() || size.len() > BYTES_MAX {
            return Err(unreadable(
                "this is no file, or too large for a configuration".to_owned(),
            ));
        }
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        let file: File = toml::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        let estafette =
            Estafette::with(&file.estafette).map_err(|what| unreadable(format!("[estafette] {what}")))?;
        Ok(Self {
            estafette: Estafette {
                luister: file.luister,
                extern_adres: file.extern_adres,
                ..estafette
            },
        })
    }
}
