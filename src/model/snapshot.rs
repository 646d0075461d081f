//! What was backed up when, by whom.
use crate::id::{BlobId, RepoId, SessionId, WriterId};
use crate::world::Time;

/// Counts of one backup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Statistics {
    pub files: u64,
    pub directories: u64,
    pub others: u64,
    pub bytes: u64,
    pub new_files: u64,
    pub changed_files: u64,
    pub unmodified_files: u64,
    pub new_data_blobs: u64,
    pub new_tree_blobs: u64,
    /// Before compression, of new blobs.
    pub raw_added_bytes: u64,
    /// Packs with padding and parity.
    pub stored_added_bytes: u64,
    pub started: Time,
    pub finished: Time,
    pub problems: u64,
    pub new_directories: u64,
    pub changed_directories: u64,
    pub unmodified_directories: u64,
    /// As in [`Snapshot::unknown`].
    pub unknown: Vec<(u32, Vec<u8>)>,
}

/// Where a snapshot that was copied from another repository was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The repository.
    pub repository: RepoId,
    /// Its first id there.
    pub snapshot: SessionId,
    /// Its root tree there.
    pub root: BlobId,
}

/// A committed snapshot without its id, which is that of the session that committed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Snapshot {
    pub root: Option<BlobId>,
    pub time: Time,
    pub host: String,
    pub user: String,
    pub uid: u32,
    pub gid: u32,
    /// Absolute paths as given to the backup.
    pub paths: Vec<Vec<u8>>,
    pub label: Option<String>,
    pub tags: Vec<String>,
    pub excludes: Vec<String>,
    pub parent: Option<SessionId>,
    pub statistics: Statistics,
    pub program: String,
    pub writer: Option<WriterId>,
    pub counter: u64,
    pub previous: Option<SessionId>,
    /// A checkpoint of a run that went on, or was stopped.
    pub partial: bool,
    /// Some sources could not be read.
    pub with_problems: bool,
    pub original: Option<SessionId>,
    pub protected_until: Option<Time>,
    pub description: Option<String>,
    /// Where it was made, if that was another repository. Kept by changed copies; what changes the tree drops it.
    pub origin: Option<Origin>,
    /// Fields of later versions: key and its encoded CBOR value, ascending; written back as they were.
    pub unknown: Vec<(u32, Vec<u8>)>,
}
