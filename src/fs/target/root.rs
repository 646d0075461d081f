//! The target: its root, entering and making directories, their metadata, and making all of it durable.
use std::collections::HashMap;
use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, ResolveFlags};
use rustix::io::Errno;

use super::attributes::{LeftOutXattrs, XattrSelection};
use super::decide::Existing;
use super::handle::{Descriptors, Dir, Handle, OPEN_DIR, Opened, checked, lock};
use super::metadata::{Before, Metadata, Warnings, chmod_unopened, drop_acls, has_default_acl};
use super::ownership::Ownership;
use super::remove::list_fd;
use super::runs::{Mark, Scope, Unfinished, random_number, temp_name};
use crate::error::{Error, Result};
use crate::model::Node;
use crate::world::World;

/// How a target is used.
#[derive(Clone, Debug)]
pub struct TargetOptions {
    /// Make the root, and its parents, if it is missing.
    pub create: bool,
    /// To whom entries belong.
    pub ownership: Ownership,
    /// Which extended attributes are set, and removed where they should not be.
    pub xattrs: XattrSelection,
    /// Blocks of zeros become holes in new files.
    pub sparse: bool,
    /// What the restore is about; without it there is no mark, and nothing can be gone on with.
    pub scope: Option<Scope>,
    /// Descriptors of directories and files that may be open at a time, apart from those in use.
    pub open_limit: usize,
}

impl Default for TargetOptions {
    fn default() -> Self {
        TargetOptions {
            create: true,
            ownership: Ownership::default(),
            xattrs: XattrSelection::default(),
            sparse: false,
            scope: None,
            open_limit: 256,
        }
    }
}

/// What becomes of new files that are not finished.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    /// They stay under their temporary names, to be gone on with.
    pub(super) keep: AtomicBool,
    pub(super) kept: AtomicU64,
}

/// A directory that a restore writes to. All methods may be called by several threads at once, but the entries of one
/// name in one directory by one thread at a time.
#[derive(Debug)]
pub struct Target {
    root: Dir,
    pub(super) descriptors: Arc<Descriptors>,
    pub(super) metadata: Metadata,
    pub(super) sparse: bool,
    /// Of this run.
    number: u64,
    temp_number: AtomicU64,
    mark: Mutex<Option<Mark>>,
    unfinished: Unfinished,
    was_empty: bool,
    pub(super) leaving: Arc<Leaving>,
    pub(super) clones: AtomicU8,
    /// One descriptor for each mounted filesystem, opened before anything was written to it.
    devices: Mutex<HashMap<u64, OwnedFd>>,
}

impl Target {
    /// Opens the root and, for a scope, leaves a mark in it until [`Target::clear_mark`]. It alone may be reached through symlinks, since the
    /// user gave its path.
    pub fn open(path: &Path, options: &TargetOptions, world: &dyn World) -> Result<Self> {
        let failed = |action| move |error| Error::local(action, path, error);
        if options.create {
            std::fs::create_dir_all(path).map_err(failed("make"))?;
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| Error::local("open", path, errno))?;
        let stat = rustix::fs::fstat(&fd).map_err(|errno| Error::local("read the metadata of", path, errno))?;
        let device = fd.try_clone().map_err(failed("open"))?;
        let default_acl = has_default_acl(fd.as_fd());
        let name = CString::new(path.as_os_str().as_bytes())
            .map_err(|_| Error::Invalid(format!("{path:?} is not a valid path")))?;
        let opened = Opened { fd, identity: (stat.st_dev, stat.st_ino), flags, new: false, default_acl };
        let root = Dir(Handle::new(None, name, opened));
        let descriptors = Descriptors::new(options.open_limit);
        let root_fd = descriptors.get(&root.0)?;
        let mut unfinished = Unfinished::look_in(root_fd.as_fd(), world);
        let is_empty = list_fd(root_fd.as_fd()).is_ok_and(|entries| entries.is_empty());
        let scope = options.scope.unwrap_or_default();
        let was_empty = is_empty || unfinished.began_empty(&scope);
        let number = random_number(world);
        let mark = options.scope.map(|_| Mark::set(root_fd.as_fd(), number, scope, was_empty, &world.process()));
        unfinished.begins(number);
        Ok(Target {
            root,
            descriptors: Arc::new(descriptors),
            metadata: Metadata::new(options.ownership.clone(), options.xattrs.clone()),
            sparse: options.sparse,
            number,
            temp_number: AtomicU64::new(0),
            mark: Mutex::new(mark),
            unfinished,
            was_empty,
            leaving: Arc::default(),
            clones: AtomicU8::new(0),
            devices: Mutex::new(HashMap::from([(stat.st_dev, device)])),
        })
    }

