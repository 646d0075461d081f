//! Index objects and directories: round trips, lies, and bytes that mean nothing.
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::format::{Codec, FrameTag, decode_directory, encode_directory};
use crate::id::{BlobId, BlobKind};

fn frame() -> impl Strategy<Value = FrameEntry> {
    let blob = (any::<[u8; 32]>().prop_map(BlobId), prop_oneof![0..300u32, 0..200_000u32]);
    let tag = (0..3u8, any::<bool>());
    (tag, 16..9000u32, vec(blob, 1..6), vec(any::<[u8; 32]>().prop_map(BlobId), 1..4)).prop_map(
        |((codec, tree), stored_len, blobs, bases)| {
            let mut frame = FrameEntry {
                tag: FrameTag::from_byte(codec | u8::from(tree) << 4).unwrap(),
                stored_len,
                blobs,
                bases: if codec == 2 { bases } else { Vec::new() },
            };
            if codec == 0 {
                frame.blobs.truncate(1);
                frame.blobs[0].1 = stored_len - 16;
            }
            frame
        },
    )
}

fn slots(k: u8, m: u8) -> impl Strategy<Value = Vec<SlotEntry>> {
    let slot = (any::<bool>(), any::<[u8; 32]>(), 0..3u32, vec(frame(), 0..4));
    vec(slot, usize::from(k + m)).prop_map(move |list| {
        let written = list.into_iter().zip(0u8..).filter(|((written, ..), _)| *written);
        written
            .map(|((_, id, power, frames), slot)| SlotEntry {
                slot,
                location: 0,
                length: if slot < k { 65_536 << power } else { 4096 * (power + 3) },
                pack: PackId(id),
                frames: if slot < k { frames } else { Vec::new() },
            })
            .collect()
    })
}

fn object() -> impl Strategy<Value = IndexObject> {
    let stripe = (1..6u8, 0..3u8, any::<[u8; 32]>()).prop_flat_map(|(k, m, id)| {
        slots(k, m).prop_map(move |slots| StripeEntry { id: StripeId(id), k, m, generation: 0, slots })
    });
    vec(stripe, 0..4).prop_map(|stripes| IndexObject { stripes })
}

fn one_frame(tag: FrameTag, stored_len: u32, blobs: &[u32], bases: usize) -> FrameEntry {
    let blobs = blobs.iter().map(|len| (BlobId([1; 32]), *len)).collect();
    FrameEntry { tag, stored_len, blobs, bases: vec![BlobId([2; 32]); bases] }
}

