//! Listing the entries of a snapshot.
use super::trees::ReadTrees;
use crate::error::{Error, Result};
use crate::id::BlobId;
use crate::model::{Node, Snapshot, TreeReader, find};
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
    let names: Vec<&[u8]> = path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).collect();
    let mut at = Vec::new();
    let mut directory: Option<BlobId> = Some(root);
    if !names.is_empty() {
        let node = find(store, &root, names.iter().copied())?.ok_or_else(|| Error::PathNotFound {
            path: String::from_utf8_lossy(path).into_owned(),
            snapshot: format!("of host {}", snapshot.host),
            cause: "there is no such entry".to_owned(),
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
