//! The list of segments that make up the index, replaced as a whole.
//!
//! Processes that share a folder may overwrite one another's list; that costs the loser work at its next update and nothing else.
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use super::segment::{SegmentId, Store};
use crate::error::{Error, Result};

const NAME: &str = "segments";
const MAGIC: &[u8; 8] = b"CADDISM1";
/// Segments are few; more than this is no list of ours.
const MAX_LEN: u64 = 16 << 20;

/// A segment and the ordinals of the objects in it that do not count.
pub type Listed = (SegmentId, Vec<u32>);

/// The list; `None` if there is none or it is damaged.
pub fn read(store: &Store) -> Option<Vec<Listed>> {
    let path = store.folder.as_deref()?.join(NAME);
    if fs::metadata(&path).ok()?.len() > MAX_LEN {
        return None;
    }
    let bytes = fs::read(path).ok()?;
    let (mut rest, sum) = bytes.split_last_chunk::<32>()?;
    if store.hash(rest) != *sum {
        return None;
    }
    let mut list = Vec::new();
    let (magic, tail) = rest.split_first_chunk::<8>()?;
    rest = tail;
    while magic == MAGIC && !rest.is_empty() {
        let (id, tail) = rest.split_first_chunk::<16>()?;
        let (count, tail) = tail.split_first_chunk::<4>()?;
        let (void, tail) = tail.split_at_checked(usize::try_from(u32::from_le_bytes(*count)).ok()?.checked_mul(4)?)?;
        list.push((*id, void.as_chunks::<4>().0.iter().map(|n| u32::from_le_bytes(*n)).collect()));
        rest = tail;
    }
    Some(list)
}

/// A temporary file that nobody has written to for so long was left behind.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Replaces the list, then removes the files of segments that are not in it; whoever has them open keeps them.
pub fn write(store: &Store, list: &[Listed]) -> Result<()> {
    let Some(folder) = store.folder.as_deref() else { return Ok(()) };
    let mut bytes = MAGIC.to_vec();
    for (id, void) in list {
        bytes.extend_from_slice(id);
        bytes.extend_from_slice(&(void.len() as u32).to_le_bytes());
        void.iter().for_each(|n| bytes.extend_from_slice(&n.to_le_bytes()));
    }
    bytes.extend_from_slice(&store.hash(&bytes));
    let temp = folder.join(format!("{:032x}.tmp", u128::from_be_bytes(store.random_id())));
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temp)
        .and_then(|mut file| file.write_all(&bytes))
        .and_then(|()| fs::rename(&temp, folder.join(NAME)));
    if let Err(error) = written {
        // The error that counts is the first one; a temp file that stays is removed by the next update.
        let _ = fs::remove_file(&temp);
        return Err(Error::local("write", temp, error));
    }
    clean(folder, list);
    Ok(())
}

/// Failures are harmless: the files only take space, and the next update tries again.
fn clean(folder: &Path, list: &[Listed]) {
    let listed: BTreeSet<_> = list.iter().map(|(id, _)| Store::path(folder, id)).collect();
    // The list was written just now.
    let now = fs::metadata(folder.join(NAME)).and_then(|list| list.modified()).ok();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is = |end: &str| path.extension().is_some_and(|found| found == end);
        // Another process may be writing it.
        let modified = entry.metadata().and_then(|file| file.modified()).ok();
        let old =
            now.zip(modified).and_then(|(now, then)| now.duration_since(then).ok()).is_some_and(|age| age > ABANDONED);
        if (is("segment") || is("tmp") && old) && !listed.contains(&path) {
            let _ = fs::remove_file(path);
        }
    }
}
