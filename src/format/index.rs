//! Index objects (section 8).
use minicbor::Decoder;

use super::pack::{MAX_PACK_LEN, MIN_PACK_LEN};
use super::{FormatError, FrameEntry, cbor, frame_table};
use crate::id::{PackId, StripeId};

/// Most data slots of a scheme.
pub const MAX_DATA_SLOTS: u8 = 128;
/// Most parity slots of a scheme.
pub const MAX_PARITY_SLOTS: u8 = 32;
/// Shortest and longest data pack.
const DATA_PACK: std::ops::RangeInclusive<u32> = MIN_PACK_LEN..=MAX_PACK_LEN;
/// Longest parity pack: a row of 64 MiB and the header that the largest stripe needs.
const MAX_PARITY_PACK: u32 = (64 << 20) + (12 + 128 * 40 + 160 * ((64 << 20) / 4096) * 8_u32).div_ceil(4016) * 4096;

type Result<T> = std::result::Result<T, FormatError>;

/// One slot of a stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotEntry {
    /// Slot number; from k on it is a parity pack.
    pub slot: u8,
    /// Location number; 0 is the only one now.
    pub location: u8,
    /// Length of the pack in bytes.
    pub length: u32,
    /// Its name.
    pub pack: PackId,
    /// Its frames; empty for parity.
    pub frames: Vec<FrameEntry>,
}

/// One stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripeEntry {
    /// Random name.
    pub id: StripeId,
    /// Data slots of the scheme.
    pub k: u8,
    /// Parity slots of the scheme.
    pub m: u8,
    /// 0 in version 1.
    pub generation: u32,
    /// Slots that were written, ascending.
    pub slots: Vec<SlotEntry>,
}

/// Content of `index/<sid>-<n>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexObject {
    /// Stripes in the order in which they were written.
    pub stripes: Vec<StripeEntry>,
}

impl IndexObject {
    /// The plain part: stripes and slots, readable without a key.
    pub fn encode_plain(&self) -> Vec<u8> {
        cbor::write(|e| {
            e.map(1)?.u8(0)?.array(self.stripes.len() as u64)?;
            for stripe in &self.stripes {
                e.array(5)?.bytes(&stripe.id.0)?.u8(stripe.k)?.u8(stripe.m)?.u32(stripe.generation)?;
                e.array(stripe.slots.len() as u64)?;
                for slot in &stripe.slots {
                    e.array(4)?.u8(slot.slot)?.u8(slot.location)?.u32(slot.length)?.bytes(&slot.pack.0)?;
                }
            }
            Ok(())
        })
    }

    /// The sealed part: the frames of all data packs.
    pub fn encode_columns(&self) -> Vec<u8> {
        let packs: Vec<&[FrameEntry]> = self
            .stripes
            .iter()
            .flat_map(|stripe| stripe.slots.iter().filter(|slot| slot.slot < stripe.k))
            .map(|slot| slot.frames.as_slice())
            .collect();
        frame_table::encode_packs(&packs)
    }

    /// Both parts together.
    pub fn decode(plain: &[u8], columns: &[u8]) -> Result<Self> {
        let mut stripes = Self::decode_plain(plain)?;
        let data_packs = || stripes.iter().flat_map(|stripe| stripe.slots.iter().filter(|slot| slot.slot < stripe.k));
        let lengths: Vec<u32> = data_packs().map(|slot| slot.length).collect();
        let mut frames = frame_table::decode_packs(columns, &lengths)?.into_iter();
        for stripe in &mut stripes {
            let k = stripe.k;
            for slot in stripe.slots.iter_mut().filter(|slot| slot.slot < k) {
                slot.frames = frames.next().ok_or(FormatError("A frame table lists too few packs"))?;
            }
        }
        Ok(IndexObject { stripes })
    }

    /// The plain part alone, as who scrubs without a key sees it: no pack has frames.
    pub fn decode_plain(plain: &[u8]) -> Result<Vec<StripeEntry>> {
        let mut stripes = None;
        cbor::read_map(plain, |key, decoder| {
            if key != 0 {
                return Ok(false);
            }
            let mut list = Vec::new();
            cbor::array(decoder, |decoder| {
                list.push(stripe(decoder)?);
                Ok(())
            })?;
            stripes = Some(list);
            Ok(true)
        })?;
        stripes.ok_or(FormatError("An index object lists no stripes"))
    }
}

fn stripe(decoder: &mut Decoder<'_>) -> Result<StripeEntry> {
    cbor::tuple(decoder, 5)?;
    let id = StripeId(cbor::fixed(decoder)?);
    let (k, m, generation) = (decoder.u8()?, decoder.u8()?, decoder.u32()?);
    if k == 0 || k > MAX_DATA_SLOTS || m > MAX_PARITY_SLOTS {
        return Err(FormatError("A stripe has an impossible scheme"));
    }
    let mut slots: Vec<SlotEntry> = Vec::new();
    cbor::array(decoder, |decoder| {
        cbor::tuple(decoder, 4)?;
        let (slot, location, length) = (decoder.u8()?, decoder.u8()?, decoder.u32()?);
        if slot >= k + m || slots.last().is_some_and(|last| last.slot >= slot) {
            return Err(FormatError("The slots of a stripe do not ascend or exceed its scheme"));
        }
        let sound = match slot < k {
            true => length.is_power_of_two() && DATA_PACK.contains(&length),
            false => length > 0 && length % 4096 == 0 && length <= MAX_PARITY_PACK,
        };
        if !sound {
            return Err(FormatError("A pack has an impossible length"));
        }
        slots.push(SlotEntry { slot, location, length, pack: PackId(cbor::fixed(decoder)?), frames: Vec::new() });
        Ok(())
    })?;
    Ok(StripeEntry { id, k, m, generation, slots })
}

#[cfg(test)]
mod tests;
