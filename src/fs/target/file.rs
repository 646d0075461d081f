//! Regular files: written in pieces in any order, in place, or whole at once.
use std::ffi::CString;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use rustix::fs::{AtFlags, FallocateFlags, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::handle::{Descriptors, Dir, Handle, OPEN_FILE, Opened, checked, lock};
use super::metadata::{Before, Warnings, chmod_unopened};
use super::root::{Leaving, Target, give_name};
use crate::error::{Error, Result};
use crate::model::Node;

/// Unit of holes that the `sparse` option makes.
const BLOCK: usize = 4096;
/// Bytes of content for which an unfinished file is kept.
const WORTH_KEEPING: u64 = 1 << 20;

/// A file that is being written: a new one under a temporary name, or an existing one in place. It counts against the
/// limit of open descriptors only while it is used, so any number may be unfinished. Dropped without
/// [`Target::finish`], a new one is removed and an existing one keeps what was written to it.
#[derive(Debug)]
pub struct OpenFile {
    descriptors: Arc<Descriptors>,
    dir: Dir,
    name: CString,
    /// `None` when in place, or when it has its final name.
    temp: Option<CString>,
    /// An earlier restore began it: there may be anything in it.
    adopted: bool,
    leaving: Arc<Leaving>,
    replace: bool,
    handle: Arc<Handle>,
    size: u64,
    sparse: bool,
    /// Bytes written or found to be right already.
    accounted: AtomicU64,
    /// Others than the owner can read it; only while it is updated in place and was not written to.
    open_to_others: Mutex<bool>,
}

impl OpenFile {
    /// Writes a piece; any thread, any order, each piece once. In a new file with the `sparse` option, blocks of zeros are
    /// left out. Pieces beyond the size are refused.
    pub fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        if offset.checked_add(bytes.len() as u64).is_none_or(|end| end > self.size) {
            return Err(Error::Invalid(format!("{} would become longer than it is", self.path().display())));
        }
        let fd = self.descriptors.get(&self.handle)?;
        if self.is_in_place() {
            // What comes in may not be meant for those who could read what was there.
            let mut open = lock(&self.open_to_others);
            if std::mem::take(&mut *open) {
                let private = Mode::RUSR | Mode::WUSR;
                rustix::fs::fchmod(&fd, private).map_err(|errno| self.failed("set the mode of", errno))?;
            }
        }
        // What is left out must be zeros already.
        let written = match self.sparse && self.temp.is_some() && !self.adopted {
            true => write_sparse(fd.as_fd(), offset, bytes),
            false => write_all(fd.as_fd(), offset, bytes),
        };
        written.map_err(|errno| self.failed("write", errno))?;
        self.verified(bytes.len() as u64);
        Ok(())
    }

    /// Reads up to `bytes.len()` bytes; less only at the end of the file. For comparing what is there.
    pub fn read_at(&self, offset: u64, bytes: &mut [u8]) -> Result<usize> {
        let fd = self.descriptors.get(&self.handle)?;
        let mut done = 0;
        while let Some(rest) = bytes.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match rustix::io::pread(&fd, rest, offset + done as u64) {
                Ok(0) => break,
                Ok(more) => done += more,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(self.failed("read", errno)),
            }
        }
        Ok(done)
    }

    /// These many bytes of content are right as they are and need not be written.
    pub fn verified(&self, bytes: u64) {
        self.accounted.fetch_add(bytes, Ordering::Relaxed);
    }

    /// It is updated in place.
    pub fn is_in_place(&self) -> bool {
        self.temp.is_none()
    }

    fn path(&self) -> std::path::PathBuf {
        self.dir.entry_path(self.name.as_bytes())
    }

    fn failed(&self, action: &'static str, errno: Errno) -> Error {
        Error::local(action, self.path(), errno)
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        let keep = self.leaving.keep.load(Ordering::Relaxed) && *self.accounted.get_mut() >= WORTH_KEEPING;
        if keep && self.temp.is_some() {
            self.leaving.kept.fetch_add(1, Ordering::Relaxed);
        } else if let (Some(temp), Ok(fd)) = (&self.temp, self.descriptors.get(&self.dir.0)) {
            // A temporary file that stays behind is visible as such and does no harm.
            let _ = rustix::fs::unlinkat(fd, temp, AtFlags::empty());
        }
    }
}

