//! Copies between repositories in memory: what is stored, what is read, and what is not.
use std::os::unix::fs::{FileExt, symlink};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::*;
use crate::backend::{Backend, ErrorKind, Family, MemoryBackend, ObjectName};
use crate::format::ChunkerConfig;
use crate::fs::source::Rules;
use crate::fs::target::Overwrite;
use crate::monitor::{Recorder, Silent};
use crate::ops::restore::{RestoreOptions, restore};
use crate::ops::testing::{CHEAP, PASSWORD, TestRepo, Watched, noise, text};
use crate::repo::{DeltaMode, InitOptions, OpenOptions};
use crate::world::{SystemWorld, World};

fn options() -> CopyOptions {
    let owner = SessionOwner { host: "host".to_owned(), label: None, process: SystemWorld::new().process() };
    CopyOptions { owner, dry_run: false, compression: None, extra_verify: true }
}

fn init_options() -> InitOptions {
    InitOptions {
        pack_size: 512 << 10,
        parity: (3, 1),
        chunker: ChunkerConfig { min: 8 << 10, average: 32 << 10, max: 128 << 10, level: 1 },
        compression: Compression::Auto,
        delta: DeltaMode::Auto,
        inline_limit: 64,
        frame_target: 128 << 10,
        single_writer: false,
        settings: Default::default(),
        kdf: CHEAP,
        locations: Vec::new(),
        host: "host".to_owned(),
        user: "user".to_owned(),
    }
}

/// A target with settings of its own, or one that cuts like `like`.
fn target(like: Option<&Repository>) -> TestRepo {
    let mut made = TestRepo::new();
    let world = SystemWorld::new();
    made.backend = Arc::new(MemoryBackend::new(world.clone()));
    let open = OpenOptions { kdf_floor: 1, ..OpenOptions::default() };
    let (backend, options) = (made.backend.clone(), init_options());
    made.repo = match like {
        None => Repository::init(backend, world, PASSWORD, &options, &open),
        Some(like) => Repository::init_like(like, backend, world, PASSWORD, &options, &open),
    }
    .unwrap();
    made
}

fn run(source: &Repository, target: &Repository, wanted: &[SnapshotInfo]) -> CopyReport {
    let mut report = CopyReport::default();
    copy(source, target, wanted, &options(), &mut report, &Silent).unwrap();
    report
}

fn copied(report: &CopyReport) -> usize {
    report.count(|outcome| matches!(outcome, Outcome::Copied(_)))
}

/// Every kind of file that a backup stores in its own way.
fn fill(source: &TestRepo) {
    source.file("empty", b"");
    source.file("inline", b"short");
    source.file("small", text(1).as_bytes());
    source.file("sub/deep/again", text(1).as_bytes());
    source.file("large", &noise(2, 3_000_000));
    // More chunks than fit into a node.
    source.file("long", &noise(3, 24_000_000));
    let root = source.source.path();
    std::fs::hard_link(root.join("small"), root.join("link")).unwrap();
    symlink("large", root.join("symlink")).unwrap();
    let sparse = std::fs::File::create(root.join("sparse")).unwrap();
    sparse.set_len(5_000_000).unwrap();
    sparse.write_at(&noise(4, 100_000), 2_000_000).unwrap();
    for name in ["user.long", "user.short"] {
        let value = noise(5, if name == "user.long" { 6_000 } else { 20 });
        // Not every file system has them.
        let _ = rustix::fs::setxattr(root.join("small"), name, &value, rustix::fs::XattrFlags::empty());
        let _ = rustix::fs::setxattr(root.join("sub"), name, &value, rustix::fs::XattrFlags::empty());
    }
    for number in 0..300 {
        source.file(&format!("many/{number:03}"), format!("{number} {}", "x".repeat(number)).as_bytes());
    }
}

fn restore_options(target: &std::path::Path) -> RestoreOptions {
    RestoreOptions {
        target: target.to_owned(),
        path: Vec::new(),
        includes: None,
        excludes: Rules::default(),
        overwrite: Overwrite::Always,
        delete: false,
        dry_run: false,
        verify: true,
        sparse: false,
        heal: false,
        ..RestoreOptions::default()
    }
}

