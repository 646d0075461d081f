//! The library's error: what could not be done, to what, and why.
use std::path::PathBuf;

use crate::backend::{BackendError, ErrorKind};
use crate::id::{BlobId, SessionId};
use crate::world::Time;

/// Result of a library call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation could not be done. Damage that a check *finds* is a finding in its report, not an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Storage failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// No config object: not a repository.
    #[error("There is no repository at {location}; `caddis init` makes one")]
    NoRepository {
        /// The backend's description.
        location: String,
    },
    /// `init` found objects.
    #[error("There is a repository at {location} already; nothing was changed")]
    RepositoryExists {
        /// The backend's description.
        location: String,
    },
    /// No key slot opens with the password.
    #[error("Wrong password: {}", match slots { 1 => "the key slot does not open with it".to_owned(), slots => format!("none of the {slots} key slots opens with it") })]
    WrongPassword {
        /// How many were tried.
        slots: usize,
    },
    /// An object is not what its name and the keys say it must be.
    #[error("{object} is damaged: {cause}")]
    Damaged {
        /// Object name.
        object: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The format is newer than this program, or uses a required feature that it does not know.
    #[error("{object} needs a newer version of caddis: {what}")]
    Unsupported {
        /// Object name.
        object: String,
        /// Version or feature.
        what: String,
    },
    /// No index object that counts has the blob.
    #[error("Blob {id} is in no index; `caddis repair index` looks for it in the packs")]
    BlobNotFound {
        /// Its id.
        id: BlobId,
    },
    /// A blob is lost beyond what parity can bring back.
    #[error("Blob {id} cannot be read: {cause}")]
    BlobLost {
        /// Its id.
        id: BlobId,
        /// What is wrong with each of its places.
        cause: String,
    },
    /// No snapshot matches.
    #[error("No snapshot{among} matches {selector:?}; `caddis snapshots` lists them")]
    SnapshotNotFound {
        /// As given.
        selector: String,
        /// What else was asked for, with a blank before it; empty if nothing was.
        among: String,
    },
    /// Several snapshots match.
    #[error("{selector:?} is the beginning of {count} snapshot ids; give more digits")]
    SnapshotAmbiguous {
        /// As given.
        selector: String,
        /// How many match.
        count: usize,
    },
    /// A path is not in the snapshot, or not of the kind that is needed.
    #[error("{path} is not in the snapshot {snapshot}: {cause}")]
    PathNotFound {
        /// As given.
        path: String,
        /// The snapshot's short id.
        snapshot: String,
        /// Which component is missing.
        cause: String,
    },
    /// Another process fenced this session; nothing of it counts.
    #[error("Session {session} was fenced by another process ({reason}); nothing is lost, run the command again")]
    Fenced {
        /// The session.
        session: SessionId,
        /// What the fence says.
        reason: String,
    },
    /// Storage is not what it was when this machine saw it last: rolled back, exchanged, or something is lost.
    #[error(
        "{location}: {what}. If that is meant, say so once with --accept-rollback; else what is stored there was changed, or is lost"
    )]
    RolledBack {
        /// The backend's description.
        location: String,
        /// What differs.
        what: String,
    },
    /// The caller asked to stop; what was written is in the snapshot named here, if there is one.
    #[error("Stopped on request")]
    Stopped {
        /// The checkpoint.
        checkpoint: Option<SessionId>,
    },
    /// A file of this machine: source, target, cache, password file.
    #[error("Could not {action} {}: {source}", path.display())]
    Local {
        /// What was tried, e.g. "open".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A snapshot that must not be removed, or must stay protected for longer than was asked for.
    #[error("Snapshot {} is protected{}; `caddis unprotect {}` lifts that. Nothing was changed", snapshot.short(), until_text(*until), snapshot.short())]
    Protected {
        /// Which.
        snapshot: SessionId,
        /// How long.
        until: Time,
    },
    /// What was asked for makes no sense or is not allowed.
    #[error("{0}")]
    Invalid(String),
}

impl Error {
    /// A damaged object.
    pub fn damaged(object: impl ToString, cause: impl ToString) -> Self {
        Error::Damaged { object: object.to_string(), cause: cause.to_string() }
    }

    /// A failed operation on a local file.
    pub fn local(action: &'static str, path: impl Into<PathBuf>, source: impl Into<std::io::Error>) -> Self {
        Error::Local { action, path: path.into(), source: source.into() }
    }

    /// Storage answered that the object is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Error::Backend(error) if error.kind == ErrorKind::NotFound)
    }
}

fn until_text(until: Time) -> String {
    match jiff::Timestamp::from_second(until.secs) {
        Ok(moment) => format!(" until {}", moment.strftime("%Y-%m-%d %H:%M:%S UTC")),
        Err(_) => " for ever".to_owned(),
    }
}
