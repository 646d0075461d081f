//! Tool: a month of a backup every ten minutes, with and without pruning once a day, and what the snapshots that are kept take at best.
//!
//! Usage: `cargo bench --profile quick --bench month -- 4300` (the number of backups; 4,320 are thirty days). Time is simulated and the repository lies in memory; it has
//! the settings of `caddis init` without options. The source: 300 files of some 6 MB, three of which change before each backup, and a log that grows.
//! Of the snapshots the newest 144 and the last of each day are kept. Printed are the size of the repository, its objects, and all that was written to it.
//! The aim: with pruning, at most twice the size of a fresh repository with the same snapshots.
#![allow(missing_docs)]
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../tests/engine/mod.rs"]
mod engine;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use caddis::backend::{Backend, BackendError, Family, Listed, MemoryBackend, ObjectName, Put};
use caddis::format::ChunkerConfig;
use caddis::fs::source::Rules;
use caddis::fs::target::Overwrite;
use caddis::monitor::Silent;
use caddis::ops::backup::{BackupOptions, Source, backup};
use caddis::ops::prune::{PruneOptions, PruneReport, prune};
use caddis::ops::restore::{RestoreOptions, restore};
use caddis::repo::{InitOptions, Repository, SessionOwner};
use caddis::world::{Time, World};
use engine::{PASSWORD, TestWorld, open_options, snapshots};

const PER_DAY: usize = 144;
const FILES: u64 = 300;

/// Counts what is written.
#[derive(Debug)]
struct Counting {
    memory: MemoryBackend,
    written: AtomicU64,
}

impl Counting {
    fn count(&self, bytes: &[u8]) {
        self.written.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    }
}

impl Backend for Counting {
    fn describe(&self) -> String {
        self.memory.describe()
    }

    fn put_new(&self, name: &ObjectName, bytes: &[u8]) -> Result<Put, BackendError> {
        self.count(bytes);
        self.memory.put_new(name, bytes)
    }

    fn put_session(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.count(bytes);
        self.memory.put_session(name, bytes)
    }

    fn replace_pack(&self, name: &ObjectName, bytes: &[u8]) -> Result<(), BackendError> {
        self.count(bytes);
        self.memory.replace_pack(name, bytes)
    }

    fn get(&self, name: &ObjectName, limit: u64) -> Result<Vec<u8>, BackendError> {
        self.memory.get(name, limit)
    }

    fn get_range(&self, name: &ObjectName, offset: u64, len: usize) -> Result<Vec<u8>, BackendError> {
        self.memory.get_range(name, offset, len)
    }

    fn list(&self, family: Family) -> Result<Vec<Listed>, BackendError> {
        self.memory.list(family)
    }

    fn stat(&self, name: &ObjectName) -> Result<Listed, BackendError> {
        self.memory.stat(name)
    }

    fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        self.memory.delete(name)
    }

    fn barrier(&self) -> Result<(), BackendError> {
        self.memory.barrier()
    }

    fn remove_unfinished(&self, before: Time) -> Result<u64, BackendError> {
        self.memory.remove_unfinished(before)
    }
}

/// A repository in memory.
struct Place {
    world: Arc<TestWorld>,
    backend: Arc<Counting>,
    repo: Repository,
}

impl Place {
    fn new(world: Arc<TestWorld>) -> anyhow::Result<Place> {
        let backend = Arc::new(Counting { memory: MemoryBackend::new(world.clone()), written: AtomicU64::new(0) });
        let options = InitOptions {
            pack_size: 1 << 20,
            chunker: ChunkerConfig { min: 32 << 10, average: 128 << 10, max: 512 << 10, level: 1 },
            inline_limit: 256,
            frame_target: 1 << 20,
            single_writer: false,
            settings: Default::default(),
            ..engine::init_options((20, 2))
        };
        let repo = Repository::init(backend.clone(), world.clone(), PASSWORD, &options, &open_options(None))?;
        Ok(Place { world, backend, repo })
    }

    fn save(&self, dir: &Path) -> anyhow::Result<()> {
        let source = Source::Paths { base: dir.to_owned(), paths: vec![".".into()] };
        let options = BackupOptions { threads: 0, ..engine::backup_options() };
        backup(&self.repo, source, &options, &Silent)?;
        Ok(())
    }

    /// Forgets all but the newest day and the last of each day, and prunes.
    fn tidy(&self) -> anyhow::Result<PruneReport> {
        let all = snapshots(&self.repo, &Silent)?;
        let (old, _) = all.split_at(all.len().saturating_sub(PER_DAY));
        let last: BTreeMap<i64, _> = old.iter().map(|info| (info.snapshot.time.secs / 86_400, info.id)).collect();
        for info in old.iter().filter(|info| last.values().all(|id| *id != info.id)) {
            self.repo.bury(info.id, "host", "policy", &Silent)?;
        }
        let owner = SessionOwner { host: "host".to_owned(), label: None, process: self.world.process() };
        Ok(prune(&self.repo, &owner, &PruneOptions::default(), &Silent)?)
    }

    fn size(&self) -> u64 {
        self.backend.memory.snapshot_contents().values().map(|bytes| bytes.len() as u64).sum()
    }

