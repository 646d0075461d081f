//! A repository to which anything can be written with the right keys, beside an innocent snapshot; and restores of it between canaries.
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use caddis::backend::{Backend, LocalBackend, MemoryBackend};
use caddis::compress::Compression;
use caddis::error::Result;
use caddis::format::Decision;
use caddis::fs::source::Rules;
use caddis::fs::target::Overwrite;
use caddis::id::{BlobId, BlobKind, SessionId};
use caddis::model::{Content, Node, NodeType, Snapshot, Tree, encode_snapshot, encode_tree};
use caddis::monitor::{Recorder, Silent};
use caddis::ops::check::{CheckReport, ReadData, Severity, check};
use caddis::ops::ls::ls;
use caddis::ops::repair::{RepairOptions, RepairReport, repair};
use caddis::ops::restore::{RestoreOptions, RestoreReport, restore};
use caddis::ops::snapshots::SnapshotInfo;
use caddis::repo::{Repository, SessionOwner, WriteOptions, Writer};
use caddis::world::Time;
use tempfile::TempDir;

use crate::engine::{self, TestWorld, noise};

pub struct Scene {
    pub world: Arc<TestWorld>,
    pub memory: Arc<MemoryBackend>,
    pub repo: Repository,
    /// A snapshot that nobody tampers with.
    pub innocent: SessionId,
}

/// Writes blobs of any content.
pub struct Pen<'a>(Writer<'a>);

impl Pen<'_> {
    pub fn data(&self, bytes: &[u8]) -> BlobId {
        self.0.save(0, BlobKind::Data, bytes).unwrap().0
    }

    /// A tree blob of any bytes.
    pub fn tree_bytes(&self, bytes: &[u8]) -> BlobId {
        self.0.save(0, BlobKind::Tree, bytes).unwrap().0
    }

    /// As it is: neither validated nor cut.
    pub fn tree(&self, tree: &Tree) -> BlobId {
        self.tree_bytes(&encode_tree(tree))
    }

    pub fn leaf(&self, nodes: Vec<Node>) -> BlobId {
        self.tree(&Tree::Leaf(nodes))
    }

    pub fn list(&self, height: u8, ids: Vec<BlobId>) -> BlobId {
        self.tree(&Tree::List { height, ids })
    }
}

pub fn file(name: &str, bytes: &[u8]) -> Node {
    let content = if bytes.is_empty() { Content::Empty } else { Content::Inline(bytes.to_vec()) };
    node(name, NodeType::File, bytes.len() as u64, content)
}

/// A file with content in blobs; `size` is what it claims.
pub fn large(name: &str, size: u64, content: Content) -> Node {
    node(name, NodeType::File, size, content)
}

pub fn directory(name: &str, subtree: BlobId) -> Node {
    Node { subtree: Some(subtree), mode: 0o755, ..node(name, NodeType::Directory, 0, Content::Empty) }
}

pub fn symlink(name: &str, target: &str) -> Node {
    Node { target: target.into(), mode: 0o777, ..node(name, NodeType::Symlink, 0, Content::Empty) }
}

pub fn node(name: &str, kind: NodeType, size: u64, content: Content) -> Node {
    Node {
        name: name.into(),
        kind,
        mode: 0o644,
        uid: rustix::process::geteuid().as_raw(),
        gid: rustix::process::getegid().as_raw(),
        size,
        mtime: Time { secs: 1_600_000_000, nanos: 0 },
        content,
        ..Node::default()
    }
}

pub fn snapshot(root: BlobId) -> Snapshot {
    let time = Time { secs: 1_900_000_000, nanos: 0 };
    Snapshot { root: Some(root), time, host: "hostile".into(), paths: vec![b"/x".to_vec()], ..Snapshot::default() }
}

pub fn owner() -> SessionOwner {
    SessionOwner { host: "hostile".into(), ..SessionOwner::default() }
}

impl Scene {
    pub fn new() -> Self {
        Scene::with_parity((2, 1))
    }

