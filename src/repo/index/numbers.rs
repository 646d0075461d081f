//! A number for every blob of the index: where sums over blobs of many snapshots keep a word for each, and no ids.
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::local::{LocalIndex, Part};
use super::page::StaleIndex;
use super::record::{Base, Blob, Frame};
use crate::format::Codec;
use crate::id::{BlobId, StripeId};

type Result<T> = std::result::Result<T, StaleIndex>;

/// Blobs as of one state of the index. Memory: 48 bytes for each stripe, nothing for blobs.
pub struct BlobNumbers<'a> {
    index: &'a LocalIndex,
    parts: Arc<Vec<Part>>,
    /// The number of the first blob of each part, and behind the last.
    starts: Vec<usize>,
    /// Bytes of all packs of a stripe, and of its data packs.
    stripes: HashMap<StripeId, (u64, u64)>,
}

impl LocalIndex {
    /// Reads the stripes of the index.
    pub fn numbers(&self) -> Result<BlobNumbers<'_>> {
        let parts = self.state();
        let mut starts = vec![0];
        for part in parts.iter() {
            starts.push(starts.last().copied().unwrap_or(0) + part.segment.count::<Blob>() as usize);
        }
        let mut slots: BTreeMap<StripeId, (u8, Vec<_>)> = BTreeMap::new();
        self.for_each_stripe(|_, stripe| {
            slots.entry(stripe.id).or_insert_with(|| (stripe.k, Vec::new())).1.extend(stripe.slots);
        })?;
        let stripes = slots.into_iter().map(|(id, (k, mut slots))| {
            slots.sort_unstable();
            slots.dedup_by_key(|slot| (slot.slot, slot.pack));
            let bytes = |data_only: bool| {
                slots.iter().filter(|slot| !data_only || slot.slot < k).map(|slot| u64::from(slot.length)).sum()
            };
            (id, (bytes(false), bytes(true)))
        });
        Ok(BlobNumbers { index: self, parts: parts.clone(), starts, stripes: stripes.collect() })
    }
}

impl BlobNumbers<'_> {
    /// All numbers are below this.
    pub fn len(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of a blob: that of a place where it is in full, if there is one. `None`: no index object that counts has it.
    pub fn find(&self, id: &BlobId) -> Result<Option<usize>> {
        let mut found = None;
        for (part, start) in self.parts.iter().zip(&self.starts) {
            for row in part.segment.find(self.index.cache(), id)? {
                let blob: Blob = part.segment.get(self.index.cache(), row)?;
                if !part.has_frame(blob.frame) {
                    continue;
                }
                let number = start + row as usize;
                let is_full = part.segment.count::<Base>() == 0
                    || part.segment.get::<Frame>(self.index.cache(), blob.frame)?.bases == 0;
                if is_full {
                    return Ok(Some(number));
                }
                found.get_or_insert(number);
            }
        }
        Ok(found)
    }

    /// What a blob takes in storage: its part of its frame, with the parity of as much of its stripe; and the blobs of which it is a delta.
    pub fn cost(&self, number: usize) -> Result<(u32, Vec<BlobId>)> {
        let at = self.starts.partition_point(|start| *start <= number).checked_sub(1).ok_or(StaleIndex)?;
        let (part, start) = self.parts.get(at).zip(self.starts.get(at)).ok_or(StaleIndex)?;
        let row = u32::try_from(number - start).map_err(|_| StaleIndex)?;
        let blob: Blob = part.segment.get(self.index.cache(), row)?;
        let place = self.index.locate(&part.segment, &blob)?;
        let (bytes, data) = self.stripes.get(&place.stripe).copied().unwrap_or((1, 1));
        let share = u128::from(place.stored_len) * u128::from(place.len) * u128::from(bytes.max(1));
        let share = share.div_ceil(u128::from(place.raw_len.max(1)) * u128::from(data.max(1)));
        let bases = if place.tag.codec == Codec::ZstdDelta { place.bases } else { Vec::new() };
        Ok((u32::try_from(share).unwrap_or(u32::MAX), bases))
    }
}
