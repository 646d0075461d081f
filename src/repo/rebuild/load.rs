//! Reads what is left of one pack: whole, short, or around unreadable sectors.
use super::PackRef;
use crate::backend::{Backend, BackendError, ErrorKind, ObjectName};
use crate::format::{BLOCK_BYTES, BlockChecksum, block_checksum};

/// Failed reads of one pack before the rest is given up. One bad sector of a 64 MiB pack takes 15.
const MAX_FAILED_READS: u32 = 64;

/// One pack's bytes at full length, and which of its blocks can be relied on.
#[derive(Debug)]
pub(super) struct Loaded {
    /// As long as the pack should be; anything where `bad`.
    pub(super) bytes: Vec<u8>,
    /// For each block: not there, or not what it should be.
    pub(super) bad: Vec<bool>,
    /// BLAKE3 of all bytes is the name.
    pub(super) good: bool,
    /// What was wrong with the pack when it was read.
    pub(super) cause: String,
}

impl Loaded {
    /// Reads a pack. Any failure that concerns only this pack is a state of it; a store that is gone is an error.
    pub(super) fn read(backend: &dyn Backend, pack: &PackRef) -> Result<Loaded, BackendError> {
        let name = ObjectName::Pack(pack.id);
        let length = pack.length as usize;
        let mut loaded = Loaded { bytes: Vec::new(), bad: Vec::new(), good: false, cause: String::new() };
        let mut read = backend.get(&name, u64::from(pack.length));
        if let Err(error) = &read
            && error.kind == ErrorKind::TooLarge
        {
            loaded.cause = "it is longer than it should be".to_owned();
            read = backend.get_range(&name, 0, length);
        }
        match read {
            Ok(mut bytes) => {
                if bytes.len() < length {
                    loaded.cause = format!("it has {} of {length} bytes", bytes.len());
                }
                let whole_blocks = bytes.len().min(length) / BLOCK_BYTES;
                bytes.resize(length, 0);
                loaded.bad = (0..length / BLOCK_BYTES).map(|block| block >= whole_blocks).collect();
                loaded.bytes = bytes;
            }
            Err(error) if error.kind == ErrorKind::NoStore => return Err(error),
            Err(error) => {
                loaded.cause = error.to_string();
                loaded.bytes = vec![0; length];
                loaded.bad = vec![true; length / BLOCK_BYTES];
                // A bad sector fails the whole read, but the blocks around it are as good as ever.
                if error.kind == ErrorKind::Other {
                    let mut failures = 1;
                    let half = length / BLOCK_BYTES / 2;
                    loaded.salvage(backend, &name, 0, half, &mut failures)?;
                    loaded.salvage(backend, &name, half, length / BLOCK_BYTES, &mut failures)?;
                }
            }
        }
        loaded.good = !loaded.bad.contains(&true) && loaded.has_id(pack);
        if !loaded.good && loaded.cause.is_empty() {
            loaded.cause = "its bytes are not those that were written (their BLAKE3 is not its name)".to_owned();
        }
        Ok(loaded)
    }

    fn salvage(
        &mut self,
        backend: &dyn Backend,
        name: &ObjectName,
        from: usize,
        to: usize,
        failures: &mut u32,
    ) -> Result<(), BackendError> {
        if from >= to || *failures >= MAX_FAILED_READS {
            return Ok(());
        }
        let range = from * BLOCK_BYTES..to * BLOCK_BYTES;
        match backend.get_range(name, range.start as u64, range.len()) {
            Ok(bytes) if bytes.len() == range.len() => {
                self.bytes[range].copy_from_slice(&bytes);
                self.bad[from..to].fill(false);
                Ok(())
            }
            Err(error) if error.kind == ErrorKind::NoStore => Err(error),
            _ => {
                *failures += 1;
                if to - from == 1 {
                    return Ok(());
                }
                let middle = from.midpoint(to);
                self.salvage(backend, name, from, middle, failures)?;
                self.salvage(backend, name, middle, to, failures)
            }
        }
    }

    /// The blocks.
    pub(super) fn blocks(&self) -> &[[u8; BLOCK_BYTES]] {
        self.bytes.as_chunks().0
    }

    /// Takes a solved block.
    pub(super) fn set_block(&mut self, block: usize, bytes: &[u8]) {
        self.bytes[block * BLOCK_BYTES..][..BLOCK_BYTES].copy_from_slice(bytes);
        self.bad[block] = false;
    }

    /// Marks as bad exactly those blocks from `first` on that do not have the given checksums.
    pub(super) fn check_blocks(&mut self, first: usize, checksums: &[BlockChecksum]) {
        let blocks = self.bytes.as_chunks::<BLOCK_BYTES>().0;
        for ((bad, bytes), checksum) in self.bad.iter_mut().zip(blocks).skip(first).zip(checksums) {
            *bad = block_checksum(bytes) != *checksum;
        }
    }

    /// BLAKE3 of the bytes is the name of `pack`.
    pub(super) fn has_id(&self, pack: &PackRef) -> bool {
        blake3::hash(&self.bytes).as_bytes() == pack.id.as_bytes()
    }
}
