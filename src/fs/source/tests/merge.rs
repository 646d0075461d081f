//! Which names the sources get, and in which order.
use std::os::unix::fs::{MetadataExt, symlink};

use super::*;

#[test]
fn names_ascend_by_bytes_and_directories_are_paired() {
    let dir = tree(&["b/x", "a", "a.b", "a-b", "b.c", "B", "b/y/z"]);
    assert_eq!(walk(dir.path(), &["."]).paths(), ["B", "a", "a-b", "a.b", "b", "b/x", "b/y", "b/y/z", "b.c"]);
}

#[test]
fn stored_names_are_those_of_the_given_paths() {
    let dir = tree(&["a/b/x", "a/c", "d/e", "f"]);
    let base = dir.path();
    assert_eq!(walk(base, &["a/b"]).paths(), ["a", "a/b", "a/b/x"]);
    assert_eq!(walk(base, &["./a//b/", "f"]).paths(), ["a", "a/b", "a/b/x", "f"]);
    assert_eq!(walk(&base.join("d"), &["../a/c"]).paths(), ["a", "a/c"]);
    assert_eq!(walk(&base.join("d"), &["..", "e"]).paths().len(), 8);
    assert_eq!(walk(&base.join("a"), &["../d", "b"]).paths(), ["b", "b/x", "d", "d/e"]);
    assert_eq!(walk(base, &["d/../f"]).paths(), ["f"]);
    let absolute = base.join("a/b");
    let walked = walk(Path::new("/"), &[absolute.to_str().unwrap()]);
    let stored = absolute.to_str().unwrap().trim_start_matches('/');
    assert_eq!(walked.node(stored).inode, std::fs::metadata(&absolute).unwrap().ino());
    let first = stored.split('/').next().unwrap();
    assert_eq!(walked.node(first).inode, std::fs::metadata(format!("/{first}")).unwrap().ino());
    assert_eq!(walked.paths().iter().filter(|path| !path.contains('/')).count(), 1);
}

#[test]
fn paths_within_others_are_walked_once() {
    let dir = tree(&["a/b/x", "a/c"]);
    let walked = walk(dir.path(), &["a/b", "a", "a/b", "a/b/x"]);
    assert_eq!(walked.paths(), ["a", "a/b", "a/b/x", "a/c"]);
    assert_eq!(walk(dir.path(), &[".", "a/c"]).paths(), walked.paths());
}

#[test]
fn a_named_path_is_not_excluded_but_what_is_beside_it_is() {
    let dir = tree(&["a/b/x", "a/b/y", "a/c", "b"]);
    let mut rules = Rules::default();
    rules.exclude("/**/a/b").unwrap();
    let rules = || rules.clone();
    assert_eq!(walk_with(dir.path(), &["a"], rules(), WalkOptions::default()).paths(), ["a", "a/c"]);
    let walked = walk_with(dir.path(), &["a", "a/b/x"], rules(), WalkOptions::default());
    assert_eq!(walked.paths(), ["a", "a/b", "a/b/x", "a/c"]);
    assert_eq!(walked.problems, [""; 0]);
}

#[test]
fn the_same_name_from_two_directories_is_refused() {
    let dir = tree(&["a/x", "x"]);
    let error = Sources::new(&dir.path().join("a"), &["x".into(), "../x".into()]).unwrap_err();
    assert!(error.to_string().contains("same name"), "{error}");
}

#[test]
fn links_are_kept_where_named_and_followed_on_the_way() {
    let dir = tree(&["real/x", "real/y"]);
    symlink("real", dir.path().join("link")).unwrap();
    symlink("loop", dir.path().join("loop")).unwrap();
    symlink("..", dir.path().join("real/up")).unwrap();
    let walked = walk(dir.path(), &["link/", "loop"]);
    assert_eq!(walked.paths(), ["link", "loop"]);
    assert_eq!(walked.node("link").target, b"real");
    assert_eq!(walk(dir.path(), &["link/x"]).paths(), ["link", "link/x"]);
    assert_eq!(walk(dir.path(), &["real"]).paths(), ["real", "real/up", "real/x", "real/y"]);
    let walked = walk(dir.path(), &[".", "link/x"]);
    assert_eq!(walked.problems.len(), 1, "a link that is stored has no content: {:?}", walked.problems);
}

