//! Decisions that are lost in both copies: a tombstone says that nobody waits for them any more.
use std::collections::BTreeSet;

use crate::backend::ObjectName;
use crate::error::Result;
use crate::format::Decision;
use crate::id::SessionId;
use crate::monitor::{Monitor, Silent};
use crate::repo::Repository;

/// Sessions whose decision cannot be read, or is missing although index objects or an earlier prune tell of it.
pub fn lost_decisions(repo: &Repository) -> Result<BTreeSet<SessionId>> {
    let catalog = repo.catalog(&Silent)?;
    let mut lost = catalog.unreadable.clone();
    for (name, _) in repo.missing_decisions()? {
        if let ObjectName::Snapshot(sid) = name {
            lost.insert(sid);
        }
    }
    for decision in catalog.decisions.values() {
        if let Decision::Pruned(finished) = decision.as_ref() {
            lost.extend(finished.seen.iter().filter(|sid| !catalog.decisions.contains_key(sid)));
        }
    }
    lost.retain(|sid| !catalog.tombs.contains(sid));
    Ok(lost)
}

/// Gives such a session up: what only it needed goes in the next prune. Durable when it returns.
pub fn give_up(repo: &Repository, sid: SessionId, host: &str, monitor: &dyn Monitor) -> Result<()> {
    repo.bury(sid, host, "its decision is lost", monitor)
}
