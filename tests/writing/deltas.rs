//! Deltas: what changed is stored as what changed, one step deep, no larger than half; and reads as it was.
use std::collections::BTreeSet;

use caddis::backend::{Backend, ErrorKind, Family, ObjectName};
use caddis::compress::Compression;
use caddis::format::{Codec, FrameEntry, IndexName};
use caddis::id::{BlobId, BlobKind, StripeId};
use caddis::monitor::Silent;
use caddis::ops::backup::{BackupOptions, BackupReport, Parent, Source, backup};
use caddis::ops::check::{ReadData, Severity, check};
use caddis::ops::prune::{MaxUnused, PruneOptions, prune};
use caddis::repo::{DeltaMode, InitOptions, SessionOwner, WriteOptions, Writer};
use caddis::world::World;

use super::scene::{Scene, backup_options, init_options, noise};
use crate::faults::{Call, Fault, Op};

/// All frames that index objects name, with their stripes.
pub(super) fn frames(scene: &Scene) -> Vec<(StripeId, FrameEntry)> {
    let mut found = Vec::new();
    let repo = scene.open().unwrap();
    for listed in scene.memory.list(Family::Index).unwrap() {
        let ObjectName::Index(session, number) = listed.name else { continue };
        for stripe in repo.read_index_object(IndexName { session, number }, &Silent).unwrap().stripes {
            for slot in stripe.slots {
                found.extend(slot.frames.into_iter().map(|frame| (stripe.id, frame)));
            }
        }
    }
    found
}

/// Delta frames of a kind. Every base of them is stored in full.
pub(super) fn deltas(scene: &Scene, kind: BlobKind) -> Vec<FrameEntry> {
    let frames = frames(scene);
    let is_delta = |frame: &FrameEntry| frame.tag.codec == Codec::ZstdDelta;
    let full: BTreeSet<BlobId> = (frames.iter())
        .filter(|(_, frame)| !is_delta(frame) && frame.tag.kind == kind)
        .flat_map(|(_, frame)| frame.blobs.iter().map(|(id, _)| *id))
        .collect();
    let found: Vec<FrameEntry> =
        frames.into_iter().map(|(_, frame)| frame).filter(|frame| is_delta(frame) && frame.tag.kind == kind).collect();
    for frame in &found {
        assert!(!frame.bases.is_empty() && frame.bases.iter().all(|base| full.contains(base)), "depth one");
    }
    found
}

pub(super) fn blobs(frames: &[FrameEntry]) -> usize {
    frames.iter().map(|frame| frame.blobs.len()).sum()
}

pub fn raw(frame: &FrameEntry) -> u64 {
    frame.blobs.iter().map(|(_, len)| u64::from(*len)).sum()
}

fn with(delta: DeltaMode) -> BackupOptions {
    BackupOptions { delta: Some(delta), ..backup_options() }
}

/// Backs up; the snapshot is the source, and check, which reads everything, has nothing to say.
#[track_caller]
pub fn store(scene: &Scene, options: &BackupOptions) -> BackupReport {
    let report = scene.back_up(options).unwrap();
    scene.assert_newest_is_source(report.snapshot);
    assert_sound(scene);
    report
}

#[track_caller]
pub(super) fn assert_sound(scene: &Scene) {
    let repo = scene.open().unwrap();
    let report = check(&repo, ReadData::All, &Silent).unwrap();
    let bad: Vec<_> = report.findings.iter().filter(|finding| finding.severity > Severity::Note).collect();
    assert!(bad.is_empty() && report.packs_read > 0, "{bad:?} {report:?}");
}

/// Bytes of data packs.
pub(super) fn stored(scene: &Scene) -> u64 {
    frames(scene).iter().map(|(_, frame)| u64::from(frame.stored_len)).sum()
}

/// Some bytes in the middle are others.
fn edited(mut bytes: Vec<u8>, edit: u8) -> Vec<u8> {
    let middle = bytes.len() / 2;
    bytes[middle..].iter_mut().take(9).for_each(|byte| *byte = edit);
    bytes
}

