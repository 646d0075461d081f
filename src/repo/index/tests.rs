//! The local index against plain maps: random histories, damaged files, shared folders.
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::error::{Error, Result};
use crate::format::{Codec, FrameEntry, IndexObject, SlotEntry, StripeEntry};
use crate::id::{BlobKind, RepoId};
use crate::world::SystemWorld;

const KEY: [u8; 32] = [9; 32];
const REPO: RepoId = RepoId([1; 32]);

fn hash(what: &str, n: u64) -> [u8; 32] {
    *blake3::hash(format!("{what} {n}").as_bytes()).as_bytes()
}

fn blob(n: u64) -> BlobId {
    BlobId(hash("blob", n))
}

fn name(n: u64) -> IndexName {
    (SessionId(*hash("session", n / 3).first_chunk().unwrap()), (n % 3) as u32)
}

/// Object `n`: two packs and a parity pack, frames of up to three blobs; every fifth blob is in other objects too.
fn object(n: u64, blobs: u64) -> IndexObject {
    let tag = |i: u64| FrameTag {
        codec: [Codec::Zstd, Codec::ZstdDelta][(i % 4 == 3) as usize],
        kind: [BlobKind::Data, BlobKind::Tree][(i % 2) as usize],
    };
    let id = |i: u64| if i.is_multiple_of(5) { blob(i) } else { blob(n << 32 | i) };
    let frame = |i: u64| FrameEntry {
        tag: tag(i),
        stored_len: 100 + i as u32,
        blobs: (i * 3..blobs.min(i * 3 + 3)).map(|b| (id(b), 1000 + b as u32)).collect(),
        bases: if i % 4 == 3 { vec![blob(i), blob(i + 1)] } else { Vec::new() },
    };
    let frames: Vec<FrameEntry> = (0..blobs.div_ceil(3)).map(frame).collect();
    let (first, second) = frames.split_at(frames.len() / 2);
    let slot = |slot: u8, frames: &[FrameEntry]| SlotEntry {
        slot,
        location: 0,
        length: 1 << 20,
        pack: PackId(hash("pack", n << 8 | u64::from(slot))),
        frames: frames.to_vec(),
    };
    let slots = vec![slot(0, first), slot(2, second), slot(4, &[])];
    IndexObject { stripes: vec![StripeEntry { id: StripeId(hash("stripe", n)), k: 4, m: 1, generation: 0, slots }] }
}

type Places = BTreeMap<BlobId, Vec<Location>>;

fn places(objects: &BTreeMap<u64, u64>) -> Places {
    let mut places = Places::new();
    for (&n, &blobs) in objects {
        for stripe in object(n, blobs).stripes {
            for slot in &stripe.slots {
                let mut frame_offset = 288;
                for (frame, entry) in (0..).zip(&slot.frames) {
                    let mut offset = 0;
                    for (id, len) in &entry.blobs {
                        places.entry(*id).or_default().push(Location {
                            stripe: stripe.id,
                            pack: slot.pack,
                            pack_len: slot.length,
                            slot: slot.slot,
                            location: 0,
                            frame,
                            frame_offset,
                            stored_len: entry.stored_len,
                            raw_len: entry.raw_len(),
                            tag: entry.tag,
                            bases: entry.bases.clone(),
                            offset,
                            len: *len,
                        });
                        offset += len;
                    }
                    frame_offset += entry.stored_len;
                }
            }
        }
    }
    places.values_mut().for_each(|list| list.sort_by_key(|place| (place.pack, place.frame, place.offset)));
    places
}

fn open(folder: Option<&Path>) -> LocalIndex {
    LocalIndex::open(folder, &KEY, &REPO, SystemWorld::new()).unwrap()
}

fn update(index: &LocalIndex, objects: &BTreeMap<u64, u64>) -> UpdateReport {
    let by_name: BTreeMap<IndexName, IndexObject> = objects.iter().map(|(n, b)| (name(*n), object(*n, *b))).collect();
    let mut load = |sid, n| Ok(by_name.get(&(sid, n)).cloned());
    index.update(&by_name.keys().copied().collect(), &mut load).unwrap()
}

