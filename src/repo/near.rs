//! What was read of storage that is far away, kept on this machine: pieces of packs that have trees, and decisions. Disposable, and of no
//! weight: whatever comes out of here is verified as if it came from storage.
use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use super::early::Early;
use super::{cache_file, lock};
use crate::backend::{Backend, BackendError, ErrorKind, ObjectName};
use crate::monitor::ReadPlan;

/// A piece of a pack; shorter packs are one piece.
const PIECE: u64 = 1 << 20;
/// Pieces in memory.
const IN_MEMORY: usize = 24;
/// Bytes on disk, unless another limit is set, beyond which what was not used for the longest time goes…
const ON_DISK: u64 = 1 << 30;
/// …when so many bytes were added, or less where the limit is small.
const SWEEP_EVERY: u64 = 64 << 20;
const MAGIC: &[u8; 8] = b"CADDISN1";

type Piece = (ObjectName, u64);

/// See above. Does nothing where storage is near.
pub(super) struct Near {
    is_far: bool,
    folder: Option<PathBuf>,
    /// Not used: what storage has is looked at.
    is_off: AtomicBool,
    pieces: Mutex<VecDeque<(Piece, Arc<Vec<u8>>)>>,
    added: AtomicU64,
    /// Bytes on disk.
    limit: AtomicU64,
    /// What was read of packs.
    read: Mutex<ReadPlan>,
    /// Objects that wait to be asked for, which each of them is once.
    early: Mutex<Early>,
}

impl Near {
    pub(super) fn new(backend: &dyn Backend, folder: Option<PathBuf>) -> Self {
        Near {
            is_far: backend.is_remote(),
            folder,
            is_off: AtomicBool::new(false),
            pieces: Mutex::default(),
            added: AtomicU64::new(SWEEP_EVERY),
            limit: AtomicU64::new(ON_DISK),
            read: Mutex::default(),
            early: Mutex::default(),
        }
    }

    /// From now on everything is read from storage.
    pub(super) fn switch_off(&self) {
        self.is_off.store(true, Ordering::Relaxed);
        lock(&self.early).clear();
    }

    /// These were read a moment ago.
    pub(super) fn expect(&self, early: Early) {
        *lock(&self.early) = early;
    }

    /// The same as [`Backend::get`], for an object that never changes; it is not kept.
    pub(super) fn get_once(
        &self,
        backend: &dyn Backend,
        name: &ObjectName,
        limit: u64,
    ) -> Result<Vec<u8>, BackendError> {
        let early = lock(&self.early).remove(name);
        early.map_or_else(|| backend.get(name, limit), Ok)
    }

    /// From now on no more than so many bytes are kept on disk.
    pub(super) fn set_limit(&self, bytes: u64) {
        self.limit.store(bytes, Ordering::Relaxed);
        if bytes == 0 && self.is_far {
            self.sweep(0);
        }
    }

    /// What was read of packs in storage so far.
    pub(super) fn read_so_far(&self) -> ReadPlan {
        *lock(&self.read)
    }

    /// Whether so many bytes that have just been read need not be read again.
    pub(super) fn holds(&self, bytes: u64) -> bool {
        let on_disk = if self.folder.is_some() { self.limit() } else { 0 };
        bytes <= on_disk.max(IN_MEMORY as u64 * PIECE)
    }

    fn limit(&self) -> u64 {
        self.limit.load(Ordering::Relaxed)
    }

    fn is_used(&self) -> bool {
        self.is_far && !self.is_off.load(Ordering::Relaxed)
    }

