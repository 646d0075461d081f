//! Backups of odd trees, restored whole, in part, over something, and from damaged repositories.
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{RestoreOptions, RestoreReport, restore};
use crate::backend::{MemoryBackend, ObjectName};
use crate::compress::Compression;
use crate::crypto::KdfParams;
use crate::error::Result;
use crate::format::ChunkerConfig;
use crate::fs::source::Rules;
use crate::fs::target::Overwrite;
use crate::id::PackId;
use crate::monitor::Recorder;
use crate::ops::backup::{BackupOptions, Parent, Source, backup};
use crate::ops::snapshots::{SnapshotFilter, SnapshotInfo, select};
use crate::repo::{DeltaMode, InitOptions, OpenOptions, Repository};
use crate::world::SystemWorld;

mod damage;
mod deltas;
mod policies;
mod resume;
mod streams;
mod whole;

/// The content of the directory at `path` as the content of the target, whatever is there.
fn options(target: PathBuf, path: Vec<u8>) -> RestoreOptions {
    RestoreOptions {
        target,
        path,
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

/// A repository in memory, a source and a target.
struct Place {
    dir: tempfile::TempDir,
    backend: Arc<MemoryBackend>,
    repo: Repository,
}

impl Place {
    fn new() -> Place {
        let world = SystemWorld::new();
        let backend = Arc::new(MemoryBackend::new(world.clone()));
        let options = InitOptions {
            pack_size: 256 * 1024,
            parity: (4, 2),
            chunker: ChunkerConfig { min: 8 << 10, average: 32 << 10, max: 128 << 10, level: 2 },
            compression: Compression::Auto,
            delta: DeltaMode::Auto,
            inline_limit: 128,
            frame_target: 64 << 10,
            single_writer: false,
            settings: Default::default(),
            kdf: KdfParams { log_n: 4, r: 8, p: 1 },
            locations: Vec::new(),
            host: "host".to_owned(),
            user: "user".to_owned(),
        };
        let open = OpenOptions { kdf_floor: 1, ..OpenOptions::default() };
        let repo = Repository::init(backend.clone(), world, b"password", &options, &open).unwrap();
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("source")).unwrap();
        Place { dir, backend, repo }
    }

    /// Opens the repository again, so that nothing is cached.
    fn reopen(&mut self) {
        let open = OpenOptions { kdf_floor: 1, ..OpenOptions::default() };
        let world = SystemWorld::new();
        let monitor = Recorder::default();
        self.repo = Repository::open(self.backend.clone(), world, b"password", &open, &monitor).unwrap();
    }

    fn source(&self) -> PathBuf {
        self.dir.path().join("source")
    }

    fn target(&self) -> PathBuf {
        self.dir.path().join("target")
    }

    fn backup(&self) -> SnapshotInfo {
        let options = BackupOptions {
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
            uid: 0,
            gid: 0,
            label: None,
            tags: Vec::new(),
            description: None,
            time: None,
            parent: Parent::None,
            skip_if_unchanged: false,
            dry_run: false,
            compression: None,
            delta: None,
            read_concurrency: 2,
            threads: 2,
            extra_verify: true,
            scan: false,
            checkpoint_interval: Duration::from_secs(3600),
            checkpoint_bytes: u64::MAX,
        };
        let monitor = Recorder::default();
        let source = Source::Paths { base: self.dir.path().to_owned(), paths: vec![self.source()] };
        let report = backup(&self.repo, source, &options, &monitor).unwrap();
        assert!(monitor.problems().is_empty(), "{:?}", monitor.problems());
        let id = report.snapshot.unwrap().to_string();
        select(&self.repo, &id, &SnapshotFilter::default(), &monitor).unwrap().0
    }

    /// The content of the source as the content of the target.
    fn options(&self) -> RestoreOptions {
        options(self.target(), self.source().as_os_str().as_bytes().to_vec())
    }

    fn try_restore(&self, snapshot: &SnapshotInfo, options: &RestoreOptions) -> Result<RestoreReport> {
        restore(&self.repo, snapshot, options, &Recorder::default())
    }

    /// Without problems.
    fn restore(&self, snapshot: &SnapshotInfo, options: &RestoreOptions) -> RestoreReport {
        let report = self.try_restore(snapshot, options).unwrap();
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        report
    }

    /// Packs in storage, data and parity.
    fn packs(&self) -> Vec<PackId> {
        let pack = |name: &ObjectName| match name {
            ObjectName::Pack(id) => Some(*id),
            _ => None,
        };
        self.backend.snapshot_contents().keys().filter_map(pack).collect()
    }
}

fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Bytes that neither compress nor repeat, the same for the same seed.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

/// What counts of an entry: type and mode, size, mtime, owner, number of links, content or target, attributes.
type Facts = (u32, u64, (i64, i64), (u32, u32), u64, Vec<u8>, Vec<(String, Vec<u8>)>);

/// All entries beneath a directory, by relative path.
fn facts(root: &Path) -> BTreeMap<PathBuf, Facts> {
    let mut found = BTreeMap::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            let kind = meta.file_type();
            let content = match () {
                () if kind.is_file() => fs::read(&path).unwrap(),
                () if kind.is_symlink() => fs::read_link(&path).unwrap().as_os_str().as_bytes().to_vec(),
                () => Vec::new(),
            };
            if kind.is_dir() {
                directories.push(path.clone());
            }
            let size = if kind.is_dir() { 0 } else { meta.size() };
            let links = if kind.is_dir() { 0 } else { meta.nlink() };
            let time = (meta.mtime(), meta.mtime_nsec());
            let fact = (meta.mode(), size, time, (meta.uid(), meta.gid()), links, content, xattrs(&path));
            found.insert(path.strip_prefix(root).unwrap().to_owned(), fact);
        }
    }
    found
}

fn xattrs(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut names = vec![0; 4096];
    let len = rustix::fs::llistxattr(path, &mut names[..]).unwrap_or(0);
    let names = names[..len].split(|byte| *byte == 0).filter(|name| name.starts_with(b"user."));
    let mut all: Vec<_> = names
        .map(|name| {
            let name = String::from_utf8(name.to_vec()).unwrap();
            let mut value = vec![0; 65536];
            let len = rustix::fs::lgetxattr(path, name.as_str(), &mut value[..]).unwrap();
            value.truncate(len);
            (name, value)
        })
        .collect();
    all.sort();
    all
}

/// Fails with the paths that differ, not with their bytes.
#[track_caller]
fn assert_same(one: &BTreeMap<PathBuf, Facts>, other: &BTreeMap<PathBuf, Facts>) {
    let differing: Vec<_> = one.keys().chain(other.keys()).filter(|path| one.get(*path) != other.get(*path)).collect();
    assert!(differing.is_empty(), "{differing:?}");
}
