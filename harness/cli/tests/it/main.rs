//! The tests of the program as a whole, and of the house: one binary, so that it links once.
//!
//! What one crate promises is tested in that crate.

#[cfg(test)]
mod again;
#[cfg(test)]
mod certify;
#[cfg(test)]
mod check;
#[cfg(test)]
mod compare;
#[cfg(test)]
mod comparison;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod dossier;
#[cfg(test)]
mod export;
#[cfg(test)]
mod house;
#[cfg(test)]
mod import;
#[cfg(test)]
#[path = "../../../../standards/rules/tests/it/large.rs"]
mod large;
#[cfg(test)]
mod lint;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod program;
#[cfg(test)]
#[path = "../../../report/tests/it/schema.rs"]
mod schema;
