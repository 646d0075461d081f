//! Makes the parity packs of a stripe, while its data packs close or from complete ones.
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::format::{BLOCK_BYTES, BlockChecksum, ParityHeader, ParityMember, block_checksums};
use crate::id::{PackId, StripeId};
use crate::parity::{Matrix, RowAccumulator};

/// Parity of a stripe under construction. Data packs are added in any order; memory is that of m packs.
///
/// The result depends on the set of members only, so parity that was lost comes back byte for byte.
#[derive(Debug)]
pub struct StripeParity {
    stripe: StripeId,
    matrix: Arc<Matrix>,
    rows: RowAccumulator,
    members: BTreeMap<u8, (ParityMember, Vec<BlockChecksum>)>,
}

impl StripeParity {
    /// A stripe without members.
    pub fn new(stripe: StripeId, matrix: Arc<Matrix>) -> StripeParity {
        StripeParity { stripe, rows: RowAccumulator::new(matrix.clone()), matrix, members: BTreeMap::new() }
    }

    /// Adds a complete data pack. `checksums` are its [`block_checksums`], made by the caller because this is called under a lock.
    /// Costs m passes over the bytes. Panics if the slot is not a free data slot, or if the length is not a multiple of a block:
    /// either would make parity that is no use.
    pub fn add(&mut self, slot: u8, id: PackId, bytes: &[u8], checksums: Vec<BlockChecksum>) {
        assert!(
            bytes.len().is_multiple_of(BLOCK_BYTES) && checksums.len() == bytes.len() / BLOCK_BYTES,
            "whole blocks"
        );
        let member = ParityMember { slot, length: bytes.len() as u32, id };
        assert!(self.members.insert(slot, (member, checksums)).is_none(), "slot {slot} is taken");
        self.rows.add(slot, bytes);
    }

    /// Number of data packs so far.
    pub fn members(&self) -> usize {
        self.members.len()
    }

    /// The complete parity packs of rows 0…m−1; none if there is no member.
    pub fn finish(self) -> Vec<Vec<u8>> {
        if self.members.is_empty() {
            return Vec::new();
        }
        let rows = self.rows.finish();
        let (members, member_checksums) = self.members.into_values().unzip();
        let header = ParityHeader {
            stripe: self.stripe,
            k: self.matrix.k() as u8,
            m: self.matrix.m() as u8,
            generation: 0,
            members,
            member_checksums,
            row_checksums: rows.iter().map(|row| block_checksums(row)).collect(),
        };
        let pack = |(number, row): (usize, Vec<u8>)| {
            let mut pack = header.encode_pages(number as u8);
            pack.reserve_exact(row.len());
            pack.extend(row);
            pack
        };
        rows.into_iter().enumerate().map(pack).collect()
    }
}

/// The complete parity packs of a stripe with these data packs (slot, name, all bytes). Panics as [`StripeParity::add`] does.
pub fn encode_parity(stripe: StripeId, matrix: &Arc<Matrix>, members: &[(u8, PackId, &[u8])]) -> Vec<Vec<u8>> {
    let mut parity = StripeParity::new(stripe, matrix.clone());
    for (slot, id, bytes) in members {
        parity.add(*slot, *id, bytes, block_checksums(bytes));
    }
    parity.finish()
}
