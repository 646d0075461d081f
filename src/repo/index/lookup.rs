//! Questions to the local index. Any of them may find it damaged; none answers wrongly.
use std::collections::HashSet;
use std::sync::{Arc, PoisonError};

use super::local::{LocalIndex, Part};
use super::page::StaleIndex;
use super::record::{Base, Blob, Frame, Pack, PackKey, Record, Sorted, Stripe, StripeKey, TREE, prefix};
use super::segment::Segment;
use super::{IndexName, Location, SlotPlace, StripeLayout};
use crate::format::FrameTag;
use crate::id::{BlobId, BlobKind, PackId, SessionId, StripeId};

/// Delta frames that are remembered to have their bases.
const KNOWN_FRAMES: usize = 64 * 1024;

type Result<T> = std::result::Result<T, StaleIndex>;

impl LocalIndex {
    /// All places of a blob; none if no index object that counts, nor one of the own session, has it.
    pub fn lookup(&self, id: &BlobId) -> Result<Vec<Location>> {
        let mut found = Vec::new();
        for part in self.parts().iter() {
            for row in part.segment.find(self.cache(), id)? {
                let blob: Blob = part.segment.get(self.cache(), row)?;
                if part.has_frame(blob.frame) {
                    found.push(self.locate(&part.segment, &blob)?);
                }
            }
        }
        Ok(found)
    }

    /// Whether the blob has a place outside the doomed stripes, and all bases of its frame have one too. Cheaper than [`Self::lookup`]: mostly
    /// one page per segment.
    pub fn contains(&self, id: &BlobId, doomed: &HashSet<StripeId>) -> Result<bool> {
        Ok(self.usable(None, id, doomed, true)?.is_some())
    }

    /// Length of a blob of this kind, if [`Self::contains`] holds for it. Costs what that costs.
    pub fn length(&self, kind: BlobKind, id: &BlobId, doomed: &HashSet<StripeId>) -> Result<Option<u32>> {
        self.usable(Some(kind), id, doomed, true)
    }

    /// The same for a blob that is stored in full: what deltas may be made of.
    pub fn full_length(&self, kind: BlobKind, id: &BlobId, doomed: &HashSet<StripeId>) -> Result<Option<u32>> {
        self.usable(Some(kind), id, doomed, false)
    }

    fn usable(
        &self,
        kind: Option<BlobKind>,
        id: &BlobId,
        doomed: &HashSet<StripeId>,
        may_be_delta: bool,
    ) -> Result<Option<u32>> {
        let parts = self.parts();
        for part in parts.iter() {
            for row in part.segment.find(self.cache(), id)? {
                let blob: Blob = part.segment.get(self.cache(), row)?;
                let of_kind = kind.is_none_or(|kind| (blob.len & TREE != 0) == (kind == BlobKind::Tree));
                if of_kind
                    && part.has_frame(blob.frame)
                    && !self.is_doomed(&part.segment, &blob, doomed)?
                    && self.has_bases(&parts, &part.segment, &blob, doomed, may_be_delta)?
                {
                    return Ok(Some(blob.len & !TREE));
                }
            }
        }
        Ok(None)
    }

