//! Index objects that place blobs where they are not, name packs that are not theirs, or make no sense; and parity that lies.
use std::sync::Arc;

use caddis::backend::{Family, ObjectName};
use caddis::format::{IndexObject, SlotEntry, StripeEntry};
use caddis::id::{BlobKind, PackId, StripeId};
use caddis::model::{Content, Tree, encode_tree};
use caddis::ops::check::Severity;
use caddis::parity::Matrix;
use caddis::repo::encode_parity;

use crate::engine::noise;
use crate::packs::by_hand;
use crate::scene::{Scene, file, large, snapshot};
use crate::stripe::{Frame, Hand, raw};

fn frames(scene: &Scene) -> Vec<Frame> {
    let [a, b] = [1, 2].map(|seed| noise(seed, 3000));
    let ids = [&a, &b].map(|blob| scene.repo.subkeys().blob_id(BlobKind::Data, blob));
    let both = raw(&scene.repo, BlobKind::Data, &[&a[..], &b].concat());
    vec![
        Frame { blobs: vec![(ids[0], 3000), (ids[1], 3000)], ..both },
        raw(&scene.repo, BlobKind::Data, &noise(3, 3000)),
    ]
}

/// What the index says makes no sense: blobs are lost or come from elsewhere, never wrong ones; a repair brings back what there is.
fn tampered(tamper: impl FnOnce(&Scene, &mut Vec<StripeEntry>)) {
    let scene = Scene::new();
    let frames = frames(&scene);
    let sid = by_hand(&scene, frames, |stripes| tamper(&scene, stripes));
    let right = [noise(1, 3000), noise(3, 3000)].concat();
    for repaired in [false, true] {
        let restored = scene.restore(sid);
        if restored.report().missing == 0 {
            assert_eq!(restored.bytes("bad"), Some(right.clone()));
            assert_eq!(restored.bytes("good"), Some(b"right".to_vec()));
        } else {
            assert_eq!(restored.bytes("bad"), None);
            assert!(scene.worst().is_some(), "check finds it");
        }
        scene.assert_innocent();
        if !repaired {
            scene.repair().unwrap();
        }
    }
}

/// The index object cannot be read; the packs are as they should be, so that a repair makes another one.
fn unreadable(plain: impl FnOnce(&IndexObject) -> (Vec<u8>, Vec<u8>)) {
    let scene = Scene::new();
    let hand = Hand::new(&scene);
    let data = frames(&scene).remove(1);
    let (id, len) = data.blobs[0];
    let nodes = vec![large("bad", len.into(), Content::Blobs(vec![id])), file("good", b"right")];
    let tree = raw(&scene.repo, BlobKind::Tree, &encode_tree(&Tree::Leaf(nodes)));
    let root = tree.blobs[0].0;
    let object = IndexObject { stripes: vec![hand.stripe(&[vec![data], vec![tree]])] };
    let (plain, columns) = plain(&object);
    hand.index_bytes(0, &plain, &columns);
    hand.commit(&snapshot(root));
    scene.restore(hand.sid).assert_missing(1, "in no index");
    assert!(scene.worst() >= Some(Severity::Repairable));
    scene.assert_innocent();
    scene.repair().unwrap();
    let restored = scene.restore(hand.sid);
    restored.assert_complete();
    assert_eq!(restored.bytes("bad"), Some(noise(3, 3000)));
    scene.assert_innocent();
}

fn changed(change: impl FnOnce(&mut StripeEntry)) {
    unreadable(|object| {
        let mut object = object.clone();
        change(&mut object.stripes[0]);
        (object.encode_plain(), object.encode_columns())
    });
}

/// A map with a key whose array or string says that it is so long.
fn claims(key: u8, head: u8) -> Vec<u8> {
    [&[0xa1, key, head][..], &(1_u64 << 40).to_be_bytes()].concat()
}

