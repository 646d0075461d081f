//! Large directories and files: pieces stay small, changes stay local, and everything comes back.
use std::collections::HashSet;
use std::sync::Mutex;

use super::{MemoryTrees, id};
use crate::error::{Error, Result};
use crate::id::BlobId;
use crate::model::build::is_cut;
use crate::model::*;

fn node(name: impl Into<Vec<u8>>) -> Node {
    Node { name: name.into(), mode: 0o644, inode: 1 << 33, links: 1, ..Node::default() }
}

fn file(i: u64) -> Node {
    Node {
        user: Some("somebody".into()),
        size: 1 << 17,
        content: Content::Blobs(vec![id(i)]),
        ..node(format!("file-{i:09}"))
    }
}

fn build<'n>(store: &dyn TreeStore, nodes: impl IntoIterator<Item = &'n Node>) -> BlobId {
    let mut builder = TreeBuilder::new(store);
    nodes.into_iter().for_each(|node| builder.push(node).unwrap());
    builder.finish().unwrap()
}

fn read(store: &dyn TreeStore, root: BlobId) -> Vec<Node> {
    TreeReader::new(store, root).collect::<Result<_>>().unwrap()
}

#[test]
fn small_directories_are_one_blob() {
    for count in [0, 1, 23, 24, 700] {
        let store = MemoryTrees::default();
        let nodes: Vec<_> = (0..count).map(file).collect();
        let root = build(&store, &nodes);
        assert_eq!(store.len(), 1, "{count}");
        assert_eq!(store.load_tree(&root).unwrap(), encode_tree(&Tree::Leaf(nodes.clone())));
        assert_eq!(read(&store, root), nodes);
    }
}

#[test]
fn the_limit_for_one_blob_is_exact() {
    // The 21st name ends a piece, the others do not.
    let named = |i: usize| {
        let name = |salt: u32| format!("{i:03}-{salt:05}");
        let cuts = |name: &String| is_cut(blake3::hash(name.as_bytes()).as_bytes());
        (0..).map(name).find(|name| cuts(name) == (i == 20)).unwrap()
    };
    let filled = |i, len| Node { content: Content::Inline(vec![7; len]), size: len as u64, ..node(named(i)) };
    let directory = |last| (0..41).map(|i| filled(i, if i == 40 { last } else { 3000 })).collect::<Vec<_>>();
    let limit = 128 * 1024;
    let last = 10_000 + limit - encode_tree(&Tree::Leaf(directory(10_000))).len();
    for (len, last, blobs) in [(limit, last, 1), (limit + 1, last + 1, 3)] {
        let nodes = directory(last);
        assert_eq!(encode_tree(&Tree::Leaf(nodes.clone())).len(), len);
        let store = MemoryTrees::default();
        let root = build(&store, &nodes);
        assert_eq!(store.len(), blobs);
        assert_eq!(read(&store, root), nodes);
    }
}

#[test]
fn a_change_of_one_name_changes_few_pieces() {
    let nodes: Vec<_> = (0..60_000).map(|i| file(i * 2)).collect();
    let store = MemoryTrees::default();
    let root = build(&store, &nodes);
    let pieces = store.len();
    assert!((40..200).contains(&pieces), "{pieces}");
    assert!(store.lengths().into_iter().all(|len| len <= 256 * 1024));
    assert_eq!(read(&store, root), nodes);

    let mut total = 0;
    for (round, at) in [0, 1, 777, 30_000, 45_454, 59_998, 59_999].into_iter().enumerate() {
        let mut changed = nodes.clone();
        match round % 3 {
            0 => drop(changed.remove(at)),
            1 => changed[at].size += 1,
            _ => changed.insert(at + 1, file(at as u64 * 2 + 1)),
        }
        let before = store.len();
        let root = build(&store, &changed);
        let new = store.len() - before;
        total += new;
        assert!((2..=8).contains(&new), "{new} new blobs for a change at {at}");
        assert_eq!(read(&store, root), changed);
    }
    assert!(total <= 28, "{total} new blobs for 7 changes");
}

#[test]
fn names_that_all_cut_do_not_make_a_tower() {
    let chosen: Vec<_> = (0..)
        .map(|i: u64| format!("{i:08}"))
        .filter(|name| is_cut(blake3::hash(name.as_bytes()).as_bytes()))
        .take(4000)
        .map(|name| Node { content: Content::Inline(vec![1; 400]), size: 400, ..node(name) })
        .collect();
    let store = MemoryTrees::default();
    let root = build(&store, &chosen);
    // 250 leaves, and their branches fit into one blob.
    assert_eq!(store.len(), 251);
    assert_eq!(read(&store, root), chosen);
}

