//! Data packs: header, locator, and what frames are bound to (section 7.1).
use super::{DecodeError, FormatError};
use crate::id::{BlobId, BlobKind, RepoId, SessionId, StripeId};

/// Bytes of the header.
pub const PACK_HEADER_LEN: usize = 256;
/// Where the first frame starts: behind header and sealed locator.
pub const FRAMES_OFFSET: u32 = 288;
/// The shortest pack.
pub const MIN_PACK_LEN: u32 = 4 << 10;
/// The longest pack.
pub const MAX_PACK_LEN: u32 = 64 << 20;
/// A pack has no more frames.
pub const MAX_FRAMES: u32 = 65_536;
/// Nonce of the locator.
pub const LOCATOR_NONCE: u32 = 0;
/// Nonce of the directory.
pub const DIRECTORY_NONCE: u32 = 1;

const MAGIC: &[u8; 8] = b"CADDISP1";
const HASHED_LEN: usize = 224;

/// Nonce of frame number `frame` of a pack.
pub fn frame_nonce(frame: u32) -> u32 {
    2 + frame
}

/// Which kinds of frames a pack has: at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum PackKinds {
    Data = 1,
    Tree = 2,
    Both = 3,
}

impl PackKinds {
    /// Whose keys seal the locator and the directory and make the padding.
    pub fn directory_kind(self) -> BlobKind {
        match self {
            PackKinds::Data => BlobKind::Data,
            PackKinds::Tree | PackKinds::Both => BlobKind::Tree,
        }
    }

    /// Whether frames of this kind may be in the pack.
    pub fn has(self, kind: BlobKind) -> bool {
        self as u8 & (1 << kind as u8) != 0
    }

    /// What a pack becomes when a frame of this kind joins those that it has.
    pub fn with(self, kind: BlobKind) -> Self {
        if self.has(kind) { self } else { PackKinds::Both }
    }
}

impl From<BlobKind> for PackKinds {
    fn from(kind: BlobKind) -> Self {
        match kind {
            BlobKind::Data => PackKinds::Data,
            BlobKind::Tree => PackKinds::Tree,
        }
    }
}

/// The plain beginning of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackHeader {
    /// Kinds of its frames.
    pub kinds: PackKinds,
    /// Epoch of its keys.
    pub epoch: u32,
    /// The session that wrote it.
    pub session: SessionId,
    /// The stripe it belongs to.
    pub stripe: StripeId,
    /// Its slot in the stripe; below `k`.
    pub slot: u8,
    /// Data slots of the stripe.
    pub k: u8,
    /// Parity slots of the stripe.
    pub m: u8,
    /// Length of the pack: a power of two.
    pub length: u32,
    /// Commitment of the key for data frames.
    pub data_commitment: [u8; 32],
    /// Commitment of the key for tree frames.
    pub tree_commitment: [u8; 32],
}

impl PackHeader {
    /// Its bytes with their hash.
    pub fn encode(&self) -> [u8; PACK_HEADER_LEN] {
        let mut out = [0; PACK_HEADER_LEN];
        out[..8].copy_from_slice(MAGIC);
        out[8..10].copy_from_slice(&1u16.to_le_bytes());
        out[10] = self.kinds as u8;
        out[12..16].copy_from_slice(&self.epoch.to_le_bytes());
        out[16..32].copy_from_slice(&self.session.0);
        out[32..64].copy_from_slice(&self.stripe.0);
        out[64..67].copy_from_slice(&[self.slot, self.k, self.m]);
        out[68..72].copy_from_slice(&self.length.to_le_bytes());
        out[128..160].copy_from_slice(&self.data_commitment);
        out[160..192].copy_from_slice(&self.tree_commitment);
        let hash = blake3::hash(&out[..HASHED_LEN]);
        out[HASHED_LEN..].copy_from_slice(hash.as_bytes());
        out
    }

