//! Trees of a repository for operations that only read.
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind};
use crate::model::{Node, NodeType, TreeReader, TreeStore, find};
use crate::monitor::Monitor;
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::Repository;

/// So many names of a directory are told to somebody who looked for another one.
const TOLD: usize = 5;

/// Loads trees; saves none.
pub(super) struct ReadTrees<'a> {
    pub repo: &'a Repository,
    pub monitor: &'a dyn Monitor,
}

impl TreeStore for ReadTrees<'_> {
    fn save_tree(&self, _: Vec<u8>) -> Result<BlobId> {
        Err(Error::Invalid("This operation only reads; it stores no trees".to_owned()))
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        self.repo.load_blob(BlobKind::Tree, id, self.monitor)
    }
}

/// Damage to one tree leaves the others readable; storage that fails does not.
pub(super) fn is_fatal(error: &Error) -> bool {
    !matches!(error, Error::Damaged { .. } | Error::BlobNotFound { .. } | Error::BlobLost { .. })
}

/// Names of a path, which may begin with a slash.
pub(super) fn names(path: &[u8]) -> Vec<&[u8]> {
    path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).collect()
}

/// The entry at a path of a snapshot; for its root a directory without a name.
pub(super) fn entry(store: &dyn TreeStore, info: &SnapshotInfo, path: &[u8]) -> Result<Node> {
    let root = info.snapshot.root.ok_or_else(|| Error::damaged(ObjectName::Snapshot(info.id), "it has no tree"))?;
    let names = names(path);
    if names.is_empty() {
        return Ok(Node { kind: NodeType::Directory, mode: 0o755, subtree: Some(root), ..Node::default() });
    }
    find(store, &root, names.iter().copied())?.ok_or_else(|| Error::PathNotFound {
        path: String::from_utf8_lossy(path).into_owned(),
        snapshot: info.id.short(),
        cause: missing(store, &root, &names),
    })
}

/// Why nothing is found under these names: which of them is missing, and what is where it should be.
pub(super) fn missing(store: &dyn TreeStore, root: &BlobId, names: &[&[u8]]) -> String {
    let shown = |name: &[u8]| format!("{:?}", String::from_utf8_lossy(name));
    let path =
        |depth: usize| format!("/{}", String::from_utf8_lossy(&names.get(..depth).unwrap_or_default().join(&b'/')));
    let mut tree = *root;
    for (depth, name) in names.iter().enumerate() {
        match find(store, &tree, [*name]) {
            Ok(Some(Node { subtree: Some(below), .. })) => tree = below,
            Ok(Some(_)) => return format!("{} is no directory", path(depth + 1)),
            _ => {
                let place = if depth == 0 { "at its top".to_owned() } else { format!("in {}", path(depth)) };
                // One more tells that there are more.
                let there = TreeReader::new(store, tree).map_while(Result::ok).take(TOLD + 1);
                let mut there: Vec<String> = there.map(|node| shown(&node.name)).collect();
                let others = if there.len() > TOLD { " and others" } else { "" };
                there.truncate(TOLD);
                return match there.is_empty() {
                    true => format!("there is no {} {place}, where nothing is", shown(name)),
                    false => {
                        format!("there is no {} {place}; what is there: {}{others}", shown(name), there.join(", "))
                    }
                };
            }
        }
    }
    "there is no such entry".to_owned()
}
