//! How a file comes into being: whole under its name or not at all.
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::Ordering;

use rustix::fs::{OFlags, RenameFlags};
use rustix::io::Errno;

use super::LocalBackend;
use super::disk::Disk;
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
    disk: &'a dyn Disk,
    folder: &'a OwnedFd,
    name: String,
    published: bool,
}

impl Drop for Temp<'_> {
    fn drop(&mut self) {
        if !self.published {
            // What remains after a failure here is ignored by readers and removed by `remove_unfinished`.
            let _ = self.disk.unlink(self.folder.as_fd(), &self.name);
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
        let put = || self.put_in(&folder, &file, bytes, how, !deferred);
        let mut result = put();
        // One reserve may not be enough: somebody else may have been faster.
        while let Err(cause) = result
            && self.gives_way(name.family(), cause)
        {
            result = put();
        }
        result.map_err(|cause| self.error(action, name, ErrorKind::Other, cause))
    }

    fn put_in(&self, path: &str, target: &str, bytes: &[u8], how: How, durable: bool) -> Result<Put, Errno> {
        let disk = &*self.disk;
        let folders = match open_way(disk, &self.root, path, None) {
            // A store that is gone must not grow new folders in whatever lies there now.
            Err(Errno::NOENT) if is_store(disk, &self.root)? => {
                open_way(disk, &self.root, path, Some(self.modes.folder))?
            }
            result => result?,
        };
        let Some(folder) = folders.last() else { return Err(Errno::INVAL) };
        let (mut temp, file) = self.temp(folder, target)?;
        write_all(disk, &file, bytes)?;
        let stat = disk.stat(file.as_fd())?;
        if stat.st_size as u64 != bytes.len() as u64 {
            return Err(Errno::IO);
        }
        follow_mode(disk, &file, &stat, self.modes.file)?;
        if durable {
            disk.fsync(file.as_fd())?;
        }
        drop(file);
        let put = match how {
            How::New => create_as(&mut temp, target)?,
            How::Replace => {
                disk.rename(folder.as_fd(), &temp.name, target, RenameFlags::empty())?;
                temp.published = true;
                Put::Created
            }
        };
        if durable {
            // Also when it exists: the one who made it may not have come to this point yet. And up to the root, since
            // somebody else may just have made the folders.
            folders.iter().rev().try_for_each(|folder| sync_folder(disk, folder))?;
            sync_folder(disk, &self.root)?;
        }
        Ok(put)
    }

    /// A new file beside `target`; names of sessions are part of the names of their objects, so of the temporary ones too.
    fn temp<'a>(&'a self, folder: &'a OwnedFd, target: &str) -> Result<(Temp<'a>, OwnedFd), Errno> {
        let number = self.next_temp.fetch_add(1, Ordering::Relaxed);
        let name = format!("{target}.{}-{number}.tmp", self.token);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let disk = &*self.disk;
        let file = disk.open(folder.as_fd(), Path::new(&name), flags, self.modes.file)?;
        Ok((Temp { disk, folder, name, published: false }, file))
    }
}

pub(super) fn write_all(disk: &dyn Disk, file: &OwnedFd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match disk.write(file.as_fd(), bytes)? {
            0 => return Err(Errno::IO),
            count => bytes = &bytes[count..],
        }
    }
    Ok(())
}

fn create_as(temp: &mut Temp<'_>, target: &str) -> Result<Put, Errno> {
    match temp.disk.rename(temp.folder.as_fd(), &temp.name, target, RenameFlags::NOREPLACE) {
        Ok(()) => {
            temp.published = true;
            Ok(Put::Created)
        }
        Err(Errno::EXIST) => Ok(Put::Exists),
        // NFS and some FUSE file systems know no flags for renaming.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => link_as(temp.disk, temp.folder, &temp.name, target),
        Err(error) => Err(error),
    }
}

/// The same by a hard link; the temporary name stays.
pub(super) fn link_as(disk: &dyn Disk, folder: &OwnedFd, temp: &str, target: &str) -> Result<Put, Errno> {
    match disk.link(folder.as_fd(), temp, target) {
        Ok(()) => Ok(Put::Created),
        Err(Errno::EXIST) => {
            // An NFS server that got the request twice says so about the link that it has made itself.
            let (ours, theirs) = (disk.stat_at(folder.as_fd(), temp)?, disk.stat_at(folder.as_fd(), target)?);
            let same = (ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino);
            Ok(if same { Put::Created } else { Put::Exists })
        }
        Err(error) => Err(error),
    }
}
