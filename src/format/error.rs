//! Why bytes were not understood: damage, or a future that this program does not know.
use super::FormatError;

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
