//! Looking into directories of the target, and removing what must go.
use std::ffi::CString;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;

use rustix::fs::{AtFlags, FileType, RawDir, ResolveFlags};
use rustix::io::Errno;

use super::handle::{Dir, OPEN_DIR, checked};
use super::root::Target;
use crate::error::{Error, Result};

/// A name in a directory of the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As the kernel gives it.
    pub name: Vec<u8>,
    /// It is a directory, as far as the filesystem says so here.
    pub is_dir: bool,
}

impl Target {
    /// All entries of a directory, in no order. The caller gives no entries that it is about to make at the same time.
    pub fn list(&self, dir: &Dir) -> Result<Vec<Entry>> {
        list_fd(self.fd(dir)?.as_fd()).map_err(|errno| Error::local("list", dir.path(), errno))
    }

    /// Removes an entry, and if `recursive` everything beneath it; symlinks are removed, not followed, and other
    /// mounted filesystems are not entered but end it with an error, and so do repositories of this program. Returns how many entries went. What
    /// is not there is fine.
    pub fn remove(&self, dir: &Dir, name: &[u8], recursive: bool) -> Result<u64> {
        enum Step {
            Visit(Dir, CString),
            Leave(Dir, CString),
        }
        let mut steps = vec![Step::Visit(dir.clone(), checked(name)?)];
        let mut removed = 0;
        while let Some(step) = steps.pop() {
            let (parent, name, visit) = match step {
                Step::Visit(parent, name) => (parent, name, true),
                Step::Leave(parent, name) => (parent, name, false),
            };
            let fd = self.fd(&parent)?;
            let failed = |errno| Error::local("remove", parent.entry_path(name.as_bytes()), errno);
            let flags = if visit { AtFlags::empty() } else { AtFlags::REMOVEDIR };
            match rustix::fs::unlinkat(&fd, &name, flags) {
                Ok(()) => removed += 1,
                Err(Errno::NOENT) => {}
                // Linux says ISDIR, POSIX has PERM.
                Err(errno @ (Errno::ISDIR | Errno::PERM)) if visit => {
                    let stat = rustix::fs::statat(&fd, &name, AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
                    if !FileType::from_raw_mode(stat.st_mode).is_dir() {
                        return Err(failed(errno));
                    }
                    if recursive {
                        let child = self.enter(&parent, name.clone(), false, ResolveFlags::NO_XDEV)?;
                        let entries = self.list(&child)?;
                        refuse_repository(entries.iter().map(|entry| &entry.name[..]), child.path())?;
                        steps.push(Step::Leave(parent, name));
                        for entry in entries {
                            steps.push(Step::Visit(child.clone(), checked(&entry.name)?));
                        }
                    } else {
                        steps.push(Step::Leave(parent, name));
                    }
                }
                Err(errno) => return Err(failed(errno)),
            }
        }
        Ok(removed)
    }
}

/// A backup leaves repositories out of what they are in, so that the snapshot says nothing against one. `names` are those in a directory.
pub fn refuse_repository<'n>(names: impl Iterator<Item = &'n [u8]>, path: impl Into<PathBuf>) -> Result<()> {
    const OURS: [&[u8]; 4] = [b"config", b"keys", b"packs", b"snapshots"];
    if names.filter(|name| OURS.contains(name)).count() < OURS.len() {
        return Ok(());
    }
    let cause = "it looks like a repository of backups; remove it by hand if it is none, or is not needed";
    Err(Error::local("remove", path, std::io::Error::other(cause)))
}

pub(super) fn list_fd(dir: BorrowedFd<'_>) -> Result<Vec<Entry>, Errno> {
    // A descriptor of its own: the position belongs to the open file, which other threads share.
    let fd = rustix::fs::openat(dir, c".", OPEN_DIR, rustix::fs::Mode::empty())?;
    let mut buffer = vec![MaybeUninit::uninit(); 32 * 1024];
    let mut raw = RawDir::new(fd.as_fd(), &mut buffer);
    let mut entries = Vec::new();
    while let Some(entry) = raw.next() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            entries.push(Entry { name: name.to_vec(), is_dir: entry.file_type() == FileType::Directory });
        }
    }
    Ok(entries)
}
