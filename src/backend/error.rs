//! What can go wrong at a storage place.
use std::{fmt, io};

/// Why, as far as a caller has to tell cases apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Storage answered: there is no such object.
    NotFound,
    /// The place itself is not there (no such folder, disk not mounted) or holds no repository folder structure.
    NoStore,
    /// The pack is not in any place that can be reached, and may be in one that cannot be reached now.
    Away,
    /// Storage refused.
    PermissionDenied,
    /// No space or quota left.
    OutOfSpace,
    /// The object is larger than the caller allows.
    TooLarge,
    /// The object ends before the range that was asked for.
    ShortRead,
    /// The call makes no sense (wrong family, pack bytes that do not match the name).
    Refused,
    /// Anything else; trying again may help.
    Other,
}

/// A failed storage operation: what was tried, on which object, where, and why.
#[derive(Debug)]
pub struct BackendError {
    /// For decisions of callers.
    pub kind: ErrorKind,
    /// What was tried, e.g. "read" or "create".
    pub action: &'static str,
    /// File path or URL and object name.
    pub object: String,
    /// The cause in words of the system.
    pub source: Option<io::Error>,
}

impl BackendError {
    /// An error without a cause from the system.
    pub fn new(kind: ErrorKind, action: &'static str, object: impl fmt::Display) -> Self {
        BackendError { kind, action, object: object.to_string(), source: None }
    }

    /// The same once more, for somebody else to be told.
    pub(crate) fn copied(&self) -> Self {
        let source = self.source.as_ref().map(|source| io::Error::new(source.kind(), source.to_string()));
        BackendError { kind: self.kind, action: self.action, object: self.object.clone(), source }
    }

    /// An error from the system; its kind follows from the cause.
    pub fn io(action: &'static str, object: impl fmt::Display, source: io::Error) -> Self {
        let kind = match source.kind() {
            io::ErrorKind::NotFound => ErrorKind::NotFound,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => ErrorKind::PermissionDenied,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::OutOfSpace,
            io::ErrorKind::UnexpectedEof => ErrorKind::ShortRead,
            _ => ErrorKind::Other,
        };
        BackendError { kind, action, object: object.to_string(), source: Some(source) }
    }
}

impl fmt::Display for BackendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Could not {} {}", self.action, self.object)?;
        match (&self.source, self.kind) {
            (Some(source), _) => write!(f, ": {source}"),
            (None, ErrorKind::NotFound) => f.write_str(": not found"),
            (None, ErrorKind::NoStore) => {
                f.write_str(": there is no repository here (is the disk mounted, the path right?)")
            }
            (None, ErrorKind::Away) => f.write_str(": its location cannot be reached"),
            (None, ErrorKind::PermissionDenied) => f.write_str(": permission denied"),
            (None, ErrorKind::OutOfSpace) => f.write_str(": no space left"),
            (None, ErrorKind::TooLarge) => f.write_str(": larger than any such object may be"),
            (None, ErrorKind::ShortRead) => f.write_str(": it is shorter than it should be"),
            (None, ErrorKind::Refused) => f.write_str(": refused, the request is wrong"),
            (None, ErrorKind::Other) => Ok(()),
        }
    }
}

impl std::error::Error for BackendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
