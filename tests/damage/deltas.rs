//! Repositories with deltas: what a lost base takes with it, how all becomes whole again, and an index made anew.
use std::collections::BTreeSet;
use std::sync::Arc;

use caddis::backend::{Backend, ErrorKind, Family, MemoryBackend, ObjectName};
use caddis::error::Error;
use caddis::format::{Codec, FRAMES_START, FrameEntry, IndexName};
use caddis::id::{BlobId, BlobKind, PackId};
use caddis::model::Content;
use caddis::monitor::Silent;
use caddis::ops::backup::BackupOptions;
use caddis::ops::check::{ReadData, Severity};
use caddis::ops::prune::{MaxUnused, PruneOptions, prune};
use caddis::ops::repair::{RepairOptions, repair};
use caddis::repo::{DeltaMode, Repository, SessionOwner};

use super::away::Stubborn;
use super::fixture::{assert_clean, contents, look, mend, reopen, save, worst};
use crate::engine::{self, TestWorld, noise, pictures};

struct Scene {
    source: tempfile::TempDir,
    place: Arc<MemoryBackend>,
}

impl Scene {
    fn new(parity: (u8, u8)) -> Scene {
        let world = TestWorld::new();
        let place = Arc::new(MemoryBackend::new(world.clone()));
        engine::init(place.clone(), &world, parity).expect("a new repository");
        Scene { source: tempfile::tempdir().expect("a folder"), place }
    }

    fn file(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.source.path().join(name), bytes).expect("a file");
    }

    fn open(&self) -> Repository {
        reopen(&self.place).expect("opens")
    }

    fn save(&self) -> String {
        save(&self.open(), self.source.path())
    }

    /// All frames of data packs, with pack and offset.
    fn frames(&self) -> Vec<(PackId, u64, FrameEntry)> {
        let mut found = Vec::new();
        let repo = self.open();
        for listed in self.place.list(Family::Index).expect("memory") {
            let ObjectName::Index(session, number) = listed.name else { continue };
            let object = repo.read_index_object(IndexName { session, number }, &Silent).expect("reads");
            for slot in object.stripes.into_iter().flat_map(|stripe| stripe.slots) {
                let mut at = FRAMES_START as u64;
                for frame in slot.frames {
                    let len = u64::from(frame.stored_len);
                    found.push((slot.pack, at, frame));
                    at += len;
                }
            }
        }
        found
    }

    /// Deltas that some base of theirs is missing for.
    fn dangling(&self) -> usize {
        let frames = self.frames();
        let full: BTreeSet<BlobId> = (frames.iter())
            .filter(|(_, _, frame)| frame.bases.is_empty())
            .flat_map(|(_, _, frame)| frame.blobs.iter().map(|(id, _)| *id))
            .collect();
        frames.iter().filter(|(_, _, frame)| !frame.bases.iter().all(|base| full.contains(base))).count()
    }
}

fn edited(seed: u64, len: usize, edit: u8) -> Vec<u8> {
    let mut bytes = noise(seed, len);
    bytes[len / 2..].iter_mut().take(9).for_each(|byte| *byte = edit);
    bytes
}

/// Edited, and in some places so much is new that it becomes a base of its own.
fn overwritten(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = edited(seed, len, 1);
    for n in 0..8 {
        let at = len / 9 * (n as usize + 1);
        bytes[at..at + 1_500].copy_from_slice(&noise(1_000 + n, 1_500));
    }
    bytes
}

/// Files of snapshots that consist of one of these blobs, among others.
fn files_with(repo: &Repository, blobs: &BTreeSet<BlobId>) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (info, picture) in pictures(repo).expect("nothing is damaged") {
        for (path, (node, _)) in picture {
            if matches!(&node.content, Content::Blobs(ids) if ids.iter().any(|id| blobs.contains(id))) {
                let path = String::from_utf8_lossy(&path).into_owned();
                found.insert((info.id.to_string(), path));
            }
        }
    }
    found
}

