//! Groups neighbouring new blobs into frames and compresses each frame once. One framer per thread, so that neighbours stay together.
use super::super::pack::{PendingFrame, capacity, footprint};
use crate::compress::{Compression, Compressor, looks_incompressible};
use crate::format::{Codec, FrameTag, MAX_FRAME_BLOBS, MAX_FRAME_RAW};
use crate::id::{BlobId, BlobKind};

/// Stored length that a frame aims at: small enough to pack well, large enough to compress well.
const STORED_TARGET: f32 = 256.0 * 1024.0;
/// Frames take turns in aiming at so much of it: of frames that are all alike none fills what others leave of a pack.
const SPREAD: [f32; 4] = [1.0, 0.7, 0.9, 0.55];
const MIN_TARGET: usize = 128 * 1024;

/// Blobs of one kind that wait for company.
struct Group {
    kind: BlobKind,
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
}

impl Framer {
    pub(super) fn new(compression: Compression, pack_size: u32, frame_target: u32) -> Self {
        let group = |kind| Group { kind, raw: Vec::new(), turn: 0, blobs: Vec::new(), ratio: 0.25 };
        Framer {
            compressor: Compressor::default(),
            compression,
            max_raw: (frame_target.min(MAX_FRAME_RAW) as usize).min(capacity(pack_size) * 31 / 32),
            max_footprint: capacity(pack_size),
            groups: [group(BlobKind::Data), group(BlobKind::Tree)],
        }
    }

    /// Takes a blob; gives the frames that are complete now.
    pub(super) fn add(&mut self, kind: BlobKind, id: BlobId, blob: &[u8]) -> Vec<PendingFrame> {
        let mut frames = Vec::new();
        if self.compression == Compression::Auto && kind == BlobKind::Data && looks_incompressible(blob) {
            let tag = FrameTag { codec: Codec::Raw, kind };
            let blobs = vec![(id, blob.len() as u32)];
            frames.push(PendingFrame { tag, encoded: blob.to_vec(), blobs, bases: Vec::new() });
            return frames;
        }
        let group = &self.groups[kind as usize];
        let target = SPREAD[group.turn % SPREAD.len()] * STORED_TARGET / group.ratio;
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

    /// Ends the group of that kind, if there is one.
    pub(super) fn flush(&mut self, kind: BlobKind) -> Option<PendingFrame> {
        let group = &mut self.groups[kind as usize];
        if group.blobs.is_empty() {
            return None;
        }
        let (codec, encoded) = match self.compressor.compress(&group.raw, self.compression) {
            Some(compressed) => (Codec::Zstd, compressed),
            None => (Codec::Raw, group.raw.clone()),
        };
        if group.raw.len() >= MIN_TARGET {
            let ratio = encoded.len() as f32 / group.raw.len() as f32;
            group.ratio = (0.7 * group.ratio + 0.3 * ratio).max(0.01);
        }
        group.raw.clear();
        group.turn += 1;
        let tag = FrameTag { codec, kind: group.kind };
        Some(PendingFrame { tag, encoded, blobs: std::mem::take(&mut group.blobs), bases: Vec::new() })
    }
}
