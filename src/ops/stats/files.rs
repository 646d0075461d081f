//! Files of snapshots, each content once.
use std::collections::HashSet;

use super::{Short, short};
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind};
use crate::model::{Content, ContentReader, Node, NodeType, TreeReader};
use crate::monitor::{Event, Monitor, Problem};
use crate::ops::snapshots::SnapshotInfo;
use crate::ops::trees::{ReadTrees, is_fatal};
use crate::repo::Repository;

/// What is counted of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilesBy {
    /// Files and their sizes.
    Contents,
    /// The blobs of each of them, once for a path.
    BlobsPerFile,
}

/// See above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct FileStats {
    pub snapshots: u64,
    pub files: u64,
    pub bytes: u64,
    /// References to blobs; 0 where only contents are counted. What is stored in a directory itself is in no blob.
    pub blobs: u64,
}

/// Walks the trees of the given snapshots, each distinct directory once. Memory: 16 bytes and some for each distinct content, directory, and reference
/// to a blob. What cannot be read is a problem for the monitor and is not counted.
pub fn files(repo: &Repository, snapshots: &[SnapshotInfo], by: FilesBy, monitor: &dyn Monitor) -> Result<FileStats> {
    repo.load_index(monitor)?;
    let store = ReadTrees { repo, monitor };
    let stats = FileStats { snapshots: snapshots.len() as u64, ..FileStats::default() };
    let mut count =
        Count { store: &store, by, stats, contents: HashSet::new(), paths: HashSet::new(), references: HashSet::new() };
    let mut known: HashSet<Short> = HashSet::new();
    monitor.event(Event::Phase("Reading snapshots"));
    monitor.event(Event::Total { items: snapshots.len() as u64, bytes: 0, complete: true });
    for info in snapshots {
        let item = ObjectName::Snapshot(info.id).to_string();
        let problem = |error: Error| {
            monitor.event(Event::Problem(&Problem { item: item.clone(), message: error.to_string() }));
            if is_fatal(&error) { Err(error) } else { Ok(()) }
        };
        if info.snapshot.root.is_none() {
            problem(Error::damaged("The snapshot", "it has no tree"))?;
        }
        let mut path = Vec::new();
        let mut open: Vec<(TreeReader<'_>, usize)> = Vec::new();
        let fresh = info.snapshot.root.filter(|root| known.insert(short(root)));
        open.extend(fresh.map(|root| (TreeReader::new(&store, root), 0)));
        while let Some((reader, length)) = open.last_mut() {
            path.truncate(*length);
            match reader.next() {
                None => {
                    open.pop();
                    if monitor.stop() {
                        return Err(Error::Stopped { checkpoint: None });
                    }
                }
                Some(Err(error)) => problem(error)?,
                Some(Ok(node)) => {
                    path.push(b'/');
                    path.extend_from_slice(&node.name);
                    count.node(&node, &path).or_else(problem)?;
                    let below = node.subtree.filter(|id| known.insert(short(id)));
                    open.extend(below.map(|id| (TreeReader::new(&store, id), path.len())));
                }
            }
        }
        monitor.event(Event::Progress { items: 1, bytes: 0 });
    }
    Ok(count.stats)
}

struct Count<'a> {
    store: &'a ReadTrees<'a>,
    by: FilesBy,
    stats: FileStats,
    contents: HashSet<Short>,
    paths: HashSet<Short>,
    references: HashSet<Short>,
}

fn digest(parts: &[&[u8]]) -> Short {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    short(&BlobId(*hasher.finalize().as_bytes()))
}

impl Count<'_> {
    fn node(&mut self, node: &Node, path: &[u8]) -> Result<()> {
        if node.kind != NodeType::File {
            return Ok(());
        }
        let content = match &node.content {
            Content::Empty => digest(&[b"e"]),
            Content::Inline(bytes) => digest(&[b"i", bytes]),
            Content::Blobs(ids) => {
                let ids: Vec<u8> = ids.iter().flat_map(|id| id.0).collect();
                digest(&[b"b", &ids])
            }
            Content::List { id, .. } => digest(&[b"l", id.as_bytes()]),
        };
        if !self.contents.insert(content) {
            return Ok(());
        }
        if self.by == FilesBy::Contents {
            self.stats.files += 1;
            self.stats.bytes = self.stats.bytes.saturating_add(node.size);
            return Ok(());
        }
        let path = digest(&[path]);
        if node.content != Content::Empty && self.paths.insert(path) {
            self.stats.files += 1;
        }
        if let Content::Inline(bytes) = &node.content {
            self.stats.bytes += bytes.len() as u64;
        }
        for id in ContentReader::new(self.store, &node.content) {
            let id = id?;
            if !self.references.insert(digest(&[&path, id.as_bytes()])) {
                continue;
            }
            let len = self.store.repo.blob_length(BlobKind::Data, &id).ok_or(Error::BlobNotFound { id })?;
            self.stats.blobs += 1;
            self.stats.bytes += u64::from(len);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::{Recorder, Silent};
    use crate::ops::testing::{TestRepo, noise};

    #[test]
    fn contents_count_once_and_blobs_once_for_a_path() {
        let test = TestRepo::new();
        test.file("a", &noise(1, 200_000));
        test.file("copy of a", &noise(1, 200_000));
        test.file("small", b"small");
        test.file("other small", b"small");
        test.file("empty", b"");
        test.backup();
        let first = test.snapshots();
        let count = |list: &[SnapshotInfo], by| files(&test.repo, list, by, &Silent).unwrap();
        let one = count(&first, FilesBy::Contents);
        assert_eq!(one, FileStats { snapshots: 1, files: 3, bytes: 200_005, blobs: 0 });
        let blobs = count(&first, FilesBy::BlobsPerFile);
        assert_eq!((blobs.files, blobs.bytes), (2, 200_005));
        assert!(blobs.blobs > 2, "{blobs:?}");
        // A version that has most blobs of the one before at the same path.
        let mut changed = noise(1, 200_000);
        changed[100_000] ^= 1;
        test.file("a", &changed);
        test.backup();
        let both = test.snapshots();
        assert_eq!(count(&both, FilesBy::Contents), FileStats { snapshots: 2, files: 4, bytes: 400_005, blobs: 0 });
        let more = count(&both, FilesBy::BlobsPerFile);
        assert!(more.files == 2 && more.bytes > 200_005 && more.bytes < 340_000, "{more:?}");
    }

    #[test]
    fn what_cannot_be_read_is_a_problem() {
        let test = TestRepo::new();
        test.file("a", b"a");
        test.backup();
        let mut list = test.snapshots();
        list[0].snapshot.root = Some(BlobId([1; 32]));
        let recorder = Recorder::default();
        let stats = files(&test.repo, &list, FilesBy::Contents, &recorder).unwrap();
        assert_eq!((stats.files, recorder.problems().len()), (0, 1));
        recorder.request_stop();
        assert!(files(&test.repo, &test.snapshots(), FilesBy::Contents, &recorder).is_err());
    }
}
