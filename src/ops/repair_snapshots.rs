//! Repair of snapshots that have lost something: makes new ones of what is left of them.
use super::check::walk;
use super::salvage::{Change, Salvage, SalvageStore};
use super::snapshots::SnapshotInfo;
use crate::error::{Error, Result};
use crate::format::Decision;
use crate::id::SessionId;
use crate::model::{Snapshot, Statistics, encode_snapshot};
use crate::monitor::{Event, Monitor, Silent};
use crate::repo::{Inspection, PROGRAM, Repository, SessionOwner, WriteOptions, Writer};

/// The tag that new snapshots get, as in restic.
pub const REPAIRED: &str = "repaired";
/// Entries of a snapshot that are named.
const NAMED_ENTRIES: usize = 1000;

/// How snapshots are repaired.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct RepairSnapshotsOptions {
    /// Forget what was replaced. Its data stay until a prune.
    pub forget: bool,
    pub dry_run: bool,
    pub owner: SessionOwner,
}

/// What became of a snapshot that does not read in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is a new one.
    Repaired(SessionId),
    /// There was one already that has all that is left of it.
    AlreadyRepaired(SessionId),
    /// A dry run: there would be a new one.
    Repairable,
    /// Its root is lost, so that there is nothing to make a snapshot of.
    Unreadable,
}

/// One damaged snapshot.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct RepairedSnapshot {
    pub original: SessionId,
    pub outcome: Outcome,
    pub forgotten: bool,
    /// It was to be forgotten, and is protected.
    pub protected: bool,
    /// Entries that are not as they were.
    pub changed: u64,
    /// The first 1,000 of them by path.
    pub changes: Vec<(Vec<u8>, Change)>,
}

/// What was done.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct RepairSnapshotsReport {
    /// Snapshots that were looked at.
    pub checked: u64,
    /// Those that do not read in full.
    pub damaged: Vec<RepairedSnapshot>,
}

/// Makes, for each of `wanted` that does not read in full, a new snapshot without what is lost. Originals stay unless they are to be
/// forgotten, which happens after the new one is committed.
///
/// Looks at structure and trees, as a check does; packs that look right and do not read are found by `repair packs`, which comes first.
/// Each new snapshot is durable by itself: after an interruption, the next run goes on. Fails, and leaves nothing out, if packs may be away
/// only for the time being, or if the index is not whole.
pub fn repair_snapshots(
    repo: &Repository,
    wanted: &[SnapshotInfo],
    options: &RepairSnapshotsOptions,
    monitor: &dyn Monitor,
) -> Result<RepairSnapshotsReport> {
    let mut inspection = inspect(repo, monitor)?;
    let walked = walk(repo, &mut inspection, None, monitor)?;
    let mut report = RepairSnapshotsReport { checked: wanted.len() as u64, damaged: Vec::new() };
    let is_damaged = |info: &&SnapshotInfo| walked.damaged.iter().any(|one| one.id == info.id);
    let damaged: Vec<&SnapshotInfo> = wanted.iter().filter(is_damaged).collect();
    monitor.event(Event::Phase("Repairing snapshots"));
    monitor.event(Event::Total { items: damaged.len() as u64, bytes: 0, complete: true });
    for info in damaged {
        let mut repaired = repair_one(repo, info, &mut inspection, options, monitor)?;
        if let (true, Outcome::Repaired(new) | Outcome::AlreadyRepaired(new)) = (options.forget, repaired.outcome) {
            repaired.protected = info.snapshot.protected_until.is_some_and(|until| until > repo.world().now());
            if !repaired.protected && !options.dry_run {
                let reason = format!("repaired as {new}");
                repo.bury(info.id, &options.owner.host, &reason, monitor)?;
                repaired.forgotten = true;
            }
        }
        report.damaged.push(repaired);
        monitor.event(Event::Progress { items: 1, bytes: 0 });
    }
    Ok(report)
}

/// Finds out what is lost.
pub(super) fn inspect<'r>(repo: &'r Repository, monitor: &dyn Monitor) -> Result<Inspection<'r>> {
    repo.refuse_without_packs()?;
    repo.read_from_storage_only();
    let mut inspection = Inspection::begin(repo, false, monitor)?;
    inspection.structure(monitor)?;
    if inspection.index_is_incomplete {
        let cause =
            "The index does not name all packs, so that nobody can tell what is lost; run `caddis repair index` first";
        return Err(Error::Invalid(cause.to_owned()));
    }
    inspection.settle(monitor)?;
    Ok(inspection)
}

