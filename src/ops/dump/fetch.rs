//! Fetches the blobs of one batch.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind};
use crate::monitor::Monitor;
use crate::ops::frames::{self, Taker, Wanted};
use crate::repo::{Location, Repository};

/// A blob that is wanted for the batch, with its place as far as it is known.
pub(super) struct Reference {
    pub id: BlobId,
    pub place: Option<Location>,
}

/// What was fetched, in the order of the references.
pub(super) type Fetched = Vec<Result<Arc<[u8]>>>;

struct Fetch<'a> {
    repo: &'a Repository,
    monitor: &'a dyn Monitor,
    slots: Vec<OnceLock<Result<Arc<[u8]>>>>,
    fatal: Mutex<Option<Error>>,
    over: AtomicBool,
}

impl Taker for Fetch<'_> {
    type Job = usize;

    fn repo(&self) -> &Repository {
        self.repo
    }

    fn monitor(&self) -> &dyn Monitor {
        self.monitor
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed) || self.monitor.stop()
    }

    fn fail(&self, error: Error) {
        self.fatal.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        self.over.store(true, Ordering::Relaxed);
    }

    fn take(&self, wanted: &[Wanted<usize>], _: &[BlobId], blob: Result<&[u8]>) {
        let blob: Result<Arc<[u8]>, String> = match blob {
            Ok(bytes) => Ok(bytes.into()),
            Err(Error::BlobLost { cause, .. }) => Err(cause),
            Err(error) => Err(error.to_string()),
        };
        for Wanted { job, id, .. } in wanted {
            let blob = blob.clone().map_err(|cause| Error::BlobLost { id: *id, cause });
            // Nobody else takes the same.
            let _ = self.slots.get(*job).map(|slot| slot.set(blob));
        }
    }
}

/// Reads all of them, each frame once. An error is one of storage as a whole, or the monitor asked to stop.
pub(super) fn fetch(repo: &Repository, references: Vec<Reference>, monitor: &dyn Monitor) -> Result<Fetched> {
    let slots = references.iter().map(|_| OnceLock::new()).collect();
    let run = Fetch { repo, monitor, slots, fatal: Mutex::default(), over: AtomicBool::new(false) };
    let ids: Vec<BlobId> = references.iter().map(|reference| reference.id).collect();
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get()).max(repo.backend().concurrency());
    let placed = references.into_iter().enumerate();
    frames::fetch(
        &run,
        threads,
        placed.filter_map(|(job, Reference { id, place })| Some(Wanted { job, id, place: place? })),
    );
    if let Some(error) = run.fatal.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    if monitor.stop() {
        return Err(Error::Stopped { checkpoint: None });
    }
    let filled = run.slots.into_iter().zip(ids).map(|(slot, id)| match slot.into_inner() {
        Some(blob) => blob,
        // It was in no index: that is read again for it.
        None => repo.load_blob(BlobKind::Data, &id, monitor).map(Into::into),
    });
    Ok(filled.collect())
}
