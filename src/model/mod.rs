//! What a backup is made of: nodes, trees and snapshots, and their bytes (repo-format.md, sections 10 and 11).
mod node;
mod snapshot;

pub use node::{Content, Node, NodeType, XattrValue};
pub use snapshot::{Snapshot, Statistics};
