//! Whole trees and parts of them, with everything that a file system has.
use super::*;

/// One entry of each odd kind, and enough content for several stripes.
fn odd_tree(root: &Path) {
    write(&root.join("empty"), "");
    write(&root.join("inline"), "few bytes");
    write(&root.join("dir/one chunk"), noise(1, 5000));
    write(&root.join("dir/large"), noise(2, 1_500_000));
    write(&root.join("dir/zeros"), vec![0; 300_000]);
    write(&root.join("dir/copy of large"), noise(2, 1_500_000));
    for number in 0..300 {
        write(&root.join(format!("many/{}/{number}", number % 7)), noise(1000 + number, 200 + number as usize * 10));
    }
    let holes = fs::File::create(root.join("holes")).unwrap();
    holes.set_len(4 << 20).unwrap();
    holes.write_all_at(&noise(3, 200_000), 1 << 20).unwrap();
    holes.write_all_at(&noise(4, 100_000), 3 << 20).unwrap();
    fs::File::create(root.join("all hole")).unwrap().set_len(1 << 20).unwrap();
    fs::create_dir(root.join("links")).unwrap();
    fs::hard_link(root.join("dir/large"), root.join("links/large again")).unwrap();
    fs::hard_link(root.join("inline"), root.join("zz inline again")).unwrap();
    symlink("dir/large", root.join("symlink")).unwrap();
    symlink("/nowhere/at all", root.join("broken")).unwrap();
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, root.join("fifo"), fifo, 0o600.into(), 0).unwrap();
    write(&root.join(std::ffi::OsStr::from_bytes(b"not \xff utf-8")), noise(5, 300));
    write(&root.join("closed/inside/file"), noise(6, 400));
    fs::create_dir(root.join("void")).unwrap();
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(root.join("dir/one chunk"), "user.short", b"value", flags).unwrap();
    rustix::fs::setxattr(root.join("dir"), "user.dir", b"another", flags).unwrap();
    for (path, mode) in [("inline", 0o400), ("dir/large", 0o755), ("void", 0o1777), ("closed/inside", 0o555)] {
        fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::set_permissions(root.join("closed"), fs::Permissions::from_mode(0o500)).unwrap();
    let old = std::time::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
    for path in ["dir/large", "dir", "links", "void"] {
        fs::File::open(root.join(path)).unwrap().set_modified(old).unwrap();
    }
}

#[test]
fn everything_comes_back_and_a_second_time_nothing_is_written() {
    let mut place = Place::new();
    odd_tree(&place.source());
    let snapshot = place.backup();
    place.reopen();
    let report = place.restore(&snapshot, &place.options());
    let source = facts(&place.source());
    assert_same(&facts(&place.target()), &source);
    let files = source.values().filter(|fact| fact.0 & 0o170000 == 0o100000).count() as u64;
    // Two of them are further names.
    assert_eq!((report.files_restored, report.total_files), (files - 2, files - 2));
    assert_eq!(report.files_verified, files - 2);
    let holes = fs::metadata(place.target().join("holes")).unwrap();
    assert!(holes.blocks() * 512 < 1 << 20, "holes take {} blocks", holes.blocks());
    for overwrite in [Overwrite::Always, Overwrite::IfChanged] {
        let again = place.restore(&snapshot, &RestoreOptions { overwrite, ..place.options() });
        assert_same(&facts(&place.target()), &source);
        assert_eq!((again.bytes_written, again.files_skipped), (0, files - 2), "{overwrite:?} {again:?}");
    }
}

#[test]
fn without_a_path_the_whole_path_comes_back() {
    let place = Place::new();
    write(&place.source().join("a/file"), noise(1, 70_000));
    let snapshot = place.backup();
    let options = RestoreOptions { path: Vec::new(), ..place.options() };
    place.restore(&snapshot, &options);
    let below = place.target().join(place.source().strip_prefix("/").unwrap());
    assert_same(&facts(&below), &facts(&place.source()));
}

#[test]
fn a_path_selects_a_directory_or_a_file() {
    let place = Place::new();
    write(&place.source().join("a/b/file"), noise(1, 70_000));
    write(&place.source().join("a/other"), "other");
    let snapshot = place.backup();
    let path = |tail: &str| place.source().join(tail).as_os_str().as_bytes().to_vec();
    place.restore(&snapshot, &RestoreOptions { path: path("a/b"), ..place.options() });
    assert_same(&facts(&place.target()), &facts(&place.source().join("a/b")));
    fs::remove_dir_all(place.target()).unwrap();
    place.restore(&snapshot, &RestoreOptions { path: path("a/other"), ..place.options() });
    let names: Vec<_> = facts(&place.target()).into_keys().collect();
    assert_eq!(names, [Path::new("other")]);
    let error = place.try_restore(&snapshot, &RestoreOptions { path: path("a/x/y"), ..place.options() }).unwrap_err();
    assert!(error.to_string().contains("\"x\""), "{error}");
}

fn rules(patterns: &[&str]) -> Rules {
    let mut rules = Rules::default();
    for pattern in patterns {
        rules.exclude(pattern).unwrap();
    }
    rules
}

#[test]
fn includes_and_excludes_choose_entries_and_the_directories_above() {
    let place = Place::new();
    for path in ["a/b/wanted.txt", "a/b/other", "wanted.d/x/y", "c/d/nothing", "wanted.d/x/z.tmp"] {
        write(&place.source().join(path), path);
    }
    let snapshot = place.backup();
    let options =
        RestoreOptions { includes: Some(rules(&["wanted.*"])), excludes: rules(&["*.tmp"]), ..place.options() };
    let report = place.restore(&snapshot, &options);
    let names: Vec<_> = facts(&place.target()).into_keys().map(|path| path.to_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["a", "a/b", "a/b/wanted.txt", "wanted.d", "wanted.d/x", "wanted.d/x/y"]);
    assert_eq!(report.total_files, 2);
}

#[test]
fn long_runs_of_zeros_become_holes_on_request() {
    let place = Place::new();
    write(&place.source().join("zeros"), vec![0; 1 << 20]);
    let snapshot = place.backup();
    place.restore(&snapshot, &RestoreOptions { sparse: true, ..place.options() });
    assert_same(&facts(&place.target()), &facts(&place.source()));
    assert_eq!(fs::metadata(place.target().join("zeros")).unwrap().blocks(), 0);
}

#[test]
fn stopping_ends_in_an_error_and_leaves_no_temporary_files() {
    let place = Place::new();
    write(&place.source().join("file"), noise(1, 70_000));
    let snapshot = place.backup();
    let monitor = Recorder::default();
    monitor.request_stop();
    let error = restore(&place.repo, &snapshot, &place.options(), &monitor).unwrap_err();
    assert!(matches!(error, crate::error::Error::Stopped { .. }), "{error}");
    assert!(facts(&place.target()).is_empty());
}
