//! Check: does the repository hold what it promises?
mod damaged;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::BTreeSet;
use std::time::Duration;

pub use self::walk::DamagedSnapshot;
pub(in crate::ops) use self::walk::walk;
use crate::error::{Error, Result};
use crate::id::{PackId, SessionId};
use crate::monitor::{Event, Monitor, counted};
use crate::ops::prune::Walk;
pub use crate::repo::{Finding, Remedy, Severity};
use crate::repo::{Inspection, NeededBlobs, Repository};
use crate::world::random;

/// How much pack data is read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum ReadData {
    /// Structure only.
    #[default]
    No,
    /// All.
    All,
    /// Part `n` of `t`, from 1.
    Part {
        /// Which part.
        n: u32,
        /// Of how many.
        t: u32,
    },
    /// A random share in percent.
    Percent(f64),
    /// A random selection of so many bytes.
    Bytes(u64),
}

/// What a check does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckOptions {
    /// Only these snapshots are walked, and only packs that they need are read. Whether all packs and other objects are there is looked at in any case.
    pub snapshots: Option<BTreeSet<SessionId>>,
    /// Which packs are read.
    pub read: ReadData,
    /// Of these, only such as no check on this machine has found sound within this time.
    pub older_than: Option<Duration>,
    /// No further pack is read when the check has run so long; what is left is counted.
    pub max_duration: Option<Duration>,
    /// Directories and snapshots of which a copy is kept on this machine are not read from storage once more.
    pub with_cache: bool,
}

/// What was found.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct CheckReport {
    pub findings: Vec<Finding>,
    /// What mends it, in the order in which it is to be done.
    pub remedies: BTreeSet<Remedy>,
    /// Something lies about that a prune removes.
    pub prune_removes: bool,
    /// Snapshots that do not read in full.
    pub damaged_snapshots: Vec<DamagedSnapshot>,
    pub snapshots: u64,
    pub trees: u64,
    pub blobs: u64,
    pub stripes: u64,
    pub packs: u64,
    pub packs_read: u64,
    pub bytes_read: u64,
    /// Packs that were not read although they were chosen: there was no time left.
    pub packs_left: u64,
    pub bytes_left: u64,
    /// Packs that were left out because they were verified not long ago.
    pub packs_recent: u64,
    /// Packs that were read because an earlier check on this machine found them damaged.
    pub packs_suspected: u64,
    /// Whether it is remembered which packs were read: not without a cache folder.
    pub remembered: bool,
    /// Snapshot short id and path of entries that are lost in full or in part, at most 1,000 of them; `damaged_snapshots` counts all.
    pub lost_files: Vec<(String, Vec<u8>)>,
}

/// Looks, and changes nothing in the repository. As [`check_with`], with nothing but the choice of packs.
pub fn check(repo: &Repository, read: ReadData, monitor: &dyn Monitor) -> Result<CheckReport> {
    check_with(repo, &CheckOptions { read, ..CheckOptions::default() }, monitor)
}

/// Looks, and changes nothing in the repository.
///
/// Reads all objects but packs, and all tree blobs that snapshots use; packs as the options say, those first that were not verified for
/// the longest time. Packs of stripes in which something is missing are read in any case, to tell whether parity can bring it back, and so
/// are packs that were damaged when a check on this machine read them last. Which packs were sound and which damaged is remembered in the
/// cache folder, also if the monitor asks to stop. Of several locations all are compared with the primary: which of the objects that all should have they lack,
/// and, if packs are read, whether they are the same.
pub fn check_with(repo: &Repository, options: &CheckOptions, monitor: &dyn Monitor) -> Result<CheckReport> {
    let until = options.max_duration.map(|duration| repo.world().elapsed().saturating_add(duration));
    match options.with_cache {
        true => repo.read_from_primary_only(),
        false => repo.read_from_storage_only(),
    }
    let mut inspection = Inspection::begin(repo, options.read != ReadData::No, monitor)?;
    inspection.structure(monitor)?;
    let mut packs_recent = 0;
    let mut selected = Vec::new();
    if options.read != ReadData::No {
        let wanted = match &options.snapshots {
            Some(chosen) => needed_by(repo, &inspection, chosen, monitor)?,
            None => inspection.packs.keys().copied().collect(),
        };
        let all = wanted.len();
        let due = due(repo, wanted, options.older_than);
        packs_recent = (all - due.len()) as u64;
        selected = select(repo, &inspection, due, options.read)?;
    }
    let packs_suspected = suspect(repo, &inspection, &mut selected);
    if !selected.is_empty() || options.read != ReadData::No {
        let chosen = selected.len() as u64;
        announce(repo, &inspection, &selected, options, monitor)?;
        inspection.read_packs(selected, until, monitor)?;
        // They come first.
        let unread = packs_suspected.saturating_sub(chosen.saturating_sub(inspection.packs_left));
        if unread > 0 {
            inspection.advise(Remedy::Packs);
            let message = format!(
                "found damaged by an earlier check, and not read now, for the time was up: {}",
                counted(unread, "pack")
            );
            inspection.find(Severity::Repairable, "packs", message);
        }
    }
    inspection.settle(monitor)?;
    let mut walked = walk(repo, &mut inspection, options.snapshots.as_ref(), monitor)?;
    damaged::conclude(repo, &mut inspection, &mut walked.damaged, monitor)?;
    inspection.conclude(monitor)?;
    let mut findings = inspection.findings;
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Ok(CheckReport {
        findings,
        remedies: inspection.remedies,
        prune_removes: inspection.prune_removes,
        damaged_snapshots: walked.damaged,
        snapshots: walked.snapshots,
        trees: walked.trees,
        blobs: repo.blob_places(),
        stripes: inspection.stripes,
        packs: inspection.packs.len() as u64,
        packs_read: inspection.packs_read,
        bytes_read: inspection.bytes_read,
        packs_left: inspection.packs_left,
        bytes_left: inspection.bytes_left,
        packs_recent,
        packs_suspected,
        remembered: repo.verified().is_kept(),
        lost_files: walked.lost_files,
    })
}

