//! Open directories that outlive the walk's stay in them, within a limit of open descriptors.
use std::ffi::OsStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::{CWD, Mode, OFlags, RawDir};
use rustix::io::Errno;

use super::metadata::SHORT_PATH;

/// So many directories stay open for those who read files behind the walk; the usual limit of a process is 1,024.
const OPEN_LIMIT: usize = 256;

/// A directory from which entries are opened.
#[derive(Debug)]
pub struct Directory {
    path: Box<[u8]>,
    open: Option<(OwnedFd, Arc<AtomicUsize>)>,
}

impl Directory {
    /// Keeps `fd` open as long as the limit allows; beyond it, only the path is kept.
    pub(super) fn new(fd: BorrowedFd<'_>, path: &[u8], open: &Arc<AtomicUsize>) -> Self {
        let mut directory = Directory { path: path.into(), open: None };
        if open.load(Ordering::Relaxed) < OPEN_LIMIT
            && let Ok(fd) = fd.try_clone_to_owned()
        {
            open.fetch_add(1, Ordering::Relaxed);
            directory.open = Some((fd, Arc::clone(open)));
        }
        directory
    }

    /// Absolute path, possibly longer than the system takes in one piece.
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// Runs `action` with an open descriptor of this directory.
    pub(super) fn with<T>(&self, action: impl FnOnce(BorrowedFd<'_>) -> Result<T, Errno>) -> Result<T, Errno> {
        match &self.open {
            Some((fd, _)) => action(fd.as_fd()),
            None => action(open_path(&self.path, OFlags::PATH)?.as_fd()),
        }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if let Some((_, open)) = &self.open {
            open.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Where an entry is: a name in a directory.
#[derive(Clone, Debug)]
pub struct Place {
    /// The directory. Drop it soon: it holds a descriptor.
    pub directory: Arc<Directory>,
    /// The name in it.
    pub name: Vec<u8>,
    /// It is no regular file, and what comes out of it is wanted.
    pub is_special: bool,
}

impl Place {
    /// Absolute path, for messages.
    pub fn path(&self) -> Vec<u8> {
        let mut path = self.directory.path.to_vec();
        push(&mut path, &self.name);
        path
    }
}

/// Appends a component to a path.
pub(super) fn push(path: &mut Vec<u8>, name: &[u8]) {
    if path.last() != Some(&b'/') {
        path.push(b'/');
    }
    path.extend_from_slice(name);
}

/// A path for people.
pub(super) fn display(path: &[u8]) -> String {
    Path::new(OsStr::from_bytes(path)).display().to_string()
}

/// Opens a directory by name; without `follow`, a symbolic link is an error.
pub(super) fn open_at(dir: BorrowedFd<'_>, name: &[u8], flags: OFlags, follow: bool) -> Result<OwnedFd, Errno> {
    let mut flags = flags | OFlags::DIRECTORY | OFlags::CLOEXEC;
    if !follow {
        flags |= OFlags::NOFOLLOW;
    }
    without_atime(dir, name, flags)
}

/// Opens without touching the access time where the process may do that: only the owner may.
pub(super) fn without_atime(dir: BorrowedFd<'_>, name: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
    if flags.contains(OFlags::PATH) {
        return rustix::fs::openat(dir, name, flags, Mode::empty());
    }
    match rustix::fs::openat(dir, name, flags | OFlags::NOATIME, Mode::empty()) {
        Err(Errno::PERM) => rustix::fs::openat(dir, name, flags, Mode::empty()),
        result => result,
    }
}

/// Opens a directory by an absolute path of any length.
pub(super) fn open_path(path: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
    let mut rest = path;
    let mut fd: Option<OwnedFd> = None;
    loop {
        let dir = fd.as_ref().map_or(CWD, |fd| fd.as_fd());
        if rest.len() < SHORT_PATH {
            return open_at(dir, if rest.is_empty() { b"." } else { rest }, flags, true);
        }
        let cut = rest[..SHORT_PATH].iter().rposition(|&byte| byte == b'/').filter(|&cut| cut > 0);
        let cut = cut.ok_or(Errno::NAMETOOLONG)?;
        fd = Some(open_at(dir, &rest[..cut], OFlags::PATH, true)?);
        rest = &rest[cut + 1..];
    }
}

/// Names of a directory in one piece of memory.
#[derive(Debug, Default)]
pub(super) struct Listing {
    bytes: Vec<u8>,
    ranges: Vec<(usize, usize)>,
}

impl Listing {
    /// Reads all names of an open directory, ascending. What was read before an error is kept.
    pub(super) fn read(dir: BorrowedFd<'_>, buffer: &mut [MaybeUninit<u8>]) -> (Self, Option<io::Error>) {
        let mut listing = Listing::default();
        let mut error = None;
        let mut entries = RawDir::new(dir, buffer);
        while let Some(entry) = entries.next() {
            match entry {
                Ok(entry) => match entry.file_name().to_bytes() {
                    b"." | b".." | b"" => {}
                    name => listing.push(name),
                },
                Err(errno) => {
                    error = Some(errno.into());
                    break;
                }
            }
        }
        listing.sort();
        (listing, error)
    }

    fn push(&mut self, name: &[u8]) {
        self.ranges.push((self.bytes.len(), name.len()));
        self.bytes.extend_from_slice(name);
    }

    fn sort(&mut self) {
        let Listing { bytes, ranges } = self;
        ranges.sort_unstable_by_key(|&(start, length)| &bytes[start..start + length]);
        ranges.dedup_by_key(|&mut (start, length)| &bytes[start..start + length]);
    }

    /// Adds names that are wanted although they may not be listed.
    pub(super) fn merge<'a>(&mut self, names: impl Iterator<Item = &'a Vec<u8>>) {
        let before = self.ranges.len();
        names.for_each(|name| self.push(name));
        if self.ranges.len() > before {
            self.sort();
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&[u8]> {
        self.ranges.get(index).map(|&(start, length)| &self.bytes[start..start + length])
    }

    pub(super) fn contains(&self, name: &[u8]) -> bool {
        let found = self.ranges.binary_search_by(|&(start, length)| self.bytes[start..start + length].cmp(name));
        found.is_ok()
    }
}
