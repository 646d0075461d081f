//! One frame of a pack: sealing, opening and splitting into blobs (repo-format.md, section 7.1).
use crate::compress::Decompressor;
use crate::crypto::AeadKey;
use crate::format::{Codec, FrameBinding, FrameTag, frame_nonce};
use crate::id::{BlobId, RepoId, StripeId};

/// Where a frame is and how it is encoded: everything that its seal is bound to.
#[derive(Clone, Debug)]
pub struct FrameAddress<'a> {
    /// The stripe of its pack.
    pub stripe: StripeId,
    /// The slot of its pack.
    pub slot: u8,
    /// Number of the frame in its pack.
    pub number: u32,
    /// Codec and kind.
    pub tag: FrameTag,
    /// Length of the plaintext.
    pub raw_len: u32,
    /// Length in the pack.
    pub stored_len: u32,
    /// Blobs that are the prefix of a delta frame.
    pub bases: &'a [BlobId],
}

impl FrameAddress<'_> {
    fn aad(&self, repo: RepoId, epoch: u32) -> Vec<u8> {
        FrameBinding {
            repo: &repo,
            epoch,
            stripe: &self.stripe,
            slot: self.slot,
            frame: self.number,
            tag: self.tag.to_byte(),
            raw_len: self.raw_len,
            stored_len: self.stored_len,
            bases: self.bases,
        }
        .aad()
    }

    /// Appends the sealed frame to a pack under construction.
    pub(super) fn seal(&self, repo: RepoId, epoch: u32, key: &AeadKey, encoded: &[u8], pack: &mut Vec<u8>) {
        key.seal_into(frame_nonce(self.number), &self.aad(repo, epoch), encoded, pack);
    }

    /// Opens without decoding.
    pub(super) fn unseal(&self, repo: RepoId, epoch: u32, key: &AeadKey, sealed: &[u8]) -> Result<Vec<u8>, String> {
        if sealed.len() != self.stored_len as usize {
            return Err(format!("frame {} has {} bytes, not {}", self.number, sealed.len(), self.stored_len));
        }
        key.open(frame_nonce(self.number), &self.aad(repo, epoch), sealed)
            .map_err(|_| format!("frame {} fails authentication", self.number))
    }

    /// Opens and decodes. `prefix` is the bases' plaintexts for a delta frame. The cause is in words; the caller knows the pack.
    pub(super) fn open(
        &self,
        repo: RepoId,
        epoch: u32,
        key: &AeadKey,
        sealed: &[u8],
        prefix: Option<&[u8]>,
        decompressor: &mut Decompressor,
    ) -> Result<Vec<u8>, String> {
        let encoded = self.unseal(repo, epoch, key, sealed)?;
        decode(self.number, self.tag, self.raw_len, encoded, prefix, decompressor)
    }
}

/// Decodes what [`FrameAddress::unseal`] gave. `prefix` as for [`FrameAddress::open`].
pub(super) fn decode(
    number: u32,
    tag: FrameTag,
    raw_len: u32,
    encoded: Vec<u8>,
    prefix: Option<&[u8]>,
    decompressor: &mut Decompressor,
) -> Result<Vec<u8>, String> {
    let raw = match tag.codec {
        Codec::Raw => encoded,
        Codec::Zstd => decompressor
            .decompress(&encoded, raw_len as usize, None)
            .map_err(|error| format!("frame {number} does not decompress: {error}"))?,
        Codec::ZstdDelta => decompressor
            .decompress(&encoded, raw_len as usize, prefix.or(Some(&[])))
            .map_err(|error| format!("delta frame {number} does not decompress: {error}"))?,
    };
    if raw.len() != raw_len as usize {
        return Err(format!("frame {number} has {} raw bytes, not {raw_len}", raw.len()));
    }
    Ok(raw)
}