/// Tells what the packs and the trees of snapshots will take.
fn announce(
    repo: &Repository,
    inspection: &Inspection<'_>,
    selected: &[PackId],
    options: &CheckOptions,
    monitor: &dyn Monitor,
) -> Result<()> {
    if repo.wants_plan(monitor) {
        let mut plan = repo.reads_of_trees()?;
        let length = |pack: &PackId| inspection.packs.get(pack).map_or(0, |(length, _)| u64::from(*length));
        selected.iter().for_each(|pack| plan.add(length(pack)));
        plan.is_at_most = options.max_duration.is_some();
        monitor.event(Event::Plan(plan));
    }
    Ok(())
}

/// Packs in which something is that snapshots need, with the bases of deltas.
fn needed_by(
    repo: &Repository,
    inspection: &Inspection<'_>,
    chosen: &BTreeSet<SessionId>,
    monitor: &dyn Monitor,
) -> Result<Vec<PackId>> {
    let mut catalog = inspection.catalog.clone();
    catalog.decisions.retain(|sid, _| chosen.contains(sid));
    let mut walk = Walk::of_what_reads(repo, monitor);
    let packs = repo.packs_with(walk.update(&catalog, &|| Ok(()))?)?;
    Ok(packs.into_iter().filter(|pack| inspection.packs.contains_key(pack)).collect())
}

/// Those of `packs` that were not found sound within this time.
fn due(repo: &Repository, packs: Vec<PackId>, older_than: Option<Duration>) -> Vec<PackId> {
    let Some(age) = older_than else { return packs };
    let verified = repo.verified();
    let limit = repo.world().now().secs.saturating_sub(i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
    // A time that has not come yet says that some clock is wrong.
    let now = repo.world().now().secs;
    let packs = packs.into_iter();
    packs
        .filter(|pack| {
            let when = i64::from(verified.when(pack));
            when <= limit || when > now
        })
        .collect()
}

/// Adds the packs that were damaged when they were last read; returns how many there are.
fn suspect(repo: &Repository, inspection: &Inspection<'_>, selected: &mut Vec<PackId>) -> u64 {
    let verified = repo.verified();
    let suspects: BTreeSet<PackId> =
        inspection.packs.keys().copied().filter(|pack| verified.was_damaged(pack)).collect();
    selected.retain(|pack| !suspects.contains(pack));
    selected.extend(&suspects);
    suspects.len() as u64
}

/// Those of `packs` that are to be read.
fn select(
    repo: &Repository,
    inspection: &Inspection<'_>,
    mut packs: Vec<PackId>,
    read: ReadData,
) -> Result<Vec<PackId>> {
    let length = |id: &PackId| inspection.packs.get(id).map_or(0, |(length, _)| u64::from(*length));
    let total: u64 = packs.iter().map(length).sum();
    let bytes = match read {
        ReadData::No => return Ok(Vec::new()),
        ReadData::All => return Ok(packs),
        ReadData::Part { n, t } => {
            if n == 0 || n > t {
                return Err(Error::Invalid(format!("There is no part {n} of {t}")));
            }
            packs.retain(|id| number(id.as_bytes()) % u64::from(t) == u64::from(n - 1));
            return Ok(packs);
        }
        ReadData::Percent(share) if share > 0.0 && share <= 100.0 => (total as f64 * share / 100.0).ceil() as u64,
        ReadData::Percent(share) => return Err(Error::Invalid(format!("{share} is no share in percent"))),
        ReadData::Bytes(bytes) => bytes,
    };
    let key: [u8; 32] = random(repo.world());
    packs.sort_by_cached_key(|id| (number(blake3::keyed_hash(&key, id.as_bytes()).as_bytes()), *id));
    let mut left = bytes;
    packs.retain(|id| {
        let wanted = left > 0;
        left = left.saturating_sub(length(id));
        wanted
    });
    Ok(packs)
}

/// The first bytes as a number.
fn number(bytes: &[u8; 32]) -> u64 {
    bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}
