//! Round trips, bounds of the decoder, and the probe's judgement.
use proptest::prelude::*;

use super::*;

fn random(seed: u8, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    blake3::Hasher::new_keyed(&[seed; 32]).finalize_xof().fill(&mut out);
    out
}

/// Words in random order: compresses to about a third.
fn text(seed: u8, len: usize) -> Vec<u8> {
    const WORDS: [&str; 8] = ["backup ", "chunk ", "frame\n", "pack ", "stripe ", "parity ", "of the ", "session "];
    let words = random(seed, len).into_iter().map(|byte| WORDS[usize::from(byte % 8)]);
    words.flat_map(str::bytes).take(len).collect()
}

fn decompress(stored: &[u8], raw_len: usize) -> Result<Vec<u8>, DecompressError> {
    Decompressor::default().decompress(stored, raw_len, None)
}

#[test]
fn names_and_numbers() {
    for (name, number) in [("auto", 1000), ("off", 0), ("fastest", 1), ("better", 7), ("max", 19), ("-7", -7), ("3", 3)]
    {
        let compression: Compression = name.parse().unwrap();
        assert_eq!(compression.number(), number);
        assert_eq!(Compression::from_number(number), Some(compression));
        assert_eq!(compression.to_string().parse(), Ok(compression));
    }
    for bad in ["", "fast", "20", "1000", "-8", "3 "] {
        assert_eq!(bad.parse::<Compression>(), Err(InvalidCompression), "{bad}");
    }
    assert_eq!("0".parse(), Ok(Compression::Off));
}

#[test]
fn contexts_serve_many_frames_of_all_levels() {
    let (mut compressor, mut decompressor) = (Compressor::default(), Decompressor::default());
    for level in [3, -5, 19, 1, 7, 3] {
        for len in [400, 10_000, 300_000] {
            let raw = text(1, len);
            let stored = compressor.compress(&raw, Compression::Level(level)).unwrap();
            assert!(stored.len() < raw.len() * 31 / 32);
            assert_eq!(decompressor.decompress(&stored, raw.len(), None).unwrap(), raw);
            assert!(compressor.context.as_ref().is_none_or(|context| context.sizeof() <= KEPT_BYTES));
        }
    }
}

#[test]
fn what_does_not_pay_is_left_alone() {
    let mut compressor = Compressor::default();
    for raw in [random(1, 100_000), random(1, 10), Vec::new(), b"ab".to_vec()] {
        assert_eq!(compressor.compress(&raw, Compression::MAX), None);
        assert_eq!(compressor.compress_with_prefix(&raw, b"prefix", Compression::MAX), None);
    }
    assert_eq!(compressor.compress(&text(1, 1000), Compression::Off), None);
    assert_eq!(compressor.compress_with_prefix(&text(1, 1000), b"prefix", Compression::Off), None);
}

#[test]
fn a_prefix_makes_deltas_and_is_needed_for_reading() {
    let mut compressor = Compressor::default();
    // The second prefix begins like a trained dictionary, which it must not be taken for.
    let dictionary_like = [&[0x37, 0xa4, 0x30, 0xec][..], &random(1, 3 << 20)].concat();
    for prefix in [random(1, 300_000), dictionary_like] {
        let mut raw = prefix[1000..200_000].to_vec();
        raw[100_000] ^= 1;
        let stored = compressor.compress_with_prefix(&raw, &prefix, Compression::Auto).unwrap();
        assert!(stored.len() < 1000, "{}", stored.len());
        let mut decompressor = Decompressor::default();
        assert_eq!(decompressor.decompress(&stored, raw.len(), Some(&prefix)).unwrap(), raw);
        assert_ne!(decompressor.decompress(&stored, raw.len(), None).as_ref(), Ok(&raw));
        assert_ne!(decompressor.decompress(&stored, raw.len(), Some(b"other")).as_ref(), Ok(&raw));
    }
}

