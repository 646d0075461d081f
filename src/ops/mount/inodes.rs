//! Inode numbers: computed from what an entry is, so that they stay the same; what the kernel knows is remembered until it forgets it.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::trees::NodeAt;
use crate::id::BlobId;

/// Number of the top.
pub(super) const ROOT: u64 = 1;
/// Numbers below are not computed.
const FIRST: u64 = 64;

/// What is behind a number.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// A directory of snapshots, by its path.
    Shelf(Arc<[u8]>),
    /// A link in the directory of snapshots that is above it.
    Latest,
    /// The root of a snapshot, which has no node.
    Snapshot(Arc<super::shelves::Shown>),
    /// An entry of a directory in a snapshot.
    Node(Place),
    /// The directory that is the top of the mount.
    Top(Arc<NodeAt>),
    /// What all snapshots together have at a path; names are ended by zero bytes.
    Merged(Arc<[u8]>),
}

/// Where a node is found.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Tree of the directory that it is in.
    pub tree: BlobId,
    /// Its name there.
    pub name: Arc<[u8]>,
    /// Number of the root of the snapshot: hard links are those of one snapshot. 0: it has one name.
    pub base: u64,
}

/// Number of an entry, and more of the same hash to tell whether two entries have come to the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub number: u64,
    check: u64,
}

impl Identity {
    /// Of the entry with this name in a directory.
    pub(super) fn of_entry(parent: u64, name: &[u8]) -> Identity {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"e").update(&parent.to_le_bytes()).update(name);
        Identity::from(&hasher)
    }

    /// Of an entry that may stand for something else later, `what` it is being part of its identity: the kernel keeps what it has read of a
    /// number.
    pub(super) fn of_changing(parent: u64, name: &[u8], what: &[u8]) -> Identity {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"c").update(&parent.to_le_bytes());
        hasher.update(&(name.len() as u64).to_le_bytes()).update(name).update(what);
        Identity::from(&hasher)
    }

    /// Of all names of a file that has several; `digest` is that of what they have in common.
    pub(super) fn of_link(base: u64, digest: &[u8; 32]) -> Identity {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"l").update(&base.to_le_bytes()).update(digest);
        Identity::from(&hasher)
    }

    fn from(hasher: &blake3::Hasher) -> Identity {
        let mut bytes = [0; 16];
        hasher.finalize_xof().fill(&mut bytes);
        let all = u128::from_le_bytes(bytes);
        // Some programs read numbers as signed.
        Identity { number: valid(all as u64), check: (all >> 64) as u64 }
    }
}

fn valid(number: u64) -> u64 {
    (number >> 1).max(FIRST)
}

/// One entry that the kernel knows.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub what: What,
    pub parent: u64,
    pub name: Arc<[u8]>,
}

struct Counted {
    known: Known,
    check: u64,
    lookups: u64,
}

/// Everything that the kernel knows; shared by threads.
pub(super) struct Inodes(Mutex<HashMap<u64, Counted>>);

impl Inodes {
    /// The top is never forgotten.
    pub(super) fn new(top: What) -> Self {
        let known = Known { what: top, parent: ROOT, name: Arc::from([]) };
        Inodes(Mutex::new(HashMap::from([(ROOT, Counted { known, check: 0, lookups: 1 })])))
    }

    /// One more lookup of an entry. Returns its number: that of the identity, unless another entry that is known has come to the same.
    pub(super) fn remember(&self, identity: Identity, known: Known) -> u64 {
        let mut table = self.lock();
        let mut number = identity.number;
        loop {
            match table.get_mut(&number) {
                Some(counted) if counted.check == identity.check => {
                    counted.lookups += 1;
                    return number;
                }
                Some(_) => number = (number + 1).max(FIRST) & (u64::MAX >> 1),
                None => {
                    table.insert(number, Counted { known, check: identity.check, lookups: 1 });
                    return number;
                }
            }
        }
    }

    pub(super) fn get(&self, number: u64) -> Option<Known> {
        self.lock().get(&number).map(|counted| counted.known.clone())
    }

    /// Takes back lookups; after the last one the number is unknown.
    pub(super) fn forget(&self, number: u64, lookups: u64) {
        if number == ROOT {
            return;
        }
        let mut table = self.lock();
        if let Some(counted) = table.get_mut(&number) {
            counted.lookups = counted.lookups.saturating_sub(lookups);
            if counted.lookups == 0 {
                table.remove(&number);
            }
        }
        // After a walk of millions of files the room is given back.
        if table.capacity() > 4096 && table.len() < table.capacity() / 8 {
            table.shrink_to_fit();
        }
    }

    /// The path beneath the top, as far as it is known; for messages.
    pub(super) fn path(&self, mut number: u64) -> Vec<u8> {
        const DEEPEST: usize = 10_000;
        let table = self.lock();
        let mut names = Vec::new();
        while number != ROOT && names.len() < DEEPEST {
            let Some(Counted { known, .. }) = table.get(&number) else { break };
            names.push(known.name.clone());
            number = known.parent;
        }
        names.iter().rev().fold(Vec::new(), |path, name| super::shelves::join(&path, name))
    }

    /// How many are known.
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Counted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(parent: u64, name: &[u8]) -> Known {
        Known { what: What::Latest, parent, name: Arc::from(name) }
    }

    #[test]
    fn numbers_are_forgotten_with_their_last_lookup_and_come_back_the_same() {
        let inodes = Inodes::new(What::Shelf(Arc::from([])));
        let a = inodes.remember(Identity::of_entry(ROOT, b"a"), known(ROOT, b"a"));
        let b = inodes.remember(Identity::of_entry(a, b"b"), known(a, b"b"));
        assert_eq!(inodes.remember(Identity::of_entry(a, b"b"), known(a, b"b")), b);
        assert_eq!((inodes.path(b), inodes.path(ROOT), inodes.len()), (b"a/b".to_vec(), Vec::new(), 3));
        inodes.forget(b, 1);
        assert!(inodes.get(b).is_some());
        inodes.forget(b, 1);
        assert!(inodes.get(b).is_none());
        inodes.forget(b, 1);
        inodes.forget(ROOT, 5);
        assert_eq!(inodes.remember(Identity::of_entry(a, b"b"), known(a, b"b")), b);
        assert!((FIRST..1 << 63).contains(&a));
    }

    #[test]
    fn entries_that_come_to_the_same_number_are_kept_apart() {
        let inodes = Inodes::new(What::Shelf(Arc::from([])));
        let first = Identity { number: 100, check: 1 };
        let second = Identity { number: 100, check: 2 };
        assert_eq!(inodes.remember(first, known(1, b"a")), 100);
        assert_eq!(inodes.remember(second, known(1, b"b")), 101);
        assert_eq!(inodes.remember(second, known(1, b"b")), 101);
        assert_eq!(inodes.get(101).unwrap().name.as_ref(), b"b");
    }

    #[test]
    fn room_is_given_back() {
        let inodes = Inodes::new(What::Shelf(Arc::from([])));
        let numbers: Vec<u64> = (0..20_000_u64)
            .map(|n| inodes.remember(Identity::of_entry(1, &n.to_le_bytes()), known(1, &n.to_le_bytes())))
            .collect();
        numbers.iter().for_each(|number| inodes.forget(*number, 1));
        assert_eq!(inodes.len(), 1);
        assert!(inodes.lock().capacity() < 5_000);
    }
}
