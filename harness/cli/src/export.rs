//! `export`: writes what others need.

use std::path::Path;
use std::process::ExitCode;

use kp_model::xsd;

use crate::arguments::{Export, ExportOptions};
use crate::check::releases;
use crate::exit::{Failure, GOOD};
use crate::output::{make_folder, print, write_file};

/// Runs the command.
pub(crate) fn run(options: &ExportOptions, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    match &options.what {
        Export::Xsd { release, out } => {
            for release in releases(folder, release.as_slice())? {
                let into = out.join(release.id().to_string());
                make_folder(&into)?;
                let schemas = xsd::export(&release);
                for schema in &schemas {
                    write_file(&into, &schema.name, schema.text.as_bytes())?;
                }
                print(&format!(
                    "{} schemas of {} in {}\n",
                    schemas.len(),
                    release.id(),
                    into.display()
                ))?;
            }
        }
        Export::Release {
            flat: _,
            release,
            out,
        } => {
            for release in releases(folder, release.as_slice())? {
                let into = out.join(&release.id().family).join(&release.id().version);
                make_folder(&into)?;
                for file in release.flat() {
                    write_file(&into, &file.path, file.text.as_bytes())?;
                }
                print(&format!(
                    "{} (sha256 {}) in {}\n",
                    release.id(),
                    release.digest(),
                    into.display()
                ))?;
            }
        }
    }
    Ok(GOOD.into())
}
