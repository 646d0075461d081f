//! Finds what a new blob can be stored as a delta of: full blobs among those that it replaces, or that these are deltas of.
use std::cmp::Reverse;
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use super::super::index::Location;
use super::super::rules::Broken;
use super::super::{Shared, read_lock};
use super::delta::PREFIX_BYTES;
use crate::compress::{Compression, Compressor, Sampled, Samples, Sketch, looks_incompressible, novelty};
use crate::crypto::TAG_LEN;
use crate::error::Result;
use crate::format::Codec;
use crate::id::{BlobId, BlobKind};
use crate::monitor::Silent;

/// Whether new blobs are stored as deltas of those that they replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeltaMode {
    /// Where it pays: always if storage is local, otherwise only if no more has to be read than the delta is expected to save.
    Auto,
    /// Whenever the delta is small enough.
    On,
    /// Never.
    Off,
}

impl DeltaMode {
    /// From the number in a config.
    pub fn from_number(number: u8) -> Option<Self> {
        [DeltaMode::Auto, DeltaMode::On, DeltaMode::Off].into_iter().find(|mode| mode.number() == number)
    }

    /// The number for a config.
    pub fn number(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for DeltaMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DeltaMode::Auto => "auto",
            DeltaMode::On => "on",
            DeltaMode::Off => "off",
        })
    }
}

/// Plaintext of bases that are kept for further blobs of the same thread.
const KEPT_BYTES: usize = 4 * 1024 * 1024;
/// Full blobs that are looked at for one new blob.
const LOOKED_AT: usize = 16;
/// Of the bases of an older delta, which may be those of many blobs, the nearest so many are looked at…
const NEAREST: usize = 8;
/// …and further ones, as what was new in a blob is short, until all are so many times as long as the older blob.
const NEAR: u64 = 4;
/// A base is taken for at least one part in so many of the blob, or if half of the base is in it.
const WORTH: usize = 16;
/// Beyond so many bases of one blob…
const MANY: usize = 8;
/// …those are left that hold most of it. What was in the others is new then, and becomes one base.
const FEW: usize = 4;
/// After the first delta, one version in so many is stored in full, chosen by its id: this bounds how many depend on one base, and for how long
/// it is kept, without anybody having to count. What is new becomes a base too, so a chunk of noise would otherwise be a delta for ever.
const GENERATIONS: u16 = 8192;
/// What is new in a blob is worth a base if it is so many bytes: a base takes some hundred bytes of index and directories. Of a file of 2 GiB in
/// which 1,000 random blocks of 4 KiB are overwritten each day the tenth day takes 5.5 MB; it took 9.5 when deltas held what is new.
const MUCH: usize = 1024;
/// Bytes of it that are compressed to see whether it compresses.
const HEAD: usize = 4096;
/// Bases of one blob do not become longer than so many times the blob by what is new in it: they are kept whole, for whatever part of them.
const LONG: usize = 3;

/// A full blob.
pub(super) struct Base {
    pub id: BlobId,
    pub bytes: Vec<u8>,
    samples: Samples,
    sketch: Sketch,
}

impl Base {
    pub(super) fn new(id: BlobId, bytes: Vec<u8>) -> Self {
        let samples = Samples::of(&bytes);
        Base { id, sketch: Sketch::from(&samples), samples, bytes }
    }
}

/// What a blob can be stored as a delta of.
pub(super) struct Found {
    /// At least one.
    pub bases: Vec<Arc<Base>>,
    /// Of the blob.
    samples: Samples,
    /// Bytes of the blob that are in none of them, about.
    missing: usize,
}

/// For one thread.
pub(super) struct BaseFinder {
    mode: DeltaMode,
    compressor: Compressor,
    recent: VecDeque<Arc<Base>>,
    bytes: usize,
}

/// Full blobs among the replaced ones, or beneath them.
#[derive(Default)]
struct Candidates {
    ids: Vec<BlobId>,
    /// What is replaced is a delta already.
    again: bool,
}

