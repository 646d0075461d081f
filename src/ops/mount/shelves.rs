//! The directories that hold snapshots: which snapshot is found under which paths, and what `latest` means in each of them.
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::template::{PathTemplate, Wanted};
use crate::id::{BlobId, SessionId};
use crate::ops::snapshots::SnapshotInfo;
use crate::world::Time;

/// Link to the newest snapshot beneath a directory.
const LATEST: &str = "latest";

/// Writes the time of a snapshot.
pub type TimeFormat = Arc<dyn Fn(Time) -> String + Send + Sync>;

/// Under which paths snapshots are shown.
#[derive(Clone)]
pub struct Naming {
    /// Each gives a snapshot a path, or some, or none.
    pub templates: Vec<PathTemplate>,
    /// For `%T` and for versions of files. A slash in it makes directories.
    pub time: TimeFormat,
}

/// What of a snapshot is needed to show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub id: SessionId,
    pub root: Option<BlobId>,
    pub time: Time,
}

/// Entry of a directory that is not in any snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Folder,
    Snapshot(Arc<Shown>),
    /// Symbolic link with this target.
    Latest(Vec<u8>),
}

/// Entries by name.
pub(super) type Shelf = BTreeMap<Vec<u8>, Item>;

/// The directories by path; the path of the top is empty, others have no slash at their ends.
#[derive(Default)]
pub(super) struct Shelves {
    folders: HashMap<Vec<u8>, Arc<Shelf>>,
    /// All snapshots, oldest first.
    pub snapshots: Vec<Arc<Shown>>,
    /// Of their files, as counted when they were made.
    pub bytes: u64,
    pub files: u64,
}

/// Names that were given to snapshots: as long as a snapshot is there it keeps them, whatever comes and goes beside it.
#[derive(Default)]
pub(super) struct GivenNames(HashMap<(SessionId, Vec<String>), Vec<String>>);

/// Newest snapshot of a directory: complete ones come before checkpoints.
struct Newest {
    rank: (bool, Time, u64, SessionId),
    path: Vec<u8>,
}

impl Shelves {
    /// For snapshots that come oldest first.
    pub(super) fn build(list: &[SnapshotInfo], naming: &Naming, given: &mut GivenNames) -> Shelves {
        let there: HashSet<SessionId> = list.iter().map(|info| info.id).collect();
        given.0.retain(|(id, _), _| there.contains(id));
        let mut builder = Builder::default();
        builder.folders.insert(Vec::new(), Shelf::new());
        given.0.values().for_each(|path| builder.reserve(path));
        let mut shelves = Shelves::default();
        for info in list {
            let snapshot = &info.snapshot;
            let shown = Arc::new(Shown { id: info.id, root: snapshot.root, time: snapshot.time });
            shelves.snapshots.push(shown.clone());
            shelves.bytes = shelves.bytes.saturating_add(snapshot.statistics.bytes);
            shelves.files = shelves.files.saturating_add(snapshot.statistics.files);
            let time = (naming.time)(snapshot.time);
            for Wanted { folder, name } in naming.templates.iter().flat_map(|template| template.places(info, &time)) {
                let depth = folder.len();
                let wanted = [folder, name].concat();
                let key = (info.id, wanted);
                let path = match given.0.get(&key) {
                    Some(path) => path.clone(),
                    None => {
                        let path = builder.free(&key.1);
                        builder.reserve(&path);
                        given.0.insert(key, path.clone());
                        path
                    }
                };
                let rank = (!snapshot.partial, snapshot.time, snapshot.counter, info.id);
                builder.place(&path, depth, &shown, rank);
            }
        }
        shelves.folders = builder.finish();
        shelves
    }

    /// The directory at a path.
    pub(super) fn folder(&self, path: &[u8]) -> Option<&Arc<Shelf>> {
        self.folders.get(path)
    }
}

/// A path of names.
pub(super) fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

#[derive(Default)]
struct Builder {
    folders: HashMap<Vec<u8>, Shelf>,
    /// Paths of snapshots.
    taken: HashSet<Vec<String>>,
    /// Paths of directories above them.
    above: HashSet<Vec<String>>,
    newest: HashMap<Vec<u8>, Newest>,
}

impl Builder {
    fn reserve(&mut self, path: &[String]) {
        self.taken.insert(path.to_vec());
        for depth in 1..path.len() {
            self.above.insert(path.iter().take(depth).cloned().collect());
        }
    }

    /// The path, or the first one with -1, -2 and so on that is free. Also a directory on the way may have the name of a snapshot.
    fn free(&self, wanted: &[String]) -> Vec<String> {
        let mut path: Vec<String> = Vec::with_capacity(wanted.len());
        for (depth, name) in wanted.iter().enumerate() {
            let is_last = depth + 1 == wanted.len();
            let is_usable = |name: &str| {
                path.push(name.to_owned());
                let is_free = !(self.taken.contains(&path) || is_last && self.above.contains(&path));
                path.pop();
                is_free
            };
            let name = first_usable(name, is_usable);
            path.push(name);
        }
        path
    }

