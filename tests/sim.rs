//! The engine in a deterministic simulator: several processes on one storage that loses, delays and repeats what it is told; see `tests/sim`.
//!
//! Every history follows from one number. More of them: `CADDIS_TEST_SEEDS=200000 cargo test --profile quick --test sim histories`.
//! One again, with its trace: `CADDIS_TEST_SEED=17 CADDIS_TEST_SEEDS=1 cargo test --test sim histories_end -- --nocapture`.
//! How many histories each mutant survives: `cargo test --test sim every_broken -- --nocapture` (one of them: `CADDIS_TEST_MUTANT=NoVoid`).
#![allow(clippy::print_stdout, reason = "a test that tells its numbers")]

#[path = "sim/acts.rs"]
mod acts;
#[path = "sim/ending.rs"]
mod ending;
#[path = "sim/handle.rs"]
mod handle;
#[path = "sim/histories.rs"]
mod histories;
#[path = "sim/history.rs"]
mod history;
#[path = "sim/mutants.rs"]
mod mutants;
#[path = "sim/pictures.rs"]
mod pictures;
#[path = "sim/random.rs"]
mod random;
#[path = "sim/schedule.rs"]
mod schedule;
#[path = "sim/storage.rs"]
mod storage;
#[path = "sim/templates.rs"]
mod templates;
#[path = "sim/trace.rs"]
mod trace;
#[path = "sim/watch.rs"]
mod watch;
