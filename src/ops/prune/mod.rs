//! Prune: frees what no snapshot needs, beside running backups and without locks (repo-format.md, section 9).
mod plan;
mod room;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

pub use self::plan::Plan;
use self::plan::{Facts, plan};
pub(in crate::ops) use self::walk::Walk;
use crate::backend::{ErrorKind, ObjectName};
use crate::error::{Error, Result};
use crate::format::Decision;
use crate::id::{PackId, SessionId, StripeId};
use crate::model::decode_snapshot;
use crate::monitor::{Event, Monitor, ReadPlan, Silent};
pub use crate::repo::Waiting;
use crate::repo::{CarryOut, NeededBlobs, Packs, Pruned, Repository, SessionOwner, Survey};
use crate::world::Time;

/// So often a prune starts at most.
const ATTEMPTS: u32 = 5;

/// How much unused space may stay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaxUnused {
    /// Of the size of the repository after the prune.
    Percent(f64),
    /// So many bytes.
    Bytes(u64),
    /// Nothing is copied only to free space.
    Unlimited,
}

/// How a prune works.
#[derive(Clone, Debug)]
pub struct PruneOptions {
    /// What may stay unused; see [`MaxUnused`].
    pub max_unused: MaxUnused,
    /// Bytes of frames that are copied, at most. What earlier prunes have doomed is copied in any case.
    pub max_repack: Option<u64>,
    /// Bytes of packs that are written, at most, with the same exception.
    pub max_rewrite: Option<u64>,
    /// Only the plan is made.
    pub dry_run: bool,
    /// Of a dry run: snapshots that it takes for forgotten.
    pub forgotten: BTreeSet<SessionId>,
    /// Nothing is copied: only stripes go in which nothing is used.
    pub delete_only: bool,
    /// Sessions that were last heard of so long ago, by the clock of the storage, are fenced.
    pub stale_after: Duration,
    /// Live sessions are waited for at most so long.
    pub wait: Duration,
    /// Go on although more is unused than forgotten snapshots and ended runs explain.
    pub accept_unexplained: bool,
    /// Everything goes that nothing needs, whatever has to be copied for that; what is a base of a delta that is needed is needed too.
    pub wipe: bool,
}

impl Default for PruneOptions {
    fn default() -> Self {
        PruneOptions {
            max_unused: MaxUnused::Percent(10.0),
            max_repack: None,
            max_rewrite: None,
            dry_run: false,
            forgotten: BTreeSet::new(),
            delete_only: false,
            stale_after: Duration::from_secs(30 * 60),
            wait: Duration::ZERO,
            accept_unexplained: false,
            wipe: false,
        }
    }
}

/// What was done.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct PruneReport {
    pub plan: Plan,
    pub packs_removed: u64,
    pub bytes_removed: u64,
    pub bytes_written: u64,
    pub blobs_copied: u64,
    pub index_removed: u64,
    pub unfinished_removed: u64,
    /// Packs that were to go and that locks keep; a later prune removes them. After a dry run: those that locks would keep now.
    pub packs_locked: u64,
    pub bytes_locked: u64,
    /// When the last of these locks ends, as far as storage says so.
    pub locked_until: Option<Time>,
    /// Not empty: what this run has doomed was not removed, because these may refer to it; run prune again when they have ended. What
    /// earlier runs have doomed was, if all of these have seen that. After a dry run: those that a prune would wait for.
    pub waiting: Vec<Waiting>,
    /// Sessions that were ended because they are stale or dead.
    pub fenced: Vec<SessionId>,
    /// Storage was full, so that only what nothing uses could be removed.
    pub storage_was_full: bool,
}

/// Frees what no snapshot needs. Safe at any time beside any other run; after an interruption it is simply run again.
///
/// Reads the trees of all snapshots once and the local index a few times; 20 bytes of memory for each blob that is needed. On a full disk nothing is copied.
pub fn prune(
    repo: &Repository,
    owner: &SessionOwner,
    options: &PruneOptions,
    monitor: &dyn Monitor,
) -> Result<PruneReport> {
    if options.dry_run {
        // The same look as that of a prune, so sessions come first.
        let waiting = repo.sessions_under_way(options.stale_after, monitor)?;
        let (mut survey, packs) = repo.survey(monitor)?;
        survey.catalog.tombs.extend(&options.forgotten);
        let (plan, _) = make_plan(repo, &mut Walk::new(repo, monitor), &survey, &packs, options, &|| Ok(()), monitor)?;
        let mut report = PruneReport { plan, waiting, ..PruneReport::default() };
        foresee_locks(repo, &packs, &mut report)?;
        return Ok(report);
    }
    match attempts(repo, owner, options, monitor) {
        Err(error) if error.is_out_of_space() => {
            monitor.event(Event::Note("Storage is full: only what nothing uses is removed"));
            // What could not be stored is given up. It must not be told once more, as a failure of what comes now.
            drop(repo.backend().barrier());
            room::make(repo, monitor)?;
            let options = PruneOptions { delete_only: true, ..options.clone() };
            let report = attempts(repo, owner, &options, monitor)?;
            Ok(PruneReport { storage_was_full: true, ..report })
        }
        other => other,
    }
}

