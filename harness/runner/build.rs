//! Has features and golden messages embedded anew when a file of them comes or goes.

fn main() {
    for folder in ["features", "golden/patronen", "golden/referentie"] {
        println!("cargo:rerun-if-changed=../../{folder}");
    }
}
