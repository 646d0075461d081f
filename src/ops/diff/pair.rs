//! What happened to an entry that is on both sides.
use super::Mark;
use crate::model::{Node, NodeType};
use crate::ops::changes::{self, Field};

/// `None`: nothing, or nothing that is to be told.
pub(super) fn mark(before: &Node, after: &Node, metadata: bool) -> Option<Mark> {
    if before.kind != after.kind {
        return Some(Mark::Kind);
    }
    let same = match before.kind {
        NodeType::File => changes::same_content(before, after),
        _ => (&before.target, before.rdev) == (&after.target, after.rdev),
    };
    match (same, before.kind) {
        (false, NodeType::File) if changes::metadata(before, after).is_empty() => Some(Mark::Suspicious),
        (false, _) => Some(Mark::Modified),
        (true, _) => (metadata && differs(before, after)).then_some(Mark::Metadata),
    }
}

/// What a restore brings back; times of change and inodes are others wherever a file is copied to.
fn differs(before: &Node, after: &Node) -> bool {
    let counts = |field: &Field| matches!(field, Field::Mode | Field::Owner | Field::Mtime | Field::Xattrs);
    changes::metadata(before, after).iter().any(counts)
}
