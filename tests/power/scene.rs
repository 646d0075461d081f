//! A source, a repository folder on a disk that records, what was acknowledged when; and the judgement of a disk found later.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use caddis::backend::disk::{Disk, System};
use caddis::backend::{Backend, Family, LocalBackend};
use caddis::error::{Error, Result};
use caddis::id::SessionId;
use caddis::model::NodeType;
use caddis::monitor::Silent;
use caddis::ops::check::{ReadData, Severity, check};
use caddis::ops::prune::{MaxUnused, PruneOptions, PruneReport, prune};
use caddis::repo::{Repository, SessionOwner};
use caddis::world::Time;
use tempfile::TempDir;

use crate::disk::{Kind, TestDisk};
use crate::engine::{Picture, TestWorld, back_up, backup_options, init, noise, open, picture, snapshots};

/// What a run has promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    Repository,
    Snapshot(SessionId),
    /// From now on it may be gone.
    Forgetting(SessionId),
    Forgotten(SessionId),
}

/// See the first line of this file.
pub struct Scene {
    dir: TempDir,
    pub repo: PathBuf,
    pub world: Arc<TestWorld>,
    pub disk: Arc<TestDisk>,
    /// With the number of steps of the disk at that time.
    pub promises: Vec<(usize, Promise)>,
    /// Of all snapshots that were ever acknowledged.
    pub pictures: BTreeMap<SessionId, Picture>,
}

/// A folder that costs no writing to a disk where the system has one.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).or_else(|_| TempDir::new()) } else { TempDir::new() }.unwrap()
}

impl Scene {
    pub fn new(kind: Kind) -> Scene {
        let dir = folder();
        fs::create_dir_all(dir.path().join("src/sub")).unwrap();
        fs::create_dir(dir.path().join("base")).unwrap();
        let scene = Scene {
            repo: dir.path().join("base/repo"),
            dir,
            world: TestWorld::new(),
            disk: TestDisk::new(kind),
            promises: Vec::new(),
            pictures: BTreeMap::new(),
        };
        scene.first_files();
        scene
    }

    pub fn src(&self) -> PathBuf {
        self.dir.path().join("src")
    }

    fn file(&self, name: &str, bytes: &[u8]) {
        fs::write(self.src().join(name), bytes).unwrap();
    }

    /// Two data packs.
    fn first_files(&self) {
        (0..4).for_each(|n| self.file(&format!("sub/noise{n}"), &noise(n, 80_000)));
        self.file("text", &b"all work and no play ".repeat(1_000));
        self.file("short", b"short");
    }

    pub fn second_files(&self) {
        self.file("sub/noise1", &noise(11, 90_000));
        self.file("text", &b"all play and no work ".repeat(1_000));
        fs::remove_file(self.src().join("short")).unwrap();
    }

    pub fn third_files(&self) {
        self.file("sub/noise2", &noise(12, 70_000));
    }

    pub fn promise(&mut self, promise: Promise) {
        self.promises.push((self.disk.now(), promise));
    }

    pub fn init(&mut self) -> Result<()> {
        let backend = Arc::new(LocalBackend::create_on(self.disk.clone(), &self.repo)?);
        init(backend, &self.world, (2, 1))?;
        self.promise(Promise::Repository);
        Ok(())
    }

    pub fn open(&self) -> Result<Repository> {
        open(Arc::new(LocalBackend::open_on(self.disk.clone(), &self.repo)?), &self.world)
    }

    /// Every run is a process of its own.
    pub fn back_up(&mut self) -> Result<SessionId> {
        self.world.next_process();
        let report = back_up(&self.open()?, &self.src(), &backup_options())?;
        let id = report.snapshot.expect("it was no dry run");
        self.promise(Promise::Snapshot(id));
        Ok(id)
    }

    pub fn forget(&mut self, id: SessionId) -> Result<()> {
        self.world.next_process();
        self.promise(Promise::Forgetting(id));
        self.open()?.bury(id, "host", "test", &Silent)?;
        self.promise(Promise::Forgotten(id));
        Ok(())
    }

    pub fn forget_first(&mut self) -> Result<()> {
        let mut promises = self.promises.iter();
        let first =
            promises.find_map(|(_, promise)| if let Promise::Snapshot(id) = promise { Some(*id) } else { None });
        self.forget(first.expect("a snapshot"))
    }

    pub fn prune(&mut self) -> Result<PruneReport> {
        self.world.next_process();
        let repo = self.open()?;
        prune(&repo, &owner(&repo), &everything(), &Silent)
    }

