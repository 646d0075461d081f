//! Tree blobs as CBOR: leaves, inner pieces of large directories, content lists (repo-format.md, section 10).
use super::ModelError;
use super::cbor::{Reader, write, write_ids};
use super::node::{MAX_NESTING, Node, check_name};
use super::node_codec::{read_node, write_node};
use crate::id::BlobId;

/// Longest tree blob that has more than one node or branch.
pub(super) const PIECE_LIMIT: usize = 256 * 1024;
/// Ids of a content list at most.
pub(super) const MAX_LIST_IDS: usize = 4096;

pub(super) const LEAF: u8 = 0;
pub(super) const INNER: u8 = 1;
const LIST: u8 = 2;

/// Content of a tree blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// The entries of a directory, or a run of them.
    Leaf(Vec<Node>),
    /// The pieces of a large directory, in order; never empty.
    Inner(Vec<Branch>),
    /// A piece of the list of a large file's blobs; never empty.
    List {
        /// 0: the ids are data blobs; h: they are lists of height h-1.
        height: u8,
        /// Data or tree blobs, in order.
        ids: Vec<BlobId>,
    },
}

/// One piece of a large directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Leaf or inner tree.
    pub id: BlobId,
    /// Name of the first node in it.
    pub first_name: Vec<u8>,
    /// Number of nodes in it; never 0.
    pub nodes: u64,
}

/// Encodes a tree as it is: neither validated nor cut. [`super::TreeBuilder`] does both.
pub fn encode_tree(tree: &Tree) -> Vec<u8> {
    let mut items = Vec::new();
    match tree {
        Tree::Leaf(nodes) => {
            nodes.iter().for_each(|node| write_node(&mut items, node));
            assemble(LEAF, nodes.len() as u64, &items)
        }
        Tree::Inner(branches) => {
            branches.iter().for_each(|branch| write_branch(&mut items, branch));
            assemble(INNER, branches.len() as u64, &items)
        }
        Tree::List { height, ids } => encode_list(*height, ids),
    }
}

/// A leaf or inner tree from its encoded items.
pub(super) fn assemble(form: u8, count: u64, items: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(encoded_len(count, items.len()));
    write(&mut out, |e| e.map(2)?.u8(0)?.u8(form)?.u8(1)?.array(count)?.ok());
    out.extend_from_slice(items);
    out
}

/// Length of what [`assemble`] makes.
pub(super) fn encoded_len(count: u64, items_len: usize) -> usize {
    let array_head = match count {
        0..=23 => 1,
        24..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    };
    4 + array_head + items_len
}

pub(super) fn write_branch(out: &mut Vec<u8>, branch: &Branch) {
    write(out, |e| e.array(3)?.bytes(branch.id.as_bytes())?.bytes(&branch.first_name)?.u64(branch.nodes)?.ok());
}

pub(super) fn encode_list(height: u8, ids: &[BlobId]) -> Vec<u8> {
    let mut out = Vec::with_capacity(ids.len() * BlobId::LEN + 12);
    write(&mut out, |e| e.map(3)?.u8(0)?.u8(LIST)?.u8(1)?.ok());
    write_ids(&mut out, ids);
    write(&mut out, |e| e.u8(2)?.u8(height)?.ok());
    out
}

/// Decodes and validates a tree blob. Keys of later versions are ignored in the tree and kept in its nodes.
pub fn decode_tree(bytes: &[u8]) -> Result<Tree, ModelError> {
    let mut reader = Reader::new(bytes);
    let (mut form, mut height, mut items) = (None, None, None);
    let mut later_keys = Vec::new();
    let mut map = reader.map()?;
    let mut tree = None;
    while let Some(key) = map.next(&mut reader)? {
        match key {
            0 => form = Some(reader.u64()?),
            // In ascending order the form is known by now, and the items are read only once.
            1 => match form {
                Some(form) => tree = Some(read_items(&mut reader, form, bytes.len())?),
                None => {
                    items = Some(reader.position());
                    reader.raw()?;
                }
            },
            2 => height = Some(reader.u64()?),
            _ => {
                reader.raw()?;
                later_keys.push((key, Vec::new()));
            }
        }
    }
    super::cbor::sort_unknown(&mut later_keys)?;
    reader.end()?;
    if let (Some(form), Some(position)) = (form, items) {
        tree = Some(read_items(&mut reader.at(position), form, bytes.len())?);
    }
    match (tree.ok_or(ModelError::Value("A tree without form or items"))?, height) {
        (Tree::List { ids, .. }, Some(height)) if height <= MAX_NESTING.into() => {
            Ok(Tree::List { height: height as u8, ids })
        }
        (Tree::List { .. }, _) => Err(ModelError::Value("A content list without height, or too high")),
        (tree, _) => Ok(tree),
    }
}

fn read_items(reader: &mut Reader<'_>, form: u64, blob_len: usize) -> Result<Tree, ModelError> {
    let disorder = ModelError::Value("Names that are out of order or there twice");
    // Nodes are much larger in memory than encoded, so this comes before they are made.
    if blob_len > PIECE_LIMIT && form < u64::from(LIST) && reader.at(reader.position()).array()? > 1 {
        return Err(ModelError::Value("A tree that should have been cut"));
    }
    if form == u64::from(LEAF) {
        let nodes = reader.items(SMALLEST_NODE, read_node)?;
        let ordered = nodes.is_sorted_by(|a, b| a.name < b.name);
        return if ordered { Ok(Tree::Leaf(nodes)) } else { Err(disorder) };
    }
    if form == u64::from(INNER) {
        let branches = reader.items(SMALLEST_BRANCH, read_branch)?;
        if branches.is_empty() {
            return Err(ModelError::Value("An inner tree without pieces"));
        }
        let ordered = branches.is_sorted_by(|a, b| a.first_name < b.first_name);
        return if ordered { Ok(Tree::Inner(branches)) } else { Err(disorder) };
    }
    if form == u64::from(LIST) {
        let ids = reader.ids()?;
        if ids.is_empty() || ids.len() > MAX_LIST_IDS {
            return Err(ModelError::Value("A content list with no ids, or too many"));
        }
        return Ok(Tree::List { height: 0, ids });
    }
    Err(ModelError::Value("An unknown form of tree"))
}

/// A map with a name of one byte.
const SMALLEST_NODE: usize = 4;
/// An array with an id, a name of one byte and a count.
const SMALLEST_BRANCH: usize = 1 + 34 + 2 + 1;

fn read_branch(reader: &mut Reader<'_>) -> Result<Branch, ModelError> {
    reader.array_of(3)?;
    let branch = Branch { id: BlobId(reader.fixed()?), first_name: reader.bytes()?.to_vec(), nodes: reader.u64()? };
    check_name(&branch.first_name)?;
    if branch.nodes == 0 {
        return Err(ModelError::Value("An empty piece in an inner tree"));
    }
    Ok(branch)
}
