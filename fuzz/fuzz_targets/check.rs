//! The fuzzer's way into `targets/check.rs`.

#![no_main]

#[path = "../targets/check.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