    /// Nothing was in it when the restore, or an earlier one that is gone on with, began.
    pub fn was_empty(&self) -> bool {
        self.was_empty
    }

    /// Runs that have not ended, this one too.
    pub fn unfinished(&self) -> &Unfinished {
        &self.unfinished
    }

    /// New files that are given up from now on stay under their temporary names, if there is much in them.
    pub fn keep_unfinished(&self) {
        self.leaving.keep.store(true, Ordering::Relaxed);
    }

    /// How many stayed.
    pub fn kept(&self) -> u64 {
        self.leaving.kept.load(Ordering::Relaxed)
    }

    /// Extended attributes that were not set because they are for root alone.
    pub fn left_out_xattrs(&self) -> LeftOutXattrs {
        self.metadata.left_out_xattrs()
    }

    /// Call it after [`Target::sync`]. `is_complete`: all that the restore was about is done.
    pub fn clear_mark(&self, is_complete: bool) -> Result<()> {
        let root = self.fd(&self.root)?;
        if self.kept() == 0 {
            let mark = lock(&self.mark).take();
            mark.into_iter().for_each(|mark| mark.clear(root.as_fd(), &self.unfinished, is_complete));
        }
        Ok(())
    }

    /// Where paths of the snapshot begin.
    pub fn root(&self) -> Dir {
        self.root.clone()
    }

