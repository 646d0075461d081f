//! The power goes off between any two steps of the disk, and any part of what was not synced is lost.
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use rustix::io::Errno;

use crate::cuts::{Dice, images};
use crate::disk::{Fault, Kind};
use crate::scene::{Promise, Scene, folder};
use crate::setting;

/// Looks at disks after power cuts from step `from` on: `share` of 100 of what there is with one other disk for every cut, unless
/// `CADDIS_TEST_POWER` says more.
fn judge_cuts(scene: &Scene, from: usize, share: usize) -> usize {
    let (steps, nodes) = scene.disk.record();
    let seed = setting("CADDIS_TEST_SEED").unwrap_or(1);
    let some = setting("CADDIS_TEST_POWER");
    let mut dice = Dice::new(seed);
    let marks: Vec<usize> = scene.promises.iter().map(|(at, _)| *at).collect();
    let mut judged = 0;
    for (cut, image) in images(&steps, &nodes, from, &marks, some.unwrap_or(1) as usize, &mut dice) {
        let fates = format!("after {cut} of {} steps, seed {seed}: {image:?}", steps.len());
        assert_eq!(image.torn(&nodes), [""; 0], "{fates}");
        if some.is_none() && dice.below(100) >= share {
            continue;
        }
        judged += 1;
        let disk = folder();
        image.write(&nodes, disk.path());
        let verdict = catch_unwind(AssertUnwindSafe(|| scene.judge(&disk.path().join("repo"), cut)));
        if let Err(panic) = verdict {
            eprintln!("{fates}\nThe step before: {:?}", cut.checked_sub(1).map(|at| &steps[at]));
            resume_unwind(panic);
        }
    }
    judged
}

/// Everything that a repository goes through.
fn life(scene: &mut Scene) {
    scene.init().unwrap();
    let first = scene.back_up().unwrap();
    scene.look();
    scene.second_files();
    scene.back_up().unwrap();
    scene.look();
    scene.forget(first).unwrap();
    scene.third_files();
    scene.back_up().unwrap();
    scene.look();
}

#[test]
fn power_cuts() {
    for kind in [Kind::Ext4, Kind::Network] {
        let mut scene = Scene::new(kind);
        life(&mut scene);
        let started = std::time::Instant::now();
        let judged = judge_cuts(&scene, 0, 100);
        eprintln!("{kind:?}: {judged} disks in {:?}", started.elapsed());
    }
}
