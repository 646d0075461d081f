//! Statistics of a repository and of snapshots.
mod files;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

pub use self::files::{FileStats, FilesBy, files};
use super::trees::ReadTrees;
use crate::backend::{Family, ObjectName};
use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind};
use crate::model::{Content, Node, NodeType, Tree, TreeReader, TreeStore, XattrValue, decode_tree};
use crate::monitor::{Event, Monitor, Problem};
use crate::ops::snapshots::{SnapshotFilter, SnapshotInfo, from_catalog};
use crate::repo::{DeltaTotals, PackRole, Repository};

/// Sizes and counts.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct RepositoryStats {
    pub snapshots: u64,
    pub stripes: u64,
    pub data_packs: u64,
    pub parity_packs: u64,
    pub blobs: u64,
    pub frames: u64,
    /// Plaintext of all blobs.
    pub raw_bytes: u64,
    /// Frames as stored.
    pub frame_bytes: u64,
    /// The delta frames among them.
    pub deltas: DeltaTotals,
    /// Data packs with padding and directories.
    pub data_bytes: u64,
    pub parity_bytes: u64,
    pub index_bytes: u64,
    /// Everything else.
    pub other_bytes: u64,
}

/// What snapshots hold.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct SnapshotStats {
    pub snapshots: u64,
    pub files: u64,
    /// As if restored: every snapshot counts, hard links once.
    pub restore_bytes: u64,
    /// Distinct blobs that they use.
    pub blobs: u64,
    /// Plaintext of those.
    pub blob_bytes: u64,
    /// Their part of the frames that hold them.
    pub stored_bytes: u64,
}

/// From the listings and the index alone.
///
/// A blob, and its frame, that is stored in several places counts as often. Packs that no index object names are among
/// `other_bytes`.
pub fn repository(repo: &Repository, monitor: &dyn Monitor) -> Result<RepositoryStats> {
    let (catalog, _) = repo.load_index(monitor)?;
    let totals = repo.index_totals(monitor)?;
    let mut stats = RepositoryStats {
        snapshots: from_catalog(&catalog, &SnapshotFilter::default(), monitor).len() as u64,
        stripes: totals.stripes,
        blobs: totals.blobs,
        frames: totals.frames,
        raw_bytes: totals.raw_bytes,
        frame_bytes: totals.frame_bytes,
        deltas: totals.deltas,
        ..RepositoryStats::default()
    };
    for family in Family::ALL {
        for listed in repo.backend().list(family)? {
            let bytes = match listed.name {
                ObjectName::Pack(pack) => match totals.role(&pack) {
                    Some(PackRole::Data) => {
                        stats.data_packs += 1;
                        &mut stats.data_bytes
                    }
                    Some(PackRole::Parity) => {
                        stats.parity_packs += 1;
                        &mut stats.parity_bytes
                    }
                    None => &mut stats.other_bytes,
                },
                ObjectName::Index(..) => &mut stats.index_bytes,
                _ => &mut stats.other_bytes,
            };
            *bytes += listed.size;
        }
    }
    Ok(stats)
}

/// Walks the trees of the given snapshots, each distinct directory once, except that those with hard links beneath them are
/// walked once for each snapshot.
///
/// Reads no file content. Memory: 16 bytes and some for each distinct blob, and a little more for each directory. What cannot be
/// read is a problem for the monitor and is not counted.
pub fn snapshots(repo: &Repository, snapshots: &[SnapshotInfo], monitor: &dyn Monitor) -> Result<SnapshotStats> {
    repo.load_index(monitor)?;
    let used = Used { trees: ReadTrees { repo, monitor }, sums: Mutex::default() };
    let counter = Counter { used: &used, known: RefCell::default() };
    monitor.event(Event::Phase("Reading snapshots"));
    monitor.event(Event::Total { items: snapshots.len() as u64, bytes: 0, complete: true });
    let mut stats = SnapshotStats { snapshots: snapshots.len() as u64, ..SnapshotStats::default() };
    for info in snapshots {
        let item = ObjectName::Snapshot(info.id).to_string();
        match info.snapshot.root {
            Some(root) => {
                let sum = counter.count(root, &item)?;
                stats.files = stats.files.saturating_add(sum.files);
                stats.restore_bytes = stats.restore_bytes.saturating_add(sum.bytes);
            }
            None => used.problem(item, "it has no tree".to_owned()),
        }
        monitor.event(Event::Progress { items: 1, bytes: 0 });
    }
    let sums = used.sums.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    (stats.blobs, stats.blob_bytes, stats.stored_bytes) = (sums.blobs.len() as u64, sums.bytes, sums.stored);
    Ok(stats)
}

/// Enough of an id to tell blobs apart, at half the memory.
type Short = [u8; 16];

fn short(id: &BlobId) -> Short {
    id.0.first_chunk().copied().expect("an id has more than 16 bytes")
}

/// The blobs that were seen; trees are seen when they are loaded.
struct Used<'a> {
    trees: ReadTrees<'a>,
    sums: Mutex<UsedSums>,
}

