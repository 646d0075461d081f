//! The local index: which pack, frame and place holds which blob, as far as index objects say so.
//!
//! A set of immutable, sorted segment files in a cache folder, with a filter in front of each and a keyed checksum on every
//! page. It is disposable and never authoritative: whatever is wrong with it is found, and made again from index objects.
//! Memory depends on the number of index objects (some 40 bytes each) and not on the number of blobs.
mod batch;
mod local;
mod lookup;
mod manifest;
mod merge;
mod numbers;
mod page;
mod pending;
mod record;
mod segment;
#[cfg(test)]
mod tests;
mod totals;

pub use local::{LocalIndex, UpdateReport};
pub use numbers::BlobNumbers;
pub use page::StaleIndex;
pub use pending::PendingBlobs;
pub use totals::{DeltaTotals, IndexTotals, PackRole};

use crate::error::Error;
use crate::format::FrameTag;
use crate::id::{BlobId, PackId, SessionId, StripeId};

/// Session and number of an index object, as in `index/<sid>-<n>`.
pub type IndexName = (SessionId, u32);

/// One place of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Stripe of the pack.
    pub stripe: StripeId,
    /// Pack that has the frame.
    pub pack: PackId,
    /// Bytes of the pack.
    pub pack_len: u32,
    /// Slot of the pack in its stripe.
    pub slot: u8,
    /// Location number of the pack.
    pub location: u8,
    /// Number of the frame in the pack.
    pub frame: u32,
    /// Where the frame starts in the pack.
    pub frame_offset: u32,
    /// Bytes of the frame in the pack, with the AEAD tag.
    pub stored_len: u32,
    /// Bytes of the frame's plaintext.
    pub raw_len: u32,
    /// Codec and kind of the frame.
    pub tag: FrameTag,
    /// Bases of the frame; not empty for delta frames only.
    pub bases: Vec<BlobId>,
    /// Where the blob starts in the frame's plaintext.
    pub offset: u32,
    /// Bytes of the blob.
    pub len: u32,
}

/// One pack of a stripe.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlotPlace {
    /// Slot number; from k on it is a parity pack.
    pub slot: u8,
    /// Location number.
    pub location: u8,
    /// Bytes of the pack.
    pub length: u32,
    /// Its name.
    pub pack: PackId,
}

/// A stripe and those of its packs that index objects name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripeLayout {
    /// Its name.
    pub id: StripeId,
    /// Data slots of the scheme.
    pub k: u8,
    /// Parity slots of the scheme.
    pub m: u8,
    /// 0 in version 1.
    pub generation: u32,
    /// Packs by ascending slot.
    pub slots: Vec<SlotPlace>,
}

impl From<StaleIndex> for Error {
    fn from(_: StaleIndex) -> Self {
        Error::damaged(
            "The local index",
            "it is damaged; it was made anew and is damaged again, is the disk of the cache folder sound?",
        )
    }
}
