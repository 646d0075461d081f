//! Sealed objects other than packs: reading with the replica as second source, writing with the replica as second copy.
use super::Shared;
use super::seal::{Opened, open_object, seal_object};
use crate::backend::{ErrorKind, Family, ObjectName, Put};
use crate::error::{Error, Result};
use crate::id::SessionId;
use crate::monitor::{Event, Monitor, Problem};

/// Largest object that is not a pack.
pub(super) const MAX_OBJECT: u64 = 64 * 1024 * 1024;

impl Shared {
    /// Seals `payload` for `name`.
    pub(super) fn seal(&self, name: &ObjectName, plain: &[u8], payload: &[u8]) -> Result<Vec<u8>> {
        seal_object(name, &self.repo, self.keys.current(), plain, payload, &*self.world)
    }

    /// Opens the bytes of `name` or of its replica.
    pub(super) fn unseal(&self, name: &ObjectName, bytes: &[u8]) -> Result<Opened> {
        open_object(name, &self.repo, &self.keys, bytes)
    }

    /// Reads one object. Where the original is missing or damaged its replica serves, and the monitor is told.
    pub(super) fn read(&self, name: &ObjectName, monitor: &dyn Monitor) -> Result<Opened> {
        // Decisions never change, and every run reads all of them.
        let get = || match name.family() {
            Family::Snapshots => self.near.get(&*self.backend, name, MAX_OBJECT),
            Family::Index => self.near.get_once(&*self.backend, name, MAX_OBJECT),
            _ => self.backend.get(name, MAX_OBJECT),
        };
        let attempt = || match get() {
            Ok(bytes) => self.unseal(name, &bytes).inspect_err(|_| self.near.forget(name, 0, 0)),
            Err(error) if error.kind == ErrorKind::TooLarge => Err(Error::damaged(name, error)),
            Err(error) => Err(error.into()),
        };
        let original = match attempt() {
            // Once more before it is called damaged: storage and networks have bad moments.
            Err(Error::Damaged { .. }) => attempt(),
            Err(Error::Backend(error)) if error.kind == ErrorKind::Other => attempt(),
            other => other,
        };
        let (Err(error), Some(replica)) = (&original, name.replica()) else {
            return original;
        };
        if matches!(error, Error::Unsupported { .. }) {
            return original;
        }
        match self
            .backend
            .get(&replica, MAX_OBJECT)
            .map_err(Error::from)
            .and_then(|bytes| self.unseal(&replica, &bytes))
        {
            Ok(opened) => {
                served_by_replica(name, error, monitor);
                Ok(opened)
            }
            Err(_) => original,
        }
    }

    /// Creates an object and then its replica, if it has one. Of racing creators exactly one gets [`Put::Created`].
    pub(super) fn create(&self, name: &ObjectName, bytes: &[u8]) -> Result<Put> {
        let put = self.backend.put_new(name, bytes)?;
        if let (Put::Created, Some(replica)) = (put, name.replica()) {
            self.backend.put_new(&replica, bytes)?;
        }
        Ok(put)
    }

    /// Sessions of a family and of its replicas; `true` where the original is there.
    pub(super) fn list_with_replicas(&self, family: Family, replicas: Family) -> Result<Vec<(SessionId, bool)>> {
        let sid = |name: &ObjectName| match *name {
            ObjectName::Snapshot(sid) | ObjectName::ReplicaSnapshot(sid) => Some(sid),
            ObjectName::Tomb(sid) | ObjectName::ReplicaTomb(sid) => Some(sid),
            _ => None,
        };
        let mut all: std::collections::BTreeMap<SessionId, bool> = Default::default();
        for listed in self.backend.list(replicas)? {
            all.extend(sid(&listed.name).map(|sid| (sid, false)));
        }
        for listed in self.backend.list(family)? {
            all.extend(sid(&listed.name).map(|sid| (sid, true)));
        }
        Ok(all.into_iter().collect())
    }
}

/// Tells that an object was read from its second copy.
pub(super) fn served_by_replica(name: &ObjectName, error: &Error, monitor: &dyn Monitor) {
    let message = format!("{error}; its replica was used, `caddis repair replicas` restores it");
    monitor.event(Event::Problem(&Problem { item: name.to_string(), message }));
}
