//! Builds the tree of one directory from its nodes, cutting large ones (repo-format.md, section 10).
use super::TreeStore;
use super::node::{MAX_NESTING, Node};
use super::node_codec::write_node;
use super::tree::{Branch, INNER, LEAF, PIECE_LIMIT, Tree, assemble, decode_tree, encoded_len, write_branch};
use crate::error::{Error, Result};
use crate::id::BlobId;

/// A directory up to this length is one blob.
const WHOLE_LIMIT: usize = 128 * 1024;
/// Pieces with fewer items are not ended by a name. So a level has always far fewer items than the one beneath, even
/// if somebody chose all names such that their hashes end a piece.
pub(super) const MIN_ITEMS: u64 = 16;
/// Old pieces that are told for one new piece. What was cut for its length begins and ends elsewhere when something is inserted before it:
/// then there are two, and which of them is nearly the same shows when they are compared.
const REPLACED: usize = 4;
/// A node beyond this (millions of holes) would not fit into a blob.
const MAX_NODE: usize = 8 * 1024 * 1024;

/// Whether a hash (or id) ends a piece: its first u32 mod 512 is 0, which the first two bytes decide.
pub(super) fn is_cut(hash: &[u8; 32]) -> bool {
    u16::from_le_bytes([hash[0], hash[1]]).is_multiple_of(512)
}

/// Takes the nodes of a directory in ascending order of names and saves its tree. Holds one piece of each level: a
/// few hundred KiB for any number of nodes. The same nodes always give the same tree; a change of one name
/// changes the piece that it is in, at times a neighbour, and the path above.
#[derive(Clone)]
pub struct TreeBuilder<'a> {
    store: &'a dyn TreeStore,
    /// The tree that this one replaces.
    older: Option<BlobId>,
    levels: Vec<Level>,
    last_name: Vec<u8>,
    last_saved: Option<BlobId>,
    scratch: Vec<u8>,
}

/// Adds those pieces of an older directory that have names from `first` to `last`, or would have them; as far as they can be read.
fn older_leaves(store: &dyn TreeStore, id: BlobId, depth: u8, first: &[u8], last: &[u8], found: &mut Vec<BlobId>) {
    if found.len() >= REPLACED || depth > MAX_NESTING {
        return;
    }
    match store.load_tree(&id).ok().and_then(|bytes| decode_tree(&bytes).ok()) {
        Some(Tree::Inner(branches)) => {
            let from = branches.partition_point(|branch| branch.first_name.as_slice() <= first).saturating_sub(1);
            let to = branches.partition_point(|branch| branch.first_name.as_slice() <= last).max(from + 1);
            for branch in branches.get(from..to).unwrap_or_default() {
                older_leaves(store, branch.id, depth + 1, first, last, found);
            }
        }
        Some(_) => found.push(id),
        None => {}
    }
}

/// A run of encoded items that becomes one blob.
#[derive(Clone, Default)]
struct Piece {
    items: Vec<u8>,
    count: u64,
    nodes: u64,
    first_name: Vec<u8>,
    last_name: Vec<u8>,
}

#[derive(Clone, Default)]
struct Level {
    /// Pieces that are held back as long as all may still fit into one blob.
    closed: Vec<Piece>,
    open: Piece,
    /// Count and length of all items so far.
    count: u64,
    len: usize,
    /// It does not fit into one blob.
    split: bool,
}

impl<'a> TreeBuilder<'a> {
    /// An empty directory.
    pub fn new(store: &'a dyn TreeStore) -> Self {
        TreeBuilder::over(store, None)
    }

    /// An empty directory whose tree will take the place of an older one.
    pub fn over(store: &'a dyn TreeStore, older: Option<BlobId>) -> Self {
        TreeBuilder {
            store,
            older,
            levels: vec![Level::default()],
            last_name: Vec::new(),
            last_saved: None,
            scratch: Vec::new(),
        }
    }

