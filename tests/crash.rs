//! The machine stops at every storage operation of every scenario; afterwards everything committed reads as before, and the next run just works.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test that tells where it failed")]

#[allow(dead_code, reason = "shared with other tests")]
mod engine;
#[allow(dead_code, reason = "shared with other tests")]
mod faults;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use caddis::backend::{Backend, Family, MemoryBackend, ObjectName};
use caddis::error::{Error, Result};
use caddis::id::SessionId;
use caddis::monitor::Silent;
use caddis::ops::backup::{BackupOptions, BackupReport};
use caddis::ops::check::{ReadData, Severity, check};
use caddis::ops::repair::RepairOptions;
use caddis::ops::{self, keys};
use caddis::repo::Repository;
use engine::{
    CHEAP, PASSWORD, Picture, TestWorld, back_up, backup_options, init, noise, open, open_options, pictures, snapshots,
};
use faults::{Fault, FaultBackend, Op};
use tempfile::TempDir;

/// How the machine stops.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stop {
    /// Before the operation had any effect.
    Before,
    /// The operation was done and its answer is lost.
    After,
    /// As before, and packs that no barrier has made durable are lost, or damaged, in turn.
    PowerCut,
}

/// A source directory, storage that can fail, and a world.
struct Scene {
    dir: TempDir,
    world: Arc<TestWorld>,
    memory: Arc<MemoryBackend>,
    backend: Arc<FaultBackend>,
}

impl Scene {
    fn new() -> Scene {
        let world = TestWorld::new();
        let memory = Arc::new(MemoryBackend::new(world.clone()));
        let backend = FaultBackend::new(memory.clone());
        let dir = TempDir::new().unwrap();
        fs::create_dir_all(dir.path().join("src/sub")).unwrap();
        Scene { dir, world, memory, backend }
    }

    fn src(&self) -> PathBuf {
        self.dir.path().join("src")
    }

    fn file(&self, name: &str, bytes: &[u8]) {
        fs::write(self.src().join(name), bytes).unwrap();
    }

    /// The source of a first backup: several packs, long and short files.
    fn first_files(&self) {
        for n in 0..6 {
            self.file(&format!("sub/noise{n}"), &noise(n, 100_000));
        }
        self.file("text", &b"all work and no play ".repeat(5_000));
        self.file("short", b"short");
        std::os::unix::fs::symlink("text", self.src().join("link")).unwrap();
    }

    /// What has changed before the second one.
    fn second_files(&self) {
        self.file("sub/noise1", &noise(11, 90_000));
        self.file("sub/new", &noise(12, 300_000));
        self.file("text", &b"all play and no work ".repeat(5_000));
        fs::remove_file(self.src().join("short")).unwrap();
    }

    fn init(&self) -> Result<Repository> {
        init(self.backend.clone(), &self.world, (2, 1))
    }

    fn open(&self) -> Result<Repository> {
        open(self.backend.clone(), &self.world)
    }

    fn back_up(&self, options: &BackupOptions) -> Result<BackupReport> {
        back_up(&self.open()?, &self.src(), options)
    }

    /// What was put since the last barrier that succeeded.
    fn not_durable(&self) -> Vec<ObjectName> {
        let calls = self.backend.calls();
        let start = calls.iter().rposition(|call| call.op == Op::Barrier).unwrap_or(0);
        let packs = calls[start..].iter().filter(|call| call.op == Op::PutNew && call.family == Some(Family::Packs));
        packs.filter_map(|call| call.name).collect()
    }

    /// The process is gone, the machine is there again.
    fn restart(&self, stop: Stop) {
        if stop == Stop::PowerCut {
            for (at, name) in self.not_durable().into_iter().enumerate() {
                let contents = self.memory.snapshot_contents();
                let Some(bytes) = contents.get(&name) else { continue };
                match at % 3 {
                    0 => drop(self.memory.remove(&name)),
                    1 => self.memory.overwrite(&name, &bytes[..bytes.len() / 2]),
                    _ => self.memory.overwrite(&name, &vec![0; bytes.len()]),
                }
            }
        }
        self.backend.heal();
        self.backend.forget_calls();
        self.world.next_process();
    }

