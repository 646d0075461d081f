//! Objects in a remote place: every request with its limits in time, number and rate, and sent again when that may help.
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder, Retryable};
use futures::{StreamExt, TryStreamExt};
use opendal::{Buffer, Error, ErrorKind as Kind, Result};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::failure::{cause, failure};
use super::pace::Pace;
use super::patience::Patience;
use super::place::{Opened, RemotePlace};
use super::usage::Meter;
use super::wire::{File, UNFINISHED, Wire, silent};
use crate::backend::{BackendError, ErrorKind, Family, Listed, ObjectName, Put};
use crate::world::Time;

/// No link is slower than this: a request may take as long as its bytes take at this rate, beside the time-out.
const SLOWEST: u64 = 32 << 10;

/// See above.
pub(super) struct Store {
    pub(super) place: RemotePlace,
    pub(super) opened: Opened,
    pub(super) meter: Arc<Meter>,
    pub(super) patience: Patience,
    connections: Semaphore,
    sending: Option<Pace>,
    receiving: Option<Pace>,
    /// Create-if-absent is looking and then putting, where the place has no better.
    single_writer: AtomicBool,
    /// Something was there: a place without folders is gone then, not empty.
    was_there: AtomicBool,
}

fn exists(error: &Error) -> bool {
    matches!(error.kind(), Kind::ConditionNotMatch | Kind::AlreadyExists)
}

/// Two writers of one name met, or the trouble will pass.
pub(super) fn passes(error: &Error) -> bool {
    error.is_temporary() || matches!(error.kind(), Kind::RateLimited | Kind::Conflict)
}

impl Store {
    pub(super) fn new(place: RemotePlace) -> std::result::Result<Store, BackendError> {
        let meter = Arc::new(Meter::default());
        let opened = place.open(&meter)?;
        Ok(Store {
            connections: Semaphore::new(opened.policy.connections),
            sending: place.limit_upload.map(Pace::new),
            receiving: place.limit_download.map(Pace::new),
            single_writer: AtomicBool::new(false),
            was_there: AtomicBool::new(false),
            patience: Patience::default(),
            opened,
            meter,
            place,
        })
    }

    pub(super) fn failed(&self, action: &'static str, name: &ObjectName, error: &Error) -> BackendError {
        failure(&self.place, action, &format!("{}/{name}", self.place.shown), error)
    }

    fn wire(&self) -> &Wire {
        &self.opened.wire
    }

