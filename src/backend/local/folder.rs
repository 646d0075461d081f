//! Folders below the root: opened step by step, made when missing, with the modes of the root.
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::LocalBackend;
use super::disk::Disk;
use crate::backend::{BackendError, ErrorKind, Family, ObjectName};

/// For opening a folder that must not be a symbolic link.
const OPEN_BELOW: OFlags = OPEN.union(OFlags::NOFOLLOW);
/// For opening any folder.
pub(super) const OPEN: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// File systems for which `syncfs` is known to wait for the disk. Network and FUSE file systems may return before.
/// In this order: ext2 to ext4, XFS, Btrfs, F2FS, ZFS, bcachefs, overlay, tmpfs, FAT, exFAT, NTFS3.
const SYNCFS_WAITS: [u32; 11] = [
    0xEF53,
    0x5846_5342,
    0x9123_683E,
    0xF2F5_2010,
    0x2FC1_2FC1,
    0xCA45_1A4E,
    0x794C_7630,
    0x0102_1994,
    0x4D44,
    0x2011_BAB0,
    0x7366_746E,
];

/// Modes of new folders and files.
#[derive(Clone, Copy, Debug)]
pub(super) struct Modes {
    pub folder: Mode,
    pub file: Mode,
}

impl Modes {
    /// Those that fit the folder with this status.
    pub fn following(root: &Stat) -> Self {
        let root = Mode::from_raw_mode(root.st_mode);
        let mut file = Mode::RUSR | Mode::WUSR;
        if root.contains(Mode::RGRP | Mode::XGRP) {
            file |= Mode::RGRP;
        }
        Modes { folder: Mode::RWXU | (root & (Mode::RWXG | Mode::SGID)), file }
    }
}

/// Sets a mode that the umask has cut. File systems without modes refuse, and then there is nothing to follow.
pub(super) fn follow_mode(disk: &dyn Disk, file: &OwnedFd, now: &Stat, mode: Mode) -> Result<(), Errno> {
    if Mode::from_raw_mode(now.st_mode) == mode {
        return Ok(());
    }
    match disk.chmod(file.as_fd(), mode) {
        Err(Errno::PERM | Errno::NOTSUP | Errno::NOSYS | Errno::INVAL) => Ok(()),
        result => result,
    }
}

/// What a barrier has to sync.
#[derive(Debug)]
pub(super) struct Syncs {
    /// False if every put is durable by itself.
    pub deferred: bool,
    /// The folder of packs, if it lies on another file system than the root.
    pub packs: Option<OwnedFd>,
}

impl Syncs {
    pub fn new(disk: &dyn Disk, root: &OwnedFd) -> Result<Self, Errno> {
        let waits = |fd: &OwnedFd| -> Result<bool, Errno> {
            Ok(SYNCFS_WAITS.contains(&(disk.file_system(fd.as_fd())? as u32)))
        };
        let packs = match open_below(disk, root, Family::Packs.folder()) {
            Ok(packs) => Some(packs),
            Err(Errno::NOENT) => None,
            Err(error) => return Err(error),
        };
        let mut deferred = waits(root)?;
        let device = disk.stat(root.as_fd())?.st_dev;
        let mut elsewhere = None;
        if let Some(packs) = packs {
            deferred &= waits(&packs)?;
            elsewhere = (disk.stat(packs.as_fd())?.st_dev != device).then_some(packs);
        }
        Ok(Syncs { deferred, packs: elsewhere })
    }
}

