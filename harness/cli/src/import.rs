//! `import`: makes a release folder of what the standards body published.

use std::path::Path;
use std::process::ExitCode;

use kp_model::{ImportError, ImportOrder};
use kp_rules::Rulebook;

use crate::arguments::{Import, ImportOptions};
use crate::exit::{Failure, GOOD, USAGE};
use crate::output::{make_folder, print, tell, write_file};
use crate::releases::catalogue;
use crate::schemas;

/// Runs the command.
pub(crate) fn run(options: &ImportOptions, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let Import::Xsd {
        set,
        extends,
        family,
        version,
        preferred,
        out,
    } = &options.what;
    let catalogue = catalogue(folder)?;
    let set = schemas::read(set, preferred)?;
    let order = ImportOrder {
        extends: extends.clone(),
        family: family.clone(),
        version: version.clone(),
    };
    // A release is good when its rules load too.
    let load = |catalogue: &_, id: &str| Rulebook::load(catalogue, id).map(drop);
    let made = catalogue
        .import(&set, &order, load)
        .map_err(|error| match error {
            ImportError::Release(error) => error.into(),
            refused @ (ImportError::Refused(_) | _) => Failure::new(USAGE, refused.to_string()),
        })?;
    let into = out.join(&made.id.family).join(&made.id.version);
    if into.exists() {
        let what = format!("{} is there already", into.display());
        return Err(Failure::new(USAGE, what).hint("take it away, or choose another folder with --out"));
    }
    make_folder(&into)?;
    for file in &made.files {
        write_file(&into, &file.path, file.text.as_bytes())?;
    }
    let mut text = String::new();
    for part in &made.left_out {
        text.push_str(&format!("left out: {}\n", part.told()));
    }
    for assumed in &made.assumed {
        text.push_str(&format!("assumed: {assumed}\n"));
    }
    text.push_str(&format!(
        "{} extends {} in {}: {} left out, {} assumed, {} not said\n",
        made.id,
        made.extends,
        into.display(),
        made.left_out.len(),
        made.assumed.len(),
        made.differences.len()
    ));
    print(&text)?;
    tell(&format!(
        "hint: ketenproef check --releases {} FILE judges by it; {} tells what was chosen",
        out.display(),
        into.join("import.md").display()
    ));
    Ok(GOOD.into())
}
