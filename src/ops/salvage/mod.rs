//! Makes trees anew of what can still be had of them: for `repair snapshots` and `recover`.
//!
//! What is lost is left out: a file loses the parts that are lost, a directory that cannot be read is empty, an extended attribute goes.
//! Everything that the new trees refer to may be referenced by this session (W3), or is stored again by it.
mod content;
mod store;

use std::collections::{HashMap, HashSet};
use std::vec::IntoIter;

pub(super) use self::store::SalvageStore;
use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind};
use crate::model::{Branch, Node, NodeType, Tree, TreeBuilder, XattrValue};
use crate::monitor::Monitor;
use crate::ops::totals::Totals;

/// Inner trees within one another; the format allows no more.
const MAX_NESTING: usize = 8;

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Parts of the file are lost; the others follow one another without them.
    Shortened,
    /// The directory, or a part of it, cannot be read; what was in there is left out.
    Emptied,
    /// An extended attribute is lost.
    AttributeLost,
    /// The entry is left out.
    Dropped,
}

/// A directory under way.
struct Level<'a> {
    /// As it was.
    id: BlobId,
    node: Option<Node>,
    /// Length of its path.
    path: usize,
    pieces: Vec<IntoIter<Branch>>,
    nodes: IntoIter<Node>,
    builder: TreeBuilder<'a>,
    totals: Totals,
}

/// Makes trees anew, for one session.
pub(super) struct Salvage<'s, 'a, 'r> {
    store: &'s SalvageStore<'a, 'r>,
    monitor: &'s dyn Monitor,
    /// What became of trees of directories.
    done: HashMap<BlobId, (BlobId, Totals)>,
    /// Trees of directories of which entries are lost.
    lacking: HashSet<BlobId>,
    /// Entries that are not as they were, at most `named` of them by path.
    pub changes: Vec<(Vec<u8>, Change)>,
    /// All of them. A directory that is there several times counts once.
    pub changed: u64,
    named: usize,
}

impl<'s, 'a, 'r> Salvage<'s, 'a, 'r> {
    pub(super) fn new(store: &'s SalvageStore<'a, 'r>, named: usize, monitor: &'s dyn Monitor) -> Self {
        Salvage {
            store,
            monitor,
            done: HashMap::new(),
            lacking: HashSet::new(),
            changes: Vec::new(),
            changed: 0,
            named,
        }
    }

    fn change(&mut self, path: &[u8], change: Change) {
        self.changed += 1;
        if self.changes.len() < self.named {
            let path = if path.is_empty() { b"/" } else { path };
            self.changes.push((path.to_vec(), change));
        }
    }

    /// The tree of a directory and all beneath it; `None` if not even its first piece can be read. `path` is for what is told of it.
    pub(super) fn directory(&mut self, root: BlobId, path: &[u8]) -> Result<Option<(BlobId, Totals)>> {
        if let Some(done) = self.done.get(&root) {
            return Ok(Some(*done));
        }
        let mut path = path.to_vec();
        // Not by recursion: trees may be deeper than the stack of a thread.
        let mut levels = Vec::new();
        levels.extend(self.open(root, None, path.len())?);
        while let Some(level) = levels.last_mut() {
            path.truncate(level.path);
            let Some(mut node) = self.next(level, &path)? else {
                let Some(level) = levels.pop() else { break };
                let made = (level.builder.finish()?, level.totals);
                self.done.insert(level.id, made);
                match (level.node, levels.last_mut()) {
                    (Some(node), Some(above)) => self.put_directory(above, node, made, &path)?,
                    _ => return Ok(Some(made)),
                }
                continue;
            };
            path.push(b'/');
            path.extend_from_slice(&node.name);
            self.mend(&mut node, &path)?;
            if node.kind != NodeType::Directory {
                self.put(level, &node, &path)?;
                continue;
            }
            if let Some(done) = node.subtree.and_then(|tree| self.done.get(&tree).copied()) {
                self.put_directory(level, node, done, &path)?;
                continue;
            }
            let below = match node.subtree {
                Some(tree) => self.open(tree, Some(&node), path.len())?,
                None => None,
            };
            match below {
                Some(below) => levels.push(below),
                None => {
                    self.change(&path, Change::Emptied);
                    self.lacking.extend(node.subtree);
                    let empty = TreeBuilder::new(self.store).finish()?;
                    self.put_directory(level, node, (empty, Totals::default()), &path)?;
                }
            }
        }
        Ok(None)
    }