#[derive(Default)]
struct UsedSums {
    blobs: HashSet<Short>,
    bytes: u64,
    stored: u64,
}

impl Used<'_> {
    fn problem(&self, item: String, message: String) {
        self.trees.monitor.event(Event::Problem(&Problem { item, message }));
    }

    /// Counts a blob the first time.
    fn insert(&self, id: &BlobId, kind: BlobKind) -> Result<()> {
        let mut sums = self.sums.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !sums.blobs.insert(short(id)) {
            return Ok(());
        }
        match self.trees.repo.places(id)?.first().filter(|place| place.tag.kind == kind) {
            Some(place) => {
                sums.bytes += u64::from(place.len);
                sums.stored += u64::from(place.stored_len) * u64::from(place.len) / u64::from(place.raw_len.max(1));
            }
            None => self.problem(format!("Blob {id}"), "it is in no index".to_owned()),
        }
        Ok(())
    }

    /// What a content list names, each list once however often it is named.
    fn list(&self, root: BlobId, height: u8, item: &str) -> Result<()> {
        let mut lists = vec![(root, height)];
        while let Some((id, height)) = lists.pop() {
            if self.sums.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).blobs.contains(&short(&id)) {
                continue;
            }
            let decoded = self.load_tree(&id).and_then(|bytes| match decode_tree(&bytes) {
                Ok(Tree::List { height: found, ids }) if found == height => Ok(ids),
                Ok(_) => Err(Error::damaged(format!("Tree {id}"), "It is not the content list that belongs here")),
                Err(cause) => Err(Error::damaged(format!("Tree {id}"), cause)),
            });
            match decoded {
                Ok(ids) => match height.checked_sub(1) {
                    None => ids.iter().try_for_each(|id| self.data(id))?,
                    Some(below) => lists.extend(ids.into_iter().map(|id| (id, below))),
                },
                Err(error) => {
                    self.problem(item.to_owned(), error.to_string());
                    check_fatal(error)?;
                }
            }
        }
        Ok(())
    }

    fn data(&self, id: &BlobId) -> Result<()> {
        self.insert(id, BlobKind::Data)
    }
}

impl TreeStore for Used<'_> {
    fn save_tree(&self, bytes: Vec<u8>) -> Result<BlobId> {
        self.trees.save_tree(bytes)
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        let bytes = self.trees.load_tree(id)?;
        self.insert(id, BlobKind::Tree)?;
        Ok(bytes)
    }
}

/// Of everything in and beneath a directory.
#[derive(Clone, Copy, Default)]
struct Sum {
    files: u64,
    bytes: u64,
    /// Files with several names are among them.
    linked: bool,
}

impl Sum {
    fn add(&mut self, other: Sum) {
        // Trees that name one another say more than numbers can.
        self.files = self.files.saturating_add(other.files);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.linked |= other.linked;
    }
}

struct Counter<'a> {
    used: &'a Used<'a>,
    /// Directories without hard links beneath them.
    known: RefCell<HashMap<Short, Sum>>,
}

struct Open<'a> {
    id: BlobId,
    reader: TreeReader<'a>,
    sum: Sum,
}

impl<'a> Counter<'a> {
    /// One snapshot.
    fn count(&self, root: BlobId, item: &str) -> Result<Sum> {
        let open = |id| Open { id, reader: TreeReader::new(self.used, id), sum: Sum::default() };
        let mut links = HashSet::new();
        // Not by recursion: trees may be deeper than the stack of a thread.
        let mut stack: Vec<Open<'a>> = Vec::new();
        let mut done = match self.known.borrow().get(&short(&root)) {
            Some(sum) => return Ok(*sum),
            None => Sum::default(),
        };
        stack.push(open(root));
        while let Some(top) = stack.last_mut() {
            match top.reader.next() {
                Some(Ok(node)) => {
                    let own = self.node(&node, &mut links, item)?;
                    top.sum.add(own);
                    let known = node.subtree.and_then(|id| self.known.borrow().get(&short(&id)).copied());
                    match (known, node.subtree) {
                        (Some(sum), _) => top.sum.add(sum),
                        (None, Some(id)) => stack.push(open(id)),
                        (None, None) => {}
                    }
                }
                Some(Err(error)) => {
                    self.used.problem(item.to_owned(), error.to_string());
                    check_fatal(error)?;
                }
                None => {
                    let (id, sum) = (top.id, top.sum);
                    stack.pop();
                    if !sum.linked {
                        self.known.borrow_mut().insert(short(&id), sum);
                    }
                    stack.last_mut().map_or(&mut done, |above| &mut above.sum).add(sum);
                    if self.used.trees.monitor.stop() {
                        return Err(Error::Stopped { checkpoint: None });
                    }
                }
            }
        }
        Ok(done)
    }

