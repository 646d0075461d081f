//! One regular file on its way back: opened when its first piece is there, finished by whoever writes the last one.
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::folder::Folder;
use super::layout::{Layout, Piece, holes_of};
use super::run::{Run, add, is_full, lock};
use super::verify::verify;
use crate::error::{Error, Result};
use crate::fs::target::{Existing, OpenFile, Target};
use crate::model::{Content, Node, NodeType};
use crate::monitor::{Action, Event};

/// Bytes of a file of which each piece is told.
const WORTH_TELLING: u64 = 1 << 20;

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
    /// A new one that an earlier restore began: what is not there yet is written.
    Resume { replace: bool },
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
    pub existing: Option<Existing>,
    /// Name of what an earlier restore began.
    pub leftover: Option<Vec<u8>>,
    how: Mutex<How>,
    layout: OnceLock<Layout>,
    /// It was written in one go and has its name.
    whole: AtomicBool,
    /// A file that was there is written to.
    pub in_place: AtomicBool,
    /// References that are still to be written, and one for the plan until it knows them all.
    remaining: AtomicU64,
    /// Bytes of content whose references were planned.
    pub planned: AtomicU64,
    /// Pieces among them without a byte.
    pub empty: AtomicU64,
    /// A file that is compared differs.
    pub differs: AtomicBool,
    written: AtomicU64,
    /// Bytes of it that the monitor knows of.
    told: AtomicU64,
    pub open: Mutex<Option<Arc<OpenFile>>>,
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
            leftover: None,
            how: Mutex::new(how),
            layout: OnceLock::new(),
            whole: AtomicBool::new(false),
            in_place: AtomicBool::new(false),
            remaining: AtomicU64::new(1),
            planned: AtomicU64::new(0),
            empty: AtomicU64::new(0),
            differs: AtomicBool::new(false),
            written: AtomicU64::new(0),
            told: AtomicU64::new(0),
            open: Mutex::default(),
            failed: Mutex::default(),
            is_failed: AtomicBool::new(false),
        }
    }

    /// It is gone on with.
    pub(super) fn resuming(self, leftover: Vec<u8>) -> Self {
        let replace = self.how() != How::New { replace: false };
        FileJob { leftover: Some(leftover), how: Mutex::new(How::Resume { replace }), ..self }
    }

    pub(super) fn how(&self) -> How {
        *lock(&self.how)
    }

    pub(super) fn set_how(&self, how: How) {
        *lock(&self.how) = how;
    }

    /// Its size without its holes.
    pub(super) fn content_len(&self) -> u64 {
        content_len(&self.node)
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
    pub(super) fn refuse(&self, run: &Run<'_>, error: Error) {
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

    /// Bytes of it are done; of a small file it is told at its end.
    pub(super) fn tell(&self, run: &Run<'_>, bytes: u64) {
        if self.node.size >= WORTH_TELLING {
            add(&self.told, bytes);
            run.monitor.event(Event::Progress { items: 0, bytes });
        }
    }

    /// In a dry run.
    pub(super) fn would_write(&self, bytes: u64) {
        add(&self.written, bytes);
    }

    /// It has its name and all of its content, which took no writing.
    pub(super) fn is_cloned(&self, run: &Run<'_>, warnings: &[Error]) {
        self.warn(run, warnings);
        self.whole.store(true, Ordering::Relaxed);
        add(&self.written, self.content_len());
    }

    /// Writes one piece of the content.
    pub(super) fn write(&self, run: &Run<'_>, at: u64, bytes: &[u8]) {
        if self.is_failed() {
            return;
        }
        match self.try_write(run, at, bytes) {
            Ok(()) => self.tell(run, bytes.len() as u64),
            Err(error) => self.refuse(run, error),
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
        let untold = node.size.saturating_sub(self.told.load(Ordering::Relaxed));
        run.monitor.event(Event::Progress { items: 1, bytes: untold });
        self.folder.release(run);
    }

    fn action(&self) -> Option<Action> {
        let Some(existing) = &self.existing else { return Some(Action::Restored) };
        let same = existing.kind == Some(NodeType::File)
            && existing.size == self.node.size
            && self.written.load(Ordering::Relaxed) == 0
            && !matches!(self.how(), How::New { .. } | How::Resume { .. });
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
            if self.differs.load(Ordering::Relaxed) || !in_blobs && !self.has_inline(run, inline) {
                self.set_how(How::New { replace: true });
            } else {
                return Ok(());
            }
        }
        if how == How::Update && !in_blobs && self.has_inline(run, inline) {
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

/// Size of a file without its holes.
pub(super) fn content_len(node: &Node) -> u64 {
    node.size.saturating_sub(holes_of(node))
}
