//! The file system of this machine: what is read in a backup, what is written in a restore.
pub mod source;
pub mod tar;
pub mod target;
