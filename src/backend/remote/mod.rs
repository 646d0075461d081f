//! Object stores and servers, by way of opendal: what a request is, when it is sent again, how many are under way.
mod failure;
mod held;
mod locks;
mod pace;
mod patience;
mod place;
mod sftp;
mod store;
mod transport;
mod usage;
mod wire;

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use opendal::Buffer;
use tokio::runtime::{Builder, Runtime};

pub use self::held::LockTrial;
pub use self::place::RemotePlace;
use self::store::Store;
pub use self::usage::Usage;
use super::uploads::{self, Uploads};
use super::{Backend, BackendError, ErrorKind, Family, Held, Listed, ObjectLock, ObjectName, Put, Retained};
use crate::world::Time;

/// A bucket, a container or a folder on a server.
///
/// Requests that fail for a passing reason are sent again with growing, random delays; a server that is silent for too long counts as such.
/// Packs are sent in the background, several at a time, and are durable after the next [`Backend::barrier`], which also tells of failures.
pub struct RemoteBackend {
    store: Arc<Store>,
    uploads: Arc<Uploads>,
    runtime: Runtime,
}

impl fmt::Debug for RemoteBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteBackend({})", self.store.place.shown)
    }
}

impl RemoteBackend {
    /// Checks the settings; speaks to nobody yet.
    pub fn open(place: RemotePlace) -> Result<Self, BackendError> {
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("remote").enable_all().build();
        let runtime = runtime.map_err(|error| BackendError::io("open", &place.shown, error))?;
        let store = Arc::new(Store::new(place)?);
        let uploads = Arc::new(Uploads::new(store.opened.policy.connections));
        Ok(RemoteBackend { store, uploads, runtime })
    }

    /// Whether the place refuses to create what exists: without that two writers could destroy each other's backups. Tries it out with an
    /// object `probe-<token>`, which nobody else may use.
    pub fn refuses_what_exists(&self, token: u64) -> Result<bool, BackendError> {
        self.runtime.block_on(self.store.refuses_what_exists(token))
    }

    /// Tries whether the service locks what it is asked to lock, and keeps that, with an object `probe-<token>`, which nobody else may use. A few bytes of it
    /// stay for two minutes, hidden. A place where no lock is asked for has nothing to try.
    pub fn try_lock(&self, token: u64) -> Result<Option<LockTrial>, BackendError> {
        let Some((lock, locks)) = self.object_lock().zip(self.store.opened.locks.clone()) else { return Ok(None) };
        let short = ObjectLock { period: Duration::from_secs(60), ..lock };
        locks.set(Some(short));
        let tried = self.runtime.block_on(self.store.try_lock(short, &locks, token));
        locks.set(Some(lock));
        tried.map(Some)
    }

    /// Where this is.
    pub fn place(&self) -> &RemotePlace {
        &self.store.place
    }

    /// Removes a folder below the place with the empty folders in it. Services without folders have none to remove.
    pub fn remove_folder(&self, folder: &str) -> Result<(), BackendError> {
        self.runtime.block_on(self.store.remove_folder(folder))
    }

    /// Calls `listener` with what is wrong when a request has failed several times and is tried again; not more often than people can read.
    /// Only the first listener counts.
    pub fn on_trouble(&self, listener: impl Fn(&str) + Send + Sync + 'static) {
        self.store.patience.listen(Box::new(listener));
    }

    /// What was asked of the place so far.
    pub fn usage(&self) -> Usage {
        self.store.meter.read()
    }

    fn refused(&self, action: &'static str, name: &ObjectName) -> BackendError {
        BackendError::new(ErrorKind::Refused, action, format_args!("{}/{name}", self.store.place.shown))
    }
}

impl Backend for RemoteBackend {
    fn describe(&self) -> String {
        self.store.place.shown.clone()
    }