/// Path, mode, size, link count and content of all that a restore makes.
fn restored(repo: &Repository, snapshot: &SnapshotInfo) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let options = restore_options(folder.path());
    let report = restore(repo, snapshot, &options, &Silent).unwrap();
    assert_eq!(report.problems, Vec::new());
    let mut found = Vec::new();
    let mut folders = vec![folder.path().to_owned()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(&at).unwrap().map(Result::unwrap) {
            use std::os::unix::fs::MetadataExt;
            let path = entry.path();
            let metadata = path.symlink_metadata().unwrap();
            let content = match () {
                () if metadata.is_dir() => {
                    folders.push(path.clone());
                    String::new()
                }
                () if metadata.is_symlink() => std::fs::read_link(&path).unwrap().display().to_string(),
                () => blake3::hash(&std::fs::read(&path).unwrap()).to_string(),
            };
            let mut xattr = [0; 8192];
            let xattr = rustix::fs::getxattr(&path, "user.long", &mut xattr).map_or(0, |len| xattr[..len].len());
            let name = path.strip_prefix(folder.path()).unwrap().display();
            let (mode, mtime) = (metadata.mode(), metadata.mtime_nsec());
            found.push(format!("{name} {mode:o} {} {mtime} {xattr} {content}", metadata.nlink()));
        }
    }
    found.sort();
    assert!(found.len() > 1, "{found:?}");
    found
}

#[test]
fn a_copy_restores_like_its_source_and_is_made_once() {
    let (source, target) = (TestRepo::new(), target(None));
    fill(&source);
    // A directory that is cut into pieces.
    for number in 0..4_000 {
        source.file(&format!("thousands/{number}"), &noise(number, 70 + number as usize % 50));
    }
    source.backup();
    let first = source.snapshots();
    let report = run(&source.repo, &target.repo, &first);
    assert_eq!(copied(&report), 1);
    let there = target.snapshots();
    assert_eq!(restored(&target.repo, &there[0]), restored(&source.repo, &first[0]));
    assert_eq!((there[0].snapshot.time, &there[0].snapshot.host), (first[0].snapshot.time, &first[0].snapshot.host));
    let origin = Origin { repository: source.repo.id(), snapshot: first[0].id, root: first[0].snapshot.root.unwrap() };
    assert_eq!(there[0].snapshot.origin, Some(origin));
    // Again: nothing, not even a session.
    let before = target.backend.list(Family::Snapshots).unwrap().len();
    let again = run(&source.repo, &target.repo, &first);
    assert_eq!(again.snapshots, [(first[0].id, Outcome::AlreadyThere(there[0].id))]);
    assert_eq!((again.blobs_read, target.backend.list(Family::Snapshots).unwrap().len()), (0, before));
    // And back: it was made there.
    let back = run(&target.repo, &source.repo, &there);
    assert_eq!(back.snapshots, [(there[0].id, Outcome::AlreadyThere(first[0].id))]);
}

#[test]
fn a_second_copy_reads_only_what_is_new() {
    let (source, target) = (TestRepo::new(), target(None));
    fill(&source);
    source.backup();
    run(&source.repo, &target.repo, &source.snapshots());
    source.file("sub/new", &noise(9, 50_000));
    let mut long = noise(3, 24_000_000);
    long[12_000_000..12_000_100].fill(7);
    source.file("long", &long);
    source.backup();
    let all = source.snapshots();
    let backend = Arc::new(Watched::new(source.backend.clone()));
    let open = OpenOptions { kdf_floor: 1, ..OpenOptions::default() };
    let watched = Repository::open(backend.clone(), SystemWorld::new(), PASSWORD, &open, &Silent).unwrap();
    let report = run(&watched, &target.repo, &all);
    assert_eq!(copied(&report), 1);
    // 24 MB have some 1,500 chunks, of which few changed.
    assert!(report.bytes_read < 1_000_000, "{report:?}");
    assert!(backend.bytes_read.load(Ordering::Relaxed) < 6_000_000);
    assert!(report.written.raw_bytes[0] < 1_000_000, "{report:?}");
    let there = target.snapshots();
    assert_eq!(restored(&target.repo, &there[1]), restored(&source.repo, &all[1]));
    assert_eq!(there[1].snapshot.parent, Some(there[0].id));
}