    /// From now on no other client writes.
    pub(super) fn assume_single_writer(&self) {
        self.single_writer.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_single_writer(&self) -> bool {
        self.single_writer.load(Ordering::Relaxed)
    }

    fn backoff(&self) -> ExponentialBuilder {
        let quickest = Duration::from_millis(200).min(self.opened.policy.timeout / 4);
        let builder = ExponentialBuilder::default().with_jitter().with_min_delay(quickest);
        builder.with_max_delay(Duration::from_secs(20)).with_max_times(self.opened.policy.retries)
    }

    /// One request. Silence for longer than the time-out, and what `bytes` may take on the slowest link, is a failure that may pass.
    pub(super) async fn once<T>(&self, bytes: u64, request: impl Future<Output = Result<T>>) -> Result<T> {
        let _permit = self.connections.acquire().await;
        let limit = self.opened.policy.timeout + Duration::from_secs(bytes / SLOWEST);
        timeout(limit, request).await.unwrap_or_else(|_| Err(silent(limit)))
    }

    pub(super) async fn again<T, F: Future<Output = Result<T>>>(&self, attempt: impl FnMut() -> F) -> Result<T> {
        attempt.retry(self.backoff()).when(passes).notify(|error, delay| self.waits(error, delay)).await
    }

    /// What failed is tried again after a while.
    fn waits(&self, error: &Error, delay: Duration) {
        self.meter.again();
        self.patience.tell(delay, || format!("{}: {}", self.place.shown, cause(error, &self.place.secrets())));
    }

    async fn send(&self, name: &ObjectName, bytes: &Buffer, create: bool) -> Result<()> {
        if let Some(pace) = &self.sending {
            pace.wait(bytes.len() as u64).await;
        }
        self.once(bytes.len() as u64, self.wire().put(&name.to_string(), bytes, create)).await
    }

    /// What [`Store::send`] is for create-if-absent. With a single writer the object is looked for first and read back afterwards: another
    /// client that put one of the same name in between is noticed unless its bytes came last.
    async fn send_new(&self, name: &ObjectName, bytes: &Buffer) -> Result<()> {
        let exists = || Error::new(Kind::ConditionNotMatch, "it exists");
        if !self.is_single_writer() {
            return self.send(name, bytes, true).await;
        }
        let path = name.to_string();
        match self.once(0, self.wire().stat(&path)).await {
            Ok(_) => return Err(exists()),
            Err(error) if error.kind() == Kind::NotFound => {}
            Err(error) => return Err(error),
        }
        // SFTP can do better all the same.
        self.send(name, bytes, self.wire().has_folders() && self.wire().can_create()).await?;
        if name.family() == Family::Packs {
            // The name says what the bytes are.
            return Ok(());
        }
        let limit = bytes.len() as u64;
        let patience = self.opened.policy.timeout;
        match self.once(limit, self.wire().read(&path, limit, patience, None)).await? {
            Some(found) if found == bytes.to_vec() => Ok(()),
            _ => Err(exists()),
        }
    }

    /// Create-if-absent. An answer that got lost is found out by reading back.
    pub(super) async fn create(&self, name: &ObjectName, bytes: &Buffer) -> std::result::Result<Put, BackendError> {
        if !self.is_single_writer() && !self.wire().can_create() {
            let mut error =
                BackendError::new(ErrorKind::Refused, "create", format_args!("{}/{name}", self.place.shown));
            error.source = Some(std::io::Error::other(
                "this service cannot create an object only if there is none of its name; a repository on it needs `init --single-writer`, \
                 and one machine that writes at a time",
            ));
            return Err(error);
        }
        let mut is_unclear = false;
        let mut delays = self.backoff().build();
        let last = loop {
            let error = match self.send_new(name, bytes).await {
                Ok(()) => return Ok(Put::Created),
                Err(error) => error,
            };
            if exists(&error) {
                return Ok(if is_unclear && self.holds(name, bytes).await { Put::Created } else { Put::Exists });
            }
            if !passes(&error) {
                return Err(self.failed("create", name, &error));
            }
            is_unclear = true;
            let Some(delay) = delays.next() else { break error };
            self.waits(&error, delay);
            sleep(delay).await;
        };
        match self.read(name, bytes.len() as u64).await {
            Ok(found) if found == bytes.to_vec() => Ok(Put::Created),
            Ok(_) => Ok(Put::Exists),
            Err(error) if error.kind == ErrorKind::TooLarge => Ok(Put::Exists),
            Err(_) => Err(self.failed("create", name, &last)),
        }
    }

    /// Whether an object has exactly these bytes.
    async fn holds(&self, name: &ObjectName, bytes: &Buffer) -> bool {
        self.read(name, bytes.len() as u64).await.is_ok_and(|found| found == bytes.to_vec())
    }

    /// Whether the place refuses to create what exists, which everything rests on: found out with an object that is removed again.
    pub(super) async fn refuses_what_exists(&self, token: u64) -> std::result::Result<bool, BackendError> {
        let path = format!("probe-{token:016x}");
        let failed = |error: Error| failure(&self.place, "create", &format!("{}/{path}", self.place.shown), &error);
        if !self.wire().can_create() {
            return Ok(false);
        }
        let put = async |text: &'static str| self.once(0, self.wire().put(&path, &Buffer::from(text), true)).await;
        match self.again(|| put("first")).await {
            Err(error) if !exists(&error) => return Err(failed(error)),
            // An answer that was lost, if it exists.
            _ => {}
        }
        let is_refused = match self.again(|| put("second")).await {
            Ok(_) => false,
            Err(error) if exists(&error) => true,
            Err(error) => return Err(failed(error)),
        };
        // A role that may not delete leaves it there.
        drop(self.again(|| self.once(0, self.wire().delete(&path))).await);
        Ok(is_refused)
    }

    /// Creates or replaces.
    pub(super) async fn write(&self, name: &ObjectName, bytes: &Buffer) -> std::result::Result<(), BackendError> {
        self.again(|| self.send(name, bytes, false)).await.map_err(|error| self.failed("replace", name, &error))
    }

    pub(super) async fn stat(&self, name: &ObjectName) -> std::result::Result<Listed, BackendError> {
        let path = name.to_string();
        let found = self.again(|| self.once(0, self.wire().stat(&path))).await;
        let (size, modified) = found.map_err(|error| self.failed("read", name, &error))?;
        Ok(Listed { name: *name, size, modified })
    }

    /// All bytes; no more than one part above `limit` is received.
    pub(super) async fn read(&self, name: &ObjectName, limit: u64) -> std::result::Result<Vec<u8>, BackendError> {
        let path = name.to_string();
        let attempt = async || {
            let _permit = self.connections.acquire().await;
            self.wire().read(&path, limit, self.opened.policy.timeout, self.receiving.as_ref()).await
        };
        match self.again(attempt).await {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => {
                Err(BackendError::new(ErrorKind::TooLarge, "read", format_args!("{}/{name}", self.place.shown)))
            }
            Err(error) => Err(self.failed("read", name, &error)),
        }
    }

    pub(super) async fn read_range(
        &self,
        name: &ObjectName,
        offset: u64,
        len: usize,
    ) -> std::result::Result<Vec<u8>, BackendError> {
        let short = || BackendError::new(ErrorKind::ShortRead, "read", format_args!("{}/{name}", self.place.shown));
        let end = offset.checked_add(len as u64).ok_or_else(short)?;
        if len > 0 {
            if let Some(pace) = &self.receiving {
                pace.wait(len as u64).await;
            }
            let path = name.to_string();
            let attempt = || self.once(len as u64, self.wire().read_range(&path, offset, len));
            match self.again(attempt).await {
                Ok(bytes) if bytes.len() == len => return Ok(bytes),
                Err(error) if error.kind() == Kind::PermissionDenied => return Err(self.failed("read", name, &error)),
                Ok(_) => return Err(short()),
                Err(error) if error.kind() == Kind::NotFound => return Err(self.failed("read", name, &error)),
                Err(error) => {
                    // Services tell in various ways that an object is too short.
                    let is_short = self.stat(name).await.is_ok_and(|listed| listed.size < end);
                    return Err(if is_short { short() } else { self.failed("read", name, &error) });
                }
            }
        }
        match self.stat(name).await? {
            listed if listed.size < end => Err(short()),
            _ => Ok(Vec::new()),
        }
    }

    pub(super) async fn list(&self, family: Family) -> std::result::Result<Vec<Listed>, BackendError> {
        let folder = format!("{}/", family.folder());
        let failed = |error: Error| failure(&self.place, "list", &format!("{}/{folder}", self.place.shown), &error);
        let files = self.again(|| self.files(&folder, family == Family::Packs)).await.map_err(failed)?;
        let is_empty = files.is_empty();
        let parse = |file: &str| ObjectName::parse(family, file.strip_prefix(&folder)?);
        let named = files
            .into_iter()
            .filter_map(|file| Some(Listed { name: parse(&file.path)?, size: file.size, modified: file.modified }));
        let mut listed: Vec<Listed> = named.collect();
        listed.sort_unstable_by_key(|listed| listed.name);
        listed.dedup_by_key(|listed| listed.name);
        if !listed.is_empty() {
            self.was_there.store(true, Ordering::Relaxed);
        } else if is_empty && self.wire().has_folders() && self.was_there.load(Ordering::Relaxed) {
            // A folder that is not there lists as empty, also on a server whose disk is not mounted.
            let config = format!("{}/", Family::Config.folder());
            let there = self.again(|| self.files(&config, false)).await.map_err(failed)?;
            if there.is_empty() {
                return Err(BackendError::new(
                    ErrorKind::NoStore,
                    "list",
                    format_args!("{}/{folder}", self.place.shown),
                ));
            }
        }
        Ok(listed)
    }

    async fn files(&self, folder: &str, deep: bool) -> Result<Vec<File>> {
        let _permit = self.connections.acquire().await;
        self.wire().list(folder, deep, self.opened.policy.timeout).await
    }

    /// Removes what was written before `before` and never got its name.
    pub(super) async fn remove_unfinished(&self, before: Time) -> std::result::Result<u64, BackendError> {
        if !self.wire().has_folders() {
            return Ok(0);
        }
        let failed =
            |error: Error| failure(&self.place, "delete", &format!("{}/{UNFINISHED}", self.place.shown), &error);
        let (mut removed, folder) = (0, format!("{UNFINISHED}/"));
        for file in self.again(|| self.files(&folder, false)).await.map_err(failed)? {
            if file.modified < before {
                self.again(|| self.once(0, self.wire().delete(&file.path))).await.map_err(failed)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Removes a folder below the place with the empty folders in it, where there are folders.
    pub(super) async fn remove_folder(&self, folder: &str) -> std::result::Result<(), BackendError> {
        let failed = |error: Error| failure(&self.place, "delete", &format!("{}/{folder}", self.place.shown), &error);
        self.once(0, self.wire().remove_folder(&format!("{folder}/"))).await.map_err(failed)
    }

    /// In batches, where the service has them and they work; else several at a time.
    pub(super) async fn delete_all(&self, names: &[ObjectName]) -> std::result::Result<(), BackendError> {
        // Versions are removed one by one.
        let batch = if names.iter().any(|name| self.locks_for(name).is_some()) { 1 } else { self.wire().batch() };
        // Where there are no batches all go at once, as many at a time as there are connections.
        for names in names.chunks(if batch > 1 { batch } else { names.len().max(1) }) {
            if names.len() > 1 && batch > 1 && self.once(0, self.wire().delete_batch(names)).await.is_ok() {
                continue;
            }
            let each = futures::stream::iter(names).map(|name| self.delete(name));
            each.buffer_unordered(self.opened.policy.connections).try_collect::<Vec<_>>().await?;
        }
        Ok(())
    }

    /// Without a look at versions and locks.
    pub(super) async fn delete_plainly(&self, name: &ObjectName) -> std::result::Result<(), BackendError> {
        let path = name.to_string();
        match self.again(|| self.once(0, self.wire().delete(&path))).await {
            Err(error) if error.kind() != Kind::NotFound => Err(self.failed("delete", name, &error)),
            _ => Ok(()),
        }
    }
}
