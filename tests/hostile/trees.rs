//! Trees that contradict themselves, are endless, or are something else.
use std::fs;

use caddis::error::Error;
use caddis::id::BlobId;
use caddis::model::{Branch, Content, Node, NodeType, Tree};
use caddis::monitor::Silent;
use caddis::ops::check::Severity;
use caddis::ops::stats;

use crate::cases::{measure_from_here, peak_above};
use crate::scene::{Pen, Place, Scene, directory, file, large, node, snapshot};

/// The tree stands where a directory should; everybody refuses it, and what is beside it comes back.
fn refused(build: impl FnOnce(&Pen<'_>) -> BlobId) {
    let scene = Scene::new();
    let sid = scene.commit_leaf(|pen| {
        let tree = build(pen);
        vec![directory("bad", tree), file("good", b"right")]
    });
    let restored = scene.restore(sid);
    restored.assert_missing(1, "cannot be read to its end");
    assert_eq!(restored.bytes("good"), Some(b"right".to_vec()));
    assert!(scene.list(sid).is_err());
    assert_eq!(scene.worst(), Some(Severity::Lost));
    scene.assert_innocent();
}

fn branch(id: BlobId, first: &str, nodes: u64) -> Branch {
    Branch { id, first_name: first.into(), nodes }
}

fn two_leaves(pen: &Pen<'_>) -> [BlobId; 2] {
    [pen.leaf(vec![file("a", b"1"), file("b", b"2")]), pen.leaf(vec![file("c", b"3")])]
}

fn inner_of_two(change: impl FnOnce(&mut Vec<Branch>)) {
    refused(|pen| {
        let [first, second] = two_leaves(pen);
        let mut branches = vec![branch(first, "a", 2), branch(second, "c", 1)];
        change(&mut branches);
        pen.tree(&Tree::Inner(branches))
    });
}

/// A map with the form and so many items, of which none is there.
fn claims(form: u8) -> Vec<u8> {
    [&[0xa2, 0, form, 1, 0x9b][..], &(1_u64 << 40).to_be_bytes()].concat()
}

/// A leaf with one file and a further key.
fn leaf_with(rest: &[u8]) -> Vec<u8> {
    [&[0xa2, 0, 0, 1, 0x81, 0xa2, 0, 0x41, b'f'][..], rest].concat()
}

/// `levels` directories, each with the one beneath twice.
fn doubling(pen: &Pen<'_>, levels: usize, mut below: BlobId) -> BlobId {
    for _ in 0..levels {
        below = pen.leaf(vec![directory("a", below), directory("b", below)]);
    }
    below
}

cases! {
    inner_tree_with_wrong_count { inner_of_two(|branches| branches[0].nodes = 3) }
    inner_tree_with_count_of_2_64 { inner_of_two(|branches| branches[1].nodes = u64::MAX) }
    inner_tree_with_count_zero { inner_of_two(|branches| branches[1].nodes = 0) }
    inner_tree_with_wrong_first_name { inner_of_two(|branches| branches[1].first_name = b"bb".to_vec()) }
    inner_tree_with_names_out_of_order { inner_of_two(|branches| branches.reverse()) }
    inner_tree_without_items { inner_of_two(|branches| branches.clear()) }

    inner_tree_with_pieces_that_overlap {
        refused(|pen| {
            let first = pen.leaf(vec![file("a", b"1"), file("m", b"2")]);
            let second = pen.leaf(vec![file("k", b"3")]);
            pen.tree(&Tree::Inner(vec![branch(first, "a", 2), branch(second, "k", 1)]))
        })
    }

    inner_tree_with_an_empty_leaf {
        refused(|pen| {
            let empty = pen.leaf(Vec::new());
            pen.tree(&Tree::Inner(vec![branch(empty, "a", 1)]))
        })
    }

    inner_trees_as_a_tower {
        refused(|pen| {
            let mut id = pen.leaf(vec![file("a", b"1")]);
            for _ in 0..1000 {
                id = pen.tree(&Tree::Inner(vec![branch(id, "a", 1)]));
            }
            id
        })
    }

    content_list_as_directory { refused(|pen| pen.list(0, vec![BlobId([1; 32])])) }
    garbage_as_tree { refused(|pen| pen.tree_bytes(&crate::engine::noise(3, 5000))) }
    nothing_as_tree { refused(|pen| pen.tree_bytes(b"")) }
    tree_of_2_40_nodes { refused(|pen| pen.tree_bytes(&claims(0))) }
    tree_of_2_40_pieces { refused(|pen| pen.tree_bytes(&claims(1))) }
    node_with_2_40_attributes {
        refused(|pen| pen.tree_bytes(&leaf_with(&[&[16, 0x9b][..], &(1_u64 << 40).to_be_bytes()].concat())))
    }
    node_with_2_40_holes {
        refused(|pen| pen.tree_bytes(&leaf_with(&[&[20, 0x9b][..], &(1_u64 << 40).to_be_bytes()].concat())))
    }
    node_with_2_40_bytes_of_content {
        refused(|pen| pen.tree_bytes(&leaf_with(&[&[18, 0x5b][..], &(1_u64 << 40).to_be_bytes()].concat())))
    }
    node_nested_100_000_deep {
        refused(|pen| pen.tree_bytes(&leaf_with(&[&[0x18, 99][..], &vec![0x81; 100_000], &[0]].concat())))
    }
    leaf_that_should_have_been_cut {
        refused(|pen| pen.leaf((0..20_000).map(|n| file(&format!("name-{n:010}"), b"")).collect()))
    }

    data_blob_as_directory { refused(|pen| pen.data(b"not a tree")) }
    data_blob_with_the_bytes_of_a_directory { refused(|pen| pen.data(&[0xa2, 0, 0, 1, 0x80])) }

    tree_as_content {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|pen| {
            let tree = pen.leaf(vec![file("a", b"1")]);
            vec![large("bad", 10, Content::Blobs(vec![tree])), file("good", b"right")]
        });
        let restored = scene.restore(sid);
        restored.assert_missing(1, "");
        assert_eq!(restored.names(), ["good"]);
        assert_eq!(scene.worst(), Some(Severity::Lost));
    }

    root_that_is_missing {
        let scene = Scene::new();
        let sid = scene.commit(|_| snapshot(BlobId([7; 32])));
        scene.restore(sid).assert_missing(1, "in no index");
        assert_eq!(scene.worst(), Some(Severity::Lost));
        scene.assert_innocent();
    }

    directory_without_tree {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|_| {
            vec![node("bad", NodeType::Directory, 0, Content::Empty), file("good", b"right")]
        });
        let restored = scene.restore(sid);
        restored.assert_missing(1, "has no tree");
        assert_eq!(restored.bytes("good"), Some(b"right".to_vec()));
        assert_eq!(scene.worst(), Some(Severity::Lost));
    }

    /// Paths of such depth, kept once for each directory, would take gigabytes. On disk only a part of it by default: kernels are slow with
    /// them (`CADDIS_TEST_DEPTH=100000` took 140 seconds and 123 MiB).
    directories_100_000_deep {
        let on_disk = std::env::var("CADDIS_TEST_DEPTH").map_or(3000, |text| text.parse().unwrap());
        let scene = Scene::new();
        for depth in [on_disk, 100_000] {
            let sid = scene.commit(|pen| {
                let mut below = pen.leaf(vec![file("bottom", b"right")]);
                for _ in 0..depth {
                    below = pen.leaf(vec![directory("d", below)]);
                }
                snapshot(below)
            });
            assert_eq!(scene.worst(), None);
            let repo = scene.open().unwrap();
            assert_eq!(stats::snapshots(&repo, &[scene.info(sid)], &Silent).unwrap().files, 1);
            let before = measure_from_here();
            let restored = Place::in_memory().restore(&scene, sid, |options| options.dry_run = depth > on_disk);
            assert!(peak_above(before) < 200 << 20, "{} MiB", peak_above(before) >> 20);
            restored.assert_complete();
            assert_eq!((restored.report().files_restored, restored.report().others_restored), (1, depth));
        }
        scene.assert_innocent();
    }

    /// Sixty trees say 2^60 directories.
    directories_2_to_the_60 {
        let scene = Scene::new();
        let sid = scene.commit(|pen| {
            let bottom = pen.leaf(vec![Node { size: 0, ..file("f", b"") }]);
            snapshot(doubling(pen, 70, bottom))
        });
        assert_eq!(scene.worst(), None);
        let repo = scene.open().unwrap();
        stats::snapshots(&repo, &[scene.info(sid)], &Silent).unwrap();
    }

    /// What is lost at the bottom is lost at the end of 2^60 paths: a few of them are named.
    directories_2_to_the_60_with_a_loss {
        let scene = Scene::new();
        scene.commit(|pen| {
            let lost = Content::Blobs(vec![BlobId([9; 32])]);
            let bottom = pen.leaf(vec![large("f", 5, lost)]);
            snapshot(doubling(pen, 60, bottom))
        });
        let report = scene.check();
        assert_eq!(report.findings.iter().map(|finding| finding.severity).max(), Some(Severity::Lost));
        assert_eq!(report.lost_files.len(), 1000);
        assert_eq!(report.damaged_snapshots[0].entries, 1 << 60);
    }

    /// What several snapshots have in common is lost in each of them, also where it is not named any more.
    one_loss_in_many_snapshots {
        let scene = Scene::new();
        let mut expected = Vec::new();
        for own in 0..5 {
            let sid = scene.commit(|pen| {
                let lost = |name: String| large(&name, 5, Content::Blobs(vec![BlobId([9; 32])]));
                let shared = pen.leaf((100..800).map(|n| lost(format!("f{n}"))).collect());
                let mut nodes: Vec<Node> = (0..own).map(|n| lost(format!("a{n}"))).collect();
                nodes.push(directory("shared", shared));
                nodes.push(directory("twice", shared));
                let root = pen.leaf(nodes);
                snapshot(root)
            });
            expected.push((sid, 1400 + own));
        }
        expected.sort();
        let report = scene.check();
        let found: Vec<_> = report.damaged_snapshots.iter().map(|one| (one.id, one.entries)).collect();
        assert_eq!(found, expected);
        assert_eq!(report.lost_files.len(), 1000);
    }

    /// The same where the bottom itself is lost.
    directories_2_to_the_60_without_bottom {
        let scene = Scene::new();
        let sid = scene.commit(|pen| snapshot(doubling(pen, 60, BlobId([9; 32]))));
        assert_eq!(scene.worst(), Some(Severity::Lost));
        assert!(matches!(scene.list(sid), Err(Error::BlobNotFound { .. })));
        scene.assert_innocent();
    }

    /// Sums of sizes do not overflow.
    files_of_2_64_bytes {
        let scene = Scene::new();
        let sid = scene.commit_leaf(|_| {
            ["a", "b", "c"].map(|name| Node { holes: vec![(0, u64::MAX)], ..large(name, u64::MAX, Content::Empty) }).to_vec()
        });
        let repo = scene.open().unwrap();
        stats::snapshots(&repo, &[scene.info(sid)], &Silent).unwrap();
        let restored = scene.restore(sid);
        assert_eq!(restored.report().missing, 3, "{:?}", restored.report().problems);
        assert!(fs::read_dir(restored.place.target()).unwrap().next().is_none());
    }
}
