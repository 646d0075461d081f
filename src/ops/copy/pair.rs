//! A snapshot and its copy, walked in step with a snapshot that resembles them: tells what of the source the target has, without reading data.
use std::iter::Peekable;

use crate::error::Result;
use crate::id::BlobId;
use crate::model::{Node, TreeReader, TreeStore, XattrValue};

/// One directory, from the current name on.
type Level<'a> = Option<[Peekable<TreeReader<'a>>; 2]>;

/// The same entry in the source and in the target.
pub(super) struct Both {
    pub source: Node,
    pub target: Node,
}

/// Names are asked for in ascending order, so that each tree is read once. What cannot be read any further knows nothing more.
pub(super) struct Pair<'a> {
    stores: [&'a dyn TreeStore; 2],
    levels: Vec<Level<'a>>,
}

impl<'a> Pair<'a> {
    /// At the roots of both.
    pub(super) fn new(source: &'a dyn TreeStore, target: &'a dyn TreeStore, roots: Option<[BlobId; 2]>) -> Self {
        let mut pair = Pair { stores: [source, target], levels: Vec::new() };
        pair.enter(roots);
        pair
    }

    /// Descends into a directory; `None`: it is not in the pair.
    pub(super) fn enter(&mut self, trees: Option<[BlobId; 2]>) {
        let stores = self.stores;
        self.levels.push(trees.map(|[source, target]| {
            [(stores[0], source), (stores[1], target)].map(|(store, tree)| TreeReader::new(store, tree).peekable())
        }));
    }

    /// Ascends.
    pub(super) fn leave(&mut self) {
        self.levels.pop();
    }

    /// The entry with this name in the current directory.
    pub(super) fn find(&mut self, name: &[u8]) -> Option<Both> {
        let [source, target] = self.levels.last_mut()?.as_mut()?;
        let (source, target) = (next(source, name), next(target, name));
        let both = Both { source: source?, target: target? };
        both.are_alike().then_some(both)
    }
}

fn next(entries: &mut Peekable<TreeReader<'_>>, name: &[u8]) -> Option<Node> {
    let before = |next: &Result<Node>| next.as_ref().is_ok_and(|node| node.name.as_slice() < name);
    while entries.next_if(before).is_some() {}
    entries.next_if(|next| next.as_ref().is_ok_and(|node| node.name == name))?.ok()
}

impl Both {
    /// A copy differs in ids only. If something else made another tree of it, it tells nothing.
    fn are_alike(&self) -> bool {
        let (a, b) = (&self.source, &self.target);
        let is_long = |value: &XattrValue| matches!(value, XattrValue::Blobs(_));
        (a.kind, a.size, a.mtime, a.ctime, a.inode) == (b.kind, b.size, b.mtime, b.ctime, b.inode)
            && a.holes == b.holes
            && a.content.has_blobs() == b.content.has_blobs()
            && a.xattrs.len() == b.xattrs.len()
            && a.xattrs.iter().zip(&b.xattrs).all(|(a, b)| a.0 == b.0 && is_long(&a.1) == is_long(&b.1))
    }

    /// Trees of both, if it is a directory.
    pub(super) fn subtrees(&self) -> Option<[BlobId; 2]> {
        Some([self.source.subtree?, self.target.subtree?])
    }

    /// Ids of values of extended attributes, in both.
    pub(super) fn xattr_blobs(&self) -> Vec<(BlobId, BlobId)> {
        let mut ids = Vec::new();
        for ((_, a), (_, b)) in self.source.xattrs.iter().zip(&self.target.xattrs) {
            if let (XattrValue::Blobs(a), XattrValue::Blobs(b)) = (a, b)
                && a.len() == b.len()
            {
                ids.extend(a.iter().copied().zip(b.iter().copied()));
            }
        }
        ids
    }
}