#[test]
fn a_small_changed_file_is_a_delta_unless_it_must_not_be() {
    for (delta, compression, parent, expected) in [
        (DeltaMode::Auto, None, Parent::Newest, 1),
        (DeltaMode::On, None, Parent::Newest, 1),
        (DeltaMode::Off, None, Parent::Newest, 0),
        (DeltaMode::On, Some(Compression::Off), Parent::Newest, 0),
        (DeltaMode::On, None, Parent::None, 0),
    ] {
        let scene = Scene::filled(&init_options());
        scene.file("small", &noise(7, 9_000)[..3_900]);
        store(&scene, &with(delta));
        assert_eq!(deltas(&scene, BlobKind::Data).len(), 0);
        let before = stored(&scene);
        scene.file("small", &edited(noise(7, 9_000)[..3_900].to_vec(), 1));
        store(&scene, &BackupOptions { compression, parent, ..with(delta) });
        let found = deltas(&scene, BlobKind::Data);
        assert_eq!((found.len(), blobs(&found)), (expected, expected), "{delta} {parent:?}");
        assert!(expected == 0 || found[0].stored_len < 150, "{found:?}");
        assert!((expected == 0) == (stored(&scene) > before + 3_000), "{delta}");
    }
}

#[test]
fn many_small_changed_files_share_frames() {
    let scene = Scene::new(&init_options());
    for n in 0..300 {
        scene.file(&format!("{}/{n}", n % 7), &noise(n, 2_000 + 3 * n as usize));
    }
    store(&scene, &backup_options());
    for n in 0..300 {
        scene.file(&format!("{}/{n}", n % 7), &edited(noise(n, 2_000 + 3 * n as usize), 1));
    }
    let before = stored(&scene);
    store(&scene, &backup_options());
    let found = deltas(&scene, BlobKind::Data);
    assert!(blobs(&found) > 250 && found.len() * 10 < blobs(&found), "{} {}", blobs(&found), found.len());
    assert!(stored(&scene) < before + 60_000, "{} {before}", stored(&scene));
}

#[test]
fn a_large_file_costs_what_changed_in_it() {
    let old = noise(1, 3_000_000);
    // Where blocks meet that did not before, some chunks may have no older one until the cuts are the old ones again; only where something
    // came in, or was overwritten, hardly anything is stored beside it.
    let overwritten = (0..30).fold(old.clone(), |mut new, n| {
        new[n * 100_000 + 50_000..][..16].fill(n as u8);
        new
    });
    let changes: [(&str, u64, Vec<u8>); 6] = [
        ("insertion in front", 3_000, [&noise(2, 777)[..], &old].concat()),
        ("insertion", 15_000, [&old[..1_000_000], &noise(2, 5_000), &old[1_000_000..]].concat()),
        ("deletion", 400_000, [&old[..1_000_000], &old[1_100_000..]].concat()),
        ("overwrites", 6_000, overwritten.clone()),
        ("much in front of overwrites", 400_000, [&noise(2, 200_000)[..], &overwritten].concat()),
        ("swapped", 800_000, [&old[1_500_000..], &old[..1_500_000]].concat()),
    ];
    for (what, most, new) in changes {
        let scene = Scene::new(&init_options());
        scene.file("large", &old);
        store(&scene, &backup_options());
        let before = stored(&scene);
        scene.file("large", &new);
        store(&scene, &backup_options());
        assert!(stored(&scene) < before + most, "{what}: {} {before}", stored(&scene));
        // Once more, in front of it all: deltas of what is a delta now.
        scene.file("large", &[&noise(3, 333), &new[..]].concat());
        store(&scene, &backup_options());
        assert!(blobs(&deltas(&scene, BlobKind::Data)) > 0, "{what}");
    }
}

#[test]
fn a_stream_is_a_delta_of_the_same_name() {
    let scene = Scene::new(&init_options());
    let old = noise(1, 2_000_000);
    let new = [&old[..700_000], &noise(2, 3_000), &old[700_000..]].concat();
    let stream = |bytes: &[u8]| {
        let repo = scene.open().unwrap();
        let reader = Box::new(std::io::Cursor::new(bytes.to_vec()));
        let source = Source::stream(b"some/where/dump".to_vec(), reader, Box::new(|| Ok(())));
        backup(&repo, source, &backup_options(), &Silent).unwrap();
    };
    stream(&old);
    let before = stored(&scene);
    stream(&new);
    assert!(blobs(&deltas(&scene, BlobKind::Data)) > 0);
    assert!(stored(&scene) < before + 20_000, "{} {before}", stored(&scene));
    assert!(scene.snapshots()[1].1["/some/where/dump"] == new);
    assert!(scene.snapshots()[0].1["/some/where/dump"] == old);
    assert_sound(&scene);
}

