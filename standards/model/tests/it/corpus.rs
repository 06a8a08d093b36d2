//! The committed corpora of the fuzz targets, replayed: what a fuzzer once found stays found.

#[path = "../../../../fuzz/targets/reader.rs"]
mod reader;
#[path = "../../../../fuzz/targets/corpus.rs"]
mod replaying;

#[test]
fn the_corpus_of_reader() {
    replaying::replay("reader", reader::run);
}
