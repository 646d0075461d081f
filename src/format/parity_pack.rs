//! Parity packs: header pages with the checksums of a whole stripe, then one row (section 7.3).
use std::collections::BTreeMap;

use super::FormatError;
use crate::id::{PackId, StripeId};

/// Bytes of a block, and of a header page.
pub const BLOCK_BYTES: usize = 4096;
/// Longest data pack, and longest row.
pub const MAX_PACK_BYTES: u32 = 64 << 20;

const MAGIC: &[u8; 8] = b"CADDISR1";
const PAYLOAD_START: usize = 48;
const PAYLOAD_BYTES: usize = 4016;
const MEMBER_BYTES: usize = 40;
const FIXED_BYTES: usize = 12;
const MAX_K: u8 = 128;
const MAX_M: u8 = 32;

/// First eight bytes of the BLAKE3 of a block.
pub type BlockChecksum = [u8; 8];

/// Checksum of each block of `bytes`. Costs a pass over them: call it outside of locks.
pub fn block_checksums(bytes: &[u8]) -> Vec<BlockChecksum> {
    bytes.chunks(BLOCK_BYTES).map(block_checksum).collect()
}

/// Checksum of one block.
pub fn block_checksum(block: &[u8]) -> BlockChecksum {
    let [a, b, c, d, e, f, g, h, ..] = *blake3::hash(block).as_bytes();
    [a, b, c, d, e, f, g, h]
}

/// Length of the header pages of a stripe with these members, in bytes.
pub fn parity_header_bytes(m: u8, members: impl IntoIterator<Item = u32>) -> usize {
    pages_of(m, members) * BLOCK_BYTES
}

fn pages_of(m: u8, members: impl IntoIterator<Item = u32>) -> usize {
    let blocks = |length: u32| length as usize / BLOCK_BYTES;
    let (mut bytes, mut longest) = (FIXED_BYTES, 0);
    for length in members {
        bytes += MEMBER_BYTES + 8 * blocks(length);
        longest = longest.max(blocks(length));
    }
    (bytes + 8 * usize::from(m) * longest).div_ceil(PAYLOAD_BYTES)
}

/// One data pack of a stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParityMember {
    /// Its slot, below k.
    pub slot: u8,
    /// Its length.
    pub length: u32,
    /// Its name.
    pub id: PackId,
}

/// What every parity pack of a stripe says about the whole stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParityHeader {
    /// The stripe.
    pub stripe: StripeId,
    /// Data slots of the scheme.
    pub k: u8,
    /// Parity rows of the scheme.
    pub m: u8,
    /// 0 in version 1.
    pub generation: u32,
    /// Data packs by ascending slot.
    pub members: Vec<ParityMember>,
    /// For each member the checksums of its blocks.
    pub member_checksums: Vec<Vec<BlockChecksum>>,
    /// For each row the checksums of its blocks.
    pub row_checksums: Vec<Vec<BlockChecksum>>,
}

impl ParityHeader {
    /// Length of every row: that of the longest member.
    pub fn row_length(&self) -> u32 {
        self.members.iter().map(|member| member.length).max().unwrap_or(0)
    }

    /// Length of the pages, in bytes.
    pub fn bytes(&self) -> usize {
        parity_header_bytes(self.m, self.members.iter().map(|member| member.length))
    }

    /// The pages for the parity pack of `row`; its row follows them.
    pub fn encode_pages(&self, row: u8) -> Vec<u8> {
        let mut payload = vec![self.k, self.m, self.members.len() as u8, 0];
        payload.extend(self.row_length().to_le_bytes());
        payload.extend(self.generation.to_le_bytes());
        for member in &self.members {
            payload.extend([member.slot, 0, 0, 0]);
            payload.extend(member.length.to_le_bytes());
            payload.extend(member.id.as_bytes());
        }
        for checksums in self.member_checksums.iter().chain(&self.row_checksums) {
            payload.extend(checksums.as_flattened());
        }
        let count = payload.len().div_ceil(PAYLOAD_BYTES);
        payload.resize(count * PAYLOAD_BYTES, 0);
        let mut pages = Vec::with_capacity(count * BLOCK_BYTES);
        for (number, payload) in payload.chunks(PAYLOAD_BYTES).enumerate() {
            let start = pages.len();
            pages.extend(MAGIC);
            pages.extend((number as u16).to_le_bytes());
            pages.extend((count as u16).to_le_bytes());
            pages.extend([row, 0, 0, 0]);
            pages.extend(self.stripe.as_bytes());
            pages.extend(payload);
            let hash = blake3::hash(&pages[start..]);
            pages.extend(hash.as_bytes());
        }
        pages
    }