#[test]
fn a_huge_node_has_a_leaf_of_its_own() {
    let huge = Node { size: 300_000, content: Content::Inline(vec![0; 300_000]), ..node("m") };
    let nodes = [node("a"), node("b"), huge.clone(), node("y"), node("z")];
    let store = MemoryTrees::default();
    let root = build(&store, &nodes);
    assert_eq!(store.len(), 4, "three leaves and their parent");
    assert_eq!(read(&store, root), nodes);
    let alone = MemoryTrees::default();
    let root = build(&alone, [&huge]);
    assert_eq!((alone.len(), read(&alone, root)), (1, vec![huge]));
}

#[test]
fn disorder_and_forbidden_nodes_are_refused_and_change_nothing() {
    let store = MemoryTrees::default();
    let mut builder = TreeBuilder::new(&store);
    builder.push(&node("b")).unwrap();
    for bad in ["a", "b", "", ".", "..", "c/d", "c\0"] {
        assert!(matches!(builder.push(&node(bad)), Err(Error::Invalid(_))), "{bad:?}");
    }
    let many = (0..1_000_000).map(|i| ((i * 2 + 1) << 33, 1)).collect();
    let holes = Node { holes: many, size: u64::MAX, content: Content::Blobs(vec![id(1)]), ..node("c") };
    assert!(matches!(builder.push(&holes), Err(Error::Invalid(_))));
    builder.push(&node("c")).unwrap();
    assert_eq!(builder.finish().unwrap(), build(&store, &[node("b"), node("c")]));
}

#[test]
fn find_loads_one_piece_of_each_level() {
    let store = MemoryTrees::default();
    let big: Vec<_> = (0..20_000).map(|i| file(i * 2)).collect();
    let sub = build(&store, &big);
    let root = build(&store, &[Node { kind: NodeType::Directory, subtree: Some(sub), ..node("big") }, node("other")]);
    store.take_loads();
    for i in [0, 1, 9_999, 19_999] {
        let path = [&b"big"[..], &big[i].name];
        assert_eq!(find(&store, &root, path).unwrap().as_ref(), Some(&big[i]));
        assert_eq!(store.take_loads(), 3);
    }
    for absent in ["file-000000001", "a", "z"] {
        assert_eq!(find(&store, &root, [b"big", absent.as_bytes()]).unwrap(), None, "{absent}");
    }
    assert_eq!(find(&store, &root, [&b"other"[..], b"x"]).unwrap(), None);
    assert_eq!(find(&store, &root, []).unwrap(), None);
    assert_eq!(find(&store, &root, [&b"big"[..]]).unwrap().and_then(|node| node.subtree), Some(sub));
}

#[test]
fn a_million_entries_are_cheap() {
    let store = MemoryTrees::default();
    let mut builder = TreeBuilder::new(&store);
    (0..1_000_000).for_each(|i| builder.push(&node(format!("{i:08}"))).unwrap());
    let root = builder.finish().unwrap();
    let mut reader = TreeReader::new(&store, root);
    store.take_loads();
    assert_eq!(reader.next().unwrap().unwrap().name, b"00000000");
    assert!(store.take_loads() <= 4, "reads only as far as it is asked");
    assert_eq!(1 + reader.map(Result::unwrap).count(), 1_000_000);
}

fn content(store: &dyn TreeStore, ids: impl IntoIterator<Item = BlobId>) -> Content {
    let mut builder = ContentBuilder::new(store);
    ids.into_iter().for_each(|id| builder.push(id).unwrap());
    builder.finish().unwrap()
}

#[test]
fn contents_of_all_lengths_come_back() {
    for count in [0, 1, 1024, 1025, 4096, 5000, 300_000] {
        let store = MemoryTrees::default();
        let content = content(&store, (0..count).map(id));
        match (&content, count) {
            (Content::Empty, 0) => {}
            (Content::Blobs(_), 1..=1024) => {}
            (Content::List { .. }, 1025..) => {}
            other => panic!("{other:?}"),
        }
        let ids: Vec<_> = ContentReader::new(&store, &content).collect::<Result<_>>().unwrap();
        assert!(ids.into_iter().eq((0..count).map(id)), "{count}");
    }
}

#[test]
fn the_same_id_over_and_over_still_makes_a_list() {
    let ends = BlobId([0; 32]);
    for repeated in [ends, BlobId([1; 32])] {
        let store = MemoryTrees::default();
        let content = content(&store, std::iter::repeat_n(repeated, 200_000));
        let ids: Vec<_> = ContentReader::new(&store, &content).collect::<Result<_>>().unwrap();
        assert_eq!(ids, vec![repeated; 200_000]);
        assert!(store.len() < 100, "{}", store.len());
    }
}