#[test]
fn a_lost_base_names_its_dependants_and_all_becomes_whole_again() {
    let scene = Scene::new((1, 0));
    let first = |n: u64| noise(n, 3_000 + 1_000 * n as usize);
    let second = |n: u64| edited(n, 3_000 + 1_000 * n as usize, 1);
    (0..6).for_each(|n| scene.file(&format!("small{n}"), &first(n)));
    scene.file("large", &noise(50, 200_000));
    scene.file("other", &noise(60, 100_000));
    scene.save();
    (0..3).for_each(|n| scene.file(&format!("small{n}"), &second(n)));
    scene.file("large", &overwritten(50, 200_000));
    scene.save();
    let truth = contents(&scene.open()).expect("nothing is damaged");
    let frames = scene.frames();
    let deltas: Vec<&FrameEntry> = (frames.iter().map(|(_, _, frame)| frame))
        .filter(|frame| frame.tag.codec == Codec::ZstdDelta && frame.tag.kind == BlobKind::Data)
        .collect();
    // Each frame of bases by itself. Some of them hold what was new, and no snapshot refers to it.
    let bases: BTreeSet<BlobId> = deltas.iter().flat_map(|frame| frame.bases.iter().copied()).collect();
    let in_use = |id: &BlobId| !files_with(&scene.open(), &BTreeSet::from([*id])).is_empty();
    assert!(bases.iter().any(in_use) && !bases.iter().all(in_use));
    let holds = |frame: &FrameEntry| frame.bases.is_empty() && frame.blobs.iter().any(|(id, _)| bases.contains(id));
    for (pack, at, base) in frames.iter().filter(|(_, _, frame)| holds(frame)) {
        let place = Arc::new((*scene.place).clone());
        let scene = Scene { source: tempfile::tempdir().expect("a folder"), place };
        let gone: BTreeSet<BlobId> = base.blobs.iter().map(|(id, _)| *id).collect();
        let dependants = deltas.iter().filter(|other| other.bases.iter().any(|base| gone.contains(base)));
        let lost: BTreeSet<BlobId> =
            gone.iter().copied().chain(dependants.flat_map(|frame| frame.blobs.iter().map(|(id, _)| *id))).collect();
        let expected = files_with(&scene.open(), &lost);
        let name = ObjectName::Pack(*pack);
        let mut bytes = scene.place.get(&name, u64::MAX).expect("it is there");
        bytes[*at as usize + base.stored_len as usize / 2] ^= 1;
        scene.place.overwrite(&name, &bytes);
        let named = || {
            let report = look(&scene.open(), ReadData::All);
            let files: BTreeSet<(String, String)> = (report.lost_files.iter())
                .map(|(sid, path)| (sid.clone(), String::from_utf8_lossy(path).into_owned()))
                .collect();
            (files, report)
        };
        let same = |files: &BTreeSet<(String, String)>| {
            files.len() == expected.len()
                && files.iter().all(|(sid, path)| {
                    expected.iter().any(|(full, other)| full.starts_with(sid.as_str()) && other == path)
                })
        };
        let (files, report) = named();
        assert!(worst(&report).0 == Severity::Lost && same(&files), "{files:#?} {expected:#?}");
        let mended = mend(&scene.open());
        assert!(!mended.blobs_lost.is_empty(), "{mended:?}");
        let (files, _) = named();
        assert!(same(&files), "{files:#?} {expected:#?}");
        // Backed up again with what the first snapshot had, then with what the second had: all is whole.
        scene.file("other", &noise(60, 100_000));
        (0..6).for_each(|n| scene.file(&format!("small{n}"), &first(n)));
        scene.file("large", &noise(50, 200_000));
        scene.save();
        (0..3).for_each(|n| scene.file(&format!("small{n}"), &second(n)));
        scene.file("large", &overwritten(50, 200_000));
        scene.save();
        let (files, report) = named();
        assert!(files.is_empty(), "{files:#?} {:#?}", report.findings);
        let now = contents(&scene.open()).expect("everything reads");
        assert!(truth.iter().all(|(file, hash)| now.get(file) == Some(hash)));
        let options = PruneOptions { max_unused: MaxUnused::Bytes(0), ..PruneOptions::default() };
        (0..2).for_each(|_| drop(prune(&scene.open(), &owner(), &options, &Silent).expect("a prune")));
        assert_clean(&scene.open(), "after prunes");
    }
}

