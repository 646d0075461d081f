//! Directories and files that are opened again when needed, so that few descriptors are open at any time.
use std::collections::VecDeque;
use std::ffi::{CString, OsStr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use crate::error::{Error, Result};

/// Joined paths stay well below PATH_MAX.
const JOIN_LIMIT: usize = 3072;

const RESOLVE: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_MAGICLINKS);

/// How directories are opened.
pub(super) const OPEN_DIR: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// How existing files are opened; a fifo that was put there meanwhile must not block.
pub(super) const OPEN_FILE: OFlags =
    OFlags::RDWR.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// Name of an entry: a single component that leads nowhere else.
pub(super) fn checked(name: &[u8]) -> Result<CString> {
    let refused = || Error::Invalid(format!("{:?} is not a name of a file", name.escape_ascii().to_string()));
    if name.is_empty() || name == b"." || name == b".." || name.contains(&b'/') {
        return Err(refused());
    }
    CString::new(name).map_err(|_| refused())
}

/// A directory of the target. Clones are cheap and name the same directory; its descriptor comes and goes.
#[derive(Clone, Debug)]
pub struct Dir(pub(super) Arc<Handle>);

impl Dir {
    /// For messages only; nothing is ever opened by it.
    pub fn path(&self) -> PathBuf {
        self.0.path()
    }

    /// Made by this restore, so that it holds nothing that was there before.
    pub fn is_new(&self) -> bool {
        self.0.new
    }

    pub(super) fn entry_path(&self, name: &[u8]) -> PathBuf {
        self.path().join(OsStr::from_bytes(name))
    }
}

/// Something beneath the target: its name in its directory, and which inode it is.
#[derive(Debug)]
pub(super) struct Handle {
    /// `None` for the root, whose descriptor stays open.
    parent: Option<Arc<Handle>>,
    /// Path as given by the user for the root.
    name: CString,
    identity: (u64, u64),
    flags: OFlags,
    /// Made by this restore.
    pub(super) new: bool,
    /// New entries inherit an access-control list from this directory.
    pub(super) default_acl: bool,
    fd: Mutex<Option<Arc<OwnedFd>>>,
    used: AtomicBool,
}

/// What is known about a freshly opened entry.
pub(super) struct Opened {
    pub(super) fd: OwnedFd,
    pub(super) identity: (u64, u64),
    pub(super) flags: OFlags,
    pub(super) new: bool,
    pub(super) default_acl: bool,
}

impl Handle {
    pub(super) fn new(parent: Option<Arc<Handle>>, name: CString, opened: Opened) -> Arc<Self> {
        Arc::new(Handle {
            parent,
            name,
            identity: opened.identity,
            flags: opened.flags,
            new: opened.new,
            default_acl: opened.default_acl,
            fd: Mutex::new(Some(Arc::new(opened.fd))),
            used: AtomicBool::new(true),
        })
    }

    pub(super) fn path(&self) -> PathBuf {
        let mut names = vec![&self.name];
        let mut next = &self.parent;
        while let Some(handle) = next {
            names.push(&handle.name);
            next = &handle.parent;
        }
        names.iter().rev().map(|name| OsStr::from_bytes(name.as_bytes())).collect()
    }

    fn open_fd(&self) -> Option<Arc<OwnedFd>> {
        lock(&self.fd).clone()
    }
}

impl Drop for Handle {
    /// A chain of a million parents must not be dropped by recursion.
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(mut handle) = next.and_then(Arc::into_inner) {
            next = handle.parent.take();
        }
    }
}

/// Keeps a bounded number of descriptors open, those used lately.
#[derive(Debug)]
pub(super) struct Descriptors {
    limit: usize,
    /// The kernel has `openat2`.
    beneath: AtomicBool,
    queue: Mutex<VecDeque<Weak<Handle>>>,
}

impl Descriptors {
    pub(super) fn new(limit: usize) -> Self {
        Descriptors { limit: limit.max(2), beneath: AtomicBool::new(true), queue: Mutex::default() }
    }