#[test]
fn what_is_a_delta_in_the_source_is_one_in_the_target() {
    let (source, target) = (TestRepo::new(), target(None));
    let mut content = noise(1, 1_000_000);
    source.file("a", &content);
    source.backup();
    run(&source.repo, &target.repo, &source.snapshots());
    for at in (50_000..1_000_000).step_by(100_000) {
        content[at..at + 50].fill(7);
    }
    source.file("a", &content);
    source.backup();
    let report = run(&source.repo, &target.repo, &source.snapshots());
    // Noise that was stored in full would take as much again, and parity.
    assert!(report.written.stored_bytes < report.written.raw_bytes[0] / 2, "{report:?}");
    restored_names(&target.repo, &target.snapshots()[1], "a");
}

#[test]
fn snapshots_of_one_run_share_what_they_have_in_common() {
    let (source, target) = (TestRepo::new(), target(None));
    fill(&source);
    for number in 0..4 {
        source.file("changing", &noise(100 + number, 30_000));
        source.backup();
    }
    let report = run(&source.repo, &target.repo, &source.snapshots());
    assert_eq!(copied(&report), 4);
    let data: u64 = 3_000_000 + 24_000_000 + 200_000 + 4 * 30_000;
    assert!(report.bytes_read < data + 300_000, "{report:?}");
    for (old, new) in source.snapshots().iter().zip(target.snapshots()) {
        assert_eq!(restored(&target.repo, &new), restored(&source.repo, old));
    }
}

#[test]
fn what_cuts_alike_deduplicates_with_backups() {
    let source = TestRepo::new();
    fill(&source);
    source.backup();
    for like in [false, true] {
        let mut target = target(like.then_some(&source.repo));
        assert_eq!(source.repo.cuts_like(&target.repo), like);
        run(&source.repo, &target.repo, &source.snapshots());
        target.source = tempfile::tempdir().unwrap();
        target.file("elsewhere", &noise(3, 24_000_000));
        let report = target.backup();
        assert_eq!(report.raw_added[0] < 1_000_000, like, "{report:?}");
        // Also after it was opened by somebody else.
        let opened = target.open(PASSWORD).unwrap();
        assert_eq!(source.repo.cuts_like(&opened), like);
    }
}

#[test]
fn filters_and_dry_runs() {
    let (source, target) = (TestRepo::new(), target(None));
    source.file("a", b"a");
    source.backup();
    source.backup();
    let all = source.snapshots();
    let mut report = CopyReport::default();
    let dry = CopyOptions { dry_run: true, ..options() };
    copy(&source.repo, &target.repo, &all[..1], &dry, &mut report, &Silent).unwrap();
    assert_eq!(report.snapshots, [(all[0].id, Outcome::WouldCopy)]);
    assert_eq!(target.snapshots().len(), 0);
    assert_eq!(copied(&run(&source.repo, &target.repo, &all[1..])), 1);
    assert_eq!(target.snapshots()[0].snapshot.time, all[1].snapshot.time);
    let same = copy(&source.repo, &source.open(PASSWORD).unwrap(), &all, &dry, &mut report, &Silent);
    assert!(same.unwrap_err().to_string().contains("the one to copy from"));
}

#[test]
fn a_damaged_source_is_told_and_the_rest_is_copied() {
    let (mut source, target) = (TestRepo::new(), target(None));
    // A tree that is a delta of one that is lost would be lost too.
    source.delta = DeltaMode::Off;
    source.file("a", &noise(1, 3_000_000));
    source.backup();
    let data: Vec<ObjectName> =
        source.backend.list(Family::Packs).unwrap().into_iter().map(|listed| listed.name).collect();
    std::fs::remove_file(source.source.path().join("a")).unwrap();
    source.file("b", &noise(2, 100_000));
    source.backup();
    // More packs of the first stripes than parity can bring back.
    for name in &data {
        let mut bytes = source.backend.get(name, 1 << 20).unwrap();
        bytes.iter_mut().skip(300).step_by(3).for_each(|byte| *byte ^= 1);
        source.backend.overwrite(name, &bytes);
    }
    let all = source.snapshots();
    let recorder = Recorder::default();
    let mut report = CopyReport::default();
    let reopened = source.open(PASSWORD).unwrap();
    copy(&reopened, &target.repo, &all, &options(), &mut report, &recorder).unwrap();
    assert!(matches!(&report.snapshots[0].1, Outcome::Unreadable(cause) if cause.contains("cannot be")), "{report:?}");
    assert!(matches!(report.snapshots[1].1, Outcome::Copied(_)), "{report:?}");
    assert_eq!(recorder.problems()[0].item, format!("snapshot {}", all[0].id.short()));
    let there = target.snapshots();
    assert_eq!((there.len(), there[0].snapshot.time), (1, all[1].snapshot.time));
    restored_names(&target.repo, &there[0], "b");
}

