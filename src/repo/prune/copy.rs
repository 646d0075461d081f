//! Stores again what is needed of stripes that are going to be removed (G5).
use std::collections::{BTreeMap, HashSet};

use super::super::index::Location;
use super::super::pack::PendingFrame;
use super::live::BlobSet;
use super::run::Prune;
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind, PackId, StripeId};
use crate::monitor::{Event, Monitor};

/// A frame of which something may be needed.
struct Source {
    /// Of any blob in it.
    place: Location,
    /// Offset, id and length of all blobs in it.
    blobs: Vec<(u32, BlobId, u32)>,
}

/// Frames by stripe, slot and number: the order in which they were written.
type Sources = BTreeMap<(StripeId, u8, PackId), BTreeMap<u32, Source>>;

impl Prune<'_> {
    /// Stripes of `leaving` with blobs that are needed and have no place elsewhere.
    pub(super) fn stripes_in_use(&self, live: &BlobSet, leaving: &HashSet<StripeId>) -> Result<HashSet<StripeId>> {
        let mut elsewhere = BlobSet::default();
        let mut stripes: Vec<(BlobId, StripeId)> = Vec::new();
        for kind in [BlobKind::Tree, BlobKind::Data] {
            self.shared.index.for_each_blob(kind, |id, place| {
                if !live.contains(&id) {
                } else if leaving.contains(&place.stripe) {
                    stripes.push((id, place.stripe));
                } else {
                    elsewhere.insert(&id);
                }
            })?;
        }
        Ok(stripes.into_iter().filter(|(id, _)| !elsewhere.contains(id)).map(|(_, stripe)| stripe).collect())
    }

    /// Copies. False if something was gone, because another prune was faster.
    ///
    /// Memory: 50 bytes for each blob of these stripes.
    pub(super) fn copy(&self, live: &BlobSet, leaving: &HashSet<StripeId>, monitor: &dyn Monitor) -> Result<bool> {
        let mut sources = Sources::new();
        let mut wanted = HashSet::new();
        for kind in [BlobKind::Tree, BlobKind::Data] {
            self.shared.index.for_each_blob(kind, |id, place| {
                if !leaving.contains(&place.stripe) {
                    return;
                }
                if live.contains(&id) {
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
        monitor.event(Event::Phase("Copying what is needed"));
        let bytes = sources.values().flat_map(BTreeMap::values).map(|source| u64::from(source.place.stored_len)).sum();
        monitor.event(Event::Total { items: sources.len() as u64, bytes, complete: true });
        let mut complete = true;
        for (_, frames) in sources {
            if monitor.stop() {
                return Err(Error::Stopped { checkpoint: None });
            }
            let bytes = frames.values().map(|source| u64::from(source.place.stored_len)).sum();
            complete &= self.copy_pack(frames.into_values().collect(), live, monitor)?;
            monitor.event(Event::Progress { items: 1, bytes });
        }
        Ok(complete)
    }

    fn copy_pack(&self, sources: Vec<Source>, live: &BlobSet, monitor: &dyn Monitor) -> Result<bool> {
        let mut needed = Vec::new();
        for mut source in sources {
            source.blobs.sort_unstable();
            source.blobs.dedup();
            if self.share_needed(&source, live)? > 0 {
                needed.push(source);
            }
        }
        let (Some(first), Some(last)) = (needed.first(), needed.last()) else { return Ok(true) };
        let name = ObjectName::Pack(first.place.pack);
        let start = first.place.frame_offset;
        let end = last.place.frame_offset.saturating_add(last.place.stored_len);
        let wanted: u64 = needed.iter().map(|source| u64::from(source.place.stored_len)).sum();
        let all = match wanted * 2 >= u64::from(end.saturating_sub(start)) {
            true => self.shared.backend.get_range(&name, start.into(), end.saturating_sub(start) as usize).ok(),
            false => None,
        };
        let mut complete = true;
        for source in needed {
            let place = &source.place;
            let at = place.frame_offset.saturating_sub(start) as usize;
            let sealed = match &all {
                Some(bytes) => {
                    bytes.get(at..).and_then(|rest| rest.get(..place.stored_len as usize)).map(<[u8]>::to_vec)
                }
                None => self.shared.backend.get_range(&name, place.frame_offset.into(), place.stored_len as usize).ok(),
            };
            complete &= self.copy_frame(&source, sealed, live, monitor)?;
        }
        Ok(complete)
    }

    /// Plaintext bytes of blobs that are needed and that no other stripe, or this run, has.
    fn share_needed(&self, source: &Source, live: &BlobSet) -> Result<u64> {
        let mut sum = 0;
        for (_, id, len) in &source.blobs {
            if live.contains(id) && !self.writer.is_usable(id)? {
                // An empty blob is needed as well.
                sum += u64::from(*len).max(1);
            }
        }
        Ok(sum)
    }

    /// A frame of which at least three quarters are needed is copied as it is, else its needed blobs are encoded anew.
    fn copy_frame(
        &self,
        source: &Source,
        sealed: Option<Vec<u8>>,
        live: &BlobSet,
        monitor: &dyn Monitor,
    ) -> Result<bool> {
        let place = &source.place;
        let share = self.share_needed(source, live)?;
        if share == 0 {
            return Ok(true);
        }
        let mut end = 0;
        let gapless = source.blobs.iter().all(|(offset, _, len)| {
            let follows = *offset == end;
            end = offset.saturating_add(*len);
            follows
        }) && end == place.raw_len;
        let opened = sealed.as_ref().map(|sealed| self.shared.unseal_frame(place, sealed));
        if let Some(Ok(encoded)) = opened
            && gapless
            && share * 4 >= u64::from(place.raw_len) * 3
        {
            let blobs = source.blobs.iter().map(|(_, id, len)| (*id, *len)).collect();
            self.writer.save_frame(PendingFrame { tag: place.tag, encoded, blobs, bases: place.bases.clone() })?;
            return Ok(true);
        }
        // In part, or it does not read as it is: parity may help.
        for (_, id, _) in &source.blobs {
            if !live.contains(id) || self.writer.is_usable(id)? {
                continue;
            }
            match self.shared.load_blob(place.tag.kind, id, monitor) {
                Ok(blob) => drop(self.writer.save(0, place.tag.kind, &blob)?),
                Err(Error::BlobNotFound { .. } | Error::BlobLost { .. } | Error::Damaged { .. }) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}
