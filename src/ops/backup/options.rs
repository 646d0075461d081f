//! What is backed up and how, and what came of it.
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::compress::Compression;
use crate::error::Result;
use crate::fs::source::{Own, Rules};
use crate::id::SessionId;
use crate::model::Statistics;
use crate::ops::forget::GroupBy;
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
    /// One path that is stored as another one, as if it were there.
    PathAs {
        /// Where it is read; absolute.
        path: PathBuf,
        /// Where it is stored; absolute.
        stored_as: PathBuf,
    },
    /// Files whose content comes from streams, which are read one after another.
    Streams(Vec<Stream>),
    /// What is in a tar archive. Its entries are kept in memory without their content.
    Tar {
        /// The archive, not compressed.
        reader: Box<dyn Read + Send>,
        /// Directory in the snapshot beneath which its entries are stored; empty is the root.
        at: Vec<u8>,
    },
}

impl Source {
    /// One file whose content comes from a stream that is there already.
    pub fn stream(name: Vec<u8>, reader: Box<dyn Read + Send>, finish: Box<dyn FnOnce() -> Result<()> + Send>) -> Self {
        Source::Streams(vec![Stream { name, start: Box::new(|| Ok(Started { reader, finish })) }])
    }
}

/// A file whose content comes from a stream.
pub struct Stream {
    /// Path in the snapshot.
    pub name: Vec<u8>,
    /// Called when its turn comes; an error fails the backup.
    pub start: Box<dyn FnOnce() -> Result<Started> + Send>,
}

/// A stream that has begun.
pub struct Started {
    /// The content.
    pub reader: Box<dyn Read + Send>,
    /// Called at the end of the stream: an error fails the backup (a command that did not succeed).
    pub finish: Box<dyn FnOnce() -> Result<()> + Send>,
}

/// Which snapshot unchanged files are taken over from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parent {
    /// The newest of the same host and paths; of those that have the given label, if there are any.
    #[default]
    Newest,
    /// The newest of the same group.
    NewestOf(GroupBy),
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
    /// Devices and pipes that are named as sources are stored as files of what comes out of them.
    pub read_special: bool,
    /// Times of access are kept, too.
    pub with_atime: bool,
    /// Files are read even if nothing speaks for a change. One whose content is not that of the parent is a problem; the snapshot has the
    /// content of the parent, as if it had not been read.
    pub detect_rot: bool,
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
    /// New bytes before compression: data, trees.
    pub raw_added: [u64; 2],
    /// A run that was interrupted before was taken up again.
    pub resumed: bool,
    /// The run was stopped; `snapshot` is a checkpoint.
    pub stopped: bool,
    /// Files whose content differs from that of the parent although nothing else does.
    pub suspected_rot: u64,
    /// Directories of this program that were met and left out.
    pub left_out: Vec<(Vec<u8>, Own)>,
}
