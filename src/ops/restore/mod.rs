//! Restore: files of a snapshot come back beneath a target directory.
//!
//! The *plan* walks the trees, makes directories and special files, and collects files in batches of bounded size. While it plans the
//! next batch, the one before is executed by one thread for each processor: places of blobs are looked up, what is there is compared,
//! and what is wanted is read pack by pack, each frame once, and written to all files that need it. Further names of files come when
//! a batch is done; a directory gets its metadata when nothing more is written to it or beneath it; all of it is synced at the end.
//!
//! Memory is that of two batches, and for each thread that of one read and one frame; it does not depend on the size of the snapshot.
mod ahead;
mod batch;
mod compare;
mod count;
mod device;
mod dry;
mod file;
mod folder;
mod layout;
mod level;
mod options;
mod plan;
mod run;
mod select;
mod stream;
#[cfg(test)]
mod tests;
mod verify;
mod xattrs;

use std::sync::atomic::Ordering;

use self::batch::Batch;
pub(super) use self::batch::content_digest;
pub use self::device::{DeviceReport, restore_to_device};
pub use self::options::{RestoreOptions, RestoreReport};
use self::plan::Plan;
use self::run::Run;
pub use self::stream::{Sink, stream};
use crate::error::{Error, Result};
use crate::fs::target::{Target, TargetOptions};
use crate::model::{Node, NodeType, find};
use crate::monitor::{Event, Monitor, ReadPlan, counted};
use crate::ops::snapshots::SnapshotInfo;
use crate::ops::trees::missing;
use crate::repo::Repository;

/// Restores. When this returns, everything is on disk (synced). Files that cannot be restored are in the report, not an error.
///
/// An error means that storage or the target is gone as a whole, that the path is not in the snapshot, or that the monitor asked to
/// stop; files that were complete by then stay.
pub fn restore(
    repo: &Repository,
    snapshot: &SnapshotInfo,
    options: &RestoreOptions,
    monitor: &dyn Monitor,
) -> Result<RestoreReport> {
    let names = select::names(&options.path)?;
    let options = &options.beneath(&names);
    monitor.event(Event::Phase("Loading index"));
    repo.load_index(monitor)?;
    repo.write_back_healed(options.heal && !options.dry_run);
    let looking = Run::new(repo, options, monitor, None);
    let found = find_start(&looking, snapshot, &names)?;
    let path: Vec<u8> = names.iter().flat_map(|name| [b"/", *name].concat()).collect();
    drop(looking);
    let counted = match repo.wants_plan(monitor) && !options.dry_run {
        true => ahead::announce(repo, options, &path, found.clone(), monitor)?,
        false => None,
    };
    let target = match options.dry_run {
        true => None,
        false => {
            let how = TargetOptions {
                ownership: options.ownership.clone(),
                xattrs: options.xattrs.clone(),
                sparse: options.sparse,
                scope: Some(options.scope(&names)),
                ..TargetOptions::default()
            };
            Some(Target::open(&options.target, &how, repo.world())?)
        }
    };
    monitor.event(Event::Phase("Restoring"));
    let mut run = Run::new(repo, options, monitor, target);
    run.is_partial = snapshot.snapshot.partial;
    if run.unfinished.in_doubt {
        monitor.event(Event::Note(
            "the machine was started anew since a restore into this target was cut off; sizes and times are not believed",
        ));
    }
    if let Some((items, bytes)) = counted {
        run.counts(items, bytes);
    }
    carry_out(&run, &path, found);
    if let Err(error) = run.take_failure() {
        return Err(leave(&run, error));
    }
    tell_spared(&run);
    tell_left_out(&run);
    if options.dry_run && repo.wants_plan(monitor) {
        monitor.event(Event::Plan(ReadPlan { is_dry_run: true, ..run.planned() }));
    }
    if let Some(target) = &run.target {
        monitor.event(Event::Phase("Syncing"));
        target.sync()?;
        target.clear_mark(true)?;
    }
    Ok(run.report())
}

/// Once, since each directory down to where the backup ended has what it had not reached.
fn tell_spared(run: &Run<'_>) {
    let spared = run.counters.spared.load(Ordering::Relaxed);
    if spared > 0 {
        let message = format!(
            "The snapshot is partial: nothing is deleted from directories that the backup had not finished, and {} that it lacks stay",
            counted(spared, "name")
        );
        run.warning(b"", message);
    }
}

/// Once, since there may be one on every file.
fn tell_left_out(run: &Run<'_>) {
    let left_out = run.target.as_ref().map(Target::left_out_xattrs).unwrap_or_default();
    if left_out.count > 0 {
        let names: Vec<String> = left_out.names.iter().map(|name| name.escape_ascii().to_string()).collect();
        let (are, names) = (if left_out.count == 1 { "was" } else { "were" }, names.join(", "));
        let count = counted(left_out.count, "extended attribute");
        run.monitor.event(Event::Note(&format!("{count} that only root may set {are} left out: {names}")));
    }
}

/// What is there by now stays, and so does what is worth going on with.
fn leave(run: &Run<'_>, error: Error) -> Error {
    let Some(target) = &run.target else { return error };
    // The error that is told is the first one; without a sync the mark stays, and with it the doubt.
    if target.sync().is_ok() {
        let _ = target.clear_mark(false);
    }
    if target.kept() > 0 {
        let note =
            format!("{} kept; the same restore goes on with what is there", counted(target.kept(), "unfinished file"));
        run.monitor.event(Event::Note(&note));
    }
    error
}

/// Plans and executes, batch by batch; whether that fails is in the run.
fn carry_out(run: &Run<'_>, path: &[u8], found: Node) {
    let backend = run.repo.backend();
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get()).max(backend.concurrency());
    std::thread::scope(|scope| {
        if run.options.scan && !run.is_ahead && !run.is_counted() {
            let (path, found) = (path.to_vec(), found.clone());
            scope.spawn(move || count::count(run, path, &found));
        }
        // No batch waits: one is planned while one is executed.
        let (batches, batches_in) = crossbeam_channel::bounded::<Batch>(0);
        scope.spawn(move || {
            let mut hand_on = |batch: &mut Batch, run: &Run<'_>| {
                run.total(false);
                // The other end goes only when the run is over.
                let _ = batches.send(std::mem::take(batch));
            };
            Plan::new(run, &mut hand_on).start(path, found);
            run.total(true);
        });
        for batch in batches_in {
            batch.execute(run, threads);
            if run.is_over() {
                break;
            }
        }
    });
}

/// The entry that the path names.
fn find_start(run: &Run<'_>, snapshot: &SnapshotInfo, names: &[&[u8]]) -> Result<Node> {
    let not_found = |cause: &str| Error::PathNotFound {
        path: String::from_utf8_lossy(&run.options.path).into_owned(),
        snapshot: snapshot.id.short(),
        cause: cause.to_owned(),
    };
    let Some(root) = snapshot.snapshot.root else { return Err(not_found("the snapshot is empty")) };
    if names.is_empty() {
        let changed_while_read = snapshot.snapshot.partial;
        return Ok(Node { kind: NodeType::Directory, subtree: Some(root), changed_while_read, ..Node::default() });
    }
    find(run, &root, names.iter().copied())?.ok_or_else(|| not_found(&missing(run, &root, names)))
}
