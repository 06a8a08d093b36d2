//! `export`: writes what others need; the site of a release is in `docs`.

mod docs;

use std::path::Path;
use std::process::ExitCode;

use kp_model::xsd;
use kp_runner::{Features, Rol, Sut, sut_api, testdata};

use crate::arguments::{Export, ExportOptions, Tables};
use crate::exit::{COULD_NOT_RUN, Failure, GOOD, USAGE};
use crate::output::{make_folder, print, tell, write_file};
use crate::releases::{catalogue, for_runs, names, releases};

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
        Export::Docs {
            releases,
            out,
            mutants,
            seed,
            witnesses,
        } => {
            let order = docs::Order {
                releases,
                out,
                mutants: *mutants,
                seed: *seed,
                witnesses: witnesses.as_ref(),
            };
            docs::write(&order, folder)?;
        }
        Export::Testdata {
            sut,
            seed,
            format,
            out,
        } => export_testdata(sut, *seed, (*format, out.as_deref()), folder)?,
        Export::SutApi { role, out } => export_sut_api(role.map(Into::into), out.as_deref())?,
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

fn export_sut_api(role: Option<Rol>, out: Option<&Path>) -> Result<(), Failure> {
    let text = sut_api(role)
        .map_err(|error| Failure::new(COULD_NOT_RUN, format!("failed to write the interface: {error}")))?;
    let Some(out) = out else {
        return print(&text);
    };
    let (Some(name), folder) = (out.file_name(), out.parent().unwrap_or(Path::new(""))) else {
        let what = format!("{} is no file", out.display());
        return Err(Failure::new(USAGE, what).hint("name a file with --out, as in sut-api.json"));
    };
    write_file(folder, &name.to_string_lossy(), text.as_bytes())
}

fn export_testdata(
    sut: &str,
    seed: u64,
    (format, out): (Tables, Option<&Path>),
    folder: Option<&Path>,
) -> Result<(), Failure> {
    let rulebooks = for_runs(&catalogue(folder)?)?;
    let sut = Sut::find(sut, names(&rulebooks))?;
    let beginning = testdata(&rulebooks, &Features::embedded(), &sut, seed)?;
    let json = serde_json::to_string_pretty(&beginning)
        .map_err(|error| Failure::new(COULD_NOT_RUN, format!("failed to write testdata: {error}")))?;
    match (format, out) {
        (Tables::Json, None) => print(&(json + "\n"))?,
        (Tables::Json, Some(out)) => {
            make_folder(out)?;
            write_file(out, "testdata.json", (json + "\n").as_bytes())?;
        }
        (Tables::Csv, Some(out)) => {
            make_folder(out)?;
            for (name, table) in beginning.tables() {
                write_file(out, &format!("{name}.csv"), table.as_bytes())?;
            }
        }
        (Tables::Csv, None) => {
            let what = "four tables do not fit on standard output";
            return Err(Failure::new(USAGE, what.to_owned()).hint("name a folder with --out"));
        }
    }
    tell(&format!("hint: certify with --seed {seed} to meet these persons"));
    Ok(())
}
