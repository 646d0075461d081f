//! Bytes of the repository's objects: pure, bounded functions between bytes and structs (repo-format.md).
pub(crate) mod cbor;
mod config;
mod decision;
mod error;
mod frame_table;
mod index;
mod location;
mod object;
mod pack;
mod parity_pack;
mod slot;

pub use config::{ChunkerConfig, ChunkerKey, Config};
pub use decision::{Decision, Done, Fence, Finished, IndexName, LeftMarks, Mark, Session, Tombstone};
pub use error::{DecodeError, FormatError};
pub use frame_table::{
    Codec, FRAMES_START, FrameEntry, FrameShape, FrameTag, MAX_BASES, MAX_FRAME_BLOBS, MAX_FRAME_RAW, MAX_PACK_FRAMES,
    decode_directory, encode_directory,
};
pub use index::{IndexObject, SlotEntry, StripeEntry};
pub use location::LocationConfig;
pub use object::{
    HEADER_LEN, MAX_OBJECT_LEN, ObjectHeader, ObjectParts, ObjectType, Payload, check_object, object_aad,
    object_trailer, split_object,
};
pub use pack::{
    DIRECTORY_NONCE, FRAMES_OFFSET, FrameBinding, LOCATOR_NONCE, Locator, MAX_FRAMES, MAX_PACK_LEN, MIN_PACK_LEN,
    PACK_HEADER_LEN, PackHeader, PackKinds, directory_aad, frame_nonce, locator_aad,
};
pub use parity_pack::{
    BLOCK_BYTES, BlockChecksum, MAX_PACK_BYTES, ParityHeader, ParityMember, ParityPage, block_checksum,
    block_checksums, parity_header_bytes,
};
pub use slot::{BundleEpoch, KeySlotHeader, KeySlotNote, decode_bundle, encode_bundle};
