//! The places together as one storage place.
use super::*;
use std::time::Duration;

use super::super::{Held, ObjectLock, Retained};
use crate::world::Time;

impl Backend for Spread {
    /// The primary's name: the repository goes by it.
    fn describe(&self) -> String {
        match &self.inner.primary().member.backend {
            Ok(backend) => backend.describe(),
            Err(_) => self.inner.primary().member.place.clone(),
        }
    }

    fn put_new(&self, name: &ObjectName, bytes: &[u8]) -> Result<Put, BackendError> {
        if let ObjectName::Pack(id) = *name {
            if self.stat(name).is_ok() {
                return Ok(Put::Exists);
            }
            // All creators of a name begin with the same place, which lets one of them win.
            return self
                .inner
                .store(id, bytes.len(), self.inner.primary().member.number, |backend| backend.put_new(name, bytes));
        }
        if name.family() == Family::Snapshots {
            self.inner.confirm_primary(name)?;
        }
        let put = self.inner.at_primary("create", |backend| backend.put_new(name, bytes))?;
        // Tried again after an answer got lost, it is there because of the first attempt, and the others do not have it.
        let is_ours = || self.inner.at_primary("read", |backend| backend.get(name, bytes.len() as u64));
        if put == Put::Created || is_ours().is_ok_and(|there| there == bytes) {
            self.inner.at_others(|backend| backend.put_new(name, bytes).map(drop));
        }
        Ok(put)
    }

    fn put_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.put_pack_at(self.inner.primary().member.number, name, bytes)
    }

    fn put_session(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.inner.at_primary("replace", |backend| backend.put_session(name, bytes))?;
        self.inner.at_others(|backend| backend.put_session(name, bytes));
        Ok(())
    }

    /// Where it is, or should be; one that is in no place that can be reached, and whose place cannot be, is refused with [`ErrorKind::Away`].
    fn replace_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        let inner = &self.inner;
        inner.uploads.wait_for(name);
        let (ObjectName::Pack(id), Some(place)) = (*name, inner.order(name).first().copied()) else {
            return Err(BackendError::new(ErrorKind::Refused, "replace", name));
        };
        let Some(backend) = place.up() else { return Err(BackendError::new(ErrorKind::Away, "replace", name)) };
        backend.replace_pack(name, bytes)?;
        inner.known().insert(id, place.member.number);
        Ok(())
    }

    fn get(&self, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError> {
        match name.family() {
            Family::Packs => self.inner.read_pack(name, |backend| backend.get(name, limit)),
            // Which of them there are, and which count, the primary has said.
            Family::Index => self.inner.read_quickly(name, |backend| backend.get(name, limit)),
            _ => self.inner.read(|backend| backend.get(name, limit)),
        }
    }

    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        match name.family() {
            Family::Packs => self.inner.read_pack(name, |backend| backend.get_range(name, offset, len)),
            _ => self.inner.read(|backend| backend.get_range(name, offset, len)),
        }
    }

    /// Packs of places that cannot be reached are not listed: [`Spread::is_away`] tells of them.
    fn list(&self, family: Family) -> Result<Vec<Listed>, BackendError> {
        match family {
            Family::Packs => self.inner.list_packs(),
            _ => self.inner.read(|backend| backend.list(family)),
        }
    }

    fn read_cost(&self, name: &ObjectName, bytes: usize) -> Duration {
        // What cannot be reached comes last.
        self.inner.pack_cost(name, bytes).unwrap_or(Duration::MAX)
    }

    fn staleness(&self) -> Duration {
        self.inner.places.iter().filter_map(Place::up).map(Backend::staleness).max().unwrap_or_default()
    }

    fn is_remote(&self) -> bool {
        self.inner.places.iter().filter_map(Place::up).any(Backend::is_remote)
    }

    fn concurrency(&self) -> usize {
        self.inner.places.iter().filter_map(Place::up).map(Backend::concurrency).sum::<usize>().max(1)
    }

    fn delete_all(&self, names: &[ObjectName]) -> Result<(), BackendError> {
        self.inner.at_primary("delete", |backend| backend.delete_all(names))?;
        self.inner.at_others(|backend| backend.delete_all(names));
        let mut known = self.inner.known();
        for name in names {
            if let ObjectName::Pack(id) = name {
                known.remove(id);
            }
        }
        Ok(())
    }

    fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError> {
        match name.family() {
            Family::Packs => self.inner.read_pack(name, |backend| backend.stat(name)),
            _ => self.inner.read(|backend| backend.stat(name)),
        }
    }

    /// That of any place.
    fn object_lock(&self) -> Option<ObjectLock> {
        self.inner.places.iter().filter_map(Place::up).find_map(Backend::object_lock)
    }

    /// The longest of each in all places.
    fn locks(&self, names: &[ObjectName]) -> Result<Vec<Held>, BackendError> {
        let mut longest = vec![Held::Free; names.len()];
        for place in self.inner.places.iter() {
            let Some(backend) = place.up().filter(|backend| backend.object_lock().is_some()) else { continue };
            match backend.locks(names) {
                Ok(held) => longest.iter_mut().zip(held).for_each(|(longest, held)| *longest = (*longest).max(held)),
                Err(error) if place.is_gone(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(longest)
    }

    fn delete_unlocked(&self, names: &[ObjectName]) -> Result<Vec<Retained>, BackendError> {
        names.iter().for_each(|name| self.inner.uploads.wait_for(name));
        let kept = Mutex::new(self.inner.at_primary("delete", |backend| backend.delete_unlocked(names))?);
        let lock = || kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.inner.at_others(|backend| backend.delete_unlocked(names).map(|mut more| lock().append(&mut more)));
        let mut kept = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        kept.sort_by_key(|retained| (retained.name, std::cmp::Reverse(retained.until)));
        kept.dedup_by_key(|retained| retained.name);
        let mut known = self.inner.known();
        for name in names.iter().filter(|name| kept.binary_search_by_key(*name, |retained| retained.name).is_err()) {
            if let ObjectName::Pack(id) = name {
                known.remove(id);
            }
        }
        Ok(kept)
    }

    fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        self.inner.uploads.wait_for(name);
        self.delete_all(std::slice::from_ref(name))
    }

    fn barrier(&self) -> Result<(), BackendError> {
        self.inner.uploads.settle()?;
        self.inner.at_each(Place::barrier).into_iter().collect::<Result<(), _>>()?;
        self.inner.places.iter().try_for_each(Place::refuse_lost)
    }

    fn open_reserve(&self) {
        self.inner.places.iter().filter_map(Place::up).for_each(Backend::open_reserve);
    }

    fn assume_single_writer(&self) {
        self.inner.places.iter().filter_map(Place::up).for_each(Backend::assume_single_writer);
    }

    fn remove_unfinished(&self, before: Time) -> Result<u64, BackendError> {
        let removed = self.inner.at_each(|_, backend| backend.remove_unfinished(before));
        removed.into_iter().sum()
    }
}
