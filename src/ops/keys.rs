//! Key slots: several passwords for one repository.
use crate::crypto::KdfParams;
use crate::error::Result;
use crate::id::SlotId;
use crate::repo::Repository;
use crate::world::Time;

/// One slot as far as it can be known without its password.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct SlotInfo {
    pub id: SlotId,
    /// The repository was opened with this one.
    pub current: bool,
    pub created: Option<Time>,
    pub host: Option<String>,
    pub user: Option<String>,
    pub label: Option<String>,
    pub kdf: KdfParams,
}

/// Recorded in a new slot, for people.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct SlotNote {
    pub host: String,
    pub user: String,
    pub label: Option<String>,
}

/// All slots.
pub fn list(repo: &Repository) -> Result<Vec<SlotInfo>> {
    let _ = repo;
    todo!()
}

/// Adds a slot for `password`.
pub fn add(repo: &Repository, password: &[u8], kdf: KdfParams, note: &SlotNote) -> Result<SlotId> {
    let _ = (repo, password, kdf, note);
    todo!()
}

/// Removes a slot by the beginning of its id. Refuses the one in use (which also keeps the last one).
pub fn remove(repo: &Repository, id_prefix: &str) -> Result<SlotId> {
    let _ = (repo, id_prefix);
    todo!()
}

/// Adds a slot for the new password, then removes the one in use.
pub fn passwd(repo: &Repository, password: &[u8], kdf: KdfParams, note: &SlotNote) -> Result<SlotId> {
    let _ = (repo, password, kdf, note);
    todo!()
}
