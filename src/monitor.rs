//! What a long operation tells its caller while it runs, and how the caller stops it.
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::id::PackId;

/// What happened to one file-system entry or object; for verbose output and statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Was not in the parent snapshot.
    New,
    /// Differs from the parent snapshot.
    Changed,
    /// Taken over from the parent snapshot.
    Unchanged,
    /// Written by a restore.
    Restored,
    /// Brought up to date by a restore.
    Updated,
    /// Removed by a restore.
    Deleted,
    /// Left as it is.
    Skipped,
}

/// One thing that went wrong without ending the operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path or object name, as people know it.
    pub item: String,
    /// What could not be done and why.
    pub message: String,
}

/// What is reported.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A new stretch of work begins, e.g. "Loading index". Progress counts anew.
    Phase(&'a str),
    /// What the current phase has to do, as far as known now; `complete` when it will not grow any more.
    Total {
        /// Files, packs, or whatever the phase counts.
        items: u64,
        /// Bytes of them.
        bytes: u64,
        /// The numbers are final.
        complete: bool,
    },
    /// Done since the last such event.
    Progress {
        /// See [`Event::Total`].
        items: u64,
        /// See [`Event::Total`].
        bytes: u64,
    },
    /// One entry is finished.
    Item {
        /// Path within the source, target or snapshot.
        path: &'a [u8],
        /// What was done.
        action: Action,
        /// Its size.
        bytes: u64,
    },
    /// Went wrong; the operation goes on and will not exit with 0.
    Problem(&'a Problem),
    /// A pack was damaged or missing and its bytes were rebuilt from parity.
    Healed(PackId),
    /// Worth knowing; nothing is wrong.
    Note(&'a str),
}

/// Receives events from many threads at once. Must return quickly.
pub trait Monitor: Send + Sync {
    /// Something happened.
    fn event(&self, event: Event<'_>);

    /// Asked now and then: true ends the operation in order, e.g. with a checkpoint.
    fn stop(&self) -> bool {
        false
    }
}

/// Drops everything.
#[derive(Debug, Default)]
pub struct Silent;

impl Monitor for Silent {
    fn event(&self, _: Event<'_>) {}
}

/// Keeps problems, notes and healed packs; for tests and for callers that look afterwards.
#[derive(Debug, Default)]
pub struct Recorder {
    problems: Mutex<Vec<Problem>>,
    notes: Mutex<Vec<String>>,
    healed: Mutex<Vec<PackId>>,
    stop: AtomicBool,
}

impl Recorder {
    /// All problems so far.
    pub fn problems(&self) -> Vec<Problem> {
        lock(&self.problems).clone()
    }

    /// All notes so far.
    pub fn notes(&self) -> Vec<String> {
        lock(&self.notes).clone()
    }

    /// All healed packs so far.
    pub fn healed(&self) -> Vec<PackId> {
        lock(&self.healed).clone()
    }

    /// Makes [`Monitor::stop`] return true from now on.
    pub fn request_stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Monitor for Recorder {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Problem(problem) => lock(&self.problems).push(problem.clone()),
            Event::Note(note) => lock(&self.notes).push(note.to_owned()),
            Event::Healed(pack) => lock(&self.healed).push(pack),
            _ => {}
        }
    }

    fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
