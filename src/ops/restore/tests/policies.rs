//! Restoring over something that is there.
use super::*;

fn set_time(path: &Path, secs: u64) {
    fs::File::open(path).unwrap().set_modified(std::time::UNIX_EPOCH + Duration::from_secs(secs)).unwrap();
}

/// `file`, `same`, `newer` and `older` in the source; the target has others of these names.
fn prepared() -> (Place, SnapshotInfo) {
    let place = Place::new();
    let (source, target) = (place.source(), place.target());
    for name in ["changed", "fresh", "older"] {
        write(&source.join(name), noise(1, 400_000));
        set_time(&source.join(name), 1000);
    }
    let snapshot = place.backup();
    let mut there = noise(1, 400_000);
    there[200_000] ^= 1;
    for (name, time) in [("changed", 1000), ("fresh", 2000), ("older", 500)] {
        write(&target.join(name), &there);
        set_time(&target.join(name), time);
    }
    (place, snapshot)
}

fn right(place: &Place) -> Vec<String> {
    let (source, target) = (facts(&place.source()), facts(&place.target()));
    let right = source.into_iter().filter(|(path, fact)| target.get(path).map(|fact| &fact.5) == Some(&fact.5));
    right.map(|(path, _)| path.to_str().unwrap().to_owned()).collect()
}

#[test]
fn always_writes_only_the_chunks_that_differ() {
    let (place, snapshot) = prepared();
    let report = place.restore(&snapshot, &place.options());
    assert_same(&facts(&place.target()), &facts(&place.source()));
    assert_eq!(report.files_updated, 3);
    assert!(report.bytes_written > 0 && report.bytes_written <= 3 * (128 << 10), "{report:?}");
    assert_eq!(report.bytes_written + report.bytes_skipped, 1_200_000);
}

#[test]
fn if_newer_leaves_what_is_newer() {
    let (place, snapshot) = prepared();
    let options = RestoreOptions { overwrite: Overwrite::IfNewer, ..place.options() };
    let report = place.restore(&snapshot, &options);
    assert_eq!(right(&place), ["older"]);
    assert_eq!((report.files_updated, report.files_skipped), (1, 2));
}

#[test]
fn never_leaves_everything_and_makes_what_is_missing() {
    let (place, snapshot) = prepared();
    fs::remove_file(place.target().join("older")).unwrap();
    let options = RestoreOptions { overwrite: Overwrite::Never, ..place.options() };
    let report = place.restore(&snapshot, &options);
    assert_eq!(right(&place), ["older"]);
    assert_eq!((report.files_restored, report.files_skipped), (1, 2));
}

#[test]
fn if_changed_trusts_size_and_time_and_verifying_finds_that_out() {
    let (place, snapshot) = prepared();
    let options = RestoreOptions { overwrite: Overwrite::IfChanged, ..place.options() };
    let report = place.try_restore(&snapshot, &options).unwrap();
    assert_eq!(right(&place), ["fresh", "older"]);
    assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
    assert!(report.problems[0].item.ends_with("/changed") && report.problems[0].message.contains("differs"));
    assert_eq!(report.files_verified, 2);
}

#[test]
fn other_kinds_of_entries_make_room() {
    let place = Place::new();
    write(&place.source().join("file"), noise(1, 400_000));
    write(&place.source().join("dir/in it"), "x");
    symlink("file", place.source().join("link")).unwrap();
    let snapshot = place.backup();
    fs::create_dir_all(place.target().join("file")).unwrap();
    write(&place.dir.path().join("outside/in it"), "untouched");
    // A symlink in place of a directory must not be followed.
    symlink(place.dir.path().join("outside"), place.target().join("dir")).unwrap();
    write(&place.target().join("link"), "a file");
    place.restore(&snapshot, &place.options());
    assert_same(&facts(&place.target()), &facts(&place.source()));
    assert_eq!(fs::read(place.dir.path().join("outside/in it")).unwrap(), b"untouched");
}

#[test]
fn a_directory_with_something_in_it_gives_way_only_with_delete() {
    let place = Place::new();
    write(&place.source().join("file"), "content");
    let snapshot = place.backup();
    write(&place.target().join("file/precious"), "x");
    let report = place.try_restore(&snapshot, &place.options()).unwrap();
    assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
    assert!(place.target().join("file/precious").exists());
    place.restore(&snapshot, &RestoreOptions { delete: true, ..place.options() });
    assert_same(&facts(&place.target()), &facts(&place.source()));
}

#[test]
fn delete_removes_what_is_too_much_but_not_what_is_excluded() {
    let place = Place::new();
    write(&place.source().join("a/file"), "content");
    let snapshot = place.backup();
    for extra in ["a/extra", "a/extra.d/deep/file", "b/c", "a/keep.me", "z"] {
        write(&place.target().join(extra), "x");
    }
    symlink(place.source(), place.target().join("a/extra link")).unwrap();
    let mut excludes = Rules::default();
    excludes.exclude("keep.me").unwrap();
    let options = RestoreOptions { delete: true, excludes, ..place.options() };
    let dry = place.restore(&snapshot, &RestoreOptions { dry_run: true, ..options.clone() });
    assert!(place.target().join("a/extra").exists());
    let report = place.restore(&snapshot, &options);
    // extra, extra.d with two in it, the link, b with one, z.
    assert_eq!((report.files_deleted, dry.files_deleted), (8, 8));
    let mut left = facts(&place.target());
    assert!(left.remove(Path::new("a/keep.me")).is_some());
    let mut source = facts(&place.source());
    // Its time is that of the snapshot all the same.
    assert_eq!(left.len(), source.len());
    assert_eq!(left.remove(Path::new("a")).unwrap().2, source.remove(Path::new("a")).unwrap().2);
    assert!(place.source().join("a/file").exists());
}

#[test]
fn a_dry_run_counts_and_writes_nothing() {
    let (place, snapshot) = prepared();
    fs::remove_file(place.target().join("older")).unwrap();
    let before = facts(&place.target());
    let options = RestoreOptions { dry_run: true, ..place.options() };
    let dry = place.restore(&snapshot, &options);
    assert_same(&facts(&place.target()), &before);
    let real = place.restore(&snapshot, &place.options());
    let counts = |report: &RestoreReport| {
        (report.files_restored, report.files_updated, report.files_skipped, report.bytes_written, report.bytes_skipped)
    };
    assert_eq!(counts(&dry), counts(&real));
    assert_eq!(dry.files_restored, 1);
    let nowhere = RestoreOptions { target: place.dir.path().join("nowhere"), ..options };
    assert_eq!(place.restore(&snapshot, &nowhere).files_restored, 3);
    assert!(!nowhere.target.exists());
}
