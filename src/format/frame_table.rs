//! Frame tables: the columns that list frames in a pack's directory and in index objects (section 7.2).
use minicbor::Decoder;

use super::{FormatError, cbor};
use crate::id::{BlobId, BlobKind};

/// Most raw bytes of a frame.
pub const MAX_FRAME_RAW: u32 = 16 << 20;
/// Most blobs of a frame.
pub const MAX_FRAME_BLOBS: u32 = 65_536;
/// Most frames of a pack.
pub const MAX_PACK_FRAMES: u32 = 65_536;
/// Most bases of a frame.
pub const MAX_BASES: u32 = 64;
/// Where the first frame of a pack starts.
pub const FRAMES_START: u32 = 288;
/// What sealing adds to a frame.
const AEAD_TAG: u32 = 16;

type Result<T> = std::result::Result<T, FormatError>;

/// How a frame's plaintext is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Codec {
    /// As it is.
    Raw = 0,
    /// One zstd frame.
    Zstd = 1,
    /// One zstd frame with the base blobs' plaintexts as prefix.
    ZstdDelta = 2,
}

/// Codec and kind of a frame: its tag byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameTag {
    /// Encoding.
    pub codec: Codec,
    /// Kind of all its blobs.
    pub kind: BlobKind,
}

impl FrameTag {
    /// The byte of the format.
    pub fn to_byte(self) -> u8 {
        self.codec as u8 | (self.kind as u8) << 4
    }

    /// The tag of a byte; `None` if a bit is set that version 1 does not know.
    pub fn from_byte(byte: u8) -> Option<Self> {
        let codec = match byte & 15 {
            0 => Codec::Raw,
            1 => Codec::Zstd,
            2 => Codec::ZstdDelta,
            _ => return None,
        };
        let kind = match byte >> 4 {
            0 => BlobKind::Data,
            1 => BlobKind::Tree,
            _ => return None,
        };
        Some(FrameTag { codec, kind })
    }
}

/// One frame in a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameEntry {
    /// Codec and kind.
    pub tag: FrameTag,
    /// Bytes in the pack, with the AEAD tag.
    pub stored_len: u32,
    /// Blobs in order, with their lengths; their sum is the raw length.
    pub blobs: Vec<(BlobId, u32)>,
    /// Blobs whose plaintexts are the prefix; not empty for [`Codec::ZstdDelta`] only.
    pub bases: Vec<BlobId>,
}

impl FrameEntry {
    /// Length of the plaintext.
    pub fn raw_len(&self) -> u32 {
        self.blobs.iter().map(|(_, len)| len).sum()
    }
}

/// One frame as a pack's directory lists it: without blob ids, which are recomputed from the plaintext.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameShape {
    /// Codec and kind.
    pub tag: FrameTag,
    /// Bytes in the pack, with the AEAD tag.
    pub stored_len: u32,
    /// Lengths of its blobs; their sum is the raw length.
    pub blobs: Vec<u32>,
    /// Blobs whose plaintexts are the prefix.
    pub bases: Vec<BlobId>,
}

/// The directory of a pack with these frames.
pub fn encode_directory(frames: &[FrameEntry]) -> Vec<u8> {
    encode(&[frames], false)
}

/// Frames of the pack whose directory starts at offset `end`; refuses frames that reach beyond it.
pub fn decode_directory(bytes: &[u8], end: u32) -> Result<Vec<FrameShape>> {
    let columns = Columns::decode(bytes)?;
    if columns.counts.is_some() || columns.ids.is_some() {
        return Err(FormatError("A directory has columns of an index"));
    }
    let mut cursor = Cursor::new(&columns);
    let mut frames = Vec::new();
    let mut offset = FRAMES_START;
    while !cursor.tags.is_empty() {
        if frames.len() == MAX_PACK_FRAMES as usize {
            return Err(FormatError("A pack has too many frames"));
        }
        frames.push(cursor.frame(&mut offset, end)?);
    }
    cursor.finish()?;
    Ok(frames)
}

