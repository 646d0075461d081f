//! What a backup is made of: nodes, trees and snapshots, and their bytes (repo-format.md, sections 10 and 11).
mod build;
mod cbor;
mod content;
mod error;
mod node;
mod node_codec;
mod older_lists;
mod read;
mod snapshot;
mod snapshot_codec;
mod tree;

#[cfg(test)]
mod tests;

pub use build::TreeBuilder;
pub use content::{ContentBuilder, ContentReader};
pub use error::ModelError;
pub use node::{ChangeDetection, Content, Node, NodeType, XattrValue};
pub use read::{TreePiece, TreeReader, find};
pub use snapshot::{Origin, Snapshot, Statistics};
pub use snapshot_codec::{decode_snapshot, encode_snapshot};
pub use tree::{Branch, Tree, decode_tree, encode_tree};

use crate::error::Result;
use crate::id::BlobId;

/// Where tree blobs are kept: the seam to the repository.
pub trait TreeStore: Send + Sync {
    /// Stores a tree blob, unless it is there already, and returns its id. It need not be durable on return; it is
    /// when the snapshot that refers to it is committed.
    fn save_tree(&self, bytes: Vec<u8>) -> Result<BlobId>;

    /// The same for a blob that takes the place of others, which `older` tells if it is new. It may be stored as a delta of them.
    fn save_tree_over(&self, bytes: Vec<u8>, _older: &mut dyn FnMut() -> Vec<BlobId>) -> Result<BlobId> {
        self.save_tree(bytes)
    }

    /// The bytes of a tree blob, which hash to `id`.
    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>>;

    /// The longest tree blob that can be stored.
    fn largest_tree(&self) -> usize {
        usize::MAX
    }
}