    fn node(&self, node: &Node, links: &mut HashSet<(u64, u64)>, item: &str) -> Result<Sum> {
        for (_, value) in &node.xattrs {
            if let XattrValue::Blobs(ids) = value {
                ids.iter().try_for_each(|id| self.used.data(id))?;
            }
        }
        if node.kind != NodeType::File {
            return Ok(Sum::default());
        }
        match &node.content {
            Content::Blobs(ids) => ids.iter().try_for_each(|id| self.used.data(id))?,
            Content::List { height, id } => self.used.list(*id, *height, item)?,
            Content::Empty | Content::Inline(_) => {}
        }
        let linked = node.links > 1;
        let first = !linked || links.insert((node.device, node.inode));
        Ok(Sum { files: 1, bytes: if first { node.size } else { 0 }, linked })
    }
}

/// Damage to one tree leaves the others countable; storage that fails does not.
fn check_fatal(error: Error) -> Result<()> {
    match error {
        Error::Damaged { .. } | Error::BlobNotFound { .. } | Error::BlobLost { .. } => Ok(()),
        error => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::{Recorder, Silent};
    use crate::ops::testing::{TestRepo, noise};

    #[test]
    fn a_repository_is_counted() {
        let test = TestRepo::new();
        let empty = repository(&test.repo, &Silent).unwrap();
        assert_eq!((empty.snapshots, empty.blobs, empty.data_packs, empty.index_bytes), (0, 0, 0, 0));
        test.file("big", &noise(1, 700_000));
        test.backup();
        test.backup();
        let stats = repository(&test.repo, &Silent).unwrap();
        assert_eq!(stats.snapshots, 2);
        assert!(stats.data_packs >= 3 && stats.parity_packs >= 1 && stats.stripes >= 1, "{stats:?}");
        assert!(stats.raw_bytes > 700_000 && stats.frame_bytes > 700_000 && stats.data_bytes > stats.frame_bytes);
        assert!(stats.parity_bytes >= 64 << 10 && stats.blobs > stats.frames && stats.frames > 1, "{stats:?}");
        let total: u64 = test.backend.snapshot_contents().values().map(|bytes| bytes.len() as u64).sum();
        assert_eq!(stats.data_bytes + stats.parity_bytes + stats.index_bytes + stats.other_bytes, total);
    }

    #[test]
    fn deltas_are_counted_with_what_they_save() {
        let test = TestRepo::new();
        test.file("big", &noise(1, 700_000));
        test.backup();
        let before = repository(&test.repo, &Silent).unwrap();
        assert_eq!(before.deltas, DeltaTotals::default());
        let mut changed = noise(1, 700_000);
        (0..8).for_each(|part| changed[part * 80_000] ^= 1);
        test.file("big", &changed);
        test.backup();
        let after = repository(&test.repo, &Silent).unwrap();
        let DeltaTotals { frames, raw_bytes, frame_bytes, full_bytes } = after.deltas;
        assert!(frames >= 1 && frames <= after.frames - before.frames, "{after:?}");
        assert!(raw_bytes > 8 * 4096 && raw_bytes <= after.raw_bytes - before.raw_bytes, "{after:?}");
        assert!(frame_bytes * 4 < full_bytes && frame_bytes <= after.frame_bytes - before.frame_bytes, "{after:?}");
        // The content does not compress; trees do.
        assert!(full_bytes > raw_bytes * 9 / 10 && full_bytes < raw_bytes * 11 / 10, "{after:?}");
    }

    #[test]
    fn snapshots_are_counted_with_links_once_and_blobs_once() {
        let test = TestRepo::new();
        test.file("dir/big", &noise(2, 200_000));
        test.file("dir/small", b"tiny");
        test.file("other/x", b"x");
        std::fs::hard_link(test.source.path().join("dir/big"), test.source.path().join("other/link")).unwrap();
        test.backup();
        let one = snapshots(&test.repo, &test.snapshots(), &Silent).unwrap();
        assert_eq!((one.snapshots, one.files, one.restore_bytes), (1, 4, 200_000 + 4 + 1));
        assert!(one.blob_bytes > 200_000 && one.blob_bytes < 210_000 && one.blobs > 5, "{one:?}");
        assert!(one.stored_bytes > 200_000 && one.stored_bytes < one.blob_bytes, "{one:?}");
        // Not a second backup, which would find another time on the folder for temporary files above the source.
        let list = [test.snapshots(), test.snapshots()].concat();
        let both = snapshots(&test.repo, &list, &Silent).unwrap();
        assert_eq!((both.snapshots, both.files, both.restore_bytes), (2, 8, 2 * 200_005));
        assert_eq!((both.blobs, both.blob_bytes), (one.blobs, one.blob_bytes));
    }

    #[test]
    fn what_cannot_be_read_is_a_problem() {
        let test = TestRepo::new();
        test.file("a", b"a");
        test.backup();
        let mut list = test.snapshots();
        list[0].snapshot.root = Some(BlobId([1; 32]));
        let recorder = Recorder::default();
        let stats = snapshots(&test.repo, &list, &recorder).unwrap();
        assert_eq!((stats.files, stats.blobs), (0, 0));
        assert_eq!(recorder.problems().len(), 1);
        recorder.request_stop();
        assert!(matches!(
            snapshots(&test.repo, &test.snapshots(), &recorder),
            Err(Error::Stopped { checkpoint: None })
        ));
    }
}
