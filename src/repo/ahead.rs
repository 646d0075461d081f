//! Objects that are needed next, read several at a time where answers take long. What fails here is read again by whoever needs it.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Shared, lock};
use crate::format::{IndexName, IndexObject};
use crate::id::SessionId;
use crate::monitor::Silent;

/// Index objects that are read at a time; each has up to 8 MiB.
const INDEX_OBJECTS: usize = 8;

impl Shared {
    /// Decisions that are not known yet.
    pub(super) fn read_decisions_ahead(&self, listed: &[(SessionId, bool)]) {
        let known = lock(&self.decisions);
        let new: Vec<SessionId> = listed.iter().map(|(sid, _)| *sid).filter(|sid| !known.contains_key(sid)).collect();
        drop(known);
        if !pays(self.backend.concurrency(), &new) {
            return;
        }
        in_parallel(self.backend.concurrency(), &new, |sid| {
            if let Ok(decision) = self.read_decision(*sid, &Silent) {
                lock(&self.decisions).insert(*sid, Arc::new(decision));
            }
        });
    }
}

/// Index objects that will be asked for in this order.
pub(super) struct IndexAhead<'s> {
    shared: &'s Shared,
    coming: BTreeSet<IndexName>,
    read: BTreeMap<IndexName, IndexObject>,
}

impl<'s> IndexAhead<'s> {
    pub(super) fn new(shared: &'s Shared, coming: BTreeSet<IndexName>) -> Self {
        IndexAhead { shared, coming, read: BTreeMap::new() }
    }

    /// The object, if it could be read; reads the ones after it too.
    pub(super) fn take(&mut self, name: &IndexName) -> Option<IndexObject> {
        if !self.read.contains_key(name) {
            let next: Vec<IndexName> = self.coming.range(*name..).take(INDEX_OBJECTS).copied().collect();
            let threads = self.shared.backend.concurrency();
            if !pays(threads, &next) {
                return None;
            }
            let read = Mutex::new(BTreeMap::new());
            in_parallel(threads, &next, |name| {
                if let Ok(object) = self.shared.read_index(*name, &Silent) {
                    lock(&read).insert(*name, object);
                }
            });
            self.read = read.into_inner().unwrap_or_else(PoisonError::into_inner);
        }
        self.read.remove(name)
    }
}

/// Whether several are read at a time. A single one is left to whoever needs it.
fn pays<T>(threads: usize, items: &[T]) -> bool {
    threads > 1 && items.len() > 1
}

/// Does `work` on all items, so many at a time.
pub(super) fn in_parallel<T: Sync>(threads: usize, items: &[T], work: impl Fn(&T) + Sync) {
    if threads <= 1 || items.len() <= 1 {
        return items.iter().for_each(work);
    }
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(item);
                }
            });
        }
    });
}
