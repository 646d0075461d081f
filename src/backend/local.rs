//! Objects as files in a folder of this machine.
pub mod disk;
mod folder;
mod listing;
mod publish;
mod reserve;
#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{CWD, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use self::disk::{Disk, System};
use self::folder::{Modes, Syncs};
use self::publish::How;
use super::{Backend, BackendError, ErrorKind, Family, Listed, ObjectName, Put};
use crate::world::{SystemWorld, Time, random};

/// A repository folder on a mounted file system.
///
/// Everything is looked up from a descriptor of the root that is held from the beginning to the end: whatever is mounted
/// or moved over the path later is never mistaken for the repository. Symbolic links below the root are not followed.
///
/// Objects are readable for the group if the root is readable and searchable for it, and never for others.
#[derive(Debug)]
pub struct LocalBackend {
    path: PathBuf,
    disk: Arc<dyn Disk>,
    /// Opened once and early: `syncfs` reports the failures since the descriptor was opened.
    root: OwnedFd,
    syncs: Syncs,
    modes: Modes,
    /// Makes names of temporary files unique among processes and machines.
    token: String,
    next_temp: AtomicU64,
    /// Why a barrier has failed. The system reports a lost write once, but what it lost stays lost.
    lost_writes: Mutex<Option<io::ErrorKind>>,
    has_looked_at_reserve: AtomicBool,
    reserve_is_open: AtomicBool,
}

impl LocalBackend {
    /// Makes the folder (its parent must exist) and the folders of all families, durably, and opens it.
    ///
    /// A folder that exists may hold nothing foreign, else the call is refused and nothing is changed. Folders and objects of
    /// a repository are left as they are: whether there is one already only its config can tell.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, BackendError> {
        Self::create_on(Arc::new(System), path.as_ref())
    }

    /// The same by way of `disk`.
    pub fn create_on(disk: Arc<dyn Disk>, path: &Path) -> Result<Self, BackendError> {
        folder::create(&*disk, path)?;
        Self::open_on(disk, path)
    }

    /// Opens a repository folder; [`ErrorKind::NoStore`] if the path is missing or has neither `config/` nor `replica/config/`,
    /// so that the empty mount point of a missing disk is not taken for an empty repository.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, BackendError> {
        Self::open_on(Arc::new(System), path.as_ref())
    }

    /// The same by way of `disk`.
    pub fn open_on(disk: Arc<dyn Disk>, path: &Path) -> Result<Self, BackendError> {
        let fail = |error: Errno| match error {
            Errno::NOENT | Errno::NOTDIR => BackendError::new(ErrorKind::NoStore, "open", path.display()),
            error => BackendError::io("open", path.display(), error.into()),
        };
        let root = disk.open(CWD, path, folder::OPEN, Mode::empty()).map_err(fail)?;
        if !folder::is_store(&*disk, &root).map_err(fail)? {
            return Err(fail(Errno::NOENT));
        }
        Ok(LocalBackend {
            // One place has one name, from wherever it is opened.
            path: path.canonicalize().unwrap_or_else(|_| path.to_owned()),
            syncs: Syncs::new(&*disk, &root).map_err(|cause| BackendError::io("open", path.display(), cause.into()))?,
            modes: Modes::following(&disk.stat(root.as_fd()).map_err(fail)?),
            token: random::<8>(&*SystemWorld::new()).iter().map(|byte| format!("{byte:02x}")).collect(),
            next_temp: AtomicU64::new(0),
            lost_writes: Mutex::new(None),
            has_looked_at_reserve: AtomicBool::new(false),
            reserve_is_open: AtomicBool::new(false),
            disk,
            root,
        })
    }

    /// An error about `object`, a path below the root. `missing` is what a missing file means to the caller; a store that
    /// is gone is told from it here.
    fn error(&self, action: &'static str, object: impl Display, missing: ErrorKind, cause: Errno) -> BackendError {
        let object = format!("{}/{object}", self.path.display());
        if cause != Errno::NOENT {
            return BackendError::io(action, object, cause.into());
        }
        match folder::is_store(&*self.disk, &self.root) {
            Ok(true) if missing == ErrorKind::NotFound => BackendError::new(missing, action, object),
            Ok(true) => BackendError { kind: missing, ..BackendError::io(action, object, cause.into()) },
            Ok(false) => BackendError::new(ErrorKind::NoStore, action, object),
            Err(error) => BackendError::io(action, object, error.into()),
        }
    }

    fn custom_error(&self, kind: ErrorKind, action: &'static str, name: &ObjectName, cause: &str) -> BackendError {
        let object = format!("{}/{name}", self.path.display());
        BackendError { kind, action, object, source: Some(io::Error::other(cause.to_owned())) }
    }

    fn open_object(&self, name: &ObjectName) -> Result<(OwnedFd, u64), BackendError> {
        let fail = |cause| self.error("read", name, ErrorKind::NotFound, cause);
        let (folder, file) = self.folder_of(name).map_err(fail)?;
        // Non-blocking, lest a named pipe of that name stop us for ever; it means nothing to regular files.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = self.disk.open(folder.as_fd(), Path::new(&file), flags, Mode::empty()).map_err(fail)?;
        let stat = self.disk.stat(file.as_fd()).map_err(fail)?;
        self.require_file(&stat, "read", name)?;
        Ok((file, stat.st_size as u64))
    }

    fn require_file(&self, stat: &Stat, action: &'static str, name: &ObjectName) -> Result<(), BackendError> {
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Ok(()),
            _ => Err(self.custom_error(ErrorKind::Other, action, name, "it is not a regular file")),
        }
    }

    /// The `len` bytes from `offset`; the caller has compared them with the size of the file.
    fn read(&self, file: &OwnedFd, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        let mut bytes = Vec::new();
        if bytes.try_reserve_exact(len).is_err() {
            return Err(self.custom_error(ErrorKind::Other, "read", name, "not enough memory"));
        }
        bytes.resize(len, 0);
        let mut done = 0;
        while done < len {
            match self.disk.read(file.as_fd(), &mut bytes[done..], offset + done as u64) {
                Ok(0) => return Err(BackendError::new(ErrorKind::ShortRead, "read", self.describe_object(name))),
                Ok(count) => done += count,
                Err(cause) => return Err(self.error("read", name, ErrorKind::Other, cause)),
            }
        }
        Ok(bytes)
    }

    fn describe_object(&self, name: &ObjectName) -> String {
        format!("{}/{name}", self.path.display())
    }
}

