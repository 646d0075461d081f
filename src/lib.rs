//! Content-addressed, deduplicating, encrypted backups with parity and without locks.
//!
//! Layers, each of which may use only those below it (checked by `tests/layers.rs`):
//! `ops` → `fs` → `model` → `repo` → `error` → `backend | format | crypto | compress | chunker | parity` → `id | monitor | world`.
//! `repo-format.md` is the law for bytes and for the order of writing.

pub mod backend;
pub mod chunker;
pub mod compress;
pub mod crypto;
pub mod error;
pub mod format;
pub mod fs;
pub mod id;
pub mod model;
pub mod monitor;
pub mod ops;
pub mod parity;
pub mod repo;
pub mod world;
