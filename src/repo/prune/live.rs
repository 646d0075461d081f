//! The blobs that snapshots need, and those that these are deltas of.
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use super::super::index::Location;
use crate::format::Codec;
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

    /// Inserts all.
    pub fn extend<'a>(&mut self, ids: impl Iterator<Item = &'a BlobId>) {
        self.ids.extend(ids.map(half));
    }

    /// Takes out what is in another set.
    pub fn remove_all(&mut self, others: &BlobSet) {
        self.ids.retain(|id| !others.ids.contains(id));
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

/// What must stay.
#[derive(Clone, Default)]
pub struct Live {
    /// What snapshots refer to.
    pub needed: BlobSet,
    /// Bases of delta frames that hold something needed. Apart, because a tree that is here has not been walked, and because these must
    /// stay in full: a delta of another base is no base.
    pub(super) bases: BlobSet,
    /// Bases of more than one such frame.
    pub(super) shared_bases: BlobSet,
    /// Bases that are nowhere in full: what was a delta of them has no place there.
    pub(super) lost_bases: BlobSet,
    /// A test breaks the rule that the place of a base is one in full.
    pub(super) deltas_hold: bool,
}

impl Live {
    /// Whether snapshots need it, or it is a base.
    pub fn contains(&self, id: &BlobId) -> bool {
        self.needed.contains(id) || self.bases.contains(id)
    }

    /// Whether this place of the blob is one for whose sake it stays.
    pub(super) fn counts(&self, id: &BlobId, place: &Location) -> bool {
        if self.bases.contains(id) { self.holds(place) } else { self.needed.contains(id) && self.opens(place) }
    }

    /// Whether a blob can be had from this place, as far as the index tells.
    pub(super) fn opens(&self, place: &Location) -> bool {
        !place.bases.iter().any(|base| self.lost_bases.contains(base))
    }

    /// Whether this is a place for a base.
    pub(super) fn holds(&self, place: &Location) -> bool {
        is_full(place) || self.deltas_hold
    }

    /// Delta frames that need a base; two stands for more.
    pub(super) fn dependants(&self, base: &BlobId) -> u8 {
        u8::from(self.bases.contains(base)) + u8::from(self.shared_bases.contains(base))
    }

    pub(super) fn is_base(&self, id: &BlobId) -> bool {
        self.bases.contains(id)
    }
}

/// Whether a base may be here.
pub(super) fn is_full(place: &Location) -> bool {
    place.tag.codec != Codec::ZstdDelta
}
