//! Which packs a stripe has, from the index or from a parity header.
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::format::{BLOCK_BYTES, MAX_PACK_BYTES, ParityHeader, StripeEntry, parity_header_bytes};
use crate::id::{PackId, StripeId};
use crate::parity::Matrix;
use crate::repo::index;

/// One pack of a stripe as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackRef {
    /// Its slot; from k on it is a parity pack.
    pub slot: u8,
    /// Its length.
    pub length: u32,
    /// Its name.
    pub id: PackId,
}

/// A stripe as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripeLayout {
    /// The stripe.
    pub id: StripeId,
    /// Data slots of the scheme.
    pub k: u8,
    /// Parity rows of the scheme.
    pub m: u8,
    /// Data packs, by ascending slot: all that the stripe has, since parity covers them all.
    pub members: Vec<PackRef>,
    /// Parity packs whose names are known, by ascending slot. Names of others come from [`crate::repo::encode_parity`]
    /// when all members are good.
    pub parity: Vec<PackRef>,
}

impl From<index::StripeLayout> for StripeLayout {
    fn from(layout: index::StripeLayout) -> StripeLayout {
        let k = layout.k;
        let packs = |parity: bool| {
            let slots = layout.slots.iter().filter(move |slot| (slot.slot >= k) == parity);
            slots.map(|slot| PackRef { slot: slot.slot, length: slot.length, id: slot.pack }).collect()
        };
        StripeLayout { id: layout.id, k, m: layout.m, members: packs(false), parity: packs(true) }
    }
}

impl StripeLayout {
    /// The stripe as an index object names it.
    pub fn from_index(entry: &StripeEntry) -> StripeLayout {
        let packs = |parity: bool| {
            let slots = entry.slots.iter().filter(move |slot| (slot.slot >= entry.k) == parity);
            slots.map(|slot| PackRef { slot: slot.slot, length: slot.length, id: slot.pack }).collect()
        };
        StripeLayout { id: entry.id, k: entry.k, m: entry.m, members: packs(false), parity: packs(true) }
    }

    /// The stripe as its parity packs describe it, for repair without an index; `parity` are those of them that were found.
    pub fn from_header(header: &ParityHeader, parity: Vec<PackRef>) -> StripeLayout {
        let member = header.members.iter();
        let members =
            member.map(|member| PackRef { slot: member.slot, length: member.length, id: member.id }).collect();
        StripeLayout { id: header.stripe, k: header.k, m: header.m, members, parity }
    }

    /// Length of the parity rows.
    pub fn row_length(&self) -> u32 {
        self.members.iter().map(|pack| pack.length).max().unwrap_or(0)
    }

    /// Length of the header pages of the parity packs, in bytes.
    pub fn header_bytes(&self) -> usize {
        parity_header_bytes(self.m, self.members.iter().map(|pack| pack.length))
    }

    /// The scheme's matrix if everything is within the bounds of the format; called before anything is allocated.
    pub(super) fn check(&self) -> Result<Arc<Matrix>> {
        let bad = |cause: &str| Error::damaged(format_args!("Stripe {}", self.id), cause);
        let matrix = Matrix::new(self.k, self.m).ok_or_else(|| bad("its parity scheme is out of bounds"))?;
        let ascending = |packs: &[PackRef]| packs.is_sorted_by(|a, b| a.slot < b.slot);
        let (k, total) = (self.k, self.k + self.m);
        let slots_fit = self.members.iter().all(|pack| pack.slot < k)
            && self.parity.iter().all(|pack| (k..total).contains(&pack.slot));
        if !slots_fit || !ascending(&self.members) || !ascending(&self.parity) {
            return Err(bad("its slots do not fit the scheme"));
        }
        let length_fits =
            |length: u32| (1..=MAX_PACK_BYTES).contains(&length) && length.is_multiple_of(BLOCK_BYTES as u32);
        if self.members.is_empty() || !self.members.iter().all(|pack| length_fits(pack.length)) {
            return Err(bad("the length of a pack is out of bounds"));
        }
        let parity_length = self.header_bytes() + self.row_length() as usize;
        if self.parity.iter().any(|pack| pack.length as usize != parity_length) {
            return Err(bad("the length of a parity pack does not follow from the data packs"));
        }
        Ok(Arc::new(matrix))
    }
}
