//! The real program is killed at moments spread over the whole run; the next run just works, and at the end every snapshot is restored and compared.
//!
//! 20 kills by default, half of them of one client alone, half among three clients and a pruner on one repository. A campaign:
//! `CADDIS_TEST_KILLS=200 CADDIS_TEST_SEED=7 cargo test --profile quick --test kill -- --nocapture`; it prints `REPORT kill.<what> <number>`.
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::print_stdout, reason = "a test that tells its numbers")]
#![allow(dead_code, reason = "the folder of the tests of the program has more than is needed here")]

#[path = "kill/alone.rs"]
mod alone;
#[path = "kill/company.rs"]
mod company;
#[path = "kill/source.rs"]
mod source;
mod testenv;
