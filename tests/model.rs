//! Protocol model (draft).
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]
#[path = "model/config.rs"]
mod config;
#[path = "model/environment.rs"]
mod environment;
#[path = "model/leak.rs"]
mod leak;
#[path = "model/meaning.rs"]
mod meaning;
#[path = "model/plan.rs"]
mod plan;
#[path = "model/prune.rs"]
mod prune;
#[path = "model/repair.rs"]
mod repair;
#[path = "model/rules.rs"]
mod rules;
#[path = "model/scenarios.rs"]
mod scenarios;
#[path = "model/search.rs"]
mod search;
#[path = "model/state.rs"]
mod state;
#[path = "model/words.rs"]
mod words;
#[path = "model/writer.rs"]
mod writer;
