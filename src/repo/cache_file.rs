//! Small files in the cache folder: replaced as a whole, with a checksum, read in full or not at all.
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Several repositories may be open in one process.
static WRITES: AtomicU64 = AtomicU64::new(0);

/// Bytes of the checksum.
const SUM: usize = 32;

/// Keyed where a key of the repository is at hand, so that the file makes sense for it alone.
fn checksum(key: Option<&[u8; 32]>, bytes: &[u8]) -> [u8; SUM] {
    let mut hasher = key.map_or_else(blake3::Hasher::new, blake3::Hasher::new_keyed);
    *hasher.update(bytes).finalize().as_bytes()
}

/// The content; `None` if there is no such file, or it is too long, damaged, of another kind or of another key.
pub(super) fn read(path: &Path, magic: &[u8; 8], key: Option<&[u8; 32]>, max_len: u64) -> Option<Vec<u8>> {
    if fs::metadata(path).ok()?.len() > max_len {
        return None;
    }
    let mut bytes = fs::read(path).ok()?;
    let (content, sum) = bytes.split_last_chunk::<SUM>()?;
    if checksum(key, content) != *sum || !content.starts_with(magic) {
        return None;
    }
    bytes.truncate(bytes.len() - SUM);
    bytes.drain(..magic.len());
    Some(bytes)
}

/// Replaces the file, and makes its folder if there is none. After a crash the old or the new one is there, or one that does not read.
pub(super) fn write(path: &Path, magic: &[u8; 8], key: Option<&[u8; 32]>, content: &[u8]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(magic.len() + content.len() + SUM);
    bytes.extend_from_slice(magic);
    bytes.extend_from_slice(content);
    let sum = checksum(key, &bytes);
    bytes.extend_from_slice(&sum);
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    // Of this call alone; a name that is left over from an earlier process may be taken.
    let number = WRITES.fetch_add(1, Ordering::Relaxed);
    let temp = path.with_extension(format!("{}-{number}.tmp", std::process::id()));
    let written = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temp)
        .and_then(|mut file| file.write_all(&bytes))
        .and_then(|()| fs::rename(&temp, path));
    if written.is_err() {
        // The error that counts is the first one.
        let _ = fs::remove_file(&temp);
    }
    written
}
