//! A repository in memory with a few snapshots, ways to damage it, and what its snapshots hold.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use caddis::backend::{Backend, MemoryBackend, ObjectName};
use caddis::error::Result;
use caddis::format::ChunkerConfig;
use caddis::id::{BlobKind, SessionId};
use caddis::model::{ContentReader, TreeReader};
use caddis::monitor::Silent;
use caddis::ops::backup::BackupOptions;
use caddis::ops::check::{CheckReport, Finding, ReadData, Severity, check};
use caddis::ops::repair::{RepairOptions, RepairReport, repair};
use caddis::ops::snapshots::{SnapshotFilter, list};
use caddis::repo::{DeltaMode, InitOptions, Repository};
use caddis::world::SystemWorld;

use crate::engine::{self, PASSWORD, TestWorld, Trees, noise, open_options};

/// Sources and the repository that has two snapshots of them.
pub struct Fixture {
    pub source: tempfile::TempDir,
    pub backend: MemoryBackend,
    pub truth: Contents,
}

/// Snapshot and path to the hash of the content.
pub type Contents = BTreeMap<(String, String), String>;

pub fn fixture(k: u8, m: u8) -> Fixture {
    let source = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: &[u8]| {
        let path = source.path().join(name);
        std::fs::create_dir_all(path.parent().expect("has a parent")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    };
    for n in 0..30 {
        write(&format!("d{}/f{n}", n % 4), &noise(n, 90_000 + 999 * n as usize));
    }
    write("large", &noise(99, 2_000_000));
    write("text", "all work and no play\n".repeat(5000).as_bytes());
    let world = TestWorld::new();
    let shared: Arc<dyn Backend> = Arc::new(MemoryBackend::new(world.clone()));
    let options = InitOptions {
        chunker: ChunkerConfig { min: 8 << 10, average: 32 << 10, max: 128 << 10, level: 1 },
        inline_limit: 256,
        frame_target: 128 << 10,
        single_writer: false,
        settings: Default::default(),
        // What is lost with one pack shall not hang on what is a delta of it; deltas have scenes of their own.
        delta: DeltaMode::Off,
        ..engine::init_options((k, m))
    };
    let repo = Repository::init(shared.clone(), world, PASSWORD, &options, &open_options(None));
    let repo = repo.expect("a new repository");
    save(&repo, source.path());
    write("d1/f1", &noise(500, 50_000));
    write("d1/new", &noise(501, 300_000));
    save(&repo, source.path());
    let truth = contents(&repo).expect("nothing is damaged");
    // The same bytes in a place that tests can damage.
    let backend = MemoryBackend::new(SystemWorld::new());
    copy(&*shared, &backend);
    Fixture { source, backend, truth }
}

fn copy(from: &dyn Backend, to: &MemoryBackend) {
    for family in caddis::backend::Family::ALL {
        for listed in from.list(family).expect("memory") {
            to.overwrite(&listed.name, &from.get(&listed.name, u64::MAX).expect("listed"));
        }
    }
}

pub fn open(backend: &MemoryBackend) -> (Arc<MemoryBackend>, Repository) {
    let place = Arc::new(backend.clone());
    let repo = reopen(&place).expect("opens");
    (place, repo)
}

pub fn reopen(place: &Arc<impl Backend + 'static>) -> Result<Repository> {
    engine::open(place.clone(), &TestWorld::new())
}

pub fn save(repo: &Repository, source: &Path) -> String {
    let options = BackupOptions { threads: 2, ..engine::backup_options() };
    let report = engine::back_up(repo, source, &options).expect("a backup");
    report.snapshot.expect("committed").to_string()
}

pub fn mend(repo: &Repository) -> RepairReport {
    let options = RepairOptions {
        replicas: true,
        index: true,
        packs: true,
        locations: true,
        dry_run: false,
        host: "host".to_owned(),
    };
    repair(repo, &options, &Silent).expect("a repair")
}

pub fn look(repo: &Repository, read: ReadData) -> CheckReport {
    check(repo, read, &Silent).expect("a check")
}

/// The worst finding and all that are more than notes.
pub fn worst(report: &CheckReport) -> (Severity, Vec<&Finding>) {
    let bad: Vec<&Finding> = report.findings.iter().filter(|finding| finding.severity > Severity::Note).collect();
    (bad.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Note), bad)
}

pub fn assert_clean(repo: &Repository, what: &str) {
    let report = look(repo, ReadData::All);
    let (severity, findings) = worst(&report);
    assert_eq!(severity, Severity::Note, "{what}: {findings:#?}");
    assert!(report.lost_files.is_empty() && report.packs_read > 0 && report.trees > 0, "{what}");
}

/// All files of all snapshots; the first error if something does not read.
pub fn contents(repo: &Repository) -> Result<Contents> {
    contents_but(repo, &[])
}

/// The same without some snapshots.
pub fn contents_but(repo: &Repository, others: &[SessionId]) -> Result<Contents> {
    repo.load_index(&Silent)?;
    let mut found = Contents::new();
    for info in list(repo, &SnapshotFilter::default(), &Silent)? {
        if others.contains(&info.id) {
            continue;
        }
        let mut todo = vec![(String::new(), info.snapshot.root.expect("has a root"))];
        let trees = Trees(repo);
        while let Some((path, tree)) = todo.pop() {
            for node in TreeReader::new(&trees, tree) {
                let node = node?;
                let path = format!("{path}/{}", String::from_utf8_lossy(&node.name));
                let mut hash = blake3::Hasher::new();
                if let caddis::model::Content::Inline(bytes) = &node.content {
                    hash.update(bytes);
                }
                for id in ContentReader::new(&trees, &node.content) {
                    hash.update(&repo.load_blob(BlobKind::Data, &id?, &Silent)?);
                }
                todo.extend(node.subtree.map(|tree| (path.clone(), tree)));
                found.insert((info.id.to_string(), path), hash.finalize().to_string());
            }
        }
    }
    Ok(found)
}

/// What happens to one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    Delete,
    Truncate,
    Empty,
    Flip,
    Swap,
    Overwrite,
    Append,
}

impl Damage {
    pub const ALL: [Damage; 7] = [
        Damage::Delete,
        Damage::Truncate,
        Damage::Empty,
        Damage::Flip,
        Damage::Swap,
        Damage::Overwrite,
        Damage::Append,
    ];

    /// Damages `name`; `other` is an object of the same family for [`Damage::Swap`]. False if that cannot be done.
    pub fn inflict(self, place: &MemoryBackend, name: &ObjectName, other: Option<&ObjectName>) -> bool {
        let mut bytes = place.get(name, u64::MAX).expect("it exists");
        let len = bytes.len();
        match self {
            Damage::Delete => return place.remove(name),
            Damage::Truncate => bytes.truncate(len / 2),
            Damage::Empty => bytes.clear(),
            Damage::Flip => bytes[len * 2 / 3] ^= 4,
            Damage::Overwrite => {
                let start = (len / 3) & !4095;
                let end = len.min(start + 4096);
                bytes[start..end].fill(0xee);
            }
            Damage::Append => bytes.extend_from_slice(b"more"),
            Damage::Swap => {
                let Some(other) = other else { return false };
                let others = place.get(other, u64::MAX).expect("it exists");
                place.overwrite(other, &bytes);
                bytes = others;
            }
        }
        place.overwrite(name, &bytes);
        true
    }
}
