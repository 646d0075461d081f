//! Why bytes were not understood: damage, or a future that this program does not know.

/// Bytes that are not an object of this format: what is wrong with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FormatError(pub &'static str);

/// Bytes could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// They are not what this format has.
    #[error(transparent)]
    Damaged(#[from] FormatError),
    /// They are of a later version, or need a feature that this program does not have: which.
    #[error("{0} is unknown to this version")]
    Unsupported(String),
}
