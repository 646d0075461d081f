//! The calls to the operating system that a repository folder needs, in one place: tests watch them, let them fail and cut the power.
use std::ffi::OsString;
use std::fmt;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use rustix::fs::{self, AtFlags, Dir, FsWord, Mode, OFlags, RenameFlags, Stat};
use rustix::io::{Errno, pread, retry_on_intr, write};

/// One entry of a folder.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Number of the file on its file system.
    pub inode: u64,
    /// Its name.
    pub name: OsString,
}

/// System calls on folders and files; a signal that interrupts one is not an error. No method follows a symbolic link
/// in the last component, but `open` where its flags allow it.
#[allow(missing_docs)]
pub trait Disk: Send + Sync + fmt::Debug {
    fn open(&self, at: BorrowedFd<'_>, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno>;
    fn mkdir(&self, at: BorrowedFd<'_>, path: &Path, mode: Mode) -> Result<(), Errno>;
    fn chmod(&self, file: BorrowedFd<'_>, mode: Mode) -> Result<(), Errno>;
    fn stat(&self, file: BorrowedFd<'_>) -> Result<Stat, Errno>;
    fn stat_at(&self, folder: BorrowedFd<'_>, name: &str) -> Result<Stat, Errno>;
    /// The number by which the kernel knows the kind of file system.
    fn file_system(&self, file: BorrowedFd<'_>) -> Result<FsWord, Errno>;
    /// Bytes that this user may still use on the file system.
    fn free_space(&self, file: BorrowedFd<'_>) -> Result<u64, Errno>;
    fn list(&self, folder: BorrowedFd<'_>) -> Result<Vec<Entry>, Errno>;
    fn read(&self, file: BorrowedFd<'_>, bytes: &mut [u8], offset: u64) -> Result<usize, Errno>;
    /// At the end of what this descriptor has written.
    fn write(&self, file: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno>;
    /// Makes the content of a file durable, or the entries of a folder.
    fn fsync(&self, file: BorrowedFd<'_>) -> Result<(), Errno>;
    /// Makes everything durable that was done before on this file system.
    fn syncfs(&self, file: BorrowedFd<'_>) -> Result<(), Errno>;
    /// Within one folder; replaces what is at `to` unless the flags say otherwise.
    fn rename(&self, folder: BorrowedFd<'_>, from: &str, to: &str, flags: RenameFlags) -> Result<(), Errno>;
    /// Within one folder.
    fn link(&self, folder: BorrowedFd<'_>, from: &str, to: &str) -> Result<(), Errno>;
    fn unlink(&self, folder: BorrowedFd<'_>, name: &str) -> Result<(), Errno>;
}

/// The disks of this machine.
#[derive(Debug)]
pub struct System;

impl Disk for System {
    fn open(&self, at: BorrowedFd<'_>, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        retry_on_intr(|| fs::openat(at, path, flags, mode))
    }

    fn mkdir(&self, at: BorrowedFd<'_>, path: &Path, mode: Mode) -> Result<(), Errno> {
        retry_on_intr(|| fs::mkdirat(at, path, mode))
    }

    fn chmod(&self, file: BorrowedFd<'_>, mode: Mode) -> Result<(), Errno> {
        retry_on_intr(|| fs::fchmod(file, mode))
    }

    fn stat(&self, file: BorrowedFd<'_>) -> Result<Stat, Errno> {
        retry_on_intr(|| fs::fstat(file))
    }

    fn stat_at(&self, folder: BorrowedFd<'_>, name: &str) -> Result<Stat, Errno> {
        retry_on_intr(|| fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW))
    }

    fn file_system(&self, file: BorrowedFd<'_>) -> Result<FsWord, Errno> {
        retry_on_intr(|| fs::fstatfs(file)).map(|stat| stat.f_type)
    }

    fn free_space(&self, file: BorrowedFd<'_>) -> Result<u64, Errno> {
        retry_on_intr(|| fs::fstatvfs(file)).map(|stat| stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    fn list(&self, folder: BorrowedFd<'_>) -> Result<Vec<Entry>, Errno> {
        let mut entries = Vec::new();
        for entry in Dir::read_from(folder)? {
            let entry = entry?;
            let name = OsString::from_vec(entry.file_name().to_bytes().to_vec());
            if name != "." && name != ".." {
                entries.push(Entry { inode: entry.ino(), name });
            }
        }
        Ok(entries)
    }

    fn read(&self, file: BorrowedFd<'_>, bytes: &mut [u8], offset: u64) -> Result<usize, Errno> {
        retry_on_intr(|| pread(file, &mut *bytes, offset))
    }

    fn write(&self, file: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno> {
        retry_on_intr(|| write(file, bytes))
    }

    fn fsync(&self, file: BorrowedFd<'_>) -> Result<(), Errno> {
        retry_on_intr(|| fs::fsync(file))
    }

    fn syncfs(&self, file: BorrowedFd<'_>) -> Result<(), Errno> {
        retry_on_intr(|| fs::syncfs(file))
    }

    fn rename(&self, folder: BorrowedFd<'_>, from: &str, to: &str, flags: RenameFlags) -> Result<(), Errno> {
        retry_on_intr(|| match flags.is_empty() {
            // Old kernels and sandboxes may know this call only.
            true => fs::renameat(folder, from, folder, to),
            false => fs::renameat_with(folder, from, folder, to, flags),
        })
    }

    fn link(&self, folder: BorrowedFd<'_>, from: &str, to: &str) -> Result<(), Errno> {
        retry_on_intr(|| fs::linkat(folder, from, folder, to, AtFlags::empty()))
    }

    fn unlink(&self, folder: BorrowedFd<'_>, name: &str) -> Result<(), Errno> {
        retry_on_intr(|| fs::unlinkat(folder, name, AtFlags::empty()))
    }
}
