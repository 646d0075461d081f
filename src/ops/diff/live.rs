//! A snapshot against a directory, or file, of this machine.
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::blobs::{Blobs, Side};
use super::{Diff, DiffReport, EachChange, Mark, Nodes, Part, sparse};
use crate::chunker::{ChunkBuffer, Chunker};
use crate::error::{Error, Result};
use crate::fs::source::{Event as Walked, Names, Place, Rules, SourceFile, Sources, Walk, WalkOptions};
use crate::id::BlobKind;
use crate::model::{ChangeDetection, Content, ContentReader, Node, NodeType, TreeReader, XattrValue};
use crate::monitor::{Event, Monitor};
use crate::ops::backup;
use crate::ops::trees::{entry, is_fatal};
use crate::repo::Repository;

/// Bytes read at once.
const WINDOW: usize = 4 << 20;

/// How a snapshot is compared with this machine.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct LiveOptions {
    pub metadata: bool,
    /// Read every file, not only those whose size, times or inode are others than in the snapshot.
    pub read_all: bool,
    /// Read no file: those are modified whose size differs.
    pub no_content: bool,
    /// What is left out on this machine.
    pub rules: Arc<Rules>,
    pub one_file_system: bool,
}

/// Tells how what is at `path` on this machine, which must be absolute, differs from the snapshot. Reads metadata of everything, and of files what
/// the options say: their bytes are cut and hashed as a backup would. Content is read from storage only for files whose holes are elsewhere now.
///
/// Of files that differ, blobs count as in [`super::diff`]; of files that are new here, their size.
pub fn diff_live(
    repo: &Repository,
    before: &Part,
    path: &Path,
    options: &LiveOptions,
    each: EachChange<'_>,
    monitor: &dyn Monitor,
) -> Result<DiffReport> {
    let blobs = Blobs::default();
    let old = Side::without_trees(repo, monitor, &blobs);
    let mut start = entry(&old, &before.info, &before.path)?;
    let (sources, first): (Sources, Peekable<Nodes<'_>>) = match (start.subtree, path.is_dir(), path.file_name()) {
        (Some(tree), true, _) => {
            (Sources::new(path, &[PathBuf::from(".")])?, super::nodes(Some(TreeReader::new(&old, tree))))
        }
        (None, false, Some(name)) => {
            use std::os::unix::ffi::OsStrExt;
            start.name = name.as_bytes().to_vec();
            let base = path.parent().unwrap_or(path);
            let alone: Nodes<'_> = Box::new(std::iter::once(Ok(start)));
            (Sources::new(base, &[PathBuf::from(name)])?, alone.peekable())
        }
        _ => {
            let cause = "one is a directory and the other is not".to_owned();
            let path = String::from_utf8_lossy(&before.path).into_owned();
            return Err(Error::PathNotFound { path, snapshot: before.info.id.short(), cause });
        }
    };
    monitor.event(Event::Phase("Comparing"));
    let names = Arc::new(Names::default());
    let walk = WalkOptions { one_file_system: options.one_file_system, ..WalkOptions::default() };
    let chunker = backup::run::chunker(repo)?;
    let buffer = ChunkBuffer::new(&chunker, WINDOW);
    let diff = Diff { monitor, metadata: options.metadata, report: DiffReport::default(), path: Vec::new(), each };
    let live = Walk::new(sources, options.rules.clone(), names.clone(), walk).peekable();
    let mut run = Live { repo, options, old: &old, blobs: &blobs, names, live, chunker, buffer, diff, new_bytes: 0 };
    run.all(first)?;
    let (mut report, new_bytes) = (run.diff.report, run.new_bytes);
    blobs.sum(repo, &mut report)?;
    report.added.bytes += new_bytes;
    Ok(report)
}

struct Live<'a, 'e> {
    repo: &'a Repository,
    options: &'a LiveOptions,
    old: &'a Side<'a>,
    blobs: &'a Blobs,
    names: Arc<Names>,
    live: Peekable<Walk>,
    chunker: Chunker,
    buffer: ChunkBuffer,
    diff: Diff<'e>,
    /// Of files that are not in the snapshot.
    new_bytes: u64,
}

/// A directory on the way down.
struct Level<'a> {
    before: Peekable<Nodes<'a>>,
    /// The walk is in it.
    is_live: bool,
    path: usize,
}

