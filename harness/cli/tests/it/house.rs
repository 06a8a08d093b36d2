//! The rules of the house that a machine can see: which crate may use which, what a pure crate must not
//! contain, and what a source file looks like.
//!
//! Every failure names the place and says what to do. What a compiler lint can see stands in `Cargo.toml` and
//! the `clippy.toml` files, not here. The reading of Rust text is in `rust_text`, tested there.

mod dependencies;
mod documents;
mod rust_text;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

/// The folder that holds the workspace.
fn workspace_root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize()
        .expect("the crate lies two folders below the workspace")
}

/// Every file below `folder` with this extension, sorted; build output and hidden folders are left out.
fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let entry = entry.expect("a folder that opens can be listed");
            let path = entry.path();
            let name = entry.file_name();
            let is_built = name == "target" || name == "ketenproef-report";
            let is_folder = entry.file_type().expect("an entry has a type").is_dir();
            if is_folder && !is_built && !name.to_string_lossy().starts_with('.') {
                folders.push(path);
            } else if !is_folder && path.extension().is_some_and(|found| found == extension) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The text of a file of the workspace.
fn text_of(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A path as the reader of a failure knows it: from the root of the workspace, with forward slashes.
fn shown(path: &Path) -> String {
    let root = workspace_root();
    path.strip_prefix(&root)
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}

/// Fails with one line for each offence and, at the end, what to do about them.
fn assert_none(offences: &[String], what_to_do: &str) {
    assert!(
        offences.is_empty(),
        "\n{}\nWhat to do: {what_to_do}\n",
        offences.join("\n")
    );
}
