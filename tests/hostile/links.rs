//! Links, devices and metadata that would reach beyond the entry that they belong to.
use std::fs;
use std::os::unix::fs::MetadataExt;

use caddis::id::BlobId;
use caddis::model::{Content, Node, NodeType, XattrValue};
use caddis::world::Time;

use crate::scene::{Place, Scene, directory, file, large, node, symlink};

/// One of several names of an entry.
fn linked(inode: u64, node: Node) -> Node {
    Node { device: 5, inode, links: 2, ..node }
}

cases! {
    /// Mode, owner, times and attributes of a link are its own.
    symlink_with_metadata_for_its_target {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|_| {
            vec![Node {
                mode: 0o6777,
                uid: 4242,
                gid: 4242,
                mtime: Time { secs: 7, nanos: 7 },
                xattrs: vec![(b"user.evil".to_vec(), XattrValue::Inline(b"evil".to_vec()))],
                ..symlink("a", "../canary")
            }]
        });
        let restored = scene.restore(sid);
        assert_eq!(restored.report().missing, 0);
        let made = fs::symlink_metadata(restored.place.target().join("a")).unwrap();
        assert_eq!((made.is_symlink(), made.mtime()), (true, 7));
    }

    /// The further name is one of the link, not of what it leads to.
    hard_link_of_a_symlink {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|_| ["a", "b"].map(|name| linked(1, symlink(name, "../canary"))).to_vec());
        let restored = scene.restore(sid);
        restored.assert_complete();
        for name in ["a", "b"] {
            assert!(fs::symlink_metadata(restored.place.target().join(name)).unwrap().is_symlink());
        }
    }

    /// Entries that claim to be one and are not: each comes back as it is.
    hard_links_with_different_content {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|pen| {
            let (x, y) = (pen.data(&[1; 5000]), pen.data(&[2; 5000]));
            let content = |id: BlobId| Content::Blobs(vec![id]);
            vec![
                linked(1, file("a", b"first")),
                linked(1, file("b", b"other")),
                linked(1, large("c", 5000, content(x))),
                linked(1, large("d", 5000, content(y))),
                linked(1, large("e", 5000, content(x))),
            ]
        });
        let restored = scene.restore(sid);
        restored.assert_complete();
        for (name, bytes) in
            [("a", b"first".to_vec()), ("b", b"other".to_vec()), ("c", vec![1; 5000]), ("d", vec![2; 5000]), ("e", vec![1; 5000])]
        {
            assert_eq!(restored.bytes(name), Some(bytes), "{name}");
        }
    }

    hard_links_of_different_kinds {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|_| {
            vec![
                linked(1, symlink("a", "x")),
                linked(1, node("b", NodeType::Fifo, 0, Content::Empty)),
                linked(1, symlink("c", "y")),
                linked(1, file("d", b"file")),
                linked(1, symlink("e", "x")),
            ]
        });
        let restored = scene.restore(sid);
        restored.assert_complete();
        let target = |name| fs::read_link(restored.place.target().join(name)).unwrap().into_os_string();
        assert_eq!([target("a"), target("c"), target("e")], ["x", "y", "x"]);
        assert_eq!(fs::symlink_metadata(restored.place.target().join("b")).unwrap().mode() & 0o170_000, 0o010_000);
        assert_eq!(restored.bytes("d"), Some(b"file".to_vec()));
    }

    hard_links_without_number {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|_| {
            ["a", "b", "c"].map(|name| Node { links: u64::MAX, ..linked(1, file(name, b"same")) }).to_vec()
        });
        let restored = scene.restore(sid);
        restored.assert_complete();
        assert_eq!(restored.bytes("c"), Some(b"same".to_vec()));
    }

    /// The first name cannot be restored: nothing that had the name before gets a further one.
    hard_link_to_what_was_there_before {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|_| {
            let lost = Content::Blobs(vec![BlobId([9; 32])]);
            let socket = |name| linked(2, node(name, NodeType::Symlink, 0, Content::Empty));
            vec![
                linked(1, large("a", 5, lost.clone())),
                linked(1, large("b", 5, lost)),
                // A link without a target is refused by the kernel.
                socket("c"),
                socket("d"),
            ]
        });
        let place = Place::new();
        for name in ["a", "c"] {
            fs::write(place.target().join(name), "before").unwrap();
        }
        let restored = place.restore(&scene, sid, |_| ());
        assert_eq!(restored.report().missing, 4, "{:?}", restored.report().problems);
        assert_eq!(restored.names(), ["a", "c"]);
        assert_eq!(restored.bytes("c"), Some(b"before".to_vec()));
        for name in ["b", "d"] {
            assert!(fs::symlink_metadata(restored.place.target().join(name)).is_err(), "{name}");
        }
    }

    /// A hard link in the target to something outside is replaced, never written to.
    hard_link_in_the_target {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|pen| {
            let content = Content::Blobs(vec![pen.data(&[1; 9])]);
            vec![file("a", b"evil bits"), large("b", 9, content)]
        });
        let place = Place::new();
        // The canaries count their names, so these are of a file of their own.
        let other = place.target().join("other");
        fs::write(&other, "untouched").unwrap();
        for name in ["a", "b"] {
            fs::hard_link(&other, place.target().join(name)).unwrap();
        }
        let restored = place.restore(&scene, sid, |_| ());
        restored.assert_complete();
        assert_eq!(restored.bytes("other"), Some(b"untouched".to_vec()));
        assert_eq!(restored.bytes("a"), Some(b"evil bits".to_vec()));
        assert_eq!(restored.bytes("b"), Some(vec![1; 9]));
    }

    times_at_the_ends_of_the_calendar {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|pen| {
            let at = |secs, nanos| Time { secs, nanos };
            let with = |node: Node, time| Node { mtime: time, ctime: time, btime: time, ..node };
            vec![
                with(file("a", b"1"), at(i64::MIN, 0)),
                with(file("b", b"2"), at(i64::MAX, 999_999_999)),
                with(symlink("c", "x"), at(i64::MIN, 999_999_999)),
                with(directory("d", pen.leaf(Vec::new())), at(i64::MAX, 0)),
            ]
        });
        let restored = scene.restore(sid);
        assert_eq!(restored.report().missing, 0);
        assert_eq!(restored.names(), ["a", "b", "c", "d"]);
        assert_eq!(scene.list(sid).unwrap().len(), 4);
    }

    nanoseconds_of_more_than_a_second {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|_| {
            vec![Node { mtime: Time { secs: 0, nanos: u32::MAX }, ..file("a", b"1") }]
        });
        scene.restore(sid).assert_missing(1, "cannot be read to its end");
    }

    /// Sockets and fifos are made and never opened.
    special_files {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|_| {
            vec![
                node("a", NodeType::Fifo, u64::MAX, Content::Empty),
                node("b", NodeType::Socket, 0, Content::Empty),
                file("c", b"right"),
            ]
        });
        let restored = scene.restore(sid);
        restored.assert_complete();
        assert_eq!(restored.bytes("c"), Some(b"right".to_vec()));
    }
}
