//! What differs between two snapshots, or between a snapshot and a directory of this machine.
//!
//! Both are read side by side in order of names. Directories with the same tree are the same and are skipped.
mod blobs;
mod live;
mod pair;
mod sparse;

#[cfg(test)]
mod tests;

use std::iter::Peekable;

use self::blobs::{Blobs, Side};
pub use self::live::{LiveOptions, diff_live};
use self::pair::mark;
use super::trees::{ReadTrees, entry, is_fatal};
use crate::error::{Error, Result};
use crate::model::{Node, NodeType, TreeReader};
use crate::monitor::{Event, Monitor, Problem};
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::Repository;

/// What happened to an entry, in restic's signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `+`
    Added,
    /// `-`
    Removed,
    /// `M`: other bytes; of a link another target, of a device another number.
    Modified,
    /// `M?`: other bytes, while no metadata changed at all.
    Suspicious,
    /// `T`: it is of another type.
    Kind,
    /// `U`: other metadata.
    Metadata,
}

impl Mark {
    /// As it is printed.
    pub fn sign(self) -> &'static str {
        match self {
            Mark::Added => "+",
            Mark::Removed => "-",
            Mark::Modified => "M",
            Mark::Suspicious => "M?",
            Mark::Kind => "T",
            Mark::Metadata => "U",
        }
    }
}

/// What is on one side only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct DiffSide {
    pub files: u64,
    pub directories: u64,
    pub others: u64,
    pub data_blobs: u64,
    pub tree_blobs: u64,
    /// Of those blobs, before compression.
    pub bytes: u64,
}

impl DiffSide {
    fn count(&mut self, node: &Node) {
        *match node.kind {
            NodeType::File => &mut self.files,
            NodeType::Directory => &mut self.directories,
            _ => &mut self.others,
        } += 1;
    }
}

/// Sums. Blobs count as added (or removed) if no directory that was read has them on the other side; directories that are the same on both sides
/// are not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct DiffReport {
    pub changed_files: u64,
    pub added: DiffSide,
    pub removed: DiffSide,
}

/// Takes the path of what differs, which is that beneath the compared directories and ends with a slash for a directory.
pub type EachChange<'e> = &'e mut dyn FnMut(&[u8], Mark) -> Result<()>;

/// A snapshot and the path in it that is compared; empty for all of it.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Part {
    pub info: SnapshotInfo,
    pub path: Vec<u8>,
}

/// Tells every difference. `metadata`: also where nothing else changed. What cannot be read on one side is a problem for the monitor, and the rest
/// of that directory is skipped. The index must be loaded. Memory: the ids of blobs in files and directories that are not the same.
pub fn diff(
    repo: &Repository,
    before: &Part,
    after: &Part,
    metadata: bool,
    each: EachChange<'_>,
    monitor: &dyn Monitor,
) -> Result<DiffReport> {
    let blobs = Blobs::default();
    let (old, new) = (Side::before(repo, monitor, &blobs), Side::after(repo, monitor, &blobs));
    // What lies above does not count.
    let above = &ReadTrees { repo, monitor };
    let (a, mut b) = (entry(above, &before.info, &before.path)?, entry(above, &after.info, &after.path)?);
    monitor.event(Event::Phase("Comparing"));
    let mut diff = Diff { monitor, metadata, report: DiffReport::default(), path: Vec::new(), each };
    let first = match (a.subtree, b.subtree) {
        (Some(a), Some(b)) if a == b => return Ok(diff.report),
        (Some(a), Some(b)) => Level::new(Some(TreeReader::new(&old, a)), Some(TreeReader::new(&new, b)), 0),
        _ => {
            // Two files may have different names and still be compared.
            b.name.clone_from(&a.name);
            Level::of(vec![Ok(a)], vec![Ok(b)])
        }
    };
    let mut stack = vec![first];
    while let Some(level) = stack.last_mut() {
        diff.path.truncate(level.path);
        if monitor.stop() {
            return Err(Error::Stopped { checkpoint: None });
        }
        let (a, b) = match level.next() {
            Ok(Some(pair)) => pair,
            Ok(None) => {
                stack.pop();
                continue;
            }
            Err(error) => {
                diff.problem(&error);
                if is_fatal(&error) {
                    return Err(error);
                }
                stack.pop();
                continue;
            }
        };
        for (side, node) in [(&old, &a), (&new, &b)] {
            if let Some(node) = node {
                diff.noting(side.note(node, if side.is_before() { b.as_ref() } else { a.as_ref() }))?;
            }
        }
        diff.tell(a.as_ref(), b.as_ref(), |a, b| mark(a, b, metadata))?;
        let below = |node: &Option<Node>| node.as_ref().and_then(|node| node.subtree);
        let (a, b) = (below(&a), below(&b));
        if a != b {
            let length = diff.path.len();
            let read = |side, id: Option<_>| id.map(|id| TreeReader::new(side, id));
            stack.push(Level::new(read(&old, a), read(&new, b), length));
        }
    }
    let mut report = diff.report;
    blobs.sum(repo, &mut report)?;
    Ok(report)
}

