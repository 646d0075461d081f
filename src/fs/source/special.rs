//! Devices and pipes as sources: their content as that of a file.
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, OFlags, SeekFrom, Statx, StatxFlags};
use rustix::io::Errno;

use super::directory::{Place, without_atime};
use super::metadata;
use super::names::Names;
use crate::model::{Node, NodeType};

/// The node of a device or pipe, or of a link to one, as that of a file; none for everything else. Its size is known for block devices only.
pub(super) fn node(dir: BorrowedFd<'_>, name: &[u8], stat: &Statx, names: &Names) -> Option<Node> {
    let followed = match metadata::kind(stat)? {
        NodeType::Symlink => {
            let flags = AtFlags::NO_AUTOMOUNT;
            rustix::fs::statx(dir, name, flags, StatxFlags::BASIC_STATS | StatxFlags::BTIME).ok()?
        }
        _ => *stat,
    };
    let kind = metadata::kind(&followed).filter(is_special)?;
    let mut node = metadata::node(&followed, NodeType::File, name, names);
    node.size = 0;
    // Of one that cannot be opened the reader tells why.
    if kind == NodeType::BlockDevice
        && let Ok(fd) = without_atime(dir, name, OFlags::RDONLY | OFlags::CLOEXEC)
    {
        node.size = length(fd.as_fd()).unwrap_or(0);
    }
    Some(node)
}

fn is_special(kind: &NodeType) -> bool {
    matches!(kind, NodeType::BlockDevice | NodeType::CharDevice | NodeType::Fifo)
}

fn length(fd: BorrowedFd<'_>) -> Result<u64, Errno> {
    let length = rustix::fs::seek(fd, SeekFrom::End(0))?;
    rustix::fs::seek(fd, SeekFrom::Start(0))?;
    Ok(length)
}

/// Opens it; waits for the writer of a pipe. Gives how much is to be read: the length of a block device, and of anything else all that comes.
pub(super) fn open(place: &Place) -> io::Result<(OwnedFd, Option<u64>)> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
    let fd = place.directory.with(|dir| without_atime(dir, &place.name, flags))?;
    let stat = metadata::stat(fd.as_fd(), b"")?;
    match metadata::kind(&stat).filter(is_special) {
        Some(NodeType::BlockDevice) => {
            let length = length(fd.as_fd())?;
            Ok((fd, Some(length)))
        }
        Some(_) => Ok((fd, None)),
        None => Err(io::Error::new(io::ErrorKind::NotFound, "it is no device or pipe any more")),
    }
}