    fn put_new(&self, name: &ObjectName, bytes: &[u8]) -> Result<Put, BackendError> {
        self.uploads.wait_for(name);
        self.runtime.block_on(self.store.create(name, &Buffer::from(bytes.to_vec())))
    }

    fn put_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        if !name.is_pack_of(bytes) {
            return Err(self.refused("create", name));
        }
        self.uploads.begin(name, bytes.len())?;
        let (store, uploads, name, bytes) =
            (Arc::clone(&self.store), Arc::clone(&self.uploads), *name, Buffer::from(bytes.to_vec()));
        self.runtime.spawn(async move {
            let send = async {
                // With one writer the only pack of this name that can be there is one that shall be replaced.
                let created =
                    if store.is_single_writer() { Ok(Put::Exists) } else { store.create(&name, &bytes).await };
                match created {
                    Ok(Put::Created) => Ok(()),
                    Ok(Put::Exists) => store.write(&name, &bytes).await,
                    Err(error) => Err(error),
                }
            };
            let done = AssertUnwindSafe(send).catch_unwind().await.unwrap_or_else(|_| Err(uploads::died(&name)));
            uploads.end(&name, bytes.len(), done);
        });
        Ok(())
    }

    fn put_session(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        if name.family() != Family::Sessions {
            return Err(self.refused("replace", name));
        }
        self.runtime.block_on(self.store.write(name, &Buffer::from(bytes.to_vec())))
    }

    fn replace_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        if !name.is_pack_of(bytes) {
            return Err(self.refused("replace", name));
        }
        self.uploads.wait_for(name);
        self.runtime.block_on(self.store.write(name, &Buffer::from(bytes.to_vec())))
    }

    fn get(&self, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError> {
        self.uploads.wait_for(name);
        self.runtime.block_on(self.store.read(name, limit))
    }

    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        self.uploads.wait_for(name);
        self.runtime.block_on(self.store.read_range(name, offset, len))
    }

    fn list(&self, family: Family) -> Result<Vec<Listed>, BackendError> {
        if family == Family::Packs {
            self.uploads.wait_for_all();
        }
        self.runtime.block_on(self.store.list(family))
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn concurrency(&self) -> usize {
        self.store.opened.policy.connections
    }

    fn delete_all(&self, names: &[ObjectName]) -> Result<(), BackendError> {
        names.iter().for_each(|name| self.uploads.wait_for(name));
        self.runtime.block_on(self.store.delete_all(names))
    }

    fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError> {
        self.uploads.wait_for(name);
        self.runtime.block_on(self.store.stat(name))
    }

    fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        self.uploads.wait_for(name);
        self.runtime.block_on(self.store.delete(name))
    }

    fn barrier(&self) -> Result<(), BackendError> {
        self.uploads.settle()
    }

    fn assume_single_writer(&self) {
        self.store.assume_single_writer();
    }

    fn object_lock(&self) -> Option<ObjectLock> {
        self.store.opened.locks.as_ref()?.current()
    }

    fn lock_objects(&self, lock: Option<ObjectLock>) {
        if let Some(locks) = &self.store.opened.locks {
            locks.set(lock);
        }
    }

    fn locks(&self, names: &[ObjectName]) -> Result<Vec<Held>, BackendError> {
        names.iter().for_each(|name| self.uploads.wait_for(name));
        self.runtime.block_on(self.store.held(names))
    }

    fn extend_locks(&self, names: &[ObjectName], until: Time) -> Result<(), BackendError> {
        names.iter().for_each(|name| self.uploads.wait_for(name));
        self.runtime.block_on(self.store.extend(names, until))
    }

    fn delete_unlocked(&self, names: &[ObjectName]) -> Result<Vec<Retained>, BackendError> {
        names.iter().for_each(|name| self.uploads.wait_for(name));
        self.runtime.block_on(self.store.delete_unlocked(names))
    }

    fn remove_unfinished(&self, before: Time) -> Result<u64, BackendError> {
        self.runtime.block_on(self.store.remove_unfinished(before))
    }
}