fn owner() -> SessionOwner {
    SessionOwner { host: "host".to_owned(), ..SessionOwner::default() }
}

/// Three snapshots; or the last of them, with deltas that nothing needs and that a prune has taken the bases from.
fn with_deltas(parity: (u8, u8), dangles: bool) -> Scene {
    let scene = Scene::new(parity);
    scene.file("small", &noise(1, 9_000));
    let first = scene.save();
    scene.file("small", &edited(1, 9_000, 1));
    scene.file("large", &noise(50, 200_000));
    let second = scene.save();
    scene.file("large", &edited(50, 200_000, 1));
    if dangles {
        std::fs::remove_file(scene.source.path().join("small")).expect("it is there");
    }
    scene.save();
    if dangles {
        let repo = scene.open();
        for sid in [&first, &second] {
            repo.bury(sid.parse().expect("an id"), "host", "a test", &Silent).expect("forgets");
        }
        let options = PruneOptions { max_unused: MaxUnused::Percent(95.0), ..PruneOptions::default() };
        prune(&repo, &owner(), &options, &Silent).expect("a prune");
    }
    scene
}

#[test]
fn an_index_made_anew_of_packs_with_deltas() {
    for (dangles, parity) in [(false, (1, 0)), (true, (1, 0)), (true, (4, 2))] {
        // Whether a tree keeps a base depends on where things were cut, which is different in each repository.
        let scene = (0..30).map(|_| with_deltas(parity, dangles)).find(|scene| (scene.dangling() > 0) == dangles);
        let scene = scene.expect("most are so");
        assert!(scene.frames().iter().any(|(_, _, frame)| !frame.bases.is_empty()));
        assert_clean(&scene.open(), "with its index");
        let truth = contents(&scene.open()).expect("everything reads");
        for listed in scene.place.list(Family::Index).expect("memory") {
            scene.place.remove(&listed.name);
        }
        assert_eq!(worst(&look(&scene.open(), ReadData::No)).0, Severity::Repairable);
        let report = mend(&scene.open());
        assert!(report.index_written > 0 && report.blobs_lost.is_empty() && report.packs_lost.is_empty(), "{report:?}");
        let found = contents(&scene.open()).map_err(|error| format!("{dangles} {parity:?} {error} {report:?}"));
        assert_eq!(found.expect("everything reads"), truth);
        assert_clean(&scene.open(), "after the repair");
        let again = mend(&scene.open());
        assert!(
            again.index_written == 0 && again.packs_lost.is_empty(),
            "a second repair has nothing to do: {again:?}"
        );
        // What dangles comes again, and prunes tidy up.
        scene.file("small", &edited(1, 9_000, 1));
        scene.save();
        assert_clean(&scene.open(), "after a backup");
        let options = PruneOptions { max_unused: MaxUnused::Bytes(0), ..PruneOptions::default() };
        prune(&scene.open(), &owner(), &options, &Silent).expect("a prune");
        assert_clean(&scene.open(), "after a prune");
    }
}

fn objects(place: &MemoryBackend, family: Family) -> BTreeSet<ObjectName> {
    place.snapshot_contents().into_keys().filter(|name| name.family() == family).collect()
}