impl<'a> Live<'a, '_> {
    fn all(&mut self, first: Peekable<Nodes<'a>>) -> Result<()> {
        let mut stack = vec![Level { before: first, is_live: true, path: 0 }];
        while let Some(level) = stack.last_mut() {
            self.diff.path.truncate(level.path);
            if self.diff.monitor.stop() {
                return Err(Error::Stopped { checkpoint: None });
            }
            let live = if level.is_live { self.next_name() } else { None };
            let order = match (level.before.peek(), &live) {
                (Some(Err(_)), _) | (Some(_), None) => std::cmp::Ordering::Less,
                (Some(Ok(node)), Some(name)) => node.name.cmp(name),
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (None, None) => {
                    if level.is_live {
                        // Its end; the root has none.
                        self.live.next();
                    }
                    stack.pop();
                    continue;
                }
            };
            let before = if order.is_le() { level.before.next().transpose() } else { Ok(None) };
            let before = match before {
                Ok(before) => before,
                Err(error) if is_fatal(&error) => return Err(error),
                Err(error) => {
                    self.diff.problem(&error);
                    // What is there cannot be compared with what is not known.
                    if level.is_live {
                        self.skip();
                    }
                    stack.pop();
                    continue;
                }
            };
            let (after, place) = match order.is_ge().then(|| self.live.next()).flatten() {
                Some(Walked::Enter(node)) => (Some(node), None),
                Some(Walked::Entry(entry)) => (Some(entry.node), Some(entry.place)),
                _ => (None, None),
            };
            let enters = after.as_ref().is_some_and(|node| node.kind == NodeType::Directory);
            self.pair(before.as_ref(), after.as_ref(), place)?;
            let tree = before.and_then(|node| node.subtree);
            if enters || tree.is_some() {
                let before = super::nodes(tree.map(|id| TreeReader::new(self.old, id)));
                let path = self.diff.path.len();
                stack.push(Level { before, is_live: enters, path });
            }
        }
        Ok(())
    }

    /// The name of the next entry of the directory in which the walk is.
    fn next_name(&mut self) -> Option<Vec<u8>> {
        loop {
            match self.live.peek() {
                Some(Walked::Enter(node)) => return Some(node.name.clone()),
                Some(Walked::Entry(entry)) => return Some(entry.node.name.clone()),
                Some(Walked::Problem(problem)) => {
                    self.diff.monitor.event(Event::Problem(problem));
                    self.live.next();
                }
                Some(Walked::LeftOut(..)) => drop(self.live.next()),
                Some(Walked::Leave) | None => return None,
            }
        }
    }

    /// Leaves the directory in which the walk is.
    fn skip(&mut self) {
        let mut depth = 0_u64;
        for event in self.live.by_ref() {
            match event {
                Walked::Enter(_) => depth += 1,
                Walked::Leave if depth == 0 => return,
                Walked::Leave => depth -= 1,
                _ => {}
            }
        }
    }

    fn pair(&mut self, before: Option<&Node>, after: Option<&Node>, place: Option<Place>) -> Result<()> {
        let is_file = |node: &Node| node.kind == NodeType::File;
        let mark = match (before, after) {
            (Some(before), Some(after)) if before.kind == after.kind => {
                let modified = match place.filter(|_| is_file(after)) {
                    Some(place) => self.is_modified(before, after, &place)?,
                    None => (&before.target, before.rdev) != (&after.target, after.rdev),
                };
                match modified {
                    true if is_file(after) && before.same_metadata_as(after, ChangeDetection::default()) => {
                        Some(Mark::Suspicious)
                    }
                    true => Some(Mark::Modified),
                    false => (self.diff.metadata && self.differs(before, after)).then_some(Mark::Metadata),
                }
            }
            (Some(before), Some(after)) => {
                let noted = self.old.note(before, None);
                self.diff.noting(noted)?;
                self.new_bytes += if is_file(after) { after.size } else { 0 };
                Some(Mark::Kind)
            }
            (Some(before), None) => {
                let noted = self.old.note(before, None);
                self.diff.noting(noted)?;
                None
            }
            (None, Some(after)) => {
                self.new_bytes += if is_file(after) { after.size } else { 0 };
                None
            }
            (None, None) => None,
        };
        self.diff.tell(before, after, |_, _| mark)
    }

    /// What a restore brings back; times of change and inodes are others wherever a file is copied to.
    fn differs(&self, before: &Node, after: &Node) -> bool {
        let same_value = |a: &XattrValue, b: &XattrValue| match (a, b) {
            (XattrValue::Blobs(ids), XattrValue::Inline(bytes)) => {
                matches!(ids[..], [id] if id == self.repo.subkeys().blob_id(BlobKind::Data, bytes))
            }
            (a, b) => a == b,
        };
        let same_xattrs = before.xattrs.len() == after.xattrs.len()
            && before.xattrs.iter().zip(&after.xattrs).all(|(a, b)| a.0 == b.0 && same_value(&a.1, &b.1));
        (before.mode, before.uid, before.gid, before.mtime) != (after.mode, after.uid, after.gid, after.mtime)
            || !same_xattrs
    }

    fn is_modified(&mut self, before: &Node, after: &Node, place: &Place) -> Result<bool> {
        if self.options.no_content {
            return Ok(before.size != after.size);
        }
        if !self.options.read_all && before.same_metadata_as(after, ChangeDetection::default()) {
            return Ok(false);
        }
        let mut node = after.clone();
        let mut source = match SourceFile::open(place, &mut node, &self.names) {
            Ok(source) => source,
            Err(error) => {
                self.unreadable(after, &error);
                return Ok(before.size != after.size);
            }
        };
        if before.size == node.size && before.holes != node.holes {
            return match sparse::differs(self.repo, before, place, self.diff.monitor) {
                Err(error) if !is_fatal(&error) || matches!(error, Error::Local { .. }) => {
                    self.diff.problem(&error);
                    Ok(true)
                }
                other => other,
            };
        }
        let is_other = before.size != node.size;
        if let Content::Inline(bytes) = &before.content {
            return self.is_other_inline(bytes, is_other, after, &mut source);
        }
        match self.cut(before, &mut source) {
            Ok(differs) => Ok(differs || is_other),
            Err(Unread::Source(error)) => {
                self.unreadable(after, &error);
                Ok(is_other)
            }
            Err(Unread::Storage(error)) if is_fatal(&error) => Err(error),
            Err(Unread::Storage(error)) => {
                self.diff.problem(&error);
                Ok(true)
            }
        }
    }

    fn unreadable(&self, node: &Node, error: &std::io::Error) {
        let path = [&self.diff.path, &b"/"[..], &node.name].concat();
        let item = String::from_utf8_lossy(&path).into_owned();
        let message = format!("Could not read: {error}");
        self.diff.monitor.event(Event::Problem(&crate::monitor::Problem { item, message }));
    }

    /// Small files are in the node itself.
    fn is_other_inline(&mut self, bytes: &[u8], is_other: bool, after: &Node, source: &mut SourceFile) -> Result<bool> {
        if is_other {
            self.new_bytes += after.size;
            return Ok(true);
        }
        let mut read = vec![0; bytes.len() + 1];
        let mut len = 0;
        while len < read.len() {
            match source.read(&mut read[len..]) {
                Ok(0) => break,
                Ok(more) => len += more,
                Err(error) => {
                    self.unreadable(after, &error);
                    return Ok(false);
                }
            }
        }
        Ok(read[..len] != *bytes)
    }

    /// Whether the blobs of a file differ from those of its older version; if so, those of both are noted.
    fn cut(&mut self, before: &Node, source: &mut SourceFile) -> Result<bool, Unread> {
        let mut old = ContentReader::new(self.old, &before.content);
        let (mut same, mut differs) = (0_usize, false);
        self.buffer.restart();
        loop {
            let Some(chunk) = self.buffer.next_chunk(&self.chunker) else {
                if self.buffer.is_done() {
                    break;
                }
                let read = source.read(self.buffer.space()).map_err(Unread::Source)?;
                self.buffer.filled(read);
                self.diff.monitor.event(Event::Progress { items: 0, bytes: read as u64 });
                continue;
            };
            let id = self.repo.subkeys().blob_id(BlobKind::Data, chunk);
            let len = chunk.len() as u32;
            if !differs {
                match old.next().transpose().map_err(Unread::Storage)? {
                    Some(known) if known == id => {
                        same += 1;
                        continue;
                    }
                    known => {
                        differs = true;
                        // What was the same so far may come again further behind.
                        let first = ContentReader::new(self.old, &before.content).take(same);
                        for id in first {
                            let id = id.map_err(Unread::Storage)?;
                            self.blobs.add(BlobKind::Data, id, true, None);
                            self.blobs.add(BlobKind::Data, id, false, None);
                        }
                        known.into_iter().for_each(|id| self.blobs.add(BlobKind::Data, id, true, None));
                    }
                }
            }
            self.blobs.add(BlobKind::Data, id, false, Some(len));
        }
        for id in old {
            differs = true;
            self.blobs.add(BlobKind::Data, id.map_err(Unread::Storage)?, true, None);
        }
        Ok(differs)
    }
}

/// Which side could not be read.
enum Unread {
    Source(std::io::Error),
    Storage(Error),
}
