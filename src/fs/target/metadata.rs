//! Owner, extended attributes, mode and times, in the order in which none undoes another.
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::PathBuf;
use std::sync::Mutex;

use rustix::fs::{AtFlags, Gid, Mode, OFlags, Stat, Timespec, Timestamps, Uid, XattrFlags};
use rustix::io::Errno;
use rustix::thread::CapabilitySet;

use super::attributes::{LeftOutXattrs, XattrSelection};
use super::decide::Existing;
use super::handle::lock;
use super::ownership::{Owners, Ownership};
use crate::error::Error;
use crate::model::{Node, NodeType, XattrValue};
use crate::world::Time;

/// Metadata that could not be set, at most one error for each kind of metadata. The entry is there with all that could.
pub type Warnings = Vec<Error>;

/// Bits of a mode that give a program its file's owner or group.
const SET_ID: u32 = 0o6000;

pub(super) const ACLS: [&[u8]; 2] = [b"system.posix_acl_access", b"system.posix_acl_default"];

/// Sets metadata, knowing what this process may do.
#[derive(Debug)]
pub(super) struct Metadata {
    privileged: bool,
    owners: Owners,
    xattrs: XattrSelection,
    left_out: Mutex<LeftOutXattrs>,
}

/// What an entry may have that its node does not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing: it was just made.
    Clean,
    /// An access-control list from the default list of its directory.
    InheritedAcl,
    /// Any attribute: it was there before.
    Anything,
}

impl Metadata {
    pub(super) fn new(ownership: Ownership, xattrs: XattrSelection) -> Self {
        let privileged = match rustix::thread::capabilities(None) {
            Ok(sets) => sets.effective.contains(CapabilitySet::CHOWN),
            Err(_) => rustix::process::geteuid().is_root(),
        };
        Metadata { privileged, owners: Owners::new(ownership), xattrs, left_out: Mutex::default() }
    }

    pub(super) fn left_out_xattrs(&self) -> LeftOutXattrs {
        lock(&self.left_out).clone()
    }

    pub(super) fn is_privileged(&self) -> bool {
        self.privileged
    }

    /// For files and directories that are open.
    pub(super) fn apply(
        &self,
        fd: BorrowedFd<'_>,
        node: &Node,
        before: Before,
        path: impl Fn() -> PathBuf,
    ) -> Warnings {
        let mut failed = Failed { path, warnings: Warnings::new() };
        let (uid, gid) = self.owner(node);
        let mut mode = node.mode & 0o7777;
        // What is right already is not set: it would count as changed for whoever looks at the time of change, as backups do.
        let is = |right: &dyn Fn(&Stat) -> bool| {
            before == Before::Anything && rustix::fs::fstat(fd).is_ok_and(|stat| right(&stat))
        };
        let is_owned = |stat: &Stat| {
            uid.is_none_or(|uid| uid.as_raw() == stat.st_uid) && gid.is_none_or(|gid| gid.as_raw() == stat.st_gid)
        };
        if is(&is_owned) {
            // Then it may have set-id bits as well.
        } else if !self.owners.are_set() {
            mode &= self.keep_set_id(node, rustix::fs::fstat(fd), uid, gid);
        } else if self.privileged {
            if let Err(errno) = rustix::fs::fchown(fd, uid, gid) {
                failed.note("set the owner of", errno);
                mode &= self.keep_set_id(node, rustix::fs::fstat(fd), uid, gid);
            }
        } else {
            // Only groups that the user is in; the kernel refuses the others, which is no problem worth a word.
            let _ = rustix::fs::fchown(fd, None, gid);
            mode &= self.keep_set_id(node, rustix::fs::fstat(fd), uid, gid);
        }
        if before != Before::Clean {
            failed.check("remove extended attributes of", self.remove_other_xattrs(fd, node, before));
        }
        self.set_xattrs(node, &mut failed, |name, value| {
            match before == Before::Anything && has_xattr(fd, name, value) {
                true => Ok(()),
                false => rustix::fs::fsetxattr(fd, name, value, XattrFlags::empty()),
            }
        });
        if !is(&|stat| stat.st_mode & 0o7777 == mode) {
            failed.check("set the mode of", rustix::fs::fchmod(fd, Mode::from_raw_mode(mode)));
        }
        let times = times(node);
        let is_read_then = |stat: &Stat| node.atime.is_none_or(|time| same(time, stat.st_atime, stat.st_atime_nsec));
        if !is(&|stat| same(node.mtime, stat.st_mtime, stat.st_mtime_nsec) && is_read_then(stat)) {
            failed.check("set the times of", rustix::fs::futimens(fd, &times));
        }
        failed.warnings
    }