    /// Adds the next node. A node that the format does not allow, is too long, or out of order is
    /// [`Error::Invalid`] and leaves the builder as it was; other errors come from the store.
    pub fn push(&mut self, node: &Node) -> Result<()> {
        let name = || String::from_utf8_lossy(&node.name);
        node.validate().map_err(|cause| Error::Invalid(format!("{:?} cannot be stored: {cause}", name())))?;
        if node.name <= self.last_name {
            let last = String::from_utf8_lossy(&self.last_name);
            return Err(Error::Invalid(format!("{:?} follows {last:?} in a directory, out of order", name())));
        }
        let mut item = std::mem::take(&mut self.scratch);
        item.clear();
        write_node(&mut item, node);
        if encoded_len(1, item.len()) > MAX_NODE.min(self.store.largest_tree()) {
            return Err(Error::Invalid(format!("{:?} cannot be stored: {} bytes of metadata", name(), item.len())));
        }
        self.last_name.clone_from(&node.name);
        self.add(0, &item, &node.name, 1)?;
        self.scratch = item;
        Ok(())
    }

    /// Saves what is left; returns the directory's tree.
    pub fn finish(mut self) -> Result<BlobId> {
        let mut height = 0;
        loop {
            let top = height + 1 == self.levels.len();
            let Some(mut level) = self.levels.get_mut(height).map(std::mem::take) else {
                return Err(too_high());
            };
            if top {
                // A level of one item would only point to it: that item's blob, the last one saved, is the root.
                if let (1.., 1, Some(id)) = (height, level.count, self.last_saved) {
                    return Ok(id);
                }
                // Nothing of this level was saved, so all of it makes one blob.
                let items: Vec<u8> =
                    level.closed.iter().chain([&level.open]).flat_map(|p| p.items.iter().copied()).collect();
                let older = self.older;
                let bytes = assemble(form(height), level.count, &items);
                return self.store.save_tree_over(bytes, &mut || older.into_iter().collect());
            }
            if level.open.count > 0 {
                self.save(height, std::mem::take(&mut level.open))?;
            }
            height += 1;
        }
    }

    fn add(&mut self, height: usize, item: &[u8], name: &[u8], nodes: u64) -> Result<()> {
        if height > MAX_NESTING.into() {
            return Err(too_high());
        }
        if height == self.levels.len() {
            self.levels.push(Level::default());
        }
        let limit = PIECE_LIMIT.min(self.store.largest_tree());
        for piece in self.levels[height].add(item, name, nodes, limit) {
            self.save(height, piece)?;
        }
        Ok(())
    }

    fn save(&mut self, height: usize, piece: Piece) -> Result<()> {
        let bytes = assemble(form(height), piece.count, &piece.items);
        let older = &mut || {
            let mut found = Vec::new();
            if let Some(older) = self.older {
                older_leaves(self.store, older, 0, &piece.first_name, &piece.last_name, &mut found);
            }
            found
        };
        let id = match height {
            0 => self.store.save_tree_over(bytes, older)?,
            _ => self.store.save_tree(bytes)?,
        };
        self.last_saved = Some(id);
        let branch = Branch { id, first_name: piece.first_name, nodes: piece.nodes };
        let mut item = Vec::new();
        write_branch(&mut item, &branch);
        self.add(height + 1, &item, &branch.first_name, branch.nodes)
    }
}

impl Level {
    /// Adds an item; returns the pieces that are now to be saved.
    fn add(&mut self, item: &[u8], name: &[u8], nodes: u64, limit: usize) -> Vec<Piece> {
        let open = &mut self.open;
        if open.count > 0 && encoded_len(open.count + 1, open.items.len() + item.len()) > limit {
            self.closed.push(std::mem::take(open));
        }
        if open.count == 0 {
            open.first_name = name.to_vec();
        }
        open.last_name.clear();
        open.last_name.extend_from_slice(name);
        open.items.extend_from_slice(item);
        open.count += 1;
        open.nodes += nodes;
        if open.count >= MIN_ITEMS && is_cut(blake3::hash(name).as_bytes()) {
            self.closed.push(std::mem::take(open));
        }
        self.count += 1;
        self.len += item.len();
        self.split |= encoded_len(self.count, self.len) > WHOLE_LIMIT;
        match self.split {
            true => std::mem::take(&mut self.closed),
            false => Vec::new(),
        }
    }
}

fn form(height: usize) -> u8 {
    if height == 0 { LEAF } else { INNER }
}

fn too_high() -> Error {
    Error::Invalid("A directory is too large to be stored".into())
}
