//! Snapshots of any nodes, restored over one another: `restore` of `tests/hostile/program.rs`.
#![no_main]
#[path = "../../hostile/program.rs"]
#[allow(dead_code)]
mod program;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| program::restore(bytes));
