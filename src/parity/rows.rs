//! Parity rows that grow while the packs of a stripe close, in any order.
use std::sync::Arc;

use reed_solomon_erasure::galois_8::mul_slice_xor;

use super::Matrix;

/// Bytes that are taken at a time, so that a member's piece stays in the nearest cache for all rows.
const PIECE_BYTES: usize = 16 << 10;

/// The m parity rows of a stripe under construction; needs memory for m times the longest member, never for the members.
#[derive(Debug)]
pub struct RowAccumulator {
    matrix: Arc<Matrix>,
    rows: Vec<Vec<u8>>,
}

impl RowAccumulator {
    /// Rows of a stripe without members: empty.
    pub fn new(matrix: Arc<Matrix>) -> RowAccumulator {
        let rows = vec![Vec::new(); matrix.m()];
        RowAccumulator { matrix, rows }
    }

    /// Adds the member in `slot`; rows grow to its length. Each slot may be added once, in any order; adding one twice takes it out again.
    /// Panics if `slot` is not a data slot.
    pub fn add(&mut self, slot: u8, bytes: &[u8]) {
        let slot = usize::from(slot);
        assert!(slot < self.matrix.k(), "slot {slot} is no data slot");
        for row in &mut self.rows {
            if row.len() < bytes.len() {
                row.resize(bytes.len(), 0);
            }
        }
        for (i, piece) in bytes.chunks(PIECE_BYTES).enumerate() {
            let start = i * PIECE_BYTES;
            for (j, row) in self.rows.iter_mut().enumerate() {
                mul_slice_xor(self.matrix.parity_coefficient(j, slot), piece, &mut row[start..start + piece.len()]);
            }
        }
    }

    /// The rows, all as long as the longest member.
    pub fn finish(self) -> Vec<Vec<u8>> {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reed_solomon_erasure::galois_8::ReedSolomon;

    fn bytes(len: usize, seed: u8) -> Vec<u8> {
        let mut out = vec![0; len];
        blake3::Hasher::new().update(&[seed]).finalize_xof().fill(&mut out);
        out
    }

    #[test]
    fn rows_equal_those_of_the_crate_in_any_order() {
        let schemes = [(1, 1), (1, 3), (2, 1), (3, 2), (4, 4), (10, 1), (17, 5), (20, 2), (64, 8), (128, 1), (128, 32)];
        for (k, m) in schemes {
            let oracle = ReedSolomon::new(k, m).expect("valid scheme");
            for len in [1, 31, 4096, 40_000] {
                let mut shards: Vec<Vec<u8>> = (0..k).map(|slot| bytes(len, slot as u8)).collect();
                // Members of a stripe may be short or missing: the rest counts as zeros.
                for (slot, shard) in shards.iter_mut().enumerate() {
                    match slot % 5 {
                        3 => shard[len / 2..].fill(0),
                        4 => shard.fill(0),
                        _ => {}
                    }
                }
                let matrix = Matrix::new(k as u8, m as u8).expect("valid scheme");
                let mut rows = RowAccumulator::new(Arc::new(matrix));
                for slot in (0..k).rev().filter(|slot| slot % 5 != 4) {
                    let end = if slot % 5 == 3 { len / 2 } else { len };
                    rows.add(slot as u8, &shards[slot][..end]);
                }
                shards.resize(k + m, vec![0; len]);
                oracle.encode(&mut shards).expect("equal lengths");
                assert_eq!(rows.finish()[..], shards[k..], "{k}+{m}, {len} bytes");
            }
        }
    }
}
