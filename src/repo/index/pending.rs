//! Blobs that this session has taken on and that no index object names yet.
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::id::BlobId;

const SHARDS: usize = 64;

/// A set for many threads. Holds what was stored since the last index object, so it stays small.
#[derive(Debug)]
pub struct PendingBlobs {
    shards: Vec<Mutex<HashSet<BlobId>>>,
}

impl Default for PendingBlobs {
    fn default() -> Self {
        PendingBlobs { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl PendingBlobs {
    fn shard(&self, id: &BlobId) -> MutexGuard<'_, HashSet<BlobId>> {
        let shard = &self.shards[usize::from(id.0[31]) % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True: the caller, and nobody else, must store the blob. False: somebody does already.
    pub fn claim(&self, id: &BlobId) -> bool {
        self.shard(id).insert(*id)
    }

    /// Somebody has claimed the blob and it is not yet forgotten.
    pub fn contains(&self, id: &BlobId) -> bool {
        self.shard(id).contains(id)
    }

    /// Drops claims: after the blobs are in the local index, or when storing them failed.
    pub fn forget_all<'a>(&self, ids: impl IntoIterator<Item = &'a BlobId>) {
        for id in ids {
            self.shard(id).remove(id);
        }
    }

    /// Number of claims.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }

    /// Nothing is claimed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_thread_claims_a_blob() {
        let pending = PendingBlobs::default();
        let ids: Vec<BlobId> = (0..500u32).map(|n| BlobId(*blake3::hash(&n.to_le_bytes()).as_bytes())).collect();
        let won: usize = std::thread::scope(|scope| {
            let claim = || ids.iter().filter(|id| pending.claim(id)).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(claim)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!((won, pending.len()), (500, 500));
        pending.forget_all(&ids[..100]);
        assert!(pending.claim(&ids[0]) && !pending.claim(&ids[100]));
        assert_eq!(pending.len(), 401);
    }
}
