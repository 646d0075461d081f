//! Reads directories that may be cut into pieces: in order, or one name (repo-format.md, section 10).
use super::node::MAX_NESTING;
use super::{Branch, Node, Tree, TreeStore, decode_tree};
use crate::error::{Error, Result};
use crate::id::BlobId;

/// The nodes of one directory in ascending order of names, loading pieces as it comes to them. Ends after an error.
pub struct TreeReader<'a> {
    store: &'a dyn TreeStore,
    root: Option<BlobId>,
    inner: Vec<std::vec::IntoIter<Branch>>,
    leaf: std::vec::IntoIter<Node>,
    /// The last name of the pieces so far.
    last_name: Vec<u8>,
}

impl<'a> TreeReader<'a> {
    /// At the beginning of a directory; nothing is loaded yet.
    pub fn new(store: &'a dyn TreeStore, directory: BlobId) -> Self {
        TreeReader {
            store,
            root: Some(directory),
            inner: Vec::new(),
            leaf: Vec::new().into_iter(),
            last_name: Vec::new(),
        }
    }

    /// Loads until a leaf with nodes is there; false at the end.
    fn advance(&mut self) -> Result<bool> {
        loop {
            let (id, branch) = match self.root.take() {
                Some(root) => (root, None),
                None => loop {
                    let Some(branches) = self.inner.last_mut() else { return Ok(false) };
                    match branches.next() {
                        Some(branch) => break (branch.id, Some(branch)),
                        None => drop(self.inner.pop()),
                    }
                },
            };
            match TreePiece::load(self.store, &id, branch.as_ref(), self.inner.len())? {
                TreePiece::Inner(branches) => self.inner.push(branches.into_iter()),
                TreePiece::Leaf(nodes) => {
                    let (Some(first), Some(last)) = (nodes.first(), nodes.last()) else { return Ok(false) };
                    if first.name <= self.last_name {
                        return Err(damaged(&id, "Its names do not follow those of the piece before"));
                    }
                    self.last_name.clone_from(&last.name);
                    self.leaf = nodes.into_iter();
                    return Ok(true);
                }
            }
        }
    }
}

impl Iterator for TreeReader<'_> {
    type Item = Result<Node>;

    fn next(&mut self) -> Option<Result<Node>> {
        loop {
            if let Some(node) = self.leaf.next() {
                return Some(Ok(node));
            }
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.inner.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}

/// The node at a path of names beneath a tree; `None` if there is none, or if the path is empty. Loads one piece of
/// each level.
pub fn find<'p>(
    store: &dyn TreeStore,
    root: &BlobId,
    path: impl IntoIterator<Item = &'p [u8]>,
) -> Result<Option<Node>> {
    let mut directory = Some(*root);
    let mut found = None;
    for name in path {
        let Some(id) = directory else { return Ok(None) };
        let Some(node) = find_name(store, id, name)? else { return Ok(None) };
        directory = node.subtree;
        found = Some(node);
    }
    Ok(found)
}

fn find_name(store: &dyn TreeStore, mut id: BlobId, name: &[u8]) -> Result<Option<Node>> {
    let mut branch = None;
    for depth in 0.. {
        match TreePiece::load(store, &id, branch.as_ref(), depth)? {
            TreePiece::Leaf(mut nodes) => {
                let place = nodes.binary_search_by(|node| node.name.as_slice().cmp(name));
                return Ok(place.ok().map(|place| nodes.swap_remove(place)));
            }
            TreePiece::Inner(mut branches) => {
                let behind = branches.partition_point(|branch| branch.first_name.as_slice() <= name);
                let Some(place) = behind.checked_sub(1) else { return Ok(None) };
                let next = branches.swap_remove(place);
                id = next.id;
                branch = Some(next);
            }
        }
    }
    Ok(None)
}

/// A decoded piece of a directory, for those who keep pieces. Others have [`TreeReader`] and [`find`].
#[derive(Clone, Debug)]
pub enum TreePiece {
    /// Entries, in order of names.
    Leaf(Vec<Node>),
    /// Further pieces, in order.
    Inner(Vec<Branch>),
}

impl TreePiece {
    /// Loads a piece of a directory beneath `depth` inner trees and compares it with what the branch to it says.
    pub fn load(store: &dyn TreeStore, id: &BlobId, branch: Option<&Branch>, depth: usize) -> Result<TreePiece> {
        let piece = match decode_tree(&store.load_tree(id)?).map_err(|cause| damaged(id, cause))? {
            Tree::Leaf(nodes) => TreePiece::Leaf(nodes),
            Tree::Inner(branches) => TreePiece::Inner(branches),
            Tree::List { .. } => return Err(damaged(id, "A content list in place of a directory")),
        };
        piece.check(id, branch, depth)?;
        Ok(piece)
    }

    /// Whether a piece that is at hand is what the branch to it says.
    pub fn check(&self, id: &BlobId, branch: Option<&Branch>, depth: usize) -> Result<()> {
        let (first, nodes) = match self {
            TreePiece::Leaf(nodes) => (nodes.first().map(|node| &node.name), Some(nodes.len() as u64)),
            TreePiece::Inner(_) if depth >= MAX_NESTING.into() => return Err(damaged(id, "Nested too deeply")),
            TreePiece::Inner(branches) => (
                branches.first().map(|branch| &branch.first_name),
                branches.iter().try_fold(0_u64, |sum, branch| sum.checked_add(branch.nodes)),
            ),
        };
        match branch {
            Some(branch) if first != Some(&branch.first_name) || nodes != Some(branch.nodes) => {
                Err(damaged(id, "It is not what the tree above says"))
            }
            _ => Ok(()),
        }
    }
}

fn damaged(id: &BlobId, cause: impl ToString) -> Error {
    Error::damaged(format!("Tree {id}"), cause)
}
