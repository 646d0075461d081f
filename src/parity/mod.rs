//! Reed–Solomon code over packs: the matrix, rows that grow as packs close, and solving for erased blocks (repo-format.md, section 7.3).
mod matrix;
mod rows;
mod solver;

pub use matrix::Matrix;
pub use rows::RowAccumulator;
pub use solver::{Block, Solver};
