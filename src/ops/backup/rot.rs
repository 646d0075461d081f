//! Compares what was read of files that seem unchanged with what the parent has of them: silent damage shows that way.
//!
//! The snapshot gets what it would have got without the comparison: the content of the parent. So the last good version stays in every snapshot
//! until the file is written anew, and is told again by every run that looks.
use std::io;
use std::sync::Arc;

use super::crew::Crew;
use super::run::Run;
use super::work::FileOutcome;
use crate::fs::source::{Place, SourceFile};
use crate::id::BlobKind;
use crate::model::{ContentReader, Node};

/// What is the case if ids differ. Chunks may have been cut elsewhere.
enum Compared {
    Same,
    Different,
    /// What the parent has cannot be read any more.
    Lost,
}

impl Crew<'_, '_> {
    /// Compares the outcomes for all targets that expect something with that, and gives what they get.
    pub(super) fn compare(
        &self,
        outcomes: Vec<FileOutcome>,
        targets: &[usize],
        expected: &[Option<Arc<Node>>],
        place: &Place,
    ) -> Vec<FileOutcome> {
        let one = |((outcome, target), expected): ((FileOutcome, &usize), &Option<Arc<Node>>)| match expected {
            Some(expected) => self.compare_one(outcome, *target, expected, place),
            None => outcome,
        };
        outcomes.into_iter().zip(targets).zip(expected).map(one).collect()
    }

    fn compare_one(&self, outcome: FileOutcome, target: usize, expected: &Node, place: &Place) -> FileOutcome {
        let run = &self.runs[target];
        let tell = |message: String| {
            self.problem(String::from_utf8_lossy(&place.path()).into_owned(), message, [target].into_iter());
        };
        let node = match outcome {
            FileOutcome::Stored(node) => node,
            FileOutcome::Unreadable(message) => {
                tell(format!("{message}; the snapshot has what the parent snapshot has of it"));
                return FileOutcome::Stored(Box::new(expected.clone()));
            }
            other => return other,
        };
        let is_new = !node.same_metadata_as(expected, run.change_detection);
        if is_new || (&node.content, &node.holes) == (&expected.content, &expected.holes) {
            return FileOutcome::Stored(node);
        }
        match same_bytes(run, &node, expected, place) {
            Ok(Compared::Same | Compared::Lost) => FileOutcome::Stored(node),
            Ok(Compared::Different) => {
                run.count_rot();
                tell(
                    "Suspected bitrot: its content is not that of the parent snapshot, although its size and times are. The snapshot has the \
                     content of the parent; restore the file, or touch it if its content is right"
                        .to_owned(),
                );
                let (content, holes) = (expected.content.clone(), expected.holes.clone());
                FileOutcome::Stored(Box::new(Node { content, holes, size: expected.size, ..*node }))
            }
            Err(error) => {
                tell(format!("Could not read it again: {error}; the snapshot has what the parent snapshot has of it"));
                FileOutcome::Stored(Box::new(expected.clone()))
            }
        }
    }
}

/// Reads both, holes as zeros.
fn same_bytes(run: &Run<'_>, node: &Node, expected: &Node, place: &Place) -> io::Result<Compared> {
    let mut file = SourceFile::open(place, &mut node.clone(), &run.names)?.with_zeros();
    let trees = run.trees(0);
    let mut holes = expected.holes.iter().peekable();
    let mut position = 0;
    let mut ids = ContentReader::new(&trees, &expected.content);
    let mut blob = match &expected.content {
        crate::model::Content::Inline(bytes) => bytes.clone(),
        _ => Vec::new(),
    };
    loop {
        while let Some((_, length)) = holes.next_if(|(offset, _)| *offset == position) {
            if !same(&mut file, None, *length)? {
                return Ok(Compared::Different);
            }
            position += length;
        }
        if blob.is_empty() {
            blob = match ids.next() {
                None => break,
                Some(id) => match id.and_then(|id| run.repo.load_blob(BlobKind::Data, &id, run.monitor)) {
                    Ok(blob) => blob,
                    Err(_) => return Ok(Compared::Lost),
                },
            };
            if blob.is_empty() {
                continue;
            }
        }
        let most = holes.peek().map_or(blob.len() as u64, |(offset, _)| (offset - position).min(blob.len() as u64));
        if !same(&mut file, Some(&blob), most)? {
            return Ok(Compared::Different);
        }
        position += most;
        blob.drain(..most as usize);
    }
    Ok(if file.read(&mut [0])? == 0 { Compared::Same } else { Compared::Different })
}

/// Whether the next `length` bytes of a file are these; without any, zeros.
fn same(file: &mut SourceFile, bytes: Option<&[u8]>, length: u64) -> io::Result<bool> {
    let mut buffer = vec![0; 1 << 16];
    let mut done = 0;
    while done < length {
        let most = buffer.len().min(usize::try_from(length - done).unwrap_or(usize::MAX));
        let read = file.read(&mut buffer[..most])?;
        let found = &buffer[..read];
        let is_same = match bytes {
            Some(bytes) => bytes.get(done as usize..done as usize + read) == Some(found),
            None => found.iter().all(|byte| *byte == 0),
        };
        if read == 0 || !is_same {
            return Ok(false);
        }
        done += read as u64;
    }
    Ok(true)
}
