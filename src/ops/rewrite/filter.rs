//! Makes the trees of a changed copy that leaves something out: only those on the way to what goes are written.
use super::leave_out::{Fate, LeaveOut};
use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind};
use crate::model::{Node, TreeBuilder, TreeReader, TreeStore};
use crate::monitor::{Event, Monitor};
use crate::repo::{Repository, Writer};

/// A directory under way.
struct Level<'a> {
    reader: TreeReader<'a>,
    /// Its tree as it was, and as what it is in the one above.
    old: BlobId,
    node: Option<Node>,
    /// Length of its path.
    path: usize,
    builder: TreeBuilder<'a>,
    is_changed: bool,
    /// It goes if nothing in it stays.
    if_not_empty: bool,
    has_something: bool,
}

/// The root without what is left out. Subtrees of which nothing can go are taken over as they are, without being read.
pub(super) fn filter(
    repo: &Repository,
    writer: &Writer<'_>,
    root: BlobId,
    leave_out: &LeaveOut,
    monitor: &dyn Monitor,
) -> Result<BlobId> {
    monitor.event(Event::Phase("Writing trees"));
    let store = Store { repo, writer, monitor };
    let open = |tree: BlobId, node: Option<Node>, path: usize, if_not_empty: bool| Level {
        reader: TreeReader::new(&store, tree),
        old: tree,
        node,
        path,
        builder: TreeBuilder::over(&store, Some(tree)),
        is_changed: false,
        if_not_empty,
        has_something: false,
    };
    let mut path = Vec::new();
    // Not by recursion: trees may be deeper than the stack of a thread.
    let mut levels = vec![open(root, None, 0, false)];
    while let Some(level) = levels.last_mut() {
        if monitor.stop() {
            return Err(Error::Stopped { checkpoint: None });
        }
        path.truncate(level.path);
        let Some(node) = level.reader.next() else {
            let Some(Level { old, node, builder, is_changed, if_not_empty, has_something, .. }) = levels.pop() else {
                break;
            };
            if let (true, Some(above)) = (if_not_empty && !has_something, levels.last_mut()) {
                above.is_changed = true;
                continue;
            }
            let tree = if is_changed { builder.finish()? } else { old };
            match (levels.last_mut(), node) {
                (Some(above), Some(node)) => {
                    above.is_changed |= is_changed;
                    above.has_something = true;
                    above.builder.push(&Node { subtree: Some(tree), ..node })?;
                }
                _ => return Ok(tree),
            }
            continue;
        };
        let node = node?;
        path.push(b'/');
        path.extend_from_slice(&node.name);
        match (leave_out.fate(&path, &node), node.subtree) {
            (Fate::Goes, _) => level.is_changed = true,
            (fate @ (Fate::Perhaps | Fate::IfNotEmpty), Some(tree)) => {
                levels.push(open(tree, Some(node), path.len(), fate == Fate::IfNotEmpty));
            }
            _ => {
                level.has_something = true;
                level.builder.push(&node)?;
            }
        }
    }
    Err(Error::Invalid("The trees of a changed copy ended without a root".to_owned()))
}

/// Reads through the repository, writes through the writer.
struct Store<'a> {
    repo: &'a Repository,
    writer: &'a Writer<'a>,
    monitor: &'a dyn Monitor,
}

impl TreeStore for Store<'_> {
    fn save_tree(&self, bytes: Vec<u8>) -> Result<BlobId> {
        Ok(self.writer.save(0, BlobKind::Tree, &bytes)?.0)
    }

    fn save_tree_over(&self, bytes: Vec<u8>, older: &mut dyn FnMut() -> Vec<BlobId>) -> Result<BlobId> {
        let id = self.writer.id_of(BlobKind::Tree, &bytes);
        self.writer.save_over(0, BlobKind::Tree, id, &bytes, older)?;
        Ok(id)
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        self.repo.load_blob(BlobKind::Tree, id, self.monitor)
    }

    fn largest_tree(&self) -> usize {
        self.writer.largest_blob()
    }
}
