//! Decisions, marks and tombstones that lie about what counts; copies that disagree.
use caddis::backend::{Backend, Family, ObjectName};
use caddis::format::{Decision, Done, Fence, Finished, IndexName, Mark, Tombstone};
use caddis::id::{BlobKind, SessionId, StripeId};
use caddis::model::{Content, Snapshot, Tree, encode_snapshot, encode_tree};
use caddis::monitor::Silent;
use caddis::ops::check::Severity;

use crate::engine::{self, noise};
use crate::scene::{Scene, file, large, snapshot};
use crate::sealed::{put, sealed};
use crate::stripe::{Hand, raw};

fn sid(n: u8) -> SessionId {
    SessionId([n; 16])
}

fn listed(scene: &Scene) -> usize {
    engine::snapshots(&scene.open().unwrap(), &Silent).unwrap().len()
}

fn index_of(session: SessionId) -> IndexName {
    IndexName { session, number: 0 }
}

/// The index object that the innocent snapshot needs is retired: clear errors, and a repair brings it back from the packs.
fn retired(put: impl FnOnce(&Scene)) {
    let scene = Scene::new();
    put(&scene);
    let restored = scene.restore(scene.innocent);
    restored.assert_missing(1, "in no index");
    assert!(restored.names().is_empty());
    assert!(scene.worst() >= Some(Severity::Repairable));
    scene.repair().unwrap();
    scene.assert_innocent();
    assert_eq!(scene.worst(), None);
}

fn finished(scene: &Scene) -> Finished {
    Finished { retired: vec![index_of(scene.innocent)], seen: vec![scene.innocent, sid(77)], ..Finished::default() }
}

/// Stripes of everything that is there.
fn all_stripes(scene: &Scene) -> Vec<StripeId> {
    let object = scene.repo.read_index_object(index_of(scene.innocent), &Silent).unwrap();
    object.stripes.iter().map(|stripe| stripe.id).collect()
}

/// A session made by hand, its index object put and nothing decided; what a snapshot of it would have as root.
fn undecided<'a>(scene: &'a Scene, number: u32) -> (Hand<'a>, caddis::id::BlobId) {
    let hand = Hand::new(scene);
    let data = raw(&scene.repo, BlobKind::Data, &noise(3, 3000));
    let nodes = vec![large("a", 3000, Content::Blobs(vec![data.blobs[0].0]))];
    let tree = raw(&scene.repo, BlobKind::Tree, &encode_tree(&Tree::Leaf(nodes)));
    let root = tree.blobs[0].0;
    hand.index(number, vec![hand.stripe(&[vec![data], vec![tree]])]);
    (hand, root)
}

/// Garbage with the right seal in a family of single objects: readers go on and say so, writers do not, a repair clears it away.
fn garbage_in_gc(name: ObjectName) {
    let scene = Scene::new();
    put(&scene.repo, &name, &noise(1, 200));
    scene.assert_innocent();
    assert!(scene.worst().is_some());
    scene.repair().unwrap();
    assert!(scene.memory.list(Family::Gc).unwrap().is_empty());
    scene.assert_innocent();
    scene.commit_leaf(|_| vec![file("a", b"1")]);
}

