//! Blobs and trees that are looked for, by their ids or the packs that hold them.
use std::collections::HashSet;

use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind, PackId};
use crate::repo::Repository;

/// Shorter beginnings of ids name too much.
const MIN_PREFIX: usize = 4;

/// What an id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ObjectKind {
    Blob,
    Tree,
    /// All blobs and trees in it.
    Pack,
}

/// See above. A beginning of an id stands for all that begin so.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    ids: HashSet<(BlobKind, BlobId)>,
    prefixes: Vec<(BlobKind, String)>,
}

impl Objects {
    /// Ids, or beginnings of ids, in hex. For packs, reads all of the index, which must be loaded; a pack that it does not have is an error.
    pub fn new(repo: &Repository, kinds: &[ObjectKind], ids: &[String]) -> Result<Self> {
        let mut objects = Objects::default();
        for id in ids {
            let id = id.to_ascii_lowercase();
            if id.len() < MIN_PREFIX || id.len() > 2 * BlobId::LEN || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(Error::Invalid(format!(
                    "{id:?} is no id: write the first digits, {MIN_PREFIX} at least, or all {}",
                    2 * BlobId::LEN
                )));
            }
            for kind in [(ObjectKind::Blob, BlobKind::Data), (ObjectKind::Tree, BlobKind::Tree)] {
                match id.parse() {
                    _ if !kinds.contains(&kind.0) => {}
                    Ok(id) => drop(objects.ids.insert((kind.1, id))),
                    Err(_) => objects.prefixes.push((kind.1, id.clone())),
                }
            }
        }
        if kinds.contains(&ObjectKind::Pack) {
            let begins = |pack: &PackId| {
                let pack = pack.to_string();
                ids.iter().any(|id| pack.starts_with(&id.to_ascii_lowercase()))
            };
            let found = repo.blobs_in_packs(&begins)?;
            if found.is_empty() {
                return Err(Error::Invalid(format!("No index object names data in a pack {}", ids.join(", "))));
            }
            objects.ids.extend(found);
        }
        Ok(objects)
    }

    /// Whether trees are among them.
    pub(super) fn has_trees(&self) -> bool {
        let is_tree = |kind: BlobKind| kind == BlobKind::Tree;
        self.ids.iter().any(|(kind, _)| is_tree(*kind)) || self.prefixes.iter().any(|(kind, _)| is_tree(*kind))
    }

    pub(super) fn has(&self, kind: BlobKind, id: &BlobId) -> bool {
        if self.ids.contains(&(kind, *id)) {
            return true;
        }
        let begins = |prefix: &str| id.to_string().starts_with(prefix);
        self.prefixes.iter().any(|(of, prefix)| *of == kind && begins(prefix))
    }
}
