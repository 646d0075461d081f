//! Sums over the whole local index.
use std::collections::HashSet;

use super::local::LocalIndex;
use super::page::StaleIndex;
use super::record::{Base, Frame, Pack, Stripe};
use crate::format::Codec;
use crate::id::BlobId;

/// What index objects name. Packs and stripes that several of them name count once.
#[derive(Clone, Debug, Default)]
pub struct IndexTotals {
    /// Number of stripes.
    pub stripes: u64,
    /// Number of frames.
    pub frames: u64,
    /// Places of blobs: a blob that is stored twice counts twice.
    pub blobs: u64,
    /// Plaintext of all frames.
    pub raw_bytes: u64,
    /// Frames as stored.
    pub frame_bytes: u64,
    /// The delta frames among them.
    pub deltas: DeltaTotals,
    data_packs: HashSet<[u8; 16]>,
    parity_packs: HashSet<[u8; 16]>,
}

/// Sums over delta frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeltaTotals {
    /// Number of frames.
    pub frames: u64,
    /// Their plaintext.
    pub raw_bytes: u64,
    /// As stored.
    pub frame_bytes: u64,
    /// What they would take in full, if they compressed as well as the frame that has the first of their bases. One that is left without
    /// bases, which nothing needs any more, counts as it is stored.
    pub full_bytes: u64,
}

/// What the index says a pack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackRole {
    /// Holds frames.
    Data,
    /// Holds a parity row.
    Parity,
}

/// Enough of an id to tell objects apart, at half the memory.
fn half(id: &[u8; 32]) -> [u8; 16] {
    id.first_chunk().copied().expect("an id has more than 16 bytes")
}

impl IndexTotals {
    /// What the pack is; `None` if no index object names it.
    pub fn role(&self, pack: &crate::id::PackId) -> Option<PackRole> {
        let key = half(&pack.0);
        match self.data_packs.contains(&key) {
            true => Some(PackRole::Data),
            false => self.parity_packs.contains(&key).then_some(PackRole::Parity),
        }
    }
}

impl LocalIndex {
    /// Reads every segment from beginning to end, and looks up one base of each delta frame. Keeps 16 bytes for each pack and stripe,
    /// nothing for blobs.
    pub fn totals(&self) -> Result<IndexTotals, StaleIndex> {
        let mut totals = IndexTotals { blobs: self.blob_count(), ..IndexTotals::default() };
        let mut seen_stripes = HashSet::new();
        for part in self.state().iter() {
            let mut packs = part.segment.rows::<Pack>();
            let mut stripes = part.segment.rows::<Stripe>();
            while let Some(stripe) = stripes.next()? {
                let live = part.has_object(stripe.object);
                if live && seen_stripes.insert(half(&stripe.id)) {
                    totals.stripes += 1;
                }
                for _ in 0..stripe.packs {
                    let pack = packs.next()?.ok_or(StaleIndex)?;
                    if live {
                        let role = if pack.slot < stripe.k { &mut totals.data_packs } else { &mut totals.parity_packs };
                        role.insert(half(&pack.id));
                    }
                }
            }
            let mut frames = part.segment.rows::<Frame>();
            let mut row = 0;
            while let Some(frame) = frames.next()? {
                if part.has_frame(row) {
                    totals.frames += 1;
                    totals.raw_bytes += u64::from(frame.raw_len);
                    totals.frame_bytes += u64::from(frame.stored_len);
                    if frame.bases > 0 {
                        let deltas = &mut totals.deltas;
                        deltas.frames += 1;
                        deltas.raw_bytes += u64::from(frame.raw_len);
                        deltas.frame_bytes += u64::from(frame.stored_len);
                        let base = BlobId(part.segment.get::<Base>(self.cache(), frame.first_base)?.id);
                        deltas.full_bytes += self.in_full(&frame, &base)?;
                    }
                }
                row += 1;
            }
        }
        Ok(totals)
    }

    fn in_full(&self, frame: &Frame, base: &BlobId) -> Result<u64, StaleIndex> {
        let full =
            self.lookup(base)?.into_iter().find(|place| place.tag.codec != Codec::ZstdDelta && place.raw_len > 0);
        let (stored, raw) =
            full.map_or((frame.stored_len, frame.raw_len.max(1)), |place| (place.stored_len, place.raw_len));
        Ok(u64::from(frame.raw_len) * u64::from(stored) / u64::from(raw))
    }
}
