//! Sealed objects other than packs: reading with the replica as second source, writing with the replica as second copy.
use super::Shared;
use super::seal::{Opened, open_object, seal_object};
use crate::backend::{Family, ObjectName, Put};
use crate::crypto::Subkey;
use crate::error::{Error, Result};
use crate::format::ObjectType;
use crate::id::SessionId;
use crate::monitor::{Event, Monitor, Problem};

/// Largest object that is not a pack.
pub(super) const MAX_OBJECT: u64 = 64 * 1024 * 1024;

/// Object type of a name; `None` for packs and key slots, which are not sealed with a subkey.
fn object_type(name: &ObjectName) -> Option<ObjectType> {
    match name.family() {
        Family::Config | Family::ReplicaConfig => Some(ObjectType::Config),
        Family::Index => Some(ObjectType::Index),
        Family::Sessions => Some(ObjectType::Session),
        Family::Snapshots | Family::ReplicaSnapshots => Some(ObjectType::Decision),
        Family::Tombs | Family::ReplicaTombs => Some(ObjectType::Tomb),
        Family::Gc => match name {
            ObjectName::Mark(_) => Some(ObjectType::Mark),
            _ => Some(ObjectType::Done),
        },
        Family::Packs | Family::Keys | Family::ReplicaKeys => None,
    }
}

/// The subkey that objects of a type are sealed with (section 3).
fn subkey_of(kind: ObjectType) -> Subkey {
    match kind {
        ObjectType::Index => Subkey::Index,
        ObjectType::Decision => Subkey::Snapshots,
        _ => Subkey::Administration,
    }
}

impl Shared {
    /// Seals `payload` for `name`.
    pub(super) fn seal(&self, name: &ObjectName, plain: &[u8], payload: &[u8]) -> Result<Vec<u8>> {
        let kind = object_type(name).ok_or_else(|| Error::Invalid(format!("{name} is not sealed with a subkey")))?;
        let key = self.keys.get(subkey_of(kind));
        Ok(seal_object(kind, name, self.keys.epoch(), self.repo, key, plain, payload, &*self.world))
    }

    /// Opens the bytes of `name` or of its replica.
    pub(super) fn unseal(&self, name: &ObjectName, bytes: &[u8]) -> Result<Opened> {
        let kind = object_type(name).ok_or_else(|| Error::Invalid(format!("{name} is not sealed with a subkey")))?;
        open_object(kind, &name.original(), self.repo, self.keys.get(subkey_of(kind)), bytes)
    }

    /// Reads one object. Where the original is missing or damaged its replica serves, and the monitor is told.
    pub(super) fn read(&self, name: &ObjectName, monitor: &dyn Monitor) -> Result<Opened> {
        let original = self.backend.get(name, MAX_OBJECT).map_err(Error::from).and_then(|bytes| self.unseal(name, &bytes));
        let (Err(error), Some(replica)) = (&original, name.replica()) else {
            return original;
        };
        if matches!(error, Error::Unsupported { .. }) {
            return original;
        }
        match self.backend.get(&replica, MAX_OBJECT).map_err(Error::from).and_then(|bytes| self.unseal(&replica, &bytes)) {
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