/// Asks to stop once so many bytes were copied.
struct StopsAfter(std::sync::atomic::AtomicU64, u64);

impl Monitor for StopsAfter {
    fn event(&self, event: Event<'_>) {
        if let Event::Progress { bytes, .. } = event {
            self.0.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    fn stop(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= self.1
    }
}

#[test]
fn what_an_interrupted_copy_stored_is_not_stored_again() {
    let (source, target) = (TestRepo::new(), target(None));
    source.file("large", &noise(3, 24_000_000));
    source.backup();
    let mut report = CopyReport::default();
    let mut dead = options();
    // As if this process had been another one that is gone.
    dead.owner.process.start += 1;
    let stops = StopsAfter(Default::default(), 12_000_000);
    let stopped = copy(&source.repo, &target.repo, &source.snapshots(), &dead, &mut report, &stops);
    assert!(matches!(stopped, Err(Error::Stopped { .. })), "{stopped:?}");
    assert_eq!((report.snapshots.len(), target.snapshots().len()), (0, 0));
    let stored = report.written.raw_bytes[0];
    assert!(stored >= 10_000_000, "{report:?}");
    let again = run(&source.repo, &target.open(PASSWORD).unwrap(), &source.snapshots());
    assert!(again.resumed && copied(&again) == 1, "{again:?}");
    // What was not in a full pack yet is lost: frames of each thread, and what waits to be packed.
    assert!(again.written.raw_bytes[0] < 23_000_000, "{stored} {again:?}");
    assert_eq!(
        restored(&target.repo, &target.snapshots()[0]).len(),
        restored(&source.repo, &source.snapshots()[0]).len()
    );
}

#[test]
fn what_the_target_has_lost_is_stored_again() {
    let (source, target) = (TestRepo::new(), target(None));
    source.file("a", &noise(1, 600_000));
    source.backup();
    run(&source.repo, &target.repo, &source.snapshots());
    // Everything goes that a repair would give up.
    for listed in target.backend.list(Family::Index).unwrap() {
        target.backend.delete(&listed.name).unwrap();
    }
    source.file("b", b"something else, so that there is another snapshot");
    source.backup();
    let all = source.snapshots();
    let reopened = target.open(PASSWORD).unwrap();
    let report = run(&source.repo, &reopened, &all);
    assert_eq!(copied(&report), 1, "{report:?}");
    assert!(report.bytes_read >= 600_000, "{report:?}");
    restored_names(&reopened, &target.snapshots()[1], "a");
    assert_eq!(report.snapshots[1].0, all[1].id);
}

fn restored_names(repo: &Repository, snapshot: &SnapshotInfo, name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let options = restore_options(folder.path());
    assert_eq!(restore(repo, snapshot, &options, &Silent).unwrap().problems, Vec::new());
    let found: Vec<_> = walk(folder.path()).into_iter().filter(|path| path.ends_with(name)).collect();
    assert_eq!(found.len(), 1, "{found:?}");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(walk(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found
}

#[test]
fn packs_that_are_too_small_for_the_chunks_are_refused() {
    let source = TestRepo::new();
    source.file("a", b"a");
    source.backup();
    let mut large = init_options();
    large.pack_size = 4 << 20;
    large.chunker = ChunkerConfig { min: 64 << 10, average: 256 << 10, max: 1 << 20, level: 1 };
    let world = SystemWorld::new();
    let open = OpenOptions { kdf_floor: 1, ..OpenOptions::default() };
    let backend = Arc::new(MemoryBackend::new(world.clone()));
    let large = Repository::init(backend, world, PASSWORD, &large, &open).unwrap();
    run(&source.repo, &large, &source.snapshots());
    let there = list(&large, &SnapshotFilter::default(), &Silent).unwrap();
    let mut report = CopyReport::default();
    let other = TestRepo::new();
    let error = copy(&large, &other.repo, &there, &options(), &mut report, &Silent).unwrap_err();
    assert!(error.to_string().contains("2097152"), "{error}");
    assert_eq!(other.backend.list(Family::Sessions).unwrap().len(), 0);
    assert!(matches!(
        other.backend.get(&ObjectName::Config(2), 100).map_err(|error| error.kind),
        Err(ErrorKind::NotFound)
    ));
}