    /// From the first 256 bytes of a pack. Commitments are the caller's to compare.
    pub fn decode(bytes: &[u8; PACK_HEADER_LEN]) -> Result<Self, DecodeError> {
        let damaged = |cause| Err(DecodeError::Damaged(FormatError(cause)));
        if &bytes[..8] != MAGIC {
            return damaged("It does not begin like a data pack");
        }
        if blake3::hash(&bytes[..HASHED_LEN]) != array::<32>(&bytes[HASHED_LEN..]) {
            return damaged("The checksum of its header is wrong");
        }
        let version = u16::from_le_bytes(array(&bytes[8..]));
        if version != 1 {
            return Err(DecodeError::Unsupported(format!("pack version {version}")));
        }
        if bytes[11] != 0 {
            return Err(DecodeError::Unsupported(format!("key wrap {}", bytes[11])));
        }
        let kinds = match bytes[10] {
            1 => PackKinds::Data,
            2 => PackKinds::Tree,
            3 => PackKinds::Both,
            _ => return damaged("Its kinds are none that exist"),
        };
        let zeros = [&bytes[67..68], &bytes[72..128], &bytes[192..224]];
        if zeros.iter().any(|range| range.iter().any(|byte| *byte != 0)) {
            return damaged("Reserved bytes of its header are not zero");
        }
        let header = PackHeader {
            kinds,
            epoch: u32::from_le_bytes(array(&bytes[12..])),
            session: SessionId(array(&bytes[16..])),
            stripe: StripeId(array(&bytes[32..])),
            slot: bytes[64],
            k: bytes[65],
            m: bytes[66],
            length: u32::from_le_bytes(array(&bytes[68..])),
            data_commitment: array(&bytes[128..]),
            tree_commitment: array(&bytes[160..]),
        };
        if header.k == 0 || header.k > 128 || header.m > 32 || header.slot >= header.k {
            return damaged("Its slot or its parity scheme is out of range");
        }
        if !header.length.is_power_of_two() || !(MIN_PACK_LEN..=MAX_PACK_LEN).contains(&header.length) {
            return damaged("Its length is none that packs have");
        }
        Ok(header)
    }

    /// The commitment for frames of this kind.
    pub fn commitment(&self, kind: BlobKind) -> &[u8; 32] {
        match kind {
            BlobKind::Data => &self.data_commitment,
            BlobKind::Tree => &self.tree_commitment,
        }
    }
}

/// The first `N` bytes of a slice that has them: fixed offsets within fixed arrays.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    *bytes.first_chunk().expect("offsets lie within the array")
}

/// Where a pack's directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locator {
    /// Number of frames.
    pub frames: u32,
    /// Offset of the sealed directory.
    pub directory_offset: u32,
    /// Its length with the tag.
    pub directory_len: u32,
}

impl Locator {
    /// Bytes before sealing.
    pub const LEN: usize = 16;
    /// Bytes in the pack, behind the header.
    pub const SEALED_LEN: usize = 32;

    /// To be sealed.
    pub fn encode(&self) -> [u8; Self::LEN] {
        let mut out = [0; Self::LEN];
        out[..4].copy_from_slice(&self.frames.to_le_bytes());
        out[4..8].copy_from_slice(&self.directory_offset.to_le_bytes());
        out[8..12].copy_from_slice(&self.directory_len.to_le_bytes());
        out
    }

    /// From the opened bytes; the directory lies within a pack of `pack_len` bytes.
    pub fn decode(bytes: &[u8], pack_len: u32) -> Result<Self, FormatError> {
        let bytes: &[u8; Self::LEN] = bytes.try_into().map_err(|_| FormatError("The locator has a wrong length"))?;
        let [frames, directory_offset, directory_len, zero] =
            [0, 4, 8, 12].map(|at| u32::from_le_bytes(array(&bytes[at..])));
        let end = directory_offset.checked_add(directory_len);
        if frames > MAX_FRAMES || zero != 0 {
            return Err(FormatError("The locator has impossible values"));
        }
        if directory_offset < FRAMES_OFFSET || end.is_none_or(|end| end > pack_len) {
            return Err(FormatError("The locator points outside of the pack"));
        }
        Ok(Locator { frames, directory_offset, directory_len })
    }
}

