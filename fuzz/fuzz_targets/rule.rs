//! The fuzzer's way into `targets/rule.rs`.

#![no_main]

#[path = "../targets/rule.rs"]
mod target;
#[path = "../../standards/rules/tests/it/tiny.rs"]
#[expect(dead_code, reason = "the tests of kp-rules use more of it")]
mod tiny;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
