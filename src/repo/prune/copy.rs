//! Stores again what is needed of stripes that are going to be removed (G5).
use std::collections::{BTreeMap, HashSet};

use super::super::index::Location;
use super::super::pack::PendingFrame;
use super::super::{Repository, Shared};
use super::live::{BlobSet, Live, is_full};
use super::run::Prune;
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind, PackId, StripeId};
use crate::monitor::{Event, Monitor, ReadPlan};

/// A frame of which something may be needed.
struct Source {
    /// Of any blob in it.
    place: Location,
    /// Offset, id and length of all blobs in it.
    blobs: Vec<(u32, BlobId, u32)>,
}

/// A copy under way.
struct Copy<'a> {
    live: &'a Live,
    /// Bases that this run has stored in full.
    full: BlobSet,
    /// What could not be read, and its stripe.
    failed: Vec<(StripeId, BlobKind, BlobId)>,
    /// Nothing that is not needed comes along.
    wipe: bool,
    monitor: &'a dyn Monitor,
}

/// Frames by stripe, slot and number: the order in which they were written.
type Sources = BTreeMap<(StripeId, u8, PackId), BTreeMap<u32, Source>>;

/// Frames of these stripes in which something may be needed.
fn sources(shared: &Shared, live: &Live, leaving: &HashSet<StripeId>) -> Result<Sources> {
    let mut sources = Sources::new();
    let mut wanted = HashSet::new();
    for kind in [BlobKind::Tree, BlobKind::Data] {
        shared.index.for_each_blob(kind, |id, place| {
            if !leaving.contains(&place.stripe) {
                return;
            }
            if live.counts(&id, &place) {
                wanted.insert((place.pack, place.frame));
            }
            let pack = sources.entry((place.stripe, place.slot, place.pack)).or_default();
            let blob = (place.offset, id, place.len);
            pack.entry(place.frame).or_insert_with(|| Source { place, blobs: Vec::new() }).blobs.push(blob);
        })?;
    }
    sources.retain(|(_, _, pack), frames| {
        frames.retain(|number, _| wanted.contains(&(*pack, *number)));
        !frames.is_empty()
    });
    Ok(sources)
}

/// Bytes from the first to the last of these frames of a pack, if they are read with one request: half of that is needed.
fn read_at_once(needed: &[Source]) -> Option<u32> {
    let (start, last) = (needed.first()?.place.frame_offset, &needed.last()?.place);
    let len = last.frame_offset.saturating_add(last.stored_len).saturating_sub(start);
    let wanted: u64 = needed.iter().map(|source| u64::from(source.place.stored_len)).sum();
    (wanted * 2 >= u64::from(len)).then_some(len)
}

impl Repository {
    /// What copying out of these stripes will read. The index must be loaded. As much memory as the copying itself.
    pub fn reads_of_copies(&self, live: &Live, leaving: &HashSet<StripeId>) -> Result<ReadPlan> {
        let (shared, mut plan) = (self.shared(), ReadPlan::default());
        let mut safe = BlobSet::default();
        for kind in [BlobKind::Tree, BlobKind::Data] {
            shared.index.for_each_blob(kind, |id, place| {
                if !leaving.contains(&place.stripe) && live.counts(&id, &place) {
                    safe.insert(&id);
                }
            })?;
        }
        for (_, frames) in sources(shared, live, leaving)? {
            let is_needed = |source: &Source| {
                source.blobs.iter().any(|(_, id, _)| live.counts(id, &source.place) && !safe.contains(id))
            };
            let needed: Vec<Source> = frames.into_values().filter(is_needed).collect();
            match read_at_once(&needed) {
                Some(len) => plan.add(len.into()),
                None => needed.iter().for_each(|source| plan.add(source.place.stored_len.into())),
            }
            for source in &needed {
                safe.extend(source.blobs.iter().map(|(_, id, _)| id).filter(|id| live.counts(id, &source.place)));
            }
        }
        Ok(plan)
    }
}