cases! {
    mark_of_garbage { garbage_in_gc(ObjectName::Mark(sid(1))) }
    done_of_garbage { garbage_in_gc(ObjectName::Done(sid(1))) }
    mark_of_2_40_stripes {
        let scene = Scene::new();
        let content = [&[0xa1, 0, 0x9b][..], &(1_u64 << 40).to_be_bytes()].concat();
        put(&scene.repo, &ObjectName::Mark(sid(1)), &content);
        scene.assert_innocent();
        scene.repair().unwrap();
        scene.assert_innocent();
    }

    /// Doomed packs are there until a prune removes them. They read; nothing new rests on them.
    mark_that_dooms_everything {
        let scene = Scene::new();
        put(&scene.repo, &ObjectName::Mark(sid(1)), &Mark { stripes: all_stripes(&scene), by: sid(1) }.encode());
        scene.assert_innocent();
        let next = scene.commit_leaf(|pen| {
            let content = Content::Blobs(vec![pen.data(&noise(9, 30_000)[..10_000])]);
            vec![large("again", 10_000, content)]
        });
        for listed in scene.memory.list(Family::Packs).unwrap() {
            let object = scene.repo.read_index_object(index_of(scene.innocent), &Silent).unwrap();
            let doomed = |pack| object.stripes.iter().flat_map(|stripe| &stripe.slots).any(|slot| ObjectName::Pack(slot.pack) == pack);
            if doomed(listed.name) {
                scene.memory.remove(&listed.name);
            }
        }
        scene.restore(next).assert_complete();
        scene.restore(scene.innocent).assert_missing(1, "");
    }
    mark_of_stripes_that_are_not_there {
        let scene = Scene::new();
        let stripes = (0..100_000_u32).map(|n| StripeId(*blake3::hash(&n.to_le_bytes()).as_bytes())).collect();
        put(&scene.repo, &ObjectName::Mark(sid(1)), &Mark { stripes, by: sid(1) }.encode());
        scene.assert_innocent();
        assert_eq!(scene.worst(), None);
    }

    prune_that_retires_what_is_needed {
        retired(|scene| put(&scene.repo, &ObjectName::Snapshot(sid(1)), &Decision::Pruned(finished(scene)).encode()));
    }
    repair_that_retires_what_is_needed {
        retired(|scene| put(&scene.repo, &ObjectName::Snapshot(sid(1)), &Decision::Repaired(finished(scene)).encode()));
    }
    done_that_retires_what_is_needed {
        retired(|scene| {
            let done = Done { retired: vec![index_of(scene.innocent)], snapshots: Vec::new() };
            put(&scene.repo, &ObjectName::Done(sid(1)), &done.encode());
        });
    }
    /// A decision that retires the index object of its own session, and names that nobody has.
    prune_that_retires_its_own {
        let scene = Scene::new();
        let (hand, _) = undecided(&scene, 0);
        let retired = vec![index_of(hand.sid), index_of(sid(7)), IndexName { session: hand.sid, number: u32::MAX }];
        hand.decide(&Decision::Pruned(Finished { retired, ..Finished::default() }));
        scene.check();
        scene.repair().unwrap();
        scene.assert_innocent();
    }

    /// A fence can make index objects of its own session count, not those of others.
    fence_that_names_index_objects_of_others {
        let scene = Scene::new();
        let (hand, root) = undecided(&scene, 0);
        let fence = Fence { by: sid(1), reason: "r".into(), kept: vec![index_of(hand.sid), index_of(scene.innocent)], left: Default::default() };
        put(&scene.repo, &ObjectName::Snapshot(sid(1)), &Decision::Fence(fence).encode());
        let later = Snapshot { host: "later".into(), ..snapshot(root) };
        put(&scene.repo, &ObjectName::Snapshot(sid(2)), &Decision::Snapshot(encode_snapshot(&later)).encode());
        // Undecided, its index object does not count, so the snapshot that rests on it does not read.
        scene.restore(sid(2)).assert_missing(1, "in no index");
        scene.assert_innocent();
        // When its own session has decided, it does.
        hand.commit(&Snapshot { host: "own".into(), ..snapshot(root) });
        scene.restore(hand.sid).assert_complete();
        scene.restore(sid(2)).assert_complete();
    }
    fence_that_names_what_is_not_there {
        let scene = Scene::new();
        let kept = (0..1000).map(|number| IndexName { session: sid(1), number }).collect();
        let fence = Fence { by: sid(1), reason: "r".into(), kept, left: Default::default() };
        put(&scene.repo, &ObjectName::Snapshot(sid(1)), &Decision::Fence(fence).encode());
        scene.check();
        scene.repair().unwrap();
        scene.assert_innocent();
    }
    /// Somebody decides for a session that goes on writing: its run ends with a clear word.
    session_that_was_fenced {
        let scene = Scene::new();
        let (hand, root) = undecided(&scene, 0);
        hand.decide(&Decision::Fence(Fence { by: sid(1), reason: "r".into(), kept: Vec::new(), left: Default::default() }));
        let name = ObjectName::Snapshot(hand.sid);
        let commit = Decision::Snapshot(encode_snapshot(&snapshot(root))).encode();
        let bytes = sealed(&scene.repo, &name, &[], &commit);
        assert_eq!(scene.memory.put_new(&name, &bytes).unwrap(), caddis::backend::Put::Exists);
        assert_eq!(listed(&scene), 1);
        scene.assert_innocent();
    }

    tombstone_of_a_snapshot_to_come {
        let scene = Scene::new();
        let (hand, root) = undecided(&scene, 0);
        put(&scene.repo, &ObjectName::Tomb(hand.sid), &Tombstone::default().encode());
        scene.assert_innocent();
        hand.commit(&snapshot(root));
        assert_eq!(listed(&scene), 1, "it was forgotten before it came");
        scene.assert_innocent();
    }
    tombstone_of_nothing {
        let scene = Scene::new();
        put(&scene.repo, &ObjectName::Tomb(sid(1)), &Tombstone::default().encode());
        scene.assert_innocent();
        assert_eq!(scene.worst(), None);
    }
    /// One that cannot be read counts: what it is for is in its name.
    tombstone_of_garbage {
        let scene = Scene::new();
        let other = scene.commit_leaf(|_| vec![file("a", b"1")]);
        put(&scene.repo, &ObjectName::Tomb(other), &noise(1, 100));
        assert_eq!(listed(&scene), 1);
        assert_eq!(scene.worst(), None);
        scene.assert_innocent();
    }

    /// Both look sound; nobody can tell which is right, and check says so. The original is what is read.
    replica_that_disagrees_about_a_snapshot {
        let scene = Scene::new();
        let other = scene.commit_leaf(|_| vec![file("a", b"1")]);
        let name = ObjectName::Snapshot(other);
        let fence = Decision::Fence(Fence { by: sid(1), reason: "r".into(), kept: Vec::new(), left: Default::default() });
        scene.memory.overwrite(&name.replica().unwrap(), &sealed(&scene.repo, &name, &[], &fence.encode()));
        scene.restore(other).assert_complete();
        assert_eq!(scene.worst(), Some(Severity::Lost));
        let report = scene.repair().unwrap();
        assert!(!report.objects_lost.is_empty(), "nothing is chosen silently");
        scene.restore(other).assert_complete();
        scene.assert_innocent();
    }
    replica_that_disagrees_about_the_config {
        let scene = Scene::new();
        let name = ObjectName::Config(1);
        let mut config = scene.repo.config().clone();
        config.inline_limit = 7;
        scene.memory.overwrite(&name.replica().unwrap(), &sealed(&scene.repo, &name, &[], &config.encode()));
        assert_ne!(scene.open().unwrap().config().inline_limit, 7);
        assert_eq!(scene.worst(), Some(Severity::Lost));
        scene.assert_innocent();
    }
    replica_of_nothing {
        let scene = Scene::new();
        let decision = Decision::Fence(Fence { by: sid(1), reason: "r".into(), kept: Vec::new(), left: Default::default() });
        let name = ObjectName::Snapshot(sid(1));
        let bytes = sealed(&scene.repo, &name, &[], &decision.encode());
        scene.memory.put_new(&name.replica().unwrap(), &bytes).unwrap();
        assert!(scene.worst().is_some());
        scene.repair().unwrap();
        assert!(scene.memory.stat(&name).is_ok());
        scene.assert_innocent();
    }

    /// Its index object is there, its session decided, and the snapshot of it was removed with the replica.
    snapshot_removed {
        let scene = Scene::new();
        let other = scene.commit_leaf(|_| vec![file("a", b"1")]);
        scene.memory.remove(&ObjectName::Snapshot(other));
        scene.memory.remove(&ObjectName::Snapshot(other).replica().unwrap());
        assert!(scene.worst().is_some(), "check says that a snapshot is gone");
        scene.assert_innocent();
    }

    snapshots_that_are_each_others_parents {
        let scene = Scene::new();
        let tree = |pen: &crate::scene::Pen<'_>| pen.leaf(vec![file("a", b"1")]);
        let loops = |n: u8, root| Snapshot { parent: Some(sid(n)), previous: Some(sid(n)), original: Some(sid(n)), ..snapshot(root) };
        let first = scene.commit(|pen| loops(1, tree(pen)));
        let root = scene.info(first).snapshot.root.unwrap();
        for (own, other) in [(1, 2), (2, 1), (3, 3)] {
            put(&scene.repo, &ObjectName::Snapshot(sid(own)), &Decision::Snapshot(encode_snapshot(&loops(other, root))).encode());
        }
        assert_eq!(listed(&scene), 5);
        scene.restore(sid(1)).assert_complete();
        assert_eq!(scene.worst(), None);
    }
}
