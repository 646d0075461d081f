//! Tests of codecs, cutting and reading, over trees in memory.
mod codec;
mod cutting;
mod hostile;

use std::collections::HashMap;
use std::sync::Mutex;

use super::TreeStore;
use crate::error::{Error, Result};
use crate::id::BlobId;

/// Tree blobs in memory, with their hashes as ids; counts what is loaded.
#[derive(Default)]
pub(super) struct MemoryTrees {
    blobs: Mutex<HashMap<BlobId, Vec<u8>>>,
    loads: Mutex<usize>,
}

impl MemoryTrees {
    fn len(&self) -> usize {
        self.blobs.lock().unwrap().len()
    }

    fn lengths(&self) -> Vec<usize> {
        self.blobs.lock().unwrap().values().map(Vec::len).collect()
    }

    fn take_loads(&self) -> usize {
        std::mem::take(&mut *self.loads.lock().unwrap())
    }
}

impl TreeStore for MemoryTrees {
    fn save_tree(&self, bytes: Vec<u8>) -> Result<BlobId> {
        let id = BlobId(*blake3::hash(&bytes).as_bytes());
        self.blobs.lock().unwrap().insert(id, bytes);
        Ok(id)
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        *self.loads.lock().unwrap() += 1;
        self.blobs.lock().unwrap().get(id).cloned().ok_or(Error::BlobNotFound { id: *id })
    }
}

/// The i-th of a row of different ids.
fn id(i: u64) -> BlobId {
    BlobId(*blake3::hash(&i.to_le_bytes()).as_bytes())
}
