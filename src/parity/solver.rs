//! Solves one row of blocks for those that are erased.
use std::sync::Arc;

use reed_solomon_erasure::galois_8::{mul, mul_slice_xor};

use super::Matrix;
use super::matrix::{dot, invert};

/// What is known of one slot's block in a row of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block<'a> {
    /// An empty data slot, or behind the end of a short member.
    Zero,
    /// Known to be right.
    Present(&'a [u8]),
    /// Unknown and asked for.
    Erased,
    /// Unknown and not asked for.
    Absent,
}

/// The erasures of a row, as far as the way to solve it depends on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Zero,
    Present,
    Erased,
    Absent,
}

/// How to solve one pattern of erasures: each erased block is a weighted sum of the same source blocks.
#[derive(Debug)]
struct Plan {
    pattern: Vec<State>,
    sources: Vec<usize>,
    /// A weight for each source, for each erased slot, ascending; `None` if too much is unknown.
    weights: Option<Vec<Vec<u8>>>,
}

/// Solves rows of blocks. The way to solve the last pattern of erasures is kept, so that a run of rows with the same
/// pattern (whole lost packs) costs no more than the sums themselves.
#[derive(Debug)]
pub struct Solver {
    matrix: Arc<Matrix>,
    block_bytes: usize,
    plan: Option<Plan>,
    solved: Vec<(usize, Vec<u8>)>,
}

impl Solver {
    /// A solver for blocks of `block_bytes`.
    pub fn new(matrix: Arc<Matrix>, block_bytes: usize) -> Solver {
        Solver { matrix, block_bytes, plan: None, solved: Vec::new() }
    }

    /// Slot and bytes of each erased block, ascending; `None` if more data blocks are unknown than parity blocks are present.
    /// `blocks` has one entry for each slot of the scheme, parity last. Panics if it has not, or if a block has another length.
    pub fn solve(&mut self, blocks: &[Block<'_>]) -> Option<&[(usize, Vec<u8>)]> {
        assert_eq!(blocks.len(), self.matrix.k() + self.matrix.m(), "one block for each slot");
        let states = blocks.iter().map(Block::state);
        let plan = match self.plan.take() {
            Some(plan) if states.clone().eq(plan.pattern.iter().copied()) => plan,
            _ => {
                let plan = Plan::new(&self.matrix, states.collect());
                let erased = plan.pattern.iter().enumerate().filter(|(_, state)| **state == State::Erased);
                self.solved = erased.map(|(slot, _)| (slot, vec![0; self.block_bytes])).collect();
                plan
            }
        };
        let plan = self.plan.insert(plan);
        for ((_, out), weights) in self.solved.iter_mut().zip(plan.weights.as_ref()?) {
            out.fill(0);
            for (source, weight) in plan.sources.iter().zip(weights) {
                if let Block::Present(bytes) = blocks[*source]
                    && *weight != 0
                {
                    mul_slice_xor(*weight, bytes, out);
                }
            }
        }
        Some(&self.solved)
    }
}

impl Block<'_> {
    fn state(&self) -> State {
        match self {
            Block::Zero => State::Zero,
            Block::Present(_) => State::Present,
            Block::Erased => State::Erased,
            Block::Absent => State::Absent,
        }
    }
}

