//! Finding entries, blobs, trees and packs in many snapshots.
//!
//! A directory that several snapshots have in common is read once: what was found in it and beneath it is kept and told again.
mod objects;
mod walk;

#[cfg(test)]
mod tests;

pub use self::objects::{ObjectKind, Objects};
use self::walk::Walk;
use crate::error::Result;
use crate::fs::source::PathPatterns;
use crate::id::{BlobId, BlobKind};
use crate::model::{Node, NodeType};
use crate::monitor::{Event, Monitor};
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::Repository;
use crate::world::Time;

/// What the size of a file is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeTest {
    /// More bytes than this.
    Above(u64),
    /// Fewer bytes than this.
    Below(u64),
    /// Exactly so many.
    Exactly(u64),
}

impl SizeTest {
    /// Whether a size passes.
    pub fn holds(self, size: u64) -> bool {
        match self {
            SizeTest::Above(limit) => size > limit,
            SizeTest::Below(limit) => size < limit,
            SizeTest::Exactly(exact) => size == exact,
        }
    }
}

/// Entries that are looked for: all of it must hold.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Entries {
    pub patterns: PathPatterns,
    /// Empty: all.
    pub kinds: Vec<NodeType>,
    /// If there is one, only files match.
    pub sizes: Vec<SizeTest>,
    /// Modified then or later.
    pub oldest: Option<Time>,
    /// Modified then or before.
    pub newest: Option<Time>,
}

impl Entries {
    fn fit(&self, node: &Node) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&node.kind))
            && (self.sizes.is_empty()
                || node.kind == NodeType::File && self.sizes.iter().all(|test| test.holds(node.size)))
            && self.oldest.is_none_or(|oldest| node.mtime >= oldest)
            && self.newest.is_none_or(|newest| node.mtime <= newest)
    }
}

/// What is looked for.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// Files, directories and others.
    Entries(Entries),
    /// Where blobs are used.
    Objects(Objects),
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// An entry; without what of it can be long: content, attributes, holes.
    Entry(Box<Node>),
    /// A blob that is part of a file (or of its attributes), or a tree that is a directory, a piece of one, or a file's list of blobs.
    Object {
        /// Tree or data.
        kind: BlobKind,
        /// Its id.
        id: BlobId,
        /// Of the directory that has the file; none for directories themselves.
        parent: Option<BlobId>,
    },
}

/// What the search cost, and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FindReport {
    /// Calls of `each`.
    pub hits: u64,
    /// Directories that were read.
    pub directories_read: u64,
    /// Directories that were met again and not read.
    pub directories_known: u64,
}

/// Takes the number of a snapshot, a path and what was found.
pub type EachFound<'a> = dyn FnMut(usize, &[u8], &Found) -> Result<()> + 'a;

/// Calls `each` with the number of the snapshot in `snapshots`, the path and what was found, snapshot by snapshot, depth first in order of names.
/// Paths begin with a slash; that of the root is a slash. The index must be loaded.
///
/// What cannot be read is a problem for the monitor; an error of `each` ends the search. Memory: some 50 bytes for each distinct directory, and what
/// was found up to a million times; directories with more are read again for each snapshot.
pub fn find(
    repo: &Repository,
    snapshots: &[SnapshotInfo],
    wanted: &Wanted,
    each: &mut EachFound<'_>,
    monitor: &dyn Monitor,
) -> Result<FindReport> {
    monitor.event(Event::Phase("Searching snapshots"));
    monitor.event(Event::Total { items: snapshots.len() as u64, bytes: 0, complete: true });
    let store = walk::Store::new(repo, monitor);
    let mut walk = Walk::new(&store, wanted);
    for (number, info) in snapshots.iter().enumerate() {
        walk.snapshot(info, &mut |path, found| each(number, path, found))?;
        monitor.event(Event::Progress { items: 1, bytes: 0 });
    }
    Ok(walk.report)
}
