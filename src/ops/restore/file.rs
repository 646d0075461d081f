//! One regular file on its way back: opened when its first piece is there, finished by whoever writes the last one.
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::folder::Folder;
use super::run::{Run, add, is_full, lock};
use super::verify::verify;
use crate::error::{Error, Result};
use crate::fs::target::{Existing, OpenFile, Overwrite, Target};
use crate::id::{BlobId, BlobKind};
use crate::model::{Content, Node, NodeType};
use crate::monitor::{Action, Event};

/// How a file comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// A new one, instead of whatever has the name if `replace`.
    New { replace: bool },
    /// What differs is written into the one that is there.
    Update,
    /// The one that is there is taken to have the right content.
    Metadata,
    /// It has several names and is replaced as a whole, unless it is right in every respect.
    Compare,
}

/// Whether further names can be given to a file.
#[derive(Debug, Default)]
pub(super) struct Outcome(AtomicU8);

impl Outcome {
    pub(super) fn is_good(&self) -> bool {
        self.0.load(Ordering::Acquire) == 1
    }
}

pub(super) struct FileJob {
    pub folder: Arc<Folder>,
    pub node: Node,
    pub outcome: Arc<Outcome>,
    existing: Option<Existing>,
    how: Mutex<How>,
    layout: OnceLock<Layout>,
    /// It was written in one go and has its name.
    whole: AtomicBool,
    /// A file that was there is written to.
    in_place: AtomicBool,
    /// References that are still to be written, and one for the plan until it knows them all.
    remaining: AtomicU64,
    /// Bytes of content whose references were planned.
    pub planned: AtomicU64,
    /// Pieces among them without a byte.
    pub empty: AtomicU64,
    /// A file that is compared differs.
    pub differs: AtomicBool,
    written: AtomicU64,
    open: Mutex<Option<Arc<OpenFile>>>,
    /// For reading what is there where nothing is written to it.
    there: Mutex<Option<Arc<File>>>,
    failed: Mutex<Option<String>>,
    is_failed: AtomicBool,
}

impl FileJob {
    /// The folder is held until the file is done.
    pub(super) fn new(folder: Arc<Folder>, node: Node, existing: Option<Existing>, how: How) -> Self {
        folder.hold();
        FileJob {
            folder,
            node,
            outcome: Arc::default(),
            existing,
            how: Mutex::new(how),
            layout: OnceLock::new(),
            whole: AtomicBool::new(false),
            in_place: AtomicBool::new(false),
            remaining: AtomicU64::new(1),
            planned: AtomicU64::new(0),
            empty: AtomicU64::new(0),
            differs: AtomicBool::new(false),
            written: AtomicU64::new(0),
            open: Mutex::default(),
            there: Mutex::default(),
            failed: Mutex::default(),
            is_failed: AtomicBool::new(false),
        }
    }

    pub(super) fn how(&self) -> How {
        *lock(&self.how)
    }

    /// Its size without its holes.
    pub(super) fn content_len(&self) -> u64 {
        self.node.size.saturating_sub(holes_of(&self.node))
    }

    pub(super) fn path(&self) -> Vec<u8> {
        self.folder.path_of(&self.node.name)
    }

    /// One more reference is planned.
    pub(super) fn expect(&self) {
        self.remaining.fetch_add(1, Ordering::Relaxed);
    }

    /// The first cause is kept.
    pub(super) fn fail(&self, cause: impl ToString) {
        lock(&self.failed).get_or_insert_with(|| cause.to_string());
        self.is_failed.store(true, Ordering::Release);
    }

    /// The target refused it; if that is full, the run ends with this error and the file is not told of by itself.
    fn refuse(&self, run: &Run<'_>, error: Error) {
        match is_full(&error) {
            true => {
                run.fail(error);
                self.is_failed.store(true, Ordering::Release);
            }
            false => self.fail(error),
        }
    }

    pub(super) fn is_failed(&self) -> bool {
        self.is_failed.load(Ordering::Acquire)
    }

