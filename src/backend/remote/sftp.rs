//! Files on an SFTP server, by way of the `ssh` program: written under another name, synced, then linked, so that none is seen in part.
use std::collections::BTreeMap;
use std::future::Future;
use std::io::SeekFrom;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex as Plain, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use opendal::{Buffer, Error, ErrorKind as Kind, Result};
use openssh_sftp_client::error::SftpErrorKind;
use openssh_sftp_client::file::File;
use openssh_sftp_client::{Error as SftpError, Sftp, SftpOptions};
use tokio::io::{AsyncReadExt, AsyncSeek};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::usage::Meter;
use super::wire::{File as Found, Unfinished};
use crate::world::Time;

/// Of what `ssh` prints, so much is told.
const MOST_PRINTED: usize = 600;

/// Settings that an SFTP place may have.
pub(super) const SETTINGS: [&str; 6] = ["host", "port", "user", "root", "key", "args"];

struct Connection {
    sftp: Sftp,
    /// Ends when this is dropped.
    _ssh: Child,
}

/// One connection, made when it is needed and made anew when it has broken.
pub(super) struct Files {
    settings: BTreeMap<String, String>,
    /// A path on the server; a relative one begins at the home of the user.
    root: String,
    connection: Mutex<Option<Arc<Connection>>>,
    meter: Arc<Meter>,
    unfinished: Unfinished,
    /// An answer comes within this time.
    patience: Duration,
}

/// One answer. After silence the connection counts as broken.
async fn answer<T>(
    patience: Duration,
    answer: impl Future<Output = std::result::Result<T, SftpError>>,
) -> std::result::Result<T, SftpError> {
    let silence = || std::io::Error::other(format!("no answer within {} s", patience.as_secs()));
    timeout(patience, answer).await.unwrap_or_else(|_| Err(silence().into()))
}

/// What the server said, unless the connection broke.
fn code(error: &SftpError) -> Option<&SftpErrorKind> {
    match error {
        SftpError::SftpError(kind, _) => Some(kind),
        _ => None,
    }
}

fn is_missing(error: &SftpError) -> bool {
    matches!(code(error), Some(SftpErrorKind::NoSuchFile))
}

