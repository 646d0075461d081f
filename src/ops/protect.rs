//! Protection: until a time that the snapshot says, no forget removes it.
use crate::error::{Error, Result};
use crate::id::SessionId;
use crate::model::Snapshot;
use crate::monitor::Monitor;
use crate::ops::rewrite::{Rewrite, rewrite};
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::{Repository, SessionOwner};
use crate::world::Time;

/// Never ends.
pub const FOREVER: Time = Time { secs: i64::MAX, nanos: 999_999_999 };

/// Whether a snapshot must not be removed at a time.
pub fn is_protected(snapshot: &Snapshot, at: Time) -> bool {
    snapshot.protected_until.is_some_and(|until| until > at)
}

/// Protects a snapshot at least until a time. The result is a changed copy with a new id, and the old one is forgotten after that; `None` if it is
/// protected that long already. A shorter protection than there is takes [`unprotect`] first.
pub fn protect(
    repo: &Repository,
    owner: &SessionOwner,
    info: &SnapshotInfo,
    until: Time,
    monitor: &dyn Monitor,
) -> Result<Option<SessionId>> {
    match info.snapshot.protected_until {
        Some(longer) if longer > until && is_protected(&info.snapshot, repo.world().now()) => {
            Err(Error::Protected { snapshot: info.id, until: longer })
        }
        Some(same) if same == until => Ok(None),
        _ => change(repo, owner, info, Some(until), monitor).map(Some),
    }
}

/// Lifts the protection, in the same way; `None` if there is none.
pub fn unprotect(
    repo: &Repository,
    owner: &SessionOwner,
    info: &SnapshotInfo,
    monitor: &dyn Monitor,
) -> Result<Option<SessionId>> {
    match info.snapshot.protected_until {
        None => Ok(None),
        Some(_) => change(repo, owner, info, None, monitor).map(Some),
    }
}

fn change(
    repo: &Repository,
    owner: &SessionOwner,
    info: &SnapshotInfo,
    until: Option<Time>,
    monitor: &dyn Monitor,
) -> Result<SessionId> {
    let changed = Snapshot { protected_until: until, ..info.snapshot.clone() };
    // It must be possible to give one up of which something is lost.
    let lost_may_go = until.is_none();
    rewrite(repo, owner, &Rewrite { old: info.id, changed, replace: true, lost_may_go }, monitor)
}
