//! What a run reads first: key slots and configs, and, while its key is derived from the password, what is asked for right after that.
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::ahead::in_parallel;
use super::lock;
use super::objects::{MAX_OBJECT, served_by_replica};
use super::open::repo_of;
use crate::backend::{Backend, BackendError, ErrorKind, Family, Listed, ObjectName};
use crate::error::{Error, Result};
use crate::monitor::Monitor;

/// What was read of the objects of a family, ascending.
type OfFamily = Vec<(ObjectName, std::result::Result<Vec<u8>, BackendError>)>;

/// Names and bytes of those that read.
type Sound = Vec<(ObjectName, Vec<u8>)>;

/// Key slots and configs: the originals, then replicas whose original is missing or differs. Ascending by number or id.
pub(super) fn read_keys_and_configs(backend: &dyn Backend, monitor: &dyn Monitor) -> Result<[Sound; 2]> {
    let families = [Family::Keys, Family::ReplicaKeys, Family::Config, Family::ReplicaConfig];
    let read: Mutex<BTreeMap<Family, Result<OfFamily>>> = Mutex::default();
    in_parallel(backend.concurrency(), &families, |family| {
        let objects = read_family(backend, *family);
        lock(&read).insert(*family, objects);
    });
    let mut read = std::mem::take(&mut *lock(&read));
    let mut of = |family| read.remove(&family).unwrap_or_else(|| read_family(backend, family));
    let keys = with_replicas(of(Family::Keys)?, of(Family::ReplicaKeys)?, monitor)?;
    Ok([keys, with_replicas(of(Family::Config)?, of(Family::ReplicaConfig)?, monitor)?])
}

/// Without objects that are gone again.
fn read_family(backend: &dyn Backend, family: Family) -> Result<OfFamily> {
    let mut objects = OfFamily::new();
    for listed in backend.list(family)? {
        let mut read = backend.get(&listed.name, MAX_OBJECT);
        // Once more before it is called damaged.
        if read.as_ref().map_or_else(|error| error.kind == ErrorKind::Other, |bytes| repo_of(bytes).is_none()) {
            read = backend.get(&listed.name, MAX_OBJECT);
        }
        if !read.as_ref().is_err_and(|error| matches!(error.kind, ErrorKind::NotFound | ErrorKind::TooLarge)) {
            objects.push((listed.name, read));
        }
    }
    Ok(objects)
}

fn with_replicas(originals: OfFamily, replicas: OfFamily, monitor: &dyn Monitor) -> Result<Sound> {
    let mut found: BTreeMap<ObjectName, Vec<(ObjectName, Vec<u8>)>> = BTreeMap::new();
    let mut failed = BTreeMap::new();
    for (name, read) in originals.into_iter().chain(replicas) {
        let bytes = match read {
            Ok(bytes) => bytes,
            // The other copy may be on a healthy part of the same disk.
            Err(error) => {
                failed.insert(name.original(), error);
                continue;
            }
        };
        let copies = found.entry(name.original()).or_default();
        match copies.first() {
            Some((_, first)) if *first == bytes => {}
            Some(_) => copies.push((name, bytes)),
            None => {
                if name != name.original() {
                    let missing = Error::damaged(name.original(), "it is missing");
                    served_by_replica(&name.original(), &missing, monitor);
                }
                copies.push((name, bytes));
            }
        }
    }
    match failed.into_iter().find(|(name, _)| !found.contains_key(name)) {
        Some((_, error)) => Err(error.into()),
        None => Ok(found.into_values().flatten().collect()),
    }
}

/// Bytes that are read so, at most.
const MOST: u64 = 32 << 20;

/// Objects that never change, as they came from storage.
pub(super) type Early = BTreeMap<ObjectName, Vec<u8>>;

/// Derives the key, and reads meanwhile: decisions, and index objects if `index`, as many as are at hand when the key is. What fails here is read again by whoever
/// needs it.
pub(super) fn read_early<T>(backend: &dyn Backend, index: bool, derive: impl FnOnce() -> T) -> (T, Early) {
    let is_derived = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let early = scope.spawn(|| read(backend, index, &is_derived));
        let derived = derive();
        is_derived.store(true, Ordering::Relaxed);
        (derived, early.join().unwrap_or_default())
    })
}

fn read(backend: &dyn Backend, index: bool, is_derived: &AtomicBool) -> Early {
    let mut families = vec![Family::Snapshots];
    if index {
        families.push(Family::Index);
    }
    let threads = backend.concurrency();
    let listed: Mutex<Vec<Listed>> = Mutex::default();
    in_parallel(threads, &families, |family| {
        if let Ok(found) = backend.list(*family) {
            lock(&listed).extend(found);
        }
    });
    let mut listed = std::mem::take(&mut *lock(&listed));
    listed.sort_by_key(|listed| listed.name);
    let mut bytes = 0;
    listed.retain(|listed| {
        bytes += listed.size;
        bytes <= MOST
    });
    let read: Mutex<Early> = Mutex::default();
    in_parallel(threads, &listed, |listed| {
        if !is_derived.load(Ordering::Relaxed)
            && let Ok(bytes) = backend.get(&listed.name, listed.size)
        {
            lock(&read).insert(listed.name, bytes);
        }
    });
    std::mem::take(&mut *lock(&read))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::backend::MemoryBackend;
    use crate::id::SessionId;
    use crate::repo::near::{Near, tests::Far};
    use crate::world::SystemWorld;

    #[test]
    fn what_is_needed_next_is_read_while_the_key_is_derived_and_not_again() {
        let far = Far(MemoryBackend::new(SystemWorld::new()), AtomicU64::new(0));
        let sid = |n: u8| SessionId([n; 16]);
        let decisions: Vec<ObjectName> = (0..5).map(|n| ObjectName::Snapshot(sid(n))).collect();
        let index: Vec<ObjectName> = (0..5).map(|n| ObjectName::Index(sid(n), 0)).collect();
        decisions.iter().chain(&index).for_each(|name| far.0.overwrite(name, name.to_string().as_bytes()));
        let reads = || far.1.load(Ordering::Relaxed);
        let derive_after = |count: u64| {
            let began = Instant::now();
            move || {
                while reads() < count && began.elapsed() < Duration::from_secs(60) {
                    sleep(Duration::from_millis(1));
                }
                "key"
            }
        };
        let (key, early) = read_early(&far, true, derive_after(10));
        assert_eq!((key, early.len(), reads()), ("key", 10, 10));
        let near = Near::new(&far, None);
        near.expect(early);
        for name in &decisions {
            assert_eq!(near.get(&far, name, 100).unwrap(), name.to_string().into_bytes());
        }
        for name in &index {
            assert_eq!(near.get_once(&far, name, 100).unwrap(), name.to_string().into_bytes());
        }
        assert_eq!(reads(), 10);
        // Read again it comes from storage: the first may have been damaged on its way.
        near.get_once(&far, &index[0], 100).unwrap();
        assert_eq!(reads(), 11);
        let (_, early) = read_early(&far, false, derive_after(16));
        assert_eq!(early.into_keys().collect::<Vec<_>>(), decisions);
    }
}