impl Target {
    /// Starts a new file of `size` bytes, all of them a hole. Only its owner can read it until it is finished. Without
    /// `replace`, finishing fails if something has the name by then.
    pub fn create_file(&self, dir: &Dir, name: &[u8], size: u64, replace: bool) -> Result<OpenFile> {
        let name = checked(name)?;
        let dir_fd = self.fd(dir)?;
        let failed = |errno| Error::local("create", dir.entry_path(name.as_bytes()), errno);
        let (temp, fd) = self.create_temp(dir_fd.as_fd(), &name, OFlags::RDWR).map_err(failed)?;
        let opened = rustix::fs::ftruncate(&fd, size).and_then(|()| rustix::fs::fstat(&fd));
        let identity = match opened {
            Ok(stat) => (stat.st_dev, stat.st_ino),
            Err(errno) => {
                let _ = rustix::fs::unlinkat(&dir_fd, &temp, AtFlags::empty());
                return Err(failed(errno));
            }
        };
        let opened = Opened { fd, identity, flags: OPEN_FILE, new: true, default_acl: false };
        let handle = Handle::new(Some(dir.0.clone()), temp.clone(), opened);
        Ok(self.open_file(dir, name, Some(temp), replace, handle, size, false))
    }

    /// Goes on with a new file that an earlier restore did not finish. What is in it must be compared, every piece. `None`: it is gone, or
    /// none of ours.
    pub fn go_on_with(
        &self,
        dir: &Dir,
        leftover: &[u8],
        name: &[u8],
        size: u64,
        replace: bool,
    ) -> Result<Option<OpenFile>> {
        let (leftover, name) = (checked(leftover)?, checked(name)?);
        let dir_fd = self.fd(dir)?;
        // Of several restores that find it, one gets it.
        let renamed = self.with_temp_name(&name, |temp| give_name(&dir_fd, &leftover, temp, false));
        let Ok((temp, ())) = renamed else { return Ok(None) };
        let opened = self
            .descriptors
            .open_beneath(dir_fd.as_fd(), temp.as_bytes(), OPEN_FILE, ResolveFlags::empty())
            .and_then(|fd| {
                let stat = rustix::fs::fstat(&fd)?;
                let ours = stat.st_uid == rustix::process::geteuid().as_raw() && stat.st_mode & 0o7077 == 0;
                if !FileType::from_raw_mode(stat.st_mode).is_file() || stat.st_nlink != 1 || !ours {
                    return Err(Errno::PERM);
                }
                rustix::fs::ftruncate(&fd, size)?;
                Ok((fd, (stat.st_dev, stat.st_ino)))
            });
        match opened {
            Ok((fd, identity)) => {
                let opened = Opened { fd, identity, flags: OPEN_FILE, new: true, default_acl: false };
                let handle = Handle::new(Some(dir.0.clone()), temp.clone(), opened);
                let mut file = self.open_file(dir, name, Some(temp), replace, handle, size, false);
                file.adopted = true;
                Ok(Some(file))
            }
            Err(_) => {
                let _ = rustix::fs::unlinkat(&dir_fd, &temp, AtFlags::empty());
                Ok(None)
            }
        }
    }