    pub fn with_parity(parity: (u8, u8)) -> Self {
        let world = TestWorld::new();
        let memory = Arc::new(MemoryBackend::new(world.clone()));
        let repo = engine::init(memory.clone(), &world, parity).unwrap();
        let mut scene = Scene { world, memory, repo, innocent: SessionId([0; 16]) };
        scene.innocent = commit(&scene.repo, |pen| {
            let noise = noise(9, 30_000);
            let (a, b) = noise.split_at(10_000);
            let content = Content::Blobs(vec![pen.data(a), pen.data(b)]);
            let sub = pen.leaf(vec![file("deep", b"innocent")]);
            snapshot(pen.leaf(vec![directory("dir", sub), large("noise", 30_000, content)]))
        });
        scene
    }

    /// Commits a snapshot of whatever `build` writes.
    pub fn commit(&self, build: impl FnOnce(&Pen<'_>) -> Snapshot) -> SessionId {
        commit(&self.repo, build)
    }

    /// Commits a snapshot whose root is this leaf.
    pub fn commit_leaf(&self, build: impl FnOnce(&Pen<'_>) -> Vec<Node>) -> SessionId {
        self.commit(|pen| {
            let nodes = build(pen);
            snapshot(pen.leaf(nodes))
        })
    }

    /// As another process opens it.
    pub fn open(&self) -> Result<Repository> {
        engine::open(self.memory.clone(), &self.world)
    }

    pub fn info(&self, sid: SessionId) -> SnapshotInfo {
        let infos = engine::snapshots(&self.open().unwrap(), &Silent).unwrap();
        infos.into_iter().find(|info| info.id == sid).expect("the snapshot is listed")
    }

    pub fn restore(&self, sid: SessionId) -> Restored {
        Place::new().restore(self, sid, |_| ())
    }

    /// Paths of a listing, or why there is none.
    pub fn list(&self, sid: SessionId) -> Result<Vec<Vec<u8>>> {
        let repo = self.open()?;
        let info = self.info(sid);
        repo.load_index(&Silent)?;
        let mut paths = Vec::new();
        ls(&repo, &info.snapshot, b"", true, &mut |path, _| {
            paths.push(path.to_vec());
            Ok(())
        })?;
        Ok(paths)
    }

    pub fn check(&self) -> CheckReport {
        check(&self.open().unwrap(), ReadData::All, &Silent).unwrap()
    }

    /// What check says at worst; `None`: all is well.
    pub fn worst(&self) -> Option<Severity> {
        self.check().findings.iter().map(|finding| finding.severity).max().filter(|worst| *worst > Severity::Note)
    }

    pub fn repair(&self) -> Result<RepairReport> {
        let all = RepairOptions {
            replicas: true,
            index: true,
            packs: true,
            locations: true,
            dry_run: false,
            host: "h".to_owned(),
        };
        repair(&self.open()?, &all, &Recorder::default())
    }

    /// The innocent snapshot comes back, byte for byte.
    pub fn assert_innocent(&self) {
        let restored = self.restore(self.innocent);
        restored.assert_complete();
        assert_eq!(restored.bytes("noise"), Some(noise(9, 30_000)));
        assert_eq!(restored.bytes("dir/deep"), Some(b"innocent".to_vec()));
    }
}

pub fn commit(repo: &Repository, build: impl FnOnce(&Pen<'_>) -> Snapshot) -> SessionId {
    let options = WriteOptions { compression: Some(Compression::Level(3)), ..WriteOptions::default() };
    let (writer, _) = Writer::begin(repo, owner(), options, &Silent).unwrap();
    let pen = Pen(writer);
    let snapshot = build(&pen);
    pen.0.commit(&Decision::Snapshot(encode_snapshot(&snapshot)), &Silent).unwrap()
}

/// A new repository in a folder, for the program.
pub fn local(folder: &Path) -> Repository {
    let world = TestWorld::new();
    engine::init(Arc::new(LocalBackend::create(folder).unwrap()) as Arc<dyn Backend>, &world, (1, 0)).unwrap()
}

/// A folder with the target in it, and canaries beside it.
pub struct Place {
    dir: TempDir,
    before: BTreeMap<PathBuf, Seen>,
}

/// Everything of an entry that a restore could change.
type Seen = (u32, u32, u32, i64, i64, u64, Vec<u8>);

fn see(path: &Path, seen: &mut BTreeMap<PathBuf, Seen>) {
    let metadata = fs::symlink_metadata(path).unwrap();
    let content = if metadata.is_file() { fs::read(path).unwrap() } else { Vec::new() };
    let (mode, uid, gid) = (metadata.mode(), metadata.uid(), metadata.gid());
    let times = (metadata.mtime(), metadata.mtime_nsec());
    seen.insert(path.to_owned(), (mode, uid, gid, times.0, times.1, metadata.nlink(), content));
    if metadata.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            see(&entry.unwrap().path(), seen);
        }
    }
}

impl Place {
    pub fn new() -> Self {
        Place::in_folder(TempDir::new().unwrap())
    }

