//! What a zstd frame says of itself (RFC 8878, section 3.1.1), checked before the decoder sees it.
use zstd::zstd_safe::find_frame_compressed_size;

use super::{DecompressError, MAX_WINDOW};

/// Accepts one frame without anything behind it, with `raw_len` bytes of content, a bounded window and no dictionary.
pub fn check(stored: &[u8], raw_len: u64) -> Result<(), DecompressError> {
    let cut = DecompressError("The compressed data ends early");
    let [0x28, 0xb5, 0x2f, 0xfd, descriptor, rest @ ..] = stored else {
        return Err(DecompressError("The compressed data is no zstd frame"));
    };
    let (size_flag, single_segment) = (descriptor >> 6, descriptor & 0x20 != 0);
    if descriptor & 0x08 != 0 {
        return Err(DecompressError("The zstd frame has a reserved bit set"));
    }
    if descriptor & 0x03 != 0 {
        return Err(DecompressError("The zstd frame wants a dictionary"));
    }
    let (window, rest) = if single_segment {
        (None, rest)
    } else {
        let (byte, rest) = rest.split_first().ok_or(cut)?;
        let base = 1u64 << (10 + (byte >> 3));
        (Some(base + base / 8 * u64::from(byte & 7)), rest)
    };
    let content = match (size_flag, rest) {
        (0, _) if !single_segment => return Err(DecompressError("The zstd frame does not state its length")),
        (0, [a, ..]) => u64::from(*a),
        (1, [a, b, ..]) => u64::from(u16::from_le_bytes([*a, *b])) + 256,
        (2, [a, b, c, d, ..]) => u64::from(u32::from_le_bytes([*a, *b, *c, *d])),
        (3, [a, b, c, d, e, f, g, h, ..]) => u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
        _ => return Err(cut),
    };
    if content != raw_len {
        return Err(DecompressError("The zstd frame states another length"));
    }
    if window.unwrap_or(content) > MAX_WINDOW {
        return Err(DecompressError("The zstd frame wants a window that is too large"));
    }
    match find_frame_compressed_size(stored) {
        Ok(len) if len == stored.len() => Ok(()),
        _ => Err(DecompressError("The zstd frame is corrupt, or bytes follow it")),
    }
}
