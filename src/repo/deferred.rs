//! Delta frames that wait, while a check reads packs, until the packs that have their bases in full have been read.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::frame::decode;
use super::prune::BlobSet;
use super::read::MAX_PREFIX;
use super::{Shared, lock};
use crate::compress::Decompressor;
use crate::format::{FrameEntry, SlotEntry};
use crate::id::{BlobId, PackId};
use crate::monitor::Silent;

/// Encoded bytes of frames that wait, beyond which others do not: their bases are read for them.
const ENCODED_BYTES: usize = 64 * 1024 * 1024;
/// Plaintext of bases that have come.
const BASE_BYTES: usize = 48 * 1024 * 1024;
/// What a base costs beside its bytes, about.
const ENTRY: usize = 128;

/// A delta frame that is what was written, and is not decoded yet.
pub(super) struct Waiting {
    pub pack: PackId,
    pub number: u32,
    pub epoch: u32,
    pub encoded: Vec<u8>,
    /// As the index lists it.
    pub entry: FrameEntry,
}

/// A delta needs a few blobs out of each of many frames, and these are decoded anyway when their packs are read: so it waits for that.
#[derive(Default)]
pub(super) struct Deferred {
    /// Bases of all delta frames.
    wanted: BlobSet,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// `None`: it is not waiting any more.
    frames: Vec<Option<Waiting>>,
    /// Number of frames that lack a base, by base.
    lacking: HashMap<BlobId, Vec<usize>>,
    /// Bases that each frame lacks.
    missing: Vec<usize>,
    /// Bases that have come, with the number of frames that wait and need them.
    bases: HashMap<BlobId, (Arc<[u8]>, usize)>,
    encoded: usize,
    base_bytes: usize,
}

/// A frame and those of its bases that have come.
pub(super) struct Ready {
    pub frame: Waiting,
    bases: Vec<Option<Arc<[u8]>>>,
}

impl Deferred {
    /// To be told of all packs before any is read. True if it has delta frames.
    pub(super) fn want_bases_of(&mut self, slot: &SlotEntry) -> bool {
        slot.frames.iter().for_each(|frame| self.wanted.extend(frame.bases.iter()));
        slot.frames.iter().any(|frame| !frame.bases.is_empty())
    }

    /// Whether the frames of one more pack may wait.
    pub(super) fn has_room(&self) -> bool {
        lock(&self.state).encoded < ENCODED_BYTES
    }

    /// Has a frame wait; gives it back if nothing is missing.
    pub(super) fn wait(&self, frame: Waiting) -> Option<Ready> {
        let mut state = lock(&self.state);
        let number = state.frames.len();
        let mut missing = 0;
        for base in &frame.entry.bases {
            match state.bases.get_mut(base) {
                Some((_, count)) => *count += 1,
                None => {
                    state.lacking.entry(*base).or_default().push(number);
                    missing += 1;
                }
            }
        }
        state.encoded += frame.encoded.len();
        state.frames.push(Some(frame));
        state.missing.push(missing);
        if missing == 0 { state.take(number) } else { None }
    }

    /// Takes a blob that was just decoded from a full frame and has this id. `for_later`: frames that need it may still come. Returns frames
    /// that have waited for nothing else.
    pub(super) fn offer(&self, id: &BlobId, blob: &[u8], for_later: bool) -> Vec<Ready> {
        if !self.wanted.contains(id) {
            return Vec::new();
        }
        let mut state = lock(&self.state);
        let is_lacking = state.lacking.contains_key(id);
        let cost = blob.len() + ENTRY;
        if !is_lacking && !for_later || state.bases.contains_key(id) || state.base_bytes + cost > BASE_BYTES {
            return Vec::new();
        }
        let numbers = state.lacking.remove(id).unwrap_or_default();
        state.base_bytes += cost;
        state.bases.insert(*id, (blob.into(), numbers.len()));
        let mut ready = Vec::new();
        for number in numbers {
            if let Some(missing) = state.missing.get_mut(number) {
                *missing -= 1;
                if *missing == 0 {
                    ready.extend(state.take(number));
                }
            }
        }
        ready
    }

    /// One of the frames that still wait, those first that came first.
    pub(super) fn next(&self) -> Option<Ready> {
        let mut state = lock(&self.state);
        let number = state.frames.iter().position(Option::is_some)?;
        state.take(number)
    }
}

impl State {
    fn take(&mut self, number: usize) -> Option<Ready> {
        let frame = self.frames.get_mut(number)?.take()?;
        self.encoded -= frame.encoded.len();
        let mut bases = Vec::with_capacity(frame.entry.bases.len());
        for base in &frame.entry.bases {
            let Some((bytes, count)) = self.bases.get_mut(base) else {
                bases.push(None);
                continue;
            };
            bases.push(Some(bytes.clone()));
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.base_bytes -= bytes.len() + ENTRY;
                self.bases.remove(base);
            }
        }
        Some(Ready { frame, bases })
    }
}

impl Ready {
    /// Decodes it and compares its blobs with the index; bases that have not come are read. The cause in words if it is not what it should be.
    pub(super) fn verify(self, shared: &Shared) -> Result<(), String> {
        let Waiting { number, epoch, encoded, entry, .. } = self.frame;
        let kind = entry.tag.kind;
        let mut prefix = Vec::new();
        for (id, base) in entry.bases.iter().zip(&self.bases) {
            match base {
                Some(base) => prefix.extend_from_slice(base),
                None => prefix.extend(shared.load_prefix(kind, &[*id], &Silent)?),
            }
            if prefix.len() > MAX_PREFIX {
                return Err("the bases of a delta frame are too large".to_owned());
            }
        }
        let raw = decode(number, entry.tag, entry.raw_len(), encoded, Some(&prefix), &mut Decompressor::default())?;
        let keys = shared.keys.epoch(epoch).ok_or("it was sealed with keys of an unknown epoch")?;
        let mut rest = raw.as_slice();
        for (id, len) in &entry.blobs {
            let (blob, after) = rest.split_at_checked(*len as usize).ok_or("a blob lies outside")?;
            rest = after;
            if keys.blob_id(kind, blob) != *id {
                return Err(format!("frame {number} is not what the index says"));
            }
        }
        Ok(())
    }
}
