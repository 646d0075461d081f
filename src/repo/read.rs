//! Reading blobs: through a bounded cache of decoded frames, healing damage from the stripe.
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use super::frame::FrameAddress;
use super::index::{Location, StaleIndex};
use super::rebuild::StripeLayout;
use super::{Shared, lock};
use crate::backend::{Family, ObjectName};
use crate::compress::Decompressor;
use crate::error::{Error, Result};
use crate::format::Codec;
use crate::id::{BlobId, BlobKind, PackId};
use crate::monitor::{Monitor, Silent};

/// Decoded frames kept for further blobs of theirs.
const CACHE_BYTES: usize = 48 * 1024 * 1024;
/// Bases of one delta frame, together.
pub(super) const MAX_PREFIX: usize = 16 * 1024 * 1024;

/// Listings of the index in search of one blob, at most.
const LOOKS: u32 = 5;

type FrameKey = (PackId, u32);

/// What an entry of the cache costs beside its bytes, about.
const CACHE_ENTRY: usize = 256;

/// Recently decoded frames, bounded by their bytes.
#[derive(Default)]
pub(super) struct FrameCache {
    frames: Mutex<CachedFrames>,
}

#[derive(Default)]
struct CachedFrames {
    /// With the time of the last use.
    frames: HashMap<FrameKey, (u64, Arc<Vec<u8>>)>,
    /// By time of the last use.
    used: BTreeMap<u64, FrameKey>,
    now: u64,
    bytes: usize,
}

impl FrameCache {
    pub(super) fn get(&self, key: FrameKey) -> Option<Arc<Vec<u8>>> {
        let mut cache = lock(&self.frames);
        let CachedFrames { frames, used, now, .. } = &mut *cache;
        let (last, frame) = frames.get_mut(&key)?;
        used.remove(last);
        *now += 1;
        *last = *now;
        used.insert(*now, key);
        Some(frame.clone())
    }

    fn has(&self, key: FrameKey) -> bool {
        lock(&self.frames).frames.contains_key(&key)
    }

    pub(super) fn put(&self, key: FrameKey, frame: Arc<Vec<u8>>) {
        let mut cache = lock(&self.frames);
        let CachedFrames { frames, used, now, bytes } = &mut *cache;
        *now += 1;
        *bytes += frame.len() + CACHE_ENTRY;
        used.insert(*now, key);
        // Another thread may have decoded the same frame meanwhile.
        if let Some((last, old)) = frames.insert(key, (*now, frame)) {
            used.remove(&last);
            *bytes -= old.len() + CACHE_ENTRY;
        }
        while *bytes > CACHE_BYTES {
            let Some((_, oldest)) = used.pop_first() else { break };
            *bytes -= frames.remove(&oldest).map_or(0, |(_, old)| old.len() + CACHE_ENTRY);
        }
    }
}

impl Shared {
    /// Plaintext of a blob, verified against its id. Tries every place, then parity.
    pub(super) fn load_blob(&self, kind: BlobKind, id: &BlobId, monitor: &dyn Monitor) -> Result<Vec<u8>> {
        let mut blob = Vec::new();
        self.load_blob_at_depth(kind, id, 0, &mut blob, monitor)?;
        Ok(blob)
    }

    /// Appends it to `out`.
    fn load_blob_at_depth(
        &self,
        kind: BlobKind,
        id: &BlobId,
        depth: u8,
        out: &mut Vec<u8>,
        monitor: &dyn Monitor,
    ) -> Result<()> {
        let mut places = self.places(id)?;
        let mut looked_again = places.is_empty();
        if looked_again {
            // Somebody may have written it, or moved it, since the index was read.
            self.look_again(monitor)?;
            places = self.places(id)?;
        }
        loop {
            if places.is_empty() {
                return Err(Error::BlobNotFound { id: *id });
            }
            let mut causes = Vec::new();
            // Healing reads a whole stripe: first every place as it is, then each with the help of parity.
            for heal in [false, true] {
                for place in &places {
                    if place.tag.kind != kind {
                        causes.push(format!("pack {} holds it as another kind of blob", place.pack.short()));
                        continue;
                    }
                    match self.load_at(place, id, depth, heal, out, monitor) {
                        Ok(()) => return Ok(()),
                        // What healing says of a place includes what is wrong with it as it is.
                        Err(cause) if heal => causes.push(cause.to_string()),
                        Err(_) => {}
                    }
                }
            }
            if !looked_again {
                // A prune may have moved it since the index was read.
                looked_again = true;
                self.look_again(monitor)?;
                let now = self.places(id)?;
                if now != places {
                    places = now;
                    continue;
                }
            }
            causes.dedup();
            return Err(Error::BlobLost { id: *id, cause: causes.join("; ") });
        }
    }

