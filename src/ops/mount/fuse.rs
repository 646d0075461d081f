//! Requests of the kernel, answered out of a view.
use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fuser::{
    AccessFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo, InitFlags,
    KernelConfig, LockOwner, OpenFlags, ReplyAttr, ReplyData, ReplyDirectory, ReplyDirectoryPlus, ReplyEmpty,
    ReplyEntry, ReplyLseek, ReplyOpen, ReplyStatfs, ReplyXattr, Request,
};

use super::attributes::Attributes;
use super::content::OpenFile;
use super::listing::Directory;
use super::view::{Refusal, View};
use crate::model::NodeType;
use crate::world::Time;

/// The kernel need not ask again for what never changes.
const FOREVER: Duration = Duration::from_secs(24 * 3600);
/// What comes and goes with snapshots.
const SHORT: Duration = Duration::from_secs(1);
/// Reads that the kernel may have under way on its own account.
const BACKGROUND: u16 = 64;
const BLOCK: u32 = 4096;

/// Counts for the report.
#[derive(Default)]
pub(super) struct Counts {
    pub reads: AtomicU64,
    pub bytes: AtomicU64,
}

/// See above.
pub(super) struct Fuse {
    view: Arc<View>,
    counts: Arc<Counts>,
    /// The kernel checks permissions, by ACLs too.
    checks_permissions: bool,
    next: AtomicU64,
    files: Mutex<HashMap<u64, Arc<OpenFile>>>,
    directories: Mutex<HashMap<u64, Directory>>,
}

impl Fuse {
    pub(super) fn new(view: Arc<View>, counts: Arc<Counts>, checks_permissions: bool) -> Self {
        Fuse {
            view,
            counts,
            checks_permissions,
            next: AtomicU64::new(1),
            files: Mutex::default(),
            directories: Mutex::default(),
        }
    }

    fn open<T>(&self, table: &Mutex<HashMap<u64, T>>, what: T) -> FileHandle {
        let handle = self.next.fetch_add(1, Ordering::Relaxed);
        lock(table).insert(handle, what);
        FileHandle(handle)
    }

    fn file(&self, handle: FileHandle) -> Result<Arc<OpenFile>, Errno> {
        lock(&self.files).get(&handle.0).cloned().ok_or(Errno::EBADF)
    }

    fn directory(&self, handle: FileHandle) -> Result<Directory, Errno> {
        lock(&self.directories).get(&handle.0).cloned().ok_or(Errno::EBADF)
    }

