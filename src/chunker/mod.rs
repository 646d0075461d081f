//! Content-defined chunking: FastCDC 2020 with a secret gear table (section 6).
mod buffer;

use std::fmt;

use fastcdc::v2020::{Normalization, cut_gear, select_masks};
use zeroize::{Zeroize, Zeroizing};

pub use buffer::ChunkBuffer;

/// Sizes of chunks in bytes, validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkerParams {
    min: usize,
    average: usize,
    max: usize,
    level: Normalization,
}

/// Sizes that cannot be used, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidParams(&'static str);

impl fmt::Display for InvalidParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidParams {}

impl ChunkerParams {
    /// Sizes are even, because the scan takes two bytes a step; a chunk never exceeds the raw length of a frame, 16 MiB.
    pub fn new(min: u32, average: u32, max: u32, level: u8) -> Result<Self, InvalidParams> {
        if [min, average, max].iter().any(|size| size % 2 != 0) {
            return Err(InvalidParams("Chunk sizes must be even"));
        }
        if min < 64 || !(256..=4 << 20).contains(&average) || max > 16 << 20 {
            return Err(InvalidParams("Chunk sizes are out of range"));
        }
        if min > average || average > max {
            return Err(InvalidParams("Chunk sizes must ascend from minimum over average to maximum"));
        }
        let level = match level {
            0 => Normalization::Level0,
            1 => Normalization::Level1,
            2 => Normalization::Level2,
            3 => Normalization::Level3,
            _ => return Err(InvalidParams("The chunker's normalization level is at most 3")),
        };
        Ok(ChunkerParams { min: min as usize, average: average as usize, max: max as usize, level })
    }

    /// No chunk is longer.
    pub fn max(&self) -> usize {
        self.max
    }

    /// Data of at most so many bytes is one chunk.
    pub fn min(&self) -> usize {
        self.min
    }
}

/// Cuts data into chunks. Holds no state between cuts; share it freely.
pub struct Chunker {
    params: ChunkerParams,
    masks: [u64; 4],
    // Boxed, so that moving the chunker leaves no copy of the secret behind.
    gear: Box<[u64; 256]>,
    gear_shifted: Box<[u64; 256]>,
}

impl Drop for Chunker {
    fn drop(&mut self) {
        self.gear.zeroize();
        self.gear_shifted.zeroize();
    }
}

impl Chunker {
    /// With the table that follows from the chunker key.
    pub fn new(params: ChunkerParams, gear: &Zeroizing<[u64; 256]>) -> Self {
        let (mask_s, mask_l) = select_masks(params.average, params.level);
        let mut shifted = Box::new([0; 256]);
        for (shifted, word) in shifted.iter_mut().zip(gear.iter()) {
            *shifted = word << 1;
        }
        let masks = [mask_s, mask_l, mask_s << 1, mask_l << 1];
        Chunker { params, masks, gear: Box::new(**gear), gear_shifted: shifted }
    }

    /// The sizes.
    pub fn params(&self) -> &ChunkerParams {
        &self.params
    }

    /// Length of the first chunk of `data`: 0 only if there is no data. The answer is final if `data` goes to the end of the
    /// file or has at least the maximal chunk length; else more data could change it.
    pub fn cut(&self, data: &[u8]) -> usize {
        let [mask_s, mask_l, mask_s_ls, mask_l_ls] = self.masks;
        let ChunkerParams { min, average, max, .. } = self.params;
        let gear = (&self.gear[..], &self.gear_shifted[..]);
        cut_gear(data, min, average, max, mask_s, mask_l, mask_s_ls, mask_l_ls, gear.0, gear.1).1
    }

    /// All chunks of data that is in memory as a whole.
    pub fn chunks<'a>(&'a self, mut data: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        std::iter::from_fn(move || {
            let (chunk, rest) = data.split_at_checked(self.cut(data)).filter(|(chunk, _)| !chunk.is_empty())?;
            data = rest;
            Some(chunk)
        })
    }
}

#[cfg(test)]
mod tests;