    /// What was there before the restore, not followed. Costs nothing in directories that the restore made itself, where
    /// it is always `None`.
    pub fn existing(&self, dir: &Dir, name: &[u8]) -> Result<Option<Existing>> {
        let name = checked(name)?;
        if dir.is_new() {
            return Ok(None);
        }
        match rustix::fs::statat(self.fd(dir)?, &name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(Existing::of(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(Error::local("read the metadata of", dir.entry_path(name.as_bytes()), errno)),
        }
    }

    /// Makes a directory for this process alone, or enters the one that is there; its owner can write to it until
    /// [`Target::finish_dir`], which must come for both. Anything else in the way, a symlink to a directory too, is removed
    /// if `replace`, else refused.
    pub fn make_dir(&self, parent: &Dir, name: &[u8], replace: bool) -> Result<Dir> {
        let name = checked(name)?;
        let fd = self.fd(parent)?;
        let failed = |errno| Error::local("make directory", parent.entry_path(name.as_bytes()), errno);
        // Twice, if something is in the way that may be removed.
        for removed in [false, true] {
            match rustix::fs::mkdirat(&fd, &name, Mode::RWXU) {
                Ok(()) => return self.enter(parent, name, true, ResolveFlags::empty()),
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(failed(errno)),
            }
            let stat = rustix::fs::statat(&fd, &name, AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
            if rustix::fs::FileType::from_raw_mode(stat.st_mode).is_dir() {
                return self.enter(parent, name, false, ResolveFlags::empty());
            }
            if !replace || removed {
                break;
            }
            rustix::fs::unlinkat(&fd, &name, AtFlags::empty()).map_err(failed)?;
        }
        Err(failed(Errno::NOTDIR))
    }

    /// Opens a directory that is there, by the rules of [`Target::make_dir`].
    pub(super) fn enter(&self, parent: &Dir, name: CString, new: bool, resolve: ResolveFlags) -> Result<Dir> {
        let failed = |errno| Error::local("open directory", parent.entry_path(name.as_bytes()), errno);
        let parent_fd = self.fd(parent)?;
        let mut opened = self.descriptors.open_beneath(parent_fd.as_fd(), name.as_bytes(), OPEN_DIR, resolve);
        if matches!(opened, Err(Errno::ACCESS)) && !self.metadata.is_privileged() {
            chmod_unopened(parent_fd.as_fd(), &name, 0o700).map_err(failed)?;
            opened = self.descriptors.open_beneath(parent_fd.as_fd(), name.as_bytes(), OPEN_DIR, resolve);
        }
        let fd = opened.map_err(failed)?;
        let stat = rustix::fs::fstat(&fd).map_err(failed)?;
        if !new && !self.metadata.is_privileged() && stat.st_mode & 0o700 != 0o700 {
            // If it is somebody else's, writing to it says what is wrong.
            let _ = rustix::fs::fchmod(&fd, Mode::from_raw_mode((stat.st_mode & 0o7777) | 0o700));
        }
        let default_acl = match new {
            true => {
                if parent.0.default_acl {
                    drop_acls(fd.as_fd());
                }
                false
            }
            false => has_default_acl(fd.as_fd()),
        };
        self.know_device(stat.st_dev, &fd).map_err(|error| Error::local("open directory", parent.path(), error))?;
        let opened = Opened { fd, identity: (stat.st_dev, stat.st_ino), flags: OPEN_DIR, new, default_acl };
        let handle = Handle::new(Some(parent.0.clone()), name, opened);
        self.descriptors.add(&handle);
        Ok(Dir(handle))
    }

    /// Sets the metadata of a directory. Call it when nothing is written to it or beneath it any more, children first;
    /// afterwards an unprivileged process may be unable to change anything in it.
    pub fn finish_dir(&self, dir: &Dir, node: &Node) -> Result<Warnings> {
        let fd = self.fd(dir)?;
        let before = if dir.is_new() { Before::InheritedAcl } else { Before::Anything };
        Ok(self.metadata.apply(fd.as_fd(), node, before, || dir.path()))
    }

    /// When it returns, everything that was written is on stable storage: one `syncfs` for each filesystem written to.
    /// An error of writing back that the kernel met since the target was opened comes out here.
    pub fn sync(&self) -> Result<()> {
        for fd in lock(&self.devices).values() {
            rustix::fs::syncfs(fd).map_err(|errno| Error::local("sync", self.root.path(), errno))?;
        }
        Ok(())
    }

    fn know_device(&self, device: u64, fd: &OwnedFd) -> std::io::Result<()> {
        let mut devices = lock(&self.devices);
        if let std::collections::hash_map::Entry::Vacant(vacant) = devices.entry(device) {
            vacant.insert(fd.try_clone()?);
        }
        Ok(())
    }

    pub(super) fn fd(&self, dir: &Dir) -> Result<Arc<OwnedFd>> {
        self.descriptors.get(&dir.0)
    }

    /// Runs `make` with temporary names for a name until one is free.
    pub(super) fn with_temp_name<T>(
        &self,
        name: &CString,
        make: impl Fn(&CString) -> Result<T, Errno>,
    ) -> Result<(CString, T), Errno> {
        loop {
            let number = self.temp_number.fetch_add(1, Ordering::Relaxed);
            let temp = temp_name(self.number, name.as_bytes(), number)?;
            match make(&temp) {
                Err(Errno::EXIST) => {}
                Ok(made) => return Ok((temp, made)),
                Err(errno) => return Err(errno),
            }
        }
    }
}

/// Gives a finished entry its final name. Without `replace` it fails if the name is taken.
pub(super) fn give_name(dir: impl AsFd, temp: &CString, name: &CString, replace: bool) -> Result<(), Errno> {
    let dir = dir.as_fd();
    if !replace {
        match rustix::fs::renameat_with(dir, temp, dir, name, RenameFlags::NOREPLACE) {
            // The filesystem, or the kernel, cannot.
            Err(Errno::INVAL | Errno::NOSYS) => match rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(_) => return Err(Errno::EXIST),
                Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno),
            },
            other => return other,
        }
    }
    rustix::fs::renameat(dir, temp, dir, name)
}