    fn place(&mut self, path: &[String], depth: usize, shown: &Arc<Shown>, rank: (bool, Time, u64, SessionId)) {
        let mut at = Vec::new();
        let Some((last, folders)) = path.split_last() else { return };
        let mut base = Vec::new();
        for (level, name) in folders.iter().enumerate() {
            if level == depth {
                base.clone_from(&at);
            }
            self.folders.entry(at.clone()).or_default().insert(name.clone().into_bytes(), Item::Folder);
            at = join(&at, name.as_bytes());
        }
        if depth >= folders.len() {
            base.clone_from(&at);
        }
        self.folders.entry(at).or_default().insert(last.clone().into_bytes(), Item::Snapshot(shown.clone()));
        let relative = path.get(depth..).unwrap_or_default().join("/").into_bytes();
        match self.newest.get_mut(&base) {
            Some(newest) if newest.rank >= rank => {}
            Some(newest) => *newest = Newest { rank, path: relative },
            None => drop(self.newest.insert(base, Newest { rank, path: relative })),
        }
    }

    fn finish(mut self) -> HashMap<Vec<u8>, Arc<Shelf>> {
        for (folder, Newest { path, .. }) in self.newest {
            let shelf = self.folders.entry(folder).or_default();
            shelf.entry(LATEST.as_bytes().to_vec()).or_insert(Item::Latest(path));
        }
        self.folders.into_iter().map(|(path, shelf)| (path, Arc::new(shelf))).collect()
    }
}

/// The name, or the first one with -1, -2 and so on that can be used.
pub(super) fn first_usable(name: &str, mut is_usable: impl FnMut(&str) -> bool) -> String {
    if is_usable(name) {
        return name.to_owned();
    }
    let mut number = 1_u64;
    loop {
        let next = format!("{name}-{number}");
        if is_usable(&next) {
            return next;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Snapshot;

    fn naming(templates: &[&str]) -> Naming {
        let templates = templates.iter().map(|text| PathTemplate::parse(text).unwrap()).collect();
        Naming { templates, time: Arc::new(|time| format!("t{}", time.secs)) }
    }

    fn info(id: u8, secs: i64, change: impl FnOnce(&mut Snapshot)) -> SnapshotInfo {
        let mut snapshot = Snapshot { host: "h".to_owned(), time: Time { secs, nanos: 0 }, ..Snapshot::default() };
        change(&mut snapshot);
        SnapshotInfo { id: SessionId([id; 16]), snapshot }
    }

    fn tree(shelves: &Shelves) -> Vec<String> {
        let mut lines = Vec::new();
        for (path, shelf) in &shelves.folders {
            for (name, item) in shelf.iter() {
                let path = String::from_utf8(join(path, name)).unwrap();
                lines.push(match item {
                    Item::Folder => continue,
                    Item::Snapshot(shown) => format!("{path} {}", shown.id.0[0]),
                    Item::Latest(target) => format!("{path} -> {}", String::from_utf8_lossy(target)),
                });
            }
        }
        lines.sort();
        lines
    }

    #[test]
    fn names_are_unique_and_stay() {
        let naming = naming(&["s/%T"]);
        let mut given = GivenNames::default();
        let first = [info(2, 5, |_| {}), info(3, 5, |_| {})];
        let shelves = Shelves::build(&first, &naming, &mut given);
        assert_eq!(tree(&shelves), ["s/latest -> t5-1", "s/t5 2", "s/t5-1 3"]);
        // One that sorts before them does not take their names, and those of what is gone are free.
        let later = [info(1, 5, |_| {}), info(3, 5, |_| {})];
        let shelves = Shelves::build(&later, &naming, &mut given);
        assert_eq!(tree(&shelves), ["s/latest -> t5-1", "s/t5 1", "s/t5-1 3"]);
        assert_eq!(shelves.folder(b"s").unwrap().len(), 3);
        assert_eq!(shelves.folder(b"").unwrap().keys().collect::<Vec<_>>(), [b"s"]);
        assert!(shelves.folder(b"x").is_none());
    }

    #[test]
    fn latest_is_the_newest_complete_one_of_each_directory() {
        let naming = naming(&["h/%h/%T", "i/%i"]);
        let list = [
            info(1, 1, |_| {}),
            info(2, 2, |snapshot| snapshot.host = "g".to_owned()),
            info(3, 3, |snapshot| snapshot.partial = true),
        ];
        let shelves = Shelves::build(&list, &naming, &mut GivenNames::default());
        let links: Vec<_> = tree(&shelves).into_iter().filter(|line| line.contains("->")).collect();
        assert_eq!(links, ["h/g/latest -> t2", "h/h/latest -> t1", "i/latest -> 02020202"]);
    }

    #[test]
    fn snapshots_and_directories_do_not_get_in_each_others_way() {
        let mut naming = naming(&["%h", "%h/%T"]);
        let list = [info(1, 1, |_| {}), info(2, 2, |_| {})];
        let shelves = Shelves::build(&list, &naming, &mut GivenNames::default());
        let expected = ["h 1", "h-1/latest -> t2", "h-1/t1 1", "h-1/t2 2", "h-2 2", "latest -> h-2"];
        assert_eq!(tree(&shelves), expected);
        naming.templates.remove(0);
        naming.time = Arc::new(|time| format!("a/b{}", time.secs));
        let shelves = Shelves::build(&list, &naming, &mut GivenNames::default());
        assert_eq!(tree(&shelves), ["h/a/b1 1", "h/a/b2 2", "h/latest -> a/b2"]);
    }
}
