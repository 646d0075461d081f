//! Prune: frees what no snapshot needs, beside running backups and without locks (repo-format.md, section 9).
use std::time::Duration;

use crate::error::{Error, Result};
use crate::id::{SessionId, StripeId};
use crate::monitor::Monitor;
use crate::repo::{Repository, SessionOwner};

/// How much unused space may stay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaxUnused {
    /// Of the size of the repository after the prune.
    Percent(f64),
    /// So many bytes.
    Bytes(u64),
    /// Nothing is copied only to free space.
    Unlimited,
}

/// How a prune works.
#[derive(Clone, Debug)]
pub struct PruneOptions {
    /// What may stay unused; see [`MaxUnused`].
    pub max_unused: MaxUnused,
    /// Bytes of packs that are read for copying, at most.
    pub max_repack: Option<u64>,
    /// Bytes of packs that are written, at most.
    pub max_rewrite: Option<u64>,
    /// Only the plan is made.
    pub dry_run: bool,
    /// Nothing is copied: only stripes go in which nothing is used.
    pub delete_only: bool,
    /// Sessions that were last heard of so long ago, by the clock of the storage, are fenced.
    pub stale_after: Duration,
    /// Live sessions are waited for at most so long.
    pub wait: Duration,
    /// Go on although more is unused than forgotten snapshots and ended runs explain.
    pub accept_unexplained: bool,
}

impl Default for PruneOptions {
    fn default() -> Self {
        PruneOptions {
            max_unused: MaxUnused::Percent(10.0),
            max_repack: None,
            max_rewrite: None,
            dry_run: false,
            delete_only: false,
            stale_after: Duration::from_secs(30 * 60),
            wait: Duration::ZERO,
            accept_unexplained: false,
        }
    }
}

/// What a prune is going to do: a pure value, computed from listings and the set of live blobs.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Plan {
    /// Stripes that go without anything being copied.
    pub delete: Vec<StripeId>,
    /// Stripes of which something is copied first.
    pub repack: Vec<StripeId>,
    pub packs_deleted: u64,
    pub bytes_deleted: u64,
    pub bytes_read: u64,
    pub bytes_written: u64,
    pub blobs_copied: u64,
    /// Packs with parity, before.
    pub bytes_before: u64,
    /// Unused bytes before and after.
    pub unused_before: u64,
    pub unused_after: u64,
}

/// A session that a prune waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Waiting {
    pub session: SessionId,
    pub host: String,
    pub label: String,
    /// Since it was last heard of, by the clock of the storage.
    pub idle: Duration,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct PruneReport {
    pub plan: Plan,
    /// Bytes of packs that were removed, and that were written instead.
    pub freed: u64,
    pub written: u64,
    pub packs_removed: u64,
    pub index_removed: u64,
    pub unfinished_removed: u64,
    /// Not empty: nothing was removed, because these may refer to it; run prune again when they have ended.
    pub waiting: Vec<Waiting>,
    /// Sessions that were fenced because they are stale or dead.
    pub fenced: Vec<SessionId>,
}

/// Frees what no snapshot needs. Safe at any time beside any other run; to be repeated after an interruption.
pub fn prune(
    repo: &Repository,
    owner: &SessionOwner,
    options: &PruneOptions,
    monitor: &dyn Monitor,
) -> Result<PruneReport> {
    let _ = (repo, owner, options, monitor);
    Err(Error::Invalid("prune comes next".to_owned()))
}
