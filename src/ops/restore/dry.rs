//! What a dry run sees of the target, which it does not open for writing.
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::{Error, Result};
use crate::fs::target::{Existing, refuse_repository};
use crate::model::NodeType;
use crate::world::Time;

pub(super) fn name(name: &[u8]) -> &OsStr {
    OsStr::from_bytes(name)
}

/// Names in a directory.
pub(super) fn list(directory: &Path) -> Result<Vec<Vec<u8>>> {
    let failed = |error| Error::local("list", directory, error);
    let entries = std::fs::read_dir(directory).map_err(failed)?;
    entries.map(|entry| Ok(entry.map_err(failed)?.file_name().as_bytes().to_vec())).collect()
}

/// An entry, not followed.
pub(super) fn existing(path: &Path) -> Result<Option<Existing>> {
    let found = match path.symlink_metadata() {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::local("read the metadata of", path, error)),
    };
    let kind = match found.mode() & 0o170_000 {
        0o100_000 => Some(NodeType::File),
        0o040_000 => Some(NodeType::Directory),
        0o120_000 => Some(NodeType::Symlink),
        0o010_000 => Some(NodeType::Fifo),
        0o140_000 => Some(NodeType::Socket),
        0o020_000 => Some(NodeType::CharDevice),
        0o060_000 => Some(NodeType::BlockDevice),
        _ => None,
    };
    let mtime = Time { secs: found.mtime(), nanos: found.mtime_nsec() as u32 };
    Ok(Some(Existing { kind, size: found.len(), mtime, links: found.nlink(), identity: (found.dev(), found.ino()) }))
}

/// Fails, as removing it would, if there is anything in a directory.
pub(super) fn check_empty(directory: &Path) -> Result<()> {
    match list(directory)?.is_empty() {
        true => Ok(()),
        false => Err(Error::local("remove", directory, rustix::io::Errno::NOTEMPTY)),
    }
}

/// How many entries go if this one is removed with everything in it.
pub(super) fn count(path: &Path) -> Result<u64> {
    let mut paths = vec![path.to_owned()];
    let mut count = 0;
    while let Some(path) = paths.pop() {
        count += 1;
        if existing(&path)?.is_some_and(|found| found.kind == Some(NodeType::Directory)) {
            let names = list(&path)?;
            refuse_repository(names.iter().map(Vec::as_slice), &path)?;
            paths.extend(names.iter().map(|entry| path.join(name(entry))));
        }
    }
    Ok(count)
}
