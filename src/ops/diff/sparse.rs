//! Files that have the same size and other holes: their blobs differ even if all bytes are the same, so the bytes are compared.
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;

use rustix::fs::OFlags;

use crate::error::{Error, Result};
use crate::fs::source::Place;
use crate::model::Node;
use crate::monitor::Monitor;
use crate::ops::dump::{Archive, Dumped, dump};
use crate::repo::Repository;

/// Compares what is written to it with a file.
struct Compare {
    file: BufReader<File>,
    differs: bool,
    buffer: Vec<u8>,
}

impl Write for Compare {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.resize(bytes.len(), 0);
        self.differs = self.file.read_exact(&mut self.buffer).is_err() || self.buffer != bytes;
        // Nobody needs the rest.
        if self.differs { Err(io::ErrorKind::Other.into()) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a file of this machine has other bytes. Reads its older version from the repository, as far as both are the same.
pub(super) fn differs(repo: &Repository, before: &Node, place: &Place, monitor: &dyn Monitor) -> Result<bool> {
    let path = place.path();
    let path = OsStr::from_bytes(&path);
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path);
    let file = BufReader::with_capacity(1 << 20, file.map_err(|error| Error::local("read", path, error))?);
    let mut compare = Compare { file, differs: false, buffer: Vec::new() };
    match dump(repo, &Dumped::file(before.clone()), Archive::Tar, &mut compare, monitor) {
        Ok(_) => Ok(false),
        Err(_) if compare.differs => Ok(true),
        Err(error) => Err(error),
    }
}