    /// The same as [`Backend::get`], for an object that never changes; it is kept.
    pub(super) fn get(&self, backend: &dyn Backend, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError> {
        if !self.is_used() {
            return backend.get(name, limit);
        }
        if let Some(bytes) = self.load(&(*name, 0), limit) {
            return Ok(bytes);
        }
        let bytes = self.get_once(backend, name, limit)?;
        self.store(&(*name, 0), &bytes);
        Ok(bytes)
    }

    /// The same as [`Backend::get_range`] of a pack, but reads more of it than was asked for, because that will be asked for next.
    pub(super) fn get_range(
        &self,
        backend: &dyn Backend,
        name: &ObjectName,
        offset: u64,
        len: usize,
    ) -> Result<Vec<u8>, BackendError> {
        if !self.is_used() {
            return backend.get_range(name, offset, len);
        }
        let end = offset + len as u64;
        let mut bytes = Vec::with_capacity(len);
        for number in offset / PIECE..end.div_ceil(PIECE) {
            let Some(piece) = self.piece(backend, name, number)? else { return self.read(backend, name, offset, len) };
            let start = number * PIECE;
            let (from, to) = (offset.max(start) - start, end.min(start + PIECE) - start);
            match piece.get(from as usize..to as usize) {
                Some(part) => bytes.extend_from_slice(part),
                None => return self.read(backend, name, offset, len),
            }
        }
        Ok(bytes)
    }

    /// Forgets what it has of an object, which was not what it should be.
    pub(super) fn forget(&self, name: &ObjectName, offset: u64, len: usize) {
        if self.is_far {
            for number in offset / PIECE..(offset + len as u64).div_ceil(PIECE).max(offset / PIECE + 1) {
                lock(&self.pieces).retain(|(piece, _)| *piece != (*name, number));
                self.file(&(*name, number)).map(fs::remove_file);
            }
        }
    }

    fn read(&self, backend: &dyn Backend, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        lock(&self.read).add(len as u64);
        backend.get_range(name, offset, len)
    }

    /// `None` if the pack has an end that is not known here.
    fn piece(
        &self,
        backend: &dyn Backend,
        name: &ObjectName,
        number: u64,
    ) -> Result<Option<Arc<Vec<u8>>>, BackendError> {
        let key = (*name, number);
        if let Some((_, piece)) = lock(&self.pieces).iter().find(|(have, _)| *have == key) {
            return Ok(Some(Arc::clone(piece)));
        }
        let piece = match self.load(&key, PIECE) {
            Some(piece) => piece,
            None => {
                // Most packs have one piece, or pieces of full length. What ends earlier is read in part.
                let read = match number {
                    0 => backend.get(name, PIECE),
                    _ => backend.get_range(name, number * PIECE, PIECE as usize),
                };
                let read = match read {
                    Err(error) if number == 0 && error.kind == ErrorKind::TooLarge => {
                        backend.get_range(name, 0, PIECE as usize)
                    }
                    read => read,
                };
                match read {
                    Ok(piece) => {
                        lock(&self.read).add(piece.len() as u64);
                        self.store(&key, &piece);
                        piece
                    }
                    Err(error) if error.kind == ErrorKind::ShortRead => return Ok(None),
                    Err(error) => return Err(error),
                }
            }
        };
        let piece = Arc::new(piece);
        let mut pieces = lock(&self.pieces);
        pieces.push_back((key, Arc::clone(&piece)));
        if pieces.len() > IN_MEMORY {
            pieces.pop_front();
        }
        Ok(Some(piece))
    }

    fn file(&self, (name, number): &Piece) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{}-{number}", name.to_string().replace('/', "-"))))
    }

    fn load(&self, piece: &Piece, limit: u64) -> Option<Vec<u8>> {
        let file = self.file(piece).filter(|_| self.limit() > 0)?;
        let bytes = cache_file::read(&file, MAGIC, None, limit.saturating_add(64))?;
        // The time of the last use. Where that cannot be set it is that of the first.
        let _ = fs::File::open(&file).and_then(|file| file.set_modified(SystemTime::now()));
        Some(bytes)
    }

    /// A cache that cannot be written is no reason to fail.
    fn store(&self, piece: &Piece, bytes: &[u8]) {
        let (limit, len) = (self.limit(), bytes.len() as u64);
        let Some(file) = self.file(piece).filter(|_| len <= limit) else { return };
        if cache_file::write(&file, MAGIC, None, bytes).is_ok()
            && self.added.fetch_add(len, Ordering::Relaxed) + len >= SWEEP_EVERY.min(limit / 8)
        {
            self.added.store(0, Ordering::Relaxed);
            self.sweep(limit);
        }
    }