proptest! {
    #[test]
    fn objects_round_trip(object in object()) {
        let (plain, columns) = (object.encode_plain(), object.encode_columns());
        prop_assert_eq!(&IndexObject::decode(&plain, &columns).unwrap(), &object);
        let mut bare = object.stripes.clone();
        bare.iter_mut().flat_map(|stripe| &mut stripe.slots).for_each(|slot| slot.frames.clear());
        prop_assert_eq!(IndexObject::decode_plain(&plain).unwrap(), bare);
    }

    #[test]
    fn directories_round_trip(frames in vec(frame(), 0..20)) {
        let end = 288 + frames.iter().map(|frame| frame.stored_len).sum::<u32>();
        let bytes = encode_directory(&frames);
        let shapes = decode_directory(&bytes, end).unwrap();
        prop_assert_eq!(shapes.len(), frames.len());
        for (shape, frame) in shapes.iter().zip(&frames) {
            let lengths: Vec<u32> = frame.blobs.iter().map(|(_, len)| *len).collect();
            prop_assert_eq!((shape.tag, shape.stored_len, &shape.blobs, &shape.bases),
                (frame.tag, frame.stored_len, &lengths, &frame.bases));
        }
        prop_assert!(frames.is_empty() || decode_directory(&bytes, end - 1).is_err());
    }

    #[test]
    fn mutated_objects_never_panic(object in object(), at in any::<prop::sample::Index>(), bits in 1..=255u8, cut in any::<bool>()) {
        let parts = [object.encode_plain(), object.encode_columns()];
        for which in 0..2 {
            let mut parts = parts.clone();
            let at = at.index(parts[which].len());
            match cut {
                true => {
                    parts[which].truncate(at);
                    prop_assert!(IndexObject::decode(&parts[0], &parts[1]).is_err());
                }
                false => {
                    parts[which][at] ^= bits;
                    // Ids and lengths may still make sense; whatever is accepted is what the bytes say.
                    if let Ok(other) = IndexObject::decode(&parts[0], &parts[1]) {
                        prop_assert_ne!(other, object.clone());
                    }
                }
            }
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(plain in vec(any::<u8>(), 0..300), columns in vec(any::<u8>(), 0..300)) {
        let _ = IndexObject::decode(&plain, &columns);
        let _ = decode_directory(&columns, 1 << 20);
    }
}

#[test]
fn frames_beyond_the_bounds_are_refused() {
    let tag = |codec| FrameTag { codec, kind: BlobKind::Data };
    let accepts = |frames: &[FrameEntry]| decode_directory(&encode_directory(frames), 1 << 26).is_ok();
    assert!(accepts(&[one_frame(tag(Codec::Zstd), 16, &[16 << 20], 0)]));
    assert!(!accepts(&[one_frame(tag(Codec::Zstd), 16, &[16 << 20, 1], 0)]));
    assert!(!accepts(&[one_frame(tag(Codec::Zstd), 16, &[u32::MAX, 1], 0)]));
    assert!(!accepts(&[one_frame(tag(Codec::Zstd), 15, &[1], 0)]));
    assert!(!accepts(&[one_frame(tag(Codec::Zstd), 16, &[], 0)]));
    assert!(accepts(&[one_frame(tag(Codec::Zstd), 16, &[0; 65_536], 0)]));
    assert!(!accepts(&[one_frame(tag(Codec::Zstd), 16, &[0; 65_537], 0)]));
    assert!(!accepts(&[one_frame(tag(Codec::Raw), 17, &[2], 0)]));
    assert!(accepts(&[one_frame(tag(Codec::ZstdDelta), 17, &[2], 64)]));
    assert!(!accepts(&[one_frame(tag(Codec::ZstdDelta), 17, &[2], 65)]));
    assert!(!accepts(&[one_frame(tag(Codec::ZstdDelta), 17, &[2], 0)]));
    let small = one_frame(tag(Codec::Raw), 17, &[1], 0);
    assert!(accepts(&vec![small.clone(); 65_536]));
    assert!(!accepts(&vec![small; 65_537]));
}

#[test]
fn slots_and_lengths_beyond_the_bounds_are_refused() {
    let slot = |slot, length| SlotEntry { slot, location: 0, length, pack: PackId([0; 32]), frames: Vec::new() };
    let accepts = |k, m, slots: &[SlotEntry]| {
        let stripe = StripeEntry { id: StripeId([0; 32]), k, m, generation: 0, slots: slots.to_vec() };
        IndexObject::decode_plain(&IndexObject { stripes: vec![stripe] }.encode_plain()).is_ok()
    };
    assert!(accepts(128, 32, &[slot(0, 1 << 26), slot(159, (64 << 20) + 4096)]));
    assert!(!accepts(129, 0, &[]) && !accepts(0, 1, &[]) && !accepts(1, 33, &[]));
    assert!(!accepts(2, 1, &[slot(3, 1 << 20)]));
    assert!(!accepts(2, 1, &[slot(1, 1 << 20), slot(1, 1 << 20)]));
    assert!(!accepts(2, 1, &[slot(1, 1 << 20), slot(0, 1 << 20)]));
    for length in [0, 1 << 11, 3 << 11, 3 << 16, 1 << 27, 4095, 4097] {
        assert!(!accepts(2, 1, &[slot(0, length)]), "{length}");
    }
    assert!(accepts(2, 1, &[slot(0, 1 << 12), slot(2, 1 << 13)]));
    assert!(accepts(2, 1, &[slot(2, 3 << 16)]));
    assert!(!accepts(2, 1, &[slot(2, 0)]) && !accepts(2, 1, &[slot(2, 1 << 27)]) && !accepts(2, 1, &[slot(2, 4097)]));
}