    /// For symlinks, fifos, sockets and devices, which are not opened; `name` in `dir` is never followed.
    pub(super) fn apply_at(
        &self,
        dir: BorrowedFd<'_>,
        name: &CString,
        node: &Node,
        path: impl Fn() -> PathBuf,
    ) -> Warnings {
        let mut failed = Failed { path, warnings: Warnings::new() };
        let (uid, gid) = self.owner(node);
        let owned = if !self.owners.are_set() {
            Ok(())
        } else if self.privileged {
            rustix::fs::chownat(dir, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW)
        } else {
            let _ = rustix::fs::chownat(dir, name, None, gid, AtFlags::SYMLINK_NOFOLLOW);
            Ok(())
        };
        failed.check("set the owner of", owned);
        if !node.xattrs.is_empty() {
            let mut proc_path = format!("/proc/self/fd/{}/", dir.as_raw_fd()).into_bytes();
            proc_path.extend_from_slice(name.as_bytes());
            self.set_xattrs(node, &mut failed, |name, value| {
                rustix::fs::lsetxattr(&proc_path[..], name, value, XattrFlags::empty())
            });
        }
        if node.kind != NodeType::Symlink {
            failed.check("set the mode of", chmod_unopened(dir, name, node.mode & 0o7777));
        }
        let set = rustix::fs::utimensat(dir, name, &times(node), AtFlags::SYMLINK_NOFOLLOW);
        failed.check("set the times of", set);
        failed.warnings
    }

    /// Whether what is at a path, not followed, is the symlink, fifo, socket or device of the node, and nothing of its metadata would be set.
    pub(super) fn is_special(&self, path: &[u8], node: &Node) -> bool {
        let Ok(stat) = rustix::fs::lstat(path) else { return false };
        let (uid, gid) = self.owner(node);
        let Timestamps { last_modification: modified, .. } = times(node);
        let is_symlink = node.kind == NodeType::Symlink;
        let is_device = matches!(node.kind, NodeType::CharDevice | NodeType::BlockDevice);
        Existing::of(&stat).kind == Some(node.kind)
            && (stat.st_mtime, i64::try_from(stat.st_mtime_nsec)) == (modified.tv_sec, Ok(modified.tv_nsec))
            && (is_symlink || stat.st_mode & 0o7777 == node.mode & 0o7777)
            && (!is_device || stat.st_rdev == node.rdev)
            && (!is_symlink
                || rustix::fs::readlink(path, Vec::new()).is_ok_and(|target| target.as_bytes() == node.target))
            // Who is not privileged sets no owner.
            && (!self.privileged
                || !self.owners.are_set()
                || uid.is_none_or(|uid| uid.as_raw() == stat.st_uid) && gid.is_none_or(|gid| gid.as_raw() == stat.st_gid))
            && self.has_xattrs(path, node)
    }

    /// The same of its extended attributes.
    fn has_xattrs(&self, path: &[u8], node: &Node) -> bool {
        let has = |name: &[u8], value: &XattrValue| {
            let XattrValue::Inline(value) = value else { return false };
            let value = self.owners.mapped(name, value);
            let mut there = vec![0; value.len() + 1];
            rustix::fs::lgetxattr(path, name, &mut there[..]).is_ok_and(|len| there.get(..len) == Some(&value[..]))
        };
        let names = list_xattrs(|names| rustix::fs::llistxattr(path, names)).unwrap_or_default();
        let is_other = |name: &[u8]| is_seen(name) && !node.xattrs.iter().any(|(known, _)| known == name);
        let mut wanted = node.xattrs.iter().filter(|(name, _)| self.xattrs.takes(name));
        wanted.all(|(name, value)| has(name, value))
            && !names.split(|byte| *byte == 0).any(|name| self.xattrs.takes(name) && is_other(name))
    }

    /// The mask of what a mode may keep: nobody becomes somebody else by a file whose owner could not be restored.
    fn keep_set_id(&self, node: &Node, stat: Result<Stat, Errno>, uid: Option<Uid>, gid: Option<Gid>) -> u32 {
        match stat {
            _ if node.kind != NodeType::File || node.mode & SET_ID == 0 => !0,
            Err(_) => !SET_ID,
            Ok(stat) => {
                let other_user = uid.is_some_and(|uid| uid.as_raw() != stat.st_uid);
                let other_group = gid.is_some_and(|gid| gid.as_raw() != stat.st_gid);
                !(u32::from(other_user) << 11 | u32::from(other_group) << 10)
            }
        }
    }

    fn owner(&self, node: &Node) -> (Option<Uid>, Option<Gid>) {
        let (uid, gid) = self.owners.of(node);
        // All ones would mean "leave it" to the kernel.
        ((uid != u32::MAX).then(|| Uid::from_raw(uid)), (gid != u32::MAX).then(|| Gid::from_raw(gid)))
    }

    fn set_xattrs<P: Fn() -> PathBuf>(
        &self,
        node: &Node,
        failed: &mut Failed<P>,
        set: impl Fn(&CString, &[u8]) -> Result<(), Errno>,
    ) {
        let mut refused: Vec<String> = Vec::new();
        let mut kind = io::ErrorKind::Other;
        for (name, value) in node.xattrs.iter().filter(|(name, _)| self.xattrs.takes(name)) {
            let result = match (CString::new(&name[..]), value) {
                (Err(_), _) => Err(io::Error::other("not a valid name")),
                (Ok(_), XattrValue::Blobs(_)) => Err(io::Error::other("its value was not loaded")),
                (Ok(given), XattrValue::Inline(value)) => {
                    set(&given, &self.owners.mapped(name, value)).map_err(Into::into)
                }
            };
            if let Err(error) = result {
                // As with owners, it is no problem that root would have more.
                if !self.privileged && error.kind() == io::ErrorKind::PermissionDenied && is_for_root(name) {
                    lock(&self.left_out).add(name);
                    continue;
                }
                kind = error.kind();
                refused.push(format!("{}: {error}", name.escape_ascii()));
            }
        }
        if !refused.is_empty() {
            failed.note("set extended attributes of", io::Error::new(kind, refused.join("; ")));
        }
    }

