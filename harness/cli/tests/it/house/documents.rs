//! That the documents and the features keep up with the sources.

use std::collections::BTreeMap;

use super::dependencies::metadata;
use super::rust_text::RustText;
use super::{assert_none, files_below, shown, text_of, workspace_root};

#[test]
fn the_map_names_every_member() {
    let root = workspace_root();
    let mut offences = Vec::new();
    let text = text_of(&root.join("ARCHITECTURE.md"));
    for package in metadata().workspace_packages() {
        let folder = package
            .manifest_path
            .parent()
            .expect("a manifest lies in a folder");
        let folder = shown(folder.as_std_path());
        if !text.contains(&folder) {
            offences.push(format!("ARCHITECTURE.md: does not name {folder}"));
        }
    }
    assert_none(&offences, "add one line on what the crate owns");
}

/// A scenario's id (`@TW-01`) is its name in reports, waivers and profiles.
#[test]
fn every_scenario_id_stands_once() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in files_below(&workspace_root().join("features"), "feature") {
        for (index, line) in text_of(&path).lines().enumerate() {
            let tags = line.trim_start();
            if !tags.starts_with('@') {
                continue;
            }
            for id in tags
                .split_whitespace()
                .filter_map(|tag| tag.strip_prefix('@'))
                .filter(|tag| is_id(tag))
            {
                places
                    .entry(id.to_owned())
                    .or_default()
                    .push(format!("{}:{}", shown(&path), index + 1));
            }
        }
    }
    let offences: Vec<String> = places
        .into_iter()
        .filter(|(_, places)| places.len() > 1)
        .map(|(id, places)| format!("@{id}: {}", places.join(", ")))
        .collect();
    assert_none(&offences, "give each scenario an id of its own");
}

/// What a module says of its tests is where they are.
#[test]
fn every_test_file_that_is_named_is_there() {
    let root = workspace_root();
    let mut offences = Vec::new();
    for path in files_below(&root, "rs") {
        let crate_root = path
            .ancestors()
            .find(|folder| folder.join("Cargo.toml").is_file());
        let crate_root = crate_root.expect("a source file lies in a crate");
        let text = text_of(&path);
        let docs = text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.trim_start().starts_with("//"));
        for (index, line) in docs {
            let named = line
                .split('`')
                .skip(1)
                .step_by(2)
                .filter(|word| word.contains("tests/it"));
            for word in named.filter(|word| !crate_root.join(word).exists() && !root.join(word).exists()) {
                offences.push(format!("{}:{}: there is no {word}", shown(&path), index + 1));
            }
        }
    }
    assert_none(&offences, "name the file that holds the tests");
}

#[test]
fn the_glossary_names_every_public_type_of_the_model() {
    let root = workspace_root();
    let glossary = text_of(&root.join("docs/glossary.md"));
    let mut offences = Vec::new();
    for path in files_below(&root.join("standards/model/src"), "rs") {
        let text = RustText::of(&text_of(&path));
        let test_lines = text.test_lines();
        for (index, line) in text
            .code
            .iter()
            .enumerate()
            .filter(|(index, _)| !test_lines[index + 1])
        {
            let name = ["pub struct ", "pub enum ", "pub trait "]
                .iter()
                .find_map(|start| line.strip_prefix(start));
            let Some(name) = name.and_then(|rest| rest.split(|next: char| !next.is_alphanumeric()).next())
            else {
                continue;
            };
            if !glossary.contains(&format!("`{name}`")) {
                offences.push(format!(
                    "{}:{}: `{name}` is not in docs/glossary.md",
                    shown(&path),
                    index + 1
                ));
            }
        }
    }
    assert_none(
        &offences,
        "add a line: term, meaning, where in the standard, the type in backquotes",
    );
}

/// Two capitals, a hyphen and two digits or more, as the catalogue numbers its scenarios.
fn is_id(tag: &str) -> bool {
    tag.split_once('-').is_some_and(|(group, number)| {
        group.len() == 2
            && group.bytes().all(|byte| byte.is_ascii_uppercase())
            && number.len() >= 2
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}
