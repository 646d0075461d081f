//! Every byte of a small repository is changed, one at a time: nothing wrong is ever returned, nothing panics, and what the format
//! promises to survive is survived.
//!
//! `CADDIS_TEST_SEED=N` makes other content and flips other bits, `CADDIS_TEST_FILES=N` (2 by default) a larger repository, for campaigns:
//! `CADDIS_TEST_FILES=40 CADDIS_TEST_SEED=7 cargo test --profile quick --test damage_bytes -- --nocapture`
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::print_stdout, reason = "a test that tells its numbers")]

#[allow(dead_code, reason = "shared with other tests")]
mod engine;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "engine/sealed.rs"]
mod sealed;

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use caddis::backend::{Family, MemoryBackend, ObjectName};
use caddis::error::Result;
use caddis::format::{Decision, Done, Fence, Finished, Mark, Session, Tombstone};
use caddis::fs::source::Rules;
use caddis::fs::target::Overwrite;
use caddis::id::{SessionId, StripeId};
use caddis::monitor::Silent;
use caddis::ops::check::{ReadData, Severity, check};
use caddis::ops::repair::{RepairOptions, repair};
use caddis::ops::restore::{RestoreOptions, restore};
use engine::{Picture, TestWorld, back_up, backup_options, init, noise, open, pictures, snapshots};
use tempfile::TempDir;

/// Every so manieth change is followed by a restore into a directory, too, and every so manieth of the index by a repair.
const RESTORE_EVERY: usize = 61;
const REPAIR_EVERY: usize = 61;

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

struct Sample {
    world: Arc<TestWorld>,
    backend: MemoryBackend,
    expected: Vec<Picture>,
    /// By path as restored.
    files: BTreeMap<String, Vec<u8>>,
}

/// A repository with objects of every kind.
fn sample(seed: u64) -> Sample {
    let world = TestWorld::new();
    let backend = Arc::new(MemoryBackend::new(world.clone()));
    let dir = TempDir::new().unwrap();
    let mut files = BTreeMap::new();
    for n in 0..number("CADDIS_TEST_FILES", 2) {
        files.insert(format!("noise{n}"), noise(seed + n, 9_000));
        files.insert(format!("text{n}"), format!("line {seed} {n}\n").into_bytes().repeat(900));
    }
    files.insert("inline".to_owned(), b"short".to_vec());
    files.insert("empty".to_owned(), Vec::new());
    for (name, bytes) in &files {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    let repo = init(backend.clone(), &world, (2, 1)).unwrap();
    back_up(&repo, dir.path(), &backup_options()).unwrap();
    let sid = |n| SessionId([n; 16]);
    let session = Session { host: "elsewhere".to_owned(), ..Session::default() };
    sealed::put(&repo, &ObjectName::Session(sid(1)), &session.encode());
    let fence =
        Decision::Fence(Fence { by: sid(3), reason: "test".to_owned(), kept: Vec::new(), left: Default::default() });
    sealed::put(&repo, &ObjectName::Snapshot(sid(2)), &fence.encode());
    let finished = Decision::Repaired(Finished::default());
    sealed::put(&repo, &ObjectName::Snapshot(sid(3)), &finished.encode());
    sealed::put(&repo, &ObjectName::Tomb(sid(2)), &Tombstone::default().encode());
    sealed::put(&repo, &ObjectName::Mark(sid(3)), &Mark { stripes: vec![StripeId([9; 32])], by: sid(3) }.encode());
    sealed::put(&repo, &ObjectName::Done(sid(3)), &Done { retired: Vec::new(), snapshots: Vec::new() }.encode());
    let expected: Vec<Picture> = pictures(&repo).unwrap().into_iter().map(|(_, picture)| picture).collect();
    let backend = (*backend).clone();
    Sample { world, backend, expected, files }
}

/// What came of reading a damaged repository.
#[derive(Debug)]
struct Outcome {
    /// Everything was read, and it was right.
    reads: bool,
    /// What `check --read-data` says, at worst; `None` if it says nothing, an error counts as lost.
    worst: Option<Severity>,
}

impl Sample {
    fn judge(&self, name: &ObjectName, at: usize, bit: u8) -> Outcome {
        let backend = Arc::new(self.backend.clone());
        let mut bytes = self.backend.snapshot_contents()[name].to_vec();
        bytes[at] ^= bit;
        backend.overwrite(name, &bytes);
        let reads = match open(backend.clone(), &self.world).and_then(|repo| pictures(&repo)) {
            Ok(found) => {
                let found: Vec<Picture> = found.into_iter().map(|(_, picture)| picture).collect();
                // A snapshot that cannot be read at all is not listed, and the monitor is told; nothing else may differ.
                assert!(found == self.expected || found.is_empty(), "wrong content was returned as right");
                !found.is_empty()
            }
            Err(_) => false,
        };
        if at.is_multiple_of(RESTORE_EVERY) {
            let restored = self.restore(&backend);
            assert_eq!(restored.is_ok_and(|complete| complete), reads, "restore and reading differ");
        }
        let report = open(backend.clone(), &self.world).and_then(|repo| check(&repo, ReadData::All, &Silent));
        let worst = match report {
            Ok(report) => report.findings.iter().map(|finding| finding.severity).max(),
            Err(_) => Some(Severity::Lost),
        };
        if name.family() == Family::Index && at.is_multiple_of(REPAIR_EVERY) {
            let repo = open(backend.clone(), &self.world).unwrap();
            let all = RepairOptions {
                replicas: true,
                index: true,
                packs: true,
                locations: true,
                dry_run: false,
                host: "h".to_owned(),
            };
            repair(&repo, &all, &Silent).unwrap();
            let found = pictures(&open(backend, &self.world).unwrap()).unwrap();
            assert!(found.into_iter().map(|(_, picture)| picture).eq(self.expected.iter().cloned()), "not repaired");
        }
        Outcome { reads, worst }
    }

    /// Restores into a directory; true if all of it came back. What is there is right in any case.
    fn restore(&self, backend: &Arc<MemoryBackend>) -> Result<bool> {
        let repo = open(backend.clone(), &self.world)?;
        let target = TempDir::new().unwrap();
        let Some(info) = snapshots(&repo, &Silent)?.pop() else { return Ok(false) };
        let options = RestoreOptions {
            target: target.path().to_owned(),
            path: info.snapshot.paths[0].clone(),
            includes: None,
            excludes: Rules::default(),
            overwrite: Overwrite::default(),
            delete: false,
            dry_run: false,
            verify: false,
            sparse: false,
            heal: false,
            ..RestoreOptions::default()
        };
        let report = restore(&repo, &info, &options, &Silent)?;
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(target.path()).unwrap() {
            let path = entry.unwrap().path();
            found.insert(path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap());
        }
        assert!(found.iter().all(|(name, bytes)| self.files.get(name) == Some(bytes)), "wrong content was restored");
        assert_eq!(report.problems.is_empty(), found == self.files, "what is missing is reported");
        Ok(found == self.files)
    }
}

/// What must hold after a change anywhere in an object of this family.
fn promise(family: Family, outcome: &Outcome) -> Result<(), &'static str> {
    let found = outcome.worst >= Some(Severity::Repairable);
    match family {
        // There is no second copy of these; they can be rebuilt, or do not matter for reading.
        Family::Index | Family::Gc if found => Ok(()),
        Family::Index | Family::Gc => Err("check did not find it"),
        Family::Sessions if outcome.reads => Ok(()),
        _ if !outcome.reads => Err("it should have been read all the same"),
        _ if !found => Err("check did not find it"),
        _ if outcome.worst == Some(Severity::Lost) => Err("check calls it lost"),
        _ => Ok(()),
    }
}

