//! Whole data packs: building them from frames, and reading them back without an index (repo-format.md, section 7.1).
use super::frame::FrameAddress;
use crate::compress::Decompressor;
use crate::crypto::{AeadKey, KeyRing, PackKeys, Subkeys, TAG_LEN, check_commitment};
use crate::format::{
    Codec, DIRECTORY_NONCE, FRAMES_START, FrameEntry, FrameTag, LOCATOR_NONCE, Locator, MIN_PACK_LEN, PACK_HEADER_LEN,
    PackHeader, PackKinds, decode_directory, directory_aad, encode_directory, locator_aad,
};
use crate::id::{BlobId, BlobKind, PackId, RepoId, SessionId, StripeId};

/// Header, locator and the fixed part of a directory.
const FIXED_OVERHEAD: usize = FRAMES_START as usize + 16 + 64;

/// A frame that is encoded and waits for a place in a pack.
pub(super) struct PendingFrame {
    pub tag: FrameTag,
    pub encoded: Vec<u8>,
    pub blobs: Vec<(BlobId, u32)>,
    pub bases: Vec<BlobId>,
    /// BLAKE3 of `encoded` for a delta: it was verified when its bases were at hand, and must not change until it is sealed.
    digest: Option<[u8; 32]>,
}

impl PendingFrame {
    /// `encoded` must decode to the blobs; of a delta that is not looked at again.
    pub(super) fn new(tag: FrameTag, encoded: Vec<u8>, blobs: Vec<(BlobId, u32)>, bases: Vec<BlobId>) -> Self {
        let digest = (tag.codec == Codec::ZstdDelta).then(|| *blake3::hash(&encoded).as_bytes());
        PendingFrame { tag, encoded, blobs, bases, digest }
    }

    /// Upper bound of the bytes that it takes in a pack, directory included.
    pub(super) fn footprint(&self) -> usize {
        footprint(self.encoded.len(), self.blobs.len(), self.bases.len())
    }

    /// As the index and the directory list it.
    pub(super) fn entry(&self) -> FrameEntry {
        let (blobs, bases) = (self.blobs.clone(), self.bases.clone());
        FrameEntry { tag: self.tag, stored_len: self.stored_len(), blobs, bases }
    }

    fn stored_len(&self) -> u32 {
        (self.encoded.len() + TAG_LEN) as u32
    }

    fn raw_len(&self) -> u32 {
        self.blobs.iter().map(|(_, len)| len).sum()
    }
}

/// Upper bound of the bytes that a frame with so many encoded bytes, blobs and bases takes in a pack, directory included.
pub(super) const fn footprint(encoded: usize, blobs: usize, bases: usize) -> usize {
    // Columns: stored length, tag, count (at most 8 bytes together), lengths, bases.
    encoded + TAG_LEN + 8 + 4 * blobs + 33 * bases + (bases > 0) as usize
}

/// Bytes for frames' footprints in a pack of `length`.
pub(super) const fn capacity(length: u32) -> usize {
    length as usize - FIXED_OVERHEAD
}

/// Smallest permitted length of a pack for frames of that total footprint.
pub(super) fn fitting_length(footprint: usize, pack_size: u32) -> u32 {
    let mut length = MIN_PACK_LEN;
    while length < pack_size && capacity(length) < footprint {
        length *= 2;
    }
    length
}

/// The place of a pack in its stripe, and whose it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackPlace {
    pub repo: RepoId,
    pub epoch: u32,
    pub session: SessionId,
    pub stripe: StripeId,
    pub slot: u8,
    pub k: u8,
    pub m: u8,
    pub length: u32,
}

