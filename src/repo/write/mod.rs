//! The write side of a run: blobs in, packs, stripes and index objects out, decisions at checkpoints and at the end (W1–W6).
mod bases;
mod delta;
mod framer;
mod index_objects;
mod options;
mod pool;
mod stripes;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub use self::bases::DeltaMode;
use self::bases::{Base, BaseFinder, Found};
use self::framer::Framer;
pub(super) use self::index_objects::{put_index, split_stripes};
pub use self::options::{WriteOptions, Written};
use self::pool::{PackContents, Pool};
use self::stripes::Stripes;
use super::index::{Location, PendingBlobs};
use super::pack::{PendingFrame, capacity, footprint};
use super::resume::Dead;
use super::rules::Broken;
use super::session::{Session, SessionOwner};
use super::{Repository, Shared, lock, read_lock, write_lock};
use crate::backend::ObjectName;
use crate::compress::Compression;
use crate::error::{Error, Result};
use crate::format::{Decision, IndexObject, LeftMarks, Mark, StripeEntry};
use crate::id::{BlobId, BlobKind, SessionId, StripeId};
use crate::monitor::Monitor;
use crate::world::random;

/// Stored bytes after which an index object is put (W4)…
const FLUSH_BYTES: u64 = 256 * 1024 * 1024;
/// …or time.
const FLUSH_TIME: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Counters {
    blobs: [AtomicU64; 2],
    raw_bytes: [AtomicU64; 2],
    stored_bytes: AtomicU64,
}

/// The part of a writer that belongs to one session; replaced at a checkpoint.
struct Current {
    session: Option<Session>,
    /// Number of the next index object.
    next_index: u32,
    last_flush: Duration,
}

/// Writes blobs into a repository, from several threads at once.
pub struct Writer<'r> {
    shared: &'r Shared,
    owner: SessionOwner,
    delta: bool,
    framers: Vec<Mutex<(Framer, BaseFinder)>>,
    pool: Mutex<Pool>,
    stripes: Stripes,
    pending: PendingBlobs,
    current: Mutex<Current>,
    counters: Counters,
}

impl<'r> Writer<'r> {
    /// Takes up what dead runs of the same owner left, opens a session (W1) and learns what may be referenced (W2, W3).
    ///
    /// The second value is true when there was something to take up.
    pub fn begin(
        repo: &'r Repository,
        owner: SessionOwner,
        options: WriteOptions,
        monitor: &dyn Monitor,
    ) -> Result<(Writer<'r>, bool)> {
        let shared = repo.shared();
        let resumed = !options.dry_run && super::resume::resume(shared, &owner, Dead::OfLabel, monitor)?;
        let listed_before = shared.rules.is(Broken::ListBeforeSession);
        if listed_before {
            shared.refresh_for_writing(monitor)?;
        }
        let session = if options.dry_run { None } else { Some(Session::open(shared, &owner)?) };
        if !listed_before && let Err(error) = shared.refresh_for_writing(monitor) {
            // Nothing was written under it: as if it had never been.
            session.into_iter().for_each(|session| session.close(shared));
            return Err(error);
        }
        Ok((Writer::new(repo, owner, options, session), resumed))
    }

