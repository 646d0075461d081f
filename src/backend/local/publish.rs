//! How a file comes into being: whole under its name or not at all.
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering;

use rustix::fs::{
    AtFlags, OFlags, RenameFlags, fstat, fsync, linkat, openat, renameat, renameat_with, statat, unlinkat,
};
use rustix::io::{Errno, retry_on_intr, write};

use super::LocalBackend;
use super::folder::{follow_mode, is_store, open_way, split, sync_folder};
use crate::backend::{BackendError, ErrorKind, Family, ObjectName, Put};

/// What to do about an object that exists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Leave it.
    New,
    /// Take its place.
    Replace,
}

/// A temporary file; removed on drop unless it got its name.
struct Temp<'a> {
    folder: &'a OwnedFd,
    name: String,
    published: bool,
}

impl Drop for Temp<'_> {
    fn drop(&mut self) {
        if !self.published {
            // What remains after a failure here is ignored by readers and removed by `remove_unfinished`.
            let _ = retry_on_intr(|| unlinkat(self.folder, self.name.as_str(), AtFlags::empty()));
        }
    }
}

impl LocalBackend {
    /// Writes an object: temporary file, length check, fsync, final name, fsync of the folders. The fsyncs are left to the
    /// barrier for new packs where one call can do it for all.
    pub(super) fn put(&self, name: &ObjectName, bytes: &[u8], how: How) -> Result<Put, BackendError> {
        let deferred = how == How::New && name.family() == Family::Packs && self.syncs.deferred;
        let action = if how == How::New { "create" } else { "replace" };
        let (folder, file) = split(name);
        self.put_in(&folder, &file, bytes, how, !deferred)
            .map_err(|cause| self.error(action, name, ErrorKind::Other, cause))
    }

    fn put_in(&self, path: &str, target: &str, bytes: &[u8], how: How, durable: bool) -> Result<Put, Errno> {
        let folders = match open_way(&self.root, path, None) {
            // A store that is gone must not grow new folders in whatever lies there now.
            Err(Errno::NOENT) if is_store(&self.root)? => open_way(&self.root, path, Some(self.modes.folder))?,
            result => result?,
        };
        let Some(folder) = folders.last() else { return Err(Errno::INVAL) };
        let (mut temp, file) = self.temp(folder, target)?;
        write_all(&file, bytes)?;
        let stat = fstat(&file)?;
        if stat.st_size as u64 != bytes.len() as u64 {
            return Err(Errno::IO);
        }
        follow_mode(&file, &stat, self.modes.file)?;
        if durable {
            retry_on_intr(|| fsync(&file))?;
        }
        drop(file);
        let put = match how {
            How::New => create_as(folder, &mut temp, target)?,
            How::Replace => {
                retry_on_intr(|| renameat(folder, temp.name.as_str(), folder, target))?;
                temp.published = true;
                Put::Created
            }
        };
        if durable {
            // Also when it exists: the one who made it may not have come to this point yet. And up to the root, since
            // somebody else may just have made the folders.
            folders.iter().rev().try_for_each(sync_folder)?;
            sync_folder(&self.root)?;
        }
        Ok(put)
    }

    /// A new file beside `target`; names of sessions are part of the names of their objects, so of the temporary ones too.
    fn temp<'a>(&self, folder: &'a OwnedFd, target: &str) -> Result<(Temp<'a>, OwnedFd), Errno> {
        let number = self.next_temp.fetch_add(1, Ordering::Relaxed);
        let name = format!("{target}.{}-{number}.tmp", self.token);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = retry_on_intr(|| openat(folder, name.as_str(), flags, self.modes.file))?;
        Ok((Temp { folder, name, published: false }, file))
    }
}

fn write_all(file: &OwnedFd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match retry_on_intr(|| write(file, bytes))? {
            0 => return Err(Errno::IO),
            count => bytes = &bytes[count..],
        }
    }
    Ok(())
}

fn create_as(folder: &OwnedFd, temp: &mut Temp<'_>, target: &str) -> Result<Put, Errno> {
    let rename = || renameat_with(folder, temp.name.as_str(), folder, target, RenameFlags::NOREPLACE);
    match retry_on_intr(rename) {
        Ok(()) => {
            temp.published = true;
            Ok(Put::Created)
        }
        Err(Errno::EXIST) => Ok(Put::Exists),
        // NFS and some FUSE file systems know no flags for renaming.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => link_as(folder, &temp.name, target),
        Err(error) => Err(error),
    }
}

/// The same by a hard link; the temporary name stays.
pub(super) fn link_as(folder: impl AsFd, temp: &str, target: &str) -> Result<Put, Errno> {
    match retry_on_intr(|| linkat(&folder, temp, &folder, target, AtFlags::empty())) {
        Ok(()) => Ok(Put::Created),
        Err(Errno::EXIST) => {
            // An NFS server that got the request twice says so about the link that it has made itself.
            let stat = |name| retry_on_intr(|| statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW));
            let (ours, theirs) = (stat(temp)?, stat(target)?);
            let same = (ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino);
            Ok(if same { Put::Created } else { Put::Exists })
        }
        Err(error) => Err(error),
    }
}
