//! Packs that are on their way: how many may be, and what became of them.
use std::collections::HashSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::{BackendError, ErrorKind, ObjectName};

/// Bytes of packs that wait for their turn or are being sent, unless a single one has more.
const MOST_BYTES: usize = 48 << 20;

#[derive(Default)]
struct Pending {
    names: HashSet<ObjectName>,
    bytes: usize,
    failed: Option<(ErrorKind, String, String)>,
}

/// The packs that were handed over and not yet acknowledged.
pub(in crate::backend) struct Uploads {
    pending: Mutex<Pending>,
    changed: Condvar,
    most: usize,
}

impl Pending {
    fn failure(&self) -> Result<(), BackendError> {
        let Some((kind, object, cause)) = &self.failed else { return Ok(()) };
        let mut error = BackendError::new(*kind, "create", object);
        error.source = Some(std::io::Error::other(cause.clone()));
        Err(error)
    }
}

/// Of an upload that ended in a panic: whoever waits for it must not wait for ever.
pub(in crate::backend) fn died(name: &ObjectName) -> BackendError {
    let mut error = BackendError::new(ErrorKind::Other, "create", name);
    error.source = Some(std::io::Error::other("the upload ended without a result"));
    error
}

impl Uploads {
    pub(in crate::backend) fn new(most: usize) -> Self {
        Uploads { pending: Mutex::default(), changed: Condvar::new(), most }
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while(&self, condition: impl Fn(&Pending) -> bool) -> MutexGuard<'_, Pending> {
        self.changed.wait_while(self.lock(), |pending| condition(pending)).unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place in the queue. An upload that failed before is told here too.
    pub(in crate::backend) fn begin(&self, name: &ObjectName, len: usize) -> Result<(), BackendError> {
        let is_full = |pending: &Pending| pending.names.len() >= self.most || pending.bytes + len > MOST_BYTES;
        let must_wait = |pending: &Pending| {
            pending.failed.is_none() && (pending.names.contains(name) || !pending.names.is_empty() && is_full(pending))
        };
        let mut pending = self.wait_while(must_wait);
        pending.failure()?;
        pending.names.insert(*name);
        pending.bytes += len;
        Ok(())
    }

    pub(in crate::backend) fn end(&self, name: &ObjectName, len: usize, done: Result<(), BackendError>) {
        let mut pending = self.lock();
        pending.names.remove(name);
        pending.bytes -= len;
        if let Err(error) = done {
            let cause = error.source.as_ref().map_or_else(|| "it failed".to_owned(), |cause| cause.to_string());
            pending.failed.get_or_insert((error.kind, error.object, cause));
        }
        self.changed.notify_all();
    }

    /// Returns when the pack is not on its way (any more).
    pub(in crate::backend) fn wait_for(&self, name: &ObjectName) {
        drop(self.wait_while(|pending| pending.names.contains(name)));
    }

    pub(in crate::backend) fn wait_for_all(&self) {
        drop(self.wait_while(|pending| !pending.names.is_empty()));
    }

    /// Waits for all; tells of the first failure since the last call, once.
    pub(in crate::backend) fn settle(&self) -> Result<(), BackendError> {
        let mut pending = self.wait_while(|pending| !pending.names.is_empty());
        let result = pending.failure();
        pending.failed = None;
        result
    }
}