    /// A reference, or the plan, is done with it; the last one finishes the file.
    pub(super) fn release(&self, run: &Run<'_>) {
        if self.remaining.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.complete(run);
        }
    }

    /// Opens what is there for comparing. Without it everything is written.
    pub(super) fn look(&self, run: &Run<'_>) {
        let how = self.how();
        let opened = match (how, &run.target, &self.folder.dir) {
            (How::New { .. }, ..) | (How::Metadata, None, _) => return,
            (How::Update | How::Metadata, Some(target), Some(dir)) => {
                match target.open_existing(dir, &self.node.name, self.node.size) {
                    Ok(Some(file)) => {
                        self.in_place.store(file.is_in_place(), Ordering::Relaxed);
                        *lock(&self.open) = Some(Arc::new(file));
                        return;
                    }
                    Ok(None) => {
                        *lock(&self.how) = How::New { replace: true };
                        return;
                    }
                    Err(error) => return self.refuse(run, error),
                }
            }
            (How::Compare, Some(target), Some(dir)) => target.open_for_verify(dir, &self.node.name).ok(),
            _ => self.folder.there.as_ref().and_then(|there| {
                let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
                let path = there.join(std::ffi::OsStr::from_bytes(&self.node.name));
                std::fs::OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path).ok()
            }),
        };
        if opened.is_none() || how == How::Compare && !self.same_metadata(run, opened.as_ref()) {
            self.differs.store(true, Ordering::Relaxed);
        }
        *lock(&self.there) = opened.map(Arc::new);
    }

    fn same_metadata(&self, run: &Run<'_>, file: Option<&File>) -> bool {
        let Some(Ok(found)) = file.map(File::metadata) else { return false };
        let node = &self.node;
        let owned = !rustix::process::geteuid().is_root() || (found.uid(), found.gid()) == (node.uid, node.gid);
        let time = (found.mtime(), found.mtime_nsec()) == (node.mtime.secs, i64::from(node.mtime.nanos));
        (found.len(), found.mode() & 0o7777) == (node.size, node.mode)
            && time
            && (run.options.overwrite == Overwrite::IfChanged || owned && node.xattrs.is_empty())
    }

    /// Whether what is there has this blob at this place of the content.
    pub(super) fn has(&self, run: &Run<'_>, id: &BlobId, at: u64, len: u32, buffer: &mut Vec<u8>) -> bool {
        buffer.resize(len as usize, 0);
        let (open, there) = (lock(&self.open).clone(), lock(&self.there).clone());
        for piece in self.pieces(at, len as usize) {
            let Some(into) = buffer.get_mut(piece.range.clone()) else { return false };
            let read = match (&open, &there) {
                (Some(file), _) => file.read_at(piece.offset, into).is_ok_and(|read| read == into.len()),
                (None, Some(file)) => file.read_exact_at(into, piece.offset).is_ok(),
                (None, None) => false,
            };
            if !read {
                return false;
            }
        }
        if run.repo.subkeys().blob_id(BlobKind::Data, buffer) != *id {
            return false;
        }
        if let Some(file) = open {
            file.verified(u64::from(len));
        }
        true
    }

    /// Nothing of the file is there that is of use.
    pub(super) fn replace_it(&self) {
        let mut how = lock(&self.how);
        if *how == How::Compare {
            *how = How::New { replace: true };
        }
    }

    /// Writes one piece of the content.
    pub(super) fn write(&self, run: &Run<'_>, at: u64, bytes: &[u8]) {
        if self.is_failed() {
            return;
        }
        if let Err(error) = self.try_write(run, at, bytes) {
            self.refuse(run, error);
        }
    }

    fn try_write(&self, run: &Run<'_>, at: u64, bytes: &[u8]) -> Result<()> {
        let (Some(target), Some(dir)) = (&run.target, &self.folder.dir) else {
            add(&self.written, bytes.len() as u64);
            return Ok(());
        };
        let node = &self.node;
        // Another piece may be too much, which only counting shows.
        let alone = match &node.content {
            Content::Empty | Content::Inline(_) => true,
            Content::Blobs(ids) => ids.len() == 1,
            Content::List { .. } => false,
        };
        let is_all = alone && bytes.len() as u64 == node.size && node.holes.is_empty();
        if let (How::New { replace }, true) = (self.how(), is_all) {
            let warnings = target.write_whole(dir, &node.name, bytes, node, replace)?;
            self.warn(run, &warnings);
            self.whole.store(true, Ordering::Relaxed);
        } else {
            let file = self.file(target)?;
            for piece in self.pieces(at, bytes.len()) {
                file.write_at(piece.offset, bytes.get(piece.range).unwrap_or_default())?;
            }
        }
        add(&self.written, bytes.len() as u64);
        Ok(())
    }

    fn warn(&self, run: &Run<'_>, warnings: &[Error]) {
        warnings.iter().for_each(|warning| run.warning(&self.path(), warning));
    }

    /// The file that is being written, made if need be.
    fn file(&self, target: &Target) -> Result<Arc<OpenFile>> {
        let mut open = lock(&self.open);
        if let Some(file) = &*open {
            return Ok(file.clone());
        }
        let (How::New { replace }, Some(dir)) = (self.how(), &self.folder.dir) else {
            return Err(Error::Invalid("It was finished before all of it was there".to_owned()));
        };
        let file = Arc::new(target.create_file(dir, &self.node.name, self.node.size, replace)?);
        *open = Some(file.clone());
        Ok(file)
    }

    fn complete(&self, run: &Run<'_>) {
        let node = &self.node;
        if !self.is_failed()
            && let Err(error) = self.finish(run)
        {
            self.refuse(run, error);
        }
        lock(&self.there).take();
        let mut action = self.action();
        if !self.is_failed() && run.options.verify && run.target.is_some() {
            match verify(run, self) {
                Ok(()) => add(&run.counters.verified, 1),
                Err(error) => {
                    run.problem(&self.path(), format!("Reading back: {error}"));
                    action = None;
                }
            }
        }
        let written = self.written.load(Ordering::Relaxed);
        add(&run.counters.bytes_written, written);
        match lock(&self.failed).take() {
            cause if self.is_failed() => {
                self.withdraw(run, written);
                if let Some(cause) = cause {
                    run.problem(&self.path(), cause);
                }
            }
            _ => {
                self.outcome.0.store(1, Ordering::Release);
                add(&run.counters.bytes_skipped, self.content_len().saturating_sub(written));
                if let Some(action) = action {
                    add(
                        match action {
                            Action::Restored => &run.counters.restored,
                            Action::Updated => &run.counters.updated,
                            _ => &run.counters.skipped,
                        },
                        1,
                    );
                    run.item(&self.path(), action, node.size);
                }
            }
        }
        run.monitor.event(Event::Progress { items: 1, bytes: node.size });
        self.folder.release(run);
    }

    fn action(&self) -> Option<Action> {
        let Some(existing) = &self.existing else { return Some(Action::Restored) };
        let same = existing.kind == Some(NodeType::File)
            && existing.size == self.node.size
            && self.written.load(Ordering::Relaxed) == 0
            && !matches!(self.how(), How::New { .. });
        Some(if same { Action::Skipped } else { Action::Updated })
    }

    /// All content is there: layout, metadata, name.
    fn finish(&self, run: &Run<'_>) -> Result<()> {
        let node = &self.node;
        let inline = match &node.content {
            Content::Inline(bytes) => bytes.as_slice(),
            _ => &[],
        };
        let how = self.how();
        let in_blobs = !matches!(node.content, Content::Empty | Content::Inline(_));
        if how == How::Compare {
            if self.differs.load(Ordering::Relaxed) || !in_blobs && !self.has_inline(inline) {
                self.replace_it();
            } else {
                return Ok(());
            }
        }
        if how == How::Update && !in_blobs && self.has_inline(inline) {
            if let Some(file) = &*lock(&self.open) {
                file.verified(inline.len() as u64);
            }
        } else if how == How::Metadata {
            if let Some(file) = &*lock(&self.open) {
                file.verified(self.content_len());
            }
        } else if !in_blobs {
            self.try_write(run, 0, inline)?;
        }
        let Some(target) = &run.target else { return Ok(()) };
        if self.whole.load(Ordering::Relaxed) {
            return Ok(());
        }
        let file = self.file(target)?;
        lock(&self.open).take();
        let file = Arc::into_inner(file).ok_or_else(|| Error::Invalid("It is still being written".to_owned()))?;
        let warnings = target.finish(file, node)?;
        self.warn(run, &warnings);
        Ok(())
    }

    fn has_inline(&self, inline: &[u8]) -> bool {
        let (open, there) = (lock(&self.open).clone(), lock(&self.there).clone());
        let mut found = vec![0; inline.len()];
        let read = self.pieces(0, inline.len()).into_iter().all(|piece| {
            let Some(into) = found.get_mut(piece.range) else { return false };
            match (&open, &there) {
                (Some(file), _) => file.read_at(piece.offset, into).is_ok_and(|read| read == into.len()),
                (None, Some(file)) => file.read_exact_at(into, piece.offset).is_ok(),
                (None, None) => false,
            }
        });
        read && found == inline
    }

    /// What must not stay under the name of a file that could not be restored: a file that was changed in part.
    fn withdraw(&self, run: &Run<'_>, written: u64) {
        lock(&self.open).take();
        let in_place = self.in_place.load(Ordering::Relaxed);
        if let (true, Some(target), Some(dir)) = (in_place && written > 0, &run.target, &self.folder.dir)
            && let Err(error) = target.remove(dir, &self.node.name, false)
        {
            run.problem(&self.path(), format!("It is changed in part and cannot be removed: {error}"));
        }
    }

    /// Where bytes of the content lie in the file.
    pub(super) fn pieces(&self, at: u64, len: usize) -> Vec<Piece> {
        self.layout.get_or_init(|| Layout::new(&self.node.holes)).pieces(at, len)
    }
}

