//! The committed corpora of the fuzz targets, replayed: what a fuzzer once found stays found.

#[path = "../../../../fuzz/targets/corpus.rs"]
mod replaying;
#[path = "../../../../fuzz/targets/vsp.rs"]
mod vsp;

#[test]
fn the_corpus_of_vsp() {
    replaying::replay("vsp", vsp::run);
}
