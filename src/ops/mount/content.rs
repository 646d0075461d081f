//! The bytes of a file at any position: around its holes, out of the blobs that its content names.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::chunks::Chunks;
use super::lru::Lru;
use super::trees::{NodeAt, Trees};
use crate::error::{Error, Result};
use crate::id::BlobId;
use crate::model::{Content, Tree, TreeStore, decode_tree};

/// Lists of blobs of large files, with their lengths.
const CACHE_BYTES: usize = 16 * 1024 * 1024;
/// Lists of a file at most: 128 TiB of the usual chunks. Each that is known takes 40 bytes.
const MAX_LISTS: usize = 1 << 20;
/// Lists without a byte in a file. No backup makes any; there could be an endless number of them.
const MAX_EMPTY: usize = 1024;
/// Reads that are this near to each other are still in order: the kernel sends some of them at a time.
const SLACK: u64 = 1 << 20;
/// What is read ahead at first; it doubles as long as reads are in order.
const FIRST_WINDOW: u64 = 512 << 10;

/// Lists with their lengths, and the blobs; shared by all open files.
pub(super) struct Contents {
    pub trees: Arc<Trees>,
    pub chunks: Chunks,
    lists: Lru<BlobId, Arc<Blobs>>,
}

impl Contents {
    pub(super) fn new(trees: Arc<Trees>, chunks: Chunks) -> Self {
        Contents { trees, chunks, lists: Lru::new(CACHE_BYTES) }
    }
}

/// Blobs that follow each other, and where each ends, counted from the beginning of the first.
struct Blobs {
    ids: Vec<BlobId>,
    ends: Vec<u64>,
    /// Why the length of the blob after the last end is not known.
    fault: Option<String>,
}

impl Blobs {
    fn new(ids: Vec<BlobId>, chunks: &Chunks) -> Result<Blobs> {
        let (mut ends, mut end, mut fault) = (Vec::with_capacity(ids.len()), 0_u64, None);
        for id in &ids {
            match chunks.length(id) {
                Ok(len) => end = end.saturating_add(len),
                Err(error @ (Error::BlobNotFound { .. } | Error::BlobLost { .. } | Error::Damaged { .. })) => {
                    fault = Some(error.to_string());
                    break;
                }
                Err(error) => return Err(error),
            }
            ends.push(end);
        }
        Ok(Blobs { ids, ends, fault })
    }

    /// Length of all of them, as far as it is known.
    fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The blob that has a byte, where it begins and where it ends.
    fn at(&self, at: u64) -> Option<(BlobId, u64, u64)> {
        let number = self.ends.partition_point(|end| *end <= at);
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        Some((*self.ids.get(number)?, start, *self.ends.get(number)?))
    }
}

/// An open file; reads of several threads go side by side.
pub struct OpenFile {
    node: Arc<NodeAt>,
    /// End of each hole and the bytes of it and those before.
    holes: Vec<(u64, u64)>,
    layout: Layout,
    ahead: Mutex<Ahead>,
}

enum Layout {
    Inline,
    /// Measured when they are needed.
    Blobs(Mutex<Option<Arc<Blobs>>>),
    Lists(Mutex<Walk>),
}

/// How far the lists of a large file are known.
struct Walk {
    /// Lists on the way down: what is left of each, and its height.
    stack: Vec<(std::vec::IntoIter<BlobId>, u8)>,
    /// Lists of data blobs and where each begins in the content.
    lists: Vec<(u64, BlobId)>,
    /// Where the last of them ends.
    end: u64,
    empty: usize,
}

/// What is known of how a file is read. Positions are those of the content.
#[derive(Default)]
struct Ahead {
    /// Where the last read in order ended.
    next: u64,
    window: u64,
    /// Up to where blobs have been asked for.
    asked: u64,
}

/// A part of a file: what of it is content.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    /// In the bytes that are read.
    from: usize,
    to: usize,
    /// In the content.
    at: u64,
}

impl OpenFile {
    /// Nothing is read yet.
    pub(super) fn new(node: Arc<NodeAt>) -> Self {
        let mut sum = 0_u64;
        let holes = node.holes.iter().map(|(offset, len)| {
            sum = sum.saturating_add(*len);
            (offset.saturating_add(*len), sum)
        });
        let layout = match &node.content {
            Content::Empty | Content::Inline(_) => Layout::Inline,
            Content::Blobs(_) => Layout::Blobs(Mutex::new(None)),
            Content::List { height, id } => {
                let stack = vec![(vec![*id].into_iter(), height.saturating_add(1))];
                Layout::Lists(Mutex::new(Walk { stack, lists: Vec::new(), end: 0, empty: 0 }))
            }
        };
        OpenFile { holes: holes.collect(), layout, ahead: Mutex::default(), node }
    }