/// The columns for several packs, with blob ids.
pub(super) fn encode_packs(packs: &[&[FrameEntry]]) -> Vec<u8> {
    encode(packs, true)
}

/// Frames of several packs with the given lengths.
pub(super) fn decode_packs(bytes: &[u8], lengths: &[u32]) -> Result<Vec<Vec<FrameEntry>>> {
    let columns = Columns::decode(bytes)?;
    let mut counts = columns.counts.ok_or(FormatError("A frame table has no column of packs"))?;
    let (mut ids, rest) = columns.ids.ok_or(FormatError("A frame table has no column of ids"))?.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(FormatError("The column of ids ends within an id"));
    }
    let mut cursor = Cursor::new(&columns);
    let mut packs = Vec::with_capacity(lengths.len());
    for &length in lengths {
        let count = varint(&mut counts)?;
        if count > MAX_PACK_FRAMES || count as usize > cursor.tags.len() {
            return Err(FormatError("A pack has too many frames"));
        }
        let mut frames = Vec::with_capacity(count as usize);
        let mut offset = FRAMES_START;
        for _ in 0..count {
            let shape = cursor.frame(&mut offset, length)?;
            let (own, others) =
                ids.split_at_checked(shape.blobs.len()).ok_or(FormatError("The column of ids is too short"))?;
            ids = others;
            let blobs = own.iter().map(|id| BlobId(*id)).zip(shape.blobs).collect();
            frames.push(FrameEntry { tag: shape.tag, stored_len: shape.stored_len, blobs, bases: shape.bases });
        }
        packs.push(frames);
    }
    cursor.finish()?;
    if !counts.is_empty() || !ids.is_empty() {
        return Err(FormatError("A column of a frame table is too long"));
    }
    Ok(packs)
}

fn encode(packs: &[&[FrameEntry]], index: bool) -> Vec<u8> {
    let mut columns: [Vec<u8>; 8] = Default::default();
    let [counts, stored, tags, blob_counts, lengths, ids, base_counts, bases] = &mut columns;
    for frames in packs {
        put_varint(counts, frames.len() as u32);
        for frame in *frames {
            put_varint(stored, frame.stored_len);
            tags.push(frame.tag.to_byte());
            put_varint(blob_counts, frame.blobs.len() as u32);
            for (id, len) in &frame.blobs {
                put_varint(lengths, *len);
                ids.extend_from_slice(&id.0);
            }
            if frame.tag.codec == Codec::ZstdDelta {
                put_varint(base_counts, frame.bases.len() as u32);
                frame.bases.iter().for_each(|id| bases.extend_from_slice(&id.0));
            }
        }
    }
    let present = |key: usize| match key {
        0 | 5 => index,
        6 | 7 => !columns[6].is_empty(),
        _ => true,
    };
    cbor::write(|e| {
        e.map((0..8).filter(|key| present(*key)).count() as u64)?;
        for (key, column) in columns.iter().enumerate().filter(|(key, _)| present(*key)) {
            e.u8(key as u8)?.bytes(column)?;
        }
        Ok(())
    })
}

fn put_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn varint(input: &mut &[u8]) -> Result<u32> {
    let mut value = 0u64;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = input.split_first().ok_or(FormatError("A column ends within a number"))?;
        *input = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            if byte == 0 && shift > 0 {
                return Err(FormatError("A number has superfluous bytes"));
            }
            return value.try_into().map_err(|_| FormatError("A number is too large"));
        }
    }
    Err(FormatError("A number is too long"))
}

/// The byte strings of a frame table, as they are.
struct Columns<'b> {
    counts: Option<&'b [u8]>,
    stored: &'b [u8],
    tags: &'b [u8],
    blob_counts: &'b [u8],
    lengths: &'b [u8],
    ids: Option<&'b [u8]>,
    base_counts: &'b [u8],
    bases: &'b [u8],
}