    fn sessions(&self) -> usize {
        self.memory.list(Family::Sessions).unwrap().len()
    }
}

/// Bytes of the files beneath a directory, by path.
fn files(dir: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            found.extend(files(&path));
        } else if kind.is_file() {
            found.insert(path.as_os_str().as_encoded_bytes().to_vec(), fs::read(&path).unwrap());
        }
    }
    found
}

fn files_of(picture: &Picture) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let files = picture.iter().filter(|(_, (node, _))| node.kind == caddis::model::NodeType::File);
    files.map(|(path, (_, bytes))| (path.clone(), bytes.clone())).collect()
}

/// Runs a scenario once for every operation and way of stopping. `prepare` comes before, `act` is interrupted, `judge` says whether
/// everything is well after the restart; it gets what `prepare` returned and whether `act` said that it had succeeded.
fn at_every_operation<T>(
    prepare: impl Fn(&Scene) -> T,
    act: impl Fn(&Scene) -> Result<()>,
    judge: impl Fn(&Scene, &T, bool),
) -> usize {
    let mut runs = 0;
    for stop in [Stop::Before, Stop::After, Stop::PowerCut] {
        for nth in 0.. {
            let scene = Scene::new();
            let prepared = prepare(&scene);
            scene.backend.forget_calls();
            scene.backend.set(Fault::crash(nth, stop != Stop::Before));
            let succeeded = act(&scene).is_ok();
            if !scene.backend.fired() {
                assert!(succeeded && nth > 5, "{stop:?}: nothing failed, and yet it did not succeed");
                break;
            }
            runs += 1;
            let last = scene.backend.calls().into_iter().nth(nth);
            scene.restart(stop);
            let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| judge(&scene, &prepared, succeeded)));
            if let Err(panic) = judged {
                eprintln!("after a crash {stop:?} at operation {nth}: {last:?}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    runs
}

/// Snapshots of before are there and unchanged.
fn still_reads(scene: &Scene, before: &[(SessionId, Picture)]) {
    let now = pictures(&scene.open().unwrap()).unwrap();
    for (id, picture) in before {
        let found = now.iter().find(|(info, _)| info.id == *id).unwrap_or_else(|| panic!("{id} is gone"));
        assert_eq!(&found.1, picture);
    }
}

/// The next backup works without any help, and its snapshot is the source.
fn next_backup_works(scene: &Scene) -> BackupReport {
    let report = scene.back_up(&backup_options()).unwrap();
    for listed in scene.memory.list(Family::Snapshots).unwrap() {
        assert!(scene.memory.stat(&listed.name.replica().unwrap()).is_ok(), "decisions have their second copy again");
    }
    let id = report.snapshot.unwrap();
    let pictures = pictures(&scene.open().unwrap()).unwrap();
    let (info, picture) = pictures.iter().find(|(info, _)| info.id == id).unwrap();
    assert!(!info.snapshot.partial && !info.snapshot.with_problems);
    assert_eq!(files_of(picture), files(&scene.src()));
    assert_eq!(scene.sessions(), 0, "the dead session was taken up");
    report
}

fn ids_and_pictures(scene: &Scene) -> Vec<(SessionId, Picture)> {
    pictures(&scene.open().unwrap()).unwrap().into_iter().map(|(info, picture)| (info.id, picture)).collect()
}

/// How much of new data there was to store, and how much of it had arrived in which way before the crash.
struct Left {
    index_objects: usize,
    packs: usize,
}

fn left(scene: &Scene) -> Left {
    let count = |family| scene.memory.list(family).unwrap().len();
    Left { index_objects: count(Family::Index), packs: count(Family::Packs) }
}

#[test]
fn making_a_repository() {
    at_every_operation(
        |scene| scene.first_files(),
        |scene| scene.init().map(drop),
        |scene, (), succeeded| {
            if succeeded {
                assert!(scene.open().is_ok());
            }
            // Either it is there, or it can be made.
            match scene.init() {
                Ok(_) => assert!(!succeeded),
                Err(Error::RepositoryExists { .. }) => {}
                Err(error) => panic!("{error}"),
            }
            next_backup_works(scene);
        },
    );
}

#[test]
fn first_backup() {
    let runs = at_every_operation(
        |scene| {
            scene.first_files();
            scene.init().unwrap();
        },
        |scene| scene.back_up(&backup_options()).map(drop),
        |scene, (), succeeded| {
            let left = left(scene);
            let committed = !ids_and_pictures(scene).is_empty();
            assert!(committed || !succeeded, "what was acknowledged is there");
            let report = next_backup_works(scene);
            let added = report.raw_added[0];
            if left.index_objects > 0 {
                assert!(committed || report.resumed);
                assert_eq!(added, 0, "what was indexed is not stored again");
            } else if report.resumed {
                assert!(left.packs > 0 && added < 600_000, "{added}: whole packs are not stored again");
            }
        },
    );
    assert!(runs > 60, "{runs}");
}

#[test]
fn second_backup() {
    let runs = at_every_operation(
        |scene| {
            scene.first_files();
            scene.init().unwrap();
            scene.back_up(&backup_options()).unwrap();
            let before = ids_and_pictures(scene);
            scene.second_files();
            (before, left(scene).index_objects)
        },
        |scene| scene.back_up(&backup_options()).map(drop),
        |scene, (before, index_objects), succeeded| {
            still_reads(scene, before);
            let left = left(scene);
            let committed = snapshots(&scene.open().unwrap(), &Silent).unwrap().len() == 2;
            assert!(committed || !succeeded);
            let report = next_backup_works(scene);
            if left.index_objects > *index_objects {
                assert!(committed || report.resumed);
                assert_eq!(report.raw_added[0], 0, "what was indexed is not stored again");
            }
            still_reads(scene, before);
        },
    );
    assert!(runs > 60, "{runs}");
}

#[test]
fn backup_with_checkpoints() {
    let options = BackupOptions { checkpoint_bytes: 0, ..backup_options() };
    let runs = at_every_operation(
        |scene| {
            scene.first_files();
            // Every entry makes a checkpoint: fewer will do.
            (2..6).for_each(|n| fs::remove_file(scene.src().join(format!("sub/noise{n}"))).unwrap());
            scene.init().unwrap();
        },
        |scene| scene.back_up(&options).map(drop),
        |scene, (), succeeded| {
            // Every checkpoint reads, and holds nothing but what the source has.
            let source = files(&scene.src());
            let before = ids_and_pictures(scene);
            for (_, picture) in &before {
                assert!(files_of(picture).iter().all(|(path, bytes)| source.get(path) == Some(bytes)));
            }
            assert!(!before.is_empty() || !succeeded);
            let held: usize =
                before.iter().map(|(_, picture)| files_of(picture).values().map(Vec::len).sum()).max().unwrap_or(0);
            let report = next_backup_works(scene);
            let total: usize = source.values().map(Vec::len).sum();
            assert!(report.raw_added[0] as usize <= total - held, "what a checkpoint has is not stored again");
            still_reads(scene, &before);
        },
    );
    assert!(runs > 150, "{runs}");
}

/// Which of the passwords open the repository.
fn opening(scene: &Scene, passwords: &[&[u8]]) -> Vec<bool> {
    let open = |password: &&[u8]| {
        Repository::open(scene.backend.clone(), scene.world.clone(), password, &open_options(None), &Silent).is_ok()
    };
    passwords.iter().map(open).collect()
}

/// A repository with a snapshot.
fn with_snapshot(scene: &Scene) -> Vec<(SessionId, Picture)> {
    scene.file("text", &b"some text ".repeat(1_000));
    scene.init().unwrap();
    scene.back_up(&backup_options()).unwrap();
    ids_and_pictures(scene)
}

fn note() -> keys::SlotNote {
    keys::SlotNote { host: "host".to_owned(), user: "user".to_owned(), label: None }
}

#[test]
fn key_add() {
    let add = |scene: &Scene| keys::add(&scene.open()?, b"second", CHEAP, &note()).map(drop);
    at_every_operation(with_snapshot, add, |scene, before, succeeded| {
        let open = opening(scene, &[PASSWORD, b"second"]);
        assert!(open[0] && (open[1] || !succeeded), "{open:?}");
        add(scene).unwrap();
        assert_eq!(opening(scene, &[PASSWORD, b"second"]), [true, true]);
        still_reads(scene, before);
    });
}

#[test]
fn key_remove() {
    let remove = |scene: &Scene| {
        let repo = scene.open()?;
        let other = keys::list(&repo)?.into_iter().find(|slot| !slot.current);
        other.map_or(Ok(()), |slot| keys::remove(&repo, &slot.id.to_string()).map(drop))
    };
    at_every_operation(
        |scene| {
            let before = with_snapshot(scene);
            keys::add(&scene.open().unwrap(), b"second", CHEAP, &note()).unwrap();
            before
        },
        remove,
        |scene, before, succeeded| {
            let open = opening(scene, &[PASSWORD, b"second"]);
            assert!(open[0] && !(open[1] && succeeded), "{open:?}");
            remove(scene).unwrap();
            assert_eq!(opening(scene, &[PASSWORD, b"second"]), [true, false]);
            still_reads(scene, before);
        },
    );
}

#[test]
fn key_passwd() {
    at_every_operation(
        with_snapshot,
        |scene| keys::passwd(&scene.open()?, b"changed", CHEAP, &note()).map(drop),
        |scene, before, succeeded| {
            let open = opening(scene, &[PASSWORD, b"changed"]);
            assert!(open[0] || open[1], "nobody gets in any more");
            assert!(!succeeded || open == [false, true], "{open:?}");
            // Again with the password that works.
            let password: &[u8] = if open[0] { PASSWORD } else { b"changed" };
            let repo =
                Repository::open(scene.backend.clone(), scene.world.clone(), password, &open_options(None), &Silent);
            let repo = repo.unwrap();
            keys::passwd(&repo, PASSWORD, CHEAP, &note()).unwrap();
            still_reads(scene, before);
        },
    );
}

#[test]
fn repair() {
    let mend = |scene: &Scene| {
        let all = RepairOptions { replicas: true, index: true, packs: true, dry_run: false, host: "host".to_owned() };
        ops::repair::repair(&scene.open()?, &all, &Silent)
    };
    let runs = at_every_operation(
        |scene| {
            scene.first_files();
            scene.init().unwrap();
            scene.back_up(&backup_options()).unwrap();
            scene.second_files();
            scene.back_up(&backup_options()).unwrap();
            let before = ids_and_pictures(scene);
            // A config without its second copy, a pack that is gone and an index object that is gone.
            let first = |family| scene.memory.list(family).unwrap()[0].name;
            for family in [Family::ReplicaConfig, Family::Packs, Family::Index] {
                assert!(scene.memory.remove(&first(family)));
            }
            before
        },
        |scene| mend(scene).map(drop),
        |scene, before, _| {
            let report = mend(scene).unwrap();
            assert!(report.packs_lost.is_empty() && report.blobs_lost.is_empty(), "{report:?}");
            still_reads(scene, before);
            let checked = check(&scene.open().unwrap(), ReadData::All, &Silent).unwrap();
            assert!(checked.findings.iter().all(|finding| finding.severity == Severity::Note), "{checked:?}");
            next_backup_works(scene);
            still_reads(scene, before);
        },
    );
    assert!(runs > 100, "{runs}");
}
