//! Tests of du on repositories in memory.
use super::*;
use crate::monitor::{Recorder, Silent};
use crate::ops::testing::{TestRepo, noise};

fn count(test: &TestRepo, list: &[Vec<SnapshotInfo>], rest: &[SnapshotInfo]) -> GroupUsage {
    test.repo.load_index(&Silent).unwrap();
    groups(&test.repo, list, rest, &Silent).unwrap()
}

fn each(list: &[SnapshotInfo]) -> Vec<Vec<SnapshotInfo>> {
    list.iter().map(|info| vec![info.clone()]).collect()
}

/// Content of some kilobytes with the parity of its stripes, and a little for trees.
#[track_caller]
fn about(bytes: u64, kilobytes: u64) {
    assert!((kilobytes * 1000..kilobytes * 2100 + 30_000).contains(&bytes), "{bytes} is not about {kilobytes} kB");
}

#[test]
fn what_one_snapshot_has_alone_is_freed_by_forgetting_it() {
    let test = TestRepo::new();
    test.file("all", &noise(1, 100_000));
    test.file("first", &noise(2, 200_000));
    test.backup();
    std::fs::remove_file(test.source.path().join("first")).unwrap();
    test.file("second", &noise(3, 400_000));
    test.backup();
    std::fs::remove_file(test.source.path().join("second")).unwrap();
    // It comes back: two snapshots have it, though not one after the other.
    test.file("first", &noise(2, 200_000));
    test.backup();
    let list = test.snapshots();
    let found = count(&test, &each(&list), &[]);
    about(found.groups[0].exclusive, 0);
    about(found.groups[1].exclusive, 400);
    about(found.groups[2].exclusive, 0);
    about(found.groups[0].total, 300);
    about(found.groups[1].total, 500);
    about(found.groups[1].shared(), 100);
    assert_eq!(found.together.exclusive, found.together.total);
    about(found.together.total, 700);
    // Two of them together have all of the first file.
    let two = count(&test, &[vec![list[0].clone(), list[2].clone()]], &list[1..2]);
    about(two.groups[0].exclusive, 200);
    assert_eq!(two.together, two.groups[0]);
    // With the others told of, one snapshot has what it had before.
    let one = count(&test, &each(&list[1..2]), &[list[0].clone(), list[2].clone()]);
    assert_eq!((one.groups[0], one.together), (found.groups[1], found.groups[1]));
    // And the order does not matter.
    let mut turned = each(&list);
    turned.reverse();
    let mut again = count(&test, &turned, &[]).groups;
    again.reverse();
    assert_eq!(again, found.groups);
}

#[test]
fn sums_are_those_of_the_index() {
    let test = TestRepo::new();
    for number in 0..30 {
        test.file(&format!("d{number}/f"), &noise(number, 20_000));
    }
    test.backup();
    let found = count(&test, &each(&test.snapshots()), &[]);
    let totals = test.repo.index_totals(&Silent).unwrap();
    let Usage { exclusive, total } = found.groups[0];
    assert_eq!(exclusive, total);
    // All frames, with parity; a byte for each blob may be rounded up.
    assert!(total >= totals.frame_bytes && total < totals.frame_bytes * 3 + totals.blobs, "{total} {totals:?}");
}

#[test]
fn bases_of_deltas_belong_to_who_needs_the_deltas() {
    let test = TestRepo::new();
    test.file("big", &noise(1, 700_000));
    test.backup();
    let mut changed = noise(1, 700_000);
    (0..20).for_each(|part| changed[part * 35_000] ^= 1);
    test.file("big", &changed);
    test.backup();
    test.repo.load_index(&Silent).unwrap();
    assert!(test.repo.index_totals(&Silent).unwrap().deltas.frames > 0);
    let list = test.snapshots();
    let found = count(&test, &each(&list), &[]);
    // The second needs the old blobs too: forgetting the first frees next to nothing.
    about(found.groups[0].exclusive, 0);
    about(found.groups[1].total, 700);
    about(found.groups[1].shared(), 700);
    assert!(found.groups[1].exclusive > 0);
}

