//! What can be wrong with the bytes of a tree or a snapshot.

/// Bytes that are not a tree, node or snapshot of this format. The caller knows the blob's name and makes
/// [`crate::error::Error::Damaged`] of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Not the CBOR that is expected here.
    #[error("Not valid CBOR for this place: {0}")]
    Encoding(&'static str),
    /// Well encoded, but the format does not allow the value.
    #[error("{0}")]
    Value(&'static str),
}