    /// The same for a prune: takes up what any dead run of this host left, stores nothing of it if there is no `room`, opens a session, and learns nothing yet.
    pub(super) fn begin_prune(
        repo: &'r Repository,
        owner: SessionOwner,
        options: WriteOptions,
        room: bool,
        monitor: &dyn Monitor,
    ) -> Result<Writer<'r>> {
        let dead = if room { Dead::OfHost } else { Dead::AsItIs };
        super::resume::resume(repo.shared(), &owner, dead, monitor)?;
        let session = Session::open_prune(repo.shared(), &owner)?;
        Ok(Writer::new(repo, owner, options, Some(session)))
    }

    fn new(repo: &'r Repository, owner: SessionOwner, options: WriteOptions, session: Option<Session>) -> Writer<'r> {
        let shared = repo.shared();
        let config = &shared.config;
        let configured = Compression::from_number(config.compression).unwrap_or(Compression::Auto);
        let compression = options.compression.unwrap_or(configured);
        let delta = options.delta.or(DeltaMode::from_number(config.delta)).unwrap_or(DeltaMode::Auto);
        let framers = (0..options.threads.max(1))
            .map(|_| {
                let (size, target) = (config.pack_size, config.frame_target);
                let framer = Framer::new(compression, size, target, options.extra_verify, config.m > 0);
                Mutex::new((framer, BaseFinder::new(delta)))
            })
            .collect();
        let sid = session.as_ref().map_or_else(|| SessionId(random(&*shared.world)), |session| session.sid);
        Writer {
            shared,
            owner,
            delta: delta != DeltaMode::Off && compression != Compression::Off,
            framers,
            pool: Mutex::new(Pool::new(config.pack_size)),
            stripes: Stripes::new(sid, options.extra_verify, options.dry_run),
            pending: PendingBlobs::default(),
            current: Mutex::new(Current { session, next_index: 0, last_flush: shared.world.elapsed() }),
            counters: Counters::default(),
        }
    }

    /// The session under which this run writes now; all zeros for a dry run.
    pub(super) fn session(&self) -> SessionId {
        lock(&self.current).session.as_ref().map_or(SessionId([0; 16]), |session| session.sid)
    }

    /// Shows that this run lives, when it is time.
    pub fn beat(&self) -> Result<()> {
        lock(&self.current).session.as_mut().map_or(Ok(()), |session| session.beat(self.shared))
    }

    /// Shows that this run lives, and for whom it waits.
    pub(super) fn beat_now(&self, waits: Vec<SessionId>) -> Result<()> {
        lock(&self.current).session.as_mut().map_or(Ok(()), |session| {
            session.waits_for(waits);
            session.beat_now(self.shared)
        })
    }

    /// The id of a blob.
    pub fn id_of(&self, kind: BlobKind, blob: &[u8]) -> BlobId {
        self.shared.keys.current().blob_id(kind, blob)
    }

    /// Whether a blob may be referenced: an index object that counts or is our own has it outside doomed stripes, or it is being written.
    pub fn is_usable(&self, id: &BlobId) -> Result<bool> {
        Ok(self.pending.contains(id) || self.shared.is_usable(id)?)
    }

    /// Whether no stripe was doomed when this session learned what it may refer to (W2): no prune that began before is under way or left anything.
    pub fn dooms_nothing(&self) -> bool {
        read_lock(&self.shared.doomed).is_empty()
    }

    /// Makes sure that a blob is, or will be at the next decision, in the repository; returns its id and whether it was new.
    pub fn save(&self, thread: usize, kind: BlobKind, blob: &[u8]) -> Result<(BlobId, bool)> {
        let id = self.id_of(kind, blob);
        Ok((id, self.save_over(thread, kind, id, blob, &mut Vec::new)?))
    }

    /// The same for a blob whose id is known, and that replaces others: `older` tells them, and is only called if the blob is new. It is
    /// stored as a delta of those of them that may be referenced, if that takes at most half as much. Returns whether it was new.
    pub fn save_over(
        &self,
        thread: usize,
        kind: BlobKind,
        id: BlobId,
        blob: &[u8],
        older: &mut dyn FnMut() -> Vec<BlobId>,
    ) -> Result<bool> {
        if self.shared.is_usable(&id)? || !self.pending.claim(&id) {
            // A run that finds everything stored already must show that it lives too.
            self.flush_if_due()?;
            return Ok(false);
        }
        let older = if self.delta { older() } else { Vec::new() };
        self.add(thread, kind, id, blob, &older)?;
        Ok(true)
    }

    /// Stores a blob even if it may be referenced already: for moving it out of a damaged stripe. Twice in one session it is stored once.
    pub fn save_again(&self, thread: usize, kind: BlobKind, blob: &[u8]) -> Result<()> {
        let id = self.id_of(kind, blob);
        if self.pending.claim(&id) { self.add(thread, kind, id, blob, &[]) } else { Ok(()) }
    }

    /// Stores a blob in full, even if it may be referenced already or is being written as a delta: bases must be full.
    pub(super) fn save_full(&self, thread: usize, kind: BlobKind, id: BlobId, blob: &[u8]) -> Result<()> {
        self.pending.claim(&id);
        self.add(thread, kind, id, blob, &[])
    }

    /// Stores a blob of the delta at `place` again, as a delta of bases of that one or in full. The caller must keep these bases in full.
    pub(super) fn save_delta_again(&self, id: BlobId, blob: &[u8], place: &Location) -> Result<()> {
        self.pending.claim(&id);
        self.add_over(0, place.tag.kind, id, blob, false, |finder, _| finder.find_again(self.shared, blob, place))
    }

    fn add(&self, thread: usize, kind: BlobKind, id: BlobId, blob: &[u8], older: &[BlobId]) -> Result<()> {
        self.add_over(thread, kind, id, blob, true, |finder, framer| match older {
            [] => None,
            _ => finder.find(self.shared, kind, &id, blob, older, framer.expected(kind, blob)),
        })
    }

    fn add_over(
        &self,
        thread: usize,
        kind: BlobKind,
        id: BlobId,
        blob: &[u8],
        may_add_bases: bool,
        find: impl FnOnce(&mut BaseFinder, &Framer) -> Option<Found>,
    ) -> Result<()> {
        self.counters.blobs[kind as usize].fetch_add(1, Ordering::Relaxed);
        self.counters.raw_bytes[kind as usize].fetch_add(blob.len() as u64, Ordering::Relaxed);
        let frames = {
            let (framer, finder) = &mut *lock(&self.framers[thread]);
            match find(finder, framer) {
                None => framer.add(kind, id, blob),
                Some(mut found) => {
                    let mut frames = Vec::new();
                    let novelty = if may_add_bases { finder.novelty(kind, blob, &found) } else { None };
                    if let Some(novelty) = novelty {
                        // Nobody refers to it but this delta, and those of later versions.
                        let id = self.id_of(kind, &novelty);
                        if !self.shared.is_usable(&id)? && self.pending.claim(&id) {
                            frames.extend(framer.add(kind, id, &novelty));
                            found.bases.push(Arc::new(Base::new(id, novelty)));
                        }
                    }
                    frames.extend(framer.add_delta(kind, id, blob, found.bases)?);
                    frames
                }
            }
        };
        frames.into_iter().try_for_each(|frame| self.add_frame(frame))
    }

    /// Stores a frame as it is, blobs that are stored already included. The ids must be those of its blobs.
    pub(super) fn save_frame(&self, frame: PendingFrame) -> Result<()> {
        for (id, len) in &frame.blobs {
            if self.pending.claim(id) {
                self.counters.blobs[frame.tag.kind as usize].fetch_add(1, Ordering::Relaxed);
                self.counters.raw_bytes[frame.tag.kind as usize].fetch_add(u64::from(*len), Ordering::Relaxed);
            }
        }
        self.add_frame(frame)
    }

    fn add_frame(&self, frame: PendingFrame) -> Result<()> {
        if frame.footprint() > self.largest_frame() {
            let cause = format!("{} bytes that belong together do not fit into a pack", frame.encoded.len());
            return Err(Error::Invalid(cause));
        }
        let full = lock(&self.pool).add(frame);
        self.write_packs(full)
    }

    fn largest_frame(&self) -> usize {
        capacity(self.shared.config.pack_size)
    }

    /// The longest blob that fits into a pack, even if it does not compress.
    pub fn largest_blob(&self) -> usize {
        self.largest_frame() - footprint(0, 1, 0)
    }

    fn write_packs(&self, packs: impl IntoIterator<Item = PackContents>) -> Result<()> {
        for pack in packs {
            let stored = self.stripes.write(self.shared, pack)?;
            self.counters.stored_bytes.fetch_add(stored, Ordering::Relaxed);
        }
        self.flush_if_due()
    }

    /// Names stripes that are in storage already, complete and verified, in index objects of this session. Returns how many it put.
    pub(super) fn adopt(&self, stripes: Vec<StripeEntry>) -> Result<u64> {
        let mut current = lock(&self.current);
        let Some(sid) = current.session.as_ref().map(|session| session.sid) else { return Ok(0) };
        self.shared.backend.barrier()?;
        // The session object must outlive a failure: index objects without it look like those of a snapshot that was lost.
        self.stripes.touch();
        let mut count = 0;
        for stripes in split_stripes(stripes) {
            let n = current.next_index;
            current.next_index += 1;
            let object = IndexObject { stripes };
            put_index(self.shared, sid, n, &object)?;
            self.shared.index.add_own((sid, n), &object)?;
            count += 1;
        }
        Ok(count)
    }

    /// Dooms stripes for ever: nobody refers to their blobs any more. Whatever of them is to stay must be stored again by this session.
    pub(super) fn doom(&self, stripes: &[StripeId]) -> Result<()> {
        let Some(sid) = lock(&self.current).session.as_ref().map(|session| session.sid) else { return Ok(()) };
        let name = ObjectName::Mark(sid);
        self.stripes.touch();
        let bytes = self.shared.seal(&name, &[], &Mark { stripes: stripes.to_vec(), by: sid }.encode())?;
        self.shared.create(&name, &bytes)?;
        write_lock(&self.shared.doomed).extend(stripes);
        Ok(())
    }

    /// What was written so far.
    pub fn written(&self) -> Written {
        let load = |pair: &[AtomicU64; 2]| [pair[0].load(Ordering::Relaxed), pair[1].load(Ordering::Relaxed)];
        Written {
            blobs: load(&self.counters.blobs),
            raw_bytes: load(&self.counters.raw_bytes),
            stored_bytes: self.counters.stored_bytes.load(Ordering::Relaxed),
        }
    }

    fn flush_if_due(&self) -> Result<()> {
        // Whoever holds the lock is flushing already.
        let Ok(mut current) = self.current.try_lock() else { return Ok(()) };
        let waited = self.shared.world.elapsed().saturating_sub(current.last_flush);
        if self.stripes.waiting_bytes() >= FLUSH_BYTES || waited >= FLUSH_TIME {
            self.flush(&mut current)?;
        }
        if let Some(session) = &mut current.session {
            session.beat(self.shared)?;
        }
        Ok(())
    }

    /// W4: names the complete stripes in index objects, when their packs are durable.
    fn flush(&self, current: &mut Current) -> Result<()> {
        current.last_flush = self.shared.world.elapsed();
        let mut stripes = self.stripes.take_complete();
        let Some(session) = &current.session else { return Ok(()) };
        if stripes.is_empty() {
            return Ok(());
        }
        self.shared.backend.barrier()?;
        for slot in stripes.iter_mut().flat_map(|stripe| &mut stripe.slots) {
            slot.location = self.shared.landed(&slot.pack, slot.location);
        }
        for stripes in split_stripes(stripes) {
            let n = current.next_index;
            current.next_index += 1;
            let object = IndexObject { stripes };
            put_index(self.shared, session.sid, n, &object)?;
            self.shared.index.add_own((session.sid, n), &object)?;
            let frames = object.stripes.iter().flat_map(|stripe| &stripe.slots).flat_map(|slot| &slot.frames);
            self.pending.forget_all(frames.flat_map(|frame| &frame.blobs).map(|(id, _)| id));
        }
        for (name, pack) in self.shared.rules.deferred() {
            self.shared.backend.put_new(&name, &pack)?;
        }
        Ok(())
    }

    /// Everything that was saved becomes durable and indexed. No other thread may be saving.
    fn drain(&self) -> Result<()> {
        self.drain_packs()?;
        match self.shared.rules.is(Broken::CommitBeforeIndex) {
            true => Ok(()),
            false => self.flush(&mut lock(&self.current)),
        }
    }

    fn drain_packs(&self) -> Result<()> {
        for framer in &self.framers {
            for kind in [BlobKind::Data, BlobKind::Tree] {
                let frames = lock(framer).0.finish(kind)?;
                frames.into_iter().try_for_each(|frame| self.add_frame(frame))?;
            }
        }
        let config = &self.shared.config;
        let rest = lock(&self.pool).finish(self.stripes.open_slots(), config.k, config.m);
        self.write_packs(rest)?;
        let stored = self.stripes.finish(self.shared)?;
        self.counters.stored_bytes.fetch_add(stored, Ordering::Relaxed);
        Ok(())
    }

    /// Ends the session with `decision` and starts the next one; what may be referenced is learned anew. No other thread may be saving,
    /// and nothing saved before may be referenced later unless `decision` references it.
    pub fn checkpoint(&self, decision: &Decision, monitor: &dyn Monitor) -> Result<SessionId> {
        self.drain()?;
        let next = Session::open(self.shared, &self.owner)?;
        let mut current = lock(&self.current);
        let next_sid = next.sid;
        let Some(old) = current.session.replace(next) else {
            return Err(Error::Invalid("A dry run has no checkpoints".to_owned()));
        };
        current.next_index = 0;
        self.shared.backend.barrier()?;
        self.settle(old.decide(self.shared, decision, monitor))?;
        let sid = old.sid;
        old.close(self.shared);
        self.stripes.restart(next_sid);
        drop(current);
        if !self.shared.rules.is(Broken::ChainKeepsView) {
            self.shared.refresh_for_writing(monitor)?;
        }
        Ok(sid)
    }

    /// Everything saved becomes durable; ends a dry run, and comes before [`Writer::commit`] so that the decision can tell sizes.
    pub fn finish_packs(&self) -> Result<Written> {
        self.drain()?;
        Ok(self.written())
    }

    /// W5, W6: commits. Durable when it returns.
    pub fn commit(self, decision: &Decision, monitor: &dyn Monitor) -> Result<SessionId> {
        if let Err(error) = self.drain() {
            self.leave();
            return Err(error);
        }
        let sid = self.decide(decision, monitor)?;
        self.close();
        Ok(sid)
    }

    /// W5 alone: nothing may be written any more afterwards, and [`Writer::close`] follows.
    pub fn decide(&self, decision: &Decision, monitor: &dyn Monitor) -> Result<SessionId> {
        self.drain()?;
        let mut current = lock(&self.current);
        let Some(session) = &current.session else {
            return Err(Error::Invalid("A dry run commits nothing".to_owned()));
        };
        let sid = session.sid;
        if current.next_index > 0 {
            self.shared.backend.barrier()?;
        }
        self.settle(session.decide(self.shared, decision, monitor))?;
        if self.shared.rules.is(Broken::CommitBeforeIndex) {
            self.flush(&mut current)?;
        }
        Ok(sid)
    }

    /// What the session put counts by its decision alone from now on; after a failure nothing of it is believed until it is seen to count.
    fn settle(&self, decided: Result<()>) -> Result<()> {
        match decided {
            Ok(()) => self.shared.index.settle_own(),
            Err(_) => self.shared.index.forget_own(),
        }
        decided
    }

    /// W6, once the session is decided.
    pub fn close(self) {
        let current = self.current.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        current.session.into_iter().for_each(|session| session.close(self.shared));
    }

    /// Ends the run without a result, and in order: what it stored does not count.
    pub fn abandon(self, reason: &str, monitor: &dyn Monitor) -> Result<()> {
        self.abandon_marks(reason, LeftMarks::default(), monitor)
    }

    /// The same for a prune, which leaves marks to a later one.
    pub(super) fn abandon_marks(self, reason: &str, left: LeftMarks, monitor: &dyn Monitor) -> Result<()> {
        self.shared.index.forget_own();
        let untouched = !self.stripes.touched() && left.is_empty();
        match self.current.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()).session {
            // Nothing was named under it: as if it had never been.
            Some(session) if untouched => session.close(self.shared),
            Some(session) => session.abandon(self.shared, reason, left, monitor)?,
            None => {}
        }
        Ok(())
    }

    /// Ends the run after a failure. If it stored, or tried to store, anything its session stays, for the next run to take up.
    pub fn leave(self) {
        self.shared.index.forget_own();
        if !self.stripes.touched()
            && let Some(session) = self.current.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()).session
        {
            session.close(self.shared);
        }
    }
}
