//! State that all threads of a backup share: counters, failure, stop, and how a snapshot is committed.
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::archive::Archived;
use super::{BackupOptions, BackupReport, give_up};
use crate::chunker::{Chunker, ChunkerParams};
use crate::error::{Error, Result};
use crate::format::{ChunkerConfig, Decision};
use crate::fs::source::{Names, Own};
use crate::id::{BlobId, BlobKind, SessionId, WriterId};
use crate::model::{
    ChangeDetection, Content, ContentReader, Node, NodeType, Snapshot, Statistics, TreeStore, encode_snapshot,
};
use crate::monitor::{Action, Event, Monitor, Problem};
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::{PROGRAM, Repository, Writer};

/// Entries by type and state.
#[derive(Default)]
struct Counters {
    /// New, changed, unmodified.
    files: [AtomicU64; 3],
    directories: [AtomicU64; 3],
    others: AtomicU64,
    bytes: AtomicU64,
    problems: AtomicU64,
    suspected_rot: AtomicU64,
}

pub(super) struct Run<'a> {
    pub repo: &'a Repository,
    pub writer: Writer<'a>,
    pub options: &'a BackupOptions,
    pub monitor: &'a dyn Monitor,
    pub chunker: Chunker,
    pub names: Arc<Names>,
    pub inline_limit: usize,
    pub change_detection: ChangeDetection,
    counters: Counters,
    left_out: Mutex<Vec<(Vec<u8>, Own)>>,
    failure: Mutex<Option<Error>>,
    failed: AtomicBool,
    /// The snapshot as far as it is known before the walk.
    template: Snapshot,
    /// Root of the first parent, if that is complete.
    parent_root: Option<BlobId>,
    last_checkpoint: Mutex<(Duration, u64)>,
    /// Counter of the next snapshot of this writer, and the one before it. Checkpoints count too: they have the time of the run, and
    /// the counter alone says which is the latest.
    succession: Mutex<(u64, Option<SessionId>)>,
}

/// What a run is given.
pub(super) struct RunContext<'a> {
    pub repo: &'a Repository,
    pub options: &'a BackupOptions,
    pub monitor: &'a dyn Monitor,
    /// All runs of one reading of the sources share them.
    pub names: Arc<Names>,
}

/// The chunker of a repository.
pub(in crate::ops) fn chunker(repo: &Repository) -> Result<Chunker> {
    let ChunkerConfig { min, average, max, level } = repo.config().chunker;
    let params = ChunkerParams::new(min, average, max, level)
        .map_err(|error| Error::Invalid(format!("The repository's chunker settings: {error}")))?;
    Ok(Chunker::new(params, &repo.gear()))
}