#[test]
fn ids_inserted_into_a_file_change_few_lists() {
    let ids: Vec<_> = (0..200_000).map(id).collect();
    let store = MemoryTrees::default();
    content(&store, ids.iter().copied());
    assert!((100..1000).contains(&store.len()), "{}", store.len());
    for at in [0, 1, 50_000, 123_456, 199_999] {
        let before = store.len();
        let mut changed = ids.clone();
        changed.splice(at..at, (1_000_000..1_000_003).map(id));
        let content = content(&store, changed.iter().copied());
        let new = store.len() - before;
        assert!((2..=6).contains(&new), "{new} new lists for ids at {at}");
        let read: Vec<_> = ContentReader::new(&store, &content).collect::<Result<_>>().unwrap();
        assert_eq!(read, changed);
    }
}

/// Trees in memory, and what those that take the place of others were told.
#[derive(Default)]
struct Replacing {
    trees: MemoryTrees,
    told: Mutex<Vec<(BlobId, Vec<BlobId>)>>,
}

impl TreeStore for Replacing {
    fn save_tree(&self, bytes: Vec<u8>) -> Result<BlobId> {
        self.trees.save_tree(bytes)
    }

    fn save_tree_over(&self, bytes: Vec<u8>, older: &mut dyn FnMut() -> Vec<BlobId>) -> Result<BlobId> {
        let before = self.trees.len();
        let id = self.save_tree(bytes)?;
        if self.trees.len() > before {
            self.told.lock().unwrap().push((id, older()));
        }
        Ok(id)
    }

    fn load_tree(&self, id: &BlobId) -> Result<Vec<u8>> {
        self.trees.load_tree(id)
    }
}

/// The share of ids in new lists that are in the first list that the new one replaces.
fn share_of_replaced(old: &[BlobId], new: &[BlobId]) -> f64 {
    let store = Replacing::default();
    let older = content(&store, old.iter().copied());
    store.told.lock().unwrap().clear();
    let mut builder = ContentBuilder::over(&store, Some(&older));
    new.iter().for_each(|id| builder.push(*id).unwrap());
    let content = builder.finish().unwrap();
    assert!(ContentReader::new(&store, &content).map(Result::unwrap).eq(new.iter().copied()));
    let ids = |id: &BlobId| match decode_tree(&store.load_tree(id).unwrap()).unwrap() {
        Tree::List { height: 0, ids } => ids,
        other => panic!("{other:?}"),
    };
    let (mut all, mut found) = (0, 0);
    for (new, replaced) in store.told.lock().unwrap().iter() {
        let new = ids(new);
        all += new.len();
        assert!(replaced.len() <= 3);
        let old: HashSet<BlobId> = replaced.first().map(ids).unwrap_or_default().into_iter().collect();
        found += new.iter().filter(|id| old.contains(id)).count();
    }
    assert!(all > 0);
    found as f64 / all as f64
}

#[test]
fn new_lists_are_told_the_old_ones_that_share_the_most_ids() {
    let old: Vec<_> = (0..100_000).map(id).collect();
    let scattered = |ids: &[BlobId]| -> Vec<BlobId> {
        let new = |(number, old): (usize, &BlobId)| if number % 16 == 3 { id(9_000_000 + number as u64) } else { *old };
        ids.iter().enumerate().map(new).collect()
    };
    assert!(share_of_replaced(&old, &scattered(&old)) > 0.85);
    // Something long comes in, or goes away, long before most changes.
    let inserted: Vec<_> = (5_000_000..5_010_000).map(id).chain(old.iter().copied()).collect();
    assert!(share_of_replaced(&old, &scattered(&inserted)) > 0.80);
    assert!(share_of_replaced(&old, &scattered(&old[20_000..])) > 0.85);
    let strange: Vec<_> = (7_000_000..7_100_000).map(id).collect();
    assert_eq!(share_of_replaced(&old, &strange), 0.0);
}

#[test]
fn an_older_version_that_cannot_be_read_replaces_nothing() {
    let store = Replacing::default();
    let mut builder = ContentBuilder::over(&store, Some(&Content::List { height: 1, id: id(1) }));
    (0..5000).for_each(|i| builder.push(id(i)).unwrap());
    let content = builder.finish().unwrap();
    assert!(store.told.lock().unwrap().iter().all(|(_, replaced)| replaced.is_empty()));
    assert_eq!(ContentReader::new(&store, &content).count(), 5000);
}
