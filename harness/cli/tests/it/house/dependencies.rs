//! Which crate of the workspace may use which, and what may not be in the tree of a pure crate.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::process::Command;

use cargo_metadata::{Metadata, MetadataCommand};

use super::{assert_none, workspace_root};

/// The arrows between our crates. A crate may use whatever its arrows lead to, directly or by way of another.
const ARROWS: &[(&str, &[&str])] = &[
    ("ketenproef", &["kp-web", "kp-runner"]),
    ("kp-web", &["kp-runner"]),
    ("kp-runner", &["kp-report", "kp-servers"]),
    ("kp-servers", &["kp-chain"]),
    ("kp-chain", &["kp-rules", "kp-model"]),
    ("kp-rules", &["kp-model"]),
    ("kp-report", &["kp-model"]),
    ("kp-model", &[]),
];

/// The crates that hold no input or output, no clock and no source of chance.
const PURE: &[&str] = &["kp-model", "kp-rules", "kp-chain"];

/// What a pure crate must not have in its tree, and why.
const BANNED: &[(&str, &str)] = &[
    ("tokio", "a runtime belongs in a shell"),
    ("async-std", "a runtime belongs in a shell"),
    ("mio", "sockets belong in a shell"),
    ("socket2", "sockets belong in a shell"),
    ("hyper", "HTTP belongs in a shell"),
    ("reqwest", "HTTP belongs in a shell"),
    ("rusqlite", "a store belongs in a shell"),
    ("async-graphql", "GraphQL belongs in a shell"),
    ("tracing-subscriber", "only the command line installs a log"),
    ("getrandom", "chance comes from the seed"),
    ("fastrand", "chance comes from the seed"),
    ("chrono", "time is an argument, and jiff is our calendar"),
    ("time", "time is an argument, and jiff is our calendar"),
];

/// Packages that ask for a banned one in code that we never reach: (who, what, why it is harmless).
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "zip",
    "getrandom",
    "only for encrypted entries, which we neither write nor read",
)];

#[test]
fn our_crates_use_each_other_in_one_direction() {
    let metadata = metadata();
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let ours: BTreeSet<&str> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.as_str())
        .collect();

    let mut offences = Vec::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        if !arrows.contains_key(name) {
            offences.push(format!("{name} has no place in ARROWS"));
            continue;
        }
        let allowed = reachable(name, &arrows);
        for dependency in &package.dependencies {
            let used = dependency.name.as_str();
            if ours.contains(used) && !allowed.contains(used) {
                offences.push(format!("{name} uses {used} ({})", package.manifest_path));
            }
        }
    }
    assert_none(
        &offences,
        "move the shared piece down to a crate that both may use; a new crate gets its arrows in ARROWS and in \
         ARCHITECTURE.md",
    );
}

#[test]
fn pure_crates_hold_no_input_output_clock_or_chance() {
    let metadata = metadata();
    let banned: BTreeMap<&str, &str> = BANNED.iter().copied().collect();
    let mut offences = Vec::new();
    let mut needed_exceptions = BTreeSet::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        if !PURE.contains(&name) {
            continue;
        }
        let edges = normal_edges(name);
        assert!(
            edges.iter().any(|(user, _)| user == name),
            "cargo tree shows no dependency of {name}"
        );
        for (user, used) in &edges {
            let Some(reason) = banned.get(used.as_str()) else {
                continue;
            };
            let exception = EXCEPTIONS
                .iter()
                .find(|(who, what, _)| who == user && what == used);
            match exception {
                Some(exception) => _ = needed_exceptions.insert(*exception),
                None => offences.push(format!("{name}: {user} brings {used}: {reason}")),
            }
        }
    }
    for exception @ (user, used, _) in EXCEPTIONS {
        if !needed_exceptions.contains(exception) {
            offences.push(format!(
                "the exception for {user} and {used} matches nothing any more"
            ));
        }
    }
    assert_none(
        &offences,
        "do the work in a shell (kp-servers, kp-runner) and hand the pure crate its result, or switch off the \
         feature that brings the package: `cargo tree --edges normal -i PACKAGE -p CRATE` shows how it comes in",
    );
}

#[test]
fn third_party_versions_stand_in_the_workspace_alone() {
    let mut offences = Vec::new();
    for package in metadata().workspace_packages() {
        let manifest = super::text_of(package.manifest_path.as_std_path());
        let mut in_dependencies = false;
        for (index, line) in manifest.lines().enumerate() {
            if line.starts_with('[') {
                in_dependencies = line.contains("dependencies");
                // `[dependencies.NAME]` would hide its version from the check of the lines.
                if line.contains("dependencies.") {
                    offences.push(format!("{}:{}: {line}", package.manifest_path, index + 1));
                }
            } else if in_dependencies
                && !line.starts_with('#')
                && line.contains('=')
                && !line.contains("workspace = true")
            {
                offences.push(format!("{}:{}: {line}", package.manifest_path, index + 1));
            }
        }
    }
    assert_none(
        &offences,
        "write `NAME.workspace = true`, and the version with the reason in the root Cargo.toml",
    );
}

pub(super) fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(workspace_root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--locked".to_owned()])
        .exec()
        .expect("cargo metadata reads the workspace")
}

fn reachable<'a>(from: &str, arrows: &BTreeMap<&str, &'a [&'a str]>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = arrows[from].to_vec();
    while let Some(name) = open.pop() {
        if found.insert(name) {
            open.extend(arrows[name]);
        }
    }
    found
}

/// Who uses what in the tree of one crate, without what only its tests or its build need.
///
/// `cargo metadata` resolves the features of all members and their tests together, so it would show packages
/// that this crate alone never builds. `cargo tree` resolves the one crate.
fn normal_edges(package: &str) -> BTreeSet<(String, String)> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(workspace_root())
        .args([
            "tree", "--locked", "--target", "all", "--edges", "normal", "--prefix", "depth",
        ])
        .args(["--format", " {p}", "--package", package])
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo tree: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut edges = BTreeSet::new();
    let mut above: Vec<String> = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let mut words = line.split_whitespace();
        let (Some(depth), Some(name)) = (words.next(), words.next()) else {
            continue;
        };
        let depth: usize = depth.parse().expect("cargo tree begins a line with its depth");
        above.truncate(depth);
        if let Some(user) = above.last() {
            edges.insert((user.clone(), name.to_owned()));
        }
        above.push(name.to_owned());
    }
    edges
}
