//! Trees that are deeper, and paths that are longer, than the system takes in one call.
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, CWD, Mode, OFlags};

use super::*;

fn open(dir: impl std::os::fd::AsFd, name: &str) -> OwnedFd {
    rustix::fs::openat(dir, name, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).unwrap()
}

/// Makes a chain of directories, with the files `0` and `z` in each.
fn chain(top: &Path, name: &str, depth: usize) {
    let mut dir = open(CWD, top.to_str().unwrap());
    for _ in 0..depth {
        for file in ["0", "z"] {
            let flags = OFlags::CREATE | OFlags::WRONLY;
            let fd = rustix::fs::openat(&dir, file, flags, Mode::from(0o600)).unwrap();
            rustix::io::write(&fd, file.as_bytes()).unwrap();
        }
        rustix::fs::mkdirat(&dir, name, Mode::from(0o700)).unwrap();
        dir = open(&dir, name);
    }
}

/// Removes the chain from below, because libraries do that by recursion.
fn remove_chain(top: &Path, name: &str, depth: usize) {
    let mut dir = open(CWD, top.to_str().unwrap());
    for _ in 0..depth {
        dir = open(&dir, name);
    }
    for _ in 0..depth {
        dir = open(&dir, "..");
        rustix::fs::unlinkat(&dir, name, AtFlags::REMOVEDIR).unwrap();
        for file in ["0", "z"] {
            rustix::fs::unlinkat(&dir, file, AtFlags::empty()).unwrap();
        }
    }
}

fn walk_chain(name: &str, depth: usize) {
    let dir = tempfile::tempdir().unwrap();
    chain(dir.path(), name, depth);
    let sources = Sources::new(dir.path(), &[".".into()]).unwrap();
    let (mut level, mut deepest, mut files) = (0, 0, 0);
    let mut entries = Vec::new();
    for event in Walk::new(sources, Arc::default(), Arc::default(), WalkOptions::default()) {
        match event {
            Event::Enter(_) => level += 1,
            Event::Leave => level -= 1,
            Event::Entry(entry) => {
                files += 1;
                entries.push(entry);
            }
            Event::LeftOut(path, _) => panic!("{} is left out", path.escape_ascii()),
            Event::Problem(problem) => panic!("{}", problem.message),
        }
        deepest = deepest.max(level);
    }
    // All of them are kept until now: far more directories than may be open.
    for Entry { place, mut node } in entries.into_iter().rev().step_by(97) {
        let mut file = SourceFile::open(&place, &mut node, &Names::default()).unwrap();
        let mut buffer = [0; 9];
        assert_eq!(file.read(&mut buffer).unwrap(), 1);
        assert_eq!(buffer[..1], node.name);
        assert!(!file.finish().unwrap().changed);
    }
    remove_chain(dir.path(), name, depth);
    assert_eq!((deepest, files), (depth, 2 * depth));
}

#[test]
fn ten_thousand_levels() {
    walk_chain("d", 10_000);
}

#[test]
fn paths_of_a_hundred_thousand_bytes() {
    walk_chain(&"n".repeat(250), 400);
}

/// Walks 60 levels down, lets `change` happen while the upper directories are closed, and goes on to the end.
fn walk_with_change_at_the_bottom(change: impl FnOnce(&Path)) -> Walked {
    let dir = tempfile::tempdir().unwrap();
    chain(dir.path(), "d", 60);
    let sources = Sources::new(dir.path(), &["d".into()]).unwrap();
    let mut walk = Walk::new(sources, Arc::default(), Arc::default(), WalkOptions::default());
    let mut events: Vec<_> = walk.by_ref().take_while(|event| !matches!(event, Event::Leave)).collect();
    events.push(Event::Leave);
    change(dir.path());
    collect(events.into_iter().chain(walk))
}

#[test]
fn a_subdirectory_that_is_moved_away_does_not_lead_astray() {
    let walked = walk_with_change_at_the_bottom(|top| {
        std::fs::rename(top.join("d/d/d/d/d"), top.join("moved")).unwrap();
    });
    assert_eq!(walked.problems, [""; 0]);
    // The topmost pair of files is beside the source; the last directory has none.
    assert_eq!(walked.nodes.len(), 60 + 2 * 59);
}

#[test]
fn a_directory_that_cannot_be_found_again_is_a_problem() {
    let walked = walk_with_change_at_the_bottom(|top| {
        std::fs::rename(top.join("d/d/d/d/d"), top.join("moved")).unwrap();
        std::fs::rename(top.join("d/d/d/d"), top.join("gone")).unwrap();
        std::fs::create_dir(top.join("d/d/d/d")).unwrap();
    });
    assert_eq!(walked.problems.len(), 1, "{:?}", walked.problems);
    assert!(walked.problems[0].contains("/d/d/d/d: Could not go on"), "{:?}", walked.problems);
    assert_eq!(walked.nodes.len(), 60 + 2 * 59 - 1, "the last file of that directory is missing, nothing else");
}