/// Additional data of the locator.
pub fn locator_aad(repo: &RepoId, header: &[u8; PACK_HEADER_LEN]) -> Vec<u8> {
    [b"caddis v1 locator", &repo.0[..], header].concat()
}

/// Additional data of the directory.
pub fn directory_aad(repo: &RepoId, header: &[u8; PACK_HEADER_LEN]) -> Vec<u8> {
    [b"caddis v1 directory", &repo.0[..], header].concat()
}

/// Everything that a frame is bound to: it opens nowhere else.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct FrameBinding<'a> {
    pub repo: &'a RepoId,
    pub epoch: u32,
    pub stripe: &'a StripeId,
    pub slot: u8,
    /// Number of the frame in the pack, from 0.
    pub frame: u32,
    /// Codec and kind as one byte.
    pub tag: u8,
    pub raw_len: u32,
    /// With the tag of the cipher.
    pub stored_len: u32,
    pub bases: &'a [BlobId],
}

impl FrameBinding<'_> {
    /// Additional data of the frame.
    pub fn aad(&self) -> Vec<u8> {
        let mut aad = Vec::with_capacity(112 + self.bases.len() * BlobId::LEN);
        aad.extend_from_slice(b"caddis v1 frame");
        aad.extend_from_slice(&self.repo.0);
        aad.extend_from_slice(&self.epoch.to_le_bytes());
        aad.extend_from_slice(&self.stripe.0);
        aad.extend_from_slice(&u32::from(self.slot).to_le_bytes());
        aad.extend_from_slice(&self.frame.to_le_bytes());
        aad.push(self.tag);
        aad.extend_from_slice(&self.raw_len.to_le_bytes());
        aad.extend_from_slice(&self.stored_len.to_le_bytes());
        for base in self.bases {
            aad.extend_from_slice(&base.0);
        }
        aad
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header() -> PackHeader {
        PackHeader {
            kinds: PackKinds::Both,
            epoch: 0x01020304,
            session: SessionId([5; 16]),
            stripe: StripeId([6; 32]),
            slot: 7,
            k: 20,
            m: 2,
            length: 1 << 20,
            data_commitment: [8; 32],
            tree_commitment: [9; 32],
        }
    }

    /// A header whose hash fits what was changed in it.
    fn changed(at: usize, value: u8) -> [u8; PACK_HEADER_LEN] {
        let mut bytes = header().encode();
        bytes[at] = value;
        let hash = blake3::hash(&bytes[..224]);
        bytes[224..].copy_from_slice(hash.as_bytes());
        bytes
    }

    #[test]
    fn fields_are_where_the_format_says() {
        let bytes = header().encode();
        assert_eq!(bytes[..16], *b"CADDISP1\x01\0\x03\0\x04\x03\x02\x01");
        assert_eq!((bytes[16], bytes[31], bytes[32], bytes[63]), (5, 5, 6, 6));
        assert_eq!(bytes[64..73], [7, 20, 2, 0, 0, 0, 16, 0, 0]);
        assert_eq!((bytes[127], bytes[128], bytes[159], bytes[160], bytes[191], bytes[192]), (0, 8, 8, 9, 9, 0));
        assert_eq!(PackHeader::decode(&bytes), Ok(header()));
        let binding = FrameBinding {
            repo: &RepoId([1; 32]),
            epoch: 2,
            stripe: &StripeId([3; 32]),
            slot: 4,
            frame: 5,
            tag: 0x12,
            raw_len: 6,
            stored_len: 7,
            bases: &[BlobId([8; 32])],
        };
        let expected = [
            &b"caddis v1 frame"[..],
            &[1; 32],
            &[2, 0, 0, 0],
            &[3; 32],
            &[4, 0, 0, 0, 5, 0, 0, 0, 0x12, 6, 0, 0, 0, 7, 0, 0, 0],
            &[8; 32],
        ];
        assert_eq!(binding.aad(), expected.concat());
        assert_eq!(locator_aad(&RepoId([1; 32]), &bytes), [&b"caddis v1 locator"[..], &[1; 32], &bytes].concat());
        assert_eq!(directory_aad(&RepoId([1; 32]), &bytes), [&b"caddis v1 directory"[..], &[1; 32], &bytes].concat());
    }

    #[test]
    fn every_bit_of_a_header_counts() {
        let bytes = header().encode();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(PackHeader::decode(&flipped), Err(DecodeError::Damaged(_))), "{bit}");
        }
    }

    #[test]
    fn impossible_headers_are_refused_although_their_hash_fits() {
        for (at, value) in [(8, 2), (9, 1), (11, 1)] {
            assert!(matches!(PackHeader::decode(&changed(at, value)), Err(DecodeError::Unsupported(_))), "{at}");
        }
        let wrong = [
            (0, 0),
            (10, 0),
            (10, 4),
            (64, 20),
            (65, 0),
            (65, 129),
            (66, 33),
            (67, 1),
            (68, 1),
            (70, 0),
            (71, 8),
            (72, 1),
        ];
        for (at, value) in wrong.into_iter().chain([(127, 1), (192, 1), (223, 1)]) {
            assert!(matches!(PackHeader::decode(&changed(at, value)), Err(DecodeError::Damaged(_))), "{at} {value}");
        }
    }

    #[test]
    fn lengths_are_powers_of_two_within_the_bounds() {
        let accepts = |length| PackHeader::decode(&PackHeader { length, ..header() }.encode()).is_ok();
        assert!(accepts(4096) && accepts(8192) && accepts(64 << 20));
        for length in [0, 1024, 2048, 4095, 4097, 6144, 128 << 20] {
            assert!(!accepts(length), "{length}");
        }
    }

    #[test]
    fn kinds_join() {
        for kind in [BlobKind::Data, BlobKind::Tree] {
            let kinds = PackKinds::from(kind);
            assert_eq!((kinds.has(kind), kinds.with(kind), kinds.directory_kind()), (true, kinds, kind));
        }
        assert!(!PackKinds::Data.has(BlobKind::Tree) && !PackKinds::Tree.has(BlobKind::Data));
        assert_eq!(PackKinds::Data.with(BlobKind::Tree), PackKinds::Both);
        assert_eq!(PackKinds::Both.directory_kind(), BlobKind::Tree);
    }

    #[test]
    fn locators_stay_inside() {
        let locator = |frames, directory_offset, directory_len| {
            let locator = Locator { frames, directory_offset, directory_len };
            (Locator::decode(&locator.encode(), 1 << 20) == Ok(locator), locator)
        };
        assert!(locator(3, 288, 100).0);
        assert!(locator(65_536, 1000, (1 << 20) - 1000).0);
        for (frames, offset, len) in [(65_537, 288, 1), (1, 287, 1), (1, 1000, (1 << 20) - 999), (1, u32::MAX, 2)] {
            assert!(!locator(frames, offset, len).0, "{frames} {offset} {len}");
        }
        let mut bytes = locator(3, 288, 100).1.encode();
        assert!(Locator::decode(&bytes[1..], 1 << 20).is_err());
        bytes[12] = 1;
        assert!(Locator::decode(&bytes, 1 << 20).is_err());
    }

    proptest! {
        #[test]
        fn changed_headers_never_panic(at in 0usize..224, value: u8) {
            let _ = PackHeader::decode(&changed(at, value));
        }
    }
}