    /// Removes what the node does not have, as far as it changes what programs see: users' attributes, access-control lists
    /// and capabilities. Labels of security modules are left to their policy, and attributes that are not restored stay, but for
    /// lists that were inherited a moment ago.
    fn remove_other_xattrs(&self, fd: BorrowedFd<'_>, node: &Node, before: Before) -> Result<(), Errno> {
        let removable = |name: &[u8]| match before {
            Before::Clean | Before::InheritedAcl => ACLS.contains(&name),
            Before::Anything => is_seen(name) && self.xattrs.takes(name),
        };
        let is_kept = |name: &[u8]| self.xattrs.takes(name) && node.xattrs.iter().any(|(kept, _)| kept == name);
        let names = match list_xattrs(|names| rustix::fs::flistxattr(fd, names)) {
            // The filesystem has none.
            Err(Errno::OPNOTSUPP) => return Ok(()),
            names => names?,
        };
        for name in names.split(|byte| *byte == 0).filter(|name| removable(name) && !is_kept(name)) {
            match rustix::fs::fremovexattr(fd, name) {
                Ok(()) | Err(Errno::NODATA) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }
}

struct Failed<P> {
    path: P,
    warnings: Warnings,
}

impl<P: Fn() -> PathBuf> Failed<P> {
    fn note(&mut self, action: &'static str, source: impl Into<io::Error>) {
        self.warnings.push(Error::local(action, (self.path)(), source));
    }

    fn check<E: Into<io::Error>>(&mut self, action: &'static str, result: Result<(), E>) {
        if let Err(error) = result {
            self.note(action, error);
        }
    }
}

/// The time of access is that of the last change where it was not kept.
fn times(node: &Node) -> Timestamps {
    Timestamps { last_access: timespec(node.atime.unwrap_or(node.mtime)), last_modification: timespec(node.mtime) }
}

fn timespec(time: Time) -> Timespec {
    // Larger numbers of nanoseconds have a special meaning for the kernel ("now", "leave it").
    Timespec { tv_sec: time.secs, tv_nsec: time.nanos.min(999_999_999).into() }
}

fn same(time: Time, secs: i64, nanos: impl TryInto<i64>) -> bool {
    let time = timespec(time);
    time.tv_sec == secs && nanos.try_into().is_ok_and(|nanos| nanos == time.tv_nsec)
}

fn has_xattr(fd: BorrowedFd<'_>, name: &CString, value: &[u8]) -> bool {
    let mut there = vec![0; value.len() + 1];
    rustix::fs::fgetxattr(fd, name, &mut there[..]).is_ok_and(|len| there.get(..len) == Some(value))
}

/// Attributes that change what programs see.
fn is_seen(name: &[u8]) -> bool {
    ACLS.contains(&name) || name.starts_with(b"user.") || name == b"security.capability"
}

fn is_for_root(name: &[u8]) -> bool {
    name == b"security.capability" || name.starts_with(b"trusted.")
}

fn list_xattrs(list: impl Fn(&mut [u8]) -> Result<usize, Errno>) -> Result<Vec<u8>, Errno> {
    let mut names = vec![0; 1024];
    loop {
        match list(&mut names) {
            // The kernel's limit is 64 KiB.
            Err(Errno::RANGE) if names.len() < 1 << 20 => names.resize(names.len() * 4, 0),
            Err(errno) => return Err(errno),
            Ok(len) => {
                names.truncate(len);
                return Ok(names);
            }
        }
    }
}

/// New entries of this directory get an access-control list.
pub(super) fn has_default_acl(dir: BorrowedFd<'_>) -> bool {
    rustix::fs::fgetxattr(dir, "system.posix_acl_default", &mut [0u8; 0][..]).is_ok()
}

/// A new directory must not pass on what it inherited.
pub(super) fn drop_acls(dir: BorrowedFd<'_>) {
    for name in ACLS {
        // Harmless if it stays: finishing the directory removes it again and reports.
        let _ = rustix::fs::fremovexattr(dir, name);
    }
}

/// Changes the mode of what cannot be opened, without following it.
pub(super) fn chmod_unopened(dir: BorrowedFd<'_>, name: &CString, mode: u32) -> Result<(), Errno> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = rustix::fs::openat(dir, name, flags, Mode::empty())?;
    // A symlink has no mode, and the path below would lead on through it.
    if rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode).is_symlink() {
        return Err(Errno::LOOP);
    }
    rustix::fs::chmod(format!("/proc/self/fd/{}", fd.as_fd().as_raw_fd()), Mode::from_raw_mode(mode))
}
