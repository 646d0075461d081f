//! Bytes of the repository's objects: pure, bounded functions between bytes and structs (repo-format.md).
mod cbor;
mod frame_table;
mod index;

pub use frame_table::{Codec, FrameEntry, FrameTag};
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

/// Placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ChunkerConfig {
    pub min: u32,
    pub average: u32,
    pub max: u32,
    pub level: u8,
}
