//! Symlinks, fifos, sockets, devices and further names of a file.
use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode};
use rustix::io::Errno;

use super::attributes::XattrSelection;
use super::handle::{Dir, checked};
use super::metadata::{Metadata, Warnings};
use super::ownership::Ownership;
use super::root::{Target, give_name};
use crate::error::{Error, Result};
use crate::model::{Node, NodeType};

impl Target {
    /// Makes a symlink, fifo, socket or device with its metadata, under a temporary name first. Without `replace` it fails
    /// if the name is taken. Devices need a privilege.
    pub fn create_special(&self, dir: &Dir, name: &[u8], node: &Node, replace: bool) -> Result<Warnings> {
        let name = checked(name)?;
        let path = || dir.entry_path(name.as_bytes());
        let kind = match node.kind {
            NodeType::Symlink => FileType::Symlink,
            NodeType::Fifo => FileType::Fifo,
            NodeType::Socket => FileType::Socket,
            NodeType::CharDevice => FileType::CharacterDevice,
            NodeType::BlockDevice => FileType::BlockDevice,
            NodeType::File | NodeType::Directory => {
                return Err(Error::Invalid(format!("{} is no special file", path().display())));
            }
        };
        let target = CString::new(&node.target[..])
            .map_err(|_| Error::Invalid(format!("The target of {} has a zero byte", path().display())))?;
        let fd = self.fd(dir)?;
        let rdev = if kind == FileType::CharacterDevice || kind == FileType::BlockDevice { node.rdev } else { 0 };
        let made = self.with_temp_name(&name, |temp| match kind {
            FileType::Symlink => rustix::fs::symlinkat(&target, &fd, temp),
            _ => rustix::fs::mknodat(&fd, temp, kind, Mode::RUSR | Mode::WUSR, rdev),
        });
        let (temp, ()) = made.map_err(|errno| Error::local("create", path(), errno))?;
        let warnings = self.metadata.apply_at(fd.as_fd(), &temp, node, path);
        match give_name(&fd, &temp, &name, replace) {
            Ok(()) => Ok(warnings),
            Err(errno) => {
                let _ = rustix::fs::unlinkat(&fd, &temp, AtFlags::empty());
                Err(Error::local("create", path(), errno))
            }
        }
    }

    /// Whether the name is that of the same symlink, fifo, socket or device already, with its metadata.
    pub fn has_special(&self, dir: &Dir, name: &[u8], node: &Node) -> Result<bool> {
        let name = checked(name)?;
        let path = format!("/proc/self/fd/{}/", self.fd(dir)?.as_raw_fd());
        Ok(self.metadata.is_special(&[path.as_bytes(), name.as_bytes()].concat(), node))
    }

    /// Gives a restored file a further name. Fails where a filesystem has no links, across mount points, and at the
    /// filesystem's limit of links; the caller then writes the file again.
    pub fn hard_link(&self, first: (&Dir, &[u8]), dir: &Dir, name: &[u8], replace: bool) -> Result<()> {
        let (first_name, name) = (checked(first.1)?, checked(name)?);
        let (first_fd, fd) = (self.fd(first.0)?, self.fd(dir)?);
        let link = |to: &CString| rustix::fs::linkat(&first_fd, &first_name, &fd, to, AtFlags::empty());
        let linked = match link(&name) {
            Err(Errno::EXIST) if replace => self.replace_by_link(&fd, &name, (&first_fd, &first_name), link),
            other => other,
        };
        linked.map_err(|errno| Error::local("link", dir.entry_path(name.as_bytes()), errno))
    }

    fn replace_by_link(
        &self,
        dir: impl AsFd,
        name: &CString,
        first: (impl AsFd, &CString),
        link: impl Fn(&CString) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let identity = |stat: rustix::fs::Stat| (stat.st_dev, stat.st_ino);
        let there = rustix::fs::statat(&dir, name, AtFlags::SYMLINK_NOFOLLOW).map(identity)?;
        if there == rustix::fs::statat(first.0, first.1, AtFlags::SYMLINK_NOFOLLOW).map(identity)? {
            return Ok(());
        }
        let (temp, ()) = self.with_temp_name(name, link)?;
        let named = give_name(&dir, &temp, name, true);
        // Renaming one name of a file over another one does nothing at all and leaves both.
        let _ = rustix::fs::unlinkat(&dir, &temp, AtFlags::empty());
        named
    }
}

/// [`Target::has_special`] for a path, where no target is opened.
pub fn has_special(path: &Path, node: &Node, ownership: &Ownership, xattrs: &XattrSelection) -> bool {
    Metadata::new(ownership.clone(), xattrs.clone()).is_special(path.as_os_str().as_bytes(), node)
}
