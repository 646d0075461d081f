//! Bytes of the repository's objects: pure, bounded functions between bytes and structs (repo-format.md).
pub(crate) mod cbor;
mod frame_table;
mod index;

pub use frame_table::{
    Codec, FRAMES_START, FrameEntry, FrameShape, FrameTag, MAX_BASES, MAX_FRAME_BLOBS, MAX_FRAME_RAW, MAX_PACK_FRAMES,
    decode_directory, encode_directory,
};
pub use index::{IndexObject, SlotEntry, StripeEntry};

/// Bytes that are not an object of this format: what is wrong with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError(pub &'static str);

impl std::fmt::Display for FormatError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for FormatError {}
