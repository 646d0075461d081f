//! Check: does the repository hold what it promises?
use crate::error::Result;
use crate::monitor::Monitor;
use crate::repo::Repository;

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

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Harmless: leftovers of interrupted runs and the like.
    Note,
    /// Redundancy is reduced; all data can still be read.
    Repairable,
    /// Data is lost.
    Lost,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Finding {
    pub severity: Severity,
    pub object: String,
    pub message: String,
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
pub fn check(repo: &Repository, read: ReadData, monitor: &dyn Monitor) -> Result<CheckReport> {
    let _ = (repo, read, monitor);
    todo!()
}
