//! A repository in memory and a source directory, for the tests of operations.
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::backend::{Backend, BackendError, Family, Listed, MemoryBackend, ObjectName, Put};
use crate::compress::Compression;
use crate::crypto::KdfParams;
use crate::error::Result;
use crate::format::ChunkerConfig;
use crate::monitor::Silent;
use crate::ops::backup::{BackupOptions, BackupReport, Parent, Source, backup};
use crate::ops::snapshots::{SnapshotFilter, SnapshotInfo, list};
use crate::repo::{DeltaMode, InitOptions, OpenOptions, Repository};
use crate::world::{SystemWorld, World};

/// Costs next to nothing.
pub(super) const CHEAP: KdfParams = KdfParams { log_n: 4, r: 1, p: 1 };
pub(super) const PASSWORD: &[u8] = b"secret";

pub(super) struct TestRepo {
    pub backend: MemoryBackendHandle,
    pub repo: Repository,
    pub source: tempfile::TempDir,
    /// Of backups.
    pub delta: DeltaMode,
}

/// The storage beneath an open repository.
pub(super) type MemoryBackendHandle = Arc<MemoryBackend>;

fn open_options() -> OpenOptions {
    OpenOptions { kdf_floor: 1, ..OpenOptions::default() }
}

impl TestRepo {
    pub(super) fn new() -> Self {
        let world = SystemWorld::new();
        let backend = Arc::new(MemoryBackend::new(world.clone()));
        let options = InitOptions {
            pack_size: 256 << 10,
            parity: (4, 1),
            chunker: ChunkerConfig { min: 4 << 10, average: 16 << 10, max: 64 << 10, level: 1 },
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
        };
        let repo = Repository::init(backend.clone(), world, PASSWORD, &options, &open_options()).unwrap();
        TestRepo { backend, repo, source: tempfile::tempdir().unwrap(), delta: DeltaMode::Auto }
    }

    /// Opens once more, as another process would.
    pub(super) fn open(&self, password: &[u8]) -> Result<Repository> {
        let world: Arc<dyn World> = SystemWorld::new();
        let backend: Arc<dyn Backend> = self.backend.clone();
        Repository::open(backend, world, password, &open_options(), &Silent)
    }

    /// Where the source is in snapshots.
    pub(super) fn source_path(&self) -> String {
        self.source.path().canonicalize().unwrap().to_str().unwrap().to_owned()
    }

    pub(super) fn file(&self, name: &str, content: &[u8]) {
        let path = self.source.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(super) fn backup(&self) -> BackupReport {
        let options = BackupOptions {
            rules: Arc::default(),
            excludes: Vec::new(),
            one_file_system: false,
            read_special: false,
            with_atime: false,
            detect_rot: false,
            ignore_ctime: false,
            ignore_inode: false,
            host: "host".to_owned(),
            user: "user".to_owned(),
            uid: 0,
            gid: 0,
            label: None,
            tags: Vec::new(),
            description: None,
            time: None,
            parent: Parent::Newest,
            skip_if_unchanged: false,
            dry_run: false,
            compression: None,
            delta: Some(self.delta),
            read_concurrency: 1,
            threads: 2,
            extra_verify: true,
            scan: false,
            checkpoint_interval: Duration::from_secs(3600),
            checkpoint_bytes: 1 << 40,
        };
        let base = PathBuf::from(self.source_path());
        let source = Source::Paths { paths: vec![base.clone()], base };
        backup(&self.repo, source, &options, &Silent).unwrap()
    }

    pub(super) fn snapshots(&self) -> Vec<SnapshotInfo> {
        list(&self.repo, &SnapshotFilter::default(), &Silent).unwrap()
    }
}

/// Storage that is watched, or does things of its own.
#[derive(Debug)]
pub(super) struct Watched {
    pub inner: MemoryBackendHandle,
    /// By ranges: of packs, that is.
    pub bytes_read: AtomicU64,
    /// As if the first time had got no answer.
    pub puts_index_twice: bool,
}

impl Watched {
    pub(super) fn new(inner: MemoryBackendHandle) -> Self {
        Watched { inner, bytes_read: AtomicU64::new(0), puts_index_twice: false }
    }
}

impl Backend for Watched {
    fn describe(&self) -> String {
        self.inner.describe()
    }
    fn get(&self, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError> {
        self.inner.get(name, limit)
    }
    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        self.bytes_read.fetch_add(len as u64, Ordering::Relaxed);
        self.inner.get_range(name, offset, len)
    }
    fn put_new(&self, name: &ObjectName, bytes: &[u8]) -> Result<Put, BackendError> {
        let put = self.inner.put_new(name, bytes)?;
        if self.puts_index_twice && name.family() == Family::Index { self.inner.put_new(name, bytes) } else { Ok(put) }
    }
    fn put_session(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.inner.put_session(name, bytes)
    }
    fn replace_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.inner.replace_pack(name, bytes)
    }
    fn list(&self, family: Family) -> Result<Vec<Listed>, BackendError> {
        self.inner.list(family)
    }
    fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError> {
        self.inner.stat(name)
    }
    fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        self.inner.delete(name)
    }
    fn barrier(&self) -> Result<(), BackendError> {
        self.inner.barrier()
    }
}

/// Text that compresses to about half.
pub(super) fn text(seed: u64) -> String {
    noise(seed, 6_000).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes that do not compress.
pub(super) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}
