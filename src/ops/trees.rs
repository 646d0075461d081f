//! Trees of a repository for operations that only read.
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind};
use crate::model::{Node, NodeType, TreeStore, find};
use crate::monitor::Monitor;
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::Repository;

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
    find(store, &root, names)?.ok_or_else(|| Error::PathNotFound {
        path: String::from_utf8_lossy(path).into_owned(),
        snapshot: info.id.short(),
        cause: "there is no such entry".to_owned(),
    })
}
