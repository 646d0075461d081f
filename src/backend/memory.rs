//! Objects in memory: for tests and for the simulator.
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Backend, BackendError, ErrorKind, Family, Listed, ObjectName, Put};
use crate::world::{Time, World};

#[derive(Clone, Debug)]
struct Object {
    bytes: Arc<[u8]>,
    modified: Time,
}

/// A storage place in memory. Everything is durable at once; times come from the given world.
#[derive(Debug)]
pub struct MemoryBackend {
    world: Arc<dyn World>,
    objects: Mutex<BTreeMap<ObjectName, Object>>,
}

impl Clone for MemoryBackend {
    /// A second place with the same content and times, independent of the first from now on. Shares the bytes.
    fn clone(&self) -> Self {
        MemoryBackend { world: self.world.clone(), objects: Mutex::new(self.objects().clone()) }
    }
}

impl MemoryBackend {
    /// An empty place.
    pub fn new(world: Arc<dyn World>) -> Self {
        MemoryBackend { world, objects: Mutex::default() }
    }

    /// All objects as they are now. Shares the bytes.
    pub fn snapshot_contents(&self) -> BTreeMap<ObjectName, Arc<[u8]>> {
        self.objects().iter().map(|(name, object)| (*name, object.bytes.clone())).collect()
    }

    /// Sets the bytes of an object, of any family and whether it exists or not: damage, as storage does it.
    pub fn overwrite(&self, name: &ObjectName, bytes: &[u8]) {
        let object = self.object(bytes);
        self.objects().insert(*name, object);
    }

    /// Loses an object; false if there was none.
    pub fn remove(&self, name: &ObjectName) -> bool {
        self.objects().remove(name).is_some()
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<ObjectName, Object>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn object(&self, bytes: &[u8]) -> Object {
        Object { bytes: bytes.into(), modified: self.world.now() }
    }

    fn find(&self, name: &ObjectName) -> Result<Object, BackendError> {
        let found = self.objects().get(name).cloned();
        found.ok_or_else(|| BackendError::new(ErrorKind::NotFound, "read", name))
    }
}

impl Backend for MemoryBackend {
    fn describe(&self) -> String {
        "memory".to_owned()
    }

    fn put_new(&self, name: &ObjectName, bytes: &[u8]) -> Result<Put, BackendError> {
        let object = self.object(bytes);
        match self.objects().entry(*name) {
            Entry::Occupied(_) => Ok(Put::Exists),
            Entry::Vacant(entry) => {
                entry.insert(object);
                Ok(Put::Created)
            }
        }
    }

    fn put_session(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        if name.family() != Family::Sessions {
            return Err(BackendError::new(ErrorKind::Refused, "replace", name));
        }
        self.overwrite(name, bytes);
        Ok(())
    }

    fn replace_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        if !name.is_pack_of(bytes) {
            return Err(BackendError::new(ErrorKind::Refused, "replace", name));
        }
        self.overwrite(name, bytes);
        Ok(())
    }

    fn get(&self, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError> {
        let object = self.find(name)?;
        if object.bytes.len() as u64 > limit {
            return Err(BackendError::new(ErrorKind::TooLarge, "read", name));
        }
        Ok(object.bytes.to_vec())
    }

    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        let object = self.find(name)?;
        let range = usize::try_from(offset).ok().and_then(|start| object.bytes.get(start..start.checked_add(len)?));
        range.map(<[u8]>::to_vec).ok_or_else(|| BackendError::new(ErrorKind::ShortRead, "read", name))
    }

    fn list(&self, family: Family) -> Result<Vec<Listed>, BackendError> {
        let objects = self.objects();
        let of_family = objects.iter().filter(|(name, _)| name.family() == family);
        Ok(of_family
            .map(|(name, object)| Listed { name: *name, size: object.bytes.len() as u64, modified: object.modified })
            .collect())
    }

    fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError> {
        let object = self.find(name)?;
        Ok(Listed { name: *name, size: object.bytes.len() as u64, modified: object.modified })
    }

    fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        self.remove(name);
        Ok(())
    }

    fn barrier(&self) -> Result<(), BackendError> {
        Ok(())
    }
}
