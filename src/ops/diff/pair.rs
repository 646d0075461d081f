//! What happened to an entry that is on both sides.
use super::Mark;
use crate::model::{Node, NodeType};
use crate::ops::changes;

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
        (true, _) => (metadata && !changes::metadata(before, after).is_empty()).then_some(Mark::Metadata),
    }
}
