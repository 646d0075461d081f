//! Parent snapshots of a backup, walked in step with the sources.
use std::iter::Peekable;

use super::run::writer_id;
use super::{BackupOptions, Parent as ParentChoice};
use crate::error::{Error, Result};
use crate::id::{BlobId, SessionId, WriterId};
use crate::model::{Node, NodeType, Snapshot, TreeReader, TreeStore};
use crate::monitor::{Monitor, Silent};
use crate::ops::forget::GroupBy;
use crate::ops::snapshots::{self, SnapshotFilter, SnapshotInfo};
use crate::repo::Repository;

/// A directory of one parent: its own node and its entries from the current name on.
struct Level<'a> {
    node: Option<Node>,
    entries: Option<Peekable<TreeReader<'a>>>,
}

/// One snapshot: the chain of directories down to where the walk is.
struct Parent<'a> {
    levels: Vec<Level<'a>>,
}

/// The parents in order of preference. Names are asked for in the order of the walk, so that each tree is read once.
///
/// A parent that cannot be read any further simply knows nothing more: its files are read again.
pub(super) struct Parents<'a> {
    store: &'a dyn TreeStore,
    parents: Vec<Parent<'a>>,
}

impl<'a> Parents<'a> {
    pub(super) fn new(store: &'a dyn TreeStore, roots: &[BlobId]) -> Self {
        let parents = roots.iter().map(|root| Parent { levels: vec![level(store, None, Some(root))] }).collect();
        Parents { store, parents }
    }

    /// Where their trees are.
    pub(super) fn store(&self) -> &'a dyn TreeStore {
        self.store
    }

    /// Descends into a directory of the current one; gives the tree of the first parent that has it.
    pub(super) fn enter(&mut self, name: &[u8]) -> Option<BlobId> {
        let mut first = None;
        for parent in &mut self.parents {
            let node = parent.find(name).filter(|node| node.kind == NodeType::Directory);
            let tree = node.as_ref().and_then(|node| node.subtree);
            parent.levels.push(level(self.store, node, tree.as_ref()));
            first = first.or(tree);
        }
        first
    }

    /// Ascends; gives the node of the directory in the first parent that has it.
    pub(super) fn leave(&mut self) -> Option<Node> {
        let nodes: Vec<_> =
            self.parents.iter_mut().map(|parent| parent.levels.pop().and_then(|level| level.node)).collect();
        nodes.into_iter().flatten().next()
    }

    /// What the parents have under a name of the current directory.
    pub(super) fn find(&mut self, name: &[u8]) -> Vec<Node> {
        self.parents.iter_mut().filter_map(|parent| parent.find(name)).collect()
    }
}

fn level<'a>(store: &'a dyn TreeStore, node: Option<Node>, tree: Option<&BlobId>) -> Level<'a> {
    Level { node, entries: tree.map(|tree| TreeReader::new(store, *tree).peekable()) }
}

impl Parent<'_> {
    fn find(&mut self, name: &[u8]) -> Option<Node> {
        let entries = self.levels.last_mut()?.entries.as_mut()?;
        loop {
            let before = |next: &Result<Node>| next.as_ref().is_ok_and(|node| node.name.as_slice() < name);
            if entries.next_if(before).is_none() {
                break;
            }
        }
        entries.next_if(|next| next.as_ref().is_ok_and(|node| node.name == name))?.ok()
    }
}

/// For a snapshot of `host` that is no backup: the id of the writer, its next counter, and its latest snapshot.
pub(in crate::ops) fn next_of_writer(repo: &Repository, host: &str) -> Result<(WriterId, u64, Option<SessionId>)> {
    let all = snapshots::list(repo, &SnapshotFilter::default(), &Silent)?;
    let writer = writer_id(host);
    let own = all.iter().filter(|info| info.snapshot.writer == Some(writer));
    let previous = own.max_by_key(|info| info.snapshot.counter);
    let counter = previous.map_or(1, |previous| previous.snapshot.counter.saturating_add(1));
    Ok((writer, counter, previous.map(|previous| previous.id)))
}

/// Chooses the parents of a run: the one that was asked for, or the newest of the same host and paths; if any of those has the label too, the newest
/// of them. If that is a checkpoint, the newest complete one comes second, because a checkpoint lacks what had not been reached. Also gives this
/// writer's latest snapshot of all.
pub(super) fn choose(
    repo: &Repository,
    options: &BackupOptions,
    paths: &[Vec<u8>],
    monitor: &dyn Monitor,
) -> Result<(Vec<SnapshotInfo>, Option<SnapshotInfo>)> {
    let all = snapshots::list(repo, &SnapshotFilter::default(), monitor)?;
    let writer = Some(writer_id(&options.host));
    let previous = all.iter().filter(|info| info.snapshot.writer == writer).max_by_key(|info| info.snapshot.counter);
    let previous = previous.cloned();
    let parents = match options.parent {
        ParentChoice::None => Vec::new(),
        ParentChoice::Snapshot(id) => {
            let found = all.into_iter().find(|info| info.id == id);
            vec![found.ok_or_else(|| Error::SnapshotNotFound { selector: id.to_string(), among: String::new() })?]
        }
        ParentChoice::Newest | ParentChoice::NewestOf(_) => {
            let new = Snapshot {
                host: options.host.clone(),
                label: options.label.clone(),
                tags: options.tags.clone(),
                paths: paths.to_vec(),
                ..Snapshot::default()
            };
            let by = match options.parent {
                ParentChoice::NewestOf(by) => by,
                _ => GroupBy { host: true, paths: true, ..GroupBy::NOTHING },
            };
            let mut group: Vec<&SnapshotInfo> =
                all.iter().filter(|info| by.key(&info.snapshot) == by.key(&new)).collect();
            let is_of_series = |info: &&SnapshotInfo| info.snapshot.label == new.label;
            if options.parent == ParentChoice::Newest && new.label.is_some() && group.iter().any(is_of_series) {
                group.retain(is_of_series);
            }
            newest(group)
        }
    };
    Ok((parents, previous))
}

/// The newest of a group, and what it lacks if it is a checkpoint.
fn newest(group: Vec<&SnapshotInfo>) -> Vec<SnapshotInfo> {
    let mut newest = group.into_iter().rev();
    let mut parents: Vec<SnapshotInfo> = newest.next().cloned().into_iter().collect();
    if parents.first().is_some_and(|first| first.snapshot.partial) {
        parents.extend(newest.find(|info| !info.snapshot.partial).cloned());
    }
    parents
}