    /// Decodes a frame whose sealed bytes are at hand, and keeps it for a while for those who want blobs of it. What fails here will be
    /// told by whoever does.
    pub(super) fn keep_frame(&self, place: &Location, sealed: &[u8], monitor: &dyn Monitor) {
        if let Ok(frame) = self.decode(place, sealed, 0, monitor) {
            self.cache.put((place.pack, place.frame), Arc::new(frame));
        }
    }

    /// Bytes that must be read for a blob: none if its frame is still at hand.
    pub(super) fn cost_of_reading(&self, id: &BlobId) -> Result<usize> {
        let places = self.places(id)?;
        let at_hand = places.iter().any(|place| self.cache.has((place.pack, place.frame)));
        let cost = places.iter().map(|place| place.stored_len as usize).min();
        Ok(if at_hand { 0 } else { cost.unwrap_or(usize::MAX) })
    }

    /// Reads the index again, until no run has ended meanwhile: one that moves blobs is seen as a whole then, or not at all.
    fn look_again(&self, monitor: &dyn Monitor) -> Result<()> {
        // What counts changes by decisions only. Whoever reads what has lost many blobs comes here for each.
        let decisions = self.list_with_replicas(Family::Snapshots, Family::ReplicaSnapshots)?.len();
        if *lock(&self.read_as_of) == Some(decisions) {
            return Ok(());
        }
        for _ in 0..LOOKS {
            let (before, _) = self.refresh_for_reading(monitor)?;
            if self.catalog(monitor)?.decisions.len() == before.decisions.len() {
                break;
            }
        }
        Ok(())
    }

    /// All places of a blob.
    pub(super) fn places(&self, id: &BlobId) -> Result<Vec<Location>> {
        match self.index.lookup(id) {
            Ok(places) => Ok(places),
            Err(StaleIndex) => {
                self.refresh_for_reading(&Silent)?;
                Ok(self.index.lookup(id)?)
            }
        }
    }

    /// The stripe of a pack; `None` if no index object that counts names the pack.
    pub(super) fn stripe_of(&self, pack: &PackId) -> Result<Option<StripeLayout>> {
        Ok(self.index.stripe_of(pack)?.map(StripeLayout::from))
    }

    fn load_at(
        &self,
        place: &Location,
        id: &BlobId,
        depth: u8,
        heal: bool,
        out: &mut Vec<u8>,
        monitor: &dyn Monitor,
    ) -> Result<()> {
        if depth > 0 && place.tag.codec == Codec::ZstdDelta {
            // Nor from the cache: what reads must not depend on what was read before.
            return Err(Error::damaged(ObjectName::Pack(place.pack), "a base of a delta frame is itself a delta"));
        }
        let key = (place.pack, place.frame);
        let frame = match self.cache.get(key) {
            Some(frame) => frame,
            None => {
                let sealed = match heal {
                    false => self.read_range(place)?,
                    true => self.healed_range(place, monitor)?,
                };
                let frame = self.decode(place, &sealed, depth, monitor).inspect_err(|_| {
                    self.near.forget(&ObjectName::Pack(place.pack), place.frame_offset.into(), sealed.len());
                });
                let frame = Arc::new(frame?);
                self.cache.put(key, frame.clone());
                frame
            }
        };
        let blob = frame
            .get(place.offset as usize..)
            .and_then(|rest| rest.get(..place.len as usize))
            .ok_or_else(|| Error::damaged(ObjectName::Pack(place.pack), "the index places a blob outside its frame"))?;
        if self.keys.current().blob_id(place.tag.kind, blob) != *id {
            return Err(Error::damaged(
                ObjectName::Pack(place.pack),
                "a blob does not have the id that the index gives",
            ));
        }
        out.extend_from_slice(blob);
        Ok(())
    }

