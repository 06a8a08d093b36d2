//! Fuzz target: files of a small release, each after a line `=== PATH`, take the place of those that it has.
//!
//! What must hold: the same files give the same faults, each within a file; a release that loads is the same when its
//! flat form loads; its schemas are XML; and what is generated of it is XML, whatever values its data allows.

use std::collections::BTreeMap;

use kp_model::{Catalogue, Fault, Limits, ReleaseError, Seed, check, generate, xsd};
use kp_rules::Rulebook;

use crate::tiny;

const HEAD: &str = "=== ";

/// Loads the release and holds what comes of it to what must hold.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut files: BTreeMap<&str, &str> = tiny::files("", "").into_iter().collect();
    files.extend(given(text));
    let catalogue = || Catalogue::texts(files.iter().map(|(path, text)| (*path, *text)));
    for id in catalogue().ids() {
        let id = id.to_string();
        match (
            Rulebook::load(&catalogue(), &id),
            Rulebook::load(&catalogue(), &id),
        ) {
            (Ok(rulebook), Ok(_)) => loaded(&rulebook),
            (Err(ReleaseError::Faulty { faults, .. }), Err(ReleaseError::Faulty { faults: again, .. })) => {
                assert_eq!(faults, again);
                assert!(!faults.0.is_empty());
                faults.0.iter().for_each(|fault| within(&files, fault));
            }
            (Err(ReleaseError::Unknown { .. }), Err(ReleaseError::Unknown { .. })) => {}
            (once, again) => panic!("{id}: {once:?}, then {again:?}"),
        }
    }
}

/// The files of the input; what stands before the first head belongs to none.
fn given(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let from = if rest.starts_with(HEAD) {
            0
        } else {
            rest.find("\n=== ")? + 1
        };
        let (path, after) = rest[from + HEAD.len()..].split_once('\n')?;
        let end = if after.starts_with(HEAD) {
            0
        } else {
            after.find("\n=== ").map_or(after.len(), |end| end + 1)
        };
        rest = &after[end..];
        Some((path, &after[..end]))
    })
}

/// A fault has a place in a file that is there, or names one that is not.
fn within(files: &BTreeMap<&str, &str>, fault: &Fault) {
    let Some(text) = files.get(&*fault.place.file) else {
        assert_eq!((fault.place.line, fault.place.column), (1, 1), "{fault:?}");
        return;
    };
    let lines: Vec<&str> = text.split('\n').collect();
    let line = lines.get((fault.place.line as usize).wrapping_sub(1));
    let line = line.unwrap_or_else(|| panic!("of {} lines: {fault:?}", lines.len()));
    let column = fault.place.column as usize;
    assert!((1..=line.chars().count() + 1).contains(&column), "{fault:?}");
}

fn loaded(rulebook: &Rulebook) {
    let release = rulebook.release();
    let folder = format!("{}/{}", release.family(), release.id().version);
    let flat: Vec<(String, &str)> = release
        .flat()
        .iter()
        .map(|file| (format!("{folder}/{}", file.path), &*file.text))
        .collect();
    let flat = Catalogue::texts(flat.iter().map(|(path, text)| (path.as_str(), *text)));
    match Rulebook::load(&flat, &release.id().to_string()) {
        Ok(again) => assert_eq!(again.release().digest(), release.digest()),
        Err(error) => panic!("the flat form: {error}"),
    }
    for schema in xsd::export(release) {
        if let Err(error) = roxmltree::Document::parse(&schema.text) {
            panic!("{}: {error}\n{}", schema.name, schema.text);
        }
    }
    for message in release.messages() {
        let Ok(draft) = generate(release, &message.name, Seed(1)) else {
            continue;
        };
        let written = draft.write();
        let checked = check(
            written.clone().into(),
            std::slice::from_ref(release),
            &Limits::default(),
        );
        assert!(
            checked.is_wellformed(),
            "{:#?}\n{}",
            checked.findings,
            String::from_utf8_lossy(&written)
        );
    }
}
