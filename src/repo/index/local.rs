//! The life of the local index: opening, following the repository's index objects, merging.
use std::collections::{BTreeSet, HashSet};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use super::IndexName;
use super::batch::Batch;
use super::manifest;
use super::merge::{BuildError, Input, merge};
use super::page::PageCache;
use super::segment::{Segment, Store};
use crate::error::{Error, Result};
use crate::format::IndexObject;
use crate::id::{RepoId, SessionId};
use crate::world::World;

/// Rows that are collected before a segment is written.
const BATCH_BYTES: usize = 48 << 20;
/// A segment is merged with the smaller ones when it is at most so many times as large as all of them.
const TIER: u64 = 3;
/// Segments with fewer blobs count as having so many: tiny ones are merged readily.
const SMALL: u64 = 4096;
/// Most segments that are merged at once, or left open while loading.
const FAN_IN: usize = 32;

/// A segment and which of its objects count.
#[derive(Clone, Debug)]
pub struct Part {
    pub segment: Arc<Segment>,
    live: Arc<[bool]>,
    /// Made for this process only, from index objects of the own session.
    own: bool,
    /// That session is decided: what it put counts as anybody's does.
    settled: bool,
}

impl Part {
    fn new(segment: Segment, own: bool) -> Self {
        let live = vec![true; segment.objects.len()].into();
        Part { segment: Arc::new(segment), live, own, settled: false }
    }

    fn names(&self) -> impl Iterator<Item = IndexName> {
        self.segment.objects.iter().map(|object| (SessionId(object.session), object.number))
    }

    /// Objects that count.
    pub fn live(&self) -> impl Iterator<Item = IndexName> {
        self.names().zip(self.live.iter()).filter(|(_, live)| **live).map(|(name, _)| name)
    }

    /// Whether the object of this ordinal counts.
    pub fn has_object(&self, ordinal: u32) -> bool {
        self.live.get(ordinal as usize).copied().unwrap_or(false)
    }

    /// Whether the object that has the frame counts.
    pub fn has_frame(&self, frame: u32) -> bool {
        self.live.get(self.segment.object_of_frame(frame)).copied().unwrap_or(false)
    }

    fn input(&self) -> Input {
        Input { segment: self.segment.clone(), keep: self.live.to_vec() }
    }

    /// Blobs of the objects that count.
    pub fn blobs(&self) -> u64 {
        self.input().blobs()
    }

    fn weight(&self) -> u64 {
        self.blobs().max(SMALL)
    }

    /// More than half of it does not count.
    fn is_wasteful(&self) -> bool {
        self.blobs() * 2 < self.segment.objects.iter().map(|object| u64::from(object.blobs)).sum()
    }
}

/// What [`LocalIndex::update`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpdateReport {
    /// Index objects that were loaded.
    pub loaded: usize,
    /// Index objects that counted before and do not any more.
    pub dropped: usize,
    /// Damaged segments that were given up; their index objects were loaded again.
    pub discarded: usize,
    /// Blobs that were rewritten by merging.
    pub merged_blobs: u64,
}

/// Frames by segment and row, in one state.
pub(super) type FramesOf = (Weak<Vec<Part>>, HashSet<(usize, u32)>);

/// The merged index of a repository. Usable from many threads; a folder may be shared by processes.
#[derive(Debug)]
pub struct LocalIndex {
    store: Store,
    state: RwLock<Arc<Vec<Part>>>,
    /// Held by whoever changes the state.
    change: Mutex<()>,
    /// Delta frames whose bases were all found, outside of no doomed stripes, in one state: by segment and row.
    pub(super) with_bases: Mutex<FramesOf>,
}

