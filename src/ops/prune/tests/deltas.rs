//! Prunes of repositories with deltas: bases stay in full as long as something that is needed depends on them.
use super::*;
use crate::format::Codec;
use crate::model::{Content, Node, NodeType, Snapshot, TreeBuilder, TreeStore, encode_snapshot};

/// Noise with some bytes changed.
fn edited(seed: u64, len: usize, edit: u8) -> Vec<u8> {
    let mut bytes = noise(seed, len);
    bytes[len / 2..].iter_mut().take(9).for_each(|byte| *byte = edit);
    bytes
}

fn deltas(test: &TestRepo) -> usize {
    let repo = test.open(PASSWORD).unwrap();
    repo.load_index(&Silent).unwrap();
    let mut frames = BTreeSet::new();
    for listed in test.backend.list(Family::Packs).unwrap() {
        let ObjectName::Pack(id) = listed.name else { continue };
        if let crate::repo::PackView::Data { frames: all, .. } = repo.view_pack(&id, &Silent).unwrap() {
            let of = all.iter().enumerate().filter(|(_, frame)| frame.tag.codec == Codec::ZstdDelta);
            frames.extend(of.map(|(number, _)| (id, number)));
        }
    }
    frames.len()
}

/// Data blobs that are stored as deltas, and in full.
fn data_blobs(test: &TestRepo) -> (usize, usize) {
    let repo = test.open(PASSWORD).unwrap();
    repo.load_index(&Silent).unwrap();
    let mut count = (0, 0);
    for listed in test.backend.list(Family::Packs).unwrap() {
        let ObjectName::Pack(id) = listed.name else { continue };
        if let crate::repo::PackView::Data { frames, .. } = repo.view_pack(&id, &Silent).unwrap() {
            for frame in frames.iter().filter(|frame| frame.tag.kind == BlobKind::Data) {
                let of_codec = if frame.tag.codec == Codec::ZstdDelta { &mut count.0 } else { &mut count.1 };
                *of_codec += frame.blobs.len();
            }
        }
    }
    count
}

#[test]
fn what_is_needed_of_a_delta_frame_stays_a_delta() {
    let test = TestRepo::new();
    let write = |edit: u8| (0..4).for_each(|n| test.file(&format!("{n}"), &edited(n, 3_000, edit)));
    write(0);
    test.backup();
    write(1);
    let second = test.backup().snapshot.unwrap();
    assert_eq!(data_blobs(&test), (4, 4));
    (2..4).for_each(|n| test.file(&format!("{n}"), &noise(n + 50, 3_000)));
    test.backup();
    test.forget(second);
    let report = test.prune(&options());
    assert!(report.blobs_copied > 0, "{report:?}");
    assert_eq!(data_blobs(&test), (2, 6));
    test.assert_sound(2);
}

#[test]
fn bases_stay_with_the_last_delta_and_go_after_it() {
    let test = TestRepo::new();
    let mut sids = Vec::new();
    for edit in 0..3 {
        test.file("large", &edited(1, 900_000, edit));
        test.file("small", &edited(2, 9_000, edit));
        let before = test.stored();
        sids.push(test.backup().snapshot.unwrap());
        assert!(edit == 0 || test.stored() < before + 150_000, "{} {before}", test.stored());
    }
    assert!(deltas(&test) >= 4, "{}", deltas(&test));
    for (kept, sid) in [(2, sids[0]), (1, sids[1])] {
        test.forget(sid);
        test.prune(&options());
        test.assert_sound(kept);
    }
    let stored = test.stored();
    test.file("large", &noise(77, 100_000));
    test.backup();
    test.forget(sids[2]);
    test.prune(&options());
    test.prune(&options());
    test.assert_sound(1);
    assert!(test.stored() < stored / 2, "{} of {stored}", test.stored());
}

#[test]
fn a_tree_that_was_a_base_only_is_walked_when_a_snapshot_needs_it_again() {
    let test = TestRepo::new();
    for n in 0..40 {
        test.file(&format!("{n}"), &noise(n, 500));
    }
    let first = test.backup().snapshot.unwrap();
    let info = test.snapshots().remove(0);
    test.file("7", &noise(99, 500));
    test.backup();
    test.forget(first);
    let update = |walk: &mut Walk<'_>| {
        let catalog = test.repo.load_index(&Silent).unwrap().0;
        walk.update(&catalog, &|| Ok(())).unwrap().needed.len()
    };
    let mut walk = Walk::new(&test.repo, &Silent);
    let before = update(&mut walk);
    crate::ops::undelete::undelete(&test.repo, &owner(1), &info, &Silent).unwrap();
    let after = update(&mut walk);
    assert!(after > before);
    assert_eq!(after, update(&mut Walk::new(&test.repo, &Silent)));
}

/// Commits a snapshot of one file that consists of one blob.
fn commit(writer: Writer<'_>, blob: BlobId) -> SessionId {
    struct Trees<'a>(&'a Writer<'a>);
    impl TreeStore for Trees<'_> {
        fn save_tree(&self, bytes: Vec<u8>) -> Result<BlobId> {
            Ok(self.0.save(0, BlobKind::Tree, &bytes)?.0)
        }
        fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
            Err(Error::BlobNotFound { id: *id })
        }
    }
    let trees = Trees(&writer);
    let mut builder = TreeBuilder::new(&trees);
    let node = Node {
        name: b"file".to_vec(),
        kind: NodeType::File,
        size: 20_000,
        links: 1,
        content: Content::Blobs(vec![blob]),
        ..Node::default()
    };
    builder.push(&node).unwrap();
    let root = builder.finish().unwrap();
    let snapshot = Snapshot { root: Some(root), ..Snapshot::default() };
    writer.commit(&Decision::Snapshot(encode_snapshot(&snapshot)), &Silent).unwrap()
}

#[test]
fn a_base_that_is_a_delta_elsewhere_stays_in_full() {
    let test = TestRepo::new();
    let (y, x, newer) = (edited(1, 20_000, 1), edited(1, 20_000, 2), edited(1, 20_000, 3));
    let begin = |repo| Writer::begin(repo, owner(2), WriteOptions::default(), &Silent).unwrap().0;
    let save = |writer: &Writer<'_>, blob: &[u8], older: &[BlobId]| {
        let id = writer.id_of(BlobKind::Data, blob);
        assert!(writer.save_over(0, BlobKind::Data, id, blob, &mut || older.to_vec()).unwrap());
        id
    };
    let repos: Vec<_> = (0..4).map(|_| test.open(PASSWORD).unwrap()).collect();
    let writer = begin(&repos[0]);
    let base = save(&writer, &y, &[]);
    let kept = commit(writer, base);
    // Two at once: one stores it in full, with something that nobody needs later, the other as a delta.
    let (full, delta) = (begin(&repos[1]), begin(&repos[2]));
    full.save(0, BlobKind::Data, &noise(5, 60_000)).unwrap();
    let id = save(&full, &x, &[]);
    save(&delta, &x, &[base]);
    let full = commit(full, id);
    commit(delta, id);
    let last = begin(&repos[3]);
    let newest = save(&last, &newer, &[id]);
    commit(last, newest);
    assert_eq!(deltas(&test), 2);
    test.forget(full);
    test.forget(kept);
    test.prune(&options());
    test.prune(&options());
    let repo = test.open(PASSWORD).unwrap();
    repo.load_index(&Silent).unwrap();
    assert_eq!(repo.load_blob(BlobKind::Data, &id, &Silent).unwrap(), x);
    assert_eq!(repo.load_blob(BlobKind::Data, &newest, &Silent).unwrap(), newer);
    test.assert_sound(2);
}
