//! Reads the content of one file, without its holes, and notices when it changes meanwhile.
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{OFlags, SeekFrom, Statx};
use rustix::io::Errno;

use super::directory::{Place, without_atime};
use super::metadata;
use super::names::Names;
use super::special;
use crate::model::{Node, NodeType};

/// A file with more holes is read as if the rest had none, so that its node stays small.
const MAX_HOLES: usize = 65_536;

/// A regular file that is being read from front to back, up to the size that it has when it is opened; what is appended
/// later is left to the next backup. A file that claims to be empty is read to its end, because those of `/proc` do.
#[derive(Debug)]
pub struct SourceFile {
    fd: OwnedFd,
    before: Statx,
    /// A device or pipe: nobody can tell whether it changed, and a pipe has no positions.
    is_special: bool,
    /// Is not the file that the walk saw, which had other attributes perhaps.
    replaced: bool,
    limit: u64,
    position: u64,
    /// Data goes up to here; the next hole is looked for there.
    data_end: u64,
    holes: Vec<(u64, u64)>,
}

/// What reading a file came to. `size` is always the length of what was read plus that of the holes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadReport {
    /// Length with holes.
    pub size: u64,
    /// Offset and length of each hole, ascending, not touching.
    pub holes: Vec<(u64, u64)>,
    /// It changed while it was read, or was replaced by another file between the walk and the reading.
    pub changed: bool,
}

impl SourceFile {
    /// Opens the file at `place` and brings its node up to date if it changed since the walk.
    ///
    /// Never waits: what is a pipe or anything else but a file by now fails with [`io::ErrorKind::NotFound`], just as
    /// what is gone. Does not change the access time if the process may prevent that.
    pub fn open(place: &Place, node: &mut Node, names: &Names) -> io::Result<Self> {
        if place.is_special {
            let (fd, length) = special::open(place)?;
            let before = metadata::stat(fd.as_fd(), b"")?;
            let limit = length.unwrap_or(u64::MAX);
            node.size = length.unwrap_or(0);
            let (replaced, position, data_end, holes) = (false, 0, u64::MAX, Vec::new());
            return Ok(SourceFile { fd, before, is_special: true, replaced, limit, position, data_end, holes });
        }
        let fd = open_regular(place)?;
        let before = metadata::stat(fd.as_fd(), b"")?;
        if metadata::kind(&before) != Some(NodeType::File) {
            return Err(replaced_by_other_kind());
        }
        let replaced = (node.inode, node.device) != (before.stx_ino, metadata::device(&before));
        let xattrs = std::mem::take(&mut node.xattrs);
        *node = Node { xattrs, atime: node.atime, ..metadata::node(&before, NodeType::File, &node.name, names) };
        let size = before.stx_size;
        let sparse = before.stx_blocks.saturating_mul(512) < size;
        Ok(SourceFile {
            fd,
            before,
            is_special: false,
            replaced,
            limit: if size == 0 { u64::MAX } else { size },
            position: 0,
            data_end: if sparse { 0 } else { u64::MAX },
            holes: Vec::new(),
        })
    }

    /// Holes are read as the zeros that they stand for.
    pub fn with_zeros(self) -> Self {
        SourceFile { data_end: u64::MAX, ..self }
    }

    /// Reads what comes next, skipping holes; 0 at the end (and for an empty buffer).
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.position >= self.limit {
                return Ok(0);
            }
            if self.position >= self.data_end {
                self.skip_hole()?;
                continue;
            }
            let most = usize::try_from(self.data_end.min(self.limit) - self.position).unwrap_or(usize::MAX);
            let length = buffer.len().min(most);
            let read = match self.is_special {
                true => rustix::io::read(&self.fd, &mut buffer[..length]),
                false => rustix::io::pread(&self.fd, &mut buffer[..length], self.position),
            };
            match read {
                Ok(0) if length > 0 => {
                    // Truncated, or at the end of a file that claimed to be empty.
                    self.limit = self.position;
                    return Ok(0);
                }
                Ok(read) => {
                    self.position += read as u64;
                    return Ok(read);
                }
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// Moves to the next data and finds its end.
    fn skip_hole(&mut self) -> io::Result<()> {
        if self.holes.len() >= MAX_HOLES {
            self.data_end = u64::MAX;
            return Ok(());
        }
        let data = match rustix::fs::seek(&self.fd, SeekFrom::Data(self.position)) {
            Ok(data) => data.clamp(self.position, self.limit),
            // No data up to the end. If that was moved meanwhile, the hole is still as good as what was there.
            Err(Errno::NXIO) => self.limit,
            Err(Errno::INVAL | Errno::NOTSUP) => {
                self.data_end = u64::MAX;
                return Ok(());
            }
            Err(errno) => return Err(errno.into()),
        };
        if data > self.position {
            self.holes.push((self.position, data - self.position));
            self.position = data;
        }
        if data < self.limit {
            let end = rustix::fs::seek(&self.fd, SeekFrom::Hole(data)).unwrap_or(u64::MAX);
            // Without progress the file is being changed under our hands: read the rest as it comes.
            self.data_end = if end > data { end } else { u64::MAX };
        }
        Ok(())
    }

    /// Looks whether the file changed while it was read. To be called after `read` returned 0.
    pub fn finish(self) -> io::Result<ReadReport> {
        let after = metadata::stat(self.fd.as_fd(), b"")?;
        let changed = self.replaced || !self.is_special && fingerprint(&after) != fingerprint(&self.before);
        Ok(ReadReport { size: self.position, holes: self.holes, changed })
    }
}

fn open_regular(place: &Place) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY;
    match place.directory.with(|dir| without_atime(dir, &place.name, flags)) {
        Ok(fd) => Ok(fd),
        // A link, a socket or a device without driver.
        Err(Errno::LOOP | Errno::NXIO | Errno::NODEV | Errno::NOTDIR) => Err(replaced_by_other_kind()),
        Err(errno) => Err(errno.into()),
    }
}

fn replaced_by_other_kind() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "it is not a regular file any more")
}

/// What every change of content changes.
fn fingerprint(stat: &Statx) -> (u64, i64, u32, i64, u32) {
    let (mtime, ctime) = (&stat.stx_mtime, &stat.stx_ctime);
    (stat.stx_size, mtime.tv_sec, mtime.tv_nsec, ctime.tv_sec, ctime.tv_nsec)
}