impl LocalIndex {
    /// Opens what is cached in `folder` (made if it is missing, one for each repository), without touching the repository.
    /// Damaged segments are left out. Without a folder the index lives in unnamed files and ends with the process.
    pub fn open(folder: Option<&Path>, key: &[u8; 32], repo: &RepoId, world: Arc<dyn World>) -> Result<Self> {
        if let Some(folder) = folder {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|e| Error::local("create", folder, e))?;
        }
        let store = Store::new(folder, key, repo, world);
        let index =
            LocalIndex { store, state: RwLock::default(), change: Mutex::new(()), with_bases: Mutex::default() };
        let parts = index.listed(&[]).unwrap_or_default();
        index.set_state(parts);
        Ok(index)
    }

    pub(super) fn cache(&self) -> &PageCache {
        &self.store.cache
    }

    pub(super) fn state(&self) -> Arc<Vec<Part>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_state(&self, parts: Vec<Part>) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(parts);
    }

    /// The segments that the folder's list names, taken from `open` where they are open already. `None`: no list.
    fn listed(&self, open: &[Part]) -> Option<Vec<Part>> {
        let list = manifest::read(&self.store)?;
        let mut parts = Vec::new();
        for (id, void) in list {
            let known = open.iter().find(|part| part.segment.id == id).map(|part| part.segment.clone());
            let Some(segment) = known.or_else(|| self.store.open(id).ok().map(Arc::new)) else { continue };
            let live = (0..).zip(&segment.objects).map(|(at, _)| !void.contains(&at)).collect();
            parts.push(Part { segment, live, own: false, settled: false });
        }
        Some(parts)
    }

    /// Makes the index say what exactly the `counting` index objects say, plus those of the own session that were added.
    ///
    /// `load` is called for objects that are not known yet; `None` leaves an object out until the next update. What was
    /// loaded before an error is kept. Cost is in proportion to what is new, and now and then merging of older segments.
    pub fn update(
        &self,
        counting: &BTreeSet<IndexName>,
        load: &mut dyn FnMut(SessionId, u32) -> Result<Option<IndexObject>>,
    ) -> Result<UpdateReport> {
        let _change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let mut report = UpdateReport::default();
        let before = self.known();
        report.dropped = before.iter().filter(|name| !counting.contains(name)).count();
        report.dropped -= self
            .state()
            .iter()
            .filter(|part| part.own)
            .map(|part| part.live().filter(|name| !counting.contains(name)).count())
            .sum::<usize>();
        loop {
            let mut parts = self.current(counting, &mut report);
            let done = self.bring_up(&mut parts, counting, load, &mut report);
            // Segments are whole or not there, so whatever became of the update, this state is right as far as it goes.
            let published = self.publish(&parts);
            let broken = parts.iter().any(|part| part.segment.is_broken());
            self.set_state(parts);
            if matches!(done, Err(BuildError::Stale)) && broken {
                published?;
                continue;
            }
            return match done {
                Ok(()) => published.map(|()| report),
                Err(BuildError::Failed(error)) => Err(error),
                Err(BuildError::Stale) => Err(Error::damaged("The local index", "Its segments do not fit together")),
            };
        }
    }

    /// Parts that are whole, with what counts: no object twice.
    fn current(&self, counting: &BTreeSet<IndexName>, report: &mut UpdateReport) -> Vec<Part> {
        let open = self.state();
        let (own, shared): (Vec<Part>, Vec<Part>) = open.iter().cloned().partition(|part| part.own);
        let mut parts = self.listed(&shared).unwrap_or(shared);
        parts.extend(own);
        parts.retain(|part| !part.segment.is_broken());
        report.discarded += open.iter().filter(|part| part.segment.is_broken()).count();
        let mut seen = BTreeSet::new();
        for part in &mut parts {
            let own = part.own && !part.settled;
            let live = part.names().map(|name| (own || counting.contains(&name)) && seen.insert(name));
            part.live = live.collect();
        }
        parts.retain(|part| part.live().next().is_some());
        parts
    }

    fn bring_up(
        &self,
        parts: &mut Vec<Part>,
        counting: &BTreeSet<IndexName>,
        load: &mut dyn FnMut(SessionId, u32) -> Result<Option<IndexObject>>,
        report: &mut UpdateReport,
    ) -> Result<(), BuildError> {
        self.adopt(parts, counting, report)?;
        let known: BTreeSet<IndexName> = parts.iter().flat_map(|part| part.live().collect::<Vec<_>>()).collect();
        let mut batch = Batch::default();
        let mut failed = None;
        for name in counting.difference(&known) {
            match load(name.0, name.1) {
                Ok(Some(object)) => batch.add(*name, &object)?,
                Ok(None) => continue,
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
            report.loaded += 1;
            if batch.size() >= BATCH_BYTES {
                parts.push(Part::new(batch.write(&self.store, true)?, false));
                if parts.len() >= FAN_IN {
                    self.compact(parts, false, report)?;
                }
            }
        }
        if !batch.is_empty() {
            parts.push(Part::new(batch.write(&self.store, true)?, false));
        }
        drop(batch);
        self.compact(parts, false, report)?;
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Turns own objects that count by now into a segment that lasts.
    fn adopt(
        &self,
        parts: &mut Vec<Part>,
        counting: &BTreeSet<IndexName>,
        report: &mut UpdateReport,
    ) -> Result<(), BuildError> {
        let split = |part: &Part, committed: bool| {
            let keep =
                part.names().zip(part.live.iter()).map(|(name, live)| *live && counting.contains(&name) == committed);
            Input { segment: part.segment.clone(), keep: keep.collect() }
        };
        let own = || parts.iter().filter(|part| part.own);
        if !own().any(|part| part.live().any(|name| counting.contains(&name))) {
            return Ok(());
        }
        let mut made = Vec::new();
        for committed in [true, false] {
            let inputs: Vec<Input> = own().map(|part| split(part, committed)).collect();
            if inputs.iter().any(|input| input.keep.contains(&true)) {
                let segment = merge(&inputs, &self.store, committed)?;
                let segment = segment.ok_or_else(|| Error::Invalid("Too much for one index segment".to_owned()))?;
                report.merged_blobs += u64::from(segment.count::<super::record::Blob>());
                made.push(Part::new(segment, !committed));
            }
        }
        parts.retain(|part| !part.own);
        parts.extend(made);
        Ok(())
    }

    /// Merges small segments until each is more than [`TIER`] times as large as all smaller ones together.
    fn compact(&self, parts: &mut Vec<Part>, own: bool, report: &mut UpdateReport) -> Result<(), BuildError> {
        loop {
            let mut sorted: Vec<Part> = parts.iter().filter(|part| part.own == own).cloned().collect();
            sorted.sort_by_key(Part::weight);
            sorted.truncate(FAN_IN);
            let (mut sum, mut count) = (0, 0);
            for (at, part) in sorted.iter().enumerate() {
                if at > 0 && part.weight() <= TIER * sum {
                    count = at + 1;
                }
                sum += part.weight();
            }
            sorted.truncate(count);
            if sorted.is_empty() {
                let wasteful = |part: &&Part| part.own == own && part.is_wasteful();
                sorted.extend(parts.iter().find(wasteful).cloned());
            }
            let inputs: Vec<Input> = sorted.iter().map(Part::input).collect();
            if inputs.is_empty() {
                return Ok(());
            }
            let Some(segment) = merge(&inputs, &self.store, !own)? else { return Ok(()) };
            report.merged_blobs += u64::from(segment.count::<super::record::Blob>());
            parts.retain(|part| !sorted.iter().any(|old| Arc::ptr_eq(&old.segment, &part.segment)));
            parts.push(Part::new(segment, own));
        }
    }

    fn publish(&self, parts: &[Part]) -> Result<()> {
        let whole = parts.iter().filter(|part| !part.own && !part.segment.is_broken());
        let list = whole.map(|part| {
            let void = (0..).zip(part.live.iter()).filter(|(_, live)| !**live).map(|(at, _)| at);
            (part.segment.id, void.collect())
        });
        manifest::write(&self.store, &list.collect::<Vec<_>>())
    }

    /// Adds an index object that the own session has put. Only this process sees it, until an update finds that it counts.
    pub fn add_own(&self, name: IndexName, object: &IndexObject) -> Result<()> {
        let _change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let mut parts = self.state().to_vec();
        if parts.iter().any(|part| part.live().any(|known| known == name)) {
            return Ok(());
        }
        let mut batch = Batch::default();
        batch.add(name, object)?;
        parts.push(Part::new(batch.write(&self.store, false)?, true));
        match self.compact(&mut parts, true, &mut UpdateReport::default()) {
            // Lookups report the damaged segment; the next update deals with it.
            Ok(()) | Err(BuildError::Stale) => {}
            Err(BuildError::Failed(error)) => return Err(error),
        }
        self.set_state(parts);
        Ok(())
    }

    /// Takes back what was added under this name for the own session.
    pub fn withdraw_own(&self, name: IndexName) {
        let _change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let mut parts = self.state().to_vec();
        for part in parts.iter_mut().filter(|part| part.own) {
            part.live = part.names().zip(part.live.iter()).map(|(known, live)| *live && known != name).collect();
        }
        self.set_state(parts);
    }

    /// To be called when the own session is decided. From the next update on its index objects count as those of any other session do: they may
    /// have been retired already.
    pub fn settle_own(&self) {
        let _change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let mut parts = self.state().to_vec();
        parts.iter_mut().for_each(|part| part.settled |= part.own);
        self.set_state(parts);
    }

    /// Forgets what was added for the own session and does not count: when it is over without having been committed.
    pub fn forget_own(&self) {
        let _change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let mut parts = self.state().to_vec();
        parts.retain(|part| !part.own);
        self.set_state(parts);
    }
}