#[test]
fn deltas_whose_bases_cannot_be_read_for_the_time_being_are_not_given_up_with_their_index() {
    for kind in [ErrorKind::PermissionDenied, ErrorKind::Other] {
        let scene = Scene::new((1, 0));
        scene.file("large", &noise(50, 200_000));
        scene.save();
        let (bases, old) = (objects(&scene.place, Family::Packs), objects(&scene.place, Family::Index));
        scene.file("large", &edited(50, 200_000, 1));
        scene.save();
        assert!(scene.frames().iter().any(|(_, _, frame)| !frame.bases.is_empty()));
        let truth = contents(&scene.open()).expect("everything reads");
        let new = objects(&scene.place, Family::Index);
        assert!(new.difference(&old).all(|name| scene.place.remove(name)));
        let place = Arc::new(Stubborn { inner: (*scene.place).clone(), refused: bases, kind });
        let options = RepairOptions {
            replicas: false,
            index: true,
            packs: false,
            locations: false,
            dry_run: false,
            host: "host".to_owned(),
        };
        let result = repair(&reopen(&place).expect("opens"), &options, &Silent);
        assert!(matches!(&result, Err(Error::Backend(error)) if error.kind == kind), "{result:?}");
        // Once they read, all is as it was.
        let place = Arc::new(place.inner.clone());
        mend(&reopen(&place).expect("opens"));
        let repo = reopen(&place).expect("opens");
        assert_eq!(contents(&repo).expect("everything reads"), truth);
        assert_clean(&repo, "after the repair");
    }
}

#[test]
fn a_base_that_is_lost_in_full_and_reads_as_a_delta_is_stored_in_full_again() {
    let scene = Scene::new((1, 0));
    scene.file("file", &noise(7, 9_000));
    scene.save();
    // Two backups at the same time store the same new version: one in full, the other as a delta.
    let other = Arc::new((*scene.place).clone());
    scene.file("file", &edited(7, 9_000, 1));
    for (place, delta) in [(&scene.place, DeltaMode::Off), (&other, DeltaMode::On)] {
        let options = BackupOptions { delta: Some(delta), ..engine::backup_options() };
        engine::back_up(&reopen(place).expect("opens"), scene.source.path(), &options).expect("a backup");
    }
    let full: BTreeSet<PackId> = scene.frames().iter().map(|(pack, _, _)| *pack).collect();
    // What comes next is a delta of the one in full.
    scene.file("file", &edited(7, 9_000, 2));
    scene.save();
    for (name, bytes) in other.snapshot_contents() {
        scene.place.overwrite(&name, &bytes);
    }
    let truth = contents(&scene.open()).expect("everything reads");
    let frames = scene.frames();
    let last = frames.iter().filter(|(pack, _, frame)| !full.contains(pack) && frame.tag.kind == BlobKind::Data);
    let bases: BTreeSet<BlobId> = last.flat_map(|(_, _, frame)| frame.bases.iter().copied()).collect();
    let twice = |id: &BlobId| {
        let of = |delta: bool| {
            frames
                .iter()
                .any(|(_, _, frame)| frame.bases.is_empty() != delta && frame.blobs.iter().any(|(blob, _)| blob == id))
        };
        of(true) && of(false)
    };
    let base = bases.iter().find(|base| twice(base)).expect("a base that is stored in both ways");
    let holds = |frame: &FrameEntry| frame.bases.is_empty() && frame.blobs.iter().any(|(blob, _)| blob == base);
    let (pack, at, frame) = frames.iter().find(|(_, _, frame)| holds(frame)).expect("it is in full there");
    let name = ObjectName::Pack(*pack);
    let mut bytes = scene.place.get(&name, u64::MAX).expect("it is there");
    bytes[*at as usize + frame.stored_len as usize / 2] ^= 1;
    scene.place.overwrite(&name, &bytes);
    let mended = mend(&scene.open());
    assert!(mended.blobs_lost.is_empty(), "{mended:?}");
    assert_eq!(contents(&scene.open()).expect("everything reads"), truth);
    assert_clean(&scene.open(), "after the repair");
}
