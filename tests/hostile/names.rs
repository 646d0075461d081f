//! Names that lead elsewhere, or that are there twice.
use std::fs;
use std::os::unix::fs::symlink as make_symlink;

use caddis::error::Error;
use caddis::model::{Branch, Node, NodeType, Tree};
use caddis::ops::check::Severity;

use crate::scene::{Pen, Place, Scene, directory, file, snapshot, symlink};

/// A directory with this leaf, and a file beside it: only the directory is refused, by everybody.
fn refused(build: impl FnOnce(&Pen<'_>) -> Vec<Node>) {
    let scene = Scene::new();
    let sid = scene.commit_leaf(|pen| {
        let nodes = build(pen);
        vec![directory("bad", pen.leaf(nodes)), file("good", b"right")]
    });
    let restored = scene.restore(sid);
    restored.assert_missing(1, "cannot be read to its end");
    assert_eq!(restored.bytes("good"), Some(b"right".to_vec()));
    assert!(fs::read_dir(restored.place.target().join("bad")).unwrap().next().is_none(), "nothing of it");
    assert!(matches!(scene.list(sid), Err(Error::Damaged { .. })));
    assert_eq!(scene.worst(), Some(Severity::Lost));
    scene.assert_innocent();
}

fn bad_name(name: &str) {
    refused(|_| vec![file(name, b"evil")]);
}

cases! {
    name_dot_dot { bad_name("..") }
    name_dot { bad_name(".") }
    name_empty { bad_name("") }
    name_absolute { bad_name("/etc/passwd") }
    name_upwards_and_down { bad_name("a/../../canary") }
    name_below_a_directory { bad_name("a/b") }
    name_with_zero_byte { bad_name("a\0b") }
    name_too_long { bad_name(&"x".repeat(4097)) }

    directory_named_dot_dot {
        refused(|pen| {
            let inside = pen.leaf(vec![file("canary", b"evil")]);
            vec![directory("..", inside)]
        })
    }

    symlink_named_dot_dot { refused(|_| vec![symlink("..", "/etc")]) }

    /// Allowed by the format, too long for any file system.
    name_longer_than_file_systems_allow {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|_| vec![file("good", b"right"), file(&"x".repeat(4096), b"long")]);
        let restored = scene.restore(sid);
        restored.assert_missing(1, "Could not");
        assert_eq!(restored.names(), ["good"]);
        assert_eq!(scene.worst(), None);
    }

    names_twice { refused(|_| vec![file("a", b"1"), file("a", b"2")]) }
    names_out_of_order { refused(|_| vec![file("b", b"1"), file("a", b"2")]) }
    symlink_and_directory_of_one_name {
        refused(|pen| {
            let inside = pen.leaf(vec![file("canary", b"evil")]);
            vec![symlink("a", "../../outside"), directory("a", inside)]
        })
    }

    /// The link comes in one piece of the directory, the directory in the next: the second is refused before anything goes through the first.
    symlink_and_directory_of_one_name_in_two_pieces {
        let scene = Scene::new();
        let sid = scene.commit(|pen| {
            let inside = pen.leaf(vec![file("canary", b"evil"), file("new", b"evil")]);
            let pieces = [vec![symlink("a", "../outside")], vec![directory("a", inside)]];
            // First names must ascend, so the second piece lies about its own.
            let branches = [("a", &pieces[0]), ("b", &pieces[1])].map(|(name, nodes)| Branch {
                id: pen.leaf(nodes.clone()),
                first_name: name.into(),
                nodes: 1,
            });
            snapshot(pen.tree(&Tree::Inner(branches.to_vec())))
        });
        let restored = scene.restore(sid);
        restored.assert_missing(1, "cannot be read to its end");
        assert_eq!(restored.names(), ["a"]);
        assert_eq!(scene.worst(), Some(Severity::Lost), "check compares pieces with what is above them");
        scene.assert_innocent();
    }

    /// The link that one snapshot leaves in the target is no way out for the next one.
    symlink_of_one_snapshot_and_directory_of_the_next {
        let scene = Scene::new();
        let first = scene.commit_leaf(|_| vec![symlink("a", "../outside"), symlink("b", "../canary")]);
        let second = scene.commit_leaf(|pen| {
            let inside = pen.leaf(vec![file("canary", b"evil"), file("new", b"evil")]);
            vec![directory("a", inside), file("b", b"evil")]
        });
        let restored = scene.restore(first);
        restored.assert_complete();
        let restored = restored.place.restore(&scene, second, |options| options.delete = true);
        restored.assert_complete();
        assert_eq!(restored.bytes("a/canary"), Some(b"evil".to_vec()));
        assert!(fs::symlink_metadata(restored.place.target().join("a")).unwrap().is_dir());
    }

    /// What was in the target before is not followed either, and what is to be deleted is not entered through it.
    symlinks_in_the_target {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|pen| {
            let inside = pen.leaf(vec![file("canary", b"evil")]);
            vec![directory("a", inside)]
        });
        let place = Place::new();
        make_symlink(place.outside(), place.target().join("a")).unwrap();
        make_symlink(place.outside(), place.target().join("extra")).unwrap();
        let restored = place.restore(&scene, sid, |options| options.delete = true);
        restored.assert_complete();
        assert_eq!(restored.names(), ["a"]);
    }

    first_name_of_a_piece_dot_dot {
        let scene = Scene::new();
        let sid = scene.commit(|pen| {
            let leaf = pen.leaf(vec![file("..", b"evil")]);
            snapshot(pen.tree(&Tree::Inner(vec![Branch { id: leaf, first_name: b"..".to_vec(), nodes: 1 }])))
        });
        scene.restore(sid).assert_missing(1, "cannot be read to its end");
        assert_eq!(scene.worst(), Some(Severity::Lost));
    }

    /// Paths of a snapshot are words for people; a path to restore must not lead upwards.
    paths_of_the_snapshot_lead_upwards {
        let scene = Scene::new();
        let sid = scene.commit(|pen| {
            let mut snapshot = snapshot(pen.leaf(vec![file("a", b"right")]));
            snapshot.paths = vec![b"/../../etc".to_vec(), b"".to_vec(), b"..\0".to_vec()];
            snapshot
        });
        scene.restore(sid).assert_complete();
        let restored = Place::new().restore(&scene, sid, |options| options.path = b"/../a".to_vec());
        assert!(matches!(restored.result, Err(Error::Invalid(_))));
    }

    /// A file, and a directory, in the places where the target has the other.
    kinds_swapped_in_the_target {
        let scene = Scene::new();
        let first = scene.commit_leaf(|pen| {
            let inside = pen.leaf(vec![file("x", b"1")]);
            vec![directory("a", inside), file("b", b"1")]
        });
        let second = scene.commit_leaf(|pen| {
            let inside = pen.leaf(vec![file("y", b"2")]);
            vec![file("a", b"2"), directory("b", inside)]
        });
        let restored = scene.restore(first);
        // A directory with something in it goes only with --delete.
        let restored = restored.place.restore(&scene, second, |_| ());
        restored.assert_missing(1, "Could not remove");
        assert_eq!(restored.bytes("a/x"), Some(b"1".to_vec()));
        let restored = restored.place.restore(&scene, second, |options| options.delete = true);
        restored.assert_complete();
        assert_eq!(restored.bytes("a"), Some(b"2".to_vec()));
        assert_eq!(restored.bytes("b/y"), Some(b"2".to_vec()));
    }

    content_in_a_device { refused(|_| vec![Node { kind: NodeType::CharDevice, ..file("a", b"evil") }]) }
}
