//! Crashes while a repository is made and while it gets its snapshots.
use std::fs;

use caddis::backend::Family;
use caddis::error::Error;
use caddis::ops::backup::{BackupOptions, BackupReport};

use crate::aftermath::{at_every_operation, next_backup_works};
use crate::engine::{backup_options, pictures};
use crate::scene::{Scene, files, files_of};

/// The next backup takes up the dead session.
fn next_takes_over(scene: &Scene) -> BackupReport {
    let report = next_backup_works(scene);
    assert_eq!(scene.count(Family::Sessions), 0, "the dead session was taken up");
    assert_eq!(
        scene.count(Family::ReplicaSnapshots),
        scene.count(Family::Snapshots),
        "decisions have their second copy"
    );
    report
}

#[test]
fn making_a_repository() {
    at_every_operation(
        "init",
        |scene| scene.first_files(),
        |scene| scene.init().map(drop),
        |scene, (), succeeded| {
            if succeeded {
                assert!(scene.open().is_ok());
            }
            // Either it is there, or it can be made.
            match scene.init() {
                Ok(_) => assert!(!succeeded),
                Err(Error::RepositoryExists { .. }) => {}
                Err(error) => panic!("{error}"),
            }
            next_takes_over(scene);
        },
    );
}

#[test]
fn first_backup() {
    let points = at_every_operation(
        "first_backup",
        |scene| {
            scene.first_files();
            scene.init().unwrap();
        },
        |scene| scene.back_up(&backup_options()).map(drop),
        |scene, (), succeeded| {
            let (index_objects, packs) = (scene.count(Family::Index), scene.count(Family::Packs));
            let committed = !scene.snapshots().is_empty();
            assert!(committed || !succeeded, "2");
            let report = next_takes_over(scene);
            let added = report.raw_added[0];
            if index_objects > 0 {
                assert!(committed || report.resumed);
                assert_eq!(added, 0, "6: what was indexed is not stored again");
            } else if report.resumed {
                assert!(packs > 0 && added < 660_000, "6: {added}: whole packs are not stored again");
            }
        },
    );
    assert!(points > 60, "{points}");
}

#[test]
fn second_backup() {
    let points = at_every_operation(
        "second_backup",
        |scene| {
            scene.with_snapshot();
            scene.second_files();
            scene.count(Family::Index)
        },
        |scene| scene.back_up(&backup_options()).map(drop),
        |scene, index_objects, succeeded| {
            let committed = scene.snapshots().len() == 2;
            assert!(committed || !succeeded, "2");
            let indexed = scene.count(Family::Index) > *index_objects;
            let report = next_takes_over(scene);
            if indexed {
                assert!(committed || report.resumed);
                assert_eq!(report.raw_added[0], 0, "6: what was indexed is not stored again");
            }
        },
    );
    assert!(points > 60, "{points}");
}

#[test]
fn backup_with_checkpoints() {
    let options = BackupOptions { checkpoint_bytes: 0, ..backup_options() };
    let points = at_every_operation(
        "backup_with_checkpoints",
        |scene| {
            scene.first_files();
            // Every entry makes a checkpoint: fewer will do.
            (1..6).for_each(|n| fs::remove_file(scene.src().join(format!("sub/noise{n}"))).unwrap());
            fs::remove_file(scene.src().join("link")).unwrap();
            scene.init().unwrap();
        },
        |scene| scene.back_up(&options).map(drop),
        |scene, (), succeeded| {
            let before = pictures(&scene.open().unwrap()).unwrap();
            assert!(before.iter().any(|(info, _)| !info.snapshot.partial) || !succeeded, "2");
            let held = before.iter().map(|(_, picture)| files_of(picture).values().map(Vec::len).sum::<usize>());
            let held = held.max().unwrap_or(0);
            let report = next_takes_over(scene);
            let total: usize = files(&scene.src()).values().map(Vec::len).sum();
            assert!(report.raw_added[0] as usize <= total - held, "6: what a checkpoint has is not stored again");
        },
    );
    assert!(points > 150, "{points}");
}
