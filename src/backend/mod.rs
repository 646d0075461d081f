//! Bytes under names: where the objects of a repository live.
mod error;
mod local;
mod lock;
mod memory;
mod name;
mod remote;
mod spread;
mod uploads;

use std::fmt;
use std::time::Duration;

pub use error::{BackendError, ErrorKind};
pub use local::{LocalBackend, disk};
pub use lock::{Held, LockMode, ObjectLock, Retained};
pub use memory::MemoryBackend;
pub use name::{Family, ObjectName};
pub use remote::{LockTrial, RemoteBackend, RemotePlace, Usage};
pub use spread::{AgreedConfig, Member, MemberState, PackPlaces, Spread};

use crate::world::Time;

/// What [`Backend::put_new`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The object did not exist and has the given bytes now.
    Created,
    /// An object of that name exists; nothing was changed.
    Exists,
}

/// One object in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Full name.
    pub name: ObjectName,
    /// Size in bytes.
    pub size: u64,
    /// When storage says it was last written.
    pub modified: Time,
}

/// A place that keeps objects. All methods may be called from many threads at once.
///
/// Errors: [`ErrorKind::NotFound`] means that storage answered and has no such object; it is never used for an
/// unreachable store, an unmounted disk or a refused permission. Any other error of a write leaves the outcome unknown:
/// the object may exist later, whole, but never in part.
///
/// `tests/backend_conformance.rs` runs this contract on every implementation and decorator.
pub trait Backend: Send + Sync + fmt::Debug {
    /// Where this is, for messages; without secrets.
    fn describe(&self) -> String;

    /// Creates `name` with `bytes`, atomically: exactly one of several racing callers gets [`Put::Created`], and readers see all bytes or no object.
    ///
    /// For packs durability may be deferred to the next [`Backend::barrier`]: until then a crash of the machine may lose a
    /// pack or leave it damaged. All other objects are durable when this returns, also when it returns [`Put::Exists`].
    fn put_new(&self, name: &ObjectName, bytes: &[u8]) -> Result<Put, BackendError>;

    /// Makes sure that a pack of this name with these bytes is there: creates it, or replaces one that is damaged (names are hashes, so that
    /// nothing else can be meant). May return before storage has seen it and send it beside others; every other call sees it as if it were there.
    /// Refused unless BLAKE3 of `bytes` is the pack's name.
    fn put_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        if self.put_new(name, bytes)? == Put::Exists {
            self.replace_pack(name, bytes)?;
        }
        Ok(())
    }

    /// Creates or replaces an object of the family `sessions`, atomically and durably. Other names are refused.
    fn put_session(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError>;

    /// Creates or replaces a pack, atomically and durably. Refused unless BLAKE3 of `bytes` is the pack's name.
    fn replace_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError>;

    /// All bytes of an object. One larger than `limit` is an error of kind [`ErrorKind::TooLarge`] and is not read.
    fn get(&self, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError>;

    /// `len` bytes from `offset`. An object that ends earlier yields [`ErrorKind::ShortRead`].
    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError>;

    /// All objects of a family in ascending order of names. Complete: an object that was there before the call and not deleted is listed,
    /// except what [`Backend::staleness`] allows. Foreign and unfinished files are not. A family that was never written to is empty, but a store that is gone is an error.
    fn list(&self, family: Family) -> Result<Vec<Listed>, BackendError>;

    /// By how much listings may lag behind: what was created or deleted longer ago shows in every listing. Runs wait for that long at
    /// the points where they must see what others have announced. Zero, the default, is what most storage promises.
    fn staleness(&self) -> Duration {
        Duration::ZERO
    }

    /// Whether reading costs much time or money, so that what can be saved by it is weighed. False by default.
    fn is_remote(&self) -> bool {
        false
    }

    /// About how long it should take to read so many bytes of a pack, where packs are in places of different speed; else zero.
    fn read_cost(&self, _name: &ObjectName, _bytes: usize) -> Duration {
        Duration::ZERO
    }

    /// How many calls should be under way at a time, so that none waits for the answer to another. One, the default, where answers come at once.
    fn concurrency(&self) -> usize {
        1
    }

    /// Removes objects, in any order and some of them at a time; those that are not there are fine.
    fn delete_all(&self, names: &[ObjectName]) -> Result<(), BackendError> {
        names.iter().try_for_each(|name| self.delete(name))
    }

    /// Size and time of one object.
    fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError>;

    /// Removes an object; one that is not there is fine.
    fn delete(&self, name: &ObjectName) -> Result<(), BackendError>;

    /// Returns when every put that returned before this call is durable. After an error none of them may be relied on,
    /// whatever a later call says.
    fn barrier(&self) -> Result<(), BackendError>;

    /// Space that was kept back may be used from now on for whatever a prune puts: the caller is about to free more.
    /// Decorators must pass it on; the default is for storage that keeps nothing back.
    fn open_reserve(&self) {}

    /// The operator has promised that only one client writes at a time: from now on storage that cannot create an object only if there is none
    /// of its name may look whether there is one and then put it. Another client's put between the two would be lost.
    /// Decorators must pass it on; the default is for storage that needs no such promise.
    fn assume_single_writer(&self) {}

    /// The lock that new objects get here, if any.
    fn object_lock(&self) -> Option<ObjectLock> {
        None
    }

    /// From now on all new objects but those of sessions and marks get this lock, or none. Does nothing, which [`Backend::object_lock`] shows, where
    /// storage has no locks. Decorators must pass it on.
    fn lock_objects(&self, _lock: Option<ObjectLock>) {}

    /// What storage says of the locks of these objects, in their order; [`Held::Free`] for one that is not there. A request for each object where
    /// storage has locks.
    fn locks(&self, names: &[ObjectName]) -> Result<Vec<Held>, BackendError> {
        Ok(vec![Held::Free; names.len()])
    }

    /// Locks these objects until then, or longer if they are; those that are not there are passed over. A request for each.
    fn extend_locks(&self, names: &[ObjectName], _until: Time) -> Result<(), BackendError> {
        match names.first() {
            None => Ok(()),
            Some(name) => Err(BackendError::new(ErrorKind::Refused, "lock", name)),
        }
    }

    /// As [`Backend::delete_all`], but leaves what a lock keeps as it is, and tells which that is. Other deletions hide such an object instead: it is
    /// not listed and not read any more, and storage keeps its bytes until the lock ends.
    fn delete_unlocked(&self, names: &[ObjectName]) -> Result<Vec<Retained>, BackendError> {
        self.delete_all(names).map(|()| Vec::new())
    }

    /// Removes what writers that died left unfinished, if it was last written before `before` by the clock of the storage
    /// (which [`Backend::list`] shows); returns how much it was. A writer that is only slow gets an error from its put.
    /// Decorators must pass it on; the default is for storage that keeps nothing unfinished.
    fn remove_unfinished(&self, _before: Time) -> Result<u64, BackendError> {
        Ok(0)
    }
}
