//! Objects in a place with locks: how long they are kept, how that is extended, and what becomes of them when they are to be removed.
use std::future::Future;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use opendal::{Error, ErrorKind as Kind, Operator};

use super::failure::failure;
use super::locks::{Locks, Version, now};
use super::store::{Store, passes};
use super::wire::Wire;
use crate::backend::{BackendError, ErrorKind, Held, ObjectLock, ObjectName, Retained};
use crate::world::Time;

type Result<T> = std::result::Result<T, BackendError>;

/// Versions of one name that are removed before it is given up: each was once replaced.
const MOST_VERSIONS: usize = 1_000;

/// What a trial of locks found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockTrial {
    /// An object got the lock that was asked for, and could not be removed.
    Works,
    /// It did not, for this reason.
    Fails(String),
}

impl Store {
    /// The locks of a place where they are used for this object.
    pub(super) fn locks_for(&self, name: &ObjectName) -> Option<(&Arc<Locks>, &Operator)> {
        let locks = self.opened.locks.as_ref().filter(|locks| locks.current().is_some())?;
        let operator = self.opened.wire.operator(&name.to_string())?;
        name.family().is_lockable().then_some((locks, operator))
    }

    /// The same with each of them, as many at a time as there are connections; in their order.
    async fn with_each<'n, T, F: Future<Output = Result<T>>>(
        &self,
        names: &'n [ObjectName],
        act: impl Fn(&'n ObjectName) -> F,
    ) -> Result<Vec<T>> {
        futures::stream::iter(names).map(act).buffered(self.opened.policy.connections).try_collect().await
    }

    async fn newest(&self, locks: &Locks, operator: &Operator, name: &ObjectName) -> Result<Option<Version>> {
        let path = name.to_string();
        let found = self.again(|| self.once(0, locks.newest(operator, &path))).await;
        found.map_err(|error| self.failed("read", name, &error))
    }

    /// See [`crate::backend::Backend::locks`].
    pub(super) async fn held(&self, names: &[ObjectName]) -> Result<Vec<Held>> {
        self.with_each(names, async |name| match self.locks_for(name) {
            None => Ok(Held::Free),
            Some((locks, operator)) => {
                Ok(self.newest(locks, operator, name).await?.map_or(Held::Free, |version| version.held))
            }
        })
        .await
    }

    /// See [`crate::backend::Backend::extend_locks`].
    pub(super) async fn extend(&self, names: &[ObjectName], until: Time) -> Result<()> {
        let extend = async |name: &ObjectName| {
            let Some((locks, operator)) = self.locks_for(name) else {
                return Err(BackendError::new(ErrorKind::Refused, "lock", name));
            };
            let Some(lock) = locks.current() else { return Ok(()) };
            let path = name.to_string();
            match self.again(|| self.once(0, locks.extend(operator, &path, &lock, until))).await {
                Err(error) if error.kind() != Kind::NotFound => Err(self.failed("lock", name, &error)),
                _ => Ok(()),
            }
        };
        self.with_each(names, extend).await.map(drop)
    }

    /// Removes all versions of an object, down to one that is kept by a lock.
    async fn delete_free(&self, locks: &Locks, operator: &Operator, name: &ObjectName) -> Result<Option<Retained>> {
        let path = name.to_string();
        for _ in 0..MOST_VERSIONS {
            let Some(newest) = self.newest(locks, operator, name).await? else { return Ok(None) };
            if newest.held.holds(now()) {
                return Ok(Some(Retained { name: *name, until: newest.held.end() }));
            }
            let Some(version) = newest.id else {
                self.delete_plainly(name).await?;
                return Ok(None);
            };
            match self.again(|| self.once(0, self.opened.wire.delete_version(&path, &version))).await {
                Ok(()) => {}
                Err(error) if error.kind() == Kind::NotFound => {}
                // Its lock may have been extended meanwhile; or nobody may remove versions here.
                Err(error) if error.kind() == Kind::PermissionDenied => {
                    return Ok(Some(Retained { name: *name, until: None }));
                }
                Err(error) => return Err(self.failed("delete", name, &error)),
            }
        }
        Ok(Some(Retained { name: *name, until: None }))
    }

    /// See [`crate::backend::Backend::delete_unlocked`].
    pub(super) async fn delete_unlocked(&self, names: &[ObjectName]) -> Result<Vec<Retained>> {
        let delete = async |name: &ObjectName| match self.locks_for(name) {
            Some((locks, operator)) => self.delete_free(locks, operator, name).await,
            None => self.delete_plainly(name).await.map(|()| None),
        };
        Ok(self.with_each(names, delete).await?.into_iter().flatten().collect())
    }

    /// Removes an object, or hides it if a lock keeps it.
    pub(super) async fn delete(&self, name: &ObjectName) -> Result<()> {
        if let Some((locks, operator)) = self.locks_for(name)
            && self.delete_free(locks, operator, name).await?.is_none()
        {
            return Ok(());
        }
        self.delete_plainly(name).await
    }

    /// Tries with an object `probe-<token>` whether the service locks what it is asked to lock, and keeps that. The object is hidden afterwards, and a few bytes
    /// of it stay until its lock ends.
    pub(super) async fn try_lock(&self, lock: ObjectLock, locks: &Locks, token: u64) -> Result<LockTrial> {
        let path = format!("probe-{token:016x}");
        let Wire::Objects { objects, plain, .. } = &self.opened.wire else {
            return Ok(LockTrial::Fails("the service has no locks".to_owned()));
        };
        let failed =
            |action, error: &Error| failure(&self.place, action, &format!("{}/{path}", self.place.shown), error);
        let put = self.again(|| self.once(0, async { objects.write(&path, "lock").await.map(drop) })).await;
        match put {
            Ok(()) => {}
            Err(error) if error.kind() == Kind::PermissionDenied || passes(&error) => {
                return Err(failed("lock", &error));
            }
            Err(error) => {
                let cause = error.message();
                return Ok(LockTrial::Fails(format!(
                    "the service refused an object with a lock ({cause}); was the bucket made with object lock?"
                )));
            }
        }
        let seen = self.look_at_lock(lock, locks, objects, &path).await;
        let hidden = self.again(|| self.once(0, plain.delete(&path))).await;
        let seen = seen.map_err(|error| failed("lock", &error))?;
        // Who may not delete leaves it there.
        drop(hidden);
        Ok(seen)
    }

    async fn look_at_lock(
        &self,
        lock: ObjectLock,
        locks: &Locks,
        operator: &Operator,
        path: &str,
    ) -> opendal::Result<LockTrial> {
        let fails = |cause: &str| Ok(LockTrial::Fails(cause.to_owned()));
        let look = async || self.again(|| self.once(0, locks.newest(operator, path))).await;
        let Some(Version { id: Some(version), held }) = look().await? else {
            return fails("the bucket keeps no versions");
        };
        if !held.holds(now()) {
            return fails("the service took a lock and does not show it");
        }
        if self.once(0, async { operator.delete_with(path).version(&version).await }).await.is_ok() {
            return fails("the service removed an object that it had locked");
        }
        let until = lock.end(lock.end(now()));
        self.again(|| self.once(0, locks.extend(operator, path, &lock, until))).await?;
        match look().await? {
            Some(version) if version.held >= Held::Until(until) => Ok(LockTrial::Works),
            _ => fails("the service extended a lock and does not show it"),
        }
    }
}