    /// Where there is such a file system.
    pub fn in_memory() -> Self {
        let base = Path::new("/dev/shm");
        Place::in_folder(if base.is_dir() { TempDir::new_in(base) } else { TempDir::new() }.unwrap())
    }

    fn in_folder(dir: TempDir) -> Self {
        for name in ["canary", "outside/canary", "outside/dir/canary"] {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "untouched").unwrap();
        }
        fs::create_dir(dir.path().join("target")).unwrap();
        let mut place = Place { dir, before: BTreeMap::new() };
        place.before = place.outside_now();
        place
    }

    pub fn target(&self) -> PathBuf {
        self.dir.path().join("target")
    }

    pub fn outside(&self) -> PathBuf {
        self.dir.path().join("outside")
    }

    fn outside_now(&self) -> BTreeMap<PathBuf, Seen> {
        let mut seen = BTreeMap::new();
        see(&self.dir.path().join("canary"), &mut seen);
        see(&self.outside(), &mut seen);
        let names: Vec<OsString> =
            fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.len(), 3, "there is something new beside the target: {names:?}");
        seen
    }

    pub fn assert_untouched(&self) {
        assert_eq!(self.outside_now(), self.before, "something outside of the target was changed");
    }

    /// Restores into the target; asserts that the canaries live.
    pub fn restore(self, scene: &Scene, sid: SessionId, tweak: impl FnOnce(&mut RestoreOptions)) -> Restored {
        let mut options = RestoreOptions {
            target: self.target(),
            path: Vec::new(),
            includes: None,
            excludes: Rules::default(),
            overwrite: Overwrite::default(),
            delete: false,
            dry_run: false,
            verify: true,
            sparse: false,
            heal: false,
            ..RestoreOptions::default()
        };
        tweak(&mut options);
        let info = scene.info(sid);
        let result = restore(&scene.open().unwrap(), &info, &options, &Silent);
        self.assert_untouched();
        Restored { place: self, result }
    }
}

impl Drop for Place {
    /// Chains of directories are too deep for the removal of temporary folders.
    fn drop(&mut self) {
        let _ = std::process::Command::new("rm").arg("-rf").arg(self.target()).status();
    }
}

pub struct Restored {
    pub place: Place,
    pub result: Result<RestoreReport>,
}

impl Restored {
    #[track_caller]
    pub fn report(&self) -> &RestoreReport {
        self.result.as_ref().expect("the restore as a whole goes on")
    }

    /// Content of a file in the target; `None` if there is none.
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        let path = self.place.target().join(path);
        fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file).map(|_| fs::read(path).unwrap())
    }

    /// Names in the target, ascending.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.place.target())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[track_caller]
    pub fn assert_complete(&self) {
        let report = self.report();
        assert_eq!((report.missing, report.problems.len()), (0, 0), "{:?}", report.problems);
    }

    /// So many entries are missing, and a message says this of one of them.
    #[track_caller]
    pub fn assert_missing(&self, count: u64, words: &str) {
        let report = self.report();
        assert_eq!(report.missing, count, "{:?}", report.problems);
        self.assert_said(words);
    }

    #[track_caller]
    pub fn assert_said(&self, words: &str) {
        let problems = &self.report().problems;
        assert!(problems.iter().any(|problem| problem.message.contains(words)), "{words:?} is not in {problems:?}");
    }
}
