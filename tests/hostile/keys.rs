//! Key slots with absurd derivations, and slots of other repositories with the same password.
use std::sync::Arc;
use std::time::{Duration, Instant};

use caddis::backend::{Backend, ObjectName};
use caddis::error::{Error, Result};
use caddis::format::{KeySlotHeader, ObjectHeader, ObjectType, object_trailer, split_object};
use caddis::id::SlotId;
use caddis::monitor::Silent;
use caddis::repo::{OpenOptions, Repository};

use crate::cases::{measure_from_here, peak_above};
use crate::engine::{self, PASSWORD};
use crate::scene::Scene;

fn slot_of(scene: &Scene) -> (ObjectName, Vec<u8>) {
    let contents = scene.memory.snapshot_contents();
    let (name, bytes) = contents.into_iter().find(|(name, _)| matches!(name, ObjectName::Key(_))).unwrap();
    (name, bytes.to_vec())
}

/// The slot with another derivation in its plain part, and the checksum made right.
fn with_derivation(bytes: &[u8], change: impl FnOnce(&mut KeySlotHeader)) -> Vec<u8> {
    let parts = split_object(bytes).unwrap();
    let mut slot = KeySlotHeader::decode(parts.plain).unwrap();
    change(&mut slot);
    let plain = slot.encode();
    let header = ObjectHeader { plain_len: plain.len(), ..parts.header };
    assert_eq!(header.object_type, ObjectType::KeySlot);
    let mut made = [&header.encode()[..], &plain, parts.sealed].concat();
    made.extend(object_trailer(&made));
    made
}

fn open(scene: &Scene, floor: u8) -> Result<Repository> {
    let options = OpenOptions { kdf_floor: floor, ..OpenOptions::default() };
    Repository::open(scene.memory.clone(), scene.world.clone(), PASSWORD, &options, &Silent)
}

/// Refused before anything is derived, alone and beside the right slot, which still opens.
fn derivation(change: impl Fn(&mut KeySlotHeader)) {
    let scene = Scene::new();
    let (name, bytes) = slot_of(&scene);
    let bad = with_derivation(&bytes, &change);
    let (start, before) = (Instant::now(), measure_from_here());
    scene.memory.put_new(&ObjectName::Key(SlotId([0; 16])), &bad).unwrap();
    scene.assert_innocent();
    scene.memory.remove(&ObjectName::Key(SlotId([0; 16])));
    for name in [name, name.replica().unwrap()] {
        scene.memory.overwrite(&name, &bad);
    }
    assert!(matches!(open(&scene, 1), Err(Error::Damaged { .. })), "{:?}", open(&scene, 1).err());
    assert!(start.elapsed() < Duration::from_secs(20) && peak_above(before) < 100 << 20);
}

cases! {
    derivation_with_n_of_2_40 { derivation(|slot| slot.log_n = 40) }
    derivation_with_n_of_2_255 { derivation(|slot| slot.log_n = 255) }
    derivation_with_n_of_1 { derivation(|slot| slot.log_n = 0) }
    derivation_with_r_of_2_32 { derivation(|slot| slot.r = u32::MAX) }
    derivation_with_r_0 { derivation(|slot| slot.r = 0) }
    derivation_with_p_of_2_32 { derivation(|slot| slot.p = u32::MAX) }
    derivation_with_p_0 { derivation(|slot| slot.p = 0) }
    derivation_of_4_gib { derivation(|slot| (slot.log_n, slot.r) = (20, 32)) }

    derivation_below_the_floor {
        let scene = Scene::new();
        assert!(matches!(open(&scene, 14), Err(Error::Damaged { .. })));
        assert!(open(&scene, 1).is_ok());
    }

    /// Right in every way, and of another derivation: the password does not open it.
    derivation_changed {
        let scene = Scene::new();
        let (name, bytes) = slot_of(&scene);
        let bad = with_derivation(&bytes, |slot| slot.log_n = 2);
        for name in [name, name.replica().unwrap()] {
            scene.memory.overwrite(&name, &bad);
        }
        assert!(matches!(open(&scene, 1), Err(Error::WrongPassword { slots: 1 })));
    }

    slot_under_another_name {
        let scene = Scene::new();
        let (name, bytes) = slot_of(&scene);
        scene.memory.put_new(&ObjectName::Key(SlotId([0; 16])), &bytes).unwrap();
        scene.assert_innocent();
        assert!(scene.worst().is_some());
        scene.memory.remove(&name);
        scene.memory.remove(&name.replica().unwrap());
        assert!(open(&scene, 1).is_err());
    }

    slot_of_another_repository {
        let (scene, other) = (Scene::new(), Scene::new());
        let (name, bytes) = slot_of(&other);
        scene.memory.put_new(&name, &bytes).unwrap();
        scene.assert_innocent();
        // It alone: the keys are those of another repository, and open nothing here.
        for gone in scene.memory.snapshot_contents().into_keys() {
            if matches!(gone.original(), ObjectName::Key(_)) && gone.original() != name {
                scene.memory.remove(&gone);
            }
        }
        assert_eq!(slot_of(&scene).0, name);
        let opened = engine::open(scene.memory.clone(), &scene.world);
        assert!(opened.is_err(), "another repository's keys do not open this one");
    }

    /// More slots than anybody tries passwords for are not a reason to fail.
    slots_by_the_hundred {
        let scene = Scene::new();
        let (_, bytes) = slot_of(&scene);
        for n in 0..200 {
            scene.memory.put_new(&ObjectName::Key(SlotId([n; 16])), &bytes).unwrap();
        }
        scene.assert_innocent();
        let wrong = OpenOptions { kdf_floor: 1, ..OpenOptions::default() };
        let opened = Repository::open(scene.memory.clone() as Arc<dyn Backend>, scene.world.clone(), b"wrong", &wrong, &Silent);
        assert!(opened.is_err());
    }
}