    fn open(&mut self, id: BlobId, node: Option<&Node>, path: usize) -> Result<Option<Level<'s>>> {
        if self.monitor.stop() {
            return Err(Error::Stopped { checkpoint: None });
        }
        let mut level = Level {
            id,
            node: node.cloned(),
            path,
            pieces: Vec::new(),
            nodes: Vec::new().into_iter(),
            builder: TreeBuilder::new(self.store),
            totals: Totals::default(),
        };
        Ok(self.enter(&mut level, &id, None)?.then_some(level))
    }

    /// Goes on with a piece of a directory; false if it cannot be had, or does not begin with the name that the tree above says: so one
    /// that is named in many places is read for one of them only.
    fn enter(&mut self, level: &mut Level<'s>, id: &BlobId, first_name: Option<&[u8]>) -> Result<bool> {
        let fits = |first: Option<&Vec<u8>>| first_name.is_none_or(|name| first.is_some_and(|first| first == name));
        match self.store.tree(id)? {
            Some(Tree::Leaf(nodes)) if fits(nodes.first().map(|node| &node.name)) => level.nodes = nodes.into_iter(),
            Some(Tree::Inner(pieces))
                if level.pieces.len() < MAX_NESTING && fits(pieces.first().map(|piece| &piece.first_name)) =>
            {
                level.pieces.push(pieces.into_iter());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The next node of a directory, over what is lost of it.
    fn next(&mut self, level: &mut Level<'s>, path: &[u8]) -> Result<Option<Node>> {
        loop {
            if let Some(node) = level.nodes.next() {
                return Ok(Some(node));
            }
            let Some(pieces) = level.pieces.last_mut() else { return Ok(None) };
            match pieces.next() {
                None => drop(level.pieces.pop()),
                Some(piece) => {
                    if !self.enter(level, &piece.id, Some(&piece.first_name))? {
                        self.change(path, Change::Emptied);
                        self.lacking.insert(level.id);
                    }
                }
            }
        }
    }

    fn put_directory(
        &mut self,
        level: &mut Level<'s>,
        node: Node,
        (tree, totals): (BlobId, Totals),
        path: &[u8],
    ) -> Result<()> {
        // What it does not have must not be deleted where it is restored.
        let lacks = node.subtree.is_none_or(|old| self.lacking.contains(&old));
        let changed_while_read = node.changed_while_read || lacks;
        if self.put(level, &Node { subtree: Some(tree), changed_while_read, ..node }, path)? {
            level.totals.add(totals);
        }
        Ok(())
    }

    /// Adds a finished node; false if it makes no sense and is left out.
    fn put(&mut self, level: &mut Level<'s>, node: &Node, path: &[u8]) -> Result<bool> {
        match level.builder.push(node) {
            Ok(()) => {
                level.totals.count(node);
                Ok(true)
            }
            // The builder is as it was.
            Err(Error::Invalid(_)) => {
                self.change(path, Change::Dropped);
                self.lacking.insert(level.id);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes out of a node what is lost of its own.
    fn mend(&mut self, node: &mut Node, path: &[u8]) -> Result<()> {
        let mut kept = Vec::with_capacity(node.xattrs.len());
        for (name, value) in std::mem::take(&mut node.xattrs) {
            let whole = match &value {
                XattrValue::Inline(_) => true,
                XattrValue::Blobs(ids) => {
                    let mut whole = true;
                    for id in ids {
                        whole &= self.store.keep(BlobKind::Data, id)?.is_some();
                    }
                    whole
                }
            };
            if whole {
                kept.push((name, value));
            } else {
                self.change(path, Change::AttributeLost);
            }
        }
        node.xattrs = kept;
        if node.kind == NodeType::File && content::mend(self.store, node)? {
            self.change(path, Change::Shortened);
        }
        Ok(())
    }
}
