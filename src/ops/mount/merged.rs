//! The view of all versions: one tree of all snapshots together, in which a file is a directory of its distinct versions.
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::attributes::Looks;
use super::lru::Lru;
use super::shelves::{Shown, TimeFormat, first_usable};
use super::trees::Trees;
use crate::error::Result;
use crate::id::BlobId;
use crate::model::{Node, NodeType};
use crate::ops::restore::content_digest;
use crate::world::Time;

/// Trees and versions of paths.
const CACHE_BYTES: usize = 24 * 1024 * 1024;

/// What all snapshots together have at one path.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// Distinct trees of directories of this path, each with the time of the first snapshot that has it; oldest first.
    pub trees: Vec<(BlobId, Time)>,
    /// Distinct versions of what is no directory, by the names under which they are shown.
    pub versions: BTreeMap<Vec<u8>, Version>,
    /// Of the newest.
    pub looks: Looks,
}

/// One version of a file.
#[derive(Clone, Debug)]
pub(super) struct Version {
    /// Tree of the directory that it is in; the name there is that of the file.
    pub tree: BlobId,
    pub kind: NodeType,
}

impl Merged {
    /// No snapshot has anything there.
    pub(super) fn is_nothing(&self) -> bool {
        self.trees.is_empty() && self.versions.is_empty()
    }

    fn weight(&self) -> usize {
        64 + 48 * self.trees.len() + self.versions.keys().map(|name| 120 + name.len()).sum::<usize>()
    }
}

/// A path of names, each with a zero byte behind it.
pub(super) type MergedPath = Arc<[u8]>;

/// Merges as much as is asked for; shared by threads.
pub(super) struct Merger {
    trees: Arc<Trees>,
    time: TimeFormat,
    known: Lru<MergedPath, Arc<Merged>>,
    /// Changes with the list of snapshots; what was merged of another one is not kept.
    edition: AtomicU64,
}

/// The path of an entry of a merged directory.
pub(super) fn below(path: &[u8], name: &[u8]) -> MergedPath {
    [path, name, &[0]].concat().into()
}

/// A path of names without the last one, and that.
fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let whole = path.strip_suffix(&[0])?;
    let start = whole.iter().rposition(|byte| *byte == 0).map_or(0, |at| at + 1);
    Some((path.get(..start)?, whole.get(start..)?))
}

impl Merger {
    pub(super) fn new(trees: Arc<Trees>, time: TimeFormat) -> Self {
        Merger { trees, time, known: Lru::new(CACHE_BYTES), edition: AtomicU64::new(0) }
    }

    /// There are other snapshots now.
    pub(super) fn reset(&self) {
        self.edition.fetch_add(1, Ordering::SeqCst);
        self.known.clear();
    }

    /// What `snapshots`, oldest first, have at a path. `lost` is told of trees that cannot be read; what is in them is left out.
    pub(super) fn merged(
        &self,
        path: &[u8],
        snapshots: &[Arc<Shown>],
        lost: &mut dyn FnMut(crate::error::Error),
    ) -> Arc<Merged> {
        let edition = self.edition.load(Ordering::SeqCst);
        // From the nearest directory above that is known; paths may be deeper than the stack of a thread.
        let mut names = Vec::new();
        let mut at = path;
        let mut merged = loop {
            if let Some(known) = self.known.get(&MergedPath::from(at)) {
                break known;
            }
            match split(at) {
                Some((above, name)) => {
                    names.push((at, name));
                    at = above;
                }
                None => break self.keep(at, edition, top(snapshots)),
            }
        };
        while let Some((path, name)) = names.pop() {
            let next = self.step(&merged, name, lost);
            merged = self.keep(path, edition, next);
        }
        merged
    }

    /// Names of the entries of a merged directory, those of files too; versions are not among them.
    pub(super) fn children(&self, merged: &Merged, lost: &mut dyn FnMut(crate::error::Error)) -> BTreeSet<Vec<u8>> {
        let mut names = BTreeSet::new();
        for (tree, _) in &merged.trees {
            let listed = self.trees.list_from(tree, 0, &mut |node| {
                if !names.contains(&node.name) {
                    names.insert(node.name.clone());
                }
                Ok(true)
            });
            listed.unwrap_or_else(&mut *lost);
        }
        names
    }

