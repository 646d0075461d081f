//! Power cuts, failing system calls and full disks beneath a repository folder: what was acknowledged stays, and the next run just works.
//!
//! `CADDIS_TEST_POWER=N` looks at N possible disks after every power cut instead of a sample; `CADDIS_TEST_SEED=N` chooses others.
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::print_stdout, reason = "a test that tells where it failed")]

#[allow(dead_code, reason = "shared with other tests")]
mod engine;
#[allow(dead_code, reason = "shared with other tests")]
mod testenv;

#[path = "power/cuts.rs"]
mod cuts;
#[path = "power/disk.rs"]
mod disk;
#[path = "power/errnos.rs"]
mod errnos;
#[path = "power/full_disk.rs"]
mod full_disk;
#[path = "power/power_cuts.rs"]
mod power_cuts;
#[path = "power/scene.rs"]
mod scene;

/// A number from the environment.
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}