/// Opens a session for what is made anew.
pub(super) fn begin<'r>(
    repo: &'r Repository,
    owner: &SessionOwner,
    dry_run: bool,
    monitor: &dyn Monitor,
) -> Result<Writer<'r>> {
    let write = WriteOptions { dry_run, ..WriteOptions::default() };
    Ok(Writer::begin(repo, owner.clone(), write, monitor)?.0)
}

fn repair_one<'r>(
    repo: &'r Repository,
    info: &SnapshotInfo,
    inspection: &mut Inspection<'r>,
    options: &RepairSnapshotsOptions,
    monitor: &dyn Monitor,
) -> Result<RepairedSnapshot> {
    let writer = begin(repo, &options.owner, options.dry_run, monitor)?;
    let (made, changed, changes) = {
        let store = SalvageStore::new(repo, &writer, inspection);
        let mut salvage = Salvage::new(&store, NAMED_ENTRIES, monitor);
        let made = info.snapshot.root.map_or(Ok(None), |root| salvage.directory(root, b""));
        (made, salvage.changed, salvage.changes)
    };
    let made = match made {
        Ok(made) => made,
        Err(error) => {
            writer.leave();
            return Err(error);
        }
    };
    let repaired =
        |outcome| RepairedSnapshot { original: info.id, outcome, forgotten: false, protected: false, changed, changes };
    let Some((root, totals)) = made else {
        writer.abandon("nothing of the snapshot can be read", monitor)?;
        return Ok(repaired(Outcome::Unreadable));
    };
    let snapshot = Snapshot {
        root: Some(root),
        original: original_of(info),
        statistics: Statistics {
            files: totals.files,
            directories: totals.directories,
            others: totals.others,
            bytes: totals.bytes,
            ..info.snapshot.statistics.clone()
        },
        program: PROGRAM.to_owned(),
        // Another tree than that of the one from which it was copied.
        origin: None,
        ..info.snapshot.clone()
    };
    let snapshot = with_tag(snapshot);
    let known = match super::snapshots::list(repo, &Default::default(), &Silent) {
        Ok(known) => known,
        Err(error) => {
            writer.leave();
            return Err(error);
        }
    };
    if let Some(same) = known.iter().find(|known| is_same(&known.snapshot, &snapshot)) {
        writer.abandon("the snapshot is repaired already", monitor)?;
        return Ok(repaired(Outcome::AlreadyRepaired(same.id)));
    }
    if options.dry_run {
        return Ok(repaired(Outcome::Repairable));
    }
    let new = writer.commit(&Decision::Snapshot(encode_snapshot(&snapshot)), monitor)?;
    Ok(repaired(Outcome::Repaired(new)))
}

/// The snapshot, if there is one, that has all that is left of a damaged one. Writes nothing; reads the trees of the damaged one if a snapshot
/// among `known` seems to be what an earlier repair made of it.
pub(super) fn all_that_is_left<'r>(
    repo: &'r Repository,
    damaged: SessionId,
    known: &[SnapshotInfo],
    inspection: &mut Inspection<'r>,
    monitor: &dyn Monitor,
) -> Result<Option<SessionId>> {
    let Some(info) = known.iter().find(|info| info.id == damaged) else { return Ok(None) };
    let like = Snapshot { original: original_of(info), ..info.snapshot.clone() };
    let is_candidate = |known: &SnapshotInfo| {
        let tagged = known.snapshot.tags.iter().any(|tag| tag == REPAIRED);
        tagged && is_same(&known.snapshot, &Snapshot { root: known.snapshot.root, ..like.clone() })
    };
    // More may be readable by now than when it was made.
    if !known.iter().any(is_candidate) {
        return Ok(None);
    }
    let options = RepairSnapshotsOptions { forget: false, dry_run: true, owner: SessionOwner::default() };
    match repair_one(repo, info, inspection, &options, monitor)?.outcome {
        Outcome::AlreadyRepaired(successor) => Ok(Some(successor)),
        _ => Ok(None),
    }
}

fn original_of(info: &SnapshotInfo) -> Option<SessionId> {
    info.snapshot.original.or(Some(info.id))
}

fn with_tag(mut snapshot: Snapshot) -> Snapshot {
    if !snapshot.tags.iter().any(|tag| tag == REPAIRED) {
        snapshot.tags.push(REPAIRED.to_owned());
    }
    snapshot
}

/// Whether a snapshot is what an earlier repair made of the same original.
fn is_same(known: &Snapshot, new: &Snapshot) -> bool {
    known.root == new.root && known.original == new.original && known.time == new.time && known.host == new.host
}