/// One pair of directories on the way down.
struct Level<'a> {
    before: Peekable<Nodes<'a>>,
    after: Peekable<Nodes<'a>>,
    path: usize,
}

type Nodes<'a> = Box<dyn Iterator<Item = Result<Node>> + 'a>;

fn nodes<'a>(reader: Option<TreeReader<'a>>) -> Peekable<Nodes<'a>> {
    let nodes: Nodes<'a> = match reader {
        Some(reader) => Box::new(reader),
        None => Box::new(std::iter::empty()),
    };
    nodes.peekable()
}

impl<'a> Level<'a> {
    fn new(before: Option<TreeReader<'a>>, after: Option<TreeReader<'a>>, path: usize) -> Self {
        Level { before: nodes(before), after: nodes(after), path }
    }

    fn of(before: Vec<Result<Node>>, after: Vec<Result<Node>>) -> Self {
        let all =
            |nodes: Vec<Result<Node>>| -> Peekable<Nodes<'a>> { (Box::new(nodes.into_iter()) as Nodes<'a>).peekable() };
        Level { before: all(before), after: all(after), path: 0 }
    }

    /// What has the next name, on one side or both.
    fn next(&mut self) -> Result<Option<(Option<Node>, Option<Node>)>> {
        let order = match (self.before.peek(), self.after.peek()) {
            (None, None) => return Ok(None),
            (Some(Ok(a)), Some(Ok(b))) => a.name.cmp(&b.name),
            // An error comes out first.
            (Some(Err(_)), _) | (_, None) => std::cmp::Ordering::Less,
            (_, Some(Err(_))) | (None, _) => std::cmp::Ordering::Greater,
        };
        let before = if order.is_le() { self.before.next().transpose()? } else { None };
        let after = if order.is_ge() { self.after.next().transpose()? } else { None };
        Ok(Some((before, after)))
    }
}

/// What both kinds of comparison keep.
struct Diff<'e> {
    monitor: &'e dyn Monitor,
    metadata: bool,
    report: DiffReport,
    /// Of the entry at hand; without a slash at its end.
    path: Vec<u8>,
    each: EachChange<'e>,
}

impl Diff<'_> {
    fn problem(&self, error: &dyn std::fmt::Display) {
        let item = if self.path.is_empty() { "/".into() } else { String::from_utf8_lossy(&self.path) };
        self.monitor.event(Event::Problem(&Problem { item: item.into_owned(), message: error.to_string() }));
    }

    /// What could not be noted of an entry is a problem.
    fn noting(&self, noted: Result<()>) -> Result<()> {
        match noted {
            Err(error) if !is_fatal(&error) => {
                self.problem(&error);
                Ok(())
            }
            other => other,
        }
    }

    /// Goes to an entry that is on one side or both, counts it, and tells what happened to it.
    fn tell(
        &mut self,
        before: Option<&Node>,
        after: Option<&Node>,
        mark: impl FnOnce(&Node, &Node) -> Option<Mark>,
    ) -> Result<()> {
        let Some(shown) = after.or(before) else { return Ok(()) };
        self.path.push(b'/');
        self.path.extend_from_slice(&shown.name);
        let mark = match (before, after) {
            (Some(before), None) => {
                self.report.removed.count(before);
                Some(Mark::Removed)
            }
            (None, Some(after)) => {
                self.report.added.count(after);
                Some(Mark::Added)
            }
            (Some(before), Some(after)) => mark(before, after),
            (None, None) => None,
        };
        let Some(mark) = mark else { return Ok(()) };
        if matches!(mark, Mark::Modified | Mark::Suspicious) && shown.kind == NodeType::File {
            self.report.changed_files += 1;
        }
        let length = self.path.len();
        if shown.kind == NodeType::Directory {
            self.path.push(b'/');
        }
        let told = (self.each)(&self.path, mark);
        self.path.truncate(length);
        told
    }
}
