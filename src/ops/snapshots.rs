//! Listing and selecting snapshots.
use crate::error::Result;
use crate::id::SessionId;
use crate::model::Snapshot;
use crate::monitor::Monitor;
use crate::repo::Repository;

/// A snapshot with its id.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct SnapshotInfo {
    pub id: SessionId,
    pub snapshot: Snapshot,
}

/// Restricts snapshots; empty parts do not restrict.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct SnapshotFilter {
    pub hosts: Vec<String>,
    pub labels: Vec<String>,
    /// Each is a list of which all tags must be there; one of them must match.
    pub tags: Vec<Vec<String>>,
    /// All must be among the snapshot's paths.
    pub paths: Vec<Vec<u8>>,
}

impl SnapshotFilter {
    /// Whether the snapshot passes.
    pub fn matches(&self, snapshot: &Snapshot) -> bool {
        let _ = snapshot;
        todo!()
    }
}

/// Snapshots that are committed and not forgotten, oldest first. One that cannot be read is a problem for the monitor.
pub fn list(repo: &Repository, filter: &SnapshotFilter, monitor: &dyn Monitor) -> Result<Vec<SnapshotInfo>> {
    let _ = (repo, filter, monitor);
    todo!()
}

/// Finds one by `ID-prefix`, `latest`, `latest~N`, `@label`, `@label~N`, each with `:path` behind it. The path comes back without it if absent: empty.
///
/// Filters apply to `latest` and labels, not to ids. `latest` prefers complete snapshots: partial ones are taken only if there is no other.
pub fn select(
    repo: &Repository,
    selector: &str,
    filter: &SnapshotFilter,
    monitor: &dyn Monitor,
) -> Result<(SnapshotInfo, Vec<u8>)> {
    let _ = (repo, selector, filter, monitor);
    todo!()
}
