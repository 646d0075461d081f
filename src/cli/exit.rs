//! The table of exit codes, and how an error is told before the program ends with one.
//!
//! 0 success · 1 failed · 2 usage · 3 finished with warnings · 4 alarm: storage was rolled back or exchanged, or `status` misses a backup · 5 damage found and repaired ·
//! 6 damage found, not repaired · 10 no repository · 11 fenced by another process · 12 wrong password or key ·
//! 13 permission denied by storage · 14 out of space · 130/143 interrupted or terminated.
use std::fmt;

use caddis::backend::{BackendError, ErrorKind};
use caddis::error::Error;

use super::signals;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Success = 0,
    Failed = 1,
    Usage = 2,
    Warnings = 3,
    Alarm = 4,
    Repaired = 5,
    Damaged = 6,
    NoRepository = 10,
    Fenced = 11,
    WrongPassword = 12,
    PermissionDenied = 13,
    OutOfSpace = 14,
    Interrupted = 130,
    Terminated = 143,
}

/// Flags that do not fit together, or a value that makes no sense: exit code 2.
#[derive(Debug)]
pub struct UsageError(pub String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// A [`UsageError`] as an `anyhow::Error`.
pub fn usage(message: impl Into<String>) -> anyhow::Error {
    UsageError(message.into()).into()
}

/// The code that belongs to an error: that of the first cause that has one.
pub fn code(error: &anyhow::Error) -> Exit {
    error.chain().find_map(code_of_cause).unwrap_or(Exit::Failed)
}

fn code_of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<Exit> {
    if cause.is::<UsageError>() {
        return Some(Exit::Usage);
    }
    if let Some(error) = cause.downcast_ref::<BackendError>() {
        return Some(code_of_storage(error));
    }
    Some(match cause.downcast_ref::<Error>()? {
        Error::Backend(error) => code_of_storage(error),
        Error::NoRepository { .. } => Exit::NoRepository,
        Error::WrongPassword { .. } => Exit::WrongPassword,
        Error::Damaged { .. } | Error::BlobNotFound { .. } | Error::BlobLost { .. } => Exit::Damaged,
        Error::Fenced { .. } => Exit::Fenced,
        Error::RolledBack { .. } => Exit::Alarm,
        Error::Stopped { .. } => signals::exit().unwrap_or(Exit::Failed),
        Error::Local { source, .. } if is_full(source) => Exit::OutOfSpace,
        _ => Exit::Failed,
    })
}

fn code_of_storage(error: &BackendError) -> Exit {
    match error.kind {
        ErrorKind::NoStore => Exit::NoRepository,
        ErrorKind::PermissionDenied => Exit::PermissionDenied,
        ErrorKind::OutOfSpace => Exit::OutOfSpace,
        _ => Exit::Failed,
    }
}

fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}

/// All causes in one line; a cause that the text before already tells is not repeated.
pub fn message(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        // Of two that begin alike the longer one tells all.
        if cause.starts_with(&text) {
            text = cause;
        } else if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// What to do next, where the code tells it and the message does not.
pub fn advice(code: Exit) -> Option<&'static str> {
    match code {
        Exit::Damaged => Some("`caddis check` says what is affected, `caddis repair` mends what parity can bring back"),
        Exit::NoRepository => Some("`caddis init` makes a new repository"),
        Exit::PermissionDenied => Some(
            "Check which rights this user has there, and who owns the files in it: what root has written `chown -R` gives back",
        ),
        Exit::OutOfSpace => Some(
            "Make room and run the command again; nothing that was there before is lost. `caddis prune` may free some of a repository",
        ),
        Exit::Usage => Some("Run the command with --help for its options"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;
    use std::io;

    fn storage(kind: io::ErrorKind) -> anyhow::Error {
        Error::from(BackendError::io("read", "/srv/backup/config/1", kind.into())).into()
    }

    #[test]
    fn codes_follow_the_table() {
        let wrong: anyhow::Error = Error::WrongPassword { slots: 2 }.into();
        assert_eq!(code(&wrong), Exit::WrongPassword);
        assert_eq!(code(&wrong.context("Could not open the repository")), Exit::WrongPassword);
        assert_eq!(code(&storage(io::ErrorKind::PermissionDenied)), Exit::PermissionDenied);
        assert_eq!(code(&storage(io::ErrorKind::StorageFull)), Exit::OutOfSpace);
        assert_eq!(code(&storage(io::ErrorKind::TimedOut)), Exit::Failed);
        let nowhere = BackendError::new(ErrorKind::NoStore, "open", "/nowhere");
        assert_eq!(code(&nowhere.into()), Exit::NoRepository);
        assert_eq!(code(&Error::NoRepository { location: "/x".into() }.into()), Exit::NoRepository);
        assert_eq!(code(&Error::damaged("config/1", "bad").into()), Exit::Damaged);
        assert_eq!(code(&usage("no")), Exit::Usage);
        assert_eq!(code(&Error::RolledBack { location: "/x".into(), what: "it is".into() }.into()), Exit::Alarm);
        assert_eq!(code(&anyhow::anyhow!("anything")), Exit::Failed);
        let full = Error::local("write", "/cache/x", io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(code(&full.into()), Exit::OutOfSpace);
    }

    #[test]
    fn causes_are_told_once() {
        let error = storage(io::ErrorKind::PermissionDenied).context("Could not open the repository");
        let text = message(&error);
        assert_eq!(text.matches("permission denied").count(), 1, "{text}");
        assert!(text.starts_with("Could not open the repository: Could not read /srv/backup/config/1"), "{text}");
        let twice = anyhow::anyhow!("Could not open /x: there is none").context("Could not open /x");
        assert_eq!(message(&twice), "Could not open /x: there is none");
        let plain = Err::<(), _>(io::Error::other("disk on fire")).context("Could not read x").unwrap_err();
        assert_eq!(message(&plain), "Could not read x: disk on fire");
    }
}