impl Plan {
    fn new(matrix: &Matrix, pattern: Vec<State>) -> Plan {
        let (data, parity) = pattern.split_at(matrix.k());
        let with = |states: &[State], wanted: &[State]| -> Vec<usize> {
            states.iter().enumerate().filter(|(_, state)| wanted.contains(state)).map(|(i, _)| i).collect()
        };
        let present = with(data, &[State::Present]);
        let unknown = with(data, &[State::Erased, State::Absent]);
        let mut rows = with(parity, &[State::Present]);
        rows.truncate(unknown.len());
        let coefficient = |row: usize, slot: usize| matrix.parity_coefficient(row, slot);

        // The parity rows in use say: the unknown blocks, times this matrix, are the row minus what is present. Any square
        // part of the parity matrix has an inverse, because any k rows of the Vandermonde matrix are independent.
        let square = rows.iter().map(|&row| unknown.iter().map(|&slot| coefficient(row, slot)).collect()).collect();
        let inverse = if rows.len() < unknown.len() { None } else { invert(square) };
        let weights = inverse.map(|inverse| {
            let of_unknown: Vec<Vec<u8>> = inverse
                .into_iter()
                .map(|line| {
                    let column = |slot| dot(line.iter().copied(), rows.iter().map(|&row| coefficient(row, slot)));
                    present.iter().map(|&slot| column(slot)).chain(line.iter().copied()).collect()
                })
                .collect();
            let of_row = |row: usize| -> Vec<u8> {
                let mut sum: Vec<u8> = present.iter().map(|&slot| coefficient(row, slot)).collect();
                sum.resize(present.len() + rows.len(), 0);
                for (weights, &slot) in of_unknown.iter().zip(&unknown) {
                    for (sum, weight) in sum.iter_mut().zip(weights) {
                        *sum ^= mul(coefficient(row, slot), *weight);
                    }
                }
                sum
            };
            let data = of_unknown.iter().zip(&unknown).filter(|(_, slot)| data[**slot] == State::Erased);
            let data: Vec<Vec<u8>> = data.map(|(weights, _)| weights.clone()).collect();
            data.into_iter().chain(with(parity, &[State::Erased]).into_iter().map(of_row)).collect()
        });
        let sources = present.into_iter().chain(rows.into_iter().map(|row| matrix.k() + row)).collect();
        Plan { pattern, sources, weights }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parity::RowAccumulator;
    use proptest::prelude::*;
    use proptest::sample::subsequence;

    const LEN: usize = 64;

    fn stripe(k: u8, m: u8, seed: u64) -> (Arc<Matrix>, Vec<Vec<u8>>) {
        let matrix = Arc::new(Matrix::new(k, m).expect("scheme in bounds"));
        let mut rows = RowAccumulator::new(matrix.clone());
        let mut blocks: Vec<Vec<u8>> = (0..k)
            .map(|slot| {
                let mut bytes = vec![0; LEN];
                // Every seventh slot is empty.
                if slot % 7 != 6 {
                    blake3::Hasher::new().update(&seed.to_le_bytes()).update(&[slot]).finalize_xof().fill(&mut bytes);
                }
                rows.add(slot, &bytes);
                bytes
            })
            .collect();
        blocks.extend(rows.finish());
        (matrix, blocks)
    }

    fn case() -> impl Strategy<Value = (u8, u8, u64, Vec<usize>, usize)> {
        (1u8..=40, 1u8..=9, any::<u64>()).prop_flat_map(|(k, m, seed)| {
            let total = usize::from(k + m);
            (
                Just(k),
                Just(m),
                Just(seed),
                subsequence((0..total).collect::<Vec<_>>(), 0..=usize::from(m) + 1),
                0..=total,
            )
        })
    }

    proptest! {
        #[test]
        fn up_to_m_erasures_are_solved_and_no_more((k, m, seed, erased, unwanted) in case()) {
            let (matrix, truth) = stripe(k, m, seed);
            let mut blocks: Vec<Block<'_>> = truth.iter().map(|bytes| Block::Present(bytes)).collect();
            for slot in (0..usize::from(k)).filter(|slot| slot % 7 == 6) {
                blocks[slot] = Block::Zero;
            }
            for &slot in &erased {
                blocks[slot] = if slot == unwanted { Block::Absent } else { Block::Erased };
            }
            let (k, m) = (usize::from(k), usize::from(m));
            let possible = erased.len() <= m || erased.iter().all(|slot| *slot >= k);
            let mut solver = Solver::new(matrix, LEN);
            // The second time the kept plan is used.
            for _ in 0..2 {
                let solved = solver.solve(&blocks);
                prop_assert_eq!(solved.is_some(), possible);
                let Some(solved) = solved else { continue };
                let wanted: Vec<usize> = erased.iter().copied().filter(|slot| *slot != unwanted).collect();
                prop_assert_eq!(solved.iter().map(|(slot, _)| *slot).collect::<Vec<_>>(), wanted);
                for (slot, bytes) in solved {
                    prop_assert_eq!(bytes, &truth[*slot]);
                }
            }
        }
    }

    #[test]
    fn the_kept_plan_is_dropped_when_the_pattern_changes() {
        let (matrix, truth) = stripe(5, 2, 1);
        let mut solver = Solver::new(matrix, LEN);
        for pair in [[0, 1], [0, 5], [5, 6], [0, 1], [3, 6]] {
            let mut blocks: Vec<Block<'_>> = truth.iter().map(|bytes| Block::Present(bytes)).collect();
            pair.iter().for_each(|&slot| blocks[slot] = Block::Erased);
            let solved = solver.solve(&blocks).expect("two erasures");
            assert_eq!(solved, pair.map(|slot| (slot, truth[slot].clone())));
        }
    }
}
