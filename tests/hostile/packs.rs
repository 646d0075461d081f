//! Frames that explode, lie about their length, or rest on what cannot be: sealed with the right keys.
use caddis::compress::{Compression, Compressor};
use caddis::format::{Codec, StripeEntry};
use caddis::id::{BlobId, BlobKind, SessionId};
use caddis::model::{Content, Node, Tree, encode_tree};
use caddis::ops::check::Severity;

use crate::cases::{measure_from_here, peak_above};
use crate::engine::noise;
use crate::scene::{Scene, file, large, snapshot};
use crate::stripe::{Frame, Hand, raw};

/// A snapshot in which `bad` is of the first blob of each of these frames; `tamper` changes what its index says.
pub fn by_hand(scene: &Scene, frames: Vec<Frame>, tamper: impl FnOnce(&mut Vec<StripeEntry>)) -> SessionId {
    let hand = Hand::new(scene);
    let ids: Vec<(BlobId, u32)> = frames.iter().map(|frame| frame.blobs[0]).collect();
    let size = ids.iter().map(|(_, len)| u64::from(*len)).sum();
    let content = Content::Blobs(ids.iter().map(|(id, _)| *id).collect());
    let nodes: Vec<Node> = vec![large("bad", size, content), file("good", b"right")];
    let tree = raw(&scene.repo, BlobKind::Tree, &encode_tree(&Tree::Leaf(nodes)));
    let root = tree.blobs[0].0;
    let mut stripes = vec![hand.stripe(&[frames, vec![tree]])];
    tamper(&mut stripes);
    hand.index(0, stripes);
    hand.commit(&snapshot(root));
    hand.sid
}

/// The file does not come back, everything else does; nothing becomes worse by a repair.
pub fn refused(frames: impl FnOnce(&Scene) -> Vec<Frame>, words: &str) {
    let scene = Scene::new();
    let frames = frames(&scene);
    let sid = by_hand(&scene, frames, |_| ());
    let before = measure_from_here();
    let restored = scene.restore(sid);
    assert!(peak_above(before) < 150 << 20, "{} MiB", peak_above(before) >> 20);
    restored.assert_missing(1, words);
    assert_eq!(restored.names(), ["good"]);
    assert_eq!(restored.bytes("good"), Some(b"right".to_vec()));
    assert_eq!(scene.worst(), Some(Severity::Lost));
    scene.assert_innocent();
    scene.repair().unwrap();
    scene.restore(sid).assert_missing(1, "");
    scene.assert_innocent();
}

fn frame(codec: Codec, encoded: Vec<u8>, id: BlobId, len: u32) -> Frame {
    Frame { codec, kind: BlobKind::Data, encoded, blobs: vec![(id, len)], bases: Vec::new() }
}

fn zstd(raw: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(raw, 3).unwrap()
}

/// The frame of `actual`, which is said to be `claimed`.
fn lying(actual: &[u8], claimed: &[u8]) -> impl FnOnce(&Scene) -> Vec<Frame> {
    move |scene| {
        let id = scene.repo.subkeys().blob_id(BlobKind::Data, claimed);
        vec![frame(Codec::Zstd, zstd(actual), id, claimed.len() as u32)]
    }
}

/// A delta frame of `blob` against `prefix`, which is said to be that of `bases`.
fn delta(scene: &Scene, blob: &[u8], prefix: &[u8], bases: Vec<BlobId>) -> Frame {
    let encoded = Compressor::default().compress_with_prefix(blob, prefix, Compression::Level(3)).unwrap();
    let id = scene.repo.subkeys().blob_id(BlobKind::Data, blob);
    Frame { bases, ..frame(Codec::ZstdDelta, encoded, id, blob.len() as u32) }
}

fn id_of(scene: &Scene, blob: &[u8]) -> BlobId {
    scene.repo.subkeys().blob_id(BlobKind::Data, blob)
}

/// With a magic number, a header and one raw block.
fn zstd_frame(header: &[u8], block: &[u8]) -> Vec<u8> {
    let head = (1 | (block.len() as u32) << 3).to_le_bytes();
    [&[0x28, 0xb5, 0x2f, 0xfd], header, &head[..3], block].concat()
}

