//! Damage of every kind to every family of objects, and what each operation makes of it.
#![allow(clippy::print_stdout, reason = "a test that tells its numbers")]

#[allow(dead_code, reason = "shared with other tests")]
mod engine;

#[path = "damage/anew.rs"]
mod anew;
#[path = "damage/away.rs"]
mod away;
#[path = "damage/beyond.rs"]
mod beyond;
#[path = "damage/deltas.rs"]
mod deltas;
#[path = "damage/fixture.rs"]
mod fixture;
#[path = "damage/flaky.rs"]
mod flaky;
#[path = "damage/matrix.rs"]
mod matrix;
