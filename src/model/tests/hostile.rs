//! Bytes and trees that no caddis would write.
use minicbor::Encoder;

use super::{MemoryTrees, id};
use crate::error::{Error, Result};
use crate::id::BlobId;
use crate::model::*;

fn node(name: &str) -> Node {
    Node { name: name.into(), ..Node::default() }
}

fn refused(node: Node) {
    let bytes = encode_tree(&Tree::Leaf(vec![node.clone()]));
    assert!(matches!(decode_tree(&bytes), Err(ModelError::Value(_))), "{node:?}");
}

#[test]
fn nodes_that_the_format_forbids_are_refused() {
    for name in ["", ".", "..", "a/b", "/", "a\0", &"x".repeat(4097)] {
        refused(node(name));
    }
    let time = crate::world::Time { secs: 0, nanos: 1_000_000_000 };
    let ids = vec![id(0); 1025];
    let sized = Node { size: 100, content: Content::Blobs(vec![id(0)]), ..node("f") };
    for holes in [vec![(0, 0)], vec![(0, 101)], vec![(5, 5), (10, 5)], vec![(9, 1), (2, 1)], vec![(u64::MAX, 2)]] {
        refused(Node { holes, ..sized.clone() });
    }
    for bad in [
        Node { mode: 0o10000, ..node("f") },
        Node { mtime: time, ..node("f") },
        Node { content: Content::Blobs(ids), ..node("f") },
        Node { content: Content::List { height: 9, id: id(0) }, ..node("f") },
        Node { size: 3, content: Content::Inline(b"four".to_vec()), ..node("f") },
        Node { size: 3, ..node("f") },
        Node { kind: NodeType::Fifo, content: Content::Blobs(vec![id(0)]), ..node("f") },
        Node { subtree: Some(id(0)), ..node("f") },
        Node { xattrs: vec![(b"b".to_vec(), XattrValue::Inline(vec![])); 2], ..node("f") },
    ] {
        refused(bad);
    }
    assert!(decode_tree(&encode_tree(&Tree::Leaf(vec![sized]))).is_ok());
}

/// A leaf of one node `{0: "f", …}` with further entries.
fn leaf(entries: u64, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xa2, 0, 0, 1, 0x81];
    Encoder::new(&mut bytes).map(entries + 1).unwrap().u8(0).unwrap().bytes(b"f").unwrap();
    bytes.extend_from_slice(rest);
    bytes
}