/// Seals frames into a pack. They must fit: the sum of footprints is at most [`capacity`].
pub(super) fn build_pack(place: PackPlace, subkeys: &Subkeys, frames: &[PendingFrame]) -> Vec<u8> {
    let data = subkeys.pack_keys(BlobKind::Data, &place.stripe, place.slot);
    let tree = subkeys.pack_keys(BlobKind::Tree, &place.stripe, place.slot);
    let of = |kind| -> &PackKeys { if kind == BlobKind::Data { &data } else { &tree } };
    let has = |kind| frames.iter().any(|frame| frame.tag.kind == kind);
    let kinds = match (has(BlobKind::Data), has(BlobKind::Tree)) {
        (true, true) => PackKinds::Both,
        (false, true) => PackKinds::Tree,
        _ => PackKinds::Data,
    };
    let header = PackHeader {
        kinds,
        epoch: place.epoch,
        session: place.session,
        stripe: place.stripe,
        slot: place.slot,
        k: place.k,
        m: place.m,
        length: place.length,
        data_commitment: data.commitment,
        tree_commitment: tree.commitment,
    }
    .encode();
    let own = of(kinds.directory_kind());

    let mut pack = Vec::with_capacity(place.length as usize);
    pack.extend_from_slice(&header);
    pack.resize(FRAMES_START as usize, 0);
    for (number, frame) in frames.iter().enumerate() {
        let address = FrameAddress {
            stripe: place.stripe,
            slot: place.slot,
            number: number as u32,
            tag: frame.tag,
            raw_len: frame.raw_len(),
            stored_len: frame.stored_len(),
            bases: &frame.bases,
        };
        address.seal(place.repo, place.epoch, &of(frame.tag.kind).aead, &frame.encoded, &mut pack);
    }
    let directory_offset = pack.len();
    let entries: Vec<FrameEntry> = frames.iter().map(PendingFrame::entry).collect();
    let directory = encode_directory(&entries);
    own.aead.seal_into(DIRECTORY_NONCE, &directory_aad(&place.repo, &header), &directory, &mut pack);
    let locator = Locator {
        frames: frames.len() as u32,
        directory_offset: directory_offset as u32,
        directory_len: (pack.len() - directory_offset) as u32,
    };
    let mut sealed = Vec::with_capacity(Locator::SEALED_LEN);
    own.aead.seal_into(LOCATOR_NONCE, &locator_aad(&place.repo, &header), &locator.encode(), &mut sealed);
    pack[PACK_HEADER_LEN..FRAMES_START as usize].copy_from_slice(&sealed);
    let end = pack.len();
    pack.resize(place.length as usize, 0);
    own.padding.fill(&mut pack[end..]);
    pack
}

/// Gives the plaintext of base blobs of a kind, concatenated; the cause in words if that fails.
pub(super) type Bases<'a> = &'a mut dyn FnMut(BlobKind, &[BlobId]) -> Result<Vec<u8>, String>;

/// Gets frame number, kind, id and plaintext of each blob of a pack.
pub(super) type EachBlob<'a> = &'a mut dyn FnMut(u32, BlobKind, BlobId, &[u8]);

/// What a pack says about itself.
pub(super) struct OpenPack {
    pub header: PackHeader,
    pub frames: Vec<FrameEntry>,
    /// Frames that do not open, by number, with the cause; they are not in `frames`' ids.
    pub bad_frames: Vec<(u32, String)>,
}

/// Opens a whole pack from its bytes alone, decodes every frame and computes the ids of all blobs. `each` gets each blob's plaintext.
///
/// Damage to the header, locator or directory is an error; a damaged frame is listed in `bad_frames` and its blobs have zero ids.
pub(super) fn open_pack(
    repo: RepoId,
    keys: &KeyRing,
    pack: &[u8],
    bases: Bases<'_>,
    each: EachBlob<'_>,
) -> Result<OpenPack, String> {
    let mut decompressor = Decompressor::default();
    open_frames(repo, keys, pack, each, &mut |address, epoch, aead, sealed| {
        let prefix = match address.tag.codec {
            Codec::ZstdDelta => Some(bases(address.tag.kind, address.bases)?),
            _ => None,
        };
        address.open(repo, epoch, aead, sealed, prefix.as_deref(), &mut decompressor).map(Some)
    })
}

/// Opens a frame, given its seal's epoch and key and its sealed bytes. `None`: what is in it is known already, or shall be found out later.
pub(super) type OpenFrame<'a> =
    &'a mut dyn FnMut(&FrameAddress<'_>, u32, &AeadKey, &[u8]) -> Result<Option<Vec<u8>>, String>;

