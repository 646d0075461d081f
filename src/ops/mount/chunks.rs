//! Blobs of files: each is decoded once for many readers and kept for a while, and what will be wanted next is read ahead.
use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::lru::Lru;
use crate::error::Result;
use crate::id::{BlobId, BlobKind, PackId};
use crate::monitor::Monitor;
use crate::repo::Repository;

/// Verified blobs in memory. The repository keeps some decoded frames besides.
pub(super) const CACHE_BYTES: usize = 48 * 1024 * 1024;
/// Frames that wait to be read ahead; more are not taken.
const WAITING: usize = 64;
/// Threads that read ahead, at least and at most.
const THREADS: (usize, usize) = (2, 16);

type FrameKey = (PackId, u32);

/// Shared by threads. Reading ahead ends when it is dropped.
pub(super) struct Chunks {
    shared: Arc<Shared>,
    tasks: Sender<Task>,
}

struct Shared {
    repo: Arc<Repository>,
    monitor: Arc<dyn Monitor>,
    blobs: Lru<BlobId, Arc<Vec<u8>>>,
    frames: Mutex<Frames>,
    /// A frame is not under way any more.
    done: Condvar,
}

#[derive(Default)]
struct Frames {
    /// Some thread is reading or decoding it.
    under_way: HashSet<FrameKey>,
    /// It waits to be read ahead.
    waiting: HashSet<FrameKey>,
}

/// Blobs of one frame.
struct Task {
    frame: FrameKey,
    blobs: Vec<BlobId>,
}

/// Where a blob is, as far as that matters here.
struct Spot {
    frame: FrameKey,
    len: u32,
}

impl Chunks {
    pub(super) fn new(repo: Arc<Repository>, monitor: Arc<dyn Monitor>) -> Self {
        let threads = repo.backend().concurrency().clamp(THREADS.0, THREADS.1);
        let (tasks, receiver) = bounded(WAITING);
        let shared = Arc::new(Shared {
            repo,
            monitor,
            blobs: Lru::new(CACHE_BYTES),
            frames: Mutex::default(),
            done: Condvar::new(),
        });
        for number in 0..threads {
            let (shared, receiver) = (shared.clone(), receiver.clone());
            // Without threads nothing is read ahead, and everything works.
            let _ = std::thread::Builder::new()
                .name(format!("read-ahead-{number}"))
                .spawn(move || read_ahead(&shared, &receiver));
        }
        Chunks { shared, tasks }
    }

    /// Plaintext of a data blob, verified against its id.
    pub(super) fn load(&self, id: &BlobId) -> Result<Arc<Vec<u8>>> {
        self.shared.load(id)
    }

    /// Its length. A blob that is not in the index that is loaded is looked for.
    pub(super) fn length(&self, id: &BlobId) -> Result<u64> {
        match self.shared.spot(id)? {
            Some(spot) => Ok(spot.len.into()),
            None => Ok(self.load(id)?.len() as u64),
        }
    }

    /// How many bytes are read ahead of a reader at most: more where answers take long.
    pub(super) fn window(&self) -> u64 {
        let repo = &self.shared.repo;
        let frames = 2 + 2 * repo.backend().concurrency() as u64;
        (frames * u64::from(repo.config().frame_target)).min(CACHE_BYTES as u64 / 4)
    }

    /// Has blobs read that will be wanted soon, unless too many wait already.
    pub(super) fn ahead(&self, ids: impl IntoIterator<Item = BlobId>) {
        let mut task: Option<Task> = None;
        for id in ids {
            if self.shared.blobs.has(&id) {
                continue;
            }
            let Ok(Some(Spot { frame, .. })) = self.shared.spot(&id) else { continue };
            match &mut task {
                Some(task) if task.frame == frame => task.blobs.push(id),
                _ => {
                    if let Some(task) = task.replace(Task { frame, blobs: vec![id] })
                        && !self.submit(task)
                    {
                        return;
                    }
                }
            }
        }
        if let Some(task) = task {
            self.submit(task);
        }
    }

    fn submit(&self, task: Task) -> bool {
        let frame = task.frame;
        let mut frames = self.shared.lock();
        if frames.under_way.contains(&frame) || !frames.waiting.insert(frame) {
            return true;
        }
        let is_taken = self.tasks.try_send(task).is_ok();
        if !is_taken {
            frames.waiting.remove(&frame);
        }
        is_taken
    }
}

fn read_ahead(shared: &Shared, tasks: &Receiver<Task>) {
    for Task { frame, blobs } in tasks {
        shared.lock().waiting.remove(&frame);
        for id in blobs {
            // Who wants it will be told.
            if shared.load(&id).is_err() {
                break;
            }
        }
    }
}

impl Shared {
    fn load(&self, id: &BlobId) -> Result<Arc<Vec<u8>>> {
        if let Some(blob) = self.blobs.get(id) {
            return Ok(blob);
        }
        let _claim = self.spot(id)?.map(|spot| self.claim(spot.frame));
        // Whoever had the frame before may have wanted the same blob.
        if let Some(blob) = self.blobs.get(id) {
            return Ok(blob);
        }
        let blob = Arc::new(self.repo.load_blob(BlobKind::Data, id, &*self.monitor)?);
        self.blobs.put(*id, blob.clone(), blob.len());
        Ok(blob)
    }

    /// The first of its places; `None` if the index that is loaded has none.
    fn spot(&self, id: &BlobId) -> Result<Option<Spot>> {
        let places = self.repo.places(id)?;
        let place = places.into_iter().find(|place| place.tag.kind == BlobKind::Data);
        Ok(place.map(|place| Spot { frame: (place.pack, place.frame), len: place.len }))
    }

    /// Waits until no other thread is at the frame, which is in the repository's cache then.
    fn claim(&self, frame: FrameKey) -> Claim<'_> {
        let mut frames = self.lock();
        while !frames.under_way.insert(frame) {
            frames = self.done.wait(frames).unwrap_or_else(PoisonError::into_inner);
        }
        Claim { shared: self, frame }
    }

    fn lock(&self) -> MutexGuard<'_, Frames> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Claim<'a> {
    shared: &'a Shared,
    frame: FrameKey,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.shared.lock().under_way.remove(&self.frame);
        self.shared.done.notify_all();
    }
}
