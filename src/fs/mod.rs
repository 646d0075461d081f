//! The file systems of this machine: what a backup reads and what a restore writes.
pub mod source;