/// Backs up files that are one chunk each, old and then new; the ids of those of the new ones that are deltas.
fn as_deltas(files: &[(Vec<u8>, Vec<u8>)]) -> Vec<bool> {
    let scene = Scene::new(&init_options());
    files.iter().enumerate().for_each(|(n, (old, _))| scene.file(&format!("{n:02}"), old));
    store(&scene, &backup_options());
    files.iter().enumerate().for_each(|(n, (_, new))| scene.file(&format!("{n:02}"), new));
    store(&scene, &BackupOptions { threads: 1, ..backup_options() });
    let found = deltas(&scene, BlobKind::Data);
    for frame in &found {
        assert!(u64::from(frame.stored_len) * 2 <= raw(frame) + 100, "{frame:?}");
    }
    let ids: BTreeSet<BlobId> = found.iter().flat_map(|frame| frame.blobs.iter().map(|(id, _)| *id)).collect();
    let repo = scene.open().unwrap();
    files.iter().map(|(_, new)| ids.contains(&repo_id(&repo, new))).collect()
}

#[test]
fn a_delta_takes_at_most_half() {
    let len = 3_900;
    let file = |n: u64, new: usize| {
        let old = noise(n, len);
        let changed = [&old[..len - new], &noise(1_000 + n, new)].concat();
        (old, changed)
    };
    // Much that is new in some does not hide among little in others.
    let share = |n: u64| if n % 4 == 3 { 80 + n as usize % 16 } else { 1 + n as usize % 20 };
    let files: Vec<_> = (1..41).map(|n| file(n, len * share(n) / 100)).collect();
    let expected: Vec<bool> = (1..41).map(|n| share(n) < 50).collect();
    assert_eq!(as_deltas(&files), expected);
}

#[test]
fn what_compresses_well_by_itself_is_stored_in_full_if_little_is_saved() {
    // To a fourth of it, and what is new takes more than that, but not so much that it becomes a base.
    let bits = |n: u64| -> Vec<u8> { noise(n, 1_700).iter().map(|byte| b'a' + (byte & 3)).collect() };
    let file = |n: u64| ([bits(n), noise(100 + n, 950)].concat(), [bits(n), noise(200 + n, 950)].concat());
    let files: Vec<_> = (1..21).map(file).collect();
    assert_eq!(as_deltas(&files), [false; 20]);
    // With less that is new it pays.
    let file = |n: u64| ([bits(n), noise(100 + n, 60)].concat(), [bits(n), noise(200 + n, 60)].concat());
    let files: Vec<_> = (1..21).map(file).collect();
    assert_eq!(as_deltas(&files), [true; 20]);
}

#[test]
fn versions_over_versions_stay_one_deep_and_get_a_new_base_in_the_end() {
    let scene = Scene::new(&init_options());
    let len = 3_900;
    let mut bytes = noise(1, len);
    scene.file("small", &bytes);
    store(&scene, &backup_options());
    let (mut bases, mut largest) = (BTreeSet::new(), 0);
    for version in 0..24_usize {
        // A part of it drifts away.
        let at = version * 150;
        bytes[at..at + 150].copy_from_slice(&noise(500 + version as u64, 150));
        scene.file("small", &bytes);
        let report = scene.back_up(&backup_options()).unwrap();
        scene.assert_newest_is_source(report.snapshot);
        let found = deltas(&scene, BlobKind::Data);
        bases.extend(found.iter().flat_map(|frame| frame.bases.clone()));
        largest = found.iter().map(|frame| frame.stored_len).max().unwrap_or(0).max(largest);
        assert!(version != 1 || (found.len(), bases.len()) == (2, 1), "the third version has the base of the second");
    }
    assert_sound(&scene);
    assert!((2..20).contains(&bases.len()), "{}", bases.len());
    // The second version may take half, later ones a fourth.
    assert!(largest as usize <= len * 3 / 8, "{largest}");
}

pub(super) fn owner(scene: &Scene) -> SessionOwner {
    SessionOwner { host: "host".to_owned(), label: None, process: scene.world.process() }
}

pub(super) fn prune_options() -> PruneOptions {
    PruneOptions { max_unused: MaxUnused::Bytes(0), ..PruneOptions::default() }
}

