//! One run of a copy: reads what is missing in the target out of the source's packs, and stores it under the ids that it has there.
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::batch::Batch;
use super::build::Build;
use super::known::Known;
use super::pair::Pair;
use super::plan::Plan;
use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind, SessionId};
use crate::model::{TreeReader, TreeStore};
use crate::monitor::{Event, Monitor};
use crate::ops::frames::{Taker, Wanted, fetch};
use crate::ops::rewrite::{UsableTrees, check_node};
use crate::ops::snapshots::SnapshotInfo;
use crate::ops::trees::ReadTrees;
use crate::repo::{Repository, Writer};

/// Bases of a delta that are told for a blob of it.
const BASES: usize = 8;

pub(super) struct Transfer<'a> {
    pub source: &'a Repository,
    pub target: &'a Repository,
    pub writer: Writer<'a>,
    pub monitor: &'a dyn Monitor,
    /// Those that read; trees are saved as one more.
    threads: usize,
    /// Taken while a snapshot is copied.
    known: Known,
    blobs_read: AtomicU64,
    bytes_read: AtomicU64,
    failure: Mutex<Option<Error>>,
    failed: AtomicBool,
    /// The index of the source was read again because of a blob that it did not have.
    refreshed: AtomicBool,
}

impl<'a> Transfer<'a> {
    pub(super) fn new(
        source: &'a Repository,
        target: &'a Repository,
        writer: Writer<'a>,
        threads: usize,
        monitor: &'a dyn Monitor,
    ) -> Self {
        Transfer {
            source,
            target,
            writer,
            monitor,
            threads,
            known: Known::default(),
            blobs_read: AtomicU64::new(0),
            bytes_read: AtomicU64::new(0),
            failure: Mutex::default(),
            failed: AtomicBool::new(false),
            refreshed: AtomicBool::new(false),
        }
    }

    /// Data blobs read in the source, and their bytes.
    pub(super) fn read(&self) -> (u64, u64) {
        (self.blobs_read.load(Ordering::Relaxed), self.bytes_read.load(Ordering::Relaxed))
    }

    /// To be told, at the beginning of each session, which snapshots of the target are there.
    pub(super) fn rely_on(&mut self, there: impl Iterator<Item = SessionId>) {
        self.known.new_session(&there.collect(), self.target.doomed_stripes());
    }

    /// A snapshot that has the trees that were built last.
    pub(super) fn committed(&mut self, snapshot: SessionId) {
        self.known.note_keeper(snapshot);
    }

    /// The trees that were built last are in no snapshot: what was stored for them is not to be in the session of another one, so this takes
    /// another writer.
    pub(super) fn give_up(&mut self, writer: Writer<'a>) {
        self.known.forget_trees();
        std::mem::replace(&mut self.writer, writer).leave();
    }

    /// Stores everything that a snapshot of the source consists of; gives its root in the target.
    pub(super) fn tree(&mut self, info: &SnapshotInfo, pair: Option<(&SnapshotInfo, &SnapshotInfo)>) -> Result<BlobId> {
        let mut known = std::mem::take(&mut self.known);
        known.make_room();
        if let Some((_, copy)) = pair {
            known.note_keeper(copy.id);
        }
        let root = self.tree_with(info, pair, &mut known);
        self.known = known;
        root
    }

    fn tree_with(
        &self,
        info: &SnapshotInfo,
        pair: Option<(&SnapshotInfo, &SnapshotInfo)>,
        known: &mut Known,
    ) -> Result<BlobId> {
        let no_root = || Error::damaged(format!("Snapshot {}", info.id), "it has no tree");
        let root = info.snapshot.root.ok_or_else(no_root)?;
        let source = ReadTrees { repo: self.source, monitor: self.monitor };
        let target = TargetTrees { transfer: self };
        let roots = pair.and_then(|(old, new)| Some([old.snapshot.root?, new.snapshot.root?]));
        if let Some([old, new]) = roots
            && old == root
            && self.is_whole(new, known)?
        {
            known.learn_tree(old, new);
        }
        if let Some(new) = known.tree(&root) {
            return Ok(new);
        }
        let mut build = Build::new(&target, root, roots.map(|[_, new]| new));
        let mut execute = |batch: &mut Batch, known: &mut Known| {
            let Batch { steps, wanted, .. } = std::mem::take(batch);
            self.fetch(wanted, known)?;
            for step in steps {
                build.take(step, known)?;
            }
            self.monitor.event(Event::Progress { items: std::mem::take(&mut build.files), bytes: 0 });
            self.writer.beat()?;
            known.make_room();
            Ok(())
        };
        let pair = Pair::new(&source, &target, roots);
        let mut plan = Plan { transfer: self, source: &source, target: &target, pair, batch: Batch::default() };
        plan.all(root, known, &mut execute)?;
        build.root()
    }

