//! Restores that end early and are run again.
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::*;
use crate::error::Error;
use crate::monitor::{Event, Monitor};
use crate::ops::testing::{PASSWORD, TestRepo, Watched};

/// Asks to stop when so many bytes are restored.
struct StopAt(u64, AtomicU64);

impl Monitor for StopAt {
    fn event(&self, event: Event<'_>) {
        if let Event::Progress { bytes, .. } = event {
            self.1.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    fn stop(&self) -> bool {
        self.1.load(Ordering::Relaxed) >= self.0
    }
}

struct Scene {
    test: TestRepo,
    backend: Arc<Watched>,
    repo: Repository,
    snapshot: SnapshotInfo,
    target: tempfile::TempDir,
}

impl Scene {
    fn of(files: &[(&str, Vec<u8>)]) -> Self {
        let test = TestRepo::new();
        files.iter().for_each(|(name, content)| test.file(name, content));
        test.backup();
        let backend = Arc::new(Watched::new(test.backend.clone()));
        let open = OpenOptions { kdf_floor: 1, ..OpenOptions::default() };
        let repo =
            Repository::open(backend.clone(), SystemWorld::new(), PASSWORD, &open, &Recorder::default()).unwrap();
        let snapshot = test.snapshots().remove(0);
        Scene { test, backend, repo, snapshot, target: tempfile::tempdir().unwrap() }
    }

    fn options(&self) -> RestoreOptions {
        options(self.target.path().to_owned(), self.test.source_path().into_bytes())
    }

    /// Bytes read of packs, and what came of it.
    fn restore(&self, options: &RestoreOptions) -> (u64, RestoreReport) {
        let before = self.backend.bytes_read.load(Ordering::Relaxed);
        let report = restore(&self.repo, &self.snapshot, options, &Recorder::default()).unwrap();
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        (self.backend.bytes_read.load(Ordering::Relaxed) - before, report)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.target.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Makes the mark that of another process (line 4) or boot (line 2).
    fn change_mark(&self, line: usize, to: &str) {
        let name = self.names().into_iter().find(|name| name.ends_with(".run")).expect("a mark");
        let path = self.target.path().join(name);
        let text = fs::read_to_string(&path).unwrap();
        let lines =
            text.lines().enumerate().map(|(number, old)| if number == line { to } else { old }.to_owned() + "\n");
        fs::write(path, lines.collect::<String>()).unwrap();
    }

    fn stop_at(&self, bytes: u64) {
        let stopped = restore(&self.repo, &self.snapshot, &self.options(), &StopAt(bytes, AtomicU64::new(0)));
        assert!(matches!(stopped, Err(Error::Stopped { .. })), "{stopped:?}");
    }
}

#[test]
fn an_unfinished_file_is_gone_on_with() {
    let content = noise(1, 6 << 20);
    let scene = Scene::of(&[("large", content.clone())]);
    scene.stop_at(3 << 20);
    let names = scene.names();
    assert!(names.len() == 2 && names.iter().all(|name| name.starts_with(".caddis-restore-")), "{names:?}");
    // It is this process, which runs: nobody touches its files.
    let beside = RestoreOptions { delete: true, ..scene.options() };
    let (_, report) = scene.restore(&RestoreOptions { dry_run: true, ..beside.clone() });
    assert_eq!((report.bytes_written, report.files_deleted), (6 << 20, 0));
    scene.change_mark(4, "1");
    let (_, dry) = scene.restore(&RestoreOptions { dry_run: true, ..beside });
    let (read, report) = scene.restore(&scene.options());
    assert!(read < 4 << 20, "{read} bytes were read");
    assert!(report.bytes_written < 4 << 20 && report.bytes_skipped > 2 << 20, "{report:?}");
    assert_eq!((dry.bytes_written, report.files_restored), (report.bytes_written, 1));
    assert_eq!(scene.names(), ["large"]);
    assert_eq!(fs::read(scene.target.path().join("large")).unwrap(), content);
}

#[test]
fn what_was_begun_with_other_content_is_put_right() {
    let scene = Scene::of(&[("large", noise(1, 4 << 20))]);
    let file = fs::File::options().write(true).open(scene.test.source.path().join("large")).unwrap();
    // The next snapshot has a hole where there may be anything.
    file.set_len(1 << 20).unwrap();
    file.set_len(4 << 20).unwrap();
    file.write_all_at(&noise(2, 2 << 20), 2 << 20).unwrap();
    scene.test.backup();
    scene.stop_at(3 << 20);
    scene.change_mark(4, "1");
    let name = scene.names().into_iter().find(|name| !name.ends_with(".run")).expect("kept");
    let kept = fs::File::options().write(true).open(scene.target.path().join(name)).unwrap();
    kept.write_all_at(&noise(3, 5 << 20), 0).unwrap();
    let snapshot = scene.test.snapshots().pop().unwrap();
    restore(&scene.repo, &snapshot, &RestoreOptions { sparse: true, ..scene.options() }, &Recorder::default()).unwrap();
    let source = fs::read(scene.test.source.path().join("large")).unwrap();
    assert!(fs::read(scene.target.path().join("large")).unwrap() == source);
    assert_eq!(scene.names(), ["large"]);
}

#[test]
fn files_of_dead_runs_that_nobody_needs_go() {
    let scene = Scene::of(&[("large", noise(1, 6 << 20)), ("sub/x", b"x".to_vec())]);
    scene.stop_at(3 << 20);
    scene.change_mark(4, "1");
    let mut excludes = Rules::default();
    excludes.exclude("large").unwrap();
    scene.restore(&RestoreOptions { excludes, ..scene.options() });
    let names = scene.names();
    // The mark stays: it is about more than this run.
    assert!(names.len() == 2 && names[0].ends_with(".run") && names[1] == "sub", "{names:?}");
    scene.restore(&scene.options());
    assert_eq!(scene.names(), ["large", "sub"]);
}

#[test]
fn after_a_power_failure_sizes_and_times_are_not_believed() {
    for (policy, repaired) in [(Overwrite::IfChanged, true), (Overwrite::IfNewer, true), (Overwrite::Never, false)] {
        let scene = Scene::of(&[("a", noise(1, 300_000)), ("large", noise(2, 6 << 20))]);
        let policy = RestoreOptions { overwrite: policy, verify: false, ..scene.options() };
        scene.stop_at(3 << 20);
        scene.change_mark(2, "00ff");
        let there = scene.target.path().join("a");
        let time = fs::metadata(scene.test.source.path().join("a")).unwrap().modified().unwrap();
        fs::write(&there, vec![0; 300_000]).unwrap();
        fs::File::open(&there).unwrap().set_modified(time).unwrap();
        let monitor = Recorder::default();
        restore(&scene.repo, &scene.snapshot, &policy, &monitor).unwrap();
        assert!(monitor.notes().iter().any(|note| note.contains("not believed")), "{:?}", monitor.notes());
        assert_eq!(fs::read(&there).unwrap() == noise(1, 300_000), repaired, "{policy:?}");
        assert_eq!(scene.names(), ["a", "large"]);
        // Now they are.
        fs::write(&there, vec![0; 300_000]).unwrap();
        fs::File::open(&there).unwrap().set_modified(time).unwrap();
        scene.restore(&policy);
        assert!(fs::read(&there).unwrap() == vec![0; 300_000]);
    }
}

#[test]
fn an_empty_target_becomes_the_directory_also_in_two_runs() {
    let scene = Scene::of(&[("large", noise(1, 6 << 20))]);
    let source = scene.test.source.path();
    fs::set_permissions(source, fs::Permissions::from_mode(0o550)).unwrap();
    scene.test.backup();
    let snapshot = scene.test.snapshots().pop().unwrap();
    scene.stop_at(3 << 20);
    scene.change_mark(4, "1");
    restore(&scene.repo, &snapshot, &scene.options(), &Recorder::default()).unwrap();
    let facts = |path: &Path| fs::metadata(path).map(|meta| (meta.mode(), meta.mtime(), meta.mtime_nsec())).unwrap();
    assert_eq!(facts(scene.target.path()), facts(source));
}

#[test]
fn a_file_with_several_names_gives_what_is_right_of_it_to_the_new_one() {
    let scene = Scene::of(&[("large", noise(1, 3 << 20))]);
    let (there, other) = (scene.target.path().join("large"), scene.target.path().join("other name"));
    let mut changed = noise(1, 3 << 20);
    changed[1_000_000] ^= 1;
    fs::write(&there, &changed).unwrap();
    fs::hard_link(&there, &other).unwrap();
    let (read, report) = scene.restore(&scene.options());
    assert!(read < 1 << 20, "{read} bytes were read");
    assert_eq!((report.files_updated, report.bytes_written), (1, 3 << 20));
    assert!(fs::read(&there).unwrap() == noise(1, 3 << 20) && fs::read(&other).unwrap() == changed);
}

#[test]
fn the_plan_is_what_is_read_after_comparing() {
    struct Plans(Recorder);
    impl Monitor for Plans {
        fn event(&self, event: Event<'_>) {
            self.0.event(event);
        }

        fn wants_plan(&self) -> bool {
            true
        }
    }
    let scene = Scene::of(&[("large", noise(1, 3 << 20)), ("same", noise(2, 1 << 20))]);
    let mut changed = noise(1, 3 << 20);
    changed[1_000_000] ^= 1;
    fs::write(scene.target.path().join("large"), &changed).unwrap();
    fs::write(scene.target.path().join("same"), noise(2, 1 << 20)).unwrap();
    let monitor = Plans(Recorder::default());
    let dry = RestoreOptions { dry_run: true, ..scene.options() };
    restore(&scene.repo, &scene.snapshot, &dry, &monitor).unwrap();
    let before = scene.backend.bytes_read.load(Ordering::Relaxed);
    restore(&scene.repo, &scene.snapshot, &scene.options(), &monitor).unwrap();
    let read = scene.backend.bytes_read.load(Ordering::Relaxed) - before;
    let [dry, plan] = &monitor.0.plans()[..] else { panic!("{:?}", monitor.0.plans()) };
    assert!(!plan.is_at_most && (dry.bytes, dry.requests) == (plan.bytes, plan.requests), "{dry:?} {plan:?}");
    assert!(
        plan.bytes > 0 && plan.bytes < 400_000 && plan.bytes <= read && read < plan.bytes + 200_000,
        "{plan:?} {read}"
    );
}

#[test]
fn the_end_is_known_while_files_are_restored() {
    /// Holds the first progress back until the total is known.
    struct Waits(AtomicBool, AtomicU64);
    impl Monitor for Waits {
        fn event(&self, event: Event<'_>) {
            match event {
                Event::Total { items, bytes, complete: true } => {
                    assert_eq!((items, bytes), (300, 300 * 2000 + 2000));
                    self.0.store(true, Ordering::Release);
                }
                Event::Progress { items, bytes } => {
                    for _ in 0..2000 {
                        if self.0.load(Ordering::Acquire) {
                            break;
                        }
                        std::thread::sleep(Duration::from_millis(10));
                    }
                    assert!(self.0.load(Ordering::Acquire), "the total is not known");
                    assert!(items <= 1);
                    self.1.fetch_add(bytes, Ordering::Relaxed);
                }
                _ => {}
            }
        }
    }
    let content = |number: u64| noise(number, if number == 7 { 4000 } else { 2000 });
    let files: Vec<_> = (0..300).map(|number| (format!("d{}/{number}", number % 7), content(number))).collect();
    let scene = Scene::of(&files.iter().map(|(name, content)| (name.as_str(), content.clone())).collect::<Vec<_>>());
    fs::hard_link(scene.test.source.path().join("d0/7"), scene.test.source.path().join("d0/again")).unwrap();
    scene.test.backup();
    let monitor = Waits(AtomicBool::new(false), AtomicU64::new(0));
    let options = RestoreOptions { scan: true, ..scene.options() };
    let snapshot = scene.test.snapshots().pop().unwrap();
    restore(&scene.repo, &snapshot, &options, &monitor).unwrap();
    assert_eq!(monitor.1.load(Ordering::Relaxed), 300 * 2000 + 2000, "all of it was told");
}