fn sorted(mut list: Vec<Location>) -> Vec<Location> {
    list.sort_by_key(|place| (place.pack, place.frame, place.offset));
    list
}

/// Has a place outside of `doomed`, and so have the bases of its frame, which must not be deltas.
fn is_usable(places: &Places, id: &BlobId, doomed: &HashSet<StripeId>) -> bool {
    let there = |id: &BlobId| {
        places.get(id).into_iter().flatten().filter(|place| !doomed.contains(&place.stripe)).collect::<Vec<_>>()
    };
    let is_base =
        |base: &BlobId, kind| there(base).iter().any(|place| place.tag.kind == kind && place.bases.is_empty());
    there(id).iter().any(|place| place.bases.iter().all(|base| is_base(base, place.tag.kind)))
}

/// Every question gives what the objects say; a damaged index says so.
fn agrees(index: &LocalIndex, objects: &BTreeMap<u64, u64>, absent: &[u64]) -> Result<(), StaleIndex> {
    let expected = places(objects);
    for (id, list) in &expected {
        assert_eq!(&sorted(index.lookup(id)?), list);
        let all: HashSet<StripeId> = list.iter().map(|place| place.stripe).collect();
        let rest = all.iter().skip(1).copied().collect();
        let bases =
            list.iter().flat_map(|place| &place.bases).flat_map(|base| expected.get(base).into_iter().flatten());
        let of_bases = bases.map(|place| place.stripe).collect();
        for doomed in [HashSet::new(), all, rest, of_bases] {
            assert_eq!(index.contains(id, &doomed)?, is_usable(&expected, id, &doomed));
        }
    }
    for n in absent {
        for (id, _) in places(&BTreeMap::from([(*n, 40)])) {
            assert_eq!(index.contains(&id, &HashSet::new())?, is_usable(&expected, &id, &HashSet::new()));
        }
        assert_eq!(index.stripe_of(&PackId(hash("pack", n << 8)))?, None);
    }
    for n in objects.keys() {
        for slot in [0, 2, 4] {
            let stripe = index.stripe_of(&PackId(hash("pack", n << 8 | slot)))?.expect("its object counts");
            let slots: Vec<u8> = stripe.slots.iter().map(|place| place.slot).collect();
            assert_eq!((stripe.id, stripe.k, stripe.m, slots), (StripeId(hash("stripe", *n)), 4, 1, vec![0, 2, 4]));
        }
    }
    let mut found = Places::new();
    for kind in [BlobKind::Data, BlobKind::Tree] {
        index.for_each_blob(kind, |id, place| {
            assert_eq!(place.tag.kind, kind);
            found.entry(id).or_default().push(place);
        })?;
    }
    let found: Places = found.into_iter().map(|(id, list)| (id, sorted(list))).collect();
    assert_eq!(found, expected);
    let mut stripes = BTreeMap::new();
    index.for_each_stripe(|name, stripe| assert_eq!(stripes.insert(name, stripe.id), None))?;
    let all = objects.keys().map(|n| (name(*n), StripeId(hash("stripe", *n)))).collect();
    assert_eq!(stripes, all);
    assert_eq!(index.known(), stripes.into_keys().collect());
    assert_eq!(index.blob_count(), expected.values().map(|list| list.len() as u64).sum::<u64>());
    Ok(())
}

#[test]
fn an_empty_index_answers() {
    for folder in [None, Some(tempfile::tempdir().unwrap())] {
        let index = open(folder.as_ref().map(|folder| folder.path()));
        agrees(&index, &BTreeMap::new(), &[1]).unwrap();
        assert_eq!(update(&index, &BTreeMap::new()), UpdateReport::default());
        assert_eq!(update(&index, &BTreeMap::from([(0, 0)])).loaded, 1);
        agrees(&index, &BTreeMap::from([(0, 0)]), &[1]).unwrap();
    }
}

