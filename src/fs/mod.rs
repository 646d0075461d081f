//! Files of this machine: what a restore writes.
pub mod target;
