//! The work of a backup: what its jobs are, what comes of them, and how one target saves chunks.
use std::cell::OnceCell;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use super::older::Older;
use super::run::Run;
use crate::fs::source::{Place, ReadReport};
use crate::id::{BlobId, BlobKind};
use crate::model::Node;

/// Files up to this size are read whole by a worker; larger ones have a reader of their own.
pub(super) const SMALL_FILE: u64 = 1024 * 1024;

/// Hands one value from one thread to another; whoever waits learns it when the other end is gone.
pub(super) fn handover<T>() -> (Sender<T>, Receiver<T>) {
    crossbeam_channel::bounded(1)
}

/// A file that is to be read.
pub(super) struct FileJob<'a> {
    pub node: Node,
    pub place: Place,
    /// Who needs it, at least one.
    pub wants: Vec<Want<'a>>,
}

/// A target that needs a file.
#[derive(Clone)]
pub(super) struct Want<'a> {
    /// Number of its run.
    pub target: usize,
    /// What its parent snapshot has under the file's name.
    pub older: Option<Arc<Older<'a>>>,
    /// What the parent has of it, if nothing but its content may differ from that.
    pub expected: Option<Arc<Node>>,
}

/// What reading a file came to, for one target.
#[derive(Clone)]
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
pub(super) enum Job<'a> {
    /// Small files, neighbours in the tree; to each target the outcomes of those that it needs, in their order.
    Files(Vec<FileJob<'a>>, Vec<Sender<Vec<FileOutcome>>>),
    /// The content of a small file that was read already; what came of it for each who needs it.
    Bytes { node: Box<Node>, bytes: Vec<u8>, wants: Vec<Want<'a>>, outcomes: Sender<Vec<FileOutcome>> },
    /// Consecutive chunks of a large file; their ids in order, nothing if the run failed.
    Chunks(Chunks<'a>, Sender<Vec<BlobId>>),
}

/// Consecutive chunks.
pub(super) struct Chunks<'a> {
    pub bytes: Vec<u8>,
    pub ends: Vec<usize>,
    /// Offset of the first in the file.
    pub start: u64,
    /// As this target cuts them.
    pub want: Want<'a>,
}

impl Run<'_> {
    /// Saves consecutive chunks that end at `ends`; `None` after a failure, which is kept for the end of the run.
    pub(super) fn chunks(
        &self,
        thread: usize,
        bytes: &[u8],
        ends: &[usize],
        start: u64,
        older: Option<&Older<'_>>,
    ) -> Option<Vec<BlobId>> {
        let starts = [0].into_iter().chain(ends.iter().copied());
        let blobs: Vec<&[u8]> = starts.zip(ends).map(|(start, end)| &bytes[start..*end]).collect();
        let ids: Vec<BlobId> = blobs.iter().map(|blob| self.writer.id_of(BlobKind::Data, blob)).collect();
        let replaced = OnceCell::new();
        for (number, (id, blob)) in ids.iter().zip(&blobs).enumerate() {
            if self.has_failed() {
                return None;
            }
            let mut replaced = || {
                let Some(older) = older else { return Vec::new() };
                let all = replaced.get_or_init(|| {
                    let lengths: Vec<(BlobId, u32)> =
                        ids.iter().zip(&blobs).map(|(id, blob)| (*id, blob.len() as u32)).collect();
                    older.replaced(self.repo, start, &lengths)
                });
                all[number].clone()
            };
            if let Err(error) = self.writer.save_over(thread, BlobKind::Data, *id, blob, &mut replaced) {
                self.fail(error);
                return None;
            }
        }
        Some(ids)
    }
}

/// What is gone, or no file any more, is no error.
pub(super) fn unreadable(error: std::io::Error) -> FileOutcome {
    match error.kind() {
        std::io::ErrorKind::NotFound => FileOutcome::Vanished,
        _ => FileOutcome::Unreadable(format!("Could not read it: {error}")),
    }
}

pub(super) fn note_report(node: &mut Node, report: ReadReport) {
    node.size = report.size;
    node.holes = report.holes;
    node.changed_while_read = report.changed;
}
