//! Sums over what is in a tree.
use crate::model::{Node, NodeType};

/// Entries by kind, and bytes of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Totals {
    pub files: u64,
    pub directories: u64,
    pub others: u64,
    pub bytes: u64,
}

impl Totals {
    pub(super) fn add(&mut self, other: Totals) {
        self.files += other.files;
        self.directories += other.directories;
        self.others += other.others;
        self.bytes = self.bytes.saturating_add(other.bytes);
    }

    pub(super) fn count(&mut self, node: &Node) {
        match node.kind {
            NodeType::File => {
                self.files += 1;
                self.bytes = self.bytes.saturating_add(node.size);
            }
            NodeType::Directory => self.directories += 1,
            _ => self.others += 1,
        }
    }
}
