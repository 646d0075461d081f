//! Takes in files whose content comes from streams, in any order, and makes a snapshot of them.
use std::collections::VecDeque;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::archive::Archived;
use super::crew::Crew;
use super::gathered::{Contents, Gathered};
use super::older::Older;
use super::run::Trees;
use super::work::{FileOutcome, Job, Want, handover};
use crate::error::{Error, Result};
use crate::id::BlobId;
use crate::model::{Content, Node, find};
use crate::monitor::Event;
use crate::ops::snapshots::SnapshotInfo;

/// Small files with the workers.
const UNDER_WAY: usize = 32;

/// What is taken in so far.
pub(super) struct Intake<'s, 'r, 'a> {
    pub crew: &'s Crew<'r, 'a>,
    pub gathered: Gathered,
    trees: &'s [Trees<'s>],
    roots: &'s [Option<BlobId>],
    jobs: Sender<Job<'s>>,
    thread: usize,
    small: VecDeque<(Contents, Receiver<Vec<FileOutcome>>)>,
}

/// Has all of it taken in by `take` and builds the trees; gives what came of each run.
pub(super) fn with(
    crew: &Crew<'_, '_>,
    parents: &[&[SnapshotInfo]],
    workers: usize,
    take: impl FnOnce(&mut Intake<'_, '_, '_>) -> Result<()>,
) -> Vec<Result<Archived>> {
    let trees: Vec<Trees<'_>> = crew.runs.iter().map(|run| run.trees(workers)).collect();
    let roots: Vec<Option<BlobId>> =
        parents.iter().map(|parents| parents.first().and_then(|parent| parent.snapshot.root)).collect();
    let (jobs, jobs_in) = bounded(2 * workers);
    crew.first.monitor.event(Event::Phase("Backing up"));
    let taken = std::thread::scope(|scope| {
        for thread in 0..workers {
            let jobs_in = jobs_in.clone();
            scope.spawn(move || {
                let mut buffer = Vec::new();
                for job in jobs_in {
                    crew.work(thread, job, &mut buffer);
                }
            });
        }
        drop(jobs_in);
        let (gathered, small, thread) = (Gathered::default(), VecDeque::new(), workers + 1);
        let mut intake = Intake { crew, gathered, trees: &trees, roots: &roots, jobs, thread, small };
        take(&mut intake).and_then(|()| intake.finish())
    });
    match taken {
        Ok(gathered) => gathered.archive(crew, &roots, workers),
        Err(error) => {
            // It is one error, and one of them has it as it is.
            let (text, mut error) = (error.to_string(), Some(error));
            let mut once = || error.take().unwrap_or_else(|| Error::Invalid(text.clone()));
            crew.runs.iter().map(|run| run.failure().and_then(|()| Err(once()))).collect()
        }
    }
}

impl<'s> Intake<'s, '_, '_> {
    /// Who needs a file, and what they had under its path.
    fn wants(&self, path: &[&[u8]]) -> Vec<Want<'s>> {
        let want = |(target, (root, trees)): (usize, (&Option<BlobId>, &'s Trees<'s>))| {
            // What cannot be read of the parent is no base, and no more than that.
            let older = root.and_then(|root| find(trees, &root, path.iter().copied()).ok().flatten());
            let older = older.filter(|node| node.content.has_blobs());
            Want { target, older: older.map(|node| Arc::new(Older::new(trees, &node.content))), expected: None }
        };
        self.roots.iter().zip(self.trees).enumerate().map(want).collect()
    }

    /// Reads the content of a file.
    pub(super) fn read(
        &mut self,
        path: &[&[u8]],
        what: &str,
        read: &mut dyn FnMut(&mut [u8]) -> std::io::Result<usize>,
    ) -> Result<Contents> {
        match self.crew.stream(self.thread, read, self.wants(path), Some(&self.jobs)) {
            Ok(contents) => Ok(Contents::new(contents.into())),
            Err(FileOutcome::Unreadable(message)) => {
                Err(Error::Invalid(format!("{what} could not be read, so that no snapshot was made: {message}")))
            }
            Err(FileOutcome::Vanished) => Err(Error::Invalid(format!("{what} is gone; no snapshot was made"))),
            Err(FileOutcome::Stopped) => Err(Error::Stopped { checkpoint: None }),
            Err(_) => Err(Error::Invalid(format!("{what} ended without a result"))),
        }
    }

    /// Stores the content of a small file, which was read already.
    pub(super) fn small(&mut self, path: &[&[u8]], node: &Node, bytes: Vec<u8>) -> Result<Contents> {
        if self.small.len() == UNDER_WAY {
            self.settle_one()?;
        }
        self.crew.progress(bytes.len() as u64);
        let (outcomes, done) = handover();
        let job = Job::Bytes { node: Box::new(node.clone()), bytes, wants: self.wants(path), outcomes };
        let contents = Contents::default();
        self.small.push_back((Arc::clone(&contents), done));
        self.jobs.send(job).map_err(|_| Error::Invalid("All threads that store files have ended".to_owned()))?;
        Ok(contents)
    }

    fn settle_one(&mut self) -> Result<()> {
        let Some((contents, done)) = self.small.pop_front() else { return Ok(()) };
        let content = |outcome| match outcome {
            FileOutcome::Stored(node) => Some(node.content),
            _ => None,
        };
        let outcomes: Vec<Option<Content>> = done.recv().unwrap_or_default().into_iter().map(content).collect();
        // Nobody else sets it.
        let _ = contents.set(outcomes);
        if self.crew.is_over() && !self.crew.first.is_stopped() {
            return Err(Error::Invalid("All backups of this run have failed".to_owned()));
        }
        if self.crew.first.is_stopped() { Err(Error::Stopped { checkpoint: None }) } else { Ok(()) }
    }

    fn finish(mut self) -> Result<Gathered> {
        while !self.small.is_empty() {
            self.settle_one()?;
        }
        Ok(self.gathered)
    }
}