#[test]
fn frames_must_be_what_the_format_allows() {
    let raw = text(1, 1000);
    let good = zstd::bulk::compress(&raw, 3).unwrap();
    assert_eq!(decompress(&good, 1000).unwrap(), raw);
    assert!(decompress(&good, 999).is_err());
    assert!(decompress(&good, 1001).is_err());
    assert!(decompress(&[&good[..], b"\0"].concat(), 1000).is_err());
    assert!(decompress(&[&good[..], &good[..]].concat(), 1000).is_err());
    // Skippable frames, in front and behind.
    let skippable = [&0x184d_2a50u32.to_le_bytes()[..], &[0; 4]].concat();
    assert!(decompress(&[&skippable[..], &good].concat(), 1000).is_err());
    assert!(decompress(&[&good[..], &skippable].concat(), 1000).is_err());
    for len in 0..good.len() {
        assert!(decompress(&good[..len], 1000).is_err(), "{len}");
    }

    let with = |parameter| {
        let mut context = CCtx::create();
        context.set_parameter(parameter).unwrap();
        let mut out = Vec::with_capacity(2000);
        context.compress2(&mut out, &raw).unwrap();
        out
    };
    assert!(decompress(&with(CParameter::ContentSizeFlag(false)), 1000).is_err());
    assert!(decompress(&with(CParameter::ChecksumFlag(true)), 1000).is_ok());
    let mut checksum = with(CParameter::ChecksumFlag(true));
    *checksum.last_mut().unwrap() ^= 1;
    assert!(decompress(&checksum, 1000).is_err());
    // The same frame without the single segment flag, with a window of 16 MiB, one step more, and absurdly more.
    assert_eq!(good[4] & 0xe0, 0x60);
    for (window, fine) in [(14 << 3, true), (14 << 3 | 1, false), (31 << 3 | 7, false)] {
        let frame = [&good[..4], &[good[4] & !0x20, window], &good[5..]].concat();
        assert_eq!(decompress(&frame, 1000).is_ok(), fine, "{window}");
    }
    // With an id of a dictionary, and with the reserved bit.
    assert!(decompress(&[&good[..4], &[good[4] | 1], &[0], &good[5..]].concat(), 1000).is_err());
    assert!(decompress(&[&good[..4], &[good[4] | 8], &good[5..]].concat(), 1000).is_err());
}

#[test]
fn the_probe_tells_noise_from_data() {
    for len in [4096, 5000, 131_072, 524_288] {
        assert!((0..50).all(|seed| looks_incompressible(&random(seed, len))), "{len}");
        assert!(!looks_incompressible(&text(1, len)), "{len}");
        assert!(!looks_incompressible(&vec![0; len]), "{len}");
        // A flat histogram alone is not enough.
        let counter: Vec<u8> = (0..len).map(|i| i as u8).collect();
        assert!(!looks_incompressible(&counter), "{len}");
        let mut half = random(1, len);
        half[len / 2..].fill(0);
        assert!(!looks_incompressible(&half), "{len}");
    }
    assert!(!looks_incompressible(&random(1, 4095)));
    assert!(!looks_incompressible(&[]));
}

proptest! {
    #[test]
    fn arbitrary_and_changed_frames_never_panic(
        noise in prop::collection::vec(any::<u8>(), 0..200), raw_len in 0usize..3000, at: prop::sample::Index, value: u8,
    ) {
        let _ = decompress(&noise, raw_len);
        let framed = [&[0x28, 0xb5, 0x2f, 0xfd][..], &noise].concat();
        let _ = decompress(&framed, raw_len);
        let raw = text(2, 3000);
        let mut stored = zstd::bulk::compress(&raw, 3).unwrap();
        *at.get_mut(&mut stored) = value;
        if let Ok(out) = decompress(&stored, 3000) {
            prop_assert_eq!(out.len(), 3000);
        }
    }

    #[test]
    fn round_trip(parts in prop::collection::vec((any::<u8>(), 0usize..500, any::<bool>()), 0..20)) {
        let raw: Vec<u8> =
            parts.iter().flat_map(|(seed, len, noise)| if *noise { random(*seed, *len) } else { text(*seed, *len) }).collect();
        if let Some(stored) = Compressor::default().compress(&raw, Compression::Auto) {
            prop_assert_eq!(decompress(&stored, raw.len()).unwrap(), raw);
        }
    }
}
