//! Groups neighbouring new blobs into frames and compresses each frame once. One framer per thread, so that neighbours stay together.
use super::super::pack::{PendingFrame, capacity, footprint};
use super::bases::Base;
use super::delta::{DeltaGroup, Flushed};
use crate::compress::{Compression, Compressor, looks_incompressible};
use crate::error::{Error, Result};
use crate::format::{Codec, FrameTag, MAX_FRAME_BLOBS, MAX_FRAME_RAW};
use crate::id::{BlobId, BlobKind};
use std::sync::Arc;

/// Stored length that a frame aims at: small enough to pack well, large enough to compress well.
const STORED_TARGET: f32 = 240.0 * 1024.0;
/// A frame that turned out longer, by more than this, is made again in parts: the packs of a short session and their parity are as long as its
/// longest frame demands.
const STORED_LIMIT: usize = capacity(256 * 1024);
/// Frames take turns in aiming at so much of it: of frames that are all alike none fills what others leave of a pack.
const SPREAD: [f32; 4] = [1.0, 0.7, 0.9, 0.55];
const MIN_TARGET: usize = 128 * 1024;
/// With parity, frames are at most one part in so many of what was framed before, but for the first ones: nobody knows how little a session
/// will store, and the parity of a few packs is cheap if they are many short ones.
const GROWTH: usize = 16;
const FIRST_TARGET: f32 = 32.0 * 1024.0;

/// Blobs of one kind that wait for company.
struct Group {
    raw: Vec<u8>,
    /// Counts frames.
    turn: usize,
    blobs: Vec<(BlobId, u32)>,
    /// Stored per raw byte of recent frames; guides how much the next one takes.
    ratio: f32,
}

/// Turns blobs into frames.
pub(super) struct Framer {
    compressor: Compressor,
    compression: Compression,
    /// Raw bytes of a frame at most.
    max_raw: usize,
    /// Raw bytes and directory entries of a frame at most: one that does not compress must still fit into a pack.
    max_footprint: usize,
    groups: [Group; 2],
    deltas: [DeltaGroup; 2],
    /// Decode deltas before they are believed.
    verify: bool,
    /// Stored bytes of frames so far, if short sessions shall have short frames.
    framed: Option<usize>,
}

impl Framer {
    /// With `grow` the frames of a short session are short.
    pub(super) fn new(compression: Compression, pack_size: u32, frame_target: u32, verify: bool, grow: bool) -> Self {
        let group = || Group { raw: Vec::new(), turn: 0, blobs: Vec::new(), ratio: 0.25 };
        Framer {
            compressor: Compressor::default(),
            compression,
            max_raw: (frame_target.min(MAX_FRAME_RAW) as usize).min(capacity(pack_size) * 31 / 32),
            max_footprint: capacity(pack_size),
            groups: [group(), group()],
            deltas: Default::default(),
            verify,
            framed: grow.then_some(0),
        }
    }

    /// Takes a blob; gives the frames that are complete now.
    pub(super) fn add(&mut self, kind: BlobKind, id: BlobId, blob: &[u8]) -> Vec<PendingFrame> {
        let mut frames = Vec::new();
        if self.compression == Compression::Auto && kind == BlobKind::Data && looks_incompressible(blob) {
            let tag = FrameTag { codec: Codec::Raw, kind };
            let blobs = vec![(id, blob.len() as u32)];
            self.count(blob.len());
            frames.push(PendingFrame::new(tag, blob.to_vec(), blobs, Vec::new()));
            return frames;
        }
        let group = &self.groups[kind as usize];
        let stored =
            self.framed.map_or(STORED_TARGET, |framed| ((framed / GROWTH) as f32).clamp(FIRST_TARGET, STORED_TARGET));
        let target = SPREAD[group.turn % SPREAD.len()] * stored / group.ratio;
        let target = (target as usize).max(MIN_TARGET).min(self.max_raw);
        let raw = group.raw.len() + blob.len();
        if raw > target
            || group.blobs.len() == MAX_FRAME_BLOBS as usize
            || footprint(raw, group.blobs.len() + 1, 0) > self.max_footprint
        {
            frames.extend(self.flush(kind));
        }
        let group = &mut self.groups[kind as usize];
        group.raw.extend_from_slice(blob);
        group.blobs.push((id, blob.len() as u32));
        frames
    }

