//! Changed copies of many snapshots: other hosts, times and labels, and trees without what is to be left out.
use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::id::SessionId;
use crate::model::{Snapshot, Statistics};
use crate::monitor::{Event, Monitor, Problem};
use crate::ops::protect::is_protected;
use crate::ops::rewrite::{LeaveOut, LeftOut, Rewrite, Survey, count, rewrite_without};
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::{PROGRAM, Repository, SessionOwner};
use crate::world::Time;

/// The tag of changed copies whose original stays, as in restic.
pub const REWRITTEN: &str = "rewrite";

/// What is to be changed; nothing by default.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Alteration {
    pub leave_out: Option<LeaveOut>,
    pub host: Option<String>,
    pub time: Option<Time>,
    /// An empty one takes the label away.
    pub label: Option<String>,
    /// Count files and bytes anew, which reads all trees.
    pub recount: bool,
}

/// A snapshot that is going to be changed.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Planned {
    pub info: SnapshotInfo,
    /// As it will be, with the root that it had.
    changed: Snapshot,
    pub left_out: LeftOut,
}

/// Finds out what would change, and writes nothing. Snapshots of which nothing changes are not in the result.
pub fn plan(
    repo: &Repository,
    found: &[SnapshotInfo],
    alteration: &Alteration,
    monitor: &dyn Monitor,
) -> Result<Vec<Planned>> {
    repo.load_index(monitor)?;
    monitor.event(Event::Phase("Looking for what changes"));
    monitor.event(Event::Total { items: found.len() as u64, bytes: 0, complete: true });
    let mut survey = alteration.leave_out.as_ref().map(|leave_out| Survey::new(repo, leave_out, monitor));
    let mut planned = Vec::new();
    for info in found {
        let left_out = match (&mut survey, info.snapshot.root) {
            (Some(survey), Some(root)) => survey.of(root).map_err(|error| unreadable(info, error))?,
            _ => LeftOut::default(),
        };
        if left_out.is_all && matches!(alteration.leave_out, Some(LeaveOut::AllBut(_))) {
            let message = "Nothing in it is included, so it stays as it is".to_owned();
            monitor.event(Event::Problem(&Problem { item: format!("snapshot {}", info.id.short()), message }));
            monitor.event(Event::Progress { items: 1, bytes: 0 });
            continue;
        }
        let mut changed = with_notes(&info.snapshot, alteration);
        if let (true, Some(root)) = (alteration.recount, info.snapshot.root) {
            let all = count(repo, root, monitor).map_err(|error| unreadable(info, error))?;
            let Statistics { files, directories, others, bytes, .. } = &mut changed.statistics;
            (*files, *directories, *others, *bytes) = (all.files, all.directories, all.others, all.bytes);
        }
        if !left_out.is_empty() {
            let (statistics, gone) = (&mut changed.statistics, left_out.totals);
            statistics.files = statistics.files.saturating_sub(gone.files);
            statistics.directories = statistics.directories.saturating_sub(gone.directories);
            statistics.others = statistics.others.saturating_sub(gone.others);
            statistics.bytes = statistics.bytes.saturating_sub(gone.bytes);
            // Another tree than that of the one from which it was copied.
            changed.origin = None;
            changed.program = PROGRAM.to_owned();
        }
        if changed != info.snapshot || !left_out.is_empty() {
            planned.push(Planned { info: info.clone(), changed, left_out });
        }
        monitor.event(Event::Progress { items: 1, bytes: 0 });
    }
    Ok(planned)
}

fn with_notes(snapshot: &Snapshot, alteration: &Alteration) -> Snapshot {
    let Alteration { host, time, label, .. } = alteration;
    let label = match label {
        None => snapshot.label.clone(),
        Some(label) => Some(label.clone()).filter(|label| !label.is_empty()),
    };
    Snapshot {
        host: host.clone().unwrap_or_else(|| snapshot.host.clone()),
        time: time.unwrap_or(snapshot.time),
        label,
        ..snapshot.clone()
    }
}

fn unreadable(info: &SnapshotInfo, error: Error) -> Error {
    match error {
        Error::BlobNotFound { .. } | Error::BlobLost { .. } | Error::Damaged { .. } => Error::Invalid(format!(
            "Snapshot {} cannot be read in full, so that nobody knows what is in it; `caddis repair snapshots {} --forget` comes first: {error}",
            info.id.short(),
            info.id.short()
        )),
        other => other,
    }
}

/// Those that are protected: to replace one would remove what it has, or had noted, for good.
pub fn protected<'a>(repo: &Repository, planned: &'a [Planned]) -> Vec<&'a SnapshotInfo> {
    let now = repo.world().now();
    planned.iter().map(|one| &one.info).filter(|info| is_protected(&info.snapshot, now)).collect()
}

/// Commits the changed copy of one snapshot; durable when it returns. If it replaces the old one, that is forgotten after that, and otherwise the
/// copy gets the tag [`REWRITTEN`]. False if a copy that is the same was there already.
pub fn execute(
    repo: &Repository,
    owner: &SessionOwner,
    planned: &Planned,
    alteration: &Alteration,
    replace: bool,
    monitor: &dyn Monitor,
) -> Result<(SessionId, bool)> {
    let mut changed = planned.changed.clone();
    if !replace && !changed.tags.iter().any(|tag| tag == REWRITTEN) {
        changed.tags.push(REWRITTEN.to_owned());
    }
    let leave_out = alteration.leave_out.as_ref().filter(|_| !planned.left_out.is_empty());
    let change = Rewrite { old: planned.info.id, changed, replace, lost_may_go: false };
    rewrite_without(repo, owner, &change, leave_out, monitor)
}

/// Absolute paths to be purged, with their parts in order and without what repeats itself; an error if one is no path of an entry.
pub fn paths_to_purge(paths: &[Vec<u8>]) -> Result<BTreeSet<Vec<u8>>> {
    let mut found = BTreeSet::new();
    for path in paths {
        let names: Vec<&[u8]> =
            path.split(|byte| *byte == b'/').filter(|name| !name.is_empty() && *name != b".").collect();
        let shown = String::from_utf8_lossy(path);
        if names.contains(&&b".."[..]) {
            return Err(Error::Invalid(format!("{shown} leads upwards; name the path as it is in the snapshots")));
        }
        if names.is_empty() {
            return Err(Error::Invalid(format!("{shown} would be everything; `caddis forget` removes snapshots")));
        }
        found.insert(names.iter().flat_map(|name| [b"/", *name].concat()).collect());
    }
    Ok(found)
}
