//! All versions of one path over many snapshots.
use std::collections::{BTreeMap, HashMap};

use super::changes::{Field, metadata, same_content};
use super::trees::{ReadTrees, is_fatal, names};
use crate::backend::ObjectName;
use crate::error::{Error, Result};
use crate::id::BlobId;
use crate::model::{Node, NodeType, Snapshot, find};
use crate::monitor::{Event, Monitor, Problem};
use crate::ops::snapshots::SnapshotInfo;
use crate::repo::Repository;

/// How a version came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// No older snapshot of the host that has the directory has it.
    First,
    /// It was gone, and is there again.
    Back,
    /// It is something else now: a file became a directory.
    Kind,
    /// Other content: of a file its bytes, of a directory anything in or beneath it. Metadata that changed with it.
    Content(Vec<Field>),
    /// The same content, other metadata.
    Metadata(Vec<Field>),
    /// It is not there any more.
    Gone,
}

/// A run of snapshots of one host in which the path is the same.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Version {
    pub host: String,
    pub change: Change,
    /// None: it is gone.
    pub node: Option<Node>,
    /// Numbers in the list that was given, oldest first; never empty.
    pub snapshots: Vec<usize>,
}

/// Versions by host, each oldest first. `snapshots` must be in order of time; those whose backup did not include the path say nothing about it.
///
/// Directories on the way that snapshots have in common are looked into once. What cannot be read is a problem for the monitor, and its snapshot is
/// left out. The index must be loaded.
pub fn history(
    repo: &Repository,
    snapshots: &[SnapshotInfo],
    path: &[u8],
    monitor: &dyn Monitor,
) -> Result<Vec<Version>> {
    let names = names(path);
    if names.is_empty() {
        return Err(Error::Invalid("The root of all snapshots has no history; name a path".to_owned()));
    }
    let store = ReadTrees { repo, monitor };
    let mut known: HashMap<(BlobId, usize), Option<Node>> = HashMap::new();
    let mut hosts: BTreeMap<&str, Vec<Version>> = BTreeMap::new();
    monitor.event(Event::Phase("Reading snapshots"));
    monitor.event(Event::Total { items: snapshots.len() as u64, bytes: 0, complete: true });
    for (number, info) in snapshots.iter().enumerate() {
        if monitor.stop() {
            return Err(Error::Stopped { checkpoint: None });
        }
        monitor.event(Event::Progress { items: 1, bytes: 0 });
        let node = match look(&store, info, &names, &mut known) {
            Ok(node) => node,
            Err(error) if is_fatal(&error) => return Err(error),
            Err(error) => {
                let item = ObjectName::Snapshot(info.id).to_string();
                monitor.event(Event::Problem(&Problem { item, message: error.to_string() }));
                continue;
            }
        };
        if node.is_none() && !covers(&info.snapshot, &names) {
            continue;
        }
        let versions = hosts.entry(&info.snapshot.host).or_default();
        let change = match (versions.last(), &node) {
            (None, None) => continue,
            (None, Some(_)) => Some(Change::First),
            (Some(last), node) => change(last.node.as_ref(), node.as_ref()),
        };
        match (change, versions.last_mut()) {
            (None, Some(last)) => last.snapshots.push(number),
            (change, _) => versions.push(Version {
                host: info.snapshot.host.clone(),
                change: change.unwrap_or(Change::First),
                node,
                snapshots: vec![number],
            }),
        }
    }
    Ok(hosts.into_values().flatten().collect())
}

fn change(before: Option<&Node>, now: Option<&Node>) -> Option<Change> {
    let (before, now) = match (before, now) {
        (None, None) => return None,
        (None, Some(_)) => return Some(Change::Back),
        (Some(_), None) => return Some(Change::Gone),
        (Some(before), Some(now)) => (before, now),
    };
    if before.kind != now.kind {
        return Some(Change::Kind);
    }
    let fields = metadata(before, now);
    let same = match now.kind {
        NodeType::Directory => before.subtree == now.subtree,
        _ => same_content(before, now),
    };
    match (same, fields.is_empty()) {
        (true, true) => None,
        (true, false) => Some(Change::Metadata(fields)),
        (false, _) => Some(Change::Content(fields)),
    }
}

/// Whether the backup would have had the path: it was named, or something above or beneath it.
fn covers(snapshot: &Snapshot, path: &[&[u8]]) -> bool {
    snapshot.paths.iter().any(|source| {
        let source = names(source);
        source.iter().zip(path).all(|(a, b)| a == b)
    })
}