    /// Keeps the pictures of all snapshots, for judging later. The disk must be in order.
    pub fn look(&mut self) {
        let repo = self.open().unwrap();
        for info in snapshots(&repo, &Silent).unwrap() {
            let picture = picture(&repo, &info).unwrap_or_else(|error| panic!("{}: {error}", info.id));
            if let Some(before) = self.pictures.insert(info.id, picture.clone()) {
                assert!(before == picture, "{} has changed", info.id);
            }
        }
    }

    fn holds(&self, promise: Promise, cut: usize) -> bool {
        self.promises.iter().any(|(at, held)| *at <= cut && *held == promise)
    }

    /// Snapshots that must be there after `cut` steps.
    fn promised(&self, cut: usize) -> Vec<SessionId> {
        let made = self.promises.iter().filter_map(|(at, promise)| match promise {
            Promise::Snapshot(id) if *at <= cut && !self.holds(Promise::Forgetting(*id), cut) => Some(*id),
            _ => None,
        });
        made.collect()
    }

    /// A machine comes up with the repository at `path`, which is what remained after `cut` steps. Panics unless everything that was
    /// promised then is there, and a new run works and leaves everything in order.
    pub fn judge(&self, path: &Path, cut: usize) {
        let disk: Arc<dyn Disk> = Arc::new(System);
        self.world.next_process();
        let opened = LocalBackend::open_on(disk.clone(), path).map_err(Error::from);
        let repo = match opened.and_then(|backend| open(Arc::new(backend), &self.world)) {
            Ok(repo) => repo,
            Err(error) => {
                assert!(!self.holds(Promise::Repository, cut), "{error}");
                // Key slots may be there without a config. Then it can be made, by the same command as before.
                let backend = LocalBackend::create_on(disk.clone(), path).unwrap();
                init(Arc::new(backend), &self.world, (2, 1)).unwrap();
                open(Arc::new(LocalBackend::open_on(disk.clone(), path).unwrap()), &self.world).unwrap()
            }
        };
        let there = snapshots(&repo, &Silent).unwrap();
        for id in self.promised(cut) {
            assert!(there.iter().any(|info| info.id == id), "{id} is gone");
        }
        for info in &there {
            assert!(!self.holds(Promise::Forgotten(info.id), cut), "{} is back", info.id);
            assert!(picture(&repo, info).unwrap() == self.pictures[&info.id], "{} has changed", info.id);
        }
        drop(repo);
        let open = || open(Arc::new(LocalBackend::open_on(disk.clone(), path).unwrap()), &self.world).unwrap();
        let report = back_up(&open(), &self.src(), &backup_options()).unwrap();
        let repo = open();
        let now = snapshots(&repo, &Silent).unwrap();
        let new = now.iter().find(|info| Some(info.id) == report.snapshot).expect("it was acknowledged");
        let new = picture(&repo, new).unwrap();
        self.is_source(&new);
        in_order(&repo);
        let pruned = prune(&repo, &owner(&repo), &everything(), &Silent).unwrap();
        assert!(pruned.waiting.is_empty(), "{pruned:?}");
        let repo = open();
        for info in snapshots(&repo, &Silent).unwrap() {
            let before = if Some(info.id) == report.snapshot { &new } else { &self.pictures[&info.id] };
            assert!(picture(&repo, &info).unwrap() == *before, "{} is changed by the prune", info.id);
        }
        in_order(&repo);
        let backend = LocalBackend::open_on(disk.clone(), path).unwrap();
        backend.remove_unfinished(Time { secs: i64::MAX, nanos: 0 }).unwrap();
        assert_eq!(backend.list(Family::Sessions).unwrap(), [], "no session is left");
    }

    /// The files in the picture are those of the source.
    pub fn is_source(&self, picture: &Picture) {
        let held = picture.iter().filter(|(_, (node, _))| node.kind == NodeType::File);
        let held: Vec<_> = held.map(|(path, (_, bytes))| (path.clone(), bytes.clone())).collect();
        let mut source = Vec::new();
        for folder in [self.src(), self.src().join("sub")] {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    source.push((path.as_os_str().as_encoded_bytes().to_vec(), fs::read(&path).unwrap()));
                }
            }
        }
        source.sort();
        assert!(held == source, "the new snapshot is not the source");
    }
}

/// Nothing unused stays.
fn everything() -> PruneOptions {
    PruneOptions { max_unused: MaxUnused::Bytes(0), ..PruneOptions::default() }
}

fn owner(repo: &Repository) -> SessionOwner {
    SessionOwner { host: "host".to_owned(), label: None, process: repo.world().process() }
}

/// A full check finds nothing but notes.
pub fn in_order(repo: &Repository) {
    let checked = check(repo, ReadData::All, &Silent).unwrap();
    let bad: Vec<_> = checked.findings.iter().filter(|finding| finding.severity > Severity::Note).collect();
    assert!(bad.is_empty(), "{bad:#?}");
}
