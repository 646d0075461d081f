//! Raw views of single objects, for people who look inside.
use crate::error::Result;
use crate::repo::Repository;

/// What to show.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CatTarget {
    Config,
    Snapshot(String),
    /// `sid-n`.
    Index(String),
    /// A pack's directory, by the beginning of its id.
    Pack(String),
    /// The plaintext of a blob, by full id.
    Blob(String),
    /// A tree, by full blob id or `SNAPSHOT[:PATH]`.
    Tree(String),
    /// Plain part of a key slot.
    Key(String),
}

/// JSON for everything but blobs.
pub enum CatOutput {
    /// Structured.
    Json(serde_json::Value),
    /// Bytes as they are.
    Bytes(Vec<u8>),
}

/// Reads and decodes it.
pub fn cat(repo: &Repository, target: &CatTarget) -> Result<CatOutput> {
    let _ = (repo, target);
    todo!()
}