#[test]
fn what_is_in_a_doomed_stripe_is_no_base() {
    for doomed in [true, false] {
        let scene = Scene::new(&init_options());
        scene.file("small", &noise(1, 3_900));
        scene.file("large", &noise(2, 400_000));
        let first = store(&scene, &backup_options());
        scene.file("large", b"not any more");
        scene.back_up(&backup_options()).unwrap();
        if doomed {
            let repo = scene.open().unwrap();
            repo.bury(first.snapshot.unwrap(), "host", "a test", &Silent).unwrap();
            let puts_mark = |call: &Call| call.name.is_some_and(|name| matches!(name, ObjectName::Mark(_)));
            scene.backend.set(Fault { crash: true, ..Fault::fail(0, true, puts_mark) });
            assert!(prune(&repo, &owner(&scene), &prune_options(), &Silent).is_err());
            assert!(scene.backend.fired());
            scene.backend.heal();
            scene.next_process();
        }
        scene.file("small", &edited(noise(1, 3_900), 1));
        let report = scene.back_up(&backup_options()).unwrap();
        scene.assert_newest_is_source(report.snapshot);
        assert_eq!(blobs(&deltas(&scene, BlobKind::Data)), usize::from(!doomed));
        scene.next_process();
        let repo = scene.open().unwrap();
        prune(&repo, &owner(&scene), &prune_options(), &Silent).unwrap();
        scene.assert_newest_is_source(report.snapshot);
        assert_sound(&scene);
    }
}

#[test]
fn a_base_that_is_lost_or_damaged_is_none() {
    for remove in [true, false] {
        let scene = Scene::new(&InitOptions { parity: (1, 0), ..init_options() });
        scene.file("small", &noise(1, 3_900));
        scene.file("large", &noise(2, 300_000));
        scene.back_up(&backup_options()).unwrap();
        let kinds = frames(&scene);
        let repo = scene.open().unwrap();
        repo.load_index(&Silent).unwrap();
        assert!(kinds.iter().any(|(_, frame)| frame.tag.kind == BlobKind::Tree));
        // Data and trees are in packs of their own stripes if those of data are.
        for (name, bytes) in scene.memory.snapshot_contents() {
            if name.family() == Family::Packs && remove {
                scene.memory.remove(&name);
            } else if name.family() == Family::Packs {
                let mut bytes = bytes.to_vec();
                bytes.iter_mut().skip(64).step_by(16).for_each(|byte| *byte ^= 1);
                scene.memory.overwrite(&name, &bytes);
            }
        }
        let all = [("small", edited(noise(1, 3_900), 1)), ("large", edited(noise(2, 300_000), 1))];
        all.iter().for_each(|(name, bytes)| scene.file(name, bytes));
        // The index says that unchanged chunks are there; as repair would, the test stores these anew.
        let report = scene.back_up(&with(DeltaMode::On)).unwrap();
        assert!(report.snapshot.is_some());
        assert_eq!(blobs(&deltas(&scene, BlobKind::Data)), 0);
        let repo = scene.open().unwrap();
        let id = repo_id(&repo, &all[0].1);
        repo.load_index(&Silent).unwrap();
        assert!(repo.load_blob(BlobKind::Data, &id, &Silent).unwrap() == all[0].1);
    }
}

fn repo_id(repo: &caddis::repo::Repository, blob: &[u8]) -> BlobId {
    let options = WriteOptions { dry_run: true, ..WriteOptions::default() };
    let (writer, _) = Writer::begin(repo, SessionOwner::default(), options, &Silent).unwrap();
    writer.id_of(BlobKind::Data, blob)
}

#[test]
fn whichever_read_of_a_pack_fails_the_backup_succeeds() {
    let mut failures = 0;
    for nth in 0..40 {
        let scene = Scene::new(&init_options());
        scene.file("small", &noise(1, 3_900));
        scene.file("large", &noise(2, 200_000));
        scene.back_up(&backup_options()).unwrap();
        scene.file("small", &edited(noise(1, 3_900), 1));
        scene.file("large", &edited(noise(2, 200_000), 1));
        let reads = |call: &Call| (call.op, call.family) == (Op::GetRange, Some(Family::Packs));
        scene.backend.set(Fault { kind: ErrorKind::Other, ..Fault::fail(nth, false, reads) });
        let result = scene.back_up(&backup_options());
        let fired = scene.backend.fired();
        scene.backend.heal();
        let report = result.unwrap();
        scene.assert_newest_is_source(report.snapshot);
        assert_sound(&scene);
        if !fired {
            break;
        }
        failures += 1;
    }
    assert!((2..40).contains(&failures), "{failures}");
}

#[test]
fn checkpoints_in_the_midst_of_deltas() {
    let scene = Scene::filled(&init_options());
    store(&scene, &backup_options());
    scene.file("large", &edited(noise(1, 1_300_000), 1));
    for n in 0..12 {
        scene.file(&format!("sub/deep/{n}"), &edited(noise(100 + n, 3_000), 1));
    }
    let often = BackupOptions { checkpoint_interval: std::time::Duration::ZERO, ..backup_options() };
    store(&scene, &often);
    assert!(scene.snapshots().len() > 3, "{}", scene.snapshots().len());
    assert!(blobs(&deltas(&scene, BlobKind::Data)) > 8);
}