impl BaseFinder {
    pub(super) fn new(mode: DeltaMode) -> Self {
        BaseFinder { mode, compressor: Compressor::default(), recent: VecDeque::new(), bytes: 0 }
    }

    /// Bases that together hold so much of `blob` that a delta will probably pay; `None` if there are none, or if they cannot be read.
    /// `expected` is about how many bytes the blob takes without a base.
    pub(super) fn find(
        &mut self,
        shared: &Shared,
        kind: BlobKind,
        id: &BlobId,
        blob: &[u8],
        older: &[BlobId],
        expected: usize,
    ) -> Option<Found> {
        // An index that cannot be read, or bases that cannot, are no reason to fail: the blob is then stored in full.
        let candidates = candidates(shared, kind, older).unwrap_or_default();
        if candidates.ids.is_empty()
            || candidates.again && u16::from_le_bytes([id.0[30], id.0[31]]).is_multiple_of(GENERATIONS)
        {
            return None;
        }
        let mut budget = match self.mode {
            // Parity of what is not stored is saved as well.
            DeltaMode::Auto if shared.backend.is_remote() => {
                let (k, m) = (usize::from(shared.config.k.max(1)), usize::from(shared.config.m));
                (expected + TAG_LEN) * (k + m) / k
            }
            _ => usize::MAX,
        };
        let looked_at = candidates.ids.iter().take(LOOKED_AT);
        let bases = looked_at.filter_map(|candidate| self.load(shared, kind, candidate, &mut budget));
        // A delta of a blob that has changed much since its base was stored costs more with each version: then it is time for a new base.
        choose(blob, bases, if candidates.again { 4 } else { 2 })
    }

    /// The same for a blob of the delta at `place` that is stored again: bases of that delta, and no others.
    pub(super) fn find_again(&mut self, shared: &Shared, blob: &[u8], place: &Location) -> Option<Found> {
        let mut all = Vec::new();
        for id in &place.bases {
            all.push(self.load(shared, place.tag.kind, id, &mut usize::MAX.clone())?);
        }
        choose(blob, nearest(place, all.into_iter().map(|base| (base.bytes.len() as u64, base))).into_iter(), 2)
    }

    /// What is new in a data blob, if it is much and does not compress: it should be a base itself. In a delta, which is never a base, it would be
    /// stored again with every later version. What compresses takes half as much beside what resembles it, and stays there.
    pub(super) fn novelty(&mut self, kind: BlobKind, blob: &[u8], found: &Found) -> Option<Vec<u8>> {
        if kind != BlobKind::Data || found.missing < MUCH / 2 {
            return None;
        }
        let others: Vec<Sampled<'_>> = found.bases.iter().map(|base| (base.bytes.as_slice(), &base.samples)).collect();
        let new = novelty((blob, &found.samples), &others);
        let prefix = new.len() + others.iter().map(|(other, _)| other.len()).sum::<usize>();
        if new.len() < MUCH || prefix > PREFIX_BYTES || prefix > blob.len() * LONG {
            return None;
        }
        let head = &new[..new.len().min(HEAD)];
        let mut compresses = || self.compressor.compress(head, Compression::FASTEST).is_some();
        (looks_incompressible(&new) || !compresses()).then_some(new)
    }

    fn load(&mut self, shared: &Shared, kind: BlobKind, id: &BlobId, budget: &mut usize) -> Option<Arc<Base>> {
        if let Some(base) = self.recent.iter().find(|base| base.id == *id) {
            return Some(base.clone());
        }
        if *budget < usize::MAX {
            *budget = budget.checked_sub(shared.cost_of_reading(id).ok()?)?;
        }
        let bytes = shared.load_blob(kind, id, &Silent).ok()?;
        let base = Arc::new(Base::new(*id, bytes));
        self.bytes += base.bytes.len();
        self.recent.push_back(base.clone());
        while self.bytes > KEPT_BYTES {
            self.bytes -= self.recent.pop_front().map_or(self.bytes, |base| base.bytes.len());
        }
        Some(base)
    }
}

