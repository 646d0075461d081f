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
    /// What will be read from here on, where that costs money or time: before storage that is far away is read, or where
    /// [`Monitor::wants_plan`].
    Plan(ReadPlan),
}

/// What an operation is about to read, as far as it knows. What is damaged or moves meanwhile costs more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadPlan {
    /// Requests that read.
    pub requests: u64,
    /// Bytes of the answers.
    pub bytes: u64,
    /// What is there already and is going to be compared may make it less.
    pub is_at_most: bool,
    /// It would be read; a dry run does not.
    pub is_dry_run: bool,
}

impl ReadPlan {
    /// One more request.
    pub fn add(&mut self, bytes: u64) {
        self.requests += 1;
        self.bytes += bytes;
    }

    /// What another part of the operation reads.
    pub fn and(&mut self, other: ReadPlan) {
        self.requests += other.requests;
        self.bytes += other.bytes;
    }
}

/// Receives events from many threads at once. Must return quickly.
pub trait Monitor: Send + Sync {
    /// Something happened.
    fn event(&self, event: Event<'_>);

    /// Asked now and then: true ends the operation in order, e.g. with a checkpoint.
    fn stop(&self) -> bool {
        false
    }

    /// Whether the plan of what is read is worth some work also where storage is near.
    fn wants_plan(&self) -> bool {
        false
    }
}

/// Drops everything.
#[derive(Debug, Default)]
pub struct Silent;

impl Monitor for Silent {
    fn event(&self, _: Event<'_>) {}
}

/// Keeps problems, notes, plans and healed packs; for tests and for callers that look afterwards.
#[derive(Debug, Default)]
pub struct Recorder {
    problems: Mutex<Vec<Problem>>,
    notes: Mutex<Vec<String>>,
    healed: Mutex<Vec<PackId>>,
    plans: Mutex<Vec<ReadPlan>>,
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

    /// All plans so far.
    pub fn plans(&self) -> Vec<ReadPlan> {
        lock(&self.plans).clone()
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
            Event::Plan(plan) => lock(&self.plans).push(plan),
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
/// `0 packs`, `1 pack`, `2 entries`: numbers of things in messages.
pub fn counted(number: u64, noun: &str) -> String {
    match noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])) {
        _ if number == 1 => format!("1 {noun}"),
        Some(stem) => format!("{number} {stem}ies"),
        None => format!("{number} {noun}s"),
    }
}
