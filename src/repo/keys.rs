//! Adding, listing and removing key slots of an open repository.
use std::collections::BTreeSet;

use super::objects::MAX_OBJECT;
use super::seal::{decode_error, split_intact};
use super::slots::{NewSlot, seal_slot, slot_note};
use super::{Repository, lock};
use crate::backend::{Family, ObjectName, Put};
use crate::crypto::KdfParams;
use crate::error::{Error, Result};
use crate::format::{KeySlotHeader, KeySlotNote};
use crate::id::SlotId;
use crate::world::random;

/// What can be known of a key slot without its password.
#[derive(Clone, Debug)]
pub struct KeySlot {
    /// How its password is turned into a key.
    pub header: KeySlotHeader,
    /// For people; absent if it cannot be read.
    pub note: Option<KeySlotNote>,
}

impl Repository {
    /// The slot that the repository was opened with, or that [`Repository::use_key_slot`] set.
    pub fn current_key_slot(&self) -> SlotId {
        *lock(&self.shared.slot)
    }

    /// From now on `id` is the slot in use. It must hold the keys of this repository, as those that it made do.
    pub fn use_key_slot(&self, id: SlotId) {
        *lock(&self.shared.slot) = id;
    }

    /// Slots of which the original or the replica is there.
    pub fn key_slots(&self) -> Result<BTreeSet<SlotId>> {
        let mut slots = BTreeSet::new();
        for family in [Family::Keys, Family::ReplicaKeys] {
            slots.extend(self.shared.backend.list(family)?.into_iter().filter_map(
                |listed| match listed.name.original() {
                    ObjectName::Key(id) => Some(id),
                    _ => None,
                },
            ));
        }
        Ok(slots)
    }

    /// Reads what can be known of a slot, from its replica where the original is missing or damaged.
    pub fn read_key_slot(&self, id: SlotId) -> Result<KeySlot> {
        let read = |name: ObjectName| {
            let bytes = self.shared.backend.get(&name, MAX_OBJECT)?;
            let parts = split_intact(&name, &bytes)?;
            let header = KeySlotHeader::decode(parts.plain).map_err(|error| decode_error(&name, error))?;
            Ok(KeySlot { header, note: slot_note(&id, &self.shared.keys, &bytes) })
        };
        read(ObjectName::Key(id)).or_else(|error| read(ObjectName::ReplicaKey(id)).map_err(|_| error))
    }

    /// Makes a slot with the keys of this repository; durable when it returns. Slow on purpose.
    pub fn add_key_slot(&self, password: &[u8], kdf: KdfParams, note: &KeySlotNote) -> Result<SlotId> {
        let id = SlotId(random(&*self.shared.world));
        let slot = NewSlot { id, password, kdf, note };
        let bytes =
            seal_slot(&slot, self.shared.kdf_floor, &self.shared.repo, &self.shared.bundle, &*self.shared.world)?;
        match self.shared.create(&ObjectName::Key(id), &bytes)? {
            Put::Created => {
                self.shared.backend.barrier()?;
                Ok(id)
            }
            Put::Exists => Err(Error::Invalid(format!("There is a key slot {id} already"))),
        }
    }

    /// Removes a slot, replica first: interrupted at any point, the slot is either whole, listed and removable once more, or
    /// gone. (The other way round a replica would be left, with which the password that was to go still opens the repository.)
    /// Refuses the slot in use, and does nothing when that is not there any more, so that two removals at once leave a slot
    /// unless they are exactly simultaneous. A copy of the storage from before, as everywhere, still opens.
    pub fn remove_key_slot(&self, id: SlotId) -> Result<()> {
        let current = self.current_key_slot();
        if id == current {
            return Err(Error::Invalid(format!("Key slot {} is the one in use; it cannot be removed", id.short())));
        }
        self.read_key_slot(current).map_err(|error| {
            Error::Invalid(format!("The key slot in use is gone or damaged, so no other is removed: {error}"))
        })?;
        let backend = &*self.shared.backend;
        backend.delete(&ObjectName::ReplicaKey(id))?;
        backend.delete(&ObjectName::Key(id))?;
        // A repair of replicas that ran in between has made it anew from the original.
        backend.delete(&ObjectName::ReplicaKey(id))?;
        Ok(backend.barrier()?)
    }
}