/// As [`open_pack`]; blobs of frames for which `open_frame` gives nothing have zero ids.
pub(super) fn open_frames(
    repo: RepoId,
    keys: &KeyRing,
    pack: &[u8],
    each: EachBlob<'_>,
    open_frame: OpenFrame<'_>,
) -> Result<OpenPack, String> {
    let header_bytes: &[u8; PACK_HEADER_LEN] = pack.first_chunk().ok_or("it is too short")?;
    let header = PackHeader::decode(header_bytes).map_err(|error| error.to_string())?;
    if header.length as usize != pack.len() {
        return Err(format!("it has {} bytes, its header says {}", pack.len(), header.length));
    }
    let subkeys = keys.epoch(header.epoch).ok_or("it was sealed with keys of an unknown epoch")?;
    let data = subkeys.pack_keys(BlobKind::Data, &header.stripe, header.slot);
    let tree = subkeys.pack_keys(BlobKind::Tree, &header.stripe, header.slot);
    check_commitment(&data.commitment, &header.data_commitment)
        .and_then(|()| check_commitment(&tree.commitment, &header.tree_commitment))
        .map_err(|_| "it was sealed with other keys".to_owned())?;
    let of = |kind| if kind == BlobKind::Data { &data } else { &tree };
    let own = of(header.kinds.directory_kind());
    let locator = own
        .aead
        .open(LOCATOR_NONCE, &locator_aad(&repo, header_bytes), &pack[PACK_HEADER_LEN..FRAMES_START as usize])
        .map_err(|_| "its locator fails authentication".to_owned())?;
    let locator = Locator::decode(&locator, header.length).map_err(|error| error.to_string())?;
    let directory = pack
        .get(locator.directory_offset as usize..)
        .and_then(|rest| rest.get(..locator.directory_len as usize))
        .ok_or("its locator points outside")?;
    let directory = own
        .aead
        .open(DIRECTORY_NONCE, &directory_aad(&repo, header_bytes), directory)
        .map_err(|_| "its directory fails authentication".to_owned())?;
    let shapes = decode_directory(&directory, locator.directory_offset).map_err(|error| error.to_string())?;
    if shapes.len() != locator.frames as usize {
        return Err("its directory has another number of frames than its locator".to_owned());
    }
    let mut open = OpenPack { header, frames: Vec::with_capacity(shapes.len()), bad_frames: Vec::new() };
    let mut offset = FRAMES_START as usize;
    for (number, shape) in shapes.into_iter().enumerate() {
        let number = number as u32;
        let raw_len = shape.blobs.iter().sum();
        let address = FrameAddress {
            stripe: open.header.stripe,
            slot: open.header.slot,
            number,
            tag: shape.tag,
            raw_len,
            stored_len: shape.stored_len,
            bases: &shape.bases,
        };
        let end = offset + shape.stored_len as usize;
        let sealed = pack.get(offset..end).ok_or("a frame lies outside")?;
        offset = end;
        let raw = open_frame(&address, open.header.epoch, &of(shape.tag.kind).aead, sealed);
        let blobs = match raw {
            Ok(None) => shape.blobs.into_iter().map(|len| (BlobId([0; 32]), len)).collect(),
            Ok(Some(raw)) => {
                let mut rest = raw.as_slice();
                let mut blobs = Vec::with_capacity(shape.blobs.len());
                for len in shape.blobs {
                    let (blob, after) = rest.split_at(len as usize);
                    rest = after;
                    let id = subkeys.blob_id(shape.tag.kind, blob);
                    each(number, shape.tag.kind, id, blob);
                    blobs.push((id, len));
                }
                blobs
            }
            Err(cause) => {
                open.bad_frames.push((number, cause));
                shape.blobs.into_iter().map(|len| (BlobId([0; 32]), len)).collect()
            }
        };
        open.frames.push(FrameEntry { tag: shape.tag, stored_len: shape.stored_len, blobs, bases: shape.bases });
    }
    Ok(open)
}

/// Opens what was just built and compares it with what went in: a wrong bit in memory must not become the only copy.
pub(super) fn verify_pack(
    repo: RepoId,
    keys: &KeyRing,
    pack: &[u8],
    frames: &[PendingFrame],
) -> Result<PackId, String> {
    let mut decompressor = Decompressor::default();
    let open = open_frames(repo, keys, pack, &mut |_, _, _, _| {}, &mut |address, epoch, aead, sealed| {
        match frames.get(address.number as usize).and_then(|frame| frame.digest) {
            // Its bases would have to be read again.
            Some(digest)
                if address.unseal(repo, epoch, aead, sealed).map(|bytes| *blake3::hash(&bytes).as_bytes())?
                    == digest =>
            {
                Ok(None)
            }
            Some(_) => Err(format!("delta frame {} is not what went in", address.number)),
            None => address.open(repo, epoch, aead, sealed, None, &mut decompressor).map(Some),
        }
    })?;
    if let Some((_, cause)) = open.bad_frames.into_iter().next() {
        return Err(cause);
    }
    let lengths = |blobs: &[(BlobId, u32)]| blobs.iter().map(|(_, len)| *len).collect::<Vec<_>>();
    let same = |a: &FrameEntry, b: &PendingFrame| {
        let blobs = if b.digest.is_some() { lengths(&a.blobs) == lengths(&b.blobs) } else { a.blobs == b.blobs };
        a.tag == b.tag && blobs && a.bases == b.bases
    };
    if open.frames.len() != frames.len() || !open.frames.iter().zip(frames).all(|(a, b)| same(a, b)) {
        return Err("its blobs are not those that went in".to_owned());
    }
    Ok(PackId(*blake3::hash(pack).as_bytes()))
}