    /// Opens a file that is there for comparing and updating in place, to become `size` bytes long. `None`: it is not a
    /// regular file of our own with one link that can be opened for writing (a running program cannot), and must be replaced instead.
    pub fn open_existing(&self, dir: &Dir, name: &[u8], size: u64) -> Result<Option<OpenFile>> {
        let name = checked(name)?;
        let dir_fd = self.fd(dir)?;
        let failed = |errno| Error::local("open", dir.entry_path(name.as_bytes()), errno);
        let open = || self.descriptors.open_beneath(dir_fd.as_fd(), name.as_bytes(), OPEN_FILE, ResolveFlags::empty());
        let mut opened = open();
        if matches!(opened, Err(Errno::ACCESS)) {
            let stat = rustix::fs::statat(&dir_fd, &name, AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
            if FileType::from_raw_mode(stat.st_mode).is_file() && stat.st_nlink == 1 {
                opened = chmod_unopened(dir_fd.as_fd(), &name, 0o600).and_then(|()| open());
            }
        }
        let fd = match opened {
            Ok(fd) => fd,
            Err(errno @ (Errno::NOMEM | Errno::NFILE | Errno::MFILE | Errno::IO)) => return Err(failed(errno)),
            // Running programs, symlinks, sockets, files of others.
            Err(_) => return Ok(None),
        };
        let stat = rustix::fs::fstat(&fd).map_err(failed)?;
        let ours = self.metadata.is_privileged() || stat.st_uid == rustix::process::geteuid().as_raw();
        if !FileType::from_raw_mode(stat.st_mode).is_file() || stat.st_nlink != 1 || !ours {
            return Ok(None);
        }
        let identity = (stat.st_dev, stat.st_ino);
        let opened = Opened { fd, identity, flags: OPEN_FILE, new: false, default_acl: false };
        let handle = Handle::new(Some(dir.0.clone()), name.clone(), opened);
        Ok(Some(self.open_file(dir, name, None, true, handle, size, stat.st_mode & 0o7077 != 0)))
    }

    #[allow(clippy::too_many_arguments)]
    fn open_file(
        &self,
        dir: &Dir,
        name: CString,
        temp: Option<CString>,
        replace: bool,
        handle: Arc<Handle>,
        size: u64,
        open_to_others: bool,
    ) -> OpenFile {
        self.descriptors.add(&handle);
        OpenFile {
            descriptors: self.descriptors.clone(),
            dir: dir.clone(),
            name,
            temp,
            adopted: false,
            leaving: self.leaving.clone(),
            replace,
            handle,
            size,
            sparse: self.sparse,
            accounted: AtomicU64::new(0),
            open_to_others: Mutex::new(open_to_others),
        }
    }

    /// Sets length, holes and metadata, and gives a new file its name. Fails, and a new file does not appear, unless
    /// every byte of content was written or found right. Long values of extended attributes must be inline by now.
    pub fn finish(&self, mut file: OpenFile, node: &Node) -> Result<Warnings> {
        let holes: u64 = node.holes.iter().map(|(_, len)| *len).fold(0, u64::saturating_add);
        let (accounted, content) = (file.accounted.load(Ordering::Relaxed), node.size.saturating_sub(holes));
        if accounted != content || file.size != node.size {
            let path = file.path();
            return Err(Error::Invalid(format!("{} of {content} bytes of {} were written", accounted, path.display())));
        }
        let fd = self.descriptors.get(&file.handle)?;
        if file.is_in_place() || file.adopted {
            set_layout(fd.as_fd(), node).map_err(|errno| file.failed("set the length of", errno))?;
        }
        let before = match (file.is_in_place() || file.adopted, file.dir.0.default_acl) {
            (true, _) => Before::Anything,
            (false, true) => Before::InheritedAcl,
            (false, false) => Before::Clean,
        };
        let warnings = self.metadata.apply(fd.as_fd(), node, before, || file.path());
        if let Some(temp) = &file.temp {
            let dir = self.fd(&file.dir)?;
            give_name(dir, temp, &file.name, file.replace).map_err(|errno| file.failed("create", errno))?;
            file.temp = None;
        }
        Ok(warnings)
    }

    /// Writes a file without holes at once, with as few system calls as possible; otherwise as
    /// [`Target::create_file`] and [`Target::finish`].
    pub fn write_whole(&self, dir: &Dir, name: &[u8], bytes: &[u8], node: &Node, replace: bool) -> Result<Warnings> {
        let name = checked(name)?;
        let failed = |action: &'static str| {
            let name = &name;
            move |errno| Error::local(action, dir.entry_path(name.as_bytes()), errno)
        };
        if bytes.len() as u64 != node.size {
            return Err(Error::Invalid(format!("{} of {} bytes of {name:?} are there", bytes.len(), node.size)));
        }
        let dir_fd = self.fd(dir)?;
        let (temp, fd) = self.create_temp(dir_fd.as_fd(), &name, OFlags::WRONLY).map_err(failed("create"))?;
        let written = match self.sparse && bytes.len() >= BLOCK {
            true => rustix::fs::ftruncate(&fd, node.size).and_then(|()| write_sparse(fd.as_fd(), 0, bytes)),
            false => write_all(fd.as_fd(), 0, bytes),
        };
        let named = written.map_err(failed("write")).and_then(|()| {
            let before = if dir.0.default_acl { Before::InheritedAcl } else { Before::Clean };
            let warnings = self.metadata.apply(fd.as_fd(), node, before, || dir.entry_path(name.as_bytes()));
            give_name(&dir_fd, &temp, &name, replace).map_err(failed("create"))?;
            Ok(warnings)
        });
        if named.is_err() {
            let _ = rustix::fs::unlinkat(&dir_fd, &temp, AtFlags::empty());
        }
        named
    }

