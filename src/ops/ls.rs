//! Listing the entries of a snapshot.
use crate::error::Result;
use crate::model::{Node, Snapshot};
use crate::repo::Repository;

/// Calls `each` with the path and node of everything at and below `path`, depth first in order of names; not below the first level unless `recursive`.
pub fn ls(
    repo: &Repository,
    snapshot: &Snapshot,
    path: &[u8],
    recursive: bool,
    each: &mut dyn FnMut(&[u8], &Node) -> Result<()>,
) -> Result<()> {
    let _ = (repo, snapshot, path, recursive, each);
    todo!()
}
