//! Use-cases: what the commands do, as functions on an open repository.
pub mod alter;
pub mod backup;
pub mod cat;
pub mod changes;
pub mod check;
pub mod copy;
pub mod diff;
pub mod du;
pub mod dump;
pub mod find;
pub mod forget;
mod frames;
pub mod history;
pub mod keys;
pub mod locations;
pub mod ls;
pub mod mount;
pub mod probe;
pub mod protect;
pub mod prune;
pub mod recover;
pub mod repair;
pub mod repair_snapshots;
pub mod restore;
pub mod rewrite;
pub mod salvage;
pub mod scrub;
pub mod snapshots;
pub mod stats;
pub mod status;
pub mod tag;
pub mod totals;
mod trees;
pub mod undelete;

#[cfg(test)]
mod testing;
