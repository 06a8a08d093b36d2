//! The tests of the program as a whole, and of the house: one binary, so that it links once.
//!
//! What one crate promises is tested in that crate.

mod house;
