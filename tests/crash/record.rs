//! A backend that passes everything on and writes down what had an effect.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use caddis::backend::{Backend, BackendError, Family, Listed, ObjectName, Put};
use caddis::world::Time;

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Created,
    /// Another object has the name.
    Refused,
    Replaced,
    /// The machine stopped before it had its name.
    Unfinished,
    Deleted,
    /// Lost in a power cut, or by a test.
    Lost,
    /// Still there, but nobody can tell what it was.
    Torn,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub deed: Deed,
    pub name: ObjectName,
    /// Empty where something went away.
    pub bytes: Arc<[u8]>,
}

/// See the first line of this file.
#[derive(Debug)]
pub struct Record {
    inner: Arc<dyn Backend>,
    entries: Mutex<Vec<Entry>>,
}

impl Record {
    pub fn new(inner: Arc<dyn Backend>) -> Arc<Self> {
        Arc::new(Record { inner, entries: Mutex::default() })
    }

    /// With the same past, for another place that has the same objects.
    pub fn again(&self, inner: Arc<dyn Backend>) -> Arc<Self> {
        Arc::new(Record { inner, entries: Mutex::new(self.entries()) })
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In the order in which the effects came.
    pub fn entries(&self) -> Vec<Entry> {
        self.locked().clone()
    }

    pub fn note(&self, deed: Deed, name: &ObjectName, bytes: &[u8]) {
        self.locked().push(Entry { deed, name: *name, bytes: bytes.into() });
    }

    /// If the last effect was that this name was given, it did not come to that. Returns what was to get the name, and whether something
    /// had it before.
    pub fn undo_last(&self, name: &ObjectName) -> Option<(Arc<[u8]>, bool)> {
        let mut entries = self.locked();
        let (last, before) = entries.split_last_mut()?;
        let gives = |entry: &Entry| entry.name == *name && matches!(entry.deed, Deed::Created | Deed::Replaced);
        if !gives(last) {
            return None;
        }
        last.deed = Deed::Unfinished;
        Some((last.bytes.clone(), name.family() == Family::Sessions && before.iter().any(gives)))
    }
}

impl Backend for Record {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn put_new(&self, name: &ObjectName, bytes: &[u8]) -> Result<Put, BackendError> {
        let put = self.inner.put_new(name, bytes)?;
        self.note(if put == Put::Created { Deed::Created } else { Deed::Refused }, name, bytes);
        Ok(put)
    }

    fn put_session(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.inner.put_session(name, bytes)?;
        self.note(Deed::Replaced, name, bytes);
        Ok(())
    }

    fn replace_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.inner.replace_pack(name, bytes)?;
        self.note(Deed::Replaced, name, bytes);
        Ok(())
    }

    fn get(&self, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError> {
        self.inner.get(name, limit)
    }

    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        self.inner.get_range(name, offset, len)
    }

    fn list(&self, family: Family) -> Result<Vec<Listed>, BackendError> {
        self.inner.list(family)
    }

    fn is_remote(&self) -> bool {
        self.inner.is_remote()
    }

    fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError> {
        self.inner.stat(name)
    }

    fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        self.inner.delete(name)?;
        self.note(Deed::Deleted, name, &[]);
        Ok(())
    }

    fn barrier(&self) -> Result<(), BackendError> {
        self.inner.barrier()
    }

    fn remove_unfinished(&self, before: Time) -> Result<u64, BackendError> {
        self.inner.remove_unfinished(before)
    }
}
