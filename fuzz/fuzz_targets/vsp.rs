//! The fuzzer's way into `targets/vsp.rs`.

#![no_main]

#[path = "../targets/vsp.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
