//! Single requests to a place, in the words of its service: what differs between object stores, WebDAV and SFTP.
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::TryStreamExt;
use opendal::{Buffer, Error, ErrorKind as Kind, Metadata, Operator, Result};
use tokio::time::timeout;

use super::pace::Pace;
use super::sftp::Files;
use crate::backend::{Family, ObjectName};
use crate::world::{SystemWorld, Time, random};

/// The folder of what is being written, where services show files before they are whole. No family has it.
pub(super) const UNFINISHED: &str = "unfinished";

/// One object in a listing, by its path below the root of the place.
pub(super) struct File {
    pub(super) path: String,
    pub(super) size: u64,
    pub(super) modified: Time,
}

/// How objects get to where they belong.
pub(super) enum Wire {
    /// A service of opendal that shows objects when they are whole.
    Objects {
        /// For everything but packs that gets a lock, where locks are used.
        objects: Operator,
        /// For packs: the same, with the storage class that was asked for.
        packs: Operator,
        /// For what never gets a lock.
        plain: Operator,
    },
    /// One that may show a file while it is being written: it gets its name when it is whole.
    Named { files: Operator, unfinished: Unfinished },
    /// SFTP.
    Sftp(Files),
}

/// Names of unfinished files that nobody else uses.
pub(super) struct Unfinished {
    token: String,
    next: AtomicU64,
}

impl Unfinished {
    pub(super) fn new() -> Self {
        let token = random::<8>(&*SystemWorld::new()).iter().map(|byte| format!("{byte:02x}")).collect();
        Unfinished { token, next: AtomicU64::new(0) }
    }

    /// For an object at `path`.
    pub(super) fn name(&self, path: &str) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{UNFINISHED}/{}.{}-{number}", path.replace('/', "-"), self.token)
    }
}

pub(super) fn silent(limit: Duration) -> Error {
    Error::new(Kind::Unexpected, format!("no answer within {} s", limit.as_secs())).set_temporary()
}

/// Whether an object at this path gets a lock, where locks are used: not one of no family, as a probe writes.
fn is_lockable(path: &str) -> bool {
    let below = |family: &Family| path.strip_prefix(family.folder()).is_some_and(|rest| rest.starts_with('/'));
    Family::ALL.iter().find(|family| below(family)).is_some_and(|family| family.is_lockable())
}

fn time(metadata: &Metadata) -> Time {
    let stamp = metadata.last_modified().map(|time| time.into_inner()).unwrap_or_default();
    Time { secs: stamp.as_second(), nanos: 0 }
}

impl Wire {
    pub(super) fn named(files: Operator) -> Wire {
        Wire::Named { files, unfinished: Unfinished::new() }
    }

    pub(super) fn operator(&self, path: &str) -> Option<&Operator> {
        match self {
            Wire::Objects { packs, .. } if path.starts_with(Family::Packs.folder()) => Some(packs),
            Wire::Objects { objects, .. } if is_lockable(path) => Some(objects),
            Wire::Objects { plain, .. } => Some(plain),
            Wire::Named { files, .. } => Some(files),
            Wire::Sftp(_) => None,
        }
    }

    /// Whether an object can be created only if there is none of its name.
    pub(super) fn can_create(&self) -> bool {
        match self {
            Wire::Objects { objects, .. } => objects.info().capability().write_with_if_not_exists,
            Wire::Named { .. } => false,
            Wire::Sftp(_) => true,
        }
    }

    /// Whether folders are made and stay when they are empty.
    pub(super) fn has_folders(&self) -> bool {
        !matches!(self, Wire::Objects { .. })
    }

    /// Creates or replaces, so that nobody sees a part of it; with `create` an object that exists is [`Kind::ConditionNotMatch`].
    pub(super) async fn put(&self, path: &str, bytes: &Buffer, create: bool) -> Result<()> {
        match self {
            Wire::Objects { objects, .. } => {
                let operator = self.operator(path).unwrap_or(objects);
                operator.write_with(path, bytes.clone()).if_not_exists(create).await.map(drop)
            }
            // Replacing by renaming removes what is there first on many servers, and runs must see each other's sessions at any time. What
            // these objects say is advice, so that one in part does no harm.
            Wire::Named { files, .. } if path.starts_with(Family::Sessions.folder()) => {
                files.write(path, bytes.clone()).await.map(drop)
            }
            Wire::Named { files, unfinished } => {
                let temp = unfinished.name(path);
                let named = async {
                    files.write(&temp, bytes.clone()).await?;
                    files.rename(&temp, path).await
                };
                let named = named.await;
                if named.is_err() {
                    drop(files.delete(&temp).await);
                }
                named
            }
            Wire::Sftp(files) => files.put(path, bytes, create).await,
        }
    }

    /// Size and time.
    pub(super) async fn stat(&self, path: &str) -> Result<(u64, Time)> {
        match (self, self.operator(path)) {
            (Wire::Sftp(files), _) => files.stat(path).await,
            (_, Some(operator)) => operator.stat(path).await.map(|found| (found.content_length(), time(&found))),
            (_, None) => Err(Error::new(Kind::Unsupported, "no such service")),
        }
    }

