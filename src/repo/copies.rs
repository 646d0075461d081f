//! Objects that exist twice: compares original and replica and restores one from the other (repo-format.md, section 1).
use std::collections::BTreeSet;

use super::ahead::in_parallel;
use super::objects::MAX_OBJECT;
use crate::backend::{Backend, BackendError, ErrorKind, Family, ObjectName, Put};

/// Families with replicas.
const PAIRS: [(Family, Family); 4] = [
    (Family::Config, Family::ReplicaConfig),
    (Family::Keys, Family::ReplicaKeys),
    (Family::Snapshots, Family::ReplicaSnapshots),
    (Family::Tombs, Family::ReplicaTombs),
];

/// Says what is wrong with the bytes that were found under a name.
pub type Judge<'a> = &'a (dyn Fn(&ObjectName, &[u8]) -> Result<(), String> + Sync);

/// What is to be said about the two copies of an object.
#[derive(Debug)]
pub enum CopyState {
    /// Both are there, sound and the same.
    Good,
    /// One is sound; the one named here is missing or damaged and can be had from it.
    Mendable {
        /// The bad copy.
        bad: ObjectName,
        /// The bad copy is there and damaged, not missing.
        damaged: bool,
        /// What is wrong with it.
        cause: String,
        /// The bytes that it must have.
        bytes: Vec<u8>,
    },
    /// Neither is sound, or nobody can tell which of two sound ones is right.
    Lost {
        /// What is wrong.
        cause: String,
    },
}

/// Original names of all objects of which a copy is listed, in order.
pub fn copied_objects(backend: &dyn Backend) -> Result<BTreeSet<ObjectName>, BackendError> {
    let mut names = BTreeSet::new();
    for (originals, replicas) in PAIRS {
        for family in [originals, replicas] {
            names.extend(backend.list(family)?.iter().map(|listed| listed.name.original()));
        }
    }
    Ok(names)
}

enum Copy {
    Sound(Vec<u8>),
    Missing,
    Damaged(String),
}

fn read_copy(backend: &dyn Backend, name: &ObjectName, judge: Judge<'_>) -> Result<Copy, BackendError> {
    let mut read = backend.get(name, MAX_OBJECT);
    // Once more before it is called damaged.
    let is_bad = match &read {
        Ok(bytes) => judge(name, bytes).is_err(),
        Err(error) => error.kind == ErrorKind::Other,
    };
    if is_bad {
        read = backend.get(name, MAX_OBJECT);
    }
    Ok(match read {
        Ok(bytes) => match judge(name, &bytes) {
            Ok(()) => Copy::Sound(bytes),
            Err(cause) => Copy::Damaged(cause),
        },
        Err(error) => match error.kind {
            ErrorKind::NotFound => Copy::Missing,
            ErrorKind::TooLarge | ErrorKind::ShortRead | ErrorKind::Other => Copy::Damaged(error.to_string()),
            _ => return Err(error),
        },
    })
}

/// Reads both copies of the object with this original name. Damage is a state, other failures of storage are errors.
pub fn inspect_copies(
    backend: &dyn Backend,
    original: &ObjectName,
    judge: Judge<'_>,
) -> Result<CopyState, BackendError> {
    let Some(replica) = original.replica() else { return Ok(CopyState::Good) };
    let mendable = |bad, damaged, cause: String, bytes| Ok(CopyState::Mendable { bad, damaged, cause, bytes });
    let missing = || "it is missing".to_owned();
    match (read_copy(backend, original, judge)?, read_copy(backend, &replica, judge)?) {
        (Copy::Sound(a), Copy::Sound(b)) if a == b => Ok(CopyState::Good),
        (Copy::Sound(_), Copy::Sound(_)) => {
            Ok(CopyState::Lost { cause: "its two copies differ, and both look sound".to_owned() })
        }
        (Copy::Sound(bytes), Copy::Missing) => mendable(replica, false, missing(), bytes),
        (Copy::Sound(bytes), Copy::Damaged(cause)) => mendable(replica, true, cause, bytes),
        (Copy::Missing, Copy::Sound(bytes)) => mendable(*original, false, missing(), bytes),
        (Copy::Damaged(cause), Copy::Sound(bytes)) => mendable(*original, true, cause, bytes),
        (Copy::Missing, Copy::Missing) => Ok(CopyState::Lost { cause: missing() }),
        (Copy::Damaged(cause), _) | (_, Copy::Damaged(cause)) => Ok(CopyState::Lost { cause }),
    }
}

/// Writes the second copies of objects that an interrupted run did not come to. Nothing relies on them: failures are passed over, `repair`
/// tells them. Key slots are left alone: these can be removed, and one that is being removed must not come back.
pub fn complete_copies(backend: &dyn Backend, judge: Judge<'_>) {
    let pairs: Vec<_> = PAIRS.into_iter().filter(|(originals, _)| *originals != Family::Keys).collect();
    in_parallel(backend.concurrency(), &pairs, |(originals, replicas)| {
        let (Ok(there), Ok(copied)) = (backend.list(*originals), backend.list(*replicas)) else { return };
        let copied: BTreeSet<ObjectName> = copied.iter().map(|listed| listed.name.original()).collect();
        for name in there.into_iter().map(|listed| listed.name).filter(|name| !copied.contains(name)) {
            if let (Some(replica), Ok(bytes)) = (name.replica(), backend.get(&name, MAX_OBJECT))
                && judge(&name, &bytes).is_ok()
            {
                drop(backend.put_new(&replica, &bytes));
            }
        }
    });
}

/// Writes a bad copy anew. The sound one is there under its own name all the time: after a crash in between, the next repair goes on.
///
/// A damaged object must be deleted first, since nothing but packs and sessions can be replaced. False if somebody else created it meanwhile.
pub fn mend_copy(backend: &dyn Backend, bad: &ObjectName, damaged: bool, bytes: &[u8]) -> Result<bool, BackendError> {
    if damaged {
        backend.delete(bad)?;
    }
    Ok(backend.put_new(bad, bytes)? == Put::Created)
}
