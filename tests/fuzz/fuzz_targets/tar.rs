//! Arbitrary bytes for the decoder `tar` of `tests/decoders/all.rs`.
#![no_main]
#[path = "../../decoders/all.rs"]
#[allow(dead_code)]
mod all;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| all::tar(bytes));