/// Tries again if it fails while others commit, forget or prune: then what it saw was no picture of one moment.
fn attempts(
    repo: &Repository,
    owner: &SessionOwner,
    options: &PruneOptions,
    monitor: &dyn Monitor,
) -> Result<PruneReport> {
    let progress = || -> Result<(usize, usize)> {
        let catalog = repo.catalog(&Silent)?;
        // Sessions that ended themselves, as a prune that fails does, have changed nothing.
        let own_end =
            |sid: &SessionId, decision: &Decision| matches!(decision, Decision::Fence(fence) if fence.by == *sid);
        let decided = catalog.decisions.iter().filter(|(sid, decision)| !own_end(sid, decision)).count();
        Ok((catalog.tombs.len(), decided))
    };
    let mut before = progress()?;
    for _ in 1..ATTEMPTS {
        let result = attempt(repo, owner, options, monitor);
        if !matches!(&result, Err(Error::Damaged { .. } | Error::Invalid(_))) {
            return result;
        }
        let now = progress()?;
        if now == before {
            return result;
        }
        before = now;
    }
    attempt(repo, owner, options, monitor)
}

fn attempt(
    repo: &Repository,
    owner: &SessionOwner,
    options: &PruneOptions,
    monitor: &dyn Monitor,
) -> Result<PruneReport> {
    let run = repo.begin_prune(owner, !options.delete_only, monitor)?;
    let mut walk = Walk::new(repo, monitor);
    let planned = make_plan(repo, &mut walk, &run.survey, &run.packs, options, &|| run.beat(), monitor);
    let (plan, candidates) = match planned {
        Ok(planned) => planned,
        Err(error) => {
            run.give_up("it could not make a plan", monitor)?;
            return Err(error);
        }
    };
    let Pruned {
        packs_removed,
        bytes_removed,
        bytes_written,
        blobs_copied,
        index_removed,
        unfinished_removed,
        packs_locked,
        bytes_locked,
        locked_until,
        fenced,
        waiting,
    } = if plan.is_empty() && !run.has_remains() {
        run.go_home(options.stale_after, monitor)?
    } else {
        let how = CarryOut {
            delete_only: options.delete_only,
            stale_after: options.stale_after,
            wait: options.wait,
            wipe: options.wipe,
        };
        run.carry_out(&candidates, &how, &mut walk, monitor)?
    };
    Ok(PruneReport {
        plan,
        packs_removed,
        bytes_removed,
        bytes_written,
        blobs_copied,
        index_removed,
        unfinished_removed,
        packs_locked,
        bytes_locked,
        locked_until,
        waiting,
        fenced,
        storage_was_full: false,
    })
}

/// Asks storage which of the packs that are to go locks would keep. Nothing is asked where there are no locks.
fn foresee_locks(repo: &Repository, packs: &Packs, report: &mut PruneReport) -> Result<()> {
    if repo.backend().object_lock().is_none() {
        return Ok(());
    }
    let plan = &report.plan;
    let stripes: HashSet<StripeId> = plan.delete.iter().chain(&plan.repack).chain(&plan.doomed).copied().collect();
    let mut leaving: BTreeMap<PackId, u64> = repo.packs_of(&stripes)?;
    leaving.extend(packs.loose.iter().chain(&packs.doomed).flat_map(|loose| loose.packs.iter().copied()));
    let leaving: Vec<(ObjectName, u64)> = leaving.into_iter().map(|(id, size)| (ObjectName::Pack(id), size)).collect();
    let names: Vec<ObjectName> = leaving.iter().map(|(name, _)| *name).collect();
    let now = repo.world().now();
    for ((_, size), held) in leaving.iter().zip(repo.backend().locks(&names)?).filter(|(_, held)| held.holds(now)) {
        report.packs_locked += 1;
        report.bytes_locked += size;
        report.locked_until = report.locked_until.max(held.end());
    }
    Ok(())
}

/// The plan, and what the run's own mark is to doom.
fn make_plan(
    repo: &Repository,
    walk: &mut Walk<'_>,
    survey: &Survey,
    packs: &Packs,
    options: &PruneOptions,
    alive: &dyn Fn() -> Result<()>,
    monitor: &dyn Monitor,
) -> Result<(Plan, Vec<StripeId>)> {
    let needed = walk.update(&survey.catalog, alive)?;
    let doomed: HashSet<StripeId> = survey.doomed();
    let usages = repo.usage(needed, &doomed)?;
    repo.refuse_missing(needed)?;
    repo.refuse_broken(packs, &usages)?;
    if !options.accept_unexplained {
        repo.refuse_unexplained(survey, &usages, &is_wasteful)?;
    }
    let config = repo.config();
    let facts = Facts {
        usages: &usages,
        doomed: &|stripe| doomed.contains(stripe),
        loose: &packs.loose,
        remains: &packs.doomed,
        total: packs.total,
        pack_size: config.pack_size,
        k: config.k,
        m: config.m,
    };
    let plan = plan(&facts, options);
    let candidates = plan.delete.iter().chain(&plan.repack).copied().collect();
    if plan.bytes_copied > 0 && repo.wants_plan(monitor) {
        let leaving = plan.doomed.iter().chain(&plan.repack).copied().collect();
        let reads = repo.reads_of_copies(needed, &leaving)?;
        monitor.event(Event::Plan(ReadPlan { is_dry_run: options.dry_run, ..reads }));
    }
    Ok((plan, candidates))
}

/// Whether a snapshot explains by itself that its backup stored what nothing refers to: it was interrupted.
fn is_wasteful(body: &[u8]) -> bool {
    decode_snapshot(body).is_ok_and(|snapshot| snapshot.partial)
}

impl Error {
    fn is_out_of_space(&self) -> bool {
        matches!(self, Error::Backend(error) if error.kind == ErrorKind::OutOfSpace)
    }
}