    /// The header of `stripe` from valid pages of any of its parity packs, in any order; pages of other stripes are left out.
    /// Allocates no more than the pages hold.
    pub fn assemble<'a>(
        stripe: &StripeId,
        pages: impl IntoIterator<Item = ParityPage<'a>>,
    ) -> Result<ParityHeader, FormatError> {
        let mut by_count: BTreeMap<u16, BTreeMap<u16, &[u8]>> = BTreeMap::new();
        for page in pages.into_iter().filter(|page| page.stripe == *stripe) {
            by_count.entry(page.count).or_default().entry(page.number).or_insert(page.payload);
        }
        let mut result = Err(FormatError("no page of the parity header is readable"));
        // Pages of one stripe agree on their number. If some lie, whichever group makes sense is taken.
        for (count, pages) in by_count {
            if pages.len() != usize::from(count) {
                result = Err(FormatError("a page of the parity header is readable in no copy"));
                continue;
            }
            let payload: Vec<u8> = pages.into_values().flatten().copied().collect();
            result = decode_payload(stripe, &payload);
            if result.is_ok() {
                return result;
            }
        }
        result
    }
}

/// One header page whose checksum is right; it borrows the pack's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParityPage<'a> {
    /// The stripe.
    pub stripe: StripeId,
    /// Row of the parity pack: its slot minus k.
    pub row: u8,
    /// From 0.
    pub number: u16,
    /// Pages in the header: how much of a pack of unknown stripe to read.
    pub count: u16,
    payload: &'a [u8],
}

impl<'a> ParityPage<'a> {
    /// Checks and reads one page of [`BLOCK_BYTES`].
    pub fn decode(bytes: &'a [u8]) -> Result<ParityPage<'a>, FormatError> {
        let page: &[u8; BLOCK_BYTES] = bytes.try_into().map_err(|_| FormatError("parity page of wrong length"))?;
        let (body, hash) = page.split_at(PAYLOAD_START + PAYLOAD_BYTES);
        let mut body = Cursor(body);
        if body.array::<8>()? != *MAGIC {
            return Err(FormatError("not a parity page"));
        }
        if blake3::hash(&page[..PAYLOAD_START + PAYLOAD_BYTES]).as_bytes() != hash {
            return Err(FormatError("wrong checksum of a parity page"));
        }
        let (number, count) = (u16::from_le_bytes(body.array()?), u16::from_le_bytes(body.array()?));
        let [row, zeros @ ..] = body.array::<4>()?;
        if number >= count || row >= MAX_M || zeros != [0; 3] {
            return Err(FormatError("senseless parity page"));
        }
        Ok(ParityPage { stripe: StripeId(body.array()?), row, number, count, payload: body.0 })
    }
}

fn decode_payload(stripe: &StripeId, payload: &[u8]) -> Result<ParityHeader, FormatError> {
    let mut bytes = Cursor(payload);
    let [k, m, count, zero] = bytes.array()?;
    if !(1..=MAX_K).contains(&k) || !(1..=MAX_M).contains(&m) || !(1..=k).contains(&count) || zero != 0 {
        return Err(FormatError("senseless parity scheme"));
    }
    let (row_length, generation) = (u32::from_le_bytes(bytes.array()?), u32::from_le_bytes(bytes.array()?));
    let mut members: Vec<ParityMember> = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        let [slot, zeros @ ..] = bytes.array::<4>()?;
        let length = u32::from_le_bytes(bytes.array()?);
        if slot >= k || members.last().is_some_and(|last| last.slot >= slot) || zeros != [0; 3] {
            return Err(FormatError("senseless slot in a parity header"));
        }
        if length == 0 || length > MAX_PACK_BYTES || !length.is_multiple_of(BLOCK_BYTES as u32) {
            return Err(FormatError("senseless pack length in a parity header"));
        }
        members.push(ParityMember { slot, length, id: PackId(bytes.array()?) });
    }
    if pages_of(m, members.iter().map(|member| member.length)) * PAYLOAD_BYTES != payload.len() {
        return Err(FormatError("parity header of wrong length"));
    }
    let mut header =
        ParityHeader { stripe: *stripe, k, m, generation, members, member_checksums: vec![], row_checksums: vec![] };
    if row_length != header.row_length() {
        return Err(FormatError("row length in a parity header is not that of the longest pack"));
    }
    for i in 0..header.members.len() {
        header.member_checksums.push(bytes.checksums(header.members[i].length)?);
    }
    for _ in 0..m {
        header.row_checksums.push(bytes.checksums(row_length)?);
    }
    if bytes.0.iter().any(|byte| *byte != 0) {
        return Err(FormatError("parity header with a tail"));
    }
    Ok(header)
}

/// What is left to decode.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let (head, tail) = self.0.split_first_chunk().ok_or(FormatError("parity header ends early"))?;
        self.0 = tail;
        Ok(*head)
    }

    fn checksums(&mut self, length: u32) -> Result<Vec<BlockChecksum>, FormatError> {
        let bytes = length as usize / BLOCK_BYTES * 8;
        let (head, tail) = self.0.split_at_checked(bytes).ok_or(FormatError("parity header ends early"))?;
        self.0 = tail;
        Ok(head.as_chunks().0.to_vec())
    }
}

#[cfg(test)]
mod tests;
