//! Which blob of the target has the content of which blob of the source, as far as this run knows.
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::id::{BlobId, SessionId, StripeId};

/// Data blobs that are known at a time; with the tables' growth some 100 MiB of memory. What is forgotten is read again, and not stored again.
const MAX_DATA: usize = 512 * 1024;
/// Trees that are known at a time, in the source and in the target.
const MAX_TREES: usize = 256 * 1024;

/// Ids of the target by ids of the source.
#[derive(Default)]
pub(super) struct Known {
    data: Mutex<HashMap<BlobId, BlobId>>,
    /// Why a blob cannot be had. Not for later snapshots: what is lost now may be repaired then.
    lost: Mutex<HashMap<BlobId, String>>,
    /// Directories of which everything beneath may be referenced.
    trees: HashMap<BlobId, BlobId>,
    /// Trees of the target of which that was found out.
    whole: HashSet<BlobId>,
    /// Snapshots of the target that keep these trees.
    kept_by: HashSet<SessionId>,
    /// Doomed stripes when that was found out.
    doomed: HashSet<StripeId>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Known {
    /// The blob of the target. Only its session's writer can tell whether it may be referenced.
    pub(super) fn data(&self, id: &BlobId) -> Option<BlobId> {
        lock(&self.data).get(id).copied()
    }

    pub(super) fn learn(&self, old: BlobId, new: BlobId) {
        lock(&self.data).insert(old, new);
    }

    /// Whether pairs have no more to tell: then the rest is read.
    pub(super) fn is_full(&self) -> bool {
        lock(&self.data).len() >= MAX_DATA
    }

    /// Makes room. Not while anything is planned.
    pub(super) fn make_room(&mut self) {
        let data = self.data.get_mut().unwrap_or_else(PoisonError::into_inner);
        if data.len() >= MAX_DATA {
            data.clear();
        }
        if self.trees.len().max(self.whole.len()) >= MAX_TREES {
            self.forget_trees();
        }
    }

    pub(super) fn lose(&self, id: BlobId, cause: String) {
        lock(&self.lost).insert(id, cause);
    }

    pub(super) fn lost(&self, id: &BlobId) -> Option<String> {
        lock(&self.lost).get(id).cloned()
    }

    pub(super) fn tree(&self, id: &BlobId) -> Option<BlobId> {
        self.trees.get(id).copied()
    }

    pub(super) fn learn_tree(&mut self, old: BlobId, new: BlobId) {
        self.trees.insert(old, new);
    }

    pub(super) fn is_whole(&self, tree: &BlobId) -> bool {
        self.whole.contains(tree)
    }

    pub(super) fn note_whole(&mut self, trees: impl IntoIterator<Item = BlobId>) {
        self.whole.extend(trees);
    }

    /// A snapshot of the target in which trees are that were learnt.
    pub(super) fn note_keeper(&mut self, snapshot: SessionId) {
        self.kept_by.insert(snapshot);
    }

    /// A new session: what its snapshots keep stays, as long as all of them are `there`, listed after the session was opened (W1), and
    /// nobody has doomed anything else: a prune that may remove it waits for this session.
    pub(super) fn new_session(&mut self, there: &HashSet<SessionId>, doomed: HashSet<StripeId>) {
        if doomed != self.doomed || !self.kept_by.is_subset(there) {
            self.forget_trees();
        }
        self.doomed = doomed;
        lock(&self.lost).clear();
    }

    pub(super) fn forget_trees(&mut self) {
        self.trees.clear();
        self.whole.clear();
        self.kept_by.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_known_as_long_as_nothing_else_is_doomed_and_their_snapshots_are_there() {
        let [one, two] = [1, 2].map(|number| HashSet::from([StripeId([number; 32])]));
        let (tree, keeper) = (BlobId([3; 32]), SessionId([4; 16]));
        let there = HashSet::from([keeper]);
        let mut known = Known::default();
        let learn = |known: &mut Known| {
            known.note_whole([tree]);
            known.note_keeper(keeper);
        };
        known.new_session(&there, one.clone());
        learn(&mut known);
        known.new_session(&there, one.clone());
        assert!(known.is_whole(&tree));
        // As many as before, but not the same.
        known.new_session(&there, two.clone());
        assert!(!known.is_whole(&tree));
        learn(&mut known);
        known.new_session(&HashSet::new(), two);
        assert!(!known.is_whole(&tree));
    }
}
