//! Use-cases: what the commands do, as functions on an open repository.
pub mod backup;
pub mod snapshots;
