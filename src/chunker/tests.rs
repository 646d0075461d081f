//! Pinned cut points, and equality of the ways to chunk.
use proptest::prelude::*;

use super::*;

/// Bytes that depend on the seed alone.
fn bytes(seed: u8, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    blake3::Hasher::new_keyed(&[seed; 32]).finalize_xof().fill(&mut out);
    out
}

fn chunker(seed: u8, min: u32, average: u32, max: u32, level: u8) -> Chunker {
    let gear: Vec<u64> = bytes(seed, 2048).as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
    let gear = Zeroizing::new(gear.try_into().unwrap());
    Chunker::new(ChunkerParams::new(min, average, max, level).unwrap(), &gear)
}

#[test]
fn cut_points_never_change() {
    let mut data = bytes(1, 3 << 20);
    data.resize(4 << 20, 0);
    data.extend_from_slice(&bytes(2, (1 << 20) + 7));
    let mut hasher = blake3::Hasher::new();
    for (min, average, max) in [(64, 256, 1024), (2048, 8192, 65536), (32768, 131072, 524288), (65536, 65536, 131072)] {
        for level in 0..=3 {
            for seed in [3, 4] {
                let mut total = 0;
                for chunk in chunker(seed, min, average, max, level).chunks(&data) {
                    assert!(chunk.len() <= max as usize);
                    total += chunk.len();
                    hasher.update(&(chunk.len() as u32).to_le_bytes());
                }
                assert_eq!(total, data.len());
            }
        }
    }
    assert_eq!(hasher.finalize().to_hex()[..16], *"a5d7077502bdad28");
}

#[test]
fn keys_decide_where_cuts_are() {
    let data = bytes(1, 1 << 20);
    let cuts = |seed| chunker(seed, 2048, 8192, 65536, 1).chunks(&data).map(<[u8]>::len).collect::<Vec<_>>();
    assert_ne!(cuts(1), cuts(2));
    let mean = data.len() / cuts(1).len();
    assert!((6000..14000).contains(&mean), "{mean}");
}

#[test]
fn an_insertion_moves_few_cuts() {
    let data = bytes(1, 1 << 20);
    let chunker = chunker(5, 2048, 8192, 65536, 1);
    let mut changed = data.clone();
    changed.splice(300_000..300_000, *b"inserted");
    let before: std::collections::HashSet<_> = chunker.chunks(&data).collect();
    let new = chunker.chunks(&changed).filter(|chunk| !before.contains(chunk)).count();
    assert!((1..=4).contains(&new), "{new}");
}

#[test]
fn impossible_sizes_are_refused() {
    assert!(ChunkerParams::new(64, 256, 1024, 0).is_ok());
    assert!(ChunkerParams::new(1 << 20, 4 << 20, 16 << 20, 3).is_ok());
    for (min, average, max, level) in [
        (62, 256, 1024, 1),
        (65, 256, 1024, 1),
        (64, 254, 1024, 1),
        (64, 256, 254, 1),
        (512, 256, 1024, 1),
        (64, 256, 1025, 1),
        (64, 256, 1024, 4),
        (64, 256, (16 << 20) + 2, 1),
        (64, (4 << 20) + 2, 16 << 20, 1),
    ] {
        assert!(ChunkerParams::new(min, average, max, level).is_err(), "{min} {average} {max} {level}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn refilling_changes_nothing(
        seed: u8, len in 0usize..60_000, zeros in 0usize..20_000,
        refills in prop::collection::vec(1usize..9000, 1..20), at_least in 0usize..20_000,
    ) {
        let mut data = bytes(seed, len);
        data.splice(len / 2..len / 2, std::iter::repeat_n(0, zeros));
        let chunker = chunker(7, 128, 512, 4096, 2);
        let whole: Vec<&[u8]> = chunker.chunks(&data).collect();
        let mut buffer = ChunkBuffer::new(&chunker, at_least);
        // The second round proves that `restart` leaves nothing behind.
        for _ in 0..2 {
            buffer.restart();
            let (mut rest, mut streamed, mut sizes) = (&data[..], Vec::new(), refills.iter().cycle());
            loop {
                while let Some(chunk) = buffer.next_chunk(&chunker) {
                    streamed.push(chunk.to_vec());
                }
                if buffer.is_done() {
                    break;
                }
                let space = buffer.space();
                let n = (*sizes.next().unwrap()).min(space.len()).min(rest.len());
                prop_assert!(!space.is_empty());
                space[..n].copy_from_slice(&rest[..n]);
                buffer.filled(n);
                rest = &rest[n..];
            }
            prop_assert_eq!(&whole, &streamed);
        }
    }
}