/// Those that hold something of a blob, in their order; `None` if one part in `of` of it, or more, is in none of them.
fn choose(blob: &[u8], candidates: impl Iterator<Item = Arc<Base>>, of: usize) -> Option<Found> {
    let samples = Samples::of(blob);
    let mut missing = Sketch::from(&samples);
    let all = missing.len();
    // Each with how much of the blob it holds.
    let mut bases: Vec<(usize, Arc<Base>)> = Vec::new();
    let mut prefix = 0;
    for base in candidates {
        // What readers load for one frame is bounded by the format. One base is always within that bound.
        if prefix > 0 && prefix + base.bytes.len() > PREFIX_BYTES {
            continue;
        }
        let found = missing.remove_common(&base.sketch);
        if found * WORTH >= all || found > 0 && found * 2 >= base.sketch.len() {
            prefix += base.bytes.len();
            bases.push((found, base));
        }
    }
    let mut left = missing.len();
    if left * of > all || bases.is_empty() {
        return None;
    }
    if bases.len() > MANY {
        bases.sort_by_key(|(found, _)| Reverse(*found));
        left += bases.drain(FEW..).map(|(found, _)| found).sum::<usize>();
    }
    let missing = blob.len() * left / all.max(1);
    Some(Found { bases: bases.into_iter().map(|(_, base)| base).collect(), samples, missing })
}

/// Length of a blob that may be a base.
fn base_length(shared: &Shared, kind: BlobKind, id: &BlobId) -> Result<Option<u32>> {
    if shared.rules.is(Broken::DeltaAsBase) {
        return Ok(shared.index.length(kind, id, &read_lock(&shared.doomed))?);
    }
    if shared.rules.is(Broken::DoomedBases) {
        return Ok(shared.index.full_length(kind, id, &HashSet::new())?);
    }
    shared.full_length(kind, id)
}

fn candidates(shared: &Shared, kind: BlobKind, older: &[BlobId]) -> Result<Candidates> {
    let mut found = Candidates::default();
    for id in older {
        let mut ids = vec![*id];
        if base_length(shared, kind, id)?.is_none() {
            found.again = true;
            let delta = shared.places(id)?.into_iter().find(|place| place.tag.codec == Codec::ZstdDelta);
            ids = delta.map_or(Ok(Vec::new()), |place| nearest_ids(shared, &place))?;
        }
        for id in ids {
            if !found.ids.contains(&id) {
                found.ids.push(id);
            }
        }
    }
    Ok(found)
}

/// Those bases of a delta frame that are most probably those of the blob at `place`: the writer adds them in the order of the blobs.
fn nearest<T>(place: &Location, bases: impl Iterator<Item = (u64, T)>) -> Vec<T> {
    let mut at = 0_u64;
    let mut middles = Vec::new();
    for (len, base) in bases {
        if len > 0 {
            middles.push((at + len / 2, len, base));
        }
        at += len;
    }
    let middle = u64::from(place.offset) + u64::from(place.len) / 2;
    let expected = middle * at / u64::from(place.raw_len.max(1));
    middles.sort_by_key(|(middle, _, _)| middle.abs_diff(expected));
    let mut room = NEAR * u64::from(place.len);
    let near = middles.into_iter().enumerate().take_while(|(number, (_, len, _))| {
        let before = room;
        room = room.saturating_sub(*len);
        before > 0 || *number < NEAREST
    });
    near.map(|(_, (_, _, base))| base).collect()
}

/// The same, among those that may be bases.
fn nearest_ids(shared: &Shared, place: &Location) -> Result<Vec<BlobId>> {
    let mut bases = Vec::new();
    for base in &place.bases {
        bases.push((u64::from(base_length(shared, place.tag.kind, base)?.unwrap_or(0)), *base));
    }
    Ok(nearest(place, bases.into_iter()))
}