/// True if the open folder looks like the root of a repository.
pub(super) fn is_store(disk: &dyn Disk, root: &OwnedFd) -> Result<bool, Errno> {
    for family in [Family::Config, Family::ReplicaConfig] {
        match disk.stat_at(root.as_fd(), family.folder()) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Directory => return Ok(true),
            Ok(_) | Err(Errno::NOENT | Errno::NOTDIR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// Opens the folder `path` below `root`; no component may be a symbolic link.
pub(super) fn open_below(disk: &dyn Disk, root: &OwnedFd, path: &str) -> Result<OwnedFd, Errno> {
    open_way(disk, root, path, None)?.pop().ok_or(Errno::INVAL)
}

/// Opens the folders on the way from `root` to `path`, outermost first, and makes missing ones if a mode is given for
/// them. What was made is not durable yet.
pub(super) fn open_way(disk: &dyn Disk, root: &OwnedFd, path: &str, make: Option<Mode>) -> Result<Vec<OwnedFd>, Errno> {
    let mut folders: Vec<OwnedFd> = Vec::with_capacity(2);
    for part in path.split('/') {
        let parent = folders.last().unwrap_or(root).as_fd();
        let part = Path::new(part);
        let open = || disk.open(parent, part, OPEN_BELOW, Mode::empty());
        let folder = match (open(), make) {
            (Err(Errno::NOENT), Some(mode)) => match disk.mkdir(parent, part, mode) {
                Ok(()) => {
                    let folder = open()?;
                    follow_mode(disk, &folder, &disk.stat(folder.as_fd())?, mode)?;
                    folder
                }
                Err(Errno::EXIST) => open()?,
                Err(error) => return Err(error),
            },
            (result, _) => result?,
        };
        folders.push(folder);
    }
    Ok(folders)
}

/// Makes the entries of a folder durable.
pub(super) fn sync_folder(disk: &dyn Disk, folder: &OwnedFd) -> Result<(), Errno> {
    match disk.fsync(folder.as_fd()) {
        // Some network file systems have no such call because their servers do it by themselves.
        Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
        result => result,
    }
}

/// Makes the root and the folders of all families, see [`LocalBackend::create`].
pub(super) fn create(disk: &dyn Disk, path: &Path) -> Result<(), BackendError> {
    let fail = |error: Errno| BackendError::io("create", path.display(), error.into());
    let made = match disk.mkdir(CWD, path, Mode::RWXU) {
        Ok(()) => true,
        Err(Errno::EXIST) => false,
        Err(Errno::NOENT | Errno::NOTDIR) => {
            let cause = "the folder that it should be in does not exist; is everything mounted? Else make it first, with `mkdir -p`";
            let source = Some(io::Error::other(cause));
            let object = path.display().to_string();
            return Err(BackendError { kind: ErrorKind::NoStore, action: "create", object, source });
        }
        Err(error) => return Err(fail(error)),
    };
    let root = disk.open(CWD, path, OPEN, Mode::empty()).map_err(fail)?;
    if let Some(foreign) = foreign_entry(disk, &root).map_err(fail)? {
        let source = Some(io::Error::other(format!("the folder is not empty, there is {foreign:?}")));
        let object = path.display().to_string();
        return Err(BackendError { kind: ErrorKind::Refused, action: "create", object, source });
    }
    let modes = Modes::following(&disk.stat(root.as_fd()).map_err(fail)?);
    // config/ comes last: a folder without it is no repository yet.
    for family in Family::ALL.iter().rev() {
        for folder in open_way(disk, &root, family.folder(), Some(modes.folder)).map_err(fail)? {
            sync_folder(disk, &folder).map_err(fail)?;
        }
    }
    sync_folder(disk, &root).map_err(fail)?;
    // Also when it was there: whoever made it may have died before this point.
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = disk.open(CWD, parent, OPEN, Mode::empty()).and_then(|parent| sync_folder(disk, &parent));
    match synced {
        // One who was given a folder need not have any right to the one above.
        Err(error) if made => Err(fail(error)),
        _ => Ok(()),
    }
}

/// A name in the root that no repository has.
fn foreign_entry(disk: &dyn Disk, root: &OwnedFd) -> Result<Option<String>, Errno> {
    for entry in disk.list(root.as_fd())? {
        let name = entry.name.to_string_lossy().into_owned();
        // The root of a fresh ext4 file system is as good as empty.
        let known = ["lost+found", "reserve", "reserve-prune", "replica"].contains(&name.as_str());
        if !known && !Family::ALL.iter().any(|family| family.folder() == name) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// The folder and the file of an object, both as relative paths.
pub(super) fn split(name: &ObjectName) -> (String, String) {
    let path = name.to_string();
    let (folder, file) = path.rsplit_once('/').expect("names of objects have a folder");
    (folder.to_owned(), file.to_owned())
}

impl LocalBackend {
    /// The open folder of an object, and its file name.
    pub(super) fn folder_of(&self, name: &ObjectName) -> Result<(OwnedFd, String), Errno> {
        let (folder, file) = split(name);
        Ok((open_below(&*self.disk, &self.root, &folder)?, file))
    }
}