    /// A prune keeps the bases of what is needed: those of a blob that nothing needed may be gone although it is still there itself.
    fn has_bases(
        &self,
        parts: &Arc<Vec<Part>>,
        segment: &Segment,
        blob: &Blob,
        doomed: &HashSet<StripeId>,
        may_be_delta: bool,
    ) -> Result<bool> {
        if segment.count::<Base>() == 0 {
            return Ok(true);
        }
        let frame: Frame = segment.get(self.cache(), blob.frame)?;
        if frame.bases > 0 && !may_be_delta {
            return Ok(false);
        }
        // Many blobs are in one such frame, and each is asked for.
        let known = frame.bases > 0 && doomed.is_empty();
        let key = (std::ptr::from_ref(segment).addr(), blob.frame);
        if known {
            let (state, frames) = &mut *self.with_bases.lock().unwrap_or_else(PoisonError::into_inner);
            // The weak reference keeps the address from being taken again.
            if !std::ptr::eq(state.as_ptr(), Arc::as_ptr(parts)) {
                (*state, *frames) = (Arc::downgrade(parts), HashSet::new());
            }
            if frames.contains(&key) {
                return Ok(true);
            }
        }
        let kind = if blob.len & TREE != 0 { BlobKind::Tree } else { BlobKind::Data };
        for at in 0..u32::from(frame.bases) {
            let base = segment.get::<Base>(self.cache(), frame.first_base.saturating_add(at))?;
            if self.usable(Some(kind), &BlobId(base.id), doomed, false)?.is_none() {
                return Ok(false);
            }
        }
        if known {
            let (state, frames) = &mut *self.with_bases.lock().unwrap_or_else(PoisonError::into_inner);
            if std::ptr::eq(state.as_ptr(), Arc::as_ptr(parts)) && frames.len() < KNOWN_FRAMES {
                frames.insert(key);
            }
        }
        Ok(true)
    }

    fn is_doomed(&self, segment: &Segment, blob: &Blob, doomed: &HashSet<StripeId>) -> Result<bool> {
        if doomed.is_empty() {
            return Ok(false);
        }
        let frame: Frame = segment.get(self.cache(), blob.frame)?;
        let pack: Pack = segment.get(self.cache(), frame.pack)?;
        let stripe: Stripe = segment.get(self.cache(), pack.stripe)?;
        Ok(doomed.contains(&StripeId(stripe.id)))
    }

    pub(super) fn locate(&self, segment: &Segment, blob: &Blob) -> Result<Location> {
        let frame: Frame = segment.get(self.cache(), blob.frame)?;
        let pack: Pack = segment.get(self.cache(), frame.pack)?;
        let stripe: Stripe = segment.get(self.cache(), pack.stripe)?;
        let base = |i| Ok(BlobId(segment.get::<Base>(self.cache(), frame.first_base.saturating_add(i))?.id));
        Ok(Location {
            stripe: StripeId(stripe.id),
            pack: PackId(pack.id),
            pack_len: pack.length,
            slot: pack.slot,
            location: pack.location,
            frame: blob.frame.wrapping_sub(pack.first_frame),
            frame_offset: frame.offset,
            stored_len: frame.stored_len,
            raw_len: frame.raw_len,
            tag: FrameTag::from_byte(frame.tag).ok_or(StaleIndex)?,
            bases: (0..u32::from(frame.bases)).map(base).collect::<Result<_>>()?,
            offset: blob.offset,
            len: blob.len & !TREE,
        })
    }

    /// The stripe that has the pack, with all packs of it that are known, from whichever index objects.
    pub fn stripe_of(&self, pack: &PackId) -> Result<Option<StripeLayout>> {
        for part in self.parts().iter() {
            for row in self.rows_of::<PackKey>(&part.segment, &pack.0)? {
                let row = part.segment.get::<PackKey>(self.cache(), row)?.row;
                let found: Pack = part.segment.get(self.cache(), row)?;
                let stripe: Stripe = part.segment.get(self.cache(), found.stripe)?;
                if found.id == pack.0 && part.has_object(stripe.object) {
                    return self.stripe(&StripeId(stripe.id));
                }
            }
        }
        Ok(None)
    }

