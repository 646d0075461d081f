//! Tests of diff on repositories in memory.
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::id::BlobId;
use crate::monitor::{Recorder, Silent};
use crate::ops::testing::{TestRepo, noise};

fn part(test: &TestRepo, number: usize, path: &str) -> Part {
    let path = format!("{}{path}", test.source_path()).into_bytes();
    Part { info: test.snapshots()[number].clone(), path }
}

fn told(list: &mut Vec<String>) -> impl FnMut(&[u8], Mark) -> Result<()> {
    |path, mark| {
        list.push(format!("{} {}", mark.sign(), String::from_utf8_lossy(path)));
        Ok(())
    }
}

fn compare(test: &TestRepo, metadata: bool) -> (Vec<String>, DiffReport) {
    test.repo.load_index(&Silent).unwrap();
    let mut list = Vec::new();
    let (a, b) = (part(test, 0, ""), part(test, 1, ""));
    let report = diff(&test.repo, &a, &b, metadata, &mut told(&mut list), &Silent).unwrap();
    (list, report)
}

fn set_time(path: &Path, secs: u64) {
    std::fs::File::open(path).unwrap().set_modified(UNIX_EPOCH + Duration::from_secs(secs)).unwrap();
}

/// A source that then changes in every way.
fn changed() -> TestRepo {
    let test = TestRepo::new();
    let at = |name: &str| test.source.path().join(name);
    test.file("same/deep/file", b"same");
    test.file("d/gone", &noise(1, 30_000));
    test.file("d/sub/gone too", b"x");
    test.file("d/kept", &noise(2, 30_000));
    test.file("modified", &noise(3, 30_000));
    test.file("touched", b"touched");
    test.file("kind", b"a file");
    symlink("a", at("link")).unwrap();
    test.backup();
    std::fs::remove_file(at("d/gone")).unwrap();
    std::fs::remove_dir_all(at("d/sub")).unwrap();
    test.file("modified", &noise(4, 30_000));
    test.file("new/file", &noise(5, 30_000));
    std::fs::set_permissions(at("touched"), PermissionsExt::from_mode(0o640)).unwrap();
    std::fs::remove_file(at("kind")).unwrap();
    std::fs::create_dir(at("kind")).unwrap();
    std::fs::remove_file(at("link")).unwrap();
    symlink("b", at("link")).unwrap();
    test
}

const CHANGES: [&str; 8] =
    ["- /d/gone", "- /d/sub/", "- /d/sub/gone too", "T /kind/", "M /link", "M /modified", "+ /new/", "+ /new/file"];

#[test]
fn two_snapshots_are_compared() {
    let test = changed();
    test.backup();
    let (list, report) = compare(&test, false);
    assert_eq!(list, CHANGES);
    let DiffReport { changed_files, added, removed } = report;
    assert_eq!((changed_files, added.files, added.directories, added.others), (1, 1, 1, 0));
    assert_eq!((removed.files, removed.directories, removed.others), (2, 1, 0));
    // Two files on each side, in one or several blobs, and the trees that changed: root, d, and d/sub or new and the empty directory.
    assert!(added.data_blobs >= 2 && removed.data_blobs >= 2, "{report:?}");
    assert_eq!((added.tree_blobs, removed.tree_blobs), (4, 3));
    assert!((60_000..70_000).contains(&added.bytes) && (60_000..70_000).contains(&removed.bytes), "{report:?}");
    let (with_metadata, same) = compare(&test, true);
    assert!(
        with_metadata.contains(&"U /touched".to_owned()) && with_metadata.contains(&"U /d/".to_owned()),
        "{with_metadata:?}"
    );
    assert_eq!(same, report);
    let mut none = Vec::new();
    let same = part(&test, 1, "");
    let report = diff(&test.repo, &same, &same, true, &mut told(&mut none), &Silent).unwrap();
    assert!(none.is_empty() && report == DiffReport::default());
}

