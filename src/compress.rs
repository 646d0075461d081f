//! Compression of frames and sealed objects with zstd, bounded in both directions (sections 3 and 7.1).
mod frame_header;
mod novelty;
mod probe;
mod sketch;

use std::fmt;
use std::str::FromStr;

use zstd::zstd_safe::{CCtx, CParameter, DCtx};

pub use novelty::{Sampled, novelty};
pub use probe::looks_incompressible;
pub use sketch::{Samples, Sketch};

/// No frame needs a larger window for decoding.
pub const MAX_WINDOW: u64 = 16 << 20;

/// A context that grew beyond this is dropped after use: high levels take many times the memory of the usual ones.
const KEPT_BYTES: usize = 8 << 20;

/// How much effort goes into compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// None.
    Off,
    /// Level 3, and none for chunks that a probe finds incompressible.
    Auto,
    /// A level of zstd.
    Level(i32),
}

impl Compression {
    /// The least effort worth having.
    pub const FASTEST: Compression = Compression::Level(1);
    /// Noticeably smaller at a third of the speed.
    pub const BETTER: Compression = Compression::Level(7);
    /// The most effort.
    pub const MAX: Compression = Compression::Level(19);

    /// From the number in a config; `None` if zstd has no such level.
    pub fn from_number(number: i32) -> Option<Self> {
        match number {
            0 => Some(Compression::Off),
            1000 => Some(Compression::Auto),
            // Beyond 19 the memory for compressing explodes.
            -7..=19 => Some(Compression::Level(number)),
            _ => None,
        }
    }

    /// The number for a config.
    pub fn number(self) -> i32 {
        match self {
            Compression::Off => 0,
            Compression::Auto => 1000,
            Compression::Level(level) => level,
        }
    }

    /// The level of zstd, if there is any compression.
    fn level(self) -> Option<i32> {
        match self {
            Compression::Off | Compression::Level(0) => None,
            Compression::Auto => Some(3),
            Compression::Level(level) => Some(level),
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Compression::Off => f.write_str("off"),
            Compression::Auto => f.write_str("auto"),
            Compression::Level(level) => write!(f, "{level}"),
        }
    }
}

/// The text is neither a name nor a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Compression is one of auto, off, fastest, better, max, or a level from -7 to 19")]
pub struct InvalidCompression;

impl FromStr for Compression {
    type Err = InvalidCompression;

    fn from_str(text: &str) -> Result<Self, InvalidCompression> {
        match text {
            "auto" => Ok(Compression::Auto),
            "off" => Ok(Compression::Off),
            "fastest" => Ok(Compression::FASTEST),
            "better" => Ok(Compression::BETTER),
            "max" => Ok(Compression::MAX),
            _ => {
                let level = text.parse().map_err(|_| InvalidCompression)?;
                // 1000 is a number of the format, not a level.
                Self::from_number(level).filter(|_| level != 1000).ok_or(InvalidCompression)
            }
        }
    }
}

/// Bytes that are not the zstd frame they should be: what is wrong with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecompressError(&'static str);

/// Compresses one frame after another; one for each thread. Memory is taken at the first use and kept up to a few MiB.
#[derive(Default)]
pub struct Compressor {
    context: Option<CCtx<'static>>,
    scratch: Vec<u8>,
}

impl Compressor {
    /// One zstd frame, or `None` if that does not pay: it would save less than a thirty-second.
    pub fn compress(&mut self, raw: &[u8], compression: Compression) -> Option<Vec<u8>> {
        let level = compression.level()?;
        let limit = pays(raw.len())?;
        let context = self.context.get_or_insert_with(CCtx::create);
        context.set_parameter(CParameter::CompressionLevel(level)).ok()?;
        let out = run(context, raw, limit, &mut self.scratch);
        self.forget_much();
        out
    }

    /// One zstd frame that is read with the same `prefix` only, or `None` if that does not pay or there is no compression. The prefix
    /// is at most 16 MiB. Costs an allocation of the context's tables in each call.
    pub fn compress_with_prefix(&mut self, raw: &[u8], prefix: &[u8], compression: Compression) -> Option<Vec<u8>> {
        let level = compression.level()?;
        let limit = pays(raw.len())?;
        // The whole prefix must be within the window, as far as the bound of the format allows.
        let reach = (raw.len() + prefix.len()).clamp(1 << 10, MAX_WINDOW as usize);
        // A context of its own: one that is kept would have to outlive the prefix.
        let mut context = CCtx::create();
        context.set_parameter(CParameter::CompressionLevel(level)).ok()?;
        context.set_parameter(CParameter::WindowLog(reach.next_power_of_two().ilog2())).ok()?;
        // The tables of the lower levels remember only the end of a long prefix.
        context.set_parameter(CParameter::EnableLongDistanceMatching(true)).ok()?;
        context.ref_prefix(prefix).ok()?;
        let out = run(&mut context, raw, limit, &mut self.scratch);
        self.forget_much();
        out
    }

    fn forget_much(&mut self) {
        if self.context.as_ref().is_some_and(|context| context.sizeof() > KEPT_BYTES) {
            self.context = None;
        }
        if self.scratch.len() > KEPT_BYTES {
            self.scratch = Vec::new();
        }
    }
}

/// The most bytes that compressed data may have; `None` for data that is too short to gain anything.
fn pays(raw_len: usize) -> Option<usize> {
    raw_len.checked_sub(raw_len.div_ceil(32)).filter(|limit| *limit > 0)
}

fn run(context: &mut CCtx<'_>, raw: &[u8], limit: usize, scratch: &mut Vec<u8>) -> Option<Vec<u8>> {
    if scratch.len() < limit {
        scratch.resize(limit, 0);
    }
    // A frame that does not fit ends in an error here. A frame that states its size and has no checksum or
    // dictionary is what zstd writes by default.
    let len = context.compress2(&mut scratch[..limit], raw).ok()?;
    scratch.get(..len).map(<[u8]>::to_vec)
}

/// Decompresses one frame after another; one for each thread.
#[derive(Default)]
pub struct Decompressor {
    context: Option<DCtx<'static>>,
}

impl Decompressor {
    /// The content of a zstd frame that must state exactly `raw_len` bytes, which the caller has bounded, and be all of `stored`. Nothing
    /// else is allocated. `prefix` is that of [`Compressor::compress_with_prefix`]; with a wrong one the result is an error or wrong bytes.
    pub fn decompress(
        &mut self,
        stored: &[u8],
        raw_len: usize,
        prefix: Option<&[u8]>,
    ) -> Result<Vec<u8>, DecompressError> {
        frame_header::check(stored, raw_len as u64)?;
        // Room for one byte more, so that a frame with more content than it states cannot pass.
        let mut raw = Vec::with_capacity(raw_len + 1);
        let result = match prefix {
            None => self.context.get_or_insert_with(DCtx::create).decompress(&mut raw, stored),
            Some(prefix) => {
                let mut context = DCtx::create();
                context.ref_prefix(prefix).and_then(|_| context.decompress(&mut raw, stored))
            }
        };
        result.map_err(|_| DecompressError("The compressed data is corrupt"))?;
        if raw.len() != raw_len {
            return Err(DecompressError("The compressed data has not the length that was stated"));
        }
        Ok(raw)
    }
}

#[cfg(test)]
mod tests;