cases! {
    packs_swapped {
        tampered(|_, stripes| {
            let [a, b, ..] = &mut stripes[0].slots[..] else { panic!("two packs") };
            std::mem::swap(&mut a.pack, &mut b.pack);
        })
    }
    pack_of_another_stripe {
        tampered(|scene, stripes| {
            let own: Vec<PackId> = stripes[0].slots.iter().map(|slot| slot.pack).collect();
            let other = scene.repo.backend().list(Family::Packs).unwrap().into_iter().find_map(|listed| match listed.name {
                ObjectName::Pack(id) if !own.contains(&id) => Some(id),
                _ => None,
            });
            stripes[0].slots[0].pack = other.unwrap();
        })
    }
    one_pack_in_all_slots {
        tampered(|_, stripes| {
            let pack = stripes[0].slots[0].pack;
            stripes[0].slots.iter_mut().for_each(|slot| slot.pack = pack);
        })
    }
    pack_that_is_not_there { tampered(|_, stripes| stripes[0].slots[0].pack = PackId([9; 32])) }
    stripe_under_another_id { tampered(|_, stripes| stripes[0].id = StripeId([9; 32])) }
    stripe_twice_in_one_object { tampered(|_, stripes| stripes.push(stripes[0].clone())) }
    stripes_of_one_id_that_disagree {
        tampered(|_, stripes| {
            let mut other = stripes[0].clone();
            other.slots[0].pack = PackId([9; 32]);
            other.k = 3;
            other.slots.retain(|slot| slot.slot < 2);
            stripes.push(other);
        })
    }
    parity_and_data_swapped {
        tampered(|_, stripes| {
            let (pack, length) = (stripes[0].slots[2].pack, stripes[0].slots[2].length);
            stripes[0].slots[2].pack = stripes[0].slots[0].pack;
            stripes[0].slots[2].length = stripes[0].slots[0].length;
            stripes[0].slots[0].pack = pack;
            stripes[0].slots[0].length = length.next_power_of_two();
        })
    }
    pack_shorter_than_it_is { tampered(|_, stripes| stripes[0].slots[0].length = 32 << 10) }
    pack_longer_than_it_is { tampered(|_, stripes| stripes[0].slots[0].length = 64 << 20) }
    blob_beyond_its_frame { tampered(|_, stripes| stripes[0].slots[0].frames[0].blobs[1].1 = 3001) }
    blobs_cut_elsewhere {
        tampered(|_, stripes| {
            let blobs = &mut stripes[0].slots[0].frames[0].blobs;
            (blobs[0].1, blobs[1].1) = (2999, 3001);
        })
    }
    blobs_swapped {
        tampered(|_, stripes| {
            let blobs = &mut stripes[0].slots[0].frames[0].blobs;
            (blobs[0].0, blobs[1].0) = (blobs[1].0, blobs[0].0);
        })
    }
    blob_of_the_other_kind {
        tampered(|_, stripes| {
            stripes[0].slots[0].frames.iter_mut().for_each(|frame| frame.tag.kind = BlobKind::Tree);
        })
    }
    frame_in_the_padding {
        tampered(|_, stripes| {
            let frames = &mut stripes[0].slots[0].frames;
            let more = frames[1].clone();
            // The blob is said to be there only.
            frames[1].blobs[0].0.0[0] ^= 1;
            frames.push(more);
        })
    }
    frame_offsets_shifted {
        tampered(|_, stripes| {
            let frames = &mut stripes[0].slots[0].frames;
            frames.swap(0, 1);
        })
    }

    frame_beyond_the_pack { changed(|stripe| {
        let frame = &mut stripe.slots[0].frames[0];
        frame.stored_len = 65 << 10;
        frame.blobs[0].1 = (65 << 10) - 16;
    }) }
    frames_of_4_gib { changed(|stripe| stripe.slots[0].frames[0].blobs[0].1 = u32::MAX) }
    stripe_with_k_0 { changed(|stripe| stripe.k = 0) }
    stripe_with_k_129 { changed(|stripe| stripe.k = 129) }
    stripe_with_m_33 { changed(|stripe| stripe.m = 33) }
    stripe_with_more_parity_than_rows { changed(|stripe| stripe.m = 0) }
    stripe_with_slot_beyond { changed(|stripe| stripe.slots[2].slot = 200) }
    stripe_with_a_slot_twice { changed(|stripe| stripe.slots[1].slot = 0) }
    stripe_with_slots_that_descend { changed(|stripe| stripe.slots.reverse()) }
    pack_of_odd_length { changed(|stripe| stripe.slots[0].length = 65_537) }
    pack_of_4_gib { changed(|stripe| stripe.slots[0].length = u32::MAX) }
    index_of_2_40_stripes { unreadable(|object| (claims(0, 0x9b), object.encode_columns())) }
    index_with_a_column_of_2_40_bytes { unreadable(|object| (object.encode_plain(), claims(1, 0x5b))) }
    index_without_columns { unreadable(|object| (object.encode_plain(), vec![0xa0])) }
    index_of_garbage { unreadable(|_| (noise(8, 100), noise(9, 100))) }

    /// The parity is of other bytes: what is rebuilt has another hash, and is not taken.
    parity_of_other_bytes {
        let scene = Scene::new();
        let sid = by_hand(&scene, frames(&scene), |stripes| {
            let stripe = &mut stripes[0];
            let members: Vec<(u8, PackId, Vec<u8>)> =
                stripe.slots[..2].iter().map(|slot| (slot.slot, slot.pack, noise(slot.slot.into(), 64 << 10))).collect();
            lying_parity(&scene, stripe, &members);
        });
        lose_first_pack(&scene, sid);
    }

    /// The parity pack says that it is of other packs.
    parity_of_other_packs {
        let scene = Scene::new();
        let sid = by_hand(&scene, frames(&scene), |stripes| {
            let stripe = &mut stripes[0];
            let members: Vec<(u8, PackId, Vec<u8>)> = stripe.slots[..2]
                .iter()
                .map(|slot| {
                    let bytes = noise(slot.slot.into(), 64 << 10);
                    (slot.slot, PackId(*blake3::hash(&bytes).as_bytes()), bytes)
                })
                .collect();
            lying_parity(&scene, stripe, &members);
        });
        lose_first_pack(&scene, sid);
    }
}