    #[allow(clippy::print_stdout, reason = "a tool")]
    fn tell(&self, what: &str) -> anyhow::Result<()> {
        let mut objects = String::new();
        for family in [Family::Packs, Family::Index, Family::Snapshots, Family::Tombs, Family::Gc, Family::Sessions] {
            let listed = self.backend.list(family)?;
            let bytes: u64 = listed.iter().map(|listed| listed.size).sum();
            objects += &format!(", {} {} {:.1} MB", listed.len(), family.folder(), mb(bytes));
        }
        let written = mb(self.backend.written.load(Ordering::Relaxed));
        println!("{what}: {:.1} MB{objects}; {written:.1} MB written", mb(self.size()));
        Ok(())
    }
}

fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Half of the files compress.
fn content(seed: u64, len: usize) -> Vec<u8> {
    let noise = engine::noise(seed, len);
    match seed % 2 {
        0 => noise,
        _ => noise.iter().map(|byte| b"etaoin shrdlu.\n "[usize::from(byte % 16)]).collect(),
    }
}

/// The files before the first backup, or what changes before a later one.
fn change(dir: &Path, run: usize) -> anyhow::Result<()> {
    let run = run as u64;
    let write = |file: u64| {
        let path = dir.join(format!("folder{}/file{file}", file % 12));
        fs::create_dir_all(path.parent().unwrap_or(dir))?;
        fs::write(path, content(run * FILES + file, 2_000 + (file * 977 % 37_000) as usize))
    };
    match run {
        0 => (0..FILES).try_for_each(write)?,
        _ => (0..3).try_for_each(|n| write((run * 31 + n * 101) % FILES))?,
    }
    let mut log = fs::OpenOptions::new().create(true).append(true).open(dir.join("log"))?;
    for line in 0..20 {
        writeln!(log, "{run:05}.{line:02} request {} took {} ms", (run * 7_919 + line) % 100_003, line * run % 977)?;
    }
    Ok(())
}

/// A month of backups, with or without pruning.
#[allow(clippy::print_stdout, reason = "a tool")]
fn month(runs: usize, tidy: bool) -> anyhow::Result<Place> {
    let source = tempfile::TempDir::new_in("/dev/shm").or_else(|_| tempfile::TempDir::new())?;
    let place = Place::new(TestWorld::new())?;
    let what = if tidy { "with forget and prune" } else { "without" };
    for run in 0..runs {
        change(source.path(), run)?;
        let begun = place.world.now().secs;
        place.save(source.path())?;
        let end_of_day = (run + 1) % PER_DAY == 0;
        if tidy && (end_of_day || run + 1 == runs) {
            let before = place.size();
            let report = place.tidy()?;
            let day = (run + 1).div_ceil(PER_DAY);
            let (before, after) = (mb(before), mb(place.size()));
            println!(
                "day {day:2}: {before:.1} MB, after the prune {after:.1} MB, {:.1} MB rewritten",
                mb(report.bytes_written)
            );
        } else if end_of_day && (run + 1) % (5 * PER_DAY) == 0 {
            place.tell(&format!("{} backups {what}", run + 1))?;
        }
        let spent = (place.world.now().secs - begun) as u64;
        place.world.advance(600_u64.saturating_sub(spent));
    }
    place.tell(&format!("{runs} backups {what}"))?;
    Ok(place)
}

#[allow(clippy::print_stdout, reason = "a tool")]
fn main() -> anyhow::Result<()> {
    let Some(runs) = std::env::args().skip(1).find(|arg| arg != "--bench") else {
        // Run with all the benches: there is nothing to measure here.
        return Ok(());
    };
    let runs = runs.parse()?;
    drop(month(runs, false)?);
    let pruned = month(runs, true)?;

    // The same snapshots in fresh repositories: each in a backup of its own, and all in one.
    let restored = tempfile::TempDir::new_in("/dev/shm").or_else(|_| tempfile::TempDir::new())?;
    let fresh = Place::new(TestWorld::new())?;
    let kept = snapshots(&pruned.repo, &Silent)?;
    for (n, info) in kept.iter().enumerate() {
        let target = restored.path().join(n.to_string());
        let options = RestoreOptions {
            target: target.clone(),
            path: Vec::new(),
            includes: None,
            excludes: Rules::default(),
            overwrite: Overwrite::Always,
            delete: false,
            dry_run: false,
            verify: false,
            sparse: false,
            heal: false,
            ..RestoreOptions::default()
        };
        let report = restore(&pruned.repo, info, &options, &Silent)?;
        anyhow::ensure!(report.problems.is_empty(), "{:?}", report.problems);
        fresh.save(&target)?;
    }
    fresh.tell(&format!("the {} snapshots that are kept, each backed up afresh", kept.len()))?;
    let merged = Place::new(TestWorld::new())?;
    merged.save(restored.path())?;
    merged.tell("all of them in one backup")?;
    let ratio = |place: &Place| pruned.size() as f64 / place.size() as f64;
    println!("with pruning {:.2} times the former, {:.2} times the latter", ratio(&fresh), ratio(&merged));
    Ok(())
}
