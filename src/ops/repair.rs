//! Repair: packs from parity, the index from packs, objects from their replicas.
use crate::error::Result;
use crate::id::{BlobId, PackId};
use crate::monitor::Monitor;
use crate::repo::Repository;

/// What is to be mended.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct RepairOptions {
    pub replicas: bool,
    pub index: bool,
    pub packs: bool,
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
    /// Packs that no index object named and that are indexed again.
    pub packs_indexed: u64,
    pub index_written: u64,
    /// Ids taken out of the index because nothing holds them any more; the next backup stores them again if it meets them.
    pub blobs_lost: Vec<BlobId>,
}

/// Mends what can be mended. Never removes anything that still reads.
pub fn repair(repo: &Repository, options: &RepairOptions, monitor: &dyn Monitor) -> Result<RepairReport> {
    let _ = (repo, options, monitor);
    todo!()
}