impl Backend for LocalBackend {
    fn describe(&self) -> String {
        self.path.display().to_string()
    }

    fn put_new(&self, name: &ObjectName, bytes: &[u8]) -> Result<Put, BackendError> {
        self.put(name, bytes, How::New)
    }

    fn put_session(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        if name.family() != Family::Sessions {
            return Err(BackendError::new(ErrorKind::Refused, "replace", self.describe_object(name)));
        }
        self.put(name, bytes, How::Replace)?;
        if !self.has_looked_at_reserve.swap(true, Ordering::Relaxed) {
            self.keep_reserve();
        }
        Ok(())
    }

    fn replace_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        if !name.is_pack_of(bytes) {
            return Err(BackendError::new(ErrorKind::Refused, "replace", self.describe_object(name)));
        }
        self.put(name, bytes, How::Replace).map(drop)
    }

    fn get(&self, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError> {
        let (file, size) = self.open_object(name)?;
        match usize::try_from(size) {
            Ok(len) if size <= limit => self.read(&file, name, 0, len),
            _ => Err(BackendError::new(ErrorKind::TooLarge, "read", self.describe_object(name))),
        }
    }

    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        let (file, size) = self.open_object(name)?;
        match offset.checked_add(len as u64) {
            Some(end) if end <= size => self.read(&file, name, offset, len),
            _ => Err(BackendError::new(ErrorKind::ShortRead, "read", self.describe_object(name))),
        }
    }

    fn list(&self, family: Family) -> Result<Vec<Listed>, BackendError> {
        listing::list(&*self.disk, &self.root, family)
            .map_err(|cause| self.error("list", family.folder(), ErrorKind::Other, cause))
    }

    fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError> {
        let fail = |cause| self.error("look at", name, ErrorKind::NotFound, cause);
        let (folder, file) = self.folder_of(name).map_err(fail)?;
        let stat = self.disk.stat_at(folder.as_fd(), &file).map_err(fail)?;
        self.require_file(&stat, "look at", name)?;
        Ok(listing::listed(*name, &stat))
    }

    fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        let removed = self.folder_of(name).and_then(|(folder, file)| self.disk.unlink(folder.as_fd(), &file));
        match removed.map_err(|cause| self.error("delete", name, ErrorKind::NotFound, cause)) {
            Err(error) if error.kind != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Syncs the whole file system, which includes what other processes left behind, such as packs of a session that died. Where that
    /// is not known to wait, contents are durable before they have names, and the folders are synced.
    ///
    /// After one failure it fails for the rest of this object's life: nobody can say which packs were lost.
    fn barrier(&self) -> Result<(), BackendError> {
        // Held during the call: the system tells a failure to one of several callers only.
        let mut lost = self.lost_writes.lock().unwrap_or_else(PoisonError::into_inner);
        let result = if let Some(kind) = *lost {
            Err(io::Error::new(kind, "writing to this file system failed earlier and packs may be lost"))
        } else if self.syncs.deferred {
            let mut fds = [Some(&self.root), self.syncs.packs.as_ref()].into_iter().flatten();
            fds.try_for_each(|fd| self.disk.syncfs(fd.as_fd())).map_err(io::Error::from)
        } else {
            listing::sync_names(&*self.disk, &self.root).map_err(io::Error::from)
        };
        *lost = result.as_ref().err().map(io::Error::kind);
        result.map_err(|cause| BackendError::io("make everything durable in", self.path.display(), cause))
    }

    fn open_reserve(&self) {
        self.reserve_is_open.store(true, Ordering::Relaxed);
    }

    fn remove_unfinished(&self, before: Time) -> Result<u64, BackendError> {
        let mut removed = 0;
        for family in Family::ALL {
            removed += listing::remove_temps(&*self.disk, &self.root, family, before)
                .map_err(|cause| self.error("remove unfinished files in", family.folder(), ErrorKind::Other, cause))?;
        }
        Ok(removed)
    }
}