#[test]
fn every_byte() {
    let start = std::time::Instant::now();
    let seed = number("CADDIS_TEST_SEED", 1);
    let sample = sample(seed);
    let contents = sample.backend.snapshot_contents();
    let intact = open(Arc::new(sample.backend.clone()), &sample.world).unwrap();
    let report = check(&intact, ReadData::All, &Silent).unwrap();
    assert!(report.findings.iter().all(|finding| finding.severity == Severity::Note), "{report:?}");
    let all: Vec<(ObjectName, usize)> =
        contents.iter().flat_map(|(name, bytes)| (0..bytes.len()).map(|at| (*name, at))).collect();
    let next = AtomicUsize::new(0);
    let failures = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, |n| n.get()) {
            scope.spawn(|| {
                while let Some((name, at)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let bit = 1 << ((at + seed as usize) % 8);
                    let kept = match catch_unwind(AssertUnwindSafe(|| sample.judge(name, *at, bit))) {
                        Ok(outcome) => {
                            promise(name.family(), &outcome).map_err(|cause| format!("{cause}: {outcome:?}"))
                        }
                        Err(_) => Err("it panicked".to_owned()),
                    };
                    if let Err(cause) = kept {
                        eprintln!("byte {at} of {name}, bit {bit:#04x}: {cause}");
                        if failures.fetch_add(1, Ordering::Relaxed) > 20 {
                            return;
                        }
                    }
                }
            });
        }
    });
    let families: std::collections::BTreeSet<Family> = contents.keys().map(ObjectName::family).collect();
    assert_eq!(families.len(), Family::ALL.len(), "every kind of object is there");
    println!("REPORT damage_bytes.objects {}\nREPORT damage_bytes.bytes {}", contents.len(), all.len());
    eprintln!("{:?}", start.elapsed());
    assert_eq!(failures.into_inner(), 0);
}
