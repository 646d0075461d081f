//! Sealed objects that were moved, mixed up, or whose content is nonsense of the right seal.
use std::sync::Arc;

use caddis::backend::{Backend, MemoryBackend, ObjectName};
use caddis::error::Error;
use caddis::format::{ChunkerConfig, Config, Decision, Session, object_trailer};
use caddis::id::SessionId;
use caddis::model::{Snapshot, encode_snapshot};
use caddis::ops::check::Severity;
use caddis::world::Time;

use crate::cases::{measure_from_here, peak_above};
use crate::engine::{self, TestWorld, noise};
use crate::scene::{Scene, file, snapshot};
use crate::sealed::{put, sealed};

fn sid(n: u8) -> SessionId {
    SessionId([n; 16])
}

/// Puts bytes as they are under a name and under that of its replica.
fn plant(scene: &Scene, name: ObjectName, bytes: &[u8]) {
    match name {
        ObjectName::Session(_) => scene.memory.put_session(&name, bytes).unwrap(),
        _ => drop(scene.memory.put_new(&name, bytes).unwrap()),
    }
    if let Some(replica) = name.replica() {
        scene.memory.put_new(&replica, bytes).unwrap();
    }
}

fn bytes_of(scene: &Scene, name: ObjectName) -> Vec<u8> {
    scene.memory.snapshot_contents()[&name].to_vec()
}

/// Nothing is read out of the object: it is found, and does no harm.
fn found(scene: &Scene, worst: Severity) {
    assert_eq!(scene.worst(), Some(worst));
    scene.assert_innocent();
    scene.repair().unwrap();
    scene.assert_innocent();
    assert_eq!(engine::snapshots(&scene.open().unwrap(), &caddis::monitor::Silent).unwrap().len(), 1);
}

/// A config with the right seal under the next number.
fn config(change: impl FnOnce(&mut Config)) -> Error {
    let scene = Scene::new();
    let mut config = scene.repo.config().clone();
    config.number = 2;
    change(&mut config);
    put(&scene.repo, &ObjectName::Config(2), &config.encode());
    match scene.open() {
        Ok(repo) => {
            // It is not believed, and the one before it is still there.
            assert_eq!(repo.config().number, 1);
            scene.assert_innocent();
            assert!(scene.worst().is_some());
            Error::Invalid(String::new())
        }
        Err(error) => error,
    }
}

/// An object of which the envelope says this; the checksum is right.
fn envelope(change: impl FnOnce(&mut Vec<u8>)) {
    let scene = Scene::new();
    let decision = Decision::Snapshot(encode_snapshot(&Snapshot::default())).encode();
    let name = ObjectName::Snapshot(sid(1));
    let mut bytes = sealed(&scene.repo, &name, &[], &decision);
    bytes.truncate(bytes.len() - 32);
    change(&mut bytes);
    bytes.extend(object_trailer(&bytes));
    plant(&scene, name, &bytes);
    found(&scene, Severity::Lost);
}

fn decision(content: &[u8]) -> Scene {
    let scene = Scene::new();
    put(&scene.repo, &ObjectName::Snapshot(sid(1)), content);
    scene
}

