//! Bytes of the repository's objects: pure, bounded functions between bytes and structs (repo-format.md).
mod cbor;
mod frame_table;
mod index;
mod parity_pack;

pub use frame_table::{Codec, FrameEntry, FrameTag};
pub use index::{IndexObject, SlotEntry, StripeEntry};
pub use parity_pack::{
    BLOCK_BYTES, BlockChecksum, MAX_PACK_BYTES, ParityHeader, ParityMember, ParityPage, block_checksum,
    block_checksums, parity_header_bytes,
};

/// Bytes that are not an object of this format: what is wrong with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError(pub &'static str);

impl std::fmt::Display for FormatError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for FormatError {}
