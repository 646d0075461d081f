//! Other tags for snapshots.
use crate::error::Result;
use crate::id::SessionId;
use crate::model::Snapshot;
use crate::monitor::Monitor;
use crate::ops::rewrite::{Rewrite, rewrite};
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::{Repository, SessionOwner};

/// How tags change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagChange {
    /// These instead of all that there are.
    Set(Vec<String>),
    /// Some more and some fewer.
    Modify {
        /// Come last, if they are not there.
        add: Vec<String>,
        /// Go, also if they were to be added.
        remove: Vec<String>,
    },
}

impl TagChange {
    fn apply(&self, tags: &[String]) -> Vec<String> {
        let (old, more, fewer): (&[String], &[String], &[String]) = match self {
            TagChange::Set(set) => (&[], set, &[]),
            TagChange::Modify { add, remove } => (tags, add, remove),
        };
        let mut new: Vec<String> = Vec::new();
        for tag in old.iter().chain(more) {
            if !new.contains(tag) && !fewer.contains(tag) {
                new.push(tag.clone());
            }
        }
        new
    }
}

/// Changes the tags of a snapshot. The result is a changed copy with a new id, and the old one is forgotten after that; `None` if it has these
/// tags already.
pub fn tag(
    repo: &Repository,
    owner: &SessionOwner,
    info: &SnapshotInfo,
    change: &TagChange,
    monitor: &dyn Monitor,
) -> Result<Option<SessionId>> {
    let tags = change.apply(&info.snapshot.tags);
    if tags == info.snapshot.tags {
        return Ok(None);
    }
    let changed = Snapshot { tags, ..info.snapshot.clone() };
    rewrite(repo, owner, &Rewrite { old: info.id, changed, replace: true, lost_may_go: false }, monitor).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &str) -> Vec<String> {
        list.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn tags_are_added_removed_and_set() {
        let modify = |add, remove| TagChange::Modify { add: words(add), remove: words(remove) };
        for (old, change, new) in [
            ("a b", modify("c a c", ""), "a b c"),
            ("a b", modify("", "b x"), "a"),
            ("a", modify("b", "a b"), ""),
            ("a b", TagChange::Set(words("c c d")), "c d"),
            ("a b", TagChange::Set(Vec::new()), ""),
        ] {
            assert_eq!(change.apply(&words(old)), words(new), "{change:?}");
        }
    }
}
