//! Files that share the blocks of others, where the filesystem can (btrfs, XFS and others; `FICLONE`).
use std::os::fd::AsFd;
use std::sync::atomic::Ordering;

use rustix::fs::{AtFlags, FileType, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::handle::{Dir, checked};
use super::metadata::{Before, Warnings};
use super::root::{Target, give_name};
use crate::error::{Error, Result};
use crate::model::Node;

/// States of what is known.
const UNKNOWN: u8 = 0;
const CAN: u8 = 1;
const CANNOT: u8 = 2;

impl Target {
    /// Whether it is worth trying. Tried out in the root the first time.
    pub fn can_clone(&self) -> bool {
        if self.clones.load(Ordering::Relaxed) == UNKNOWN {
            let state = if self.try_clone().is_ok() { CAN } else { CANNOT };
            self.clones.store(state, Ordering::Relaxed);
        }
        self.clones.load(Ordering::Relaxed) == CAN
    }

    fn try_clone(&self) -> Result<(), Errno> {
        let root = self.fd(&self.root()).map_err(|_| Errno::IO)?;
        let (one, from) = self.create_temp(root.as_fd(), &c"clone".to_owned(), OFlags::RDWR)?;
        let cloned = rustix::io::pwrite(&from, &[1; 4096], 0).and_then(|_| {
            let (other, to) = self.create_temp(root.as_fd(), &c"clone".to_owned(), OFlags::RDWR)?;
            let cloned = rustix::fs::ioctl_ficlone(&to, &from);
            let _ = rustix::fs::unlinkat(&root, &other, AtFlags::empty());
            cloned
        });
        let _ = rustix::fs::unlinkat(&root, &one, AtFlags::empty());
        cloned
    }

    /// Makes a file of the content, with its holes, of one that this restore has finished. `None`: it cannot be done here, and nothing has
    /// changed.
    pub fn clone_file(
        &self,
        from: (&Dir, &[u8]),
        dir: &Dir,
        name: &[u8],
        node: &Node,
        replace: bool,
    ) -> Result<Option<Warnings>> {
        let (from_name, name) = (checked(from.1)?, checked(name)?);
        let (from_dir, dir_fd) = (self.fd(from.0)?, self.fd(dir)?);
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened =
            self.descriptors.open_beneath(from_dir.as_fd(), from_name.as_bytes(), flags, ResolveFlags::empty());
        let Ok(from) = opened else { return Ok(None) };
        let failed = |errno| Error::local("create", dir.entry_path(name.as_bytes()), errno);
        let (temp, fd) = self.create_temp(dir_fd.as_fd(), &name, OFlags::RDWR).map_err(failed)?;
        let undo = || {
            let _ = rustix::fs::unlinkat(&dir_fd, &temp, AtFlags::empty());
        };
        let cloned = rustix::fs::fstat(&from).and_then(|stat| {
            let is_it = FileType::from_raw_mode(stat.st_mode).is_file() && stat.st_size as u64 == node.size;
            if is_it { rustix::fs::ioctl_ficlone(&fd, &from) } else { Err(Errno::STALE) }
        });
        if let Err(errno) = cloned {
            undo();
            if matches!(errno, Errno::OPNOTSUPP | Errno::XDEV | Errno::NOTTY) {
                // Another filesystem is mounted here: not worth trying again for each file.
                self.clones.store(CANNOT, Ordering::Relaxed);
            }
            return Ok(None);
        }
        let before = if dir.0.default_acl { Before::InheritedAcl } else { Before::Clean };
        let warnings = self.metadata.apply(fd.as_fd(), node, before, || dir.entry_path(name.as_bytes()));
        match give_name(&dir_fd, &temp, &name, replace) {
            Ok(()) => Ok(Some(warnings)),
            Err(errno) => {
                undo();
                Err(failed(errno))
            }
        }
    }
}
