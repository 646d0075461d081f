//! Crashes while key slots are made and removed: somebody always gets in.
use caddis::error::Result;
use caddis::ops::keys;

use crate::aftermath::at_every_operation;
use crate::engine::{CHEAP, PASSWORD, backup_options};
use crate::scene::Scene;

fn note() -> keys::SlotNote {
    keys::SlotNote { host: "host".to_owned(), user: "user".to_owned(), label: None }
}

/// Which of the passwords open the repository.
fn opening(scene: &Scene, passwords: [&[u8]; 2]) -> [bool; 2] {
    passwords.map(|password| scene.open_with(password).is_ok())
}

/// One with little in it.
fn small(scene: &Scene) {
    scene.file("text", &b"some text ".repeat(1_000));
    scene.init().unwrap();
    scene.back_up(&backup_options()).unwrap();
    scene.know();
}

fn add(scene: &Scene) -> Result<()> {
    keys::add(&scene.open()?, b"second", CHEAP, &note()).map(drop)
}

#[test]
fn key_add() {
    at_every_operation("key_add", small, add, |scene, (), succeeded| {
        let open = opening(scene, [PASSWORD, b"second"]);
        assert!(open[0] && (open[1] || !succeeded), "2: {open:?}");
        add(scene).unwrap();
        assert_eq!(opening(scene, [PASSWORD, b"second"]), [true, true]);
    });
}

#[test]
fn key_remove() {
    let remove = |scene: &Scene| {
        let repo = scene.open()?;
        let other = keys::list(&repo)?.into_iter().find(|slot| !slot.current);
        other.map_or(Ok(()), |slot| keys::remove(&repo, &slot.id.to_string()).map(drop))
    };
    at_every_operation(
        "key_remove",
        |scene| {
            small(scene);
            add(scene).unwrap();
        },
        remove,
        |scene, (), succeeded| {
            let open = opening(scene, [PASSWORD, b"second"]);
            assert!(open[0] && !(open[1] && succeeded), "2: {open:?}");
            remove(scene).unwrap();
            assert_eq!(opening(scene, [PASSWORD, b"second"]), [true, false]);
        },
    );
}

#[test]
fn key_passwd() {
    at_every_operation(
        "key_passwd",
        small,
        |scene| keys::passwd(&scene.open()?, b"changed", CHEAP, &note()).map(drop),
        |scene, (), succeeded| {
            let open = opening(scene, [PASSWORD, b"changed"]);
            assert!(open[0] || open[1], "6: nobody gets in any more");
            assert!(!succeeded || open == [false, true], "2: {open:?}");
            // Again with the password that works.
            keys::passwd(&scene.open().unwrap(), PASSWORD, CHEAP, &note()).unwrap();
            assert!(opening(scene, [PASSWORD, b"changed"])[0]);
        },
    );
}
