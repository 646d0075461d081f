//! A block device as the target of one file.
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, SeekFrom};
use rustix::io::Errno;

use crate::error::{Error, Result};

/// A block device that nothing else uses.
pub struct Device {
    fd: OwnedFd,
    path: PathBuf,
    length: u64,
}

impl Device {
    /// Opens it for writing; an error if it is no block device, or is mounted or in use otherwise. Symbolic links are followed.
    pub fn open(path: &Path) -> Result<Self> {
        let local = |action: &'static str| move |errno: Errno| Error::local(action, path, errno);
        let kind = rustix::fs::stat(path).map_err(local("open"))?.st_mode;
        if FileType::from_raw_mode(kind) != FileType::BlockDevice {
            return Err(Error::Invalid(format!("{} is no block device", path.display())));
        }
        // With EXCL the kernel refuses what is mounted.
        let flags = OFlags::RDWR | OFlags::EXCL | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(local("open"))?;
        let length = rustix::fs::seek(&fd, SeekFrom::End(0)).map_err(local("find out the length of"))?;
        Ok(Device { fd, path: path.to_owned(), length })
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Makes sure that it has these bytes at an offset; false if it had them already.
    pub fn put(&self, offset: u64, bytes: &[u8]) -> Result<bool> {
        let mut there = vec![0; bytes.len()];
        let same = transfer(bytes.len(), |done| rustix::io::pread(&self.fd, &mut there[done..], offset + done as u64));
        if same.is_ok() && there == bytes {
            return Ok(false);
        }
        let written = transfer(bytes.len(), |done| rustix::io::pwrite(&self.fd, &bytes[done..], offset + done as u64));
        written.map_err(|errno| Error::local("write to", &self.path, errno))?;
        Ok(true)
    }

    /// Everything that was put is on the device when this returns.
    pub fn sync(&self) -> Result<()> {
        rustix::fs::fsync(self.fd.as_fd()).map_err(|errno| Error::local("sync", &self.path, errno))
    }
}

fn transfer(length: usize, mut step: impl FnMut(usize) -> Result<usize, Errno>) -> Result<(), Errno> {
    let mut done = 0;
    while done < length {
        match step(done) {
            Ok(0) => return Err(Errno::IO),
            Ok(more) => done += more,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}
