//! What a source file looks like, and that the pure crates hold nothing of what a release says.

use std::path::{Path, PathBuf};

use super::dependencies::metadata;
use super::rust_text::RustText;
use super::{assert_none, files_below, shown, text_of, workspace_root};

/// The crates that must work for any release, so nothing that a release defines may stand in them.
const RELEASE_FREE: &[&str] = &[
    "standards/model/src",
    "standards/rules/src",
    "simulator/chain/src",
];

/// Above this a file holds more than one concept.
const LINES_MAX: usize = 1000;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "manager", "misc"];

/// Code that was left for later, or left behind. The attribute may carry a reason, so its end is open.
const UNFINISHED: &[&str] = &["todo!", "unimplemented!", "dbg!", "#[ignore"];

#[test]
fn no_source_file_is_too_long() {
    let offences: Vec<String> = sources()
        .into_iter()
        .map(|path| (text_of(&path).lines().count(), path))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .map(|(lines, path)| format!("{}: {lines} lines, at most {LINES_MAX}", shown(&path)))
        .collect();
    assert_none(&offences, "split the file along a concept");
}

#[test]
fn every_module_says_what_it_owns() {
    let offences: Vec<String> = sources()
        .into_iter()
        .filter(|path| !text_of(path).trim_start().starts_with("//!"))
        .map(|path| format!("{}:1: does not open with //!", shown(&path)))
        .collect();
    assert_none(
        &offences,
        "open the file with `//!`: what it owns, what it does not do, where its tests are",
    );
}

#[test]
fn names_say_what_is_inside() {
    let root = workspace_root();
    let offences: Vec<String> = sources()
        .into_iter()
        .filter(|path| {
            let inside = path
                .strip_prefix(&root)
                .expect("a source lies in the workspace")
                .with_extension("");
            inside.iter().any(|part| {
                part.to_string_lossy()
                    .split(['_', '-'])
                    .any(|word| EMPTY_NAMES.contains(&word))
            })
        })
        .map(|path| shown(&path))
        .collect();
    assert_none(
        &offences,
        "name the file or folder after the concept in it; a piece with one caller stands beside that caller",
    );
}

#[test]
fn nothing_is_left_unfinished() {
    let mut offences = Vec::new();
    for path in sources() {
        for (index, line) in RustText::of(&text_of(&path)).code.iter().enumerate() {
            if let Some(found) = UNFINISHED.iter().find(|word| line.contains(**word)) {
                offences.push(format!("{}:{}: {found}", shown(&path), index + 1));
            }
        }
    }
    assert_none(
        &offences,
        "finish it or take it out; a test that is too slow for the gate belongs in ci/full",
    );
}

#[test]
fn pure_crates_hold_nothing_of_a_release() {
    let root = workspace_root();
    let mut offences = Vec::new();
    for folder in RELEASE_FREE
        .iter()
        .map(|folder| root.join(folder))
        .filter(|folder| folder.exists())
    {
        for path in files_below(&folder, "rs")
            .into_iter()
            .filter(|path| !is_test_module(path))
        {
            offences.extend(release_facts(&path));
        }
    }
    assert_none(
        &offences,
        "put the fact in the release data under standards/releases (or, for a hub, under simulator/chain/data) \
         and read it from there; a test may name it, in a `#[cfg(test)]` module or under tests/",
    );
}

#[test]
fn facts_of_a_release_are_recognised() {
    for fact in [
        "WMO301",
        "no JW301 here",
        "iwmo301:Bsn",
        "301",
        "0001",
        "9385",
        "S329",
        "TR385",
        "CS002",
        "http://www.istandaarden.nl/iwmo",
    ] {
        assert!(release_fact(fact).is_some(), "{fact}");
    }
    for other in [
        "",
        "Header",
        "200 OK",
        "UTF-8",
        "SHA256",
        "301 tot 325 regels",
        "2026",
        "CS",
        "HTTP/1.1",
    ] {
        assert_eq!(release_fact(other), None, "{other}");
    }
}

/// The Rust files of all members, with their tests, benches and examples.
fn sources() -> Vec<PathBuf> {
    let mut sources = Vec::new();
    for package in metadata().workspace_packages() {
        let folder = package
            .manifest_path
            .parent()
            .expect("a manifest lies in a folder");
        sources.extend(files_below(folder.as_std_path(), "rs"));
    }
    assert!(sources.len() > 1, "no sources found");
    sources
}

/// Whether a file is the body of `#[cfg(test)] mod tests;`.
fn is_test_module(path: &Path) -> bool {
    path.iter().any(|part| part == "tests" || part == "tests.rs")
}

fn release_facts(path: &Path) -> Vec<String> {
    let text = RustText::of(&text_of(path));
    let test_lines = text.test_lines();
    let outside_tests = text.literals.iter().filter(|literal| !test_lines[literal.line]);
    outside_tests
        .filter_map(|literal| {
            let what = release_fact(&literal.text)?;
            Some(format!(
                "{}:{}: \"{}\" is {what}",
                shown(path),
                literal.line,
                literal.text
            ))
        })
        .collect()
}

/// What a literal takes from a release, if it does.
fn release_fact(literal: &str) -> Option<&'static str> {
    if literal.contains("istandaarden.nl") {
        return Some("a namespace");
    }
    for word in literal.split(|next: char| !next.is_ascii_alphanumeric()) {
        let word = word.to_ascii_uppercase();
        if ["IWMO", "IJW", "WMO", "JW"]
            .iter()
            .any(|prefix| is_code(&word, prefix, 3))
        {
            return Some("the name of a message");
        }
        if ["RS", "CS", "CD", "TR", "OP", "IV"]
            .iter()
            .any(|prefix| is_code(&word, prefix, 3))
        {
            return Some("the code of a rule");
        }
    }
    let number: Option<u16> = literal
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| literal.parse().ok())
        .flatten();
    match (number, literal.len()) {
        (Some(301..=325), 3) => Some("the number of a message"),
        (Some(0..=999 | 8000..=9999), 4) => Some("a RetourCode"),
        _ if is_code(literal, "S", 3) => Some("a RetourCode"),
        _ => None,
    }
}

fn is_code(word: &str, prefix: &str, digits: usize) -> bool {
    word.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == digits && rest.bytes().all(|byte| byte.is_ascii_digit()))
}
