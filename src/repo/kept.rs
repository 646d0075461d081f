//! What this machine keeps of repositories in its cache folder: who uses it, how much it is, and how it is removed.
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use super::seen;
use crate::error::{Error, Result};
use crate::id::RepoId;
use crate::world::Time;

/// In the folder of a repository: its time is that of the last use, its lines are places where the repository was found, the last one first.
/// Whoever has the repository open holds a shared lock on it.
const USED: &str = "used";
/// What can be had from storage again.
const CACHES: [&str; 2] = ["index", "near"];
/// What cannot.
const MEMORY: &str = "verified";
const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55
# This directory is a cache of caddis: what is in it can be had again. See https://bford.info/cachedir/
";
/// Lines of [`USED`]…
const PLACES: usize = 8;
/// …and its bytes.
const MAX_USED: u64 = 64 << 10;
/// So often somebody may remove the file while it is being locked.
const ATTEMPTS: u32 = 8;

/// As long as this is there, nothing is removed.
#[derive(Debug)]
pub(super) struct Held {
    _file: File,
}

/// What is kept of one repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Places where it was found, the last one first; none if only earlier versions of the program have used it.
    pub places: Vec<String>,
    /// When a run opened it last, or wrote there.
    pub last_used: Time,
    /// Bytes of the index.
    pub index_bytes: u64,
    /// Bytes of what was read of directories and snapshots of storage that is far away.
    pub near_bytes: u64,
    /// Bytes of the memory of checks.
    pub verified_bytes: u64,
    /// Places of which it is remembered what was seen there: what tells that storage was rolled back.
    pub seen_places: u64,
}

/// What is to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// What can be had from storage again.
    Caches,
    /// That, and what is remembered: what checks have verified, and what was seen, so that a rollback is not noticed any more.
    CachesAndMemory,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// So many bytes.
    Bytes(u64),
    /// Nothing: a run has it open.
    InUse,
}

/// Makes the cache folder, and says in it that it need not be backed up (<https://bford.info/cachedir/>). One that is there stays as it is: it may
/// have other things in it.
pub(super) fn make_cache(cache: &Path) {
    let made = |cache| fs::DirBuilder::new().recursive(true).mode(0o700).create(cache);
    if !cache.exists() && made(cache).is_ok() {
        // Without it backups get larger, that is all.
        let _ = fs::write(cache.join("CACHEDIR.TAG"), TAG);
    }
}

/// Notes that the repository is used, and keeps what is there from being removed. Waits for a removal that is under way. `None` if there
/// is no such folder to be had, or its file system has no locks: then nothing is kept from anything.
pub(super) fn hold(folder: &Path, place: &str, now: Time) -> Option<Held> {
    let path = folder.join(USED);
    for _ in 0..ATTEMPTS {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).ok()?;
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).ok()?;
        file.lock_shared().ok()?;
        // Whoever removed it had it locked.
        if !is_same(&file, &path) {
            continue;
        }
        let before = places(&mut file);
        let mut after = before.clone();
        after.retain(|other| other != place);
        after.insert(0, place.to_owned());
        after.truncate(PLACES);
        if after != before && !place.contains('\n') {
            // For people only: two runs that write at the same time may spoil a line.
            let _ = file.set_len(0).and_then(|()| io::Seek::rewind(&mut file));
            let _ = file.write_all((after.join("\n") + "\n").as_bytes());
        }
        let since = Duration::new(u64::try_from(now.secs).unwrap_or(0), now.nanos.min(999_999_999));
        let _ = UNIX_EPOCH.checked_add(since).map(|time| file.set_modified(time));
        return Some(Held { _file: file });
    }
    None
}

fn is_same(file: &File, path: &Path) -> bool {
    let of = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    file.metadata().ok().map(of).is_some_and(|inode| fs::metadata(path).ok().map(of) == Some(inode))
}

fn places(file: &mut File) -> Vec<String> {
    let mut text = String::new();
    // One that does not read is as good as none.
    let _ = file.take(MAX_USED).read_to_string(&mut text);
    text.lines().filter(|line| !line.is_empty()).map(ToOwned::to_owned).collect()
}

/// Everything in a cache folder, by repository. A folder that is not there has nothing in it.
pub fn kept(cache: &Path) -> Result<BTreeMap<RepoId, Kept>> {
    let mut found: BTreeMap<RepoId, Kept> = BTreeMap::new();
    for path in entries(cache).map_err(|error| Error::local("list", cache, error))? {
        if let Some(repo) = path.file_name().and_then(|name| name.to_str()?.parse().ok()).filter(|_| path.is_dir()) {
            found.insert(repo, look(&path));
        }
    }
    for (repo, path) in seen::all(cache) {
        let kept = found.entry(repo).or_default();
        kept.seen_places += 1;
        kept.last_used = kept.last_used.max(modified(&path));
    }
    Ok(found)
}

