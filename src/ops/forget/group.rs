//! Which snapshots belong together: a policy is applied to each group on its own.
use std::collections::BTreeMap;
use std::str::FromStr;

use crate::model::Snapshot;
use crate::ops::snapshots::SnapshotInfo;

/// What the snapshots of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct GroupBy {
    pub host: bool,
    pub paths: bool,
    pub tags: bool,
    pub label: bool,
    /// Snapshots that have a label are grouped by it alone, whatever the rest says: it names their series.
    pub label_first: bool,
}

impl Default for GroupBy {
    fn default() -> Self {
        GroupBy { host: true, paths: true, tags: false, label: false, label_first: true }
    }
}

impl FromStr for GroupBy {
    type Err = String;

    /// A list with commas; an empty one makes a single group.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut by = GroupBy::NOTHING;
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word {
                "host" | "hosts" => by.host = true,
                "path" | "paths" => by.paths = true,
                "tag" | "tags" => by.tags = true,
                "label" | "labels" => by.label = true,
                _ => return Err(format!("{word:?} is nothing to group by; there are host, paths, tags and label")),
            }
        }
        Ok(by)
    }
}

/// What all snapshots of a group have; `None` where they may differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub struct GroupKey {
    pub host: Option<String>,
    /// Sorted.
    pub paths: Option<Vec<Vec<u8>>>,
    /// Sorted.
    pub tags: Option<Vec<String>>,
    /// Empty: no label.
    pub label: Option<String>,
}

impl GroupBy {
    /// All snapshots are one group.
    pub const NOTHING: GroupBy = GroupBy { host: false, paths: false, tags: false, label: false, label_first: false };

    /// The group of a snapshot.
    pub fn key(&self, snapshot: &Snapshot) -> GroupKey {
        if let Some(label) = snapshot.label.as_ref().filter(|_| self.label_first) {
            return GroupKey { label: Some(label.clone()), ..GroupKey::default() };
        }
        GroupKey {
            host: self.host.then(|| snapshot.host.clone()),
            paths: self.paths.then(|| sorted(&snapshot.paths)),
            tags: self.tags.then(|| sorted(&snapshot.tags)),
            label: self.label.then(|| snapshot.label.clone().unwrap_or_default()),
        }
    }

    /// Distributes snapshots to their groups; the order within each stays.
    pub fn groups(&self, snapshots: Vec<SnapshotInfo>) -> BTreeMap<GroupKey, Vec<SnapshotInfo>> {
        let mut groups: BTreeMap<GroupKey, Vec<SnapshotInfo>> = BTreeMap::new();
        for info in snapshots {
            groups.entry(self.key(&info.snapshot)).or_default().push(info);
        }
        groups
    }
}

fn sorted<T: Ord + Clone>(list: &[T]) -> Vec<T> {
    let mut list = list.to_vec();
    list.sort();
    list.dedup();
    list
}
