//! Names the commit that the program is built from, for the name of a run.

use std::process::Command;

fn main() {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let mut commit = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    if git(&["status", "--porcelain"]).is_some_and(|changes| !changes.is_empty()) {
        commit.push_str("-dirty");
    }
    println!("cargo:rustc-env=KETENPROEF_COMMIT={commit}");
    for folder in ["standards", "simulator", "harness", "features"] {
        println!("cargo:rerun-if-changed=../../{folder}");
    }
    if let Some(head) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo:rerun-if-changed={head}");
    }
}
