//! How a run writes, and what it came to.
use super::bases::DeltaMode;
use crate::compress::Compression;

/// How a run writes.
#[derive(Clone, Debug)]
pub struct WriteOptions {
    /// Instead of the repository's default.
    pub compression: Option<Compression>,
    /// Whether what replaces older blobs is stored as a delta of them, instead of the repository's default.
    pub delta: Option<DeltaMode>,
    /// Open and compare every pack before it is written.
    pub extra_verify: bool,
    /// Nothing reaches storage; sizes are counted.
    pub dry_run: bool,
    /// Threads that save blobs; each passes its own number below this to [`Writer::save`].
    pub threads: usize,
}

/// One thread, everything verified.
impl Default for WriteOptions {
    fn default() -> Self {
        WriteOptions { compression: None, delta: None, extra_verify: true, dry_run: false, threads: 1 }
    }
}

/// What was written so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written {
    /// New blobs: data, trees.
    pub blobs: [u64; 2],
    /// Their plaintext bytes.
    pub raw_bytes: [u64; 2],
    /// Bytes of packs, with padding and parity.
    pub stored_bytes: u64,
}