#[test]
fn equal_directories_are_not_read() {
    let test = changed();
    test.backup();
    test.repo.load_index(&Silent).unwrap();
    // Even one that nobody could read.
    let mut nowhere = part(&test, 0, "");
    (nowhere.info.snapshot.root, nowhere.path) = (Some(BlobId([1; 32])), Vec::new());
    let report = diff(&test.repo, &nowhere, &nowhere, true, &mut |_, _| panic!("the same"), &Silent);
    assert_eq!(report.unwrap(), DiffReport::default());
}

#[test]
fn parts_and_single_files_are_compared() {
    let test = changed();
    test.backup();
    test.repo.load_index(&Silent).unwrap();
    let both = |a: &str, b: &str| {
        let mut list = Vec::new();
        let (a, b) = (part(&test, 0, a), part(&test, 1, b));
        diff(&test.repo, &a, &b, false, &mut told(&mut list), &Silent)?;
        Ok::<_, Error>(list)
    };
    assert_eq!(both("/d", "/d").unwrap(), ["- /gone", "- /sub/", "- /sub/gone too"]);
    assert_eq!(both("/modified", "/modified").unwrap(), ["M /modified"]);
    assert_eq!(both("/modified", "/touched").unwrap(), ["M /modified"]);
    assert!(both("/touched", "/touched").unwrap().is_empty());
    assert!(matches!(both("/no", "/d"), Err(Error::PathNotFound { .. })));
}

#[test]
fn rot_is_suspected_where_no_metadata_changed() {
    let test = TestRepo::new();
    test.file("f", b"12345");
    test.backup();
    let mut list = test.snapshots();
    let root = list[0].snapshot.root.unwrap();
    let node = |content: &[u8]| Node {
        name: b"f".to_vec(),
        size: 5,
        content: crate::model::Content::Inline(content.to_vec()),
        ..Node::default()
    };
    assert_eq!(mark(&node(b"12345"), &node(b"12346"), false), Some(Mark::Suspicious));
    assert_eq!(mark(&node(b"12345"), &node(b"12345"), true), None);
    // A tree that cannot be read is a problem.
    list[0].snapshot.root = Some(BlobId([1; 32]));
    let recorder = Recorder::default();
    let a = Part { info: list.remove(0), path: Vec::new() };
    let b = Part { info: test.snapshots().remove(0), path: Vec::new() };
    diff(&test.repo, &a, &b, false, &mut |_, _| Ok(()), &recorder).unwrap();
    assert_eq!(recorder.problems().len(), 1, "{root}");
}

fn live(test: &TestRepo, options: &LiveOptions) -> (Vec<String>, DiffReport) {
    let mut list = Vec::new();
    let path = test.source_path();
    let report =
        diff_live(&test.repo, &part(test, 0, ""), Path::new(&path), options, &mut told(&mut list), &Silent).unwrap();
    (list, report)
}

#[test]
fn a_snapshot_is_compared_with_this_machine() {
    let test = changed();
    let (list, report) = live(&test, &LiveOptions::default());
    assert_eq!(list, CHANGES);
    assert_eq!((report.changed_files, report.added.files, report.removed.files), (1, 1, 2));
    assert!((60_000..60_100).contains(&report.added.bytes), "{report:?}");
    assert!((60_000..61_000).contains(&report.removed.bytes), "{report:?}");
    let (list, _) = live(&test, &LiveOptions { metadata: true, ..LiveOptions::default() });
    assert!(list.contains(&"U /touched".to_owned()), "{list:?}");
    let mut rules = crate::fs::source::Rules::default();
    rules.exclude("new").unwrap();
    let (list, _) = live(&test, &LiveOptions { rules: rules.into(), ..LiveOptions::default() });
    assert!(!list.iter().any(|line| line.contains("new")), "{list:?}");
}

