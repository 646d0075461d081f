//! Trees of a repository for operations that only read.
use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind};
use crate::model::TreeStore;
use crate::monitor::Monitor;
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
