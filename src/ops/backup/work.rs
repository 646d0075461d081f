//! The workers of a backup: they read small files, cut, hash and save what is new; many at once.
use std::collections::VecDeque;

use crossbeam_channel::{Receiver, Sender};

use super::run::Run;
use crate::chunker::ChunkBuffer;
use crate::error::{Error, Result};
use crate::fs::source::{Place, ReadReport, SourceFile};
use crate::id::{BlobId, BlobKind};
use crate::model::{Content, ContentBuilder, Node};

/// Files up to this size are read whole by a worker; larger ones have a reader of their own.
pub(super) const SMALL_FILE: u64 = 1024 * 1024;

/// Hands one value from one thread to another; whoever waits learns it when the other end is gone.
pub(super) fn handover<T>() -> (Sender<T>, Receiver<T>) {
    crossbeam_channel::bounded(1)
}

/// A file that is to be read.
pub(super) struct FileJob {
    pub node: Node,
    pub place: Place,
}

/// What reading a file came to.
pub(super) enum FileOutcome {
    /// The node with its content.
    Stored(Box<Node>),
    /// It was gone before it could be read: no error.
    Vanished,
    /// It could not be read; the message says why.
    Unreadable(String),
    /// The run was stopped while it was read.
    Stopped,
    /// The run cannot go on; the error is with the run.
    Failed,
}

/// Work for any worker.
pub(super) enum Job {
    /// Small files, neighbours in the tree; outcomes in their order.
    Files(Vec<FileJob>, Sender<Vec<FileOutcome>>),
    /// Consecutive chunks of a large file; their ids in order, nothing if the run failed.
    Chunks(Vec<u8>, Vec<usize>, Sender<Vec<BlobId>>),
}