impl<'b> Columns<'b> {
    fn decode(bytes: &'b [u8]) -> Result<Self> {
        let mut found: [Option<&[u8]>; 8] = [None; 8];
        cbor::read_map(bytes, |key, decoder: &mut Decoder<'b>| {
            match usize::try_from(key).ok().and_then(|key| found.get_mut(key)) {
                Some(column) => *column = Some(decoder.bytes()?),
                None => return Ok(false),
            }
            Ok(true)
        })?;
        let [counts, stored, tags, blob_counts, lengths, ids, base_counts, bases] = found;
        let missing = FormatError("A frame table misses a column");
        Ok(Columns {
            counts,
            stored: stored.ok_or(missing)?,
            tags: tags.ok_or(missing)?,
            blob_counts: blob_counts.ok_or(missing)?,
            lengths: lengths.ok_or(missing)?,
            ids,
            base_counts: base_counts.unwrap_or_default(),
            bases: bases.unwrap_or_default(),
        })
    }
}

/// What is left of the columns that directory and index share.
struct Cursor<'b> {
    stored: &'b [u8],
    tags: &'b [u8],
    blob_counts: &'b [u8],
    lengths: &'b [u8],
    base_counts: &'b [u8],
    bases: &'b [u8],
}

impl<'b> Cursor<'b> {
    fn new(columns: &Columns<'b>) -> Self {
        let Columns { stored, tags, blob_counts, lengths, base_counts, bases, .. } = *columns;
        Cursor { stored, tags, blob_counts, lengths, base_counts, bases }
    }

    /// The next frame, which starts at `offset` and must end at `end` at the latest.
    fn frame(&mut self, offset: &mut u32, end: u32) -> Result<FrameShape> {
        let (&tag, rest) = self.tags.split_first().ok_or(FormatError("The column of tags is too short"))?;
        self.tags = rest;
        let tag = FrameTag::from_byte(tag).ok_or(FormatError("A frame has an unknown tag"))?;
        let stored_len = varint(&mut self.stored)?;
        *offset = offset
            .checked_add(stored_len)
            .filter(|next| stored_len >= AEAD_TAG && *next <= end)
            .ok_or(FormatError("A frame does not fit into its pack"))?;
        let count = varint(&mut self.blob_counts)?;
        if count == 0 || count > MAX_FRAME_BLOBS || count as usize > self.lengths.len() {
            return Err(FormatError("A frame has no blob or too many"));
        }
        let mut blobs = Vec::with_capacity(count as usize);
        let mut raw_len = 0u32;
        for _ in 0..count {
            let len = varint(&mut self.lengths)?;
            raw_len = raw_len
                .checked_add(len)
                .filter(|sum| *sum <= MAX_FRAME_RAW)
                .ok_or(FormatError("A frame is longer than 16 MiB"))?;
            blobs.push(len);
        }
        if tag.codec == Codec::Raw && stored_len != raw_len + AEAD_TAG {
            return Err(FormatError("The lengths of a raw frame do not agree"));
        }
        let mut bases = Vec::new();
        if tag.codec == Codec::ZstdDelta {
            let count = varint(&mut self.base_counts)?;
            if count == 0 || count > MAX_BASES {
                return Err(FormatError("A delta frame has no base or too many"));
            }
            for _ in 0..count {
                let (id, rest) =
                    self.bases.split_first_chunk::<32>().ok_or(FormatError("The column of bases is too short"))?;
                self.bases = rest;
                bases.push(BlobId(*id));
            }
        }
        Ok(FrameShape { tag, stored_len, blobs, bases })
    }

    /// Every column must be used up.
    fn finish(&self) -> Result<()> {
        let columns = [self.stored, self.tags, self.blob_counts, self.lengths, self.base_counts, self.bases];
        match columns.iter().all(|column| column.is_empty()) {
            true => Ok(()),
            false => Err(FormatError("A column of a frame table is too long")),
        }
    }
}