    /// All bytes, unless they are more than `limit`; not much more than that is received. Every part may take as long as `patience`.
    pub(super) async fn read(
        &self,
        path: &str,
        limit: u64,
        patience: Duration,
        pace: Option<&Pace>,
    ) -> Result<Option<Vec<u8>>> {
        let operator = match (self, self.operator(path)) {
            (Wire::Sftp(files), _) => {
                let read = files.read(path, limit).await?;
                if let (Some(pace), Some(bytes)) = (pace, &read) {
                    pace.wait(bytes.len() as u64).await;
                }
                return Ok(read);
            }
            (_, Some(operator)) => operator,
            (_, None) => return Err(Error::new(Kind::Unsupported, "no such service")),
        };
        let open = async { operator.reader(path).await?.into_bytes_stream(..).await };
        let mut stream = timeout(patience, open).await.unwrap_or_else(|_| Err(silent(patience)))?;
        let mut bytes = Vec::new();
        loop {
            let part = timeout(patience, stream.try_next()).await.map_err(|_| silent(patience))?;
            let Some(part) = part.map_err(error_of)? else { return Ok(Some(bytes)) };
            if bytes.len() as u64 + part.len() as u64 > limit {
                return Ok(None);
            }
            if let Some(pace) = pace {
                pace.wait(part.len() as u64).await;
            }
            bytes.extend_from_slice(&part);
        }
    }

    /// `len` bytes; fewer, or an error, where the object ends before.
    pub(super) async fn read_range(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>> {
        match (self, self.operator(path)) {
            (Wire::Sftp(files), _) => files.read_range(path, offset, len).await,
            (_, Some(operator)) => operator
                .read_with(path)
                .range(offset..offset.saturating_add(len as u64))
                .await
                .map(|bytes| bytes.to_vec()),
            (_, None) => Err(Error::new(Kind::Unsupported, "no such service")),
        }
    }

    /// Everything in a folder (with a slash at the end), and in the folders in it if `deep`.
    pub(super) async fn list(&self, folder: &str, deep: bool, patience: Duration) -> Result<Vec<File>> {
        let operator = match (self, self.operator("")) {
            (Wire::Sftp(files), _) => return files.list(folder, deep).await,
            (_, Some(operator)) => operator,
            (_, None) => return Err(Error::new(Kind::Unsupported, "no such service")),
        };
        let open = async { operator.lister_with(folder).recursive(deep).await };
        let mut lister = timeout(patience, open).await.unwrap_or_else(|_| Err(silent(patience)))?;
        let mut found = Vec::new();
        while let Some(entry) = timeout(patience, lister.try_next()).await.unwrap_or_else(|_| Err(silent(patience)))? {
            if !entry.metadata().is_dir() {
                let (size, modified) = (entry.metadata().content_length(), time(entry.metadata()));
                found.push(File { path: entry.path().to_owned(), size, modified });
            }
        }
        Ok(found)
    }

    /// Removes an object; one that is not there is fine.
    pub(super) async fn delete(&self, path: &str) -> Result<()> {
        match (self, self.operator(path)) {
            (Wire::Sftp(files), _) => files.delete(path).await,
            (_, Some(operator)) => operator.delete(path).await,
            (_, None) => Err(Error::new(Kind::Unsupported, "no such service")),
        }
    }

    /// Removes one version of an object.
    pub(super) async fn delete_version(&self, path: &str, version: &str) -> Result<()> {
        match self.operator(path) {
            Some(operator) => operator.delete_with(path).version(version).await,
            None => Err(Error::new(Kind::Unsupported, "no versions")),
        }
    }

    /// How many objects can be removed with one request.
    pub(super) fn batch(&self) -> usize {
        match self {
            Wire::Objects { objects, .. } => objects.info().capability().delete_max_size.unwrap_or(1).clamp(1, 1000),
            Wire::Named { .. } | Wire::Sftp(_) => 1,
        }
    }

    /// Removes objects with one request.
    pub(super) async fn delete_batch(&self, names: &[ObjectName]) -> Result<()> {
        match self {
            Wire::Objects { objects, .. } => objects.delete_iter(names.iter().map(ObjectName::to_string)).await,
            Wire::Named { .. } | Wire::Sftp(_) => Err(Error::new(Kind::Unsupported, "one by one")),
        }
    }

    /// Removes a folder that has no files any more.
    pub(super) async fn remove_folder(&self, folder: &str) -> Result<()> {
        match self {
            Wire::Objects { .. } => Ok(()),
            Wire::Named { files, .. } => files.delete(folder).await,
            Wire::Sftp(files) => files.remove_folder(folder).await,
        }
    }
}

/// The error in an error of a stream.
fn error_of(error: std::io::Error) -> Error {
    let kind = error.kind();
    match error.downcast::<Error>() {
        Ok(error) => error,
        Err(error) => {
            Error::new(Kind::Unexpected, error.to_string()).with_temporary(kind != std::io::ErrorKind::InvalidData)
        }
    }
}
