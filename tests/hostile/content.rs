//! Files whose size, holes, lists or attributes lie, and content that never ends.
use std::fs;
use std::os::unix::fs::MetadataExt;

use caddis::id::BlobId;
use caddis::model::{Content, Node, XattrValue};
use caddis::ops::check::Severity;

use crate::cases::{measure_from_here, peak_above};
use crate::engine::noise;
use crate::scene::{Pen, Place, Restored, Scene, file, large, node};

/// One file that cannot come back beside one that does. Its name stays free, with and without something that was there before.
fn refused(build: impl Fn(&Pen<'_>) -> Node, words: &str) -> Scene {
    let scene = Scene::new();
    let sid = scene.commit_leaf(|pen| vec![build(pen), file("good", b"right")]);
    let assert = |restored: &Restored, names: &[&str]| {
        restored.assert_missing(1, words);
        assert_eq!(restored.bytes("good"), Some(b"right".to_vec()));
        assert_eq!(restored.names(), names);
    };
    assert(&scene.restore(sid), &["good"]);
    let place = Place::new();
    fs::write(place.target().join("bad"), noise(5, 20_000)).unwrap();
    let restored = place.restore(&scene, sid, |_| ());
    restored.assert_missing(1, words);
    // What was there before stays as it was, or is gone if a part of it was overwritten.
    assert!(restored.bytes("bad").is_none_or(|bytes| bytes == noise(5, 20_000)));
    scene.assert_innocent();
    scene
}

/// The leaf with the node is no leaf.
fn refused_node(node: Node) {
    let scene = Scene::new();
    let sid = scene.commit_leaf(|_| vec![node]);
    scene.restore(sid).assert_missing(1, "cannot be read to its end");
    assert_eq!(scene.worst(), Some(Severity::Lost));
    scene.assert_innocent();
}

fn blobs(pen: &Pen<'_>, lens: &[usize]) -> Content {
    Content::Blobs(lens.iter().map(|len| pen.data(&noise(*len as u64, *len))).collect())
}

fn holes(size: u64, holes: &[(u64, u64)]) {
    refused_node(Node { holes: holes.to_vec(), ..large("bad", size, Content::Blobs(vec![BlobId([1; 32])])) });
}

/// Lists above one another, each of 4,096 times the one beneath.
fn tower(pen: &Pen<'_>, height: u8, bottom: BlobId) -> Content {
    let mut id = bottom;
    for at in 0..=height {
        id = pen.list(at, vec![id; 4096]);
    }
    Content::List { height, id }
}

fn attribute(number: usize, value: XattrValue) -> (Vec<u8>, XattrValue) {
    (format!("user.{number:08}").into_bytes(), value)
}

cases! {
    size_larger_than_content {
        let scene = refused(|pen| large("bad", 5001, blobs(pen, &[3000, 2000])), "");
        assert_eq!(scene.worst(), Some(Severity::Lost));
    }
    size_smaller_than_content {
        let scene = refused(|pen| large("bad", 4999, blobs(pen, &[3000, 2000])), "");
        assert_eq!(scene.worst(), Some(Severity::Lost));
    }
    size_of_one_blob { refused(|pen| large("bad", 3000, blobs(pen, &[3000, 2000])), ""); }
    size_zero_with_content { refused(|pen| large("bad", 0, blobs(pen, &[3000])), ""); }
    size_of_2_64 { refused(|pen| large("bad", u64::MAX, blobs(pen, &[3000])), ""); }
    size_of_2_64_with_a_list {
        refused(|pen| {
            let data = pen.data(b"x");
            large("bad", u64::MAX, Content::List { height: 0, id: pen.list(0, vec![data]) })
        }, "");
    }
    size_of_inline_content { refused_node(node("bad", caddis::model::NodeType::File, 5, Content::Inline(b"123".to_vec()))) }

    hole_beyond_the_end { holes(100, &[(50, 51)]) }
    hole_of_2_64 { holes(100, &[(50, u64::MAX)]) }
    holes_that_overlap { holes(100, &[(10, 20), (29, 5)]) }
    holes_that_touch { holes(100, &[(10, 20), (30, 5)]) }
    holes_that_descend { holes(100, &[(50, 10), (10, 10)]) }
    hole_of_nothing { holes(100, &[(50, 0)]) }

    /// No file system has room for it; nothing is written and nothing is waited for.
    hole_of_2_62_bytes {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|pen| {
            let content = blobs(pen, &[10]);
            vec![
                Node { holes: vec![(0, 1 << 62)], ..large("all", 1 << 62, Content::Empty) },
                Node { holes: vec![(5, 1 << 62)], ..large("part", (1 << 62) + 10, content) },
            ]
        });
        assert_eq!(scene.worst(), None);
        for sparse in [false, true] {
            let restored = Place::new().restore(&scene, sid, |options| options.sparse = sparse);
            let report = restored.report();
            // Some file systems take such files: then they have no blocks, and are read back in vain for years.
            assert_eq!(report.missing, 2, "{:?}", report.problems);
        }
    }

    hole_of_a_terabyte {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|_| vec![Node { holes: vec![(0, 1 << 40)], ..large("a", 1 << 40, Content::Empty) }]);
        let restored = Place::new().restore(&scene, sid, |options| options.verify = false);
        restored.assert_complete();
        let made = fs::metadata(restored.place.target().join("a")).unwrap();
        assert_eq!(made.len(), 1 << 40);
        assert!(made.blocks() < 1000, "no zeros were written");
    }

    list_of_wrong_height {
        refused(|pen| {
            let data = pen.data(b"12345");
            large("bad", 5, Content::List { height: 1, id: pen.list(0, vec![data]) })
        }, "not the content list");
    }
    list_too_high {
        refused_node(large("bad", 5, Content::List { height: 9, id: BlobId([1; 32]) }));
    }
    list_of_directories {
        let scene = refused(|pen| {
            let tree = pen.leaf(Vec::new());
            large("bad", 5, Content::List { height: 1, id: pen.list(1, vec![tree]) })
        }, "not the content list");
        assert_eq!(scene.worst(), Some(Severity::Lost));
    }
    list_of_lists_as_data {
        let scene = refused(|pen| {
            let data = pen.data(b"12345");
            let list = pen.list(0, vec![data]);
            large("bad", 5, Content::List { height: 0, id: pen.list(0, vec![list]) })
        }, "");
        assert_eq!(scene.worst(), Some(Severity::Lost));
    }
    list_without_ids { refused(|pen| large("bad", 5, Content::List { height: 0, id: pen.list(0, Vec::new()) }), ""); }
    list_that_is_missing {
        refused(|_| large("bad", 5, Content::List { height: 0, id: BlobId([7; 32]) }), "in no index");
    }

    /// 4096^9 blobs that are said to be five bytes.
    content_without_end {
        let scene = refused(|pen| { let data = pen.data(b"12345"); large("bad", 5, tower(pen, 8, data)) }, "longer than");
        assert_eq!(scene.worst(), Some(Severity::Lost));
    }

    /// The same of blobs that add nothing to the length.
    content_of_nothing_without_end {
        refused(|pen| { let data = pen.data(b""); large("bad", 1 << 50, tower(pen, 8, data)) }, "empty");
    }

    /// The same with a loss at the bottom: check asks for it once, not at the end of each way.
    content_without_end_that_is_lost {
        let scene = refused(|pen| large("bad", 5, tower(pen, 8, BlobId([9; 32]))), "");
        assert_eq!(scene.worst(), Some(Severity::Lost));
    }

    content_of_empty_blobs {
        let scene = refused(|pen| { let data = pen.data(b""); large("bad", 1, Content::Blobs(vec![data; 1024])) }, "");
        assert_eq!(scene.worst(), Some(Severity::Lost));
    }

    more_ids_than_a_node_may_have { refused_node(large("bad", 5, Content::Blobs(vec![BlobId([1; 32]); 1025]))) }

    /// A few KiB in storage are a hundred times 16 values of megabytes.
    attributes_that_explode {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|pen| {
            let zeros = pen.data(&vec![0; 200 << 10]);
            let value = XattrValue::Blobs(vec![zeros; 16]);
            let xattrs = (0..1000).map(|n| attribute(n, value.clone())).collect();
            vec![Node { xattrs, ..file("a", b"right") }]
        });
        let before = measure_from_here();
        let restored = scene.restore(sid);
        assert!(peak_above(before) < 100 << 20, "{} MiB", peak_above(before) >> 20);
        assert_eq!(restored.report().missing, 0);
        assert_eq!(restored.bytes("a"), Some(b"right".to_vec()));
        restored.assert_said("extended attribute");
    }

    attributes_by_the_thousand {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|_| {
            let xattrs = (0..3000).map(|n| attribute(n, XattrValue::Inline(vec![7; 60]))).collect();
            vec![Node { xattrs, ..file("a", b"right") }]
        });
        let restored = scene.restore(sid);
        assert_eq!(restored.report().missing, 0);
        assert!(restored.report().problems.len() < 20, "{}", restored.report().problems.len());
        assert_eq!(restored.bytes("a"), Some(b"right".to_vec()));
    }

    attributes_that_are_lost_or_senseless {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|pen| {
            let tree = pen.leaf(Vec::new());
            let xattrs = vec![
                (b"".to_vec(), XattrValue::Inline(b"1".to_vec())),
                (b"security.capability".to_vec(), XattrValue::Inline(b"nonsense".to_vec())),
                (b"system.posix_acl_access".to_vec(), XattrValue::Inline(vec![255; 40])),
                (b"trusted.x\0y".to_vec(), XattrValue::Inline(b"1".to_vec())),
                (b"user.lost".to_vec(), XattrValue::Blobs(vec![BlobId([9; 32])])),
                (b"user.tree".to_vec(), XattrValue::Blobs(vec![tree])),
            ];
            vec![Node { xattrs, ..file("a", b"right") }]
        });
        let restored = scene.restore(sid);
        assert_eq!(restored.report().missing, 0);
        restored.assert_said("Without its extended attribute");
        assert_eq!(restored.bytes("a"), Some(b"right".to_vec()));
        assert_eq!(scene.worst(), Some(Severity::Lost));
    }

    /// Each is below the bound of a node; a batch of all of them would be gigabytes.
    nodes_of_megabytes {
        let scene = Scene::new();
        let sid = scene.commit(|pen| {
            let branches = (0..300).map(|n| {
                let name = format!("{n:03}");
                let xattrs = vec![attribute(0, XattrValue::Inline(vec![0; 4 << 20]))];
                let leaf = pen.leaf(vec![Node { xattrs, ..file(&name, b"right") }]);
                caddis::model::Branch { id: leaf, first_name: name.into_bytes(), nodes: 1 }
            });
            let branches = branches.collect();
            crate::scene::snapshot(pen.tree(&caddis::model::Tree::Inner(branches)))
        });
        let before = measure_from_here();
        let restored = scene.restore(sid);
        assert!(peak_above(before) < 200 << 20, "{} MiB", peak_above(before) >> 20);
        assert_eq!(restored.report().missing, 0);
        assert_eq!(restored.bytes("299"), Some(b"right".to_vec()));
    }
}
