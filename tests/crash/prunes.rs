//! Crashes while snapshots are forgotten and their data removed.
use std::panic::{AssertUnwindSafe, catch_unwind};

use caddis::backend::Family;
use caddis::error::Result;
use caddis::monitor::Silent;
use caddis::ops::backup::BackupOptions;
use caddis::ops::prune::{MaxUnused, PruneOptions, prune};
use caddis::repo::Broken;

use crate::aftermath::{assert_record, at_every_operation};
use crate::engine::{backup_options, noise};
use crate::faults::{Call, Fault, Op};
use crate::scene::{Scene, Stop};

/// Forgets the first snapshot.
fn forget(scene: &Scene) -> Result<()> {
    scene.open()?.bury(scene.known()[0].0, "host", "test", &Silent)
}

/// Removes all that is unused.
fn remove_all(scene: &Scene) -> Result<()> {
    let options = PruneOptions { max_unused: MaxUnused::Percent(0.0), ..PruneOptions::default() };
    prune(&scene.open()?, &scene.owner(), &options, &Silent).map(drop)
}

fn packs(scene: &Scene) -> u64 {
    scene.list(Family::Packs).iter().map(|listed| listed.size).sum()
}

/// Two snapshots, of which only the second shall stay; returns the bytes of packs.
fn two_snapshots(scene: &Scene) -> u64 {
    scene.with_two_snapshots();
    packs(scene)
}

#[test]
fn forget_one() {
    at_every_operation("forget", two_snapshots, forget, |scene, _, succeeded| {
        assert!(!succeeded || scene.snapshots().len() == 1, "2");
        forget(scene).unwrap();
        assert_eq!(scene.snapshots().len(), 1);
    });
}

#[test]
fn forget_and_prune() {
    let points = at_every_operation(
        "prune",
        two_snapshots,
        |scene| forget(scene).and_then(|()| remove_all(scene)),
        |scene, before, succeeded| {
            assert!(!succeeded || packs(scene) < *before, "2: nothing was removed");
        },
    );
    assert!(points > 100, "{points}");
}

/// What a backup of another machine has left that died, and that nobody will take up.
fn dead_session(scene: &Scene) {
    scene.file("sub/lost", &noise(77, 700_000));
    let other = BackupOptions { host: "other".to_owned(), ..backup_options() };
    let decides = |call: &Call| call.family == Some(Family::Snapshots) && call.op.writes();
    scene.backend.set(Fault { crash: true, ..Fault::fail(0, false, decides) });
    assert!(scene.back_up(&other).is_err() && scene.backend.fired());
    scene.backend.heal();
    scene.world.next_process();
    std::fs::remove_file(scene.src().join("sub/lost")).unwrap();
    scene.place.days_later(&scene.world);
}

#[test]
fn prune_of_a_dead_session() {
    let points = at_every_operation(
        "prune_dead_session",
        |scene| {
            two_snapshots(scene);
            forget(scene).unwrap();
            dead_session(scene);
            assert_eq!(scene.count(Family::Sessions), 1);
            packs(scene)
        },
        |scene| remove_all(scene).and_then(|()| remove_all(scene)),
        |scene, before, succeeded| assert!(!succeeded || packs(scene) + 700_000 < *before, "2"),
    );
    assert!(points > 100, "{points}");
}

/// A prune that died after its decision, in the midst of removing packs: the next one finishes its work.
#[test]
fn prune_after_a_prune_that_died() {
    at_every_operation(
        "prune_again",
        |scene| {
            two_snapshots(scene);
            forget(scene).unwrap();
            let removes_pack = |call: &Call| call.family == Some(Family::Packs) && call.op == Op::Delete;
            scene.backend.set(Fault { crash: true, ..Fault::fail(1, false, removes_pack) });
            assert!(remove_all(scene).is_err() && scene.backend.fired());
            scene.backend.heal();
            scene.world.next_process();
            scene.place.days_later(&scene.world);
        },
        remove_all,
        |scene, (), succeeded| assert!(!succeeded || scene.count(Family::Gc) == 0, "2"),
    );
}

/// The record must give away a prune that does things in another order, even if nothing happens to go wrong.
#[test]
fn broken_rules_are_noticed() {
    let rules = [
        Broken::DecideAfterDelete,
        Broken::MarksFirst,
        Broken::MarksBeforeStripes,
        Broken::DropsFences,
        Broken::StripesBeforeIndex,
    ];
    let run = |rule: Option<Broken>| {
        let scene = Scene::new(Stop::Before);
        two_snapshots(&scene);
        forget(&scene).unwrap();
        dead_session(&scene);
        rule.into_iter().for_each(|rule| scene.break_rule(rule));
        let _ = remove_all(&scene).and_then(|()| remove_all(&scene));
        catch_unwind(AssertUnwindSafe(|| assert_record(&scene))).is_ok()
    };
    assert!(run(None));
    let missed: Vec<_> = rules.into_iter().filter(|rule| run(Some(*rule))).collect();
    assert_eq!(missed, []);
    println!("REPORT crash.broken_rules_noticed {}", rules.len());
}