impl Prune<'_> {
    /// Stripes of `leaving` with blobs that are needed and have no place elsewhere.
    pub(super) fn stripes_in_use(&self, live: &Live, leaving: &HashSet<StripeId>) -> Result<HashSet<StripeId>> {
        let mut elsewhere = BlobSet::default();
        let mut stripes: Vec<(BlobId, StripeId)> = Vec::new();
        for kind in [BlobKind::Tree, BlobKind::Data] {
            self.shared.index.for_each_blob(kind, |id, place| {
                if !live.counts(&id, &place) {
                } else if leaving.contains(&place.stripe) {
                    stripes.push((id, place.stripe));
                } else {
                    elsewhere.insert(&id);
                }
            })?;
        }
        Ok(stripes.into_iter().filter(|(id, _)| !elsewhere.contains(id)).map(|(_, stripe)| stripe).collect())
    }

    /// Copies. Returns stripes that hold something needed that could not be read: because another prune was faster, or they are damaged.
    ///
    /// Memory: 50 bytes for each blob of these stripes.
    pub(super) fn copy(
        &self,
        live: &Live,
        leaving: &HashSet<StripeId>,
        wipe: bool,
        monitor: &dyn Monitor,
    ) -> Result<HashSet<StripeId>> {
        let sources = sources(self.shared, live, leaving)?;
        monitor.event(Event::Phase("Copying what is needed"));
        let bytes = sources.values().flat_map(BTreeMap::values).map(|source| u64::from(source.place.stored_len)).sum();
        monitor.event(Event::Total { items: sources.len() as u64, bytes, complete: true });
        let mut copy = Copy { live, full: BlobSet::default(), failed: Vec::new(), wipe, monitor };
        for (_, frames) in sources {
            if monitor.stop() {
                return Err(Error::Stopped { checkpoint: None });
            }
            let bytes = frames.values().map(|source| u64::from(source.place.stored_len)).sum();
            self.copy_pack(frames.into_values().collect(), &mut copy)?;
            monitor.event(Event::Progress { items: 1, bytes });
        }
        let mut stuck = HashSet::new();
        for (stripe, kind, id) in std::mem::take(&mut copy.failed) {
            // Another of these stripes may have given it since.
            if self.is_missing(kind, &id, &copy)? {
                stuck.insert(stripe);
            }
        }
        Ok(stuck)
    }

    /// Whether a blob that must stay has no place that will.
    fn is_missing(&self, kind: BlobKind, id: &BlobId, copy: &Copy<'_>) -> Result<bool> {
        if copy.live.is_base(id) && !copy.live.deltas_hold {
            return Ok(!copy.full.contains(id) && self.shared.full_length(kind, id)?.is_none());
        }
        Ok(copy.live.contains(id) && !self.writer.is_usable(id)?)
    }

    fn copy_pack(&self, sources: Vec<Source>, copy: &mut Copy<'_>) -> Result<()> {
        let mut needed = Vec::new();
        for mut source in sources {
            source.blobs.sort_unstable();
            source.blobs.dedup();
            if self.share_needed(&source, copy)? > 0 {
                needed.push(source);
            }
        }
        let Some(first) = needed.first() else { return Ok(()) };
        let name = ObjectName::Pack(first.place.pack);
        let start = first.place.frame_offset;
        let all = match read_at_once(&needed) {
            Some(len) => self.shared.backend.get_range(&name, start.into(), len as usize).ok(),
            None => None,
        };
        for source in needed {
            let place = &source.place;
            let at = place.frame_offset.saturating_sub(start) as usize;
            let sealed = match &all {
                Some(bytes) => {
                    bytes.get(at..).and_then(|rest| rest.get(..place.stored_len as usize)).map(<[u8]>::to_vec)
                }
                None => self.shared.backend.get_range(&name, place.frame_offset.into(), place.stored_len as usize).ok(),
            };
            self.copy_frame(&source, sealed, copy)?;
        }
        Ok(())
    }

    /// Plaintext bytes of blobs that must stay and that no other stripe, or this run, has.
    fn share_needed(&self, source: &Source, copy: &Copy<'_>) -> Result<u64> {
        let mut sum = 0;
        for (_, id, len) in &source.blobs {
            if copy.live.counts(id, &source.place) && self.is_missing(source.place.tag.kind, id, copy)? {
                // An empty blob is needed as well.
                sum += u64::from(*len).max(1);
            }
        }
        Ok(sum)
    }

    /// A frame of which at least three quarters are needed is copied as it is, else its needed blobs are encoded anew. To wipe, all of it must be needed.
    fn copy_frame(&self, source: &Source, sealed: Option<Vec<u8>>, copy: &mut Copy<'_>) -> Result<()> {
        let place = &source.place;
        let (share, raw_len) = (self.share_needed(source, copy)?, u64::from(place.raw_len));
        if share == 0 {
            return Ok(());
        }
        let mut end = 0;
        let gapless = source.blobs.iter().all(|(offset, _, len)| {
            let follows = *offset == end;
            end = offset.saturating_add(*len);
            follows
        }) && end == place.raw_len;
        let opened = sealed.as_ref().map(|sealed| self.shared.unseal_frame(place, sealed));
        let keeps_bases = !self.frees_its_bases(place, share, copy.live)?;
        if let Some(Ok(encoded)) = opened
            && gapless
            && if copy.wipe { share >= raw_len } else { share * 4 >= raw_len * 3 }
            && keeps_bases
        {
            let blobs: Vec<_> = source.blobs.iter().map(|(_, id, len)| (*id, *len)).collect();
            if is_full(place) {
                copy.full.extend(blobs.iter().map(|(id, _)| id));
            }
            return self.writer.save_frame(PendingFrame::new(place.tag, encoded, blobs, place.bases.clone()));
        }
        // In part, or it does not read as it is: parity may help. What is at hand is not read again.
        if let Some(sealed) = sealed {
            self.shared.keep_frame(place, &sealed, copy.monitor);
        }
        for (offset, id, len) in &source.blobs {
            if !copy.live.counts(id, place) || !self.is_missing(place.tag.kind, id, copy)? {
                continue;
            }
            match self.shared.load_blob(place.tag.kind, id, copy.monitor) {
                // What counts here as a delta is no base.
                Ok(blob) if !is_full(place) && keeps_bases => {
                    let place = Location { offset: *offset, len: *len, ..place.clone() };
                    self.writer.save_delta_again(*id, &blob, &place)?;
                }
                Ok(blob) => {
                    self.writer.save_full(0, place.tag.kind, *id, &blob)?;
                    copy.full.insert(id);
                }
                Err(Error::BlobNotFound { .. } | Error::BlobLost { .. } | Error::Damaged { .. }) => {
                    copy.failed.push((place.stripe, place.tag.kind, *id));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether a delta takes much more, with the bases that are kept for nothing else, than it would in full: about what its bases take for
    /// their length.
    fn frees_its_bases(&self, place: &Location, needed: u64, live: &Live) -> Result<bool> {
        let (mut freed, mut stored, mut raw) = (u64::from(place.stored_len), 0, 0);
        for base in &place.bases {
            let Some(full) = self.shared.places(base)?.into_iter().find(is_full) else { return Ok(false) };
            let share = u64::from(full.stored_len) * u64::from(full.len) / u64::from(full.raw_len.max(1));
            stored += share;
            raw += u64::from(full.len);
            if !live.needed.contains(base) && live.dependants(base) == 1 {
                freed += share;
            }
        }
        // A fifth more pays for storing it again.
        Ok(raw > 0 && freed * 5 > needed * stored / raw * 6)
    }
}