impl<'a> Run<'a> {
    pub(super) fn new(
        context: RunContext<'a>,
        writer: Writer<'a>,
        chunker: Chunker,
        paths: Vec<Vec<u8>>,
        parents: &[SnapshotInfo],
        previous: Option<&SnapshotInfo>,
    ) -> Run<'a> {
        let RunContext { repo, options, monitor, names } = context;
        let now = repo.world().now();
        let parent = parents.first();
        let template = Snapshot {
            time: options.time.unwrap_or(now),
            host: options.host.clone(),
            user: options.user.clone(),
            uid: options.uid,
            gid: options.gid,
            paths,
            label: options.label.clone(),
            tags: options.tags.clone(),
            excludes: options.excludes.clone(),
            parent: parent.map(|parent| parent.id),
            statistics: Statistics { started: now, ..Statistics::default() },
            program: PROGRAM.to_owned(),
            writer: Some(writer_id(&options.host)),
            description: options.description.clone(),
            ..Snapshot::default()
        };
        Run {
            chunker,
            names,
            inline_limit: repo.config().inline_limit as usize,
            change_detection: ChangeDetection {
                ignore_ctime: options.ignore_ctime,
                ignore_inode: options.ignore_inode,
            },
            counters: Counters::default(),
            left_out: Mutex::default(),
            failure: Mutex::default(),
            failed: AtomicBool::new(false),
            parent_root: parent.filter(|parent| !parent.snapshot.partial).and_then(|parent| parent.snapshot.root),
            last_checkpoint: Mutex::new((repo.world().elapsed(), 0)),
            succession: Mutex::new((
                previous.map_or(1, |previous| previous.snapshot.counter.saturating_add(1)),
                previous.map(|previous| previous.id),
            )),
            template,
            repo,
            writer,
            options,
            monitor,
        }
    }

    pub(super) fn into_writer(self) -> Writer<'a> {
        self.writer
    }

    /// Trees are saved as thread number `thread` of the writer.
    pub(super) fn trees(&self, thread: usize) -> Trees<'_> {
        Trees { repo: self.repo, writer: &self.writer, thread, monitor: self.monitor }
    }

    /// Keeps the first failure; everything winds down.
    pub(super) fn fail(&self, error: Error) {
        self.failure.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get_or_insert(error);
        self.wind_down();
    }

    /// Everything ends as soon as it can.
    pub(super) fn wind_down(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// The failure, once.
    pub(super) fn failure(&self) -> Result<()> {
        if !self.has_failed() {
            return Ok(());
        }
        let failure = self.failure.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        Err(failure.unwrap_or_else(|| Error::Invalid("The backup failed".to_owned())))
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.monitor.stop()
    }

    /// A file of which nothing but the content differs from the parent. Is told elsewhere.
    pub(super) fn count_rot(&self) {
        self.counters.suspected_rot.fetch_add(1, Ordering::Relaxed);
    }

    /// Somebody else has told it.
    pub(super) fn count_problem(&self) {
        self.counters.problems.fetch_add(1, Ordering::Relaxed);
    }

    /// A directory of this program.
    pub(super) fn leaves_out(&self, path: &[u8], own: Own) {
        self.left_out.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((path.to_vec(), own));
    }

    pub(super) fn problem(&self, item: String, message: String) {
        self.count_problem();
        self.monitor.event(Event::Problem(&Problem { item, message }));
    }

    pub(super) fn progress(&self, items: u64, bytes: u64) {
        self.monitor.event(Event::Progress { items, bytes });
    }

    /// Counts a finished entry.
    pub(super) fn count_entry(&self, node: &Node, action: Action) {
        let state = match action {
            Action::New => 0,
            Action::Changed => 1,
            _ => 2,
        };
        match node.kind {
            NodeType::File => {
                self.counters.files[state].fetch_add(1, Ordering::Relaxed);
                self.counters.bytes.fetch_add(node.size, Ordering::Relaxed);
                self.progress(1, 0);
            }
            NodeType::Directory => drop(self.counters.directories[state].fetch_add(1, Ordering::Relaxed)),
            _ => drop(self.counters.others.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// Whether everything that a node's content consists of may be referenced; false when in doubt.
    pub(super) fn content_is_usable(&self, node: &Node) -> bool {
        let usable = |id: &BlobId| self.writer.is_usable(id).unwrap_or(false);
        match &node.content {
            Content::Empty | Content::Inline(_) => true,
            Content::Blobs(ids) => ids.iter().all(usable),
            Content::List { .. } => {
                let trees = UsableTrees(self.trees(0));
                ContentReader::new(&trees, &node.content).all(|id| id.is_ok_and(|id| usable(&id)))
            }
        }
    }

    /// Whether a checkpoint is due.
    pub(super) fn pause_is_wanted(&self) -> bool {
        if self.options.dry_run {
            return false;
        }
        let (time, bytes) = *self.last_checkpoint.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        self.repo.world().elapsed().saturating_sub(time) >= self.options.checkpoint_interval
            || self.writer.written().stored_bytes - bytes >= self.options.checkpoint_bytes
    }

    fn statistics(&self) -> Statistics {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let [new_files, changed_files, unmodified_files] = self.counters.files.each_ref().map(load);
        let directories = self.counters.directories.each_ref().map(load);
        let [new_directories, changed_directories, unmodified_directories] = directories;
        let written = self.writer.written();
        Statistics {
            files: new_files + changed_files + unmodified_files,
            directories: directories.iter().sum(),
            others: load(&self.counters.others),
            bytes: load(&self.counters.bytes),
            new_files,
            changed_files,
            unmodified_files,
            new_data_blobs: written.blobs[0],
            new_tree_blobs: written.blobs[1],
            raw_added_bytes: written.raw_bytes.iter().sum(),
            stored_added_bytes: written.stored_bytes,
            started: self.template.statistics.started,
            finished: self.repo.world().now(),
            problems: load(&self.counters.problems),
            new_directories,
            changed_directories,
            unmodified_directories,
            unknown: Vec::new(),
        }
    }

    fn snapshot(&self, root: BlobId, partial: bool) -> Decision {
        let statistics = self.statistics();
        let with_problems = statistics.problems > 0;
        let (counter, previous) = *self.succession.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let template = self.template.clone();
        let snapshot = Snapshot { root: Some(root), statistics, partial, with_problems, counter, previous, ..template };
        Decision::Snapshot(encode_snapshot(&snapshot))
    }

    /// Commits what there is as a partial snapshot and goes on in a new session. Nothing may be under way in other threads.
    pub(super) fn commit_checkpoint(&self, root: BlobId) -> Result<()> {
        self.writer.finish_packs()?;
        let id = self.writer.checkpoint(&self.snapshot(root, true), self.monitor)?;
        let mut succession = self.succession.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *succession = (succession.0.saturating_add(1), Some(id));
        let mut last = self.last_checkpoint.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *last = (self.repo.world().elapsed(), self.writer.written().stored_bytes);
        Ok(())
    }

    /// Commits the snapshot and reports.
    pub(super) fn finish(self, archived: Archived, resumed: bool) -> Result<BackupReport> {
        self.monitor.event(Event::Phase("Committing"));
        let written = match self.writer.finish_packs() {
            Ok(written) => written,
            Err(error) => return give_up(self.writer, error),
        };
        let mut report = BackupReport {
            snapshot: None,
            parent: self.template.parent,
            statistics: self.statistics(),
            raw_added: written.raw_bytes,
            resumed,
            stopped: archived.stopped,
            suspected_rot: self.counters.suspected_rot.load(Ordering::Relaxed),
            left_out: std::mem::take(&mut *self.left_out.lock().unwrap_or_else(|poisoned| poisoned.into_inner())),
        };
        // If something had to be stored nevertheless, the parent had lost it.
        let unchanged = !archived.stopped && self.parent_root == Some(archived.root) && written.stored_bytes == 0;
        if self.options.dry_run {
            return Ok(report);
        }
        if self.options.skip_if_unchanged && unchanged {
            self.writer.abandon("nothing has changed since the parent snapshot", self.monitor)?;
            return Ok(report);
        }
        let decision = self.snapshot(archived.root, archived.stopped);
        report.snapshot = Some(self.writer.commit(&decision, self.monitor)?);
        Ok(report)
    }
}

/// The writer id of an installation: follows from its host name, so that it needs no local state.
pub(super) fn writer_id(host: &str) -> WriterId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"caddis v1 writer").update(host.as_bytes());
    let mut id = WriterId([0; 16]);
    hasher.finalize_xof().fill(&mut id.0);
    id
}

/// Tree blobs of a run: saved through the writer, loaded from the repository.
pub(super) struct Trees<'a> {
    repo: &'a Repository,
    writer: &'a Writer<'a>,
    thread: usize,
    monitor: &'a dyn Monitor,
}

/// Trees that may be referenced; others read as missing.
struct UsableTrees<'a>(Trees<'a>);

impl TreeStore for UsableTrees<'_> {
    fn save_tree(&self, bytes: Vec<u8>) -> Result<BlobId> {
        self.0.save_tree(bytes)
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        if self.0.writer.is_usable(id)? { self.0.load_tree(id) } else { Err(Error::BlobNotFound { id: *id }) }
    }
}

impl TreeStore for Trees<'_> {
    fn save_tree(&self, bytes: Vec<u8>) -> Result<BlobId> {
        Ok(self.writer.save(self.thread, BlobKind::Tree, &bytes)?.0)
    }

    fn save_tree_over(&self, bytes: Vec<u8>, older: &mut dyn FnMut() -> Vec<BlobId>) -> Result<BlobId> {
        let id = self.writer.id_of(BlobKind::Tree, &bytes);
        self.writer.save_over(self.thread, BlobKind::Tree, id, &bytes, older)?;
        Ok(id)
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        self.repo.load_blob(BlobKind::Tree, id, self.monitor)
    }

    fn largest_tree(&self) -> usize {
        self.writer.largest_blob()
    }
}