    /// Bytes that a blob will take by itself, about.
    pub(super) fn expected(&self, kind: BlobKind, blob: &[u8]) -> usize {
        match kind == BlobKind::Data && looks_incompressible(blob) {
            true => blob.len(),
            false => (blob.len() as f32 * self.groups[kind as usize].ratio) as usize,
        }
    }

    /// Takes a blob with its bases, at least one; gives the frames that are complete now.
    pub(super) fn add_delta(
        &mut self,
        kind: BlobKind,
        id: BlobId,
        blob: &[u8],
        bases: Vec<Arc<Base>>,
    ) -> Result<Vec<PendingFrame>> {
        let full = self.deltas[kind as usize].is_full_for(blob, &bases, self.max_raw, self.max_footprint);
        let frames = if full { self.flush_deltas(kind)? } else { Vec::new() };
        self.deltas[kind as usize].add(id, blob, bases);
        Ok(frames)
    }

    fn flush_deltas(&mut self, kind: BlobKind) -> Result<Vec<PendingFrame>> {
        let group = std::mem::take(&mut self.deltas[kind as usize]);
        if group.is_empty() {
            return Ok(Vec::new());
        }
        match group.flush(kind, &mut self.compressor, self.compression, self.verify) {
            Ok(Flushed::Frame(frame)) => Ok(vec![frame]),
            Ok(Flushed::Full(group)) => Ok(group.blobs().flat_map(|(id, blob)| self.add(kind, id, blob)).collect()),
            Err(cause) => Err(Error::damaged(
                "A frame that was just made",
                format!("{cause}; nothing wrong was stored, but this machine's memory or processor is not reliable"),
            )),
        }
    }

    /// Ends all groups of that kind.
    pub(super) fn finish(&mut self, kind: BlobKind) -> Result<Vec<PendingFrame>> {
        let mut frames = self.flush_deltas(kind)?;
        frames.extend(self.flush(kind));
        Ok(frames)
    }

    /// Ends the group of that kind, if there is one.
    fn flush(&mut self, kind: BlobKind) -> Vec<PendingFrame> {
        let group = &mut self.groups[kind as usize];
        if group.blobs.is_empty() {
            return Vec::new();
        }
        let (codec, encoded) = encode(&mut self.compressor, &group.raw, self.compression);
        if group.raw.len() >= MIN_TARGET / 2 {
            let ratio = encoded.len() as f32 / group.raw.len() as f32;
            group.ratio = (0.7 * group.ratio + 0.3 * ratio).max(0.01);
        }
        group.turn += 1;
        let (raw, blobs) = (std::mem::take(&mut group.raw), std::mem::take(&mut group.blobs));
        self.count(encoded.len());
        if encoded.len() <= STORED_LIMIT || blobs.len() == 1 {
            return vec![PendingFrame::new(FrameTag { codec, kind }, encoded, blobs, Vec::new())];
        }
        let part = raw.len().div_ceil(encoded.len().div_ceil(STORED_TARGET as usize));
        let (mut frames, mut rest, mut blobs) = (Vec::new(), &raw[..], &blobs[..]);
        while !blobs.is_empty() {
            let (mut count, mut len) = (0, 0);
            while count < blobs.len() && (count == 0 || len + blobs[count].1 as usize <= part) {
                len += blobs[count].1 as usize;
                count += 1;
            }
            let (codec, encoded) = encode(&mut self.compressor, &rest[..len], self.compression);
            frames.push(PendingFrame::new(FrameTag { codec, kind }, encoded, blobs[..count].to_vec(), Vec::new()));
            (rest, blobs) = (&rest[len..], &blobs[count..]);
        }
        frames
    }

    fn count(&mut self, stored: usize) {
        self.framed = self.framed.map(|framed| framed + stored);
    }
}

/// Compressed, if that pays.
fn encode(compressor: &mut Compressor, raw: &[u8], compression: Compression) -> (Codec, Vec<u8>) {
    compressor.compress(raw, compression).map_or_else(|| (Codec::Raw, raw.to_vec()), |encoded| (Codec::Zstd, encoded))
}