#[test]
fn another_inode_or_time_of_change_is_no_change_of_metadata() {
    let test = TestRepo::new();
    test.file("d/f", b"content");
    let at = |name: &str| test.source.path().join(name);
    set_time(&at("d/f"), 1_000_000);
    set_time(&at("d"), 1_000_000);
    test.backup();
    std::fs::copy(at("d/f"), at("d/g")).unwrap();
    std::fs::rename(at("d/g"), at("d/f")).unwrap();
    set_time(&at("d/f"), 1_000_000);
    set_time(&at("d"), 1_000_000);
    test.backup();
    assert!(compare(&test, true).0.is_empty());
    let with_metadata = LiveOptions { metadata: true, ..LiveOptions::default() };
    assert!(live(&test, &with_metadata).0.is_empty());
    std::fs::set_permissions(at("d/f"), PermissionsExt::from_mode(0o601)).unwrap();
    assert_eq!(live(&test, &with_metadata).0, ["U /d/f"]);
}

#[test]
fn content_is_read_as_far_as_it_is_asked_for() {
    let test = TestRepo::new();
    let file = test.source.path().join("f");
    for content in [&noise(1, 100_000)[..], b"small"] {
        test.file("f", content);
        set_time(&file, 1_000_000);
        test.backup();
        let at = test.snapshots().len() - 1;
        let compare = |options: &LiveOptions| {
            let mut list = Vec::new();
            let path = test.source_path();
            let part = part(&test, at, "");
            let report = diff_live(&test.repo, &part, Path::new(&path), options, &mut told(&mut list), &Silent);
            (list, report.unwrap())
        };
        // Another time, the same bytes.
        set_time(&file, 2_000_000);
        assert!(compare(&LiveOptions::default()).0.is_empty());
        let metadata = LiveOptions { metadata: true, ..LiveOptions::default() };
        assert_eq!(compare(&metadata).0, ["U /f"]);
        // Other bytes of the same length.
        let mut changed = content.to_vec();
        changed[content.len() / 2] ^= 1;
        test.file("f", &changed);
        let (list, report) = compare(&LiveOptions::default());
        assert_eq!((&list[..], report.changed_files), (&["M /f".to_owned()][..], 1));
        // One chunk of several.
        assert!(content.len() < 100 || report.added.bytes < 70_000 && report.added.data_blobs >= 1, "{report:?}");
        assert!(compare(&LiveOptions { no_content: true, ..LiveOptions::default() }).0.is_empty());
        assert_eq!(compare(&LiveOptions { read_all: true, ..LiveOptions::default() }).0, ["M /f"]);
    }
}

#[test]
fn a_file_is_compared_with_a_file() {
    let test = TestRepo::new();
    test.file("f", b"12345");
    test.file("g", b"12346");
    test.backup();
    let path = test.source.path().join("g");
    let mut list = Vec::new();
    let options = LiveOptions::default();
    diff_live(&test.repo, &part(&test, 0, "/f"), &path, &options, &mut told(&mut list), &Silent).unwrap();
    assert_eq!(list, ["M /g"]);
    let result = diff_live(&test.repo, &part(&test, 0, ""), &path, &options, &mut |_, _| Ok(()), &Silent);
    assert!(matches!(result, Err(Error::PathNotFound { .. })));
}

#[test]
fn holes_are_zeros() {
    use std::os::unix::fs::FileExt;
    let test = TestRepo::new();
    let path = test.source.path().join("f");
    let sparse = std::fs::File::create(&path).unwrap();
    sparse.write_all_at(&noise(1, 70_000), 1 << 20).unwrap();
    sparse.set_len(3 << 20).unwrap();
    drop(sparse);
    test.backup();
    let mut bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    test.file("f", &bytes);
    assert!(live(&test, &LiveOptions::default()).0.is_empty());
    bytes[2 << 20] = 1;
    test.file("f", &bytes);
    assert_eq!(live(&test, &LiveOptions::default()).0, ["M /f"]);
}
