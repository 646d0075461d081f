//! State of one restore that all its threads share: counters, problems, and where they write.
use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use super::file::FileJob;
use super::select::{Verdict, judge};
use super::{RestoreOptions, RestoreReport};
use crate::error::{Error, Result};
use crate::fs::target::{Owners, Target, Unfinished};
use crate::id::{BlobId, BlobKind};
use crate::model::{Node, TreeStore};
use crate::monitor::{Action, Event, Monitor, Problem, ReadPlan};
use crate::ops::frames::{Taker, Wanted};
use crate::repo::{Location, Repository};

/// Bytes that a look ahead compares.
const COMPARED_AHEAD: u64 = 2 << 30;

#[derive(Default)]
pub(super) struct Counters {
    pub restored: AtomicU64,
    pub updated: AtomicU64,
    pub skipped: AtomicU64,
    pub deleted: AtomicU64,
    pub others: AtomicU64,
    pub others_skipped: AtomicU64,
    pub bytes_written: AtomicU64,
    pub bytes_skipped: AtomicU64,
    pub total_files: AtomicU64,
    pub total_bytes: AtomicU64,
    pub verified: AtomicU64,
    pub missing: AtomicU64,
    /// Names that a partial snapshot lacks, in directories that the backup had not finished.
    pub spared: AtomicU64,
}

pub(super) struct Run<'a> {
    pub repo: &'a Repository,
    pub options: &'a RestoreOptions,
    pub monitor: &'a dyn Monitor,
    /// `None` in a dry run.
    pub target: Option<Target>,
    pub counters: Counters,
    problems: Mutex<Vec<Problem>>,
    /// Ends the run.
    fatal: Mutex<Option<Error>>,
    over: AtomicBool,
    /// What is or would be read for files.
    reads: Mutex<ReadPlan>,
    /// It only looks what will be read.
    pub is_ahead: bool,
    /// The snapshot is of a backup that did not end.
    pub is_partial: bool,
    /// Then: bytes of what is there that may still be compared.
    to_compare: AtomicU64,
    /// Restores into this target that have not ended.
    pub unfinished: Unfinished,
    /// To whom entries belong.
    pub owners: Owners,
    /// Something is wanted.
    pub matched: AtomicBool,
    /// How much there is to do, if that is known beforehand.
    counted: OnceLock<(u64, u64)>,
    /// The index was read again because of a blob that it did not have.
    refreshed: Mutex<bool>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        repo: &'a Repository,
        options: &'a RestoreOptions,
        monitor: &'a dyn Monitor,
        target: Option<Target>,
    ) -> Self {
        let unfinished = match &target {
            Some(target) => target.unfinished().clone(),
            None => Unfinished::look(&options.target, repo.world()),
        };
        Run {
            repo,
            options,
            monitor,
            target,
            counters: Counters::default(),
            problems: Mutex::default(),
            fatal: Mutex::default(),
            over: AtomicBool::new(false),
            reads: Mutex::default(),
            is_ahead: false,
            is_partial: false,
            to_compare: AtomicU64::new(COMPARED_AHEAD),
            unfinished,
            owners: Owners::new(options.ownership.clone()),
            matched: AtomicBool::new(false),
            counted: OnceLock::new(),
            refreshed: Mutex::new(false),
        }
    }

    /// For a look ahead at what will be read.
    pub(super) fn ahead(repo: &'a Repository, options: &'a RestoreOptions, monitor: &'a dyn Monitor) -> Self {
        Run { is_ahead: true, ..Run::new(repo, options, monitor, None) }
    }

    /// For a look ahead: whether that much more may be compared. It is read again in earnest, and from memory then.
    pub(super) fn affords(&self, bytes: u64) -> bool {
        let take = |left: u64| left.checked_sub(bytes);
        self.to_compare.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// What the rules say about an entry of the snapshot.
    pub(super) fn judge(&self, path: &[u8], node: &Node, above_wanted: bool) -> Verdict {
        let verdict = judge(self.options, path, node.kind, node.size, above_wanted);
        if verdict == Verdict::Wanted {
            self.matched.store(true, Ordering::Relaxed);
        }
        verdict
    }

    /// Counts what would be read.
    pub(super) fn plans(&self, reads: ReadPlan) {
        let mut all = lock(&self.reads);
        all.and(reads);
        all.is_at_most |= reads.is_at_most;
    }

    /// What was counted.
    pub(super) fn planned(&self) -> ReadPlan {
        *lock(&self.reads)
    }

    /// An entry is not restored, or its content is not right; the run goes on.
    pub(super) fn problem(&self, path: &[u8], message: impl ToString) {
        self.counters.missing.fetch_add(1, Ordering::Relaxed);
        self.warning(path, message);
    }

    /// An entry is not restored because of this. A target without space left ends the run: every other entry would fail the same way.
    pub(super) fn refused(&self, path: &[u8], error: Error) {
        match is_full(&error) {
            true => self.fail(error),
            false => self.problem(path, error),
        }
    }

    /// An entry is there with its content, but not all of its metadata.
    pub(super) fn warning(&self, path: &[u8], message: impl ToString) {
        let problem = Problem { item: String::from_utf8_lossy(path).into_owned(), message: message.to_string() };
        self.monitor.event(Event::Problem(&problem));
        lock(&self.problems).push(problem);
    }

    /// Ends the run with an error; the first one counts.
    pub(super) fn fail(&self, error: Error) {
        // Whoever runs it again wants to go on.
        self.target.iter().for_each(Target::keep_unfinished);
        lock(&self.fatal).get_or_insert(error);
        self.over.store(true, Ordering::Relaxed);
    }

    /// The run has failed, or is asked to stop.
    pub(super) fn is_over(&self) -> bool {
        if self.monitor.stop() {
            self.fail(Error::Stopped { checkpoint: None });
        }
        self.over.load(Ordering::Relaxed)
    }

    pub(super) fn take_failure(&self) -> Result<()> {
        lock(&self.fatal).take().map_or(Ok(()), Err)
    }

    /// How much there is to do was found out by the way.
    pub(super) fn counts(&self, items: u64, bytes: u64) {
        let _ = self.counted.set((items, bytes));
        self.total(false);
    }

    pub(super) fn is_counted(&self) -> bool {
        self.counted.get().is_some()
    }

    /// Tells how much there is to do, as far as it is known.
    pub(super) fn total(&self, complete: bool) {
        let (items, bytes, complete) = match self.counted.get() {
            Some((items, bytes)) if !complete => (*items, *bytes, true),
            _ => {
                let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
                (get(&self.counters.total_files), get(&self.counters.total_bytes), complete)
            }
        };
        self.monitor.event(Event::Total { items, bytes, complete });
    }

    pub(super) fn item(&self, path: &[u8], action: Action, bytes: u64) {
        self.monitor.event(Event::Item { path, action, bytes });
    }

    /// The place from which a data blob is read; another one is tried later if that fails.
    pub(super) fn place(&self, id: &BlobId) -> Result<Location> {
        if let Some(place) = self.known_place(id)? {
            return Ok(place);
        }
        // A prune may have moved it since the index was read.
        let mut refreshed = lock(&self.refreshed);
        if !*refreshed {
            self.repo.load_index(self.monitor)?;
            *refreshed = true;
        }
        drop(refreshed);
        self.known_place(id)?.ok_or(Error::BlobNotFound { id: *id })
    }

    fn known_place(&self, id: &BlobId) -> Result<Option<Location>> {
        Ok(self.repo.places(id)?.into_iter().find(|place| place.tag.kind == BlobKind::Data))
    }

    pub(super) fn report(self) -> RestoreReport {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &self.counters;
        RestoreReport {
            files_restored: get(&counters.restored),
            files_updated: get(&counters.updated),
            files_skipped: get(&counters.skipped),
            files_deleted: get(&counters.deleted),
            others_restored: get(&counters.others),
            others_skipped: get(&counters.others_skipped),
            bytes_written: get(&counters.bytes_written),
            bytes_skipped: get(&counters.bytes_skipped),
            total_files: get(&counters.total_files),
            total_bytes: get(&counters.total_bytes),
            files_verified: get(&counters.verified),
            missing: get(&counters.missing),
            matched: self.matched.into_inner(),
            healed: self.repo.healed(),
            written_back: self.repo.written_back(),
            problems: self.problems.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()),
        }
    }
}

