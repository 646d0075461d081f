//! The set of blobs that snapshots need.
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use crate::id::BlobId;

/// Ids are keyed hashes, so eight bytes of one are as good as a hash of it.
#[derive(Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0 << 8 | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Blobs by the first half of their ids: 16 bytes and some for each, whatever their number.
///
/// Two ids that begin alike are taken for one; with 2^32 blobs that happens once in 2^65 repositories, and keeps a blob too much.
#[derive(Clone, Default)]
pub struct BlobSet {
    ids: HashSet<Half, BuildHasherDefault<AsItIs>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Half(u64, u64);

impl std::hash::Hash for Half {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0);
    }
}

fn half(id: &BlobId) -> Half {
    let mut words = id.0.chunks_exact(8).map(|bytes| bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    Half(words.next().unwrap_or_default(), words.next().unwrap_or_default())
}

impl BlobSet {
    /// True if it is new.
    pub fn insert(&mut self, id: &BlobId) -> bool {
        self.ids.insert(half(id))
    }

    /// Whether it is in the set.
    pub fn contains(&self, id: &BlobId) -> bool {
        self.ids.contains(&half(id))
    }

    /// Takes it out; true if it was there.
    pub fn remove(&mut self, id: &BlobId) -> bool {
        self.ids.remove(&half(id))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}