    /// Bytes from `offset` on: as many as asked for, or all to the end of the file.
    pub(super) fn read(&self, contents: &Contents, offset: u64, len: usize) -> Result<Vec<u8>> {
        let rest = self.node.size.saturating_sub(offset);
        let mut bytes = vec![0; usize::try_from(rest).unwrap_or(usize::MAX).min(len)];
        let pieces = self.pieces(offset, bytes.len());
        for Piece { from, to, at } in &pieces {
            self.fill(contents, *at, bytes.get_mut(*from..*to).unwrap_or_default())?;
        }
        if let (Some(first), Some(last)) = (pieces.first(), pieces.last()) {
            self.read_ahead(contents, first.at, last.at + (last.to - last.from) as u64);
        }
        Ok(bytes)
    }

    /// Position of the first byte from `offset` on that is content, or of the first that is in a hole; the end of the file is a hole.
    /// `None` if there is none.
    pub(super) fn seek(&self, offset: u64, for_data: bool) -> Option<u64> {
        if offset >= self.node.size {
            return None;
        }
        let number = self.holes.partition_point(|(end, _)| *end <= offset);
        let inside = |number: usize| {
            let (start, len) = self.node.holes.get(number)?;
            Some((*start, start.saturating_add(*len)))
        };
        match (inside(number), for_data) {
            (Some((start, end)), true) if start <= offset => Some(end).filter(|end| *end < self.node.size),
            (_, true) => Some(offset),
            (Some((start, _)), false) => Some(start.max(offset)),
            (None, false) => Some(self.node.size),
        }
    }

    /// What of a part of the file is content.
    fn pieces(&self, offset: u64, len: usize) -> Vec<Piece> {
        let end = offset.saturating_add(len as u64);
        let first = self.holes.partition_point(|(end, _)| *end <= offset);
        let mut gone = first.checked_sub(1).and_then(|before| self.holes.get(before)).map_or(0, |(_, sum)| *sum);
        let mut pieces = Vec::with_capacity(1);
        let mut at = offset;
        let mut push = |from: u64, to: u64, gone: u64| {
            if from < to {
                let place = |position: u64| (position - offset) as usize;
                pieces.push(Piece { from: place(from), to: place(to), at: from.saturating_sub(gone) });
            }
        };
        for ((start, _), (hole_end, sum)) in self.node.holes.iter().zip(&self.holes).skip(first) {
            if *start >= end {
                break;
            }
            push(at, *start, gone);
            at = (*hole_end).min(end).max(at);
            gone = *sum;
        }
        push(at, end, gone);
        pieces
    }

    /// Fills `bytes` with content from `at` on.
    fn fill(&self, contents: &Contents, mut at: u64, mut bytes: &mut [u8]) -> Result<()> {
        if let Content::Inline(inline) = &self.node.content {
            let wanted = usize::try_from(at).ok().and_then(|at| inline.get(at..)?.get(..bytes.len()));
            bytes.copy_from_slice(wanted.ok_or_else(|| self.too_short())?);
            return Ok(());
        }
        while !bytes.is_empty() {
            let (blobs, begin) = self.blobs_at(contents, at)?;
            let (id, start, end) = blobs.at(at - begin).ok_or_else(|| self.unmeasured(&blobs))?;
            let blob = contents.chunks.load(&id)?;
            if blob.len() as u64 != end - start {
                return Err(Error::damaged(format!("Blob {id}"), "it has another length than the index says"));
            }
            let part = blob.get((at - begin - start) as usize..).unwrap_or_default();
            let len = part.len().min(bytes.len());
            if len == 0 {
                return Err(self.too_short());
            }
            let (now, rest) = bytes.split_at_mut(len);
            now.copy_from_slice(&part[..len]);
            bytes = rest;
            at += len as u64;
        }
        Ok(())
    }

    /// The list of blobs that has a byte of the content, and where it begins.
    fn blobs_at(&self, contents: &Contents, at: u64) -> Result<(Arc<Blobs>, u64)> {
        match (&self.layout, &self.node.content) {
            (Layout::Blobs(measured), Content::Blobs(ids)) => {
                let mut measured = lock(measured);
                let blobs = match &*measured {
                    Some(blobs) => blobs.clone(),
                    None => {
                        let blobs = Arc::new(Blobs::new(ids.clone(), &contents.chunks)?);
                        // What is lost may be mended while the file is open.
                        if blobs.fault.is_none() {
                            *measured = Some(blobs.clone());
                        }
                        blobs
                    }
                };
                Ok((blobs, 0))
            }
            (Layout::Lists(walk), _) => {
                let mut walk = lock(walk);
                while walk.end <= at {
                    if let Some(faulty) = walk.next_list(contents)? {
                        return Ok(faulty);
                    }
                }
                let number = walk.lists.partition_point(|(begin, _)| *begin <= at);
                let (begin, id) =
                    number.checked_sub(1).and_then(|number| walk.lists.get(number)).ok_or_else(|| self.too_short())?;
                Ok((contents.list(id)?, *begin))
            }
            _ => Err(self.too_short()),
        }
    }