cases! {
    snapshot_under_another_name {
        let scene = Scene::new();
        plant(&scene, ObjectName::Snapshot(sid(1)), &bytes_of(&scene, ObjectName::Snapshot(scene.innocent)));
        found(&scene, Severity::Lost);
    }
    tombstone_made_of_a_snapshot {
        let scene = Scene::new();
        plant(&scene, ObjectName::Tomb(sid(1)), &bytes_of(&scene, ObjectName::Snapshot(scene.innocent)));
        found(&scene, Severity::Lost);
    }
    index_under_another_name {
        let scene = Scene::new();
        let bytes = bytes_of(&scene, ObjectName::Index(scene.innocent, 0));
        plant(&scene, ObjectName::Index(scene.innocent, 1), &bytes);
        found(&scene, Severity::Repairable);
    }
    index_as_snapshot {
        let scene = Scene::new();
        plant(&scene, ObjectName::Snapshot(sid(1)), &bytes_of(&scene, ObjectName::Index(scene.innocent, 0)));
        found(&scene, Severity::Lost);
    }
    snapshot_of_another_repository {
        let scene = Scene::new();
        let other = Scene::new();
        plant(&scene, ObjectName::Snapshot(other.innocent), &bytes_of(&other, ObjectName::Snapshot(other.innocent)));
        found(&scene, Severity::Lost);
    }
    pack_under_another_name {
        let scene = Scene::new();
        let pack = scene.memory.snapshot_contents().into_iter().find(|(name, _)| matches!(name, ObjectName::Pack(_)));
        plant(&scene, ObjectName::Pack(caddis::id::PackId([1; 32])), &pack.unwrap().1);
        scene.check();
        scene.repair().unwrap();
        scene.assert_innocent();
    }

    decision_of_garbage { found(&decision(&noise(1, 500)), Severity::Lost) }
    decision_of_nothing { found(&decision(b""), Severity::Lost) }
    decision_of_an_unknown_kind { found(&decision(&[0xa2, 0, 9, 1, 0xa0]), Severity::Lost) }
    snapshot_of_garbage { found(&decision(&[0xa2, 0, 1, 1, 0x43, 1, 2, 3]), Severity::Lost) }
    snapshot_with_2_40_tags {
        let body = [&[0xa1, 8, 0x9b][..], &(1_u64 << 40).to_be_bytes()].concat();
        found(&decision(&[&[0xa2, 0, 1, 1][..], &body].concat()), Severity::Lost);
    }
    fence_with_2_40_names {
        let body = [&[0xa2, 0, 0x50][..], &[7; 16], &[2, 0x9b], &(1_u64 << 40).to_be_bytes()].concat();
        found(&decision(&[&[0xa2, 0, 2, 1][..], &body].concat()), Severity::Lost);
    }

    snapshot_with_100_000_tags_and_paths {
        let scene = Scene::new();
        let sid = scene.commit(|pen| Snapshot {
            tags: (0..100_000).map(|n| format!("tag{n}")).collect(),
            paths: (0..100_000).map(|n| format!("/path{n}").into_bytes()).collect(),
            excludes: (0..100_000).map(|n| format!("exclude{n}")).collect(),
            ..snapshot(pen.leaf(vec![file("a", b"right")]))
        });
        assert_eq!(scene.worst(), None);
        scene.restore(sid).assert_complete();
        assert_eq!(scene.info(sid).snapshot.tags.len(), 100_000);
    }

    /// The bound of its content: in storage it is a few KiB.
    snapshot_of_16_mib {
        let scene = Scene::new();
        let description = "x".repeat((16 << 20) - 4096);
        let decision = |description: String| {
            Decision::Snapshot(encode_snapshot(&Snapshot { description: Some(description), ..Snapshot::default() })).encode()
        };
        let bytes = caddis::repo::seal_object(
            &ObjectName::Snapshot(sid(1)), &scene.repo.id(), scene.repo.subkeys(), &[], &decision(description), &*scene.world,
        ).unwrap();
        assert!(bytes.len() < 100_000);
        plant(&scene, ObjectName::Snapshot(sid(1)), &bytes);
        let before = measure_from_here();
        assert_eq!(engine::snapshots(&scene.open().unwrap(), &caddis::monitor::Silent).unwrap().len(), 2);
        assert!(peak_above(before) < 400 << 20, "{} MiB", peak_above(before) >> 20);
        scene.assert_innocent();
    }

    snapshot_at_the_end_of_time {
        let scene = Scene::new();
        let sids = [i64::MIN, i64::MAX].map(|secs| {
            let time = Time { secs, nanos: 999_999_999 };
            scene.commit(|pen| Snapshot { time, ..snapshot(pen.leaf(vec![file("a", b"right")])) })
        });
        sids.iter().for_each(|sid| scene.restore(*sid).assert_complete());
        assert_eq!(scene.worst(), None);
    }

    snapshot_without_root {
        let scene = Scene::new();
        let sid = scene.commit(|pen| {
            pen.leaf(Vec::new());
            Snapshot { host: "hostile".into(), ..Snapshot::default() }
        });
        let restored = scene.restore(sid);
        assert!(matches!(restored.result, Err(Error::PathNotFound { .. })));
        assert!(scene.list(sid).is_err());
        scene.check();
        scene.assert_innocent();
    }

    envelope_of_2_60_bytes { envelope(|bytes| bytes[120..128].copy_from_slice(&(1_u64 << 60).to_le_bytes())) }
    envelope_with_a_plain_part_of_2_64_bytes { envelope(|bytes| bytes[112..120].copy_from_slice(&u64::MAX.to_le_bytes())) }
    envelope_of_an_unknown_epoch { envelope(|bytes| bytes[12] = 9) }
    envelope_of_another_type { envelope(|bytes| bytes[8] = 6) }
    envelope_of_an_unknown_wrap { envelope(|bytes| bytes[9] = 1) }
    envelope_cut_short { envelope(|bytes| bytes.truncate(40)) }
    envelope_of_nothing { envelope(Vec::clear) }

    session_of_garbage {
        let scene = Scene::new();
        for (n, content) in [noise(1, 300), Vec::new(), vec![0xa1, 0, 0xbb, 255, 255, 255, 255, 255, 255, 255, 255]].iter().enumerate() {
            put(&scene.repo, &ObjectName::Session(sid(n as u8)), content);
        }
        plant(&scene, ObjectName::Session(sid(9)), &noise(2, 300));
        scene.assert_innocent();
        // The next backup is not stopped by it.
        scene.commit_leaf(|_| vec![file("a", b"1")]);
        scene.check();
        scene.repair().unwrap();
        scene.assert_innocent();
    }

    /// A session of this very host that died: the numbers of its index objects are at their end.
    session_without_numbers_left {
        let scene = Scene::new();
        let session = Session { host: crate::scene::owner().host, pid: 99, started: Time { secs: 1, nanos: 0 }, ..Session::default() };
        let dead = sid(1);
        put(&scene.repo, &ObjectName::Session(dead), &session.encode());
        let hand = crate::stripe::Hand { repo: &scene.repo, sid: dead };
        let frame = |n| crate::stripe::raw(&scene.repo, caddis::id::BlobKind::Data, &noise(n, 100));
        let named = hand.stripe(&[vec![frame(1)]]);
        hand.index(u32::MAX, vec![named]);
        hand.stripe(&[vec![frame(2)]]);
        scene.world.next_process();
        let next = scene.commit_leaf(|_| vec![file("a", b"1")]);
        scene.restore(next).assert_complete();
        scene.assert_innocent();
    }

    config_with_packs_of_2_gib { config(|config| config.pack_size = 1 << 31); }
    config_with_chunks_of_4_gib {
        config(|config| config.chunker = ChunkerConfig { min: 1, average: 1 << 31, max: u32::MAX, level: 3 });
    }
    config_with_k_0 { config(|config| config.k = 0); }
    config_with_parity_255 { config(|config| (config.k, config.m) = (255, 255)); }
    config_with_another_number { config(|config| config.number = 3); }

    config_of_another_repository {
        let (scene, other) = (Scene::new(), Scene::new());
        plant(&scene, ObjectName::Config(2), &bytes_of(&other, ObjectName::Config(1)));
        assert_eq!(scene.open().unwrap().config(), scene.repo.config());
        scene.assert_innocent();
        assert!(scene.worst().is_some());
    }

    /// All of another repository but the keys.
    config_and_snapshots_of_another_repository {
        let (scene, other) = (Scene::new(), Scene::new());
        let mixed = Arc::new(MemoryBackend::new(TestWorld::new()));
        for (name, bytes) in other.memory.snapshot_contents() {
            if !matches!(name.original(), ObjectName::Key(_)) {
                mixed.overwrite(&name, &bytes);
            }
        }
        for (name, bytes) in scene.memory.snapshot_contents() {
            if matches!(name.original(), ObjectName::Key(_)) {
                mixed.overwrite(&name, &bytes);
            }
        }
        assert!(engine::open(mixed, &scene.world).is_err());
    }
}