fn look(folder: &Path) -> Kept {
    let used = folder.join(USED);
    let mut kept = Kept { last_used: modified(&used), ..Kept::default() };
    kept.places = File::open(&used).map(|mut file| places(&mut file)).unwrap_or_default();
    let mut sum = |name: &str| {
        let (bytes, last) = size(&folder.join(name));
        kept.last_used = kept.last_used.max(last);
        bytes
    };
    [kept.index_bytes, kept.near_bytes, kept.verified_bytes] = [sum(CACHES[0]), sum(CACHES[1]), sum(MEMORY)];
    kept
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(entries.flatten().map(|entry| entry.path()).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn modified(path: &Path) -> Time {
    fs::metadata(path).and_then(|metadata| metadata.modified()).map_or(Time::default(), Time::from)
}

/// Bytes of a file, or of the files in a folder, and when one was written last.
fn size(path: &Path) -> (u64, Time) {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Default::default() };
    if !metadata.is_dir() {
        return (metadata.len(), metadata.modified().map_or(Time::default(), Time::from));
    }
    let files = entries(path).unwrap_or_default();
    let sizes = files.iter().filter_map(|file| fs::symlink_metadata(file).ok()).filter(fs::Metadata::is_file);
    sizes.fold(Default::default(), |(bytes, last), file| {
        (bytes + file.len(), file.modified().map_or(last, |time| last.max(time.into())))
    })
}

/// Removes what is kept of a repository, unless a run has it open.
pub fn remove_kept(cache: &Path, repo: &RepoId, what: Removal) -> Result<Removed> {
    let folder = cache.join(repo.to_string());
    let failed = |path: &Path, error: io::Error| Error::local("remove", path, error);
    let mut bytes = 0;
    let mut lock = None;
    if folder.is_dir() {
        let used = folder.join(USED);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&used);
        let file = file.map_err(|error| failed(&used, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Ok(Removed::InUse),
            Err(fs::TryLockError::Error(error)) => return Err(failed(&used, error)),
        }
        lock = Some(file);
    }
    let caches = CACHES.iter().map(|name| folder.join(name));
    let mut gone: Vec<PathBuf> = caches.collect();
    if what == Removal::CachesAndMemory {
        gone.push(folder.join(MEMORY));
        gone.extend(seen::all(cache).into_iter().filter(|(of, _)| of == repo).map(|(_, path)| path));
    }
    for path in gone {
        bytes += size(&path).0;
        let removed = match fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
            true => fs::remove_dir_all(&path),
            false => fs::remove_file(&path),
        };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(&path, error)),
            _ => {}
        }
    }
    if lock.is_some() && !folder.join(MEMORY).exists() {
        // Last, and with the lock held. What else somebody put there keeps the folder.
        let _ = fs::remove_file(folder.join(USED));
        let _ = fs::remove_dir(&folder);
    }
    Ok(Removed::Bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPO: RepoId = RepoId([7; 32]);
    const NOW: Time = Time { secs: 1000, nanos: 0 };

    fn fill(cache: &Path) -> PathBuf {
        let folder = cache.join(REPO.to_string());
        for (name, len) in [("index/a", 10), ("index/segments", 5), ("near/p", 100), ("verified", 20)] {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, vec![0; len]).unwrap();
        }
        folder
    }

    #[test]
    fn what_is_kept_is_listed_with_the_places_of_its_repository() {
        let cache = tempfile::tempdir().unwrap();
        assert!(kept(&cache.path().join("none")).unwrap().is_empty());
        let folder = fill(cache.path());
        fs::write(cache.path().join("something"), "else").unwrap();
        assert!(kept(cache.path()).unwrap()[&REPO].places.is_empty());
        for place in ["/a", "/b", "/a", "bad\nplace"] {
            drop(hold(&folder, place, NOW).unwrap());
        }
        let all = kept(cache.path()).unwrap();
        let one = &all[&REPO];
        assert_eq!((all.len(), &one.places[..]), (1, &["/a".to_owned(), "/b".to_owned()][..]));
        assert_eq!((one.index_bytes, one.near_bytes, one.verified_bytes, one.seen_places), (15, 100, 20, 0));
        assert_eq!(modified(&folder.join(USED)), NOW);
        (0..20).for_each(|n| drop(hold(&folder, &format!("/{n}"), NOW)));
        assert_eq!(kept(cache.path()).unwrap()[&REPO].places.len(), PLACES);
    }

    #[test]
    fn memory_stays_unless_it_is_named_and_nothing_goes_that_is_in_use() {
        let cache = tempfile::tempdir().unwrap();
        let folder = fill(cache.path());
        let held = [hold(&folder, "/a", NOW).unwrap(), hold(&folder, "/a", NOW).unwrap()];
        assert_eq!(remove_kept(cache.path(), &REPO, Removal::Caches).unwrap(), Removed::InUse);
        drop(held);
        let silent = &crate::monitor::Silent;
        drop(seen::Seen::open(Some(cache.path()), "/a", &REPO, silent).unwrap());
        drop(seen::Seen::open(Some(cache.path()), "/other", &RepoId([8; 32]), silent).unwrap());
        assert_eq!(remove_kept(cache.path(), &REPO, Removal::Caches).unwrap(), Removed::Bytes(115));
        let left = kept(cache.path()).unwrap().remove(&REPO).unwrap();
        assert_eq!((left.index_bytes, left.near_bytes, left.verified_bytes, left.seen_places), (0, 0, 20, 1));
        assert_eq!(left.places, ["/a"]);
        assert!(matches!(remove_kept(cache.path(), &REPO, Removal::CachesAndMemory), Ok(Removed::Bytes(20..))));
        assert!(!folder.exists() && !kept(cache.path()).unwrap().contains_key(&REPO));
        assert!(kept(cache.path()).unwrap().contains_key(&RepoId([8; 32])), "what was seen of others stays");
        assert_eq!(remove_kept(cache.path(), &REPO, Removal::Caches).unwrap(), Removed::Bytes(0));
    }
}