cases! {
    frame_of_a_gigabyte_that_says_16_mib {
        let bomb = zstd(&vec![0; 1 << 30]);
        assert!(bomb.len() < 60_000);
        refused(move |scene| {
            let id = id_of(scene, &vec![0; 16 << 20]);
            vec![frame(Codec::Zstd, bomb, id, 16 << 20)]
        }, "does not decompress");
    }
    frame_longer_than_it_says { refused(lying(&[7; 5000], &[7; 4000]), "does not decompress") }
    frame_shorter_than_it_says { refused(lying(&[7; 4000], &[7; 5000]), "") }
    frame_of_something_else { refused(lying(&[7; 5000], &[8; 5000]), "") }
    frame_of_garbage {
        refused(|scene| vec![frame(Codec::Zstd, noise(4, 3000), id_of(scene, b"x"), 5000)], "does not decompress")
    }
    frame_of_nothing { refused(|scene| vec![frame(Codec::Zstd, Vec::new(), id_of(scene, b"x"), 1)], "does not decompress") }
    frame_with_a_window_of_2_gib {
        refused(|scene| {
            let header = [&[0x80, 21 << 3][..], &5_u32.to_le_bytes()].concat();
            vec![frame(Codec::Zstd, zstd_frame(&header, b"hello"), id_of(scene, b"hello"), 5)]
        }, "does not decompress")
    }
    frame_without_content_size {
        refused(|scene| vec![frame(Codec::Zstd, zstd_frame(&[0x00, 0x00], b"hello"), id_of(scene, b"hello"), 5)], "does not decompress")
    }
    frame_with_a_dictionary {
        refused(|scene| {
            let header = [&[0x21, 9, 5][..]].concat();
            vec![frame(Codec::Zstd, zstd_frame(&header, b"hello"), id_of(scene, b"hello"), 5)]
        }, "does not decompress")
    }
    blob_under_another_id {
        refused(|scene| {
            let mut frame = raw(&scene.repo, BlobKind::Data, b"evil");
            frame.blobs[0].0 = id_of(scene, b"good");
            vec![frame]
        }, "")
    }

    /// One zero byte, 16 MiB of zeros in a few bytes, a thousand times: what a file says that it is, it is, in bounded memory.
    frame_of_16_mib_in_a_kilobyte {
        let scene = Scene::new();
        let zeros = vec![0; 16 << 20];
        let frames = vec![frame(Codec::Zstd, zstd(&zeros), id_of(&scene, &zeros), 16 << 20)];
        let sid = by_hand(&scene, frames, |_| ());
        drop(zeros);
        let before = measure_from_here();
        let restored = scene.restore(sid);
        assert!(peak_above(before) < 150 << 20, "{} MiB", peak_above(before) >> 20);
        restored.assert_complete();
        assert_eq!(restored.bytes("bad").map(|bytes| bytes.len()), Some(16 << 20));
    }

    delta_of_itself {
        refused(|scene| {
            let blob = noise(1, 3000);
            vec![delta(scene, &blob, &[&blob[..], b"1"].concat(), vec![id_of(scene, &blob)])]
        }, "")
    }
    deltas_in_a_circle {
        refused(|scene| {
            let (a, b) = (noise(1, 3000), [noise(1, 3000), vec![1]].concat());
            vec![delta(scene, &a, &b, vec![id_of(scene, &b)]), delta(scene, &b, &a, vec![id_of(scene, &a)])]
        }, "")
    }
    delta_of_a_delta {
        refused(|scene| {
            let (a, b, c) = (noise(1, 3000), [noise(1, 2999), vec![0]].concat(), [noise(1, 2998), vec![0; 2]].concat());
            vec![
                raw(&scene.repo, BlobKind::Data, &a),
                delta(scene, &b, &a, vec![id_of(scene, &a)]),
                delta(scene, &c, &b, vec![id_of(scene, &b)]),
            ]
        }, "")
    }
    delta_of_nothing_there {
        refused(|scene| vec![delta(scene, &[noise(2, 3000), vec![1]].concat(), &noise(2, 3000), vec![BlobId([9; 32])])], "")
    }
    delta_of_another_base {
        refused(|scene| {
            let (a, b) = (noise(1, 3000), noise(2, 3000));
            vec![raw(&scene.repo, BlobKind::Data, &a), delta(scene, &[b.clone(), vec![1]].concat(), &b, vec![id_of(scene, &a)])]
        }, "")
    }
    delta_of_a_tree {
        refused(|scene| {
            let tree = encode_tree(&Tree::Leaf(vec![file("x", &noise(1, 3000))]));
            let base = scene.commit(|pen| snapshot(pen.tree_bytes(&tree)));
            assert_ne!(base, scene.innocent);
            let id = scene.repo.subkeys().blob_id(BlobKind::Tree, &tree);
            vec![delta(scene, &[&tree[..], b"more"].concat(), &tree, vec![id])]
        }, "")
    }
    delta_with_bases_of_a_gigabyte {
        refused(|scene| {
            let zeros = vec![0; 16 << 20];
            let id = id_of(scene, &zeros);
            let base = frame(Codec::Zstd, zstd(&zeros), id, 16 << 20);
            by_hand(scene, vec![base], |_| ());
            vec![delta(scene, &zeros[1 << 20..2 << 20], &zeros, vec![id; 64])]
        }, "")
    }
}
