//! Directories of snapshots: decoded pieces of trees in a bounded cache, entries by name and by number.
use std::ops::Deref;
use std::sync::Arc;

use super::lru::Lru;
use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind};
use crate::model::{Branch, Content, Node, TreePiece, TreeStore, XattrValue};
use crate::monitor::Monitor;
use crate::repo::Repository;

/// Decoded pieces of trees.
const CACHE_BYTES: usize = 48 * 1024 * 1024;

/// Trees of a repository; shared by threads.
pub(super) struct Trees {
    repo: Arc<Repository>,
    monitor: Arc<dyn Monitor>,
    pieces: Lru<BlobId, Arc<TreePiece>>,
}

/// A node in a decoded piece, which it keeps in memory.
#[derive(Clone, Debug)]
pub(super) struct NodeAt {
    piece: Arc<TreePiece>,
    at: usize,
}

impl NodeAt {
    fn new(piece: &Arc<TreePiece>, at: usize) -> Option<NodeAt> {
        let is_there = matches!(&**piece, TreePiece::Leaf(nodes) if at < nodes.len());
        is_there.then(|| NodeAt { piece: piece.clone(), at })
    }
}

impl Deref for NodeAt {
    type Target = Node;

    fn deref(&self) -> &Node {
        match &*self.piece {
            TreePiece::Leaf(nodes) => &nodes[self.at],
            TreePiece::Inner(_) => unreachable!("only made for leaves"),
        }
    }
}

impl Trees {
    pub(super) fn new(repo: Arc<Repository>, monitor: Arc<dyn Monitor>) -> Self {
        Trees { repo, monitor, pieces: Lru::new(CACHE_BYTES) }
    }

    /// The entry of a directory with this name.
    pub(super) fn find(&self, tree: &BlobId, name: &[u8]) -> Result<Option<NodeAt>> {
        let mut piece = self.piece(tree, None, 0)?;
        for depth in 1.. {
            let branch = match &*piece {
                TreePiece::Leaf(nodes) => {
                    let place = nodes.binary_search_by(|node| node.name.as_slice().cmp(name));
                    return Ok(place.ok().and_then(|at| NodeAt::new(&piece, at)));
                }
                TreePiece::Inner(branches) => {
                    let behind = branches.partition_point(|branch| branch.first_name.as_slice() <= name);
                    match behind.checked_sub(1).and_then(|at| branches.get(at)) {
                        Some(branch) => branch.clone(),
                        None => return Ok(None),
                    }
                }
            };
            piece = self.piece(&branch.id, Some(&branch), depth)?;
        }
        Ok(None)
    }

    /// The node at a path beneath a tree.
    pub(super) fn walk<'p>(&self, root: &BlobId, path: impl IntoIterator<Item = &'p [u8]>) -> Result<Option<NodeAt>> {
        let mut tree = Some(*root);
        let mut found = None;
        for name in path {
            let Some(id) = tree else { return Ok(None) };
            let Some(node) = self.find(&id, name)? else { return Ok(None) };
            tree = node.subtree;
            found = Some(node);
        }
        Ok(found)
    }

    /// Hands on the entries of a directory from a number on, until `each` returns false. Pieces before it are not loaded.
    pub(super) fn list_from(
        &self,
        tree: &BlobId,
        mut skip: u64,
        each: &mut dyn FnMut(&NodeAt) -> Result<bool>,
    ) -> Result<()> {
        let mut inner: Vec<(Arc<TreePiece>, usize)> = Vec::new();
        let mut piece = self.piece(tree, None, 0)?;
        let mut last_name = Vec::new();
        loop {
            match &*piece {
                TreePiece::Leaf(nodes) => {
                    let (Some(first), Some(last)) = (nodes.first(), nodes.last()) else { return Ok(()) };
                    if first.name <= last_name {
                        let cause = "Its names do not follow those of the piece before";
                        return Err(Error::damaged(format!("Tree {tree}"), cause));
                    }
                    last_name.clone_from(&last.name);
                    let from = usize::try_from(skip).unwrap_or(usize::MAX).min(nodes.len());
                    skip -= from as u64;
                    for at in from..nodes.len() {
                        if let Some(node) = NodeAt::new(&piece, at)
                            && !each(&node)?
                        {
                            return Ok(());
                        }
                    }
                }
                TreePiece::Inner(_) => inner.push((piece.clone(), 0)),
            }
            let branch = loop {
                let Some((above, next)) = inner.last_mut() else { return Ok(()) };
                let TreePiece::Inner(branches) = &**above else { return Ok(()) };
                match branches.get(*next) {
                    None => drop(inner.pop()),
                    Some(branch) => {
                        *next += 1;
                        if branch.nodes > skip {
                            break branch.clone();
                        }
                        skip -= branch.nodes;
                    }
                }
            };
            piece = self.piece(&branch.id, Some(&branch), inner.len())?;
        }
    }

    fn piece(&self, id: &BlobId, branch: Option<&Branch>, depth: usize) -> Result<Arc<TreePiece>> {
        if let Some(piece) = self.pieces.get(id) {
            // Another directory may have it too, and say something else about it.
            piece.check(id, branch, depth)?;
            return Ok(piece);
        }
        let piece = Arc::new(TreePiece::load(self, id, branch, depth)?);
        self.pieces.put(*id, piece.clone(), weight(&piece));
        Ok(piece)
    }
}

impl TreeStore for Trees {
    fn save_tree(&self, _: Vec<u8>) -> Result<BlobId> {
        Err(Error::Invalid("A mount stores nothing".to_owned()))
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        self.repo.load_blob(BlobKind::Tree, id, &*self.monitor)
    }
}

/// Bytes in memory, about.
fn weight(piece: &TreePiece) -> usize {
    match piece {
        TreePiece::Leaf(nodes) => nodes.iter().map(weight_of_node).sum(),
        TreePiece::Inner(branches) => {
            branches.iter().map(|branch| size_of::<Branch>() + 16 + branch.first_name.len()).sum()
        }
    }
}

fn weight_of_node(node: &Node) -> usize {
    let content = match &node.content {
        Content::Inline(bytes) => bytes.len(),
        Content::Blobs(ids) => 32 * ids.len(),
        Content::Empty | Content::List { .. } => 0,
    };
    let xattrs = node.xattrs.iter().map(|(name, value)| match value {
        XattrValue::Inline(bytes) => 96 + name.len() + bytes.len(),
        XattrValue::Blobs(ids) => 96 + name.len() + 32 * ids.len(),
    });
    let unknown = node.unknown.iter().map(|(_, value)| 48 + value.len());
    let names = [&node.user, &node.group].into_iter().flatten().map(|name| 16 + name.len());
    size_of::<Node>()
        + 16
        + node.name.len()
        + content
        + node.target.len()
        + 16 * node.holes.len()
        + xattrs.sum::<usize>()
        + unknown.sum::<usize>()
        + names.sum::<usize>()
}
