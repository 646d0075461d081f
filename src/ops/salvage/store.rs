//! Blobs for trees that are made anew: which can be had, and how they come to be of this session.
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind};
use crate::model::{Tree, TreeStore, decode_tree};
use crate::monitor::Silent;
use crate::repo::{Availability, Inspection, Repository, Writer};

/// Reads through the repository, writes through the writer, and takes nothing for stored that is lost.
pub(in crate::ops) struct SalvageStore<'a, 'r> {
    repo: &'r Repository,
    writer: &'a Writer<'r>,
    inspection: Mutex<&'a mut Inspection<'r>>,
    /// Content lists that were read, with the length of what they name if all of it is there.
    lists: Mutex<HashMap<BlobId, Option<u64>>>,
}

impl<'a, 'r> SalvageStore<'a, 'r> {
    /// The inspection must have looked at structure and losses.
    pub(in crate::ops) fn new(
        repo: &'r Repository,
        writer: &'a Writer<'r>,
        inspection: &'a mut Inspection<'r>,
    ) -> SalvageStore<'a, 'r> {
        SalvageStore { repo, writer, inspection: Mutex::new(inspection), lists: Mutex::default() }
    }

    fn inspection(&self) -> MutexGuard<'_, &'a mut Inspection<'r>> {
        self.inspection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Length of a blob; `None` if it is lost for good. An error if storage only does not let it be read now: nothing may be left out then.
    fn available(&self, kind: BlobKind, id: &BlobId) -> Result<Option<u64>> {
        let (availability, length) = self.inspection().availability(kind, id)?;
        if availability == Availability::Available {
            return Ok(Some(length.into()));
        }
        self.repo.confirm_lost(id)?;
        Ok(None)
    }

    fn load(&self, kind: BlobKind, id: &BlobId) -> Result<Option<Vec<u8>>> {
        match self.repo.load_blob(kind, id, &Silent) {
            Ok(blob) => Ok(Some(blob)),
            Err(Error::BlobNotFound { .. } | Error::BlobLost { .. } | Error::Damaged { .. }) => {
                self.repo.confirm_lost(id)?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Makes sure that the session may refer to a blob; its length, or `None` if it is lost.
    pub(super) fn keep(&self, kind: BlobKind, id: &BlobId) -> Result<Option<u64>> {
        let Some(length) = self.available(kind, id)? else { return Ok(None) };
        if !self.writer.is_usable(id)? {
            // It reads, but out of a stripe that is going to be removed.
            let Some(blob) = self.load(kind, id)? else { return Ok(None) };
            self.writer.save_again(0, kind, &blob)?;
        }
        Ok(Some(length))
    }

    /// What [`SalvageStore::note_list`] noted: the length of all that a content list names, `None` if something of it is lost.
    pub(super) fn known_list(&self, id: &BlobId) -> Option<Option<u64>> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied()
    }

    pub(super) fn note_list(&self, id: BlobId, length: Option<u64>) {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner).insert(id, length);
    }

    /// A tree blob; `None` if it is lost or no tree.
    pub(in crate::ops) fn tree(&self, id: &BlobId) -> Result<Option<Tree>> {
        Ok(self.load(BlobKind::Tree, id)?.and_then(|bytes| decode_tree(&bytes).ok()))
    }
}

impl TreeStore for SalvageStore<'_, '_> {
    fn save_tree(&self, bytes: Vec<u8>) -> Result<BlobId> {
        let id = self.writer.id_of(BlobKind::Tree, &bytes);
        // The index may still name it in a pack that is lost.
        if self.writer.is_usable(&id)? && self.available(BlobKind::Tree, &id)?.is_none() {
            self.writer.save_again(0, BlobKind::Tree, &bytes)?;
            return Ok(id);
        }
        Ok(self.writer.save(0, BlobKind::Tree, &bytes)?.0)
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        self.repo.load_blob(BlobKind::Tree, id, &Silent)
    }

    fn largest_tree(&self) -> usize {
        self.writer.largest_blob()
    }
}
