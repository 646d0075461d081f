//! Groups new blobs that resemble stored ones into delta frames (repo-format.md, section 7.1).
use std::sync::Arc;

use super::super::pack::{PendingFrame, footprint};
use super::bases::Base;
use crate::compress::{Compression, Compressor, Decompressor};
use crate::format::{Codec, FrameTag, MAX_BASES, MAX_FRAME_BLOBS};
use crate::id::{BlobId, BlobKind};

/// Plaintext of the bases of one frame, unless it is a single one: readers load all of it for any blob of the frame.
pub(super) const PREFIX_BYTES: usize = 3 * 1024 * 1024;

/// Blobs that wait for company, with all their bases.
#[derive(Default)]
pub(super) struct DeltaGroup {
    raw: Vec<u8>,
    blobs: Vec<(BlobId, u32)>,
    bases: Vec<Arc<Base>>,
    prefix_len: usize,
}

/// What became of a group.
pub(super) enum Flushed {
    Frame(PendingFrame),
    /// Its blobs take no more than twice as much in full.
    Full(DeltaGroup),
}

impl DeltaGroup {
    pub(super) fn is_empty(&self) -> bool {
        self.blobs.is_empty()
    }

    /// Whether a blob with these bases must wait for the next frame.
    pub(super) fn is_full_for(&self, blob: &[u8], bases: &[Arc<Base>], max_raw: usize, max_footprint: usize) -> bool {
        let new = || bases.iter().filter(|base| !self.has(base));
        let prefix = self.prefix_len + new().map(|base| base.bytes.len()).sum::<usize>();
        !self.is_empty()
            && (self.raw.len() + blob.len() > max_raw
                || prefix > PREFIX_BYTES
                || self.bases.len() + new().count() > MAX_BASES as usize
                || footprint(self.raw.len() + blob.len(), self.blobs.len() + 1, self.bases.len() + bases.len())
                    > max_footprint
                || self.blobs.len() == MAX_FRAME_BLOBS as usize)
    }

    fn has(&self, base: &Base) -> bool {
        self.bases.iter().any(|known| known.id == base.id)
    }

    /// Readers of older versions find a blob's bases by their order.
    pub(super) fn add(&mut self, id: BlobId, blob: &[u8], bases: Vec<Arc<Base>>) {
        self.raw.extend_from_slice(blob);
        self.blobs.push((id, blob.len() as u32));
        for base in bases {
            if !self.has(&base) {
                self.prefix_len += base.bytes.len();
                self.bases.push(base);
            }
        }
    }

    /// Compresses. With `verify` the frame is decoded again: packs are verified when the bases are not at hand any more.
    pub(super) fn flush(
        self,
        kind: BlobKind,
        compressor: &mut Compressor,
        compression: Compression,
        verify: bool,
    ) -> Result<Flushed, String> {
        let prefix = self.bases.iter().map(|base| base.bytes.as_slice()).collect::<Vec<_>>().concat();
        let Some(encoded) = compressor.compress_with_prefix(&self.raw, &prefix, compression) else {
            return Ok(Flushed::Full(self));
        };
        // Only what compresses extremely well by itself takes less than twice that.
        if encoded.len() > self.raw.len() / 32 {
            let full = compressor.compress(&self.raw, compression).map_or(self.raw.len(), |full| full.len());
            if encoded.len() * 2 > full {
                return Ok(Flushed::Full(self));
            }
        }
        if verify {
            let decoded = Decompressor::default().decompress(&encoded, self.raw.len(), Some(&prefix));
            if decoded.as_ref() != Ok(&self.raw) {
                return Err("A delta that was just made does not give back what went in".to_owned());
            }
        }
        let bases = self.bases.iter().map(|base| base.id).collect();
        let tag = FrameTag { codec: Codec::ZstdDelta, kind };
        Ok(Flushed::Frame(PendingFrame::new(tag, encoded, self.blobs, bases)))
    }

    /// Its blobs.
    pub(super) fn blobs(&self) -> impl Iterator<Item = (BlobId, &[u8])> {
        let mut at = 0;
        self.blobs.iter().map(move |(id, len)| {
            let start = at;
            at += *len as usize;
            (*id, &self.raw[start..at])
        })
    }
}
