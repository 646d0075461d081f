//! Listing the entries of a snapshot.
use super::trees::{ReadTrees, missing, names};
use crate::error::{Error, Result};
use crate::id::BlobId;
use crate::model::{Node, NodeType, Snapshot, TreeReader, find};
use crate::monitor::Silent;
use crate::repo::Repository;

/// Calls `each` with the path and node of everything at and below `path`, depth first in order of names; not below the first level unless `recursive`.
///
/// Paths begin with a slash. An empty `path`, or `/`, means the whole snapshot. An error of `each` ends the listing.
pub fn ls(
    repo: &Repository,
    snapshot: &Snapshot,
    path: &[u8],
    recursive: bool,
    each: &mut dyn FnMut(&[u8], &Node) -> Result<()>,
) -> Result<()> {
    let Some(root) = snapshot.root else {
        return Err(Error::damaged("The snapshot", "it has no tree"));
    };
    let store = &ReadTrees { repo, monitor: &Silent };
    let names = names(path);
    let mut at = Vec::new();
    let mut directory: Option<BlobId> = Some(root);
    if !names.is_empty() {
        let node = find(store, &root, names.iter().copied())?.ok_or_else(|| Error::PathNotFound {
            path: String::from_utf8_lossy(path).into_owned(),
            snapshot: format!("of host {}", snapshot.host),
            cause: missing(store, &root, &names),
        })?;
        for name in names {
            at.push(b'/');
            at.extend_from_slice(name);
        }
        each(&at, &node)?;
        directory = node.subtree;
    }
    // Not by recursion: trees may be deeper than the stack of a thread. With each directory, the length of its path.
    let mut open: Vec<(TreeReader<'_>, usize)> = Vec::new();
    open.extend(directory.map(|id| (TreeReader::new(store, id), at.len())));
    while let Some((reader, length)) = open.last_mut() {
        at.truncate(*length);
        let Some(node) = reader.next() else {
            open.pop();
            continue;
        };
        let node = node?;
        at.push(b'/');
        at.extend_from_slice(&node.name);
        each(&at, &node)?;
        if let (true, Some(id)) = (recursive, node.subtree) {
            open.push((TreeReader::new(store, id), at.len()));
        }
    }
    Ok(())
}

/// What [`tree`] comes across.
pub enum Step<'a> {
    /// An entry; if it is a directory, what is in it follows up to its `Leave`.
    Entry(&'a Node),
    /// A directory is finished.
    Leave,
}

/// Goes through everything beneath the directory `base`, or, if there are `paths`, those of it with everything beneath them and the directories that
/// lead there. Paths are absolute in the snapshot. Directories are entered and left in pairs; `base` itself is not told.
pub fn tree(
    repo: &Repository,
    snapshot: &Snapshot,
    base: &[u8],
    paths: &[Vec<u8>],
    each: &mut dyn FnMut(Step<'_>) -> Result<()>,
) -> Result<()> {
    let store = &ReadTrees { repo, monitor: &Silent };
    let root = snapshot.root.ok_or_else(|| Error::damaged("The snapshot", "it has no tree"))?;
    let not_found = |path: &[u8], cause: &str| Error::PathNotFound {
        path: String::from_utf8_lossy(path).into_owned(),
        snapshot: format!("of host {}", snapshot.host),
        cause: cause.to_owned(),
    };
    let look = |path: &[u8]| {
        let found = find(store, &root, names(path))?;
        found.ok_or_else(|| not_found(path, &missing(store, &root, &names(path))))
    };
    let start = match names(base).is_empty() {
        true => root,
        false => look(base)?.subtree.ok_or_else(|| not_found(base, "it is no directory"))?,
    };
    let wanted: Vec<Vec<&[u8]>> = paths.iter().map(|path| names(path)).collect();
    paths.iter().try_for_each(|path| look(path).map(drop))?;
    // With each directory, what it is called beneath the root and whether all in it is wanted.
    let mut at: Vec<Vec<u8>> = names(base).iter().map(|name| name.to_vec()).collect();
    let mut open = vec![(TreeReader::new(store, start), wanted.is_empty() || is_within(&wanted, &at))];
    while let Some((reader, whole)) = open.last_mut() {
        let Some(node) = reader.next() else {
            open.pop();
            if !open.is_empty() {
                at.pop();
                each(Step::Leave)?;
            }
            continue;
        };
        let node = node?;
        at.push(node.name.clone());
        let whole = *whole || is_within(&wanted, &at);
        if !whole && !wanted.iter().any(|path| path.len() > at.len() && path.iter().zip(&at).all(|(a, b)| a == b)) {
            at.pop();
            continue;
        }
        each(Step::Entry(&node))?;
        match node.subtree {
            Some(id) => open.push((TreeReader::new(store, id), whole)),
            None => {
                at.pop();
                if node.kind == NodeType::Directory {
                    each(Step::Leave)?;
                }
            }
        }
    }
    Ok(())
}

fn is_within(wanted: &[Vec<&[u8]>], at: &[Vec<u8>]) -> bool {
    wanted.iter().any(|path| path.len() <= at.len() && path.iter().zip(at).all(|(a, b)| a == b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::TestRepo;

    fn paths(repo: &TestRepo, path: &str, recursive: bool) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let snapshot = &repo.snapshots()[0].snapshot;
        ls(&repo.repo, snapshot, path.as_bytes(), recursive, &mut |path, _| {
            found.push(String::from_utf8(path.to_vec()).unwrap());
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn entries_come_depth_first_below_the_path() {
        let repo = TestRepo::new();
        repo.file("a/b/c.txt", b"c");
        repo.file("a/d.txt", b"d");
        repo.file("e.txt", b"e");
        repo.backup();
        let base = repo.source_path();
        let below = |names: &[&str]| names.iter().map(|name| format!("{base}{name}")).collect::<Vec<_>>();
        let all = paths(&repo, "", true).unwrap();
        assert_eq!(all, paths(&repo, "/", true).unwrap());
        let inner = ["", "/a", "/a/b", "/a/b/c.txt", "/a/d.txt", "/e.txt"];
        assert!(all.ends_with(&below(&inner)), "{all:?}");
        // The first component of the source, and nothing beneath it.
        assert_eq!(paths(&repo, "", false).unwrap(), [format!("/{}", base.split('/').nth(1).unwrap())]);
        let dir = format!("{base}/a/");
        assert_eq!(paths(&repo, &dir, false).unwrap(), below(&["/a", "/a/b", "/a/d.txt"]));
        assert_eq!(paths(&repo, &dir, true).unwrap(), below(&["/a", "/a/b", "/a/b/c.txt", "/a/d.txt"]));
        assert_eq!(paths(&repo, &format!("{base}/e.txt"), true).unwrap(), below(&["/e.txt"]));
        for missing in ["/no/such".to_owned(), format!("{base}/e.txt/x")] {
            let error = paths(&repo, &missing, false).unwrap_err();
            assert!(matches!(&error, Error::PathNotFound { path, .. } if *path == missing), "{error}");
        }
    }

    #[test]
    fn a_tree_is_told_in_pairs_and_only_what_is_wanted() {
        let repo = TestRepo::new();
        repo.file("a/b/c.txt", b"c");
        repo.file("a/d.txt", b"d");
        repo.file("e/f.txt", b"f");
        repo.backup();
        let base = repo.source_path();
        let told = |paths: &[&str]| {
            let paths: Vec<Vec<u8>> = paths.iter().map(|path| format!("{base}{path}").into_bytes()).collect();
            let mut told = String::new();
            tree(&repo.repo, &repo.snapshots()[0].snapshot, base.as_bytes(), &paths, &mut |step| {
                match step {
                    Step::Entry(node) => told.push_str(&format!("{} ", String::from_utf8_lossy(&node.name))),
                    Step::Leave => told.push_str("< "),
                }
                Ok(())
            })?;
            Ok::<_, Error>(told)
        };
        assert_eq!(told(&[]).unwrap(), "a b c.txt < d.txt < e f.txt < ");
        assert_eq!(told(&["/a/b"]).unwrap(), "a b c.txt < < ");
        assert_eq!(told(&["/e", "/a/d.txt"]).unwrap(), "a d.txt < e f.txt < ");
        assert_eq!(told(&[""]).unwrap(), told(&[]).unwrap());
        assert!(matches!(told(&["/no"]), Err(Error::PathNotFound { .. })));
    }

    #[test]
    fn an_error_of_the_caller_ends_the_listing() {
        let repo = TestRepo::new();
        repo.file("a", b"a");
        repo.backup();
        let mut calls = 0;
        let result = ls(&repo.repo, &repo.snapshots()[0].snapshot, b"", true, &mut |_, _| {
            calls += 1;
            Err(Error::Stopped { checkpoint: None })
        });
        assert!(matches!(result, Err(Error::Stopped { .. })));
        assert_eq!(calls, 1);
    }
}
