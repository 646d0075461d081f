//! What is planned and not yet copied: steps in tree order, and the data blobs that must be read before they are taken.
use std::collections::HashSet;

use crate::id::BlobId;
use crate::model::{Content, Node, XattrValue};

/// Steps of one batch.
const MAX_STEPS: usize = 16 * 1024;
/// Blobs that are read for one batch. Each takes some 300 bytes.
const MAX_WANTED: usize = 64 * 1024;
/// What the nodes of one batch have in them: content, attributes, holes.
const MAX_IN_NODES: usize = 8 * 1024 * 1024;

/// What is built of, in tree order. Data blobs in nodes have ids of the source unless it is said otherwise.
pub(super) enum Step {
    /// A directory; what follows up to its `Leave` is in it.
    Enter {
        node: Box<Node>,
        /// The tree in the source.
        id: BlobId,
        /// A tree of the target that it resembles.
        older: Option<BlobId>,
    },
    Leave,
    /// An entry whose subtree, if it has one, is of the target; so is its content if `is_mapped`.
    Entry {
        node: Box<Node>,
        is_mapped: bool,
    },
    /// A file with a content list, of which the ids follow.
    Open(Box<Node>),
    Ids(Vec<BlobId>),
    Close,
}

#[derive(Default)]
pub(super) struct Batch {
    pub steps: Vec<Step>,
    /// To be read in the source.
    pub wanted: HashSet<BlobId>,
    weight: usize,
}

impl Batch {
    pub(super) fn push(&mut self, step: Step) {
        self.weight += match &step {
            Step::Enter { node, .. } | Step::Entry { node, .. } | Step::Open(node) => weight(node),
            Step::Ids(ids) => 32 * ids.len(),
            Step::Leave | Step::Close => 0,
        };
        self.steps.push(step);
    }

    pub(super) fn is_full(&self) -> bool {
        self.steps.len() >= MAX_STEPS || self.wanted.len() >= MAX_WANTED || self.weight >= MAX_IN_NODES
    }
}

/// Bytes that a node holds in memory beside itself, about.
fn weight(node: &Node) -> usize {
    let content = match &node.content {
        Content::Inline(bytes) => bytes.len(),
        Content::Blobs(ids) => 32 * ids.len(),
        Content::Empty | Content::List { .. } => 0,
    };
    let xattrs = node.xattrs.iter().map(|(name, value)| match value {
        XattrValue::Inline(bytes) => 64 + name.len() + bytes.len(),
        XattrValue::Blobs(ids) => 64 + name.len() + 32 * ids.len(),
    });
    let unknown = node.unknown.iter().map(|(_, value)| 32 + value.len());
    content + node.name.len() + 16 * node.holes.len() + xattrs.sum::<usize>() + unknown.sum::<usize>()
}