/// The entry in one snapshot. What was found beneath a directory is known by its tree.
fn look(
    store: &ReadTrees<'_>,
    info: &SnapshotInfo,
    names: &[&[u8]],
    known: &mut HashMap<(BlobId, usize), Option<Node>>,
) -> Result<Option<Node>> {
    let root = info.snapshot.root.ok_or_else(|| Error::damaged("The snapshot", "it has no tree"))?;
    let mut way = Vec::new();
    let mut directory = Some(root);
    let mut found = None;
    for (depth, name) in names.iter().enumerate() {
        let Some(id) = directory else {
            found = None;
            break;
        };
        if let Some(node) = known.get(&(id, depth)) {
            found = node.clone();
            break;
        }
        way.push((id, depth));
        found = find(store, &id, [*name])?;
        directory = found.as_ref().and_then(|node| node.subtree);
        if found.is_none() {
            break;
        }
    }
    for key in way {
        known.insert(key, found.clone());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::{Recorder, Silent};
    use crate::ops::testing::TestRepo;

    fn told(test: &TestRepo, path: &str) -> Vec<(String, usize)> {
        let path = format!("{}{path}", test.source_path());
        let versions = history(&test.repo, &test.snapshots(), path.as_bytes(), &Silent).unwrap();
        let word = |change: &Change| match change {
            Change::First => "first",
            Change::Back => "back",
            Change::Kind => "kind",
            Change::Content(_) => "content",
            Change::Metadata(_) => "metadata",
            Change::Gone => "gone",
        };
        versions.iter().map(|version| (word(&version.change).to_owned(), version.snapshots.len())).collect()
    }

    fn words(list: &[(&str, usize)]) -> Vec<(String, usize)> {
        list.iter().map(|(word, count)| (word.to_string(), *count)).collect()
    }

    #[test]
    fn a_file_comes_changes_goes_and_comes_back() {
        let test = TestRepo::new();
        let file = test.source.path().join("d/f");
        test.file("other", b"x");
        test.backup();
        test.file("d/f", b"one");
        test.backup();
        test.file("other", b"y");
        test.backup();
        test.file("d/f", b"two!");
        test.backup();
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        test.backup();
        std::fs::remove_file(&file).unwrap();
        test.backup();
        test.backup();
        std::fs::create_dir(&file).unwrap();
        test.backup();
        std::fs::remove_dir(&file).unwrap();
        test.file("d/f", b"three");
        test.backup();
        let expected = [("first", 2), ("content", 1), ("metadata", 1), ("gone", 2), ("back", 1), ("kind", 1)];
        assert_eq!(told(&test, "/d/f"), words(&expected));
        assert_eq!(told(&test, "/no/such"), []);
        let of_directory = told(&test, "/d");
        assert_eq!(of_directory[0], ("first".to_owned(), 2));
        assert!(of_directory[1..].iter().all(|(word, _)| word == "content"), "{of_directory:?}");
    }

    #[test]
    fn what_metadata_changed_is_told() {
        let test = TestRepo::new();
        test.file("f", b"x");
        test.backup();
        let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        std::fs::File::open(test.source.path().join("f")).unwrap().set_modified(old).unwrap();
        test.backup();
        let path = format!("{}/f", test.source_path());
        let versions = history(&test.repo, &test.snapshots(), path.as_bytes(), &Silent).unwrap();
        assert_eq!(versions[1].change, Change::Metadata(vec![Field::Mtime, Field::Ctime]));
    }

    #[test]
    fn other_hosts_and_other_sources_are_apart() {
        let test = TestRepo::new();
        test.file("f", b"x");
        test.backup();
        let mut list = test.snapshots();
        let mut elsewhere = list[0].clone();
        elsewhere.snapshot.host = "zebra".to_owned();
        let mut unrelated = list[0].clone();
        unrelated.snapshot.paths = vec![b"/unrelated".to_vec()];
        unrelated.snapshot.root = Some(crate::model::TreeBuilder::new(&Nothing(&test)).finish().unwrap());
        list.extend([unrelated, elsewhere]);
        let path = format!("{}/f", test.source_path());
        let recorder = Recorder::default();
        let versions = history(&test.repo, &list, path.as_bytes(), &recorder).unwrap();
        let told: Vec<_> = versions.iter().map(|version| (version.host.as_str(), version.snapshots.clone())).collect();
        assert_eq!(told, [("host", vec![0]), ("zebra", vec![2])]);
        // The tree of nothing is nowhere stored.
        assert_eq!(recorder.problems().len(), 1);
        assert!(history(&test.repo, &list, b"/", &Silent).is_err());
        assert!(
            covers(&list[0].snapshot, &names(path.as_bytes())) && !covers(&list[1].snapshot, &names(path.as_bytes()))
        );
    }

    /// Takes trees and keeps none.
    struct Nothing<'a>(&'a TestRepo);

    impl crate::model::TreeStore for Nothing<'_> {
        fn save_tree(&self, bytes: Vec<u8>) -> Result<BlobId> {
            Ok(self.0.repo.subkeys().blob_id(crate::id::BlobKind::Tree, &bytes))
        }

        fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
            Err(Error::BlobNotFound { id: *id })
        }
    }
}
