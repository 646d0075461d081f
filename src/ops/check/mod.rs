//! Check: does the repository hold what it promises?
mod walk;

use std::collections::HashSet;

use self::walk::walk;
use crate::error::{Error, Result};
use crate::id::PackId;
use crate::monitor::Monitor;
pub use crate::repo::{Finding, Severity};
use crate::repo::{Inspection, Repository};
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

/// What was found.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct CheckReport {
    pub findings: Vec<Finding>,
    pub snapshots: u64,
    pub trees: u64,
    pub blobs: u64,
    pub stripes: u64,
    pub packs: u64,
    pub packs_read: u64,
    pub bytes_read: u64,
    /// Snapshot short id and path of files with lost content, at most 1,000 of them.
    pub lost_files: Vec<(String, Vec<u8>)>,
}

/// Looks, and changes nothing.
///
/// Reads all objects but packs, and all tree blobs that snapshots use; packs as `read` says. Packs of stripes in which something is
/// missing are read in any case, to tell whether parity can bring it back.
pub fn check(repo: &Repository, read: ReadData, monitor: &dyn Monitor) -> Result<CheckReport> {
    let mut inspection = Inspection::begin(repo, monitor)?;
    inspection.structure(monitor)?;
    if let Some(selected) = select(repo, &inspection, read)? {
        inspection.read_packs(&|pack| selected.as_ref().is_none_or(|packs| packs.contains(pack)), monitor)?;
    }
    inspection.settle(monitor)?;
    let walked = walk(repo, &mut inspection, monitor)?;
    inspection.conclude();
    let mut findings = inspection.findings;
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Ok(CheckReport {
        findings,
        snapshots: walked.snapshots,
        trees: walked.trees,
        blobs: repo.blob_places(),
        stripes: inspection.stripes,
        packs: inspection.packs.len() as u64,
        packs_read: inspection.packs_read,
        bytes_read: inspection.bytes_read,
        lost_files: walked.lost_files,
    })
}

/// Which packs are to be read: `None` none, `Some(None)` all.
fn select(repo: &Repository, inspection: &Inspection<'_>, read: ReadData) -> Result<Option<Option<HashSet<PackId>>>> {
    let total: u64 = inspection.packs.values().map(|len| u64::from(*len)).sum();
    let bytes = match read {
        ReadData::No => return Ok(None),
        ReadData::All => return Ok(Some(None)),
        ReadData::Part { n, t } => {
            if n == 0 || n > t {
                return Err(Error::Invalid(format!("There is no part {n} of {t}")));
            }
            let in_part = |id: &PackId| number(id.as_bytes()) % u64::from(t) == u64::from(n - 1);
            return Ok(Some(Some(inspection.packs.keys().copied().filter(in_part).collect())));
        }
        ReadData::Percent(share) if share > 0.0 && share <= 100.0 => (total as f64 * share / 100.0).ceil() as u64,
        ReadData::Percent(share) => return Err(Error::Invalid(format!("{share} is no share in percent"))),
        ReadData::Bytes(bytes) => bytes,
    };
    let key: [u8; 32] = random(repo.world());
    let mut order: Vec<(u64, PackId, u32)> = (inspection.packs.iter())
        .map(|(id, len)| (number(blake3::keyed_hash(&key, id.as_bytes()).as_bytes()), *id, *len))
        .collect();
    order.sort_unstable();
    let mut left = bytes;
    let chosen = order.into_iter().map_while(|(_, id, len)| {
        let wanted = left > 0;
        left = left.saturating_sub(len.into());
        wanted.then_some(id)
    });
    Ok(Some(Some(chosen.collect())))
}

/// The first bytes as a number.
fn number(bytes: &[u8; 32]) -> u64 {
    bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}
