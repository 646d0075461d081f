//! Puts the tombstones of a plan.
use super::plan::Plan;
use crate::error::{Error, Result};
use crate::id::SessionId;
use crate::monitor::{Event, Monitor};
use crate::repo::Repository;

/// Forgets what the plan says. Durable when it returns; after an error what was forgotten so far stays so. Returns what was still there.
///
/// The snapshots are listed once more before the first tombstone: if another run has removed one that the plan keeps, what it keeps may not
/// be enough, and nothing is done.
pub fn execute(repo: &Repository, plan: &Plan, host: &str, monitor: &dyn Monitor) -> Result<Vec<SessionId>> {
    let catalog = repo.catalog(monitor)?;
    let gone = |id: &SessionId| catalog.tombs.contains(id) || !catalog.decisions.contains_key(id);
    for verdict in plan.groups.iter().map(|group| &group.verdict).filter(|verdict| !verdict.remove.is_empty()) {
        if let Some(kept) = verdict.keep.iter().find(|kept| gone(&kept.info.id)) {
            return Err(Error::Invalid(format!(
                "Snapshot {} was to be kept, but another run has removed or replaced it meanwhile. Nothing was forgotten; run the command again",
                kept.info.id.short()
            )));
        }
    }
    let going: Vec<SessionId> = plan.removed().map(|info| info.id).filter(|id| !gone(id)).collect();
    monitor.event(Event::Phase("Forgetting snapshots"));
    monitor.event(Event::Total { items: going.len() as u64, bytes: 0, complete: true });
    for id in &going {
        if monitor.stop() {
            return Err(Error::Stopped { checkpoint: None });
        }
        repo.bury(*id, host, plan.reason, monitor)?;
        monitor.event(Event::Progress { items: 1, bytes: 0 });
    }
    Ok(going)
}