#[test]
fn remote_bases_are_read_only_where_that_pays() {
    // Small files of which one frame holds many, and a large file of which each chunk is a frame.
    let read = |delta: DeltaMode, changes_small: bool| {
        let scene = Scene::new(&init_options());
        let text = |n: u64| -> Vec<u8> { noise(n, 3_000).iter().map(|byte| b'a' + (byte & 15)).collect() };
        for n in 0..100 {
            scene.file(&format!("text/{n:02}"), &text(n));
        }
        scene.file("large", &noise(2, 600_000));
        scene.back_up(&backup_options()).unwrap();
        if changes_small {
            scene.file("text/50", &edited(text(50), b'z'));
        } else {
            scene.file("large", &edited(noise(2, 600_000), 1));
        }
        scene.backend.set_remote(true);
        let before = scene.backend.bytes_read();
        let report = scene.back_up(&with(delta)).unwrap();
        let read = scene.backend.bytes_read() - before;
        scene.assert_newest_is_source(report.snapshot);
        assert_sound(&scene);
        (read, blobs(&deltas(&scene, BlobKind::Data)))
    };
    for changes_small in [true, false] {
        let (off, none) = read(DeltaMode::Off, changes_small);
        let (auto, by_auto) = read(DeltaMode::Auto, changes_small);
        let (on, by_on) = read(DeltaMode::On, changes_small);
        let what = format!("{changes_small} {off} {auto} {on} {none} {by_auto} {by_on}");
        assert!(none == 0 && by_on > 0 && on > off, "{what}");
        if changes_small {
            // The frame of a hundred files for a part of one of them.
            assert!(by_auto == 0 && auto < on, "{what}");
        } else {
            assert!(by_auto == by_on && auto - off <= 70_000, "{what}");
        }
    }
}

#[test]
fn bases_of_one_frame_stay_within_the_bound_of_the_format() {
    let options = InitOptions { pack_size: 64 << 20, frame_target: 16 << 20, parity: (1, 0), ..init_options() };
    let scene = Scene::new(&options);
    let repo = scene.open().unwrap();
    let begin = || {
        let write = WriteOptions { delta: Some(DeltaMode::On), ..WriteOptions::default() };
        Writer::begin(&repo, SessionOwner::default(), write, &Silent).unwrap().0
    };
    let writer = begin();
    let old = [noise(1, 9 << 20), noise(2, 9 << 20)];
    let ids: Vec<BlobId> = old.iter().map(|blob| writer.save(0, BlobKind::Data, blob).unwrap().0).collect();
    writer.finish_packs().unwrap();
    // Of both something; and of the first alone nearly all.
    let mixed = [&old[0][..7 << 20], &old[1][..2 << 20]].concat();
    let single = edited(old[0].clone(), 1);
    for new in [&mixed, &single] {
        let id = writer.id_of(BlobKind::Data, new);
        assert!(writer.save_over(0, BlobKind::Data, id, new, &mut || ids.clone()).unwrap());
    }
    writer.finish_packs().unwrap();
    for new in [&mixed, &single] {
        assert!(repo.load_blob(BlobKind::Data, &writer.id_of(BlobKind::Data, new), &Silent).unwrap() == *new);
    }
    assert_eq!(blobs(&deltas(&scene, BlobKind::Data)), 2);
    writer.abandon("a test", &Silent).unwrap();
}

#[test]
fn tiny_blobs_fit_into_their_packs() {
    // What is listed of so many as a frame may have takes more than there is room for in a pack.
    let scene = Scene::new(&InitOptions { frame_target: 16 << 20, ..init_options() });
    let repo = scene.open().unwrap();
    let (writer, _) = Writer::begin(&repo, SessionOwner::default(), WriteOptions::default(), &Silent).unwrap();
    let all = noise(1, 3 * 80_000);
    let base = writer.save(0, BlobKind::Data, &all).unwrap().0;
    writer.finish_packs().unwrap();
    for blob in all.chunks(3) {
        writer.save_over(0, BlobKind::Data, writer.id_of(BlobKind::Data, blob), blob, &mut || vec![base]).unwrap();
    }
    writer.finish_packs().unwrap();
    for blob in all.chunks(3).step_by(997) {
        assert_eq!(repo.load_blob(BlobKind::Data, &writer.id_of(BlobKind::Data, blob), &Silent).unwrap(), blob);
    }
    assert!(blobs(&deltas(&scene, BlobKind::Data)) > 78_000);
    writer.abandon("a test", &Silent).unwrap();
}