    fn keep(&self, path: &[u8], edition: u64, merged: Merged) -> Arc<Merged> {
        let merged = Arc::new(merged);
        self.known.put(path.into(), merged.clone(), merged.weight() + path.len());
        if self.edition.load(Ordering::SeqCst) != edition {
            self.known.clear();
        }
        merged
    }

    fn step(&self, above: &Merged, name: &[u8], lost: &mut dyn FnMut(crate::error::Error)) -> Merged {
        let mut merged = Merged::default();
        let (mut trees, mut contents) = (HashSet::new(), HashSet::new());
        let mut versions = Vec::new();
        for (tree, time) in &above.trees {
            let found: Result<_> = self.trees.find(tree, name);
            let node = match found {
                Ok(Some(node)) => node,
                Ok(None) => continue,
                Err(error) => {
                    lost(error);
                    continue;
                }
            };
            merged.looks = Looks::of(&node);
            match (node.kind, node.subtree) {
                (NodeType::Directory, Some(subtree)) if trees.insert(subtree) => merged.trees.push((subtree, *time)),
                (NodeType::Directory, _) => {}
                _ if contents.insert(version_digest(&node)) => {
                    versions.push((*time, Version { tree: *tree, kind: node.kind }));
                }
                _ => {}
            }
        }
        let children = match versions.is_empty() {
            true => BTreeSet::new(),
            false => self.children(&merged, lost),
        };
        for (time, version) in versions {
            let wanted = version_name(&(self.time)(time), name);
            let name = unique(wanted, |name| !children.contains(name) && !merged.versions.contains_key(name));
            merged.versions.insert(name, version);
        }
        merged
    }
}

/// The roots of all snapshots.
fn top(snapshots: &[Arc<Shown>]) -> Merged {
    let mut seen = HashSet::new();
    let roots = snapshots.iter().filter_map(|shown| Some((shown.root?, shown.time)));
    Merged { trees: roots.filter(|(root, _)| seen.insert(*root)).collect(), ..Merged::default() }
}

/// Equal for what a reader cannot tell apart by content; owner, mode and times are not looked at.
fn version_digest(node: &Node) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[node.kind as u8]).update(&node.rdev.to_le_bytes());
    hasher.update(&(node.target.len() as u64).to_le_bytes()).update(&node.target);
    hasher.update(&content_digest(node));
    *hasher.finalize().as_bytes()
}

/// The time, and the extension of the file, so that programs know what it is.
fn version_name(time: &str, name: &[u8]) -> Vec<u8> {
    let mut shown = time.replace(['/', '\0'], "_").into_bytes();
    let dot = name.iter().rposition(|byte| *byte == b'.').filter(|at| *at > 0 && at + 1 < name.len());
    if let Some(extension) = dot.and_then(|at| name.get(at..)).filter(|extension| extension.len() <= 32) {
        shown.extend_from_slice(extension);
    }
    if matches!(shown.as_slice(), b"" | b"." | b"..") {
        shown.insert(0, b'_');
    }
    shown
}

/// The name, or the first one with -1, -2 and so on that is free.
fn unique(wanted: Vec<u8>, is_free: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    if is_free(&wanted) {
        return wanted;
    }
    let suffix = first_usable("", |suffix| is_free(&[&wanted, suffix.as_bytes()].concat()));
    [wanted, suffix.into_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_as_they_were_put_together() {
        let path = below(&below(&[], b"home"), b"me");
        assert_eq!(split(&path), Some((b"home\0".as_slice(), b"me".as_slice())));
        assert_eq!(split(b"home\0"), Some((b"".as_slice(), b"home".as_slice())));
        assert_eq!(split(b""), None);
    }

    #[test]
    fn versions_have_the_extension_of_the_file() {
        let name = |name: &[u8]| String::from_utf8(version_name("T", name)).unwrap();
        assert_eq!(name(b"a.tar.gz"), "T.gz");
        assert_eq!((name(b"README"), name(b".profile"), name(b"x.")), ("T".into(), "T".into(), "T".into()));
        assert_eq!(version_name("2026/01", b"x"), b"2026_01");
        assert_eq!(version_name("", b"x"), b"_");
        assert_eq!(unique(b"T.gz".to_vec(), |name| name.len() > 5), b"T.gz-1");
    }
}
