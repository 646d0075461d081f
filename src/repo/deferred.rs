//! Delta frames that wait, while a check reads packs, until the packs that have their bases in full have been read.
use std::collections::{BTreeMap, HashMap};
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
    /// Those that wait, by number, with the number of bases that they lack.
    frames: BTreeMap<usize, (Waiting, usize)>,
    /// Number of the next frame.
    next: usize,
    /// Number of frames that lack a base, by base.
    lacking: HashMap<BlobId, Vec<usize>>,
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
        let number = state.next;
        state.next += 1;
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
        state.frames.insert(number, (frame, missing));
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
            if let Some((_, missing)) = state.frames.get_mut(&number) {
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
        let number = *state.frames.first_key_value()?.0;
        state.take(number)
    }
}

impl State {
    fn take(&mut self, number: usize) -> Option<Ready> {
        let (frame, _) = self.frames.remove(&number)?;
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::format::{Codec, FrameTag};
    use crate::id::BlobKind;

    const BASE: BlobId = BlobId([9; 32]);

    fn frame(number: u32) -> Waiting {
        let tag = FrameTag { codec: Codec::ZstdDelta, kind: BlobKind::Data };
        let entry = FrameEntry { tag, stored_len: 26, blobs: vec![(BlobId([1; 32]), 5)], bases: vec![BASE] };
        Waiting { pack: PackId([0; 32]), number, epoch: 1, encoded: vec![0; 10], entry }
    }

    #[test]
    fn frames_come_when_their_bases_do_and_the_rest_in_order() {
        let mut deferred = Deferred::default();
        deferred.wanted.insert(&BASE);
        assert!(deferred.wait(frame(1)).is_none() && deferred.wait(frame(2)).is_none());
        assert_eq!(deferred.next().map(|ready| ready.frame.number), Some(1));
        let ready = deferred.offer(&BASE, b"base", true);
        assert_eq!(ready.iter().map(|ready| ready.frame.number).collect::<Vec<_>>(), [2]);
        assert!(ready.iter().all(|ready| ready.bases.iter().all(Option::is_some)));
        assert!(deferred.wait(frame(3)).is_some() || deferred.next().is_some());
        assert!(deferred.next().is_none() && lock(&deferred.state).encoded == 0);
    }

    #[test]
    fn many_frames_that_wait_for_nothing_that_comes_take_no_longer() {
        let deferred = Deferred::default();
        let many = 100_000;
        (0..many).for_each(|number| assert!(deferred.wait(frame(number)).is_none()));
        let started = Instant::now();
        (0..many).for_each(|number| assert_eq!(deferred.next().map(|ready| ready.frame.number), Some(number)));
        assert!(deferred.next().is_none());
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
}
