//! Restore: files of a snapshot come back beneath a target directory.
use std::path::PathBuf;

use crate::error::Result;
use crate::fs::source::Rules;
use crate::fs::target::Overwrite;
use crate::id::PackId;
use crate::monitor::{Monitor, Problem};
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::Repository;

/// How files come back.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct RestoreOptions {
    pub target: PathBuf,
    /// Restored as if it were the root; empty: everything.
    pub path: Vec<u8>,
    /// If there are any, only what matches (and the directories above it).
    pub includes: Option<Rules>,
    pub excludes: Rules,
    pub overwrite: Overwrite,
    /// Remove what is in restored directories and not in the snapshot.
    pub delete: bool,
    pub dry_run: bool,
    /// Read everything back and compare.
    pub verify: bool,
    /// Make holes of long runs of zeros, beyond those that the source had.
    pub sparse: bool,
    /// Write packs that had to be rebuilt back to storage.
    pub heal: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct RestoreReport {
    pub files_restored: u64,
    pub files_updated: u64,
    pub files_skipped: u64,
    pub files_deleted: u64,
    /// Directories, links and so on.
    pub others_restored: u64,
    pub bytes_written: u64,
    pub bytes_skipped: u64,
    pub total_files: u64,
    pub total_bytes: u64,
    pub files_verified: u64,
    /// Packs that were rebuilt from parity on the way.
    pub healed: Vec<PackId>,
    /// What is not restored, or not fully: lost data, refused writes. Files with lost content are not left under their name.
    pub problems: Vec<Problem>,
}

/// Restores. When this returns, everything is on disk (synced). Files that cannot be restored are in the report, not an error.
pub fn restore(
    repo: &Repository,
    snapshot: &SnapshotInfo,
    options: &RestoreOptions,
    monitor: &dyn Monitor,
) -> Result<RestoreReport> {
    let _ = (repo, snapshot, options, monitor);
    todo!()
}
