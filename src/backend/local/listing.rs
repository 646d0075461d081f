//! Reading folders: complete, quick for very many packs, blind to foreign and unfinished files.
use std::collections::BTreeSet;
use std::os::fd::{AsFd, OwnedFd};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustix::fs::{FileType, Stat};
use rustix::io::Errno;

use super::disk::Disk;
use super::folder::{is_store, open_below, sync_folder};
use crate::backend::{Family, Listed, ObjectName};
use crate::world::Time;

/// Threads for the folders of packs: looking at files is mostly waiting.
const THREADS: usize = 4;

/// What a listing says of an object with this status.
pub(super) fn listed(name: ObjectName, stat: &Stat) -> Listed {
    Listed { name, size: stat.st_size as u64, modified: modified(stat) }
}

fn modified(stat: &Stat) -> Time {
    Time { secs: stat.st_mtime, nanos: stat.st_mtime_nsec as u32 }
}

/// All objects of a family. A folder that is missing is empty as long as the root is that of a repository.
pub(super) fn list(disk: &dyn Disk, root: &OwnedFd, family: Family) -> Result<Vec<Listed>, Errno> {
    let folders = folders(disk, root, family)?;
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<Listed>, Errno> {
        let mut objects = Vec::new();
        while let Some(path) = folders.get(next.fetch_add(1, Ordering::Relaxed)) {
            list_folder(disk, root, family, path, &mut objects)?;
        }
        Ok(objects)
    };
    let mut objects = if folders.len() <= 1 {
        work()?
    } else {
        thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
            let mut objects = Vec::new();
            for thread in threads {
                objects.append(&mut thread.join().unwrap_or_else(|panic| resume_unwind(panic))?);
            }
            Ok(objects)
        })?
    };
    objects.sort_unstable_by_key(|object| object.name);
    objects.dedup_by_key(|object| object.name);
    Ok(objects)
}

/// Removes unfinished files last written before `before`; returns how many.
pub(super) fn remove_temps(disk: &dyn Disk, root: &OwnedFd, family: Family, before: Time) -> Result<u64, Errno> {
    let mut removed = 0;
    for path in folders(disk, root, family)? {
        let Some(folder) = there(open_below(disk, root, &path))? else { continue };
        for entry in entries(disk, &folder)? {
            let target = entry.file.strip_suffix(".tmp").and_then(|file| file.rsplit_once('.'));
            if target.and_then(|(target, _)| object(family, &path, target)).is_none() {
                continue;
            }
            let stat = disk.stat_at(folder.as_fd(), &entry.file);
            let Some(stat) = there(stat)? else { continue };
            if modified(&stat) < before {
                let unlinked = disk.unlink(folder.as_fd(), &entry.file);
                removed += u64::from(there(unlinked)?.is_some());
            }
        }
    }
    Ok(removed)
}

/// Makes the names of all objects durable, also of those whose writers died between the two steps.
pub(super) fn sync_names(disk: &dyn Disk, root: &OwnedFd) -> Result<(), Errno> {
    let mut paths = BTreeSet::new();
    for family in Family::ALL {
        for path in folders(disk, root, family)? {
            paths.extend(path.match_indices('/').map(|(at, _)| path[..at].to_owned()));
            paths.insert(path);
        }
    }
    for path in paths {
        if let Some(folder) = there(open_below(disk, root, &path))? {
            sync_folder(disk, &folder)?;
        }
    }
    sync_folder(disk, root)
}

/// The folders that hold the objects of a family: one, or those in `packs/`. None if it is missing.
fn folders(disk: &dyn Disk, root: &OwnedFd, family: Family) -> Result<Vec<String>, Errno> {
    let path = family.folder();
    let Some(folder) = there(open_below(disk, root, path))? else {
        return if is_store(disk, root)? { Ok(Vec::new()) } else { Err(Errno::NOENT) };
    };
    if family != Family::Packs {
        return Ok(vec![path.to_owned()]);
    }
    let hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    let entries = entries(disk, &folder)?.into_iter().map(|entry| entry.file);
    Ok(entries.filter(|file| file.len() == 2 && file.bytes().all(hex)).map(|file| format!("{path}/{file}")).collect())
}

fn list_folder(
    disk: &dyn Disk,
    root: &OwnedFd,
    family: Family,
    path: &str,
    objects: &mut Vec<Listed>,
) -> Result<(), Errno> {
    let Some(folder) = there(open_below(disk, root, path))? else { return Ok(()) };
    let mut entries_seen = entries(disk, &folder)?;
    if matches!(family, Family::Sessions | Family::Packs) {
        // A file that is replaced meanwhile may move from the unread to the read part of the folder (Btrfs): look twice.
        entries_seen.append(&mut entries(disk, &folder)?);
        entries_seen.sort_unstable_by(|a, b| a.file.cmp(&b.file));
        entries_seen.dedup_by(|a, b| a.file == b.file);
    }
    // Roughly the order on disk, which makes a cold listing of many files several times faster.
    entries_seen.sort_unstable_by_key(|entry| entry.inode);
    for entry in entries_seen {
        let Some(name) = object(family, path, &entry.file) else { continue };
        let stat = disk.stat_at(folder.as_fd(), &entry.file);
        // Not there: deleted since.
        let Some(stat) = there(stat)? else { continue };
        if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
            objects.push(listed(name, &stat));
        }
    }
    Ok(())
}

/// The object of a family that a file in the folder `path` stands for.
fn object(family: Family, path: &str, file: &str) -> Option<ObjectName> {
    match family {
        Family::Packs => ObjectName::parse(family, &format!("{}/{file}", path.rsplit_once('/')?.1)),
        _ => ObjectName::parse(family, file),
    }
}

struct Entry {
    inode: u64,
    file: String,
}

/// Everything in a folder whose name is text; no object has another.
fn entries(disk: &dyn Disk, folder: &OwnedFd) -> Result<Vec<Entry>, Errno> {
    let entries = disk.list(folder.as_fd())?.into_iter();
    Ok(entries.filter_map(|entry| Some(Entry { inode: entry.inode, file: entry.name.into_string().ok()? })).collect())
}

/// `None` for what does not exist.
fn there<T>(result: Result<T, Errno>) -> Result<Option<T>, Errno> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error),
    }
}