#[test]
fn a_thousand_snapshots_cost_what_differs() {
    let test = TestRepo::new();
    for number in 0..20 {
        test.file(&format!("d{number}/f"), &noise(number, 1000));
    }
    test.backup();
    test.file("d3/new", &noise(99, 1000));
    test.backup();
    let two = test.snapshots();
    let many: Vec<SnapshotInfo> = (0..1000).map(|number| two[number / 500].clone()).collect();
    let found = count(&test, &each(&many), &[]);
    assert!(found.groups.iter().all(|usage| usage.exclusive == 0), "every one has a twin");
    assert_eq!(found.together.total, count(&test, &each(&two), &[]).together.total);
}

#[test]
fn paths_are_counted_to_a_depth() {
    let test = TestRepo::new();
    test.file("a/x/f", &noise(1, 100_000));
    test.file("a/y/f", &noise(2, 200_000));
    test.file("b/f", &noise(3, 50_000));
    // The same as one elsewhere.
    test.file("b/copy", &noise(1, 100_000));
    test.file("top", &noise(4, 400_000));
    test.backup();
    test.file("a/y/f", &noise(5, 200_000));
    test.backup();
    let list = test.snapshots();
    test.repo.load_index(&Silent).unwrap();
    let base = test.source_path();
    let find = |selected: &[SnapshotInfo], rest: &[SnapshotInfo], base: &str, depth: usize| {
        let found = paths(&test.repo, selected, rest, base.as_bytes(), depth, &Silent).unwrap();
        found.into_iter().map(|(path, usage)| (String::from_utf8(path).unwrap(), usage)).collect::<Vec<_>>()
    };
    let found = find(&list, &[], &base, 2);
    let names: Vec<&str> = found.iter().map(|(path, _)| path.strip_prefix(&base).unwrap()).collect();
    assert_eq!(names, ["", "/a", "/a/x", "/a/y", "/b"]);
    let of = |name: &str| found.iter().find(|(path, _)| path.strip_prefix(&base) == Some(name)).unwrap().1;
    about(of("").total, 950);
    about(of("/a").total, 500);
    about(of("/a").exclusive, 400);
    about(of("/a/x").exclusive, 0);
    about(of("/a/x").total, 100);
    about(of("/a/y").exclusive, 400);
    about(of("/b").exclusive, 50);
    about(of("/b").shared(), 100);
    // One snapshot alone: the other has the rest of it.
    let one = find(&list[1..], &list[..1], &format!("{base}/a"), 1);
    let of = |name: &str| one.iter().find(|(path, _)| path.ends_with(name)).unwrap().1;
    about(of("/y").exclusive, 200);
    about(of("/y").total, 200);
    about(of("/x").exclusive, 0);
    assert_eq!(find(&list, &[], "/", 0)[0].0, "/");
    assert!(find(&list, &[], "/no/such", 1).is_empty());
}

#[test]
fn what_cannot_be_read_is_told_once() {
    let test = TestRepo::new();
    test.file("a", b"a");
    test.backup();
    let mut list = test.snapshots();
    list.extend([list[0].clone(), list[0].clone()]);
    list[1].snapshot.root = Some(BlobId([1; 32]));
    list[2].snapshot.root = Some(BlobId([1; 32]));
    test.repo.load_index(&Silent).unwrap();
    let recorder = Recorder::default();
    let found = groups(&test.repo, &each(&list), &[], &recorder).unwrap();
    assert_eq!((found.groups[1], recorder.problems().len()), (Usage::default(), 1));
    assert!(found.groups[0].exclusive > 0);
    recorder.request_stop();
    assert!(groups(&test.repo, &each(&list), &[], &recorder).is_err());
}
