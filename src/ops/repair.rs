//! Repair: packs from parity, the index from packs, objects from their replicas.
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::id::{BlobId, PackId};
use crate::monitor::{Event, Monitor, Problem, Silent};
use crate::ops::prune::Walk;
use crate::repo::{
    Balance, CopyState, MendOptions, NeededBlobs, Repository, SessionOwner, copied_objects, inspect_copies, mend_copy,
};

/// What is to be mended.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct RepairOptions {
    pub replicas: bool,
    pub index: bool,
    pub packs: bool,
    /// Copies to all locations what they lack, and moves packs to where they should be.
    pub locations: bool,
    pub dry_run: bool,
    pub host: String,
}

/// What was mended.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct RepairReport {
    /// Names of objects that were copied from or to their replica.
    pub replicas_written: Vec<String>,
    /// Objects whose both copies are lost or damaged.
    pub objects_lost: Vec<String>,
    pub packs_checked: u64,
    pub packs_rebuilt: Vec<PackId>,
    pub packs_lost: Vec<PackId>,
    /// Packs in locations that cannot be reached: nothing was done about them.
    pub packs_away: u64,
    /// Objects that locations lacked and have now, and that they had too many.
    pub objects_synced: u64,
    pub packs_moved: u64,
    pub bytes_moved: u64,
    /// Index objects and marks that cannot be read and are not needed any more.
    pub objects_given_up: Vec<String>,
    /// Packs that no index object named and that are indexed again.
    pub packs_indexed: u64,
    pub index_written: u64,
    /// Ids taken out of the index because nothing holds them any more; the next backup stores them again if it meets them.
    pub blobs_lost: Vec<BlobId>,
    /// Blobs that an earlier repair gave up, that read again, and that are stored anew.
    pub blobs_saved: u64,
}

/// Mends what can be mended. Never removes anything that still reads.
///
/// What locations lack and replicas come first, then the index, then packs, and at last the locations of packs. Damaged stripes beyond their parity are given up: what reads of them is stored
/// again, and what does not is stored by the next backup that meets it. Every step is durable by itself; after a crash, or when the
/// monitor asked to stop, the next repair goes on.
pub fn repair(repo: &Repository, options: &RepairOptions, monitor: &dyn Monitor) -> Result<RepairReport> {
    repo.read_from_storage_only();
    let mut report = RepairReport::default();
    if options.packs {
        repo.refuse_without_packs()?;
    }
    if options.locations {
        // First: another location may have what is damaged in both copies here.
        let synced = repo.sync_locations(options.dry_run, monitor)?;
        report.objects_synced = synced.objects_copied.values().sum::<u64>() + synced.objects_removed;
    }
    if options.replicas {
        mend_replicas(repo, options.dry_run, &mut report, monitor)?;
    }
    for (name, message) in repo.missing_decisions()? {
        monitor.event(Event::Problem(&Problem { item: name.to_string(), message }));
        report.objects_lost.push(name.to_string());
    }
    if options.index || options.packs {
        let owner = SessionOwner { host: options.host.clone(), label: None, process: repo.world().process() };
        let missing = options.index && is_something_missing(repo, monitor)?;
        let RepairOptions { index, packs, dry_run, .. } = *options;
        let mend = MendOptions { index, missing, packs, dry_run, owner };
        let mended = repo.mend(&mend, monitor)?;
        report.packs_checked = mended.packs_checked;
        report.packs_rebuilt = mended.packs_rebuilt;
        report.packs_lost = mended.packs_lost;
        report.packs_away = mended.packs_away;
        report.packs_indexed = mended.packs_indexed;
        report.index_written = mended.index_written;
        report.blobs_lost = mended.blobs_lost;
        report.blobs_saved = mended.blobs_saved;
        report.objects_given_up = mended.removed.iter().map(ToString::to_string).collect();
    }
    if options.locations {
        let balance = Balance { dry_run: options.dry_run, ..Balance::default() };
        let moved = repo.balance_locations(balance, monitor)?;
        (report.packs_moved, report.bytes_moved) = (moved.packs_moved, moved.bytes_moved);
    }
    Ok(report)
}

/// Whether snapshots need something that is in no index, while there are doomed stripes that may still have it. A primary that was taken for
/// gone and comes back brings what it had decided before that: the other one has snapshots that it knew nothing of when it pruned.
fn is_something_missing(repo: &Repository, monitor: &dyn Monitor) -> Result<bool> {
    let (catalog, _) = repo.load_index(&Silent)?;
    if repo.doomed_stripes().is_empty() {
        return Ok(false);
    }
    match Walk::new(repo, monitor).update(&catalog, &|| Ok(())).map(|live| repo.refuse_missing(live)) {
        Ok(Ok(())) => Ok(false),
        // Of what, that is told elsewhere.
        Ok(Err(Error::Invalid(_))) | Err(Error::Damaged { .. }) => Ok(true),
        Ok(Err(error)) | Err(error) => Err(error),
    }
}

fn mend_replicas(repo: &Repository, dry_run: bool, report: &mut RepairReport, monitor: &dyn Monitor) -> Result<()> {
    monitor.event(Event::Phase("Checking replicas"));
    let backend = repo.backend();
    let tombs = repo.catalog(&Silent)?.tombs;
    for name in copied_objects(backend)? {
        match inspect_copies(backend, &name, &|name, bytes| repo.judge_copy(name, bytes))? {
            CopyState::Good => {}
            CopyState::Mendable { bad, damaged, bytes, .. } => {
                if dry_run || mend_copy(backend, &bad, damaged, &bytes)? {
                    report.replicas_written.push(bad.to_string());
                }
            }
            // Of a forgotten snapshot nothing is needed any more.
            CopyState::Lost { .. } if matches!(name, ObjectName::Snapshot(sid) if tombs.contains(&sid)) => {}
            CopyState::Lost { cause } => {
                monitor.event(Event::Problem(&Problem { item: name.to_string(), message: cause }));
                report.objects_lost.push(name.to_string());
            }
        }
        monitor.event(Event::Progress { items: 1, bytes: 0 });
    }
    Ok(())
}
