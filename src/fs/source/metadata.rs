//! Metadata of one file-system entry, with as few system calls as possible.
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use rustix::fs::{AtFlags, Statx, StatxFlags, StatxTimestamp};
use rustix::io::Errno;

use super::names::Names;
use crate::model::{Node, NodeType, XattrValue};
use crate::world::Time;

/// The kernel takes paths of less than 4,096 bytes; stay clear of that.
pub(super) const SHORT_PATH: usize = 4000;

/// Stats the entry `name` of a directory, or the directory itself if `name` is empty; symbolic links are not followed.
pub(super) fn stat(dir: BorrowedFd<'_>, name: &[u8]) -> Result<Statx, Errno> {
    let mut flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
    if name.is_empty() {
        flags |= AtFlags::EMPTY_PATH;
    }
    rustix::fs::statx(dir, name, flags, StatxFlags::BASIC_STATS | StatxFlags::BTIME)
}

/// Kind of entry; none for what no current kernel has.
pub(super) fn kind(stat: &Statx) -> Option<NodeType> {
    use rustix::fs::FileType;
    Some(match FileType::from_raw_mode(stat.stx_mode.into()) {
        FileType::RegularFile => NodeType::File,
        FileType::Directory => NodeType::Directory,
        FileType::Symlink => NodeType::Symlink,
        FileType::Fifo => NodeType::Fifo,
        FileType::Socket => NodeType::Socket,
        FileType::CharacterDevice => NodeType::CharDevice,
        FileType::BlockDevice => NodeType::BlockDevice,
        FileType::Unknown => return None,
    })
}

/// Device that holds the entry.
pub(super) fn device(stat: &Statx) -> u64 {
    rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor)
}

/// Everything that a stat tells, but for the time of access.
pub(super) fn node(stat: &Statx, kind: NodeType, name: &[u8], names: &Names) -> Node {
    let is_device = matches!(kind, NodeType::CharDevice | NodeType::BlockDevice);
    let has_btime = stat.stx_mask & StatxFlags::BTIME.bits() != 0;
    Node {
        name: name.to_vec(),
        kind,
        mode: u32::from(stat.stx_mode) & 0o7777,
        uid: stat.stx_uid,
        gid: stat.stx_gid,
        user: names.user(stat.stx_uid),
        group: names.group(stat.stx_gid),
        size: if kind == NodeType::File { stat.stx_size } else { 0 },
        mtime: time(&stat.stx_mtime),
        ctime: time(&stat.stx_ctime),
        btime: if has_btime { time(&stat.stx_btime) } else { Time::default() },
        inode: stat.stx_ino,
        device: device(stat),
        links: stat.stx_nlink.into(),
        rdev: if is_device { rustix::fs::makedev(stat.stx_rdev_major, stat.stx_rdev_minor) } else { 0 },
        ..Node::default()
    }
}

/// When it was read last.
pub(super) fn atime(stat: &Statx) -> Time {
    time(&stat.stx_atime)
}

fn time(time: &StatxTimestamp) -> Time {
    Time { secs: time.tv_sec, nanos: time.tv_nsec }
}

/// Target of a symbolic link, of any length.
pub(super) fn link_target(dir: BorrowedFd<'_>, name: &[u8]) -> Result<Vec<u8>, Errno> {
    rustix::fs::readlinkat(dir, name, Vec::new()).map(|target| target.into_bytes())
}

/// Reads extended attributes; keeps its buffers from one entry to the next.
#[derive(Debug, Default)]
pub(super) struct XattrReader {
    list: Vec<u8>,
    value: Vec<u8>,
    path: Vec<u8>,
}

impl XattrReader {
    /// All attributes that this process may see of the entry `name` of `dir`, ascending by name. `path` is its full
    /// path, which is used while it is short, because going through `/proc` costs the kernel more. Attributes that
    /// vanish meanwhile are left out; what cannot be read is told to `problem`.
    pub(super) fn read(
        &mut self,
        dir: BorrowedFd<'_>,
        name: &[u8],
        path: &[u8],
        problem: &mut dyn FnMut(String),
    ) -> Vec<(Vec<u8>, XattrValue)> {
        let XattrReader { list, value, path: long } = self;
        let path = if path.len() < SHORT_PATH {
            path
        } else {
            long.clear();
            long.extend_from_slice(format!("/proc/self/fd/{}/", dir.as_raw_fd()).as_bytes());
            long.extend_from_slice(name);
            long
        };
        let length = match sized(list, |buffer| rustix::fs::llistxattr(path, buffer)) {
            Ok(0) => return Vec::new(),
            Ok(length) => length,
            // Gone, or a file system without attributes.
            Err(Errno::NOENT | Errno::NOTSUP | Errno::NOSYS) => return Vec::new(),
            Err(error) => {
                problem(format!("Could not list extended attributes: {}", io::Error::from(error)));
                return Vec::new();
            }
        };
        let mut xattrs = Vec::new();
        for name in list.get(..length).unwrap_or_default().split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
            match sized(value, |buffer| rustix::fs::lgetxattr(path, name, buffer)) {
                Ok(length) => {
                    let value = value.get(..length).unwrap_or_default().to_vec();
                    xattrs.push((name.to_vec(), XattrValue::Inline(value)));
                }
                Err(Errno::NODATA | Errno::NOENT | Errno::NOTSUP) => {}
                Err(error) => problem(format!(
                    "Could not read extended attribute {}: {}",
                    String::from_utf8_lossy(name),
                    io::Error::from(error)
                )),
            }
        }
        xattrs.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        xattrs
    }
}

/// Runs a call that fills a buffer, with a larger one as long as it does not fit. The kernel has no list and no value
/// of more than 64 KiB, file systems in user space may.
fn sized(buffer: &mut Vec<u8>, call: impl Fn(&mut [u8]) -> Result<usize, Errno>) -> Result<usize, Errno> {
    const LARGEST: usize = 16 << 20;
    if buffer.is_empty() {
        buffer.resize(1024, 0);
    }
    loop {
        match call(buffer) {
            Err(Errno::RANGE) if buffer.len() < LARGEST => buffer.resize(buffer.len() * 8, 0),
            result => return result,
        }
    }
}