    /// Registers what was just opened.
    pub(super) fn add(&self, handle: &Arc<Handle>) {
        let mut queue = lock(&self.queue);
        queue.push_back(Arc::downgrade(handle));
        let mut chances = queue.len();
        while queue.len() > self.limit {
            let Some(oldest) = queue.pop_front() else { break };
            let Some(oldest) = oldest.upgrade() else { continue };
            if oldest.used.swap(false, Ordering::Relaxed) && chances > 0 {
                chances -= 1;
                queue.push_back(Arc::downgrade(&oldest));
            } else {
                *lock(&oldest.fd) = None;
            }
        }
    }

    /// Its descriptor, opened again if need be; fails when another inode has taken its place.
    pub(super) fn get(&self, handle: &Arc<Handle>) -> Result<Arc<OwnedFd>> {
        handle.used.store(true, Ordering::Relaxed);
        if let Some(fd) = handle.open_fd() {
            return Ok(fd);
        }
        let fd = Arc::new(self.reopen(handle).map_err(|errno| Error::local("open again", handle.path(), errno))?);
        *lock(&handle.fd) = Some(fd.clone());
        self.add(handle);
        Ok(fd)
    }

    fn reopen(&self, handle: &Arc<Handle>) -> Result<OwnedFd, Errno> {
        // The way up to the nearest directory that is open; the root always is.
        let mut below = vec![handle];
        let mut next = &handle.parent;
        let mut base = loop {
            let parent = next.as_ref().ok_or(Errno::BADF)?;
            if let Some(fd) = parent.open_fd() {
                break fd;
            }
            below.push(parent);
            next = &parent.parent;
        };
        // And down again, as many components at a time as a path may have.
        loop {
            let mut path = Vec::new();
            let mut last = None;
            while let Some(part) = below.last() {
                if !path.is_empty() && (path.len() > JOIN_LIMIT || !self.beneath.load(Ordering::Relaxed)) {
                    break;
                }
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(part.name.as_bytes());
                last = below.pop();
            }
            let part = last.ok_or(Errno::BADF)?;
            let fd = match self.open_beneath(base.as_fd(), &path, part.flags, ResolveFlags::empty()) {
                // Without openat2, joined components are taken one by one.
                Err(Errno::NOSYS) => return self.reopen(handle),
                other => other?,
            };
            let stat = rustix::fs::fstat(&fd)?;
            if (stat.st_dev, stat.st_ino) != part.identity {
                return Err(Errno::STALE);
            }
            if below.is_empty() {
                return Ok(fd);
            }
            // Kept, so that the next one far down need not begin at the top again.
            base = Arc::new(fd);
            *lock(&part.fd) = Some(base.clone());
            self.add(part);
        }
    }

    /// Opens without following anything. `NOSYS` means that `path` has several components and has to be split.
    pub(super) fn open_beneath(
        &self,
        dir: BorrowedFd<'_>,
        path: &[u8],
        flags: OFlags,
        resolve: ResolveFlags,
    ) -> Result<OwnedFd, Errno> {
        if self.beneath.load(Ordering::Relaxed) {
            match rustix::fs::openat2(dir, path, flags, Mode::empty(), RESOLVE | resolve) {
                // Containers of old forbid what they do not know with EPERM; a real EPERM comes again below.
                Err(Errno::NOSYS | Errno::PERM) => self.beneath.store(false, Ordering::Relaxed),
                other => return other,
            }
        }
        if path.contains(&b'/') {
            return Err(Errno::NOSYS);
        }
        let fd = rustix::fs::openat(dir, path, flags | OFlags::NOFOLLOW, Mode::empty())?;
        if resolve.contains(ResolveFlags::NO_XDEV) && rustix::fs::fstat(&fd)?.st_dev != rustix::fs::fstat(dir)?.st_dev {
            return Err(Errno::XDEV);
        }
        Ok(fd)
    }

    /// As on a kernel without `openat2`.
    #[cfg(test)]
    pub(super) fn forget_openat2(&self) {
        self.beneath.store(false, Ordering::Relaxed);
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
