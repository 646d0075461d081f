//! The power goes off between any two steps of the disk, and any part of what was not synced is lost.
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use caddis::error::{Error, Result};
use rustix::io::Errno;

use crate::cuts::{Dice, images};
use crate::disk::{Call, Fault, Kind};
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
    println!("REPORT power.disks_after_cuts {judged}");
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
    let pruned = scene.prune().unwrap();
    assert!(pruned.packs_removed > 0 && pruned.blobs_copied > 0, "{pruned:?}");
    scene.look();
}

#[test]
fn power_cuts() {
    for (kind, share) in [(Kind::Ext4, 100), (Kind::Network, 50)] {
        let mut scene = Scene::new(kind);
        life(&mut scene);
        let judged = judge_cuts(&scene, 0, share);
        assert!(judged > 100, "{judged}");
    }
}

/// A run is killed at any step, the next one does what it should have done, and then the power goes off.
fn kill_and_cut(kind: Kind, stride: usize, prepare: impl Fn(&mut Scene), act: impl Fn(&mut Scene) -> Result<()>) {
    for nth in (0..).step_by(stride) {
        let mut scene = Scene::new(kind);
        prepare(&mut scene);
        // As far as the disk is concerned.
        scene.disk.set(Some(Fault { nth, errno: Errno::IO, concerns: Call::changes, lasting: true }));
        let killed = act(&mut scene);
        let fired = scene.disk.fired();
        scene.disk.set(None);
        if killed.is_err() {
            assert!(fired.is_some(), "{killed:?}");
            match act(&mut scene) {
                // The repository was there, and the run that made it did not come to say so.
                Err(Error::RepositoryExists { .. }) => scene.promise(Promise::Repository),
                result => result.unwrap(),
            }
        }
        scene.look();
        judge_cuts(&scene, scene.disk.now(), 100);
        if fired.is_none() {
            assert!(nth > 5, "nothing was written");
            break;
        }
    }
}

fn stride(usual: usize) -> usize {
    if setting("CADDIS_TEST_POWER").is_some() { 1 } else { usual }
}

fn with_snapshot(scene: &mut Scene) {
    scene.init().unwrap();
    scene.back_up().unwrap();
    scene.second_files();
}

#[test]
fn kills_of_init_and_forget_before_power_cuts() {
    for kind in [Kind::Ext4, Kind::Network] {
        kill_and_cut(kind, stride(3), |_| {}, Scene::init);
        kill_and_cut(kind, stride(2), with_snapshot, Scene::forget_first);
    }
}

#[test]
fn kills_of_backups_before_power_cuts() {
    for kind in [Kind::Ext4, Kind::Network] {
        kill_and_cut(kind, stride(5), with_snapshot, |scene| scene.back_up().map(drop));
    }
}

#[test]
fn kills_of_prunes_before_power_cuts() {
    for kind in [Kind::Ext4, Kind::Network] {
        let prepare = |scene: &mut Scene| {
            with_snapshot(scene);
            scene.back_up().unwrap();
            scene.forget_first().unwrap();
        };
        kill_and_cut(kind, stride(9), prepare, |scene| scene.prune().map(drop));
    }
}
