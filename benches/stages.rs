//! Speed of each stage that a chunk passes on its way into a pack, on one core.
use caddis::chunker::{Chunker, ChunkerParams};
use caddis::compress::{Compression, Compressor, Decompressor, looks_incompressible};
use caddis::crypto::{Generations, MasterKey, SecretKey, Subkeys};
use caddis::id::{BlobKind, RepoId, StripeId};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

const CHUNK: usize = 128 << 10;

fn keys() -> Subkeys {
    MasterKey::new(SecretKey::from_bytes([1; 32])).subkeys(&RepoId([2; 32]), 1, Generations::default())
}

fn noise(len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    blake3::Hasher::new().finalize_xof().fill(&mut out);
    out
}

/// Compresses like source code, to about a third.
fn text(len: usize) -> Vec<u8> {
    let words =
        ["let ", "chunk", " = ", "self.", "buffer", "[start..", "end", "];\n", "    ", "fn ", "(&mut ", ") -> "];
    noise(len).iter().flat_map(|byte| words[usize::from(byte % 12)].bytes()).take(len).collect()
}

fn stages(criterion: &mut Criterion) {
    let keys = keys();
    let (text, noise) = (text(CHUNK), noise(CHUNK));

    let mut group = criterion.benchmark_group("stages");
    group.throughput(Throughput::Bytes(CHUNK as u64));
    group.bench_function("blob id", |b| b.iter(|| keys.blob_id(BlobKind::Data, black_box(&noise))));

    let (mut compressor, mut decompressor) = (Compressor::default(), Decompressor::default());
    for (name, data) in [("text", &text), ("noise", &noise)] {
        group.bench_function(format!("probe {name}"), |b| b.iter(|| looks_incompressible(black_box(data))));
        group.bench_function(format!("compress {name}"), |b| {
            b.iter(|| compressor.compress(black_box(data), Compression::Level(3)))
        });
    }
    group.bench_function("compress against a prefix", |b| {
        b.iter(|| compressor.compress_with_prefix(black_box(&text), &text, Compression::Level(3)))
    });
    let stored = compressor.compress(&text, Compression::Level(3)).expect("text compresses");
    group.bench_function("decompress text", |b| b.iter(|| decompressor.decompress(black_box(&stored), CHUNK, None)));

    let pack = keys.pack_keys(BlobKind::Data, &StripeId([3; 32]), 4);
    let mut sealed = Vec::new();
    group.bench_function("seal", |b| {
        b.iter(|| {
            sealed.clear();
            pack.aead.seal_into(2, b"frame", black_box(&noise), &mut sealed);
        })
    });
    let mut opened = Vec::new();
    group.bench_function("open", |b| b.iter(|| pack.aead.open_into(2, b"frame", black_box(&sealed), &mut opened)));
    group.finish();

    let params = ChunkerParams::new(32 << 10, 128 << 10, 512 << 10, 1).expect("valid sizes");
    let chunker = Chunker::new(params, &keys.gear());
    let file = self::noise(16 << 20);
    let mut group = criterion.benchmark_group("chunker");
    group.throughput(Throughput::Bytes(file.len() as u64));
    group.bench_function("chunks", |b| b.iter(|| chunker.chunks(black_box(&file)).count()));
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
