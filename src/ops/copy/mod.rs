//! Copies snapshots into another repository: every blob gets an id of that one and is sealed with its keys; chunks stay as they were cut.
//!
//! Each snapshot is a session of its own in the target, as a backup is. A *pair* is a snapshot of the source and its copy: what a snapshot
//! has in common with the pair that resembles it most is taken over from the copy without being read in the source. The rest is read pack by
//! pack, in batches. An interrupted copy is taken up like an interrupted backup: what it stored is not stored again. It is read again in the
//! source, because ids of the target can be told by content or by a pair only.
mod batch;
mod build;
mod known;
mod pair;
mod plan;
#[cfg(test)]
mod tests;
mod transfer;

use std::collections::HashMap;

use self::transfer::Transfer;
use crate::compress::Compression;
use crate::error::{Error, Result};
use crate::format::Decision;
use crate::id::SessionId;
use crate::model::{Origin, Snapshot, encode_snapshot};
use crate::monitor::{Event, Monitor, Problem};
use crate::ops::snapshots::{SnapshotFilter, SnapshotInfo, list};
use crate::repo::{Repository, SessionOwner, WriteOptions, Writer, Written};

/// How snapshots are copied.
#[derive(Clone, Debug)]
pub struct CopyOptions {
    /// Whose sessions in the target; an interrupted copy is taken up by the next one of the same owner.
    pub owner: SessionOwner,
    /// Nothing is written; the report says what would be copied.
    pub dry_run: bool,
    /// Instead of the target's default.
    pub compression: Option<Compression>,
    /// Open and compare everything that was just sealed, before it is written.
    pub extra_verify: bool,
}

/// What became of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has this id in the target.
    Copied(SessionId),
    /// It was there already, under this id.
    AlreadyThere(SessionId),
    /// A dry run: it is not there yet.
    WouldCopy,
    /// Something of it cannot be read in the source; nothing was committed. The text says what.
    Unreadable(String),
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub struct CopyReport {
    /// By id in the source, in the order in which they were copied: oldest first.
    pub snapshots: Vec<(SessionId, Outcome)>,
    /// What was stored in the target.
    pub written: Written,
    /// Data blobs that were read in the source.
    pub blobs_read: u64,
    /// Their plaintext bytes.
    pub bytes_read: u64,
    /// A run that was interrupted before was taken up.
    pub resumed: bool,
}

impl CopyReport {
    /// So many had this outcome.
    pub fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        self.snapshots.iter().filter(|(_, outcome)| is(outcome)).count()
    }
}

/// What tells a snapshot, wherever it is copied to.
fn identity(repo: &Repository, info: &SnapshotInfo) -> Result<Origin> {
    let SnapshotInfo { id, snapshot } = info;
    let Some(root) = snapshot.root else { return Err(Error::damaged(format!("Snapshot {id}"), "it has no tree")) };
    let here = || Origin { repository: repo.id(), snapshot: snapshot.original.unwrap_or(*id), root };
    Ok(snapshot.origin.unwrap_or_else(here))
}

