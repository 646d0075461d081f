//! Statistics of a repository and of snapshots.
use crate::error::Result;
use crate::monitor::Monitor;
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::Repository;

/// Sizes and counts.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct RepositoryStats {
    pub snapshots: u64,
    pub stripes: u64,
    pub data_packs: u64,
    pub parity_packs: u64,
    pub blobs: u64,
    pub frames: u64,
    /// Plaintext of all blobs.
    pub raw_bytes: u64,
    /// Frames as stored.
    pub frame_bytes: u64,
    /// Data packs with padding and directories.
    pub data_bytes: u64,
    pub parity_bytes: u64,
    pub index_bytes: u64,
    /// Everything else.
    pub other_bytes: u64,
}

/// What snapshots hold.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct SnapshotStats {
    pub snapshots: u64,
    pub files: u64,
    /// As if restored: every snapshot counts, hard links once.
    pub restore_bytes: u64,
    /// Distinct blobs that they use.
    pub blobs: u64,
    /// Plaintext of those.
    pub blob_bytes: u64,
}

/// From the listings and the index alone.
pub fn repository(repo: &Repository, monitor: &dyn Monitor) -> Result<RepositoryStats> {
    let _ = (repo, monitor);
    todo!()
}

/// Walks the trees of the given snapshots.
pub fn snapshots(repo: &Repository, snapshots: &[SnapshotInfo], monitor: &dyn Monitor) -> Result<SnapshotStats> {
    let _ = (repo, snapshots, monitor);
    todo!()
}