    fn read_file(&self, number: u64, handle: FileHandle, offset: u64, size: u32) -> Result<Vec<u8>, Errno> {
        let file = self.file(handle)?;
        let bytes = self.view.read(number, &file, offset, size as usize).map_err(errno)?;
        self.counts.reads.fetch_add(1, Ordering::Relaxed);
        self.counts.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

impl Filesystem for Fuse {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> std::io::Result<()> {
        let mut wanted = InitFlags::FUSE_PARALLEL_DIROPS
            | InitFlags::FUSE_DO_READDIRPLUS
            | InitFlags::FUSE_READDIRPLUS_AUTO
            | InitFlags::FUSE_ASYNC_DIO;
        if self.checks_permissions {
            // Without it the group bits of a file with an ACL would be taken for the permissions of its group.
            wanted |= InitFlags::FUSE_POSIX_ACL;
        }
        // What an old kernel does not have is not needed.
        let _ = config.add_capabilities(wanted & config.capabilities());
        let _ = config.set_max_background(BACKGROUND);
        Ok(())
    }

    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match self.view.lookup(parent.0, name.as_bytes()) {
            Ok(attributes) => {
                let ttl = ttl(&attributes);
                // A snapshot does not change, but its name may go.
                let entry = if is_below_snapshot(&attributes) { ttl } else { SHORT };
                reply.entry_with_ttls(&ttl, &entry, &attr(&attributes), Generation(0));
            }
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn forget(&self, _: &Request, number: INodeNo, lookups: u64) {
        self.view.forget(number.0, lookups);
    }

    fn getattr(&self, _: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.view.attributes(number.0) {
            Ok(attributes) => reply.attr(&ttl(&attributes), &attr(&attributes)),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn readlink(&self, _: &Request, number: INodeNo, reply: ReplyData) {
        match self.view.target(number.0) {
            Ok(target) => reply.data(&target),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn open(&self, _: &Request, number: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.view.open(number.0) {
            Ok(file) => reply.opened(self.open(&self.files, file), FopenFlags::FOPEN_KEEP_CACHE),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn read(
        &self,
        _: &Request,
        number: INodeNo,
        handle: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.read_file(number.0, handle, offset, size) {
            Ok(bytes) => reply.data(&bytes),
            Err(errno) => reply.error(errno),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn release(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        _: OpenFlags,
        _: Option<LockOwner>,
        _: bool,
        reply: ReplyEmpty,
    ) {
        lock(&self.files).remove(&handle.0);
        reply.ok();
    }

    fn opendir(&self, _: &Request, number: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.view.open_directory(number.0) {
            Ok(directory) => reply.opened(self.open(&self.directories, directory), FopenFlags::empty()),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn readdir(&self, _: &Request, _: INodeNo, handle: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let directory = match self.directory(handle) {
            Ok(directory) => directory,
            Err(errno) => return reply.error(errno),
        };
        let mut taken = 0;
        let listed = self.view.list(&directory, offset, false, &mut |next, entry| {
            let is_full = reply.add(INodeNo(entry.number), next, file_type(entry.kind), OsStr::from_bytes(entry.name));
            taken += u64::from(!is_full);
            !is_full
        });
        match listed {
            // What came before the damage is shown; the next request begins with it.
            Err(refusal) if taken == 0 => reply.error(errno(refusal)),
            _ => reply.ok(),
        }
    }

    fn readdirplus(&self, _: &Request, _: INodeNo, handle: FileHandle, offset: u64, mut reply: ReplyDirectoryPlus) {
        let directory = match self.directory(handle) {
            Ok(directory) => directory,
            Err(errno) => return reply.error(errno),
        };
        let mut taken = 0;
        let listed = self.view.list(&directory, offset, true, &mut |next, entry| {
            let name = OsStr::from_bytes(entry.name);
            let is_full = match &entry.attributes {
                Some(attributes) => {
                    let number = INodeNo(attributes.number);
                    reply.add(number, next, name, &ttl(attributes), &attr(attributes), Generation(0))
                }
                // Without a number the kernel takes the name and the type alone.
                None => {
                    reply.add(INodeNo(0), next, name, &Duration::ZERO, &bare(entry.number, entry.kind), Generation(0))
                }
            };
            taken += u64::from(!is_full);
            !is_full
        });
        match listed {
            Err(refusal) if taken == 0 => reply.error(errno(refusal)),
            _ => reply.ok(),
        }
    }

    fn releasedir(&self, _: &Request, _: INodeNo, handle: FileHandle, _: OpenFlags, reply: ReplyEmpty) {
        lock(&self.directories).remove(&handle.0);
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        let totals = self.view.totals();
        let blocks = totals.bytes.div_ceil(BLOCK.into());
        reply.statfs(blocks, 0, 0, totals.files, 0, BLOCK, 255, BLOCK);
    }

    fn getxattr(&self, _: &Request, number: INodeNo, name: &OsStr, size: u32, reply: ReplyXattr) {
        match self.view.xattr(number.0, name.as_bytes()) {
            Ok(value) => sized(reply, &value, size),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn listxattr(&self, request: &Request, number: INodeNo, size: u32, reply: ReplyXattr) {
        match self.view.xattr_names(number.0) {
            Ok(names) => {
                // As file systems do: others may not read them anyway.
                let is_shown = |name: &&Vec<u8>| request.uid() == 0 || !name.starts_with(b"trusted.");
                let list: Vec<u8> =
                    names.iter().filter(is_shown).flat_map(|name| [name.as_slice(), &[0]].concat()).collect();
                sized(reply, &list, size);
            }
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn access(&self, _: &Request, _: INodeNo, _: AccessFlags, reply: ReplyEmpty) {
        // Asked only where permissions are not checked; nothing can be written anyway.
        reply.ok();
    }

    fn lseek(&self, _: &Request, _: INodeNo, handle: FileHandle, offset: i64, whence: i32, reply: ReplyLseek) {
        const SEEK_DATA: i32 = 3;
        const SEEK_HOLE: i32 = 4;
        let for_data = match whence {
            SEEK_DATA => true,
            SEEK_HOLE => false,
            _ => return reply.error(Errno::EINVAL),
        };
        let found = self.file(handle).and_then(|file| {
            let offset = u64::try_from(offset).map_err(|_| Errno::ENXIO)?;
            self.view.seek(&file, offset, for_data).ok_or(Errno::ENXIO)
        });
        match found {
            Ok(position) => reply.offset(i64::try_from(position).unwrap_or(i64::MAX)),
            Err(errno) => reply.error(errno),
        }
    }
}

/// Entries of snapshots stay; roots of snapshots and what is above them may go.
fn is_below_snapshot(attributes: &Attributes) -> bool {
    attributes.is_fixed && !attributes.is_root
}

fn ttl(attributes: &Attributes) -> Duration {
    if attributes.is_fixed { FOREVER } else { SHORT }
}

fn attr(attributes: &Attributes) -> FileAttr {
    let mtime = system_time(attributes.mtime);
    FileAttr {
        ino: INodeNo(attributes.number),
        size: attributes.size,
        blocks: attributes.data.div_ceil(512),
        atime: system_time(attributes.atime),
        mtime,
        ctime: system_time(attributes.ctime),
        crtime: mtime,
        kind: file_type(attributes.kind),
        perm: attributes.mode as u16,
        nlink: attributes.links,
        uid: attributes.uid,
        gid: attributes.gid,
        rdev: device(attributes.rdev),
        blksize: BLOCK,
        flags: 0,
    }
}

/// For an entry whose metadata is not told.
fn bare(number: u64, kind: NodeType) -> FileAttr {
    FileAttr {
        ino: INodeNo(number),
        size: 0,
        blocks: 0,
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind: file_type(kind),
        perm: 0,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: BLOCK,
        flags: 0,
    }
}

/// As the kernel writes a device number in 32 bits.
fn device(rdev: u64) -> u32 {
    let (major, minor) = (rustix::fs::major(rdev), rustix::fs::minor(rdev));
    minor & 0xff | (major & 0xfff) << 8 | (minor & !0xff) << 12
}

/// A time that no clock has becomes 1970.
fn system_time(time: Time) -> SystemTime {
    let whole = Duration::from_secs(time.secs.unsigned_abs());
    let second = if time.secs < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
    let exact = second.and_then(|second| second.checked_add(Duration::from_nanos(time.nanos.into())));
    exact.unwrap_or(UNIX_EPOCH)
}

fn file_type(kind: NodeType) -> FileType {
    match kind {
        NodeType::File => FileType::RegularFile,
        NodeType::Directory => FileType::Directory,
        NodeType::Symlink => FileType::Symlink,
        NodeType::Fifo => FileType::NamedPipe,
        NodeType::Socket => FileType::Socket,
        NodeType::CharDevice => FileType::CharDevice,
        NodeType::BlockDevice => FileType::BlockDevice,
    }
}

fn errno(refusal: Refusal) -> Errno {
    match refusal {
        Refusal::NotFound => Errno::ENOENT,
        Refusal::NotADirectory => Errno::ENOTDIR,
        Refusal::IsADirectory => Errno::EISDIR,
        Refusal::WrongKind => Errno::EINVAL,
        Refusal::NoAttribute => Errno::NO_XATTR,
        Refusal::Stale => Errno::ESTALE,
        Refusal::Unreadable => Errno::EIO,
    }
}

fn sized(reply: ReplyXattr, value: &[u8], size: u32) {
    let len = u32::try_from(value.len()).unwrap_or(u32::MAX);
    match size {
        0 => reply.size(len),
        size if len <= size => reply.data(value),
        _ => reply.error(Errno::ERANGE),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_devices_are_those_of_the_kernel() {
        assert_eq!(system_time(Time { secs: -2, nanos: 500_000_000 }), UNIX_EPOCH - Duration::from_millis(1500));
        assert_eq!(system_time(Time { secs: 3, nanos: 1 }), UNIX_EPOCH + Duration::new(3, 1));
        assert!(system_time(Time { secs: i64::MIN, nanos: 0 }).duration_since(UNIX_EPOCH).is_err());
        system_time(Time { secs: i64::MAX, nanos: 999_999_999 });
        assert_eq!(device(rustix::fs::makedev(1, 3)), 0x103);
        assert_eq!(device(rustix::fs::makedev(7, 300)), 7 << 8 | 300 & 0xff | (300 & !0xff) << 12);
    }
}
