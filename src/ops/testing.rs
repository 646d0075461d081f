//! A repository in memory and a source directory, for the tests of operations.
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::{Backend, MemoryBackend};
use crate::compress::Compression;
use crate::crypto::KdfParams;
use crate::error::Result;
use crate::format::ChunkerConfig;
use crate::monitor::Silent;
use crate::ops::backup::{BackupOptions, BackupReport, Parent, Source, backup};
use crate::ops::snapshots::{SnapshotFilter, SnapshotInfo, list};
use crate::repo::{InitOptions, OpenOptions, Repository};
use crate::world::{SystemWorld, World};

/// Costs next to nothing.
pub(super) const CHEAP: KdfParams = KdfParams { log_n: 4, r: 1, p: 1 };
pub(super) const PASSWORD: &[u8] = b"secret";

pub(super) struct TestRepo {
    pub backend: MemoryBackendHandle,
    pub repo: Repository,
    pub source: tempfile::TempDir,
}

/// The storage beneath an open repository.
pub(super) type MemoryBackendHandle = Arc<MemoryBackend>;

fn open_options() -> OpenOptions {
    OpenOptions { cache: None, kdf_floor: 1 }
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
            inline_limit: 64,
            frame_target: 128 << 10,
            kdf: CHEAP,
            host: "host".to_owned(),
            user: "user".to_owned(),
        };
        let repo = Repository::init(backend.clone(), world, PASSWORD, &options, &open_options()).unwrap();
        TestRepo { backend, repo, source: tempfile::tempdir().unwrap() }
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

/// Bytes that do not compress.
pub(super) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}
