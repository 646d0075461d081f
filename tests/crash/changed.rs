//! Crashes while a snapshot gets a changed copy, or comes back: there is never a moment without it.
use caddis::error::Result;
use caddis::id::SessionId;
use caddis::monitor::Silent;
use caddis::ops::protect::{FOREVER, is_protected, protect};
use caddis::ops::snapshots::SnapshotInfo;
use caddis::ops::undelete::{select_forgotten, undelete};
use caddis::world::World;

use crate::aftermath::at_every_operation;
use crate::engine::snapshots;
use crate::scene::Scene;

fn first(scene: &Scene) -> SessionId {
    scene.known()[0].0
}

/// The first snapshot under any id: itself or its copies.
fn lives(scene: &Scene) -> Vec<SnapshotInfo> {
    let mut all = snapshots(&scene.open().unwrap(), &Silent).unwrap();
    all.retain(|info| info.id == first(scene) || info.snapshot.original == Some(first(scene)));
    all
}

fn protect_first(scene: &Scene) -> Result<()> {
    let repo = scene.open()?;
    let all = snapshots(&repo, &Silent)?;
    let found = all.iter().find(|info| info.id == first(scene));
    found.map_or(Ok(()), |info| protect(&repo, &scene.owner(), info, FOREVER, &Silent).map(drop))
}

#[test]
fn protected() {
    let points = at_every_operation("protect", Scene::with_two_snapshots, protect_first, |scene, (), succeeded| {
        let now = lives(scene);
        let protected = |info: &SnapshotInfo| is_protected(&info.snapshot, scene.world.now());
        assert!(!now.is_empty(), "1: neither the old one nor the new one is there");
        assert!(!succeeded || now.len() == 1 && protected(&now[0]), "2");
        protect_first(scene).unwrap();
        let now = lives(scene);
        assert!(now.iter().all(protected) && !now.is_empty(), "6: {now:?}");
    });
    assert!(points > 50, "{points}");
}

fn undelete_first(scene: &Scene) -> Result<()> {
    let repo = scene.open()?;
    let found = select_forgotten(&repo, &first(scene).to_string(), &Silent)?;
    undelete(&repo, &scene.owner(), &found.info, &Silent).map(drop)
}

#[test]
fn undeleted() {
    let points = at_every_operation(
        "undelete",
        |scene| {
            scene.with_two_snapshots();
            scene.open().unwrap().bury(first(scene), "host", "test", &Silent).unwrap();
        },
        undelete_first,
        |scene, (), succeeded| {
            assert!(!succeeded || !lives(scene).is_empty(), "2");
            if lives(scene).is_empty() {
                undelete_first(scene).unwrap();
            }
            assert_eq!(lives(scene).len(), 1);
        },
    );
    assert!(points > 40, "{points}");
}
