//! What is backed up and how, and what came of it.
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::compress::Compression;
use crate::error::Result;
use crate::fs::source::Rules;
use crate::id::SessionId;
use crate::model::Statistics;
use crate::repo::DeltaMode;
use crate::world::Time;

/// What is backed up.
pub enum Source {
    /// Files and directories.
    Paths {
        /// Absolute path of the directory that relative paths are in.
        base: PathBuf,
        /// The paths.
        paths: Vec<PathBuf>,
    },
    /// One file whose content comes from a stream.
    Stream {
        /// Path in the snapshot.
        name: Vec<u8>,
        /// Its content.
        reader: Box<dyn Read + Send>,
        /// Called at the end of the stream: an error fails the backup (a command that did not succeed).
        finish: Box<dyn FnOnce() -> Result<()> + Send>,
    },
}

/// Which snapshot unchanged files are taken over from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parent {
    /// The newest of the same host and paths (and label, if one is given).
    #[default]
    Newest,
    /// None: everything is read.
    None,
    /// This one.
    Snapshot(SessionId),
}

/// How a backup is made.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct BackupOptions {
    pub rules: Arc<Rules>,
    /// The exclude rules as text, to be kept in the snapshot.
    pub excludes: Vec<String>,
    pub one_file_system: bool,
    pub ignore_ctime: bool,
    pub ignore_inode: bool,
    pub host: String,
    pub user: String,
    pub uid: u32,
    pub gid: u32,
    pub label: Option<String>,
    pub tags: Vec<String>,
    pub description: Option<String>,
    /// Recorded instead of the present time.
    pub time: Option<Time>,
    pub parent: Parent,
    /// No snapshot when its tree would be that of the parent.
    pub skip_if_unchanged: bool,
    /// Nothing is written; the report says what would be.
    pub dry_run: bool,
    /// Instead of the repository's default.
    pub compression: Option<Compression>,
    /// Whether changed files are stored as deltas, instead of the repository's default.
    pub delta: Option<DeltaMode>,
    /// Large files read at the same time.
    pub read_concurrency: usize,
    /// Threads that hash and compress; 0: one for each processor.
    pub threads: usize,
    /// Open and compare everything that was just sealed, before it is written.
    pub extra_verify: bool,
    /// Count everything in a pass of its own, so that progress knows its end.
    pub scan: bool,
    /// A partial snapshot is committed when so much time has passed…
    pub checkpoint_interval: Duration,
    /// …or so many bytes were stored.
    pub checkpoint_bytes: u64,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct BackupReport {
    /// None after a dry run, and when nothing changed and that was to be skipped.
    pub snapshot: Option<SessionId>,
    pub parent: Option<SessionId>,
    pub statistics: Statistics,
    /// Directory counts by state: new, changed, unmodified.
    pub directories: [u64; 3],
    /// New bytes before compression: data, trees.
    pub raw_added: [u64; 2],
    /// A run that was interrupted before was taken up again.
    pub resumed: bool,
    /// The run was stopped; `snapshot` is a checkpoint.
    pub stopped: bool,
}