/// The server said no, or the connection broke, which may pass.
fn told(error: SftpError) -> Error {
    match (code(&error), &error) {
        (Some(SftpErrorKind::NoSuchFile), _) => Error::new(Kind::NotFound, "no such file"),
        (Some(SftpErrorKind::PermDenied), _) => Error::new(Kind::PermissionDenied, "permission denied"),
        // OpenSSH says no more than this when a disk is full.
        (Some(SftpErrorKind::Failure), _) => {
            Error::new(Kind::Unexpected, "the server says \"Failure\" and not why; is its disk full?")
        }
        (Some(kind), _) => Error::new(Kind::Unexpected, format!("the server says {kind:?}")),
        (None, SftpError::UnsupportedSftpProtocol { .. }) => Error::new(Kind::Unsupported, error.to_string()),
        _ => Error::new(Kind::Unexpected, format!("the connection broke: {error}")).set_temporary(),
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

async fn read_from(file: &mut File, limit: u64, patience: Duration) -> std::result::Result<Option<Vec<u8>>, SftpError> {
    let mut bytes = Vec::new();
    while bytes.len() as u64 <= limit {
        // The client counts what it asked for, which may be more than what it got.
        Pin::new(&mut *file).start_seek(SeekFrom::Start(bytes.len() as u64))?;
        let wanted = (limit - bytes.len() as u64).saturating_add(1).min(256 << 10) as u32;
        match answer(patience, file.read(wanted, Default::default())).await? {
            Some(part) if !part.is_empty() => bytes.extend_from_slice(&part),
            _ => return Ok(Some(bytes)),
        }
    }
    Ok(None)
}

impl Files {
    /// Checks the settings; speaks to nobody yet.
    pub(super) fn new(settings: &BTreeMap<String, String>, patience: Duration, meter: &Arc<Meter>) -> Result<Files> {
        let wrong = |cause: &str| Err(Error::new(Kind::ConfigInvalid, cause));
        match settings.get("host") {
            None => return wrong("no host is given"),
            // It would be an option of ssh.
            Some(host) if host.starts_with('-') || host.is_empty() => return wrong("this is no name of a host"),
            Some(_) => {}
        }
        if settings.get("port").is_some_and(|port| port.parse::<u16>().is_err()) {
            return wrong("the port is not a number");
        }
        let root = settings.get("root").map_or(".", |root| root.as_str());
        let root = if root.len() > 1 { root.trim_end_matches('/') } else { root };
        Ok(Files {
            settings: settings.clone(),
            root: root.to_owned(),
            connection: Mutex::new(None),
            meter: Arc::clone(meter),
            unfinished: Unfinished::new(),
            patience,
        })
    }

    fn path(&self, path: &str) -> String {
        format!("{}/{path}", if self.root == "/" { "" } else { &self.root })
    }

    fn ssh(&self) -> Command {
        let mut ssh = Command::new("ssh");
        // Nobody is there to type: keys and agents only. A server that is silent is noticed.
        for option in ["BatchMode=yes", "ConnectTimeout=15", "ServerAliveInterval=10", "ServerAliveCountMax=3"] {
            ssh.args(["-o", option]);
        }
        for (setting, option) in [("user", "-l"), ("port", "-p"), ("key", "-i")] {
            if let Some(value) = self.settings.get(setting) {
                ssh.args([option, value]);
            }
        }
        ssh.args(self.settings.get("args").iter().flat_map(|args| args.split_whitespace()));
        ssh.args(["-s", "--"]).args(self.settings.get("host")).arg("sftp");
        ssh.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // What interrupts this program in order must not take the connection away.
        ssh.process_group(0).kill_on_drop(true);
        ssh
    }

    async fn connect(&self) -> Result<Connection> {
        let mut ssh = self.ssh().spawn().map_err(|error| {
            Error::new(Kind::Unexpected, format!("the program ssh does not run ({error}); is it installed?"))
        })?;
        let printed: Arc<Plain<String>> = Arc::default();
        let (Some(stdin), Some(stdout), Some(mut stderr)) = (ssh.stdin.take(), ssh.stdout.take(), ssh.stderr.take())
        else {
            return Err(Error::new(Kind::Unexpected, "ssh has no pipes"));
        };
        let noted = Arc::clone(&printed);
        let noting = tokio::spawn(async move {
            let mut part = [0; 1024];
            while let Ok(len @ 1..) = stderr.read(&mut part).await {
                let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
                if noted.len() < MOST_PRINTED {
                    noted.push_str(&String::from_utf8_lossy(&part[..len]));
                }
            }
        });
        let sftp = match answer(self.patience, Sftp::new(stdin, stdout, SftpOptions::new())).await {
            Ok(sftp) => sftp,
            Err(error) => {
                // It says why before it ends.
                drop(timeout(Duration::from_secs(5), noting).await);
                let printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
                let printed = printed.trim().replace("\r\n", " ").replace('\n', " ");
                return Err(match &*printed {
                    "" => told(error),
                    text if text.contains("Permission denied") => {
                        Error::new(Kind::PermissionDenied, format!("ssh: {text}"))
                    }
                    text if text.contains("verification failed") || text.contains("not resolve") => {
                        Error::new(Kind::Unexpected, format!("ssh: {text}"))
                    }
                    text => Error::new(Kind::Unexpected, format!("ssh: {text}")).set_temporary(),
                });
            }
        };
        let abilities = [
            (sftp.support_fsync(), "fsync"),
            (sftp.support_hardlink(), "hardlink"),
            (sftp.support_posix_rename(), "posix-rename"),
        ];
        match abilities.iter().find(|(has, _)| !has) {
            Some((_, lacks)) => Err(Error::new(
                Kind::Unsupported,
                format!(
                    "this SFTP server lacks {lacks}@openssh.com, without which no object is safe on it; use a server that has it \
                     (OpenSSH), or another service of the same storage"
                ),
            )),
            None => Ok(Connection { sftp, _ssh: ssh }),
        }
    }

    async fn connection(&self) -> Result<Arc<Connection>> {
        let mut held = self.connection.lock().await;
        match &*held {
            Some(connection) => Ok(Arc::clone(connection)),
            None => Ok(Arc::clone(held.insert(Arc::new(self.connect().await?)))),
        }
    }

    /// Runs `work`; a connection that broke meanwhile is not used again.
    async fn with<'a, T, F>(&'a self, work: impl FnOnce(Arc<Connection>) -> F) -> Result<T>
    where
        F: Future<Output = std::result::Result<T, SftpError>> + 'a,
    {
        let connection = self.connection().await?;
        self.meter.request(0);
        let result = work(Arc::clone(&connection)).await;
        result.map_err(|error| {
            if code(&error).is_none()
                && let Ok(mut held) = self.connection.try_lock()
                && held.as_ref().is_some_and(|now| Arc::ptr_eq(now, &connection))
            {
                *held = None;
            }
            told(error)
        })
    }

    async fn make_folders(&self, connection: &Connection, path: &str) {
        let full = self.path(parent(path));
        let ends = full.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0).chain([full.len()]);
        for end in ends {
            // Most are there. What cannot be made shows when something is put into it.
            drop(connection.sftp.fs().create_dir(&full[..end]).await);
        }
    }

    /// Makes the folder of `path` if an attempt finds none.
    async fn in_folder<T, F: Future<Output = std::result::Result<T, SftpError>>>(
        &self,
        connection: &Connection,
        path: &str,
        mut attempt: impl FnMut() -> F,
    ) -> std::result::Result<T, SftpError> {
        match attempt().await {
            Err(error) if is_missing(&error) => {
                self.make_folders(connection, path).await;
                attempt().await
            }
            result => result,
        }
    }

    /// Creates or replaces, durably; with `create` an object that exists is left alone and [`Kind::ConditionNotMatch`].
    pub(super) async fn put(&self, path: &str, bytes: &Buffer, create: bool) -> Result<()> {
        let is_there =
            self.with(async |connection| self.put_on(&connection, path, &bytes.to_bytes(), create).await).await?;
        if is_there { Err(Error::new(Kind::ConditionNotMatch, "it exists")) } else { Ok(()) }
    }

    /// Whether it was there already, and was left alone.
    async fn put_on(
        &self,
        connection: &Connection,
        path: &str,
        bytes: &[u8],
        create: bool,
    ) -> std::result::Result<bool, SftpError> {
        let sftp = &connection.sftp;
        let target = self.path(path);
        let temp = self.unfinished.name(path);
        let made = self.path(&temp);
        let open = || async { sftp.options().write(true).create_new(true).open(&made).await };
        let mut file = self.in_folder(connection, &temp, open).await?;
        let result = async {
            file.write_all(bytes).await?;
            file.sync_all().await?;
            self.meter.add_sent(bytes.len() as u64);
            if !create {
                return self.in_folder(connection, path, || async { sftp.fs().rename(&made, &target).await }).await;
            }
            self.in_folder(connection, path, || async { sftp.fs().hard_link(&made, &target).await }).await
        };
        let result = result.await;
        let exists = match &result {
            // Journals keep their order: what is synced after it has got its name keeps the name too.
            Ok(()) => file.sync_all().await.map(|()| false),
            Err(error) if create && matches!(code(error), Some(SftpErrorKind::Failure)) => {
                match sftp.fs().metadata(&target).await {
                    Ok(_) => self.sync_other(connection, &target).await.map(|()| true),
                    Err(_) => result.map(|()| false),
                }
            }
            Err(_) => result.map(|()| false),
        };
        drop(file.close().await);
        if create || exists.is_err() {
            drop(sftp.fs().remove_file(&made).await);
        }
        exists
    }

    /// Syncs a file that another client put and may not have synced yet. Only what may be opened for writing can be.
    async fn sync_other(&self, connection: &Connection, full: &str) -> std::result::Result<(), SftpError> {
        match connection.sftp.options().write(true).open(full).await {
            Ok(mut other) => {
                other.sync_all().await?;
                other.close().await
            }
            Err(error) if code(&error).is_some() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// All bytes, unless they are more than `limit`.
    pub(super) async fn read(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        let full = self.path(path);
        let work = async |connection: Arc<Connection>| {
            let mut file = answer(self.patience, connection.sftp.options().read(true).open(&full)).await?;
            let read = read_from(&mut file, limit, self.patience).await;
            drop(answer(self.patience, file.close()).await);
            read
        };
        let read = self.with(work).await?;
        self.meter.received(read.as_ref().map_or(limit, |bytes| bytes.len() as u64));
        Ok(read)
    }

    /// Exactly `len` bytes; fewer where the file ends.
    pub(super) async fn read_range(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>> {
        let full = self.path(path);
        let work = async |connection: Arc<Connection>| {
            let mut file = connection.sftp.options().read(true).open(&full).await?;
            let mut bytes = Vec::with_capacity(len.min(1 << 20));
            let read = loop {
                Pin::new(&mut file).start_seek(SeekFrom::Start(offset + bytes.len() as u64))?;
                let wanted = (len - bytes.len()).min(256 << 10) as u32;
                match file.read(wanted, Default::default()).await {
                    Ok(Some(part)) if !part.is_empty() => bytes.extend_from_slice(&part),
                    Ok(_) => break Ok(bytes),
                    Err(error) => break Err(error),
                }
            };
            drop(file.close().await);
            read
        };
        let read = self.with(work).await?;
        self.meter.received(read.len() as u64);
        Ok(read)
    }

    /// Size and time.
    pub(super) async fn stat(&self, path: &str) -> Result<(u64, Time)> {
        let full = self.path(path);
        let found = self.with(async |connection| connection.sftp.fs().metadata(&full).await).await?;
        let secs = found.modified().map_or(0, |time| i64::from(time.into_raw()));
        Ok((found.len().unwrap_or(0), Time { secs, nanos: 0 }))
    }

    /// Files in a folder, and in the folders in it if `deep`; none if there is no such folder.
    pub(super) async fn list(&self, folder: &str, deep: bool) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        let mut folders = vec![folder.trim_end_matches('/').to_owned()];
        while let Some(folder) = folders.pop() {
            let full = self.path(&folder);
            let work = async |connection: Arc<Connection>| {
                let mut fs = connection.sftp.fs();
                let mut entries = match answer(self.patience, fs.open_dir(&full)).await {
                    Err(error) if is_missing(&error) => return Ok(Vec::new()),
                    opened => Box::pin(opened?.read_dir()),
                };
                let mut all = Vec::new();
                while let Some(entry) = answer(self.patience, async { entries.next().await.transpose() }).await? {
                    all.push(entry);
                }
                Ok(all)
            };
            for entry in self.with(work).await? {
                let (Some(name), metadata) = (entry.filename().to_str(), entry.metadata()) else { continue };
                if name.starts_with('.') {
                    continue;
                }
                let path = format!("{folder}/{name}");
                if metadata.file_type().is_some_and(|kind| kind.is_dir()) {
                    folders.extend(deep.then_some(path));
                    continue;
                }
                let secs = metadata.modified().map_or(0, |time| i64::from(time.into_raw()));
                found.push(Found { path, size: metadata.len().unwrap_or(0), modified: Time { secs, nanos: 0 } });
            }
        }
        Ok(found)
    }

    /// Removes a file; one that is not there is fine.
    pub(super) async fn delete(&self, path: &str) -> Result<()> {
        let full = self.path(path);
        match self.with(async |connection| connection.sftp.fs().remove_file(&full).await).await {
            Err(error) if error.kind() == Kind::NotFound => Ok(()),
            result => result,
        }
    }

    /// Removes a folder with the empty folders in it.
    pub(super) async fn remove_folder(&self, folder: &str) -> Result<()> {
        let mut all = vec![folder.trim_end_matches('/').to_owned()];
        let mut next = 0;
        while let Some(folder) = all.get(next).cloned() {
            let full = self.path(&folder);
            let work = async |connection: Arc<Connection>| {
                let mut entries = Box::pin(connection.sftp.fs().open_dir(&full).await?.read_dir());
                let mut inner = Vec::new();
                while let Some(entry) = entries.next().await {
                    let entry = entry?;
                    let name = entry.filename().to_str().filter(|name| !name.starts_with('.'));
                    if let (Some(name), true) = (name, entry.file_type().is_some_and(|kind| kind.is_dir())) {
                        inner.push(format!("{folder}/{name}"));
                    }
                }
                Ok(inner)
            };
            all.extend(self.with(work).await?);
            next += 1;
        }
        for folder in all.iter().rev() {
            let full = self.path(folder);
            self.with(async |connection| connection.sftp.fs().remove_dir(&full).await).await?;
        }
        Ok(())
    }
}