#[test]
fn missing_paths_are_problems_unless_nothing_is_left() {
    let dir = tree(&["x"]);
    let walked = walk(dir.path(), &["gone/deep", "x"]);
    assert_eq!(walked.paths(), ["x"]);
    assert!(walked.problems[0].contains("gone/deep"), "{:?}", walked.problems);
    assert!(Sources::new(dir.path(), &["gone".into()]).is_err());
    assert!(Sources::new(dir.path(), &[]).is_err());
}

#[test]
fn what_vanishes_is_left_out_and_what_was_named_is_reported() {
    let dir = tree(&["a/1", "a/2", "a/3", "b", "c/d"]);
    let paths: Vec<PathBuf> = vec!["a".into(), "b".into(), "c".into()];
    let sources = Sources::new(dir.path(), &paths).unwrap();
    let mut walk = Walk::new(sources, Arc::default(), Arc::default(), WalkOptions::default());
    let first = walk.next().unwrap();
    std::fs::remove_file(dir.path().join("a/2")).unwrap();
    std::fs::remove_file(dir.path().join("b")).unwrap();
    let walked = collect(std::iter::once(first).chain(walk));
    assert_eq!(walked.paths(), ["a", "a/1", "a/3", "c", "c/d"]);
    assert_eq!(walked.problems.len(), 1);
    assert!(walked.problems[0].contains("/b: "), "{:?}", walked.problems);
}

#[test]
fn mount_points_are_empty_directories_if_wanted() {
    let (Ok(dev), Ok(shm)) = (std::fs::metadata("/dev"), std::fs::metadata("/dev/shm")) else {
        return;
    };
    if dev.dev() == shm.dev() {
        return; // Nothing that the tests know is a mount point here.
    }
    let options = WalkOptions { one_file_system: true, stat_only: true, ..WalkOptions::default() };
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    std::fs::write(dir.path().join("x"), "x").unwrap();
    let walked = walk_with("/".as_ref(), &["dev"], Rules::default(), options);
    assert!(walked.paths().contains(&"dev/shm"));
    assert!(!walked.paths().iter().any(|path| path.starts_with("dev/shm/")));
    let named = dir.path().to_str().unwrap();
    let walked = walk_with("/".as_ref(), &["/dev", named], Rules::default(), options);
    assert!(walked.paths().contains(&format!("{}/x", &named[1..]).as_str()));
}

#[test]
fn scanning_counts_what_the_walk_yields() {
    let dir = tree(&["a/12345", "b", "skip/1", "c/"]);
    let mut rules = Rules::default();
    rules.exclude("skip").unwrap();
    let sources = Sources::new(dir.path(), &[".".into()]).unwrap();
    let count = |flow: std::ops::ControlFlow<()>| {
        scan(sources.clone(), Arc::new(rules.clone()), Arc::default(), WalkOptions::default(), |_, _| flow)
    };
    assert_eq!(count(std::ops::ControlFlow::Continue(())), Some((2, 8)));
    assert_eq!(count(std::ops::ControlFlow::Break(())), None);
}

#[test]
fn a_walk_runs_ahead_on_a_thread_of_its_own() {
    let dir = tree(&["a/x", "b"]);
    let sources = Sources::new(dir.path(), &[".".into()]).unwrap();
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let walker = std::thread::spawn(move || {
        Walk::new(sources, Arc::default(), Arc::default(), WalkOptions::default()).for_each(|event| {
            sender.send(event).expect("the receiver waits for the end");
        });
    });
    assert_eq!(collect(receiver.into_iter()).paths(), ["a", "a/x", "b"]);
    walker.join().unwrap();
}
