//! Backups in process: what they write and leave behind, alone, in company, and when storage fails.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[allow(dead_code, reason = "shared with other tests")]
mod engine;
#[allow(dead_code, reason = "shared with other tests")]
mod faults;

#[path = "writing/delta_trees.rs"]
mod delta_trees;
#[path = "writing/deltas.rs"]
mod deltas;
#[path = "writing/failures.rs"]
mod failures;
#[path = "writing/novelty.rs"]
mod novelty;
#[path = "writing/rules.rs"]
mod rules;
#[path = "writing/scene.rs"]
mod scene;