    /// Whether everything beneath a tree of the target may be referenced.
    pub(super) fn is_whole(&self, root: BlobId, known: &mut Known) -> Result<bool> {
        let (writer, monitor) = (&self.writer, self.monitor);
        let store = UsableTrees { repo: self.target, writer, monitor, lost_may_go: false };
        let mut seen = HashSet::from([root]);
        let mut directories = vec![root];
        while let Some(tree) = directories.pop() {
            if known.is_whole(&tree) {
                continue;
            }
            if self.monitor.stop() {
                return Err(Error::Stopped { checkpoint: None });
            }
            self.writer.beat()?;
            for node in TreeReader::new(&store, tree) {
                let checked = node.and_then(|node| check_node(&store, &node).map(|()| node));
                match checked {
                    Ok(node) => directories.extend(node.subtree.filter(|subtree| seen.insert(*subtree))),
                    // It is stored again out of the source.
                    Err(Error::BlobNotFound { .. } | Error::BlobLost { .. } | Error::Damaged { .. }) => {
                        return Ok(false);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        known.note_whole(seen);
        Ok(true)
    }

    /// False if the indexes say that two blobs are not the same.
    pub(super) fn have_equal_lengths(&self, source: &BlobId, target: &BlobId) -> bool {
        let lengths =
            self.source.blob_length(BlobKind::Data, source).zip(self.target.blob_length(BlobKind::Data, target));
        lengths.is_none_or(|(source, target)| source == target)
    }

    /// Reads blobs of the source and stores what the target does not have. What cannot be read is known as lost.
    fn fetch(&self, wanted: HashSet<BlobId>, known: &Known) -> Result<()> {
        let mut found = Vec::with_capacity(wanted.len());
        for id in wanted {
            match self.place(&id)? {
                Some(place) => found.push(Wanted { job: (), id, place }),
                None => known.lose(id, Error::BlobNotFound { id }.to_string()),
            }
        }
        // In the order of packs, whatever the order in which a set gives them.
        found.sort_unstable_by_key(|wanted| (wanted.place.stripe, wanted.place.slot, wanted.place.frame_offset));
        fetch(&Reading { transfer: self, known }, self.threads, found.into_iter());
        if self.monitor.stop() {
            return Err(Error::Stopped { checkpoint: None });
        }
        match self.failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn place(&self, id: &BlobId) -> Result<Option<crate::repo::Location>> {
        let known = |places: Vec<crate::repo::Location>| {
            let place = places.into_iter().find(|place| place.tag.kind == BlobKind::Data)?;
            Some(crate::repo::Location { bases: Vec::new(), ..place })
        };
        if let Some(place) = known(self.source.places(id)?) {
            return Ok(Some(place));
        }
        // A prune may have moved it since the index was read. Once: what has lost many blobs has not lost them by that.
        if !self.refreshed.swap(true, Ordering::Relaxed) {
            self.source.load_index(self.monitor)?;
        }
        Ok(known(self.source.places(id)?))
    }
}

/// What is fetched goes into the target.
struct Reading<'r, 'a> {
    transfer: &'r Transfer<'a>,
    known: &'r Known,
}

impl Taker for Reading<'_, '_> {
    type Job = ();

    fn repo(&self) -> &Repository {
        self.transfer.source
    }

    fn monitor(&self) -> &dyn Monitor {
        self.transfer.monitor
    }

    fn is_over(&self) -> bool {
        self.transfer.failed.load(Ordering::Relaxed) || self.transfer.monitor.stop()
    }

    fn fail(&self, error: Error) {
        self.transfer.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        self.transfer.failed.store(true, Ordering::Relaxed);
    }

    fn take(&self, wanted: &[Wanted<()>], bases: &[BlobId], blob: Result<&[u8]>) {
        let Some(Wanted { id, place, .. }) = wanted.first() else { return };
        let blob = match blob {
            Ok(blob) => blob,
            Err(error @ (Error::BlobLost { .. } | Error::BlobNotFound { .. } | Error::Damaged { .. })) => {
                return self.known.lose(*id, error.to_string());
            }
            Err(error) => return self.fail(error),
        };
        let transfer = self.transfer;
        transfer.blobs_read.fetch_add(1, Ordering::Relaxed);
        transfer.bytes_read.fetch_add(blob.len() as u64, Ordering::Relaxed);
        let new = transfer.writer.id_of(BlobKind::Data, blob);
        // What was a delta becomes one of the same bases, if the target has them. They come in the order of the frame's blobs.
        let mut older = || {
            let middle = bases.len() * place.offset as usize / (place.raw_len as usize).max(1);
            let near = bases.iter().skip(middle.saturating_sub(BASES / 2)).take(BASES);
            near.filter_map(|base| self.known.data(base)).collect()
        };
        // Neighbours stay together: one thread's frames take what comes out of one pack.
        let thread = usize::from(place.pack.0[0]) % transfer.threads;
        match transfer.writer.save_over(thread, BlobKind::Data, new, blob, &mut older) {
            Ok(_) => self.known.learn(*id, new),
            Err(error) => self.fail(error),
        }
        transfer.monitor.event(Event::Progress { items: 0, bytes: blob.len() as u64 });
    }
}

/// Trees of the target.
pub(super) struct TargetTrees<'t> {
    transfer: &'t Transfer<'t>,
}

impl TreeStore for TargetTrees<'_> {
    fn save_tree(&self, bytes: Vec<u8>) -> Result<BlobId> {
        self.save_tree_over(bytes, &mut Vec::new)
    }

    fn save_tree_over(&self, bytes: Vec<u8>, older: &mut dyn FnMut() -> Vec<BlobId>) -> Result<BlobId> {
        let Transfer { writer, threads, .. } = self.transfer;
        let id = writer.id_of(BlobKind::Tree, &bytes);
        writer.save_over(*threads, BlobKind::Tree, id, &bytes, older)?;
        Ok(id)
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        self.transfer.target.load_blob(BlobKind::Tree, id, self.transfer.monitor)
    }

    fn largest_tree(&self) -> usize {
        self.transfer.writer.largest_blob()
    }
}