    fn unmeasured(&self, blobs: &Blobs) -> Error {
        match &blobs.fault {
            Some(fault) => Error::Invalid(fault.clone()),
            None => self.too_short(),
        }
    }

    fn too_short(&self) -> Error {
        too_short()
    }

    /// Takes note of a read, and asks for what will be read next if it looks like that.
    fn read_ahead(&self, contents: &Contents, from: u64, to: u64) {
        let (start, end) = {
            let mut ahead = lock(&self.ahead);
            let is_in_order = from <= ahead.next.saturating_add(SLACK) && to.saturating_add(SLACK) >= ahead.next;
            if !is_in_order || ahead.next == 0 {
                *ahead = Ahead { next: to, window: 0, asked: to };
                return;
            }
            ahead.next = ahead.next.max(to);
            ahead.window = (ahead.window * 2).clamp(FIRST_WINDOW, contents.chunks.window().max(FIRST_WINDOW));
            let end = ahead.next.saturating_add(ahead.window);
            if ahead.asked >= ahead.next.saturating_add(ahead.window / 2) {
                return;
            }
            let start = ahead.asked.max(ahead.next);
            ahead.asked = end;
            (start, end)
        };
        let mut wanted = Vec::new();
        let mut at = start;
        // What fails here will be told to whoever reads it.
        while let (true, Ok((blobs, begin))) = (at < end, self.blobs_at(contents, at)) {
            let Some((id, _, blob_end)) = blobs.at(at - begin) else { break };
            wanted.push(id);
            at = begin + blob_end;
        }
        contents.chunks.ahead(wanted);
    }
}

impl Contents {
    /// A list of data blobs that was read before.
    fn list(&self, id: &BlobId) -> Result<Arc<Blobs>> {
        if let Some(blobs) = self.lists.get(id) {
            return Ok(blobs);
        }
        let blobs = Arc::new(Blobs::new(self.ids_of(id, 0)?, &self.chunks)?);
        if blobs.fault.is_none() {
            self.lists.put(*id, blobs.clone(), 40 * blobs.ids.len());
        }
        Ok(blobs)
    }

    fn ids_of(&self, id: &BlobId, wanted: u8) -> Result<Vec<BlobId>> {
        match decode_tree(&self.trees.load_tree(id)?) {
            Ok(Tree::List { height, ids }) if height == wanted => Ok(ids),
            Ok(_) => Err(Error::damaged(format!("Tree {id}"), "It is not the content list that belongs here")),
            Err(cause) => Err(Error::damaged(format!("Tree {id}"), cause)),
        }
    }
}

impl Walk {
    /// Goes on to the next list of data blobs. Returns one in which the length of a blob is not known: what follows has no place then.
    fn next_list(&mut self, contents: &Contents) -> Result<Option<(Arc<Blobs>, u64)>> {
        loop {
            let Some((ids, height)) = self.stack.last_mut() else { return Err(too_short()) };
            let height = *height;
            let Some(id) = ids.as_slice().first().copied() else {
                self.stack.pop();
                continue;
            };
            if height > 1 {
                // Taken from the list only when it could be read: the next attempt begins here.
                let below = contents.ids_of(&id, height - 1)?;
                ids.next();
                // Heights decrease, so that few lists are open.
                self.stack.push((below.into_iter(), height - 1));
                continue;
            }
            let blobs = contents.list(&id)?;
            if blobs.fault.is_some() {
                return Ok(Some((blobs, self.end)));
            }
            ids.next();
            let len = blobs.len();
            self.empty += usize::from(len == 0);
            if self.empty > MAX_EMPTY || self.lists.len() >= MAX_LISTS {
                return Err(Error::damaged(format!("Tree {id}"), "the content of a file has too many lists"));
            }
            if len > 0 {
                self.lists.push((self.end, id));
                self.end = self.end.saturating_add(len);
            }
            return Ok(None);
        }
    }
}

fn too_short() -> Error {
    Error::Invalid("Its content ends before its size says".to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
