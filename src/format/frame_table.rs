//! Frame tables: the columns that list frames in a pack's directory and in index objects (section 7.2).
use crate::id::{BlobId, BlobKind};

/// How a frame's plaintext is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Codec {
    /// As it is.
    Raw = 0,
    /// One zstd frame.
    Zstd = 1,
    /// One zstd frame with the base blobs' plaintexts as prefix.
    ZstdDelta = 2,
}

/// Codec and kind of a frame: its tag byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameTag {
    /// Encoding.
    pub codec: Codec,
    /// Kind of all its blobs.
    pub kind: BlobKind,
}

/// One frame in a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameEntry {
    /// Codec and kind.
    pub tag: FrameTag,
    /// Bytes in the pack, with the AEAD tag.
    pub stored_len: u32,
    /// Blobs in order, with their lengths; their sum is the raw length.
    pub blobs: Vec<(BlobId, u32)>,
    /// Blobs whose plaintexts are the prefix; not empty for [`Codec::ZstdDelta`] only.
    pub bases: Vec<BlobId>,
}
