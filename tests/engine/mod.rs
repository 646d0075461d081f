//! The engine in process: a world that tests control, repositories in memory, backups, and a plain picture of what a snapshot holds.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use caddis::backend::Backend;
use caddis::compress::Compression;
use caddis::crypto::KdfParams;
use caddis::error::Result;
use caddis::format::ChunkerConfig;
use caddis::fs::source::Rules;
use caddis::id::{BlobId, BlobKind};
use caddis::model::{Content, ContentReader, Node, TreeStore};
use caddis::monitor::{Monitor, Silent};
use caddis::ops::backup::{BackupOptions, BackupReport, Parent, Source, backup};
use caddis::ops::ls::ls;
use caddis::ops::snapshots::{self, SnapshotFilter, SnapshotInfo};
use caddis::repo::{DeltaMode, InitOptions, OpenOptions, Repository};
use caddis::world::{ProcessIdentity, Time, World};

pub const PASSWORD: &[u8] = b"secret";
/// Passwords that cost nothing.
pub const CHEAP: KdfParams = KdfParams { log_n: 1, r: 1, p: 1 };

/// Randomness that no other world of the same test has but that is the same in every run, a clock that goes on by a second whenever it is looked at, and processes that die when told.
#[derive(Debug)]
pub struct TestWorld {
    random: Mutex<blake3::OutputReader>,
    seconds: AtomicU64,
    process: AtomicU32,
}

impl TestWorld {
    pub fn new() -> Arc<Self> {
        // Keys decide where files are cut. What a test finds shall not hang on the run, so they follow from its name and the world's number.
        static WORLDS: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        let mut hasher = blake3::Hasher::new();
        hasher.update(test.as_bytes());
        let mut worlds = WORLDS.lock().unwrap_or_else(PoisonError::into_inner);
        let number = worlds.entry(test).or_default();
        *number += 1;
        hasher.update(&number.to_le_bytes());
        let random = Mutex::new(hasher.finalize_xof());
        Arc::new(TestWorld { random, seconds: AtomicU64::new(1_700_000_000), process: AtomicU32::new(1) })
    }

    /// The process dies and another one begins.
    pub fn next_process(&self) {
        self.process.fetch_add(1, Ordering::Relaxed);
    }

    /// Time goes by.
    pub fn advance(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl World for TestWorld {
    fn now(&self) -> Time {
        Time { secs: self.seconds.fetch_add(1, Ordering::Relaxed) as i64, nanos: 0 }
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(self.seconds.fetch_add(1, Ordering::Relaxed))
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
    }

    fn process(&self) -> ProcessIdentity {
        ProcessIdentity {
            machine: Vec::new(),
            boot: b"boot".to_vec(),
            pid: self.process.load(Ordering::Relaxed),
            start: 1,
        }
    }

    fn is_running(&self, process: &ProcessIdentity) -> bool {
        *process == self.process()
    }
}

/// Bytes that do not compress.
pub fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

/// Small packs and small chunks.
pub fn init_options(parity: (u8, u8)) -> InitOptions {
    InitOptions {
        pack_size: 256 << 10,
        parity,
        chunker: ChunkerConfig { min: 4 << 10, average: 8 << 10, max: 16 << 10, level: 1 },
        compression: Compression::Auto,
        delta: DeltaMode::Auto,
        inline_limit: 64,
        frame_target: 64 << 10,
        single_writer: false,
        settings: Default::default(),
        kdf: CHEAP,
        locations: Vec::new(),
        host: "host".to_owned(),
        user: "user".to_owned(),
    }
}

/// With a cache folder, or one for this opening only.
pub fn open_options(cache: Option<&Path>) -> OpenOptions {
    OpenOptions { cache: cache.map(Path::to_owned), kdf_floor: 1, ..OpenOptions::default() }
}

pub fn init(backend: Arc<dyn Backend>, world: &Arc<TestWorld>, parity: (u8, u8)) -> Result<Repository> {
    Repository::init(backend, world.clone(), PASSWORD, &init_options(parity), &open_options(None))
}

pub fn open(backend: Arc<dyn Backend>, world: &Arc<TestWorld>) -> Result<Repository> {
    Repository::open(backend, world.clone(), PASSWORD, &open_options(None), &Silent)
}

pub fn backup_options() -> BackupOptions {
    BackupOptions {
        rules: Arc::new(Rules::default()),
        excludes: Vec::new(),
        one_file_system: false,
        read_special: false,
        with_atime: false,
        detect_rot: false,
        ignore_ctime: false,
        ignore_inode: false,
        host: "host".to_owned(),
        user: "user".to_owned(),
        uid: 1,
        gid: 2,
        label: None,
        tags: Vec::new(),
        description: None,
        time: None,
        parent: Parent::Newest,
        skip_if_unchanged: false,
        dry_run: false,
        compression: None,
        delta: None,
        read_concurrency: 1,
        threads: 1,
        extra_verify: true,
        scan: false,
        checkpoint_interval: Duration::MAX,
        checkpoint_bytes: u64::MAX,
    }
}

/// Backs up one directory.
pub fn back_up(repo: &Repository, dir: &Path, options: &BackupOptions) -> Result<BackupReport> {
    let source = Source::Paths { base: "/".into(), paths: vec![dir.to_owned()] };
    backup(repo, source, options, &Silent)
}

/// Snapshots, oldest first; the index is ready for reading them.
pub fn snapshots(repo: &Repository, monitor: &dyn Monitor) -> Result<Vec<SnapshotInfo>> {
    let (catalog, _) = repo.load_index(monitor)?;
    Ok(snapshots::from_catalog(&catalog, &SnapshotFilter::default(), monitor))
}

/// Reads tree blobs.
pub struct Trees<'a>(pub &'a Repository);

impl TreeStore for Trees<'_> {
    fn save_tree(&self, _: Vec<u8>) -> Result<BlobId> {
        unreachable!("nothing is written while a snapshot is read")
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        self.0.load_blob(BlobKind::Tree, id, &Silent)
    }
}

/// Everything that a snapshot holds: the nodes by path, and the bytes of files without their holes.
pub type Picture = BTreeMap<Vec<u8>, (Node, Vec<u8>)>;

/// Reads all of a snapshot; any damage that cannot be healed is an error.
pub fn picture(repo: &Repository, info: &SnapshotInfo) -> Result<Picture> {
    let mut nodes = Vec::new();
    ls(repo, &info.snapshot, b"", true, &mut |path, node| {
        nodes.push((path.to_vec(), node.clone()));
        Ok(())
    })?;
    let mut picture = Picture::new();
    for (path, node) in nodes {
        let mut bytes = Vec::new();
        if let Content::Inline(inline) = &node.content {
            bytes.extend_from_slice(inline);
        }
        for id in ContentReader::new(&Trees(repo), &node.content) {
            bytes.extend(repo.load_blob(BlobKind::Data, &id?, &Silent)?);
        }
        picture.insert(path, (node, bytes));
    }
    Ok(picture)
}

/// Pictures of all snapshots, oldest first.
pub fn pictures(repo: &Repository) -> Result<Vec<(SnapshotInfo, Picture)>> {
    let infos = snapshots(repo, &Silent)?;
    infos.into_iter().map(|info| picture(repo, &info).map(|picture| (info, picture))).collect()
}
