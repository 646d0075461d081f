//! A source directory and a repository in memory, in a world whose processes die when told.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use caddis::backend::{Backend, Family, MemoryBackend};
use caddis::error::Result;
use caddis::format::ChunkerConfig;
use caddis::id::{BlobId, BlobKind, SessionId};
use caddis::model::{Content, ContentReader, Node, TreeReader};
use caddis::monitor::{Monitor, Silent};
use caddis::ops::backup::{BackupOptions, BackupReport, Source, backup};
use caddis::ops::snapshots::SnapshotInfo;
use caddis::repo::{InitOptions, Repository};
use tempfile::TempDir;

pub use crate::engine::noise;
use crate::engine::{self, PASSWORD, TestWorld, Trees, open_options};
use crate::faults::FaultBackend;

pub struct Scene {
    pub dir: TempDir,
    pub world: Arc<TestWorld>,
    pub memory: Arc<MemoryBackend>,
    pub backend: Arc<FaultBackend>,
}

pub fn init_options() -> InitOptions {
    InitOptions {
        chunker: ChunkerConfig { min: 4 << 10, average: 16 << 10, max: 64 << 10, level: 1 },
        frame_target: 128 << 10,
        single_writer: false,
        settings: Default::default(),
        ..engine::init_options((4, 2))
    }
}

pub fn backup_options() -> BackupOptions {
    BackupOptions { threads: 2, ..engine::backup_options() }
}

/// Fails the test if `work` does not end.
pub fn must_end<T: Send>(what: &str, work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let (end, ended) = channel::<()>();
        let watchdog = scope.spawn(move || {
            if ended.recv_timeout(Duration::from_secs(120)) == Err(RecvTimeoutError::Timeout) {
                // A panic could not end a scope whose threads hang.
                std::process::abort();
            }
        });
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        drop(end);
        watchdog.join().unwrap();
        result.unwrap_or_else(|_| panic!("{what} panicked"))
    })
}

impl Scene {
    pub fn new(options: &InitOptions) -> Scene {
        let world = TestWorld::new();
        let memory = Arc::new(MemoryBackend::new(world.clone()));
        let backend = FaultBackend::new(memory.clone());
        Repository::init(backend.clone(), world.clone(), PASSWORD, options, &open_options(None)).unwrap();
        Scene { dir: TempDir::new().unwrap(), world, memory, backend }
    }

    /// Some files of each kind.
    pub fn filled(options: &InitOptions) -> Scene {
        let scene = Scene::new(options);
        scene.file("empty", b"");
        scene.file("inline", b"a few bytes");
        scene.file("large", &noise(1, 1_300_000));
        scene.file("sub/text", "All work and no play. ".repeat(9_000).as_bytes());
        for n in 0..12 {
            scene.file(&format!("sub/deep/{n}"), &noise(100 + n, 3_000));
        }
        scene
    }

    pub fn file(&self, name: &str, bytes: &[u8]) {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// The process dies; another one begins.
    pub fn next_process(&self) {
        self.world.next_process();
    }

    pub fn open(&self) -> Result<Repository> {
        engine::open(self.backend.clone(), &self.world)
    }

    pub fn back_up(&self, options: &BackupOptions) -> Result<BackupReport> {
        self.back_up_watched(options, &Silent)
    }

    pub fn back_up_watched(&self, options: &BackupOptions, monitor: &dyn Monitor) -> Result<BackupReport> {
        let repo = self.open()?;
        let source = Source::Paths { base: self.dir.path().to_owned(), paths: vec![".".into()] };
        must_end("a backup", || backup(&repo, source, options, monitor))
    }

    pub fn count(&self, family: Family) -> usize {
        self.memory.list(family).unwrap().len()
    }

    /// All snapshots, oldest first, each with all that it holds.
    pub fn snapshots(&self) -> Vec<(SnapshotInfo, BTreeMap<String, Vec<u8>>)> {
        let repo = self.open().unwrap();
        let all = engine::snapshots(&repo, &Silent).unwrap();
        all.into_iter()
            .map(|info| {
                let mut files = BTreeMap::new();
                collect(&Trees(&repo), &info.snapshot.root.unwrap(), "", &mut files);
                (info, files)
            })
            .collect()
    }

    /// The newest snapshot is complete and holds exactly the source.
    #[track_caller]
    pub fn assert_newest_is_source(&self, id: Option<SessionId>) {
        let mut source = BTreeMap::new();
        read_source(self.dir.path(), "", &mut source);
        let (info, files) = self.snapshots().pop().unwrap();
        assert_eq!((Some(info.id), info.snapshot.partial), (id, false));
        assert!(files == source, "{:?} is not {:?}", files.keys(), source.keys());
    }
}

fn content(trees: &Trees<'_>, node: &Node) -> Vec<u8> {
    match &node.content {
        Content::Inline(bytes) => bytes.clone(),
        Content::Empty => node.target.clone(),
        listed => ContentReader::new(trees, listed)
            .flat_map(|id| trees.0.load_blob(BlobKind::Data, &id.unwrap(), &Silent).unwrap())
            .collect(),
    }
}

fn collect(trees: &Trees<'_>, tree: &BlobId, path: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for node in TreeReader::new(trees, *tree) {
        let node = node.unwrap();
        let path = format!("{path}/{}", String::from_utf8_lossy(&node.name));
        match &node.subtree {
            Some(tree) => collect(trees, tree, &path, files),
            None => drop(files.insert(path, content(trees, &node))),
        }
    }
}

fn read_source(dir: &Path, path: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    use std::os::unix::ffi::OsStringExt;
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let below = format!("{path}/{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            read_source(&entry.path(), &below, files);
        } else if kind.is_symlink() {
            let target = std::fs::read_link(entry.path()).unwrap();
            files.insert(below, target.into_os_string().into_vec());
        } else {
            files.insert(below, std::fs::read(entry.path()).unwrap());
        }
    }
}