    /// A stripe with all packs of it that are known. An index object may name a part of a stripe only; the parts are put together.
    pub fn stripe(&self, id: &StripeId) -> Result<Option<StripeLayout>> {
        let mut whole: Option<StripeLayout> = None;
        for part in self.parts().iter() {
            for row in self.rows_of::<StripeKey>(&part.segment, &id.0)? {
                let row = part.segment.get::<StripeKey>(self.cache(), row)?.row;
                let stripe: Stripe = part.segment.get(self.cache(), row)?;
                if stripe.id == id.0 && part.has_object(stripe.object) {
                    let slots = self.slots(&part.segment, &stripe)?;
                    whole.get_or_insert_with(|| layout(&stripe, Vec::new())).slots.extend(slots);
                }
            }
        }
        if let Some(whole) = &mut whole {
            whole.slots.sort_unstable();
            // Two objects may differ in where a pack is: it may have been moved in between.
            whole.slots.dedup_by_key(|slot| (slot.slot, slot.pack));
        }
        Ok(whole)
    }

    fn slots(&self, segment: &Segment, stripe: &Stripe) -> Result<Vec<SlotPlace>> {
        let end = stripe.first_pack.saturating_add(stripe.packs);
        (stripe.first_pack..end).map(|row| Ok(place(&segment.get(self.cache(), row)?))).collect()
    }

    /// Rows of a key table whose prefix is that of `id`.
    fn rows_of<K: Record + Sorted<Key = [u8; 8]>>(
        &self,
        segment: &Segment,
        id: &[u8; 32],
    ) -> Result<std::ops::Range<u32>> {
        let key = prefix(id);
        let count = segment.count::<K>();
        let start = segment.lower_bound(0..count, |row| Ok(segment.get::<K>(self.cache(), row)?.key() < key))?;
        let mut end = start;
        while end < count && segment.get::<K>(self.cache(), end)?.key() == key {
            end += 1;
        }
        Ok(start..end)
    }

    /// Calls `each` for every stripe of every index object, in no particular order; a stripe that several objects name in
    /// part comes once for each. Streams: memory does not depend on how many there are.
    pub fn for_each_stripe(&self, mut each: impl FnMut(IndexName, StripeLayout)) -> Result<()> {
        for part in self.parts().iter() {
            let mut packs = part.segment.rows::<Pack>();
            let mut stripes = part.segment.rows::<Stripe>();
            while let Some(stripe) = stripes.next()? {
                let mut slots = Vec::new();
                for _ in 0..stripe.packs {
                    slots.push(place(&packs.next()?.ok_or(StaleIndex)?));
                }
                let object = part.segment.objects.get(stripe.object as usize).ok_or(StaleIndex)?;
                if part.has_object(stripe.object) {
                    each((SessionId(object.session), object.number), layout(&stripe, slots));
                }
            }
        }
        Ok(())
    }

    /// Calls `each` for every place of every blob of a kind, ascending by id within each segment. Streams the blobs; looks up their frames.
    pub fn for_each_blob(&self, kind: BlobKind, mut each: impl FnMut(BlobId, Location)) -> Result<()> {
        for part in self.parts().iter() {
            let mut blobs = part.segment.rows::<Blob>();
            while let Some(blob) = blobs.next()? {
                let is_tree = blob.len & TREE != 0;
                if is_tree == (kind == BlobKind::Tree) && part.has_frame(blob.frame) {
                    each(BlobId(blob.id), self.locate(&part.segment, &blob)?);
                }
            }
        }
        Ok(())
    }

    /// Names of the index objects that it knows, own ones included.
    pub fn known(&self) -> std::collections::BTreeSet<IndexName> {
        self.parts().iter().flat_map(|part| part.live().collect::<Vec<_>>()).collect()
    }

    /// Number of places of blobs. A blob in two places counts twice.
    pub fn blob_count(&self) -> u64 {
        self.parts().iter().map(Part::blobs).sum()
    }

    fn parts(&self) -> Arc<Vec<Part>> {
        self.state()
    }
}

fn place(pack: &Pack) -> SlotPlace {
    SlotPlace { slot: pack.slot, location: pack.location, length: pack.length, pack: PackId(pack.id) }
}

fn layout(stripe: &Stripe, slots: Vec<SlotPlace>) -> StripeLayout {
    StripeLayout { id: StripeId(stripe.id), k: stripe.k, m: stripe.m, generation: stripe.generation, slots }
}