#[derive(Clone, Debug)]
enum Step {
    Count(u64, u64),
    Retire(u64),
    Update(usize),
    Reopen(usize),
    Own(u64, u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..40u64, 0..60u64).prop_map(|(n, blobs)| Step::Count(n, blobs)),
        2 => (0..40u64).prop_map(Step::Retire),
        4 => (0..2usize).prop_map(Step::Update),
        1 => (0..2usize).prop_map(Step::Reopen),
        1 => (100..110u64, 1..60u64).prop_map(|(n, blobs)| Step::Own(n, blobs)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// Two instances share a folder, follow a changing repository, reopen, and add own objects that count later.
    #[test]
    fn random_histories_agree_with_a_map(steps in proptest::collection::vec(step(), 1..40)) {
        let folder = tempfile::tempdir().unwrap();
        let mut indexes = [open(Some(folder.path())), open(Some(folder.path()))];
        let (mut counting, mut retired) = (BTreeMap::new(), BTreeSet::new());
        for step in steps {
            match step {
                // An index object never changes and never comes back.
                Step::Count(n, blobs) if !retired.contains(&n) => drop(counting.entry(n).or_insert(blobs)),
                Step::Count(..) => {}
                Step::Retire(n) => {
                    counting.remove(&n);
                    retired.insert(n);
                }
                Step::Update(i) => {
                    update(&indexes[i], &counting);
                    agrees(&indexes[i], &counting, &[50]).unwrap();
                }
                Step::Reopen(i) => {
                    indexes[i] = open(Some(folder.path()));
                    update(&indexes[i], &counting);
                    agrees(&indexes[i], &counting, &[50]).unwrap();
                }
                Step::Own(n, blobs) => {
                    if retired.contains(&n) || counting.contains_key(&n) {
                        continue;
                    }
                    update(&indexes[0], &counting);
                    indexes[0].add_own(name(n), &object(n, blobs)).unwrap();
                    let mut visible = counting.clone();
                    visible.insert(n, blobs);
                    agrees(&indexes[0], &visible, &[50]).unwrap();
                    update(&indexes[1], &counting);
                    agrees(&indexes[1], &counting, &[n]).unwrap();
                    // Committed: nothing has to be loaded for it.
                    counting = visible;
                    prop_assert_eq!(update(&indexes[0], &counting).loaded, 0);
                }
            }
        }
    }
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|end| end == "segment")).collect()
}

#[test]
fn every_damaged_page_is_noticed_and_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let objects: BTreeMap<u64, u64> = (0..12).map(|n| (n, 60)).collect();
    update(&open(Some(folder.path())), &objects);
    let [file] = segments(folder.path()).try_into().unwrap();
    let sound = std::fs::read(&file).unwrap();
    let list = std::fs::read(folder.path().join("segments")).unwrap();
    assert!(sound.len() > 15 * 4096);
    for page in 0..sound.len() / 4096 {
        for at in [0, 1000, 4087, 4095] {
            let mut bytes = sound.clone();
            bytes[page * 4096 + at] ^= 0x10;
            std::fs::remove_dir_all(folder.path()).unwrap();
            std::fs::create_dir(folder.path()).unwrap();
            std::fs::write(&file, &bytes).unwrap();
            std::fs::write(folder.path().join("segments"), &list).unwrap();
            let index = open(Some(folder.path()));
            // Open or not, it must not answer wrongly: all questions together touch every page.
            if index.known().is_empty() {
                assert_eq!(update(&index, &objects).loaded, 12);
            } else {
                assert_eq!(agrees(&index, &objects, &[50]), Err(StaleIndex), "page {page}");
                let report = update(&index, &objects);
                assert_eq!((report.loaded, report.discarded), (12, 1));
            }
            agrees(&index, &objects, &[50]).unwrap();
            let again = open(Some(folder.path()));
            assert_eq!(update(&again, &objects).loaded, 0);
            assert!(!file.exists());
        }
    }
    // Damage that is found while merging: what was loaded by then is kept.
    let index = open(Some(folder.path()));
    let [file] = segments(folder.path()).try_into().unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    let end = bytes.len() - 10;
    bytes[end] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let more: BTreeMap<u64, u64> = (0..13).map(|n| (n, 60)).collect();
    let report = update(&index, &more);
    assert_eq!((report.loaded, report.discarded), (13, 1));
    agrees(&index, &more, &[50]).unwrap();
}

