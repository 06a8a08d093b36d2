//! Replays a committed corpus, so that what a fuzzer once found stays found without one.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Gives every input of a corpus to its target, in the order of names, and names the one that fails.
pub(crate) fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a folder that opens can be listed").path())
        .collect();
    paths.sort();
    assert!(
        paths.len() >= 10,
        "{} holds {} inputs",
        folder.display(),
        paths.len()
    );
    for path in paths {
        let input = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        // What went wrong stands above this on the terminal.
        let outcome = catch_unwind(AssertUnwindSafe(|| run(&input)));
        assert!(outcome.is_ok(), "the input that failed: {}", path.display());
    }
}