    fn read_range(&self, place: &Location) -> Result<Vec<u8>> {
        let name = ObjectName::Pack(place.pack);
        let (offset, len) = (u64::from(place.frame_offset), place.stored_len as usize);
        match place.tag.kind {
            BlobKind::Tree => Ok(self.near.get_range(&*self.backend, &name, offset, len)?),
            BlobKind::Data => Ok(self.backend.get_range(&name, offset, len)?),
        }
    }

    /// The frame's bytes out of a pack rebuilt from its stripe.
    fn healed_range(&self, place: &Location, monitor: &dyn Monitor) -> Result<Vec<u8>> {
        let pack = self.heal_pack(&place.pack, monitor)?;
        let start = place.frame_offset as usize;
        pack.get(start..start + place.stored_len as usize)
            .map(<[u8]>::to_vec)
            .ok_or_else(|| Error::damaged(ObjectName::Pack(place.pack), "the index places a frame outside it"))
    }

    /// Opens one frame whose sealed bytes are at hand. Bases of a delta frame are loaded, from full frames only.
    pub(super) fn decode(&self, place: &Location, sealed: &[u8], depth: u8, monitor: &dyn Monitor) -> Result<Vec<u8>> {
        let damaged = |cause: String| Error::damaged(ObjectName::Pack(place.pack), cause);
        let prefix = match place.tag.codec {
            Codec::ZstdDelta => {
                Some(self.load_bases(place.tag.kind, &place.bases, depth + 1, monitor).map_err(|error| {
                    damaged(format!("frame {} needs a base that cannot be read: {error}", place.frame))
                })?)
            }
            _ => None,
        };
        let keys = self.keys.current().pack_keys(place.tag.kind, &place.stripe, place.slot);
        DECOMPRESSOR
            .with_borrow_mut(|decompressor| {
                address(place).open(
                    self.repo,
                    self.keys.current().epoch(),
                    &keys.aead,
                    sealed,
                    prefix.as_deref(),
                    decompressor,
                )
            })
            .map_err(damaged)
    }

    /// Opens one frame without decoding it, for a copy in another pack. The cause in words if that fails.
    pub(super) fn unseal_frame(&self, place: &Location, sealed: &[u8]) -> Result<Vec<u8>, String> {
        let keys = self.keys.current().pack_keys(place.tag.kind, &place.stripe, place.slot);
        address(place).unseal(self.repo, self.keys.current().epoch(), &keys.aead, sealed)
    }

    /// Whether one of these bases is nowhere stored in full, as far as the index tells: what is a delta of it cannot be read.
    pub(super) fn has_lost_bases(&self, bases: &[BlobId]) -> bool {
        let is_full = |place: &Location| place.tag.codec != Codec::ZstdDelta;
        bases.iter().any(|base| self.places(base).is_ok_and(|places| !places.iter().any(is_full)))
    }

    /// The bases of a frame whose place no index tells, concatenated; the cause in words if that fails.
    pub(super) fn load_prefix(
        &self,
        kind: BlobKind,
        bases: &[BlobId],
        monitor: &dyn Monitor,
    ) -> Result<Vec<u8>, String> {
        self.load_bases(kind, bases, 1, monitor).map_err(|error| error.to_string())
    }

    fn load_bases(&self, kind: BlobKind, bases: &[BlobId], depth: u8, monitor: &dyn Monitor) -> Result<Vec<u8>> {
        let mut prefix = Vec::new();
        for base in bases {
            self.load_blob_at_depth(kind, base, depth, &mut prefix, monitor)?;
            if prefix.len() > MAX_PREFIX {
                return Err(Error::damaged(base, "the bases of a delta frame are too large"));
            }
        }
        Ok(prefix)
    }
}

fn address(place: &Location) -> FrameAddress<'_> {
    FrameAddress {
        stripe: place.stripe,
        slot: place.slot,
        number: place.frame,
        tag: place.tag,
        raw_len: place.raw_len,
        stored_len: place.stored_len,
        bases: &place.bases,
    }
}

thread_local! {
    static DECOMPRESSOR: std::cell::RefCell<Decompressor> = std::cell::RefCell::new(Decompressor::default());
}
