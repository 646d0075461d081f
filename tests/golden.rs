//! Every format version that was ever released stays readable: small repositories that are kept as they are.
//!
//! A new version's: `CADDIS_MAKE_FIXTURES=v2 cargo test --test golden make_fixtures`. What exists is never overwritten.
#![allow(clippy::unwrap_used, reason = "tests")]

#[allow(dead_code, reason = "shared with other tests")]
mod engine;
#[allow(dead_code, reason = "shared with other tests")]
mod faults;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "engine/sealed.rs"]
mod sealed;

#[path = "golden/delta.rs"]
mod delta;
#[path = "golden/make.rs"]
mod make;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use caddis::backend::{Family, LocalBackend};
use caddis::monitor::{Recorder, Silent};
use caddis::ops::check::{ReadData, Severity, check};
use caddis::repo::{OpenOptions, Repository};
use engine::{TestWorld, back_up, backup_options, pictures};
use tempfile::TempDir;

const PASSWORD: &[u8] = "golden pässword".as_bytes();
/// log2 of scrypt's N in the fixtures.
const FLOOR: u8 = 10;
/// All that there are.
const FIXTURES: [(&str, &str); 2] = [("v1", "parity-4-2"), ("v1", "parity-off")];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn folders(path: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        (fs::read_dir(path).unwrap()).map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_fixture_is_tested() {
    let mut found = Vec::new();
    for version in folders(&fixtures()) {
        found.extend(folders(&fixtures().join(&version)).into_iter().map(|name| (version.clone(), name)));
    }
    let listed: Vec<_> = FIXTURES.map(|(version, name)| (version.to_owned(), name.to_owned())).to_vec();
    assert_eq!(found, listed);
}

#[test]
fn make_fixtures() {
    if let Ok(version) = std::env::var("CADDIS_MAKE_FIXTURES") {
        make::make(&fixtures().join(version));
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

fn open(folder: &Path, world: &Arc<TestWorld>, monitor: &Recorder) -> Repository {
    let backend = Arc::new(LocalBackend::open(folder.join("repo")).unwrap());
    let options = OpenOptions { kdf_floor: FLOOR, ..OpenOptions::default() };
    Repository::open(backend, world.clone(), PASSWORD, &options, monitor).unwrap()
}

/// All snapshots with all that is in them, as text.
fn description(repo: &Repository) -> String {
    let mut text = String::new();
    for (info, picture) in pictures(repo).unwrap() {
        let snapshot = &info.snapshot;
        let paths: Vec<_> = snapshot.paths.iter().map(|path| path.escape_ascii().to_string()).collect();
        writeln!(text, "snapshot {} {:?} host {:?} label {:?}", info.id, snapshot.time, snapshot.host, snapshot.label)
            .unwrap();
        writeln!(text, "  tags {:?} paths {paths:?} excludes {:?}", snapshot.tags, snapshot.excludes).unwrap();
        writeln!(
            text,
            "  partial {} description {:?} original {:?} protected {:?} unknown {:?}",
            snapshot.partial, snapshot.description, snapshot.original, snapshot.protected_until, snapshot.unknown
        )
        .unwrap();
        for (path, (node, bytes)) in picture {
            writeln!(
                text,
                "  {} {:?} {:o} {}:{} {:?} size {} holes {:?} target {} bytes {} {}",
                path.escape_ascii(),
                node.kind,
                node.mode,
                node.uid,
                node.gid,
                node.mtime,
                node.size,
                node.holes,
                node.target.escape_ascii(),
                bytes.len(),
                blake3::hash(&bytes).to_hex()
            )
            .unwrap();
        }
    }
    text
}

/// Writes what is expected beside a new fixture.
fn describe(folder: &Path, repo: &Repository) {
    fs::write(folder.join("expected.txt"), description(repo)).unwrap();
}

#[test]
fn every_fixture_reads() {
    for (version, name) in FIXTURES {
        let fixture = fixtures().join(version).join(name);
        let dir = TempDir::new().unwrap();
        let folder = dir.path().join(name);
        copy(&fixture, &folder);
        let (world, monitor) = (TestWorld::new(), Recorder::default());
        let repo = open(&folder, &world, &monitor);
        assert_eq!(description(&repo), fs::read_to_string(fixture.join("expected.txt")).unwrap(), "{version} {name}");
        let clean = |repo: &Repository| {
            let report = check(repo, ReadData::All, &monitor).unwrap();
            assert!(report.findings.iter().all(|finding| finding.severity == Severity::Note), "{name}: {report:#?}");
            assert!(report.packs_read == report.packs && report.packs > 0, "{name}: {report:#?}");
        };
        clean(&repo);
        // And it goes on being used.
        let source = dir.path().join("source");
        fs::create_dir(&source).unwrap();
        fs::write(source.join("file"), "a new file, longer than what is stored with its name, and not much else")
            .unwrap();
        back_up(&repo, &source, &backup_options()).unwrap();
        let again = open(&folder, &world, &monitor);
        clean(&again);
        assert_eq!(pictures(&again).unwrap().len(), pictures(&repo).unwrap().len());
        assert!(description(&again).contains("/source/file"));
        assert_eq!(monitor.problems(), [], "{name}");
    }
}

#[test]
fn fixtures_have_every_kind_of_object() {
    let mut missing = Vec::from(Family::ALL);
    for (version, name) in FIXTURES {
        let repo = fixtures().join(version).join(name).join("repo");
        missing.retain(|family| !repo.join(family.folder()).is_dir());
    }
    assert_eq!(missing, []);
    let (world, monitor) = (TestWorld::new(), Recorder::default());
    let repo = open(&fixtures().join("v1/parity-off"), &world, &monitor);
    let decisions = repo.catalog(&Silent).unwrap().decisions;
    let kinds: std::collections::BTreeSet<_> = decisions.values().map(|decision| decision.encode()[2]).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), [1, 2, 3, 4]);
}
