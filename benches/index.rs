//! The local index: building, and lookups that hit and miss. `CADDIS_BENCH_BLOBS` sets the size (default one million).
use std::collections::{BTreeSet, HashSet};
use std::hint::black_box;
use std::time::{Duration, Instant};

use caddis::format::{Codec, FrameEntry, FrameTag, IndexObject, SlotEntry, StripeEntry};
use caddis::id::{BlobId, BlobKind, PackId, RepoId, SessionId, StripeId};
use caddis::repo::index::LocalIndex;
use caddis::world::SystemWorld;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

const KEY: [u8; 32] = [3; 32];
/// Blobs of one index object: 50 stripes of 20 packs of 32 frames of 4 blobs, about 8 MiB encoded.
const OBJECT: u64 = 50 * 20 * 32 * 4;

fn hash(kind: u8, n: u64) -> [u8; 32] {
    *blake3::Hasher::new().update(&[kind]).update(&n.to_le_bytes()).finalize().as_bytes()
}

fn object(number: u64, blobs: u64) -> IndexObject {
    let end = ((number + 1) * OBJECT).min(blobs);
    let mut next = number * OBJECT;
    let mut stripes = Vec::new();
    while next < end {
        let mut slots = Vec::new();
        for slot in 0..22u8 {
            let pack = PackId(hash(1, (number * 50 + stripes.len() as u64) * 22 + u64::from(slot)));
            let mut frames = Vec::new();
            while slot < 20 && frames.len() < 32 && next < end {
                let last = end.min(next + 4);
                frames.push(FrameEntry {
                    tag: FrameTag { codec: Codec::Zstd, kind: BlobKind::Data },
                    stored_len: 32_000,
                    blobs: (next..last).map(|n| (BlobId(hash(0, n)), 100_000)).collect(),
                    bases: Vec::new(),
                });
                next = last;
            }
            slots.push(SlotEntry { slot, location: 0, length: 1 << 20, pack, frames });
        }
        let id = StripeId(hash(2, number * 50 + stripes.len() as u64));
        stripes.push(StripeEntry { id, k: 20, m: 2, generation: 0, slots });
    }
    IndexObject { stripes }
}

fn build(index: &LocalIndex, blobs: u64) {
    let objects = blobs.div_ceil(OBJECT) as u32;
    let names: BTreeSet<_> = (0..objects).map(|n| (SessionId([0; 16]), n)).collect();
    let report = index.update(&names, &mut |_, n| Ok(Some(object(u64::from(n), blobs)))).expect("the disk has room");
    assert_eq!(report.loaded, objects as usize);
}

fn open(folder: &std::path::Path) -> LocalIndex {
    LocalIndex::open(Some(folder), &KEY, &RepoId([0; 32]), SystemWorld::new()).expect("the folder is ours")
}

/// Highest resident memory of this process so far.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM unknown").to_owned()
}

#[allow(clippy::print_stderr)]
fn benches(criterion: &mut Criterion) {
    let blobs = std::env::var("CADDIS_BENCH_BLOBS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = Instant::now();
    build(&open(folder.path()), blobs);
    let files = std::fs::read_dir(folder.path()).expect("the folder is ours").flatten();
    let bytes: u64 = files.filter_map(|file| file.metadata().ok()).map(|data| data.len()).sum();
    eprintln!("{blobs} blobs: built in {:.1?}, {} MiB, {}", start.elapsed(), bytes >> 20, peak());

    let index = open(folder.path());
    let mut next = 0u64;
    let mut random = || {
        next += 1;
        next.wrapping_mul(0x9e37_79b9_7f4a_7c15) % blobs
    };
    let none = HashSet::new();
    let mut group = criterion.benchmark_group("index");
    group.measurement_time(Duration::from_secs(5));
    group.bench_function("contains, hit", |b| {
        let id = || BlobId(hash(0, random()));
        b.iter_batched(id, |id| assert!(index.contains(black_box(&id), &none).expect("sound")), BatchSize::SmallInput);
    });
    group.bench_function("lookup, hit", |b| {
        let id = || BlobId(hash(0, random()));
        b.iter_batched(id, |id| index.lookup(black_box(&id)).expect("sound"), BatchSize::SmallInput);
    });
    group.bench_function("contains, miss", |b| {
        let id = || BlobId(hash(9, random()));
        b.iter_batched(id, |id| assert!(!index.contains(black_box(&id), &none).expect("sound")), BatchSize::SmallInput);
    });
    group.sample_size(10);
    group.bench_function("build, 128,000 blobs", |b| {
        let source = object(0, OBJECT);
        let name = BTreeSet::from([(SessionId([0; 16]), 0)]);
        let fresh = || {
            let folder = tempfile::tempdir().expect("a temporary folder");
            (open(folder.path()), folder)
        };
        let run = |(index, folder): (LocalIndex, tempfile::TempDir)| {
            index.update(&name, &mut |_, _| Ok(Some(source.clone()))).expect("the disk has room");
            (index, folder)
        };
        b.iter_batched(fresh, run, BatchSize::PerIteration);
    });
    group.finish();
    eprintln!("{}", peak());
}

criterion_group!(all, benches);
criterion_main!(all);
