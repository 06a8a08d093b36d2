//! Rebuilds the crate when the data of a release changes.

fn main() {
    // The embedded releases are read by a macro, which the compiler does not track.
    println!("cargo:rerun-if-changed=../releases");
}
