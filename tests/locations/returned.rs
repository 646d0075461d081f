//! A primary that was taken for gone and comes back, and locations that are full.
use caddis::backend::{ErrorKind, Family};

use crate::assert_whole;
use crate::faults::{Call, Fault};
use crate::scene::Scene;

#[test]
fn what_an_old_primary_has_pruned_and_the_new_one_uses_is_stored_again_when_it_is_back() {
    let scene = Scene::make("returned", (1, 1), 2).unwrap();
    scene.back_up(1).unwrap();
    scene.back_up(2).unwrap();
    // What only the first snapshot needs goes while the second location is away: it knows neither of that, nor of the tombstone.
    scene.place(2).set(Fault::crash(0, false));
    scene.forget_oldest();
    scene.prune().unwrap();
    scene.place(2).heal();
    // The primary dies, and the second location goes on, with files as they were at first.
    scene.place(1).set(Fault::crash(0, false));
    scene.promote(2, true).unwrap();
    scene.back_up(1).unwrap();
    scene.assert_reads();
    // It comes back after all.
    scene.place(1).heal();
    scene.repair().unwrap();
    scene.assert_reads();
    scene.prune().unwrap();
    scene.repair().unwrap();
    assert_whole(&scene);
}

#[test]
fn what_only_an_old_primary_knows_of_is_not_pruned_away_when_it_is_back() {
    let scene = Scene::make("unknown", (1, 1), 2).unwrap();
    scene.back_up(1).unwrap();
    scene.back_up(2).unwrap();
    scene.place(2).set(Fault::crash(0, false));
    scene.back_up(1).unwrap();
    scene.place(2).heal();
    // The second location takes over, and removes what it thinks only the oldest snapshot needs.
    scene.place(1).set(Fault::crash(0, false));
    scene.promote(2, true).unwrap();
    scene.forget_oldest();
    scene.prune().unwrap();
    scene.place(1).heal();
    let error = scene.prune().unwrap_err().to_string();
    assert!(error.contains("location 1") && error.contains("`caddis repair locations`"), "{error}");
    scene.repair().unwrap();
    scene.assert_reads();
    scene.prune().unwrap();
    scene.repair().unwrap();
    assert_whole(&scene);
}

fn is_pack_put(call: &Call) -> bool {
    call.op.writes() && call.family == Some(Family::Packs)
}

#[test]
fn a_prune_on_full_locations_that_removes_what_it_can_has_succeeded() {
    let scene = Scene::make("full-prune", (1, 1), 2).unwrap();
    (1..4).for_each(|turn| drop(scene.back_up(turn).unwrap()));
    (0..2).for_each(|_| scene.forget_oldest());
    let full = Fault { nth: 0, matching: is_pack_put, after_effect: false, crash: false, kind: ErrorKind::OutOfSpace };
    [1, 2].into_iter().for_each(|number| scene.place(number).set(full));
    scene.prune().unwrap();
    scene.heal_everything();
    scene.assert_reads();
    scene.prune().unwrap();
    assert_whole(&scene);
}
