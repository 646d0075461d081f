//! Pages of cache files: 4,088 bytes of content and a keyed checksum each, read through a cache of fixed size.
//!
//! Files are read with `pread` and not mapped: memory stays within the cache's bound whatever is looked up, every page is
//! verified whenever it enters the cache, and a bad disk is an error and not a signal.
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Bytes of a page in the file.
pub const PAGE: usize = 4096;
/// Bytes of a page that are content.
pub const CONTENT: usize = PAGE - 8;
/// Pages that a sequential reader or writer handles at once.
const BURST: usize = 16;
/// Pages of the cache: 48 MiB.
const CACHE_PAGES: usize = 12 << 10;

/// A cache file is not what was written to it. Its segment is out of use until [`super::LocalIndex::update`] replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The local index is damaged and must be updated from the repository")]
pub struct StaleIndex;

/// One immutable file of pages.
#[derive(Debug)]
pub struct PagedFile {
    file: File,
    /// Own to this file, so that its pages make sense nowhere else.
    key: [u8; 32],
    /// Tells the cache this file's pages from others'.
    serial: u64,
    broken: AtomicBool,
}

fn checksum(key: &[u8; 32], page: u32, content: &[u8]) -> [u8; 8] {
    let hash = *blake3::Hasher::new_keyed(key).update(&page.to_le_bytes()).update(content).finalize().as_bytes();
    let mut out = [0; 8];
    out.copy_from_slice(&hash[..8]);
    out
}

impl PagedFile {
    pub fn new(file: File, key: [u8; 32], cache: &PageCache) -> Self {
        let serial = cache.serials.fetch_add(1, Ordering::Relaxed);
        PagedFile { file, key, serial, broken: AtomicBool::new(false) }
    }

    pub fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// A page had a wrong checksum or could not be read.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// Takes the file out of use.
    pub fn give_up(&self) -> StaleIndex {
        self.broken.store(true, Ordering::Relaxed);
        StaleIndex
    }

    /// Reads and verifies `buffer.len() / PAGE` pages from `first` on.
    fn load(&self, first: u32, buffer: &mut [u8]) -> Result<(), StaleIndex> {
        self.file.read_exact_at(buffer, u64::from(first) * PAGE as u64).map_err(|_| self.give_up())?;
        for (page, bytes) in (first..).zip(buffer.chunks_exact(PAGE)) {
            let (content, sum) = bytes.split_at(CONTENT);
            if checksum(&self.key, page, content) != sum {
                return Err(self.give_up());
            }
        }
        Ok(())
    }

    /// Copies content from byte `offset` of the pages from `first` on.
    pub fn read(&self, cache: &PageCache, first: u32, offset: u64, mut out: &mut [u8]) -> Result<(), StaleIndex> {
        if self.is_broken() {
            return Err(StaleIndex);
        }
        let mut page = u64::from(first) + offset / CONTENT as u64;
        let mut within = (offset % CONTENT as u64) as usize;
        while !out.is_empty() {
            let (part, rest) = out.split_at_mut(out.len().min(CONTENT - within));
            let number = u32::try_from(page).map_err(|_| self.give_up())?;
            cache.with(self, number, |content| part.copy_from_slice(&content[within..within + part.len()]))?;
            (out, page, within) = (rest, page + 1, 0);
        }
        Ok(())
    }

    /// Writes `content`, cut into pages from `first` on; the last one is filled up with zeros. Returns how many pages.
    pub fn write(&self, first: u32, content: &[u8]) -> io::Result<u32> {
        let mut bytes = Vec::with_capacity(content.len().div_ceil(CONTENT) * PAGE);
        let mut pages = 0;
        for part in content.chunks(CONTENT) {
            bytes.extend_from_slice(part);
            bytes.resize(pages as usize * PAGE + CONTENT, 0);
            let sum = checksum(&self.key, first + pages, &bytes[pages as usize * PAGE..]);
            bytes.extend_from_slice(&sum);
            pages += 1;
        }
        self.file.write_all_at(&bytes, u64::from(first) * PAGE as u64)?;
        Ok(pages)
    }
}

#[derive(Debug, Default)]
struct Cached {
    file: u64,
    page: u32,
    bytes: Option<Box<[u8; PAGE]>>,
}

/// Verified pages of all files of one index; each page has one slot that it may be in.
#[derive(Debug)]
pub struct PageCache {
    slots: Vec<Mutex<Cached>>,
    serials: AtomicU64,
}

impl PageCache {
    pub fn new() -> Self {
        PageCache { slots: (0..CACHE_PAGES).map(|_| Mutex::default()).collect(), serials: AtomicU64::new(0) }
    }

    fn with(&self, file: &PagedFile, page: u32, take: impl FnOnce(&[u8])) -> Result<(), StaleIndex> {
        let mixed = (u64::from(page) + (file.serial << 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let slot = &self.slots[(mixed as usize * CACHE_PAGES) >> 32];
        // A panic while loading leaves bytes that are not marked as verified.
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let Cached { file: held_file, page: held_page, bytes } = &mut *slot;
        let held = bytes.is_some() && (*held_file, *held_page) == (file.serial, page);
        let buffer = bytes.get_or_insert_with(|| Box::new([0; PAGE]));
        if !held {
            // No page has this name, so a failure below leaves nothing that could be taken for verified.
            (*held_file, *held_page) = (u64::MAX, u32::MAX);
            file.load(page, buffer.as_mut_slice())?;
            (*held_file, *held_page) = (file.serial, page);
        }
        take(&buffer[..CONTENT]);
        Ok(())
    }
}

/// Reads content from front to back, past the cache.
pub struct PageReader<'a> {
    file: &'a PagedFile,
    next: u32,
    end: u32,
    content: Vec<u8>,
    at: usize,
}

impl<'a> PageReader<'a> {
    /// Reads pages `first` up to `end`.
    pub fn new(file: &'a PagedFile, first: u32, end: u32) -> Self {
        PageReader { file, next: first, end, content: Vec::new(), at: 0 }
    }

    pub fn read(&mut self, mut out: &mut [u8]) -> Result<(), StaleIndex> {
        while !out.is_empty() {
            if self.at == self.content.len() {
                self.fill()?;
            }
            let n = out.len().min(self.content.len() - self.at);
            let (part, rest) = out.split_at_mut(n);
            part.copy_from_slice(&self.content[self.at..self.at + n]);
            self.at += n;
            out = rest;
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<(), StaleIndex> {
        let pages = (self.end.saturating_sub(self.next) as usize).min(BURST);
        if pages == 0 {
            return Err(self.file.give_up());
        }
        let mut raw = vec![0; pages * PAGE];
        self.file.load(self.next, &mut raw)?;
        self.content.clear();
        raw.chunks_exact(PAGE).for_each(|page| self.content.extend_from_slice(&page[..CONTENT]));
        self.next += pages as u32;
        self.at = 0;
        Ok(())
    }
}

/// Writes content from front to back.
#[derive(Debug)]
pub struct PageWriter {
    next: u32,
    content: Vec<u8>,
}

impl PageWriter {
    pub fn new(first: u32) -> Self {
        PageWriter { next: first, content: Vec::new() }
    }

    /// Appends what `put` adds to the buffer.
    pub fn push(&mut self, file: &PagedFile, put: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        put(&mut self.content);
        if self.content.len() >= BURST * CONTENT {
            let rest = self.content.split_off(BURST * CONTENT);
            self.next += file.write(self.next, &self.content)?;
            self.content = rest;
        }
        Ok(())
    }

    pub fn finish(self, file: &PagedFile) -> io::Result<()> {
        file.write(self.next, &self.content).map(drop)
    }
}