/// Copies `wanted`, snapshots of `source`, into `target`, oldest first. What is there already is not copied again; other tags and other
/// protection do not make it another snapshot. Each copy is durable when it is in the report, also if an error follows.
///
/// A snapshot of which something cannot be read is a problem for the monitor, and the others are copied. When the monitor asks to stop, or
/// after an error, what was stored of the snapshot that was under way is for the next run.
pub fn copy(
    source: &Repository,
    target: &Repository,
    wanted: &[SnapshotInfo],
    options: &CopyOptions,
    report: &mut CopyReport,
    monitor: &dyn Monitor,
) -> Result<()> {
    if source.id() == target.id() {
        return Err(Error::Invalid("The repository to copy to is the one to copy from".to_owned()));
    }
    monitor.event(Event::Phase("Loading index"));
    let (catalog, _) = source.load_index(monitor)?;
    let all = crate::ops::snapshots::from_catalog(&catalog, &SnapshotFilter::default(), monitor);
    let mut wanted: Vec<&SnapshotInfo> = wanted.iter().collect();
    wanted.sort_by_key(|info| info.order());
    wanted.dedup_by_key(|info| info.id);
    // Looked at before a session is opened for nothing.
    let there = copies(target, monitor)?;
    let mut missing = Vec::new();
    for info in wanted {
        match there.get(&identity(source, info)?) {
            Some(copy) => report.snapshots.push((info.id, Outcome::AlreadyThere(copy.id))),
            None if options.dry_run => report.snapshots.push((info.id, Outcome::WouldCopy)),
            None => missing.push(info),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get()).max(source.backend().concurrency());
    let begin = || {
        let write = WriteOptions {
            compression: options.compression,
            delta: None,
            extra_verify: options.extra_verify,
            dry_run: false,
            threads: threads + 1,
        };
        Writer::begin(target, options.owner.clone(), write, monitor)
    };
    let (writer, resumed) = begin()?;
    report.resumed = resumed;
    let (min, max) = (writer.largest_blob(), source.config().chunker.max as usize);
    if max > min {
        writer.leave();
        return Err(Error::Invalid(format!(
            "Chunks of up to {max} bytes do not fit into the packs of {}; make it with packs of at least {} bytes",
            target.backend().describe(),
            (2 * max).next_power_of_two()
        )));
    }
    let mut transfer = Transfer::new(source, target, writer, threads, monitor);
    let result = each(&mut transfer, &all, &missing, &begin, report);
    (report.blobs_read, report.bytes_read) = transfer.read();
    add(&mut report.written, transfer.writer.written());
    match result {
        Ok(true) => transfer.writer.close(),
        Ok(false) | Err(_) => transfer.writer.leave(),
    }
    result.map(drop)
}

fn add(sum: &mut Written, more: Written) {
    for kind in 0..2 {
        sum.blobs[kind] += more.blobs[kind];
        sum.raw_bytes[kind] += more.raw_bytes[kind];
    }
    sum.stored_bytes += more.stored_bytes;
}

/// Snapshots of a repository by what they are, wherever they were made. Of several the newest.
fn copies(repo: &Repository, monitor: &dyn Monitor) -> Result<HashMap<Origin, SnapshotInfo>> {
    let all = list(repo, &SnapshotFilter::default(), monitor)?;
    let known = all.into_iter().filter_map(|info| Some((identity(repo, &info).ok()?, info)));
    Ok(known.collect())
}

/// Copies one after another; true if the last decision of the writer was made.
fn each<'a>(
    transfer: &mut Transfer<'a>,
    all: &[SnapshotInfo],
    missing: &[&SnapshotInfo],
    begin: &dyn Fn() -> Result<(Writer<'a>, bool)>,
    report: &mut CopyReport,
) -> Result<bool> {
    let (source, target, monitor) = (transfer.source, transfer.target, transfer.monitor);
    let mut decided = false;
    for (number, info) in missing.iter().enumerate() {
        // Only now: what is forgotten or doomed since the session was opened must not be relied on.
        let there = copies(target, monitor)?;
        let origin = identity(source, info)?;
        if let Some(copy) = there.get(&origin) {
            report.snapshots.push((info.id, Outcome::AlreadyThere(copy.id)));
            continue;
        }
        transfer.rely_on(there.values().map(|copy| copy.id));
        let pair = best_pair(source, info, all, &there);
        monitor.event(Event::Phase(&format!("Copying snapshot {}", info.id.short())));
        let root = match transfer.tree(info, pair) {
            Ok(root) => root,
            Err(error @ (Error::BlobLost { .. } | Error::BlobNotFound { .. } | Error::Damaged { .. })) => {
                add(&mut report.written, transfer.writer.written());
                transfer.give_up(begin()?.0);
                let message = format!("It cannot be copied: {error}");
                monitor.event(Event::Problem(&Problem {
                    item: format!("snapshot {}", info.id.short()),
                    message: message.clone(),
                }));
                report.snapshots.push((info.id, Outcome::Unreadable(message)));
                continue;
            }
            Err(error) => return Err(error),
        };
        let copied_parent = |sid: SessionId| {
            let parent = all.iter().find(|other| other.id == sid)?;
            Some(there.get(&identity(source, parent).ok()?)?.id)
        };
        let snapshot = Snapshot {
            root: Some(root),
            origin: Some(origin),
            // Ids of the source mean nothing here, and its counters nothing beside those of backups into the target.
            original: None,
            parent: info.snapshot.parent.and_then(copied_parent),
            previous: None,
            writer: None,
            ..info.snapshot.clone()
        };
        let decision = Decision::Snapshot(encode_snapshot(&snapshot));
        let last = number + 1 == missing.len();
        let new = if last {
            transfer.writer.decide(&decision, monitor)?
        } else {
            transfer.writer.checkpoint(&decision, monitor)?
        };
        decided = last;
        transfer.committed(new);
        report.snapshots.push((info.id, Outcome::Copied(new)));
    }
    Ok(decided)
}

/// The snapshot of the source that has a copy and resembles `info` most: its parent, or the nearest in time of the same host and paths.
fn best_pair<'a>(
    source: &Repository,
    info: &SnapshotInfo,
    all: &'a [SnapshotInfo],
    there: &'a HashMap<Origin, SnapshotInfo>,
) -> Option<(&'a SnapshotInfo, &'a SnapshotInfo)> {
    let likeness = |other: &SnapshotInfo| {
        let (a, b) = (&info.snapshot, &other.snapshot);
        let series = a.host == b.host && a.paths == b.paths && a.label == b.label;
        // A checkpoint lacks what was not reached.
        let whole = !b.partial || a.partial;
        (whole && a.parent == Some(other.id), whole && series, whole && a.host == b.host, whole)
    };
    let distance = |other: &SnapshotInfo| other.snapshot.time.secs.abs_diff(info.snapshot.time.secs);
    let pairs = all.iter().filter_map(|other| Some((other, there.get(&identity(source, other).ok()?)?)));
    pairs.max_by_key(|(other, _)| (likeness(other), std::cmp::Reverse(distance(other))))
}