impl Taker for Run<'_> {
    /// The file, and where in its content, that is, without holes.
    type Job = (Arc<FileJob>, u64);

    fn repo(&self) -> &Repository {
        self.repo
    }

    fn monitor(&self) -> &dyn Monitor {
        self.monitor
    }

    fn is_over(&self) -> bool {
        Run::is_over(self)
    }

    fn fail(&self, error: Error) {
        Run::fail(self, error);
    }

    fn take(&self, wanted: &[Wanted<Self::Job>], _bases: &[BlobId], blob: Result<&[u8]>) {
        let blob = blob.map_err(|error| error.to_string());
        for Wanted { job: (file, at), .. } in wanted {
            match &blob {
                Ok(blob) => file.write(self, *at, blob),
                Err(cause) => file.fail(cause),
            }
            file.release(self);
        }
    }
}

impl TreeStore for Run<'_> {
    fn save_tree(&self, _: Vec<u8>) -> Result<BlobId> {
        Err(Error::Invalid("A restore stores nothing".to_owned()))
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        self.repo.load_blob(BlobKind::Tree, id, self.monitor)
    }
}

/// Not for extended attributes: file systems say the same of one that is too large for them.
pub(super) fn is_full(error: &Error) -> bool {
    let Error::Local { source, .. } = error else { return false };
    matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

pub(super) fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}

// A panic in one thread ends the run; until then the data behind a poisoned lock is as good as its last complete change.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
