//! Forgotten snapshots, and how they come back as long as no prune has removed their data.
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::format::Decision;
use crate::id::SessionId;
use crate::model::decode_snapshot;
use crate::monitor::{Event, Monitor, Problem};
use crate::ops::rewrite::{Rewrite, is_replaced, rewrite};
use crate::ops::snapshots::{SnapshotFilter, SnapshotInfo};
use crate::repo::{Repository, SessionOwner};
use crate::world::Time;

/// A snapshot with a tombstone.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Forgotten {
    pub info: SnapshotInfo,
    /// When, by whom and why, as the tombstone says.
    pub time: Time,
    pub host: String,
    pub reason: String,
}

/// Forgotten snapshots whose data a prune has not removed yet, as far as their root tells; oldest first. Those that live on in a changed
/// copy are left out.
pub fn forgotten(repo: &Repository, filter: &SnapshotFilter, monitor: &dyn Monitor) -> Result<Vec<Forgotten>> {
    let (catalog, _) = repo.load_index(monitor)?;
    let mut list = Vec::new();
    let mut alive = std::collections::BTreeSet::new();
    for (&id, decision) in &catalog.decisions {
        let Decision::Snapshot(body) = decision.as_ref() else { continue };
        let problem = |message: String| {
            let item = ObjectName::Snapshot(id).to_string();
            monitor.event(Event::Problem(&Problem { item, message }));
        };
        let snapshot = match decode_snapshot(body) {
            Ok(snapshot) => snapshot,
            Err(error) => {
                problem(error.to_string());
                continue;
            }
        };
        if !catalog.tombs.contains(&id) {
            alive.insert(snapshot.original.unwrap_or(id));
            continue;
        }
        let there = match snapshot.root {
            Some(root) => repo.is_usable(&root)?,
            None => true,
        };
        if !there || !filter.matches(&snapshot) {
            continue;
        }
        match repo.tombstone(id, monitor) {
            Ok(tomb) if is_replaced(&tomb.reason) => {}
            Ok(tomb) => list.push(Forgotten {
                info: SnapshotInfo { id, snapshot },
                time: tomb.time,
                host: tomb.host,
                reason: tomb.reason,
            }),
            // What it says is for people; that it is there is what counts.
            Err(Error::Damaged { cause, .. }) => {
                problem(format!("Its tombstone cannot be read: {cause}"));
                let info = SnapshotInfo { id, snapshot };
                list.push(Forgotten { info, time: Time::default(), host: String::new(), reason: String::new() });
            }
            Err(error) => return Err(error),
        }
    }
    list.retain(|forgotten| !alive.contains(&forgotten.info.snapshot.original.unwrap_or(forgotten.info.id)));
    list.sort_by_key(|forgotten| forgotten.info.order());
    Ok(list)
}

/// Finds a forgotten snapshot by the beginning of its id.
pub fn select_forgotten(repo: &Repository, selector: &str, monitor: &dyn Monitor) -> Result<Forgotten> {
    let mut found = forgotten(repo, &SnapshotFilter::default(), monitor)?;
    found.retain(|forgotten| !selector.is_empty() && forgotten.info.id.to_string().starts_with(selector));
    match found.len() {
        0 => Err(Error::Invalid(format!(
            "No forgotten snapshot that could come back begins with {selector:?}; `caddis snapshots --deleted` lists them"
        ))),
        1 => Ok(found.remove(0)),
        count => Err(Error::SnapshotAmbiguous { selector: selector.to_owned(), count }),
    }
}

/// Brings a forgotten snapshot back under a new id, if everything that it consists of is still there.
pub fn undelete(
    repo: &Repository,
    owner: &SessionOwner,
    info: &SnapshotInfo,
    monitor: &dyn Monitor,
) -> Result<SessionId> {
    rewrite(
        repo,
        owner,
        &Rewrite { old: info.id, changed: info.snapshot.clone(), replace: false, lost_may_go: false },
        monitor,
    )
}