    /// Opens a restored file for reading it back; never anything but a regular file.
    pub fn open_for_verify(&self, dir: &Dir, name: &[u8]) -> Result<File> {
        let name = checked(name)?;
        let failed = |errno| Error::local("read back", dir.entry_path(name.as_bytes()), errno);
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let dir_fd = self.fd(dir)?;
        let open = |flags| self.descriptors.open_beneath(dir_fd.as_fd(), name.as_bytes(), flags, ResolveFlags::empty());
        // The time of access has been restored. Only the owner may keep it.
        let fd = match open(flags | OFlags::NOATIME) {
            Err(Errno::PERM) => open(flags),
            opened => opened,
        };
        let fd = fd.map_err(failed)?;
        if !FileType::from_raw_mode(rustix::fs::fstat(&fd).map_err(failed)?.st_mode).is_file() {
            return Err(failed(Errno::INVAL));
        }
        Ok(File::from(fd))
    }

    pub(super) fn create_temp(
        &self,
        dir: BorrowedFd<'_>,
        name: &CString,
        access: OFlags,
    ) -> Result<(CString, OwnedFd), Errno> {
        let flags = access | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        self.with_temp_name(name, |temp| rustix::fs::openat(dir, temp, flags, Mode::RUSR | Mode::WUSR))
    }
}

fn write_all(fd: BorrowedFd<'_>, mut offset: u64, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match rustix::io::pwrite(fd, bytes, offset) {
            Ok(0) => return Err(Errno::IO),
            Ok(written) => {
                offset += written as u64;
                bytes = bytes.get(written..).unwrap_or_default();
            }
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// Leaves out blocks of zeros, and the part of a block where the piece begins or ends: the file reads as zeros there.
fn write_sparse(fd: BorrowedFd<'_>, offset: u64, bytes: &[u8]) -> Result<(), Errno> {
    let (mut run, mut at) = (0, 0);
    while at < bytes.len() {
        let block_end = at + BLOCK - ((offset + at as u64) % BLOCK as u64) as usize;
        let end = block_end.min(bytes.len());
        if bytes[at..end].iter().all(|byte| *byte == 0) {
            write_all(fd, offset + run as u64, &bytes[run..at])?;
            run = end;
        }
        at = end;
    }
    write_all(fd, offset + run as u64, &bytes[run..])
}

/// Length and holes of a file that was there before.
fn set_layout(fd: BorrowedFd<'_>, node: &Node) -> Result<(), Errno> {
    if rustix::fs::fstat(fd)?.st_size as u64 != node.size {
        rustix::fs::ftruncate(fd, node.size)?;
    }
    for &(offset, len) in node.holes.iter().filter(|(_, len)| *len > 0) {
        if offset.checked_add(len).is_none_or(|end| end > node.size) {
            return Err(Errno::INVAL);
        }
        match rustix::fs::fallocate(fd, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, offset, len) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => write_zeros(fd, offset, len)?,
            other => other?,
        }
    }
    Ok(())
}

fn write_zeros(fd: BorrowedFd<'_>, offset: u64, len: u64) -> Result<(), Errno> {
    let zeros = [0; 64 * 1024];
    for start in (offset..offset + len).step_by(zeros.len()) {
        let len = (offset + len - start).min(zeros.len() as u64) as usize;
        write_all(fd, start, &zeros[..len])?;
    }
    Ok(())
}
