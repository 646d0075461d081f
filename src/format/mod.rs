//! Bytes of the repository's objects: pure, bounded functions between bytes and structs (repo-format.md).
mod cbor;
mod config;
mod decision;
mod error;
mod frame_table;
mod index;
mod object;
mod pack;
mod slot;

pub use config::{ChunkerConfig, Config};
pub use decision::{Decision, Done, Fence, Finished, IndexName, Mark, Session, Tombstone};
pub use error::DecodeError;
pub use frame_table::{Codec, FrameEntry, FrameTag};
pub use index::{IndexObject, SlotEntry, StripeEntry};
pub use object::{
    HEADER_LEN, MAX_OBJECT_LEN, ObjectHeader, ObjectParts, ObjectType, Payload, check_object, object_aad,
    object_trailer, split_object,
};
pub use pack::{
    DIRECTORY_NONCE, FRAMES_OFFSET, FrameBinding, LOCATOR_NONCE, Locator, MAX_FRAMES, MAX_PACK_LEN, MIN_PACK_LEN,
    PACK_HEADER_LEN, PackHeader, PackKinds, directory_aad, frame_nonce, locator_aad,
};
pub use slot::{BundleEpoch, KeySlotHeader, KeySlotNote, decode_bundle, encode_bundle};

/// Bytes that are not an object of this format: what is wrong with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError(pub &'static str);

impl std::fmt::Display for FormatError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for FormatError {}