#[test]
fn encodings_that_the_format_forbids_are_refused() {
    assert!(decode_tree(&leaf(0, &[])).is_ok());
    let content: Vec<u8> = [&[0x11, 0x58, 32][..], &[9; 32], &[0x12, 0x41, 1]].concat();
    let deep = |levels: usize| [&[0x18, 99][..], &vec![0x81; levels], &[0]].concat();
    assert!(decode_tree(&leaf(1, &deep(16))).is_ok());
    for (what, entries, rest) in [
        ("duplicate known key", 1, &[0, 0x41, b'g'][..]),
        ("duplicate unknown key", 2, &[0x18, 70, 1, 0x18, 70, 1]),
        ("duplicate unknown key below 64", 2, &[0x18, 30, 1, 0x18, 30, 1]),
        ("two forms of content", 2, &content),
        ("ids of a broken length", 1, &[0x11, 0x43, 1, 2, 3]),
        ("unknown type", 1, &[1, 7]),
        ("odd number of holes", 1, &[0x14, 0x81, 1]),
        ("text key", 1, &[0x61, b'x', 1]),
        ("indefinite unknown value", 1, &[0x18, 99, 0x9f, 0xff]),
        ("indefinite name", 1, &[0x0f, 0x5f, 0x41, b'x', 0xff]),
        ("unknown value nested too deeply", 1, &deep(17)),
        ("nested beyond any stack", 1, &deep(200_000)),
        ("claimed length without bytes", 1, &[0x14, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("claimed bytes", 1, &[0x12, 0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("claimed unknown length", 1, &[0x18, 99, 0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("trailing byte", 0, &[0]),
    ] {
        assert!(decode_tree(&leaf(entries, rest)).is_err(), "{what}");
    }
}

#[test]
fn trees_that_the_format_forbids_are_refused() {
    let leaf = |names: &[&str]| encode_tree(&Tree::Leaf(names.iter().map(|name| node(name)).collect()));
    assert!(decode_tree(&leaf(&["b", "a"])).is_err());
    assert!(decode_tree(&leaf(&["a", "a"])).is_err());
    let branch = |name: &str, nodes| Branch { id: id(1), first_name: name.into(), nodes };
    for branches in [vec![], vec![branch("b", 1), branch("a", 1)], vec![branch("a", 0)], vec![branch("..", 1)]] {
        assert!(decode_tree(&encode_tree(&Tree::Inner(branches))).is_err());
    }
    for (height, ids) in [(9, vec![id(0)]), (0, vec![]), (0, vec![id(0); 4097])] {
        assert!(decode_tree(&encode_tree(&Tree::List { height, ids })).is_err());
    }
    let large: Vec<_> = (0..20_000).map(|i| node(&format!("name-{i:010}"))).collect();
    assert!(decode_tree(&encode_tree(&Tree::Leaf(large))).is_err(), "should have been cut");
    assert!(decode_tree(&[0xa2, 0, 3, 1, 0x80]).is_err(), "unknown form");
    assert!(decode_tree(&[0xa1, 0, 0]).is_err(), "no items");
    assert!(decode_tree(&[0xa1, 1, 0x80]).is_err(), "no form");
}

#[test]
fn keys_of_a_tree_may_come_in_any_order_and_later_ones_are_ignored() {
    assert_eq!(decode_tree(&[0xa3, 0x18, 77, 0xf6, 1, 0x80, 0, 0]), Ok(Tree::Leaf(vec![])));
    let list = Tree::List { height: 3, ids: vec![id(5)] };
    let mut bytes = vec![0xa3, 2, 3, 1, 0x58, 32];
    bytes.extend_from_slice(id(5).as_bytes());
    bytes.extend_from_slice(&[0, 2]);
    assert_eq!(decode_tree(&bytes), Ok(list));
}

fn save(store: &MemoryTrees, tree: Tree) -> BlobId {
    store.save_tree(encode_tree(&tree)).unwrap()
}

fn branch(id: BlobId, name: &str, nodes: u64) -> Branch {
    Branch { id, first_name: name.into(), nodes }
}

fn read(store: &MemoryTrees, root: BlobId) -> Result<Vec<Node>> {
    TreeReader::new(store, root).collect()
}

#[test]
fn pieces_that_contradict_each_other_are_damage() {
    let store = MemoryTrees::default();
    let first = save(&store, Tree::Leaf(vec![node("a"), node("m")]));
    let second = save(&store, Tree::Leaf(vec![node("k"), node("z")]));
    let list = save(&store, Tree::List { height: 0, ids: vec![id(1)] });
    for branches in [
        vec![branch(first, "a", 2), branch(second, "k", 2)],
        vec![branch(first, "a", 3)],
        vec![branch(first, "b", 2)],
        vec![branch(list, "a", 1)],
    ] {
        let root = save(&store, Tree::Inner(branches.clone()));
        let mut reader = TreeReader::new(&store, root);
        assert!(matches!(reader.find(Result::is_err), Some(Err(Error::Damaged { .. }))), "{branches:?}");
        assert!(reader.next().is_none(), "ends after an error");
    }
    assert!(matches!(find(&store, &list, [&b"a"[..]]), Err(Error::Damaged { .. })));
    assert!(matches!(read(&store, id(9)), Err(Error::BlobNotFound { .. })));
}

#[test]
fn towers_of_trees_end() {
    let store = MemoryTrees::default();
    let mut root = save(&store, Tree::Leaf(vec![node("a")]));
    for height in 1..=9 {
        root = save(&store, Tree::Inner(vec![branch(root, "a", 1)]));
        assert_eq!(read(&store, root).is_ok(), height <= 8, "{height}");
        assert_eq!(find(&store, &root, [&b"a"[..]]).is_ok(), height <= 8, "{height}");
    }
}

#[test]
fn content_lists_of_the_wrong_kind_are_damage() {
    let store = MemoryTrees::default();
    let leaf = save(&store, Tree::Leaf(vec![]));
    let low = save(&store, Tree::List { height: 0, ids: vec![id(1), id(2)] });
    let mixed = save(&store, Tree::List { height: 1, ids: vec![low, leaf] });
    for (height, root, before) in [(0, leaf, 0), (1, low, 0), (1, mixed, 2), (2, mixed, 0)] {
        let mut reader = ContentReader::new(&store, &Content::List { height, id: root });
        assert_eq!(reader.by_ref().take(before).filter(Result::is_ok).count(), before);
        assert!(matches!(reader.next(), Some(Err(Error::Damaged { .. }))));
        assert!(reader.next().is_none());
    }
}