    fn sweep(&self, most: u64) {
        let Some(entries) = self.folder.as_ref().and_then(|folder| fs::read_dir(folder).ok()) else { return };
        let file = |entry: fs::DirEntry| {
            let metadata = entry.metadata().ok()?;
            Some((metadata.modified().ok()?, metadata.len(), entry.path()))
        };
        let mut files: Vec<_> = entries.flatten().filter_map(file).collect();
        files.sort();
        let mut total: u64 = files.iter().map(|(_, len, _)| len).sum();
        for (_, len, path) in files {
            if total <= most {
                break;
            }
            // Another process that sweeps has the same order, and may have been faster.
            if fs::remove_file(path).map_or_else(|error| error.kind() == io::ErrorKind::NotFound, |()| true) {
                total -= len;
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::backend::{Family, Listed, MemoryBackend, Put};
    use crate::id::PackId;
    use crate::world::SystemWorld;

    /// Memory that says it is far away and counts what is read.
    #[derive(Debug)]
    pub(in crate::repo) struct Far(pub(in crate::repo) MemoryBackend, pub(in crate::repo) AtomicU64);

    impl Backend for Far {
        fn describe(&self) -> String {
            "far".to_owned()
        }
        fn put_new(&self, name: &ObjectName, bytes: &[u8]) -> Result<Put, BackendError> {
            self.0.put_new(name, bytes)
        }
        fn put_session(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
            self.0.put_session(name, bytes)
        }
        fn replace_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
            self.0.replace_pack(name, bytes)
        }
        fn get(&self, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.get(name, limit)
        }
        fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.get_range(name, offset, len)
        }
        fn list(&self, family: Family) -> Result<Vec<Listed>, BackendError> {
            self.0.list(family)
        }
        fn is_remote(&self) -> bool {
            true
        }
        fn concurrency(&self) -> usize {
            4
        }
        fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError> {
            self.0.stat(name)
        }
        fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
            self.0.delete(name)
        }
        fn barrier(&self) -> Result<(), BackendError> {
            self.0.barrier()
        }
    }

    #[test]
    fn pieces_are_read_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let far = Far(MemoryBackend::new(SystemWorld::new()), AtomicU64::new(0));
        let bytes: Vec<u8> = (0..3_500_000_u32).flat_map(|n| [(n % 251) as u8]).collect();
        let (long, short) = (ObjectName::Pack(PackId([1; 32])), ObjectName::Pack(PackId([2; 32])));
        far.0.overwrite(&long, &bytes);
        far.0.overwrite(&short, &bytes[..300_000]);
        let reads = |near: &Near| {
            let before = far.1.load(Ordering::Relaxed);
            for (name, all) in [(&long, &bytes[..]), (&short, &bytes[..300_000])] {
                for (offset, len) in [(0, 10), (5, 299_995), (all.len() - 7, 7), (all.len() / 2, 100_000)] {
                    assert_eq!(near.get_range(&far, name, offset as u64, len).unwrap(), all[offset..][..len]);
                }
                assert!(near.get_range(&far, name, all.len() as u64 - 5, 6).is_err());
            }
            far.1.load(Ordering::Relaxed) - before
        };
        let near = Near::new(&far, Some(folder.path().to_owned()));
        let first = reads(&near);
        // What the last, short piece of a long pack has is read as it is asked for.
        let again = reads(&near);
        assert!(again < first && again <= 6, "{first} {again}");
        assert_eq!(reads(&Near::new(&far, Some(folder.path().to_owned()))), again, "from disk");
        near.switch_off();
        assert_eq!(reads(&near), 10);
        near.forget(&short, 0, 1);
        assert!(near.load(&(short, 0), PIECE).is_none());
        near.sweep(0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_limit_holds_and_none_at_all_keeps_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let far = Far(MemoryBackend::new(SystemWorld::new()), AtomicU64::new(0));
        let names: Vec<ObjectName> = (0..40).map(|n| ObjectName::Pack(PackId([n; 32]))).collect();
        names.iter().for_each(|name| far.0.overwrite(name, &[5; 10_000]));
        let on_disk = || -> u64 {
            fs::read_dir(folder.path())
                .map_or(0, |files| files.map(|file| file.unwrap().metadata().unwrap().len()).sum())
        };
        let two = [(); 2].map(|()| Near::new(&far, Some(folder.path().to_owned())));
        two.iter().for_each(|near| near.set_limit(80_000));
        for (name, near) in names.iter().zip(two.iter().cycle()) {
            near.get_range(&far, name, 0, 10).unwrap();
            assert!(on_disk() <= 80_000 + 20_000, "{}", on_disk());
        }
        assert!(on_disk() >= 60_000, "{}", on_disk());
        let small = Near::new(&far, Some(folder.path().to_owned()));
        small.set_limit(5_000);
        small.get_range(&far, &names[0], 0, 10).unwrap();
        assert!(on_disk() >= 60_000, "what is larger than the limit is not kept");
        small.set_limit(0);
        assert_eq!(on_disk(), 0);
        let reads = || far.1.load(Ordering::Relaxed);
        let before = reads();
        small.get_range(&far, &names[1], 0, 10).unwrap();
        small.get_range(&far, &names[1], 5, 10).unwrap();
        assert_eq!((reads() - before, on_disk()), (1, 0), "from memory");
    }
}
