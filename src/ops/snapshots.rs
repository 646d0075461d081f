//! Listing and selecting snapshots.
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::format::Decision;
use crate::id::SessionId;
use crate::model::{Snapshot, decode_snapshot};
use crate::monitor::{Event, Monitor, Problem};
use crate::repo::{Catalog, Repository};

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
    /// Each is a list of which all tags must be there, an empty one stands for no tags at all; one of the lists must match.
    pub tags: Vec<Vec<String>>,
    /// All must be among the snapshot's paths.
    pub paths: Vec<Vec<u8>>,
}

impl SnapshotFilter {
    /// Whether the snapshot passes.
    pub fn matches(&self, snapshot: &Snapshot) -> bool {
        let label = snapshot.label.as_deref().unwrap_or_default();
        (self.hosts.is_empty() || self.hosts.contains(&snapshot.host))
            && (self.labels.is_empty() || self.labels.iter().any(|wanted| wanted == label))
            && (self.tags.is_empty() || self.tags.iter().any(|list| has_tags(snapshot, list)))
            && self.paths.iter().all(|path| snapshot.paths.contains(path))
    }

    /// Whether every snapshot passes.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.labels.is_empty() && self.tags.is_empty() && self.paths.is_empty()
    }
}

fn has_tags(snapshot: &Snapshot, list: &[String]) -> bool {
    if list.is_empty() { snapshot.tags.is_empty() } else { list.iter().all(|tag| snapshot.tags.contains(tag)) }
}

/// Snapshots that are committed and not forgotten, oldest first. One that cannot be read is a problem for the monitor.
pub fn list(repo: &Repository, filter: &SnapshotFilter, monitor: &dyn Monitor) -> Result<Vec<SnapshotInfo>> {
    Ok(from_catalog(&repo.catalog(monitor)?, filter, monitor))
}

/// The snapshots of a catalog, oldest first.
pub fn from_catalog(catalog: &Catalog, filter: &SnapshotFilter, monitor: &dyn Monitor) -> Vec<SnapshotInfo> {
    let mut list = Vec::new();
    for (&id, decision) in &catalog.decisions {
        let Decision::Snapshot(body) = decision.as_ref() else { continue };
        if catalog.tombs.contains(&id) {
            continue;
        }
        match decode_snapshot(body) {
            Ok(snapshot) if filter.matches(&snapshot) => list.push(SnapshotInfo { id, snapshot }),
            Ok(_) => {}
            Err(error) => {
                let item = ObjectName::Snapshot(id).to_string();
                monitor.event(Event::Problem(&Problem { item, message: error.to_string() }));
            }
        }
    }
    list.sort_by_key(|info| (info.snapshot.time, info.snapshot.counter, info.id));
    list
}

/// Finds one by `ID-prefix`, `latest`, `latest~N`, `@label`, `@label~N`, each with `:path` behind it. The second value is that path, empty if there is none.
///
/// The filter applies to `latest` and labels, not to ids. `latest` takes a checkpoint only if there is no complete snapshot.
pub fn select(
    repo: &Repository,
    selector: &str,
    filter: &SnapshotFilter,
    monitor: &dyn Monitor,
) -> Result<(SnapshotInfo, Vec<u8>)> {
    let (name, path) = selector.split_once(':').unwrap_or((selector, ""));
    let path = path.as_bytes().to_vec();
    let not_found = || Error::SnapshotNotFound { selector: selector.to_owned() };
    let (base, back) = match name.split_once('~') {
        Some((base, back)) => (base, back.parse().map_err(|_| not_found())?),
        None => (name, 0),
    };
    if base == "latest" || base.starts_with('@') {
        let mut list = list(repo, filter, monitor)?;
        if let Some(label) = base.strip_prefix('@') {
            list.retain(|info| info.snapshot.label.as_deref() == Some(label));
        }
        if list.iter().any(|info| !info.snapshot.partial) {
            list.retain(|info| !info.snapshot.partial);
        }
        return Ok((list.into_iter().rev().nth(back).ok_or_else(not_found)?, path));
    }
    let mut list = list(repo, &SnapshotFilter::default(), monitor)?;
    list.retain(|info| !name.is_empty() && info.id.to_string().starts_with(name));
    match list.len() {
        0 => Err(not_found()),
        1 => Ok((list.remove(0), path)),
        count => Err(Error::SnapshotAmbiguous { selector: selector.to_owned(), count }),
    }
}

/// The same for operations on whole snapshots: a path behind the selector is an error.
pub fn select_whole(
    repo: &Repository,
    selector: &str,
    filter: &SnapshotFilter,
    monitor: &dyn Monitor,
) -> Result<SnapshotInfo> {
    if selector.contains(':') {
        return Err(Error::Invalid(format!("{selector:?} names a part of a snapshot; here it must be the whole")));
    }
    select(repo, selector, filter, monitor).map(|(info, _)| info)
}
