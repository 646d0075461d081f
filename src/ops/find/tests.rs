//! Tests of find on repositories in memory.
use super::*;
use crate::error::Error;
use crate::monitor::{Recorder, Silent};
use crate::ops::testing::{TestRepo, noise};

fn entries(patterns: &[&str]) -> Entries {
    let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
    Entries { patterns: PathPatterns::new(&patterns, false).unwrap(), ..Entries::default() }
}

fn paths(test: &TestRepo, snapshots: &[SnapshotInfo], wanted: &Wanted) -> (Vec<(usize, String)>, FindReport) {
    let base = test.source_path();
    let mut found = Vec::new();
    test.repo.load_index(&Silent).unwrap();
    let report = find(
        &test.repo,
        snapshots,
        wanted,
        &mut |number, path, _| {
            let path = String::from_utf8(path.to_vec()).unwrap();
            found.push((number, path.strip_prefix(&base).unwrap_or(&path).to_owned()));
            Ok(())
        },
        &Silent,
    )
    .unwrap();
    (found, report)
}

fn of(number: usize, paths: &[&str]) -> Vec<(usize, String)> {
    paths.iter().map(|path| (number, path.to_string())).collect()
}

#[test]
fn what_snapshots_share_is_read_once_and_told_of_each() {
    let test = TestRepo::new();
    for directory in 0..20 {
        test.file(&format!("d{directory}/a.txt"), b"a");
        test.file(&format!("d{directory}/b.log"), b"b");
    }
    test.backup();
    test.file("d7/new.txt", b"new");
    test.backup();
    let two = test.snapshots();
    let wanted = Wanted::Entries(entries(&["d7/*.txt", "d3"]));
    let (found, once) = paths(&test, &two[..1], &wanted);
    assert_eq!(found, of(0, &["/d3", "/d3/a.txt", "/d3/b.log", "/d7/a.txt"]));
    let (found, twice) = paths(&test, &two, &wanted);
    let second = of(1, &["/d3", "/d3/a.txt", "/d3/b.log", "/d7/a.txt", "/d7/new.txt"]);
    assert_eq!(found, [of(0, &["/d3", "/d3/a.txt", "/d3/b.log", "/d7/a.txt"]), second].concat());
    // Only the changed directory and those above it.
    let above = test.source_path().split('/').count() as u64;
    assert_eq!(twice.directories_read, once.directories_read + above + 1, "{once:?} {twice:?}");
    let thousand: Vec<SnapshotInfo> = (0..1000).map(|number| two[number % 2].clone()).collect();
    let (found, many) = paths(&test, &thousand, &wanted);
    assert_eq!((found.len(), many.directories_read), (500 * 4 + 500 * 5, twice.directories_read));
}

#[test]
fn entries_fit_by_kind_size_and_time() {
    let test = TestRepo::new();
    test.file("d/small", b"12345");
    test.file("d/large", &noise(1, 5000));
    std::os::unix::fs::symlink("small", test.source.path().join("d/link")).unwrap();
    let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
    std::fs::File::open(test.source.path().join("d/small")).unwrap().set_modified(old).unwrap();
    test.backup();
    let all = test.snapshots();
    let find = |change: &dyn Fn(&mut Entries)| {
        let mut wanted = entries(&["d/*"]);
        change(&mut wanted);
        paths(&test, &all, &Wanted::Entries(wanted)).0
    };
    assert_eq!(find(&|_| {}), of(0, &["/d/large", "/d/link", "/d/small"]));
    assert_eq!(find(&|wanted| wanted.kinds = vec![NodeType::Symlink]), of(0, &["/d/link"]));
    assert_eq!(find(&|wanted| wanted.sizes = vec![SizeTest::Above(5)]), of(0, &["/d/large"]));
    assert_eq!(find(&|wanted| wanted.sizes = vec![SizeTest::Exactly(5)]), of(0, &["/d/small"]));
    assert_eq!(find(&|wanted| wanted.sizes = vec![SizeTest::Above(4), SizeTest::Below(6)]), of(0, &["/d/small"]));
    let time = Some(Time { secs: 1_000_000, nanos: 0 });
    assert_eq!(find(&|wanted| wanted.newest = time), of(0, &["/d/small"]));
    assert_eq!(find(&|wanted| wanted.oldest = time), of(0, &["/d/large", "/d/link", "/d/small"]));
}

#[test]
fn blobs_trees_and_packs_lead_to_files() {
    let test = TestRepo::new();
    test.file("d/large", &noise(1, 200_000));
    test.file("e/other", &noise(2, 100_000));
    test.backup();
    let all = test.snapshots();
    test.repo.load_index(&Silent).unwrap();
    let blobs = test.repo.blobs_in_packs(&|_| true).unwrap();
    let (_, large) = *blobs.iter().find(|(kind, _)| *kind == BlobKind::Data).unwrap();
    let find = |kinds: &[ObjectKind], id: &str| {
        let objects = Objects::new(&test.repo, kinds, &[id.to_owned()]).unwrap();
        paths(&test, &all, &Wanted::Objects(objects)).0
    };
    let of_blob = find(&[ObjectKind::Blob], &large.to_string());
    assert!(of_blob == of(0, &["/d/large"]) || of_blob == of(0, &["/e/other"]), "{of_blob:?}");
    assert_eq!(find(&[ObjectKind::Blob], &large.short()), of_blob);
    assert!(find(&[ObjectKind::Tree], &large.to_string()).is_empty());
    let root = all[0].snapshot.root.unwrap();
    assert_eq!(find(&[ObjectKind::Tree], &root.to_string()), of(0, &["/"]));
    let pack = test.repo.places(&large).unwrap()[0].pack;
    let of_pack = find(&[ObjectKind::Pack], &pack.short());
    assert!(of_pack.contains(&of_blob[0]), "{of_pack:?}");
    for bad in ["", "abc", "xyz1", &"0".repeat(65)] {
        assert!(Objects::new(&test.repo, &[ObjectKind::Blob], &[bad.to_owned()]).is_err(), "{bad}");
    }
    assert!(Objects::new(&test.repo, &[ObjectKind::Pack], &["00000000".to_owned()]).is_err());
}

#[test]
fn what_cannot_be_read_is_a_problem_and_the_rest_is_found() {
    let test = TestRepo::new();
    test.file("a", b"a");
    test.backup();
    let mut list = test.snapshots();
    list.insert(0, list[0].clone());
    list[0].snapshot.root = Some(BlobId([1; 32]));
    let recorder = Recorder::default();
    let mut hits = 0;
    let mut each = |number: usize, _: &[u8], _: &Found| {
        assert_eq!(number, 1);
        hits += 1;
        Ok(())
    };
    find(&test.repo, &list, &Wanted::Entries(entries(&["a"])), &mut each, &recorder).unwrap();
    assert_eq!((hits, recorder.problems().len()), (1, 1));
    let mut stop = |_: usize, _: &[u8], _: &Found| Err(Error::Stopped { checkpoint: None });
    let result = find(&test.repo, &list[1..], &Wanted::Entries(entries(&["a"])), &mut stop, &Silent);
    assert!(matches!(result, Err(Error::Stopped { .. })));
}
