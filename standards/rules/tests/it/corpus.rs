//! The committed corpora of the fuzz targets, replayed: what a fuzzer once found stays found.

#[path = "../../../../fuzz/targets/check.rs"]
mod check;
#[path = "../../../../fuzz/targets/release.rs"]
mod release;
#[path = "../../../../fuzz/targets/corpus.rs"]
mod replaying;
#[path = "../../../../fuzz/targets/rule.rs"]
mod rule;

#[test]
fn the_corpus_of_check() {
    replaying::replay("check", check::run);
}

#[test]
fn the_corpus_of_release() {
    replaying::replay("release", release::run);
}

#[test]
fn the_corpus_of_rule() {
    replaying::replay("rule", rule::run);
}