/// A run of content without a hole in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// In the file.
    pub offset: u64,
    /// In the bytes.
    pub range: std::ops::Range<usize>,
}

/// Holes of a file: before which byte of the content each lies, and how many bytes it and those before it have.
#[derive(Debug)]
pub(super) struct Layout(Vec<(u64, u64)>);

impl Layout {
    /// Holes are in order and do not overlap.
    pub(super) fn new(holes: &[(u64, u64)]) -> Self {
        let mut sum = 0_u64;
        let entry = |&(offset, len): &(u64, u64)| {
            let before = offset.saturating_sub(sum);
            sum = sum.saturating_add(len);
            (before, sum)
        };
        Layout(holes.iter().map(entry).collect())
    }

    /// Splits `len` bytes of content from `at` on around the holes.
    pub(super) fn pieces(&self, at: u64, len: usize) -> Vec<Piece> {
        let passed = self.0.partition_point(|(before, _)| *before <= at);
        let (gone, ahead) = self.0.split_at(passed);
        let mut shift = gone.last().map_or(0, |(_, sum)| *sum);
        let mut pieces = Vec::with_capacity(1);
        let mut done = 0;
        for &(before, sum) in ahead {
            let end = usize::try_from(before - at).map_or(len, |end| end.min(len));
            if end > done {
                pieces.push(Piece { offset: (at + done as u64).saturating_add(shift), range: done..end });
                done = end;
            }
            if done == len {
                return pieces;
            }
            shift = sum;
        }
        if done < len {
            pieces.push(Piece { offset: at.saturating_add(done as u64).saturating_add(shift), range: done..len });
        }
        pieces
    }
}

pub(super) fn holes_of(node: &Node) -> u64 {
    node.holes.iter().map(|(_, len)| *len).fold(0, u64::saturating_add)
}