fn lying_parity(scene: &Scene, stripe: &mut StripeEntry, members: &[(u8, PackId, Vec<u8>)]) {
    let members: Vec<_> = members.iter().map(|(slot, pack, bytes)| (*slot, *pack, bytes.as_slice())).collect();
    let bytes = encode_parity(stripe.id, &Arc::new(Matrix::new(2, 1).unwrap()), &members).remove(0);
    let pack = PackId(*blake3::hash(&bytes).as_bytes());
    scene.repo.backend().put_new(&ObjectName::Pack(pack), &bytes).unwrap();
    stripe.slots[2] = SlotEntry { pack, length: bytes.len() as u32, ..stripe.slots[2].clone() };
}

/// Removes the pack with the content, the one that no other snapshot needs.
fn lose_first_pack(scene: &Scene, sid: caddis::id::SessionId) {
    let index = caddis::format::IndexName { session: sid, number: 0 };
    let object = scene.repo.read_index_object(index, &caddis::monitor::Silent).unwrap();
    assert!(scene.memory.remove(&ObjectName::Pack(object.stripes[0].slots[0].pack)));
    for _ in 0..2 {
        let restored = scene.restore(sid);
        restored.assert_missing(1, "");
        assert_eq!(restored.names(), ["good"]);
        assert_eq!(scene.worst(), Some(Severity::Lost));
        scene.repair().unwrap();
        scene.assert_innocent();
    }
}
