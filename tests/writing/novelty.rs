//! What is overwritten day by day: what is new in a chunk becomes a base for later versions, and goes when nothing needs it.
use std::collections::BTreeSet;

use caddis::backend::Family;
use caddis::format::{ChunkerConfig, Codec};
use caddis::id::{BlobId, BlobKind};
use caddis::monitor::Silent;
use caddis::ops::prune::prune;
use caddis::repo::InitOptions;

use super::deltas::{assert_sound, deltas, frames, owner, prune_options, stored};
use super::scene::{Scene, backup_options, init_options, noise};
use crate::faults::{Call, Fault, Op};

/// Bytes that are overwritten at once.
const NEW: usize = 4096;

/// Chunks of 32 to 128 KiB.
fn large_chunks() -> InitOptions {
    let chunker = ChunkerConfig { min: 32 << 10, average: 64 << 10, max: 128 << 10, level: 1 };
    InitOptions { chunker, ..init_options() }
}

/// Overwrites six blocks, so far from each other that hardly two are in one chunk.
fn overwrite(bytes: &mut [u8], day: u64, block: impl Fn(u64) -> Vec<u8>) {
    let distance = bytes.len() / 6;
    for n in 0..6 {
        let seed = day * 6 + n;
        let place = u32::from_le_bytes(noise(seed, 4).try_into().unwrap()) as usize;
        let at = n as usize * distance + place % (distance - (100 << 10));
        bytes[at..at + NEW].copy_from_slice(&block(seed));
    }
}

fn text(seed: u64, len: usize) -> Vec<u8> {
    let words =
        noise(seed, len).into_iter().map(|byte| [b"state ", b"buffer", b" index", b"\tnode\n"][usize::from(byte & 3)]);
    words.flatten().copied().take(len).collect()
}

/// Bases of deltas that no snapshot refers to and none ever did: they hold what was new in a chunk.
fn new_bases(scene: &Scene) -> BTreeSet<BlobId> {
    let bases: BTreeSet<BlobId> = deltas(scene, BlobKind::Data).into_iter().flat_map(|frame| frame.bases).collect();
    let short = frames(scene).into_iter().flat_map(|(_, frame)| frame.blobs).filter(|(_, len)| *len < 32 << 10);
    short.map(|(id, _)| id).filter(|id| bases.contains(id)).collect()
}

