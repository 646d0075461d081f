//! Random names and trees through the planner and into the target: nothing lands outside.
//!
//! The programs are those that `tests/fuzz` runs.
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[path = "program.rs"]
mod program;

fn runs(cases: u32, run: fn(&[u8])) {
    let bytes = proptest::collection::vec(any::<u8>(), 0..200);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    runner
        .run(&bytes, |bytes| {
            run(&bytes);
            Ok(())
        })
        .unwrap();
}

/// Inputs that reach the interesting places, as in the corpus of the fuzzer.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

cases! {
    random_operations_on_a_target {
        seeds("target").iter().for_each(|bytes| program::operate(bytes));
        runs(300, program::operate);
    }
    random_trees_restored {
        seeds("restore").iter().for_each(|bytes| program::restore(bytes));
        runs(100, program::restore);
    }
}
