//! The code matrix: which multiple of each data slot goes into each parity row.
use reed_solomon_erasure::galois_8::{div, exp, mul, mul_slice, mul_slice_xor};

/// Parity part of the code matrix of a scheme; the upper part is the identity and not kept.
///
/// A coefficient depends on `k`, row and slot only, so a larger `m` adds rows and changes none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    k: usize,
    rows: Vec<Vec<u8>>,
}

impl Matrix {
    /// Most data slots of a scheme.
    pub const MAX_K: u8 = 128;
    /// Most parity rows of a scheme.
    pub const MAX_M: u8 = 32;

    /// The matrix of scheme `k`+`m`; `None` unless 1 ≤ k ≤ 128 and m ≤ 32. Costs k³ steps: make it once and share it.
    pub fn new(k: u8, m: u8) -> Option<Matrix> {
        if !(1..=Self::MAX_K).contains(&k) || m > Self::MAX_M {
            return None;
        }
        let width = usize::from(k);
        let vandermonde = |row: u8| -> Vec<u8> { (0..width).map(|column| exp(row, column)).collect() };
        let top = invert((0..k).map(vandermonde).collect())?;
        let rows = (k..k + m)
            .map(|row| {
                let mut product = vec![0; width];
                for (factor, line) in vandermonde(row).into_iter().zip(&top) {
                    mul_slice_xor(factor, line, &mut product);
                }
                product
            })
            .collect();
        Some(Matrix { k: width, rows })
    }

    /// Number of data slots.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Number of parity rows.
    pub fn m(&self) -> usize {
        self.rows.len()
    }

    /// The factor of data slot `slot` in parity row `row` (slot k+`row`). Panics outside the scheme.
    pub fn parity_coefficient(&self, row: usize, slot: usize) -> u8 {
        self.rows[row][slot]
    }
}

/// The inverse of a square matrix, by Gauss and Jordan; `None` if there is none.
pub(super) fn invert(mut matrix: Vec<Vec<u8>>) -> Option<Vec<Vec<u8>>> {
    let size = matrix.len();
    for (i, row) in matrix.iter_mut().enumerate() {
        row.resize(2 * size, 0);
        row[size + i] = 1;
    }
    let mut scratch = vec![0; 2 * size];
    for column in 0..size {
        let pivot = (column..size).find(|&row| matrix[row][column] != 0)?;
        matrix.swap(column, pivot);
        mul_slice(div(1, matrix[column][column]), &matrix[column], &mut scratch);
        matrix[column].copy_from_slice(&scratch);
        for (i, row) in matrix.iter_mut().enumerate() {
            if i != column && row[column] != 0 {
                mul_slice_xor(row[column], &scratch, row);
            }
        }
    }
    Some(matrix.into_iter().map(|mut row| row.split_off(size)).collect())
}

/// The sum over i of `a[i]`·`b[i]`.
pub(super) fn dot(a: impl IntoIterator<Item = u8>, b: impl IntoIterator<Item = u8>) -> u8 {
    a.into_iter().zip(b).fold(0, |sum, (a, b)| sum ^ mul(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_bounded() {
        assert!(Matrix::new(0, 2).is_none());
        assert!(Matrix::new(129, 2).is_none());
        assert!(Matrix::new(1, 33).is_none());
        assert_eq!(Matrix::new(1, 0).map(|matrix| matrix.m()), Some(0));
        assert!(Matrix::new(128, 32).is_some());
    }

    #[test]
    fn one_data_slot_is_a_mirror() {
        let matrix = Matrix::new(1, 32).expect("scheme in bounds");
        assert!((0..32).all(|row| matrix.parity_coefficient(row, 0) == 1));
    }

    #[test]
    fn more_parity_changes_no_row() {
        let (two, nine) = (Matrix::new(20, 2).expect("in bounds"), Matrix::new(20, 9).expect("in bounds"));
        assert_eq!(two.rows[..], nine.rows[..2]);
    }

    #[test]
    fn inverse_times_matrix_is_the_identity() {
        let matrix: Vec<Vec<u8>> = vec![vec![0, 3, 7], vec![1, 9, 200], vec![5, 5, 6]];
        let inverse = invert(matrix.clone()).expect("regular");
        for (i, row) in matrix.iter().enumerate() {
            for j in 0..3 {
                assert_eq!(dot(row.iter().copied(), inverse.iter().map(|line| line[j])), u8::from(i == j));
            }
        }
        assert_eq!(invert(vec![vec![1, 2], vec![1, 2]]), None);
    }
}