fn median(growth: &[u64]) -> u64 {
    let mut sorted = growth.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

#[test]
fn a_day_costs_what_is_new_however_many_days_were_before() {
    for what in ["noise", "text"] {
        let block = |seed: u64| if what == "noise" { noise(seed, NEW) } else { text(seed, NEW) };
        let scene = Scene::new(&large_chunks());
        let mut bytes = if what == "noise" { noise(1 << 40, 1_200_000) } else { text(1 << 40, 1_200_000) };
        let (mut growth, mut versions) = (Vec::new(), Vec::new());
        for day in 0..40 {
            if day > 0 {
                overwrite(&mut bytes, day, block);
            }
            scene.file("disk", &bytes);
            let before = stored(&scene);
            scene.back_up(&backup_options()).unwrap();
            growth.push(stored(&scene) - before);
            versions.push(bytes.clone());
        }
        let new = 6 * NEW as u64;
        // Now and then a chunk is stored in full again, or what was new on several days is joined: not on most days.
        assert!(median(&growth[1..8]) <= new * 13 / 10 && median(&growth[25..]) <= new * 5 / 2, "{what}: {growth:?}");
        // What compresses is better off beside what resembles it.
        assert_eq!(new_bases(&scene).is_empty(), what == "text");
        let snapshots = scene.snapshots();
        assert!(snapshots.iter().zip(&versions).all(|((_, files), version)| files["/disk"] == *version), "{what}");
        assert_sound(&scene);
    }
}

#[test]
fn what_was_new_goes_with_the_last_that_needs_it() {
    let scene = Scene::new(&large_chunks());
    let (mut stays, mut goes) = (noise(1, 700_000), noise(2, 700_000));
    let mut of_what_goes = BTreeSet::new();
    scene.file("stays", &stays);
    scene.file("goes", &goes);
    scene.back_up(&backup_options()).unwrap();
    // By turns, so that no frame is of both.
    for day in 1..9 {
        let known = new_bases(&scene);
        if day % 2 == 0 {
            overwrite(&mut stays, day, |seed| noise(seed, NEW));
            scene.file("stays", &stays);
        } else {
            overwrite(&mut goes, day, |seed| noise(seed, NEW));
            scene.file("goes", &goes);
        }
        scene.back_up(&backup_options()).unwrap();
        if day % 2 == 1 {
            of_what_goes.extend(new_bases(&scene).difference(&known));
        }
    }
    let of_what_stays = &new_bases(&scene) - &of_what_goes;
    assert!(of_what_goes.len() > 10 && of_what_stays.len() > 10, "{of_what_goes:?} {of_what_stays:?}");
    std::fs::remove_file(scene.dir.path().join("goes")).unwrap();
    let last = scene.back_up(&backup_options()).unwrap().snapshot;
    let before = stored(&scene);
    let repo = scene.open().unwrap();
    for (info, _) in scene.snapshots().into_iter().filter(|(info, _)| Some(info.id) != last) {
        repo.bury(info.id, "host", "a test", &Silent).unwrap();
    }
    for _ in 0..2 {
        scene.next_process();
        prune(&scene.open().unwrap(), &owner(&scene), &prune_options(), &Silent).unwrap();
    }
    assert_eq!(scene.snapshots().len(), 1);
    scene.assert_newest_is_source(last);
    assert_sound(&scene);
    let left: BTreeSet<BlobId> =
        frames(&scene).into_iter().flat_map(|(_, frame)| frame.blobs).map(|(id, _)| id).collect();
    assert!(left.is_disjoint(&of_what_goes));
    assert!(stored(&scene) < before * 3 / 4, "{} of {before}", stored(&scene));
    // And the next version finds what is left.
    overwrite(&mut stays, 9, |seed| noise(seed, NEW));
    scene.file("stays", &stays);
    let before = stored(&scene);
    scene.assert_newest_is_source(scene.back_up(&backup_options()).unwrap().snapshot);
    assert!(stored(&scene) < before + 200_000);
    assert_sound(&scene);
}

#[test]
fn the_same_news_in_two_chunks_is_a_base_once() {
    let scene = Scene::new(&large_chunks());
    let old = [noise(1, 300_000), noise(2, 300_000)];
    old.iter().zip(["a", "b"]).for_each(|(bytes, name)| scene.file(name, bytes));
    scene.back_up(&backup_options()).unwrap();
    // A file that consists of it is there too.
    let news = noise(3, NEW);
    for (mut bytes, name) in old.into_iter().zip(["a", "b"]) {
        bytes[150_000..150_000 + NEW].copy_from_slice(&news);
        scene.file(name, &bytes);
    }
    scene.file("news", &news);
    scene.assert_newest_is_source(scene.back_up(&backup_options()).unwrap().snapshot);
    assert_sound(&scene);
    let all = frames(&scene);
    let mut ids: Vec<BlobId> = all.iter().flat_map(|(_, frame)| frame.blobs.iter().map(|(id, _)| *id)).collect();
    let stored = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), stored, "everything is stored once");
}

#[test]
fn a_run_that_stored_its_own_bases_is_taken_up_as_a_whole() {
    let puts_index = |call: &Call| (call.op, call.family) == (Op::PutNew, Some(Family::Index));
    let puts_pack = |call: &Call| (call.op, call.family) == (Op::PutNew, Some(Family::Packs));
    let crashes = [Fault { crash: true, ..Fault::fail(0, false, puts_index) }]
        .into_iter()
        .chain((0..12).map(|nth| Fault { crash: true, ..Fault::fail(nth, false, puts_pack) }));
    for (number, crash) in crashes.enumerate() {
        let scene = Scene::new(&InitOptions { ..large_chunks() });
        let mut bytes = noise(1, 1_200_000);
        scene.file("disk", &bytes);
        scene.back_up(&backup_options()).unwrap();
        (1..8).for_each(|day| overwrite(&mut bytes, day, |seed| noise(seed, NEW)));
        scene.file("disk", &bytes);
        scene.backend.set(crash);
        let died = scene.back_up(&backup_options()).is_err();
        assert!(died == scene.backend.fired() && (died || number > 1));
        scene.backend.heal();
        if !died {
            break;
        }
        scene.next_process();
        let packs = scene.count(Family::Packs);
        let report = scene.back_up(&backup_options()).unwrap();
        assert!(report.resumed || number == 1);
        if number == 0 {
            // Everything was stored, bases and deltas in whichever packs: now all of it is indexed, and opens.
            assert_eq!(report.statistics.new_data_blobs, 0, "{:?}", report.statistics);
            assert!(!new_bases(&scene).is_empty());
        }
        assert!(scene.count(Family::Packs) >= packs);
        scene.assert_newest_is_source(report.snapshot);
        assert_sound(&scene);
        scene.next_process();
        prune(&scene.open().unwrap(), &owner(&scene), &prune_options(), &Silent).unwrap();
        scene.assert_newest_is_source(report.snapshot);
        assert_sound(&scene);
        let unknown = |frame: &caddis::format::FrameEntry| {
            frame.tag.codec == Codec::ZstdDelta && frame.blobs.iter().any(|(id, _)| id.0 == [0; 32])
        };
        assert!(number > 0 || !frames(&scene).iter().any(|(_, frame)| unknown(frame)));
    }
}