impl Run<'_> {
    /// Does one job as thread number `thread`.
    pub(super) fn work(&self, thread: usize, job: Job, buffer: &mut Vec<u8>) {
        match job {
            Job::Files(files, outcomes) => {
                let done = files
                    .into_iter()
                    .map(|file| self.locate(self.small_file(thread, file.node, &file.place, buffer), &file.place));
                let done = done.collect();
                // Nobody waits any more if the run has failed.
                drop(outcomes.send(done));
            }
            Job::Chunks(bytes, ends, ids) => drop(self.chunks(thread, &bytes, &ends).map(|done| ids.send(done))),
        }
    }

    fn chunks(&self, thread: usize, bytes: &[u8], ends: &[usize]) -> Option<Vec<BlobId>> {
        let mut start = 0;
        let mut ids = Vec::with_capacity(ends.len());
        for &end in ends {
            ids.push(self.save_data(thread, &bytes[start..end])?);
            start = end;
        }
        Some(ids)
    }

    /// Saves a data blob; `None` after a failure, which is kept for the end of the run.
    fn save_data(&self, thread: usize, blob: &[u8]) -> Option<BlobId> {
        if self.has_failed() {
            return None;
        }
        match self.writer.save(thread, BlobKind::Data, blob) {
            Ok((id, _)) => Some(id),
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    fn small_file(&self, thread: usize, mut node: Node, place: &Place, buffer: &mut Vec<u8>) -> FileOutcome {
        let mut source = match SourceFile::open(place, &mut node, &self.names) {
            Ok(source) => source,
            Err(error) => return unreadable(error),
        };
        if node.size > SMALL_FILE {
            // It grew since the walk saw it.
            return self.large_file(thread, node, source, None);
        }
        buffer.resize(SMALL_FILE as usize + 1, 0);
        let mut len = 0;
        while len < buffer.len() {
            match source.read(&mut buffer[len..]) {
                Ok(0) => break,
                Ok(more) => len += more,
                Err(error) => return unreadable(error),
            }
        }
        if len == buffer.len() {
            // It claimed to be smaller, as the files of /proc do.
            return match SourceFile::open(place, &mut node, &self.names) {
                Ok(source) => self.large_file(thread, node, source, None),
                Err(error) => unreadable(error),
            };
        }
        let report = match source.finish() {
            Ok(report) => report,
            Err(error) => return unreadable(error),
        };
        let buffer = &buffer[..len];
        self.progress(0, buffer.len() as u64);
        note_report(&mut node, report);
        if buffer.len() <= self.inline_limit {
            node.content = if buffer.is_empty() { Content::Empty } else { Content::Inline(buffer.to_vec()) };
            return FileOutcome::Stored(Box::new(node));
        }
        let mut ids = Vec::new();
        for chunk in self.chunker.chunks(buffer) {
            match self.save_data(thread, chunk) {
                Some(id) => ids.push(id),
                None => return FileOutcome::Failed,
            }
        }
        node.content = Content::Blobs(ids);
        FileOutcome::Stored(Box::new(node))
    }

    /// Reads a large file in order and has its chunks saved by the workers, or, without `jobs`, by this thread.
    pub(super) fn large_file(
        &self,
        thread: usize,
        mut node: Node,
        mut source: SourceFile,
        jobs: Option<&Sender<Job>>,
    ) -> FileOutcome {
        let mut read = |space: &mut [u8]| source.read(space);
        let content = match self.stream(thread, &mut read, jobs) {
            Ok(content) => content,
            Err(outcome) => return outcome,
        };
        match source.finish() {
            Ok(report) => note_report(&mut node, report),
            Err(error) => return unreadable(error),
        }
        node.content = content;
        FileOutcome::Stored(Box::new(node))
    }

    /// Cuts a stream into chunks and has them saved. Memory: the window of the chunker and a few groups under way.
    pub(super) fn stream(
        &self,
        thread: usize,
        read: &mut dyn FnMut(&mut [u8]) -> std::io::Result<usize>,
        jobs: Option<&Sender<Job>>,
    ) -> Result<Content, FileOutcome> {
        let store = self.trees(thread);
        let mut content = ContentBuilder::new(&store);
        let mut window = ChunkBuffer::new(&self.chunker, WINDOW);
        let mut bytes = Vec::new();
        let mut ends = Vec::new();
        let mut under_way: VecDeque<Receiver<Vec<BlobId>>> = VecDeque::new();
        let append = |content: &mut ContentBuilder<'_>, ids: Option<Vec<BlobId>>| -> Result<(), FileOutcome> {
            let ids = ids.ok_or(FileOutcome::Failed)?;
            ids.into_iter().try_for_each(|id| content.push(id)).map_err(|error| self.failed(error))
        };
        loop {
            while let Some(chunk) = window.next_chunk(&self.chunker) {
                bytes.extend_from_slice(chunk);
                ends.push(bytes.len());
                if bytes.len() < GROUP {
                    continue;
                }
                let bytes = std::mem::replace(&mut bytes, Vec::with_capacity(GROUP + chunk.len()));
                let ends = std::mem::take(&mut ends);
                let Some(jobs) = jobs else {
                    append(&mut content, self.chunks(thread, &bytes, &ends))?;
                    continue;
                };
                let (ids, done) = handover();
                jobs.send(Job::Chunks(bytes, ends, ids)).map_err(|_| FileOutcome::Failed)?;
                under_way.push_back(done);
                if under_way.len() == UNDER_WAY
                    && let Some(first) = under_way.pop_front()
                {
                    append(&mut content, first.recv().ok())?;
                }
            }
            if window.is_done() {
                break;
            }
            if self.is_stopped() {
                return Err(FileOutcome::Stopped);
            }
            let len = read(window.space()).map_err(unreadable)?;
            window.filled(len);
            self.progress(0, len as u64);
        }
        for done in under_way {
            append(&mut content, done.recv().ok())?;
        }
        append(&mut content, self.chunks(thread, &bytes, &ends))?;
        content.finish().map_err(|error| self.failed(error))
    }

    /// Reports what could not be read, under the path that it has on this machine.
    pub(super) fn locate(&self, outcome: FileOutcome, place: &Place) -> FileOutcome {
        if let FileOutcome::Unreadable(message) = &outcome {
            self.problem(String::from_utf8_lossy(&place.path()).into_owned(), message.clone());
        }
        outcome
    }

    fn failed(&self, error: Error) -> FileOutcome {
        self.fail(error);
        FileOutcome::Failed
    }
}

/// Bytes read at once of a large file.
const WINDOW: usize = 4 * 1024 * 1024;
/// Bytes of chunks that a worker gets at once: about a frame.
const GROUP: usize = 1024 * 1024;
/// Groups of one file with the workers.
const UNDER_WAY: usize = 6;

/// What is gone, or no file any more, is no error.
pub(super) fn unreadable(error: std::io::Error) -> FileOutcome {
    match error.kind() {
        std::io::ErrorKind::NotFound => FileOutcome::Vanished,
        _ => FileOutcome::Unreadable(format!("Could not read it: {error}")),
    }
}

fn note_report(node: &mut Node, report: ReadReport) {
    node.size = report.size;
    node.holes = report.holes;
    node.changed_while_read = report.changed;
}