#[test]
fn shortened_foreign_and_swapped_files_are_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let objects = BTreeMap::from([(1, 60), (2, 50)]);
    update(&open(Some(folder.path())), &objects);
    let [file] = segments(folder.path()).try_into().unwrap();
    let other_key = LocalIndex::open(Some(folder.path()), &[8; 32], &REPO, SystemWorld::new()).unwrap();
    assert!(other_key.known().is_empty());
    let other_repo = LocalIndex::open(Some(folder.path()), &KEY, &RepoId([2; 32]), SystemWorld::new()).unwrap();
    assert!(other_repo.known().is_empty());
    let bytes = std::fs::read(&file).unwrap();
    for len in [0, 1, 4095, 4096, bytes.len() - 4096, bytes.len() - 1] {
        std::fs::write(&file, &bytes[..len]).unwrap();
        assert!(open(Some(folder.path())).known().is_empty(), "{len}");
    }
    std::fs::write(&file, &bytes).unwrap();
    let list = folder.path().join("segments");
    let sound = std::fs::read(&list).unwrap();
    for at in 0..sound.len() {
        let mut bad = sound.clone();
        bad[at] ^= 1;
        std::fs::write(&list, bad).unwrap();
        assert!(open(Some(folder.path())).known().is_empty());
    }
    // The file of another segment under this one's name.
    let other = tempfile::tempdir().unwrap();
    update(&open(Some(other.path())), &BTreeMap::from([(7, 60)]));
    std::fs::copy(&segments(other.path())[0], &file).unwrap();
    std::fs::write(&list, sound).unwrap();
    let index = open(Some(folder.path()));
    assert!(index.known().is_empty());
    update(&index, &objects);
    agrees(&index, &objects, &[50]).unwrap();
}

#[test]
fn small_updates_do_not_rewrite_a_large_segment() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(Some(folder.path()));
    let mut objects = BTreeMap::from([(0, 60_000)]);
    update(&index, &objects);
    for n in 1..40 {
        objects.insert(n, 30);
        let report = update(&index, &objects);
        assert_eq!(report.loaded, 1);
        assert!(report.merged_blobs <= 30 * n, "{report:?}");
        assert!(segments(folder.path()).len() <= 3);
    }
    agrees(&index, &objects, &[50]).unwrap();
}

#[test]
fn stripes_named_by_several_objects_are_put_together() {
    let index = open(None);
    let mut halves = [object(1, 60), object(1, 60)];
    halves[0].stripes[0].slots.truncate(1);
    halves[1].stripes[0].slots.remove(0);
    let counting = BTreeSet::from([name(1)]);
    index.update(&counting, &mut |_, _| Ok(Some(halves[0].clone()))).unwrap();
    index.add_own(name(2), &halves[1]).unwrap();
    let stripe = index.stripe(&StripeId(hash("stripe", 1))).unwrap().unwrap();
    assert_eq!(stripe.slots.iter().map(|place| place.slot).collect::<Vec<_>>(), [0, 2, 4]);
    index.forget_own();
    let stripe = index.stripe_of(&PackId(hash("pack", 1 << 8))).unwrap().unwrap();
    assert_eq!(stripe.slots.len(), 1);
}

#[test]
fn a_failed_load_keeps_what_came_before() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(Some(folder.path()));
    let names: BTreeSet<IndexName> = (0..4).map(name).collect();
    let mut loaded = 0;
    let mut load = |_, _| match loaded {
        0..2 => {
            loaded += 1;
            Ok(Some(object(loaded, 10)))
        }
        _ => Err(Error::Invalid("No connection".to_owned())),
    };
    assert!(index.update(&names, &mut load).is_err());
    assert_eq!(open(Some(folder.path())).known().len(), 2);
    // An object that is left out is asked for again.
    let report = index.update(&names, &mut |_, _| Ok(None)).unwrap();
    assert_eq!((report.loaded, index.known().len()), (0, 2));
    assert_eq!(index.update(&names, &mut |_, _| Ok(Some(IndexObject::default()))).unwrap().loaded, 2);
}
