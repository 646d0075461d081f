//! Raw views of single objects, for people who look inside.
mod view;

use crate::backend::{Family, ObjectName};
use crate::error::{Error, Result};
use crate::format::IndexName;
use crate::id::{BlobId, BlobKind, PackId, SlotId};
use crate::model::{decode_tree, find};
use crate::monitor::{Monitor, Silent};
use crate::ops::snapshots::{SnapshotFilter, select};
use crate::ops::trees::ReadTrees;
use crate::repo::Repository;

/// What to show.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CatTarget {
    Config,
    Snapshot(String),
    /// `sid-n`.
    Index(String),
    /// A pack's directory, by the beginning of its id.
    Pack(String),
    /// The plaintext of a blob, by full id.
    Blob(String),
    /// A tree, by full blob id or `SNAPSHOT[:PATH]`.
    Tree(String),
    /// Plain part of a key slot.
    Key(String),
}

/// JSON for everything but blobs.
pub enum CatOutput {
    /// Structured.
    Json(serde_json::Value),
    /// Bytes as they are.
    Bytes(Vec<u8>),
}

/// Reads and decodes it. The filter is for `latest` and labels. In JSON ids are hex; bytes are text where they are UTF-8, else `{"hex": …}`.
pub fn cat(repo: &Repository, target: &CatTarget, filter: &SnapshotFilter) -> Result<CatOutput> {
    let monitor = &Silent;
    Ok(CatOutput::Json(match target {
        CatTarget::Config => view::config(&repo.id(), repo.config()),
        CatTarget::Snapshot(selector) => {
            let (info, _) = select(repo, selector, filter, monitor)?;
            view::snapshot(&info)
        }
        CatTarget::Index(name) => {
            let full = if name.starts_with("index/") { name.clone() } else { format!("index/{name}") };
            let name: IndexName = full.parse().map_err(|_| {
                Error::Invalid(format!("{name:?} is no name of an index object: session id, dash, number"))
            })?;
            view::index(&repo.read_index_object(name, monitor)?)
        }
        CatTarget::Pack(prefix) => {
            let pack: PackId = unique(repo, prefix, "pack", &[Family::Packs], |name| match name {
                ObjectName::Pack(id) => Some(id),
                _ => None,
            })?;
            repo.load_index(monitor)?;
            view::pack(&repo.view_pack(&pack, monitor)?)
        }
        CatTarget::Blob(id) => {
            let id: BlobId = id.parse().map_err(|_| invalid_blob(id))?;
            repo.load_index(monitor)?;
            let (kind, _) = repo.blob_info(&id)?.ok_or(Error::BlobNotFound { id })?;
            return Ok(CatOutput::Bytes(repo.load_blob(kind, &id, monitor)?));
        }
        CatTarget::Tree(name) => {
            let id = tree_id(repo, name, filter, monitor)?;
            let bytes = repo.load_blob(BlobKind::Tree, &id, monitor)?;
            view::tree(&decode_tree(&bytes).map_err(|cause| Error::damaged(format!("Tree {id}"), cause))?)
        }
        CatTarget::Key(prefix) => {
            let families = [Family::Keys, Family::ReplicaKeys];
            let id: SlotId = unique(repo, prefix, "key slot", &families, |name| match name {
                ObjectName::Key(id) => Some(id),
                _ => None,
            })?;
            view::key(&id, &repo.read_key_slot(id)?)
        }
    }))
}

fn invalid_blob(text: &str) -> Error {
    Error::Invalid(format!("{text:?} is no full blob id: 64 digits of lower-case hex"))
}

fn tree_id(repo: &Repository, name: &str, filter: &SnapshotFilter, monitor: &dyn Monitor) -> Result<BlobId> {
    repo.load_index(monitor)?;
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    let (info, path) = select(repo, name, filter, monitor)?;
    let root = info.snapshot.root.ok_or_else(|| Error::damaged(ObjectName::Snapshot(info.id), "it has no tree"))?;
    let names: Vec<&[u8]> = path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Ok(root);
    }
    let missing = |cause: &str| Error::PathNotFound {
        path: String::from_utf8_lossy(&path).into_owned(),
        snapshot: info.id.short(),
        cause: cause.to_owned(),
    };
    let node = find(&ReadTrees { repo, monitor }, &root, names)?.ok_or_else(|| missing("there is no such entry"))?;
    node.subtree.ok_or_else(|| missing("it is no directory"))
}

/// The only object of some families whose id begins with `prefix`. Lists all of them.
fn unique<T: std::fmt::Display + Ord>(
    repo: &Repository,
    prefix: &str,
    what: &str,
    families: &[Family],
    id: impl Fn(ObjectName) -> Option<T>,
) -> Result<T> {
    let mut found = std::collections::BTreeSet::new();
    for family in families {
        for listed in repo.backend().list(*family)? {
            found.extend(id(listed.name.original()).filter(|id| id.to_string().starts_with(prefix)));
        }
    }
    match found.len() {
        1 => found.pop_first().ok_or_else(|| Error::Invalid(format!("No {what} matches {prefix:?}"))),
        0 => Err(Error::Invalid(format!("No {what} matches {prefix:?}"))),
        count => Err(Error::Invalid(format!("{prefix:?} is the beginning of {count} {what} ids; give more digits"))),
    }
}

#[cfg(test)]
mod tests;
